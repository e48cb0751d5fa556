// factor_i x 10^6, CYCLES (1 or 2) later, one a cycle while run_i is up: 10^6 = 2^6 x 15,625, and the halves of the
// factor are multiplied apart so that each fits a hardware multiplier.
module times_million #(
    parameter CYCLES = 2
) (
    input  wire        clk_i,
    input  wire        run_i,
    input  wire [31:0] factor_i,
    output wire [51:0] product_o
);
  reg  [51:0] product_q;
  assign product_o = product_q;
  wire [29:0] low_d = {14'd0, factor_i[15:0]} * 30'd15625;
  wire [29:0] high_d = {14'd0, factor_i[31:16]} * 30'd15625;
  wire [29:0] low, high;
  generate
    if (CYCLES > 1) begin : g_halves
      reg [29:0] low_q, high_q;
      always @(posedge clk_i) if (run_i) begin
        low_q <= low_d;
        high_q <= high_d;
      end
      assign {low, high} = {low_q, high_q};
    end else begin : g_at_once
      assign {low, high} = {low_d, high_d};
    end
  endgenerate
  wire [45:0] sum = {high, 16'd0} + {16'd0, low};
  always @(posedge clk_i) if (run_i) product_q <= {sum, 6'd0};
endmodule
