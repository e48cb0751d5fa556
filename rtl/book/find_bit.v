// Index of the highest (up_i = 0) or lowest (up_i = 1) set bit of a 64-bit word; combinational, in two levels of
// eight. index_o is 0 where no bit is set.
module find_bit (
    input  wire        up_i,
    input  wire [63:0] word_i,
    output wire [5:0]  index_o,
    output wire        any_o
);
  // the highest of eight
  function [2:0] highest8(input [7:0] bits);
    begin
      highest8[2] = |bits[7:4];
      highest8[1] = |bits[7:6] | (~|bits[5:4] & |bits[3:2]);
      highest8[0] = bits[7] | (~bits[6] & (bits[5] | (~bits[4] & (bits[3] | (~bits[2] & bits[1])))));
    end
  endfunction
  function [2:0] lowest8(input [7:0] bits);
    lowest8 = ~highest8({bits[0], bits[1], bits[2], bits[3], bits[4], bits[5], bits[6], bits[7]});
  endfunction

  wire [7:0] group = {|word_i[63:56], |word_i[55:48], |word_i[47:40], |word_i[39:32],
                      |word_i[31:24], |word_i[23:16], |word_i[15:8], |word_i[7:0]};
  assign any_o = |group;
  wire [2:0] high = !any_o ? 3'd0 : up_i ? lowest8(group) : highest8(group);
  wire [7:0] chosen = word_i[{high, 3'b000}+:8];
  assign index_o = {high, !any_o ? 3'd0 : up_i ? lowest8(chosen) : highest8(chosen)};
endmodule
