// Which words of 64 ticks follow, in the order of prices, that of a level which a taker has emptied; combinational.
//
// Base and window are multiples of 64 ticks, so that a word lies in one turn of the ring. words_o are those of the same
// turn in the same word of level 1, in the order in which the taker meets them: bit n is word n, for bids 63 - n.
// end_o: behind them there is certainly none. Where words are occupied further away on either side of the ring's edge
// it is not asked which side's they are.
module words_behind #(
    parameter TICK_BITS = 17
) (
    input  wire        run_i,     // else nothing is worked out, at no cost to a simulation
    input  wire        up_i,      // it takes asks
    input  wire [31:0] price_i,   // of the level,
    input  wire [31:0] base_i,    // of its window
    input  wire [63:0] word1_i,   // and the words of the bitmap on the way to it
    input  wire [63:0] word2_i,
    input  wire [63:0] word3_i,
    output wire [63:0] words_o,
    output wire        end_o
);
  localparam [31:0] RING = (32'd1 << TICK_BITS) - 32'd1;
  localparam [63:0] ALL = 64'hFFFF_FFFF_FFFF_FFFF;
  // the bits strictly beyond position `at`
  function [63:0] beyond(input up, input [5:0] at);
    beyond = up ? (ALL << 1) << at : ~(ALL << at);
  endfunction

  reg  [31:0] tick, base;
  reg         turn, other_turn_follows;  // turn: the base's, or the one behind it
  reg  [63:0] before_base, same_turn, words, other_words, far2, far3;
  always @* begin
    {tick, base, turn, other_turn_follows} = 66'bx;
    {before_base, same_turn, words, other_words, far2, far3} = 384'bx;
    if (run_i) begin
      tick = price_i & RING;
      base = base_i & RING;
      turn = price_i[TICK_BITS] != base_i[TICK_BITS];
      other_turn_follows = up_i != turn;
      before_base = tick[31:12] == base[31:12] ? ~(ALL << base[11:6]) : turn ? ALL : 64'd0;
      same_turn = turn ? before_base : ~before_base;
      words = word1_i & same_turn & beyond(up_i, tick[11:6]);
      other_words = other_turn_follows ? word1_i & ~same_turn : 64'd0;
      far2 = word2_i & (other_turn_follows ? ~(64'd1 << tick[17:12]) : beyond(up_i, tick[17:12]));
      far3 = word3_i & (other_turn_follows ? ~(64'd1 << tick[23:18]) : beyond(up_i, tick[23:18]));
    end
  end
  mirror u_mirror (.run_i(run_i), .up_i(up_i), .word_i(words), .word_o(words_o));
  assign end_o = !(|other_words || |far2 || |far3);
  wire unused = &{1'b0, price_i, base_i, tick, base, 1'b0};
endmodule
