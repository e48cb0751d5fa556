// May an order enter the book: market state and window, in the order of docs/card.md, and then the limit band;
// combinational. What is missing is the post-only check, which comes last. Only a market that takes no orders is told
// so before the bounds of the limit band are ready.
`include "contract.vh"
module entry_check (
    input  wire        look_i,               // else the answers do not matter
    input  wire [2:0]  state_i,
    input  wire        post_only_i,
    input  wire        market_order_i,
    input  wire        beyond_aggressive_i,  // the limit lies past the window's aggressive edge
    input  wire        band_on_i,
    input  wire [51:0] product_i,            // limit x 10^6
    input  wire [63:0] limit_lowest_i,
    input  wire [63:0] limit_highest_i,
    output reg  [6:0]  reason_o,
    output reg         outside_o             // of the limit band
);
  always @* begin
    {outside_o, reason_o} = 8'bx;
    if (look_i) begin
      outside_o = band_on_i && (
          limit_highest_i < {4'd0, product_i, 8'd0} || {4'd0, product_i, 8'd0} < limit_lowest_i);
      reason_o = post_only_i && beyond_aggressive_i ? `REASON_PRICE_OUT_OF_BOUNDS : `REASON_NONE;
      case (state_i)
        `STATE_CLOSED, `STATE_CANCEL_ONLY: reason_o = `REASON_MARKET_STATE;
        `STATE_POST_ONLY: if (!post_only_i) reason_o = `REASON_POST_ONLY_MODE;
        `STATE_LIMIT_ONLY: if (market_order_i) reason_o = `REASON_MARKET_STATE;
        default: ;
      endcase
    end
  end
endmodule
