// Receiver of an asynchronous serial line: 8 data bits, no parity, one stop bit, least significant bit first.
//
// The line is sampled in the middle of each bit, behind two flip-flops. A byte whose stop bit is low (noise, a break, a
// wrong rate) is dropped; what it belonged to fails its checksum.
// Latency: byte_o comes with valid_o for one cycle in the middle of the stop bit. Back-pressure: none.
module uart_rx #(
    parameter CLOCKS_PER_BIT = 25    // 4 to 1,023
) (
    input        clk_i,
    input        rst_ni,
    input        rx_i,
    output       valid_o,
    output [7:0] byte_o
);
    localparam [9:0] WHOLE = CLOCKS_PER_BIT[9:0] - 10'd1;
    localparam [9:0] HALF  = {1'b0, CLOCKS_PER_BIT[9:1]} - 10'd1;

    reg [1:0] meta_q;
    reg       busy_q;
    reg       valid_q;
    reg [9:0] wait_q;      // cycles to the next sample
    reg [3:0] bit_q;       // 0: start bit, 1 to 8: data, 9: stop bit
    reg [7:0] shift_q;
    wire      line   = meta_q[1];
    wire      sample = busy_q && wait_q == 10'd0;

    always @(posedge clk_i) begin
        meta_q <= rst_ni ? {meta_q[0], rx_i} : 2'b11;
        if (!rst_ni) begin
            busy_q  <= 1'b0;
            valid_q <= 1'b0;
        end else begin
            valid_q <= sample && bit_q == 4'd9 && line;
            if (!busy_q) busy_q <= !line;
            else if (sample && (bit_q == 4'd9 || (bit_q == 4'd0 && line))) busy_q <= 1'b0;
        end
        if (!busy_q) begin
            wait_q <= HALF;
            bit_q  <= 4'd0;
        end else if (sample) begin
            wait_q <= WHOLE;
            bit_q  <= bit_q + 4'd1;
            if (bit_q != 4'd9) shift_q <= {line, shift_q[7:1]};
        end else wait_q <= wait_q - 10'd1;
    end

    assign valid_o = valid_q;
    assign byte_o  = shift_q;
endmodule
