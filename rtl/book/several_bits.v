// Whether more than one bit of a word is set; combinational, a tree of three levels of four (the carry of word - 1
// would take twice as long in an FPGA).
module several_bits (
    input  wire        run_i,    // else nothing is worked out, at no cost to a simulation
    input  wire [63:0] word_i,
    output reg         several_o
);
  // {more than one, at least one} of four parts, of which any and several are known
  function [1:0] of_four(input [3:0] any, input [3:0] several);
    of_four = {|several || (any & (any - 4'd1)) != 4'd0, |any};
  endfunction
  reg  [15:0] any4, several4;
  reg  [3:0]  any16, several16;
  reg         any64;
  integer     k;
  always @* begin
    k = 0;  // or Yosys sees a latch
    {any4, several4, any16, several16, any64, several_o} = 42'bx;
    if (run_i) begin
      for (k = 0; k < 16; k = k + 1) {several4[k], any4[k]} = of_four(word_i[4*k+:4], 4'd0);
      for (k = 0; k < 4; k = k + 1) {several16[k], any16[k]} = of_four(any4[4*k+:4], several4[4*k+:4]);
      {several_o, any64} = of_four(any16, several16);
    end
  end
  wire unused = any64;
endmodule
