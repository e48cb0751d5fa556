// One array of a ram (see ram.v): optional registers before and behind it.
// Latency 1 + INPUT_REG + OUTPUT_REG.
module ram_slice #(
    parameter DEPTH = 16,
    parameter WIDTH = 8,
    parameter INPUT_REG = 0,
    parameter OUTPUT_REG = 1,
    parameter ADDR_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  wire                 clk_i,
    input  wire [ADDR_BITS-1:0] raddr_i,
    output wire [WIDTH-1:0]     rdata_o,
    input  wire                 we_i,
    input  wire [ADDR_BITS-1:0] waddr_i,
    input  wire [WIDTH-1:0]     wdata_i
);
  (* no_rw_check *)
  reg [WIDTH-1:0] mem_q [0:DEPTH-1];

  wire [ADDR_BITS-1:0] raddr, waddr;
  wire                 we;
  wire [WIDTH-1:0]     wdata;
  reg  [WIDTH-1:0]     read_q;

  generate
    if (INPUT_REG != 0) begin : g_in
      (* keep *) reg [ADDR_BITS-1:0] raddr_q, waddr_q;
      (* keep *) reg                 we_q;
      (* keep *) reg [WIDTH-1:0]     wdata_q;
      always @(posedge clk_i) begin
        raddr_q <= raddr_i;
        waddr_q <= waddr_i;
        we_q <= we_i;
        wdata_q <= wdata_i;
      end
      assign raddr = raddr_q;
      assign waddr = waddr_q;
      assign we = we_q;
      assign wdata = wdata_q;
    end else begin : g_no_in
      assign raddr = raddr_i;
      assign waddr = waddr_i;
      assign we = we_i;
      assign wdata = wdata_i;
    end
  endgenerate

  always @(posedge clk_i) begin
    if (we) mem_q[waddr] <= wdata;
    read_q <= mem_q[raddr];
  end

  generate
    if (OUTPUT_REG != 0) begin : g_out
      reg [WIDTH-1:0] out_q;
      always @(posedge clk_i) out_q <= read_q;
      assign rdata_o = out_q;
    end else begin : g_no_out
      assign rdata_o = read_q;
    end
  endgenerate
endmodule
