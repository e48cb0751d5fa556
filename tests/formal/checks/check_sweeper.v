// sweeper: the levels behind the one that has gone come in the order of prices, none lost or doubled, each with the
// ends that were read for it and with the level that comes next, or that none does; and once the first has been taken
// there is one for every cycle, up to the last that may be taken.
//
// One level, any one, is followed: whether it is occupied is known where a sweep starts or where its word is read, its
// ends where they are read. Levels are at SPOTS of their words only, words at WORDS. Which words follow is what
// words_behind says (check_words_behind); the base is 0, so all is of one turn. The sweep starts in the first cycle
// behind a reset: a start sets every register, and all but a few have any value before.
module check_sweeper #(
    parameter        LATENCY = 2,
    parameter        TICK_BITS = 13,
    parameter [63:0] SPOTS = 64'h8000_0000_0000_0003,
    parameter [63:0] WORDS = 64'h8000_0000_0000_0007
) (
    input        clk_i,
    input        rst_ni,
    input        start_i,
    input        sell_i,
    input [12:0] last_i,
    input [12:0] best_i,
    input [63:0] ticks_i,         // as far as they are SPOTS and WORDS
    input [63:0] words_i,
    input [1:0]  groups_i,
    input        stop_i,
    input [63:0] near_word_i,
    input        granted_i,       // the ends' memory is free
    input [1:0]  ends_i,
    input        take_i,
    input        smooth_i,        // nothing holds this sweep up
    // the level that is followed, and what of it the memories say
    input [11:0] level_i,
    input        occupied_i,
    input [1:0]  level_ends_i
);
  wire        run, busy, sweeping, up, word_came, wants, x_read, ready, next_known;
  wire [5:0]  word, near_word;
  wire [11:0] read_level, come_level, level, next_level;
  wire [1:0]  ends;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  wire reads = wants && granted_i;
  wire [63:0] ticks = ticks_i & SPOTS, words = words_i & WORDS, read_word = near_word_i & SPOTS;
  wire takes = ready && take_i;
  sweeper #(.TICK_BITS(TICK_BITS), .SLOT_BITS(1), .LATENCY(LATENCY)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .sell_i(sell_i), .last_i({19'd0, last_i}),
      .best_i({19'd0, best_i}), .base_i(32'd0), .words_i({64'd0, 62'd0, groups_i, words, ticks}), .stop_i(stop_i),
      .busy_o(busy), .sweeping_o(sweeping), .up_o(up), .word_o(word), .near_word_o(near_word), .near_word_i(read_word),
      .word_came_o(word_came), .read_o(wants), .read_level_o(read_level), .read_i(reads), .come_level_o(come_level),
      .ends_i(ends_i), .x_read_o(x_read), .ready_o(ready), .ends_o(ends), .level_o(level), .next_known_o(next_known),
      .next_level_o(next_level), .taken_i(takes));

  // a is before b for a taker of that side
  function before(input of_asks, input [12:0] a, input [12:0] b);
    before = of_asks ? a < b : b < a;
  endfunction
  reg         started_q;
  always @(posedge clk_i) started_q <= rst_ni && (start_i || started_q);
  // ---- what is promised: the bitmap is that of a book; the next level is the first one behind the last
  wire        same_group = last_i[12] == best_i[12];
  wire        same_word = same_group && last_i[11:6] == best_i[11:6];
  wire [12:0] followed = {last_i[12], level_i};
  wire        in_word = level_i[11:6] == last_i[11:6];
  wire        listed = words[level_i[11:6]];
  wire        follows = (in_word ? ticks[level_i[5:0]] : listed && occupied_i) && before(sell_i, last_i, followed);
  wire        best_follows = same_word ? ticks[best_i[5:0]] : same_group ? words[best_i[11:6]] : groups_i[best_i[12]];
  always @* begin
    assume (!(start_i && !before(sell_i, last_i, best_i)) && !(start_i && !best_follows));
    assume (!(start_i && follows && before(sell_i, followed, best_i)));
    assume (!(start_i && !same_group && |(words & (sell_i ? 64'hFFFF_FFFF_FFFF_FFFE << last_i[11:6]
                                                          : ~(64'hFFFF_FFFF_FFFF_FFFF << last_i[11:6])))));
    assume (read_word != 64'd0 && start_i == (run && !started_q));
  end
  // what is followed stays the same while a sweep goes on
  reg         follows_q, in_list_q, taken_q, any_q, known_q, more_q, smooth_q, up_q;
  reg  [11:0] level_q, last_q, next_q;
  reg  [1:0]  ends_q;
  wire [11:0] at = level_q;
  always @* begin
    assume (!smooth_q || (granted_i && take_i));
    if (busy) assume (near_word != at[11:6] || !in_list_q || read_word[at[5:0]] == follows_q);
    if (busy) assume (come_level != at || ends_i == ends_q);
  end
  always @(posedge clk_i) begin
    if (start_i) begin
      {follows_q, in_list_q, level_q, ends_q, up_q} <= {follows, !in_word, level_i, level_ends_i, sell_i};
      {taken_q, any_q, smooth_q} <= {2'b00, smooth_i};
      more_q <= groups_i[!last_i[12]] && last_i[12] != sell_i;
    end else if (takes) begin
      {any_q, known_q, last_q, next_q} <= {1'b1, next_known, level, next_level};
      if (level == at) taken_q <= 1'b1;
    end
  end
  wire going = run && busy;
  wire ahead = follows_q && !taken_q;  // it is still to come
  always @*
    if (going) begin
      assert (up == up_q && sweeping == busy);
      if (smooth_q && any_q && known_q && !ready) assert (!(follows_q && before(up, {1'b0, next_q}, {1'b0, at})));
      if (ready) begin
        if (any_q) assert (known_q && level == next_q && before(up, {1'b0, last_q}, {1'b0, level}));
        if (ahead) assert (!before(up, {1'b0, at}, {1'b0, level}));
        if (level == at) assert (ahead && ends == ends_q);
        if (next_known) assert (before(up, {1'b0, level}, {1'b0, next_level}));
        if (next_known && before(up, {1'b0, level}, {1'b0, at}) && before(up, {1'b0, at}, {1'b0, next_level}))
          assert (!follows_q);
        if (next_known && next_level == at) assert (follows_q);
        if (!next_known) assert (!more_q && !(follows_q && before(up, {1'b0, level}, {1'b0, at})));
      end
    end
  // all in one sweep
  reg next_seen_q, taken_seen_q, other_word_q;
  always @(posedge clk_i) begin
    if (takes && next_known && next_level == at) next_seen_q <= 1'b1;
    if (takes && level == at && in_list_q) taken_seen_q <= 1'b1;
    if (takes && any_q && level[11:6] != last_q[11:6]) other_word_q <= 1'b1;
    if (start_i || !rst_ni) {next_seen_q, taken_seen_q, other_word_q} <= 3'b000;
  end
  reach #(.COUNT(1)) u_reach (.reached_i(
      going && takes && !next_known && !up && next_seen_q && taken_seen_q && other_word_q && smooth_q));
endmodule
