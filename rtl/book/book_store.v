// All memories of the book behind one read and one write per cycle each.
//
// Orders, by slot: used (the slot holds an order), ident (generation, owner, side, market, tick), open (open quantity),
//                  next and prev (the level's queue; ends are found by comparing with head and tail).
// Levels, by market and tick: ends (head, tail) and aggregate; valid only where the bitmap says occupied.
// Bitmap, by market: see bitmap_seek. A word is valid only where its parent's bit is set; the top word always is.
// Only used and the bitmap's top word need to be cleared.
//
// Reads: address in cycle t. Orders and ends come in cycle t + LATENCY + 1 with all writes of that cycle and before in
// them; near_* and near_on_way_o, in cycle t + LATENCY, show what they are about to be but for the writes to come.
// Aggregate and words come in cycle t + LATENCY + 2 with all writes before that. chase is a copy of next with a latency
// of one cycle, so that a queue can be walked at one order a cycle. ahead_word_o is a word of the bitmap's level 0,
// LATENCY cycles after its address. No back-pressure.
module book_store #(
    parameter MARKETS = 32,
    parameter ORDERS = 65536,
    parameter TICK_BITS = 17,
    parameter LATENCY = 2,
    parameter SLICE = 0,
    parameter MODEL = 0,          // of the memories, for a simulation: ram_late
    parameter SLOT_BITS = $clog2(ORDERS),
    parameter MARKET_BITS = MARKETS > 1 ? $clog2(MARKETS) : 1,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   inject_i,       // into the next order that is written

    // read
    input  wire [SLOT_BITS-1:0]   r_used_slot_i,
    input  wire [SLOT_BITS-1:0]   r_slot_i,
    input  wire [SLOT_BITS-1:0]   r_chase_slot_i,
    input  wire [MARKET_BITS-1:0] r_market_i,
    input  wire [TICK_BITS-1:0]   r_tick_i,
    input  wire [SLOT_BITS-1:0]   near_slot_i,    // r_slot_i, r_market_i, r_tick_i, LATENCY cycles later
    input  wire [MARKET_BITS-1:0] near_market_i,
    input  wire [TICK_BITS-1:0]   near_tick_i,
    input  wire [SLOT_BITS-1:0]   late_slot_i,    // ... and a cycle after that
    input  wire [MARKET_BITS-1:0] late_market_i,
    input  wire [TICK_BITS-1:0]   late_tick_i,
    input  wire [TICK_BITS-1:0]   r_ends_tick_i,  // of the ends, if not r_tick_i; then instead_* is given for them
    input  wire [TICK_BITS-1:0]   near_ends_tick_i,
    input  wire                   instead_i,      // LATENCY cycles later
    input  wire [2*SLOT_BITS-1:0] instead_ends_i,
    output wire [2*SLOT_BITS-1:0] near_ends_o,
    input  wire [MARKET_BITS+TICK_BITS-1:0] r_word_i,     // market, tick: a word of the bitmap's level 0 that nobody
    input  wire [MARKET_BITS+TICK_BITS-1:0] near_word_i,  // writes; the same LATENCY cycles later
    output wire [63:0]            ahead_word_o,
    output wire                   bad_ahead_o,    // a cycle after that
    output wire                   near_used_o,
    output wire [IDENT_BITS-1:0]  near_ident_o,
    output wire [39:0]            near_open_o,
    output wire                   near_occupied_o,
    output wire                   used_o,
    output wire [IDENT_BITS-1:0]  ident_o,
    output wire [39:0]            open_o,
    output wire [SLOT_BITS-1:0]   next_o,
    output wire [SLOT_BITS-1:0]   prev_o,
    output wire [SLOT_BITS-1:0]   chase_o,
    output wire [SLOT_BITS-1:0]   head_o,
    output wire [SLOT_BITS-1:0]   tail_o,
    output wire [2:0]             place_o,        // in its queue: it is the head, the tail, alone
    output wire [59:0]            aggregate_o,
    output wire [63:0]            word0_o,
    output wire [63:0]            word1_o,
    output wire [63:0]            word2_o,
    output wire [63:0]            word3_o,
    output wire                   bad_used_o,
    output wire                   bad_order_o,
    output wire                   bad_next_o,
    output wire                   bad_prev_o,
    output wire                   bad_ends_o,
    output wire                   bad_aggregate_o,
    output wire [3:0]             bad_word_o,

    // whether the step of the cycle before writes them if it is committed: near_* and late answers take it for written
    input  wire [7:0]             n_writes_i,     // used, open, ident, next, prev, ends, words; tick becomes occupied
    // write; slot and level, if there is a write, are late_* of the cycle before
    input  wire                   w_used_i,
    input  wire [SLOT_BITS-1:0]   w_used_slot_i,
    input  wire                   w_used_value_i,
    input  wire                   w_ident_i,
    input  wire [IDENT_BITS-1:0]  w_ident_value_i,
    input  wire                   w_open_i,
    input  wire [SLOT_BITS-1:0]   w_order_slot_i,  // of ident and open
    input  wire [39:0]            w_open_value_i,
    input  wire                   w_next_i,
    input  wire [SLOT_BITS-1:0]   w_next_slot_i,
    input  wire [SLOT_BITS-1:0]   w_next_value_i,
    input  wire                   w_prev_i,
    input  wire [SLOT_BITS-1:0]   w_prev_slot_i,
    input  wire [SLOT_BITS-1:0]   w_prev_value_i,
    input  wire                   w_ends_i,
    input  wire                   w_level_i,
    input  wire [MARKET_BITS-1:0] w_market_i,      // of level and words
    input  wire [TICK_BITS-1:0]   w_tick_i,
    input  wire [SLOT_BITS-1:0]   w_head_i,
    input  wire [SLOT_BITS-1:0]   w_tail_i,
    input  wire [59:0]            w_aggregate_i,
    input  wire                   w_words_i,
    input  wire [255:0]           w_word_values_i  // of levels 3 to 0
);
  wire n_used, n_open, n_ident, n_next, n_prev, n_ends, n_words, n_appears;
  assign {n_used, n_open, n_ident, n_next, n_prev, n_ends, n_words, n_appears} = n_writes_i;
  // Address bits of a word within its market, per level of the bitmap.
  localparam A0 = TICK_BITS > 6 ? TICK_BITS - 6 : 0;
  localparam A1 = TICK_BITS > 12 ? TICK_BITS - 12 : 0;
  localparam A2 = TICK_BITS > 18 ? TICK_BITS - 18 : 0;
  localparam LEVEL_DEPTH = MARKETS << TICK_BITS;

  wire [SLOT_BITS-1:0] far_used_slot, near_used_slot, late_used_slot;
  step_field #(.WIDTH(SLOT_BITS), .LATENCY(LATENCY)) u_used_slot (
      .clk_i(clk_i), .issued_i(r_used_slot_i), .far_o(far_used_slot), .near_o(near_used_slot), .x_o(late_used_slot));
  ram_late #(
      .DEPTH(ORDERS), .WIDTH(1), .LATENCY(LATENCY), .SLICE(SLICE), .THROUGH(1), .AHEAD(1), .MODEL(MODEL)
  ) u_used (
      .clk_i(clk_i), .raddr_i(r_used_slot_i), .near_addr_i(near_used_slot), .late_addr_i(late_used_slot),
      .instead_i(1'b0), .instead_data_i(1'b0), .near_o(near_used_o), .late_o(used_o), .bad_o(bad_used_o),
      .we_i(w_used_i), .now_i(n_used), .waddr_i(w_used_slot_i), .ahead_i(late_slot_i), .wdata_i(w_used_value_i),
      .inject_i(1'b0));

  reg  inject_q;
  always @(posedge clk_i) inject_q <= rst_ni && (inject_i || (inject_q && !w_ident_i));
  wire bad_ident, bad_open;
  wire [SLOT_BITS-1:0] near_next, near_prev;
  wire [59:0]          near_aggregate;
  wire unused_near = &{1'b0, near_next, near_prev, near_aggregate, 1'b0};
  ram_late #(
      .DEPTH(ORDERS), .WIDTH(IDENT_BITS), .LATENCY(LATENCY), .SLICE(SLICE), .THROUGH(1), .AHEAD(1), .MODEL(MODEL),
      .INJECT(1)
  ) u_ident (
      .clk_i(clk_i), .raddr_i(r_slot_i), .near_addr_i(near_slot_i), .late_addr_i(late_slot_i), .instead_i(1'b0),
      .instead_data_i({IDENT_BITS{1'b0}}), .near_o(near_ident_o), .late_o(ident_o), .bad_o(bad_ident), .we_i(w_ident_i),
      .now_i(n_ident), .waddr_i(w_order_slot_i), .ahead_i(late_slot_i), .wdata_i(w_ident_value_i), .inject_i(inject_q));
  ram_late #(
      .DEPTH(ORDERS), .WIDTH(40), .LATENCY(LATENCY), .SLICE(SLICE), .THROUGH(1), .AHEAD(1), .MODEL(MODEL)
  ) u_open (
      .clk_i(clk_i), .raddr_i(r_slot_i), .near_addr_i(near_slot_i), .late_addr_i(late_slot_i), .instead_i(1'b0),
      .instead_data_i(40'd0), .near_o(near_open_o), .late_o(open_o), .bad_o(bad_open), .we_i(w_open_i), .now_i(n_open),
      .waddr_i(w_order_slot_i), .ahead_i(late_slot_i), .wdata_i(w_open_value_i), .inject_i(1'b0));
  assign bad_order_o = bad_ident || bad_open;

  // An order's next is only defined where it is not the tail, prev where it is not the head.
  ram_late #(
      .DEPTH(ORDERS), .WIDTH(SLOT_BITS), .LATENCY(LATENCY), .SLICE(SLICE), .THROUGH(1), .MODEL(MODEL)
  ) u_next (
      .clk_i(clk_i), .raddr_i(r_slot_i), .near_addr_i(near_slot_i), .late_addr_i(late_slot_i), .instead_i(1'b0),
      .instead_data_i({SLOT_BITS{1'b0}}), .near_o(near_next), .late_o(next_o), .bad_o(bad_next_o), .we_i(w_next_i),
      .now_i(n_next), .waddr_i(w_next_slot_i), .ahead_i(late_slot_i), .wdata_i(w_next_value_i), .inject_i(1'b0));
  ram_late #(
      .DEPTH(ORDERS), .WIDTH(SLOT_BITS), .LATENCY(LATENCY), .SLICE(SLICE), .THROUGH(1), .MODEL(MODEL)
  ) u_prev (
      .clk_i(clk_i), .raddr_i(r_slot_i), .near_addr_i(near_slot_i), .late_addr_i(late_slot_i), .instead_i(1'b0),
      .instead_data_i({SLOT_BITS{1'b0}}), .near_o(near_prev), .late_o(prev_o), .bad_o(bad_prev_o), .we_i(w_prev_i),
      .now_i(n_prev), .waddr_i(w_prev_slot_i), .ahead_i(late_slot_i), .wdata_i(w_prev_value_i), .inject_i(1'b0));
  // what a write of the same cycle does to it does not matter: it is where a step is issued, and checked when that is
  // decided (relate)
  ram #(.DEPTH(ORDERS), .WIDTH(SLOT_BITS), .LATENCY(1), .SLICE(SLICE)) u_chase (
      .clk_i(clk_i), .raddr_i(r_chase_slot_i), .rdata_o(chase_o), .we_i(w_next_i), .waddr_i(w_next_slot_i),
      .wdata_i(w_next_value_i));

  localparam LEVEL_BITS = LEVEL_DEPTH > 1 ? $clog2(LEVEL_DEPTH) : 1;
  function [LEVEL_BITS-1:0] level_addr(input [MARKET_BITS-1:0] market, input [TICK_BITS-1:0] tick);
    // verilator lint_off WIDTH
    level_addr = {market, tick};
    // verilator lint_on WIDTH
  endfunction

  wire [LEVEL_BITS-1:0] r_level = level_addr(r_market_i, r_tick_i);
  wire [LEVEL_BITS-1:0] near_level = level_addr(near_market_i, near_tick_i);
  wire [LEVEL_BITS-1:0] late_level = level_addr(late_market_i, late_tick_i);
  wire [LEVEL_BITS-1:0] w_level = level_addr(w_market_i, w_tick_i);
  // The write of this cycle is not waited for where ends are compared: with both, and which of them counts is chosen.
  wire                 bad_ends;
  wire [SLOT_BITS-1:0] kept_head, kept_tail;
  reg                  ends_same_q;
  always @(posedge clk_i) ends_same_q <= late_level == near_level;
  wire                 ends_now = n_ends && ends_same_q;
  ram_late #(
      .DEPTH(LEVEL_DEPTH), .WIDTH(2 * SLOT_BITS), .LATENCY(LATENCY), .SLICE(SLICE), .AHEAD(1),
      .MODEL(MODEL)
  ) u_ends (
      .clk_i(clk_i), .raddr_i(level_addr(r_market_i, r_ends_tick_i)),
      .near_addr_i(level_addr(near_market_i, near_ends_tick_i)), .late_addr_i(late_level), .instead_i(instead_i),
      .instead_data_i(instead_ends_i), .near_o(near_ends_o), .late_o({kept_head, kept_tail}), .bad_o(bad_ends),
      .we_i(w_ends_i), .now_i(n_ends), .waddr_i(w_level), .ahead_i(late_level), .wdata_i({w_head_i, w_tail_i}),
      .inject_i(1'b0));
  assign head_o = ends_now ? w_head_i : kept_head;
  assign tail_o = ends_now ? w_tail_i : kept_tail;
  assign bad_ends_o = !ends_now && bad_ends;
  assign place_o = {ends_now ? late_slot_i == w_head_i : late_slot_i == kept_head,
                    ends_now ? late_slot_i == w_tail_i : late_slot_i == kept_tail,
                    ends_now ? w_head_i == w_tail_i : kept_head == kept_tail};
  ram_late #(
      .DEPTH(LEVEL_DEPTH), .WIDTH(60), .LATENCY(LATENCY), .SLICE(SLICE), .STAGES(2), .AHEAD(1), .MODEL(MODEL)
  ) u_aggregate (
      .clk_i(clk_i), .raddr_i(r_level), .near_addr_i(near_level), .late_addr_i(late_level), .instead_i(1'b0),
      .instead_data_i(60'd0), .near_o(near_aggregate), .late_o(aggregate_o), .bad_o(bad_aggregate_o), .we_i(w_level_i),
      .now_i(w_level_i), .waddr_i(w_level), .ahead_i(late_level), .wdata_i(w_aggregate_i), .inject_i(1'b0));

  // The words above the top level do not exist: they read as 0.
  wire [23:0]  at = {{(24 - TICK_BITS) {1'b0}}, near_tick_i};
  wire [255:0] words;
  wire [3:0]   on_way;  // the read tick's bits in the words of all levels
  // a write of this cycle to another tick does not change them, whatever it does to the words
  wire         same_tick = n_words && w_level == near_level;
  assign near_occupied_o = same_tick ? n_appears : &on_way;
  genvar level;
  generate
    for (level = 0; level < 4; level = level + 1) begin : g_level
      localparam BITS = level == 0 ? A0 : level == 1 ? A1 : level == 2 ? A2 : 0;
      localparam WORDS = MARKETS << BITS;
      localparam WORD_BITS = WORDS > 1 ? $clog2(WORDS) : 1;
      localparam SHIFT = TICK_BITS - BITS;
      if (level == 0 || TICK_BITS > 6 * level) begin : g_ram
        wire [63:0] wdata = w_word_values_i[64*level+:64];
        // verilator lint_off WIDTH
        wire [WORD_BITS-1:0] raddr = ({{32{1'b0}}, r_market_i} << BITS) | (r_tick_i >> SHIFT);
        wire [WORD_BITS-1:0] waddr = ({{32{1'b0}}, w_market_i} << BITS) | (w_tick_i >> SHIFT);
        wire [WORD_BITS-1:0] near_addr = ({{32{1'b0}}, near_market_i} << BITS) | (near_tick_i >> SHIFT);
        wire [WORD_BITS-1:0] late_addr = ({{32{1'b0}}, late_market_i} << BITS) | (late_tick_i >> SHIFT);
        // verilator lint_on WIDTH
        wire [63:0] near;
        // a block RAM of 512 words is as wide as it gets
        ram_late #(
            .DEPTH(WORDS), .WIDTH(64), .LATENCY(LATENCY), .SLICE(WORDS > 512 ? SLICE : 0), .STAGES(2), .AHEAD(1),
            .NEAR_NOW(0), .MODEL(MODEL)
        ) u_words (
      .clk_i(clk_i), .raddr_i(raddr), .near_addr_i(near_addr), .late_addr_i(late_addr), .instead_i(1'b0),
      .instead_data_i(64'd0), .near_o(near), .late_o(words[64*level+:64]), .bad_o(bad_word_o[level]), .we_i(w_words_i),
      .now_i(w_words_i), .waddr_i(waddr), .ahead_i(late_addr), .wdata_i(wdata), .inject_i(1'b0));
        assign on_way[level] = near[at[6*level+:6]];
      end else begin : g_none
        assign on_way[level] = 1'b1;
        assign words[64*level+:64] = 64'd0;
        assign bad_word_o[level] = 1'b0;
      end
    end
  endgenerate
  assign {word3_o, word2_o, word1_o, word0_o} = words;

  // a copy of level 0 for the sweeper, whose words nobody writes meanwhile
  localparam WORDS = MARKETS << A0;
  localparam WORD_BITS = WORDS > 1 ? $clog2(WORDS) : 1;
  function [WORD_BITS-1:0] word_addr(input [MARKET_BITS+TICK_BITS-1:0] market_tick);
    // verilator lint_off WIDTH
    word_addr = market_tick >> (TICK_BITS - A0);
    // verilator lint_on WIDTH
  endfunction
  wire [WORD_BITS-1:0] w_word = word_addr({w_market_i, w_tick_i});
  generate
    if (MODEL != 0) begin : g_ahead_model
      reg [63:0] copy_q [0:WORDS-1];
      always @(posedge clk_i) if (w_words_i) copy_q[w_word] <= w_word_values_i[63:0];
      assign {ahead_word_o, bad_ahead_o} = {copy_q[word_addr(near_word_i)], 1'b0};
      wire unused = |r_word_i;
    end else begin : g_ahead
      wire bad;
      reg  bad_q;
      ram_parity #(.DEPTH(WORDS), .WIDTH(64), .LATENCY(LATENCY), .SLICE(WORDS > 512 ? SLICE : 0)) u_ahead (
          .clk_i(clk_i), .raddr_i(word_addr(r_word_i)), .rdata_o(ahead_word_o), .bad_o(bad), .we_i(w_words_i),
          .waddr_i(w_word), .wdata_i(w_word_values_i[63:0]), .inject_i(1'b0));
      always @(posedge clk_i) bad_q <= bad;
      assign bad_ahead_o = bad_q;
      wire unused = |near_word_i;
    end
  endgenerate
  wire unused_at = |{at, far_used_slot, w_word_values_i};
endmodule
