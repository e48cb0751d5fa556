// Decides what the command at the head of the queue does in this cycle; combinational.
//
// Sees the order, level and tops that the step was issued for (with every earlier write in them) and decides in the
// order of docs/card.md: checks, then at most one change and one event (step_result), and how it goes on. Everything
// it asks for happens only if complete commits it; otherwise, and where nack_o is up, nothing happens and the step is
// issued again.
//
// A taker that fills more than one order carries what is left from step to step (carry_*); each further step is issued
// for the order that then heads the opposite side.
`include "contract.vh"
module execute #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    // the step
    input  wire                   cont_i,          // a taker under way, else a command's first step
    input  wire                   chased_i,        // directly behind comes the next maker of its level,
    input  wire                   swept_i,         // or the first one of the next level
    input  wire                   opposite_i,      // order and level are those of an opposite (cancel_many: own) head
    input  wire [447:0]           command_i,
    // prepared
    input  wire                   side_i,
    input  wire [91:0]            prepared_i,
    input  wire                   stale_i,         // the order read was written after it was prepared
    // memories
    input  wire                   used_i,
    input  wire [IDENT_BITS-1:0]  ident_i,
    input  wire [39:0]            open_i,
    input  wire                   only_order_i,    // ... in its level
    // market
    input  wire [TOP_BITS-1:0]    bid_i,
    input  wire [TOP_BITS-1:0]    ask_i,
    input  wire [2:0]             bands_i,
    input  wire                   touch_reaches_i, // the impact band lets the touch itself through
    input  wire                   limit_ready_i,
    // the step and the tops (relate)
    input  wire                   limit_reaches_i,
    input  wire                   bounds_reach_i,
    input  wire                   fresh_i,
    // carried
    input  wire                   carry_touch_i,   // it has met no other price than the touch
    input  wire [39:0]            remaining_i,     // lots of the taker
    input  wire [23:0]            carry_owner_i,
    input  wire                   kill_passed_i,   // the FOK scan of this command succeeded
    input  wire                   many_first_i,    // a cancel_many has taken out none yet

    // the taker
    output wire                   side_o,
    output wire                   has_limit_o,
    output wire [31:0]            limit_o,
    output wire [31:0]            opposite_best_o,
    output wire [7:0]             taker_generation_o,
    output wire [23:0]            taker_owner_o,
    output wire [IDENT_BITS-1:0]  new_ident_o,
    // the decision, for step_result
    output wire                   reject_o,
    output wire                   done_o,
    output wire                   rest_o,
    output wire                   park_o,
    output wire                   expire_o,
    output wire                   fill_o,
    output wire                   take_out_o,
    output wire                   reduce_o,
    output reg                    read_order_o,
    output reg                    read_level_o,
    output reg                    at_sell_o,       // read_level_o: side of the level
    output wire [39:0]            left_o,          // of the order after reduce_o
    output wire                   named_o,         // for step_result: what it would come to
    output wire                   named_shrinks_o,
    output wire                   places_o,
    output reg                    counts_o,
    output wire                   match_self_o,
    output wire                   match_fill_o,
    output wire                   fills_maker_o,   // fill_o: nothing is left of it, or this
    output wire [39:0]            maker_left_o,
    output wire                   trades_o,        // the reason is match_reason_o
    output wire [6:0]             match_reason_o,
    output reg  [6:0]             reason_o,
    output wire                   last_o,          // final event: the command retires
    output wire                   more_o,
    output wire                   with_taker_o,
    output wire                   taker_keeps_o,   // the event tells that all is open, or carry_remaining_o
    output wire                   taker_carries_o,
    output wire                   write_ident_o,
    // how it goes on
    output wire                   rare_o,          // neither a new order nor a named one, nor a taker under way
    output wire                   nack_o,
    output wire                   nack_band_o,
    output wire                   rewind_o,
    output reg                    chase_o,         // the next maker is the next of this level,
    output reg                    sweep_o,         // or the first of the next level
    output wire                   carry_o,         // carry the following on
    output wire                   carry_first_o,
    output wire [39:0]            carry_remaining_o,
    output reg                    many_o,          // one more cancelled
    output reg                    set_last_o,
    output reg                    set_base_o,
    output wire                   to_final_o,      // the remainder expires; final_self_o: for self-trade
    output wire                   final_self_o,
    output wire                   to_scan_o,       // the scanner: FOK, digest, shift
    output reg                    configure_o,     // and set_mark_o: wait for the bands
    output reg                    set_mark_o,
    output reg                    to_reset_o
);
  // ---- what was prepared: it is a replace; wrong session or format; reset into the session that is; the limit beyond
  // the window's edges; the price inside it; configure and shift: a base that can't be, another base or size, inputs
  // missing; the handle is right; reduce and replace leave nothing of the order, or this; it is the taker's owner's;
  // the market is closed; what entry_check says; the limit band counts, and its bounds were ready
  wire        bad, to_current, beyond_passive, beyond_aggressive, in_window, bad_base, resizes, missing, handle_ok;
  wire        gone, own, closed, entry_bad_i, entry_state_i, outside, band_on, band_ready;
  wire        is_new, is_named, is_many, is_configure, is_mark, is_fence, is_place, is_set_last, is_shift, is_digest;
  wire        is_read_order, is_read_level, is_reset, is_rare, in_place, many_over_i, none, later_impact_reaches;
  wire        is_replace, at_touch_i;
  wire [6:0]  bad_reason, prepared_reason;
  wire [40:0] left;
  assign {is_replace, bad, bad_reason, is_new, is_named, is_many, is_configure, is_mark, is_fence, is_place,
          is_set_last, is_shift, is_digest, is_read_order, is_read_level, is_reset, is_rare, in_place, many_over_i,
          none, later_impact_reaches, at_touch_i, to_current, beyond_passive, beyond_aggressive, in_window,
          bad_base, resizes, missing, handle_ok, gone, left, own, closed, prepared_reason, entry_bad_i, entry_state_i,
          outside, band_on, band_ready} = prepared_i;

  // ---- the command
  wire [7:0]  code = {4'd0, command_i[3:0]};  // of what is a command at all
  wire [6:0]  flags = command_i[118:112];
  wire [31:0] price = command_i[`CMD_PRICE];
  wire [63:0] quantity = command_i[`CMD_QUANTITY];
  wire [31:0] owner_field = command_i[`CMD_OWNER];
  wire [MARKET_BITS-1:0] market = command_i[8+:MARKET_BITS];
  wire [1:0]  tif = flags[`ORDER_BIT_TIF];
  wire        post_only = flags[`ORDER_BIT_POST_ONLY];
  wire        market_order = flags[`ORDER_BIT_MARKET_ORDER];

  // ---- the order in the slot read
  wire [7:0]             ident_generation;
  wire [23:0]            ident_owner;
  wire                   ident_side;
  wire [MARKET_BITS-1:0] ident_market;
  wire [TICK_BITS-1:0]   ident_tick;
  assign {ident_generation, ident_owner, ident_side, ident_market, ident_tick} = ident_i;

  // ---- the taker
  wire side = side_i;
  wire [31:0] limit = is_replace ? command_i[`CMD_NEW_PRICE] : price;
  wire [23:0] owner = cont_i ? carry_owner_i : is_replace ? ident_owner : owner_field[23:0];
  assign {side_o, has_limit_o, limit_o} = {side, !market_order, limit};
  assign taker_generation_o = is_replace ? command_i[`CMD_NEW_GENERATION] : command_i[`CMD_GENERATION];
  assign taker_owner_o = owner;
  assign new_ident_o = {taker_generation_o, owner, side, market, limit[TICK_BITS-1:0]};

  // ---- both tops
  wire                 bid_has = bid_i[TOP_BITS-1];
  wire                 any_orders = bid_has || ask_i[TOP_BITS-1];
  localparam NEXT_UNKNOWN = 2'd0, NEXT_KNOWN = 2'd2;
  wire [TOP_BITS-1:0]  opp = side ? bid_i : ask_i;
  wire                 opp_has = opp[TOP_BITS-1];
  wire                 opp_fresh = fresh_i && opp[SLOT_BITS+66] && opp[65:64] != NEXT_UNKNOWN;
  assign opposite_best_o = opp[63:32];

  // ---- may it enter
  wire       crosses = opp_has && (market_order || limit_reaches_i);
  wire [6:0] entry_reason = entry_bad_i ? prepared_reason : outside ? `REASON_PRICE_OUT_OF_BOUNDS :
                            `REASON_POST_ONLY_TAKER;

  wire        at_touch = !cont_i || carry_touch_i || at_touch_i;
  wire        match_nack, match_park, match_rest, match_expire, match_fill, match_self, match_go_on, match_final;
  wire [6:0]  match_reason;
  wire [39:0] match_left;
  match_step u_match (
      .look_i(cont_i || is_new), .market_order_i(market_order), .tif_i(tif), .stp_i(flags[`ORDER_BIT_STP]),
      .remaining_i(remaining_i), .beyond_passive_i(beyond_passive), .beyond_aggressive_i(beyond_aggressive),
      .posts_i(post_only && !cont_i), .opp_has_i(opp_has), .opposite_i(opposite_i), .fresh_i(opp_fresh), .own_i(own),
      .maker_open_i(open_i), .limit_reaches_i(limit_reaches_i), .bounds_reach_i(bounds_reach_i),
      .impact_on_i(bands_i[`BANDS_BIT_IMPACT]), .at_touch_i(at_touch), .touch_reaches_i(touch_reaches_i),
      .later_impact_reaches_i(later_impact_reaches), .nack_o(match_nack), .park_o(match_park), .rest_o(match_rest),
      .expire_o(match_expire), .reason_o(match_reason), .fill_o(match_fill), .self_trade_o(match_self),
      .go_on_o(match_go_on), .left_o(match_left), .fills_maker_o(fills_maker_o), .maker_left_o(maker_left_o),
      .to_final_o(match_final), .final_self_o(final_self_o));

  wire        named_reject, named_take_out, named_reduce, named_move;
  wire [6:0]  named_reason;
  wire [39:0] sum = left[39:0];
  assign left_o = sum;
  assign {named_o, named_shrinks_o} = {is_named, !gone && (code == `CODE_REDUCE || (is_replace && in_place))};
  assign {places_o, match_self_o, match_fill_o} = {is_place, match_self, match_fill};
  resting_step u_resting (
      .look_i(is_named), .code_i(code), .closed_i(closed), .handle_ok_i(handle_ok && in_window),
      .in_place_i(in_place), .gone_i(gone), .too_much_i(left[40]), .reject_o(named_reject), .take_out_o(named_take_out),
      .reduce_o(named_reduce), .move_o(named_move), .reason_o(named_reason));

  // ---- checks, and what of the above counts
  // (what is known from the start apart from whether it crosses)
  reg  not_ready, entry_early, entry_bad, entry_reject, entry_passes, entry_scan;
  always @* begin
    {not_ready, entry_early, entry_bad, entry_reject, entry_passes, entry_scan} = 6'bx;
    if (is_new || is_replace) begin
      not_ready = band_on && !(band_ready && limit_ready_i);
      entry_early = !entry_bad_i && !outside && !not_ready;
      entry_bad = entry_bad_i || outside || (post_only && crosses);
      entry_reject = entry_state_i || (entry_bad && !not_ready);
      entry_passes = entry_early && !(post_only && crosses);
      entry_scan = tif == `TIF_FOK && !kill_passed_i;
    end
  end
  wire named_now = is_named && !stale_i;
  wire enters = (is_new && !used_i) || (named_now && named_move);
  wire trades = cont_i || (is_new && !used_i && entry_early && !entry_scan);  // match_step knows of post_only
  wire moves = named_now && named_move && entry_passes && !entry_scan;
  wire names = named_now && !named_reject && !named_move;

  // what is seldom: neither a new order nor a named one
  reg places, rare_reject, rare_done, rare_scan, rare_nack, rare_rewind, any_but_many, many_outdated, may_configure;
  always @* begin
    {places, rare_reject, rare_done, rare_scan, rare_nack, rare_rewind} = 6'd0;
    {many_o, configure_o, set_mark_o, to_reset_o, set_last_o, set_base_o, read_order_o, read_level_o} = 8'd0;
    {any_but_many, many_outdated, may_configure, counts_o, at_sell_o} = 5'bx;
    if (is_rare) begin
      any_but_many = any_orders && !(many_first_i ? none : many_over_i);  // a cancel_many goes on,
      // with the head of the bids, then of the asks
      many_outdated = !fresh_i || !(bid_has ? bid_i[SLOT_BITS+66] : ask_i[SLOT_BITS+66]);
      rare_nack = is_many && any_but_many && many_outdated;
      counts_o = !(is_read_order || (is_many && any_but_many));  // tells how many, or nothing
      at_sell_o = !(bid_has && price <= bid_i[63:32]);
      may_configure = !bad_base && !(any_orders && resizes);
      places = is_place && !used_i && in_window && !crosses;
      many_o = is_many && any_but_many && !many_outdated;
      rare_scan = (is_shift && !bad_base && any_orders) || is_digest;
      configure_o = is_configure && may_configure && !missing;
      set_mark_o = is_mark;
      to_reset_o = is_reset && !to_current;
      set_last_o = is_set_last;
      set_base_o = is_shift && !bad_base && !any_orders;
      rare_done = (is_many && !any_but_many) || is_fence || set_last_o || set_base_o;
      read_order_o = is_read_order && !stale_i && used_i;
      read_level_o = is_read_level && in_window;
      rare_reject = (is_place && (used_i || !in_window || crosses)) || (is_shift && bad_base) ||
                    (is_configure && !(may_configure && !missing)) ||
                    (is_read_order && !stale_i && !used_i) || (is_read_level && !in_window) ||
                    (is_reset && to_current);
      rare_rewind = configure_o || set_mark_o || to_reset_o || many_o || set_base_o;
    end
  end
  wire nack = (stale_i && (is_named || is_read_order)) || rare_nack;
  assign nack_band_o = enters && not_ready && !entry_state_i;
  assign to_scan_o = (enters && entry_passes && entry_scan) || rare_scan;
  assign {done_o, rare_o} = {rare_done, is_rare};
  assign reject_o = bad || (is_new && used_i) || (named_now && named_reject) || (enters && entry_reject) || rare_reject;

  // only where it is told
  assign {trades_o, match_reason_o} = {trades, match_reason};
  always @* begin
    reason_o = `REASON_NONE;
    if (enters) reason_o = entry_reject ? entry_reason : is_named ? `REASON_REPLACED : `REASON_NONE;
    else if (is_named) reason_o = named_reason;
    else if (bad) reason_o = bad_reason;
    else if ((is_new || is_place) && used_i) reason_o = `REASON_SLOT_IN_USE;
    else if (is_place && in_window && crosses) reason_o = `REASON_POST_ONLY_TAKER;
    else if (is_read_order && !used_i) reason_o = `REASON_STALE_ORDER;
    else if (is_configure && may_configure && missing) reason_o = `REASON_MARKET_STATE;
    else if (is_reset && to_current) reason_o = `REASON_BAD_COMMAND;
    else if (reject_o) reason_o = `REASON_PRICE_OUT_OF_BOUNDS;
  end

  // ---- the decision
  wire goes_on = trades && match_go_on;
  assign rest_o = places || (trades && match_rest);
  assign {park_o, expire_o} = {trades && match_park, trades && match_expire};
  assign fill_o = trades && match_fill;
  assign reduce_o = names && named_reduce;
  assign take_out_o = (names && named_take_out) || moves || many_o || (trades && match_self);
  assign last_o = reject_o || done_o || read_order_o || read_level_o || rest_o || park_o || expire_o || names ||
                  (fill_o && !goes_on);
  assign more_o = done_o && is_many && any_orders;
  assign with_taker_o = rest_o || park_o || expire_o || fill_o || moves || goes_on || write_ident_o;
  assign {taker_keeps_o, taker_carries_o} = {rest_o || park_o, goes_on || moves};
  assign write_ident_o = rest_o || (reduce_o && is_replace);

  // ---- how it goes on
  assign nack_o = nack || nack_band_o || (trades && match_nack);
  assign to_final_o = trades && match_final;
  reg  comes_again;
  always @* begin
    {chase_o, sweep_o, comes_again} = 3'd0;
    if (goes_on) begin
      chase_o = !match_final && !only_order_i;
      sweep_o = !match_final && only_order_i && opp[65:64] == NEXT_KNOWN;
      comes_again = !(chased_i && chase_o) && !(swept_i && sweep_o);
    end
  end
  assign rewind_o = to_final_o || to_scan_o || rare_rewind || comes_again;
  assign carry_o = moves || goes_on || to_final_o;
  assign carry_first_o = !trades;
  // (a fill-or-kill that is still to be scanned keeps all, whatever it would match)
  assign carry_remaining_o = is_named ? sum : entry_scan && !cont_i ? quantity[39:0] : match_left;
  wire unused = &{1'b0, command_i, quantity, flags, bands_i, owner_field, ident_generation, ident_side, ident_market,
                  ident_tick, opp, 1'b0};
endmodule
