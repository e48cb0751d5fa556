// COUNT words side by side, of which word index_i becomes word_i where write_i is up.
module put #(
    parameter COUNT = 4,
    parameter WIDTH = 2,
    parameter INDEX_BITS = 2
) (
    input  [COUNT*WIDTH-1:0] words_i,
    input                    write_i,
    input  [INDEX_BITS-1:0]  index_i,
    input  [WIDTH-1:0]       word_i,
    output [COUNT*WIDTH-1:0] words_o
);
  genvar k;
  generate
    for (k = 0; k < COUNT; k = k + 1) begin : g_word
      assign words_o[k*WIDTH+:WIDTH] = write_i && index_i == k ? word_i : words_i[k*WIDTH+:WIDTH];
    end
  endgenerate
endmodule
