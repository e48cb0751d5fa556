// Prices against a market's window; combinational (docs/card.md, Terms and check 4).
//
// The window has 2^window_i ticks from base_i; 0 stands for all that the card has, 2^TICK_BITS. What is stored is
// addressed modulo 2^TICK_BITS whatever the window's size, so a smaller window only moves its upper edge, which
// market_table keeps.
module window_check #(
    parameter TICK_BITS = 17
) (
    input  wire [31:0] base_i,
    input  wire [32:0] upper_i,         // base_i + its ticks
    input  wire [4:0]  window_i,
    input  wire        sell_i,
    input  wire        limit_counts_i,  // else nobody asks about the limit, or the price
    input  wire        price_counts_i,
    input  wire        has_limit_i,
    input  wire [31:0] limit_i,
    output reg         beyond_passive_o,
    output reg         beyond_aggressive_o,
    input  wire [31:0] price_i,
    output reg         inside_o,

    // configure and shift
    input  wire [31:0] new_base_i,
    input  wire [4:0]  new_window_i,
    input  wire        set_i,           // it may be one of them, else the answers do not matter
    input  wire        resize_i,        // configure: new_window_i counts
    output reg         bad_o,           // misaligned or too high
    output reg         moves_o          // another base or size than the present one
);
  function [4:0] size_of(input [4:0] window);
    size_of = window == 5'd0 ? TICK_BITS[4:0] : window;
  endfunction
  reg  [4:0]  size, new_size;
  reg  [31:0] to_top;  // ticks from the new base to the highest price

  reg below, above;
  always @* begin
    {below, above, beyond_passive_o, beyond_aggressive_o, inside_o} = 5'bx;
    if (limit_counts_i) begin
      below = limit_i < base_i;
      above = !({1'b0, limit_i} < upper_i);
      beyond_passive_o = has_limit_i && (sell_i ? above : below);
      beyond_aggressive_o = has_limit_i && (sell_i ? below : above);
    end
    if (price_counts_i) inside_o = !(price_i < base_i) && {1'b0, price_i} < upper_i;
  end
  always @* begin
    {size, new_size, to_top, bad_o, moves_o} = 44'bx;
    if (set_i) begin
      size = size_of(window_i);
      new_size = resize_i ? size_of(new_window_i) : size;
      to_top = 32'd0 - new_base_i;
      bad_o = |new_base_i[5:0] || (new_base_i != 32'd0 && (to_top >> new_size) == 32'd0);
      moves_o = new_base_i != base_i || new_size != size;
    end
  end
endmodule
