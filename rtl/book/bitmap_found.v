// The end of a step of the search in the bitmap (bitmap_seek): where in the quarter that decides; combinational.
//
// found_tick_o has the bits below level_i cleared; done_o: level 0, found_tick_o is the answer; else the word of
// level_i - 1 at found_tick_o is to be searched next. none_o: the bitmap is empty. The answer may be tick_i itself or
// lie across the window's edge: the caller compares.
module bitmap_found #(
    parameter TICK_BITS = 17
) (
    input  wire                 look_i,        // else nothing is found, at no cost to a simulation
    input  wire                 up_i,
    input  wire [1:0]           level_i,
    input  wire [TICK_BITS-1:0] tick_i,
    input  wire                 some_i,
    input  wire [1:0]           high_i,
    input  wire [15:0]          part_i,
    output wire [TICK_BITS-1:0] found_tick_o,
    output wire                 done_o,
    output wire                 none_o
);
  wire [23:0] tick = {{(24 - TICK_BITS) {1'b0}}, tick_i};
  wire [3:0]  low;
  find_low u_find (.look_i(look_i), .up_i(up_i), .part_i(part_i), .index_o(low));

  reg [23:0] found;
  always @* begin
    found = 24'bx;
    if (look_i)
      case (level_i)
        2'd0: found = {tick[23:6], high_i, low};
        2'd1: found = {tick[23:12], high_i, low, 6'd0};
        2'd2: found = {tick[23:18], high_i, low, 12'd0};
        default: found = {high_i, low, 18'd0};
      endcase
  end
  assign found_tick_o = found[TICK_BITS-1:0];
  wire unused = &{1'b0, found, tick[5:0], 1'b0};

  assign done_o = level_i == 2'd0 && some_i;
  assign none_o = !some_i;
endmodule
