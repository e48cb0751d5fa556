// What a committed change of one order does to its level's aggregate and to the bitmap; combinational, a cycle after
// level_update.
//
// amount_i is what the level gains (add) or loses. appears_i, vanishes_i: its first order comes, its last one goes.
// Inputs are the aggregate and the bitmap words at the tick before the change, and which of these count (look_ahead):
// all do on the way to a level that goes.
module level_sum #(
    parameter TICK_BITS = 17
) (
    input  wire                 add_i,
    input  wire                 appears_i,
    input  wire [TICK_BITS-1:0] tick_i,
    input  wire [39:0]          amount_i,
    input  wire [59:0]          aggregate_i,
    input  wire [63:0]          word0_i,
    input  wire [63:0]          word1_i,
    input  wire [63:0]          word2_i,
    input  wire [63:0]          word3_i,
    input  wire [3:0]           valid_i,
    output wire [59:0]          aggregate_o,
    output reg  [63:0]          word0_o,      // of a level that appears or vanishes
    output reg  [63:0]          word1_o,
    output reg  [63:0]          word2_o,
    output reg  [63:0]          word3_o
);
  wire [59:0] sum = appears_i ? 60'd0 : aggregate_i;
  assign aggregate_o = add_i ? sum + {20'd0, amount_i} : sum - {20'd0, amount_i};

  wire [23:0] padded = {{(24 - TICK_BITS) {1'b0}}, tick_i};
  wire [63:0] bit0 = 64'd1 << padded[5:0];
  wire [63:0] bit1 = 64'd1 << padded[11:6];
  wire [63:0] bit2 = 64'd1 << padded[17:12];
  wire [63:0] bit3 = 64'd1 << padded[23:18];
  // of a level that goes: what is left of the words
  wire [63:0] left0 = word0_i & ~bit0;
  wire [63:0] left1 = word1_i & ~bit1;
  wire [63:0] left2 = word2_i & ~bit2;
  wire empty0 = left0 == 64'd0;
  wire empty1 = empty0 && left1 == 64'd0;
  wire empty2 = empty1 && left2 == 64'd0;
  always @* begin
    if (appears_i) begin
      word0_o = (valid_i[0] ? word0_i : 64'd0) | bit0;
      word1_o = (valid_i[1] ? word1_i : 64'd0) | bit1;
      word2_o = (valid_i[2] ? word2_i : 64'd0) | bit2;
      word3_o = (valid_i[3] ? word3_i : 64'd0) | bit3;
    end else begin
      word0_o = left0;
      word1_o = empty0 ? left1 : word1_i;
      word2_o = empty1 ? left2 : word2_i;
      word3_o = empty2 ? word3_i & ~bit3 : word3_i;
    end
  end
endmodule
