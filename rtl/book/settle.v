// The cycle behind a decision: what was committed is held for the memories to be written, and aggregate and bitmap of
// the level are brought up to date (level_sum). All but aggregate_o and words_o are registers of the inputs beside
// them.
module settle #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   commit_i,   // what was decided in the cycle before
    input  wire                   alive_i,    // a step is decided:
    input  wire                   add_i,      // what is decided, and was where it is committed
    output wire                   add_o,
    input  wire                   remove_i,
    output wire                   remove_o,
    input  wire                   amend_i,
    output wire                   amend_o,
    input  wire                   w_ident_i,
    output wire                   w_ident_o,
    input  wire                   w_next_i,
    output wire                   w_next_o,
    input  wire                   w_prev_i,
    output wire                   w_prev_o,
    input  wire                   appears_i,
    output wire                   appears_o,
    input  wire                   vanishes_i,
    output wire                   vanishes_o,
    // what was decided, committed or not: what the step behind it may see of it, which is dropped if it was not
    // (add; used, open, ident, next, prev, ends and words are written; the tick becomes occupied)
    output wire [8:0]             near_writes_o,
    input  wire [MARKET_BITS+TICK_BITS-1:0] level_i,   // market, tick
    output wire [MARKET_BITS+TICK_BITS-1:0] level_o,
    input  wire [SLOT_BITS-1:0]   slot_i,
    output wire [SLOT_BITS-1:0]   slot_o,
    input  wire [39:0]            open_i,
    output wire [39:0]            open_o,
    input  wire [IDENT_BITS-1:0]  ident_i,
    output wire [IDENT_BITS-1:0]  ident_o,
    input  wire [SLOT_BITS-1:0]   next_slot_i,  // slot and value of next and of prev
    output wire [SLOT_BITS-1:0]   next_slot_o,
    input  wire [SLOT_BITS-1:0]   next_i,
    output wire [SLOT_BITS-1:0]   next_o,
    input  wire [SLOT_BITS-1:0]   prev_slot_i,
    output wire [SLOT_BITS-1:0]   prev_slot_o,
    input  wire [SLOT_BITS-1:0]   prev_i,
    output wire [SLOT_BITS-1:0]   prev_o,
    input  wire [SLOT_BITS-1:0]   head_i,
    output wire [SLOT_BITS-1:0]   head_o,
    input  wire [SLOT_BITS-1:0]   tail_i,
    output wire [SLOT_BITS-1:0]   tail_o,
    input  wire [39:0]            amount_i,
    input  wire                   all_remaining_i,  // it is before_i instead
    output wire [39:0]            amount_o,
    input  wire [39:0]            before_i,   // what the taker had, a cycle later
    // of this cycle, for what was committed in the one before
    input  wire [59:0]            aggregate_i,
    input  wire [255:0]           words_i,    // of levels 3 to 0
    input  wire [3:0]             valid_i,
    output wire [59:0]            aggregate_o,
    output wire [255:0]           words_o
);
  reg                             add_q, remove_q, amend_q, w_ident_q, w_next_q, w_prev_q, appears_q, vanishes_q;
  reg near_used_q, near_open_q, near_ends_q, near_words_q;
  // a copy for the way to the next decision; inverted, or Yosys would merge the two. Also the value that clears a slot
  reg near_no_add_q;
  reg [MARKET_BITS-1:0]           market_q;
  reg [TICK_BITS-1:0]             tick_q;
  reg [SLOT_BITS-1:0]             slot_q, next_slot_q, next_q, prev_slot_q, prev_q, head_q, tail_q;
  reg [IDENT_BITS-1:0]            ident_q;
  reg [39:0]                      open_q, amount_q;
  reg                             all_remaining_q;
  always @(posedge clk_i) begin
    add_q <= alive_i && add_i;
    remove_q <= alive_i && remove_i;
    amend_q <= alive_i && amend_i;
    w_ident_q <= alive_i && w_ident_i;
    w_next_q <= alive_i && w_next_i;
    w_prev_q <= alive_i && w_prev_i;
    appears_q <= alive_i && appears_i;
    vanishes_q <= alive_i && vanishes_i;
    near_no_add_q <= !(rst_ni && alive_i && add_i);
    near_used_q <= alive_i && (add_i || remove_i);
    near_open_q <= alive_i && (add_i || amend_i);
    near_ends_q <= alive_i && (add_i || remove_i);
    near_words_q <= alive_i && (appears_i || vanishes_i);
    {market_q, tick_q} <= level_i;
    slot_q <= slot_i;
    open_q <= open_i;
    ident_q <= ident_i;
    next_slot_q <= next_slot_i;
    next_q <= next_i;
    prev_slot_q <= prev_slot_i;
    prev_q <= prev_i;
    head_q <= head_i;
    tail_q <= tail_i;
    {all_remaining_q, amount_q} <= {all_remaining_i, amount_i};
  end
  assign add_o = commit_i && add_q;
  assign remove_o = commit_i && remove_q;
  assign amend_o = commit_i && amend_q;
  assign w_ident_o = commit_i && w_ident_q;
  assign w_next_o = commit_i && w_next_q;
  assign w_prev_o = commit_i && w_prev_q;
  assign appears_o = commit_i && appears_q;
  assign vanishes_o = commit_i && vanishes_q;
  assign near_writes_o = {!near_no_add_q, near_used_q, near_open_q, w_ident_q, w_next_q, w_prev_q, near_ends_q,
                          near_words_q, appears_q};
  assign level_o = {market_q, tick_q};
  assign slot_o = slot_q;
  assign open_o = open_q;
  assign ident_o = ident_q;
  assign next_slot_o = next_slot_q;
  assign next_o = next_q;
  assign prev_slot_o = prev_slot_q;
  assign prev_o = prev_q;
  assign head_o = head_q;
  assign tail_o = tail_q;
  wire [39:0] amount = all_remaining_q ? before_i : amount_q;
  assign amount_o = amount;

  level_sum #(.TICK_BITS(TICK_BITS)) u_sum (
      .add_i(add_q), .appears_i(appears_q), .tick_i(tick_q), .amount_i(amount),
      .aggregate_i(aggregate_i), .word0_i(words_i[63:0]), .word1_i(words_i[127:64]), .word2_i(words_i[191:128]),
      .word3_i(words_i[255:192]), .valid_i(valid_i),
      .aggregate_o(aggregate_o), .word0_o(words_o[63:0]), .word1_o(words_o[127:64]),
      .word2_o(words_o[191:128]), .word3_o(words_o[255:192]));
endmodule
