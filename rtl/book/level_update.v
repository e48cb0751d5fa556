// What one change of one order does to its level's queue, its side's top and the orders beside it; combinational.
// Aggregate and bitmap follow a cycle later (level_sum).
//
// add: slot_i joins the level as its last order. remove: slot_i leaves the level, wherever it stands. Inputs are the
// ends of the level, the order's neighbours, the side's top entry before the change, and how the level's price stands
// to it (relate). unknown_o: the side's best level would empty and the next one is not yet known; the change must wait.
// That there is a change is known last, so head_o, tail_o and top_o are what they are behind it, if there is one.
module level_update #(
    parameter SLOT_BITS = 16,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                 add_i,
    input  wire                 remove_i,
    input  wire                 joins_i,       // it is add_i, if it is one of them (known earlier)
    input  wire [31:0]          price_i,
    input  wire                 at_best_i,     // price_i is top_i's best, better than it, its next, better than it;
    input  wire                 better_i,      // where those are
    input  wire                 at_next_i,
    input  wire                 beats_next_i,
    input  wire [SLOT_BITS-1:0] slot_i,

    input  wire [2:0]           place_i,       // of slot_i in the queue: it is the head, the tail, alone
    input  wire                 occupied_i,
    input  wire [SLOT_BITS-1:0] head_i,
    input  wire [SLOT_BITS-1:0] tail_i,
    input  wire [SLOT_BITS-1:0] next_i,
    input  wire [SLOT_BITS-1:0] prev_i,
    input  wire [TOP_BITS-1:0]  top_i,

    // the step behind this one is for the head of the next level, and behind that is known, too
    input  wire [SLOT_BITS+34:0] swept_i,      // it is so, head, next_state and price behind

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
    output wire                 new_best_o,    // what of it changes: the level becomes the best,
    output wire                 gone_o,        // the best level goes,
    output wire                 behind_o,      // the level becomes the next best,
    output wire                 changes_o,     // or anything
    output wire                 new_head_o,    // the head of the best level goes, the level stays
    output wire                 unknown_o
);
  localparam NEXT_UNKNOWN = 2'd0, NEXT_NONE = 2'd1, NEXT_KNOWN = 2'd2;

  wire is_head, is_tail, last;
  assign {is_head, is_tail, last} = place_i;
  wire appears = add_i && !occupied_i;
  wire vanishes = remove_i && last;

  // the queue
  assign head_o = joins_i ? (occupied_i ? head_i : slot_i) : is_head ? next_i : head_i;
  assign tail_o = joins_i ? slot_i : is_tail ? prev_i : tail_i;
  assign w_next_o = (add_i && occupied_i) || (remove_i && !is_head);
  assign w_next_slot_o = joins_i ? tail_i : prev_i;
  assign w_next_value_o = joins_i ? slot_i : next_i;
  assign w_prev_o = add_i || (remove_i && !is_tail);
  assign w_prev_slot_o = joins_i ? slot_i : next_i;
  assign w_prev_value_o = joins_i ? tail_i : prev_i;

  assign appears_o = appears;
  assign vanishes_o = vanishes;

  // the side's top
  wire                 has, head_known;
  wire [31:0]          best, next_price;
  wire [SLOT_BITS-1:0] head;
  wire [1:0]           next_state;
  assign {has, head_known, head, next_state, best, next_price} = top_i;
  wire                 swept;
  wire [SLOT_BITS-1:0] swept_head;
  wire [1:0]           swept_state;
  wire [31:0]          swept_next;
  assign {swept, swept_head, swept_state, swept_next} = swept_i;
  wire at_best = has && at_best_i;
  wire beats_best = !has || better_i;
  wire beats_next = next_state == NEXT_NONE || (next_state == NEXT_KNOWN && beats_next_i);
  wire next_gone = vanishes && !at_best && next_state == NEXT_KNOWN && at_next_i;
  assign new_best_o = appears && beats_best;
  assign behind_o = appears && !beats_best && beats_next;
  assign gone_o = vanishes && at_best;
  assign new_head_o = remove_i && !vanishes && at_best && is_head;
  assign changes_o = new_best_o || behind_o || gone_o || next_gone || new_head_o;

  assign unknown_o = vanishes && at_best && next_state == NEXT_UNKNOWN;
  reg [TOP_BITS-1:0] top;
  always @* begin
    top = top_i;
    if (joins_i) begin
      if (!occupied_i && beats_best) top = {1'b1, 1'b1, slot_i, has ? NEXT_KNOWN : NEXT_NONE, price_i, best};
      else if (!occupied_i && beats_next) top = {has, head_known, head, NEXT_KNOWN, best, price_i};
    end else begin
      if (last && at_best)
        top = {next_state == NEXT_KNOWN, swept, swept_head, swept ? swept_state : NEXT_UNKNOWN, next_price,
               swept_next};
      else if (last && next_state == NEXT_KNOWN && at_next_i)
        top = {has, head_known, head, NEXT_UNKNOWN, best, next_price};
      else if (!last && at_best && is_head) top = {has, 1'b1, next_i, next_state, best, next_price};
    end
  end
  assign top_o = top;
endmodule
