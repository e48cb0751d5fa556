// Index of the highest (up_i = 0) or lowest (up_i = 1) set bit of a 64-bit word; combinational, a tree of three levels
// of four. index_o is 0 where no bit is set.
module find_bit (
    input  wire        up_i,
    input  wire [63:0] word_i,
    output wire [5:0]  index_o,
    output wire        any_o
);
  wire [1:0]  high;
  wire [15:0] part;
  wire [3:0]  low;
  find_quarter u_quarter (.up_i(up_i), .word_i(word_i), .any_o(any_o), .high_o(high), .part_o(part));
  find_low u_low (.look_i(any_o), .up_i(up_i), .part_i(part), .index_o(low));
  assign index_o = any_o ? {high, low} : 6'd0;
endmodule
