// The matching book with its price bands: commands in, events out (docs/card.md; stages in docs/pipeline.md).
//
// A command accepted in cycle t is issued in t + 1, prepared in t + 1 + LATENCY, decided in t + 2 + LATENCY and shows
// its first event in t + 4 + LATENCY. One command a cycle; a replace that moves takes two. Events wait for ev_ready_i
// without limit; commands then wait at cmd_ready_o. busy_o: memories are being cleared after a reset.
//
// Names: x_* belongs to the step that is decided, near_* to the one behind it, late_* to the one before it, issue_* to
// the one that is issued.
`include "contract.vh"
module book #(
    parameter MARKETS = 32,
    parameter ORDERS = 65536,
    parameter TICK_BITS = 17,
    parameter LATENCY = 2,
    parameter SLICE = 0,
    parameter [31:0] FIRST_SEQUENCE = 32'd0  // not 0 only to test the counter's end
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire [15:0]  session_i,
    output wire [15:0]  session_o,
    input  wire [39:0]  cycle_i,
    input  wire         inject_parity_i,
    input  wire         cmd_valid_i,
    output wire         cmd_ready_o,
    input  wire [511:0] cmd_i,
    output wire         ev_valid_o,
    input  wire         ev_ready_i,
    output wire [511:0] ev_o,
    output wire         busy_o,
    output wire [7:0]   fault_o,
    output wire [7:0]   stall_o
);
  localparam SLOT_BITS = $clog2(ORDERS);
  localparam MARKET_BITS = MARKETS > 1 ? $clog2(MARKETS) : 1;
  localparam TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32;
  localparam IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS;
  localparam CLEARS = ORDERS > MARKETS ? ORDERS : MARKETS;
  localparam CLEAR_BITS = $clog2(CLEARS + 1);

  // ------------------------------------------------------------------------------------------------ commands
  wire         issue_valid, issue_is_head, pop, retire, rewind;
  wire [447:0] issue_command, near_command, command;
  wire [2:0]   issue_index, head_index, far_index;
  wire [6:0]   near_format;
  wire [39:0]  near_arrival, arrival;
  command_queue #(.MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS)) u_queue (
      .clk_i(clk_i), .rst_ni(rst_ni), .cycle_i(cycle_i), .valid_i(cmd_valid_i), .ready_o(cmd_ready_o),
      .command_i(cmd_i), .issue_valid_o(issue_valid), .issue_is_head_o(issue_is_head), .issue_command_o(issue_command),
      .issue_index_o(issue_index), .head_index_o(head_index), .issue_i(pop),
      .fetch_index_i(run ? far_index : head_index), .command_o(near_command), .format_o(near_format),
      .arrival_o(near_arrival), .retire_i(retire), .rewind_i(rewind));
  wire [7:0]             code = command[`CMD_CODE];
  wire [MARKET_BITS-1:0] command_market = command[8+:MARKET_BITS];

  // ---------------------------------------------------------------------------------------------------- mode
  wire                  run, in_final, scanning, clearing, clear_ends, answer, final_self, scan_passed;
  wire                  kill_passed, to_final, to_final_self, to_scan, to_reset, configure, set_mark;
  wire                  scan_done, scan_passes, setup_done, room, fault_order, fault_level, fault_words;
  wire [CLEAR_BITS-1:0] clear_index;
  book_mode #(.MARKETS(MARKETS), .ORDERS(ORDERS)) u_mode (
      .clk_i(clk_i), .rst_ni(rst_ni), .session_i(session_i), .code_i(code), .next_session_i(command[`CMD_NEXT_SESSION]),
      .to_final_i(to_final), .final_self_i(to_final_self), .to_scan_i(to_scan), .to_setup_i(configure || set_mark),
      .to_reset_i(to_reset), .scan_done_i(scan_done), .scan_passed_i(scan_passes), .setup_done_i(setup_done),
      .room_i(room), .fault_order_i(fault_order), .fault_level_i(fault_level), .fault_words_i(fault_words), .run_o(run),
      .final_o(in_final), .scan_o(scanning), .clear_o(clearing), .clear_index_o(clear_index), .clear_ends_o(clear_ends),
      .answer_o(answer), .final_self_o(final_self), .scan_passed_o(scan_passed), .kill_passed_o(kill_passed),
      .session_o(session_o), .fault_o(fault_o));
  assign busy_o = clearing;
  wire [MARKET_BITS-1:0] clear_market = clear_index[MARKET_BITS-1:0];
  wire clear_markets = clearing && {{(32 - CLEAR_BITS) {1'b0}}, clear_index} < MARKETS;

  // --------------------------------------------------------------------------------------------------- issue
  wire                   flush, chase, hold, hold_side, seek, seek_first, seek_side, seek_taken, carry, carry_side;
  wire [MARKET_BITS-1:0] issue_market, seek_market, r_market, x_market;
  wire [TOP_BITS-1:0]    issue_bid, issue_ask;
  wire [31:0]            seek_best, x_best;
  wire [TICK_BITS-1:0]   seek_tick, scan_tick, r_tick, near_tick, x_tick;
  wire [SLOT_BITS-1:0]   scan_slot, r_used_slot, r_slot, r_chase_slot, x_slot, next, chase_next;
  wire                   x_step, x_seek, x_first, x_cont, x_chased, x_opposite, x_side;
  wire [51:0]            near_product;
  wire [MARKET_BITS-1:0] near_market;
  wire                   near_cont, commit;
  reg  [MARKET_BITS-1:0] held_market_q;  // of the last command decided, while the pipeline does not run
  always @(posedge clk_i) if (run && commit) held_market_q <= command_market;
  issue #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY)
  ) u_issue (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run), .flush_i(flush), .retire_i(retire), .chase_i(chase),
      .chase_slot_i(next), .valid_i(issue_valid), .is_head_i(issue_is_head), .command_i(issue_command),
      .index_i(issue_index), .head_index_i(head_index), .pop_o(pop), .carry_i(carry), .carry_side_i(carry_side),
      .market_o(issue_market), .bid_i(issue_bid), .ask_i(issue_ask), .hold_o(hold), .hold_side_o(hold_side),
      .seek_i(seek), .seek_first_i(seek_first), .seek_market_i(seek_market), .seek_side_i(seek_side),
      .seek_best_i(seek_best), .seek_tick_i(seek_tick), .seek_taken_o(seek_taken), .scan_i(scanning),
      .scan_market_i(held_market_q), .scan_tick_i(scan_tick), .scan_slot_i(scan_slot), .far_index_o(far_index),
      .near_cont_o(near_cont), .near_market_o(near_market), .near_tick_o(near_tick), .near_product_o(near_product),
      .r_used_slot_o(r_used_slot), .r_slot_o(r_slot), .r_chase_slot_o(r_chase_slot), .r_market_o(r_market),
      .r_tick_o(r_tick), .chase_next_i(chase_next), .x_step_o(x_step), .x_seek_o(x_seek), .x_first_o(x_first),
      .x_cont_o(x_cont), .x_chased_o(x_chased), .x_opposite_o(x_opposite), .x_market_o(x_market), .x_side_o(x_side),
      .x_best_o(x_best), .x_slot_o(x_slot), .x_tick_o(x_tick));

  // ------------------------------------------------------------------------------------------------ memories
  wire                  used, bad_used, bad_order, bad_next, bad_prev, bad_ends, bad_aggregate;
  wire [3:0]            bad_word;
  wire                  near_used, near_occupied, prepared_occupied;
  wire [IDENT_BITS-1:0] near_ident, ident, ident_d;
  wire [39:0]           open, open_d;
  wire [SLOT_BITS-1:0]  prev, head, tail;
  wire [59:0]           aggregate, aggregate_d;
  wire [63:0]           raw0, raw1, raw2, raw3, word0_d, word1_d, word2_d, word3_d;
  wire                  add, remove, amend, w_ident, w_next, w_prev, w_words, appears, change, change_words;
  wire                  level_sell;
  wire [SLOT_BITS-1:0]  order_slot, next_slot, next_d, prev_slot, prev_d, head_d, tail_d;
  wire [MARKET_BITS-1:0] w_market;
  wire [TICK_BITS-1:0]  w_tick;
  wire [31:0]           level_price;
  reg                   inject_q;
  always @(posedge clk_i) inject_q <= rst_ni && (inject_parity_i || (inject_q && !w_ident));
  book_store #(
      .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .SLICE(SLICE)
  ) u_store (
      .clk_i(clk_i), .inject_i(inject_q), .r_used_slot_i(r_used_slot), .r_slot_i(r_slot), .r_chase_slot_i(r_chase_slot),
      .r_market_i(r_market), .r_tick_i(r_tick), .near_tick_i(near_tick), .near_used_o(near_used),
      .near_ident_o(near_ident), .near_occupied_o(near_occupied), .used_o(used), .ident_o(ident), .open_o(open),
      .next_o(next), .prev_o(prev), .chase_o(chase_next), .head_o(head), .tail_o(tail), .aggregate_o(aggregate),
      .word0_o(raw0), .word1_o(raw1), .word2_o(raw2), .word3_o(raw3), .bad_used_o(bad_used), .bad_order_o(bad_order),
      .bad_next_o(bad_next), .bad_prev_o(bad_prev), .bad_ends_o(bad_ends), .bad_aggregate_o(bad_aggregate),
      .bad_word_o(bad_word), .w_used_i(clearing || add || remove),
      .w_used_slot_i(clearing ? clear_index[SLOT_BITS-1:0] : order_slot), .w_used_value_i(!clearing && add),
      .w_ident_i(w_ident), .w_ident_value_i(ident_d), .w_open_i(add || amend), .w_order_slot_i(order_slot),
      .w_open_value_i(open_d), .w_next_i(w_next), .w_next_slot_i(next_slot), .w_next_value_i(next_d), .w_prev_i(w_prev),
      .w_prev_slot_i(prev_slot), .w_prev_value_i(prev_d), .w_level_i(add || remove || amend),
      .w_market_i(clearing ? clear_market : w_market), .w_tick_i(clearing ? {TICK_BITS{1'b0}} : w_tick),
      .w_head_i(head_d), .w_tail_i(tail_d), .w_aggregate_i(aggregate_d), .w_words_i(clear_markets || w_words),
      .w_word0_i(clearing ? 64'd0 : word0_d), .w_word1_i(clearing ? 64'd0 : word1_d),
      .w_word2_i(clearing ? 64'd0 : word2_d), .w_word3_i(clearing ? 64'd0 : word3_d));

  // ---------------------------------------------------------------------------------------- tops and bitmap
  // The seeker's words are searched in the cycle after its step has arrived, what was found is answered in the next; no
  // command's step is decided in these two.
  reg                    late_seek_q, late_first_q, late_side_q, found_seek_q, found_first_q, found_side_q;
  reg  [MARKET_BITS-1:0] late_market_q, found_market_q;
  reg  [TICK_BITS-1:0]   late_tick_q;
  reg  [31:0]            late_best_q, found_best_q;
  reg  [SLOT_BITS-1:0]   late_head_q, found_head_q;
  always @(posedge clk_i) begin
    late_seek_q <= rst_ni && run && x_seek;
    {late_first_q, late_side_q, late_market_q, late_tick_q} <= {x_first, x_side, x_market,
        scanning ? scan_tick : x_tick};
    {late_best_q, late_head_q} <= {x_best, head};
    found_seek_q <= rst_ni && late_seek_q;
    {found_first_q, found_side_q, found_market_q} <= {late_first_q, late_side_q, late_market_q};
    {found_best_q, found_head_q} <= {late_best_q, late_head_q};
  end
  wire [MARKET_BITS-1:0] market = found_seek_q ? found_market_q : run ? command_market : held_market_q;
  wire [MARKET_BITS-1:0] band_market;
  wire [TOP_BITS-1:0]    bid, ask, top_d, band_bid, band_ask;
  wire [63:0]            word0, word1, word2, word3;
  wire                   occupied, bad_words, scan_first, scan_up, found_done, alive, unknown;
  wire [1:0]             scan_bitmap_level, found_level;
  wire [TICK_BITS-1:0]   found_tick;
  wire [31:0]            base;
  look_ahead #(
      .MARKETS(MARKETS), .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)
  ) u_look_ahead (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run), .flush_i(flush), .clearing_i(clearing), .clear_i(clear_markets),
      .clear_market_i(clear_market), .prepared_occupied_i(prepared_occupied),
      .same_tick_i(w_words && w_market == x_market && w_tick == x_tick), .appears_i(appears), .x_tick_i(late_tick_q),
      .raw0_i(raw0), .raw1_i(raw1), .raw2_i(raw2), .raw3_i(raw3), .bad_word_i(bad_word), .word0_o(word0),
      .word1_o(word1), .word2_o(word2), .word3_o(word3), .occupied_o(occupied), .bad_words_o(bad_words),
      .scan_i(scanning), .scan_first_i(scan_first), .scan_up_i(scan_up), .scan_level_i(scan_bitmap_level),
      .found_tick_o(found_tick), .found_level_o(found_level), .found_done_o(found_done),
      .near_market_i(!run ? held_market_q : late_seek_q ? late_market_q : near_market), .market_i(market), .bid_o(bid),
      .ask_o(ask), .issue_market_i(issue_market), .issue_bid_o(issue_bid), .issue_ask_o(issue_ask),
      .band_market_i(band_market), .band_bid_o(band_bid), .band_ask_o(band_ask), .change_i(change),
      .change_sell_i(level_sell), .change_top_i(top_d), .change_words_i(change_words),
      .command_market_i(command_market), .unknown_i(alive && unknown), .commit_i(commit), .hold_i(hold),
      .hold_side_i(hold_side), .seek_o(seek), .seek_first_o(seek_first), .seek_market_o(seek_market),
      .seek_side_o(seek_side), .seek_best_o(seek_best), .seek_tick_o(seek_tick), .seek_taken_i(seek_taken),
      .late_seek_i(late_seek_q), .late_first_i(late_first_q), .late_side_i(late_side_q), .x_seek_i(found_seek_q),
      .x_first_i(found_first_q), .x_side_i(found_side_q), .x_best_i(found_best_q), .x_base_i(base),
      .x_head_i(found_head_q));

  // ------------------------------------------------------------------------------------------ markets, bands
  wire [2:0]  bands, near_state;
  wire [4:0]  near_present, window, near_window;
  wire [31:0] near_base, near_order_base;
  wire        near_side, near_limit_on, near_limit_ready;
  wire [15:0] near_flags = near_command[`CMD_FLAGS];
  wire        unused_flags = &{1'b0, near_flags, 1'b0};
  wire [23:0] impact_min, impact_max;
  wire [31:0] order_base, limit, opposite_best, scan_price;
  wire [55:0] impact_product;
  wire [63:0] limit_lowest, limit_highest;
  wire [6:0]  tightest_reason;
  wire        set_base, set_last, trade, side, has_limit, limit_reaches, reaches, touch_reaches;
  wire        impact_tightest, limit_ready;
  wire        taker_side = run ? side : carry_side;
  wire        shifts = scanning && scan_done && scan_passes && code == `CODE_SHIFT;
  wire [32:0] top_was = level_sell ? ask[TOP_BITS-1-:33] : bid[TOP_BITS-1-:33];
  market_bands #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS)) u_bands (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_markets), .clear_market_i(clear_market), .market_i(market),
      .command_i(command), .configure_i(configure), .set_mark_i(set_mark), .set_base_i(set_base || shifts),
      .set_last_i(set_last), .trade_i(trade), .trade_price_i(level_price),
      .bests_move_i(change && top_d[TOP_BITS-1-:33] != top_was), .done_o(setup_done), .base_o(base), .window_o(window),
      .near_market_i(run ? near_market : held_market_q), .near_sell_i(near_side),
      .near_fast_i(near_flags[`ORDER_BIT_LIQUIDATION]), .near_base_o(near_base), .near_window_o(near_window),
      .near_state_o(near_state), .near_limit_on_o(near_limit_on), .near_present_o(near_present), .bands_o(bands),
      .impact_min_o(impact_min), .impact_max_o(impact_max), .order_market_i(near_ident[TICK_BITS+:MARKET_BITS]),
      .order_base_o(near_order_base), .stopped_i(in_final), .sell_i(taker_side), .has_limit_i(has_limit),
      .limit_i(limit), .price_i(scanning ? scan_price : opposite_best), .impact_product_i(impact_product),
      .limit_reaches_o(limit_reaches), .reaches_o(reaches), .touch_reaches_o(touch_reaches),
      .impact_tightest_o(impact_tightest), .tightest_reason_o(tightest_reason), .band_market_o(band_market),
      .bid_valid_i(band_bid[TOP_BITS-1]), .bid_i(band_bid[TOP_BITS-2-:32]), .ask_valid_i(band_ask[TOP_BITS-1]),
      .ask_i(band_ask[TOP_BITS-2-:32]), .limit_ready_o(limit_ready), .near_limit_ready_o(near_limit_ready),
      .limit_lowest_o(limit_lowest), .limit_highest_o(limit_highest));

  // ------------------------------------------------------------------------------------------------- scanner
  wire        scan_level, scan_order, scan_words;
  wire [63:0] digest;
  wire [39:0] digest_orders, carry_remaining;
  wire [31:0] carry_touch;
  wire [23:0] carry_owner;
  scanner #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY)
  ) u_scanner (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(to_scan), .digest_i(code == `CODE_READ), .shift_i(code == `CODE_SHIFT),
      .new_base_i(command[`CMD_BASE]), .base_i(base), .window_i(window), .bid_i(bid), .ask_i(ask), .side_i(taker_side),
      .quantity_i(carry_remaining), .owner_i(carry_owner), .stp_i(command[118:117]),
      .impact_on_i(bands[`BANDS_BIT_IMPACT]), .touch_reaches_i(touch_reaches), .touch_i(carry_touch),
      .impact_product_i(impact_product), .reaches_i(reaches), .level_price_o(scan_price), .scan_tick_o(scan_tick),
      .scan_slot_o(scan_slot), .ident_i(ident), .open_i(open), .next_i(next), .head_i(head), .tail_i(tail),
      .seek_first_o(scan_first), .seek_up_o(scan_up), .seek_level_o(scan_bitmap_level), .found_tick_i(found_tick),
      .found_level_i(found_level), .found_done_i(found_done), .check_level_o(scan_level), .check_order_o(scan_order),
      .check_words_o(scan_words), .done_o(scan_done), .passed_o(scan_passes), .digest_o(digest),
      .orders_o(digest_orders));

  // -------------------------------------------------------------------------------------------------- prepare
  wire        bad, to_current, beyond_passive, beyond_aggressive, in_window, bad_base, moves, missing, handle_ok;
  wire        closed, band_on, band_ready, prepared_side;
  wire [6:0]  bad_reason, entry_reason;
  wire [51:0] product;
  prepare #(.TICK_BITS(TICK_BITS), .MARKET_BITS(MARKET_BITS)) u_prepare (
      .clk_i(clk_i), .run_i(run), .command_i(near_command), .format_i(near_format), .arrival_i(near_arrival),
      .session_i(session_o), .cont_i(near_cont), .product_i(near_product), .carry_i(carry), .carry_side_i(carry_side),
      .used_i(near_used), .ident_i(near_ident), .order_base_i(near_order_base), .occupied_i(near_occupied),
      .base_i(near_base), .window_i(near_window), .state_i(near_state), .band_on_i(near_limit_on),
      .band_ready_i(near_limit_ready), .lowest_i(limit_lowest), .highest_i(limit_highest), .present_i(near_present),
      .near_side_o(near_side), .side_o(prepared_side), .command_o(command), .arrival_o(arrival), .product_o(product),
      .bad_o(bad), .bad_reason_o(bad_reason), .to_current_o(to_current), .beyond_passive_o(beyond_passive),
      .beyond_aggressive_o(beyond_aggressive), .in_window_o(in_window), .bad_base_o(bad_base), .moves_o(moves),
      .missing_o(missing), .handle_ok_o(handle_ok), .closed_o(closed), .entry_reason_o(entry_reason),
      .band_on_o(band_on), .band_ready_o(band_ready), .order_base_o(order_base), .occupied_o(prepared_occupied));

  // --------------------------------------------------------------------------------------- end of the pipeline
  wire nack, nack_band;
  complete #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .FIRST_SEQUENCE(FIRST_SEQUENCE)
  ) u_complete (
      .clk_i(clk_i), .rst_ni(rst_ni), .cycle_i(cycle_i), .command_i(command), .side_i(prepared_side), .bad_i(bad),
      .bad_reason_i(bad_reason), .to_current_i(to_current), .beyond_passive_i(beyond_passive),
      .beyond_aggressive_i(beyond_aggressive), .in_window_i(in_window), .bad_base_i(bad_base), .moves_i(moves),
      .missing_i(missing), .handle_ok_i(handle_ok), .closed_i(closed), .entry_reason_i(entry_reason),
      .band_on_i(band_on), .band_ready_i(band_ready), .arrival_i(arrival), .retire_o(retire), .rewind_o(rewind),
      .step_i(x_step), .seek_i(x_seek), .first_i(x_first), .cont_i(x_cont), .chased_i(x_chased),
      .opposite_i(x_opposite), .best_i(x_best), .slot_i(x_slot), .product_i(product), .flush_o(flush), .chase_o(chase),
      .used_i(used), .ident_i(ident), .open_i(open), .next_i(next), .prev_i(prev), .head_i(head), .tail_i(tail),
      .aggregate_i(aggregate), .word0_i(word0), .word1_i(word1), .word2_i(word2), .word3_i(word3),
      .occupied_i(occupied), .bad_used_i(bad_used), .bad_order_i(bad_order), .bad_next_i(bad_next),
      .bad_prev_i(bad_prev), .bad_ends_i(bad_ends), .bad_aggregate_i(bad_aggregate), .bad_words_i(bad_words),
      .bid_i(bid), .ask_i(ask), .order_base_i(order_base), .bands_i(bands), .impact_min_i(impact_min),
      .impact_max_i(impact_max), .touch_reaches_i(touch_reaches), .limit_ready_i(limit_ready),
      .limit_reaches_i(limit_reaches), .reaches_i(reaches), .impact_tightest_i(impact_tightest),
      .tightest_reason_i(tightest_reason), .run_i(run), .final_i(in_final), .scan_i(scanning), .answer_i(answer),
      .final_self_i(final_self), .scan_passed_i(scan_passed), .kill_passed_i(kill_passed), .renumber_i(clear_ends),
      .fault_i(|fault_o), .session_i(session_o), .scan_level_i(scan_level), .scan_order_i(scan_order),
      .scan_words_i(scan_words), .scan_slot_i(scan_slot), .digest_i(digest), .digest_orders_i(digest_orders),
      .side_o(side), .has_limit_o(has_limit), .limit_o(limit), .opposite_best_o(opposite_best), .carry_o(carry),
      .carry_side_o(carry_side), .carry_remaining_o(carry_remaining), .carry_owner_o(carry_owner),
      .carry_touch_o(carry_touch), .impact_product_o(impact_product), .change_o(change), .change_words_o(change_words),
      .appears_o(appears), .market_o(w_market), .tick_o(w_tick), .add_o(add), .remove_o(remove), .amend_o(amend),
      .order_slot_o(order_slot), .order_open_o(open_d), .w_ident_o(w_ident), .ident_o(ident_d), .w_next_o(w_next),
      .next_slot_o(next_slot), .next_o(next_d), .w_prev_o(w_prev), .prev_slot_o(prev_slot), .prev_o(prev_d),
      .level_sell_o(level_sell), .level_price_o(level_price), .head_o(head_d), .tail_o(tail_d),
      .aggregate_o(aggregate_d), .w_words_o(w_words), .word0_o(word0_d), .word1_o(word1_d), .word2_o(word2_d),
      .word3_o(word3_d), .top_o(top_d), .configure_o(configure), .set_mark_o(set_mark), .set_base_o(set_base),
      .set_last_o(set_last), .trade_o(trade), .to_final_o(to_final), .to_final_self_o(to_final_self),
      .to_scan_o(to_scan), .to_reset_o(to_reset), .alive_o(alive), .commit_o(commit), .unknown_o(unknown),
      .nack_o(nack), .nack_band_o(nack_band), .room_o(room), .fault_order_o(fault_order), .fault_level_o(fault_level),
      .fault_words_o(fault_words), .ev_valid_o(ev_valid_o), .ev_ready_i(ev_ready_i), .ev_o(ev_o));

  stall_cause u_stall (
      .run_i(run), .final_i(in_final), .seek_i(x_seek || late_seek_q || found_seek_q), .step_i(alive),
      .commit_i(commit), .unknown_i(unknown), .nack_i(nack), .nack_band_i(nack_band), .hold_i(hold), .carry_i(carry),
      .waiting_i(issue_valid || !issue_is_head), .stall_o(stall_o));
endmodule
