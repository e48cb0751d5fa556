// Puts the fields of an event into its 512 bits; combinational. Field groups that an event does not have are 0.
`include "contract.vh"
module event_pack (
    input  wire [4:0]  kind_i,
    input  wire [6:0]  reason_i,
    input  wire        last_i,
    input  wire        more_i,
    input  wire [31:0] tag_i,
    input  wire [7:0]  market_i,
    input  wire [15:0] session_i,
    input  wire [39:0] arrival_i,
    input  wire [39:0] cycle_i,
    input  wire        taker_i,             // slot and generation
    input  wire        taker_owner_valid_i,
    input  wire [19:0] taker_slot_i,
    input  wire [7:0]  taker_generation_i,
    input  wire [23:0] taker_owner_i,
    input  wire        maker_i,
    input  wire [19:0] maker_slot_i,
    input  wire [7:0]  maker_generation_i,
    input  wire [23:0] maker_owner_i,
    input  wire        level_i,
    input  wire [59:0] aggregate_i,
    input  wire        best_valid_i,
    input  wire [31:0] best_i,
    input  wire        side_i,
    input  wire [31:0] price_i,
    input  wire [39:0] quantity_i,
    input  wire [39:0] taker_remaining_i,
    input  wire [39:0] maker_remaining_i,
    input  wire        digest_i,
    input  wire [63:0] digest_value_i,
    output wire [511:0] event_o
);
  // emitted one cycle after the cycle in which it is packed
  wire [39:0] age = cycle_i - arrival_i + 40'd1;
  reg [511:0] e;
  always @* begin
    e = 512'd0;
    e[`EV_TAG] = tag_i;
    e[`EV_MARKET] = market_i;
    e[`EV_SESSION] = session_i;
    e[`EV_KIND] = kind_i;
    e[`EV_REASON] = reason_i;
    e[`EV_LAST] = last_i;
    e[`EV_MORE] = more_i;
    e[`EV_ARRIVAL] = arrival_i;
    e[`EV_DELAY] = |age[39:16] ? 16'hFFFF : age[15:0];
    e[`EV_PRICE] = price_i;
    e[`EV_SIDE] = side_i;
    e[`EV_QUANTITY] = quantity_i;
    e[`EV_TAKER_REMAINING] = taker_remaining_i;
    e[`EV_MAKER_REMAINING] = maker_remaining_i;
    if (taker_i) begin
      e[`EV_TAKER_SLOT] = taker_slot_i;
      e[`EV_TAKER_GENERATION] = taker_generation_i;
    end
    if (taker_owner_valid_i) e[`EV_TAKER_OWNER] = taker_owner_i;
    if (maker_i) begin
      e[`EV_MAKER_SLOT] = maker_slot_i;
      e[`EV_MAKER_GENERATION] = maker_generation_i;
      e[`EV_MAKER_OWNER] = maker_owner_i;
    end
    if (level_i) begin
      e[`EV_LEVEL_VALID] = 1'b1;
      e[`EV_AGGREGATE] = aggregate_i;
      e[`EV_BEST_VALID] = best_valid_i;
      e[`EV_BEST_PRICE] = best_valid_i ? best_i : 32'd0;
    end
    if (digest_i) {e[`EV_TAKER_REMAINING], e[`EV_MAKER_OWNER]} = digest_value_i;
  end
  assign event_o = e;
endmodule
