// The event of this cycle, of the pipeline's step or of what ends outside the pipeline, and its way to the endpoint.
//
// Outside (run_i = 0): the remainder of a blocked taker expires, a scan or a set-up or a reset is answered. An event
// loaded in cycle t is put together in t + 1, with the level's aggregate of that cycle, where it is pushed and fault_i
// is not up, and can be taken in t + 2; room_o: there is room for one more.
`include "contract.vh"
module answer #(
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter [31:0] FIRST_SEQUENCE = 32'd0
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    input  wire [39:0]          cycle_i,
    input  wire [15:0]          session_i,
    input  wire                 renumber_i,         // the next event is number 0
    input  wire                 load_i,             // there may be an event, of the inputs below,
    input  wire                 push_i,             // and in the next cycle: there is
    input  wire                 fault_i,            // no event any more
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
    input  wire [4:0]           kind_i,
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
    input  wire [MARKET_BITS-1:0] order_market_i,   // of the order that was read
    input  wire                 side_i,
    input  wire [31:0]          price_i,
    input  wire [39:0]          quantity_i,
    input  wire [39:0]          taker_remaining_i,
    input  wire [39:0]          maker_remaining_i,
    input  wire [59:0]          aggregate_i,        // a cycle later
    input  wire                 best_valid_i,
    input  wire [31:0]          best_i,
    // outside
    input  wire                 final_i,
    input  wire                 final_self_i,
    input  wire                 impact_tightest_i,
    input  wire [6:0]           tightest_reason_i,
    input  wire [31:0]          final_price_i,      // 0 for a market order
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
  wire slow_digest = scan_i && code_i == `CODE_READ;
  reg [4:0] slow_kind;
  reg [6:0] slow_reason;
  always @* begin
    slow_kind = `KIND_DONE;
    slow_reason = `REASON_NONE;
    if (!run_i) begin
      if (final_i) begin
        slow_kind = `KIND_EXPIRED;
        slow_reason = final_self_i ? `REASON_SELF_TRADE : impact_tightest_i ? `REASON_PRICE_IMPACT : tightest_reason_i;
      end else if (slow_digest) slow_kind = `KIND_DATA;
      else if (scan_i && code_i != `CODE_SHIFT) begin
        slow_kind = `KIND_REJECTED;
        slow_reason = `REASON_FILL_OR_KILL;
      end else if (scan_i && !scan_passed_i) begin
        slow_kind = `KIND_REJECTED;
        slow_reason = `REASON_PRICE_OUT_OF_BOUNDS;
      end
    end
  end

  wire [4:0] kind = run_i ? kind_i : slow_kind;
  wire with_taker = run_i ? with_taker_i : final_i;
  wire reads_order = run_i && kind_i == `KIND_DATA && with_maker_i;
  wire [39:0] quantity = run_i ? quantity_i : final_i ? final_quantity_i : slow_digest ? digest_orders_i : 40'd0;

  reg        last_q, more_q, taker_owner_q, maker_q, level_q, best_valid_q, side_q, digest_q;
  reg [4:0]  kind_q;
  reg [6:0]  reason_q;
  reg [7:0]  market_q, taker_generation_q, command_generation_q, maker_generation_q;
  reg [19:0] taker_slot_q, maker_slot_q;
  reg [23:0] taker_owner_value_q, maker_owner_q;
  reg [31:0] tag_q, price_q, best_q;
  reg [39:0] arrival_q, quantity_q, taker_remaining_q, maker_remaining_q;
  reg [63:0] digest_value_q;
  always @(posedge clk_i) begin
    if (load_i) begin
      {kind_q, reason_q} <= {kind, run_i ? reason_i : slow_reason};
      {last_q, more_q} <= {!run_i || last_i, run_i && more_i};
      {tag_q, arrival_q} <= {tag_i, arrival_i};
      market_q <= reads_order ? {{(8 - MARKET_BITS) {1'b0}}, order_market_i} : market_i;
      taker_owner_q <= with_taker;
      taker_slot_q <= command_slot_i;
      {taker_generation_q, command_generation_q} <= {taker_generation_i, command_generation_i};
      taker_owner_value_q <= run_i ? taker_owner_i : final_owner_i;
      {maker_q, maker_slot_q} <= {run_i && with_maker_i, {(20 - SLOT_BITS) {1'b0}}, maker_slot_i};
      {maker_generation_q, maker_owner_q} <= {maker_generation_i, maker_owner_i};
      {level_q, best_valid_q, best_q} <= {run_i && with_level_i, best_valid_i, best_i};
      {side_q, price_q} <= {run_i && side_i, run_i ? price_i : final_i ? final_price_i : 32'd0};
      {quantity_q, taker_remaining_q} <= {quantity, run_i ? taker_remaining_i : 40'd0};
      maker_remaining_q <= run_i ? maker_remaining_i : 40'd0;
      {digest_q, digest_value_q} <= {slow_digest, digest_i};
    end
  end

  localparam DEPTH_LOG2 = 4;
  wire                  push = push_i && !fault_i;
  wire                  echo = kind_q == `KIND_REJECTED;  // names what the command named
  wire [DEPTH_LOG2-1:0] write, read;
  wire [31:0]           number;
  event_pack #(.DEPTH_LOG2(DEPTH_LOG2)) u_pack (
      .clk_i(clk_i), .push_i(push), .write_i(write), .sequence_i(number),
      .kind_i(kind_q), .reason_i(reason_q), .last_i(last_q), .more_i(more_q), .tag_i(tag_q), .market_i(market_q),
      .session_i(session_i), .arrival_i(arrival_q), .cycle_i(cycle_i),
      .taker_i(taker_owner_q || echo), .taker_owner_valid_i(taker_owner_q), .taker_slot_i(taker_slot_q),
      .taker_generation_i(echo ? command_generation_q : taker_generation_q), .taker_owner_i(taker_owner_value_q),
      .maker_i(maker_q), .maker_slot_i(maker_slot_q), .maker_generation_i(maker_generation_q),
      .maker_owner_i(maker_owner_q), .level_i(level_q), .aggregate_i(aggregate_i), .best_valid_i(best_valid_q),
      .best_i(best_q), .side_i(side_q), .price_i(price_q), .quantity_i(quantity_q),
      .taker_remaining_i(taker_remaining_q), .maker_remaining_i(maker_remaining_q),
      .digest_i(digest_q), .digest_value_i(digest_value_q), .read_i(read), .event_o(ev_o));

  event_queue #(.DEPTH_LOG2(DEPTH_LOG2), .FIRST_SEQUENCE(FIRST_SEQUENCE)) u_events (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(renumber_i), .push_i(push), .room_o(room_o), .write_o(write),
      .sequence_o(number), .valid_o(ev_valid_o), .ready_i(ev_ready_i), .read_o(read));
endmodule
