// By definition: the nearest set bit of a word strictly beyond position at_i, upwards or downwards, and if there is
// none (or from_end_i), the first from the word's end in that direction.
module nearest #(
    parameter BITS = 64,
    parameter INDEX_BITS = 6
) (
    input                   up_i,
    input                   from_end_i,
    input  [INDEX_BITS-1:0] at_i,
    input  [BITS-1:0]       word_i,
    output                  beyond_o,   // one lies strictly beyond
    output [INDEX_BITS-1:0] index_o
);
  // before_up[k]: a wanted bit lies below k; before_down[k]: one lies at k or above
  wire [BITS-1:0] beyond, wanted, first;
  wire [BITS:0]   before_up, before_down;
  wire [INDEX_BITS*(BITS+1)-1:0] sum;
  assign sum[INDEX_BITS-1:0] = {INDEX_BITS{1'b0}};
  assign before_up[0] = 1'b0;
  assign before_down[BITS] = 1'b0;
  assign beyond_o = |beyond && !from_end_i;
  assign wanted = beyond_o ? beyond : word_i;
  genvar k;
  generate
    for (k = 0; k < BITS; k = k + 1) begin : g_bit
      localparam [INDEX_BITS-1:0] K = k;
      assign beyond[k] = word_i[k] && (up_i ? K > at_i : K < at_i);
      assign before_up[k+1] = before_up[k] || wanted[k];
      assign before_down[k] = before_down[k+1] || wanted[k];
      assign first[k] = wanted[k] && !(up_i ? before_up[k] : before_down[k+1]);
      assign sum[(k+1)*INDEX_BITS+:INDEX_BITS] = sum[k*INDEX_BITS+:INDEX_BITS] | (first[k] ? K : {INDEX_BITS{1'b0}});
    end
  endgenerate
  assign index_o = sum[BITS*INDEX_BITS+:INDEX_BITS];
endmodule
