// market_bands with its arithmetic left out, for checks of the whole book: the window stands at BASE, every market is
// open, the limit of a taker is compared as it is, and each band lets through or stops as it likes (fill_o of the proof
// `fill` covers what they really do). Keeps the name of what it stands for.
`include "contract.vh"
module market_bands #(
    parameter MARKETS = 32,
    parameter MARKET_BITS = 5,
    parameter [31:0] BASE = 32'd64
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   clear_i,
    input  wire [MARKET_BITS-1:0] clear_market_i,
    input  wire [MARKET_BITS-1:0] market_i,
    input  wire [447:0]           command_i,
    input  wire                   configure_i,
    input  wire                   set_mark_i,
    input  wire                   set_base_i,
    input  wire                   set_last_i,
    input  wire                   trade_i,
    input  wire [31:0]            trade_price_i,
    input  wire                   bests_move_i,
    output wire                   done_o,
    output wire [31:0]            base_o,
    output wire [4:0]             window_o,
    input  wire [MARKET_BITS-1:0] near_market_i,
    input  wire                   near_sell_i,
    input  wire                   near_fast_i,
    output wire [31:0]            near_base_o,
    output wire [4:0]             near_window_o,
    output wire [2:0]             near_state_o,
    output wire                   near_limit_on_o,
    output wire [4:0]             near_present_o,
    output wire [2:0]             bands_o,
    output wire [23:0]            impact_min_o,
    output wire [23:0]            impact_max_o,
    input  wire [MARKET_BITS-1:0] order_market_i,
    output wire [31:0]            order_base_o,
    input  wire                   stopped_i,
    input  wire                   sell_i,
    input  wire                   has_limit_i,
    input  wire [31:0]            limit_i,
    input  wire [31:0]            price_i,
    input  wire [55:0]            impact_product_i,
    output wire                   limit_reaches_o,
    output wire                   reaches_o,
    output wire                   touch_reaches_o,
    output wire                   impact_tightest_o,
    output wire [6:0]             tightest_reason_o,
    output wire [MARKET_BITS-1:0] band_market_o,
    input  wire                   bid_valid_i,
    input  wire [31:0]            bid_i,
    input  wire                   ask_valid_i,
    input  wire [31:0]            ask_i,
    output wire                   limit_ready_o,
    output wire                   near_limit_ready_o,
    output wire [63:0]            limit_lowest_o,
    output wire [63:0]            limit_highest_o
);
  (* anyseq *) wire band_stops;
  assign base_o = BASE;
  assign order_base_o = BASE;
  assign window_o = 5'd0;
  assign near_base_o = BASE;
  assign near_window_o = 5'd0;
  assign near_state_o = `STATE_OPEN;
  assign near_limit_on_o = 1'b0;
  assign near_limit_ready_o = 1'b1;
  assign bands_o = 3'd0;
  assign {impact_min_o, impact_max_o, near_present_o, done_o, limit_lowest_o} = 0;
  assign limit_highest_o = {64{1'b1}};
  assign limit_ready_o = 1'b1;
  assign limit_reaches_o = !has_limit_i || (sell_i ? price_i >= limit_i : price_i <= limit_i);
  assign reaches_o = limit_reaches_o && !band_stops;
  assign touch_reaches_o = 1'b1;
  assign impact_tightest_o = 1'b0;
  assign tightest_reason_o = `REASON_PRICE_OUT_OF_BOUNDS;
  assign band_market_o = {MARKET_BITS{1'b0}};
endmodule
