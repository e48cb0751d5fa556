// Chooses what is read from the memories in each cycle and carries it to the end of the pipeline, LATENCY cycles later.
//
// One step a cycle: a look-ahead of the seeker first, then the chase, then the oldest command not yet issued. A step
// that may take is issued for the order at the head of the opposite side as the tops show it now; execute compares that
// with the tops as they are when the step arrives and has it issued again if they have changed. flush_i drops every
// step under way.
// Chase: while a taker sweeps a level, one step a cycle is issued for the next order of the queue, which a memory of
// latency 1 delivers. With nothing else to issue this starts behind every taker unasked.
`include "contract.vh"
module issue #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter LATENCY = 2,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   run_i,
    input  wire                   flush_i,
    input  wire                   retire_i,
    input  wire                   chase_i,        // with flush_i: chase from chase_slot_i
    input  wire [SLOT_BITS-1:0]   chase_slot_i,

    input  wire                   valid_i,        // a command waits to be issued
    input  wire                   is_head_i,      // nothing before it is under way
    input  wire [447:0]           command_i,
    output wire                   pop_o,
    input  wire                   carry_i,        // the head command is a taker under way
    input  wire                   carry_side_i,

    output wire [MARKET_BITS-1:0] market_o,       // whose tops these are
    input  wire [TOP_BITS-1:0]    bid_i,
    input  wire [TOP_BITS-1:0]    ask_i,
    output wire                   hold_o,         // waits for the seeker to look at hold_side_o of market_o
    output wire                   hold_side_o,

    input  wire                   seek_i,
    input  wire                   seek_first_i,
    input  wire [MARKET_BITS-1:0] seek_market_i,
    input  wire                   seek_side_i,
    input  wire [31:0]            seek_best_i,
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
    input  wire [SLOT_BITS-1:0]   chase_next_i,   // next of the chase slot of the cycle before

    output wire                   x_step_o,       // the step that arrives belongs to the head command
    output wire                   x_seek_o,       // ... to the seeker
    output wire                   x_first_o,
    output wire                   x_cont_o,
    output wire                   x_chased_o,     // the next maker follows directly behind
    output wire                   x_opposite_o,
    output wire [MARKET_BITS-1:0] x_market_o,
    output wire                   x_side_o,       // of a seek
    output wire [31:0]            x_best_o,
    output wire [SLOT_BITS-1:0]   x_slot_o,
    output wire [TICK_BITS-1:0]   x_tick_o,
    output wire [51:0]            x_product_o
);
  localparam NEXT_UNKNOWN = 2'd0;

  // ---- the command that waits
  wire [7:0]  code = command_i[`CMD_CODE];
  wire [15:0] flags = command_i[`CMD_FLAGS];
  wire [31:0] price = command_i[`CMD_PRICE];
  wire [31:0] slot_field = command_i[`CMD_SLOT];
  wire [63:0] quantity = command_i[`CMD_QUANTITY];
  wire        is_replace = code == `CODE_REPLACE;
  wire        is_many = code == `CODE_CANCEL_MANY;
  wire [31:0] limit = is_replace ? command_i[`CMD_NEW_PRICE] : price;
  wire [MARKET_BITS-1:0] command_market = command_i[8+:MARKET_BITS];
  assign market_o = command_market;

  wire                 bid_has, bid_known, ask_has, ask_known;
  wire [31:0]          bid_best, bid_next, ask_best, ask_next;
  wire [SLOT_BITS-1:0] bid_head, ask_head;
  wire [1:0]           bid_state, ask_state;
  assign {bid_has, bid_best, bid_known, bid_head, bid_state, bid_next} = bid_i;
  assign {ask_has, ask_best, ask_known, ask_head, ask_state, ask_next} = ask_i;

  // A replace that moves is two steps, a cycle apart: the removal, then what a new order does.
  reg  second_q;
  wire moves = is_replace && (limit != price || (!quantity[63] && quantity != 64'd0));
  wire under_way = is_head_i && carry_i;
  wire cont = under_way || second_q;
  // The replaced order's side is read with it; until then its price tells.
  wire replace_side = !(bid_has && price <= bid_best);
  wire side = under_way ? carry_side_i : is_replace ? replace_side : flags[`ORDER_BIT_SIDE];

  wire takes = (code == `CODE_NEW || cont) && !flags[`ORDER_BIT_POST_ONLY];
  wire reaches = side ? bid_has && (flags[`ORDER_BIT_MARKET_ORDER] || limit <= bid_best)
                      : ask_has && (flags[`ORDER_BIT_MARKET_ORDER] || limit >= ask_best);
  wire opposite = is_many ? bid_has || ask_has : takes && reaches;
  wire top_is_bid = is_many ? bid_has : side;
  wire top_ready = top_is_bid ? bid_known && (is_many || bid_state != NEXT_UNKNOWN)
                              : ask_known && (is_many || ask_state != NEXT_UNKNOWN);
  assign hold_o = run_i && valid_i && opposite && !top_ready;
  assign hold_side_o = !top_is_bid;

  // ---- the chase
  reg                   chase_q, fresh_q, unasked_q;
  reg [SLOT_BITS-1:0]   chase_slot_q;
  reg [MARKET_BITS-1:0] chase_market_q;
  reg [31:0]            chase_best_q;
  wire [SLOT_BITS-1:0] chase_slot = fresh_q ? chase_next_i : chase_slot_q;
  wire do_chase = run_i && chase_q && !(unasked_q && (valid_i || seek_i));

  // ---- choice
  wire do_seek = run_i && seek_i && !do_chase;
  wire do_command = run_i && valid_i && !do_chase && !do_seek && !hold_o;
  assign seek_taken_o = do_seek;
  assign pop_o = do_command && !(moves && !cont);

  wire [31:0] best = do_chase ? chase_best_q : do_seek ? seek_best_i : top_is_bid ? bid_best : ask_best;
  wire [SLOT_BITS-1:0] command_slot = opposite ? (top_is_bid ? bid_head : ask_head) : slot_field[SLOT_BITS-1:0];
  wire [TICK_BITS-1:0] command_tick = opposite ? best[TICK_BITS-1:0] :
                                      cont ? limit[TICK_BITS-1:0] : price[TICK_BITS-1:0];
  assign r_used_slot_o = slot_field[SLOT_BITS-1:0];
  assign r_slot_o = scan_i ? scan_slot_i : do_chase ? chase_slot : command_slot;
  assign r_chase_slot_o = r_slot_o;
  assign r_market_o = scan_i ? scan_market_i : do_chase ? chase_market_q : do_seek ? seek_market_i : command_market;
  assign r_tick_o = scan_i ? scan_tick_i : do_chase ? chase_best_q[TICK_BITS-1:0] :
                    do_seek ? seek_tick_i : command_tick;
  wire [31:0] factor = do_chase || (cont && opposite) ? best : limit;

  wire unused = &{1'b0, command_i, bid_next, ask_next, flags, slot_field, 1'b0};

  // ---- the pipeline: stage k was issued k + 1 cycles ago
  reg [4:0]             kind_q    [0:LATENCY-1];  // first seek, taker under way, chase, opposite head, side of a seek
  reg [MARKET_BITS-1:0] market_q  [0:LATENCY-1];
  reg [31:0]            best_q    [0:LATENCY-1];
  reg [SLOT_BITS-1:0]   slot_q    [0:LATENCY-1];
  reg [TICK_BITS-1:0]   tick_q    [0:LATENCY-1];
  reg [51:0]            product_q [0:LATENCY-1];
  reg [LATENCY-1:0]     step_valid_q, seek_valid_q;

  integer k;
  always @(posedge clk_i) begin
    kind_q[0] <= {seek_first_i, do_chase || cont, do_chase, do_chase || opposite, do_seek && seek_side_i};
    market_q[0] <= r_market_o;
    best_q[0] <= best;
    slot_q[0] <= r_slot_o;
    tick_q[0] <= r_tick_o;
    product_q[0] <= {20'd0, factor} * 52'd1000000;
    step_valid_q[0] <= !flush_i && (do_chase || do_command);
    seek_valid_q[0] <= !flush_i && do_seek;
    for (k = 1; k < LATENCY; k = k + 1) begin
      kind_q[k] <= kind_q[k-1];
      market_q[k] <= market_q[k-1];
      best_q[k] <= best_q[k-1];
      slot_q[k] <= slot_q[k-1];
      tick_q[k] <= tick_q[k-1];
      product_q[k] <= product_q[k-1];
      step_valid_q[k] <= !flush_i && step_valid_q[k-1];
      seek_valid_q[k] <= !flush_i && seek_valid_q[k-1];
    end

    if (do_command) second_q <= moves && !cont;
    if (flush_i || (retire_i && is_head_i)) second_q <= 1'b0;

    fresh_q <= do_chase || (do_command && opposite && !is_many);
    if (do_chase) chase_slot_q <= chase_slot;
    if (do_command && opposite && !is_many) begin
      chase_q <= 1'b1;
      unasked_q <= 1'b1;
      chase_market_q <= command_market;
      chase_best_q <= best;
    end else if (!do_chase) chase_q <= 1'b0;
    if (flush_i) begin
      chase_q <= chase_i;
      unasked_q <= 1'b0;
      fresh_q <= 1'b0;
      chase_slot_q <= chase_slot_i;
      chase_market_q <= x_market_o;
      chase_best_q <= x_best_o;
    end else if (retire_i && !(do_command && opposite)) chase_q <= 1'b0;
    if (!rst_ni) begin
      step_valid_q <= {LATENCY{1'b0}};
      seek_valid_q <= {LATENCY{1'b0}};
      second_q <= 1'b0;
      chase_q <= 1'b0;
    end
  end

  wire x_is_chase;
  assign {x_first_o, x_cont_o, x_is_chase, x_opposite_o, x_side_o} = kind_q[LATENCY-1];
  assign x_market_o = market_q[LATENCY-1];
  assign x_best_o = best_q[LATENCY-1];
  assign x_slot_o = slot_q[LATENCY-1];
  assign x_tick_o = tick_q[LATENCY-1];
  assign x_product_o = product_q[LATENCY-1];
  assign x_step_o = step_valid_q[LATENCY-1];
  assign x_seek_o = seek_valid_q[LATENCY-1];
  generate
    if (LATENCY > 1) begin : g_behind
      wire [4:0] behind = kind_q[LATENCY-2];
      wire unused_behind = &{1'b0, behind, 1'b0};
      assign x_chased_o = step_valid_q[LATENCY-2] && behind[2];
    end else begin : g_issued
      assign x_chased_o = do_chase;
    end
  endgenerate
  wire unused_x = x_is_chase;
endmodule
