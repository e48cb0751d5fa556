// Word index_i of COUNT words side by side; 0 where there is none.
module pick #(
    parameter COUNT = 4,
    parameter WIDTH = 2,
    parameter INDEX_BITS = 2
) (
    input  [COUNT*WIDTH-1:0] words_i,
    input  [INDEX_BITS-1:0]  index_i,
    output [WIDTH-1:0]       word_o
);
  wire [WIDTH*(COUNT+1)-1:0] sum;
  assign sum[WIDTH-1:0] = {WIDTH{1'b0}};
  genvar k;
  generate
    for (k = 0; k < COUNT; k = k + 1) begin : g_word
      assign sum[(k+1)*WIDTH+:WIDTH] = sum[k*WIDTH+:WIDTH] | (index_i == k ? words_i[k*WIDTH+:WIDTH] : {WIDTH{1'b0}});
    end
  endgenerate
  assign word_o = sum[COUNT*WIDTH+:WIDTH];
endmodule
