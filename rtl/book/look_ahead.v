// The sides' tops, and the search in the occupancy bitmap that keeps them: for the level behind a best (seeker) and,
// while it works, for the scanner.
//
// Masks the bitmap words that were read (a word counts only where its parent's bit is set). Combinational but for the
// table, the seeker and the wish of a step that found its top unknown.
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
    input  wire                   flush_i,
    input  wire                   clearing_i,
    input  wire                   clear_i,         // clears the tops of clear_market_i
    input  wire [MARKET_BITS-1:0] clear_market_i,
    // is the tick that a step of a command has read occupied: as it was prepared, and the write of this cycle
    input  wire                   prepared_occupied_i,
    input  wire                   same_tick_i,     // which is to the same tick
    input  wire                   appears_i,       // and sets it, else clears it
    output wire                   occupied_o,
    // the words that were read, and at which tick, a cycle later
    input  wire [TICK_BITS-1:0]   x_tick_i,
    input  wire [63:0]            raw0_i,
    input  wire [63:0]            raw1_i,
    input  wire [63:0]            raw2_i,
    input  wire [63:0]            raw3_i,
    input  wire [3:0]             bad_word_i,
    output wire [63:0]            word0_o,
    output wire [63:0]            word1_o,
    output wire [63:0]            word2_o,
    output wire [63:0]            word3_o,
    output wire                   bad_words_o,
    // the scanner's search
    input  wire                   scan_i,
    input  wire                   scan_first_i,
    input  wire                   scan_up_i,
    input  wire [1:0]             scan_level_i,
    output wire [TICK_BITS-1:0]   found_tick_o,    // a cycle after the words
    output wire [1:0]             found_level_o,
    output wire                   found_done_o,
    // tops: of the step to be decided or answered, of the command to be issued, of the limit band
    input  wire [MARKET_BITS-1:0] near_market_i,   // of the next cycle
    input  wire [MARKET_BITS-1:0] market_i,
    output wire [TOP_BITS-1:0]    bid_o,
    output wire [TOP_BITS-1:0]    ask_o,
    input  wire [MARKET_BITS-1:0] issue_market_i,
    output wire [TOP_BITS-1:0]    issue_bid_o,
    output wire [TOP_BITS-1:0]    issue_ask_o,
    input  wire [MARKET_BITS-1:0] band_market_i,
    output wire [TOP_BITS-1:0]    band_bid_o,
    output wire [TOP_BITS-1:0]    band_ask_o,
    // a committed change
    input  wire                   change_i,
    input  wire                   change_sell_i,
    input  wire [TOP_BITS-1:0]    change_top_i,
    input  wire                   change_words_i,
    input  wire [MARKET_BITS-1:0] command_market_i,
    // which entry is looked for first
    input  wire                   unknown_i,       // the step that arrives needs change_sell_i's, until commit_i
    input  wire                   commit_i,
    input  wire                   hold_i,          // the command to be issued needs hold_side_i's
    input  wire                   hold_side_i,
    // the seeker's steps, to and from the pipeline
    output wire                   seek_o,
    output wire                   seek_first_o,
    output wire [MARKET_BITS-1:0] seek_market_o,
    output wire                   seek_side_o,
    output wire [31:0]            seek_best_o,
    output wire [TICK_BITS-1:0]   seek_tick_o,
    input  wire                   seek_taken_i,
    input  wire                   late_seek_i,     // the words are searched for the seeker
    input  wire                   late_first_i,
    input  wire                   late_side_i,
    input  wire                   x_seek_i,        // of what was found
    input  wire                   x_first_i,
    input  wire                   x_side_i,
    input  wire [31:0]            x_best_i,
    input  wire [31:0]            x_base_i,
    input  wire [SLOT_BITS-1:0]   x_head_i
);
  reg  [TICK_BITS-1:0] found_tick_q;
  reg  [1:0] found_level_q;
  reg  found_done_q;
  assign found_tick_o = found_tick_q;
  assign found_level_o = found_level_q;
  assign found_done_o = found_done_q;
  localparam TOP = (TICK_BITS + 5) / 6 - 1;  // level of the bitmap's top word
  wire [23:0] at = {{(24 - TICK_BITS) {1'b0}}, x_tick_i};
  wire valid2 = TOP == 2 || (TOP > 2 && raw3_i[at[23:18]]);
  wire valid1 = TOP == 1 || (TOP > 1 && word2_o[at[17:12]]);
  wire valid0 = TOP == 0 || word1_o[at[11:6]];
  assign word3_o = raw3_i;
  assign word2_o = valid2 ? raw2_i : 64'd0;
  assign word1_o = valid1 ? raw1_i : 64'd0;
  assign word0_o = valid0 ? raw0_i : 64'd0;
  assign occupied_o = same_tick_i ? appears_i : prepared_occupied_i;
  assign bad_words_o = (bad_word_i[3] && TOP == 3) || (bad_word_i[2] && valid2 && TOP >= 2) ||
                       (bad_word_i[1] && valid1 && TOP >= 1) || (bad_word_i[0] && valid0);

  wire       seek_write, open_any, open_side, none;
  wire [1:0] seek_level;
  wire       search_first = scan_i ? scan_first_i : late_first_i;
  wire [TICK_BITS-1:0] found_tick;
  wire [1:0] found_level;
  wire       found_done;
  bitmap_seek #(.TICK_BITS(TICK_BITS)) u_search (
      .look_i(scan_i || late_seek_i), .first_i(search_first), .up_i(scan_i ? scan_up_i : late_side_i),
      .level_i(scan_i ? scan_level_i : seek_level),
      .tick_i(x_tick_i), .word0_i(search_first ? word0_o : raw0_i), .word1_i(search_first ? word1_o : raw1_i),
      .word2_i(search_first ? word2_o : raw2_i), .word3_i(raw3_i),
      .found_tick_o(found_tick), .level_o(found_level), .done_o(found_done), .none_o(none));
  always @(posedge clk_i) {found_tick_q, found_level_q, found_done_q} <= {found_tick, found_level, found_done};

  reg want_q, want_side_q;
  always @(posedge clk_i) begin
    want_q <= rst_ni && (want_q || unknown_i) && !commit_i;
    if (unknown_i) want_side_q <= change_sell_i;
  end

  wire [MARKET_BITS-1:0] open_market;
  wire [TOP_BITS-1:0]    seek_top, open_top;
  top_table #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS), .SLOT_BITS(SLOT_BITS)) u_tops (
      .clk_i(clk_i), .clear_i(clear_i), .clear_market_i(clear_market_i),
      .a_market_i(near_market_i), .a_bid_o(bid_o), .a_ask_o(ask_o),
      .b_market_i(issue_market_i), .b_bid_o(issue_bid_o), .b_ask_o(issue_ask_o),
      .c_market_i(band_market_i), .c_bid_o(band_bid_o), .c_ask_o(band_ask_o),
      .write_i(seek_write || change_i), .write_market_i(market_i),
      .write_side_i(seek_write ? x_side_i : change_sell_i), .write_top_i(seek_write ? seek_top : change_top_i),
      .want_i(want_q || hold_i), .want_market_i(want_q ? command_market_i : issue_market_i),
      .want_side_i(want_q ? want_side_q : hold_side_i),
      .open_o(open_any), .open_market_o(open_market), .open_side_o(open_side), .open_top_o(open_top));

  seeker #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_seeker (
      .clk_i(clk_i), .rst_ni(rst_ni), .flush_i(flush_i || !run_i),
      .open_i(open_any), .open_market_i(open_market), .open_side_i(open_side),
      .open_best_i(open_top[TOP_BITS-2-:32]),
      .seek_o(seek_o), .seek_first_o(seek_first_o), .seek_market_o(seek_market_o), .seek_side_o(seek_side_o),
      .seek_best_o(seek_best_o), .seek_tick_o(seek_tick_o), .level_o(seek_level), .taken_i(seek_taken_i),
      .dirty_i(change_words_i || clearing_i), .dirty_market_i(clearing_i ? seek_market_o : command_market_i),
      .x_seek_i(run_i && x_seek_i), .x_first_i(x_first_i), .x_side_i(x_side_i), .x_best_i(x_best_i),
      .x_base_i(x_base_i), .x_top_i(x_side_i ? ask_o : bid_o), .x_head_i(x_head_i), .found_tick_i(found_tick_q),
      .found_level_i(found_level_q), .found_done_i(found_done_q), .write_o(seek_write), .top_o(seek_top));
  wire unused = &{1'b0, none, open_top, at[5:0], 1'b0};
endmodule
