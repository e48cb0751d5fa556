// Divides by 15,625 = 10^6 / 64, two bits a cycle: turns a product of ticks x 256 and millionths, less its 14 lowest
// bits, into whole ticks (256 x 10^6 = 2^14 x 15,625).
//
// start_i takes dividend_i; the quotient stands 27 cycles later, for one cycle (the register keeps shifting while
// run_i is up, which it must be from start_i on).
module divide_tick (
    input  wire        clk_i,
    input  wire        run_i,
    input  wire        start_i,
    input  wire [51:0] dividend_i,
    output wire [36:0] quotient_o
);
  localparam [15:0] D1 = 16'd15625, D2 = 16'd31250, D3 = 16'd46875;
  reg [51:0] shift_q;      // dividend bits still to come on top, quotient bits below
  reg [13:0] remainder_q;  // below 15,625

  wire [15:0] partial = {remainder_q, shift_q[51:50]};
  wire [1:0]  digit = partial >= D3 ? 2'd3 : partial >= D2 ? 2'd2 : partial >= D1 ? 2'd1 : 2'd0;
  wire [15:0] rest = partial - (digit == 2'd3 ? D3 : digit == 2'd2 ? D2 : digit == 2'd1 ? D1 : 16'd0);
  always @(posedge clk_i) begin
    if (run_i && start_i) begin
      shift_q <= dividend_i;
      remainder_q <= 14'd0;
    end else if (run_i) begin
      shift_q <= {shift_q[49:0], digit};
      remainder_q <= rest[13:0];
    end
  end
  assign quotient_o = shift_q[36:0];
  wire unused = |rest[15:14];
endmodule
