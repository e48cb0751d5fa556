// What the next event of a command is and what it does to the orders, read off docs/card.md: of one market that is
// open, whose bands let everything through and whose window holds every price; new (gtc, ioc), cancel, reduce, replace.
// Combinational, one event at a time: taker_* is the command's taker if it is under way.
`include "contract.vh"
module book_spec #(
    parameter SLOTS = 4,
    parameter SLOT_BITS = 2,
    parameter TICK_BITS = 3,
    parameter OPEN_BITS = 4,
    parameter SUM_BITS = OPEN_BITS + SLOT_BITS,
    parameter TICKS = 1 << TICK_BITS
) (
    // the orders, and who came before whom (book_state)
    input      [SLOTS-1:0]           used_i,
    input      [SLOTS-1:0]           side_i,
    input      [SLOTS*TICK_BITS-1:0] tick_i,
    input      [SLOTS*OPEN_BITS-1:0] open_i,
    input      [SLOTS-1:0]           owner_i,
    input      [SLOTS-1:0]           generation_i,
    input      [SLOTS*SLOTS-1:0]     older_i,
    input      [TICKS*SUM_BITS-1:0]  aggregate_i,      // of each occupied tick
    // the command, and its taker
    input      [2:0]                 code_i,
    input      [SLOT_BITS-1:0]       slot_i,
    input                            named_generation_i,
    input                            new_generation_i,
    input                            command_owner_i,
    input                            command_side_i,
    input                            ioc_i,
    input                            post_only_i,
    input                            market_order_i,
    input      [1:0]                 stp_i,
    input      [TICK_BITS-1:0]       command_tick_i,
    input      [TICK_BITS-1:0]       new_tick_i,
    input      [OPEN_BITS-1:0]       quantity_i,       // replace: signed
    input                            taker_on_i,
    input                            taker_side_i,
    input                            taker_owner_i,
    input      [OPEN_BITS-1:0]       taker_left_i,
    input                            taker_ends_i,     // for a self-trade
    // the event
    output reg [4:0]                 kind_o,
    output reg [6:0]                 reason_o,
    output reg                       last_o,
    output reg                       with_taker_o,
    output reg                       with_maker_o,
    output reg [SLOT_BITS-1:0]       maker_o,
    output reg [OPEN_BITS-1:0]       quantity_o,
    output reg [OPEN_BITS-1:0]       taker_remaining_o,
    output reg [OPEN_BITS-1:0]       maker_remaining_o,
    output reg                       with_level_o,
    output reg                       side_o,
    output reg                       with_price_o,
    output reg [TICK_BITS-1:0]       tick_o,
    output reg [SUM_BITS-1:0]        sum_o,            // of the level at tick_o, after it
    output reg                       best_valid_o,
    output reg [TICK_BITS-1:0]       best_o,           // of side_o
    // and behind it
    output reg [SLOTS-1:0]           used_o,
    output reg [SLOTS-1:0]           side_of_o,
    output reg [SLOTS*TICK_BITS-1:0] ticks_o,
    output reg [SLOTS*OPEN_BITS-1:0] opens_o,
    output reg [SLOTS-1:0]           owners_o,
    output reg [SLOTS-1:0]           generations_o,
    output reg [SLOTS*SLOTS-1:0]     older_o,
    output reg [TICKS*SUM_BITS-1:0]  aggregates_o,
    output reg                       taker_on_o,
    output reg                       taker_side_o,
    output reg                       taker_owner_o,
    output reg [OPEN_BITS-1:0]       taker_left_o,
    output reg                       taker_ends_o
);
  wire is_new = code_i == `CODE_NEW, is_reduce = code_i == `CODE_REDUCE, is_replace = code_i == `CODE_REPLACE;
  wire named_used = used_i[slot_i];
  wire [OPEN_BITS-1:0] named_open = open_i[slot_i*OPEN_BITS+:OPEN_BITS];
  wire [TICK_BITS-1:0] named_tick = tick_i[slot_i*TICK_BITS+:TICK_BITS];
  wire handle_ok = named_used && generation_i[slot_i] == named_generation_i && named_tick == command_tick_i;
  wire [OPEN_BITS-1:0] sum = named_open + quantity_i;  // of replace
  wire lowers = quantity_i == 0 || quantity_i[OPEN_BITS-1];
  wire empties = is_reduce ? !(quantity_i < named_open)
                           : quantity_i[OPEN_BITS-1] && !(-quantity_i < named_open);

  wire                 side = taker_on_i ? taker_side_i : is_replace ? side_i[slot_i] : command_side_i;
  wire                 owner = taker_on_i ? taker_owner_i : is_replace ? owner_i[slot_i] : command_owner_i;
  wire [OPEN_BITS-1:0] left = taker_on_i ? taker_left_i : is_replace ? sum : quantity_i;
  wire [TICK_BITS-1:0] limit = is_replace ? new_tick_i : command_tick_i;

  // the oldest order of the opposite best level
  reg                 some, ahead;
  reg [SLOT_BITS-1:0] first;
  integer i, j;
  always @* begin
    {some, first, ahead} = 0;
    for (i = 0; i < SLOTS; i = i + 1)
      if (used_i[i] && side_i[i] != side) begin
        ahead = 1'b1;
        for (j = 0; j < SLOTS; j = j + 1)
          if (j != i && used_i[j] && side_i[j] != side &&
              (tick_i[j*TICK_BITS+:TICK_BITS] == tick_i[i*TICK_BITS+:TICK_BITS] ? older_i[j*SLOTS+i] :
               (tick_i[j*TICK_BITS+:TICK_BITS] < tick_i[i*TICK_BITS+:TICK_BITS]) != side)) ahead = 1'b0;
        if (ahead) {some, first} = {1'b1, i[SLOT_BITS-1:0]};
      end
  end
  wire [TICK_BITS-1:0] first_tick = tick_i[first*TICK_BITS+:TICK_BITS];
  wire [OPEN_BITS-1:0] first_open = open_i[first*OPEN_BITS+:OPEN_BITS];
  wire reaches = some && (market_order_i || (side ? !(first_tick < limit) : !(limit < first_tick)));
  wire own = owner_i[first] == owner;
  wire takes_all = !(left < first_open);
  wire ends = taker_on_i && taker_ends_i;

  reg                 match, gone, rests, shrinks, joins;
  reg [SLOT_BITS-1:0] changed;
  reg [OPEN_BITS-1:0] now_open;
  always @* begin
    {kind_o, reason_o, last_o} = {`KIND_REJECTED, `REASON_STALE_ORDER, 1'b1};
    {with_taker_o, with_maker_o, with_level_o, with_price_o, side_o} = 5'd0;
    {match, gone, rests, shrinks} = 4'd0;
    maker_o = slot_i;
    changed = slot_i;
    tick_o = named_tick;
    {quantity_o, taker_remaining_o, maker_remaining_o, now_open} = 0;
    {taker_on_o, taker_side_o, taker_owner_o, taker_ends_o} = {1'b0, side, owner, 1'b0};
    taker_left_o = left;

    if (taker_on_i) match = 1'b1;
    else if (is_new) begin
      if (named_used) reason_o = `REASON_SLOT_IN_USE;
      else if (post_only_i && reaches) reason_o = `REASON_POST_ONLY_TAKER;
      else match = 1'b1;
    end else if (handle_ok) begin
      {with_maker_o, with_level_o, with_price_o, side_o, reason_o} = {3'b111, side_i[slot_i], `REASON_NONE};
      kind_o = `KIND_REMOVED;
      quantity_o = named_open;
      gone = 1'b1;
      if ((is_reduce && !empties) || (is_replace && !empties && lowers && new_tick_i == named_tick)) begin
        kind_o = `KIND_REDUCED;
        {gone, shrinks} = 2'b01;
        with_taker_o = is_replace;
        quantity_o = is_reduce ? quantity_i : -quantity_i;
        now_open = named_open - quantity_o;
        maker_remaining_o = now_open;
      end else if (is_replace && !empties) begin
        if (post_only_i && reaches) begin
          {kind_o, reason_o, gone} = {`KIND_REJECTED, `REASON_POST_ONLY_TAKER, 1'b0};
          {with_maker_o, with_level_o, with_price_o, side_o} = 4'd0;
          quantity_o = 0;
        end else begin
          {reason_o, last_o, with_taker_o, taker_on_o} = {`REASON_REPLACED, 3'b011};
          taker_remaining_o = sum;
        end
      end
    end

    if (match) begin
      {with_taker_o, reason_o} = {1'b1, `REASON_NONE};
      if (!ends && reaches && !(own && stp_i == `STP_REJECT_TAKER)) begin
        {with_maker_o, with_level_o, with_price_o, side_o} = {3'b111, !side};
        maker_o = first;
        changed = first;
        tick_o = first_tick;
        if (own) begin
          {kind_o, reason_o, last_o, gone} = {`KIND_REMOVED, `REASON_SELF_TRADE, 2'b01};
          quantity_o = first_open;
          taker_remaining_o = left;
          {taker_on_o, taker_ends_o} = {1'b1, stp_i == `STP_REJECT_BOTH};
        end else begin
          kind_o = `KIND_FILL;
          quantity_o = takes_all ? first_open : left;
          taker_left_o = left - quantity_o;
          taker_remaining_o = taker_left_o;
          now_open = first_open - quantity_o;
          maker_remaining_o = now_open;
          {gone, shrinks} = {takes_all, !takes_all};
          last_o = taker_left_o == 0;
          taker_on_o = !last_o;
        end
      end else begin
        quantity_o = left;
        {with_price_o, tick_o} = {!market_order_i, limit};
        kind_o = `KIND_EXPIRED;
        if (ends || reaches) reason_o = `REASON_SELF_TRADE;
        else if (market_order_i) reason_o = `REASON_INSUFFICIENT_LIQUIDITY;
        else if (ioc_i) reason_o = `REASON_IMMEDIATE_OR_CANCEL;
        else begin
          {kind_o, with_level_o, side_o, rests} = {`KIND_RESTED, 1'b1, side, 1'b1};
          taker_remaining_o = left;
          now_open = left;
        end
      end
    end

    // ---- behind it
    used_o = used_i;
    side_of_o = side_i;
    ticks_o = tick_i;
    opens_o = open_i;
    owners_o = owner_i;
    generations_o = generation_i;
    older_o = older_i;
    if (gone) used_o[changed] = 1'b0;
    if (shrinks || rests) opens_o[changed*OPEN_BITS+:OPEN_BITS] = now_open;
    if (shrinks && kind_o == `KIND_REDUCED && is_replace) generations_o[changed] = new_generation_i;
    if (rests) begin
      used_o[changed] = 1'b1;
      side_of_o[changed] = side;
      ticks_o[changed*TICK_BITS+:TICK_BITS] = limit;
      owners_o[changed] = owner;
      generations_o[changed] = is_replace ? new_generation_i : named_generation_i;
      for (i = 0; i < SLOTS; i = i + 1) begin
        older_o[i*SLOTS+changed] = i != changed;
        older_o[changed*SLOTS+i] = 1'b0;
      end
    end
    joins = 1'b0;
    {best_valid_o, best_o} = 0;
    for (i = 0; i < SLOTS; i = i + 1) begin
      if (used_i[i] && tick_i[i*TICK_BITS+:TICK_BITS] == tick_o) joins = 1'b1;
      if (used_o[i] && side_of_o[i] == side_o) begin
        if (!best_valid_o || (side_o ? ticks_o[i*TICK_BITS+:TICK_BITS] < best_o
                                     : best_o < ticks_o[i*TICK_BITS+:TICK_BITS]))
          best_o = ticks_o[i*TICK_BITS+:TICK_BITS];
        best_valid_o = 1'b1;
      end
    end
    aggregates_o = aggregate_i;
    sum_o = aggregate_i[tick_o*SUM_BITS+:SUM_BITS];
    if (rests) sum_o = (joins ? sum_o : {SUM_BITS{1'b0}}) + now_open;
    if (gone || shrinks) sum_o = sum_o - quantity_o;
    if (rests || gone || shrinks) aggregates_o[tick_o*SUM_BITS+:SUM_BITS] = sum_o;
  end
endmodule
