// The limit band's reference: active price x multipliers, kept ready per market (docs/card.md, Bands).
//
// touched_i says that best prices, last trade, mark or configuration of a market change at the end of this cycle; its
// bounds are void from this cycle on and back five cycles later. The inputs of look_market_o are read in the cycle
// after. ready_o, read_ready_o: they are there for the step that is decided, for the one prepared. Bounds are products
// in ticks x 256 x millionths: an order's price x 256 x 10^6 is compared with them, nothing
// is divided or rounded.
module limit_band #(
    parameter MARKETS = 32,
    parameter MARKET_BITS = 5
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
  // look, then three cycles of multiplying, the last of which stores
  reg                   look_q, active_q, first_q, store_q;
  reg [MARKET_BITS-1:0] look_market_q, active_market_q, first_market_q, store_market_q;
  reg [39:0]            active_price_q;
  reg [23:0]            limit_min_q, limit_max_q;
  assign look_market_o = look_market_q;

  // median of the two or three that exist, x 256
  reg  [39:0] active;
  wire        last_valid = last_i != 32'd0;
  wire [32:0] of_two = {1'b0, bid_valid_i ? bid_i : ask_i} + {1'b0, bid_valid_i && ask_valid_i ? ask_i : last_i};
  wire [31:0] median = last_i < bid_i ? bid_i : ask_i < last_i ? ask_i : last_i;
  always @* begin
    case ({bid_valid_i, ask_valid_i, last_valid})
      3'b000: active = mark_i;
      3'b001: active = {last_i, 8'd0};
      3'b010: active = {ask_i, 8'd0};
      3'b100: active = {bid_i, 8'd0};
      3'b111: active = {median, 8'd0};
      default: active = {of_two, 7'd0};
    endcase
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
  wire again = (look_q && look_market_q == store_market_q) || (active_q && active_market_q == store_market_q) ||
               (first_q && first_market_q == store_market_q);
  always @(posedge clk_i) begin
    look_q <= touched_i;
    look_market_q <= touched_market_i;
    if (look_q) {active_price_q, limit_min_q, limit_max_q} <= {active, limit_min_i, limit_max_i};
    {active_q, first_q, store_q} <= {look_q, active_q, first_q};
    {active_market_q, first_market_q, store_market_q} <= {look_market_q, active_market_q, first_market_q};
    if (store_q && !again) begin
      lowest_q[store_market_q] <= lowest;
      highest_q[store_market_q] <= highest;
    end
    // (masks, not single bits: for those Yosys makes subtractions of 32 bits)
    if (touched_i || (store_q && !again))
      ready_q <= (store_q && !again ? ready_q | PLACE << store_market_q : ready_q) &
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
