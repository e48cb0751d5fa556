// The search through a tree of two levels (128 ticks, every occupancy): the step beyond the tick, and where needed the
// step down, end at the nearest occupied tick of the ring, which is the next best level or lies behind the caller's
// back.
module check_bitmap_search #(
    parameter TICK_BITS = 7
) (
    input         up_i,
    input [6:0]   tick_i,
    input [127:0] occupied_i
);
  wire [63:0] upper = {62'd0, |occupied_i[127:64], |occupied_i[63:0]};
  wire [63:0] here = tick_i[6] ? occupied_i[127:64] : occupied_i[63:0];
  wire [6:0]  found, deeper, nearest_tick;
  wire [1:0]  level, deeper_level;
  wire        done, none, deeper_done, deeper_none, beyond;
  bitmap_step #(.TICK_BITS(TICK_BITS)) u_first (
      .first_i(1'b1), .up_i(up_i), .level_i(2'd0), .tick_i(tick_i), .valid_i(4'b1111), .word0_i(here),
      .word1_i(upper), .word2_i(64'd0), .word3_i(64'd0), .level_o(level), .found_tick_o(found), .done_o(done),
      .none_o(none));
  wire [63:0] there = found[6] ? occupied_i[127:64] : occupied_i[63:0];
  bitmap_step #(.TICK_BITS(TICK_BITS)) u_second (
      .first_i(1'b0), .up_i(up_i), .level_i(level - 2'd1), .tick_i(found), .valid_i(4'b1111), .word0_i(there),
      .word1_i(upper), .word2_i(64'd0), .word3_i(64'd0), .level_o(deeper_level), .found_tick_o(deeper),
      .done_o(deeper_done), .none_o(deeper_none));
  nearest #(.BITS(128), .INDEX_BITS(7)) u_nearest (
      .up_i(up_i), .from_end_i(1'b0), .at_i(tick_i), .word_i(occupied_i), .beyond_o(beyond), .index_o(nearest_tick));

  always @*
    if (occupied_i != 0) begin
      assert (done || (level == 2'd1 && deeper_done));
      assert ((done ? found : deeper) == nearest_tick);
    end

  reach #(.COUNT(2)) u_reach (.reached_i({!done && beyond && up_i, !done && !beyond && occupied_i != 0 && !up_i}));
endmodule
