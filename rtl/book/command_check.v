// The format of a command, all but its session: docs/card.md, check 1. Combinational.
// reason_o is REASON_NONE where the format is right.
`include "contract.vh"
module command_check #(
    parameter MARKETS = 32,
    parameter ORDERS = 65536,
    parameter TICK_BITS = 17
) (
    input  wire [447:0] command_i,
    output reg  [6:0]   reason_o
);
  wire [7:0]  code = command_i[`CMD_CODE];
  wire [15:0] flags = command_i[`CMD_FLAGS];
  wire [63:0] quantity = command_i[`CMD_QUANTITY];
  wire [31:0] what = command_i[`CMD_COUNT];

  wire is_new = code == `CODE_NEW;
  wire is_place = code == `CODE_PLACE;
  wire is_replace = code == `CODE_REPLACE;
  wire is_read = code == `CODE_READ;
  wire names_slot = is_new || is_place || is_replace || code == `CODE_CANCEL || code == `CODE_REDUCE ||
                    code == `CODE_PULL || (is_read && what == `READ_ORDER);

  wire [1:0] tif = flags[`ORDER_BIT_TIF];
  wire       post_only = flags[`ORDER_BIT_POST_ONLY];
  wire       market_order = flags[`ORDER_BIT_MARKET_ORDER];
  wire bad_flags =
      is_place ? |flags[15:1] :
      (is_new || is_replace) && (|flags[15:8] || &tif || &flags[`ORDER_BIT_STP] ||
          (market_order && (tif == `TIF_GTC || post_only || is_replace)) || (post_only && tif != `TIF_GTC));

  wire [7:0] window = command_i[`CMD_WINDOW_LOG2];
  wire bad_configure = code == `CODE_CONFIGURE && (
      (window != 8'd0 && (window < 8'd6 || window > TICK_BITS[7:0])) ||
      command_i[`CMD_STATE] > {5'd0, `STATE_OPEN} || |(command_i[`CMD_BANDS] >> 3) ||
      |(command_i[`CMD_LIMIT_MIN] >> `W_MULTIPLIER) || |(command_i[`CMD_LIMIT_MAX] >> `W_MULTIPLIER) ||
      |(command_i[`CMD_IMPACT_MIN] >> `W_MULTIPLIER) || |(command_i[`CMD_IMPACT_MAX] >> `W_MULTIPLIER) ||
      |(command_i[`CMD_MEAN_MIN] >> `W_MULTIPLIER) || |(command_i[`CMD_MEAN_MAX] >> `W_MULTIPLIER) ||
      |(command_i[`CMD_TOLERANCE] >> `W_TOLERANCE));

  wire [31:0] present = command_i[`CMD_PRESENT];
  wire [31:0] premium = command_i[`CMD_MEAN_PREMIUM];
  wire is_mark = code == `CODE_SET_MARK;
  // sign extension of 22 bits, and not the one value without a counterpart
  wire premium_fits = (premium[31:21] == 11'd0 || &premium[31:21]) && premium[21:0] != 22'h200000;
  function mark_fits(input [63:0] value);
    mark_fits = value != 64'd0 && (value >> `W_FIXED) == 64'd0;
  endfunction
  wire bad_mark_value = is_mark && (
      (present[`PRESENT_BIT_MARK] && !mark_fits(command_i[`CMD_MARK])) ||
      (present[`PRESENT_BIT_INDEX] && !mark_fits(command_i[`CMD_INDEX])) ||
      (present[`PRESENT_BIT_MEAN_MARK] && !mark_fits(command_i[`CMD_MEAN_MARK])) ||
      (present[`PRESENT_BIT_FAST_MEAN_MARK] && !mark_fits(command_i[`CMD_FAST_MEAN_MARK])) ||
      (present[`PRESENT_BIT_MEAN_PREMIUM] && !premium_fits));

  wire [63:0] magnitude = quantity[63] ? -quantity : quantity;
  wire zero = quantity == 64'd0;
  wire beyond = |(quantity >> `W_QUANTITY);
  wire bad_quantity =
      is_new || is_place || code == `CODE_REDUCE ? zero || beyond :
      is_replace ? |(magnitude >> `W_QUANTITY) :
      code == `CODE_CANCEL_MANY && what == 32'd0;

  wire bad_price = (is_place || (is_new && !market_order)) ? command_i[`CMD_PRICE] == 32'd0 :
                   is_replace ? command_i[`CMD_NEW_PRICE] == 32'd0 : bad_mark_value;

  wire unused = &{1'b0, command_i, flags, 1'b0};

  always @* begin
    if (code == 8'd0 || code > `CODE_RESET ||
        {24'd0, command_i[`CMD_MARKET]} >= MARKETS ||
        (names_slot && command_i[`CMD_SLOT] >= ORDERS) ||
        bad_flags || ((is_new || is_place) && |(command_i[`CMD_OWNER] >> `W_OWNER)) ||
        bad_configure ||
        (is_mark && (present == 32'd0 || |(present >> 5))) ||
        (is_read && what > `READ_DIGEST))
      reason_o = `REASON_BAD_COMMAND;
    else if (bad_quantity) reason_o = `REASON_INVALID_QUANTITY;
    else if (bad_price) reason_o = `REASON_INVALID_PRICE;
    else reason_o = `REASON_NONE;
  end
endmodule
