// Chooses what is read from the memories in each cycle and carries it to the end of the pipeline: the step is prepared
// (near_*) LATENCY cycles later and decided (x_*) in the cycle behind that.
//
// One step a cycle: the chase first, then a look-ahead of the seeker, then the oldest command not yet issued. Before it
// is issued a command is looked at for a cycle (look_*): what it is, and what the tops are. A step that may take is
// issued for the order at the head of the opposite side as the tops showed it then; execute compares that with the tops
// as they are when the step arrives and has it issued again if they have changed. A command for which a top is not
// known yet goes back to the queue (again_o). flush_i drops the command looked at and every step under way but the
// seeker's.
// Chase: while a taker goes on, one step a cycle is issued for the order that it will then meet (chase); beside these,
// the ends of levels further on are read.
`include "contract.vh"
module issue #(
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
    input  wire                   flush_i,        // of the step decided in the cycle before,
    input  wire                   chase_i,        // with chase from chase_slot_i
    input  wire [SLOT_BITS-1:0]   chase_slot_i,
    input  wire                   sweep_i,        // ... or with the level at sweep_best_i
    input  wire [31:0]            sweep_best_i,
    input  wire [255:0]           sweep_words_i,  // words of the bitmap around the one that has gone
    input  wire                   retire_i,       // a command has ended, in the cycle before:
    input  wire [INDEX_BITS-1:0]  retired_index_i,  // this (only to check)

    input  wire                   valid_i,        // a command waits to be looked at
    input  wire [447:0]           command_i,
    input  wire [INDEX_BITS-1:0]  index_i,        // its place in the queue
    input  wire                   head_i,         // it was at the head when it came there
    input  wire [INDEX_BITS-1:0]  head_index_i,   // the place of the one at the head
    output wire                   take_o,         // it is taken, if there is one and restart_o is not up
    output wire                   restart_o,      // the one at the head next
    output wire                   again_o,        // the one at again_index_o next
    output wire [INDEX_BITS-1:0]  again_index_o,
    input  wire                   carry_i,        // the head command is a taker under way
    input  wire                   carry_side_i,

    output wire [MARKET_BITS-1:0] market_o,       // whose tops these are
    input  wire [TOP_BITS-1:0]    bid_i,
    input  wire [TOP_BITS-1:0]    ask_i,
    output wire [31:0]            limit_o,        // compared with their best prices, and its price:
    output wire [31:0]            price_o,
    input  wire [2:0]             below_i,        // bid below limit, below price; limit below ask
    output wire                   hold_o,         // waits for the seeker to look at hold_side_o of hold_market_o
    output wire [MARKET_BITS-1:0] hold_market_o,
    output wire                   hold_side_o,

    input  wire                   seek_i,
    input  wire [MARKET_BITS-1:0] seek_market_i,
    input  wire [TICK_BITS-1:0]   seek_tick_i,
    output wire                   seek_taken_o,

    input  wire                   scan_i,         // the scanner reads, nothing else
    input  wire [MARKET_BITS-1:0] scan_market_i,
    input  wire [TICK_BITS-1:0]   scan_tick_i,
    input  wire [SLOT_BITS-1:0]   scan_slot_i,

    output wire [SLOT_BITS-1:0]   r_used_slot_o,
    output wire [SLOT_BITS-1:0]   r_slot_o,
    output wire [SLOT_BITS-1:0]   r_chase_slot_o,
    output wire [MARKET_BITS-1:0] r_market_o,
    output wire [TICK_BITS-1:0]   r_tick_o,
    output wire [TICK_BITS-1:0]   r_ends_tick_o,  // of the ends that are read,
    output wire [TICK_BITS-1:0]   near_ends_tick_o, // those that are here, LATENCY cycles later
    input  wire [2*SLOT_BITS-1:0] near_ends_i,
    output wire                   near_known_o,   // those of the step were read ahead:
    output wire [2*SLOT_BITS-1:0] near_known_ends_o,
    output wire [MARKET_BITS+TICK_BITS-1:0] r_word_o,     // a word read ahead of the chase: market and tick,
    output wire [MARKET_BITS+TICK_BITS-1:0] near_word_o,  // and of the one that is here, LATENCY cycles later
    input  wire [63:0]            ahead_word_i,
    output wire [1:0]             x_ahead_o,      // word, ends read ahead of the chase arrive
    input  wire [SLOT_BITS-1:0]   chase_next_i,   // next of the chase slot of the cycle before
    output wire                   sweeping_o,     // a taker sweeps through levels
    output wire                   top_write_o,    // a top is known: market, side, entry
    output wire [MARKET_BITS+TOP_BITS:0] top_o,

    output wire [INDEX_BITS-1:0]  far_index_o,    // the command of the step that is prepared in the next cycle
    output wire                   near_cont_o,    // the step that is prepared: it is not its command's first,
    output wire [MARKET_BITS-1:0] near_market_o,  // its market
    output wire [TICK_BITS-1:0]   near_tick_o,
    output wire                   near_opposite_o,
    output wire [31:0]            near_best_o,
    output wire [SLOT_BITS-1:0]   near_slot_o,
    output wire                   near_step_o,    // it is a command's
    output wire [MARKET_BITS-1:0] far_market_o,   // of the step that is prepared in the next cycle
    output wire [51:0]            near_product_o, // and its price x 10^6, of best_o where it has one
    output wire                   x_step_o,       // the step that arrives belongs to the head command
    output wire                   x_seek_o,       // ... to the seeker
    output wire                   x_cont_o,
    output wire                   x_chased_o,     // the next maker follows directly behind,
    output reg  [SLOT_BITS+34:0]  x_swept_o,      // or the first one of the next level; it, and the level behind that
    input  wire                   x_sell_i,       // side of its level, and base of its window
    input  wire [31:0]            x_base_i,
    output wire                   x_opposite_o,
    output wire [MARKET_BITS-1:0] x_market_o,
    output wire [SLOT_BITS-1:0]   x_slot_o,
    output wire [TICK_BITS-1:0]   x_tick_o
);
  localparam NEXT_NONE = 2'd1, NEXT_KNOWN = 2'd2;
  localparam [31:0] GROUP = TICK_BITS < 12 ? (32'd1 << TICK_BITS) - 32'd1 : 32'd4095;  // the ticks of one sweep
  localparam STAGES = LATENCY + 1;

  // ---- the command at the port
  wire [MARKET_BITS-1:0] command_market = command_i[8+:MARKET_BITS];
  assign market_o = command_market;
  wire [SLOT_BITS-1:0] bid_head = bid_i[66+:SLOT_BITS], ask_head = ask_i[66+:SLOT_BITS];
  wire                 under_way = carry_i && head_i;
  wire                 is_many, two, sell, bid_has, any, many_holds;
  wire [1:0]           takes, holds;
  look #(.SLOT_BITS(SLOT_BITS)) u_look (
      .command_i(command_i), .under_way_i(under_way), .carry_side_i(carry_side_i), .bid_i(bid_i), .ask_i(ask_i),
      .limit_o(limit_o), .price_o(price_o), .below_i(below_i), .many_o(is_many), .two_o(two), .sell_o(sell),
      .bid_has_o(bid_has), .any_o(any), .takes_o(takes), .holds_o(holds), .many_holds_o(many_holds));

  // ---- the command that is issued; what hangs on a comparison of prices is put together here
  reg look_valid_q, look_head_q, look_two_q, look_cont_q, look_many_q, look_sell_q, look_any_q, look_bid_has_q;
  reg look_takes_bid_q, look_takes_ask_q, look_bid_holds_q, look_ask_holds_q, look_many_holds_q;
  reg [MARKET_BITS-1:0] look_market_q;
  reg [INDEX_BITS-1:0]  look_index_q;
  reg [31:0]            look_bid_q, look_ask_q, look_limit_q;
  reg [TICK_BITS-1:0]   look_tick_q;
  reg [SLOT_BITS-1:0]   look_slot_q, look_bid_head_q, look_ask_head_q;
  wire sweeping;
  wire look_is_bid = look_many_q ? look_bid_has_q : look_sell_q;  // its top is the bids'
  wire look_opposite = look_many_q ? look_any_q : look_sell_q ? look_takes_bid_q : look_takes_ask_q;
  wire look_hold = look_many_q ? look_many_holds_q : look_sell_q ? look_bid_holds_q : look_ask_holds_q;
  wire [31:0]          look_best = look_is_bid ? look_bid_q : look_ask_q;
  wire [SLOT_BITS-1:0] look_head = look_is_bid ? look_bid_head_q : look_ask_head_q;
  assign {sweeping_o, hold_o} = {sweeping, look_valid_q && look_hold && !sweeping};
  assign {hold_market_o, hold_side_o} = {look_market_q, !look_is_bid};

  // ---- the chase
  wire chase_busy, chase_asked, onward, may_read, do_chase, do_same, do_swept, do_ahead;
  wire [SLOT_BITS-1:0]   chase_slot, chase_tail;
  wire [31:0]            chase_best, ahead_price, near_price, word_price, near_word_price;
  wire [MARKET_BITS-1:0] chase_market;
  wire [INDEX_BITS-1:0]  chase_index;
  wire [12:0]            chase_next;
  chase #(
      .TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY),
      .INDEX_BITS(INDEX_BITS)
  ) u_chase (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run_i), .flush_i(flush_i), .flush_market_i(flush_market_q),
      .flush_best_i(flush_best_q), .flush_index_i(head_index_i), .chase_i(chase_i), .chase_slot_i(chase_slot_i),
      .sweep_i(sweep_i), .sweep_best_i(sweep_best_i), .sweep_sell_i(flush_sell_q), .sweep_base_i(flush_base_q),
      .sweep_words_i(sweep_words_i), .retire_i(retire_i), .other_i(look_valid_q || seek_i), .look_i(look_valid_q),
      .reached_i(look_valid_q && look_opposite), .rests_i(look_valid_q && !look_opposite), .chased_i(chased),
      .chased_market_i(look_market_q), .chased_index_i(look_index_q), .chased_best_i(look_best),
      .chased_slot_i(look_head), .read_slot_o(r_chase_slot_o), .next_i(chase_next_i), .near_ends_i(near_ends_i),
      .read_o(do_ahead), .read_price_o(ahead_price), .near_price_o(near_price), .x_read_o(x_ahead_o[0]),
      .word_price_o(word_price), .near_word_price_o(near_word_price), .near_word_i(ahead_word_i),
      .word_came_o(x_ahead_o[1]), .busy_o(chase_busy), .asked_o(chase_asked), .may_read_o(may_read), .step_o(do_chase),
      .same_o(do_same), .swept_o(do_swept), .onward_o(onward), .slot_o(chase_slot), .best_o(chase_best),
      .market_o(chase_market), .index_o(chase_index), .tail_o(chase_tail), .next_o(chase_next), .sweeping_o(sweeping),
      .top_write_o(top_write_o), .top_o(top_o));
  assign r_word_o = {chase_market, word_price[TICK_BITS-1:0]};
  assign near_word_o = {chase_market, near_word_price[TICK_BITS-1:0]};

  // ---- choice
  // A replace that moves is two steps, a cycle apart: the removal, then what a new order does.
  reg  second_q;
  // a command that the chase has ended need not be issued again: the one behind it is next
  // (only one that was at the head when it came to be issued again can end meanwhile)
  wire look_over = retire_i && look_valid_q && look_head_q;
  wire port_over = retire_i && valid_i && head_i;
  wire may_seek = run_i && seek_i && !may_read;
  wire do_seek = may_seek && !chase_busy;
  wire do_command = look_valid_q && !look_hold && !(sweeping && look_opposite) && !chase_asked && !may_seek;
  wire done = do_command && !(look_two_q && !second_q);
  wire cont = look_cont_q || second_q;
  wire opposite_now = look_opposite && !(look_two_q && !second_q);
  wire chased = do_command && opposite_now && !look_many_q && !look_over;  // (a step of what has ended is dropped)
  assign {seek_taken_o, restart_o, again_o, again_index_o} = {do_seek, port_over, hold_o && !look_over, look_index_q};
  assign take_o = done || look_over || !look_valid_q;  // (what is held is not done)
  wire pop = valid_i && !port_over && take_o;

  wire [31:0] best = chase_busy ? chase_best : look_best;
  wire [TICK_BITS-1:0] command_tick = opposite_now ? look_best[TICK_BITS-1:0] :
                                      cont ? look_limit_q[TICK_BITS-1:0] : look_tick_q;
  assign r_used_slot_o = look_slot_q;
  wire [SLOT_BITS-1:0] known_slot = scan_i ? scan_slot_i : chase_busy ? chase_slot :
                                    opposite_now ? look_head : look_slot_q;
  assign r_slot_o = onward ? chase_next_i : known_slot;  // (the memory's answer is late)
  assign r_market_o = scan_i ? scan_market_i : chase_busy || do_ahead ? chase_market :
                      do_seek ? seek_market_i : look_market_q;
  assign r_tick_o = scan_i ? scan_tick_i : chase_busy ? chase_best[TICK_BITS-1:0] :
                    do_seek ? seek_tick_i : command_tick;
  wire [31:0] factor = chase_busy || (cont && opposite_now) ? best : look_limit_q;
  wire [INDEX_BITS-1:0] index = chase_busy ? chase_index : look_index_q;
  assign r_ends_tick_o = do_ahead ? ahead_price[TICK_BITS-1:0] : r_tick_o;

  wire unused = &{1'b0, command_i, ahead_price, word_price,
                   near_word_price, 1'b0};

  // ---- the pipeline
  wire near_same, x_same, x_swept;
  wire [12:0]           far_next, near_next, next_x;
  wire [SLOT_BITS-1:0]  far_tail, near_tail, tail_x;
  wire [31:0]           far_factor, factor_near, factor_x, unused_best, x_best;
  wire [3:0]            unused_kind;
  wire [SLOT_BITS-1:0]  unused_slot;
  wire [TICK_BITS-1:0]  unused_tick;
  wire [INDEX_BITS-1:0] index_near, index_x;
  step_field #(.WIDTH(1), .LATENCY(LATENCY)) u_cont (
      .clk_i(clk_i), .issued_i(chase_busy || cont), .far_o(unused_kind[3]), .near_o(near_cont_o), .x_o(x_cont_o));
  step_field #(.WIDTH(1), .LATENCY(LATENCY)) u_same (
      .clk_i(clk_i), .issued_i(do_same), .far_o(unused_kind[2]), .near_o(near_same), .x_o(x_same));
  step_field #(.WIDTH(1), .LATENCY(LATENCY)) u_swept (
      .clk_i(clk_i), .issued_i(do_swept), .far_o(unused_kind[1]), .near_o(near_known_o), .x_o(x_swept));
  step_field #(.WIDTH(1), .LATENCY(LATENCY)) u_opposite (
      .clk_i(clk_i), .issued_i(chase_busy || opposite_now), .far_o(unused_kind[0]), .near_o(near_opposite_o),
      .x_o(x_opposite_o));
  step_field #(.WIDTH(13), .LATENCY(LATENCY)) u_next (
      .clk_i(clk_i), .issued_i(chase_next), .far_o(far_next), .near_o(near_next), .x_o(next_x));
  step_field #(.WIDTH(SLOT_BITS), .LATENCY(LATENCY)) u_tail (
      .clk_i(clk_i), .issued_i(chase_tail), .far_o(far_tail), .near_o(near_tail), .x_o(tail_x));
  assign near_ends_tick_o = near_price[TICK_BITS-1:0];
  assign near_known_ends_o = {near_slot_o, near_tail};
  step_field #(.WIDTH(MARKET_BITS), .LATENCY(LATENCY)) u_market (
      .clk_i(clk_i), .issued_i(r_market_o), .far_o(far_market_o), .near_o(near_market_o), .x_o(x_market_o));
  step_field #(.WIDTH(32), .LATENCY(LATENCY)) u_best (
      .clk_i(clk_i), .issued_i(best), .far_o(unused_best), .near_o(near_best_o), .x_o(x_best));
  step_field #(.WIDTH(SLOT_BITS), .LATENCY(LATENCY)) u_slot (
      .clk_i(clk_i), .issued_i(r_slot_o), .far_o(unused_slot), .near_o(near_slot_o), .x_o(x_slot_o));
  step_field #(.WIDTH(TICK_BITS), .LATENCY(LATENCY)) u_tick (
      .clk_i(clk_i), .issued_i(r_tick_o), .far_o(unused_tick), .near_o(near_tick_o), .x_o(x_tick_o));
  // of these nothing is wanted later than far_o; the factor a cycle before that
  step_field #(.WIDTH(32), .LATENCY(LATENCY < 3 ? LATENCY : LATENCY - 1)) u_factor (
      .clk_i(clk_i), .issued_i(factor), .far_o(far_factor), .near_o(factor_near), .x_o(factor_x));
  step_field #(.WIDTH(INDEX_BITS), .LATENCY(LATENCY)) u_index (
      .clk_i(clk_i), .issued_i(index), .far_o(far_index_o), .near_o(index_near), .x_o(index_x));
  wire unused_fields = &{1'b0, unused_kind, unused_best, unused_slot, unused_tick, factor_near, factor_x, index_near,
                         index_x, x_same, x_swept, far_next, next_x, far_tail, tail_x, near_price, 1'b0};
  reg [STAGES-1:0]      step_valid_q, seek_valid_q;
  reg [MARKET_BITS-1:0] flush_market_q;  // of the step decided in the cycle before
  reg [31:0]            flush_best_q, flush_base_q;
  reg                   flush_sell_q;
  always @(posedge clk_i)
    {flush_market_q, flush_best_q, flush_base_q, flush_sell_q} <= {x_market_o, x_best, x_base_i, x_sell_i};

  always @(posedge clk_i) begin
    step_valid_q <= flush_i ? {STAGES{1'b0}} : {step_valid_q[STAGES-2:0], do_chase || do_command};
    seek_valid_q <= run_i ? {seek_valid_q[STAGES-2:0], do_seek} : {STAGES{1'b0}};

    if (pop) begin
      {look_bid_has_q, look_any_q, look_sell_q, look_head_q} <= {bid_has, any, sell, head_i};
      {look_takes_ask_q, look_takes_bid_q, look_ask_holds_q, look_bid_holds_q} <= {takes, holds};
      {look_two_q, look_cont_q, look_many_q, look_many_holds_q} <= {two, under_way, is_many, many_holds};
      look_market_q <= command_market;
      {look_index_q, look_limit_q, look_tick_q} <= {index_i, limit_o, price_o[TICK_BITS-1:0]};
      look_slot_q <= command_i[64+:SLOT_BITS];
      {look_bid_q, look_bid_head_q} <= {bid_i[63:32], bid_head};
      {look_ask_q, look_ask_head_q} <= {ask_i[63:32], ask_head};
    end
    look_valid_q <= !flush_i && (pop || (look_valid_q && !done && !hold_o && !look_over));
    if (do_command) second_q <= look_two_q && !second_q;
    if (flush_i || look_over) second_q <= 1'b0;

    if (!rst_ni) begin
      step_valid_q <= {STAGES{1'b0}};
      seek_valid_q <= {STAGES{1'b0}};
      look_valid_q <= 1'b0;
      second_q <= 1'b0;
    end
  end

  assign x_step_o = step_valid_q[STAGES-1];
  assign x_seek_o = seek_valid_q[STAGES-1];
  assign x_chased_o = step_valid_q[STAGES-2] && near_same;
  always @* begin
    x_swept_o = {1'b0, {(SLOT_BITS + 34) {1'bx}}};
    if (near_known_o)
      x_swept_o = {step_valid_q[STAGES-2], near_slot_o, near_next[12] ? NEXT_KNOWN : NEXT_NONE,
                   (near_best_o & ~GROUP) | ({20'd0, near_next[11:0]} & GROUP)};
  end
  assign near_step_o = step_valid_q[STAGES-2];
  times_million #(.CYCLES(LATENCY > 2 ? 2 : 1)) u_product (
      .clk_i(clk_i), .run_i(1'b1), .factor_i(far_factor), .product_o(near_product_o));
  // properties
`ifndef SYNTHESIS
  always @(posedge clk_i) if (rst_ni && run_i && !flush_i) begin
    if (look_valid_q && retire_i) assert (look_over == (look_index_q == retired_index_i));
    if (valid_i && retire_i) assert (port_over == (index_i == retired_index_i));
    if (valid_i && carry_i) assert (head_i == (index_i == head_index_i));
  end
`endif
endmodule
