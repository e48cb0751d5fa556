// fifo with its words left out, as the proof `fifo` allows: valid while it holds any, refusing at will once the memory
// may be full, always once memory and output stage are. Keeps the name of what it stands for.
module fifo #(
    parameter WIDTH      = 8,
    parameter DEPTH_LOG2 = 4
) (
    input                   clk_i,
    input                   rst_ni,
    input                   valid_i,
    output                  ready_o,
    input  [WIDTH-1:0]      data_i,
    output                  valid_o,
    input                   ready_i,
    output [WIDTH-1:0]      data_o,
    output [DEPTH_LOG2+1:0] level_o
);
  localparam DEPTH = 1 << DEPTH_LOG2;
  (* anyseq *) wire             takes;
  (* anyseq *) wire [WIDTH-1:0] word;
  reg [DEPTH_LOG2+1:0] level_q;
  assign ready_o = level_q < DEPTH || (level_q == DEPTH && takes);
  assign valid_o = level_q != 0;
  assign data_o = word;
  assign level_o = level_q;
  always @(posedge clk_i)
    if (!rst_ni) level_q <= 0;
    else level_q <= level_q + (valid_i && ready_o) - (valid_o && ready_i);
endmodule
