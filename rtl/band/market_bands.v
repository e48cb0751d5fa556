// Everything a market has besides orders: its settings and marks, and the bands that follow from them.
//
// The near_* outputs belong to the step that is prepared (in the market that far_market_i was the cycle before), those
// without are registers of the cycle behind. A write shows in the next cycle, where it is read ahead (near_*) in the
// next but one and the window's end in the third; the limit band's bounds six cycles after what they are made from has
// changed, seven with a LATENCY above 2 (limit_ready_o), the other bounds when done_o tells of the end of a configure
// or set_mark.
`include "contract.vh"
module market_bands #(
    parameter MARKETS = 32,
    parameter MARKET_BITS = 5,
    parameter TICK_BITS = 17,
    parameter LATENCY = 2
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   clear_i,
    input  wire [MARKET_BITS-1:0] clear_market_i,
    input  wire [MARKET_BITS-1:0] market_i,         // of most reads
    input  wire [MARKET_BITS-1:0] command_market_i, // of the command that is decided,
    input  wire                   trades_i,         // if it may trade,
    input  wire [31:0]            trade_price_i,    // and its price then
    // what the step before does, in late_market_i, by late_command_i
    input  wire [MARKET_BITS-1:0] late_market_i,
    input  wire [447:0]           late_command_i,
    input  wire                   configure_i,
    input  wire                   set_mark_i,
    input  wire                   set_base_i,
    input  wire                   set_last_i,       // to the command's price
    input  wire                   trade_i,          // last trade at trade_price_i
    input  wire                   bests_move_i,     // a best price changes
    // a best price changes or the last is set; there is a trade: if the step before was committed, else none behind it
    // counts
    input  wire                   band_moves_i,
    input  wire                   traded_i,
    input  wire                   same_market_i,    // the step that is prepared is in the market of the one decided
    output wire                   done_o,

    output wire [31:0]            base_o,
    output wire [4:0]             window_o,
    input  wire [MARKET_BITS-1:0] far_market_i,     // of the step that is prepared in the next cycle
    input  wire                   near_sell_i,
    input  wire                   near_fast_i,      // of the taker: the fast mean counts
    output wire [31:0]            near_base_o,
    output wire [32:0]            near_upper_o,
    output wire [4:0]             near_window_o,
    output wire [2:0]             near_state_o,
    output wire                   near_limit_on_o,
    output wire [36:0]            near_mean_buy_o,
    output wire [36:0]            near_mean_sell_o,
    output wire                   near_premium_on_o,
    output wire [36:0]            near_premium_buy_o,
    output wire [36:0]            near_premium_sell_o,
    output wire [4:0]             near_present_o,
    output wire [2:0]             bands_o,
    output wire [23:0]            impact_min_o,
    output wire [23:0]            impact_max_o,
    input  wire [MARKET_BITS-1:0] order_market_i,
    output wire [31:0]            order_base_o,
    input  wire [MARKET_BITS-1:0] seek_market_i,
    output wire [31:0]            seek_base_o,

    // a taker against the opposite price price_i
    input  wire                   stopped_i,        // by a bound: which one is the tightest
    input  wire                   sell_i,
    input  wire                   has_limit_i,
    input  wire [31:0]            limit_i,
    input  wire [31:0]            price_i,          // of a level that the scanner comes to
    input  wire [55:0]            impact_product_i,
    input  wire                   asked_i,          // else reaches_o does not matter
    output wire                   reaches_o,
    output wire                   touch_reaches_o,  // the impact band lets the touch itself through
    output wire                   impact_tightest_o,
    output wire [6:0]             tightest_reason_o,

    // the limit band, of the command's market
    output wire [MARKET_BITS-1:0] band_market_o,    // whose bests these are
    input  wire                   bid_valid_i,
    input  wire [31:0]            bid_i,
    input  wire                   ask_valid_i,
    input  wire [31:0]            ask_i,
    output wire                   limit_ready_o,    // now, of the command's market
    output wire                   near_limit_ready_o,
    output wire [63:0]            limit_lowest_o,
    output wire [63:0]            limit_highest_o
);
  reg  [2:0] bands_q;
  reg  [23:0] impact_min_q;
  reg  [23:0] impact_max_q;
  reg  touch_reaches_q;
  assign bands_o = bands_q;
  assign impact_min_o = impact_min_q;
  assign impact_max_o = impact_max_q;
  assign touch_reaches_o = touch_reaches_q;
  reg  [31:0] trade_price_q;

  wire [31:0] last, band_last;
  wire [39:0] band_mark;
  wire [23:0] limit_min, limit_max;
  wire [2:0]  near_bands;
  wire [MARKET_BITS-1:0] near_market;
  wire [23:0] near_impact_min, near_impact_max;
  reg  [36:0] mean_bound_q, premium_bound_q;
  always @(posedge clk_i) begin
    if (stopped_i || asked_i) begin
      mean_bound_q <= near_sell_i ? near_mean_sell_o : near_mean_buy_o;
      premium_bound_q <= near_sell_i ? near_premium_sell_o : near_premium_buy_o;
    end
    bands_q <= near_bands;
    {impact_min_q, impact_max_q} <= {near_impact_min, near_impact_max};
    touch_reaches_q <= near_sell_i ? near_impact_min <= 24'd1000000 : near_impact_max >= 24'd1000000;
  end
  assign near_premium_on_o = near_bands[`BANDS_BIT_PREMIUM];
  assign near_limit_on_o = near_bands[`BANDS_BIT_LIMIT];
  market_table #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS), .TICK_BITS(TICK_BITS)) u_markets (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i), .clear_market_i(clear_market_i), .market_i(market_i),
      .write_market_i(late_market_i), .command_i(late_command_i), .configure_i(configure_i), .set_mark_i(set_mark_i),
      .set_base_i(set_base_i), .set_last_i(sets_last), .last_i(new_last), .done_o(done_o), .base_o(base_o),
      .window_o(window_o), .last_o(last), .far_market_i(far_market_i), .near_market_o(near_market),
      .near_base_o(near_base_o), .near_upper_o(near_upper_o), .near_window_o(near_window_o),
      .near_state_o(near_state_o), .near_bands_o(near_bands), .near_impact_min_o(near_impact_min),
      .near_impact_max_o(near_impact_max), .near_present_o(near_present_o), .fast_i(near_fast_i),
      .mean_buy_o(near_mean_buy_o), .mean_sell_o(near_mean_sell_o), .premium_buy_o(near_premium_buy_o),
      .premium_sell_o(near_premium_sell_o), .other_market_i(order_market_i), .other_base_o(order_base_o),
      .seek_market_i(seek_market_i), .seek_base_o(seek_base_o), .look_market_i(band_market_o), .look_last_o(band_last),
      .look_mark_o(band_mark), .look_limit_min_o(limit_min), .look_limit_max_o(limit_max));

  taker_bounds u_bounds (
      .clk_i(clk_i), .stopped_i(stopped_i), .sell_i(sell_i), .has_limit_i(has_limit_i), .limit_i(limit_i),
      .mean_bound_i(mean_bound_q), .premium_on_i(bands_q[`BANDS_BIT_PREMIUM]), .premium_bound_i(premium_bound_q),
      .price_i(price_i), .asked_i(asked_i), .reaches_o(reaches_o), .tightest_reason_o(tightest_reason_o),
      .impact_product_i(impact_product_i), .impact_tightest_o(impact_tightest_o));

  // a trade at the price of the one before moves nothing
  wire        sets_last = set_last_i || trade_i;
  wire [31:0] new_last = trade_i ? trade_price_q : late_command_i[`CMD_PRICE];
  reg         differs_q;
  always @(posedge clk_i) begin
    if (trades_i) trade_price_q <= trade_price_i;
    if (trades_i) differs_q <= trade_price_i != (sets_last && late_market_i == command_market_i ? new_last : last);
  end
  wire last_moves = set_last_i || (trade_i && differs_q);
  limit_band #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS), .LATENCY(LATENCY)) u_limit (
      .clk_i(clk_i), .touched_i(bests_move_i || last_moves || done_o), .touched_market_i(late_market_i),
      .moves_i(band_moves_i || (traded_i && differs_q)), .same_market_i(same_market_i),
      .look_market_o(band_market_o), .bid_valid_i(bid_valid_i), .bid_i(bid_i), .ask_valid_i(ask_valid_i), .ask_i(ask_i),
      .last_i(band_last), .mark_i(band_mark), .limit_min_i(limit_min), .limit_max_i(limit_max),
      .ready_market_i(command_market_i), .ready_o(limit_ready_o), .read_market_i(near_market),
      .read_ready_o(near_limit_ready_o), .lowest_o(limit_lowest_o), .highest_o(limit_highest_o));
endmodule
