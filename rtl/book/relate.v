// How a step stands to the tops of its market: compared in the cycle in which it is prepared, chosen when it is
// decided.
//
// The step before it, which is decided while this one is prepared, may still change one of the tops. So prices are
// compared with all that a best or a next best may then be: what they are now, and the price of that step's level; and
// the slot with the order behind that step's. Inputs of the first group belong to the step that is prepared, those of
// the second to the one that is decided; outputs belong to the latter.
module relate #(
    parameter SLOT_BITS = 16,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                 clk_i,
    input  wire                 sell_i,           // the taker's side
    input  wire [31:0]          limit_i,          // ... and limit
    input  wire                 many_i,           // cancel_many: its top is the bids', while there are any
    input  wire                 opposite_i,       // the step was issued for the head of a top: of best_i, slot_i
    input  wire [31:0]          best_i,
    input  wire [SLOT_BITS-1:0] slot_i,
    input  wire                 named_i,          // it changes a named order, of named_sell_i
    input  wire                 named_sell_i,
    input  wire [31:0]          price_i,          // of its level, where it was not issued for a top
    input  wire                 same_market_i,    // as that of the step before
    input  wire [TOP_BITS-1:0]  bid_i,            // of its market, before that step
    input  wire [TOP_BITS-1:0]  ask_i,
    input  wire [36:0]          mean_buy_i,       // bounds of mean mark and mean premium for buys and for sells
    input  wire [36:0]          mean_sell_i,
    input  wire                 premium_on_i,
    input  wire [36:0]          premium_buy_i,
    input  wire [36:0]          premium_sell_i,

    // what the step does, and the order behind its own
    input  wire                 new_best_i,       // its level becomes the best
    input  wire                 gone_i,           // the best level, its own, goes
    input  wire                 behind_i,         // its level becomes the next best
    input  wire                 head_i,           // the head of the best level goes, the level stays
    input  wire [SLOT_BITS-1:0] next_i,
    input  wire                 swept_i,          // the step that is prepared is for the head of the level behind it

    output wire                 limit_reaches_o,  // the limit lets the opposite best through, if there is one
    output wire                 bounds_reach_o,   // mean mark and mean premium do; while the step is fresh
    output wire                 fresh_o,          // the top for which it was issued has still that best and head
    output wire                 level_sell_o,     // its level:
    output wire [31:0]          level_price_o,
    output wire                 at_best_o,        // is its side's best, better than it, the next best, better than it
    output wire                 beats_best_o,
    output wire                 at_next_o,
    output wire                 beats_next_o
);
  // each side apart: which one counts is known last
  wire                 bid_has = bid_i[TOP_BITS-1];
  wire [31:0]          bid_best = bid_i[63:32], ask_best = ask_i[63:32];
  wire [31:0]          bid_next = bid_i[31:0], ask_next = ask_i[31:0];
  wire                 top_is_bid = many_i ? bid_has : sell_i;
  wire                 level_sell = opposite_i ? !top_is_bid : named_i ? named_sell_i : sell_i;
  wire [31:0]          level_price = opposite_i ? best_i : price_i;
  // (all comparisons are by `less`: in an FPGA a carry chain, where the others look for equality as well)
  wire bid_in_mean = !({5'd0, best_i} < mean_sell_i);
  wire ask_in_mean = !(mean_buy_i < {5'd0, best_i});
  wire bid_in_premium = !premium_on_i || !({5'd0, best_i} < premium_sell_i);
  wire ask_in_premium = !premium_on_i || !(premium_buy_i < {5'd0, best_i});
  wire bid_same = best_i == bid_best, ask_same = best_i == ask_best;
  wire bid_head_same = bid_same && slot_i == bid_i[66+:SLOT_BITS];
  wire ask_head_same = ask_same && slot_i == ask_i[66+:SLOT_BITS];
  wire next_same = slot_i == next_i;
  wire unused = &{1'b0, bid_i, ask_i, 1'b0};
  reg  head_same, head_next;
  always @* begin
    {head_same, head_next} = 2'd0;
    if (opposite_i) begin
      head_same = top_is_bid ? bid_head_same : ask_head_same;
      head_next = top_is_bid ? bid_same && next_same : ask_same && next_same;
    end
  end

  reg reach_best_q, reach_next_q, reach_step_q, bid_bounded_q, ask_bounded_q, sell_q, head_same_q, head_next_q;
  reg many_q;
  // of both sides: the level's is known late
  reg at_bid_q, at_ask_q, at_next_bid_q, at_next_ask_q, beats_bid_q, beats_ask_q, beats_next_bid_q, beats_next_ask_q;
  reg above_step_q, below_step_q, at_step_q;
  reg same_market_q, level_sell_q, changed_sell_q;
  reg top_same_q;  // that step's level is of its top's side
  reg new_best_q, gone_q, behind_q, head_q, swept_q;
  reg [31:0] level_price_q;
  assign {level_sell_o, level_price_o} = {level_sell_q, level_price_q};
  always @(posedge clk_i) begin
    {many_q, same_market_q} <= {many_i, same_market_i};
    top_same_q <= same_market_i && level_sell_q != top_is_bid;
    {level_sell_q, level_price_q} <= {level_sell, level_price};
    reach_best_q <= sell_i ? !(bid_best < limit_i) : !(limit_i < ask_best);
    reach_next_q <= sell_i ? !(bid_next < limit_i) : !(limit_i < ask_next);
    reach_step_q <= sell_i ? !(level_price_q < limit_i) : !(limit_i < level_price_q);
    if (opposite_i) {bid_bounded_q, ask_bounded_q} <= {bid_in_mean && bid_in_premium, ask_in_mean && ask_in_premium};
    sell_q <= sell_i;
    {head_same_q, head_next_q} <= {head_same, head_next};
    {at_bid_q, at_ask_q} <= {level_price == bid_best, level_price == ask_best};
    {at_next_bid_q, at_next_ask_q} <= {level_price == bid_next, level_price == ask_next};
    at_step_q <= level_price == level_price_q;
    {beats_bid_q, beats_ask_q} <= {bid_best < level_price, level_price < ask_best};
    {beats_next_bid_q, beats_next_ask_q} <= {bid_next < level_price, level_price < ask_next};
    {above_step_q, below_step_q} <= {level_price_q < level_price, level_price < level_price_q};
    {new_best_q, gone_q, behind_q, head_q} <= {new_best_i, gone_i, behind_i, head_i};
    {swept_q, changed_sell_q} <= {swept_i, level_sell_q};
  end
  wire at_best = level_sell_q ? at_ask_q : at_bid_q;
  wire at_next = level_sell_q ? at_next_ask_q : at_next_bid_q;
  wire beats_best = level_sell_q ? beats_ask_q : beats_bid_q;
  wire beats_next = level_sell_q ? beats_next_ask_q : beats_next_bid_q;
  wire beats_step = level_sell_q ? below_step_q : above_step_q;

  wire top_moved = (new_best_q || gone_q) && same_market_q && (many_q || top_same_q);
  wire own_changed = same_market_q && changed_sell_q == level_sell_q;
  assign limit_reaches_o =
      top_same_q && new_best_q ? reach_step_q : top_same_q && gone_q ? reach_next_q : reach_best_q;
  assign bounds_reach_o = sell_q ? bid_bounded_q : ask_bounded_q;
  // a level that has gone leaves the next one best, and if that is the step's, so is its head
  assign fresh_o = top_moved ? top_same_q && gone_q && swept_q && at_next :
                   top_same_q && head_q ? head_next_q : head_same_q;
  assign at_best_o = own_changed && new_best_q ? at_step_q : own_changed && gone_q ? at_next : at_best;
  assign beats_best_o = own_changed && new_best_q ? beats_step : own_changed && gone_q ? beats_next : beats_best;
  assign at_next_o = own_changed && new_best_q ? at_best : own_changed && behind_q ? at_step_q : at_next;
  assign beats_next_o =
      own_changed && new_best_q ? beats_best : own_changed && behind_q ? beats_step : beats_next;
endmodule
