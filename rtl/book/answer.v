// The event of this cycle, of the pipeline's step or of what ends outside the pipeline, and its way to the endpoint.
//
// Outside (run_i = 0): the remainder of a blocked taker expires, a scan or a set-up or a reset is answered. An event
// loaded in cycle t is put together in t + 1, of what the decision has left behind in that cycle (late inputs), where
// it is pushed and fault_i is not up, and can be taken in t + 2; room_o: there is room for one more.
`include "contract.vh"
module answer #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter [31:0] FIRST_SEQUENCE = 32'd0
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    input  wire [39:0]          cycle_i,
    input  wire [15:0]          session_i,
    input  wire                 renumber_i,         // the next event is number 0
    input  wire                 load_i,             // there may be an event, of the inputs below (known early),
    input  wire                 push_i,             // and in the next cycle: there is
    input  wire                 fault_i,            // no event any more, nor that of the cycle before
    output wire                 room_o,
    input  wire                 run_i,
    // the command
    input  wire [7:0]           code_i,
    input  wire [31:0]          tag_i,
    input  wire [7:0]           market_i,
    input  wire [19:0]          command_slot_i,
    input  wire [7:0]           command_generation_i,
    input  wire [39:0]          arrival_i,
    // the step
    input  wire [7:0]           decided_i,          // rest, fill, take out, reduce, expire, reject, park, done or data
    input  wire                 trades_i,           // the reason is match_reason_i
    input  wire [6:0]           match_reason_i,
    input  wire [6:0]           reason_i,
    input  wire                 last_i,
    input  wire                 more_i,
    input  wire                 with_taker_i,
    input  wire                 with_maker_i,
    input  wire                 with_level_i,
    input  wire [7:0]           taker_generation_i,
    input  wire [23:0]          taker_owner_i,
    input  wire [SLOT_BITS-1:0] maker_slot_i,
    input  wire [7:0]           maker_generation_i,
    input  wire [23:0]          maker_owner_i,
    input  wire                 reads_order_i,
    input  wire                 reads_level_i,
    input  wire [MARKET_BITS-1:0] order_market_i,   // of the order that was read
    input  wire [TICK_BITS-1:0] order_tick_i,
    input  wire [31:0]          order_base_i,
    input  wire                 side_i,
    input  wire                 of_taker_i,         // price: limit_i, 0 for a market order,
    input  wire                 with_price_i,       // or that of order or level
    input  wire [31:0]          limit_i,
    input  wire [31:0]          level_price_i,
    input  wire                 with_amount_i,
    input  wire                 taker_keeps_i,      // what the taker has left: amount_i or carried_i
    input  wire                 taker_carries_i,
    input  wire                 maker_keeps_i,      // what the maker has left: maker_open_i
    input  wire [32:0]          told_best_i,        // before, of a level that is read or stays: is there one, price
    // late: a cycle later
    input  wire [39:0]          amount_i,
    input  wire [39:0]          carried_i,
    input  wire [39:0]          maker_open_i,
    input  wire [32:0]          best_i,             // after the change: is there one, price
    input  wire [59:0]          aggregate_i,
    // outside
    input  wire                 final_i,
    input  wire                 final_self_i,
    input  wire                 impact_tightest_i,
    input  wire [6:0]           tightest_reason_i,
    input  wire [39:0]          final_quantity_i,
    input  wire [23:0]          final_owner_i,
    input  wire                 scan_i,
    input  wire                 scan_passed_i,
    input  wire [63:0]          digest_i,
    input  wire [39:0]          digest_orders_i,

    output wire                 ev_valid_o,
    input  wire                 ev_ready_i,
    output wire [511:0]         ev_o
);
  // ticks below the base's lie in the next turn of the window's ring
  wire [31-TICK_BITS:0] next_turn = order_base_i[31:TICK_BITS] + 1'b1;
  wire        turned = order_tick_i < order_base_i[TICK_BITS-1:0];
  wire [31:0] order_price = {turned ? next_turn : order_base_i[31:TICK_BITS], order_tick_i};

  wire rest, fill, take_out, reduce, expire, reject, park, done;
  assign {rest, fill, take_out, reduce, expire, reject, park, done} = decided_i;
  wire slow_digest = scan_i && code_i == `CODE_READ;
  reg [2:0] slow_decided;  // expire, reject, done
  reg [6:0] slow_reason;
  always @* begin
    slow_decided = 3'b001;
    slow_reason = `REASON_NONE;
    if (!run_i) begin
      if (final_i) begin
        slow_decided = 3'b100;
        slow_reason = final_self_i ? `REASON_SELF_TRADE : impact_tightest_i ? `REASON_PRICE_IMPACT : tightest_reason_i;
      end else if (slow_digest) slow_decided = 3'b000;
      else if (scan_i && code_i != `CODE_SHIFT) begin
        slow_decided = 3'b010;
        slow_reason = `REASON_FILL_OR_KILL;
      end else if (scan_i && !scan_passed_i) begin
        slow_decided = 3'b010;
        slow_reason = `REASON_PRICE_OUT_OF_BOUNDS;
      end
    end
  end

  wire with_taker = run_i ? with_taker_i : final_i;
  wire [39:0] slow_quantity = run_i ? 40'd0 : final_i ? final_quantity_i : slow_digest ? digest_orders_i : 40'd0;

  reg        last_q, more_q, taker_owner_q, maker_q, level_q, side_q, digest_q, may_push_q, told_q, reads_order_q;
  reg        limit_q, price_q, amount_q, keeps_q, carries_q, maker_keeps_q;
  reg        trades_q;
  reg        rest_q, fill_q, take_out_q, reduce_q, expire_q, reject_q, park_q, done_q;
  reg [6:0]  match_reason_q, reason_q;
  reg [7:0]  market_q, taker_generation_q, command_generation_q, maker_generation_q;
  reg [19:0] taker_slot_q, maker_slot_q;
  reg [23:0] taker_owner_value_q, maker_owner_q;
  reg [31:0] tag_q, limit_value_q, price_value_q;
  reg [32:0] told_best_q;
  reg [39:0] arrival_q, waited_q, slow_quantity_q;
  reg [63:0] digest_value_q;
  always @(posedge clk_i) begin
    may_push_q <= load_i && room_o;
    if (load_i) begin
      rest_q <= run_i && rest;
      fill_q <= run_i && fill;
      take_out_q <= run_i && take_out;
      reduce_q <= run_i && reduce;
      expire_q <= run_i ? expire : slow_decided[2];
      reject_q <= run_i ? reject : slow_decided[1];
      park_q <= run_i && park;
      done_q <= run_i ? done : slow_decided[0];
      {trades_q, match_reason_q, reason_q} <= {run_i && trades_i, match_reason_i, run_i ? reason_i : slow_reason};
      {last_q, more_q} <= {!run_i || last_i, run_i && more_i};
      {tag_q, arrival_q, waited_q} <= {tag_i, arrival_i, cycle_i - arrival_i};
      market_q <= run_i && reads_order_i ? {{(8 - MARKET_BITS) {1'b0}}, order_market_i} : market_i;
      taker_owner_q <= with_taker;
      taker_slot_q <= command_slot_i;
      {taker_generation_q, command_generation_q} <= {taker_generation_i, command_generation_i};
      taker_owner_value_q <= run_i ? taker_owner_i : final_owner_i;
      {maker_q, maker_slot_q} <= {run_i && with_maker_i, {(20 - SLOT_BITS) {1'b0}}, maker_slot_i};
      {maker_generation_q, maker_owner_q} <= {maker_generation_i, maker_owner_i};
      {level_q, told_q, told_best_q} <= {run_i && with_level_i, reads_level_i, told_best_i};
      {side_q, reads_order_q} <= {run_i && side_i, run_i && reads_order_i};
      {limit_q, limit_value_q} <= {run_i ? of_taker_i : final_i, limit_i};
      {price_q, price_value_q} <= {run_i && with_price_i, reads_order_i ? order_price : level_price_i};
      {amount_q, slow_quantity_q} <= {run_i && with_amount_i, slow_quantity};
      keeps_q <= run_i && taker_keeps_i;
      carries_q <= run_i && taker_carries_i;
      maker_keeps_q <= run_i && maker_keeps_i;
      {digest_q, digest_value_q} <= {slow_digest, digest_i};
    end
  end

  localparam DEPTH_LOG2 = 4;
  wire                  push = push_i && !fault_i;
  wire [4:0]            kind = rest_q ? `KIND_RESTED : fill_q ? `KIND_FILL : take_out_q ? `KIND_REMOVED :
                               reduce_q ? `KIND_REDUCED : expire_q ? `KIND_EXPIRED : reject_q ? `KIND_REJECTED :
                               park_q ? `KIND_PARKED : done_q ? `KIND_DONE : `KIND_DATA;
  wire                  echo = reject_q;  // names what the command named
  wire [DEPTH_LOG2-1:0] write, read;
  wire [31:0]           number;
  wire [32:0]           best = told_q || maker_keeps_q ? told_best_q : best_i;
  wire [31:0]           price = limit_q ? limit_value_q : price_q ? price_value_q : 32'd0;
  wire [39:0]           quantity = amount_q ? amount_i : slow_quantity_q;
  wire [39:0]           taker_remaining = keeps_q ? amount_i : carries_q ? carried_i : 40'd0;
  wire [39:0]           maker_remaining = reads_order_q ? amount_i : maker_keeps_q ? maker_open_i : 40'd0;
  event_pack #(.DEPTH_LOG2(DEPTH_LOG2)) u_pack (
      .clk_i(clk_i), .push_i(may_push_q), .write_i(write), .sequence_i(number), .kind_i(kind),
      .reason_i(trades_q ? match_reason_q : reason_q), .last_i(last_q), .more_i(more_q), .tag_i(tag_q),
      .market_i(market_q), .session_i(session_i), .arrival_i(arrival_q), .waited_i(waited_q),
      .taker_i(taker_owner_q || echo), .taker_owner_valid_i(taker_owner_q), .taker_slot_i(taker_slot_q),
      .taker_generation_i(echo ? command_generation_q : taker_generation_q), .taker_owner_i(taker_owner_value_q),
      .maker_i(maker_q), .maker_slot_i(maker_slot_q), .maker_generation_i(maker_generation_q),
      .maker_owner_i(maker_owner_q), .level_i(level_q), .aggregate_i(aggregate_i), .best_valid_i(best[32]),
      .best_i(best[31:0]), .side_i(side_q), .price_i(price), .quantity_i(quantity), .taker_remaining_i(taker_remaining),
      .maker_remaining_i(maker_remaining), .digest_i(digest_q), .digest_value_i(digest_value_q), .read_i(read),
      .event_o(ev_o));

  event_queue #(.DEPTH_LOG2(DEPTH_LOG2), .FIRST_SEQUENCE(FIRST_SEQUENCE)) u_events (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(renumber_i), .push_i(push), .withdraw_i(fault_i), .room_o(room_o),
      .write_o(write), .sequence_o(number), .valid_o(ev_valid_o), .ready_i(ev_ready_i), .read_o(read));
endmodule
