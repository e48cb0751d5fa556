// Per market and side: best level, the order at its head, and the next level.
//
// An entry is {has, head_known, head, next_state, best, next}. has: the side has orders; best: price of the best level;
// head: slot of its oldest order, if head_known; next: price of the second best level if next_state is NEXT_KNOWN, none
// if NEXT_NONE, still to be looked for if NEXT_UNKNOWN. Read at four places, written once a cycle; a write shows in the
// next cycle, but for c_*_o, which follow a cycle after that. What a step changes counts if it is committed then
// (commit_i). n_*_o are the entries of the market named in the cycle before, with that cycle's write; a_*_o are what
// they were in the cycle before, with that cycle's write. They take change_top_i from every step that puts an order
// into its level or takes it out (step_i), since it is the entry as it was where that does not change it; it stands in
// one register and is chosen when it is read. pick_o is an entry in which something is still to be looked for: one
// written in the cycle before, else the wanted one first.
module top_table #(
    parameter MARKETS = 32,
    parameter MARKET_BITS = 5,
    parameter SLOT_BITS = 16,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                   clk_i,
    input  wire                   clear_i,      // clears the entries of clear_market_i
    input  wire [MARKET_BITS-1:0] clear_market_i,

    input  wire [MARKET_BITS-1:0] n_market_i,
    output wire [TOP_BITS-1:0]    n_bid_o,
    output wire [TOP_BITS-1:0]    n_ask_o,
    input  wire [MARKET_BITS-1:0] a_market_i,   // of n_*_o
    output wire [TOP_BITS-1:0]    a_bid_o,
    output wire [TOP_BITS-1:0]    a_ask_o,
    input  wire [MARKET_BITS-1:0] b_market_i,
    output wire [TOP_BITS-1:0]    b_bid_o,
    output wire [TOP_BITS-1:0]    b_ask_o,
    input  wire [31:0]            b_limit_i,    // compared with these: best bid below limit, below price; limit below
    input  wire [31:0]            b_price_i,    // best ask
    output wire [2:0]             b_below_o,

    input  wire [MARKET_BITS-1:0] c_market_i,
    output wire [TOP_BITS-1:0]    c_bid_o,
    output wire [TOP_BITS-1:0]    c_ask_o,

    input  wire [MARKET_BITS-1:0] d_market_i,
    input  wire                   d_side_i,
    output reg  [TOP_BITS-1:0]    d_top_o,
    input  wire                   d_look_i,     // else it does not matter

    // the step that is decided, and its entry behind it; change_i: another one, if commit_i is up in the next cycle
    input  wire                   load_i,       // there may be one: what enables registers is known early
    input  wire                   step_i,
    input  wire                   change_i,
    input  wire [MARKET_BITS-1:0] change_market_i,
    input  wire                   change_side_i,
    input  wire [TOP_BITS-1:0]    change_top_i,
    input  wire                   commit_i,
    // the seeker's answer, not of the market of a step that is prepared or decided. It is kept until it can be written,
    // behind a change, and counts from now on; pending_o: there is one, the seeker gives no other. Or what a sweep
    // knows: nothing changes then, so that one kept is being written just now.
    input  wire                   may_write_i,  // (known early)
    input  wire                   write_i,
    input  wire [MARKET_BITS-1:0] write_market_i,
    input  wire                   write_side_i,
    input  wire [TOP_BITS-1:0]    write_top_i,
    output wire                   pending_o,
    output wire [32:0]            late_best_o,  // of what was decided in the cycle before

    input  wire                   want_i,       // pick this entry first, if it is open
    input  wire [MARKET_BITS-1:0] want_market_i,
    input  wire                   want_side_i,
    output wire                   want_open_o,
    input  wire                   busy_i,       // none is picked
    output wire                   pick_o,
    output wire [MARKET_BITS-1:0] pick_market_o,
    output wire                   pick_side_o,
    output wire                   opened_o,     // it is one just written, this:
    output wire [TOP_BITS-1:0]    opened_top_o,
    output wire [MARKET_BITS-1:0] waits_market_o, // the one picked else
    output wire                   waits_side_o
);
  reg  [TOP_BITS-1:0] a_bid_q;
  reg  [TOP_BITS-1:0] a_ask_q;
  reg  [TOP_BITS-1:0] n_bid_q;
  reg  [TOP_BITS-1:0] n_ask_q;
  reg                 n_bid_new_q, n_ask_new_q, a_bid_new_q, a_ask_new_q;  // it is change_top_q
  reg                 n_bid_answer_q, n_ask_answer_q;                      // it is write_top_q
  assign n_bid_o = n_bid_new_q ? change_top_q : n_bid_answer_q ? write_top_q : n_bid_q;
  assign n_ask_o = n_ask_new_q ? change_top_q : n_ask_answer_q ? write_top_q : n_ask_q;
  // for what a decision begins with (has, head_known, next_state) the choice has registers of its own; inverted, or
  // Yosys would merge them
  reg a_bid_old_q, a_ask_old_q;
  localparam [TOP_BITS-1:0] STATE = {2'b11, {SLOT_BITS{1'b0}}, 2'b11, 64'd0};
  assign a_bid_o = ((a_bid_new_q ? change_top_q : a_bid_q) & ~STATE) |
                   ((a_bid_old_q ? a_bid_q : change_top_q) & STATE);
  assign a_ask_o = ((a_ask_new_q ? change_top_q : a_ask_q) & ~STATE) |
                   ((a_ask_old_q ? a_ask_q : change_top_q) & STATE);
  reg [TOP_BITS-1:0] bid_q [0:MARKETS-1];
  reg [TOP_BITS-1:0] ask_q [0:MARKETS-1];
  localparam ENTRIES = 2 << MARKET_BITS;
  reg [ENTRIES-1:0] open_q;  // {market, side}

  // the change of the cycle before, and the answer that is still to be written
  reg  late_change_q, change_side_q, pending_q, write_side_q;
  reg  [MARKET_BITS-1:0] write_market_q, change_market_q;
  reg  [TOP_BITS-1:0]    write_top_q, change_top_q;
  localparam NEXT_UNKNOWN = 2'd0;
  wire changed = late_change_q && commit_i;
  assign pending_o = pending_q;
  assign late_best_o = {change_top_q[TOP_BITS-1], change_top_q[63:32]};
  always @(posedge clk_i) begin
    late_change_q <= change_i;
    if (load_i) {change_market_q, change_side_q, change_top_q} <= {change_market_i, change_side_i, change_top_i};
    if (may_write_i && !(pending_q && changed))
      {write_market_q, write_side_q, write_top_q} <= {write_market_i, write_side_i, write_top_i};
    pending_q <= !clear_i && (write_i || stays);
  end
  wire late = changed || pending_q;  // something is written, this:
  function is_open(input [TOP_BITS-1:0] top);
    is_open = top[TOP_BITS-1] && (!top[SLOT_BITS+66] || top[65:64] == NEXT_UNKNOWN);
  endfunction
  reg                    late_side, late_open, bid_we, ask_we;
  reg  [MARKET_BITS-1:0] waddr;
  reg  [TOP_BITS-1:0]    wdata;
  reg  [MARKET_BITS-1:0] late_market;
  reg  [TOP_BITS-1:0]    late_top;
  always @* begin
    {late_side, late_market, late_top} = {(1 + MARKET_BITS + TOP_BITS) {1'bx}};
    {late_open, bid_we, ask_we} = 3'd0;
    {waddr, wdata} = {(MARKET_BITS + TOP_BITS) {1'bx}};
    if (late) begin
      late_open = changed ? is_open(change_top_q) : is_open(write_top_q);
      late_side = changed ? change_side_q : write_side_q;
      late_market = changed ? change_market_q : write_market_q;
      late_top = changed ? change_top_q : write_top_q;
      {bid_we, ask_we, waddr, wdata} = {!late_side, late_side, late_market, late_top};
    end
    if (clear_i) {bid_we, ask_we, waddr, wdata} = {2'b11, clear_market_i, {TOP_BITS{1'b0}}};
  end

  reg  [ENTRIES-1:0] entry, open, next_open;
  always @* begin
    entry = {ENTRIES{1'bx}};
    {open, next_open} = {open_q, open_q};
    if (late) begin
      entry = {{(ENTRIES - 1) {1'b0}}, 1'b1} << {late_market, late_side};
      open = open_q & ~entry;
      next_open = late_open ? open_q | entry : open;
    end
  end
  always @(posedge clk_i) begin
    if (bid_we) bid_q[waddr] <= wdata;
    if (ask_we) ask_q[waddr] <= wdata;
    open_q <= next_open;
    if (clear_i) open_q <= {ENTRIES{1'b0}};
  end

  reg  n_changed, a_changed;
  always @* begin
    {n_changed, a_changed} = 2'd0;
    if (step_i) {n_changed, a_changed} = {change_market_i == n_market_i, change_market_i == a_market_i};
  end
  reg  n_bid_answer, n_ask_answer;
  // (committed or not: the steps behind one that is not are dropped, and the command that is looked at)
  wire n_late = late_change_q && change_market_q == n_market_i;
  wire b_late = late_change_q && change_market_q == b_market_i;
  reg  n_pending, b_pending, stays;
  always @* begin
    {n_bid_answer, n_ask_answer, n_pending, b_pending, stays} = 5'd0;
    if (write_i && write_market_i == n_market_i) {n_bid_answer, n_ask_answer} = {!write_side_i, write_side_i};
    if (pending_q) begin
      n_pending = write_market_q == n_market_i;
      b_pending = write_market_q == b_market_i;
      // a change of the same entry was made from the answer
      stays = changed && !(change_market_q == write_market_q && change_side_q == write_side_q);
    end
  end
  always @(posedge clk_i) begin
    {n_bid_new_q, n_ask_new_q} <= {n_changed && !change_side_i, n_changed && change_side_i};
    {a_bid_new_q, a_ask_new_q} <= {a_changed && !change_side_i, a_changed && change_side_i};
    {a_bid_old_q, a_ask_old_q} <= {!(a_changed && !change_side_i), !(a_changed && change_side_i)};
    {n_bid_answer_q, n_ask_answer_q} <= {n_bid_answer, n_ask_answer};
    n_bid_q <= bid_q[n_market_i];
    n_ask_q <= ask_q[n_market_i];
    if (n_pending) begin
      if (write_side_q) n_ask_q <= write_top_q;
      else n_bid_q <= write_top_q;
    end
    if (n_late) begin
      if (change_side_q) n_ask_q <= change_top_q;
      else n_bid_q <= change_top_q;
    end
    a_bid_q <= n_bid_o;
    a_ask_q <= n_ask_o;
  end
  // (what a price is compared with is chosen behind the comparison)
  wire b_bid_new = b_late && !change_side_q, b_ask_new = b_late && change_side_q;
  wire b_bid_answer = b_pending && !write_side_q, b_ask_answer = b_pending && write_side_q;
  wire [TOP_BITS-1:0] b_bid = bid_q[b_market_i], b_ask = ask_q[b_market_i];
  assign b_bid_o = b_bid_new ? change_top_q : b_bid_answer ? write_top_q : b_bid;
  assign b_ask_o = b_ask_new ? change_top_q : b_ask_answer ? write_top_q : b_ask;
  wire [31:0] new_best = change_top_q[63:32], answered_best = write_top_q[63:32];
  assign b_below_o = {
      b_bid_new ? new_best < b_limit_i : b_bid_answer ? answered_best < b_limit_i : b_bid[63:32] < b_limit_i,
      b_bid_new ? new_best < b_price_i : b_bid_answer ? answered_best < b_price_i : b_bid[63:32] < b_price_i,
      b_ask_new ? b_limit_i < new_best : b_ask_answer ? b_limit_i < answered_best : b_limit_i < b_ask[63:32]};
  assign c_bid_o = bid_q[c_market_i];
  assign c_ask_o = ask_q[c_market_i];
  always @* begin
    d_top_o = {TOP_BITS{1'bx}};
    if (d_look_i) begin
      if (changed && change_market_q == d_market_i && change_side_q == d_side_i) d_top_o = change_top_q;
      else if (pending_q && write_market_q == d_market_i && write_side_q == d_side_i) d_top_o = write_top_q;
      else d_top_o = d_side_i ? ask_q[d_market_i] : bid_q[d_market_i];
    end
  end

  // Lowest open entry, in words of 64.
  localparam WORDS = (ENTRIES + 63) / 64;
  wire [64*WORDS-1:0] open_wide = {{(64 * WORDS - ENTRIES) {1'b0}}, open};
  reg  [63:0]         chosen_word;
  reg  [31:0]         chosen;
  integer w;
  always @* begin
    w = 0;  // or Yosys sees a latch
    chosen_word = 64'd0;
    chosen = 0;
    if (|open)
      for (w = WORDS - 1; w >= 0; w = w - 1)
        if (|open_wide[64*w+:64]) begin
          chosen_word = open_wide[64*w+:64];
          chosen = w;
        end
  end
  wire [5:0] index;
  wire       any;
  find_bit u_find (.up_i(1'b1), .word_i(chosen_word), .index_o(index), .any_o(any));
  wire [37:0] lowest = {chosen, index};
  reg         wanted;
  always @* begin
    wanted = 1'b0;
    if (want_i) wanted = open[{want_market_i, want_side_i}];
  end
  wire        opened = late_open;
  reg         pick_q, pick_side_q;
  reg [MARKET_BITS-1:0] pick_market_q;
  always @(posedge clk_i) begin
    pick_q <= !busy_i && !clear_i && any;
    pick_market_q <= wanted ? want_market_i : lowest[MARKET_BITS:1];
    pick_side_q <= wanted ? want_side_i : lowest[0];
  end
  assign want_open_o = wanted;
  assign pick_o = pick_q || opened;
  assign pick_market_o = opened ? late_market : pick_market_q;
  assign pick_side_o = opened ? late_side : pick_side_q;
  assign {opened_o, opened_top_o} = {opened, late_top};
  assign {waits_market_o, waits_side_o} = {pick_market_q, pick_side_q};
  wire unused = |lowest;
endmodule
