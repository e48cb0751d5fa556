// The limit band's reference: active price x multipliers, kept ready per market (docs/card.md, Bands).
//
// touched_i says that best prices, last trade, mark or configuration of a market change at the end of this cycle; its
// bounds are void from this cycle on and back five cycles later, six with a LATENCY above 2: a step that is sent back
// because of that comes again 4 + LATENCY cycles later, not before that but with 1. The inputs of look_market_o are
// read in the cycle after. ready_o, read_ready_o: they are there for the step that is decided, for the one prepared.
// Bounds are products in ticks x 256 x millionths: an order's price x 256 x 10^6 is compared with them, nothing is
// divided or rounded.
module limit_band #(
    parameter MARKETS = 32,
    parameter MARKET_BITS = 5,
    parameter LATENCY = 2     // of the book's memories
) (
    input  wire                   clk_i,
    input  wire                   touched_i,
    input  wire [MARKET_BITS-1:0] touched_market_i,
    input  wire                   moves_i,         // they are or would be, if the step before was committed
    input  wire                   same_market_i,   // read_market_i is the market of the step that is decided

    output wire [MARKET_BITS-1:0] look_market_o,
    input  wire                   bid_valid_i,
    input  wire [31:0]            bid_i,
    input  wire                   ask_valid_i,
    input  wire [31:0]            ask_i,
    input  wire [31:0]            last_i,          // 0: none
    input  wire [39:0]            mark_i,
    input  wire [23:0]            limit_min_i,
    input  wire [23:0]            limit_max_i,

    input  wire [MARKET_BITS-1:0] ready_market_i,
    output wire                   ready_o,
    input  wire [MARKET_BITS-1:0] read_market_i,
    output wire                   read_ready_o,
    output wire [63:0]            lowest_o,
    output wire [63:0]            highest_o
);
  // look, choose (in the same cycle where there is none to spare), then three of multiplying, the last of which stores
  reg                   look_q, active_q, first_q, store_q;
  reg [MARKET_BITS-1:0] look_market_q, active_market_q, first_market_q, store_market_q;
  reg [39:0]            active_price_q;
  reg [23:0]            limit_min_q, limit_max_q;
  assign look_market_o = look_market_q;

  // what was looked at: of the cycle before where there is one to spare, else these registers are passed by
  localparam SEEN = LATENCY > 2;
  reg                   choose_q, bid_valid_q, ask_valid_q, last_valid_q, below_bid_q, above_ask_q;
  reg [MARKET_BITS-1:0] choose_market_q;
  reg [31:0]            bid_q, ask_q, last_q;
  reg [39:0]            mark_q;
  reg [23:0]            seen_min_q, seen_max_q;
  wire last_there = last_i != 32'd0, last_below = last_i < bid_i, last_above = ask_i < last_i;
  always @(posedge clk_i) begin
    {choose_q, choose_market_q} <= {look_q, look_market_q};
    {bid_valid_q, ask_valid_q, last_valid_q} <= {bid_valid_i, ask_valid_i, last_there};
    {below_bid_q, above_ask_q} <= {last_below, last_above};
    {bid_q, ask_q, last_q, mark_q} <= {bid_i, ask_i, last_i, mark_i};
    {seen_min_q, seen_max_q} <= {limit_min_i, limit_max_i};
  end
  wire                   choose = SEEN ? choose_q : look_q;
  wire [MARKET_BITS-1:0] choose_market = SEEN ? choose_market_q : look_market_q;
  wire                   bid_valid = SEEN ? bid_valid_q : bid_valid_i, ask_valid = SEEN ? ask_valid_q : ask_valid_i;
  wire                   last_valid = SEEN ? last_valid_q : last_there;
  wire                   below_bid = SEEN ? below_bid_q : last_below, above_ask = SEEN ? above_ask_q : last_above;
  wire [31:0]            bid = SEEN ? bid_q : bid_i, ask = SEEN ? ask_q : ask_i, last = SEEN ? last_q : last_i;
  wire [39:0]            mark = SEEN ? mark_q : mark_i;
  wire [23:0]            limit_min = SEEN ? seen_min_q : limit_min_i, limit_max = SEEN ? seen_max_q : limit_max_i;

  // median of the two or three that exist, x 256
  reg  [39:0] active;
  reg  [32:0] of_two;
  reg  [31:0] median;
  always @* begin
    {active, of_two, median} = 105'bx;
    if (choose) begin
      of_two = {1'b0, bid_valid ? bid : ask} + {1'b0, bid_valid && ask_valid ? ask : last};
      median = below_bid ? bid : above_ask ? ask : last;
      case ({bid_valid, ask_valid, last_valid})
        3'b000: active = mark;
        3'b001: active = {last, 8'd0};
        3'b010: active = {ask, 8'd0};
        3'b100: active = {bid, 8'd0};
        3'b111: active = {median, 8'd0};
        default: active = {of_two, 7'd0};
      endcase
    end
  end

  wire [63:0] lowest, highest;
  wire run = active_q || first_q;
  multiply #(.CYCLES(2)) u_lowest (
      .clk_i(clk_i), .run_i(run), .a_i(active_price_q), .b_i(limit_min_q), .product_o(lowest));
  multiply #(.CYCLES(2)) u_highest (
      .clk_i(clk_i), .run_i(run), .a_i(active_price_q), .b_i(limit_max_q), .product_o(highest));
  reg [63:0] lowest_q  [0:MARKETS-1];
  reg [63:0] highest_q [0:MARKETS-1];
  reg [MARKETS-1:0] ready_q;
  localparam [MARKETS-1:0] PLACE = 1;
  reg  store;  // not what is void again
  always @* begin
    store = 1'b0;
    if (store_q)
      store = !(look_q && look_market_q == store_market_q) && !(choose && choose_market == store_market_q) &&
              !(active_q && active_market_q == store_market_q) && !(first_q && first_market_q == store_market_q);
  end
  always @(posedge clk_i) begin
    look_q <= touched_i;
    look_market_q <= touched_market_i;
    if (choose) {active_price_q, limit_min_q, limit_max_q} <= {active, limit_min, limit_max};
    {active_q, first_q, store_q} <= {choose, active_q, first_q};
    {active_market_q, first_market_q, store_market_q} <= {choose_market, active_market_q, first_market_q};
    if (store) begin
      lowest_q[store_market_q] <= lowest;
      highest_q[store_market_q] <= highest;
    end
    // (masks, not single bits: for those Yosys makes subtractions of 32 bits)
    if (touched_i || store)
      ready_q <= (store ? ready_q | PLACE << store_market_q : ready_q) &
                 ~(touched_i ? PLACE << touched_market_i : {MARKETS{1'b0}});
  end

  // (where that step is sent back nobody looks at these; while the pipeline does not run neither)
  reg same_market_q;
  always @(posedge clk_i) same_market_q <= same_market_i;
  assign ready_o = ready_q[ready_market_i] && !(moves_i && same_market_q);
  assign read_ready_o = ready_q[read_market_i] && !(moves_i && touched_market_i == read_market_i);
  assign lowest_o = lowest_q[read_market_i];
  assign highest_o = highest_q[read_market_i];
endmodule
