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
    input  wire        last_i,      // it stands: else nobody looks
    output reg  [36:0] quotient_o
);
  localparam [15:0] D1 = 16'd15625, D2 = 16'd31250, D3 = 16'd46875;
  // The remainder, below 15,625, dividend bits still to come, and the quotient bits behind them. One register, which a
  // simulation need not copy to keep what the other was.
  reg [65:0] state_q;

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

  // the state with two more bits of the quotient
  function [65:0] advance(input [65:0] state);
    reg [15:0] divided;
    begin
      divided = divide(state[65:50]);
      advance = {divided[13:0], state[49:0], divided[15:14]};
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
    if (start_i) state_q <= {14'd0, dividend(product_i)};
    else state_q <= advance(state_q);
  end
  always @* begin
    quotient_o = 37'bx;
    if (last_i) quotient_o = state_q[36:0];
  end
endmodule
