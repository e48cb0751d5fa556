// The impact band against the price of a level beyond the touch, both as products with a million; combinational
// (docs/card.md, Bands).
module impact_check (
    input  wire        sell_i,            // the taker's side
    input  wire [51:0] product_i,         // price x 10^6
    input  wire [55:0] impact_product_i,  // touch x multiplier
    output wire        reaches_o          // the band lets the price through
);
  assign reaches_o = sell_i ? !({4'd0, product_i} < impact_product_i) : !(impact_product_i < {4'd0, product_i});
endmodule
