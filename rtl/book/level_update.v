// What one change of one order does to its level's queue, its side's top and the orders beside it; combinational.
// Aggregate and bitmap follow a cycle later (level_sum).
//
// add: slot_i joins the level as its last order. remove: slot_i leaves the level, wherever it stands. Inputs are the
// ends of the level, the order's neighbours, and the side's top entry before the change. unknown_o: the side's best
// level would empty and the next one is not yet known; the change must wait.
module level_update #(
    parameter SLOT_BITS = 16,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                 add_i,
    input  wire                 remove_i,
    input  wire                 sell_i,        // side of the level
    input  wire [31:0]          price_i,
    input  wire [SLOT_BITS-1:0] slot_i,

    input  wire                 occupied_i,
    input  wire [SLOT_BITS-1:0] head_i,
    input  wire [SLOT_BITS-1:0] tail_i,
    input  wire [SLOT_BITS-1:0] next_i,
    input  wire [SLOT_BITS-1:0] prev_i,
    input  wire [TOP_BITS-1:0]  top_i,

    output wire [SLOT_BITS-1:0] head_o,
    output wire [SLOT_BITS-1:0] tail_o,
    output wire                 w_next_o,
    output wire [SLOT_BITS-1:0] w_next_slot_o,
    output wire [SLOT_BITS-1:0] w_next_value_o,
    output wire                 w_prev_o,
    output wire [SLOT_BITS-1:0] w_prev_slot_o,
    output wire [SLOT_BITS-1:0] w_prev_value_o,
    output wire                 appears_o,     // the level's first order, or its last one leaves
    output wire                 vanishes_o,
    output wire [TOP_BITS-1:0]  top_o,
    output wire                 unknown_o
);
  localparam NEXT_UNKNOWN = 2'd0, NEXT_NONE = 2'd1, NEXT_KNOWN = 2'd2;

  wire is_head = slot_i == head_i;
  wire is_tail = slot_i == tail_i;
  wire appears = add_i && !occupied_i;
  wire vanishes = remove_i && head_i == tail_i;

  // the queue
  assign head_o = appears ? slot_i : remove_i && is_head ? next_i : head_i;
  assign tail_o = add_i ? slot_i : remove_i && is_tail ? prev_i : tail_i;
  assign w_next_o = (add_i && occupied_i) || (remove_i && !is_head);
  assign w_next_slot_o = add_i ? tail_i : prev_i;
  assign w_next_value_o = add_i ? slot_i : next_i;
  assign w_prev_o = add_i || (remove_i && !is_tail);
  assign w_prev_slot_o = add_i ? slot_i : next_i;
  assign w_prev_value_o = add_i ? tail_i : prev_i;

  assign appears_o = appears;
  assign vanishes_o = vanishes;

  // the side's top
  wire                 has, head_known;
  wire [31:0]          best, next_price;
  wire [SLOT_BITS-1:0] head;
  wire [1:0]           next_state;
  assign {has, best, head_known, head, next_state, next_price} = top_i;
  wire at_best = has && price_i == best;
  wire beats_best = !has || (sell_i ? price_i < best : price_i > best);
  wire beats_next = next_state == NEXT_NONE ||
                    (next_state == NEXT_KNOWN && (sell_i ? price_i < next_price : price_i > next_price));

  assign unknown_o = vanishes && at_best && next_state == NEXT_UNKNOWN;
  reg [TOP_BITS-1:0] top;
  always @* begin
    top = top_i;
    if (appears && beats_best)
      top = {1'b1, price_i, 1'b1, slot_i, has ? NEXT_KNOWN : NEXT_NONE, best};
    else if (appears && beats_next)
      top = {has, best, head_known, head, NEXT_KNOWN, price_i};
    else if (vanishes && at_best)
      top = {next_state == NEXT_KNOWN, next_price, 1'b0, head, NEXT_UNKNOWN, next_price};
    else if (vanishes && next_state == NEXT_KNOWN && price_i == next_price)
      top = {has, best, head_known, head, NEXT_UNKNOWN, next_price};
    else if (remove_i && at_best && is_head)
      top = {has, best, 1'b1, next_i, next_state, next_price};
  end
  assign top_o = top;
endmodule
