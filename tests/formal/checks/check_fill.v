// match_step with what relate compares: what a fill, and a removal for self-trade, may be. Full size, every input; the
// step ahead is of another market (check_relate has those of the same).
//
// impact_product_i is the touch times the multiplier as `carried` keeps it; touch_reaches_i as market_bands gives it;
// own_i as prepare compares owners; what is fresh as execute says.
module check_fill #(
    parameter SLOT_BITS = 20,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input                 clk_i,
    input                 side_i,
    input                 market_order_i,
    input [1:0]           tif_i,
    input [1:0]           stp_i,
    input [39:0]          remaining_i,
    input                 beyond_passive_i,
    input                 beyond_aggressive_i,
    input [TOP_BITS-1:0]  opp_i,
    input [TOP_BITS-1:0]  other_i,
    input                 opposite_i,
    input [31:0]          best_i,
    input [SLOT_BITS-1:0] slot_i,
    input                 own_i,
    input                 posts_i,
    input [39:0]          maker_open_i,
    input [31:0]          limit_i,
    input [36:0]          mean_bound_i,
    input                 premium_on_i,
    input [36:0]          premium_bound_i,
    input [36:0]          mean_other_i,      // bounds of the other side
    input [36:0]          premium_other_i,
    input                 impact_on_i,
    input                 at_touch_i,
    input                 touch_reaches_i,
    input [55:0]          impact_product_i
);
  localparam UNKNOWN = 2'd0;
  wire                 opp_has_i, opp_known_i;
  wire [31:0]          opp_best_i, opp_next;
  wire [SLOT_BITS-1:0] opp_head_i;
  wire [1:0]           opp_state_i;
  assign {opp_has_i, opp_known_i, opp_head_i, opp_state_i, opp_best_i, opp_next} = opp_i;
  wire       limit_reaches, bounds_reach, fresh, reaches, impact_tightest;
  wire       nack, park, rest, expire, fill, self, go_on, to_final, final_self;
  wire [6:0] tightest, reason;
  relate #(.SLOT_BITS(SLOT_BITS)) u_relate (
      .clk_i(clk_i), .sell_i(side_i), .limit_i(limit_i), .many_i(1'b0), .opposite_i(opposite_i), .best_i(best_i),
      .slot_i(slot_i), .named_i(1'b0), .named_sell_i(1'b0), .price_i(limit_i), .same_market_i(1'b0),
      .bid_i(side_i ? opp_i : other_i), .ask_i(side_i ? other_i : opp_i),
      .mean_buy_i(side_i ? mean_other_i : mean_bound_i), .mean_sell_i(side_i ? mean_bound_i : mean_other_i),
      .premium_on_i(premium_on_i), .premium_buy_i(side_i ? premium_other_i : premium_bound_i),
      .premium_sell_i(side_i ? premium_bound_i : premium_other_i), .new_best_i(1'b0), .gone_i(1'b0), .behind_i(1'b0),
      .head_i(1'b0), .next_i({SLOT_BITS{1'b0}}), .swept_i(1'b0), .limit_reaches_o(limit_reaches),
      .bounds_reach_o(bounds_reach), .fresh_o(fresh));
  // nothing changes from the cycle in which the step is prepared to that in which it is decided
  localparam STILL = 2 * TOP_BITS + 32 + SLOT_BITS + 32 + 37 + 1 + 37 + 1 + 1;
  wire [STILL-1:0] still = {opp_i, other_i, best_i, slot_i, limit_i, mean_bound_i, premium_on_i, premium_bound_i,
                            side_i, opposite_i};
  reg  [STILL-1:0] still_q;
  reg              prepared_q;
  initial prepared_q = 1'b0;
  always @(posedge clk_i) {prepared_q, still_q} <= {1'b1, still};
  always @* if (prepared_q) assume (still == still_q);
  // the scanner's comparison of the same bounds
  taker_bounds u_bounds (
      .clk_i(clk_i), .stopped_i(to_final), .sell_i(side_i), .has_limit_i(!market_order_i), .limit_i(limit_i),
      .mean_bound_i(mean_bound_i), .premium_on_i(premium_on_i), .premium_bound_i(premium_bound_i), .price_i(opp_best_i),
      .asked_i(1'b1), .reaches_o(reaches), .tightest_reason_o(tightest), .impact_product_i(impact_product_i),
      .impact_tightest_o(impact_tightest));
  wire [51:0] product = best_i * 52'd1000000;
  wire        fills_maker;
  wire [39:0] left, maker_left;
  wire later_impact_reaches;
  impact_check u_impact (
      .sell_i(side_i), .product_i(product), .impact_product_i(impact_product_i), .reaches_o(later_impact_reaches));
  match_step u_dut (
      .look_i(1'b1), .market_order_i(market_order_i), .tif_i(tif_i), .stp_i(stp_i), .remaining_i(remaining_i),
      .beyond_passive_i(beyond_passive_i), .beyond_aggressive_i(beyond_aggressive_i), .posts_i(posts_i),
      .opp_has_i(opp_has_i), .opposite_i(opposite_i), .fresh_i(fresh && opp_known_i && opp_state_i != UNKNOWN),
      .own_i(own_i), .maker_open_i(maker_open_i), .limit_reaches_i(limit_reaches), .bounds_reach_i(bounds_reach),
      .impact_on_i(impact_on_i), .at_touch_i(at_touch_i), .touch_reaches_i(touch_reaches_i),
      .later_impact_reaches_i(later_impact_reaches), .nack_o(nack), .park_o(park), .rest_o(rest), .expire_o(expire),
      .reason_o(reason), .fill_o(fill), .self_trade_o(self), .go_on_o(go_on), .left_o(left),
      .fills_maker_o(fills_maker), .maker_left_o(maker_left), .to_final_o(to_final), .final_self_o(final_self));

  wire trades = fill || self;
  wire [36:0] price = {5'd0, opp_best_i};
  wire within_limit = market_order_i || (side_i ? opp_best_i >= limit_i : opp_best_i <= limit_i);
  wire within_mean = side_i ? price >= mean_bound_i : price <= mean_bound_i;
  wire within_premium = !premium_on_i || (side_i ? price >= premium_bound_i : price <= premium_bound_i);
  wire within_impact = !impact_on_i || (at_touch_i ? touch_reaches_i :
      side_i ? {4'd0, product} >= impact_product_i : {4'd0, product} <= impact_product_i);
  wire own = own_i;
  wire within = within_limit && within_mean && within_premium && within_impact;
  wire gtc = tif_i == 2'd0;
  wire refused = posts_i && opp_has_i && within_limit;

  always @* if (prepared_q) begin
    // never with a price outside the limit or a band, never with another order than the head of the best level
    if (trades) begin
      assert (within);
      assert (opp_has_i && opposite_i && opp_known_i && best_i == opp_best_i && slot_i == opp_head_i);
      assert (opp_state_i != UNKNOWN && !beyond_passive_i);
    end
    // never with oneself, and what each mode does instead
    if (fill) assert (!own);
    if (self) assert (own && stp_i != 2'd0 && final_self == (stp_i == 2'd2));
    if (own && within && opp_has_i && !nack && !beyond_passive_i && stp_i == 2'd0 && !refused)
      assert (expire && !trades);
    assert (reaches == (within_limit && within_mean && within_premium));
    // one thing at a time; a post-only order that would take does nothing
    assert ({4'd0, nack} + park + rest + expire + fill + self + (to_final && !self) == (refused ? 5'd0 : 5'd1));
    if (refused) assert (reason == `REASON_POST_ONLY_TAKER && !final_self);
    // a fill takes the smaller quantity and leaves the rest
    if (fill) assert (go_on == (maker_open_i < remaining_i) && (!go_on || left == remaining_i - maker_open_i));
    if (fill) assert (fills_maker == (maker_open_i <= remaining_i) && maker_left == maker_open_i - remaining_i);
    if (self) assert (left == remaining_i);
    // what rests does not cross, and only a gtc limit order rests or is parked
    if (rest) assert (gtc && !market_order_i && !(opp_has_i && within_limit));
    if (park) assert (gtc && beyond_passive_i);
    // blocked: inside the window, the other side has orders, a bound keeps the taker from the best, not its limit alone
    if (to_final && !self) assert (opp_has_i && !within && !(gtc && !market_order_i && !within_limit));
  end

  reach #(.COUNT(6)) u_reach (.reached_i({
      prepared_q && to_final && !self && !within_impact && within_limit && within_mean && within_premium,
      prepared_q && nack && trades == 0 && own, prepared_q && rest && opp_has_i,
      prepared_q && self && stp_i == 2'd2, prepared_q && fill && side_i && impact_on_i && premium_on_i && go_on,
      prepared_q && fill && !side_i && market_order_i && !at_touch_i && impact_on_i}));
endmodule
