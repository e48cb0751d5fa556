// What `the book is consistent` means, of one market: SLOTS orders, 2^TICK_BITS ticks. Combinational.
//
// The truth is the set of orders (used, tick, side, open) and who came before whom (older: bit i * SLOTS + j says that
// i came before j). Everything else the book stores must follow from it:
//   bitmap     bit t set where an order has tick t
//   head, tail the first and the last to come of the tick's orders; next, prev: of each its neighbours in that order
//   aggregate  the sum of the tick's open quantities
//   bid, ask   {has, head_known, head, next_state, best, next}: the best price, the order at its head if head_known,
//              and the price of the second best level where next_state is KNOWN, none where it is NONE
// and the orders themselves are uncrossed: every bid below every ask.
module book_state #(
    parameter SLOTS = 4,
    parameter SLOT_BITS = 2,
    parameter TICK_BITS = 3,
    parameter OPEN_BITS = 3,
    parameter SUM_BITS = 6,
    parameter TICKS = 1 << TICK_BITS,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  [31:0]                  base_i,
    input  [SLOTS-1:0]             used_i,
    input  [SLOTS-1:0]             side_i,
    input  [SLOTS*TICK_BITS-1:0]   tick_i,
    input  [SLOTS*OPEN_BITS-1:0]   open_i,
    input  [SLOTS*SLOTS-1:0]       older_i,
    input  [SLOTS*SLOT_BITS-1:0]   next_i,
    input  [SLOTS*SLOT_BITS-1:0]   prev_i,
    input  [TICKS*SLOT_BITS-1:0]   head_i,
    input  [TICKS*SLOT_BITS-1:0]   tail_i,
    input  [TICKS*SUM_BITS-1:0]    aggregate_i,
    input  [TICKS-1:0]             bitmap_i,
    input  [TOP_BITS-1:0]          bid_i,
    input  [TOP_BITS-1:0]          ask_i,
    output                         order_o,      // older is a total order
    output                         uncrossed_o,
    output                         queues_o,
    output                         sums_o,
    output                         bitmap_o,
    output                         tops_o
);
  genvar i, j, k, t;

  // ---- older
  wire [SLOTS*SLOTS-1:0]       pair_right;
  wire [SLOTS*SLOTS*SLOTS-1:0] triple_right;
  generate
    for (i = 0; i < SLOTS; i = i + 1) begin : g_i
      for (j = 0; j < SLOTS; j = j + 1) begin : g_j
        assign pair_right[i*SLOTS+j] = i == j || older_i[i*SLOTS+j] != older_i[j*SLOTS+i];
        for (k = 0; k < SLOTS; k = k + 1) begin : g_k
          assign triple_right[(i*SLOTS+j)*SLOTS+k] =
              i == j || j == k || i == k || !(older_i[i*SLOTS+j] && older_i[j*SLOTS+k]) || older_i[i*SLOTS+k];
        end
      end
    end
  endgenerate
  assign order_o = &pair_right && &triple_right;

  // ---- queues: at[s] is the tick as one bit of TICKS, 0 for a free slot; who of its level came before and after
  wire [SLOTS*TICKS-1:0] at;
  wire [SLOTS*SLOTS-1:0] before, after, links_right;
  wire [SLOTS*TICKS-1:0] ends_right;
  wire [SLOTS-1:0]       none_empty;
  generate
    for (i = 0; i < SLOTS; i = i + 1) begin : g_slot
      for (t = 0; t < TICKS; t = t + 1) begin : g_at
        assign at[i*TICKS+t] = used_i[i] && tick_i[i*TICK_BITS+:TICK_BITS] == t;
        assign ends_right[i*TICKS+t] = !at[i*TICKS+t] ||
            ((|before[i*SLOTS+:SLOTS] || head_i[t*SLOT_BITS+:SLOT_BITS] == i) &&
             (|after[i*SLOTS+:SLOTS] || tail_i[t*SLOT_BITS+:SLOT_BITS] == i));
      end
      for (j = 0; j < SLOTS; j = j + 1) begin : g_peer
        wire same = i != j && |(at[i*TICKS+:TICKS] & at[j*TICKS+:TICKS]);
        assign before[i*SLOTS+j] = same && older_i[j*SLOTS+i];
        assign after[i*SLOTS+j] = same && !older_i[j*SLOTS+i];
        // j is i's next where nobody came between them
        assign links_right[i*SLOTS+j] = !after[i*SLOTS+j] || |(after[i*SLOTS+:SLOTS] & before[j*SLOTS+:SLOTS]) ||
            (next_i[i*SLOT_BITS+:SLOT_BITS] == j && prev_i[j*SLOT_BITS+:SLOT_BITS] == i);
      end
      assign none_empty[i] = !used_i[i] || open_i[i*OPEN_BITS+:OPEN_BITS] != 0;
    end
  endgenerate
  assign queues_o = &ends_right && &links_right;

  // ---- levels
  wire [TICKS-1:0] bids, asks, sum_right, apart;
  generate
    for (t = 0; t < TICKS; t = t + 1) begin : g_tick
      wire [SLOTS-1:0] here, here_bid, here_ask;
      wire [SUM_BITS*(SLOTS+1)-1:0] sum;
      assign sum[SUM_BITS-1:0] = {SUM_BITS{1'b0}};
      for (i = 0; i < SLOTS; i = i + 1) begin : g_order
        assign here[i] = at[i*TICKS+t];
        assign sum[(i+1)*SUM_BITS+:SUM_BITS] =
            sum[i*SUM_BITS+:SUM_BITS] + (here[i] ? open_i[i*OPEN_BITS+:OPEN_BITS] : {OPEN_BITS{1'b0}});
      end
      assign bids[t] = |(here & ~side_i);
      assign asks[t] = |(here & side_i);
      assign sum_right[t] = here == 0 || aggregate_i[t*SUM_BITS+:SUM_BITS] == sum[SLOTS*SUM_BITS+:SUM_BITS];
      assign apart[t] = !asks[t] || (bids & ({TICKS{1'b1}} << t)) == 0;
    end
  endgenerate
  assign sums_o = &sum_right && &none_empty;
  assign bitmap_o = bitmap_i == (bids | asks);
  assign uncrossed_o = &apart;

  // The window starts at a multiple of its size here, so ticks are ordered as prices are.
  wire bid_right, ask_right;
  side_state #(.SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .SELL(0)) u_bid (
      .base_i(base_i), .levels_i(bids), .head_i(head_i), .top_i(bid_i), .right_o(bid_right));
  side_state #(.SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .SELL(1)) u_ask (
      .base_i(base_i), .levels_i(asks), .head_i(head_i), .top_i(ask_i), .right_o(ask_right));
  assign tops_o = bid_right && ask_right;
endmodule
