// The whole book, from every quiet state: one command of every kind that a member sends, its events one by one as
// book_spec says, within a bound of cycles, the book as it should be in every cycle, and quiet again.
//
// The first cycle is any in which the book is quiet (nothing is under way, the seeker has found what there is to find)
// and consistent (book_state); the command is taken in that cycle. Registers of control start as the lists below say,
// everything else with any value: orders, memories, what was left behind by earlier steps. With every event memories
// become what the specification makes of them, and behind the last one the book is quiet again. So all of it holds for
// every sequence of commands that lets the book come to rest between them; check_book_reset shows that it is quiet
// behind a reset. With GAP a second command, any, is taken so many cycles behind the first one, while that is under
// way: then what is claimed of events and of the book's state counts for both, but for when the second one is answered.
//
// One market, open, whose window holds every price (64 to 71), its bands let everything through; up to 4 orders of at
// most 3 lots. The memories are those of simulations (ram_late proves both). Places in the queues of commands and
// events start at 0: they are counted, not looked at. Aggregates are compared in their lower bits (level_update has the
// sums).
`include "contract.vh"
module check_book #(
    parameter [2:0] CODE = 0,         // what kind of command, 0: any
    parameter [1:0] SIDE = 2,         // its order's side, 2: any
    parameter       BOUND = 16,       // cycles behind a command's acceptance to its event number n: BOUND + n * EACH
    parameter       EACH = 14,
    parameter       LONGEST = 24,     // ... to the last one
    parameter       SETTLED = 3,      // cycles behind its last event: the memories are written,
    parameter       QUIET = 24,       // the seeker is done
    parameter       GAP = 0,          // so many cycles behind the first command comes a second one; 0: none does
    parameter       SLOTS = 4,
    parameter       SLOT_BITS = 2,
    parameter       TICK_BITS = 3,
    parameter       LATENCY = 1,
    parameter       OPEN_BITS = 4,
    parameter       SUM_BITS = 6,
    parameter       TICKS = 1 << TICK_BITS,
    parameter       TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input                              clk_i,
    input [13+SLOT_BITS+2*TICK_BITS:0] any_i,    // what the command is (book_command)
    input [13+SLOT_BITS+2*TICK_BITS:0] second_i
);
  localparam [31:0] BASE = 32'd64;
  reg began_q;
  initial began_q = 1'b0;
  always @(posedge clk_i) began_q <= 1'b1;
  wire first = !began_q;

  // ---- the commands, kept from the first cycle on
  localparam FIELDS = 12 + SLOT_BITS + 2 * TICK_BITS + OPEN_BITS, SIDE_AT = 5 + 2 * TICK_BITS + OPEN_BITS;
  wire [FIELDS-1:0] fields1, fields2;
  wire [511:0]      command1, command2;
  book_command #(.CODE(CODE), .SIDE(SIDE), .BASE(BASE), .TAG(32'd5), .SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS),
                 .OPEN_BITS(OPEN_BITS)) u_first (
      .clk_i(clk_i), .first_i(first), .any_i(any_i), .fields_o(fields1), .command_o(command1));
  book_command #(.BASE(BASE), .TAG(32'd6), .SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS),
                 .OPEN_BITS(OPEN_BITS)) u_second (
      .clk_i(clk_i), .first_i(first), .any_i(second_i), .fields_o(fields2), .command_o(command2));
  reg       pending_q, second_q;      // one is under way; the first one has ended: the events to come are the second's
  reg [5:0] events_q, age_q, idle_q;  // so far; cycles since the first one was accepted, since the last event
  wire      offers = GAP != 0 && pending_q && age_q == GAP - 1;
  wire [2:0]           code;
  wire [SLOT_BITS-1:0] slot;
  wire [TICK_BITS-1:0] command_tick, new_tick;
  wire [OPEN_BITS-1:0] quantity;
  wire [1:0]           stp;
  wire                 named_generation, new_generation, command_owner, command_side, ioc, post_only, market_order;
  assign {code, slot, named_generation, new_generation, command_owner, command_side, ioc, post_only, market_order, stp,
          command_tick, new_tick, quantity} = second_q ? fields2 : fields1;
  wire         ready, ev_valid, busy;
  wire [511:0] ev;
  wire [15:0]  session;
  wire [7:0]   fault, stall;
  book #(.MARKETS(1), .ORDERS(SLOTS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .MODEL(1)) u_dut (
      .clk_i(clk_i), .rst_ni(1'b1), .session_i(16'd1), .session_o(session), .cycle_i(40'd0), .inject_parity_i(1'b0),
      .cmd_valid_i(first || offers), .cmd_ready_o(ready), .cmd_i(first ? command1 : command2), .ev_valid_o(ev_valid),
      .ev_ready_i(1'b1), .ev_o(ev), .busy_o(busy), .fault_o(fault), .stall_o(stall));

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
  // ... and behind the event of this cycle
  wire [SLOTS-1:0]           used_n = ev_valid ? used_d : used_s, side_n = ev_valid ? side_d : side_s;
  wire [SLOTS-1:0]           owner_n = ev_valid ? owner_d : owner_s;
  wire [SLOTS-1:0]           generation_n = ev_valid ? generation_d : generation_s;
  wire [SLOTS*TICK_BITS-1:0] tick_n = ev_valid ? tick_d : tick_s;
  wire [SLOTS*OPEN_BITS-1:0] open_n = ev_valid ? open_d : open_s;
  wire [SLOTS*SLOTS-1:0]     older_n = ev_valid ? older_d : older_q;
  wire [TICKS*SUM_BITS-1:0]  aggregate_n = ev_valid ? aggregate_d : aggregate_s;
  book_state #(.SLOTS(SLOTS), .SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .OPEN_BITS(OPEN_BITS),
               .SUM_BITS(SUM_BITS)) u_state (
      .base_i(BASE), .used_i(used_n), .side_i(side_n), .tick_i(tick_n), .open_i(open_n), .older_i(older_n),
      .next_i(next), .prev_i(prev), .head_i(head), .tail_i(tail), .aggregate_i(aggregate), .bitmap_i(words[TICKS-1:0]),
      .bid_i(bid), .ask_i(ask), .order_o(in_order), .uncrossed_o(uncrossed), .queues_o(queues), .sums_o(unused_sums),
      .bitmap_o(bitmap), .tops_o(tops));
  // what the table has noted of entries in which something is unknown
  wire bid_open = bid[TOP_BITS-1] && !(bid[TOP_BITS-2] && bid[65:64] != 2'd0);
  wire ask_open = ask[TOP_BITS-1] && !(ask[TOP_BITS-2] && ask[65:64] != 2'd0);
  wire tops_open = \u_dut.u_tops.u_tops.open_q == {2'd0, ask_open, bid_open};
  wire known = !bid_open && !ask_open;
  reg  orders_same, sums_same, links_same, small;
  integer s;
  always @* begin
    {orders_same, sums_same, links_same, small} = {used == used_n, 3'b111};
    for (s = 0; s < TICKS; s = s + 1)
      if (words[s] && aggregate[s*SUM_BITS+:SUM_BITS] != aggregate_n[s*SUM_BITS+:SUM_BITS]) sums_same = 1'b0;
    for (s = 0; s < SLOTS; s = s + 1)
      if (used_n[s]) begin
        if (side[s] != side_n[s] || owner[s] != owner_n[s] || generation[s] != generation_n[s] ||
            tick[s*TICK_BITS+:TICK_BITS] != tick_n[s*TICK_BITS+:TICK_BITS] ||
            open[s*OPEN_BITS+:OPEN_BITS] != open_n[s*OPEN_BITS+:OPEN_BITS]) orders_same = 1'b0;
        // the chase's memory says the same of who comes next, where somebody does
        if (tail[tick[s*TICK_BITS+:TICK_BITS]*SLOT_BITS+:SLOT_BITS] != s &&
            chase[s*SLOT_BITS+:SLOT_BITS] != next[s*SLOT_BITS+:SLOT_BITS]) links_same = 1'b0;
        if (|open_s[s*OPEN_BITS+2+:OPEN_BITS-2]) small = 1'b0;
      end
  end
  wire consistent = in_order && uncrossed && queues && links_same && bitmap && words_right && tops && &high_zero;
  always @* if (first) assume (consistent && known && small);
  always @* if (first && code == `CODE_REPLACE) assume (SIDE == 2'd2 || side[slot] == SIDE[0]);

  // ---- the command under way, and its next event
  reg                  taker_on_q, taker_side_q, taker_owner_q, taker_ends_q;
  reg  [OPEN_BITS-1:0] taker_left_q;
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
      .generation_i(generation_s), .older_i(older_q), .aggregate_i(aggregate_s), .code_i(code), .slot_i(slot),
      .named_generation_i(named_generation), .new_generation_i(new_generation), .command_owner_i(command_owner),
      .command_side_i(command_side), .ioc_i(ioc), .post_only_i(post_only), .market_order_i(market_order),
      .stp_i(stp), .command_tick_i(command_tick), .new_tick_i(new_tick), .quantity_i(quantity),
      .taker_on_i(taker_on_q), .taker_side_i(taker_side_q), .taker_owner_i(taker_owner_q),
      .taker_left_i(taker_left_q), .taker_ends_i(taker_ends_q), .kind_o(kind), .reason_o(reason), .last_o(last),
      .with_taker_o(with_taker), .with_maker_o(with_maker), .maker_o(maker), .quantity_o(event_quantity),
      .taker_remaining_o(taker_remaining), .maker_remaining_o(maker_remaining), .with_level_o(with_level),
      .side_o(event_side), .with_price_o(with_price), .tick_o(event_tick), .sum_o(event_sum),
      .best_valid_o(best_valid), .best_o(best), .used_o(used_d), .side_of_o(side_d), .ticks_o(tick_d),
      .opens_o(open_d), .owners_o(owner_d), .generations_o(generation_d), .older_o(older_d),
      .aggregates_o(aggregate_d), .taker_on_o(taker_on), .taker_side_o(taker_side), .taker_owner_o(taker_owner),
      .taker_left_o(taker_left), .taker_ends_o(taker_ends));

  initial {pending_q, second_q, taker_on_q, events_q, age_q, idle_q} = 21'd0;
  always @(posedge clk_i) begin
    if (first) begin
      pending_q <= 1'b1;
      {taker_side_q, taker_owner_q, taker_left_q} <= {command_side, command_owner, quantity};  // if it is new
    end
    age_q <= age_q + {5'd0, pending_q};
    idle_q <= pending_q || first ? 6'd0 : idle_q + {5'd0, idle_q != QUIET};
    {used_q, side_q, tick_q, open_q, owner_q, generation_q, older_q, aggregate_q} <=
        ev_valid ? {used_d, side_d, tick_d, open_d, owner_d, generation_d, older_d, aggregate_d}
                 : {used_s, side_s, tick_s, open_s, owner_s, generation_s, older_q, aggregate_s};
    if (ev_valid) begin
      events_q <= events_q + 6'd1;
      if (last) {pending_q, second_q} <= {GAP != 0 && !second_q, GAP != 0};
      {taker_on_q, taker_side_q, taker_owner_q, taker_left_q, taker_ends_q} <=
          {taker_on && !last, taker_side, taker_owner, taker_left, taker_ends};
      if (last && GAP != 0)
        {taker_side_q, taker_owner_q, taker_left_q} <=
            {fields2[SIDE_AT], fields2[SIDE_AT+1], fields2[OPEN_BITS-1:0]};
    end
  end

  // ---- the event
  wire         echo = kind == `KIND_REJECTED;
  wire [7:0]   event_generation = {7'd0, code == `CODE_REPLACE && !echo ? new_generation : named_generation};
  wire [511:0] expected;
  assign expected[63:0] = {second_q ? 32'd6 : 32'd5, 26'd0, events_q};
  assign expected[127:64] = {8'd0, with_maker ? {7'd0, generation_s[maker], 18'd0, maker} : 28'd0,
                             with_taker || echo ? {event_generation, 18'd0, slot} : 28'd0};
  assign expected[191:128] = {36'd0, event_quantity, with_taker ? {23'd0, taker_owner} : 24'd0};
  assign expected[255:192] = {36'd0, taker_remaining, with_maker ? {23'd0, owner_s[maker]} : 24'd0};
  assign expected[319:256] = {with_level && best_valid ? BASE + best : 32'd0, with_price ? BASE + event_tick : 32'd0};
  assign expected[383:320] = {with_level, with_level && best_valid, event_side, last,
                              with_level ? {ev[379:320+SUM_BITS], event_sum} : 60'd0};
  assign expected[447:384] = {3'd0, kind, 16'd2, 40'd0};
  assign expected[511:448] = {1'b0, reason, 16'd1, 36'd0, maker_remaining};

  // ---- what the book has of the command: as its step arrives, places in queues, the taker carried
  (* hierconn *) wire [447:0] \u_dut.u_queue.fetched_command_q ;
  (* hierconn *) wire [6:0] \u_dut.u_queue.fetched_format_q ;
  (* hierconn *) wire \u_dut.u_queue.replace_q ;
  wire fetched_right = !\u_dut.u_issue.step_valid_q [1] || (
      {\u_dut.u_queue.fetched_command_q , \u_dut.u_queue.fetched_format_q , \u_dut.u_queue.replace_q } ==
      {command1[447:0], 7'd0, code == `CODE_REPLACE});
  wire       pending_n = pending_q && !(ev_valid && last);
  wire [5:0] events_n = events_q + {5'd0, ev_valid};
  wire       places_right =
      {\u_dut.u_queue.head_q , \u_dut.u_queue.tail_q } == {4'd0, !first && !pending_n, 4'd0, !first} &&
      \u_dut.u_complete.u_answer.u_events.head_q == events_q[4:0] &&
      \u_dut.u_complete.u_answer.u_events.tail_q == events_n[4:0] &&
      \u_dut.u_complete.u_answer.u_events.sequence_q == {26'd0, events_n};
  wire         carries = \u_dut.u_complete.u_carried.carry_q ;  // or what is left is to expire
  (* hierconn *) wire \u_dut.u_complete.u_carried.side_q ;
  (* hierconn *) wire [39:0] \u_dut.u_complete.u_carried.remaining_q ;
  (* hierconn *) wire [23:0] \u_dut.u_complete.u_carried.owner_q ;
  wire [64:0] taker_n = ev_valid ? {taker_side, 23'd0, taker_owner, 36'd0, taker_left}
                                 : {taker_side_q, 23'd0, taker_owner_q, 36'd0, taker_left_q};
  wire        carried_right = ((ev_valid ? taker_on && !last : taker_on_q) ? carries : pending_n || !carries) &&
      (!carries || {\u_dut.u_complete.u_carried.side_q , \u_dut.u_complete.u_carried.owner_q ,
                    \u_dut.u_complete.u_carried.remaining_q } == taker_n);

  // ---- what these commands never start
  wire unused_quiet = {
      \u_dut.u_mode.scan_q , \u_dut.u_mode.setup_q , \u_dut.u_mode.clearing_q , \u_dut.u_mode.fault_q ,
      \u_dut.u_mode.scan_ended_q , \u_dut.u_mode.setup_ended_q , \u_dut.u_mode.clear_markets_q ,
      GAP == 0 && \u_dut.u_queue.two_q , \u_dut.u_complete.u_parity.order_q , \u_dut.u_complete.u_parity.ends_q ,
      \u_dut.u_complete.u_parity.ahead_q , \u_dut.u_complete.u_parity.fault_order_q ,
      \u_dut.u_complete.u_parity.fault_level_q , \u_dut.u_complete.u_parity.fault_words_q ,
      \u_dut.u_complete.u_carried.kill_passed_q , \u_dut.u_complete.u_carried.many_q , \u_dut.u_scanner.state_q ,
      \u_dut.u_scanner.done_q , \u_dut.u_bands.u_markets.u_bounds.step_q , \u_dut.u_bands.u_markets.start_q ,
      \u_dut.u_bands.u_markets.set_q , \u_dut.u_store.inject_q , \u_dut.held_market_q } == 0;

  // ---- the seeker: one look at a time, at an entry as it is now; what it found is right while nothing changes
  (* hierconn *) wire \u_dut.u_tops.u_seeker.void_q ;
  (* hierconn *) wire \u_dut.u_tops.u_seeker.good ;
  (* hierconn *) wire \u_dut.u_tops.u_seeker.dirty ;
  (* hierconn *) wire \u_dut.u_tops.u_seeker.side_q ;
  (* hierconn *) wire \u_dut.u_tops.u_seeker.market_q ;
  (* hierconn *) wire [TOP_BITS-1:0] \u_dut.u_tops.u_seeker.top_q ;
  (* hierconn *) wire [TOP_BITS-1:0] \u_dut.u_tops.u_seeker.top_o ;
  (* hierconn *) wire \u_dut.u_tops.u_tops.write_side_q ;
  (* hierconn *) wire \u_dut.u_tops.u_tops.write_market_q ;
  (* hierconn *) wire [TOP_BITS-1:0] \u_dut.u_tops.u_tops.write_top_q ;
  wire [2:0] looks = {2'd0, \u_dut.u_issue.seek_valid_q [0]} + {2'd0, \u_dut.u_issue.seek_valid_q [1]} +
      {2'd0, \u_dut.u_tops.u_seeker.late_q } + {2'd0, \u_dut.u_tops.u_seeker.masked_q } +
      {2'd0, \u_dut.u_tops.u_seeker.chosen_q } + {2'd0, \u_dut.u_tops.u_seeker.answer_q };
  wire begun = \u_dut.u_tops.u_seeker.picked_q || \u_dut.u_tops.u_seeker.busy_q ;
  wire look_right = looks == {2'd0, \u_dut.u_tops.u_seeker.busy_q } && !\u_dut.u_tops.u_seeker.pending_q &&
      (!begun || (!\u_dut.u_tops.u_seeker.market_q &&
                  \u_dut.u_tops.u_seeker.top_q == (\u_dut.u_tops.u_seeker.side_q ? ask : bid)));
  reg  [TICKS-1:0] bids, asks;
  integer b;
  always @* begin
    {bids, asks} = 0;
    for (b = 0; b < SLOTS; b = b + 1)
      if (used_n[b]) begin
        if (side_n[b]) asks[tick_n[b*TICK_BITS+:TICK_BITS]] = 1'b1;
        else bids[tick_n[b*TICK_BITS+:TICK_BITS]] = 1'b1;
      end
  end
  wire [1:0] found_right, write_right;
  generate
    for (g = 0; g < 2; g = g + 1) begin : g_side
      side_state #(.SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .SELL(g)) u_found (
          .base_i(BASE), .levels_i(g ? asks : bids), .head_i(head), .top_i(\u_dut.u_tops.u_seeker.top_o ),
          .right_o(found_right[g]));
      side_state #(.SLOT_BITS(SLOT_BITS), .TICK_BITS(TICK_BITS), .SELL(g)) u_write (
          .base_i(BASE), .levels_i(g ? asks : bids), .head_i(head), .top_i(\u_dut.u_tops.u_tops.write_top_q ),
          .right_o(write_right[g]));
    end
  endgenerate
  // ... and so is what each stage of the search has made of the words
  (* hierconn *) wire [31:0] \u_dut.u_tops.u_seeker.best_q ;
  (* hierconn *) wire [SLOT_BITS-1:0] \u_dut.u_tops.u_seeker.head_q ;
  (* hierconn *) wire [63:0] \u_dut.u_tops.raw0_i ;
  (* hierconn *) wire [TICK_BITS-1:0] \u_dut.u_tops.late_tick_q , \u_dut.u_tops.masked_tick_q ;
  (* hierconn *) wire [TICK_BITS-1:0] \u_dut.u_tops.chosen_tick_q , \u_dut.u_tops.found_tick_q ;
  (* hierconn *) wire \u_dut.u_tops.search_first_q ;
  (* hierconn *) wire \u_dut.u_tops.search_up_q ;
  (* hierconn *) wire \u_dut.u_tops.masked_up_q ;
  (* hierconn *) wire \u_dut.u_tops.chosen_up_q ;
  (* hierconn *) wire \u_dut.u_tops.chosen_some_q ;
  (* hierconn *) wire \u_dut.u_tops.found_done_q ;
  (* hierconn *) wire [3:0] \u_dut.u_tops.any_q ;
  (* hierconn *) wire [63:0] \u_dut.u_tops.masked0_q , \u_dut.u_tops.masked_top_q ;
  (* hierconn *) wire [1:0] \u_dut.u_tops.chosen_level_q , \u_dut.u_tops.chosen_high_q ;
  (* hierconn *) wire [15:0] \u_dut.u_tops.chosen_part_q ;
  wire [TICK_BITS-1:0] sought = \u_dut.u_tops.u_seeker.best_q [TICK_BITS-1:0];
  wire                 up = \u_dut.u_tops.u_seeker.side_q , valid = !\u_dut.u_tops.u_seeker.void_q ;
  wire [3:0]           any;
  wire [63:0]          word0, word1, word2, word3, top_word;
  wire [1:0]           level, high;
  wire [15:0]          part;
  wire                 some, done, none;
  wire [TICK_BITS-1:0] found;
  bitmap_mask #(.TICK_BITS(TICK_BITS)) u_mask (
      .look_i(1'b1), .first_i(1'b1), .up_i(up), .level_i(2'd0), .tick_i(sought), .valid_i(4'b0001), .word0_i(words),
      .word1_i(64'd0), .word2_i(64'd0), .word3_i(64'd0), .any_o(any), .word0_o(word0), .word1_o(word1),
      .word2_o(word2), .word3_o(word3), .top_o(top_word));
  bitmap_seek #(.TICK_BITS(TICK_BITS)) u_search (
      .look_i(1'b1), .up_i(up), .any_i(any), .word0_i(word0), .word1_i(64'd0), .word2_i(64'd0), .word3_i(64'd0),
      .top_i(top_word), .level_o(level), .some_o(some), .high_o(high), .part_o(part));
  bitmap_found #(.TICK_BITS(TICK_BITS)) u_found (
      .look_i(1'b1), .up_i(up), .level_i(level), .tick_i(sought), .some_i(some), .high_i(high), .part_i(part),
      .found_tick_o(found), .done_o(done), .none_o(none));
  wire late_ok = !\u_dut.u_tops.u_seeker.late_q || (
      {\u_dut.u_tops.late_tick_q , \u_dut.u_tops.search_first_q , \u_dut.u_tops.search_up_q } == {sought, 1'b1, up} &&
      \u_dut.u_tops.raw0_i == words);
  wire masked_ok = !\u_dut.u_tops.u_seeker.masked_q || (
      {\u_dut.u_tops.masked_tick_q , \u_dut.u_tops.masked_up_q } == {sought, up} && (!valid ||
      {\u_dut.u_tops.any_q [0], \u_dut.u_tops.masked0_q , \u_dut.u_tops.masked_top_q } == {any[0], word0, top_word}));
  wire chosen_ok = !\u_dut.u_tops.u_seeker.chosen_q || (
      {\u_dut.u_tops.chosen_tick_q , \u_dut.u_tops.chosen_up_q } == {sought, up} && (!valid || !some ||
      {\u_dut.u_tops.chosen_level_q , \u_dut.u_tops.chosen_some_q , \u_dut.u_tops.chosen_high_q ,
       \u_dut.u_tops.chosen_part_q } == {level, some, high, part}));
  wire answer_ok = !\u_dut.u_tops.u_seeker.answer_q || !valid || !some ||
      {\u_dut.u_tops.found_tick_q , \u_dut.u_tops.found_done_q } == {found, done};
  wire head_ok = !(\u_dut.u_tops.u_seeker.masked_q || \u_dut.u_tops.u_seeker.chosen_q ||
                   \u_dut.u_tops.u_seeker.answer_q ) || !valid ||
      {\u_dut.u_tops.u_seeker.top_q [TOP_BITS-1], \u_dut.u_tops.u_seeker.top_q [63:32]} !=
      {1'b1, \u_dut.u_tops.u_seeker.best_q } || \u_dut.u_tops.u_seeker.head_q == head[sought*SLOT_BITS+:SLOT_BITS];
  wire found_ok = !\u_dut.u_tops.u_seeker.answer_q || !\u_dut.u_tops.u_seeker.good || \u_dut.u_tops.u_seeker.dirty ||
      found_right[\u_dut.u_tops.u_seeker.side_q ];
  wire write_ok = !\u_dut.u_tops.u_tops.pending_q || (!\u_dut.u_tops.u_tops.write_market_q &&
      write_right[\u_dut.u_tops.u_tops.write_side_q ]);

  // What has been shown of a cycle is known in those behind it. So all of it is claimed in every cycle, and what the
  // book has of the command, too: that is far easier to show than only what counts in the end.
  wire settled = !pending_q && idle_q >= SETTLED;
  always @* begin
    assert (unused_quiet && market_kept && fault == 8'd0 && (!(first || offers) || ready));
    if (pending_q && !second_q) assert (age_q <= BOUND + EACH * events_q && age_q <= LONGEST);
    assert (pending_q || !ev_valid);
    if (GAP == 0) begin  // (of more than one command, that is not said yet)
      assert (places_right);
      assert (carried_right);
      assert (fetched_right);
    end
    assert (orders_same && &high_zero);
    assert (sums_same);
    assert (in_order && uncrossed && queues);
    assert (links_same);
    assert (bitmap && words_right);
    assert (tops);
    assert (tops_open);
    assert (look_right);
    assert (write_ok);
    assert (late_ok);
    assert (masked_ok);
    assert (chosen_ok);
    assert (answer_ok);
    assert (head_ok);
    assert (found_ok);
    if (ev_valid) assert (ev == expected);
    if (settled) assert (control_quiet && queues_empty);
    if (settled && idle_q >= QUIET) assert (known && seeker_quiet);
  end

  wire rested = settled && idle_q == QUIET;
  generate
    if (GAP == 0) begin : g_one
      reach #(.COUNT(9)) u_reach (.reached_i({
          rested && code == `CODE_REPLACE, rested && code == `CODE_REDUCE, rested && code == `CODE_CANCEL,
          rested && code == `CODE_NEW, ev_valid && kind == `KIND_RESTED && events_q == 2,
          ev_valid && kind == `KIND_FILL && events_q == 2, rested && bid[TOP_BITS-1] && bid[65:64] == 2'd2,
          ev_valid && kind == `KIND_REJECTED, settled && words != 64'd0}));
    end else begin : g_two
      wire [2:0]           code1 = fields1[FIELDS-1-:3], code2 = fields2[FIELDS-1-:3];
      wire [SLOT_BITS-1:0] slot1 = fields1[FIELDS-4-:SLOT_BITS], slot2 = fields2[FIELDS-4-:SLOT_BITS];
      wire                 second = ev_valid && second_q;
      reg                  ended_q, took_q;  // in the cycle before; the order that the second one names
      always @(posedge clk_i) begin
        ended_q <= ev_valid && last && !second_q;
        took_q <= (took_q && !first) || (ev_valid && !second_q && used_s[slot2] && !used_d[slot2]);
      end
      reach #(.COUNT(6)) u_reach (.reached_i({
          second && kind == `KIND_FILL && code1 == `CODE_REPLACE && code2 == `CODE_REPLACE,
          second && kind == `KIND_FILL && events_q == 2, second && took_q && kind == `KIND_REJECTED,
          second && code2 == `CODE_CANCEL && kind == `KIND_REMOVED && code1 == `CODE_NEW && slot1 == slot2,
          second && kind == `KIND_FILL && code1 == `CODE_NEW && maker == slot1, second && ended_q}));
    end
  endgenerate
endmodule
