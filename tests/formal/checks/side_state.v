// Whether a side's top entry tells the truth about its occupied ticks (levels_i). Combinational; part of book_state.
module side_state #(
    parameter SLOT_BITS = 2,
    parameter TICK_BITS = 3,
    parameter SELL = 0,
    parameter TICKS = 1 << TICK_BITS,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  [31:0]                base_i,
    input  [TICKS-1:0]           levels_i,
    input  [TICKS*SLOT_BITS-1:0] head_i,
    input  [TOP_BITS-1:0]        top_i,
    output                       right_o
);
  localparam NEXT_NONE = 2'd1, NEXT_KNOWN = 2'd2;
  wire                 has, known;
  wire [31:0]          best, next;
  wire [SLOT_BITS-1:0] head;
  wire [1:0]           state;
  assign {has, known, head, state, best, next} = top_i;

  wire [TICKS-1:0] first, second, best_right, next_right;
  genvar t;
  generate
    for (t = 0; t < TICKS; t = t + 1) begin : g_tick
      wire [TICKS-1:0] better = SELL ? ~({TICKS{1'b1}} << t) : ({TICKS{1'b1}} << t) << 1;
      assign first[t] = levels_i[t] && (levels_i & better) == 0;
      assign second[t] = levels_i[t] && (levels_i & better) != 0 && (levels_i & better & ~first) == 0;
      assign best_right[t] = !first[t] || (best == base_i + t && (!known || head == head_i[t*SLOT_BITS+:SLOT_BITS]));
      assign next_right[t] = !second[t] || (state != NEXT_NONE && (state != NEXT_KNOWN || next == base_i + t));
    end
  endgenerate
  assign right_o = has == |levels_i && &best_right && &next_right && state != 2'd3 &&
                   !(has && state == NEXT_KNOWN && second == 0);
endmodule
