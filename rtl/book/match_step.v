// One step of matching (docs/card.md, Matching): the taker against the oldest order of the opposite best level, or
// its end; combinational.
//
// The order is the one the step was issued for; if it is not, or no longer, the head of the opposite side (fresh_i),
// nack_o asks for the step again. At most one of nack_o, park_o, rest_o, expire_o, fill_o and self_trade_o is up; with
// none of them the taker is blocked by a bound and only to_final_o is, or (posts_i) it is refused and nothing is.
`include "contract.vh"
module match_step (
    input  wire                 look_i,           // it matters
    // taker
    input  wire                 market_order_i,
    input  wire [1:0]           tif_i,
    input  wire [1:0]           stp_i,
    input  wire [39:0]          remaining_i,
    input  wire                 beyond_passive_i,
    input  wire                 beyond_aggressive_i,
    input  wire                 posts_i,          // does not take: it is refused where its limit reaches
    // the opposite side
    input  wire                 opp_has_i,
    // the order that the step read
    input  wire                 opposite_i,       // it was issued for a head of the opposite side
    input  wire                 fresh_i,          // which still is that; its level and the one behind it are known
    input  wire                 own_i,            // it is the taker's owner's
    input  wire [39:0]          maker_open_i,
    // bounds against the opposite best; all but the limit's count while fresh_i
    input  wire                 limit_reaches_i,
    input  wire                 bounds_reach_i,   // mean mark and mean premium
    input  wire                 impact_on_i,
    input  wire                 at_touch_i,       // the opposite best is still the touch
    input  wire                 touch_reaches_i,  // the impact band lets the touch itself through
    input  wire                 later_impact_reaches_i,  // ... the order's price

    output reg                  nack_o,
    output reg                  park_o,
    output reg                  rest_o,
    output reg                  expire_o,
    output reg  [6:0]           reason_o,         // of the event
    output reg                  fill_o,
    output reg                  self_trade_o,     // the maker is taken out
    output wire                 go_on_o,          // the taker has left_o open (which does not wait for the decision)
    output wire [39:0]          left_o,
    output wire                 fills_maker_o,    // the order has not more than the taker; else it keeps this:
    output wire [39:0]          maker_left_o,
    output reg                  to_final_o,       // what is left expires outside the pipeline
    output reg                  final_self_o      // ... for self-trade
);
  wire gtc = tif_i == `TIF_GTC;
  reg  impact_reaches, limit_reaches, refused, may_rest;

  always @* begin
    nack_o = 1'b0;
    park_o = 1'b0;
    expire_o = 1'b0;
    reason_o = `REASON_NONE;
    fill_o = 1'b0;
    self_trade_o = 1'b0;
    to_final_o = 1'b0;
    final_self_o = 1'b0;
    {rest_o, impact_reaches, limit_reaches, refused, may_rest} = 5'bx;
    if (look_i) begin
      limit_reaches = market_order_i || limit_reaches_i;
      refused = posts_i && opp_has_i && limit_reaches;
      // (apart from the rest, because much hangs on it; the tops are known last)
      may_rest = gtc && !market_order_i && !beyond_passive_i && !opposite_i;
      rest_o = may_rest && (opp_has_i ? !limit_reaches_i : !beyond_aggressive_i);
      if (refused) reason_o = `REASON_POST_ONLY_TAKER;
      else if (beyond_passive_i) begin
        park_o = gtc;
        expire_o = !gtc;
        reason_o = gtc ? `REASON_NONE : `REASON_IMMEDIATE_OR_CANCEL;
      end else if (!opp_has_i) begin
        nack_o = opposite_i && !market_order_i && !beyond_aggressive_i && gtc;
        expire_o = market_order_i || beyond_aggressive_i || !gtc;
        reason_o = market_order_i ? `REASON_INSUFFICIENT_LIQUIDITY :
                   beyond_aggressive_i ? `REASON_PRICE_OUT_OF_BOUNDS :
                   gtc ? `REASON_NONE : `REASON_IMMEDIATE_OR_CANCEL;
      end else if (limit_reaches) begin
        impact_reaches = !impact_on_i || (at_touch_i ? touch_reaches_i : later_impact_reaches_i);
        if (!fresh_i) nack_o = 1'b1;
        else if (!bounds_reach_i || !impact_reaches) to_final_o = 1'b1;  // which is the tightest comes later
        else if (!own_i) fill_o = 1'b1;
        else begin
          reason_o = `REASON_SELF_TRADE;
          expire_o = stp_i == `STP_REJECT_TAKER;
          self_trade_o = stp_i != `STP_REJECT_TAKER;
          to_final_o = stp_i == `STP_REJECT_BOTH;
          final_self_o = stp_i == `STP_REJECT_BOTH;
        end
      end else if (gtc) nack_o = opposite_i;
      else to_final_o = 1'b1;
    end
  end

  assign fills_maker_o = !(remaining_i < maker_open_i);
  assign maker_left_o = maker_open_i - remaining_i;
  assign go_on_o = self_trade_o || (fill_o && maker_open_i < remaining_i);
  assign left_o = own_i ? remaining_i : remaining_i - maker_open_i;
endmodule
