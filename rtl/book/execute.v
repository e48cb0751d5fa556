// Decides what the command at the head of the queue does in this cycle; combinational.
//
// Sees the order, level and tops that the step was issued for (with every earlier write in them) and decides in the
// order of docs/card.md: checks, then at most one change and one event (step_result), and how it goes on. Everything
// it asks for happens only if complete commits it; otherwise, and where nack_o is up, nothing happens and the step is
// issued again.
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
    input  wire [51:0]            product_i,       // cont: best_i x 10^6, else the order's new price x 10^6
    input  wire [447:0]           command_i,
    // prepared
    input  wire                   side_i,
    input  wire [68:0]            prepared_i,
    input  wire                   stale_i,         // the order read was written after it was prepared
    // memories
    input  wire                   used_i,
    input  wire [IDENT_BITS-1:0]  ident_i,
    input  wire [39:0]            open_i,
    input  wire                   only_order_i,    // ... in its level
    // market
    input  wire [TOP_BITS-1:0]    bid_i,
    input  wire [TOP_BITS-1:0]    ask_i,
    input  wire [2:0]             bands_i,
    input  wire                   touch_reaches_i, // the impact band lets the touch itself through
    input  wire                   limit_ready_i,
    // the step and the tops (relate)
    input  wire                   limit_reaches_i,
    input  wire                   bounds_reach_i,
    input  wire                   fresh_i,
    input  wire [55:0]            impact_product_i,
    // carried
    input  wire                   carry_first_i,
    input  wire [39:0]            carry_remaining_i,
    input  wire [23:0]            carry_owner_i,
    input  wire [31:0]            carry_touch_i,
    input  wire                   kill_passed_i,   // the FOK scan of this command succeeded
    input  wire [31:0]            many_i,          // cancelled so far by this cancel_many

    // the taker
    output wire                   side_o,
    output wire                   has_limit_o,
    output wire [31:0]            limit_o,
    output wire [31:0]            opposite_best_o,
    output wire [39:0]            remaining_o,
    output wire [7:0]             taker_generation_o,
    output wire [23:0]            taker_owner_o,
    output wire [IDENT_BITS-1:0]  new_ident_o,
    // the decision, for step_result
    output reg                    reject_o,
    output reg                    done_o,
    output wire                   rest_o,
    output wire                   park_o,
    output wire                   expire_o,
    output wire                   fill_o,
    output wire                   take_out_o,
    output wire                   reduce_o,
    output reg                    read_order_o,
    output reg                    read_level_o,
    output wire                   at_sell_o,       // read_level_o: side of the level
    output wire [39:0]            left_o,          // of the order after reduce_o
    output reg  [6:0]             reason_o,
    output wire                   last_o,          // final event: the command retires
    output wire                   more_o,
    output wire                   with_taker_o,
    output wire [39:0]            taker_remaining_o,
    output wire                   write_ident_o,
    // how it goes on
    output wire                   nack_o,
    output reg                    nack_band_o,
    output wire                   rewind_o,
    output wire                   chase_o,         // the next maker is the next of this level
    output wire                   carry_o,         // carry the following on
    output wire                   carry_first_o,
    output wire [39:0]            carry_remaining_o,
    output reg                    many_o,          // one more cancelled
    output reg                    set_last_o,
    output reg                    set_base_o,
    output wire                   to_final_o,      // the remainder expires; final_self_o: for self-trade
    output wire                   final_self_o,
    output reg                    to_scan_o,       // the scanner: FOK, digest, shift
    output reg                    configure_o,     // and set_mark_o: wait for the bands
    output reg                    set_mark_o,
    output reg                    to_reset_o
);
  // ---- what was prepared: wrong session or format; reset into the session that is; the limit beyond the window's
  // edges; the price inside it; configure and shift: a base that can't be, another base or size, inputs missing; the
  // handle is right; reduce and replace leave nothing of the order, or this; it is the taker's owner's; the market is
  // closed; what entry_check says; the limit band counts, and its bounds were ready
  wire        bad, to_current, beyond_passive, beyond_aggressive, in_window, bad_base, resizes, missing, handle_ok;
  wire        gone, own, closed, band_on, band_ready;
  wire [6:0]  bad_reason, prepared_reason;
  wire [40:0] left;
  assign {bad, bad_reason, to_current, beyond_passive, beyond_aggressive, in_window, bad_base, resizes, missing,
          handle_ok, gone, left, own, closed, prepared_reason, band_on, band_ready} = prepared_i;

  // ---- the command
  wire [7:0]  code = {4'd0, command_i[3:0]};  // of what is a command at all
  wire [6:0]  flags = command_i[118:112];
  wire [31:0] price = command_i[`CMD_PRICE];
  wire [63:0] quantity = command_i[`CMD_QUANTITY];
  wire [31:0] count = command_i[`CMD_COUNT];
  wire [31:0] owner_field = command_i[`CMD_OWNER];
  wire [MARKET_BITS-1:0] market = command_i[8+:MARKET_BITS];
  wire        is_replace = code == `CODE_REPLACE;
  wire [1:0]  tif = flags[`ORDER_BIT_TIF];
  wire        post_only = flags[`ORDER_BIT_POST_ONLY];
  wire        market_order = flags[`ORDER_BIT_MARKET_ORDER];

  // ---- the order in the slot read
  wire [7:0]             ident_generation;
  wire [23:0]            ident_owner;
  wire                   ident_side;
  wire [MARKET_BITS-1:0] ident_market;
  wire [TICK_BITS-1:0]   ident_tick;
  assign {ident_generation, ident_owner, ident_side, ident_market, ident_tick} = ident_i;

  // ---- the taker
  wire side = side_i;
  wire [31:0] limit = is_replace ? command_i[`CMD_NEW_PRICE] : price;
  wire [23:0] owner = cont_i ? carry_owner_i : is_replace ? ident_owner : owner_field[23:0];
  wire [39:0] remaining = cont_i ? carry_remaining_i : quantity[39:0];
  assign side_o = side;
  assign has_limit_o = !market_order;
  assign limit_o = limit;
  assign remaining_o = remaining;
  assign taker_generation_o = is_replace ? command_i[`CMD_NEW_GENERATION] : command_i[`CMD_GENERATION];
  assign taker_owner_o = owner;
  assign new_ident_o = {taker_generation_o, owner, side, market, limit[TICK_BITS-1:0]};

  // ---- both tops
  wire                 bid_has = bid_i[TOP_BITS-1];
  wire                 any_orders = bid_has || ask_i[TOP_BITS-1];
  localparam NEXT_UNKNOWN = 2'd0;
  wire [TOP_BITS-1:0]  opp = side ? bid_i : ask_i;
  wire                 opp_has = opp[TOP_BITS-1];
  wire                 opp_fresh = fresh_i && opp[SLOT_BITS+66] && opp[65:64] != NEXT_UNKNOWN;
  assign opposite_best_o = opp[63:32];

  // ---- may it enter
  wire       crosses = opp_has && (market_order || limit_reaches_i);
  wire [6:0] entry_reason = prepared_reason != `REASON_NONE ? prepared_reason :
                            post_only && crosses ? `REASON_POST_ONLY_TAKER : `REASON_NONE;
  wire       not_ready = band_on && !(band_ready && limit_ready_i);
  wire       entry_reject = entry_reason == `REASON_MARKET_STATE || (entry_reason != `REASON_NONE && !not_ready);

  wire        at_touch = !cont_i || carry_first_i || best_i == carry_touch_i;
  wire        match_nack, match_park, match_rest, match_expire, match_fill, match_self, match_go_on, match_final;
  wire [6:0]  match_reason;
  wire [39:0] match_left;
  match_step u_match (
      .side_i(side), .market_order_i(market_order), .tif_i(tif), .stp_i(flags[`ORDER_BIT_STP]), .remaining_i(remaining),
      .beyond_passive_i(beyond_passive), .beyond_aggressive_i(beyond_aggressive), .opp_has_i(opp_has),
      .opposite_i(opposite_i), .fresh_i(opp_fresh), .product_i(product_i), .own_i(own), .maker_open_i(open_i),
      .limit_reaches_i(limit_reaches_i), .bounds_reach_i(bounds_reach_i), .impact_on_i(bands_i[`BANDS_BIT_IMPACT]),
      .at_touch_i(at_touch), .touch_reaches_i(touch_reaches_i), .impact_product_i(impact_product_i),
      .nack_o(match_nack), .park_o(match_park), .rest_o(match_rest), .expire_o(match_expire), .reason_o(match_reason),
      .fill_o(match_fill), .self_trade_o(match_self), .go_on_o(match_go_on), .left_o(match_left),
      .to_final_o(match_final), .final_self_o(final_self_o));

  wire        named_reject, named_take_out, named_reduce, named_move;
  wire [6:0]  named_reason;
  wire [39:0] sum = left[39:0];
  assign left_o = sum;
  resting_step u_resting (
      .code_i(code), .closed_i(closed), .handle_ok_i(handle_ok), .price_i(price), .new_price_i(limit),
      .quantity_i(quantity), .gone_i(gone), .too_much_i(left[40]), .reject_o(named_reject), .take_out_o(named_take_out),
      .reduce_o(named_reduce), .move_o(named_move), .reason_o(named_reason));

  // cancel_many: the head of the bids, then of the asks
  wire many_outdated = !fresh_i || !(bid_has ? bid_i[SLOT_BITS+66] : ask_i[SLOT_BITS+66]);

  // ---- checks, and what of the above counts
  reg enters, trades, moves, places, names, nack;
  task reject(input [6:0] reason);
    {reject_o, reason_o} = {1'b1, reason};
  endtask

  always @* begin
    {enters, trades, moves, places, names, nack} = 6'd0;
    {reject_o, done_o, many_o, read_order_o, read_level_o} = 5'd0;
    {nack_band_o, set_last_o, set_base_o, to_scan_o, configure_o, set_mark_o, to_reset_o} = 7'd0;
    reason_o = `REASON_NONE;

    if (cont_i) trades = 1'b1;
    else if (bad) reject(bad_reason);
    else
      case (code)
        `CODE_NEW:
          if (used_i) reject(`REASON_SLOT_IN_USE);
          else enters = 1'b1;
        `CODE_CANCEL, `CODE_PULL, `CODE_REDUCE, `CODE_REPLACE:
          if (stale_i) nack = 1'b1;
          else if (named_reject) reject(named_reason);
          else begin
            names = !named_move;
            enters = named_move;
            reason_o = named_reason;
          end
        `CODE_CANCEL_MANY:
          if (!any_orders || many_i == count) done_o = 1'b1;
          else if (many_outdated) nack = 1'b1;
          else many_o = 1'b1;
        `CODE_CONFIGURE:
          if (bad_base || (any_orders && resizes)) reject(`REASON_PRICE_OUT_OF_BOUNDS);
          else if (missing) reject(`REASON_MARKET_STATE);
          else configure_o = 1'b1;
        `CODE_SET_MARK: set_mark_o = 1'b1;
        `CODE_FENCE: done_o = 1'b1;
        `CODE_PLACE:
          if (used_i) reject(`REASON_SLOT_IN_USE);
          else if (!in_window) reject(`REASON_PRICE_OUT_OF_BOUNDS);
          else if (crosses) reject(`REASON_POST_ONLY_TAKER);
          else places = 1'b1;
        `CODE_SET_LAST: {done_o, set_last_o} = 2'b11;
        `CODE_SHIFT:
          if (bad_base) reject(`REASON_PRICE_OUT_OF_BOUNDS);
          else if (any_orders) to_scan_o = 1'b1;
          else {done_o, set_base_o} = 2'b11;
        `CODE_READ:
          if (count == `READ_DIGEST) to_scan_o = 1'b1;
          else if (count == `READ_ORDER && stale_i) nack = 1'b1;
          else if (count == `READ_ORDER && !used_i) reject(`REASON_STALE_ORDER);
          else if (count == `READ_ORDER) read_order_o = 1'b1;
          else if (!in_window) reject(`REASON_PRICE_OUT_OF_BOUNDS);
          else read_level_o = 1'b1;
        default:
          if (to_current) reject(`REASON_BAD_COMMAND);
          else to_reset_o = 1'b1;
      endcase

    if (enters) begin
      if (entry_reject) reject(entry_reason);
      else if (not_ready) nack_band_o = 1'b1;
      else if (tif == `TIF_FOK && !kill_passed_i) to_scan_o = 1'b1;
      else if (is_replace) {moves, reason_o} = {1'b1, `REASON_REPLACED};
      else trades = 1'b1;
    end
    if (trades) reason_o = match_reason;
  end

  // ---- the decision
  wire goes_on = trades && match_go_on;
  assign rest_o = places || (trades && match_rest);
  assign park_o = trades && match_park;
  assign expire_o = trades && match_expire;
  assign fill_o = trades && match_fill;
  assign reduce_o = names && named_reduce;
  assign take_out_o = (names && named_take_out) || moves || many_o || (trades && match_self);
  assign at_sell_o = !(bid_has && price <= bid_i[63:32]);
  assign last_o = reject_o || done_o || read_order_o || read_level_o || rest_o || park_o || expire_o || names ||
                  (fill_o && !goes_on);
  assign more_o = done_o && code == `CODE_CANCEL_MANY && any_orders;
  assign with_taker_o = rest_o || park_o || expire_o || fill_o || moves || goes_on || write_ident_o;
  assign taker_remaining_o = rest_o || park_o ? remaining : goes_on ? match_left : moves ? sum : 40'd0;
  assign write_ident_o = rest_o || (reduce_o && is_replace);

  // ---- how it goes on
  assign nack_o = nack || nack_band_o || (trades && match_nack);
  assign to_final_o = trades && match_final;
  assign chase_o = goes_on && !match_final && !only_order_i;
  assign rewind_o = to_final_o || to_scan_o || configure_o || set_mark_o || to_reset_o || many_o || set_base_o ||
                    (goes_on && !(chased_i && chase_o));
  assign carry_o = moves || goes_on || to_final_o;
  assign carry_first_o = !trades;
  assign carry_remaining_o = trades ? match_left : is_replace ? sum : quantity[39:0];
  wire unused = &{1'b0, command_i, flags, bands_i, owner_field, ident_generation, ident_side, ident_market, ident_tick,
                  opp, 1'b0};
endmodule
