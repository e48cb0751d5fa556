// The cycle behind a decision: what was committed is held for the memories to be written, and aggregate and bitmap of
// the level are brought up to date (level_sum). All but aggregate_o and words_o are registers of the inputs beside
// them.
module settle #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   commit_i,
    input  wire [7:0]             change_i,   // add, remove, amend, write ident, next, prev; appears, vanishes
    output wire [7:0]             change_o,   // the same, where committed
    input  wire [MARKET_BITS+TICK_BITS-1:0] level_i,   // market, tick
    output wire [MARKET_BITS+TICK_BITS-1:0] level_o,
    input  wire [SLOT_BITS+40+IDENT_BITS-1:0] order_i,  // slot, open, ident
    output wire [SLOT_BITS+40+IDENT_BITS-1:0] order_o,
    input  wire [6*SLOT_BITS-1:0] links_i,    // slot and value of next and of prev, head, tail
    output wire [6*SLOT_BITS-1:0] links_o,
    input  wire [39:0]            amount_i,
    // of this cycle, for what was committed in the one before
    input  wire [59:0]            aggregate_i,
    input  wire [255:0]           words_i,    // of levels 3 to 0
    input  wire [3:0]             valid_i,
    output wire [59:0]            aggregate_o,
    output wire [255:0]           words_o
);
  reg [7:0]                         change_q;
  reg [MARKET_BITS+TICK_BITS-1:0]   level_q;
  reg [SLOT_BITS+40+IDENT_BITS-1:0] order_q;
  reg [6*SLOT_BITS-1:0]             links_q;
  reg [39:0]                        amount_q;
  always @(posedge clk_i) begin
    change_q <= {8{commit_i && rst_ni}} & change_i;
    level_q <= level_i;
    order_q <= order_i;
    links_q <= links_i;
    amount_q <= amount_i;
  end
  assign {change_o, level_o, order_o, links_o} = {change_q, level_q, order_q, links_q};

  level_sum #(.TICK_BITS(TICK_BITS)) u_sum (
      .add_i(change_q[7]), .appears_i(change_q[1]), .tick_i(level_q[TICK_BITS-1:0]), .amount_i(amount_q),
      .aggregate_i(aggregate_i), .word0_i(words_i[63:0]), .word1_i(words_i[127:64]), .word2_i(words_i[191:128]),
      .word3_i(words_i[255:192]), .valid_i(valid_i),
      .aggregate_o(aggregate_o), .word0_o(words_o[63:0]), .word1_o(words_o[127:64]),
      .word2_o(words_o[191:128]), .word3_o(words_o[255:192]));
endmodule
