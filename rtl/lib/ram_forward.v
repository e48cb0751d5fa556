// A ram whose answer is never old: what is on rdata_o in cycle t includes every write made before cycle t.
//
// While a read is under way, each write to its address is kept beside it and replaces the memory's answer, so the
// stage that computes at the end of the pipeline needs no hazard logic of its own. Latency LATENCY, one read and one
// write a cycle, no back-pressure. With PARITY a bit of even parity is stored with each word; bad_o tells of a
// word whose parity is wrong (only meaningful where the reader knows that the word was ever written), and a write
// with inject_i stores a wrong one.
module ram_forward #(
    parameter DEPTH = 16,
    parameter WIDTH = 8,
    parameter LATENCY = 2,
    parameter SLICE = 0,
    parameter PARITY = 1,
    parameter ADDR_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  wire                 clk_i,
    input  wire [ADDR_BITS-1:0] raddr_i,
    output wire [WIDTH-1:0]     rdata_o,
    output wire                 bad_o,
    input  wire                 we_i,
    input  wire [ADDR_BITS-1:0] waddr_i,
    input  wire [WIDTH-1:0]     wdata_i,
    input  wire                 inject_i
);
  localparam STORED = WIDTH + (PARITY != 0 ? 1 : 0);
  wire [STORED-1:0] wstored, rstored;

  ram #(
      .DEPTH(DEPTH), .WIDTH(STORED), .LATENCY(LATENCY), .SLICE(SLICE)
  ) u_ram (
      .clk_i(clk_i), .raddr_i(raddr_i), .rdata_o(rstored), .we_i(we_i), .waddr_i(waddr_i), .wdata_i(wstored)
  );

  // Stage k holds the read that was presented k + 1 cycles ago.
  reg [ADDR_BITS-1:0] addr_q [0:LATENCY-1];
  reg                 hit_q  [0:LATENCY-1];
  reg [WIDTH-1:0]     data_q [0:LATENCY-1];

  integer k;
  always @(posedge clk_i) begin
    addr_q[0] <= raddr_i;
    hit_q[0] <= we_i && waddr_i == raddr_i;
    if (we_i) data_q[0] <= wdata_i;
    for (k = 1; k < LATENCY; k = k + 1) begin
      addr_q[k] <= addr_q[k-1];
      hit_q[k] <= hit_q[k-1] || (we_i && waddr_i == addr_q[k-1]);
      data_q[k] <= we_i && waddr_i == addr_q[k-1] ? wdata_i : data_q[k-1];
    end
  end

  assign rdata_o = hit_q[LATENCY-1] ? data_q[LATENCY-1] : rstored[WIDTH-1:0];
  generate
    if (PARITY != 0) begin : g_parity
      assign wstored = {(^wdata_i) ^ inject_i, wdata_i};
      assign bad_o = !hit_q[LATENCY-1] && (^rstored);
    end else begin : g_no_parity
      wire unused = inject_i;
      assign wstored = wdata_i;
      assign bad_o = 1'b0;
    end
  endgenerate
endmodule
