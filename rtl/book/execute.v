// The end of the pipeline: what the command at the head of the queue does in this cycle; combinational.
//
// Sees the order, level and top that the step was issued for (with every earlier write in them) and decides: checks in the order of
// docs/card.md, one change of one order (add, remove or amend, carried out by level_update), at most one event, and how it goes on. Everything it
// asks for happens only if the book commits (room for the event, next best level known, no fault); otherwise, and
// where nack_o is up, nothing happens and the step is issued again.
//
// A taker that fills more than one order carries what is left from step to step (carry_*); each further step is issued
// for the order that then heads the opposite side.
`include "contract.vh"
module execute #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    // the step
    input  wire                   cont_i,          // a taker under way, else a command's first step
    input  wire                   chased_i,        // issued by the chase, more makers follow behind
    input  wire                   opposite_i,      // order and level are those of an opposite (cancel_many: own) head
    input  wire [31:0]            best_i,          // ... at this price
    input  wire [SLOT_BITS-1:0]   slot_i,          // slot that ident, open, next, prev belong to
    input  wire [51:0]            product_i,       // cont: best_i x 10^6, else the order's new price x 10^6
    input  wire [447:0]           command_i,
    input  wire [6:0]             format_i,
    input  wire [15:0]            session_i,
    // memories
    input  wire                   used_i,
    input  wire [IDENT_BITS-1:0]  ident_i,
    input  wire [39:0]            open_i,
    input  wire [SLOT_BITS-1:0]   next_i,
    input  wire [SLOT_BITS-1:0]   head_i,
    input  wire [SLOT_BITS-1:0]   tail_i,
    input  wire [59:0]            aggregate_i,
    input  wire                   occupied_i,
    // market
    input  wire [TOP_BITS-1:0]    bid_i,
    input  wire [TOP_BITS-1:0]    ask_i,
    input  wire [31:0]            base_i,
    input  wire [31:0]            order_base_i,    // of the market in ident
    input  wire [2:0]             state_i,
    input  wire [2:0]             bands_i,
    input  wire [23:0]            impact_min_i,
    input  wire [23:0]            impact_max_i,
    input  wire [4:0]             present_i,
    input  wire                   limit_ready_i,
    input  wire [63:0]            limit_lowest_i,
    input  wire [63:0]            limit_highest_i,
    input  wire                   limit_reaches_i, // taker_bounds against the opposite best
    input  wire                   reaches_i,
    input  wire [55:0]            impact_product_i,
    // carried
    input  wire                   carry_first_i,
    input  wire                   carry_side_i,
    input  wire [39:0]            carry_remaining_i,
    input  wire [23:0]            carry_owner_i,
    input  wire [31:0]            carry_touch_i,
    input  wire                   kill_passed_i,   // the FOK scan of this command succeeded
    input  wire [31:0]            many_i,          // cancelled so far by this cancel_many

    // of the taker, for taker_bounds
    output wire                   side_o,
    output wire                   has_limit_o,
    output wire [31:0]            limit_o,
    output wire [31:0]            opposite_best_o,
    // the change
    output reg                    add_o,
    output reg                    remove_o,
    output reg                    amend_o,
    output reg                    change_sell_o,
    output reg  [31:0]            change_price_o,
    output reg  [SLOT_BITS-1:0]   change_slot_o,
    output reg  [39:0]            change_amount_o,
    output reg  [39:0]            change_open_o,
    output reg                    write_ident_o,
    output wire [IDENT_BITS-1:0]  new_ident_o,
    // the event
    output reg                    event_o,
    output reg  [4:0]             kind_o,
    output reg  [6:0]             reason_o,
    output reg                    last_o,
    output reg                    more_o,
    output reg                    with_taker_o,
    output reg                    with_maker_o,
    output reg                    with_level_o,    // price, side, aggregate and best after the change
    output reg                    echo_o,          // slot and generation of the command
    output reg  [31:0]            price_o,
    output reg                    event_side_o,
    output reg  [39:0]            quantity_o,
    output reg  [39:0]            taker_remaining_o,
    output reg  [39:0]            maker_remaining_o,
    output wire [7:0]             taker_generation_o,
    output wire [23:0]            taker_owner_o,
    // how it goes on
    output reg                    nack_o,
    output reg                    nack_band_o,
    output reg                    retire_o,
    output reg                    rewind_o,
    output reg                    chase_o,         // the next maker of this level is next_i
    output reg                    carry_o,         // carry the following on
    output reg                    carry_first_o,
    output reg  [39:0]            carry_remaining_o,
    output reg                    many_o,          // one more cancelled
    output reg                    trade_o,         // last trade is price_o
    output reg                    set_last_o,
    output reg                    to_final_o,      // the remainder expires; final_self_o: for self-trade
    output reg                    final_self_o,
    output reg                    to_scan_o,       // the scanner: FOK, digest, shift
    output reg                    to_setup_o,
    output reg                    configure_o,
    output reg                    set_mark_o,
    output reg                    set_base_o,
    output reg                    to_reset_o
);
  localparam NEXT_UNKNOWN = 2'd0;
  localparam [32:0] WINDOW = 33'd1 << TICK_BITS;

  // ---- the command
  wire [7:0]  code = command_i[`CMD_CODE];
  wire [15:0] flags = command_i[`CMD_FLAGS];
  wire [31:0] slot_field = command_i[`CMD_SLOT];
  wire [31:0] price = command_i[`CMD_PRICE];
  wire [63:0] quantity_field = command_i[`CMD_QUANTITY];
  wire [39:0] quantity = quantity_field[39:0];
  wire [31:0] owner_field = command_i[`CMD_OWNER];
  wire [31:0] count = command_i[`CMD_COUNT];
  wire [31:0] new_base = command_i[`CMD_BASE];
  wire [7:0]  new_state = command_i[`CMD_STATE];
  wire [7:0]  new_bands = command_i[`CMD_BANDS];
  wire        is_replace = code == `CODE_REPLACE;
  wire [1:0]  tif = flags[`ORDER_BIT_TIF];
  wire [1:0]  stp = flags[`ORDER_BIT_STP];
  wire        post_only = flags[`ORDER_BIT_POST_ONLY];
  wire        market_order = flags[`ORDER_BIT_MARKET_ORDER];

  // ---- the order in the slot read
  wire [7:0]             ident_generation;
  wire [23:0]            ident_owner;
  wire                   ident_side;
  wire [MARKET_BITS-1:0] ident_market;
  wire [TICK_BITS-1:0]   ident_tick;
  assign {ident_generation, ident_owner, ident_side, ident_market, ident_tick} = ident_i;
  wire [TICK_BITS-1:0] ident_offset = ident_tick - order_base_i[TICK_BITS-1:0];
  wire [31:0] ident_price = order_base_i + {{(32 - TICK_BITS) {1'b0}}, ident_offset};

  // ---- the taker, or the order that a command names
  wire names_resting = code == `CODE_CANCEL || code == `CODE_REDUCE || code == `CODE_PULL || is_replace;
  wire side = cont_i ? carry_side_i : names_resting ? ident_side : flags[`ORDER_BIT_SIDE];
  wire [31:0] limit = is_replace ? command_i[`CMD_NEW_PRICE] : price;
  wire has_limit = !market_order;
  wire [23:0] owner = cont_i ? carry_owner_i : is_replace ? ident_owner : owner_field[23:0];
  wire [39:0] remaining = cont_i ? carry_remaining_i : quantity;
  assign side_o = side;
  assign has_limit_o = has_limit;
  assign limit_o = limit;
  assign taker_generation_o = is_replace ? command_i[`CMD_NEW_GENERATION] : command_i[`CMD_GENERATION];
  assign taker_owner_o = owner;
  wire [MARKET_BITS-1:0] market = command_i[8+:MARKET_BITS];
  assign new_ident_o = {taker_generation_o, owner, side, market, limit[TICK_BITS-1:0]};

  // ---- both tops
  wire                 bid_has = bid_i[TOP_BITS-1];
  wire                 ask_has = ask_i[TOP_BITS-1];
  wire [TOP_BITS-1:0]  opposite = side ? bid_i : ask_i;
  wire                 opp_has, opp_known;
  wire [31:0]          opp_best, opp_next;
  wire [SLOT_BITS-1:0] opp_head;
  wire [1:0]           opp_state;
  assign {opp_has, opp_best, opp_known, opp_head, opp_state, opp_next} = opposite;
  assign opposite_best_o = opp_best;
  wire [TOP_BITS-1:0] many_top = bid_has ? bid_i : ask_i;

  // ---- window
  wire below_base = limit < base_i;
  wire above_top = {1'b0, limit} >= {1'b0, base_i} + WINDOW;
  wire beyond_passive = has_limit && (side ? above_top : below_base);
  wire beyond_aggressive = has_limit && (side ? below_base : above_top);
  wire price_in_window = price >= base_i && {1'b0, price} < {1'b0, base_i} + WINDOW;
  wire bad_base = |new_base[5:0] || {1'b0, new_base} + WINDOW > 33'h1_0000_0000;

  // ---- bands
  wire limit_band_fails = {4'd0, product_i, 8'd0} > limit_highest_i || {4'd0, product_i, 8'd0} < limit_lowest_i;
  wire limit_band_on = has_limit && bands_i[`BANDS_BIT_LIMIT];
  wire first_impact_reaches = side ? impact_min_i <= 24'd1000000 : impact_max_i >= 24'd1000000;
  wire first = !cont_i || carry_first_i;
  wire [31:0] touch = first ? opp_best : carry_touch_i;
  wire later_impact_reaches = side ? {4'd0, product_i} >= impact_product_i : {4'd0, product_i} <= impact_product_i;
  wire impact_reaches = !bands_i[`BANDS_BIT_IMPACT] ||
                        (opp_best == touch ? first_impact_reaches : later_impact_reaches);

  // ---- checks of an order that enters: state, window, limit band, post-only
  reg [6:0] entry_reason;
  always @* begin
    if (state_i == `STATE_CLOSED || state_i == `STATE_CANCEL_ONLY) entry_reason = `REASON_MARKET_STATE;
    else if (state_i == `STATE_POST_ONLY && !post_only) entry_reason = `REASON_POST_ONLY_MODE;
    else if (state_i == `STATE_LIMIT_ONLY && market_order) entry_reason = `REASON_MARKET_STATE;
    else if (post_only && beyond_aggressive) entry_reason = `REASON_PRICE_OUT_OF_BOUNDS;
    else if (limit_band_on && limit_band_fails) entry_reason = `REASON_PRICE_OUT_OF_BOUNDS;
    else if (post_only && opp_has && limit_reaches_i) entry_reason = `REASON_POST_ONLY_TAKER;
    else entry_reason = `REASON_NONE;
  end
  wire entry_waits = limit_band_on && !limit_ready_i;

  // ---- resting orders that a command names
  wire handle_ok = used_i && ident_generation == command_i[`CMD_GENERATION] && ident_market == market &&
                   ident_tick == price[TICK_BITS-1:0] && price_in_window;
  wire signed [41:0] sum = $signed({2'b00, open_i}) + $signed(quantity_field[41:0]);
  wire sum_gone = sum <= 0;
  wire not_larger = quantity_field[63] || quantity_field == 64'd0;
  wire in_place = sum_gone || (limit == price && not_larger);

  wire inputs_missing = (present_i & (new_bands[`BANDS_BIT_PREMIUM] ? 5'b11111 : 5'b01101)) !=
                        (new_bands[`BANDS_BIT_PREMIUM] ? 5'b11111 : 5'b01101);

  task reject(input [6:0] reason);
    begin
      event_o = 1'b1;
      kind_o = `KIND_REJECTED;
      reason_o = reason;
      echo_o = 1'b1;
      last_o = 1'b1;
      retire_o = 1'b1;
    end
  endtask

  task done;
    begin
      event_o = 1'b1;
      kind_o = `KIND_DONE;
      last_o = 1'b1;
      retire_o = 1'b1;
    end
  endtask

  // takes the order that was read out of its level
  task take_out(input sell, input [31:0] at, input [6:0] reason);
    begin
      remove_o = 1'b1;
      change_sell_o = sell;
      change_price_o = at;
      change_slot_o = slot_i;
      change_amount_o = open_i;
      event_o = 1'b1;
      kind_o = `KIND_REMOVED;
      reason_o = reason;
      with_maker_o = 1'b1;
      with_level_o = 1'b1;
      price_o = at;
      quantity_o = open_i;
    end
  endtask

  task reduce_to(input [39:0] left);
    begin
      amend_o = 1'b1;
      change_sell_o = ident_side;
      change_price_o = price;
      change_slot_o = slot_i;
      change_amount_o = open_i - left;
      change_open_o = left;
      event_o = 1'b1;
      kind_o = `KIND_REDUCED;
      with_maker_o = 1'b1;
      with_level_o = 1'b1;
      price_o = price;
      quantity_o = open_i - left;
      maker_remaining_o = left;
      last_o = 1'b1;
      retire_o = 1'b1;
    end
  endtask

  task rest(input [39:0] left);
    begin
      add_o = 1'b1;
      change_sell_o = side;
      change_price_o = limit;
      change_slot_o = slot_field[SLOT_BITS-1:0];
      change_amount_o = left;
      change_open_o = left;
      write_ident_o = 1'b1;
      event_o = 1'b1;
      kind_o = `KIND_RESTED;
      with_taker_o = 1'b1;
      with_level_o = 1'b1;
      price_o = limit;
      quantity_o = left;
      taker_remaining_o = left;
      last_o = 1'b1;
      retire_o = 1'b1;
    end
  endtask

  task expire(input [6:0] reason);
    begin
      event_o = 1'b1;
      kind_o = `KIND_EXPIRED;
      reason_o = reason;
      with_taker_o = 1'b1;
      price_o = has_limit ? limit : 32'd0;
      quantity_o = remaining;
      last_o = 1'b1;
      retire_o = 1'b1;
    end
  endtask

  // on to the next order of the opposite side with `left` open
  task go_on(input [39:0] left);
    begin
      carry_o = 1'b1;
      carry_first_o = 1'b0;
      carry_remaining_o = left;
      taker_remaining_o = left;
      chase_o = remove_o && head_i != tail_i;
      rewind_o = !(chased_i && chase_o);
    end
  endtask

  // one step of matching: taker against the oldest order of the opposite best level, or its end
  task match;
    begin
      if (beyond_passive) begin
        if (tif == `TIF_GTC) begin
          event_o = 1'b1;
          kind_o = `KIND_PARKED;
          with_taker_o = 1'b1;
          price_o = limit;
          quantity_o = remaining;
          taker_remaining_o = remaining;
          last_o = 1'b1;
          retire_o = 1'b1;
        end else expire(`REASON_IMMEDIATE_OR_CANCEL);
      end else if (!opp_has) begin
        if (market_order) expire(`REASON_INSUFFICIENT_LIQUIDITY);
        else if (beyond_aggressive) expire(`REASON_PRICE_OUT_OF_BOUNDS);
        else if (tif != `TIF_GTC) expire(`REASON_IMMEDIATE_OR_CANCEL);
        else if (opposite_i) nack_o = 1'b1;
        else rest(remaining);
      end else if (reaches_i && impact_reaches) begin
        if (!opposite_i || best_i != opp_best || slot_i != opp_head || !opp_known || opp_state == NEXT_UNKNOWN)
          nack_o = 1'b1;
        else if (ident_owner == owner) begin
          if (stp == `STP_REJECT_TAKER) expire(`REASON_SELF_TRADE);
          else begin
            take_out(!side, opp_best, `REASON_SELF_TRADE);
            with_taker_o = 1'b1;
            go_on(remaining);
            if (stp == `STP_REJECT_BOTH) begin
              chase_o = 1'b0;
              rewind_o = 1'b1;
              to_final_o = 1'b1;
              final_self_o = 1'b1;
            end
          end
        end else fill;
      end else if (tif == `TIF_GTC && has_limit && !limit_reaches_i) begin
        if (opposite_i) nack_o = 1'b1;
        else rest(remaining);
      end else begin
        // blocked: which bound is the tightest takes another two cycles
        carry_o = 1'b1;
        carry_first_o = 1'b0;
        carry_remaining_o = remaining;
        rewind_o = 1'b1;
        to_final_o = 1'b1;
      end
    end
  endtask

  task fill;
    begin
      if (open_i <= remaining) take_out(!side, opp_best, `REASON_NONE);
      else begin
        amend_o = 1'b1;
        change_sell_o = !side;
        change_price_o = opp_best;
        change_slot_o = slot_i;
        change_amount_o = remaining;
        change_open_o = open_i - remaining;
        event_o = 1'b1;
        with_maker_o = 1'b1;
        with_level_o = 1'b1;
        price_o = opp_best;
        quantity_o = remaining;
        maker_remaining_o = open_i - remaining;
      end
      kind_o = `KIND_FILL;
      with_taker_o = 1'b1;
      trade_o = 1'b1;
      if (open_i >= remaining) begin
        last_o = 1'b1;
        retire_o = 1'b1;
      end else go_on(remaining - open_i);
    end
  endtask

  task enter;
    begin
      if (entry_reason != `REASON_NONE && !(entry_waits && entry_reason != `REASON_MARKET_STATE)) reject(entry_reason);
      else if (entry_waits) begin
        nack_o = 1'b1;
        nack_band_o = 1'b1;
      end else if (tif == `TIF_FOK && !kill_passed_i) begin
        carry_first_o = 1'b1;
        carry_remaining_o = is_replace ? sum[39:0] : quantity;
        to_scan_o = 1'b1;
        rewind_o = 1'b1;
      end else if (is_replace) begin
        take_out(side, price, `REASON_REPLACED);
        with_taker_o = 1'b1;
        carry_o = 1'b1;
        carry_first_o = 1'b1;
        carry_remaining_o = sum[39:0];
        taker_remaining_o = sum[39:0];
      end else match;
    end
  endtask

  always @* begin
    add_o = 1'b0;
    remove_o = 1'b0;
    amend_o = 1'b0;
    change_sell_o = 1'b0;
    change_price_o = best_i;
    change_slot_o = slot_i;
    change_amount_o = 40'd0;
    change_open_o = 40'd0;
    write_ident_o = 1'b0;
    event_o = 1'b0;
    kind_o = `KIND_NONE;
    reason_o = `REASON_NONE;
    last_o = 1'b0;
    more_o = 1'b0;
    with_taker_o = 1'b0;
    with_maker_o = 1'b0;
    with_level_o = 1'b0;
    echo_o = 1'b0;
    price_o = 32'd0;
    quantity_o = 40'd0;
    taker_remaining_o = 40'd0;
    maker_remaining_o = 40'd0;
    nack_o = 1'b0;
    nack_band_o = 1'b0;
    retire_o = 1'b0;
    rewind_o = 1'b0;
    chase_o = 1'b0;
    carry_o = 1'b0;
    carry_first_o = 1'b0;
    carry_remaining_o = 40'd0;
    many_o = 1'b0;
    trade_o = 1'b0;
    set_last_o = 1'b0;
    to_final_o = 1'b0;
    final_self_o = 1'b0;
    to_scan_o = 1'b0;
    to_setup_o = 1'b0;
    configure_o = 1'b0;
    set_mark_o = 1'b0;
    set_base_o = 1'b0;
    to_reset_o = 1'b0;

    if (cont_i) match;
    else if (command_i[`CMD_SESSION] != session_i) reject(`REASON_BAD_COMMAND);
    else if (format_i != `REASON_NONE) reject(format_i);
    else
      case (code)
        `CODE_NEW:
          if (used_i) reject(`REASON_SLOT_IN_USE);
          else enter;
        `CODE_CANCEL, `CODE_PULL:
          if (!handle_ok) reject(`REASON_STALE_ORDER);
          else begin
            take_out(ident_side, price, code == `CODE_PULL ? `REASON_PULLED : `REASON_NONE);
            last_o = 1'b1;
            retire_o = 1'b1;
          end
        `CODE_REDUCE:
          if (!handle_ok) reject(`REASON_STALE_ORDER);
          else if (state_i == `STATE_CLOSED) reject(`REASON_MARKET_STATE);
          else if (quantity >= open_i) begin
            take_out(ident_side, price, `REASON_NONE);
            last_o = 1'b1;
            retire_o = 1'b1;
          end else reduce_to(open_i - quantity);
        `CODE_REPLACE:
          if (!handle_ok) reject(`REASON_STALE_ORDER);
          else if (!sum_gone && sum[40]) reject(`REASON_INVALID_QUANTITY);
          else if (in_place && state_i == `STATE_CLOSED) reject(`REASON_MARKET_STATE);
          else if (sum_gone) begin
            take_out(ident_side, price, `REASON_NONE);
            last_o = 1'b1;
            retire_o = 1'b1;
          end else if (in_place) begin
            reduce_to(sum[39:0]);
            with_taker_o = 1'b1;
            write_ident_o = 1'b1;
          end else enter;
        `CODE_CANCEL_MANY:
          if ((!bid_has && !ask_has) || many_i == count) begin
            done;
            quantity_o = {8'd0, many_i};
            more_o = bid_has || ask_has;
          end else if (!opposite_i || !many_top[SLOT_BITS+34] || best_i != many_top[TOP_BITS-2-:32] ||
                       slot_i != many_top[34+:SLOT_BITS])
            nack_o = 1'b1;
          else begin
            take_out(!bid_has, best_i, `REASON_NONE);
            many_o = 1'b1;
            rewind_o = 1'b1;
          end
        `CODE_CONFIGURE:
          if (bad_base || ((bid_has || ask_has) && new_base != base_i)) reject(`REASON_PRICE_OUT_OF_BOUNDS);
          else if (new_state[2:0] != `STATE_CLOSED && inputs_missing) reject(`REASON_MARKET_STATE);
          else begin
            configure_o = 1'b1;
            to_setup_o = 1'b1;
            rewind_o = 1'b1;
          end
        `CODE_SET_MARK: begin
          set_mark_o = 1'b1;
          to_setup_o = 1'b1;
          rewind_o = 1'b1;
        end
        `CODE_FENCE: done;
        `CODE_PLACE:
          if (used_i) reject(`REASON_SLOT_IN_USE);
          else if (!price_in_window) reject(`REASON_PRICE_OUT_OF_BOUNDS);
          else if (opp_has && limit_reaches_i) reject(`REASON_POST_ONLY_TAKER);
          else rest(quantity);
        `CODE_SET_LAST: begin
          done;
          set_last_o = 1'b1;
        end
        `CODE_SHIFT:
          if (bad_base) reject(`REASON_PRICE_OUT_OF_BOUNDS);
          else if (bid_has || ask_has) begin
            to_scan_o = 1'b1;
            rewind_o = 1'b1;
          end else begin
            done;
            set_base_o = 1'b1;
          end
        `CODE_READ:
          if (count == `READ_ORDER) begin
            if (!used_i) reject(`REASON_STALE_ORDER);
            else begin
              done;
              kind_o = `KIND_DATA;
              with_maker_o = 1'b1;
              price_o = ident_price;
              quantity_o = open_i;
              maker_remaining_o = open_i;
            end
          end else if (count == `READ_LEVEL) begin
            if (!price_in_window) reject(`REASON_PRICE_OUT_OF_BOUNDS);
            else begin
              done;
              kind_o = `KIND_DATA;
              price_o = price;
              with_level_o = occupied_i;
              change_sell_o = !(bid_has && price <= bid_i[TOP_BITS-2-:32]);
              change_price_o = price;
            end
          end else begin
            to_scan_o = 1'b1;
            rewind_o = 1'b1;
          end
        default: begin
          to_reset_o = 1'b1;
          rewind_o = 1'b1;
        end
      endcase

    // the side of the event is that of the level it touches; `read order` tells the order's
    event_side_o = with_level_o ? change_sell_o : kind_o == `KIND_DATA && with_maker_o && ident_side;
  end
  wire unused = &{1'b0, aggregate_i, opp_next, sum, 1'b0};
endmodule
