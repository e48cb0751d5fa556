// Per market: window, state, bands, marks and last trade; starts the computation of the mean bounds.
//
// configure_i and set_mark_i take their values from the command; done_o pulses when the bounds of the market have been
// recomputed (34 cycles). Reads are combinational; a write shows in the next cycle. Only those of the step that is
// prepared are made a cycle before it is (far_market_i), so that a write shows there in the next but one.
`include "contract.vh"
module market_table #(
    parameter MARKETS = 32,
    parameter MARKET_BITS = 5,
    parameter TICK_BITS = 17
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   clear_i,        // clear_market_i goes back to closed, with nothing set
    input  wire [MARKET_BITS-1:0] clear_market_i,
    input  wire [MARKET_BITS-1:0] market_i,       // of the first group of reads
    input  wire [MARKET_BITS-1:0] write_market_i,
    input  wire [447:0]           command_i,      // of the writes
    input  wire                   configure_i,
    input  wire                   set_mark_i,
    input  wire                   set_base_i,     // base from the command
    input  wire                   set_last_i,
    input  wire [31:0]            last_i,
    output wire                   done_o,

    output wire [31:0]            base_o,
    output wire [4:0]             window_o,       // log2 of its ticks, 0: the card's
    output wire [31:0]            last_o,

    input  wire [MARKET_BITS-1:0] far_market_i,   // of the step that is prepared in the next cycle
    output wire [MARKET_BITS-1:0] near_market_o,  // ... then:
    output wire [31:0]            near_base_o,
    output wire [32:0]            near_upper_o,   // base and ticks of the window; follows a change three cycles later
    output wire [4:0]             near_window_o,
    output wire [2:0]             near_state_o,
    output wire [2:0]             near_bands_o,
    output wire [23:0]            near_impact_min_o,
    output wire [23:0]            near_impact_max_o,
    output wire [4:0]             near_present_o,
    input  wire                   fast_i,
    output wire [36:0]            mean_buy_o,
    output wire [36:0]            mean_sell_o,
    output wire [36:0]            premium_buy_o,
    output wire [36:0]            premium_sell_o,

    input  wire [MARKET_BITS-1:0] other_market_i,
    output wire [31:0]            other_base_o,

    input  wire [MARKET_BITS-1:0] seek_market_i,
    output wire [31:0]            seek_base_o,

    input  wire [MARKET_BITS-1:0] look_market_i,
    output wire [31:0]            look_last_o,
    output wire [39:0]            look_mark_o,
    output wire [23:0]            look_limit_min_o,
    output wire [23:0]            look_limit_max_o
);
  reg [31:0] base_q     [0:MARKETS-1];
  reg [4:0]  window_q   [0:MARKETS-1];
  reg [32:0] upper_q    [0:MARKETS-1];
  reg [5:0]  mode_q     [0:MARKETS-1];  // bands, state
  reg [47:0] limit_q    [0:MARKETS-1];
  reg [47:0] impact_q   [0:MARKETS-1];
  reg [47:0] mean_q     [0:MARKETS-1];
  reg [22:0] tolerance_q[0:MARKETS-1];
  reg [39:0] mark_q     [0:MARKETS-1];
  reg [39:0] index_q    [0:MARKETS-1];
  reg [39:0] slow_q     [0:MARKETS-1];
  reg [39:0] fast_q     [0:MARKETS-1];
  reg [21:0] premium_q  [0:MARKETS-1];
  reg [4:0]  present_q  [0:MARKETS-1];
  reg [31:0] trade_q    [0:MARKETS-1];

  wire [31:0] present_field = command_i[`CMD_PRESENT];
  wire [4:0]  present = present_field[4:0];
  wire [4:0]  window_field = command_i[180:176];
  wire [7:0]  state_field = command_i[`CMD_STATE];
  wire [7:0]  bands_field = command_i[`CMD_BANDS];
  wire [31:0] limit_max = command_i[`CMD_LIMIT_MAX], limit_min = command_i[`CMD_LIMIT_MIN];
  wire [31:0] impact_max = command_i[`CMD_IMPACT_MAX], impact_min = command_i[`CMD_IMPACT_MIN];
  wire [31:0] mean_max = command_i[`CMD_MEAN_MAX], mean_min = command_i[`CMD_MEAN_MIN];
  wire [31:0] tolerance = command_i[`CMD_TOLERANCE], premium = command_i[`CMD_MEAN_PREMIUM];
  wire [63:0] mark = command_i[`CMD_MARK], index = command_i[`CMD_INDEX];
  wire [63:0] slow = command_i[`CMD_MEAN_MARK], fast = command_i[`CMD_FAST_MEAN_MARK];

  wire unused = &{1'b0, command_i, present_field, state_field, bands_field, limit_max, limit_min, impact_max,
                  impact_min, mean_max, mean_min, tolerance, premium, mark, index, slow, fast, 1'b0};

  reg start_q, set_q;
  reg [MARKET_BITS-1:0] set_market_q;  // whose window has just been set
  wire [MARKET_BITS-1:0] at = clear_i ? clear_market_i : write_market_i;
  reg [31:0] set_base_q;
  reg [4:0]  set_size_q;
  wire       sets = configure_i || set_mark_i || set_base_i || clear_i;
  wire [4:0] set_window = clear_i ? 5'd0 : configure_i ? window_field : window_q[at];
  always @(posedge clk_i) begin
    {start_q, set_q} <= 2'b00;
    if (sets) begin
      start_q <= rst_ni && (configure_i || set_mark_i);
      set_q <= configure_i || set_base_i || clear_i;
      set_market_q <= at;
      set_base_q <= clear_i ? 32'd0 : command_i[`CMD_BASE];
      set_size_q <= set_window == 5'd0 ? TICK_BITS[4:0] : set_window;
    end
    if (set_q) upper_q[set_market_q] <= {1'b0, set_base_q} + (33'd1 << set_size_q);
    if (sets) begin
      if (configure_i || set_base_i || clear_i) base_q[at] <= clear_i ? 32'd0 : command_i[`CMD_BASE];
      if (configure_i || clear_i) window_q[at] <= clear_i ? 5'd0 : window_field;
      if (configure_i || clear_i)
        mode_q[at] <= clear_i ? {3'd0, `STATE_CLOSED} : {bands_field[2:0], state_field[2:0]};
      if (configure_i) begin
        limit_q[at] <= {limit_max[23:0], limit_min[23:0]};
        impact_q[at] <= {impact_max[23:0], impact_min[23:0]};
        mean_q[at] <= {mean_max[23:0], mean_min[23:0]};
        tolerance_q[at] <= tolerance[22:0];
      end
      if (set_mark_i && present[`PRESENT_BIT_MARK]) mark_q[at] <= mark[39:0];
      if (set_mark_i && present[`PRESENT_BIT_INDEX]) index_q[at] <= index[39:0];
      if (set_mark_i && present[`PRESENT_BIT_MEAN_MARK]) slow_q[at] <= slow[39:0];
      if (set_mark_i && present[`PRESENT_BIT_FAST_MEAN_MARK]) fast_q[at] <= fast[39:0];
      if (set_mark_i && present[`PRESENT_BIT_MEAN_PREMIUM]) premium_q[at] <= premium[21:0];
      if (set_mark_i || clear_i) present_q[at] <= clear_i ? 5'd0 : present_q[at] | present;
    end
    if (set_last_i || clear_i) trade_q[at] <= clear_i ? 32'd0 : last_i;
  end

  assign base_o = base_q[market_i];
  assign window_o = window_q[market_i];
  reg [MARKET_BITS-1:0] near_market_q;
  reg [31:0]            near_base_q;
  reg [32:0]            near_upper_q;
  reg [4:0]             near_window_q, near_present_q;
  reg [2:0]             near_state_q, near_bands_q;
  reg [23:0]            near_impact_min_q, near_impact_max_q;
  always @(posedge clk_i) begin
    near_market_q <= far_market_i;
    near_base_q <= base_q[far_market_i];
    near_upper_q <= upper_q[far_market_i];
    near_window_q <= window_q[far_market_i];
    {near_bands_q, near_state_q} <= mode_q[far_market_i];
    {near_impact_max_q, near_impact_min_q} <= impact_q[far_market_i];
    near_present_q <= present_q[far_market_i];
  end
  assign {near_market_o, near_base_o, near_upper_o} = {near_market_q, near_base_q, near_upper_q};
  assign {near_window_o, near_state_o, near_bands_o} = {near_window_q, near_state_q, near_bands_q};
  assign {near_impact_min_o, near_impact_max_o} = {near_impact_min_q, near_impact_max_q};
  assign near_present_o = near_present_q;
  assign last_o = trade_q[market_i];
  assign other_base_o = base_q[other_market_i];
  assign seek_base_o = base_q[seek_market_i];
  assign look_last_o = trade_q[look_market_i];
  assign look_mark_o = mark_q[look_market_i];
  assign {look_limit_max_o, look_limit_min_o} = limit_q[look_market_i];

  market_bounds #(.MARKETS(MARKETS), .MARKET_BITS(MARKET_BITS)) u_bounds (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_q), .done_o(done_o), .market_i(market_i),
      .mean_mark_i(slow_q[market_i]), .fast_mean_mark_i(fast_q[market_i]), .index_i(index_q[market_i]),
      .mean_premium_i(premium_q[market_i]), .mean_min_i(mean_q[market_i][23:0]),
      .mean_max_i(mean_q[market_i][47:24]), .tolerance_i(tolerance_q[market_i]),
      .read_market_i(near_market_q), .read_fast_i(fast_i), .mean_buy_o(mean_buy_o),
      .mean_sell_o(mean_sell_o), .premium_buy_o(premium_buy_o), .premium_sell_o(premium_sell_o));
endmodule
