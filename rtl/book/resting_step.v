// What cancel, pull, reduce and replace do to the resting order that they name; combinational.
//
// Exactly one of reject_o, take_out_o, reduce_o and move_o is up. move_o: a replace that gives up its place; the order
// is to pass the checks of a new one with sum_o open.
`include "contract.vh"
module resting_step (
    input  wire [7:0]             code_i,
    input  wire                   closed_i,        // the market's state
    input  wire                   handle_ok_i,
    input  wire [31:0]            price_i,
    input  wire [31:0]            new_price_i,
    input  wire [63:0]            quantity_i,      // replace: the change, signed
    input  wire [39:0]            open_i,          // of the order

    output reg                    reject_o,
    output reg                    take_out_o,
    output reg                    reduce_o,
    output reg                    move_o,
    output reg  [6:0]             reason_o,        // of reject_o and take_out_o
    output wire [39:0]            left_o,          // open after reduce_o
    output wire [39:0]            sum_o
);
  wire is_replace = code_i == `CODE_REPLACE;
  wire is_reduce = code_i == `CODE_REDUCE;
  wire signed [41:0] sum = $signed({2'b00, open_i}) + $signed(quantity_i[41:0]);
  wire sum_gone = sum <= 0;
  wire not_larger = quantity_i[63] || quantity_i == 64'd0;
  wire in_place = sum_gone || (new_price_i == price_i && not_larger);
  wire gone = is_replace ? sum_gone : !is_reduce || quantity_i[39:0] >= open_i;
  assign sum_o = sum[39:0];
  assign left_o = is_replace ? sum_o : open_i - quantity_i[39:0];

  always @* begin
    reject_o = 1'b0;
    take_out_o = 1'b0;
    reduce_o = 1'b0;
    move_o = 1'b0;
    reason_o = code_i == `CODE_PULL ? `REASON_PULLED : `REASON_NONE;
    if (!handle_ok_i) begin
      reject_o = 1'b1;
      reason_o = `REASON_STALE_ORDER;
    end else if (is_replace && !sum_gone && sum[40]) begin
      reject_o = 1'b1;
      reason_o = `REASON_INVALID_QUANTITY;
    end else if (closed_i && (is_reduce || (is_replace && in_place))) begin
      reject_o = 1'b1;
      reason_o = `REASON_MARKET_STATE;
    end else if (gone) take_out_o = 1'b1;
    else if (is_reduce || in_place) reduce_o = 1'b1;
    else move_o = 1'b1;
  end
endmodule
