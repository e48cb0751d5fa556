// Looks ahead: finds the level behind a side's best and the order at the best level's head, before somebody needs them.
//
// Works one open entry of the top table at a time: picks it, reads it, looks. Its steps go through the pipeline like
// any other and are answered four cycles behind the one in which a command is decided: the first reads the best level
// and the bitmap words on the way to it, further ones go down the bitmap where the next level is not in the same word
// of 64 ticks. What is read is as it was when the step arrived; if the entry or the market's occupancy has changed
// since, the look is void and the entry, which is still open, is looked at again. A change of another entry goes first,
// the answer waits; it also waits for a step that is being prepared or decided with what the entry was.
module seeker #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   run_i,

    input  wire                   open_i,
    input  wire [MARKET_BITS-1:0] open_market_i,
    input  wire                   open_side_i,
    input  wire                   opened_i,       // it has just been written, to this:
    input  wire [TOP_BITS-1:0]    opened_top_i,
    input  wire [MARKET_BITS-1:0] waits_market_i, // the one that is picked else
    input  wire                   waits_side_i,

    output wire                   busy_o,         // and picks none
    output wire                   seek_o,
    output wire [TICK_BITS-1:0]   seek_tick_o,
    input  wire                   taken_i,
    // the entry that is looked at, and what it is now
    output wire [MARKET_BITS-1:0] market_o,
    output wire                   side_o,
    output wire [MARKET_BITS-1:0] read_market_o,  // the one that is read: in the next cycle it is looked at
    output wire                   read_side_o,
    input  wire [TOP_BITS-1:0]    top_i,

    // the occupancy of a market, and an entry, have changed in the cycle before
    input  wire                   change_words_i,
    input  wire                   change_top_i,
    input  wire [MARKET_BITS-1:0] change_market_i,
    input  wire                   change_side_i,
    // not now: a step that is being prepared or decided was compared with the entry; the answer before waits, or a
    // sweep writes
    input  wire                   taken_market_i,
    input  wire                   pending_i,

    // its step arrives
    input  wire                   x_seek_i,
    input  wire [SLOT_BITS-1:0]   x_head_i,       // of the level read,
    input  wire                   x_doubt_i,      // or what the step before would have made of it, was it committed
    // ... and in the next cycle the words are searched
    output wire                   late_o,
    output wire                   first_o,
    output wire [1:0]             level_o,        // further steps: of the word that is searched
    input  wire [31:0]            base_i,         // of market_o
    // four cycles after its arrival, and then until there is a new one
    input  wire [TICK_BITS-1:0]   found_tick_i,   // bitmap_found
    input  wire [1:0]             found_level_i,
    input  wire                   found_done_i,
    output wire                   answers_o,      // there is an answer, and in this cycle
    output reg                    write_o,        // the entry becomes top_o
    output reg  [TOP_BITS-1:0]    top_o
);
  localparam NEXT_UNKNOWN = 2'd0, NEXT_NONE = 2'd1, NEXT_KNOWN = 2'd2;
  reg                   picked_q, busy_q, pending_q, doubt_q, void_q, late_q, masked_q, chosen_q, answer_q;
  reg [TOP_BITS-1:0]    top_q;  // the entry as it was read, with all changes before the cycle before
  reg [MARKET_BITS-1:0] market_q;
  reg                   side_q;
  reg [31:0]            best_q;
  reg [1:0]             level_q;
  reg [TICK_BITS-1:0]   tick_q;
  reg [SLOT_BITS-1:0]   head_q;

  wire                 has, known;
  wire [31:0]          best, next;
  wire [SLOT_BITS-1:0] head;
  wire [1:0]           state;
  assign {has, known, head, state, best, next} = top_q;

  wire unused_known = known;  // the head is read anew

  wire begun = picked_q || busy_q || pending_q;
  assign busy_o = begun || open_i;
  reg [TOP_BITS-1:0] top;
  always @* begin
    top = {TOP_BITS{1'bx}};
    if (busy_o) top = opened_i && !begun ? opened_top_i : top_i;
  end
  assign seek_o = !busy_q && (pending_q || (picked_q && has));
  assign {market_o, side_o} = {market_q, side_q};
  assign read_market_o = begun ? market_q : waits_market_i;
  assign read_side_o = begun ? side_q : waits_side_i;
  assign seek_tick_o = pending_q ? tick_q : best[TICK_BITS-1:0];
  assign late_o = late_q;
  assign first_o = !pending_q;
  assign level_o = level_q;

  // The window is a ring, whose ticks below the base's lie in the next turn: {turn, tick} is in the order of prices.
  reg  [31:0]           base_q;
  reg  [31-TICK_BITS:0] next_turn_q;
  reg                   best_turn_q;
  wire [TICK_BITS-1:0]  best_tick = best_q[TICK_BITS-1:0];
  reg         found_turn, beyond;
  reg  [31:0] found_price;
  reg  dirty, good;
  always @* begin
    dirty = 1'b0;
    if (change_words_i || change_top_i)
      dirty = change_market_i == market_q && (change_words_i || change_side_i == side_q);
    good = 1'bx;
    if (answer_q) good = !void_q && has && best == best_q;
  end
  wire searching = state == NEXT_UNKNOWN;
  reg  ends, now;
  assign answers_o = answer_q;
  always @* begin
    {ends, write_o, now} = 3'b00x;
    if (answer_q) begin
      now = !(taken_market_i || pending_i);
      ends = !good || dirty || now;
      write_o = good && !dirty && now && (!pending_q || found_done_i);
    end
  end

  always @* begin
    {found_turn, found_price, beyond} = 34'bx;
    top_o = {TOP_BITS{1'bx}};
    if (answer_q) begin
      top_o = {has, 1'b1, pending_q ? head : head_q, state, best, next};
      if (searching && found_done_i) begin
        found_turn = found_tick_i < base_q[TICK_BITS-1:0];
        found_price = {found_turn ? next_turn_q : base_q[31:TICK_BITS], found_tick_i};
        if (found_turn != best_turn_q) beyond = found_turn == side_q;
        else beyond = side_q ? best_tick < found_tick_i : found_tick_i < best_tick;
        {top_o[65:64], top_o[31:0]} = {beyond ? NEXT_KNOWN : NEXT_NONE, found_price};
      end
    end
  end

  always @(posedge clk_i) begin
    top_q <= top;
    if (!begun) {market_q, side_q} <= {open_market_i, open_side_i};
    picked_q <= begun ? picked_q && has && !taken_i : open_i;
    if (taken_i) begin
      busy_q <= 1'b1;
      if (!pending_q) best_q <= best;
    end
    {late_q, masked_q, chosen_q} <= {x_seek_i, late_q, masked_q};
    answer_q <= chosen_q || (answer_q && !ends);
    if (x_seek_i) {head_q, doubt_q} <= {x_head_i, x_doubt_i && !pending_q};
    if (late_q) {base_q, next_turn_q} <= {base_i, base_i[31:TICK_BITS] + 1'b1};
    if (chosen_q) best_turn_q <= best_tick < base_q[TICK_BITS-1:0];
    if (dirty || (late_q && doubt_q)) void_q <= 1'b1;
    else if (late_q && !pending_q) void_q <= 1'b0;
    if (!busy_q && !taken_i && dirty) pending_q <= 1'b0;
    if (ends) begin
      busy_q <= 1'b0;
      pending_q <= good && !dirty && searching && !found_done_i;
      level_q <= found_level_i - 2'd1;
      tick_q <= found_tick_i;
    end
    if (!rst_ni || !run_i) {picked_q, busy_q, pending_q, late_q, masked_q, chosen_q, answer_q} <= 7'd0;
  end
endmodule
