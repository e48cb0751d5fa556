// A ram that keeps a bit of even parity with each word; bad_o tells of an answer whose parity is wrong (only meaningful
// where the reader knows that the word was ever written), and a write with inject_i stores a wrong one.
//
// With LATENCY above 2 the bits have a memory of their own, which is written and read a cycle later than the words, so
// that no write waits for its parity.
module ram_parity #(
    parameter DEPTH = 16,
    parameter WIDTH = 8,
    parameter LATENCY = 2,
    parameter SLICE = 0,
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
  wire parity;
  assign bad_o = ^{parity, rdata_o};
  generate
    if (LATENCY > 2) begin : g_apart
      reg [ADDR_BITS-1:0] raddr_q, waddr_q;
      reg                 we_q, inject_q;
      reg [WIDTH-1:0]     wdata_q;
      always @(posedge clk_i) begin
        raddr_q <= raddr_i;
        {we_q, waddr_q, wdata_q, inject_q} <= {we_i, waddr_i, wdata_i, inject_i};
      end
      ram #(.DEPTH(DEPTH), .WIDTH(WIDTH), .LATENCY(LATENCY), .SLICE(SLICE)) u_words (
          .clk_i(clk_i), .raddr_i(raddr_i), .rdata_o(rdata_o), .we_i(we_i), .waddr_i(waddr_i), .wdata_i(wdata_i));
      ram #(.DEPTH(DEPTH), .WIDTH(1), .LATENCY(LATENCY - 1)) u_parity (
          .clk_i(clk_i), .raddr_i(raddr_q), .rdata_o(parity), .we_i(we_q), .waddr_i(waddr_q),
          .wdata_i((^wdata_q) ^ inject_q));
    end else begin : g_together
      ram #(.DEPTH(DEPTH), .WIDTH(WIDTH + 1), .LATENCY(LATENCY), .SLICE(SLICE)) u_words (
          .clk_i(clk_i), .raddr_i(raddr_i), .rdata_o({parity, rdata_o}), .we_i(we_i), .waddr_i(waddr_i),
          .wdata_i({(^wdata_i) ^ inject_i, wdata_i}));
    end
  endgenerate
endmodule
