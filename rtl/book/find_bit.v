// Index of the highest (up_i = 0) or lowest (up_i = 1) set bit of a 64-bit word; combinational, a tree of three levels
// of four. The place in each quarter is looked for while it is found which quarter decides. index_o is 0 where no bit
// is set.
module find_bit (
    input  wire        up_i,
    input  wire [63:0] word_i,
    output wire [5:0]  index_o,
    output wire        any_o
);
  wire [1:0]  high;
  wire [15:0] low, unused_part;
  find_quarter u_quarter (.up_i(up_i), .word_i(word_i), .any_o(any_o), .high_o(high), .part_o(unused_part));
  genvar k;
  generate
    for (k = 0; k < 4; k = k + 1) begin : g_part
      find_low u_low (
          .look_i(any_o && |word_i[16*k+:16]), .up_i(up_i), .part_i(word_i[16*k+:16]), .index_o(low[4*k+:4]));
    end
  endgenerate
  assign index_o = any_o ? {high, low[{high, 2'd0}+:4]} : 6'd0;
  wire unused = |unused_part;
endmodule
