// The end of the pipeline: the step that arrives is decided (execute) and turned into changes and an event
// (step_result, level_update), all in this cycle, at whose end it is known whether that is committed. In the next
// (names with late_) everything that hangs on the commit happens: the memories are written, aggregate and bitmap are
// brought up to date (level_sum), the event is put together, the command retires, the taker is carried on.
//
// A step is not committed where execute sends it back, the side's next best level is not known yet, or there is no room
// for its event; it is then issued again: everything behind it is dropped, of the step that arrives in the next cycle
// (flushed_o) on. A parity error shows in the next cycle but one and stops the book; the event of the step has been
// pushed then, but is withdrawn. What ends outside the pipeline (book_mode) is answered here as well.
`include "contract.vh"
module complete #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter [31:0] FIRST_SEQUENCE = 32'd0,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    input  wire [39:0]           cycle_i,
    // the head of the queue
    input  wire [447:0]          command_i,
    input  wire [39:0]           arrival_i,
    output wire                  retire_o,         // it has ended, in the cycle before,
    output wire                  ended_o,          // ... if its step was committed; else what is behind it is dropped
    // the step
    input  wire                  step_i,
    input  wire                  cont_i,
    input  wire                  chased_i,         // directly behind comes the next maker of its level,
    input  wire [SLOT_BITS+34:0] swept_i,          // or the first one of the next level; it, and the level behind that
    input  wire                  opposite_i,
    input  wire [SLOT_BITS-1:0]  slot_i,
    input  wire [MARKET_BITS+TICK_BITS-1:0] level_i,   // market and tick of its level
    // of the cycle before
    output wire                  flushed_o,        // what came behind its step is dropped
    output wire                  chase_o,          // ... and the next order of its level, chase_slot_o, is next
    output wire [SLOT_BITS-1:0]  chase_slot_o,
    output wire                  sweep_o,          // ... or the next level is
    // what was prepared (prepare)
    input  wire                  side_i,
    input  wire [91:0]           prepared_i,
    input  wire                  near_same_slot_i,   // the step behind this one has the same order,
    input  wire [72:0]           near_i,             // is a further one of its command; command's quantity, its price
    // what it has read
    input  wire                  used_i,
    input  wire [IDENT_BITS-1:0] ident_i,
    input  wire [39:0]           open_i,
    input  wire [SLOT_BITS-1:0]  next_i,
    input  wire [SLOT_BITS-1:0]  prev_i,
    input  wire [SLOT_BITS-1:0]  head_i,
    input  wire [SLOT_BITS-1:0]  tail_i,
    input  wire [2:0]            place_i,            // of the order: it is the head, the tail, alone in its level
    input  wire                  occupied_i,
    input  wire [5:0]            bad_read_i,         // parity: word read ahead, used, order, next, prev, ends
    // ... a cycle later
    input  wire [32:0]           late_best_i,        // the best of the top that the step has changed, if there is one
    input  wire [59:0]           aggregate_i,
    input  wire [255:0]          words_i,
    input  wire [3:0]            valid_i,            // of the words (look_ahead)
    input  wire                  bad_aggregate_i,
    input  wire                  bad_words_i,
    // its market
    input  wire [TOP_BITS-1:0]   bid_i,
    input  wire [TOP_BITS-1:0]   ask_i,
    input  wire [31:0]           order_base_i,       // of the market of the order read
    input  wire [2:0]            bands_i,
    input  wire [23:0]           impact_min_i,
    input  wire [23:0]           impact_max_i,
    input  wire                  touch_reaches_i,
    input  wire                  limit_ready_i,
    // the step and the tops (relate)
    input  wire                  limit_reaches_i,
    input  wire                  bounds_reach_i,
    input  wire                  fresh_i,
    input  wire                  level_sell_i,
    input  wire [31:0]           level_price_i,
    input  wire [3:0]            stands_i,           // at_best, beats_best, at_next, beats_next
    input  wire                  impact_tightest_i,
    input  wire [6:0]            tightest_reason_i,
    // outside the pipeline
    input  wire                  run_i,
    input  wire                  final_i,
    input  wire                  scan_i,
    input  wire                  answer_i,
    input  wire                  final_self_i,
    input  wire                  scan_passed_i,
    input  wire                  kill_passed_i,
    input  wire                  renumber_i,
    input  wire                  fault_i,            // the book has halted
    input  wire [15:0]           session_i,
    input  wire [2:0]            ahead_reads_i,      // word, ends read for the sweeper; level and words for the seeker
    input  wire [2:0]            scan_reads_i,       // the scanner relies on level, order, words read
    input  wire [SLOT_BITS-1:0]  scan_slot_i,
    input  wire [63:0]           digest_i,
    input  wire [39:0]           digest_orders_i,

    // the taker
    output wire                  side_o,
    output wire                  has_limit_o,
    output wire [31:0]           limit_o,
    output wire                  carry_o,            // as it is if what was decided in the cycle before was committed
    output wire                  sure_carry_o,
    output wire                  carry_side_o,
    output wire [39:0]           carry_remaining_o,
    output wire [23:0]           carry_owner_o,
    output wire [31:0]           carry_touch_o,
    output wire                  near_at_touch_o,
    output wire [31:0]           many_o,             // taken out by the cancel_many under way
    output wire [55:0]           impact_product_o,
    // decided
    output wire                  applies_o,          // the side's top becomes top_o,
    output wire                  may_change_o,       // which is another one, if it is committed
    output wire [TOP_BITS-1:0]   top_o,
    output wire [3:0]            moves_o,            // of the top, or would be: new best, gone, behind, new head
    output wire [23:0]           taker_owner_o,
    // committed in the cycle before
    output wire                  commit_o,
    output wire                  best_moves_o,
    output wire [7:0]            seldom_o,           // in its order
    output wire                  trade_o,
    output wire                  traded_o,           // ... if it was committed, and so:
    output wire                  band_moves_o,       // a best price or the last trade changes besides
    output wire [8:0]            near_writes_o,      // settle's near_*
    output wire                  add_o,
    output wire                  remove_o,
    output wire                  amend_o,
    output wire                  w_ident_o,
    output wire [SLOT_BITS-1:0]  slot_o,             // of the order
    output wire [39:0]           open_o,
    output wire [IDENT_BITS-1:0] ident_o,
    output wire                  w_next_o,
    output wire                  w_prev_o,
    output wire [MARKET_BITS+TICK_BITS-1:0] level_o,    // market, tick
    output wire [SLOT_BITS-1:0]  next_slot_o,        // slot and value of next and of prev
    output wire [SLOT_BITS-1:0]  next_o,
    output wire [SLOT_BITS-1:0]  prev_slot_o,
    output wire [SLOT_BITS-1:0]  prev_o,
    output wire [SLOT_BITS-1:0]  head_o,
    output wire [SLOT_BITS-1:0]  tail_o,
    output wire [59:0]           aggregate_o,
    output wire                  w_words_o,
    output wire [255:0]          words_o,
    // this cycle
    output wire                  alive_o,            // a step of a command has arrived
    output wire                  unknown_o,
    output wire                  nack_o,
    output wire                  nack_band_o,
    output wire                  room_o,
    output wire [2:0]            faults_o,           // of order, level, words
    output wire                  ev_valid_o,
    input  wire                  ev_ready_i,
    output wire [511:0]          ev_o
);
  // ---- the decision
  wire        reject, done, rest, park, expire, fill, take_out, reduce, read_order, read_level, at_sell, fills_maker;
  wire        last, more, with_taker, write_ident, rewind, chase, sweep, carry, carry_first, one_more, set_last;
  wire        set_base, rare, to_final, to_final_self, to_scan, configure, set_mark, to_reset, appeared, vanished;
  wire [31:0] many, opposite_best;
  wire [39:0] maker_left, remaining, left, carry_remaining, late_remaining, late_before;
  wire [7:0]  taker_generation, decided;
  wire [23:0] taker_owner;
  wire [6:0]  reason, match_reason;
  wire        trades, carried_touch, kill_passed, many_first, new_best, gone, behind, new_head, changes_top;
  reg         stale_q;  // the named order as it was prepared is not what it is now
  assign {many_o, taker_owner_o} = {many, taker_owner};
  execute #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_execute (
      .cont_i(cont_i), .chased_i(chased_i), .swept_i(swept_i[SLOT_BITS+34]), .opposite_i(opposite_i),
      .command_i(command_i), .side_i(side_i), .prepared_i(prepared_i), .stale_i(stale_q), .used_i(used_i),
      .ident_i(ident_i), .open_i(open_i), .only_order_i(place_i[0]), .bid_i(bid_i), .ask_i(ask_i),
      .bands_i(bands_i), .touch_reaches_i(touch_reaches_i), .limit_ready_i(limit_ready_i),
      .limit_reaches_i(limit_reaches_i), .bounds_reach_i(bounds_reach_i), .fresh_i(fresh_i),
      .carry_touch_i(carried_touch), .remaining_i(remaining), .carry_owner_i(carry_owner_o),
      .kill_passed_i(kill_passed), .many_first_i(many_first), .side_o(side_o), .has_limit_o(has_limit_o),
      .limit_o(limit_o), .opposite_best_o(opposite_best), .taker_generation_o(taker_generation),
      .taker_owner_o(taker_owner), .new_ident_o(new_ident), .reject_o(reject), .done_o(done), .rest_o(rest),
      .park_o(park), .expire_o(expire), .fill_o(fill), .take_out_o(take_out), .reduce_o(reduce),
      .read_order_o(read_order), .read_level_o(read_level), .at_sell_o(at_sell), .left_o(left), .named_o(named),
      .named_shrinks_o(named_shrinks), .places_o(places), .counts_o(counts), .match_self_o(match_self),
      .match_fill_o(match_fill), .fills_maker_o(fills_maker), .maker_left_o(maker_left), .trades_o(trades),
      .match_reason_o(match_reason), .reason_o(reason), .last_o(last), .more_o(more), .with_taker_o(with_taker),
      .taker_keeps_o(taker_keeps), .taker_carries_o(taker_carries), .write_ident_o(write_ident), .rare_o(rare),
      .nack_o(nack_o), .nack_band_o(nack_band_o), .rewind_o(rewind), .chase_o(chase), .sweep_o(sweep), .carry_o(carry),
      .carry_first_o(carry_first), .carry_remaining_o(carry_remaining), .many_o(one_more), .set_last_o(set_last),
      .set_base_o(set_base), .to_final_o(to_final), .final_self_o(to_final_self), .to_scan_o(to_scan),
      .configure_o(configure), .set_mark_o(set_mark), .to_reset_o(to_reset));
  // ---- what it comes to
  wire        add, remove, amend, with_event, with_maker, with_level, with_amount, with_price, of_taker, taker_keeps;
  wire        named, named_shrinks, places, counts, match_self, match_fill;
  wire        joins = rare ? places : !named && !opposite_i;  // (opposite: a fill, or a maker is taken out)
  wire        taker_carries, event_side, all_remaining, w_next, w_prev, appears, vanishes;
  wire [39:0] amount, late_amount, order_open;
  wire [SLOT_BITS-1:0] next_slot, next, prev_slot, prev, head, tail;
  wire [IDENT_BITS-1:0] new_ident;
  step_result u_result (
      .reject_i(reject), .done_i(done), .rest_i(rest), .park_i(park), .expire_i(expire), .fill_i(fill),
      .take_out_i(take_out), .reduce_i(reduce), .read_order_i(read_order), .read_level_i(read_level), .named_i(named),
      .named_shrinks_i(named_shrinks), .rare_i(rare), .places_i(places), .counts_i(counts), .match_self_i(match_self),
      .match_fill_i(match_fill), .opposite_i(opposite_i), .level_sell_i(level_sell_i), .at_sell_i(at_sell),
      .occupied_i(occupied_i), .order_side_i(ident_i[MARKET_BITS+TICK_BITS]), .open_i(open_i), .remaining_i(remaining),
      .left_i(left), .fills_maker_i(fills_maker), .maker_left_i(maker_left), .many_i(many), .add_o(add),
      .remove_o(remove), .amend_o(amend), .amount_o(amount), .all_remaining_o(all_remaining),
      .with_amount_o(with_amount), .change_open_o(order_open), .event_o(with_event), .decided_o(decided),
      .with_maker_o(with_maker), .with_level_o(with_level), .of_taker_o(of_taker), .with_price_o(with_price),
      .event_side_o(event_side));
  level_update #(.SLOT_BITS(SLOT_BITS)) u_update (
      .add_i(add), .remove_i(remove), .joins_i(joins), .price_i(level_price_i), .at_best_i(stands_i[3]),
      .better_i(stands_i[2]), .at_next_i(stands_i[1]), .beats_next_i(stands_i[0]), .slot_i(slot_i), .place_i(place_i),
      .occupied_i(occupied_i), .head_i(head_i), .tail_i(tail_i), .next_i(next_i), .prev_i(prev_i),
      .top_i(level_sell_i ? ask_i : bid_i), .swept_i(swept_i), .head_o(head), .tail_o(tail), .w_next_o(w_next),
      .w_next_slot_o(next_slot), .w_next_value_o(next), .w_prev_o(w_prev), .w_prev_slot_o(prev_slot),
      .w_prev_value_o(prev), .appears_o(appears), .vanishes_o(vanishes), .top_o(top_o), .new_best_o(new_best),
      .gone_o(gone), .behind_o(behind), .changes_o(changes_top), .new_head_o(new_head), .unknown_o(unknown_o));
  // ---- commit
  reg  flushed_q, chase_q, sweep_q, trade_q;
  reg  [SLOT_BITS-1:0] chase_slot_q;
  assign {flushed_o, chase_o, sweep_o, chase_slot_o} = {flushed_q, chase_q, sweep_q, chase_slot_q};
  // else left over from a command that has ended
  assign alive_o = run_i && step_i && !flushed_q && !(cont_i && !carry_o);
  parity_check #(.SLOT_BITS(SLOT_BITS)) u_parity (
      .clk_i(clk_i), .rst_ni(rst_ni), .step_i(alive_o), .cont_i(cont_i), .add_i(add), .remove_i(remove),
      .amend_i(amend), .place_i(place_i[2:1]), .seek_first_i(run_i && ahead_reads_i[0]), .ahead_i(ahead_reads_i[2:1]),
      .scan_i(scan_reads_i), .scan_slot_i(scan_slot_i), .used_i(used_i), .occupied_i(occupied_i), .tail_i(tail_i),
      .bad_read_i(bad_read_i), .bad_aggregate_i(bad_aggregate_i), .bad_words_i(bad_words_i),
      .fault_order_o(faults_o[2]), .fault_level_o(faults_o[1]), .fault_words_o(faults_o[0]));
  wire sets_last, stopped = nack_o || unknown_o || !room_o;
  reg  commit_q, answered_q, last_q, ended_q, with_event_q, best_moves_q;
  always @(posedge clk_i) begin
    stale_q <= 1'b0;
    if (near_same_slot_i) stale_q <= alive_o && (rest || take_out || fill || reduce || write_ident);
    commit_q <= rst_ni && alive_o && !stopped;
    answered_q <= rst_ni && answer_i && room_o;
    flushed_q <= rst_ni && alive_o && (stopped || rewind);
    // (neither is sent back but where there is no room)
    {chase_q, sweep_q, chase_slot_q, last_q} <= {2'b00, next_i, alive_o && last};
    if (chase) chase_q <= rst_ni && alive_o && room_o;
    if (sweep) sweep_q <= rst_ni && alive_o && room_o && !swept_i[SLOT_BITS+34];
    ended_q <= rst_ni && ((alive_o && last) || (answer_i && room_o));
    {with_event_q, best_moves_q} <= {with_event, alive_o && (new_best || gone)};
    trade_q <= alive_o && fill;
  end
  assign {retire_o, commit_o, best_moves_o} = {(commit_q && last_q) || answered_q, commit_q, commit_q && best_moves_q};
  // ... if it was committed; where not, what these tell is not looked at (the steps behind it are dropped)
  assign {ended_o, traded_o, band_moves_o} = {ended_q, trade_q, best_moves_q || sets_last};
  assign {applies_o, may_change_o} = {alive_o && (add || remove), alive_o && changes_top};
  assign moves_o = {alive_o && new_best, alive_o && gone, alive_o && behind, alive_o && new_head};
  assign trade_o = commit_q && trade_q;
  seldom u_seldom (
      .clk_i(clk_i), .step_i(step_i), .alive_i(alive_o), .seldom_i(rare || to_final || to_scan), .commit_i(commit_q),
      .decided_i({configure, set_mark, set_base, set_last, to_final, to_final_self, to_scan, to_reset}),
      .done_o(seldom_o), .sets_last_o(sets_last));
  // ---- the cycle after
  settle #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_settle (
      .clk_i(clk_i), .rst_ni(rst_ni), .commit_i(commit_q), .alive_i(alive_o), .add_i(add), .add_o(add_o),
      .remove_i(remove), .remove_o(remove_o), .amend_i(amend), .amend_o(amend_o), .w_ident_i(write_ident),
      .w_ident_o(w_ident_o), .w_next_i(w_next), .w_next_o(w_next_o), .w_prev_i(w_prev), .w_prev_o(w_prev_o),
      .appears_i(appears), .appears_o(appeared), .vanishes_i(vanishes), .vanishes_o(vanished),
      .near_writes_o(near_writes_o), .level_i(level_i), .level_o(level_o), .slot_i(slot_i), .slot_o(slot_o),
      .open_i(order_open), .open_o(open_o), .ident_i(new_ident), .ident_o(ident_o), .next_slot_i(next_slot),
      .next_slot_o(next_slot_o), .next_i(next), .next_o(next_o), .prev_slot_i(prev_slot), .prev_slot_o(prev_slot_o),
      .prev_i(prev), .prev_o(prev_o), .head_i(head), .head_o(head_o), .tail_i(tail), .tail_o(tail_o), .amount_i(amount),
      .all_remaining_i(all_remaining), .before_i(late_before), .amount_o(late_amount), .aggregate_i(aggregate_i),
      .words_i(words_i), .valid_i(valid_i), .aggregate_o(aggregate_o), .words_o(words_o));
  assign w_words_o = appeared || vanished;
  carried u_carried (
      .clk_i(clk_i), .rst_ni(rst_ni), .commit_i(commit_q), .step_i(step_i), .alive_i(alive_o),
      .save_i(carry || to_scan), .carry_i(carry), .cont_i(cont_i), .first_i(carry_first), .side_i(side_o),
      .before_i(remaining), .near_cont_i(near_i[72]), .near_quantity_i(near_i[71:32]), .step_remaining_o(remaining),
      .remaining_i(carry_remaining), .final_i(to_final), .owner_i(taker_owner), .opposite_best_i(opposite_best),
      .many_i(one_more), .kill_passed_i(kill_passed_i), .retire_i(retire_o), .ended_i(ended_o),
      .sure_carry_o(sure_carry_o), .impact_min_i(impact_min_i), .impact_max_i(impact_max_i), .carry_o(carry_o),
      .at_touch_o(carried_touch), .side_o(carry_side_o), .remaining_o(carry_remaining_o), .owner_o(carry_owner_o),
      .touch_o(carry_touch_o), .near_best_i(near_i[31:0]), .near_at_touch_o(near_at_touch_o),
      .late_before_o(late_before), .late_remaining_o(late_remaining), .impact_product_o(impact_product_o),
      .many_o(many), .many_first_o(many_first), .kill_passed_o(kill_passed));
  answer #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .FIRST_SEQUENCE(FIRST_SEQUENCE)
  ) u_answer (
      .clk_i(clk_i), .rst_ni(rst_ni), .cycle_i(cycle_i), .session_i(session_i), .renumber_i(renumber_i),
      .load_i(step_i || !run_i), .push_i((commit_q && with_event_q) || answered_q), .fault_i(fault_i || |faults_o),
      .room_o(room_o), .run_i(run_i), .code_i(command_i[`CMD_CODE]), .tag_i(command_i[`CMD_TAG]),
      .market_i(command_i[`CMD_MARKET]), .command_slot_i(command_i[83:64]),
      .command_generation_i(command_i[`CMD_GENERATION]), .arrival_i(arrival_i), .decided_i(decided), .trades_i(trades),
      .match_reason_i(match_reason), .reason_i(reason), .last_i(last), .more_i(more), .with_taker_i(with_taker),
      .with_maker_i(with_maker), .with_level_i(with_level), .taker_generation_i(taker_generation),
      .taker_owner_i(taker_owner), .maker_slot_i(slot_i), .maker_generation_i(ident_i[IDENT_BITS-1-:8]),
      .maker_owner_i(ident_i[IDENT_BITS-9-:24]), .reads_order_i(read_order), .reads_level_i(read_level),
      .order_market_i(ident_i[TICK_BITS+:MARKET_BITS]), .order_tick_i(ident_i[TICK_BITS-1:0]),
      .order_base_i(order_base_i), .side_i(event_side), .of_taker_i(of_taker), .with_price_i(with_price),
      .limit_i(has_limit_o ? limit_o : 32'd0), .level_price_i(level_price_i), .with_amount_i(with_amount),
      .taker_keeps_i(taker_keeps), .taker_carries_i(taker_carries), .maker_keeps_i(amend),
      .told_best_i((read_level ? at_sell : level_sell_i) ? {ask_i[TOP_BITS-1], ask_i[63:32]} :
                                                           {bid_i[TOP_BITS-1], bid_i[63:32]}),
      .amount_i(late_amount), .carried_i(late_remaining), .maker_open_i(open_o), .best_i(late_best_i),
      .aggregate_i(aggregate_o), .final_i(final_i), .final_self_i(final_self_i),
      .impact_tightest_i(bands_i[`BANDS_BIT_IMPACT] && impact_tightest_i), .tightest_reason_i(tightest_reason_i),
      .final_quantity_i(carry_remaining_o), .final_owner_i(carry_owner_o), .scan_i(scan_i),
      .scan_passed_i(scan_passed_i), .digest_i(digest_i), .digest_orders_i(digest_orders_i), .ev_valid_o(ev_valid_o),
      .ev_ready_i(ev_ready_i), .ev_o(ev_o));
  // properties
`ifndef SYNTHESIS
  // what is decided without waiting for the commit stands on these
  reg alive_q;
  always @(posedge clk_i) begin
    alive_q <= alive_o;
    if (rst_ni && alive_q) assert (commit_q || flushed_q);
    if (rst_ni && alive_o && (chase || sweep)) assert (!nack_o && !unknown_o);
    if (rst_ni && alive_o && (add || remove)) assert (joins == add);
  end
`endif
endmodule
