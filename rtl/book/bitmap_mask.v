// One step of the search for the next occupied tick in a market's occupancy bitmap: what of the words counts;
// combinational. bitmap_seek chooses among them and bitmap_found goes on from there, a cycle each.
//
// The bitmap is a tree of 64-bit words: bit t of level 0 says that tick t is occupied, a bit of level k + 1 that a word
// of level k is not empty. The window is a ring, so the search is circular at the top. First step (first_i): the words
// on the way to tick_i, of which those count whose parent's bit is set (valid_i; the top word always is), are searched
// beyond tick_i, lowest level first. Further steps (first_i = 0) go down: the word of level level_i at tick_i's prefix
// is searched from its end.
module bitmap_mask #(
    parameter TICK_BITS = 17
) (
    input  wire                 look_i,        // else nothing is worked out, at no cost to a simulation
    input  wire                 first_i,
    input  wire                 up_i,
    input  wire [1:0]           level_i,
    input  wire [TICK_BITS-1:0] tick_i,
    input  wire [3:0]           valid_i,       // of the words
    input  wire [63:0]          word0_i,
    input  wire [63:0]          word1_i,
    input  wire [63:0]          word2_i,
    input  wire [63:0]          word3_i,
    output reg  [3:0]           any_o,         // the lowest of these decides; with none the whole top word
    output reg  [63:0]          word0_o,       // as far as they count
    output reg  [63:0]          word1_o,
    output reg  [63:0]          word2_o,
    output reg  [63:0]          word3_o,
    output wire [63:0]          top_o
);
  localparam TOP = (TICK_BITS + 5) / 6 - 1;

  wire [23:0] tick = {{(24 - TICK_BITS) {1'b0}}, tick_i};

  // the bits strictly beyond position `at`
  function [63:0] beyond(input up, input [5:0] at);
    beyond = up ? (64'hFFFF_FFFF_FFFF_FFFE << at) : ~(64'hFFFF_FFFF_FFFF_FFFF << at);
  endfunction

  assign top_o = TOP == 0 ? word0_i : TOP == 1 ? word1_i : TOP == 2 ? word2_i : word3_i;
  always @* begin
    {word0_o, word1_o, word2_o, word3_o, any_o} = 260'bx;
    if (look_i) begin
      word0_o = first_i ? word0_i & beyond(up_i, tick[5:0]) : word0_i;
      word1_o = first_i ? word1_i & beyond(up_i, tick[11:6]) : word1_i;
      word2_o = first_i ? word2_i & beyond(up_i, tick[17:12]) : word2_i;
      word3_o = first_i ? word3_i & beyond(up_i, tick[23:18]) : word3_i;
      any_o = first_i ? {TOP > 2 && |word3_o, TOP > 1 && |word2_o, TOP > 0 && |word1_o, |word0_o} & valid_i
                      : 4'd1 << level_i;
    end
  end
endmodule
