// The sides' tops, and the search in the occupancy bitmap that keeps them: for the level behind a best (seeker) and,
// while it works, for the scanner.
//
// Tells which of the bitmap words that were read count (only where the parent's bit is set). Holds the table, the
// seeker, the stages of the search, and which entry somebody waits for.
module look_ahead #(
    parameter MARKETS = 32,
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   run_i,
    input  wire                   clear_i,         // clears the tops of clear_market_i
    input  wire [MARKET_BITS-1:0] clear_market_i,
    // is the tick that a step of a command has read occupied: as it was prepared, and the write of this cycle
    input  wire                   prepared_occupied_i,
    input  wire                   near_words_i,    // of the step before, committed or not,
    input  wire                   appears_i,       // which sets its tick, else clears it
    output wire                   occupied_o,
    // what is read, by the scanner or else by the step that arrives; the words are here a cycle later
    input  wire [TICK_BITS-1:0]   near_tick_i,
    input  wire [TICK_BITS-1:0]   x_tick_i,
    input  wire [TICK_BITS-1:0]   scan_tick_i,
    input  wire [63:0]            raw0_i,
    input  wire [63:0]            raw1_i,
    input  wire [63:0]            raw2_i,
    input  wire [63:0]            raw3_i,
    input  wire [3:0]             bad_word_i,
    output wire [3:0]             valid_o,         // of the words: the parent's bit is set
    output wire                   bad_words_o,
    // the scanner's search
    input  wire                   scan_i,
    input  wire                   scan_first_i,
    input  wire                   scan_up_i,
    input  wire [1:0]             scan_level_i,
    output wire [TICK_BITS-1:0]   found_tick_o,    // three cycles after the words
    output wire [1:0]             found_level_o,
    output wire                   found_done_o,
    // tops: of the step to be decided or answered, of the command to be issued, of the limit band
    input  wire [MARKET_BITS-1:0] far_market_i,    // of the step that is prepared in the next cycle
    output wire [TOP_BITS-1:0]    near_bid_o,
    output wire [TOP_BITS-1:0]    near_ask_o,
    input  wire                   near_step_i,     // a command's step is prepared,
    input  wire [MARKET_BITS-1:0] near_market_i,   // of this market, that of the step before or not
    input  wire                   same_market_i,
    output wire [TOP_BITS-1:0]    bid_o,
    output wire [TOP_BITS-1:0]    ask_o,
    input  wire [MARKET_BITS-1:0] issue_market_i,
    output wire [TOP_BITS-1:0]    issue_bid_o,
    output wire [TOP_BITS-1:0]    issue_ask_o,
    input  wire [31:0]            issue_limit_i,
    input  wire [31:0]            issue_price_i,
    output wire [2:0]             issue_below_o,   // best bid below limit, below price; limit below best ask
    input  wire [MARKET_BITS-1:0] band_market_i,
    output wire [TOP_BITS-1:0]    band_bid_o,
    output wire [TOP_BITS-1:0]    band_ask_o,
    // the step that is decided
    input  wire                   x_step_i,
    input  wire                   alive_i,         // it is not dropped
    input  wire                   applies_i,       // and puts an order into its level, or takes it out
    input  wire                   may_change_i,    // it changes an entry, if commit_i is up in the next cycle: else no
                                                   // step behind this one counts
    input  wire                   change_sell_i,
    input  wire [TOP_BITS-1:0]    change_top_i,
    input  wire [MARKET_BITS-1:0] command_market_i,
    input  wire                   commit_i,
    input  wire                   change_words_i,  // of the step before, committed: the occupancy changes
    input  wire [MARKET_BITS-1:0] late_market_i,
    output wire [32:0]            late_best_o,     // of the entry it changes, and is there one
    // a top that a sweep has found; no step of that market is being prepared or decided
    input  wire                   sweeping_i,      // one is under way: the seeker's answers wait
    input  wire                   swept_i,
    input  wire [MARKET_BITS+TOP_BITS:0] swept_top_i, // market, side, entry
    // which entry is looked at first
    input  wire                   unknown_i,       // the step that arrives needs change_sell_i's
    input  wire                   hold_i,          // the command to be issued needs hold_side_i's of hold_market_i
    input  wire [MARKET_BITS-1:0] hold_market_i,
    input  wire                   hold_side_i,
    output wire                   wait_o,          // somebody waits for an entry
    // the seeker's steps, to and from the pipeline
    output wire                   seek_o,
    output wire                   seek_first_o,
    output wire [MARKET_BITS-1:0] seek_market_o,
    output wire [TICK_BITS-1:0]   seek_tick_o,
    input  wire                   seek_taken_i,
    input  wire [31:0]            seek_base_i,     // of seek_market_o
    input  wire                   x_seek_i,        // its step arrives
    input  wire [SLOT_BITS-1:0]   x_head_i
);
  localparam TOP = (TICK_BITS + 5) / 6 - 1;  // level of the bitmap's top word
  reg  [TICK_BITS-1:0] late_tick_q;
  reg                  same_level_q;  // of the step that arrives and the one before it
  always @(posedge clk_i) begin
    late_tick_q <= scan_i ? scan_tick_i : x_tick_i;
    same_level_q <= same_market_i && near_tick_i == x_tick_i;
  end
  wire [23:0] at = {{(24 - TICK_BITS) {1'b0}}, late_tick_q};
  wire late_seek;
  wire look = scan_i || late_seek;
  wire valid2 = TOP == 2 || (TOP > 2 && raw3_i[at[23:18]]);
  wire valid1 = TOP == 1 || (TOP > 1 && valid2 && raw2_i[at[17:12]]);
  wire valid0 = TOP == 0 || (valid1 && raw1_i[at[11:6]]);
  reg  [3:0] valid;  // where somebody looks
  always @* begin
    valid = 4'bx;
    if (look || near_words_i) valid = {1'b1, valid2, valid1, valid0};
  end
  assign valid_o = valid;
  assign occupied_o = near_words_i && same_level_q ? appears_i : prepared_occupied_i;
  assign bad_words_o = (bad_word_i[3] && TOP == 3) || (bad_word_i[2] && valid2 && TOP >= 2) ||
                       (bad_word_i[1] && valid1 && TOP >= 1) || (bad_word_i[0] && valid0);

  // ---- the search: in the cycle after a step has arrived what counts, then the word that decides, then where in it
  wire       seek_first;
  wire [1:0] seek_level;
  reg        search_first_q, search_up_q;  // known before the words are
  reg  [1:0] search_level_q;
  always @(posedge clk_i) begin
    search_first_q <= scan_i ? scan_first_i : seek_first;
    search_up_q <= scan_i ? scan_up_i : seek_side;
    search_level_q <= scan_i ? scan_level_i : seek_level;
  end
  wire [3:0]  any;
  wire [63:0] masked0, masked1, masked2, masked3, masked_top;
  bitmap_mask #(.TICK_BITS(TICK_BITS)) u_mask (
      .look_i(look), .first_i(search_first_q), .up_i(search_up_q), .level_i(search_level_q),
      .tick_i(late_tick_q), .valid_i(valid_o), .word0_i(raw0_i), .word1_i(raw1_i), .word2_i(raw2_i), .word3_i(raw3_i),
      .any_o(any), .word0_o(masked0), .word1_o(masked1), .word2_o(masked2), .word3_o(masked3), .top_o(masked_top));

  reg                  masked_q, masked_up_q;
  reg  [3:0]           any_q;
  reg  [63:0]          masked0_q, masked1_q, masked2_q, masked3_q, masked_top_q;
  reg  [TICK_BITS-1:0] masked_tick_q;
  wire [1:0]           chosen_level, chosen_high;
  wire                 chosen_some;
  wire [15:0]          chosen_part;
  bitmap_seek #(.TICK_BITS(TICK_BITS)) u_search (
      .look_i(masked_q), .up_i(masked_up_q), .any_i(any_q), .word0_i(masked0_q), .word1_i(masked1_q),
      .word2_i(masked2_q), .word3_i(masked3_q), .top_i(masked_top_q), .level_o(chosen_level), .some_o(chosen_some),
      .high_o(chosen_high), .part_o(chosen_part));

  reg                  chosen_q, chosen_up_q, chosen_some_q;
  reg  [1:0]           chosen_level_q, chosen_high_q;
  reg  [15:0]          chosen_part_q;
  reg  [TICK_BITS-1:0] chosen_tick_q;
  wire [TICK_BITS-1:0] found_tick;
  wire                 found_done, none;
  bitmap_found #(.TICK_BITS(TICK_BITS)) u_found (
      .look_i(chosen_q), .up_i(chosen_up_q), .level_i(chosen_level_q), .tick_i(chosen_tick_q), .some_i(chosen_some_q),
      .high_i(chosen_high_q), .part_i(chosen_part_q), .found_tick_o(found_tick), .done_o(found_done), .none_o(none));
  reg  [TICK_BITS-1:0] found_tick_q;
  reg  [1:0] found_level_q;
  reg  found_done_q;
  assign found_tick_o = found_tick_q;
  assign found_level_o = found_level_q;
  assign found_done_o = found_done_q;
  always @(posedge clk_i) begin
    {masked_q, chosen_q} <= {look, masked_q};
    if (look) begin
      {any_q, masked_tick_q, masked_up_q} <= {any, late_tick_q, search_up_q};
      masked0_q <= masked0;
      masked1_q <= masked1;
      masked2_q <= masked2;
      masked3_q <= masked3;
      masked_top_q <= masked_top;
    end
    if (masked_q) begin
      {chosen_level_q, chosen_some_q, chosen_high_q} <= {chosen_level, chosen_some, chosen_high};
      {chosen_part_q, chosen_tick_q, chosen_up_q} <= {chosen_part, masked_tick_q, masked_up_q};
    end
    if (chosen_q) {found_tick_q, found_level_q, found_done_q} <= {found_tick, chosen_level_q, found_done};
  end

  // ---- the entry that is waited for
  reg                   want_q, want_side_q;
  reg [MARKET_BITS-1:0] want_market_q;
  wire                  want_open;
  assign wait_o = want_q || hold_i;
  always @(posedge clk_i) begin
    want_q <= rst_ni && run_i && (unknown_i || hold_i || (want_q && want_open));
    if (unknown_i) {want_market_q, want_side_q} <= {command_market_i, change_sell_i};
    else if (hold_i) {want_market_q, want_side_q} <= {hold_market_i, hold_side_i};
  end

  reg                    late_alive_q, late_change_q, late_sell_q;
  always @(posedge clk_i) {late_alive_q, late_change_q, late_sell_q} <= {alive_i, may_change_i, change_sell_i};

  wire [MARKET_BITS-1:0] pick_market, read_market, waits_market;
  wire [TOP_BITS-1:0]    seek_top, look_top, opened_top;
  reg                    write_side;
  reg  [MARKET_BITS-1:0] write_market;
  reg  [TOP_BITS-1:0]    write_top;
  always @* begin
    {write_market, write_side, write_top} = {(1 + MARKET_BITS + TOP_BITS) {1'bx}};
    if (seek_answers) {write_market, write_side, write_top} = {seek_market_o, seek_side, seek_top};
    if (sweeping_i) {write_market, write_side, write_top} = swept_top_i;
  end
  wire                   seek_busy, seek_answers, seek_side, seek_write, seek_pending, pick, pick_side, read_side;
  wire                   opened, waits_side;
  top_table #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS), .SLOT_BITS(SLOT_BITS)) u_tops (
      .clk_i(clk_i), .clear_i(clear_i), .clear_market_i(clear_market_i), .n_market_i(far_market_i),
      .n_bid_o(near_bid_o), .n_ask_o(near_ask_o), .a_market_i(near_market_i), .a_bid_o(bid_o), .a_ask_o(ask_o),
      .b_market_i(issue_market_i), .b_bid_o(issue_bid_o), .b_ask_o(issue_ask_o), .b_limit_i(issue_limit_i),
      .b_price_i(issue_price_i), .b_below_o(issue_below_o), .c_market_i(band_market_i), .c_bid_o(band_bid_o),
      .c_ask_o(band_ask_o), .d_market_i(read_market), .d_side_i(read_side), .d_top_o(look_top), .d_look_i(seek_busy),
      .load_i(x_step_i), .step_i(applies_i), .change_i(may_change_i), .change_market_i(command_market_i),
      .change_side_i(change_sell_i), .change_top_i(change_top_i), .commit_i(commit_i), .pending_o(seek_pending),
      .late_best_o(late_best_o), .may_write_i(seek_answers || sweeping_i), .write_i(seek_write || swept_i),
      .write_market_i(write_market), .write_side_i(write_side), .write_top_i(write_top), .want_i(want_q),
      .want_market_i(want_market_q), .want_side_i(want_side_q), .want_open_o(want_open), .busy_i(seek_busy),
      .pick_o(pick), .pick_market_o(pick_market), .pick_side_o(pick_side), .opened_o(opened), .opened_top_o(opened_top),
      .waits_market_o(waits_market), .waits_side_o(waits_side));

  seeker #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_seeker (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run_i), .open_i(pick), .open_market_i(pick_market),
      .open_side_i(pick_side), .opened_i(opened), .opened_top_i(opened_top), .waits_market_i(waits_market),
      .waits_side_i(waits_side), .busy_o(seek_busy), .seek_o(seek_o), .seek_tick_o(seek_tick_o), .taken_i(seek_taken_i),
      .market_o(seek_market_o), .side_o(seek_side), .read_market_o(read_market), .read_side_o(read_side),
      .top_i(look_top), .change_words_i(change_words_i), .change_top_i(late_change_q && commit_i),
      .change_market_i(late_market_i), .change_side_i(late_sell_q),
      .taken_market_i((near_step_i && near_market_i == seek_market_o) ||
                      (x_step_i && command_market_i == seek_market_o)),
      .pending_i(seek_pending || sweeping_i), .x_seek_i(run_i && x_seek_i), .x_head_i(x_head_i),
      .x_doubt_i(late_alive_q && !commit_i), .late_o(late_seek),
      .first_o(seek_first), .level_o(seek_level), .base_i(seek_base_i), .found_tick_i(found_tick_q),
      .found_level_i(found_level_q), .found_done_i(found_done_q), .answers_o(seek_answers), .write_o(seek_write),
      .top_o(seek_top));
  assign seek_first_o = seek_first;
`ifndef SYNTHESIS
  // behind a level that has gone no step is under way when a sweep writes
  always @(posedge clk_i) if (rst_ni && swept_i) assert (!(late_change_q && commit_i));
`endif
  wire unused = &{1'b0, none, at[5:0], 1'b0};
endmodule
