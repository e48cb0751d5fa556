// The receiving half of the link (docs/serial-link.md): takes messages in order, each once, and tells what is to be
// said about it: acknowledge, ask again, answer a hello.
//
// A message is written to the queue while it arrives and committed when its frame proved good and next in order.
// What is acknowledged is what the card has taken out of the queue: so the sender, who may be WINDOW messages ahead
// of the acknowledged one, can't overrun it.
// Latency: a message is in the queue a cycle behind its frame's end. Back-pressure: through the acknowledgements.
module link_receive (
    input        clk_i,
    input        rst_ni,
    // frame_rx
    input        byte_valid_i,
    input  [7:0] byte_i,
    input  [7:0] index_i,
    input        good_i,
    input        bad_i,
    // queue towards the card
    output       write_o,
    output [7:0] data_o,
    output       commit_o,
    output       rollback_o,
    input        full_i,
    input  [7:0] consumed_i,     // messages that the card has taken, ever, modulo 256
    // what the other side says about our messages
    output       peer_valid_o,   // pulse
    output [7:0] peer_ack_o,
    output       peer_nak_o,
    // to be sent
    output       hello_due_o,    // the link starts anew; everything received before has been consumed
    output [7:0] nonce_o,
    output       nak_due_o,
    output       ack_due_o,
    output [7:0] ack_o,
    input        hello_sent_i,   // pulses
    input        nak_sent_i,
    input        ack_sent_i,     // any frame with ack_o in it
    output       up_o            // a hello has been answered
);
    localparam [7:0] DATA = 8'd0, NAK = 8'd2, HELLO = 8'd3;
    localparam [7:0] KIND = 8'd0, SEQUENCE = 8'd1, ACK = 8'd2, TYPE = 8'd3;

    reg [7:0] kind_q, sequence_q, ack_q, type_q, end_q;   // of the frame that arrives; end: index of its last byte
    reg       overrun_q;
    reg [7:0] committed_q;    // messages, ever
    reg [7:0] origin_q;       // committed_q at the last hello
    reg [7:0] told_q;         // ack_o when last sent
    reg       hello_q, nak_q, asked_q, again_q, up_q;

    wire [7:0] expected = committed_q - origin_q;
    wire       data     = good_i && kind_q == DATA;
    // A message's length follows from its type: 5 bytes to read, 9 to write, 69 to store.
    wire       whole    = end_q == TYPE + (type_q == 8'd1 ? 8'd4 : type_q == 8'd2 ? 8'd8 : 8'd68) &&
                          type_q >= 8'd1 && type_q <= 8'd3;
    wire       in_order = sequence_q == expected;
    wire       take     = data && in_order && whole && !overrun_q && !hello_q && up_q;
    wire [7:0] behind   = expected - sequence_q;
    wire       old      = data && !in_order && !behind[7];   // had before: the acknowledgement was lost
    wire       lost     = bad_i || (data && !take && !old);
    wire       hello    = good_i && kind_q == HELLO;

    wire       unused   = &{1'b0, behind[6:0]};

    assign write_o      = byte_valid_i && index_i >= TYPE && kind_q == DATA && in_order && up_q;
    assign data_o       = byte_i;
    assign commit_o     = take;
    assign rollback_o   = bad_i || (good_i && !take);
    assign peer_valid_o = good_i && kind_q != HELLO && up_q && !hello_q;
    assign peer_ack_o   = ack_q;
    assign peer_nak_o   = kind_q == NAK;
    assign hello_due_o  = hello_q && consumed_i == committed_q;
    assign nonce_o      = sequence_q;
    assign nak_due_o    = nak_q;
    assign ack_o        = consumed_i - origin_q;
    assign ack_due_o    = up_q && !hello_q && (again_q || ack_o != told_q);
    assign up_o         = up_q;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            committed_q <= 8'd0;
            origin_q    <= 8'd0;
            told_q      <= 8'd0;
            hello_q     <= 1'b0;
            nak_q       <= 1'b0;
            asked_q     <= 1'b0;
            again_q     <= 1'b0;
            up_q        <= 1'b0;
            overrun_q   <= 1'b0;
        end else begin
            if (take) committed_q <= committed_q + 8'd1;
            if (hello) hello_q <= 1'b1;
            else if (hello_sent_i) hello_q <= 1'b0;
            if (hello_sent_i) begin
                origin_q <= committed_q;
                up_q     <= 1'b1;
            end
            // One request for each gap; if the answer is lost too, the sender's patience ends.
            if (lost && up_q && !asked_q) nak_q <= 1'b1;
            else if (nak_sent_i || hello_sent_i) nak_q <= 1'b0;
            if (take || hello_sent_i) asked_q <= 1'b0;
            else if (lost) asked_q <= 1'b1;
            if (old) again_q <= 1'b1;
            else if (ack_sent_i) again_q <= 1'b0;
            if (hello_sent_i) told_q <= 8'd0;
            else if (ack_sent_i) told_q <= ack_o;
            if (good_i || bad_i) overrun_q <= 1'b0;
            else if (write_o && full_i) overrun_q <= 1'b1;
        end
        if (byte_valid_i) begin
            end_q <= index_i;
            if (index_i == KIND) kind_q <= byte_i;
            if (index_i == SEQUENCE && !hello_q) sequence_q <= byte_i;
            if (index_i == ACK) ack_q <= byte_i;
            if (index_i == TYPE) type_q <= byte_i;
        end
    end
endmodule
