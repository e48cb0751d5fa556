// A whole step of the search in the bitmap: what counts, which word decides, where in it.
module bitmap_step #(
    parameter TICK_BITS = 7
) (
    input                  first_i,
    input                  up_i,
    input  [1:0]           level_i,
    input  [TICK_BITS-1:0] tick_i,
    input  [3:0]           valid_i,
    input  [63:0]          word0_i,
    input  [63:0]          word1_i,
    input  [63:0]          word2_i,
    input  [63:0]          word3_i,
    output [1:0]           level_o,
    output [TICK_BITS-1:0] found_tick_o,
    output                 done_o,
    output                 none_o
);
  wire        some;
  wire [3:0]  any;
  wire [1:0]  high;
  wire [15:0] part;
  wire [63:0] masked0, masked1, masked2, masked3, masked_top;
  bitmap_mask #(.TICK_BITS(TICK_BITS)) u_mask (
      .look_i(1'b1), .first_i(first_i), .up_i(up_i), .level_i(level_i), .tick_i(tick_i), .valid_i(valid_i),
      .word0_i(word0_i), .word1_i(word1_i), .word2_i(word2_i), .word3_i(word3_i), .any_o(any), .word0_o(masked0),
      .word1_o(masked1), .word2_o(masked2), .word3_o(masked3), .top_o(masked_top));
  bitmap_seek #(.TICK_BITS(TICK_BITS)) u_seek (
      .look_i(1'b1), .up_i(up_i), .any_i(any), .word0_i(masked0), .word1_i(masked1), .word2_i(masked2),
      .word3_i(masked3), .top_i(masked_top), .level_o(level_o), .some_o(some), .high_o(high), .part_o(part));
  bitmap_found #(.TICK_BITS(TICK_BITS)) u_found (
      .look_i(1'b1), .up_i(up_i), .level_i(level_o), .tick_i(tick_i), .some_i(some), .high_i(high), .part_i(part),
      .found_tick_o(found_tick_o), .done_o(done_o), .none_o(none_o));
endmodule
