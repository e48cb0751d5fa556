// One step of the search in the bitmap, behind bitmap_mask: which word decides, and which quarter of it; combinational.
module bitmap_seek #(
    parameter TICK_BITS = 17
) (
    input  wire        look_i,        // else nothing is chosen, at no cost to a simulation
    input  wire        up_i,
    input  wire [3:0]  any_i,         // the lowest of these decides; with none the whole top word
    input  wire [63:0] word0_i,
    input  wire [63:0] word1_i,
    input  wire [63:0] word2_i,
    input  wire [63:0] word3_i,
    input  wire [63:0] top_i,
    output reg  [1:0]  level_o,
    output wire        some_o,        // the word is not empty
    output wire [1:0]  high_o,        // quarter
    output wire [15:0] part_o
);
  localparam TOP = (TICK_BITS + 5) / 6 - 1;
  reg [63:0] word;
  always @* begin
    level_o = 2'bx;
    word = 64'd0;
    if (look_i) begin
      level_o = any_i[0] ? 2'd0 : any_i[1] ? 2'd1 : any_i[2] ? 2'd2 : any_i[3] ? 2'd3 : TOP[1:0];
      word = any_i[0] ? word0_i : any_i[1] ? word1_i : any_i[2] ? word2_i : any_i[3] ? word3_i : top_i;  // the ring
    end
  end
  find_quarter u_find (.up_i(up_i), .word_i(word), .any_o(some_o), .high_o(high_o), .part_o(part_o));
endmodule
