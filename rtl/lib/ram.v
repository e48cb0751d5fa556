// One read, one write port memory with registered output.
//
// Data of the address presented in cycle t is on rdata_o in cycle t + LATENCY. Writes go through the same input
// stages as reads, so order is kept; a read and a write of one address in the same cycle read the old data.
//   LATENCY 1: the memory's own read register          2: an output register behind it
//           3: registers before address and data too   4: and a register where the slices are collected
// SLICE > 0 cuts the word into arrays of that many bits, each with its own copy of the input registers, so that a
// deep memory needs no output multiplexer and its copies can sit beside their block RAMs (rtl-notes).
// The content is undefined at power-up.
module ram #(
    parameter DEPTH = 16,
    parameter WIDTH = 8,
    parameter LATENCY = 2,
    parameter SLICE = 0,
    parameter ADDR_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  wire                 clk_i,
    input  wire [ADDR_BITS-1:0] raddr_i,
    output wire [WIDTH-1:0]     rdata_o,
    input  wire                 we_i,
    input  wire [ADDR_BITS-1:0] waddr_i,
    input  wire [WIDTH-1:0]     wdata_i
);
  localparam CUT = SLICE > 0 ? SLICE : WIDTH;
  localparam SLICES = (WIDTH + CUT - 1) / CUT;

  wire [WIDTH-1:0] collected;
  genvar s;
  generate
    for (s = 0; s < SLICES; s = s + 1) begin : g_slice
      localparam LOW = s * CUT;
      localparam BITS = LOW + CUT > WIDTH ? WIDTH - LOW : CUT;
      ram_slice #(
          .DEPTH(DEPTH), .WIDTH(BITS), .INPUT_REG(LATENCY > 2 ? 1 : 0), .OUTPUT_REG(LATENCY > 1 ? 1 : 0)
      ) u_slice (
          .clk_i(clk_i), .raddr_i(raddr_i), .rdata_o(collected[LOW+:BITS]),
          .we_i(we_i), .waddr_i(waddr_i), .wdata_i(wdata_i[LOW+:BITS])
      );
    end
    if (LATENCY > 3) begin : g_collect
      reg [WIDTH-1:0] rdata_q;
      always @(posedge clk_i) rdata_q <= collected;
      assign rdata_o = rdata_q;
    end else begin : g_direct
      assign rdata_o = collected;
    end
  endgenerate
endmodule
