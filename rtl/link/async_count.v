// A counter that is seen in another clock domain: Gray-coded on the way, so that what is seen was once its value.
//
// Latency: a step of count_i shows 3 to 4 cycles of out_clk_i later at most, and never another value in between.
module async_count #(
    parameter WIDTH = 8
) (
    input              in_clk_i,
    input  [WIDTH-1:0] count_i,      // changes by at most 1 a cycle of in_clk_i
    input              out_clk_i,
    output [WIDTH-1:0] count_o
);
    reg  [WIDTH-1:0] gray_q;
    wire [WIDTH-1:0] seen;
    reg  [WIDTH-1:0] count;
    integer          n;
    initial gray_q = {WIDTH{1'b0}};
    always @(posedge in_clk_i) gray_q <= count_i ^ {1'b0, count_i[WIDTH-1:1]};

    sync_bits #(.WIDTH(WIDTH)) u_sync (.clk_i(out_clk_i), .data_i(gray_q), .data_o(seen));

    always @(*) begin
        count = seen;
        for (n = WIDTH - 2; n >= 0; n = n - 1) count[n] = seen[n] ^ count[n+1];
    end
    assign count_o = count;
endmodule
