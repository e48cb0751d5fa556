// Looks ahead: finds the level behind a side's best and the order at the best level's head, before somebody needs them.
//
// Works one open entry of the top table at a time. Its steps go through the pipeline like any other, are answered two
// cycles behind the one in which a command is decided, and so see every earlier write; the first reads the best level
// and the bitmap words on the way to it, further ones go down the bitmap where the next level is not in the same word
// of 64 ticks. If the side's occupancy changes in between, it starts again.
module seeker #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   flush_i,

    input  wire                   open_i,
    input  wire [MARKET_BITS-1:0] open_market_i,
    input  wire                   open_side_i,
    input  wire [31:0]            open_best_i,

    output wire                   seek_o,
    output wire                   seek_first_o,
    output wire [MARKET_BITS-1:0] seek_market_o,
    output wire                   seek_side_o,
    output wire [31:0]            seek_best_o,
    output wire [TICK_BITS-1:0]   seek_tick_o,
    output wire [1:0]             level_o,        // further steps: of the word that is searched
    input  wire                   taken_i,

    // the occupancy of a market changes in this cycle
    input  wire                   dirty_i,
    input  wire [MARKET_BITS-1:0] dirty_market_i,

    // the step that is answered
    input  wire                   x_seek_i,
    input  wire                   x_first_i,
    input  wire                   x_side_i,
    input  wire [31:0]            x_best_i,
    input  wire [31:0]            x_base_i,
    input  wire [TOP_BITS-1:0]    x_top_i,
    input  wire [SLOT_BITS-1:0]   x_head_i,       // of the level read
    input  wire [TICK_BITS-1:0]   found_tick_i,   // bitmap_seek
    input  wire [1:0]             found_level_i,
    input  wire                   found_done_i,
    output reg                    write_o,
    output reg  [TOP_BITS-1:0]    top_o
);
  localparam NEXT_UNKNOWN = 2'd0, NEXT_NONE = 2'd1, NEXT_KNOWN = 2'd2;
  reg                   busy_q, pending_q, void_q;
  reg [MARKET_BITS-1:0] market_q;
  reg                   side_q;
  reg [31:0]            best_q;
  reg [1:0]             level_q;
  reg [TICK_BITS-1:0]   tick_q;

  assign seek_o = !busy_q && (pending_q || open_i);
  assign seek_first_o = !pending_q;
  assign seek_market_o = pending_q ? market_q : open_market_i;
  assign seek_side_o = pending_q ? side_q : open_side_i;
  assign seek_best_o = pending_q ? best_q : open_best_i;
  assign seek_tick_o = pending_q ? tick_q : open_best_i[TICK_BITS-1:0];
  assign level_o = level_q;

  wire                 has, known;
  wire [31:0]          best, next;
  wire [SLOT_BITS-1:0] head;
  wire [1:0]           state;
  assign {has, best, known, head, state, next} = x_top_i;
  wire [TICK_BITS-1:0] offset = found_tick_i - x_base_i[TICK_BITS-1:0];
  wire [31:0] found_price = x_base_i + {{(32 - TICK_BITS) {1'b0}}, offset};
  wire beyond = x_side_i ? found_price > best : found_price < best;
  wire dirty = dirty_i && dirty_market_i == market_q;
  wire alive = x_first_i ? has && best == x_best_i : !void_q;
  wire searching = alive && state == NEXT_UNKNOWN;

  always @* begin
    write_o = x_seek_i && alive && (x_first_i || found_done_i);
    top_o = {has, best, known || x_first_i, x_first_i ? x_head_i : head, state, next};
    if (searching && found_done_i) top_o[33:0] = {beyond ? NEXT_KNOWN : NEXT_NONE, found_price};
  end

  always @(posedge clk_i) begin
    if (taken_i) begin
      busy_q <= 1'b1;
      market_q <= seek_market_o;
      side_q <= seek_side_o;
      best_q <= seek_best_o;
      if (!pending_q) void_q <= 1'b0;
    end
    if (dirty) begin
      void_q <= 1'b1;
      pending_q <= 1'b0;
    end
    if (x_seek_i) begin
      busy_q <= 1'b0;
      pending_q <= searching && !found_done_i;
      void_q <= 1'b0;
      level_q <= found_level_i - 2'd1;
      tick_q <= found_tick_i;
    end
    if (flush_i) busy_q <= 1'b0;
    if (!rst_ni) begin
      busy_q <= 1'b0;
      pending_q <= 1'b0;
      void_q <= 1'b0;
    end
  end
endmodule
