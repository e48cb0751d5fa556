// A reliable link of messages over a serial line (docs/serial-link.md), with its own clock: line, frames and their
// repetition here, the card's messages there, and a queue of each direction between the clocks.
//
// Messages are bytes, their length follows from their type. Latency: that of the line. Back-pressure: ready both ways.
module link #(
    parameter CLOCKS_PER_BIT = 25,
    parameter TIMEOUT        = 1048576
) (
    input        clk_i,
    input        rst_ni,
    input        rx_i,
    output       tx_o,
    output       up_o,
    output       busy_o,
    // the card's side
    input        card_clk_i,
    input        card_rst_ni,
    output       to_card_valid_o,
    input        to_card_ready_i,
    output [7:0] to_card_byte_o,
    input        taken_i,            // pulse: the card has taken a message
    input        from_card_valid_i,
    output       from_card_ready_o,
    input  [7:0] from_card_byte_i
);
    wire       rx_valid, byte_valid, good, bad, write, commit, rollback, write_full;
    wire [7:0] rx_byte, byte_in, index, write_data, consumed;
    wire       peer_valid, peer_nak, hello_due, nak_due, ack_due, hello_sent, nak_sent, ack_sent;
    wire [7:0] peer_ack, nonce, ack;
    wire       out_valid, out_ready, frame_valid, frame_ready, frame_last, tx_valid, tx_ready, from_full;
    wire [7:0] out_byte, frame_byte, tx_byte;

    uart_rx #(.CLOCKS_PER_BIT(CLOCKS_PER_BIT)) u_rx (
        .clk_i(clk_i), .rst_ni(rst_ni), .rx_i(rx_i), .valid_o(rx_valid), .byte_o(rx_byte));
    frame_rx u_frame_rx (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(rx_valid), .byte_i(rx_byte),
        .byte_valid_o(byte_valid), .byte_o(byte_in), .index_o(index), .good_o(good), .bad_o(bad));
    link_receive u_receive (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .byte_valid_i(byte_valid), .byte_i(byte_in), .index_i(index), .good_i(good), .bad_i(bad),
        .write_o(write), .data_o(write_data), .commit_o(commit), .rollback_o(rollback), .full_i(write_full),
        .consumed_i(consumed), .peer_valid_o(peer_valid), .peer_ack_o(peer_ack), .peer_nak_o(peer_nak),
        .hello_due_o(hello_due), .nonce_o(nonce), .nak_due_o(nak_due), .ack_due_o(ack_due), .ack_o(ack),
        .hello_sent_i(hello_sent), .nak_sent_i(nak_sent), .ack_sent_i(ack_sent), .up_o(up_o));
    async_fifo #(.WIDTH(8), .DEPTH_LOG2(10)) u_to_card (
        .write_clk_i(clk_i), .write_rst_ni(rst_ni), .write_i(write), .data_i(write_data),
        .commit_i(commit), .rollback_i(rollback), .full_o(write_full),
        .read_clk_i(card_clk_i), .read_rst_ni(card_rst_ni),
        .valid_o(to_card_valid_o), .ready_i(to_card_ready_i), .data_o(to_card_byte_o));

    reg [7:0] taken_q;
    always @(posedge card_clk_i)
        if (!card_rst_ni) taken_q <= 8'd0;
        else taken_q <= taken_q + {7'd0, taken_i};
    async_count #(.WIDTH(8)) u_consumed (
        .in_clk_i(card_clk_i), .count_i(taken_q), .out_clk_i(clk_i), .count_o(consumed));

    async_fifo #(.WIDTH(8), .DEPTH_LOG2(9)) u_from_card (
        .write_clk_i(card_clk_i), .write_rst_ni(card_rst_ni),
        .write_i(from_card_valid_i && !from_full), .data_i(from_card_byte_i),
        .commit_i(1'b1), .rollback_i(1'b0), .full_o(from_full),
        .read_clk_i(clk_i), .read_rst_ni(rst_ni), .valid_o(out_valid), .ready_i(out_ready), .data_o(out_byte));
    assign from_card_ready_o = !from_full;

    link_send #(.TIMEOUT(TIMEOUT)) u_send (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .in_valid_i(out_valid), .in_ready_o(out_ready), .in_byte_i(out_byte),
        .peer_valid_i(peer_valid), .peer_ack_i(peer_ack), .peer_nak_i(peer_nak),
        .hello_due_i(hello_due), .nonce_i(nonce), .nak_due_i(nak_due), .ack_due_i(ack_due), .ack_i(ack),
        .hello_sent_o(hello_sent), .nak_sent_o(nak_sent), .ack_sent_o(ack_sent),
        .valid_o(frame_valid), .ready_i(frame_ready), .byte_o(frame_byte), .last_o(frame_last), .busy_o(busy_o));
    frame_tx u_frame_tx (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(frame_valid), .ready_o(frame_ready), .byte_i(frame_byte),
        .last_i(frame_last), .valid_o(tx_valid), .ready_i(tx_ready), .byte_o(tx_byte));
    uart_tx #(.CLOCKS_PER_BIT(CLOCKS_PER_BIT)) u_tx (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(tx_valid), .ready_o(tx_ready), .byte_i(tx_byte), .tx_o(tx_o));
endmodule
