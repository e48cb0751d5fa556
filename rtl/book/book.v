// The matching book with its price bands: commands in, events out (docs/card.md; stages in docs/pipeline.md).
//
// A command accepted in cycle t is issued in t + 1, meets its order, level and tops in t + 1 + LATENCY and shows its first event in
// t + 2 + LATENCY. One command a cycle; a replace that moves takes two. Events wait for ev_ready_i without limit; commands
// then wait at cmd_ready_o. busy_o: memories are being cleared after a reset.
`include "contract.vh"
module book #(
    parameter MARKETS = 32,
    parameter ORDERS = 65536,
    parameter TICK_BITS = 17,
    parameter LATENCY = 2,
    parameter SLICE = 0
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

  localparam [2:0] M_RUN = 3'd0, M_FINAL = 3'd1, M_SCAN = 3'd2, M_SETUP = 3'd3, M_CLEAR = 3'd4, M_HALT = 3'd5;
  reg [2:0] mode_q;
  wire      run = mode_q == M_RUN;

  // ------------------------------------------------------------------------------------------ command queue
  wire         issue_valid, issue_is_head, pop, retire, rewind;
  wire [447:0] issue_command, command;
  wire [6:0]   format;
  wire [39:0]  arrival;
  command_queue #(.MARKETS(MARKETS), .ORDERS(ORDERS)) u_queue (
      .clk_i(clk_i), .rst_ni(rst_ni), .cycle_i(cycle_i),
      .valid_i(cmd_valid_i), .ready_o(cmd_ready_o), .command_i(cmd_i),
      .issue_valid_o(issue_valid), .issue_is_head_o(issue_is_head), .issue_command_o(issue_command), .issue_i(pop),
      .head_command_o(command), .head_format_o(format), .head_arrival_o(arrival),
      .retire_i(retire), .rewind_i(rewind));
  wire [7:0]             code = command[`CMD_CODE];
  wire [31:0]            slot_field = command[`CMD_SLOT];
  wire [15:0]            flags = command[`CMD_FLAGS];
  wire [MARKET_BITS-1:0] command_market = command[8+:MARKET_BITS];

  // -------------------------------------------------------------------------------------- carried state
  reg         carry_q, carry_first_q, carry_side_q, kill_passed_q, final_self_q;
  reg [1:0]   final_wait_q;
  reg [39:0]  carry_remaining_q;
  reg [23:0]  carry_owner_q;
  reg [31:0]  carry_touch_q;
  reg [55:0]  impact_product_q;
  reg [31:0]  many_q;
  reg [15:0]  session_q;
  reg [7:0]   fault_q;
  reg [CLEAR_BITS-1:0] clear_q;
  reg         cleared_by_command_q;
  assign session_o = session_q;
  assign fault_o = fault_q;
  assign busy_o = mode_q == M_CLEAR;

  // ---------------------------------------------------------------------------------------- issue and memories
  wire                   flush, chase, hold, hold_side, seek, seek_first, seek_side, seek_taken;
  wire [MARKET_BITS-1:0] issue_market, seek_market, r_market, x_market;
  wire [TOP_BITS-1:0]    issue_bid, issue_ask;
  wire [31:0]            seek_best, x_best;
  wire [TICK_BITS-1:0]   seek_tick, scan_tick, r_tick, x_tick;
  wire [SLOT_BITS-1:0]   scan_slot, r_used_slot, r_slot, r_chase_slot, x_slot;
  wire                   x_step, x_seek, x_first, x_cont, x_chased, x_opposite, x_side;
  wire [51:0]            x_product;
  wire                   used;
  wire [IDENT_BITS-1:0]  ident;
  wire [39:0]            open;
  wire [SLOT_BITS-1:0]   next, prev, chase_next, head, tail;
  wire [59:0]            aggregate;
  wire [63:0]            raw0, raw1, raw2, raw3;
  wire                   bad_used, bad_order, bad_next, bad_prev, bad_level;
  wire [3:0]             bad_word;
  issue #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY)
  ) u_issue (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run), .flush_i(flush), .retire_i(retire),
      .chase_i(chase), .chase_slot_i(next),
      .valid_i(issue_valid), .is_head_i(issue_is_head), .command_i(issue_command), .pop_o(pop),
      .carry_i(carry_q), .carry_side_i(carry_side_q),
      .market_o(issue_market), .bid_i(issue_bid), .ask_i(issue_ask), .hold_o(hold), .hold_side_o(hold_side),
      .seek_i(seek), .seek_first_i(seek_first), .seek_market_i(seek_market), .seek_side_i(seek_side),
      .seek_best_i(seek_best), .seek_tick_i(seek_tick), .seek_taken_o(seek_taken),
      .scan_i(mode_q == M_SCAN), .scan_market_i(command_market), .scan_tick_i(scan_tick), .scan_slot_i(scan_slot),
      .r_used_slot_o(r_used_slot), .r_slot_o(r_slot), .r_chase_slot_o(r_chase_slot), .r_market_o(r_market),
      .r_tick_o(r_tick), .chase_next_i(chase_next),
      .x_step_o(x_step), .x_seek_o(x_seek), .x_first_o(x_first), .x_cont_o(x_cont), .x_chased_o(x_chased),
      .x_opposite_o(x_opposite), .x_market_o(x_market), .x_side_o(x_side), .x_best_o(x_best), .x_slot_o(x_slot),
      .x_tick_o(x_tick), .x_product_o(x_product));

  wire                   clearing = mode_q == M_CLEAR;
  wire [MARKET_BITS-1:0] clear_market = clear_q[MARKET_BITS-1:0];
  wire                   clear_markets = clearing && {{(32 - CLEAR_BITS) {1'b0}}, clear_q} < MARKETS;
  wire                   slow_retire, slow_rewind, clear_ends;
  wire                   commit, add, remove, amend, w_next, w_prev, w_words, write_ident;
  wire [39:0]            change_amount, change_open;
  wire [31:0]            change_price;
  wire                   change_sell;
  wire [SLOT_BITS-1:0]   change_slot, head_d, tail_d, w_next_slot, w_next_value, w_prev_slot, w_prev_value;
  wire [IDENT_BITS-1:0]  new_ident;
  wire [59:0]            aggregate_d;
  wire [63:0]            word0_d, word1_d, word2_d, word3_d;
  reg                    inject_q;
  book_store #(
      .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .SLICE(SLICE)
  ) u_store (
      .clk_i(clk_i), .inject_i(inject_q),
      .r_used_slot_i(r_used_slot), .r_slot_i(r_slot), .r_chase_slot_i(r_chase_slot), .r_market_i(r_market),
      .r_tick_i(r_tick), .used_o(used), .ident_o(ident), .open_o(open), .next_o(next), .prev_o(prev),
      .chase_o(chase_next), .head_o(head), .tail_o(tail), .aggregate_o(aggregate),
      .word0_o(raw0), .word1_o(raw1), .word2_o(raw2), .word3_o(raw3),
      .bad_used_o(bad_used), .bad_order_o(bad_order), .bad_next_o(bad_next), .bad_prev_o(bad_prev),
      .bad_level_o(bad_level), .bad_word_o(bad_word),
      .w_used_i(clearing || (commit && (add || remove))),
      .w_used_slot_i(clearing ? clear_q[SLOT_BITS-1:0] : change_slot), .w_used_value_i(!clearing && add),
      .w_ident_i(commit && write_ident), .w_ident_value_i(new_ident),
      .w_open_i(commit && (add || amend)), .w_order_slot_i(change_slot), .w_open_value_i(change_open),
      .w_next_i(commit && w_next), .w_next_slot_i(w_next_slot), .w_next_value_i(w_next_value),
      .w_prev_i(commit && w_prev), .w_prev_slot_i(w_prev_slot), .w_prev_value_i(w_prev_value),
      .w_level_i(commit && (add || remove || amend)),
      .w_market_i(clearing ? clear_market : command_market),
      .w_tick_i(clearing ? {TICK_BITS{1'b0}} : change_price[TICK_BITS-1:0]),
      .w_head_i(head_d), .w_tail_i(tail_d), .w_aggregate_i(aggregate_d),
      .w_words_i(clear_markets || (commit && w_words)),
      .w_word0_i(clearing ? 64'd0 : word0_d), .w_word1_i(clearing ? 64'd0 : word1_d),
      .w_word2_i(clearing ? 64'd0 : word2_d), .w_word3_i(clearing ? 64'd0 : word3_d));

  // A word counts only where its parent's bit is set. x_at: the tick that was read.
  localparam TOP = (TICK_BITS + 5) / 6 - 1;
  wire [TICK_BITS-1:0] x_at = mode_q == M_SCAN ? scan_tick : x_tick;
  wire [23:0] at = {{(24 - TICK_BITS) {1'b0}}, x_at};
  wire valid2 = TOP == 2 || (TOP > 2 && raw3[at[23:18]]);
  wire [63:0] word3 = raw3;
  wire [63:0] word2 = valid2 ? raw2 : 64'd0;
  wire valid1 = TOP == 1 || (TOP > 1 && word2[at[17:12]]);
  wire [63:0] word1 = valid1 ? raw1 : 64'd0;
  wire valid0 = TOP == 0 || word1[at[11:6]];
  wire [63:0] word0 = valid0 ? raw0 : 64'd0;
  wire occupied = word0[at[5:0]];
  wire bad_words = (bad_word[3] && TOP == 3) || (bad_word[2] && valid2 && TOP >= 2) ||
                   (bad_word[1] && valid1 && TOP >= 1) || (bad_word[0] && valid0);

  wire                 scan_seek_first, scan_seek_up, found_done, found_none;
  wire [1:0]           scan_seek_level, seek_level, found_level;
  wire [TICK_BITS-1:0] found_tick;
  wire                 scanning = mode_q == M_SCAN;
  wire                 search_first = scanning ? scan_seek_first : x_first;
  bitmap_seek #(.TICK_BITS(TICK_BITS)) u_search (
      .first_i(search_first), .up_i(scanning ? scan_seek_up : x_side),
      .level_i(scanning ? scan_seek_level : seek_level), .tick_i(x_at),
      .word0_i(search_first ? word0 : raw0), .word1_i(search_first ? word1 : raw1),
      .word2_i(search_first ? word2 : raw2), .word3_i(raw3),
      .found_tick_o(found_tick), .level_o(found_level), .done_o(found_done), .none_o(found_none));
  wire unused_search = found_none;

  // ------------------------------------------------------------------------------------------------ tops
  wire [MARKET_BITS-1:0] market = run && x_seek ? x_market : command_market;
  wire [TOP_BITS-1:0]    bid, ask, top_d, seek_top, open_top, look_bid, look_ask;
  wire [MARKET_BITS-1:0] look_market;
  wire                   seek_write, open_any, open_side;
  wire [MARKET_BITS-1:0] open_market;
  reg                    want_q, want_side_q;
  wire                   top_write = seek_write || (commit && (add || remove));
  top_table #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS), .SLOT_BITS(SLOT_BITS)) u_tops (
      .clk_i(clk_i), .clear_i(clear_markets), .clear_market_i(clear_market),
      .a_market_i(market), .a_bid_o(bid), .a_ask_o(ask),
      .b_market_i(issue_market), .b_bid_o(issue_bid), .b_ask_o(issue_ask),
      .c_market_i(look_market), .c_bid_o(look_bid), .c_ask_o(look_ask),
      .write_i(top_write), .write_market_i(market), .write_side_i(seek_write ? x_side : change_sell),
      .write_top_i(seek_write ? seek_top : top_d),
      .want_i(want_q || hold), .want_market_i(want_q ? command_market : issue_market),
      .want_side_i(want_q ? want_side_q : hold_side),
      .open_o(open_any), .open_market_o(open_market), .open_side_o(open_side), .open_top_o(open_top));

  wire [31:0] base, order_base;
  seeker #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_seeker (
      .clk_i(clk_i), .rst_ni(rst_ni), .flush_i(flush || !run),
      .open_i(open_any), .open_market_i(open_market), .open_side_i(open_side), .open_top_i(open_top),
      .seek_o(seek), .seek_first_o(seek_first), .seek_market_o(seek_market), .seek_side_o(seek_side),
      .seek_best_o(seek_best), .seek_tick_o(seek_tick), .level_o(seek_level), .taken_i(seek_taken),
      .dirty_i((commit && w_words) || clearing), .dirty_market_i(clearing ? seek_market : command_market),
      .x_seek_i(run && x_seek), .x_first_i(x_first), .x_side_i(x_side), .x_best_i(x_best), .x_base_i(base),
      .x_top_i(x_side ? ask : bid), .x_head_i(head),
      .found_tick_i(found_tick), .found_level_i(found_level), .found_done_i(found_done),
      .write_o(seek_write), .top_o(seek_top));

  // --------------------------------------------------------------------------------- markets and bands
  wire [2:0]  state, bands;
  wire [23:0] impact_min, impact_max, look_min, look_max;
  wire [4:0]  present;
  wire [31:0] last_trade, look_last;
  wire [39:0] look_mark;
  wire [36:0] mean_bound, premium_bound;
  wire        setup_done, configure, set_mark, set_base, set_last, trade;
  wire        scan_done, scan_filled;
  wire        side, has_limit;
  wire [31:0] limit, opposite_best, trade_price;
  wire [MARKET_BITS-1:0] order_market = ident[TICK_BITS+:MARKET_BITS];
  wire        shift_now = scanning && scan_done && code == `CODE_SHIFT;
  wire        shift_fits;
  wire        taker_side = run ? side : carry_side_q;
  market_table #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS)) u_markets (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_markets), .market_i(clear_markets ? clear_market : market),
      .command_i(command), .configure_i(commit && configure), .set_mark_i(commit && set_mark),
      .set_base_i((commit && set_base) || (shift_now && shift_fits)),
      .set_last_i(commit && (set_last || trade)), .last_i(trade ? trade_price : command[`CMD_PRICE]),
      .done_o(setup_done),
      .base_o(base), .state_o(state), .bands_o(bands), .impact_min_o(impact_min), .impact_max_o(impact_max),
      .present_o(present), .last_o(last_trade), .sell_i(taker_side), .fast_i(flags[`ORDER_BIT_LIQUIDATION]),
      .mean_bound_o(mean_bound), .premium_bound_o(premium_bound),
      .other_market_i(order_market), .other_base_o(order_base),
      .look_market_i(look_market), .look_last_o(look_last), .look_mark_o(look_mark),
      .look_limit_min_o(look_min), .look_limit_max_o(look_max));

  wire [31:0] scan_price;
  wire        limit_reaches, reaches, impact_tightest;
  wire [36:0] tightest;
  wire [6:0]  tightest_reason;
  taker_bounds u_bounds (
      .sell_i(taker_side), .has_limit_i(has_limit), .limit_i(limit), .mean_bound_i(mean_bound),
      .premium_on_i(bands[`BANDS_BIT_PREMIUM]), .premium_bound_i(premium_bound),
      .price_i(scanning ? scan_price : opposite_best), .limit_reaches_o(limit_reaches), .reaches_o(reaches),
      .tightest_o(tightest), .tightest_reason_o(tightest_reason),
      .impact_product_i(impact_product_q), .impact_tightest_o(impact_tightest));
  wire unused_bounds = |tightest;

  // What the limit band is made from changes: best prices, last trade, mark or configuration.
  wire [32:0] top_was = change_sell ? ask[TOP_BITS-1-:33] : bid[TOP_BITS-1-:33];
  wire top_moves = commit && (add || remove) && top_d[TOP_BITS-1-:33] != top_was;
  wire last_moves = commit && (set_last || (trade && trade_price != last_trade));
  wire setup_ends = mode_q == M_SETUP && setup_done;
  wire limit_ready;
  wire [63:0] limit_lowest, limit_highest;
  limit_band #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS)) u_limit (
      .clk_i(clk_i), .touched_i(top_moves || last_moves || setup_ends), .touched_market_i(command_market),
      .look_market_o(look_market), .bid_valid_i(look_bid[TOP_BITS-1]), .bid_i(look_bid[TOP_BITS-2-:32]),
      .ask_valid_i(look_ask[TOP_BITS-1]), .ask_i(look_ask[TOP_BITS-2-:32]), .last_i(look_last),
      .mark_i(look_mark), .limit_min_i(look_min), .limit_max_i(look_max),
      .read_market_i(command_market), .ready_o(limit_ready), .lowest_o(limit_lowest), .highest_o(limit_highest));

  // ---------------------------------------------------------------------------------------------- execution
  wire        x_event, x_last, x_more, x_taker, x_maker, x_level, x_echo, x_event_side;
  wire [4:0]  x_kind;
  wire [6:0]  x_reason;
  wire [31:0] x_price;
  wire [39:0] x_quantity, x_taker_remaining, x_maker_remaining;
  wire [7:0]  taker_generation;
  wire [23:0] taker_owner;
  wire        nack, nack_band, want_retire, want_rewind, want_chase, carry_on, carry_first_d, one_more;
  wire [39:0] carry_remaining_d;
  wire        to_final, final_self, to_scan, to_setup, to_reset;
  execute #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_execute (
      .cont_i(x_cont), .chased_i(x_chased), .opposite_i(x_opposite), .best_i(x_best), .slot_i(x_slot),
      .product_i(x_product), .command_i(command), .format_i(format), .session_i(session_q),
      .used_i(used), .ident_i(ident), .open_i(open), .next_i(next), .head_i(head), .tail_i(tail),
      .aggregate_i(aggregate), .occupied_i(occupied), .bid_i(bid), .ask_i(ask), .base_i(base),
      .order_base_i(order_base), .state_i(state), .bands_i(bands), .impact_min_i(impact_min),
      .impact_max_i(impact_max), .present_i(present), .limit_ready_i(limit_ready),
      .limit_lowest_i(limit_lowest), .limit_highest_i(limit_highest), .limit_reaches_i(limit_reaches),
      .reaches_i(reaches), .impact_product_i(impact_product_q), .carry_first_i(carry_first_q),
      .carry_side_i(carry_side_q), .carry_remaining_i(carry_remaining_q), .carry_owner_i(carry_owner_q),
      .carry_touch_i(carry_touch_q), .kill_passed_i(kill_passed_q), .many_i(many_q),
      .side_o(side), .has_limit_o(has_limit), .limit_o(limit), .opposite_best_o(opposite_best),
      .add_o(add), .remove_o(remove), .amend_o(amend), .change_sell_o(change_sell),
      .change_price_o(change_price), .change_slot_o(change_slot), .change_amount_o(change_amount),
      .change_open_o(change_open), .write_ident_o(write_ident), .new_ident_o(new_ident),
      .event_o(x_event), .kind_o(x_kind), .reason_o(x_reason), .last_o(x_last), .more_o(x_more),
      .with_taker_o(x_taker), .with_maker_o(x_maker), .with_level_o(x_level), .echo_o(x_echo), .price_o(x_price),
      .event_side_o(x_event_side), .quantity_o(x_quantity), .taker_remaining_o(x_taker_remaining),
      .maker_remaining_o(x_maker_remaining), .taker_generation_o(taker_generation), .taker_owner_o(taker_owner),
      .nack_o(nack), .nack_band_o(nack_band), .retire_o(want_retire), .rewind_o(want_rewind),
      .chase_o(want_chase), .carry_o(carry_on), .carry_first_o(carry_first_d),
      .carry_remaining_o(carry_remaining_d), .many_o(one_more), .trade_o(trade), .set_last_o(set_last),
      .to_final_o(to_final), .final_self_o(final_self), .to_scan_o(to_scan), .to_setup_o(to_setup),
      .configure_o(configure), .set_mark_o(set_mark), .set_base_o(set_base), .to_reset_o(to_reset));
  assign trade_price = x_price;

  wire unknown;
  level_update #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS)) u_update (
      .add_i(add), .remove_i(remove), .amend_i(amend), .sell_i(change_sell), .price_i(change_price),
      .slot_i(change_slot), .amount_i(change_amount), .occupied_i(occupied), .head_i(head), .tail_i(tail),
      .aggregate_i(aggregate), .next_i(next), .prev_i(prev), .word0_i(word0), .word1_i(word1),
      .word2_i(word2), .word3_i(word3), .top_i(change_sell ? ask : bid),
      .head_o(head_d), .tail_o(tail_d), .aggregate_o(aggregate_d),
      .w_next_o(w_next), .w_next_slot_o(w_next_slot), .w_next_value_o(w_next_value),
      .w_prev_o(w_prev), .w_prev_slot_o(w_prev_slot), .w_prev_value_o(w_prev_value),
      .w_words_o(w_words), .word0_o(word0_d), .word1_o(word1_d), .word2_o(word2_d), .word3_o(word3_d),
      .top_o(top_d), .unknown_o(unknown));

  // ------------------------------------------------------------------------------------------------ scanner
  wire        scan_check_level, scan_check_order, scan_check_words;
  wire [63:0] digest;
  wire [39:0] digest_orders;
  wire [31:0] lowest, highest;
  wire        touch_reaches = carry_side_q ? impact_min <= 24'd1000000 : impact_max >= 24'd1000000;
  scanner #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY)
  ) u_scanner (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(commit && to_scan), .digest_i(code == `CODE_READ),
      .shift_i(code == `CODE_SHIFT), .market_i(command_market), .base_i(base), .bid_i(bid), .ask_i(ask),
      .side_i(run ? side : carry_side_q), .quantity_i(carry_remaining_q), .owner_i(carry_owner_q),
      .stp_i(flags[`ORDER_BIT_STP]), .impact_on_i(bands[`BANDS_BIT_IMPACT]), .touch_reaches_i(touch_reaches),
      .touch_i(carry_touch_q), .impact_product_i(impact_product_q), .reaches_i(reaches),
      .level_price_o(scan_price), .scan_tick_o(scan_tick), .scan_slot_o(scan_slot), .ident_i(ident),
      .open_i(open), .next_i(next), .head_i(head), .tail_i(tail), .seek_first_o(scan_seek_first),
      .seek_up_o(scan_seek_up), .seek_level_o(scan_seek_level), .found_tick_i(found_tick),
      .found_level_i(found_level), .found_done_i(found_done), .check_level_o(scan_check_level),
      .check_order_o(scan_check_order), .check_words_o(scan_check_words), .done_o(scan_done),
      .filled_o(scan_filled), .digest_o(digest), .orders_o(digest_orders), .lowest_o(lowest), .highest_o(highest));
  wire [31:0] new_base = command[`CMD_BASE];
  assign shift_fits = lowest >= new_base && {1'b0, highest} < {1'b0, new_base} + (33'd1 << TICK_BITS);

  // ------------------------------------------------------------------------------------------------ control
  wire room;
  wire [4:0] free;
  wire x_alive = run && x_step && !(x_cont && !carry_q);  // else left over from a command that has ended
  wire fault_order = x_alive ? bad_used || (used && bad_order && !x_cont) || (bad_order && (remove || amend)) ||
                               (remove && ((bad_next && change_slot != tail) || (bad_prev && change_slot != head)))
                             : scan_check_order && (bad_order || (bad_next && scan_slot != tail));
  wire fault_level = x_alive ? occupied && bad_level && (add || remove || amend)
                             : (run && x_seek && x_first && bad_level) || (scan_check_level && bad_level);
  wire fault_words = x_alive ? bad_words : ((run && x_seek && x_first) || scan_check_words) && bad_words;
  wire fault = fault_order || fault_level || fault_words;

  assign commit = x_alive && !nack && !unknown && !fault && (room || !x_event);
  assign retire = (commit && want_retire) || slow_retire;
  assign flush = x_alive && (!commit || want_rewind);
  assign rewind = flush || slow_rewind;
  assign chase = commit && want_chase;

  // What ends outside the pipeline: the remainder of a blocked taker, scans, set-up, reset.
  wire final_now = mode_q == M_FINAL && final_wait_q == 2'd0;
  wire scan_over = scanning && scan_ended_q;
  wire kill = scan_over && code != `CODE_READ && code != `CODE_SHIFT;
  wire clear_over = clearing && clear_q == CLEARS[CLEAR_BITS-1:0];
  reg  scan_ended_q, scan_passed_q, setup_ended_q;
  wire slow_event = final_now || (scan_over && !(kill && scan_passed_q)) || (mode_q == M_SETUP && setup_ended_q) ||
                    (clear_over && cleared_by_command_q);
  assign slow_retire = slow_event && room;
  assign slow_rewind = !run && !slow_event;
  reg  [4:0] slow_kind;
  reg  [6:0] slow_reason;
  always @* begin
    slow_kind = `KIND_DONE;
    slow_reason = `REASON_NONE;
    if (final_now) begin
      slow_kind = `KIND_EXPIRED;
      slow_reason = final_self_q ? `REASON_SELF_TRADE :
                    bands[`BANDS_BIT_IMPACT] && impact_tightest ? `REASON_PRICE_IMPACT : tightest_reason;
    end else if (kill) begin
      slow_kind = `KIND_REJECTED;
      slow_reason = `REASON_FILL_OR_KILL;
    end else if (scanning && code == `CODE_READ) slow_kind = `KIND_DATA;
    else if (scanning && !scan_passed_q) begin
      slow_kind = `KIND_REJECTED;
      slow_reason = `REASON_PRICE_OUT_OF_BOUNDS;
    end
  end

  wire [511:0] packed_event;
  wire slow_echo = slow_kind == `KIND_REJECTED;
  wire slow_digest = scanning && slow_kind == `KIND_DATA;
  wire [31:0] final_price = has_limit ? limit : 32'd0;
  event_pack u_pack (
      .kind_i(run ? x_kind : slow_kind), .reason_i(run ? x_reason : slow_reason), .last_i(run ? x_last : 1'b1),
      .more_i(run && x_more), .tag_i(command[`CMD_TAG]),
      .market_i(run && x_kind == `KIND_DATA && x_maker ? {{(8 - MARKET_BITS) {1'b0}}, order_market} :
                command[`CMD_MARKET]),
      .session_i(session_q), .arrival_i(arrival), .cycle_i(cycle_i),
      .taker_i(run ? x_taker || x_echo : slow_echo || final_now), .taker_owner_valid_i(run ? x_taker : final_now),
      .taker_slot_i(slot_field[19:0]),
      .taker_generation_i((run ? x_echo : slow_echo) ? command[`CMD_GENERATION] : taker_generation),
      .taker_owner_i(run ? taker_owner : carry_owner_q),
      .maker_i(run && x_maker), .maker_slot_i({{(20 - SLOT_BITS) {1'b0}}, x_slot}),
      .maker_generation_i(ident[IDENT_BITS-1-:8]), .maker_owner_i(ident[IDENT_BITS-9-:24]),
      .level_i(run && x_level), .aggregate_i(aggregate_d), .best_valid_i(top_d[TOP_BITS-1]),
      .best_i(top_d[TOP_BITS-2-:32]), .side_i(run && x_event_side),
      .price_i(run ? x_price : final_now ? final_price : 32'd0),
      .quantity_i(run ? x_quantity : final_now ? carry_remaining_q : slow_digest ? digest_orders : 40'd0),
      .taker_remaining_i(run ? x_taker_remaining : 40'd0), .maker_remaining_i(run ? x_maker_remaining : 40'd0),
      .digest_i(slow_digest), .digest_value_i(digest), .event_o(packed_event));

  event_queue u_events (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_ends), .push_i((commit && x_event) || slow_retire),
      .event_i(packed_event), .room_o(room), .free_o(free),
      .valid_o(ev_valid_o), .ready_i(ev_ready_i), .event_o(ev_o));
  wire unused_free = |free;
  // the numbering starts again before the event that answers a reset
  assign clear_ends = clearing && clear_q == CLEARS[CLEAR_BITS-1:0] - 1'b1;

  always @(posedge clk_i) begin
    if (commit && (carry_on || to_scan)) begin
      carry_first_q <= carry_first_d;
      carry_remaining_q <= carry_remaining_d;
      carry_side_q <= side;
      carry_owner_q <= taker_owner;
      if (!x_cont || carry_first_q) carry_touch_q <= opposite_best;
    end
    if (commit && carry_on) carry_q <= 1'b1;
    if (commit && one_more) many_q <= many_q + 32'd1;
    // a look-ahead may show another market's multipliers
    if (!(run && x_seek)) impact_product_q <= {24'd0, carry_touch_q} * {32'd0, carry_side_q ? impact_min : impact_max};
    if (retire) begin
      carry_q <= 1'b0;
      kill_passed_q <= 1'b0;
      many_q <= 32'd0;
    end

    if (inject_parity_i) inject_q <= 1'b1;
    else if (commit && write_ident) inject_q <= 1'b0;

    want_q <= (want_q || (x_alive && unknown)) && !(commit && x_alive);
    if (x_alive && unknown) want_side_q <= change_sell;

    final_wait_q <= final_wait_q == 2'd0 ? 2'd0 : final_wait_q - 2'd1;
    if (scanning && scan_done) begin
      scan_ended_q <= 1'b1;
      scan_passed_q <= code == `CODE_SHIFT ? shift_fits : scan_filled;
    end
    if (setup_ends) setup_ended_q <= 1'b1;

    case (mode_q)
      M_RUN: begin
        scan_ended_q <= 1'b0;
        setup_ended_q <= 1'b0;
        final_wait_q <= 2'd2;
        if (commit && to_final) begin
          mode_q <= M_FINAL;
          final_self_q <= final_self;
        end
        if (commit && to_scan) mode_q <= M_SCAN;
        if (commit && to_setup) mode_q <= M_SETUP;
        if (commit && to_reset) begin
          mode_q <= M_CLEAR;
          clear_q <= {CLEAR_BITS{1'b0}};
          cleared_by_command_q <= 1'b1;
          session_q <= command[`CMD_NEXT_SESSION];
        end
      end
      M_FINAL, M_SETUP: if (slow_retire) mode_q <= M_RUN;
      M_SCAN: begin
        if (kill && scan_passed_q) begin
          kill_passed_q <= 1'b1;
          mode_q <= M_RUN;
        end
        if (slow_retire) mode_q <= M_RUN;
      end
      M_CLEAR: begin
        if (!clear_over) clear_q <= clear_q + 1'b1;
        else if (!cleared_by_command_q || slow_retire) mode_q <= M_RUN;
      end
      default: ;
    endcase

    if (fault && fault_q == `FAULT_NONE) begin
      fault_q <= fault_order ? `FAULT_PARITY_ORDER : fault_level ? `FAULT_PARITY_LEVEL : `FAULT_PARITY_BITMAP;
      mode_q <= M_HALT;
    end

    if (!rst_ni) begin
      mode_q <= M_CLEAR;
      clear_q <= {CLEAR_BITS{1'b0}};
      cleared_by_command_q <= 1'b0;
      session_q <= session_i;
      fault_q <= `FAULT_NONE;
      carry_q <= 1'b0;
      kill_passed_q <= 1'b0;
      many_q <= 32'd0;
      inject_q <= 1'b0;
      want_q <= 1'b0;
      scan_ended_q <= 1'b0;
      setup_ended_q <= 1'b0;
    end
  end

  // ------------------------------------------------------------------------------------------------- counters
  reg [7:0] stall;
  always @* begin
    stall = 8'd0;
    if (mode_q == M_FINAL) stall[`STALL_SWEEP] = 1'b1;
    else if (!run) stall[`STALL_SLOW] = 1'b1;
    else if (x_seek) stall[`STALL_TAKEN] = 1'b1;
    else if (x_alive && !commit) begin
      if (unknown) stall[`STALL_SEEK] = 1'b1;
      else if (nack_band) stall[`STALL_BAND] = 1'b1;
      else if (nack) stall[`STALL_REFETCH] = 1'b1;
      else stall[`STALL_EVENTS] = 1'b1;
    end else if (!x_alive) begin
      if (hold) stall[`STALL_SEEK] = 1'b1;
      else if (carry_q) stall[`STALL_SWEEP] = 1'b1;
      else if (issue_valid || !issue_is_head) stall[`STALL_REFETCH] = 1'b1;
      else stall[`STALL_IDLE] = 1'b1;
    end
  end
  assign stall_o = stall;
endmodule
