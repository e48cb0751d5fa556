// Runs ahead of a taker that has emptied its level and goes on: finds the levels that follow in the same 64 words of 64
// ticks and reads the ends of their queues, one a cycle, before the taker is there.
//
// While it goes on nobody else changes the book, so what is read here stays right. The word of the level that has gone,
// and which words there are besides, is known when it starts; those words are read one a cycle, from a copy of the
// lowest level of the bitmap. A level is ready to be stepped into when its ends are there and those of the level behind
// it are, too, or are just coming, or there is none behind it: the taker does not begin before from then on one level
// can follow the other in every cycle. The last level of the 64 words is left to the seeker, if others may follow.
module sweeper #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter LATENCY = 2
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   start_i,     // the level has gone, in the cycle before:
    input  wire                   sell_i,      // its side,
    input  wire [31:0]            last_i,      // its price,
    input  wire [31:0]            best_i,      // that of the next one,
    input  wire [31:0]            base_i,      // of its window,
    input  wire [255:0]           words_i,     // and the words of the bitmap on the way to it, before
    input  wire                   stop_i,
    output wire                   busy_o,
    output wire                   sweeping_o,  // the same, a copy
    output wire                   up_o,        // it takes asks

    output reg  [5:0]             word_o,      // a word that is read,
    output reg  [5:0]             near_word_o, // and the one that is here, LATENCY cycles later
    input  wire [63:0]            near_word_i,
    output wire                   word_came_o, // and a cycle after that

    output wire                   read_o,      // wants to read the ends of the level read_level_o (word, tick)
    output reg  [11:0]            read_level_o,
    input  wire                   read_i,      // they are read; LATENCY cycles later
    output reg  [11:0]            come_level_o,// they are here
    input  wire [2*SLOT_BITS-1:0] ends_i,
    output wire                   x_read_o,    // and a cycle after that where commands are decided

    output reg                    ready_o,     // the next level:
    output wire [2*SLOT_BITS-1:0] ends_o,      // head and tail of its queue,
    output reg  [11:0]            level_o,     // itself,
    output reg                    next_known_o,// and the level behind it, if there is one
    output reg  [11:0]            next_level_o,
    input  wire                   taken_i
);
  localparam [31:0] GROUP = TICK_BITS < 12 ? (32'd1 << TICK_BITS) - 32'd1 : 32'd4095;  // what tells its levels apart
  reg         same_word;
  reg  [11:0] first;
  always @* begin
    {same_word, first} = 13'bx;
    if (start_i) begin
      same_word = last_i[31:6] == best_i[31:6];
      first = (best_i[11:0] & GROUP[11:0]) ^ {12{!sell_i}};
    end
  end
  wire [63:0] ticks, words_behind;
  wire        none_beyond;
  mirror u_ticks (.run_i(start_i), .up_i(sell_i), .word_i(words_i[63:0]), .word_o(ticks));
  words_behind #(.TICK_BITS(TICK_BITS)) u_words_behind (
      .run_i(start_i), .up_i(sell_i), .price_i(last_i), .base_i(base_i), .word1_i(words_i[127:64]),
      .word2_i(words_i[191:128]), .word3_i(words_i[255:192]), .words_o(words_behind), .end_o(none_beyond));

  // Levels and words are counted from the side's best one.
  reg         idle_q;                        // not busy_q: inverted, or Yosys would merge them
  reg         busy_q, up_q, end_q;           // end: none follows the last level of all these words
  reg  [63:0] words_q;                       // to be read
  reg  [5:0]  word_at_q;                     // the word in which ticks are looked for,
  reg  [63:0] word_q;                        // and those still to be found
  reg         level_valid_q, spare_valid_q;  // a level is to be read next, and the one behind it is found
  reg  [11:0] level_q, spare_q;
  reg         begun_q, none_q;               // a level has been read; no further one will be
  reg  [LATENCY:0] lead_q;                   // a bit for each level that has been read, or might have been
  wire [11:0] mirrored = {12{!up_q}};
  assign {busy_o, sweeping_o, up_o} = {busy_q, !idle_q, up_q};

  // ---- the words that follow
  wire [5:0]  word_index, near_word, next_word_at, unused_word;
  wire [63:0] came_word, stored_word;
  wire        any_word, word_comes, words_room;
  reg         take_word;
  reg  [63:0] words, ticks_left;
  always @* begin
    {words, ticks_left} = 128'bx;
    if (busy_q) {words, ticks_left} = {words_q, word_q};
  end
  wire [7:0]  words_under_way, words_here;
  find_bit u_word (.up_i(1'b1), .word_i(words), .index_o(word_index), .any_o(any_word));
  wire read_word = any_word && words_room;
  mirror u_came (.run_i(word_comes), .up_i(up_q), .word_i(near_word_i), .word_o(came_word));
  read_ahead #(.KEY_BITS(6), .DATA_BITS(64), .LATENCY(LATENCY)) u_words (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(busy_q), .clear_i(clear), .room_o(words_room),
      .read_i(read_word), .key_i(word_index), .comes_o(word_comes), .come_key_o(near_word), .came_o(word_came_o),
      .data_i(came_word), .under_way_o(words_under_way), .here_o(words_here), .key_o(next_word_at),
      .data_o(stored_word), .behind_key_o(unused_word), .take_i(take_word));
  wire [63:0] next_word = words_here[0] ? stored_word : came_word;

  // ---- the levels in them
  wire [5:0]  index;
  wire        any, several, comes, room;
  wire [7:0]  under_way, here;
  wire [11:0] come_level, level, next_level;
  find_bit u_level (.up_i(1'b1), .word_i(ticks_left), .index_o(index), .any_o(any));
  several_bits u_several (.run_i(any), .word_i(ticks_left), .several_o(several));
  reg pending, more, last, enough, over, advance;
  always @* begin
    {pending, more, last, enough, over, next_known_o, ready_o} = 7'd0;
    {advance, take_word} = 2'bx;
    {word_o, near_word_o, read_level_o, come_level_o, level_o, next_level_o} = 60'bx;
    if (busy_q) begin
      {word_o, near_word_o} = {word_index ^ mirrored[5:0], near_word ^ mirrored[5:0]};
      {read_level_o, come_level_o} = {level_q ^ mirrored, come_level ^ mirrored};
      {level_o, next_level_o} = {level ^ mirrored, next_level ^ mirrored};
      next_known_o = under_way[1];
      pending = spare_valid_q || any || any_word || words_under_way[0];
      more = level_valid_q && (begun_q || pending || end_q);
      last = none_q && !under_way[1] && end_q;
      enough = here[1] || (here[0] && (comes || last));
      over = !(level_valid_q ? more : pending) && here == under_way &&
          (!under_way[0] || (!under_way[1] && !end_q));
      ready_o = enough && lead_q[LATENCY] && (level_valid_q || none_q);  // no gap is to come
      // Finding does not wait for reading: one goes on while there is room for what it finds. A level may be read
      // before it is known whether it is the last.
      advance = read_i || !level_valid_q;
      take_word = (!any || (!spare_valid_q && !several)) && (words_here[0] || word_comes);
    end
  end
  wire clear = start_i || (busy_q && stop_i);
  assign read_o = busy_q && level_valid_q && room;
  read_ahead #(.KEY_BITS(12), .DATA_BITS(2 * SLOT_BITS), .LATENCY(LATENCY)) u_levels (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(busy_q), .clear_i(clear), .room_o(room), .read_i(read_i),
      .key_i(level_q), .comes_o(comes), .come_key_o(come_level), .came_o(x_read_o), .data_i(ends_i),
      .under_way_o(under_way), .here_o(here), .key_o(level), .data_o(ends_o), .behind_key_o(next_level),
      .take_i(taken_i));

  always @(posedge clk_i) begin
    if (busy_q) begin
      if (advance) {level_q, level_valid_q} <= spare_valid_q ? {spare_q, 1'b1} : {word_at_q, index, any};
      if (!spare_valid_q) spare_q <= {word_at_q, index};
      spare_valid_q <= !advance && (spare_valid_q || any);
      if (take_word) {word_at_q, word_q} <= {next_word_at, next_word};
      else if (!spare_valid_q) word_q <= word_q & (word_q - 64'd1);
      if (words_room) words_q <= words_q & (words_q - 64'd1);
      if (read_i) begun_q <= 1'b1;
      none_q <= !pending && advance;
      if (read_i || none_q) lead_q <= {lead_q[LATENCY-1:0], 1'b1};
      if (over || stop_i) {busy_q, idle_q} <= 2'b01;
    end
    if (start_i) begin
      {busy_q, idle_q, up_q, end_q} <= {2'b10, sell_i, none_beyond};
      {level_valid_q, spare_valid_q, begun_q, none_q} <= {same_word, 3'b000};
      {level_q, word_at_q} <= {first, first[11:6]};
      words_q <= words_behind;
      word_q <= same_word ? ticks & (64'hFFFF_FFFF_FFFF_FFFE << first[5:0]) : 64'd0;
      lead_q <= 0;
    end
    if (!rst_ni) {busy_q, idle_q} <= 2'b01;
  end
  wire unused = &{1'b0, unused_word, words_under_way, words_here, 1'b0};
endmodule
