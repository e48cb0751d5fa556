// relate with level_update: what was compared before the step ahead was decided stands to the tops as they are after
// it. One market, or two; every top, step and change there is, consistent or not.
module check_relate #(
    parameter SLOT_BITS = 4,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input                 clk_i,
    // the step that is prepared, and the tops of its market
    input                 sell_i,
    input [31:0]          limit_i,
    input                 many_i,
    input                 opposite_i,
    input [31:0]          best_i,
    input [SLOT_BITS-1:0] slot_i,
    input                 named_i,
    input                 named_sell_i,
    input [31:0]          price_i,
    input                 same_market_i,
    input [TOP_BITS-1:0]  bid_i,
    input [TOP_BITS-1:0]  ask_i,
    input [36:0]          mean_bound_i,
    input                 premium_on_i,
    input [36:0]          premium_bound_i,
    input [36:0]          mean_other_i,      // bounds of the other side
    input [36:0]          premium_other_i,
    // the step that is decided: what it does, in a level of that market or of another
    input                 commit_i,
    input                 add_i,
    input                 joins_i,
    input                 remove_i,
    input                 occupied_i,
    input [SLOT_BITS-1:0] x_slot_i,
    input [SLOT_BITS-1:0] head_i,
    input [SLOT_BITS-1:0] tail_i,
    input [SLOT_BITS-1:0] next_i,
    input                 swept_i,           // the step that is prepared is the head of the level behind it,
    input                 swept_last_i,      // and behind that is none,
    input [31:0]          swept_next_i,      // or this one
    input [TOP_BITS-1:0]  x_bid_i,
    input [TOP_BITS-1:0]  x_ask_i
);
  localparam UNKNOWN = 2'd0, KNOWN = 2'd2;
  wire        limit_reaches, bounds_reach, fresh, level_sell, at_best, beats_best, at_next, beats_next;
  wire        new_best, gone, behind, new_head, changes, unknown;
  wire [31:0] level_price;
  relate #(.SLOT_BITS(SLOT_BITS)) u_dut (
      .clk_i(clk_i), .sell_i(sell_i), .limit_i(limit_i), .many_i(many_i), .opposite_i(opposite_i), .best_i(best_i),
      .slot_i(slot_i), .named_i(named_i), .named_sell_i(named_sell_i), .price_i(price_i),
      .same_market_i(same_market_i), .bid_i(bid_i), .ask_i(ask_i), .mean_buy_i(sell_i ? mean_other_i : mean_bound_i),
      .mean_sell_i(sell_i ? mean_bound_i : mean_other_i), .premium_on_i(premium_on_i),
      .premium_buy_i(sell_i ? premium_other_i : premium_bound_i),
      .premium_sell_i(sell_i ? premium_bound_i : premium_other_i), .new_best_i(commits && new_best),
      .gone_i(commits && gone), .behind_i(commits && behind), .head_i(commits && new_head), .next_i(next_i),
      .swept_i(swept_i), .limit_reaches_o(limit_reaches), .bounds_reach_o(bounds_reach), .fresh_o(fresh),
      .level_sell_o(level_sell), .level_price_o(level_price), .at_best_o(at_best), .beats_best_o(beats_best),
      .at_next_o(at_next), .beats_next_o(beats_next));

  // the step ahead changes its side's top, which is one of this market or not
  wire [TOP_BITS-1:0] x_bid = same_market_i ? bid_i : x_bid_i;
  wire [TOP_BITS-1:0] x_ask = same_market_i ? ask_i : x_ask_i;
  wire [TOP_BITS-1:0] x_top = level_sell ? x_ask : x_bid;
  wire [31:0]         x_best = x_top[63:32], x_next = x_top[31:0];
  wire [TOP_BITS-1:0] top;
  wire joins = add_i || (!remove_i && joins_i);  // complete asserts it: add_i, where either is up
  level_update #(.SLOT_BITS(SLOT_BITS)) u_update (
      .add_i(add_i), .joins_i(joins), .remove_i(remove_i), .price_i(level_price), .at_best_i(level_price == x_best),
      .better_i(level_sell ? level_price < x_best : level_price > x_best), .at_next_i(level_price == x_next),
      .beats_next_i(level_sell ? level_price < x_next : level_price > x_next), .slot_i(x_slot_i),
      .place_i({x_slot_i == head_i, x_slot_i == tail_i, head_i == tail_i}), .occupied_i(occupied_i), .head_i(head_i),
      .tail_i(tail_i), .next_i(next_i), .prev_i({SLOT_BITS{1'b0}}),
      .top_i(x_top), .swept_i({swept_i, slot_i, swept_last_i ? 2'd1 : KNOWN, swept_next_i}), .top_o(top),
      .new_best_o(new_best), .gone_o(gone), .behind_o(behind), .changes_o(changes), .new_head_o(new_head),
      .unknown_o(unknown));
  always @* assume (!swept_i || (opposite_i && !many_i));
  wire commits = commit_i && !unknown && !(add_i && remove_i);

  reg                 prepared_q, sell_q, many_q, opposite_q, premium_on_q, touched_q, went_q;
  reg [31:0]          limit_q, best_q;
  reg [SLOT_BITS-1:0] slot_q;
  reg [TOP_BITS-1:0]  bid_q, ask_q;
  reg [36:0]          mean_bound_q, premium_bound_q;
  reg                 ready_q;  // the step ahead has been prepared too
  initial {prepared_q, ready_q} = 2'b00;
  always @(posedge clk_i) begin
    {prepared_q, ready_q} <= {1'b1, prepared_q};
    {sell_q, many_q, opposite_q, limit_q, best_q, slot_q} <= {sell_i, many_i, opposite_i, limit_i, best_i, slot_i};
    {premium_on_q, mean_bound_q, premium_bound_q} <= {premium_on_i, mean_bound_i, premium_bound_i};
    bid_q <= same_market_i && commits && changes && !level_sell ? top : bid_i;
    ask_q <= same_market_i && commits && changes && level_sell ? top : ask_i;
    touched_q <= same_market_i && commits && changes;
    went_q <= same_market_i && commits && gone && swept_i;
  end

  wire [TOP_BITS-1:0] opposite = sell_q ? bid_q : ask_q;
  wire [31:0]         opp_best = opposite[63:32];
  wire [TOP_BITS-1:0] issued = many_q ? (bid_q[TOP_BITS-1] ? bid_q : ask_q) : opposite;
  wire [TOP_BITS-1:0] own = level_sell ? ask_q : bid_q;
  wire [31:0]         own_best = own[63:32], own_next = own[31:0];
  wire                own_has = own[TOP_BITS-1];
  wire                own_known = own[65:64] == KNOWN;
  always @*
    if (ready_q) begin
      if (opposite[TOP_BITS-1] && !many_q)
        assert (limit_reaches == (sell_q ? opp_best >= limit_q : opp_best <= limit_q));
      if (fresh && issued[TOP_BITS-1])
        assert (opposite_q && best_q == issued[63:32] && slot_q == issued[66+:SLOT_BITS]);
      if (fresh && opposite[TOP_BITS-1] && !many_q)
        assert (bounds_reach == ((sell_q ? {5'd0, opp_best} >= mean_bound_q : {5'd0, opp_best} <= mean_bound_q) &&
            (!premium_on_q || (sell_q ? {5'd0, opp_best} >= premium_bound_q : {5'd0, opp_best} <= premium_bound_q))));
      if (own_has) assert (at_best == (level_price == own_best));
      if (own_has) assert (beats_best == (level_sell ? level_price < own_best : level_price > own_best));
      // (who follows into the next level changes only its best)
      if (own_known && !went_q) assert (at_next == (level_price == own_next));
      if (own_known && !went_q) assert (beats_next == (level_sell ? level_price < own_next : level_price > own_next));
    end

  reach #(.COUNT(6)) u_reach (.reached_i({
      ready_q && went_q && fresh && opposite[TOP_BITS-1] && !many_q,
      ready_q && touched_q && own_known && own_has && at_next && !at_best,
      ready_q && touched_q && own_has && at_best && own_known, ready_q && touched_q && !fresh && opposite_q,
      ready_q && touched_q && fresh && many_q == 0, ready_q && touched_q && limit_reaches && opposite[TOP_BITS-1]}));
endmodule
