// Whether more than one bit of a word is set; combinational, a tree (the carry of word - 1 takes twice as long in an
// FPGA).
module several_bits (
    input  wire        run_i,    // else nothing is worked out, at no cost to a simulation
    input  wire [63:0] word_i,
    output reg         several_o
);
  reg [63:0] any, several;  // of the bits from here on, 2, 4, ... 64 of them
  integer    step;
  always @* begin
    step = 1;  // or Yosys sees a latch
    {any, several, several_o} = 129'bx;
    if (run_i) begin
      any = word_i;
      several = 64'd0;
      for (step = 1; step < 64; step = 2 * step) begin
        several = several | several >> step | (any & any >> step);
        any = any | any >> step;
      end
      several_o = several[0];
    end
  end
endmodule
