// words_behind: words_o are the words of the level's 64 that lie behind it in the order of prices and in the same turn
// of the ring; where end_o is up no other word behind it is occupied. Followed is any one word of the window. An
// occupied word shows in the words of the bitmap on the way to the level where their ways part (its parent's bit).
module check_words_behind #(
    parameter TICK_BITS = 20
) (
    input                 up_i,
    input [31:0]          price_i,
    input [25:0]          base_i,       // in words
    input [63:0]          word1_i,
    input [63:0]          word2_i,
    input [63:0]          word3_i,
    input [31:0]          other_i,      // the first price of the word followed
    input                 occupied_i
);
  localparam [32:0] WINDOW = 33'd1 << TICK_BITS;
  wire [31:0] base = {base_i, 6'd0};
  function inside(input [31:0] lowest, input [31:0] price);
    inside = !(price < lowest) && price - lowest < WINDOW;
  endfunction
  always @* assume ({1'b0, base} + WINDOW <= 33'h1_0000_0000);
  always @* assume (inside(base, price_i) && inside(base, other_i) && other_i[5:0] == 6'd0);

  wire [63:0] words;
  wire        ends;
  words_behind #(.TICK_BITS(TICK_BITS)) u_dut (
      .run_i(1'b1), .up_i(up_i), .price_i(price_i), .base_i(base), .word1_i(word1_i), .word2_i(word2_i),
      .word3_i(word3_i), .words_o(words), .end_o(ends));

  localparam [31:0] RING = (32'd1 << TICK_BITS) - 32'd1;
  wire [23:0] tick = price_i & RING;
  wire [23:0] other = other_i & RING;
  wire same3 = tick[23:18] == other[23:18];
  wire same2 = same3 && tick[17:12] == other[17:12];
  always @*
    if (occupied_i)
      assume (same2 ? word1_i[other[11:6]] : same3 ? word2_i[other[17:12]] : word3_i[other[23:18]]);

  wire follows = up_i ? other_i > price_i : other_i + 32'd63 < price_i;
  wire same_turn = ((other_i ^ price_i) & ~RING) == 32'd0;
  wire listed = words[other[11:6] ^ {6{!up_i}}];
  always @* begin
    if (same2) assert (listed == (word1_i[other[11:6]] && follows && same_turn));
    if (occupied_i && follows && ends) assert (same2 && listed);
  end

  reach #(.COUNT(3)) u_reach (.reached_i({
      occupied_i && follows && same2 && !same_turn, !same2 && ends && !up_i, occupied_i && listed && ends && up_i}));
endmodule
