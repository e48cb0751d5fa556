// What a check must be able to reach, one bit a cover, in the order of `covers` in proofs.toml from bit 0 on.
//
// abc refutes asserts and knows no covers: the run makes an assert of each of these, and a cover is reached where its
// assert is refuted. Hence the negation.
module reach #(
    parameter COUNT = 1
) (
    input [COUNT-1:0] reached_i
);
  genvar k;
  generate
    for (k = 0; k < COUNT; k = k + 1) begin : g_reach
      always @* cover (!reached_i[k]);
    end
  endgenerate
endmodule
