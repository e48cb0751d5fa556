// The whole book from its ports: a second book is kept from nothing but the events, and every event must be right in
// it.
//
// Events: numbered without a gap, in the order of the commands, one final one each. A fill meets the oldest order of
// the opposite best level, inside the taker's limit, never one of the same owner, with the smaller of both quantities.
// Only a true handle removes or reduces an order, and a true one is not called stale. Level fields (aggregate, best)
// are those of the second book after the event. It is never crossed, and what rests never would have matched.
//
// Commands: new, cancel, reduce, replace, cancel_many, place, pull, fence of any content in 2 markets, 8 ticks, 4
// slots, 2 owners, quantities 1 to 3; bands stop takers at will (free_bands); events are taken at will.
`include "contract.vh"
module check_book #(
    parameter ORDERS = 4,
    parameter LATENCY = 1,
    parameter TICK_BITS = 3,
    parameter MARKETS = 2,
    parameter [31:0] BASE = 32'd64,
    parameter BOUND = 12,
    parameter SLOT_BITS = $clog2(ORDERS)
) (
    input                 clk_i,
    input                 rst_ni,
    input                 valid_i,
    input                 ready_i,
    input [3:0]           code_i,
    input                 market_i,
    input [SLOT_BITS-1:0] slot_i,
    input                 generation_i,
    input                 new_generation_i,
    input [6:0]           flags_i,
    input                 owner_i,
    input [2:0]           price_i,
    input [2:0]           new_price_i,
    input [1:0]           quantity_i,
    input                 negative_i
);
  localparam OPEN = 4, SUM = 6;      // bits of what is open in an order, in a level
  wire         run, ready, valid, busy;
  wire [511:0] e;
  wire [7:0]   fault, stall;
  wire [15:0]  session;
  reg  [31:0]  tag_q;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  reg begun_q;
  initial begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @* assume (rst_ni == begun_q);     // one reset

  // ---- commands
  wire is_many = code_i == `CODE_CANCEL_MANY;
  wire is_replace = code_i == `CODE_REPLACE;
  wire listed = code_i == `CODE_NEW || code_i == `CODE_CANCEL || code_i == `CODE_REDUCE || is_replace || is_many ||
                code_i == `CODE_PLACE || code_i == `CODE_PULL || code_i == `CODE_FENCE;
  always @* begin
    assume (listed);
    assume (flags_i[`ORDER_BIT_TIF] != 2'd2 && flags_i[`ORDER_BIT_TIF] != 2'd3 && flags_i[`ORDER_BIT_STP] != 2'd3);
    assume (quantity_i != 0);
    assume (!(flags_i[`ORDER_BIT_MARKET_ORDER] && (is_replace || flags_i[`ORDER_BIT_TIF] == 2'd0)));
    assume (!(flags_i[`ORDER_BIT_POST_ONLY] && flags_i[`ORDER_BIT_TIF] != 2'd0));
    assume (!(flags_i[`ORDER_BIT_POST_ONLY] && flags_i[`ORDER_BIT_MARKET_ORDER]));
    assume (code_i != `CODE_PLACE || flags_i[6:1] == 0);
  end
  wire [63:0] quantity = is_replace && negative_i ? -{62'd0, quantity_i} : {62'd0, quantity_i};
  wire [511:0] cmd = {192'd0, quantity, is_many ? {30'd0, quantity_i} : 32'd0, BASE | {29'd0, new_price_i},
                      BASE | {29'd0, price_i}, {31'd0, owner_i}, {9'd0, flags_i}, {7'd0, new_generation_i},
                      {7'd0, generation_i}, {{(32 - SLOT_BITS) {1'b0}}, slot_i}, tag_q, 16'd0, {7'd0, market_i},
                      {4'd0, code_i}};

  book #(.MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .session_i(16'd0), .session_o(session), .cycle_i(40'd0),
      .inject_parity_i(1'b0), .cmd_valid_i(valid_i), .cmd_ready_o(ready), .cmd_i(cmd), .ev_valid_o(valid),
      .ev_ready_i(ready_i), .ev_o(e), .busy_o(busy), .fault_o(fault), .stall_o(stall));
  wire accept = valid_i && ready;
  wire told = valid && ready_i;

  // ---- the commands not yet answered, oldest first
  localparam Q = 8;                  // places
  localparam WORD = 4 + 1 + SLOT_BITS + 2 + 7 + 6 + 2 + 1;
  reg [WORD*Q-1:0] commands_q;
  reg [5:0]        waiting_q;
  always @* assume (!valid_i || waiting_q < Q);   // more do not fit into the depth of the proof
  reg [31:0]       head_tag_q, sequence_q;
  wire [WORD-1:0] in = {code_i, market_i, slot_i, generation_i, new_generation_i, flags_i, price_i, new_price_i,
                        quantity_i, negative_i};
  wire retire = told && e[`EV_LAST];
  wire [WORD*Q-1:0] shifted = retire ? commands_q >> WORD : commands_q;
  wire [5:0]        behind = waiting_q - {5'd0, retire};
  genvar n;
  generate
    for (n = 0; n < Q; n = n + 1) begin : g_place
      always @(posedge clk_i)
        commands_q[n*WORD+:WORD] <= accept && behind == n ? in : shifted[n*WORD+:WORD];
    end
  endgenerate
  always @(posedge clk_i) begin
    waiting_q <= behind + {5'd0, accept};
    if (accept) tag_q <= tag_q + 32'd1;
    if (retire) head_tag_q <= head_tag_q + 32'd1;
    if (told) sequence_q <= sequence_q + 32'd1;
    if (!rst_ni) {waiting_q, tag_q, head_tag_q, sequence_q} <= 0;
  end
  wire [3:0]           code;
  wire                 market, generation, new_generation, negative;
  wire [SLOT_BITS-1:0] slot;
  wire [6:0]           flags;
  wire [2:0]           price, new_price;
  wire [1:0]           amount;
  assign {code, market, slot, generation, new_generation, flags, price, new_price, amount, negative} =
      commands_q[WORD-1:0];

  // ---- the second book
  reg [ORDERS-1:0]        used_q, side_q, market_q, generation_q, owner_q;
  reg [ORDERS*3-1:0]      tick_q;
  reg [ORDERS*OPEN-1:0]   open_q;
  reg [ORDERS*ORDERS-1:0] older_q;
  wire [SLOT_BITS-1:0] maker = e[64+28+:SLOT_BITS];
  wire [SLOT_BITS-1:0] taker = e[64+:SLOT_BITS];
  wire [4:0] kind = e[`EV_KIND];
  wire [6:0] reason = e[`EV_REASON];
  wire is_rested = kind == `KIND_RESTED, is_fill = kind == `KIND_FILL, is_removed = kind == `KIND_REMOVED;
  wire is_reduced = kind == `KIND_REDUCED, is_rejected = kind == `KIND_REJECTED;
  wire of_maker = is_fill || is_removed || is_reduced;
  wire self_trade = is_removed && reason == `REASON_SELF_TRADE;

  wire [ORDERS-1:0] is_maker = {{(ORDERS - 1) {1'b0}}, 1'b1} << maker;
  wire [ORDERS-1:0] is_taker = {{(ORDERS - 1) {1'b0}}, 1'b1} << taker;
  wire [ORDERS-1:0] is_named = {{(ORDERS - 1) {1'b0}}, 1'b1} << slot;
  wire m_used = |(used_q & is_maker), m_side = |(side_q & is_maker), m_owner = |(owner_q & is_maker);
  wire m_generation = |(generation_q & is_maker), m_market = |(market_q & is_maker);
  wire [2:0]      m_tick, n_tick;
  wire [OPEN-1:0] m_open;
  pick #(.COUNT(ORDERS), .WIDTH(3), .INDEX_BITS(SLOT_BITS)) u_m_tick (
      .words_i(tick_q), .index_i(maker), .word_o(m_tick));
  pick #(.COUNT(ORDERS), .WIDTH(3), .INDEX_BITS(SLOT_BITS)) u_n_tick (
      .words_i(tick_q), .index_i(slot), .word_o(n_tick));
  pick #(.COUNT(ORDERS), .WIDTH(OPEN), .INDEX_BITS(SLOT_BITS)) u_m_open (
      .words_i(open_q), .index_i(maker), .word_o(m_open));
  wire handle = |(used_q & is_named) && |(generation_q & is_named) == generation && |(market_q & is_named) == market &&
                n_tick == price;

  wire                 joins = told && is_rested;
  wire [OPEN-1:0]      quantity_e = e[152+:OPEN];
  wire                 leaves = told && (is_removed || (is_fill && quantity_e == m_open));
  wire [2:0]           e_tick = e[256+:3];
  wire                 side = e[`EV_SIDE];
  wire                 event_market = e[120];
  wire [ORDERS-1:0]    used_d = (used_q | (joins ? is_taker : 0)) & ~(leaves ? is_maker : 0);
  wire [ORDERS-1:0]    side_d = joins && side ? side_q | is_taker : joins ? side_q & ~is_taker : side_q;
  wire [ORDERS-1:0]    market_d = joins && event_market ? market_q | is_taker : joins ? market_q & ~is_taker : market_q;
  wire [ORDERS*3-1:0]    tick_d;
  wire [ORDERS*OPEN-1:0] open_m, open_d;
  wire [ORDERS*ORDERS-1:0] older_d;
  put #(.COUNT(ORDERS), .WIDTH(3), .INDEX_BITS(SLOT_BITS)) u_tick_d (
      .words_i(tick_q), .write_i(joins), .index_i(taker), .word_i(e_tick), .words_o(tick_d));
  put #(.COUNT(ORDERS), .WIDTH(OPEN), .INDEX_BITS(SLOT_BITS)) u_open_m (
      .words_i(open_q), .write_i(told && (is_fill || is_reduced)), .index_i(maker), .word_i(m_open - quantity_e),
      .words_o(open_m));
  put #(.COUNT(ORDERS), .WIDTH(OPEN), .INDEX_BITS(SLOT_BITS)) u_open_d (
      .words_i(open_m), .write_i(joins), .index_i(taker), .word_i(quantity_e), .words_o(open_d));
  genvar i, j;
  generate
    for (i = 0; i < ORDERS; i = i + 1) begin : g_i
      for (j = 0; j < ORDERS; j = j + 1) begin : g_j
        assign older_d[i*ORDERS+j] = joins && taker == j ? i != j : !(joins && taker == i) && older_q[i*ORDERS+j];
      end
    end
  endgenerate
  wire renames = told && is_reduced && code == `CODE_REPLACE;
  always @(posedge clk_i) begin
    used_q <= rst_ni ? used_d : 0;
    {side_q, market_q, tick_q, open_q, older_q} <= {side_d, market_d, tick_d, open_d, older_d};
    if (joins || renames) begin
      generation_q <= generation_q & ~(joins ? is_taker : is_maker) | (e[84] ? (joins ? is_taker : is_maker) : 0);
    end
    if (joins) owner_q <= owner_q & ~is_taker | (e[128] ? is_taker : 0);
  end

  // ---- levels of the event's market: before the event for priority, after it for the level fields
  wire [ORDERS-1:0] better_before, same_level, in_level;
  wire [8*1-1:0]    bids, asks;
  wire [ORDERS*8-1:0] bid_at, ask_at;
  wire [SUM*(ORDERS+1)-1:0] sum;
  assign sum[SUM-1:0] = 0;
  generate
    for (i = 0; i < ORDERS; i = i + 1) begin : g_order
      wire [2:0] was = tick_q[3*i+:3], is = tick_d[3*i+:3];
      wire near = used_q[i] && market_q[i] == m_market && side_q[i] == m_side;
      assign better_before[i] = near && (m_side ? was < m_tick : was > m_tick);
      assign same_level[i] = near && was == m_tick && !is_maker[i] && older_q[i*ORDERS+maker];
      assign in_level[i] = used_d[i] && market_d[i] == event_market && side_d[i] == side && is == e_tick;
      assign sum[(i+1)*SUM+:SUM] = sum[i*SUM+:SUM] + (in_level[i] ? {2'd0, open_d[OPEN*i+:OPEN]} : 0);
      assign bid_at[8*i+:8] = used_d[i] && market_d[i] == event_market && !side_d[i] ? 8'd1 << is : 8'd0;
      assign ask_at[8*i+:8] = used_d[i] && market_d[i] == event_market && side_d[i] ? 8'd1 << is : 8'd0;
    end
    for (i = 0; i < 8; i = i + 1) begin : g_tick
      wire [ORDERS-1:0] b, a;
      for (j = 0; j < ORDERS; j = j + 1) begin : g_j
        assign b[j] = bid_at[8*j+i];
        assign a[j] = ask_at[8*j+i];
      end
      assign bids[i] = |b;
      assign asks[i] = |a;
    end
  endgenerate
  wire [7:0] own_side = side ? asks : bids;
  wire [31:0] best = e[`EV_BEST_PRICE];
  wire [7:0]  at_best = 8'd1 << best[2:0];
  wire [7:0]  past_best = side ? at_best - 8'd1 : ~((at_best << 1) - 8'd1);
  wire best_right = e[`EV_BEST_VALID] ? best[31:3] == BASE[31:3] && |(own_side & at_best) && (own_side & past_best) == 0
                                      : own_side == 0 && best == 0;
  wire [7:0] lowest_ask = asks & (~asks + 8'd1);
  wire       crossed = asks != 0 && (bids & ~(lowest_ask - 8'd1)) != 0;
  // The side of a replaced order is forgotten with it: kept from its removal on.
  reg        replaced_side_q;
  always @(posedge clk_i) if (told && is_removed && reason == `REASON_REPLACED) replaced_side_q <= m_side;
  wire       is_replace_head = code == `CODE_REPLACE;
  wire       taker_sells = is_replace_head ? replaced_side_q : flags[`ORDER_BIT_SIDE];
  wire [2:0] limit = is_replace_head ? new_price : price;
  wire       no_limit = flags[`ORDER_BIT_MARKET_ORDER] && code == `CODE_NEW;
  reg  [OPEN-1:0] left_q;             // of the taker, once it has begun
  reg             begun_taker_q;
  wire [OPEN-1:0] left = begun_taker_q ? left_q : {2'd0, amount};
  wire [OPEN-1:0] e_left = e[216+:OPEN];
  always @(posedge clk_i) begin
    if (told) begun_taker_q <= !retire && (is_fill || self_trade || (is_removed && reason == `REASON_REPLACED));
    if (told) left_q <= e_left;
    if (!rst_ni) begun_taker_q <= 1'b0;
  end

  always @*
    if (run && valid) begin
      assert (e[`EV_SEQUENCE] == sequence_q && e[`EV_TAG] == head_tag_q && waiting_q != 0);
      assert (kind != `KIND_NONE && kind <= `KIND_DATA && event_market == market);
      if (of_maker) assert (m_used && m_market == event_market && m_side == side && m_tick == e_tick &&
                            e[`EV_MAKER_GENERATION] == {7'd0, m_generation} &&
                            e[`EV_MAKER_OWNER] == {23'd0, m_owner} && e[`EV_PRICE] == (BASE | {29'd0, m_tick}));
      // FIFO and price priority
      if (is_fill || self_trade) assert (better_before == 0 && same_level == 0);
      if (is_removed && code == `CODE_CANCEL_MANY)
        assert (better_before == 0 && same_level == 0 && (!m_side || bids == 0));
      // the taker's limit, self-trade, quantities
      if (is_fill || self_trade) begin
        assert (taker == slot && m_side != taker_sells);
        assert (no_limit || (taker_sells ? m_tick >= limit : m_tick <= limit));
        assert ((e[128] == m_owner) == self_trade && e[`EV_TAKER_OWNER] < 24'd2);
      end
      if (is_fill) assert (quantity_e == (left < m_open ? left : m_open) && e_left == left - quantity_e &&
                           e[448+:OPEN] == m_open - quantity_e && e[`EV_LAST] == (e_left == 0));
      if (self_trade) assert (flags[`ORDER_BIT_STP] != 2'd0 && e_left == left);
      // handles
      if (is_removed || is_reduced)
        if (code == `CODE_CANCEL || code == `CODE_PULL || code == `CODE_REDUCE ||
            (code == `CODE_REPLACE && !self_trade)) assert (handle && maker == slot);
      if (is_rejected && reason == `REASON_STALE_ORDER) assert (!handle);
      if (is_rejected && reason == `REASON_SLOT_IN_USE) assert (|(used_q & is_named));
      if (is_removed) assert (quantity_e == m_open);
      if (is_reduced) assert (quantity_e <= m_open && e[448+:OPEN] == m_open - quantity_e && m_open != quantity_e);
      // what rests: in a free slot, as ordered, not crossing
      if (is_rested) begin
        assert (taker == slot && !(|(used_q & is_taker)) && side == taker_sells && e_tick == limit);
        assert (quantity_e == left && quantity_e != 0 && e[`EV_LAST]);
      end
      // level fields and the book after the event
      if (of_maker || is_rested) begin
        assert (e[`EV_LEVEL_VALID] && best_right && e[`EV_AGGREGATE] == {54'd0, sum[ORDERS*SUM+:SUM]});
        assert (!crossed);
      end
    end
  always @* if (run) assert (fault == 8'd0);

  // ---- the cycle bound, while no event is refused: from one event to the next, or from acceptance
  reg [5:0] idle_q;
  reg       refused_q;
  always @(posedge clk_i) begin
    idle_q <= waiting_q == 0 || told || busy ? 6'd0 : idle_q == 6'd63 ? idle_q : idle_q + 6'd1;
    refused_q <= rst_ni && (refused_q || (valid && !ready_i));
    if (!rst_ni) idle_q <= 6'd0;
  end
  always @* if (run && !refused_q) assert (idle_q <= BOUND);

  reach #(.COUNT(5)) u_reach (.reached_i({
      run && told && is_removed && code == `CODE_REPLACE && reason == `REASON_REPLACED,
      run && told && is_reduced, run && told && self_trade, run && told && is_fill && !e[`EV_LAST],
      run && told && is_removed && code == `CODE_CANCEL && own_side != 0}));
endmodule
