// Where a taker must stop: its own limit and the bands against one price; combinational (docs/card.md, Bands), but for
// what is tightest, which takes six cycles in which nothing may change.
//
// A buy may take a price at or below each bound, a sell at or above. tightest_reason_o tells of the tightest of own
// limit, mean mark and mean premium, of equal ones the first. The impact bound is kept as a product (touch x
// multiplier) and never divided: impact_tightest_o compares it with the tightest other bound exactly, as rounded ticks
// and with the rule for equal ones.
`include "contract.vh"
module taker_bounds (
    input  wire        clk_i,
    input  wire        stopped_i,          // what is tightest is asked for
    input  wire        sell_i,
    input  wire        has_limit_i,
    input  wire [31:0] limit_i,
    input  wire [36:0] mean_bound_i,
    input  wire        premium_on_i,
    input  wire [36:0] premium_bound_i,
    input  wire [31:0] price_i,            // of the opposite level
    input  wire        asked_i,            // else reaches_o does not matter
    output reg         reaches_o,          // own limit, mean mark and mean premium let price_i through
    output wire [6:0]  tightest_reason_o,

    input  wire [55:0] impact_product_i,   // touch x multiplier, millionths
    output wire        impact_tightest_o
);
  reg  [6:0] tightest_reason_q;
  reg  impact_tightest_q;
  assign tightest_reason_o = tightest_reason_q;
  assign impact_tightest_o = impact_tightest_q;
  // a is strictly tighter than b
  function tighter(input sell, input [36:0] a, input [36:0] b);
    tighter = sell ? b < a : a < b;
  endfunction

  wire [36:0] price = {5'd0, price_i};
  wire [36:0] limit = {5'd0, limit_i};
  always @* begin
    reaches_o = 1'bx;
    if (asked_i)
      reaches_o = (!has_limit_i || !tighter(sell_i, limit, price)) && !tighter(sell_i, mean_bound_i, price) &&
                  (!premium_on_i || !tighter(sell_i, premium_bound_i, price));
  end

  reg         by_mean_q;
  reg  [36:0] first_q;
  reg         by_mean, by_premium;
  always @* begin
    {by_mean, by_premium} = 2'bx;
    if (stopped_i) begin
      by_mean = !has_limit_i || tighter(sell_i, mean_bound_i, limit);
      by_premium = premium_on_i && tighter(sell_i, premium_bound_i, first_q);
    end
  end
  wire [36:0] tightest = by_premium ? premium_bound_i : first_q;
  reg  [36:0] tightest_q;
  reg         wins_ties_q;
  always @(posedge clk_i) if (stopped_i) begin
    by_mean_q <= by_mean;
    first_q <= by_mean ? mean_bound_i : limit;
    tightest_q <= tightest;
    wins_ties_q <= wins_ties;
    tightest_reason_q <= wins_ties ? `REASON_PRICE_OUT_OF_BOUNDS : `REASON_IMMEDIATE_OR_CANCEL;
  end

  // Buy:  floor(X / 10^6) < W  <=>  X < W 10^6         on a tie with a band  <=>  X < (W + 1) 10^6
  // Sell: ceil(X / 10^6) > W   <=>  X > W 10^6         on a tie with a band  <=>  X > (W - 1) 10^6
  wire        wins_ties = by_premium || by_mean_q;
  reg [24:0] low_q;
  reg [27:0] middle_q;
  reg [25:0] high_q;
  reg [56:0] scaled_q;  // tightest x 10^6 = x 2^6 x 15,625, in thirds
  reg [57:0] buy_at_q, sell_at_q;
  wire [50:0] sum = {high_q, low_q} + {12'd0, middle_q, 11'd0};
  always @(posedge clk_i) if (stopped_i) begin
    low_q <= {14'd0, tightest_q[10:0]} * 25'd15625;
    middle_q <= {14'd0, tightest_q[24:11]} * 28'd15625;
    high_q <= {14'd0, tightest_q[36:25]} * 26'd15625;
    scaled_q <= {sum, 6'd0};
    buy_at_q <= {1'b0, scaled_q} + (wins_ties_q ? 58'd1000000 : 58'd0);
    sell_at_q <= {2'd0, impact_product_i} + (wins_ties_q ? 58'd1000000 : 58'd0);
    impact_tightest_q <= sell_i ? {1'b0, scaled_q} < sell_at_q : {2'd0, impact_product_i} < buy_at_q;
  end
endmodule
