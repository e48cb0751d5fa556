// bitmap_mask, bitmap_seek and bitmap_found, one step at full size against the definition: the lowest level of the tree
// with a bit strictly beyond the tick on its way decides, the nearest one there; if no level has one, the top word from
// its end; further steps take a word from its end. find_quarter and find_low are inside.
module check_bitmap_step #(
    parameter TICK_BITS = 20
) (
    input                 first_i,
    input                 up_i,
    input [1:0]           level_i,
    input [TICK_BITS-1:0] tick_i,
    input [3:0]           valid_i,
    input [63:0]          word0_i,
    input [63:0]          word1_i,
    input [63:0]          word2_i,
    input [63:0]          word3_i
);
  localparam TOP = (TICK_BITS + 5) / 6 - 1;
  wire [TICK_BITS-1:0] found;
  wire [1:0]           level;
  wire                 done, none;
  bitmap_step #(.TICK_BITS(TICK_BITS)) u_dut (
      .first_i(first_i), .up_i(up_i), .level_i(level_i), .tick_i(tick_i), .valid_i(valid_i), .word0_i(word0_i),
      .word1_i(word1_i), .word2_i(word2_i), .word3_i(word3_i), .level_o(level), .found_tick_o(found), .done_o(done),
      .none_o(none));

  wire [23:0]  tick = {{(24 - TICK_BITS) {1'b0}}, tick_i};
  // a word whose parent's bit is clear does not count; the top word always does
  wire [255:0] words = {word3_i, word2_i, word1_i, word0_i};
  wire [255:0] counted = {valid_i[3] ? word3_i : 64'd0, valid_i[2] ? word2_i : 64'd0, valid_i[1] ? word1_i : 64'd0,
                          valid_i[0] ? word0_i : 64'd0};
  always @* assume (valid_i[TOP]);
  wire [3:0]   beyond, upto;
  wire [23:0]  index;
  genvar k;
  generate
    for (k = 0; k < 4; k = k + 1) begin : g_level
      wire any_beyond;
      nearest u_nearest (.up_i(up_i), .from_end_i(!first_i), .at_i(tick[6*k+:6]),
                         .word_i(first_i ? counted[64*k+:64] : words[64*k+:64]),
                         .beyond_o(any_beyond), .index_o(index[6*k+:6]));
      assign beyond[k] = any_beyond && k <= TOP;
    end
  endgenerate
  wire [1:0] deciding = !first_i ? level_i : beyond[0] ? 2'd0 : beyond[1] ? 2'd1 : beyond[2] ? 2'd2 : beyond[3] ? 2'd3 :
                        TOP[1:0];
  wire [63:0] chosen = words[64*deciding+:64];
  wire [5:0]  digit = index[6*deciding+:6];
  wire [23:0] keep = 24'hFFFFC0 << (6 * deciding);
  wire [23:0] expected = (tick & keep) | ({18'd0, digit} << (6 * deciding));
  always @*
    if (first_i || level_i <= TOP) begin
      assert (level == deciding);
      assert (none == (chosen == 0));
      assert (done == (deciding == 0 && chosen != 0));
      if (!none) assert (found == expected[TICK_BITS-1:0]);
    end

  reach #(.COUNT(3)) u_reach (.reached_i({
      !first_i && done && !up_i, first_i && level == 2'd3 && beyond == 0 && !none && up_i,
      first_i && level == 2'd2 && found != tick_i && word0_i != 0}));
endmodule
