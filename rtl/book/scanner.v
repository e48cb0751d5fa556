// Walks a book without changing it: the fill-or-kill scan, the digest, and the two ends that a shift asks for.
//
// start_i with one of the three; done_o pulses with the result. While it works it owns the read ports: its addresses
// stand in scan_*_o and it waits for each answer (an order LATENCY + 3 cycles, with digest 16 more; a level
// LATENCY + 3, with fill or kill 4 more, and for the way to the next one LATENCY + 6 per level of the bitmap that has
// to be climbed).
`include "contract.vh"
module scanner #(
    parameter TICK_BITS = 17,
    parameter SLOT_BITS = 16,
    parameter MARKET_BITS = 5,
    parameter LATENCY = 2,
    parameter TOP_BITS = 1 + 32 + 1 + SLOT_BITS + 2 + 32,
    parameter IDENT_BITS = 8 + 24 + 1 + MARKET_BITS + TICK_BITS
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire                   start_i,
    input  wire                   digest_i,
    input  wire                   shift_i,         // neither: fill or kill
    input  wire [31:0]            new_base_i,      // shift
    input  wire [31:0]            base_i,
    input  wire [4:0]             window_i,        // log2 of its ticks, 0: the card's
    input  wire [TOP_BITS-1:0]    bid_i,
    input  wire [TOP_BITS-1:0]    ask_i,
    // fill or kill; stable while the scan runs
    input  wire                   side_i,
    input  wire [39:0]            quantity_i,
    input  wire [23:0]            owner_i,
    input  wire [1:0]             stp_i,
    input  wire                   impact_on_i,
    input  wire                   touch_reaches_i, // the impact band lets the touch itself through
    input  wire [31:0]            touch_i,
    input  wire [55:0]            impact_product_i,
    input  wire                   reaches_i,       // taker_bounds against level_price_o
    output wire [31:0]            level_price_o,

    output wire [TICK_BITS-1:0]   scan_tick_o,
    output wire [SLOT_BITS-1:0]   scan_slot_o,
    input  wire [IDENT_BITS-1:0]  ident_i,
    input  wire [39:0]            open_i,
    input  wire [SLOT_BITS-1:0]   next_i,
    input  wire [SLOT_BITS-1:0]   head_i,
    input  wire [SLOT_BITS-1:0]   tail_i,
    // bitmap_seek on what is read
    output wire                   seek_first_o,
    output wire                   seek_up_o,
    output wire [1:0]             seek_level_o,
    input  wire [TICK_BITS-1:0]   found_tick_i,
    input  wire [1:0]             found_level_i,
    input  wire                   found_done_i,

    output reg                    check_level_o,   // the level read now is used: its parity counts
    output reg                    check_order_o,
    output reg                    check_words_o,
    output wire                   done_o,
    output reg                    passed_o,        // fill or kill: it can be filled; shift: the window can move
    output wire [63:0]            digest_o,
    output wire [39:0]            orders_o
);
  localparam S_IDLE = 4'd0, S_BEGIN = 4'd1, S_BOUND = 4'd2, S_LEVEL = 4'd3, S_ORDER = 4'd4, S_CRC = 4'd5,
             S_BEYOND = 4'd6, S_WORD = 4'd7, S_START = 4'd8, S_SUM = 4'd9, S_FOUND = 4'd10;
  reg [3:0] state_q, wait_q;
  reg       is_digest_q, is_shift_q, up_q, first_q, done_q, filled_q, price_turn, found_beyond, own_q;
  reg [31:0] price_q, lowest_q, base_q;
  reg [TICK_BITS-1:0] tick_q;
  reg [SLOT_BITS-1:0] slot_q, tail_q, next_q;
  reg [1:0]  level_q;
  reg [39:0] left_q;         // lots still to be found
  reg [39:0] orders_q;
  reg [63:0] crc_q;
  reg [127:0] feed_q;
  reg [4:0]  feed_left_q;
  wire [51:0] product;

  assign {scan_tick_o, scan_slot_o, level_price_o} = {tick_q, slot_q, price_q};
  assign {seek_first_o, seek_up_o, seek_level_o} = {first_q, up_q, level_q};
  assign {digest_o, orders_o, done_o} = {crc_q, orders_q, done_q};

  // shift: the outermost occupied prices are lowest_q and price_q
  reg [4:0]  window_q;
  reg [32:0] upper_q;
  always @(posedge clk_i) begin
    if (state_q != S_IDLE) window_q <= window_i == 5'd0 ? TICK_BITS[4:0] : window_i;
    if (state_q == S_WORD || state_q == S_BEYOND) upper_q <= {1'b0, new_base_i} + (33'd1 << window_q);
  end
  wire shift_fits = !(lowest_q < new_base_i) && {1'b0, price_q} < upper_q;

  // ticks below the base's lie in the next turn of the ring: {turn, tick} is in the order of prices
  reg  [31-TICK_BITS:0] next_turn_q;
  reg                   turn_q;  // of tick_q
  always @(posedge clk_i)
    if (state_q != S_IDLE) {base_q, next_turn_q} <= {base_i, base_i[31:TICK_BITS] + 1'b1};
  wire [TICK_BITS-1:0]  price_tick = price_q[TICK_BITS-1:0];
  reg  [31:0]           found_price;
  always @* begin
    {found_price, price_turn, found_beyond} = 34'bx;
    if (state_q == S_FOUND) begin
      found_price = {turn_q ? next_turn_q : base_q[31:TICK_BITS], tick_q};
      price_turn = price_q[31:TICK_BITS] != base_q[31:TICK_BITS];
      if (turn_q != price_turn) found_beyond = turn_q == up_q;
      else found_beyond = up_q ? price_tick < tick_q : tick_q < price_tick;
    end
  end
  wire [7:0]  ident_generation;
  wire [23:0] ident_owner;
  wire        ident_side;
  wire [MARKET_BITS-1:0] ident_market;
  wire [TICK_BITS-1:0]   ident_tick;
  assign {ident_generation, ident_owner, ident_side, ident_market, ident_tick} = ident_i;
  wire unused = &{1'b0, ident_market, ident_tick, 1'b0};

  // the tops stay while it works
  wire bid_has = bid_i[TOP_BITS-1];
  wire ask_has = ask_i[TOP_BITS-1];
  wire [31:0] bid_best = bid_i[63:32];
  wire [31:0] ask_best = ask_i[63:32];
  reg  start_up;  // fill or kill: the side opposite the taker's
  // of the order, and of the level, that are looked at
  wire       own = ident_owner == owner_i;
  wire       bounded = state_q == S_BOUND;
  reg [39:0] counted_q;
  reg        enough, impact_reaches, bounds_reach_q, impact_reaches_q;
  always @* begin
    {enough, impact_reaches, start_up, passed_o} = 4'bx;
    if (done_q) passed_o = is_shift_q ? shift_fits : filled_q;
    if (state_q == S_START) start_up = digest_i ? !bid_has : !side_i;
    if (state_q == S_SUM) enough = !(counted_q < left_q);
    if (bounded)
      impact_reaches = !impact_on_i || (price_q == touch_i ? touch_reaches_i :
          side_i ? !({4'd0, product} < impact_product_i) : !(impact_product_i < {4'd0, product}));
  end
  always @(posedge clk_i) if (bounded) {bounds_reach_q, impact_reaches_q} <= {reaches_i, impact_reaches};
  times_million #(.CYCLES(2)) u_product (
      .clk_i(clk_i), .run_i(state_q != S_IDLE), .factor_i(price_q), .product_o(product));

  // one byte of the digest a cycle
  function [63:0] crc_byte(input [63:0] crc, input [7:0] data);
    reg [63:0] c;
    integer b;
    begin
      c = crc ^ {data, 56'd0};
      for (b = 0; b < 8; b = b + 1) c = {c[62:0], 1'b0} ^ (c[63] ? `CRC64_POLYNOMIAL : 64'd0);
      crc_byte = c;
    end
  endfunction

  wire arrived = wait_q == 4'd0;
  task fetch(input [3:0] state);
    begin
      state_q <= state;
      // what is found in words comes later
      wait_q <= LATENCY[3:0] + (state == S_BEYOND || state == S_WORD ? 4'd5 : 4'd1);
    end
  endtask

  task finish;
    {done_q, state_q} <= {1'b1, S_IDLE};
  endtask

  // the next level of this side is done with: the other side, or the end
  task side_done;
    begin
      if (is_digest_q && !up_q && ask_has) begin
        up_q <= 1'b1;
        price_q <= ask_best;
        tick_q <= ask_best[TICK_BITS-1:0];
        fetch(S_LEVEL);
      end else finish;
    end
  endtask

  always @* begin
    {check_level_o, check_order_o, check_words_o} = 3'd0;
    if (state_q != S_IDLE) begin
      check_level_o = state_q == S_LEVEL && arrived;
      check_order_o = state_q == S_ORDER && arrived;
      check_words_o = (state_q == S_BEYOND || state_q == S_WORD) && arrived;
    end
  end

  always @(posedge clk_i) begin
    done_q <= 1'b0;
    if (!arrived) wait_q <= wait_q - 4'd1;
    case (state_q)
      S_IDLE: ;
      S_START: if (arrived) begin
        is_digest_q <= digest_i;
        is_shift_q <= shift_i;
        filled_q <= 1'b0;
        left_q <= quantity_i;
        orders_q <= 40'd0;
        crc_q <= {64{1'b1}};
        first_q <= 1'b1;
        up_q <= shift_i || start_up;
        price_q <= start_up ? ask_best : bid_best;
        tick_q <= shift_i ? base_q[TICK_BITS-1:0] - 1'b1
                          : start_up ? ask_best[TICK_BITS-1:0] : bid_best[TICK_BITS-1:0];
        if (shift_i) fetch(S_BEYOND);
        else state_q <= S_BEGIN;
      end
      S_BEGIN: begin
        // (the bound of the impact band is there by now: the touch was taken seven cycles ago)
        if (is_digest_q) begin
          if (!bid_has && !ask_has) finish; else fetch(S_LEVEL);
        end else if (up_q ? !ask_has : !bid_has) finish; else begin
          state_q <= S_BOUND;
          wait_q <= 4'd3;
        end
      end
      S_BOUND: if (arrived) begin
        if (bounds_reach_q && impact_reaches_q) fetch(S_LEVEL);
        else finish;
      end
      S_LEVEL: if (arrived) begin
        slot_q <= head_i;
        tail_q <= tail_i;
        fetch(S_ORDER);
      end
      S_ORDER: if (arrived) begin
        own_q <= own;
        counted_q <= own ? 40'd0 : open_i;
        next_q <= next_i;
        orders_q <= orders_q + 40'd1;
        feed_q <= {3'd0, {(20 - SLOT_BITS) {1'b0}}, slot_q, ident_generation, ident_owner, ident_side, open_i[39:32],
                   open_i[31:0], price_q};
        feed_left_q <= 5'd16;
        state_q <= is_digest_q ? S_CRC : S_SUM;
      end
      S_SUM: begin
        left_q <= left_q - counted_q;
        if (own_q && stp_i != `STP_REJECT_MAKER) finish; else if (enough) begin
          filled_q <= 1'b1;
          finish;
        end else if (slot_q == tail_q) begin
          first_q <= 1'b1;
          fetch(S_BEYOND);
        end else begin
          slot_q <= next_q;
          fetch(S_ORDER);
        end
      end
      S_CRC: begin
        crc_q <= crc_byte(crc_q, feed_q[127:120]);
        feed_q <= {feed_q[119:0], 8'd0};
        feed_left_q <= feed_left_q - 5'd1;
        if (feed_left_q == 5'd1) begin
          if (slot_q == tail_q) begin
            first_q <= 1'b1;
            fetch(S_BEYOND);
          end else begin
            slot_q <= next_q;
            fetch(S_ORDER);
          end
        end
      end
      S_BEYOND, S_WORD: if (arrived) begin
        first_q <= 1'b0;
        level_q <= found_level_i - 2'd1;
        tick_q <= found_tick_i;
        turn_q <= found_tick_i < base_q[TICK_BITS-1:0];
        if (found_done_i) state_q <= S_FOUND;
        else fetch(S_WORD);
      end
      S_FOUND: begin
        if (is_shift_q) begin
          if (up_q) begin
            lowest_q <= found_price;
            up_q <= 1'b0;
            first_q <= 1'b1;
            tick_q <= base_q[TICK_BITS-1:0];
            fetch(S_BEYOND);
          end else begin
            price_q <= found_price;
            finish;
          end
        end else if (found_beyond) begin
          price_q <= found_price;
          if (is_digest_q) fetch(S_LEVEL);
          else begin
            state_q <= S_BOUND;
            wait_q <= 4'd3;
          end
        end else side_done;
      end
      default: state_q <= S_IDLE;
    endcase

    // the command is still on its way back to where it is read
    if (start_i) begin
      state_q <= S_START;
      wait_q <= 4'd2;
    end
    if (!rst_ni) begin
      state_q <= S_IDLE;
      done_q <= 1'b0;
    end
  end
endmodule
