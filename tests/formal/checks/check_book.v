// The whole book, from every quiet state: one command of every kind that a member sends, its events one by one as
// book_spec says, within a bound of cycles, and behind it the book as it should be, and quiet again.
//
// The first cycle is any in which the book is quiet (nothing is under way, the seeker has found what there is to find)
// and consistent (book_state); the command is taken in that cycle. Registers of control start as the lists below say,
// everything else with any value: orders, memories, what was left behind by earlier steps. Where the book is shown to
// be quiet and consistent again (STATE; docs/proofs.md says for which commands), all of it holds for every sequence of
// those that lets the book come to rest between them; check_book_reset shows that it is quiet behind a reset.
//
// One market, open, whose window holds every price (64 to 71), its bands let everything through; up to 4 orders of at
// most 3 lots. The memories are those of simulations (ram_late proves both). Places in the queues of commands and
// events start at 0: they are counted, not looked at. Aggregates are compared in their lower bits (level_update has the
// sums).
`include "contract.vh"
module check_book #(
    parameter       STATE = 0,        // the state behind the command; else events and cycles
    parameter [2:0] CODE = 0,         // what kind of command, 0: any
    parameter       BOUND = 5,        // cycles behind a command's acceptance to its event number n: BOUND + n * EACH
    parameter       EACH = 0,
    parameter       LONGEST = 40,     // ... to the last one
    parameter       SETTLED = 3,      // cycles behind its last event: the memories are written,
    parameter       QUIET = 24,       // the seeker is done
    parameter       SLOTS = 4,
    parameter       SLOT_BITS = 2,
    parameter       TICK_BITS = 3,
    parameter       LATENCY = 1,
    parameter       OPEN_BITS = 4,
    parameter       SUM_BITS = 6,
    parameter       TICKS = 1 << TICK_BITS,
    parameter       TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input                 clk_i,
    input [1:0]           code_i,     // new, cancel, reduce, replace
    input [SLOT_BITS-1:0] slot_i,
    input                 generation_i,
    input                 new_generation_i,
    input                 owner_i,
    input                 side_i,
    input                 ioc_i,
    input                 post_only_i,
    input                 market_order_i,
    input [1:0]           stp_i,
    input [TICK_BITS-1:0] tick_i,
    input [TICK_BITS-1:0] new_tick_i,
    input [2:0]           quantity_i
);
  localparam [31:0] BASE = 32'd64;
  reg began_q;
  initial began_q = 1'b0;
  always @(posedge clk_i) began_q <= 1'b1;
  wire first = !began_q;

  // ---- the command
  wire [2:0]           code = CODE == 0 ? {1'b0, code_i} + 3'd1 : CODE;
  wire                 is_replace = code == 3'd4;
  wire [OPEN_BITS-1:0] quantity = {{(OPEN_BITS - 2) {is_replace && quantity_i[2]}}, quantity_i[1:0]};
  wire [511:0]         cmd;
  assign cmd[63:0] = {32'd5, 16'd1, 8'd0, 5'd0, code};
  assign cmd[127:64] = {8'd0, 1'b0, stp_i, market_order_i, post_only_i, 1'b0, ioc_i, side_i,
                        7'd0, new_generation_i, 7'd0, generation_i, {(32 - SLOT_BITS) {1'b0}}, slot_i};
  assign cmd[255:128] = {32'd0, BASE[31:TICK_BITS], new_tick_i, BASE[31:TICK_BITS], tick_i, 31'd0, owner_i};
  assign cmd[511:256] = {192'd0, {(64 - OPEN_BITS) {quantity[OPEN_BITS-1]}}, quantity};
  wire         ready, ev_valid, busy;
  wire [511:0] ev;
  wire [15:0]  session;
  wire [7:0]   fault, stall;
  book #(.MARKETS(1), .ORDERS(SLOTS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .MODEL(1)) u_dut (
      .clk_i(clk_i), .rst_ni(1'b1), .session_i(16'd1), .session_o(session), .cycle_i(40'd0), .inject_parity_i(1'b0),
      .cmd_valid_i(first), .cmd_ready_o(ready), .cmd_i(cmd), .ev_valid_o(ev_valid), .ev_ready_i(1'b1), .ev_o(ev),
      .busy_o(busy), .fault_o(fault), .stall_o(stall));
  always @* if (first) begin  // a format that is right
    assume (stp_i != 2'd3 && !(market_order_i && (!ioc_i || post_only_i || is_replace)) && !(post_only_i && ioc_i));
    assume (is_replace || quantity_i[1:0] != 2'd0);
  end

  // ---- quiet
`define AT(VALUE) , init = VALUE
`include "book_quiet.vh"
  // ... and the market as it stays
  (* hierconn, init = 16'd1 *) wire [15:0] \u_dut.u_mode.session_q ;
  (* hierconn, init = 32'd64 *) wire [31:0] \u_dut.u_bands.u_markets.base_q[0] ;
  (* hierconn, init = 5'd0 *) wire [4:0] \u_dut.u_bands.u_markets.window_q[0] ;
  (* hierconn, init = 33'd72 *) wire [32:0] \u_dut.u_bands.u_markets.upper_q[0] ;
  (* hierconn, init = 6'd4 *) wire [5:0] \u_dut.u_bands.u_markets.mode_q[0] ;
  (* hierconn, init = 37'h1FFFFFFFFF *) wire [36:0] \u_dut.u_bands.u_markets.u_bounds.g_lane[0].bound_q[0] ;
  (* hierconn, init = 37'd0 *) wire [36:0] \u_dut.u_bands.u_markets.u_bounds.g_lane[1].bound_q[0] ;
  wire market_kept = {
      \u_dut.u_bands.u_markets.base_q[0] , \u_dut.u_bands.u_markets.window_q[0] ,
      \u_dut.u_bands.u_markets.upper_q[0] , \u_dut.u_bands.u_markets.mode_q[0] } == {
      32'd64, 5'd0, 33'd72, 6'd4};

  // ---- the memories
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[0] ;
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[1] ;
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[2] ;
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[3] ;
  (* hierconn *) wire [37:0] \u_dut.u_store.u_ident.g_model.mem_q[0] ;
  (* hierconn *) wire [37:0] \u_dut.u_store.u_ident.g_model.mem_q[1] ;
  (* hierconn *) wire [37:0] \u_dut.u_store.u_ident.g_model.mem_q[2] ;
  (* hierconn *) wire [37:0] \u_dut.u_store.u_ident.g_model.mem_q[3] ;
  (* hierconn *) wire [39:0] \u_dut.u_store.u_open.g_model.mem_q[0] ;
  (* hierconn *) wire [39:0] \u_dut.u_store.u_open.g_model.mem_q[1] ;
  (* hierconn *) wire [39:0] \u_dut.u_store.u_open.g_model.mem_q[2] ;
  (* hierconn *) wire [39:0] \u_dut.u_store.u_open.g_model.mem_q[3] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_next.g_model.mem_q[0] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_next.g_model.mem_q[1] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_next.g_model.mem_q[2] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_next.g_model.mem_q[3] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_prev.g_model.mem_q[0] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_prev.g_model.mem_q[1] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_prev.g_model.mem_q[2] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_prev.g_model.mem_q[3] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[0] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[1] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[2] ;
  (* hierconn *) wire [1:0] \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[3] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[0] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[1] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[2] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[3] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[4] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[5] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[6] ;
  (* hierconn *) wire [3:0] \u_dut.u_store.u_ends.g_model.mem_q[7] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[0] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[1] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[2] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[3] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[4] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[5] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[6] ;
  (* hierconn *) wire [59:0] \u_dut.u_store.u_aggregate.g_model.mem_q[7] ;
  (* hierconn *) wire [63:0] \u_dut.u_store.g_level[0].g_ram.u_words.g_model.mem_q[0] ;
  (* hierconn *) wire [63:0] \u_dut.u_store.g_ahead_model.copy_q[0] ;
  (* hierconn *) wire [TOP_BITS-1:0] \u_dut.u_tops.u_tops.bid_q[0] ;
  (* hierconn *) wire [TOP_BITS-1:0] \u_dut.u_tops.u_tops.ask_q[0] ;
  wire [4*1-1:0] used = {
      \u_dut.u_store.u_used.g_model.mem_q[3] , \u_dut.u_store.u_used.g_model.mem_q[2] ,
      \u_dut.u_store.u_used.g_model.mem_q[1] , \u_dut.u_store.u_used.g_model.mem_q[0] };
  wire [4*38-1:0] idents = {
      \u_dut.u_store.u_ident.g_model.mem_q[3] , \u_dut.u_store.u_ident.g_model.mem_q[2] ,
      \u_dut.u_store.u_ident.g_model.mem_q[1] , \u_dut.u_store.u_ident.g_model.mem_q[0] };
  wire [4*40-1:0] opens = {
      \u_dut.u_store.u_open.g_model.mem_q[3] , \u_dut.u_store.u_open.g_model.mem_q[2] ,
      \u_dut.u_store.u_open.g_model.mem_q[1] , \u_dut.u_store.u_open.g_model.mem_q[0] };
  wire [4*SLOT_BITS-1:0] next = {
      \u_dut.u_store.u_next.g_model.mem_q[3] , \u_dut.u_store.u_next.g_model.mem_q[2] ,
      \u_dut.u_store.u_next.g_model.mem_q[1] , \u_dut.u_store.u_next.g_model.mem_q[0] };
  wire [4*SLOT_BITS-1:0] prev = {
      \u_dut.u_store.u_prev.g_model.mem_q[3] , \u_dut.u_store.u_prev.g_model.mem_q[2] ,
      \u_dut.u_store.u_prev.g_model.mem_q[1] , \u_dut.u_store.u_prev.g_model.mem_q[0] };
  wire [4*SLOT_BITS-1:0] chase = {
      \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[3] , \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[2] ,
      \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[1] , \u_dut.u_store.u_chase.g_slice[0].u_slice.mem_q[0] };
  wire [8*2*SLOT_BITS-1:0] ends = {
      \u_dut.u_store.u_ends.g_model.mem_q[7] , \u_dut.u_store.u_ends.g_model.mem_q[6] ,
      \u_dut.u_store.u_ends.g_model.mem_q[5] , \u_dut.u_store.u_ends.g_model.mem_q[4] ,
      \u_dut.u_store.u_ends.g_model.mem_q[3] , \u_dut.u_store.u_ends.g_model.mem_q[2] ,
      \u_dut.u_store.u_ends.g_model.mem_q[1] , \u_dut.u_store.u_ends.g_model.mem_q[0] };
  wire [8*60-1:0] sums = {
      \u_dut.u_store.u_aggregate.g_model.mem_q[7] , \u_dut.u_store.u_aggregate.g_model.mem_q[6] ,
      \u_dut.u_store.u_aggregate.g_model.mem_q[5] , \u_dut.u_store.u_aggregate.g_model.mem_q[4] ,
      \u_dut.u_store.u_aggregate.g_model.mem_q[3] , \u_dut.u_store.u_aggregate.g_model.mem_q[2] ,
      \u_dut.u_store.u_aggregate.g_model.mem_q[1] , \u_dut.u_store.u_aggregate.g_model.mem_q[0] };
  wire [63:0]                words = \u_dut.u_store.g_level[0].g_ram.u_words.g_model.mem_q[0] ;
  wire [TOP_BITS-1:0]        bid = \u_dut.u_tops.u_tops.bid_q[0] , ask = \u_dut.u_tops.u_tops.ask_q[0] ;
  wire [SLOTS-1:0]           side, owner, generation, high_zero;
  wire [SLOTS*TICK_BITS-1:0] tick;
  wire [SLOTS*OPEN_BITS-1:0] open;
  wire [TICKS*SLOT_BITS-1:0] head, tail;
  wire [TICKS*SUM_BITS-1:0]  aggregate;
  genvar g;
  generate
    for (g = 0; g < SLOTS; g = g + 1) begin : g_slot
      wire [37:0] ident = idents[38*g+:38];  // parity injected, generation, owner, side, market, tick
      assign {generation[g], owner[g], side[g], tick[TICK_BITS*g+:TICK_BITS]} = {ident[29], ident[5:4], ident[2:0]};
      assign open[OPEN_BITS*g+:OPEN_BITS] = opens[40*g+:OPEN_BITS];
      assign high_zero[g] = !used[g] || {ident[37:30], ident[28:6], ident[3], opens[40*g+OPEN_BITS+:40-OPEN_BITS]} == 0;
    end
    for (g = 0; g < TICKS; g = g + 1) begin : g_tick
      assign {head[SLOT_BITS*g+:SLOT_BITS], tail[SLOT_BITS*g+:SLOT_BITS]} = ends[2*SLOT_BITS*g+:2*SLOT_BITS];
      assign aggregate[SUM_BITS*g+:SUM_BITS] = sums[60*g+:SUM_BITS];
    end
  endgenerate
  wire words_right = words[63:TICKS] == 0 && words == \u_dut.u_store.g_ahead_model.copy_q[0] ;

  // ---- what the specification says of all that: the orders as they are after the events so far
  reg  [SLOTS-1:0]           used_q, side_q, owner_q, generation_q;
  reg  [SLOTS*TICK_BITS-1:0] tick_q;
  reg  [SLOTS*OPEN_BITS-1:0] open_q;
  reg  [SLOTS*SLOTS-1:0]     older_q;
  reg  [TICKS*SUM_BITS-1:0]  aggregate_q;
  wire [SLOTS-1:0]           used_s = first ? used : used_q, side_s = first ? side : side_q, used_d, side_d;
  wire [SLOTS-1:0]           owner_s = first ? owner : owner_q, owner_d;
  wire [SLOTS-1:0]           generation_s = first ? generation : generation_q, generation_d;
  wire [SLOTS*TICK_BITS-1:0] tick_s = first ? tick : tick_q, tick_d;
  wire [SLOTS*OPEN_BITS-1:0] open_s = first ? open : open_q, open_d;
  wire [SLOTS*SLOTS-1:0]     older_d;
  wire [TICKS*SUM_BITS-1:0]  aggregate_s = first ? aggregate : aggregate_q, aggregate_d;
  wire in_order, uncrossed, queues, unused_sums, bitmap, tops;
  book_state #(.SLOTS(SLOTS), .SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .OPEN_BITS(OPEN_BITS),
               .SUM_BITS(SUM_BITS)) u_state (
      .base_i(BASE), .used_i(used_s), .side_i(side_s), .tick_i(tick_s), .open_i(open_s), .older_i(older_q),
      .next_i(next), .prev_i(prev), .head_i(head), .tail_i(tail), .aggregate_i(aggregate), .bitmap_i(words[TICKS-1:0]),
      .bid_i(bid), .ask_i(ask), .order_o(in_order), .uncrossed_o(uncrossed), .queues_o(queues), .sums_o(unused_sums),
      .bitmap_o(bitmap), .tops_o(tops));
  wire known = (!bid[TOP_BITS-1] || (bid[TOP_BITS-2] && bid[65:64] != 2'd0)) &&
               (!ask[TOP_BITS-1] || (ask[TOP_BITS-2] && ask[65:64] != 2'd0));
  reg  orders_same, sums_same, links_same, small;
  integer s;
  always @* begin
    {orders_same, sums_same, links_same, small} = {used == used_s, 3'b111};
    for (s = 0; s < TICKS; s = s + 1)
      if (words[s] && aggregate[s*SUM_BITS+:SUM_BITS] != aggregate_s[s*SUM_BITS+:SUM_BITS]) sums_same = 1'b0;
    for (s = 0; s < SLOTS; s = s + 1)
      if (used_s[s]) begin
        if (side[s] != side_s[s] || owner[s] != owner_s[s] || generation[s] != generation_s[s] ||
            tick[s*TICK_BITS+:TICK_BITS] != tick_s[s*TICK_BITS+:TICK_BITS] ||
            open[s*OPEN_BITS+:OPEN_BITS] != open_s[s*OPEN_BITS+:OPEN_BITS]) orders_same = 1'b0;
        // the chase's memory says the same of who comes next, where somebody does
        if (tail[tick[s*TICK_BITS+:TICK_BITS]*SLOT_BITS+:SLOT_BITS] != s &&
            chase[s*SLOT_BITS+:SLOT_BITS] != next[s*SLOT_BITS+:SLOT_BITS]) links_same = 1'b0;
        if (|open_s[s*OPEN_BITS+2+:OPEN_BITS-2]) small = 1'b0;
      end
  end
  wire consistent = in_order && uncrossed && queues && links_same && bitmap && words_right && tops && &high_zero;
  always @* if (first) assume (consistent && known && small);

  // ---- the command under way, and its next event
  reg [2:0]           code_q;
  reg [SLOT_BITS-1:0] slot_q;
  reg [TICK_BITS-1:0] command_tick_q, new_tick_q;
  reg [OPEN_BITS-1:0] quantity_q, taker_left_q;
  reg [1:0]           stp_q;
  reg                 named_generation_q, new_generation_q, command_owner_q, command_side_q, ioc_q, post_only_q;
  reg                 market_order_q, taker_on_q, taker_side_q, taker_owner_q, taker_ends_q;
  wire [4:0]           kind;
  wire [6:0]           reason;
  wire                 last, with_taker, with_maker, with_level, with_price, event_side, best_valid;
  wire                 taker_on, taker_side, taker_owner, taker_ends;
  wire [SLOT_BITS-1:0] maker;
  wire [OPEN_BITS-1:0] event_quantity, taker_remaining, maker_remaining, taker_left;
  wire [TICK_BITS-1:0] event_tick, best;
  wire [SUM_BITS-1:0]  event_sum;
  book_spec #(.SLOTS(SLOTS), .SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .OPEN_BITS(OPEN_BITS),
              .SUM_BITS(SUM_BITS)) u_spec (
      .used_i(used_s), .side_i(side_s), .tick_i(tick_s), .open_i(open_s), .owner_i(owner_s),
      .generation_i(generation_s), .older_i(older_q), .aggregate_i(aggregate_s), .code_i(code_q), .slot_i(slot_q),
      .named_generation_i(named_generation_q), .new_generation_i(new_generation_q), .command_owner_i(command_owner_q),
      .command_side_i(command_side_q), .ioc_i(ioc_q), .post_only_i(post_only_q), .market_order_i(market_order_q),
      .stp_i(stp_q), .command_tick_i(command_tick_q), .new_tick_i(new_tick_q), .quantity_i(quantity_q),
      .taker_on_i(taker_on_q), .taker_side_i(taker_side_q), .taker_owner_i(taker_owner_q),
      .taker_left_i(taker_left_q), .taker_ends_i(taker_ends_q), .kind_o(kind), .reason_o(reason), .last_o(last),
      .with_taker_o(with_taker), .with_maker_o(with_maker), .maker_o(maker), .quantity_o(event_quantity),
      .taker_remaining_o(taker_remaining), .maker_remaining_o(maker_remaining), .with_level_o(with_level),
      .side_o(event_side), .with_price_o(with_price), .tick_o(event_tick), .sum_o(event_sum),
      .best_valid_o(best_valid), .best_o(best), .used_o(used_d), .side_of_o(side_d), .ticks_o(tick_d),
      .opens_o(open_d), .owners_o(owner_d), .generations_o(generation_d), .older_o(older_d),
      .aggregates_o(aggregate_d), .taker_on_o(taker_on), .taker_side_o(taker_side), .taker_owner_o(taker_owner),
      .taker_left_o(taker_left), .taker_ends_o(taker_ends));

  reg       pending_q;
  reg [5:0] events_q, age_q, idle_q;  // of the command; cycles since it was accepted, since its last event
  initial {pending_q, taker_on_q, events_q, age_q, idle_q} = 20'd0;
  always @(posedge clk_i) begin
    if (first) begin
      {code_q, slot_q, named_generation_q, new_generation_q} <= {code, slot_i, generation_i, new_generation_i};
      {command_owner_q, command_side_q, ioc_q, post_only_q} <= {owner_i, side_i, ioc_i, post_only_i};
      {market_order_q, stp_q, command_tick_q, new_tick_q, quantity_q} <=
          {market_order_i, stp_i, tick_i, new_tick_i, quantity};
      pending_q <= 1'b1;
    end
    age_q <= age_q + {5'd0, pending_q};
    idle_q <= pending_q || first ? 6'd0 : idle_q + 6'd1;
    {used_q, side_q, tick_q, open_q, owner_q, generation_q, older_q, aggregate_q} <=
        ev_valid ? {used_d, side_d, tick_d, open_d, owner_d, generation_d, older_d, aggregate_d}
                 : {used_s, side_s, tick_s, open_s, owner_s, generation_s, older_q, aggregate_s};
    if (ev_valid) begin
      events_q <= events_q + 6'd1;
      if (last) pending_q <= 1'b0;
      {taker_on_q, taker_side_q, taker_owner_q, taker_left_q, taker_ends_q} <=
          {taker_on && !last, taker_side, taker_owner, taker_left, taker_ends};
    end
  end

  // ---- the event
  wire         echo = kind == `KIND_REJECTED;
  wire [7:0]   event_generation = {7'd0, code_q == `CODE_REPLACE && !echo ? new_generation_q : named_generation_q};
  wire [511:0] expected;
  assign expected[63:0] = {32'd5, 26'd0, events_q};
  assign expected[127:64] = {8'd0, with_maker ? {7'd0, generation_s[maker], 18'd0, maker} : 28'd0,
                             with_taker || echo ? {event_generation, 18'd0, slot_q} : 28'd0};
  assign expected[191:128] = {36'd0, event_quantity, with_taker ? {23'd0, taker_owner} : 24'd0};
  assign expected[255:192] = {36'd0, taker_remaining, with_maker ? {23'd0, owner_s[maker]} : 24'd0};
  assign expected[319:256] = {with_level && best_valid ? BASE + best : 32'd0, with_price ? BASE + event_tick : 32'd0};
  assign expected[383:320] = {with_level, with_level && best_valid, event_side, last,
                              with_level ? {ev[379:320+SUM_BITS], event_sum} : 60'd0};
  assign expected[447:384] = {3'd0, kind, 16'd2, 40'd0};
  assign expected[511:448] = {1'b0, reason, 16'd1, 36'd0, maker_remaining};

  wire settled = idle_q == SETTLED;
  generate
    if (STATE != 0) begin : g_state
      always @* begin
        if (settled) begin
          assert (orders_same && &high_zero && sums_same);
          assert (in_order && uncrossed && queues && links_same);
          assert (bitmap && words_right && tops);
          assert (control_quiet && queues_empty && market_kept);
        end
        if (idle_q == QUIET) assert (known && seeker_quiet);
      end
    end else begin : g_events
      always @* begin
        if (ev_valid) assert (pending_q && ev == expected);
        if (pending_q) assert (age_q <= BOUND + EACH * events_q && age_q <= LONGEST);
        assert (fault == 8'd0 && (!first || ready));
      end
    end
  endgenerate

  localparam TAKES = CODE == 0 || CODE == `CODE_NEW || CODE == `CODE_REPLACE;
  reach #(.COUNT(TAKES ? 5 : 3)) u_reach (.reached_i({
      ev_valid && kind == `KIND_RESTED && events_q == 2, ev_valid && kind == `KIND_FILL && events_q == 2,
      idle_q == QUIET && bid[TOP_BITS-1] && bid[65:64] == 2'd2, ev_valid && kind == `KIND_REJECTED,
      settled && words != 64'd0}));
endmodule
