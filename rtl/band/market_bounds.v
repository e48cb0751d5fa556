// Bounds of the mean-mark and mean-premium bands in whole ticks, per market (docs/card.md, Bands).
//
// start_i computes all six of market_i from the inputs beside it, which stay until done_o, 33 cycles later; upper
// bounds round down, lower ones up, exactly. Read combinationally. A bound has 37 bits: the largest product divided is
// below 2^37.
`include "contract.vh"
module market_bounds #(
    parameter MARKETS = 32,
    parameter MARKET_BITS = 5
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   start_i,
    output wire                   done_o,
    input  wire [MARKET_BITS-1:0] market_i,
    input  wire [39:0]            mean_mark_i,
    input  wire [39:0]            fast_mean_mark_i,
    input  wire [39:0]            index_i,
    input  wire [21:0]            mean_premium_i,  // signed
    input  wire [23:0]            mean_min_i,
    input  wire [23:0]            mean_max_i,
    input  wire [22:0]            tolerance_i,

    input  wire [MARKET_BITS-1:0] read_market_i,
    input  wire                   read_fast_i,
    output wire [36:0]            mean_buy_o,
    output wire [36:0]            mean_sell_o,
    output wire [36:0]            premium_buy_o,
    output wire [36:0]            premium_sell_o
);
  reg [5:0] step_q;  // 0: idle

  // 10^6 + mean premium +- tolerance, not below 0; below 2^24 by the widths of its parts
  function signed [25:0] premium_sum(input [21:0] premium, input signed [25:0] tolerance);
    premium_sum = 26'sd1000000 + $signed({{4{premium[21]}}, premium}) + tolerance;
  endfunction
  wire signed [25:0] tolerance = $signed({3'd0, tolerance_i});
  reg  signed [25:0] sum_max_q, sum_min_q;
  reg         [23:0] factor_max, factor_min;
  always @(posedge clk_i) if (start_i) begin
    sum_max_q <= premium_sum(mean_premium_i, tolerance);
    sum_min_q <= premium_sum(mean_premium_i, -tolerance);
  end
  always @* begin
    {factor_max, factor_min} = 48'bx;
    if (busy) begin
      factor_max = sum_max_q[25] ? 24'd0 : sum_max_q[23:0];
      factor_min = sum_min_q[25] ? 24'd0 : sum_min_q[23:0];
    end
  end
  wire unused = &{1'b0, sum_max_q[24], sum_min_q[24], 1'b0};

  // Lanes: 0 mean, 1 fast mean, 2 premium, each for buys (rounded down) and sells (rounded up).
  reg       done_q;
  assign done_o = done_q;
  wire busy = step_q != 6'd0;
  wire last = step_q == 6'd32;
  wire [36:0] bound [0:5];  // of read_market_i
  wire load = step_q == 6'd5;  // the products of step 1's factors
  genvar lane;
  generate
    for (lane = 0; lane < 6; lane = lane + 1) begin : g_lane
      wire [39:0] value = lane < 2 ? mean_mark_i : lane < 4 ? fast_mean_mark_i : index_i;
      wire [23:0] factor = lane == 4 ? factor_max : lane == 5 ? factor_min :
                           lane % 2 == 0 ? mean_max_i : mean_min_i;
      wire [63:0] product;
      wire [36:0] quotient;
      reg  [36:0] bound_q [0:MARKETS-1];
      reg  [39:0] value_q;
      reg  [23:0] factor_q;
      always @(posedge clk_i) if (step_q == 6'd1) {value_q, factor_q} <= {value, factor};
      multiply u_multiply (.clk_i(clk_i), .run_i(busy), .a_i(value_q), .b_i(factor_q), .product_o(product));
      divide_tick #(.ROUND_UP(lane % 2)) u_divide (
          .clk_i(clk_i), .run_i(busy), .start_i(load), .product_i(product), .last_i(last), .quotient_o(quotient));
      always @(posedge clk_i) if (last) bound_q[market_i] <= quotient;
      assign bound[lane] = bound_q[read_market_i];
    end
  endgenerate

  always @(posedge clk_i) begin
    done_q <= 1'b0;
    if (start_i) step_q <= 6'd1;
    else if (busy) step_q <= step_q + 6'd1;
    if (last) begin
      done_q <= 1'b1;
      step_q <= 6'd0;
    end
    if (!rst_ni) begin
      step_q <= 6'd0;
      done_q <= 1'b0;
    end
  end

  assign mean_buy_o = read_fast_i ? bound[2] : bound[0];
  assign mean_sell_o = read_fast_i ? bound[3] : bound[1];
  assign {premium_buy_o, premium_sell_o} = {bound[4], bound[5]};
endmodule
