// One step of the search for the next occupied tick in a market's occupancy bitmap: which word decides; combinational.
// bitmap_found goes on from there.
//
// The bitmap is a tree of 64-bit words: bit t of level 0 says that tick t is occupied, a bit of level k + 1 that a word
// of level k is not empty. The window is a ring, so the search is circular at the top. First step (first_i): the words
// on the way to tick_i, of which those count whose parent's bit is set (valid_i; the top word always is), are searched
// beyond tick_i, lowest level first. Further steps (first_i = 0) go down: the word of level level_i at tick_i's prefix
// is searched from its end.
module bitmap_seek #(
    parameter TICK_BITS = 17
) (
    input  wire                 look_i,        // else nothing is chosen, at no cost to a simulation
    input  wire                 first_i,
    input  wire                 up_i,
    input  wire [1:0]           level_i,
    input  wire [TICK_BITS-1:0] tick_i,
    input  wire [3:0]           valid_i,       // of the words
    input  wire [63:0]          word0_i,
    input  wire [63:0]          word1_i,
    input  wire [63:0]          word2_i,
    input  wire [63:0]          word3_i,
    output reg  [1:0]           level_o,
    output reg  [63:0]          word_o         // as far as it counts
);
  localparam TOP = (TICK_BITS + 5) / 6 - 1;

  wire [23:0] tick = {{(24 - TICK_BITS) {1'b0}}, tick_i};

  // the bits strictly beyond position `at`
  function [63:0] beyond(input up, input [5:0] at);
    beyond = up ? (64'hFFFF_FFFF_FFFF_FFFE << at) : ~(64'hFFFF_FFFF_FFFF_FFFF << at);
  endfunction

  wire [63:0] word_top = TOP == 0 ? word0_i : TOP == 1 ? word1_i : TOP == 2 ? word2_i : word3_i;
  reg [63:0] strict0, strict1, strict2, strict3;
  reg [3:0]  any;
  always @* begin
    {strict0, strict1, strict2, strict3, any} = 260'bx;
    level_o = level_i;
    word_o = 64'd0;
    if (look_i && first_i) begin
      strict0 = word0_i & beyond(up_i, tick[5:0]);
      strict1 = word1_i & beyond(up_i, tick[11:6]);
      strict2 = word2_i & beyond(up_i, tick[17:12]);
      strict3 = word3_i & beyond(up_i, tick[23:18]);
      any = {TOP > 2 && |strict3, TOP > 1 && |strict2, TOP > 0 && |strict1, |strict0} & valid_i;
      level_o = any[0] ? 2'd0 : any[1] ? 2'd1 : any[2] ? 2'd2 : any[3] ? 2'd3 : TOP[1:0];
      word_o = any[0] ? strict0 : any[1] ? strict1 : any[2] ? strict2 : any[3] ? strict3 : word_top;  // round the ring
    end else if (look_i) begin
      case (level_i)
        2'd0: word_o = word0_i;
        2'd1: word_o = word1_i;
        2'd2: word_o = word2_i;
        default: word_o = word3_i;
      endcase
    end
  end
endmodule
