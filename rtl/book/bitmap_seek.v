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
    output reg         some_o,        // the word is not empty
    output reg  [1:0]  high_o,        // quarter
    output reg  [15:0] part_o
);
  localparam TOP = (TICK_BITS + 5) / 6 - 1;
  // of each word, for which one decides is known as late as what is in them
  reg  [63:0] word0, word1, word2, word3, top;
  wire [4:0]  some;
  wire [1:0]  high0, high1, high2, high3, high_top;
  wire [15:0] part0, part1, part2, part3, part_top;
  find_quarter u_find0 (.up_i(up_i), .word_i(word0), .any_o(some[0]), .high_o(high0), .part_o(part0));
  find_quarter u_find1 (.up_i(up_i), .word_i(word1), .any_o(some[1]), .high_o(high1), .part_o(part1));
  find_quarter u_find2 (.up_i(up_i), .word_i(word2), .any_o(some[2]), .high_o(high2), .part_o(part2));
  find_quarter u_find3 (.up_i(up_i), .word_i(word3), .any_o(some[3]), .high_o(high3), .part_o(part3));
  find_quarter u_find_top (.up_i(up_i), .word_i(top), .any_o(some[4]), .high_o(high_top), .part_o(part_top));
  always @* begin
    {level_o, some_o, high_o, part_o} = 21'bx;
    {word0, word1, word2, word3, top} = 320'd0;
    if (look_i) begin
      {word0, word1, word2, word3, top} = {word0_i, word1_i, word2_i, word3_i, top_i};
      if (any_i[0]) {level_o, some_o, high_o, part_o} = {2'd0, some[0], high0, part0};
      else if (any_i[1]) {level_o, some_o, high_o, part_o} = {2'd1, some[1], high1, part1};
      else if (any_i[2]) {level_o, some_o, high_o, part_o} = {2'd2, some[2], high2, part2};
      else if (any_i[3]) {level_o, some_o, high_o, part_o} = {2'd3, some[3], high3, part3};
      else {level_o, some_o, high_o, part_o} = {TOP[1:0], some[4], high_top, part_top};  // the ring
    end
  end
endmodule
