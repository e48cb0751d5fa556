// The cycle before a step is decided: everything about it that hangs on its command, the named order's identity and the
// settings of its market, but not on tops, quantities or levels. Combinational inputs, registered outputs.
//
// What the step before it may still change: the order read (complete sends the step back then), the limit band's
// bounds (band_ready_o counts only while they are still ready in the next cycle), the carried side (side_o of that step
// is taken where it is not carried yet), what a cancel_many has taken out where that step has ended one, and the touch
// where that step was its taker's first: it is then this step's price. Everything else changes only with the pipeline
// flushed.
`include "contract.vh"
module prepare #(
    parameter TICK_BITS = 17,
    parameter MARKET_BITS = 5,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input  wire                  clk_i,
    input  wire                  run_i,
    input  wire [447:0]          command_i,
    input  wire                  replace_i,       // it is one
    input  wire [6:0]            format_i,
    input  wire [39:0]           arrival_i,
    input  wire [15:0]           session_i,
    input  wire                  cont_i,
    input  wire [51:0]           product_i,
    input  wire                  carry_i,
    input  wire                  carry_side_i,
    input  wire [23:0]           carry_owner_i,
    input  wire [23:0]           before_owner_i,   // of the taker of the step before
    // the order read
    input  wire                  used_i,
    input  wire [IDENT_BITS-1:0] ident_i,
    input  wire [39:0]           open_i,
    input  wire [31:0]           order_base_i,
    input  wire                  occupied_i,
    // the market
    input  wire [31:0]           base_i,
    input  wire [32:0]           upper_i,          // end of its window
    input  wire [4:0]            window_i,
    input  wire [2:0]            state_i,
    input  wire                  band_on_i,        // its limit band
    input  wire                  band_ready_i,
    input  wire [63:0]           lowest_i,
    input  wire [63:0]           highest_i,
    input  wire [4:0]            present_i,
    input  wire                  at_touch_i,       // price of the order read, where it is a head, is the taker's touch
    input  wire [55:0]           impact_product_i, // times the impact band's multiplier
    input  wire [31:0]           many_i,           // taken out by the cancel_many under way

    output wire                  near_side_o,      // side_o, a cycle ahead
    output wire                  near_taker_o,     // the same, but for the removal of a replaced order
    output wire                  near_named_o,     // the step changes the named order, whose side is near_sell_o
    output wire                  near_sell_o,
    output wire [31:0]           near_limit_o,
    output wire [31:0]           near_price_o,     // of the level that the step changes, if it names it
    output wire                  side_o,           // of the taker
    output wire [447:0]          command_o,
    output wire [39:0]           arrival_o,
    output wire [91:0]           prepared_o,       // what execute takes apart, in its order
    output wire [31:0]           order_base_o,
    output wire                  occupied_o
);
  reg  side_q;
  reg  [447:0] command_q;
  reg  [39:0] arrival_q;
  reg  bad_q;
  reg  [12:0] kind_q;
  reg  rare_q;
  reg  replace_q;
  reg  in_place_q;
  reg  many_over_q;
  reg  none_q;
  reg  later_impact_reaches_q;
  reg  at_touch_q;
  reg  [6:0] bad_reason_q;
  reg  to_current_q;
  reg  beyond_passive_q;
  reg  beyond_aggressive_q;
  reg  in_window_q;
  reg  bad_base_q;
  reg  moves_q;
  reg  missing_q;
  reg  handle_ok_q;
  reg  gone_q;
  reg  [40:0] left_q;
  reg  own_q;
  reg  closed_q;
  reg  [6:0] entry_reason_q;
  reg  entry_bad_q;
  reg  entry_state_q;
  reg  outside_q;
  reg  band_on_q;
  reg  band_ready_q;
  reg  [31:0] order_base_q;
  reg  occupied_q;
  assign side_o = side_q;
  assign command_o = command_q;
  assign arrival_o = arrival_q;
  assign order_base_o = order_base_q;
  assign occupied_o = occupied_q;
  wire [7:0]  code = {4'd0, command_i[3:0]};  // of what is a command at all
  wire [6:0]  flags = command_i[118:112];
  wire [31:0] price = command_i[`CMD_PRICE];
  assign prepared_o = {replace_q, bad_q, bad_reason_q, kind_q, rare_q, in_place_q, many_over_q, none_q,
                       later_impact_reaches_q, at_touch_q, to_current_q, beyond_passive_q, beyond_aggressive_q,
                       in_window_q, bad_base_q, moves_q, missing_q, handle_ok_q, gone_q, left_q, own_q, closed_q,
                       entry_reason_q, entry_bad_q, entry_state_q, outside_q, band_on_q, band_ready_q};
  wire [31:0] owner_field = command_i[`CMD_OWNER];
  wire [7:0]  generation = command_i[`CMD_GENERATION];
  wire [7:0]  new_state = command_i[`CMD_STATE];
  wire [7:0]  new_bands = command_i[`CMD_BANDS];
  wire [MARKET_BITS-1:0] market = command_i[8+:MARKET_BITS];
  wire        is_replace = replace_i;
  wire        market_order = flags[`ORDER_BIT_MARKET_ORDER];
  wire [31:0] limit = is_replace ? command_i[`CMD_NEW_PRICE] : price;

  wire [7:0]             ident_generation;
  wire [23:0]            ident_owner;
  wire                   ident_side;
  wire [MARKET_BITS-1:0] ident_market;
  wire [TICK_BITS-1:0]   ident_tick;
  assign {ident_generation, ident_owner, ident_side, ident_market, ident_tick} = ident_i;

  // what a command's first step is to do, one bit of them if it is not bad: execute has their order
  wire [31:0] count = command_i[`CMD_COUNT];
  reg  [12:0] kind;
  always @*
    case (code)
      `CODE_NEW: kind = 13'b1_0000_0000_0000;
      `CODE_CANCEL, `CODE_PULL, `CODE_REDUCE, `CODE_REPLACE: kind = 13'b0_1000_0000_0000;
      `CODE_CANCEL_MANY: kind = 13'b0_0100_0000_0000;
      `CODE_CONFIGURE: kind = 13'b0_0010_0000_0000;
      `CODE_SET_MARK: kind = 13'b0_0001_0000_0000;
      `CODE_FENCE: kind = 13'b0_0000_1000_0000;
      `CODE_PLACE: kind = 13'b0_0000_0100_0000;
      `CODE_SET_LAST: kind = 13'b0_0000_0010_0000;
      `CODE_SHIFT: kind = 13'b0_0000_0001_0000;
      `CODE_READ:
        kind = count == `READ_DIGEST ? 13'b0_0000_0000_1000 :
               count == `READ_ORDER ? 13'b0_0000_0000_0100 : 13'b0_0000_0000_0010;
      default: kind = 13'b0_0000_0000_0001;
    endcase

  wire removes = is_replace && !cont_i;  // if it moves
  wire enters = is_replace || code == `CODE_NEW;
  assign near_taker_o = !run_i ? carry_side_i : !cont_i || !is_replace ? flags[`ORDER_BIT_SIDE] :
                        carry_i ? carry_side_i : side_q;
  assign near_side_o = run_i && removes ? ident_side : near_taker_o;
  assign near_named_o = kind[11] && !(is_replace && cont_i);
  assign near_sell_o = ident_side;
  assign near_limit_o = limit;
  assign near_price_o = cont_i ? limit : price;

  // what reduce and replace leave: both are looked at as a sum and as a comparison (of the others nobody asks)
  wire is_reduce = code == `CODE_REDUCE;
  wire [63:0] quantity = command_i[`CMD_QUANTITY];
  reg  [41:0] change, left;
  reg  [39:0] less;
  reg  gone;
  always @* begin
    {change, left, less, gone} = 125'bx;
    if (is_reduce || is_replace) begin
      change = is_reduce ? 42'd0 - quantity[41:0] : quantity[41:0];
      left = {2'd0, open_i} + change;
      less = is_reduce ? quantity[39:0] : 40'd0 - quantity[39:0];
      gone = (is_reduce || quantity[63]) && !(less < open_i);
    end
  end
  wire unused_left = &{1'b0, left[41], quantity, 1'b0};

  reg  handle_ok;
  always @* begin
    handle_ok = 1'bx;
    if (near_named_o)
      handle_ok = used_i && ident_generation == generation && ident_market == market &&
                  ident_tick == price[TICK_BITS-1:0];
  end

  wire [23:0] owner = !cont_i ? owner_field[23:0] : carry_i ? carry_owner_i : before_owner_i;

  wire sets = code >= `CODE_CONFIGURE;  // seldom: a configure, a shift or a reset may be among them
  wire beyond_passive, beyond_aggressive, in_window, bad_base, moves;
  window_check #(.TICK_BITS(TICK_BITS)) u_window (
      .base_i(base_i), .upper_i(upper_i), .window_i(window_i), .sell_i(near_side_o), .limit_counts_i(enters),
      .price_counts_i(code != `CODE_NEW), .has_limit_i(!market_order), .limit_i(limit),
      .beyond_passive_o(beyond_passive), .beyond_aggressive_o(beyond_aggressive), .price_i(price), .inside_o(in_window),
      .new_base_i(command_i[`CMD_BASE]), .new_window_i(command_i[180:176]), .set_i(sets),
      .resize_i(code == `CODE_CONFIGURE), .bad_o(bad_base), .moves_o(moves));

  wire later_impact_reaches;
  impact_check u_impact (
      .sell_i(near_side_o), .product_i(product_i), .impact_product_i(impact_product_i),
      .reaches_o(later_impact_reaches));
  wire [6:0] entry_reason;
  wire       outside;
  entry_check u_entry (
      .look_i(enters), .state_i(state_i), .post_only_i(flags[`ORDER_BIT_POST_ONLY]),
      .market_order_i(market_order), .beyond_aggressive_i(beyond_aggressive), .band_on_i(!market_order && band_on_i),
      .product_i(product_i), .limit_lowest_i(lowest_i), .limit_highest_i(highest_i), .reason_o(entry_reason),
      .outside_o(outside));

  wire [4:0] needed = new_bands[`BANDS_BIT_PREMIUM] ? 5'b11111 : 5'b01101;
  wire wrong_session = command_i[`CMD_SESSION] != session_i;
  wire bad = wrong_session || format_i != `REASON_NONE;
  wire not_larger = quantity[63] || quantity == 64'd0;

  always @(posedge clk_i) begin
    {side_q, replace_q} <= {near_side_o, replace_i};
    command_q <= command_i;
    arrival_q <= arrival_i;
    bad_q <= bad && !cont_i;
    kind_q <= bad || cont_i ? 13'd0 : kind;
    rare_q <= |kind[10:0];
    if (is_replace) in_place_q <= command_i[`CMD_NEW_PRICE] == price && not_larger;
    if (code == `CODE_CANCEL_MANY) {many_over_q, none_q} <= {many_i == count, count == 32'd0};
    if (cont_i) {later_impact_reaches_q, at_touch_q} <= {later_impact_reaches, at_touch_i};
    bad_reason_q <= wrong_session ? `REASON_BAD_COMMAND : format_i;
    {beyond_passive_q, beyond_aggressive_q, in_window_q} <= {beyond_passive, beyond_aggressive, in_window};
    if (sets) begin
      to_current_q <= command_i[`CMD_NEXT_SESSION] == session_i;
      {bad_base_q, moves_q} <= {bad_base, moves};
      missing_q <= new_state[2:0] != `STATE_CLOSED && (present_i & needed) != needed;
    end
    // (it must lie in the window as well, which execute looks at)
    handle_ok_q <= handle_ok;
    {gone_q, left_q} <= {gone, left[40:0]};
    own_q <= ident_owner == owner;
    closed_q <= state_i == `STATE_CLOSED;
    entry_reason_q <= entry_reason;
    outside_q <= outside;
    entry_bad_q <= entry_reason != `REASON_NONE;
    entry_state_q <= entry_reason == `REASON_MARKET_STATE;
    band_on_q <= !market_order && band_on_i;
    band_ready_q <= band_ready_i;
    order_base_q <= order_base_i;
    occupied_q <= occupied_i;
  end
  wire unused = &{1'b0, flags, owner_field, new_state, new_bands, 1'b0};
endmodule
