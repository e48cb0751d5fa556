// Index of the highest (up_i = 0) or lowest (up_i = 1) set bit of a 64-bit word; combinational, a tree of three levels
// of four. The place in each quarter is looked for while it is found which quarter decides. index_o is 0 where no bit
// is set.
module find_bit (
    input  wire        up_i,
    input  wire [63:0] word_i,
    output reg  [5:0]  index_o,
    output wire        any_o
);
  assign any_o = |word_i;
  // the lowest or highest of four of which one is set
  function [1:0] pick(input up, input [3:0] bits);
    pick = up ? {!(bits[0] || bits[1]), !bits[0] && (bits[1] || !bits[2])}
              : {bits[3] || bits[2], bits[3] || (!bits[2] && bits[1])};
  endfunction
  function [3:0] place(input up, input [15:0] part);
    begin
      place[3:2] = pick(up, {|part[15:12], |part[11:8], |part[7:4], |part[3:0]});
      place[1:0] = pick(up, part[{place[3:2], 2'd0}+:4]);
    end
  endfunction
  reg [1:0]  high;
  reg [15:0] low;
  always @* begin
    {index_o, high, low} = {6'd0, 18'bx};
    if (any_o) begin
      high = pick(up_i, {|word_i[63:48], |word_i[47:32], |word_i[31:16], |word_i[15:0]});
      low = {place(up_i, word_i[63:48]), place(up_i, word_i[47:32]), place(up_i, word_i[31:16]),
             place(up_i, word_i[15:0])};
      index_o = {high, low[{high, 2'd0}+:4]};
    end
  end
endmodule
