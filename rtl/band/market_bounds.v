// Bounds of the mean-mark and mean-premium bands in whole ticks, per market (docs/card.md, Bands).
//
// start_i computes all six of market_i from the inputs beside it, which stay until done_o, 30 cycles later; upper
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
    input  wire                   read_sell_i,
    input  wire                   read_fast_i,
    output wire [36:0]            mean_bound_o,
    output wire [36:0]            premium_bound_o
);
  // 10^6 + mean premium +- tolerance, not below 0; below 2^24 by the widths of its parts
  function [23:0] premium_factor(input [21:0] premium, input signed [25:0] tolerance);
    reg signed [25:0] sum;
    begin
      sum = 26'sd1000000 + $signed({{4{premium[21]}}, premium}) + tolerance;
      premium_factor = sum < 0 ? 24'd0 : sum[23:0];
    end
  endfunction
  wire signed [25:0] tolerance = $signed({3'd0, tolerance_i});
  wire [23:0] factor_max = premium_factor(mean_premium_i, tolerance);
  wire [23:0] factor_min = premium_factor(mean_premium_i, -tolerance);

  // Lanes: 0 mean, 1 fast mean, 2 premium, each for buys (rounded down) and sells (rounded up).
  localparam [64:0] UP = 65'd255999999;
  reg [63:0] mean_buy_q, mean_sell_q, fast_buy_q, fast_sell_q, premium_buy_q, premium_sell_q;
  reg [4:0] step_q;  // 0: idle
  reg       done_q;
  assign done_o = done_q;
  always @(posedge clk_i) if (step_q == 5'd1) begin
    mean_buy_q <= mean_mark_i * mean_max_i;
    mean_sell_q <= mean_mark_i * mean_min_i;
    fast_buy_q <= fast_mean_mark_i * mean_max_i;
    fast_sell_q <= fast_mean_mark_i * mean_min_i;
    premium_buy_q <= index_i * factor_max;
    premium_sell_q <= index_i * factor_min;
  end

  wire busy = step_q != 5'd0;
  wire load = step_q == 5'd2;
  wire [36:0] quotient [0:5];
  genvar lane;
  generate
    for (lane = 0; lane < 6; lane = lane + 1) begin : g_lane
      wire [63:0] product = lane == 0 ? mean_buy_q : lane == 1 ? mean_sell_q : lane == 2 ? fast_buy_q :
                            lane == 3 ? fast_sell_q : lane == 4 ? premium_buy_q : premium_sell_q;
      wire [64:0] rounded = {1'b0, product} + (lane % 2 == 1 ? UP : 65'd0);
      divide_tick u_divide (
          .clk_i(clk_i), .run_i(busy), .start_i(load), .dividend_i({1'b0, rounded[64:14]}),
          .quotient_o(quotient[lane]));
      wire unused = |rounded[13:0];
    end
  endgenerate

  reg [3*37-1:0] buy_q  [0:MARKETS-1];
  reg [3*37-1:0] sell_q [0:MARKETS-1];
  always @(posedge clk_i) begin
    done_q <= 1'b0;
    if (start_i) step_q <= 5'd1;
    else if (busy) step_q <= step_q + 5'd1;
    if (step_q == 5'd29) begin
      buy_q[market_i] <= {quotient[4], quotient[2], quotient[0]};
      sell_q[market_i] <= {quotient[5], quotient[3], quotient[1]};
      done_q <= 1'b1;
      step_q <= 5'd0;
    end
    if (!rst_ni) begin
      step_q <= 5'd0;
      done_q <= 1'b0;
    end
  end

  wire [3*37-1:0] bounds = read_sell_i ? sell_q[read_market_i] : buy_q[read_market_i];
  assign mean_bound_o = read_fast_i ? bounds[73:37] : bounds[36:0];
  assign premium_bound_o = bounds[110:74];
endmodule
