// prepare and, a cycle later, execute: which commands may act. Full size, every input there is: a stale generation, a
// wrong session, a wrong format, a used slot, a closed market never change anything; post-only never takes; fill-or-
// kill never takes before its scan.
`include "contract.vh"
module check_command #(
    parameter TICK_BITS = 20,
    parameter SLOT_BITS = 20,
    parameter MARKET_BITS = 5,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input                  clk_i,
    // of the step, in the cycle in which it is prepared and in the next
    input                  cont_i,
    input                  chased_i,
    input                  swept_i,
    input                  opposite_i,
    input [31:0]           best_i,
    input [51:0]           product_i,
    input [447:0]          command_i,
    input [6:0]            format_i,
    input [15:0]           session_i,
    input                  used_i,
    input [IDENT_BITS-1:0] ident_i,
    input                  stale_i,
    input [39:0]           open_i,
    input                  only_order_i,
    input [TOP_BITS-1:0]   bid_i,
    input [TOP_BITS-1:0]   ask_i,
    input [31:0]           base_i,
    input [4:0]            window_i,
    input [2:0]            state_i,
    input [2:0]            bands_i,
    input                  touch_reaches_i,
    input [4:0]            present_i,
    input                  limit_ready_i,
    input [63:0]           limit_lowest_i,
    input [63:0]           limit_highest_i,
    input                  limit_reaches_i,
    input                  bounds_reach_i,
    input                  fresh_i,
    input [55:0]           impact_product_i,
    input                  carry_i,
    input                  carry_touch_one_i,
    input                  carry_side_i,
    input [39:0]           carry_remaining_i,
    input [23:0]           carry_owner_i,
    input [23:0]           before_owner_i,
    input [31:0]           carry_touch_i,
    input                  kill_passed_i,
    input [31:0]           many_i,
    input                  many_first_i
);
  wire                  side, has_limit, reject, done, rest, park, expire, fill, take_out, reduce, read_order;
  wire                  read_level, at_sell, last, more, with_taker, write_ident, nack, nack_band, rewind, chase;
  wire                  carry, carry_first, one_more, set_last, set_base, to_final, final_self, to_scan, configure;
  wire                  set_mark, to_reset;
  wire [31:0]           limit, opposite_best;
  wire                  fills_maker;
  wire [39:0]           maker_left, left, carry_remaining;
  wire                  keeps, carries;
  wire [7:0]            taker_generation;
  wire [23:0]           taker_owner;
  wire [6:0]            reason;
  wire [IDENT_BITS-1:0] new_ident;

  wire                  near_side, near_taker, near_named, near_sell, p_side, p_occupied;
  wire [91:0]           prepared;
  wire [447:0]          command;
  wire [39:0]           remaining = cont_i ? carry_remaining_i : command[256+:40];  // as `carried` has it
  wire [39:0]           p_arrival;
  wire [31:0]           p_order_base, near_limit, near_price;
  prepare #(.TICK_BITS(TICK_BITS), .MARKET_BITS(MARKET_BITS)) u_prepare (
      .clk_i(clk_i), .run_i(1'b1), .command_i(command_i), .replace_i({4'd0, command_i[3:0]} == `CODE_REPLACE),
      .format_i(format_i), .arrival_i(40'd0), .session_i(session_i), .cont_i(cont_i), .product_i(product_i),
      .carry_i(carry_i), .carry_side_i(carry_side_i), .carry_owner_i(carry_owner_i), .before_owner_i(before_owner_i),
      .used_i(used_i), .ident_i(ident_i), .open_i(open_i), .order_base_i(base_i), .occupied_i(1'b0), .base_i(base_i),
      .upper_i({1'b0, base_i} + (33'd1 << (window_i == 0 ? TICK_BITS : window_i))), .window_i(window_i),
      .state_i(state_i), .band_on_i(bands_i[`BANDS_BIT_LIMIT]), .band_ready_i(limit_ready_i), .lowest_i(limit_lowest_i),
      .highest_i(limit_highest_i), .present_i(present_i), .at_touch_i(best_i == carry_touch_i),
      .impact_product_i(impact_product_i), .many_i(many_i), .near_side_o(near_side), .near_taker_o(near_taker),
      .near_named_o(near_named), .near_sell_o(near_sell), .near_limit_o(near_limit), .near_price_o(near_price),
      .side_o(p_side), .command_o(command), .arrival_o(p_arrival), .prepared_o(prepared), .order_base_o(p_order_base),
      .occupied_o(p_occupied));
  execute #(.TICK_BITS(TICK_BITS), .SLOT_BITS(SLOT_BITS), .MARKET_BITS(MARKET_BITS)) u_dut (
      .cont_i(cont_i), .chased_i(chased_i), .swept_i(swept_i), .opposite_i(opposite_i), .command_i(command),
      .side_i(p_side), .prepared_i(prepared), .stale_i(stale_i), .used_i(used_i), .ident_i(ident_i), .open_i(open_i),
      .only_order_i(only_order_i), .bid_i(bid_i), .ask_i(ask_i), .bands_i(bands_i), .touch_reaches_i(touch_reaches_i),
      .limit_ready_i(limit_ready_i), .limit_reaches_i(limit_reaches_i), .bounds_reach_i(bounds_reach_i),
      .fresh_i(fresh_i), .carry_touch_i(carry_touch_one_i), .remaining_i(remaining), .carry_owner_i(carry_owner_i),
      .kill_passed_i(kill_passed_i), .many_first_i(many_first_i), .side_o(side), .has_limit_o(has_limit),
      .limit_o(limit), .opposite_best_o(opposite_best), .taker_generation_o(taker_generation),
      .taker_owner_o(taker_owner), .new_ident_o(new_ident), .reject_o(reject), .done_o(done), .rest_o(rest),
      .park_o(park), .expire_o(expire), .fill_o(fill), .take_out_o(take_out), .reduce_o(reduce),
      .read_order_o(read_order), .read_level_o(read_level), .at_sell_o(at_sell), .left_o(left),
      .fills_maker_o(fills_maker), .maker_left_o(maker_left), .reason_o(reason), .last_o(last), .more_o(more),
      .with_taker_o(with_taker), .taker_keeps_o(keeps), .taker_carries_o(carries), .write_ident_o(write_ident),
      .nack_o(nack), .nack_band_o(nack_band), .rewind_o(rewind), .chase_o(chase), .carry_o(carry),
      .carry_first_o(carry_first), .carry_remaining_o(carry_remaining), .many_o(one_more), .set_last_o(set_last),
      .set_base_o(set_base), .to_final_o(to_final), .final_self_o(final_self), .to_scan_o(to_scan),
      .configure_o(configure), .set_mark_o(set_mark), .to_reset_o(to_reset));

  // What the step was prepared from. What changes in between is seen: the order read (stale_i), or is flushed for.
  reg                  prepared_q, used_q, cont_q;
  reg [IDENT_BITS-1:0] ident_q;
  reg [15:0]           session_q;
  reg [6:0]            format_q;
  reg [2:0]            state_q;
  reg [31:0]           base_q;
  reg [39:0]           open_q;
  initial prepared_q = 1'b0;
  always @(posedge clk_i) begin
    prepared_q <= 1'b1;
    {used_q, ident_q, session_q, format_q, state_q, base_q} <= {used_i, ident_i, session_i, format_i, state_i, base_i};
    {open_q, cont_q} <= {open_i, cont_i};
  end
  wire fresh = !stale_i && ident_i == ident_q && used_i == used_q && open_i == open_q;
  always @* if (prepared_q) assume ((stale_i || fresh) && cont_i == cont_q);

  wire [7:0]  code = command[`CMD_CODE];
  wire [15:0] flags = command[`CMD_FLAGS];
  wire [31:0] price = command[`CMD_PRICE];
  wire [7:0]  generation;
  wire [23:0] owner;
  wire        order_side;
  wire [MARKET_BITS-1:0] market;
  wire [TICK_BITS-1:0]   tick;
  assign {generation, owner, order_side, market, tick} = ident_i;
  wire names = code == `CODE_CANCEL || code == `CODE_PULL || code == `CODE_REDUCE || code == `CODE_REPLACE;
  wire handle = used_i && generation == command[`CMD_GENERATION] && market == command[8+:MARKET_BITS] &&
                tick == price[TICK_BITS-1:0];
  wire first = prepared_q && !cont_i && !nack;
  wire acts = rest || park || expire || fill || take_out || reduce || done || set_last || set_base || to_scan ||
              configure || set_mark || to_reset || read_order || read_level || carry || to_final || one_more;
  wire changes = rest || fill || take_out || reduce || write_ident || carry;
  wire takes = fill || (take_out && code == `CODE_NEW);

  always @*
    if (prepared_q && !nack) begin
      assert ({4'd0, reject} + done + rest + park + expire + fill + take_out + reduce + read_order + read_level <=
              5'd1);
      // refused: nothing else happens, and nothing goes on
      if (reject) assert (!acts && last && !write_ident && !rewind);
      if (!cont_i && command[`CMD_SESSION] != session_q) assert (reject && reason == `REASON_BAD_COMMAND);
      else if (!cont_i && format_q != `REASON_NONE) assert (reject && reason == format_q);
      else if (first) begin
        // a stale handle never acts: not slot, not generation, not market, not price may differ
        if (names) assert (!stale_i);
        if (names && !handle) assert (reject && reason == `REASON_STALE_ORDER);
        if (names && changes) assert (handle && price >= base_q);
        if ((code == `CODE_NEW || code == `CODE_PLACE) && used_i) assert (reject && reason == `REASON_SLOT_IN_USE);
        // state of the market
        if (code == `CODE_NEW && state_q <= `STATE_CANCEL_ONLY) assert (reject);
        if (code == `CODE_NEW && state_q == `STATE_POST_ONLY && !flags[`ORDER_BIT_POST_ONLY]) assert (reject);
        if (code == `CODE_REDUCE && state_q == `STATE_CLOSED) assert (reject);
        // post-only and fill-or-kill
        if (code == `CODE_NEW && flags[`ORDER_BIT_POST_ONLY] && limit_reaches_i &&
            (flags[`ORDER_BIT_SIDE] ? bid_i[TOP_BITS-1] : ask_i[TOP_BITS-1])) assert (!takes && !rest);
        if (code == `CODE_NEW && flags[`ORDER_BIT_TIF] == `TIF_FOK && !kill_passed_i) assert (!changes || to_scan);
        // what a command may change at all
        if (code == `CODE_FENCE || code == `CODE_READ || code == `CODE_SET_MARK || code == `CODE_CONFIGURE ||
            code == `CODE_SET_LAST || code == `CODE_SHIFT || code == `CODE_RESET) assert (!changes);
        if (code == `CODE_CANCEL || code == `CODE_PULL || code == `CODE_CANCEL_MANY)
          assert (!rest && !fill && !reduce && !write_ident);
        if (code == `CODE_NEW || code == `CODE_PLACE) assert (!reduce && (!take_out || code == `CODE_NEW));
        if (code == `CODE_PLACE) assert (!fill && !take_out);
        // a reduced order keeps something and never grows
        if (reduce) assert (left != 0 || open_i == 0);
        if (reduce && code == `CODE_REDUCE) assert (left <= open_i);
      end
      // the final event is the last of its command; anything else goes on or back
      if (last) assert (!carry && !to_final && !to_scan && !configure && !set_mark && !to_reset && !one_more);
      if (!last) assert (carry || to_scan || configure || set_mark || to_reset || one_more || to_final);
      if (rest) assert (new_ident == {taker_generation, taker_owner, side, command[8+:MARKET_BITS],
                                      limit[TICK_BITS-1:0]});
    end

  reach #(.COUNT(7)) u_reach (.reached_i({
      first && reduce && code == `CODE_REPLACE, first && to_scan && code == `CODE_NEW,
      first && reject && names && used_i,
      first && carry && code == `CODE_REPLACE, cont_i && fill && last, first && fill && carry,
      first && take_out && code == `CODE_CANCEL}));
endmodule
