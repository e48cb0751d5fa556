// Index of the highest (up_i = 0) or lowest (up_i = 1) set bit of a 64-bit word; combinational, a tree of three levels
// of four. index_o is 0 where no bit is set.
module find_bit (
    input  wire        up_i,
    input  wire [63:0] word_i,
    output wire [5:0]  index_o,
    output wire        any_o
);
  // the lowest or highest of four of which one is set
  function [1:0] pick(input up, input [3:0] bits);
    pick = up ? {!(bits[0] || bits[1]), !bits[0] && (bits[1] || !bits[2])}
              : {bits[3] || bits[2], bits[3] || (!bits[2] && bits[1])};
  endfunction

  // Where there is none, nothing is worked out: what the words are then does not matter.
  reg  [1:0]  high, middle, low;
  reg  [15:0] part;
  reg  [3:0]  bits;
  assign any_o = |word_i;
  always @* begin
    {high, middle, low, part, bits} = 26'bx;
    if (any_o) begin
      high = pick(up_i, {|word_i[63:48], |word_i[47:32], |word_i[31:16], |word_i[15:0]});
      part = word_i[{high, 4'd0}+:16];
      middle = pick(up_i, {|part[15:12], |part[11:8], |part[7:4], |part[3:0]});
      bits = part[{middle, 2'd0}+:4];
      low = pick(up_i, bits);
    end
  end
  assign index_o = any_o ? {high, middle, low} : 6'd0;
endmodule
