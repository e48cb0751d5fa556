// level_update and level_sum: one change of one order takes every consistent book to a consistent book (book_state says
// what that is). The state before is arbitrary; what the change writes goes where book_store puts it.
module check_level_update #(
    parameter SLOTS = 4,
    parameter SLOT_BITS = 2,
    parameter TICK_BITS = 3,
    parameter OPEN_BITS = 3,
    parameter SUM_BITS = 6,
    parameter TICKS = 1 << TICK_BITS,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input [25:0]                base_page_i,
    input [SLOTS-1:0]           used_i,
    input [SLOTS-1:0]           side_i,
    input [SLOTS*TICK_BITS-1:0] tick_i,
    input [SLOTS*OPEN_BITS-1:0] open_i,
    input [SLOTS*SLOTS-1:0]     older_i,
    input [SLOTS*SLOT_BITS-1:0] next_i,
    input [SLOTS*SLOT_BITS-1:0] prev_i,
    input [TICKS*SLOT_BITS-1:0] head_i,
    input [TICKS*SLOT_BITS-1:0] tail_i,
    input [TICKS*SUM_BITS-1:0]  aggregate_i,
    input [TOP_BITS-1:0]        bid_i,
    input [TOP_BITS-1:0]        ask_i,
    input [TICKS-1:0]           bitmap_i,
    // the change
    input                       add_i,
    input                       joins_i,
    input                       remove_i,
    input                       amend_i,
    input                       sell_i,
    input [TICK_BITS-1:0]       at_i,
    input [SLOT_BITS-1:0]       slot_i,
    input                       swept_i,
    input [OPEN_BITS-1:0]       left_i
);
  wire [31:0] base = {base_page_i, 6'd0};
  wire [31:0] price = base + at_i;
  wire order_a, uncrossed_a, queues_a, sums_a, bitmap_a, tops_a;
  book_state #(.SLOTS(SLOTS), .SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .OPEN_BITS(OPEN_BITS),
               .SUM_BITS(SUM_BITS)) u_before (
      .base_i(base), .used_i(used_i), .side_i(side_i), .tick_i(tick_i), .open_i(open_i), .older_i(older_i),
      .next_i(next_i), .prev_i(prev_i), .head_i(head_i), .tail_i(tail_i), .aggregate_i(aggregate_i),
      .bitmap_i(bitmap_i), .bid_i(bid_i), .ask_i(ask_i), .order_o(order_a), .uncrossed_o(uncrossed_a),
      .queues_o(queues_a), .sums_o(sums_a), .bitmap_o(bitmap_a), .tops_o(tops_a));

  // ---- the change
  wire [OPEN_BITS-1:0] open;
  wire [TICK_BITS-1:0] tick;
  wire [SLOT_BITS-1:0] head, tail, next, prev, head_d, tail_d, next_slot, next_value, prev_slot, prev_value;
  wire [SUM_BITS-1:0]  aggregate;
  wire [59:0]          aggregate_d;
  wire                 used, side, w_next, w_prev, w_words, unknown;
  wire [63:0]          word0, word1, word2, word3;
  wire [TOP_BITS-1:0]  top_d;
  pick #(.COUNT(SLOTS), .WIDTH(1), .INDEX_BITS(SLOT_BITS)) u_used (
      .words_i(used_i), .index_i(slot_i), .word_o(used));
  pick #(.COUNT(SLOTS), .WIDTH(1), .INDEX_BITS(SLOT_BITS)) u_side (
      .words_i(side_i), .index_i(slot_i), .word_o(side));
  pick #(.COUNT(SLOTS), .WIDTH(TICK_BITS), .INDEX_BITS(SLOT_BITS)) u_tick (
      .words_i(tick_i), .index_i(slot_i), .word_o(tick));
  pick #(.COUNT(SLOTS), .WIDTH(OPEN_BITS), .INDEX_BITS(SLOT_BITS)) u_open (
      .words_i(open_i), .index_i(slot_i), .word_o(open));
  pick #(.COUNT(SLOTS), .WIDTH(SLOT_BITS), .INDEX_BITS(SLOT_BITS)) u_next (
      .words_i(next_i), .index_i(slot_i), .word_o(next));
  pick #(.COUNT(SLOTS), .WIDTH(SLOT_BITS), .INDEX_BITS(SLOT_BITS)) u_prev (
      .words_i(prev_i), .index_i(slot_i), .word_o(prev));
  pick #(.COUNT(TICKS), .WIDTH(SLOT_BITS), .INDEX_BITS(TICK_BITS)) u_head (
      .words_i(head_i), .index_i(at_i), .word_o(head));
  pick #(.COUNT(TICKS), .WIDTH(SLOT_BITS), .INDEX_BITS(TICK_BITS)) u_tail (
      .words_i(tail_i), .index_i(at_i), .word_o(tail));
  pick #(.COUNT(TICKS), .WIDTH(SUM_BITS), .INDEX_BITS(TICK_BITS)) u_aggregate (
      .words_i(aggregate_i), .index_i(at_i), .word_o(aggregate));
  wire occupied;
  pick #(.COUNT(TICKS), .WIDTH(1), .INDEX_BITS(TICK_BITS)) u_bitmap (
      .words_i(bitmap_i), .index_i(at_i), .word_o(occupied));
  wire [OPEN_BITS-1:0] amount = add_i ? left_i : remove_i ? open : open - left_i;
  wire                 appears, vanishes;
  // how the price stands to the side's top (check_relate)
  wire [TOP_BITS-1:0]  own_top = sell_i ? ask_i : bid_i;
  wire [31:0]          own_best = own_top[63:32], own_next = own_top[31:0];
  wire                 changes_top;
  // what a sweep knows of the levels behind the best
  wire [31:0]          next_tick = own_next - base;
  wire [SLOT_BITS-1:0] next_head;
  pick #(.COUNT(TICKS), .WIDTH(SLOT_BITS), .INDEX_BITS(TICK_BITS)) u_next_head (
      .words_i(head_i), .index_i(next_tick[TICK_BITS-1:0]), .word_o(next_head));
  reg                 third;
  reg [TICK_BITS-1:0] third_tick;
  integer             k;
  always @* begin
    {third, third_tick} = 0;
    for (k = 0; k < TICKS; k = k + 1)
      if (bitmap_i[sell_i ? TICKS - 1 - k : k] && (sell_i ? TICKS - 1 - k > next_tick : k < next_tick))
        {third, third_tick} = {1'b1, sell_i ? ~k[TICK_BITS-1:0] : k[TICK_BITS-1:0]};
  end
  wire applies = add_i || remove_i;
  wire joins = add_i || (!remove_i && joins_i);  // complete asserts it: add_i, where either is up
  wire swept = swept_i && own_top[65:64] == 2'd2;
  level_update #(.SLOT_BITS(SLOT_BITS)) u_dut (
      .add_i(add_i), .joins_i(joins), .remove_i(remove_i), .price_i(price), .at_best_i(price == own_best),
      .better_i(sell_i ? price < own_best : price > own_best), .at_next_i(price == own_next),
      .beats_next_i(sell_i ? price < own_next : price > own_next), .slot_i(slot_i),
      .place_i({slot_i == head, slot_i == tail, head == tail}), .occupied_i(occupied),
      .head_i(head), .tail_i(tail), .next_i(next), .prev_i(prev), .top_i(own_top),
      .swept_i({swept, next_head, third ? 2'd2 : 2'd1, base + third_tick}), .head_o(head_d), .tail_o(tail_d),
      .w_next_o(w_next), .w_next_slot_o(next_slot), .w_next_value_o(next_value), .w_prev_o(w_prev),
      .w_prev_slot_o(prev_slot), .w_prev_value_o(prev_value), .appears_o(appears), .vanishes_o(vanishes), .top_o(top_d),
      .changes_o(changes_top), .unknown_o(unknown));
  level_sum #(.TICK_BITS(TICK_BITS)) u_sum (
      .add_i(add_i), .appears_i(appears), .tick_i(at_i), .amount_i({{(40 - OPEN_BITS) {1'b0}}, amount}),
      .aggregate_i({{(60 - SUM_BITS) {1'b0}}, aggregate}), .word0_i({{(64 - TICKS) {1'b0}}, bitmap_i}), .word1_i(64'd0),
      .word2_i(64'd0), .word3_i(64'd0), .valid_i(4'b1111), .aggregate_o(aggregate_d), .word0_o(word0), .word1_o(word1),
      .word2_o(word2), .word3_o(word3));
  assign w_words = appears || vanishes;

  // What execute and step_result promise: an add does not cross and takes a free slot; remove and amend name an order
  // with its own level and side.
  wire own = used && side == sell_i && tick == at_i;
  wire crosses = sell_i ? bid_i[TOP_BITS-1] && price <= bid_i[63:32]
                        : ask_i[TOP_BITS-1] && price >= ask_i[63:32];
  wire allowed = add_i ? !used && !crosses && left_i != 0 && !remove_i && !amend_i
                       : own && (remove_i ? !amend_i : amend_i && left_i != 0 && left_i < open);

  // ---- the state after
  wire [SLOTS-1:0]           used_d, side_d;
  wire [SLOTS*TICK_BITS-1:0] ticks_d;
  wire [SLOTS*OPEN_BITS-1:0] opens_d;
  wire [SLOTS*SLOTS-1:0]     older_d;
  wire [SLOTS*SLOT_BITS-1:0] nexts_d, prevs_d;
  wire [TICKS*SLOT_BITS-1:0] heads_d, tails_d;
  wire [TICKS*SUM_BITS-1:0]  sums_d;
  put #(.COUNT(SLOTS), .WIDTH(1), .INDEX_BITS(SLOT_BITS)) u_put_used (
      .words_i(used_i), .write_i(add_i || remove_i), .index_i(slot_i), .word_i(add_i), .words_o(used_d));
  put #(.COUNT(SLOTS), .WIDTH(1), .INDEX_BITS(SLOT_BITS)) u_put_side (
      .words_i(side_i), .write_i(add_i), .index_i(slot_i), .word_i(sell_i), .words_o(side_d));
  put #(.COUNT(SLOTS), .WIDTH(TICK_BITS), .INDEX_BITS(SLOT_BITS)) u_put_tick (
      .words_i(tick_i), .write_i(add_i), .index_i(slot_i), .word_i(at_i), .words_o(ticks_d));
  put #(.COUNT(SLOTS), .WIDTH(OPEN_BITS), .INDEX_BITS(SLOT_BITS)) u_put_open (
      .words_i(open_i), .write_i(add_i || amend_i), .index_i(slot_i), .word_i(left_i), .words_o(opens_d));
  put #(.COUNT(SLOTS), .WIDTH(SLOT_BITS), .INDEX_BITS(SLOT_BITS)) u_put_next (
      .words_i(next_i), .write_i(w_next), .index_i(next_slot), .word_i(next_value), .words_o(nexts_d));
  put #(.COUNT(SLOTS), .WIDTH(SLOT_BITS), .INDEX_BITS(SLOT_BITS)) u_put_prev (
      .words_i(prev_i), .write_i(w_prev), .index_i(prev_slot), .word_i(prev_value), .words_o(prevs_d));
  put #(.COUNT(TICKS), .WIDTH(SLOT_BITS), .INDEX_BITS(TICK_BITS)) u_put_head (
      .words_i(head_i), .write_i(add_i || remove_i), .index_i(at_i), .word_i(head_d), .words_o(heads_d));
  put #(.COUNT(TICKS), .WIDTH(SLOT_BITS), .INDEX_BITS(TICK_BITS)) u_put_tail (
      .words_i(tail_i), .write_i(add_i || remove_i), .index_i(at_i), .word_i(tail_d), .words_o(tails_d));
  put #(.COUNT(TICKS), .WIDTH(SUM_BITS), .INDEX_BITS(TICK_BITS)) u_put_aggregate (
      .words_i(aggregate_i), .write_i(1'b1), .index_i(at_i), .word_i(aggregate_d[SUM_BITS-1:0]), .words_o(sums_d));
  // Who comes last in time is younger than all.
  genvar i, j;
  generate
    for (i = 0; i < SLOTS; i = i + 1) begin : g_i
      for (j = 0; j < SLOTS; j = j + 1) begin : g_j
        assign older_d[i*SLOTS+j] = add_i && slot_i == j ? i != j : !(add_i && slot_i == i) && older_i[i*SLOTS+j];
      end
    end
  endgenerate
  wire order_b, uncrossed_b, queues_b, sums_b, bitmap_b, tops_b;
  book_state #(.SLOTS(SLOTS), .SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .OPEN_BITS(OPEN_BITS),
               .SUM_BITS(SUM_BITS)) u_after (
      .base_i(base), .used_i(used_d), .side_i(side_d), .tick_i(ticks_d), .open_i(opens_d), .older_i(older_d),
      .next_i(nexts_d), .prev_i(prevs_d), .head_i(heads_d), .tail_i(tails_d), .aggregate_i(sums_d),
      .bitmap_i(w_words ? word0[TICKS-1:0] : bitmap_i), .bid_i(applies && !sell_i ? top_d : bid_i),
      .ask_i(applies && sell_i ? top_d : ask_i), .order_o(order_b), .uncrossed_o(uncrossed_b),
      .queues_o(queues_b), .sums_o(sums_b), .bitmap_o(bitmap_b), .tops_o(tops_b));

  wire before = order_a && uncrossed_a && queues_a && sums_a && bitmap_a && tops_a;
  wire done = before && allowed && !unknown;
  always @*
    if (done) begin
      assert (order_b && uncrossed_b);
      assert (queues_b);
      assert (sums_b && aggregate_d[59:SUM_BITS] == 0);
      assert (bitmap_b && word0[63:TICKS] == 0);
      assert (tops_b);
      if (applies && !changes_top) assert (top_d == own_top);
    end

  wire alone = head == tail;
  wire best = price == (sell_i ? ask_i[63:32] : bid_i[63:32]);
  reach #(.COUNT(8)) u_reach (.reached_i({
      done && remove_i && alone && best && swept && !third,
      done && remove_i && alone && best && swept && third,
      before && allowed && unknown, done && amend_i && !alone, done && add_i && occupied,
      done && add_i && bid_i[TOP_BITS-1] && !sell_i && !best && !occupied,
      done && remove_i && alone && best, done && remove_i && !alone && slot_i != head && slot_i != tail}));
endmodule
