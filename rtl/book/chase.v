// The makers that follow a taker's first one, a step a cycle: the next order of the queue, which a memory of latency 1
// delivers, and behind the tail of a queue the head of the next level, as far as the sweeper has found it.
//
// In a level that was met by an ordinary step the chase begins where the step that is decided asks for it (chase_i with
// flush_i), or unasked behind a step that takes (chased_i), where nothing else is to be issued; it does not know the
// tail and ends with flush_i or with its command. When the taker has emptied the level (sweep_i with flush_i), the
// first of the sweeper's levels is stepped into as soon as the command's look says that its limit is reached, and the
// top is written then; those behind it follow directly behind the last step before, which takes over the top
// (level_update). Where that can't be, the chase ends.
module chase #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter LATENCY = 2,
    parameter INDEX_BITS = 4,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   run_i,
    // the step decided in the cycle before
    input  wire                   flush_i,
    input  wire [MARKET_BITS-1:0] flush_market_i,
    input  wire [31:0]            flush_best_i,
    input  wire [INDEX_BITS-1:0]  flush_index_i,
    input  wire                   chase_i,
    input  wire [SLOT_BITS-1:0]   chase_slot_i,
    input  wire                   sweep_i,
    input  wire [31:0]            sweep_best_i,   // of the side now
    input  wire                   sweep_sell_i,   // that side,
    input  wire [31:0]            sweep_base_i,   // base of its window,
    input  wire [255:0]           sweep_words_i,  // words of the bitmap around the level that has gone
    input  wire                   retire_i,       // a command has ended
    // what else is there to be issued
    input  wire                   other_i,        // anything
    input  wire                   look_i,         // a command
    input  wire                   reached_i,      // a command that takes the opposite best
    input  wire                   rests_i,        // a command that doesn't
    input  wire                   chased_i,       // the command that is issued takes; its step:
    input  wire [MARKET_BITS-1:0] chased_market_i,
    input  wire [INDEX_BITS-1:0]  chased_index_i,
    input  wire [31:0]            chased_best_i,
    input  wire [SLOT_BITS-1:0]   chased_slot_i,
    // memories
    output wire [SLOT_BITS-1:0]   read_slot_o,    // whose next is read; of an order that is met, the one issued
    input  wire [SLOT_BITS-1:0]   next_i,         // ... in the cycle before
    input  wire [2*SLOT_BITS-1:0] near_ends_i,
    output reg                    read_o,         // the ends of the level at read_tick_o are read
    output reg  [31:0]            read_price_o,
    output reg  [31:0]            near_price_o,   // LATENCY cycles later
    output wire                   x_read_o,
    output reg  [31:0]            word_price_o,   // a word of the bitmap is read,
    output reg  [31:0]            near_word_price_o,  // LATENCY cycles later:
    input  wire [63:0]            near_word_i,
    output wire                   word_came_o,    // a cycle after that
    // the step
    output wire                   busy_o,         // there is one, or might be: nothing else is issued;
    output wire                   asked_o,        // nor would a command be that waits
    output wire                   may_read_o,     // ends are read, or might be
    output wire                   step_o,         // there is one,
    output reg                    same_o,         // in the same level,
    output wire                   swept_o,        // or in the next one
    output reg                    onward_o,       // its order is next_i, if there is one; else
    output reg  [SLOT_BITS-1:0]   slot_o,
    output reg  [31:0]            best_o,
    output wire [MARKET_BITS-1:0] market_o,
    output wire [INDEX_BITS-1:0]  index_o,
    output wire [SLOT_BITS-1:0]   tail_o,         // of swept_o: of its level,
    output reg  [12:0]            next_o,         // is there one behind that, and which
    output wire                   sweeping_o,     // commands wait that take
    output wire                   top_write_o,    // a top is known: market, side, entry
    output reg  [MARKET_BITS+TOP_BITS:0] top_o
);
  localparam NEXT_NONE = 2'd1, NEXT_KNOWN = 2'd2;
  localparam [31:0] GROUP = TICK_BITS < 12 ? (32'd1 << TICK_BITS) - 32'd1 : 32'd4095;
  reg                   chase_q, fresh_q, unasked_q, swept_q, reached_q;
  reg [SLOT_BITS-1:0]   slot_q, tail_q;
  reg [MARKET_BITS-1:0] market_q;
  reg [INDEX_BITS-1:0]  index_q;
  reg [31:0]            best_q;
  wire                   ready, up, busy;
  wire [5:0]             word, near_word;
  wire [11:0]            read_level, level, come_level, next_level;
  wire                   next_known;
  wire [SLOT_BITS-1:0]   head;
  wire rests = sweeping_o && rests_i;
  reg  level_over, goes_on, stop;
  assign swept_o = run_i && ready && (chase_q ? level_over : reached_q);
  assign step_o = same_o || swept_o;
  // (not what hangs on the tail or on what has come: a cycle where a chase ends is less than the wait for that in every
  // one)
  assign asked_o = run_i && ((chase_q && !unasked_q) || (sweeping_o && reached_q));
  assign busy_o = asked_o || (run_i && chase_q && !other_i);
  // levels and words of the sweep lie in the same group of ticks as the level before
  function [31:0] price(input [31:0] best, input [11:0] at);
    price = (best & ~GROUP) | ({20'd0, at} & GROUP);
  endfunction
  always @* begin
    {read_price_o, near_price_o, word_price_o, near_word_price_o, next_o} = 141'bx;
    if (busy) begin
      {read_price_o, near_price_o} = {price(best_q, read_level), price(best_q, come_level)};
      {word_price_o, near_word_price_o} = {price(best_q, {word, 6'd0}), price(best_q, {near_word, 6'd0})};
      next_o = {next_known, next_level};
    end
  end

  // The memory is read where it has just led to, so nothing but one choice may be in between; all else is chosen
  // beside it. Where there is no step it does not matter.
  always @* begin
    level_over = 1'bx;
    {same_o, goes_on, onward_o} = 3'd0;
    if (chase_q) begin
      level_over = swept_q && slot_q == tail_q;
      same_o = run_i && !level_over && !(unasked_q && other_i);
      goes_on = !(unasked_q && look_i);
      onward_o = fresh_q && goes_on && !level_over;
    end
  end
  always @* begin
    read_o = 1'b0;
    stop = 1'bx;
    if (sweeping_o) begin
      read_o = run_i && may_read_o && !same_o && !rests;
      stop = flush_i || retire_i || rests || (chase_q && level_over && !swept_o);
    end
  end
  wire [SLOT_BITS-1:0] begins_at = goes_on ? (level_over ? head : slot_q) : sweeping_o ? head : chased_slot_i;
  assign read_slot_o = onward_o ? next_i : begins_at;
  assign {market_o, index_o} = {market_q, index_q};
  assign top_write_o = swept_o && !chase_q;
  always @* begin
    {slot_o, best_o} = {slot_q, best_q};
    top_o = {(1 + MARKET_BITS + TOP_BITS) {1'bx}};
    if (swept_o) begin
      {slot_o, best_o} = {head, price(best_q, level)};
      top_o = {market_q, up, 1'b1, 1'b1, head, next_known ? NEXT_KNOWN : NEXT_NONE, best_o, price(best_q, next_level)};
    end
  end

  sweeper #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .LATENCY(LATENCY)) u_sweeper (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(sweep_i), .sell_i(sweep_sell_i), .last_i(flush_best_i),
      .best_i(sweep_best_i), .base_i(sweep_base_i), .words_i(sweep_words_i), .stop_i(stop), .busy_o(busy),
      .sweeping_o(sweeping_o), .up_o(up), .word_o(word), .near_word_o(near_word), .near_word_i(near_word_i),
      .word_came_o(word_came_o), .read_o(may_read_o), .read_level_o(read_level), .read_i(read_o),
      .come_level_o(come_level), .ends_i(near_ends_i), .x_read_o(x_read_o), .ready_o(ready), .ends_o({head, tail_o}),
      .level_o(level), .next_known_o(next_known), .next_level_o(next_level), .taken_i(swept_o));

  always @(posedge clk_i) begin
    fresh_q <= !flush_i && (step_o || chased_i);
    reached_q <= !flush_i && (reached_q || reached_i);
    if (same_o && fresh_q) slot_q <= next_i;
    // (whether that is issued is known late)
    if (!goes_on && !sweeping_o) {market_q, index_q, best_q} <= {chased_market_i, chased_index_i, chased_best_i};
    if (chased_i) {chase_q, unasked_q, swept_q} <= 3'b110;
    else if (!step_o || retire_i) chase_q <= 1'b0;
    else if (swept_o) {chase_q, swept_q} <= 2'b11;
    if (swept_o) {slot_q, tail_q, best_q} <= {slot_o, tail_o, best_o};  // (nothing else is issued then)
    if (flush_i) begin
      {chase_q, unasked_q, swept_q} <= {chase_i, 2'b00};
      slot_q <= chase_slot_i;
      {market_q, index_q, best_q} <= {flush_market_i, flush_index_i, flush_best_i};
    end
    if (!rst_ni) chase_q <= 1'b0;
  end
endmodule
