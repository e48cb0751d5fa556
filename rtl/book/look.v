// What a command at the port comes to, with the tops of its market as they are in this cycle; combinational. The last
// thing that is known is how its prices stand to the best ones (below_i), so what hangs on that is put together behind
// the registers (issue).
`include "contract.vh"
module look #(
    parameter SLOT_BITS = 16,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire [447:0]        command_i,
    input  wire                under_way_i,   // it is a taker that goes on, of this side
    input  wire                carry_side_i,
    input  wire [TOP_BITS-1:0] bid_i,
    input  wire [TOP_BITS-1:0] ask_i,
    output wire [31:0]         limit_o,       // compared with their best prices, and its price:
    output wire [31:0]         price_o,
    input  wire [2:0]          below_i,       // bid below limit, below price; limit below ask

    output wire                many_o,        // it is a cancel_many
    output wire                two_o,         // it takes two steps: a replace that moves
    output wire                sell_o,        // its side
    output wire                bid_has_o,     // there are bids, orders at all
    output wire                any_o,
    output wire [1:0]          takes_o,       // if it buys or sells (ask, bid): it takes the opposite best
    output wire [1:0]          holds_o,       // ... and something of that is not known yet
    output reg                 many_holds_o   // as a cancel_many: head or next best of its side is not known yet
);
  localparam NEXT_UNKNOWN = 2'd0;
  wire [7:0]  code = {4'd0, command_i[3:0]};  // of what is a command at all
  wire [15:0] flags = command_i[`CMD_FLAGS];
  wire [31:0] price = command_i[`CMD_PRICE];
  wire [63:0] quantity = command_i[`CMD_QUANTITY];
  wire        is_replace = code == `CODE_REPLACE;
  wire        is_many = code == `CODE_CANCEL_MANY;
  wire [31:0] limit = is_replace ? command_i[`CMD_NEW_PRICE] : price;
  assign {limit_o, price_o} = {limit, price};

  wire       bid_has = bid_i[TOP_BITS-1], ask_has = ask_i[TOP_BITS-1];
  wire [1:0] bid_state = bid_i[65:64], ask_state = ask_i[65:64];
  wire       bid_known = bid_i[SLOT_BITS+66], ask_known = ask_i[SLOT_BITS+66];
  wire       bid_below_limit, bid_below_price, limit_below_ask;
  assign {bid_below_limit, bid_below_price, limit_below_ask} = below_i;

  reg  moves, replace_side;
  always @* begin
    {moves, replace_side} = 2'b0x;
    if (is_replace) begin
      moves = limit != price || (!quantity[63] && quantity != 64'd0);
      // The replaced order's side is read with it; until then its price tells.
      replace_side = !(bid_has && !bid_below_price);
    end
  end
  wire takes = (code == `CODE_NEW || moves || under_way_i) && !flags[`ORDER_BIT_POST_ONLY];
  reg takes_bid, takes_ask, bid_holds, ask_holds;
  always @* begin
    {takes_bid, takes_ask, bid_holds, ask_holds} = 4'd0;
    many_holds_o = 1'bx;
    if (takes) begin
      takes_bid = bid_has && (flags[`ORDER_BIT_MARKET_ORDER] || !bid_below_limit);
      takes_ask = ask_has && (flags[`ORDER_BIT_MARKET_ORDER] || !limit_below_ask);
      bid_holds = takes_bid && !(bid_known && bid_state != NEXT_UNKNOWN);
      ask_holds = takes_ask && !(ask_known && ask_state != NEXT_UNKNOWN);
    end
    if (is_many) many_holds_o = bid_has ? !bid_known : ask_has && !ask_known;
  end

  assign {many_o, two_o, bid_has_o, any_o} = {is_many, moves && !under_way_i, bid_has, bid_has || ask_has};
  assign sell_o = under_way_i ? carry_side_i : is_replace ? replace_side : flags[`ORDER_BIT_SIDE];
  assign takes_o = {takes_ask, takes_bid};
  assign holds_o = {ask_holds, bid_holds};
  wire unused = &{1'b0, command_i, flags, bid_i, ask_i, 1'b0};
endmodule
