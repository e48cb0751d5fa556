// Transmitter of an asynchronous serial line: 8 data bits, no parity, one stop bit, least significant bit first.
//
// Latency: the start bit begins a cycle after a byte is taken. Back-pressure: ready_o is high for a cycle in ten bits.
module uart_tx #(
    parameter CLOCKS_PER_BIT = 25    // 4 to 1,023
) (
    input        clk_i,
    input        rst_ni,
    input        valid_i,
    output       ready_o,
    input  [7:0] byte_i,
    output       tx_o
);
    localparam [9:0] WHOLE = CLOCKS_PER_BIT[9:0] - 10'd1;

    reg [9:0] shift_q;     // the line is bit 0
    reg [3:0] left_q;      // bits to go
    reg [9:0] wait_q;
    wire      done = left_q == 4'd0;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            shift_q <= {10{1'b1}};
            left_q  <= 4'd0;
            wait_q  <= WHOLE;
        end else if (done) begin
            wait_q <= WHOLE;
            if (valid_i) begin
                shift_q <= {1'b1, byte_i, 1'b0};
                left_q  <= 4'd10;
            end
        end else if (wait_q == 10'd0) begin
            wait_q  <= WHOLE;
            shift_q <= {1'b1, shift_q[9:1]};
            left_q  <= left_q - 4'd1;
        end else wait_q <= wait_q - 10'd1;
    end

    assign ready_o = done;
    assign tx_o    = shift_q[0];
endmodule
