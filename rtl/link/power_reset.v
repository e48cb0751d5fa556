// A reset for one clock domain: low while hold_i is up and 256 cycles longer.
//
// hold_i may come from anywhere and at any time (a button, a PLL that is not locked): it acts at once, and its end is
// taken over by the clock.
module power_reset (
    input  clk_i,
    input  hold_i,
    output rst_no
);
    reg [1:0] meta_q;
    reg [8:0] count_q;
    initial {meta_q, count_q} = 11'd0;

    always @(posedge clk_i or posedge hold_i)
        if (hold_i) meta_q <= 2'b00;
        else meta_q <= {meta_q[0], 1'b1};

    always @(posedge clk_i)
        if (!meta_q[1]) count_q <= 9'd0;
        else if (!count_q[8]) count_q <= count_q + 9'd1;

    assign rst_no = count_q[8];
endmodule
