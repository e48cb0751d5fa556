// The quarter of a 64-bit word in which its highest (up_i = 0) or lowest (up_i = 1) set bit is; combinational. Where no
// bit is set nothing is worked out: what high_o and part_o are then does not matter.
module find_quarter (
    input  wire        up_i,
    input  wire [63:0] word_i,
    output wire        any_o,
    output reg  [1:0]  high_o,
    output reg  [15:0] part_o
);
  assign any_o = |word_i;
  // the lowest or highest of four of which one is set
  function [1:0] pick(input up, input [3:0] bits);
    pick = up ? {!(bits[0] || bits[1]), !bits[0] && (bits[1] || !bits[2])}
              : {bits[3] || bits[2], bits[3] || (!bits[2] && bits[1])};
  endfunction
  always @* begin
    {high_o, part_o} = 18'bx;
    if (any_o) begin
      high_o = pick(up_i, {|word_i[63:48], |word_i[47:32], |word_i[31:16], |word_i[15:0]});
      part_o = word_i[{high_o, 4'd0}+:16];
    end
  end
endmodule
