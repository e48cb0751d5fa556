// What cancel, pull, reduce and replace do to the resting order that they name; combinational.
//
// Exactly one of reject_o, take_out_o, reduce_o and move_o is up. move_o: a replace that gives up its place; the order
// is to pass the checks of a new one with what is left open.
`include "contract.vh"
module resting_step (
    input  wire                   look_i,          // else nothing here matters
    input  wire [7:0]             code_i,
    input  wire                   closed_i,        // the market's state
    input  wire                   handle_ok_i,
    input  wire                   in_place_i,      // replace: to the price that it has, with no larger quantity
    input  wire                   gone_i,          // the change leaves nothing open
    input  wire                   too_much_i,      // more than an order can have

    output reg                    reject_o,
    output reg                    take_out_o,
    output reg                    reduce_o,
    output reg                    move_o,
    output reg  [6:0]             reason_o         // of reject_o and take_out_o
);
  wire is_replace = code_i == `CODE_REPLACE;
  wire is_reduce = code_i == `CODE_REDUCE;
  wire in_place = gone_i || in_place_i;
  wire gone = gone_i || (!is_replace && !is_reduce);

  always @* begin
    {reject_o, take_out_o, reduce_o, move_o} = 4'd0;
    reason_o = 7'bx;
    if (look_i) begin
      reason_o = code_i == `CODE_PULL ? `REASON_PULLED : `REASON_NONE;
      if (!handle_ok_i) begin
        reject_o = 1'b1;
        reason_o = `REASON_STALE_ORDER;
      end else if (is_replace && !gone_i && too_much_i) begin
        reject_o = 1'b1;
        reason_o = `REASON_INVALID_QUANTITY;
      end else if (closed_i && (is_reduce || (is_replace && in_place))) begin
        reject_o = 1'b1;
        reason_o = `REASON_MARKET_STATE;
      end else if (gone) take_out_o = 1'b1;
      else if (is_reduce || in_place) reduce_o = 1'b1;
      else move_o = 1'b1;
    end
  end
endmodule
