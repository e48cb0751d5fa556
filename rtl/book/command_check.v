// The format of a command, all but its session: docs/card.md, check 1. Combinational.
// reason_o is REASON_NONE where the format is right.
`include "contract.vh"
module command_check #(
    parameter MARKETS = 32,
    parameter ORDERS = 65536,
    parameter TICK_BITS = 17
) (
    input  wire         look_i,     // else reason_o does not matter
    input  wire [447:0] command_i,
    output reg  [6:0]   reason_o
);
  wire [7:0]  code = command_i[`CMD_CODE];
  wire [15:0] flags = command_i[`CMD_FLAGS];
  wire [63:0] quantity = command_i[`CMD_QUANTITY];
  wire [31:0] what = command_i[`CMD_COUNT];

  wire bad_slot = command_i[`CMD_SLOT] >= ORDERS;
  wire bad_owner = |(command_i[`CMD_OWNER] >> `W_OWNER);

  wire [1:0] tif = flags[`ORDER_BIT_TIF];
  wire       post_only = flags[`ORDER_BIT_POST_ONLY];
  wire       market_order = flags[`ORDER_BIT_MARKET_ORDER];

  wire [7:0]  window = command_i[`CMD_WINDOW_LOG2];
  wire [31:0] present = command_i[`CMD_PRESENT];
  wire [31:0] premium = command_i[`CMD_MEAN_PREMIUM];
  function mark_fits(input [63:0] value);
    mark_fits = value != 64'd0 && (value >> `W_FIXED) == 64'd0;
  endfunction

  wire no_quantity = quantity == 64'd0 || |(quantity >> `W_QUANTITY);
  wire no_price = command_i[`CMD_PRICE] == 32'd0;

  wire unused = &{1'b0, command_i, flags, 1'b0};

  // each kind of command has its own branch, so that a simulation looks at one only
  reg bad, bad_flags, bad_quantity, bad_price;
  always @* begin
    bad = 1'b0;
    bad_flags = 1'bx;
    bad_quantity = 1'b0;
    bad_price = 1'b0;
    reason_o = 7'bx;
    if (look_i) begin
      case (code)
        `CODE_NEW: begin
          bad_flags = |flags[15:8] || &tif || &flags[`ORDER_BIT_STP] ||
                      (market_order ? tif == `TIF_GTC || post_only : post_only && tif != `TIF_GTC);
          bad = bad_slot || bad_flags || bad_owner;
          bad_quantity = no_quantity;
          bad_price = !market_order && no_price;
        end
        `CODE_PLACE: begin
          bad = bad_slot || |flags[15:1] || bad_owner;
          bad_quantity = no_quantity;
          bad_price = no_price;
        end
        `CODE_REPLACE: begin
          bad_flags = |flags[15:8] || &tif || &flags[`ORDER_BIT_STP] || market_order || (post_only && tif != `TIF_GTC);
          bad = bad_slot || bad_flags;
          // its magnitude
          bad_quantity = quantity[63] ? !(&quantity[63:`W_QUANTITY]) || quantity[`W_QUANTITY-1:0] == 0
                                      : |quantity[63:`W_QUANTITY];
          bad_price = command_i[`CMD_NEW_PRICE] == 32'd0;
        end
        `CODE_CANCEL, `CODE_PULL: bad = bad_slot;
        `CODE_REDUCE: begin
          bad = bad_slot;
          bad_quantity = no_quantity;
        end
        `CODE_CANCEL_MANY: bad_quantity = what == 32'd0;
        `CODE_CONFIGURE:
          bad = (window != 8'd0 && (window < 8'd6 || window > TICK_BITS[7:0])) ||
                command_i[`CMD_STATE] > {5'd0, `STATE_OPEN} || |(command_i[`CMD_BANDS] >> 3) ||
                |(command_i[`CMD_LIMIT_MIN] >> `W_MULTIPLIER) || |(command_i[`CMD_LIMIT_MAX] >> `W_MULTIPLIER) ||
                |(command_i[`CMD_IMPACT_MIN] >> `W_MULTIPLIER) || |(command_i[`CMD_IMPACT_MAX] >> `W_MULTIPLIER) ||
                |(command_i[`CMD_MEAN_MIN] >> `W_MULTIPLIER) || |(command_i[`CMD_MEAN_MAX] >> `W_MULTIPLIER) ||
                |(command_i[`CMD_TOLERANCE] >> `W_TOLERANCE);
        `CODE_SET_MARK: begin
          bad = present == 32'd0 || |(present >> 5);
          // the premium is the sign extension of 22 bits, and not the one value without a counterpart
          bad_price = (present[`PRESENT_BIT_MARK] && !mark_fits(command_i[`CMD_MARK])) ||
                      (present[`PRESENT_BIT_INDEX] && !mark_fits(command_i[`CMD_INDEX])) ||
                      (present[`PRESENT_BIT_MEAN_MARK] && !mark_fits(command_i[`CMD_MEAN_MARK])) ||
                      (present[`PRESENT_BIT_FAST_MEAN_MARK] && !mark_fits(command_i[`CMD_FAST_MEAN_MARK])) ||
                      (present[`PRESENT_BIT_MEAN_PREMIUM] &&
                       ((|premium[31:21] && !(&premium[31:21])) || premium[21:0] == 22'h200000));
        end
        `CODE_READ: bad = what > `READ_DIGEST || (what == `READ_ORDER && bad_slot);
        default: bad = code == 8'd0 || code > `CODE_RESET;
      endcase
      if (bad || {24'd0, command_i[`CMD_MARKET]} >= MARKETS) reason_o = `REASON_BAD_COMMAND;
      else if (bad_quantity) reason_o = `REASON_INVALID_QUANTITY;
      else if (bad_price) reason_o = `REASON_INVALID_PRICE;
      else reason_o = `REASON_NONE;
    end
  end
endmodule
