// Turns a product of ticks x 256 and millionths into whole ticks, rounded down, or up with ROUND_UP: divides it, less
// its 14 lowest bits, by 15,625 (256 x 10^6 = 2^14 x 15,625), two bits a cycle.
//
// start_i takes product_i; the quotient stands 27 cycles later, for one cycle (the register keeps shifting while
// run_i is up, which it must be from start_i on).
module divide_tick #(
    parameter ROUND_UP = 0
) (
    input  wire        clk_i,
    input  wire        run_i,
    input  wire        start_i,
    input  wire [63:0] product_i,
    output wire [36:0] quotient_o
);
  localparam [15:0] D1 = 16'd15625, D2 = 16'd31250, D3 = 16'd46875;
  reg [51:0] shift_q;      // dividend bits still to come on top, quotient bits below
  reg [13:0] remainder_q;  // below 15,625

  // All is worked out in the clocked block: an idle divider costs a simulation nothing.
  function [51:0] dividend(input [63:0] product);
    // verilator lint_off UNUSED
    reg [64:0] rounded;
    // verilator lint_on UNUSED
    begin
      rounded = {1'b0, product} + (ROUND_UP != 0 ? 65'd255999999 : 65'd0);
      dividend = {1'b0, rounded[64:14]};
    end
  endfunction

  // the next two bits of the quotient, and what remains
  function [15:0] divide(input [15:0] partial);
    if (partial >= D3) divide = {2'd3, partial[13:0] - D3[13:0]};
    else if (partial >= D2) divide = {2'd2, partial[13:0] - D2[13:0]};
    else if (partial >= D1) divide = {2'd1, partial[13:0] - D1[13:0]};
    else divide = {2'd0, partial[13:0]};
  endfunction
  always @(posedge clk_i) if (run_i) begin
    if (start_i) begin
      shift_q <= dividend(product_i);
      remainder_q <= 14'd0;
    end else {shift_q, remainder_q} <= {shift_q[49:0], divide({remainder_q, shift_q[51:50]})};
  end
  assign quotient_o = shift_q[36:0];
endmodule
