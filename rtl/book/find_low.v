// Index of the highest (up_i = 0) or lowest (up_i = 1) bit of 16 of which one is set; combinational.
module find_low (
    input  wire        look_i,  // else nothing is worked out, at no cost to a simulation
    input  wire        up_i,
    input  wire [15:0] part_i,
    output reg  [3:0]  index_o
);
  // the lowest or highest of four of which one is set
  function [1:0] pick(input up, input [3:0] bits);
    pick = up ? {!(bits[0] || bits[1]), !bits[0] && (bits[1] || !bits[2])}
              : {bits[3] || bits[2], bits[3] || (!bits[2] && bits[1])};
  endfunction
  reg  [1:0] middle;
  always @* begin
    {middle, index_o} = 6'bx;
    if (look_i) begin
      middle = pick(up_i, {|part_i[15:12], |part_i[11:8], |part_i[7:4], |part_i[3:0]});
      index_o = {middle, pick(up_i, part_i[{middle, 2'd0}+:4])};
    end
  end
endmodule
