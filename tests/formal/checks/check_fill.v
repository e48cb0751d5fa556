// match_step with taker_bounds: what a fill, and a removal for self-trade, may be. Full size, every input.
//
// impact_product_i is the touch times the multiplier as `carried` keeps it; touch_reaches_i as market_bands gives it.
module check_fill #(
    parameter SLOT_BITS = 20
) (
    input                 clk_i,
    input                 side_i,
    input                 market_order_i,
    input [1:0]           tif_i,
    input [1:0]           stp_i,
    input [23:0]          owner_i,
    input [39:0]          remaining_i,
    input                 beyond_passive_i,
    input                 beyond_aggressive_i,
    input                 opp_has_i,
    input [31:0]          opp_best_i,
    input                 opp_known_i,
    input [SLOT_BITS-1:0] opp_head_i,
    input [1:0]           opp_state_i,
    input                 opposite_i,
    input [31:0]          best_i,
    input [SLOT_BITS-1:0] slot_i,
    input [23:0]          maker_owner_i,
    input [39:0]          maker_open_i,
    input [31:0]          limit_i,
    input [36:0]          mean_bound_i,
    input                 premium_on_i,
    input [36:0]          premium_bound_i,
    input                 impact_on_i,
    input                 at_touch_i,
    input                 touch_reaches_i,
    input [55:0]          impact_product_i
);
  localparam UNKNOWN = 2'd0;
  wire       limit_reaches, reaches, impact_tightest;
  wire       nack, park, rest, expire, fill, self, go_on, to_final, final_self;
  wire [6:0] tightest, reason;
  taker_bounds u_bounds (
      .clk_i(clk_i), .stopped_i(to_final), .sell_i(side_i), .has_limit_i(!market_order_i), .limit_i(limit_i),
      .mean_bound_i(mean_bound_i),
      .premium_on_i(premium_on_i), .premium_bound_i(premium_bound_i), .price_i(opp_best_i),
      .limit_reaches_o(limit_reaches), .reaches_o(reaches), .tightest_reason_o(tightest),
      .impact_product_i(impact_product_i), .impact_tightest_o(impact_tightest));
  wire [51:0] product = best_i * 52'd1000000;
  wire [39:0] left;
  match_step #(.SLOT_BITS(SLOT_BITS)) u_dut (
      .side_i(side_i), .market_order_i(market_order_i), .tif_i(tif_i), .stp_i(stp_i), .owner_i(owner_i),
      .remaining_i(remaining_i), .beyond_passive_i(beyond_passive_i), .beyond_aggressive_i(beyond_aggressive_i),
      .opp_has_i(opp_has_i), .opp_best_i(opp_best_i), .opp_known_i(opp_known_i), .opp_head_i(opp_head_i),
      .opp_state_i(opp_state_i), .opposite_i(opposite_i), .best_i(best_i), .slot_i(slot_i), .product_i(product),
      .maker_owner_i(maker_owner_i), .maker_open_i(maker_open_i), .limit_reaches_i(limit_reaches),
      .reaches_i(reaches), .impact_on_i(impact_on_i), .at_touch_i(at_touch_i), .touch_reaches_i(touch_reaches_i),
      .impact_product_i(impact_product_i), .nack_o(nack), .park_o(park), .rest_o(rest), .expire_o(expire),
      .reason_o(reason), .fill_o(fill), .self_trade_o(self), .go_on_o(go_on), .left_o(left), .to_final_o(to_final),
      .final_self_o(final_self));

  wire trades = fill || self;
  wire [36:0] price = {5'd0, opp_best_i};
  wire within_limit = market_order_i || (side_i ? opp_best_i >= limit_i : opp_best_i <= limit_i);
  wire within_mean = side_i ? price >= mean_bound_i : price <= mean_bound_i;
  wire within_premium = !premium_on_i || (side_i ? price >= premium_bound_i : price <= premium_bound_i);
  wire within_impact = !impact_on_i || (at_touch_i ? touch_reaches_i :
      side_i ? {4'd0, product} >= impact_product_i : {4'd0, product} <= impact_product_i);
  wire own = maker_owner_i == owner_i;
  wire within = within_limit && within_mean && within_premium && within_impact;
  wire gtc = tif_i == 2'd0;

  always @* begin
    // never with a price outside the limit or a band, never with another order than the head of the best level
    if (trades) begin
      assert (within);
      assert (opp_has_i && opposite_i && opp_known_i && best_i == opp_best_i && slot_i == opp_head_i);
      assert (opp_state_i != UNKNOWN && !beyond_passive_i);
    end
    // never with oneself, and what each mode does instead
    if (fill) assert (!own);
    if (self) assert (own && stp_i != 2'd0 && final_self == (stp_i == 2'd2));
    if (own && within && opp_has_i && !nack && !beyond_passive_i && stp_i == 2'd0) assert (expire && !trades);
    // one thing at a time
    assert ({4'd0, nack} + park + rest + expire + fill + self + (to_final && !self) == 5'd1);
    // a fill takes the smaller quantity and leaves the rest
    if (fill) assert (go_on == (maker_open_i < remaining_i) && (!go_on || left == remaining_i - maker_open_i));
    if (self) assert (left == remaining_i);
    // what rests does not cross, and only a gtc limit order rests or is parked
    if (rest) assert (gtc && !market_order_i && !(opp_has_i && within_limit));
    if (park) assert (gtc && beyond_passive_i);
    // blocked: inside the window, the other side has orders, a bound keeps the taker from the best, not its limit alone
    if (to_final && !self) assert (opp_has_i && !within && !(gtc && !market_order_i && !within_limit));
  end

  reach #(.COUNT(6)) u_reach (.reached_i({
      to_final && !self && !within_impact && within_limit && within_mean && within_premium, nack && trades == 0 && own,
      rest && opp_has_i, self && stp_i == 2'd2, fill && side_i && impact_on_i && premium_on_i && go_on,
      fill && !side_i && market_order_i && !at_touch_i && impact_on_i}));
endmodule
