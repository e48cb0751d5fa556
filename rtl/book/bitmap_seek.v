// One step of the search for the next occupied tick in a market's occupancy bitmap; combinational.
//
// The bitmap is a tree of 64-bit words: bit t of level 0 says that tick t is occupied, a bit of level k + 1 that a word
// of level k is not empty. The window is a ring, so the search is circular at the top. First step (first_i): the words
// on the way to tick_i, each already masked by the levels above it (0 where the parent's bit is clear), are searched
// beyond tick_i, lowest level first. Further steps (first_i = 0) go down: the word of level level_i at tick_i's prefix
// is searched from its end. found_tick_o has the bits below level_o cleared; done_o: level 0, found_tick_o is the
// answer; else the word of level_o - 1 at found_tick_o is to be searched next. none_o: the bitmap is empty. The answer
// may be tick_i itself or lie across the window's edge: the caller compares.
module bitmap_seek #(
    parameter TICK_BITS = 17
) (
    input  wire                 look_i,        // else nothing is found, at no cost to a simulation
    input  wire                 first_i,
    input  wire                 up_i,
    input  wire [1:0]           level_i,
    input  wire [TICK_BITS-1:0] tick_i,
    input  wire [63:0]          word0_i,
    input  wire [63:0]          word1_i,
    input  wire [63:0]          word2_i,
    input  wire [63:0]          word3_i,
    output reg  [TICK_BITS-1:0] found_tick_o,
    output reg  [1:0]           level_o,
    output wire                 done_o,
    output wire                 none_o
);
  localparam TOP = (TICK_BITS + 5) / 6 - 1;

  wire [23:0] tick = {{(24 - TICK_BITS) {1'b0}}, tick_i};

  // the bits strictly beyond position `at`
  function [63:0] beyond(input up, input [5:0] at);
    beyond = up ? (64'hFFFF_FFFF_FFFF_FFFE << at) : ~(64'hFFFF_FFFF_FFFF_FFFF << at);
  endfunction

  wire [63:0] word_top = TOP == 0 ? word0_i : TOP == 1 ? word1_i : TOP == 2 ? word2_i : word3_i;
  reg [63:0] strict0, strict1, strict2, strict3, chosen;
  always @* begin
    {strict0, strict1, strict2, strict3} = 256'bx;
    level_o = level_i;
    chosen = 64'd0;
    if (look_i && first_i) begin
      strict0 = word0_i & beyond(up_i, tick[5:0]);
      strict1 = word1_i & beyond(up_i, tick[11:6]);
      strict2 = word2_i & beyond(up_i, tick[17:12]);
      strict3 = word3_i & beyond(up_i, tick[23:18]);
      if (|strict0) level_o = 2'd0;
      else if (TOP > 0 && |strict1) level_o = 2'd1;
      else if (TOP > 1 && |strict2) level_o = 2'd2;
      else if (TOP > 2 && |strict3) level_o = 2'd3;
      else level_o = TOP[1:0];
      if (|strict0) chosen = strict0;
      else if (TOP > 0 && |strict1) chosen = strict1;
      else if (TOP > 1 && |strict2) chosen = strict2;
      else if (TOP > 2 && |strict3) chosen = strict3;
      else chosen = word_top;  // round the ring
    end else if (look_i) begin
      case (level_i)
        2'd0: chosen = word0_i;
        2'd1: chosen = word1_i;
        2'd2: chosen = word2_i;
        default: chosen = word3_i;
      endcase
    end
  end

  wire [5:0] index;
  wire       any;
  find_bit u_find (.up_i(up_i), .word_i(chosen), .index_o(index), .any_o(any));

  reg [23:0] found;
  always @* begin
    found = 24'bx;
    if (look_i)
      case (level_o)
        2'd0: found = {tick[23:6], index};
        2'd1: found = {tick[23:12], index, 6'd0};
        2'd2: found = {tick[23:18], index, 12'd0};
        default: found = {index, 18'd0};
      endcase
    found_tick_o = found[TICK_BITS-1:0];
  end
  wire unused = &{1'b0, found, 1'b0};

  assign done_o = level_o == 2'd0 && any;
  assign none_o = !any;
endmodule
