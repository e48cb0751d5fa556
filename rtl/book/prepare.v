// The cycle before a step is decided: everything about it that hangs on its command, the named order's identity and the
// settings of its market, but not on tops, quantities or levels. Combinational inputs, registered outputs.
//
// What the step before it may still change: the named order (complete sends the step back then), the limit band's
// bounds (band_ready_o counts only while they are still ready in the next cycle), the carried side (side_o of that step
// is taken where it is not carried yet). Everything else changes only with the pipeline flushed.
`include "contract.vh"
module prepare #(
    parameter TICK_BITS = 17,
    parameter MARKET_BITS = 5,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input  wire                  clk_i,
    input  wire                  run_i,
    input  wire [447:0]          command_i,
    input  wire [6:0]            format_i,
    input  wire [39:0]           arrival_i,
    input  wire [15:0]           session_i,
    input  wire                  cont_i,
    input  wire [51:0]           product_i,
    input  wire                  carry_i,
    input  wire                  carry_side_i,
    // the order read
    input  wire                  used_i,
    input  wire [IDENT_BITS-1:0] ident_i,
    input  wire [31:0]           order_base_i,
    input  wire                  occupied_i,
    // the market
    input  wire [31:0]           base_i,
    input  wire [4:0]            window_i,
    input  wire [2:0]            state_i,
    input  wire                  band_on_i,        // its limit band
    input  wire                  band_ready_i,
    input  wire [63:0]           lowest_i,
    input  wire [63:0]           highest_i,
    input  wire [4:0]            present_i,

    output wire                  near_side_o,      // side_o, a cycle ahead
    output wire                  side_o,           // of the taker
    output wire [447:0]          command_o,
    output wire [39:0]           arrival_o,
    output wire [51:0]           product_o,
    output wire                  bad_o,            // wrong session or format: bad_reason_o
    output wire [6:0]            bad_reason_o,
    output wire                  to_current_o,     // reset into the session that is
    output wire                  beyond_passive_o,
    output wire                  beyond_aggressive_o,
    output wire                  in_window_o,      // the command's price
    output wire                  bad_base_o,
    output wire                  moves_o,          // configure or shift: another base or size
    output wire                  missing_o,        // configure: inputs of a market that is not closed
    output wire                  handle_ok_o,
    output wire                  closed_o,         // the market is
    output wire [6:0]            entry_reason_o,   // entry_check's, before the post-only check
    output wire                  band_on_o,        // entry waits where the limit band is not ready
    output wire                  band_ready_o,
    output wire [31:0]           order_base_o,
    output wire                  occupied_o
);
  reg  side_q;
  reg  [447:0] command_q;
  reg  [39:0] arrival_q;
  reg  [51:0] product_q;
  reg  bad_q;
  reg  [6:0] bad_reason_q;
  reg  to_current_q;
  reg  beyond_passive_q;
  reg  beyond_aggressive_q;
  reg  in_window_q;
  reg  bad_base_q;
  reg  moves_q;
  reg  missing_q;
  reg  handle_ok_q;
  reg  closed_q;
  reg  [6:0] entry_reason_q;
  reg  band_on_q;
  reg  band_ready_q;
  reg  [31:0] order_base_q;
  reg  occupied_q;
  assign side_o = side_q;
  assign command_o = command_q;
  assign arrival_o = arrival_q;
  assign product_o = product_q;
  assign bad_o = bad_q;
  assign bad_reason_o = bad_reason_q;
  assign to_current_o = to_current_q;
  assign beyond_passive_o = beyond_passive_q;
  assign beyond_aggressive_o = beyond_aggressive_q;
  assign in_window_o = in_window_q;
  assign bad_base_o = bad_base_q;
  assign moves_o = moves_q;
  assign missing_o = missing_q;
  assign handle_ok_o = handle_ok_q;
  assign closed_o = closed_q;
  assign entry_reason_o = entry_reason_q;
  assign band_on_o = band_on_q;
  assign band_ready_o = band_ready_q;
  assign order_base_o = order_base_q;
  assign occupied_o = occupied_q;
  wire [7:0]  code = command_i[`CMD_CODE];
  wire [6:0]  flags = command_i[118:112];
  wire [31:0] price = command_i[`CMD_PRICE];
  wire [7:0]  generation = command_i[`CMD_GENERATION];
  wire [7:0]  new_state = command_i[`CMD_STATE];
  wire [7:0]  new_bands = command_i[`CMD_BANDS];
  wire [MARKET_BITS-1:0] market = command_i[8+:MARKET_BITS];
  wire        is_replace = code == `CODE_REPLACE;
  wire        market_order = flags[`ORDER_BIT_MARKET_ORDER];
  wire [31:0] limit = is_replace ? command_i[`CMD_NEW_PRICE] : price;

  wire [7:0]             ident_generation;
  wire [23:0]            ident_owner;
  wire                   ident_side;
  wire [MARKET_BITS-1:0] ident_market;
  wire [TICK_BITS-1:0]   ident_tick;
  assign {ident_generation, ident_owner, ident_side, ident_market, ident_tick} = ident_i;

  assign near_side_o = !run_i ? carry_side_i : !is_replace ? flags[`ORDER_BIT_SIDE] :
                       !cont_i ? ident_side : carry_i ? carry_side_i : side_q;

  wire beyond_passive, beyond_aggressive, in_window, bad_base, moves;
  window_check #(.TICK_BITS(TICK_BITS)) u_window (
      .base_i(base_i), .window_i(window_i), .sell_i(near_side_o), .has_limit_i(!market_order), .limit_i(limit),
      .beyond_passive_o(beyond_passive), .beyond_aggressive_o(beyond_aggressive), .price_i(price),
      .inside_o(in_window), .new_base_i(command_i[`CMD_BASE]), .new_window_i(command_i[180:176]),
      .resize_i(code == `CODE_CONFIGURE), .bad_o(bad_base), .moves_o(moves));

  wire [6:0] entry_reason;
  entry_check u_entry (
      .state_i(state_i), .post_only_i(flags[`ORDER_BIT_POST_ONLY]), .market_order_i(market_order),
      .beyond_aggressive_i(beyond_aggressive), .band_on_i(!market_order && band_on_i), .product_i(product_i),
      .limit_lowest_i(lowest_i), .limit_highest_i(highest_i), .reason_o(entry_reason));

  wire [4:0] needed = new_bands[`BANDS_BIT_PREMIUM] ? 5'b11111 : 5'b01101;
  wire wrong_session = command_i[`CMD_SESSION] != session_i;

  always @(posedge clk_i) begin
    side_q <= near_side_o;
    command_q <= command_i;
    arrival_q <= arrival_i;
    product_q <= product_i;
    bad_q <= wrong_session || format_i != `REASON_NONE;
    bad_reason_q <= wrong_session ? `REASON_BAD_COMMAND : format_i;
    to_current_q <= command_i[`CMD_NEXT_SESSION] == session_i;
    {beyond_passive_q, beyond_aggressive_q, in_window_q} <= {beyond_passive, beyond_aggressive, in_window};
    {bad_base_q, moves_q} <= {bad_base, moves};
    missing_q <= new_state[2:0] != `STATE_CLOSED && (present_i & needed) != needed;
    handle_ok_q <= used_i && ident_generation == generation && ident_market == market &&
                   ident_tick == price[TICK_BITS-1:0] && in_window;
    closed_q <= state_i == `STATE_CLOSED;
    entry_reason_q <= entry_reason;
    band_on_q <= !market_order && band_on_i;
    band_ready_q <= band_ready_i;
    order_base_q <= order_base_i;
    occupied_q <= occupied_i;
  end
  wire unused = &{1'b0, flags, ident_owner, new_state, new_bands, 1'b0};
endmodule
