// The beginning of every run: reset in the first cycle, whatever comes later. run_o: the registers have been reset and
// no reset is on.
module began (
    input  clk_i,
    input  rst_ni,
    output run_o
);
  reg began_q;
  initial began_q = 1'b0;
  always @(posedge clk_i) began_q <= 1'b1;
  always @* assume (began_q || !rst_ni);
  assign run_o = began_q && rst_ni;
endmodule
