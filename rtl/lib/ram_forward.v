// A ram whose answer is never old: what is on rdata_o in cycle t includes every write made before cycle t.
//
// While a read is under way, each write to its address is kept beside it and replaces the memory's answer, so the
// stage that computes at the end of the pipeline needs no hazard logic of its own. Latency LATENCY, one read and one
// write a cycle, no back-pressure. With THROUGH a write of cycle t is in rdata_o of cycle t already. bad_o and
// inject_i are those of ram_parity.
module ram_forward #(
    parameter DEPTH = 16,
    parameter WIDTH = 8,
    parameter LATENCY = 2,
    parameter SLICE = 0,
    parameter THROUGH = 0,
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
  wire [WIDTH-1:0] stored;
  wire             bad;
  ram_parity #(.DEPTH(DEPTH), .WIDTH(WIDTH), .LATENCY(LATENCY), .SLICE(SLICE)) u_ram (
      .clk_i(clk_i), .raddr_i(raddr_i), .rdata_o(stored), .bad_o(bad), .we_i(we_i), .waddr_i(waddr_i),
      .wdata_i(wdata_i), .inject_i(inject_i));

  // Stage n holds the read that was presented n cycles ago; those beyond LATENCY are not used. They are no array, which
  // a simulation would copy.
  reg [ADDR_BITS-1:0] addr1_q, addr2_q, addr3_q, addr4_q;
  reg                 hit2_q, hit3_q, hit4_q;
  reg [WIDTH-1:0]     data2_q, data3_q, data4_q;
  // the write of the cycle before, which for the read of that cycle is looked at now: addresses come late
  reg                 we_q;
  reg [ADDR_BITS-1:0] waddr_q;
  reg [WIDTH-1:0]     wdata_q;
  wire hit1 = we_q && waddr_q == addr1_q;
  wire write2 = we_i && waddr_i == addr1_q;
  wire write3 = we_i && waddr_i == addr2_q;
  wire write4 = we_i && waddr_i == addr3_q;
  always @(posedge clk_i) begin
    addr1_q <= raddr_i;
    addr2_q <= addr1_q;
    addr3_q <= addr2_q;
    addr4_q <= addr3_q;
    {we_q, waddr_q, wdata_q} <= {we_i, waddr_i, wdata_i};
    hit2_q <= write2 || hit1;
    hit3_q <= write3 || hit2_q;
    hit4_q <= write4 || hit3_q;
    // (without enables, which would be long wires)
    data2_q <= write2 ? wdata_i : wdata_q;
    data3_q <= write3 ? wdata_i : data2_q;
    data4_q <= write4 ? wdata_i : data3_q;
  end
  wire [ADDR_BITS-1:0] addr = LATENCY == 1 ? addr1_q : LATENCY == 2 ? addr2_q : LATENCY == 3 ? addr3_q : addr4_q;
  wire                 was_hit = LATENCY == 1 ? hit1 : LATENCY == 2 ? hit2_q : LATENCY == 3 ? hit3_q : hit4_q;
  wire [WIDTH-1:0]     data = LATENCY == 1 ? wdata_q : LATENCY == 2 ? data2_q : LATENCY == 3 ? data3_q : data4_q;

  wire now = THROUGH != 0 && we_i && waddr_i == addr;
  wire hit = was_hit || now;
  assign rdata_o = now ? wdata_i : was_hit ? data : stored;
  assign bad_o = !hit && bad;
endmodule
