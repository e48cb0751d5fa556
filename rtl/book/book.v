// The matching book with its price bands: commands in, events out (docs/card.md; stages in docs/pipeline.md).
//
// A command accepted in cycle t is looked at in t + 1, issued in t + 2, prepared in t + 2 + LATENCY, decided in t + 3 +
// LATENCY and shows its first event in t + 5 + LATENCY. One command a cycle; a replace that moves takes two. Events
// wait for ev_ready_i without limit; commands then wait at cmd_ready_o. busy_o: memories are being cleared after a
// reset.
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
    parameter MODEL = 0,                     // of the memories, for a simulation (ram_late)
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
  wire         issue_valid, issue_head, waiting, take, restart, again, retire, ended, flushed, x_step, x_seek, x_cont;
  wire         near_replace, near_many, x_opposite, x_chased, sweep, sweeping, swept, commit;
  wire [447:0] issue_command, near_command, command;
  wire [3:0]   issue_index, again_index, head_index, retired_index, far_index, bad_word, words_valid;
  wire [2:0]   bands, near_state, place, issue_below;
  wire [5:0]   near_stored;
  wire [6:0]   near_format, tightest_reason;
  wire [39:0]  near_arrival, arrival, near_open, open, open_d, digest_orders, carry_remaining;
  command_queue #(.LATENCY(LATENCY), .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS)) u_queue (
      .clk_i(clk_i), .rst_ni(rst_ni), .cycle_i(cycle_i), .valid_i(cmd_valid_i), .ready_o(cmd_ready_o),
      .command_i(cmd_i), .waiting_o(waiting), .issue_valid_o(issue_valid), .issue_command_o(issue_command),
      .issue_index_o(issue_index), .issue_head_o(issue_head), .head_index_o(head_index), .issue_i(take),
      .restart_i(restart), .again_i(again), .again_index_i(again_index), .fetch_index_i(run ? far_index : head_index),
      .command_o(near_command), .replace_o(near_replace), .many_o(near_many), .format_o(near_format),
      .arrival_o(near_arrival), .retire_i(retire), .retired_index_o(retired_index), .rewind_i(rewind));
  wire [7:0]             code = {4'd0, command[3:0]};  // of what is a command at all
  wire [MARKET_BITS-1:0] command_market = command[8+:MARKET_BITS];

  // ---------------------------------------------------------------------------------------------------- mode
  wire                  run, in_final, scanning, clearing, clear_markets, clear_ends, answer, final_self, scan_passed;
  wire                  prepared_side, kill_passed, to_final, to_final_self, to_scan, to_reset, configure, set_mark;
  wire                  scan_done, scan_passes, setup_done, room, fault_order, fault_level, fault_words;
  wire [CLEAR_BITS-1:0] clear_index;
  book_mode #(.MARKETS(MARKETS), .ORDERS(ORDERS)) u_mode (
      .clk_i(clk_i), .rst_ni(rst_ni), .session_i(session_i), .code_i(code),
      .next_session_i(late_command_q[`CMD_NEXT_SESSION]), .to_final_i(to_final), .final_self_i(to_final_self),
      .to_scan_i(to_scan), .to_setup_i(configure || set_mark), .to_reset_i(to_reset), .scan_done_i(scan_done),
      .scan_passed_i(scan_passes), .setup_done_i(setup_done), .room_i(room), .fault_order_i(fault_order),
      .fault_level_i(fault_level), .fault_words_i(fault_words), .run_o(run), .final_o(in_final), .scan_o(scanning),
      .clear_o(clearing), .clear_index_o(clear_index), .clear_markets_o(clear_markets), .clear_ends_o(clear_ends),
      .answer_o(answer), .final_self_o(final_self), .scan_passed_o(scan_passed), .kill_passed_o(kill_passed),
      .session_o(session_o), .fault_o(fault_o));
  assign busy_o = clearing;
  wire [MARKET_BITS-1:0] clear_market = clear_index[MARKET_BITS-1:0];
  wire unused = &{1'b0, clear_index, 1'b0};

  // --------------------------------------------------------------------------------------------------- issue
  wire [SLOT_BITS+34:0]  x_swept;
  wire [2*SLOT_BITS-1:0] near_ends, near_known_ends;
  wire [MARKET_BITS+TOP_BITS:0] swept_top;
  wire                   chase, hold, hold_side, seek, seek_first, seek_taken, carry, sure_carry, carry_side, waits;
  wire [MARKET_BITS-1:0] issue_market, hold_market, seek_market, r_market, near_market, far_market, x_market;
  wire [MARKET_BITS-1:0] w_market, band_market;
  wire [MARKET_BITS+TICK_BITS-1:0] r_word, near_word;
  wire [TOP_BITS-1:0]    issue_bid, issue_ask, near_bid, near_ask, bid, ask, top_d, band_bid, band_ask;
  wire [31:0]            seek_base, near_best, base, carry_touch, many, issue_limit, issue_price;
  wire [32:0]            late_best, near_upper;
  wire [TICK_BITS-1:0] seek_tick, scan_tick, r_tick, r_ends_tick, near_tick, near_ends_tick, x_tick, w_tick, found_tick;
  wire [1:0]             x_ahead, scan_bitmap_level, found_level;
  wire [SLOT_BITS-1:0]   scan_slot, r_used_slot, r_slot, r_chase_slot, near_slot, x_slot, next, chase_next, chase_slot;
  wire [51:0]            near_product;
  wire [91:0]            prepared;
  wire                   near_cont, near_at_touch, near_opposite, near_step, near_known, occupied, bad_words;
  reg  [MARKET_BITS-1:0] held_market_q;  // of the last command that did something, while the pipeline does not run
  reg                    stopped_q;
  // the command of the step before, where it may set something of its market; and the market
  reg  [447:0]           late_command_q;
  wire                   sets = code >= `CODE_CONFIGURE;
  wire [MARKET_BITS-1:0] late_market = run ? w_market : held_market_q;
  wire                   rewind = flushed || stopped_q;
  always @(posedge clk_i) begin
    stopped_q <= !run;
    if (run && commit) held_market_q <= w_market;
    if (sets) late_command_q <= command;
  end
  issue #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY)) u_issue (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run), .flush_i(rewind), .chase_i(chase), .chase_slot_i(chase_slot),
      .sweep_i(sweep), .sweep_best_i(late_best[31:0]), .sweep_words_i({raw3, raw2, raw1, raw0}), .x_sell_i(level_sell),
      .x_base_i(order_base), .retire_i(ended), .retired_index_i(retired_index), .valid_i(issue_valid),
      .command_i(issue_command), .index_i(issue_index), .head_i(issue_head), .head_index_i(head_index), .take_o(take),
      .restart_o(restart), .again_o(again), .again_index_o(again_index), .carry_i(carry), .carry_side_i(carry_side),
      .market_o(issue_market), .bid_i(issue_bid), .ask_i(issue_ask), .limit_o(issue_limit), .price_o(issue_price),
      .below_i(issue_below), .hold_o(hold), .hold_market_o(hold_market), .hold_side_o(hold_side), .seek_i(seek),
      .seek_market_i(seek_market), .seek_tick_i(seek_tick), .seek_taken_o(seek_taken), .scan_i(scanning),
      .scan_market_i(held_market_q), .scan_tick_i(scan_tick), .scan_slot_i(scan_slot), .far_index_o(far_index),
      .near_cont_o(near_cont), .near_market_o(near_market), .near_tick_o(near_tick), .near_opposite_o(near_opposite),
      .near_best_o(near_best), .near_slot_o(near_slot), .near_known_o(near_known), .near_known_ends_o(near_known_ends),
      .near_step_o(near_step), .far_market_o(far_market), .near_product_o(near_product), .r_used_slot_o(r_used_slot),
      .r_slot_o(r_slot), .r_ends_tick_o(r_ends_tick), .near_ends_tick_o(near_ends_tick), .near_ends_i(near_ends),
      .r_word_o(r_word), .near_word_o(near_word), .ahead_word_i(ahead_word), .x_ahead_o(x_ahead), .x_swept_o(x_swept),
      .sweeping_o(sweeping), .top_write_o(swept), .top_o(swept_top), .r_chase_slot_o(r_chase_slot),
      .r_market_o(r_market), .r_tick_o(r_tick), .chase_next_i(chase_next), .x_step_o(x_step), .x_seek_o(x_seek),
      .x_cont_o(x_cont), .x_chased_o(x_chased), .x_opposite_o(x_opposite), .x_market_o(x_market), .x_slot_o(x_slot),
      .x_tick_o(x_tick));

  // ------------------------------------------------------------------------------------------------ memories
  wire                  used, bad_used, bad_order, bad_next, bad_prev, bad_ends, bad_aggregate, bad_ahead;
  wire                  near_used, near_occupied, near_add, near_words, near_appears, prepared_occupied, level_sell;
  wire [IDENT_BITS-1:0] near_ident, ident, ident_d;
  wire [SLOT_BITS-1:0]  prev, head, tail;
  wire [59:0]           aggregate, aggregate_d;
  wire [63:0]           ahead_word, raw0, raw1, raw2, raw3;
  wire [255:0]          words_d;
  wire                  add, remove, amend, w_ident, w_next, w_prev, w_words, applies, may_change;
  wire [SLOT_BITS-1:0]  order_slot, next_slot, next_d, prev_slot, prev_d, head_d, tail_d;
  book_store #(
      .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .SLICE(SLICE), .MODEL(MODEL)
  ) u_store (
      .clk_i(clk_i), .rst_ni(rst_ni), .inject_i(inject_parity_i), .r_used_slot_i(r_used_slot), .r_slot_i(r_slot),
      .r_chase_slot_i(r_chase_slot), .r_market_i(r_market), .r_tick_i(r_tick), .near_slot_i(near_slot),
      .near_market_i(near_market), .near_tick_i(near_tick), .r_ends_tick_i(r_ends_tick),
      .near_ends_tick_i(near_ends_tick), .instead_i(near_known), .instead_ends_i(near_known_ends),
      .near_ends_o(near_ends), .r_word_i(r_word), .near_word_i(near_word), .ahead_word_o(ahead_word),
      .bad_ahead_o(bad_ahead), .late_slot_i(x_slot), .late_market_i(x_market), .late_tick_i(x_tick),
      .near_used_o(near_used), .near_ident_o(near_ident), .near_open_o(near_open), .near_occupied_o(near_occupied),
      .used_o(used), .ident_o(ident), .open_o(open), .next_o(next), .prev_o(prev), .chase_o(chase_next), .head_o(head),
      .tail_o(tail), .place_o(place), .aggregate_o(aggregate), .word0_o(raw0), .word1_o(raw1), .word2_o(raw2),
      .word3_o(raw3), .bad_used_o(bad_used), .bad_order_o(bad_order), .bad_next_o(bad_next), .bad_prev_o(bad_prev),
      .bad_ends_o(bad_ends), .bad_aggregate_o(bad_aggregate), .bad_word_o(bad_word),
      .w_used_i(clearing || add || remove), .w_used_slot_i(clearing ? clear_index[SLOT_BITS-1:0] : order_slot),
      .w_used_value_i(near_add), .w_ident_i(w_ident), .w_ident_value_i(ident_d), .w_open_i(add || amend),
      .w_order_slot_i(order_slot), .w_open_value_i(open_d), .w_next_i(w_next), .w_next_slot_i(next_slot),
      .w_next_value_i(next_d), .w_prev_i(w_prev), .w_prev_slot_i(prev_slot), .w_prev_value_i(prev_d),
      .w_ends_i(add || remove), .w_level_i(add || remove || amend), .w_market_i(clearing ? clear_market : w_market),
      .w_tick_i(clearing ? {TICK_BITS{1'b0}} : w_tick), .w_head_i(head_d), .w_tail_i(tail_d),
      .w_aggregate_i(aggregate_d), .w_words_i(clear_markets || w_words),
      .n_writes_i({near_stored, near_words, near_appears}), .w_word_values_i(clearing ? 256'd0 : words_d));

  // ---------------------------------------------------------------------------------------- tops and bitmap
  wire                   near_same_market = near_market == x_market;
  wire [MARKET_BITS-1:0] market = run ? command_market : held_market_q;
  wire                   scan_level, scan_order, scan_words, scan_first, scan_up, found_done, alive, unknown;
  look_ahead #(.MARKETS(MARKETS), .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_tops (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run), .clear_i(clear_markets), .clear_market_i(clear_market),
      .prepared_occupied_i(prepared_occupied), .appears_i(near_appears), .near_words_i(near_words),
      .near_tick_i(near_tick), .x_tick_i(x_tick), .scan_tick_i(scan_tick), .same_market_i(near_same_market),
      .raw0_i(raw0), .raw1_i(raw1), .raw2_i(raw2), .raw3_i(raw3), .bad_word_i(bad_word), .valid_o(words_valid),
      .occupied_o(occupied), .bad_words_o(bad_words), .scan_i(scanning), .scan_first_i(scan_first), .scan_up_i(scan_up),
      .scan_level_i(scan_bitmap_level), .found_tick_o(found_tick), .found_level_o(found_level),
      .found_done_o(found_done), .far_market_i(run ? far_market : held_market_q), .near_bid_o(near_bid),
      .near_ask_o(near_ask), .near_step_i(near_step), .near_market_i(run ? near_market : held_market_q), .bid_o(bid),
      .ask_o(ask), .issue_market_i(issue_market), .issue_bid_o(issue_bid), .issue_ask_o(issue_ask),
      .issue_limit_i(issue_limit), .issue_price_i(issue_price), .issue_below_o(issue_below),
      .band_market_i(band_market), .band_bid_o(band_bid), .band_ask_o(band_ask), .x_step_i(x_step), .alive_i(alive),
      .applies_i(applies), .may_change_i(may_change), .change_sell_i(level_sell), .change_top_i(top_d),
      .command_market_i(command_market), .commit_i(commit), .change_words_i(w_words), .late_market_i(w_market),
      .late_best_o(late_best), .sweeping_i(sweeping), .swept_i(swept), .swept_top_i(swept_top),
      .unknown_i(alive && unknown), .hold_i(hold), .hold_market_i(hold_market), .hold_side_i(hold_side), .wait_o(waits),
      .seek_o(seek), .seek_first_o(seek_first), .seek_market_o(seek_market), .seek_tick_o(seek_tick),
      .seek_taken_i(seek_taken), .seek_base_i(seek_base), .x_seek_i(x_seek), .x_head_i(head));

  // ------------------------------------------------------------------------------------------ markets, bands
  wire [4:0]  near_present, window, near_window;
  wire [31:0] near_base, near_order_base, near_limit, near_price, order_base, limit, scan_price, level_price;
  wire        near_side, near_taker, near_named, near_sell, near_limit_on, near_premium_on, near_limit_ready;
  wire [36:0] near_mean_buy, near_mean_sell, near_premium_buy, near_premium_sell;
  wire [23:0] impact_min, impact_max;
  wire [55:0] impact_product;
  wire [63:0] limit_lowest, limit_highest, digest;
  wire        set_base, set_last, trade, traded, band_moves, side, has_limit, reaches, touch_reaches, best_moves;
  wire        new_best, gone_best, behind, new_head, impact_tightest, limit_ready;
  wire        taker_side = run ? side : carry_side;
  wire        shifts = scanning && scan_done && scan_passes && code == `CODE_SHIFT;
  market_bands #(.LATENCY(LATENCY), .MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS), .TICK_BITS(TICK_BITS)) u_bands (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_markets), .clear_market_i(clear_market), .market_i(market),
      .command_market_i(command_market), .trades_i(x_opposite), .trade_price_i(level_price),
      .late_market_i(late_market), .late_command_i(late_command_q), .configure_i(configure), .set_mark_i(set_mark),
      .set_base_i(set_base || shifts), .set_last_i(set_last), .trade_i(trade), .bests_move_i(best_moves),
      .traded_i(traded), .band_moves_i(band_moves), .same_market_i(near_same_market), .done_o(setup_done),
      .base_o(base), .window_o(window), .far_market_i(rewind || !run ? late_market : far_market),
      .near_sell_i(near_taker), .near_fast_i(near_command[112+`ORDER_BIT_LIQUIDATION]), .near_base_o(near_base),
      .near_upper_o(near_upper), .near_window_o(near_window), .near_state_o(near_state),
      .near_limit_on_o(near_limit_on), .near_mean_buy_o(near_mean_buy), .near_mean_sell_o(near_mean_sell),
      .near_premium_on_o(near_premium_on), .near_premium_buy_o(near_premium_buy),
      .near_premium_sell_o(near_premium_sell), .near_present_o(near_present), .bands_o(bands),
      .impact_min_o(impact_min), .impact_max_o(impact_max), .order_market_i(near_ident[TICK_BITS+:MARKET_BITS]),
      .order_base_o(near_order_base), .seek_market_i(seek_market), .seek_base_o(seek_base), .stopped_i(in_final),
      .sell_i(taker_side), .has_limit_i(has_limit), .limit_i(limit), .price_i(scan_price),
      .impact_product_i(impact_product), .asked_i(scanning), .reaches_o(reaches), .touch_reaches_o(touch_reaches),
      .impact_tightest_o(impact_tightest), .tightest_reason_o(tightest_reason), .band_market_o(band_market),
      .bid_valid_i(band_bid[TOP_BITS-1]), .bid_i(band_bid[63:32]), .ask_valid_i(band_ask[TOP_BITS-1]),
      .ask_i(band_ask[63:32]), .limit_ready_o(limit_ready), .near_limit_ready_o(near_limit_ready),
      .limit_lowest_o(limit_lowest), .limit_highest_o(limit_highest));

  // ------------------------------------------------------------------------------------------------- scanner
  wire [23:0] carry_owner, taker_owner;
  scanner #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY)) u_scanner (
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
  prepare #(.TICK_BITS(TICK_BITS), .MARKET_BITS(MARKET_BITS)) u_prepare (
      .clk_i(clk_i), .run_i(run), .command_i(near_command), .replace_i(near_replace), .format_i(near_format),
      .arrival_i(near_arrival), .session_i(session_o), .cont_i(near_cont), .product_i(near_product), .carry_i(carry),
      .carry_side_i(carry_side), .carry_owner_i(carry_owner), .before_owner_i(taker_owner), .used_i(near_used),
      .ident_i(near_ident), .open_i(near_open), .order_base_i(near_order_base), .occupied_i(near_occupied),
      .base_i(near_base), .upper_i(near_upper), .window_i(near_window), .state_i(near_state), .band_on_i(near_limit_on),
      .band_ready_i(near_limit_ready), .lowest_i(limit_lowest), .highest_i(limit_highest), .present_i(near_present),
      .at_touch_i(near_at_touch), .impact_product_i(impact_product), .many_i(many), .near_side_o(near_side),
      .near_taker_o(near_taker), .near_named_o(near_named), .near_sell_o(near_sell), .near_limit_o(near_limit),
      .near_price_o(near_price), .side_o(prepared_side), .command_o(command), .arrival_o(arrival),
      .prepared_o(prepared), .order_base_o(order_base), .occupied_o(prepared_occupied));

  wire        limit_reaches, bounds_reach, fresh, at_best, beats_best, at_next, beats_next, nack, nack_band;
  relate #(.SLOT_BITS(SLOT_BITS)) u_relate (
      .clk_i(clk_i), .sell_i(near_side), .limit_i(near_limit), .many_i(near_many), .opposite_i(near_opposite),
      .best_i(near_best), .slot_i(near_slot), .named_i(near_named), .named_sell_i(near_sell), .price_i(near_price),
      .same_market_i(near_same_market), .bid_i(near_bid), .ask_i(near_ask), .mean_buy_i(near_mean_buy),
      .mean_sell_i(near_mean_sell), .premium_on_i(near_premium_on), .premium_buy_i(near_premium_buy),
      .premium_sell_i(near_premium_sell), .new_best_i(new_best), .gone_i(gone_best), .behind_i(behind),
      .head_i(new_head), .next_i(next), .swept_i(x_swept[SLOT_BITS+34]), .limit_reaches_o(limit_reaches),
      .bounds_reach_o(bounds_reach), .fresh_o(fresh), .level_sell_o(level_sell), .level_price_o(level_price),
      .at_best_o(at_best), .beats_best_o(beats_best), .at_next_o(at_next), .beats_next_o(beats_next));

  // --------------------------------------------------------------------------------------- end of the pipeline
  complete #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .FIRST_SEQUENCE(FIRST_SEQUENCE)
  ) u_complete (
      .clk_i(clk_i), .rst_ni(rst_ni), .cycle_i(cycle_i), .command_i(command), .side_i(prepared_side),
      .prepared_i(prepared), .near_same_slot_i(near_slot == x_slot),
      .near_i({near_cont, near_command[256+:40], near_best}), .arrival_i(arrival), .retire_o(retire), .ended_o(ended),
      .step_i(x_step), .cont_i(x_cont), .chased_i(x_chased), .swept_i(x_swept), .opposite_i(x_opposite),
      .slot_i(x_slot), .level_i({x_market, x_tick}), .flushed_o(flushed), .chase_o(chase), .chase_slot_o(chase_slot),
      .sweep_o(sweep), .used_i(used), .ident_i(ident), .open_i(open), .next_i(next), .prev_i(prev), .head_i(head),
      .tail_i(tail), .place_i(place), .late_best_i(late_best), .aggregate_i(aggregate),
      .words_i({raw3, raw2, raw1, raw0}), .valid_i(words_valid), .occupied_i(occupied),
      .bad_read_i({bad_ahead, bad_used, bad_order, bad_next, bad_prev, bad_ends}), .bad_aggregate_i(bad_aggregate),
      .bad_words_i(bad_words), .bid_i(bid), .ask_i(ask), .order_base_i(order_base), .bands_i(bands),
      .impact_min_i(impact_min), .impact_max_i(impact_max), .touch_reaches_i(touch_reaches),
      .limit_ready_i(limit_ready), .limit_reaches_i(limit_reaches), .bounds_reach_i(bounds_reach), .fresh_i(fresh),
      .level_sell_i(level_sell), .level_price_i(level_price), .stands_i({at_best, beats_best, at_next, beats_next}),
      .impact_tightest_i(impact_tightest), .tightest_reason_i(tightest_reason), .run_i(run), .final_i(in_final),
      .scan_i(scanning), .answer_i(answer), .final_self_i(final_self), .scan_passed_i(scan_passed),
      .kill_passed_i(kill_passed), .renumber_i(clear_ends), .fault_i(|fault_o), .session_i(session_o),
      .ahead_reads_i({x_ahead, x_seek && seek_first}), .scan_reads_i({scan_level, scan_order, scan_words}),
      .scan_slot_i(scan_slot), .digest_i(digest), .digest_orders_i(digest_orders), .side_o(side),
      .has_limit_o(has_limit), .limit_o(limit), .carry_o(carry), .sure_carry_o(sure_carry), .carry_side_o(carry_side),
      .carry_remaining_o(carry_remaining), .carry_owner_o(carry_owner), .carry_touch_o(carry_touch),
      .near_at_touch_o(near_at_touch), .many_o(many), .impact_product_o(impact_product), .applies_o(applies),
      .may_change_o(may_change), .moves_o({new_best, gone_best, behind, new_head}), .best_moves_o(best_moves),
      .taker_owner_o(taker_owner), .near_writes_o({near_add, near_stored, near_words, near_appears}),
      .level_o({w_market, w_tick}), .add_o(add), .remove_o(remove), .amend_o(amend), .w_ident_o(w_ident),
      .slot_o(order_slot), .open_o(open_d), .ident_o(ident_d), .w_next_o(w_next), .w_prev_o(w_prev),
      .next_slot_o(next_slot), .next_o(next_d), .prev_slot_o(prev_slot), .prev_o(prev_d), .head_o(head_d),
      .tail_o(tail_d), .aggregate_o(aggregate_d), .w_words_o(w_words), .words_o(words_d), .top_o(top_d),
      .seldom_o({configure, set_mark, set_base, set_last, to_final, to_final_self, to_scan, to_reset}), .trade_o(trade),
      .traded_o(traded), .band_moves_o(band_moves), .alive_o(alive), .commit_o(commit), .unknown_o(unknown),
      .nack_o(nack), .nack_band_o(nack_band), .room_o(room), .faults_o({fault_order, fault_level, fault_words}),
      .ev_valid_o(ev_valid_o), .ev_ready_i(ev_ready_i), .ev_o(ev_o));

  stall_cause u_stall (
      .clk_i(clk_i), .run_i(run), .final_i(in_final), .seek_i(x_seek), .step_i(alive), .room_i(room),
      .unknown_i(unknown), .nack_i(nack), .nack_band_i(nack_band), .hold_i(waits), .carry_i(sure_carry),
      .waiting_i(waiting), .stall_o(stall_o));
endmodule
