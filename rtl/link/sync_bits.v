// Bits into another clock domain, through two flip-flops each.
//
// For single bits, or for words of which at most one bit changes at a time (Gray code). Latency: 2 to 3 cycles of
// clk_i.
module sync_bits #(
    parameter WIDTH = 1
) (
    input              clk_i,
    input  [WIDTH-1:0] data_i,
    output [WIDTH-1:0] data_o
);
    (* keep *) reg [WIDTH-1:0] meta_q, data_q;
    initial {meta_q, data_q} = {(2 * WIDTH) {1'b0}};
    always @(posedge clk_i) {data_q, meta_q} <= {meta_q, data_i};
    assign data_o = data_q;
endmodule
