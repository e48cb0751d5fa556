// Runs ahead of a taker that has emptied its level and goes on: finds the levels that follow in the same word of 64
// ticks and reads the ends of their queues, one a cycle, before the taker is there.
//
// While it goes on nobody else changes the book, so what is read here stays right. A level is ready to be stepped into
// when its ends are there and those of the level behind it are, too, or are just coming: from then on one level can
// follow the other in every cycle. The last level of the word is left to the seeker, who finds what lies behind it.
module sweeper #(
    parameter SLOT_BITS = 16,
    parameter LATENCY = 2
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   start_i,     // the level has gone, in the cycle before:
    input  wire [31:0]            last_i,      // its price,
    input  wire [31:0]            best_i,      // that of the next one,
    input  wire [63:0]            word_i,      // and the ticks around it that were occupied
    input  wire                   stop_i,
    output wire                   busy_o,
    output wire                   up_o,        // it takes asks

    output wire                   read_o,      // wants to read the ends of the level at read_tick_o
    output wire [5:0]             read_tick_o,
    input  wire                   read_i,      // they are read; LATENCY cycles later
    output reg  [5:0]             come_tick_o, // they are here
    input  wire [2*SLOT_BITS-1:0] ends_i,
    output wire                   x_read_o,    // and a cycle after that where commands are decided

    output reg                    ready_o,     // the next level:
    output reg  [2*SLOT_BITS-1:0] ends_o,      // head and tail of its queue,
    output reg  [5:0]             tick_o,      // its tick and that of the level behind it
    output reg  [5:0]             next_tick_o,
    input  wire                   taken_i
);
  reg                busy_q, up_q, tick_valid_q, begun_q;  // begun: a level has been read
  reg  [5:0]         tick_q;               // to be read next, counted from the side's best
  reg  [63:0]        word_q;               // those behind it, in that order
  reg  [3:0]         read_q, here_q, taken_q;  // how many levels have been read, have come, have been stepped into
  reg  [LATENCY:0]   coming_q;
  reg  [5:0]         ticks_q [0:7];
  reg  [2*SLOT_BITS-1:0] ends_q [0:7];

  function [63:0] mirrored(input [63:0] word);
    begin
      mirrored = {word[31:0], word[63:32]};
      mirrored = (mirrored & 64'h0000_FFFF_0000_FFFF) << 16 | (mirrored >> 16 & 64'h0000_FFFF_0000_FFFF);
      mirrored = (mirrored & 64'h00FF_00FF_00FF_00FF) << 8 | (mirrored >> 8 & 64'h00FF_00FF_00FF_00FF);
      mirrored = (mirrored & 64'h0F0F_0F0F_0F0F_0F0F) << 4 | (mirrored >> 4 & 64'h0F0F_0F0F_0F0F_0F0F);
      mirrored = (mirrored & 64'h3333_3333_3333_3333) << 2 | (mirrored >> 2 & 64'h3333_3333_3333_3333);
      mirrored = (mirrored & 64'h5555_5555_5555_5555) << 1 | (mirrored >> 1 & 64'h5555_5555_5555_5555);
    end
  endfunction

  wire up = last_i[5:0] < best_i[5:0];
  wire same_word = last_i[31:6] == best_i[31:6];
  wire [5:0] first = best_i[5:0] ^ {6{!up}};
  assign {busy_o, up_o, x_read_o} = {busy_q, up_q, coming_q[LATENCY]};
  wire comes = coming_q[LATENCY-1];

  wire [5:0] index;
  wire       any;
  find_bit u_find (.up_i(1'b1), .word_i(word), .index_o(index), .any_o(any));
  reg  [63:0] word;
  reg  [3:0]  stored, under_way;
  reg  [2:0]  behind;
  reg         more, over;
  always @* begin
    {ends_o, tick_o, next_tick_o, come_tick_o, behind} = {(2 * SLOT_BITS + 21) {1'bx}};
    {word, stored, under_way, more, over, ready_o} = 75'd0;
    if (busy_q) begin
      word = word_q;
      stored = here_q - taken_q;
      under_way = read_q - taken_q;
      behind = taken_q[2:0] + 3'd1;
      more = tick_valid_q && (any || begun_q);
      ready_o = stored > 4'd1 || (stored == 4'd1 && comes);
      over = !more && here_q == read_q && !(stored > 4'd1);
      ends_o = ends_q[taken_q[2:0]];
      tick_o = ticks_q[taken_q[2:0]] ^ {6{!up_q}};
      next_tick_o = ticks_q[behind] ^ {6{!up_q}};
      come_tick_o = ticks_q[here_q[2:0]] ^ {6{!up_q}};
    end
  end
  assign read_o = more && !under_way[3];
  assign read_tick_o = tick_q ^ {6{!up_q}};
  wire unused = &{1'b0, under_way[2:0], 1'b0};

  always @(posedge clk_i) begin
    if (busy_q) begin
      if (read_i) begin
        ticks_q[read_q[2:0]] <= tick_q;
        read_q <= read_q + 4'd1;
        begun_q <= 1'b1;
        {tick_q, tick_valid_q} <= {index, any};
        word_q <= word_q & (word_q - 64'd1);
      end
      if (comes) begin
        ends_q[here_q[2:0]] <= ends_i;
        here_q <= here_q + 4'd1;
      end
      if (taken_i) taken_q <= taken_q + 4'd1;
      if (over || stop_i) busy_q <= 1'b0;
      coming_q <= stop_i ? 0 : {coming_q[LATENCY-1:0], read_i};
    end
    if (start_i) begin
      {busy_q, up_q, tick_valid_q, begun_q} <= {same_word, up, 2'b10};
      tick_q <= first;
      word_q <= (up ? word_i : mirrored(word_i)) & (64'hFFFF_FFFF_FFFF_FFFE << first);
      {read_q, here_q, taken_q} <= 12'd0;
      coming_q <= 0;
    end
    if (!rst_ni) {busy_q, coming_q} <= 0;
  end
endmodule
