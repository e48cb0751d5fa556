// The sending half of the link (docs/serial-link.md): keeps the last WINDOW messages until they are acknowledged, and
// sends again from the oldest when asked to or when nothing was heard for TIMEOUT cycles (go-back-N).
//
// Latency: a message's frame starts when its last byte is here and the line is free. Back-pressure: in_ready_o falls
// while WINDOW messages are unacknowledged.
module link_send #(
    parameter TIMEOUT = 1048576    // cycles
) (
    input        clk_i,
    input        rst_ni,
    // messages from the card
    input        in_valid_i,
    output       in_ready_o,
    input  [7:0] in_byte_i,
    // from the receiving half
    input        peer_valid_i,
    input  [7:0] peer_ack_i,
    input        peer_nak_i,
    input        hello_due_i,
    input  [7:0] nonce_i,
    input        nak_due_i,
    input        ack_due_i,
    input  [7:0] ack_i,
    output       hello_sent_o,
    output       nak_sent_o,
    output       ack_sent_o,
    // frame_tx
    output       valid_o,
    input        ready_i,
    output [7:0] byte_o,
    output       last_o,
    output       busy_o            // something to send, or unacknowledged
);
    localparam [7:0] WINDOW = 8'd8;
    localparam [1:0] DATA = 2'd0, ACK = 2'd1, NAK = 2'd2, HELLO = 2'd3;
    localparam [6:0] VALUE_LAST = 7'd8, EVENT_LAST = 7'd68;
    localparam [7:0] TYPE_VALUE = 8'd4;
    localparam       TIMER = $clog2(TIMEOUT) + 1;
    localparam [TIMER-1:0] PATIENCE = TIMEOUT[TIMER-1:0];

    // ------------------------------------------------------------------------------------------------ into the window
    (* no_rw_check *)
    reg [7:0] memory [0:1023];    // 8 messages of up to 128 bytes
    reg [7:0] base_q, next_q, head_q;   // oldest unacknowledged; next to be sent; next to be filled
    reg [6:0] fill_q;             // bytes of the message that comes in
    reg [7:0] value_q;            // by place in the window: a short message
    wire      take      = in_valid_i && in_ready_o;
    wire      fill_end  = fill_q == (fill_q != 7'd0 && value_q[head_q[2:0]] ? VALUE_LAST : EVENT_LAST);
    assign in_ready_o = head_q - base_q != WINDOW && !(hello_due_i && fill_q == 7'd0);

    // ---------------------------------------------------------------------------------------------------- what to send
    localparam [1:0] IDLE = 2'd0, HEAD = 2'd1, FETCH = 2'd2, BODY = 2'd3;
    reg [1:0] state_q, kind_q, head_byte_q;
    reg [7:0] sequence_q, ack_q, read_q;
    reg [6:0] body_q;
    reg [TIMER-1:0] timer_q;

    wire idle  = state_q == IDLE;
    wire hello = idle && hello_due_i && fill_q == 7'd0;
    wire nak   = idle && !hello && nak_due_i;
    wire data  = idle && !hello && !nak && next_q != head_q;
    wire ack   = idle && !hello && !nak && !data && ack_due_i;
    wire start = hello || nak || data || ack;
    wire late  = timer_q == PATIENCE;
    assign hello_sent_o = hello;
    assign nak_sent_o   = nak;
    assign ack_sent_o   = nak || data || ack;

    wire [7:0] gained = peer_ack_i - base_q;
    wire       heard  = peer_valid_i && gained <= head_q - base_q;    // else of another time
    reg  [7:0] next;
    always @(*) begin
        next = data ? next_q + 8'd1 : next_q;
        if (heard && (peer_nak_i || next - base_q < gained)) next = peer_ack_i;
        else if (late) next = base_q;
        if (hello) next = 8'd0;
    end

    wire body_end = body_q == (value_q[sequence_q[2:0]] ? VALUE_LAST : EVENT_LAST);
    wire move     = valid_o && ready_i;
    assign valid_o = state_q == HEAD || state_q == BODY;
    assign byte_o  = state_q == BODY ? read_q
                   : head_byte_q == 2'd0 ? {6'd0, kind_q} : head_byte_q == 2'd1 ? sequence_q : ack_q;
    assign last_o  = state_q == BODY ? body_end : head_byte_q == 2'd2 && kind_q != DATA;
    assign busy_o  = base_q != head_q || !idle || fill_q != 7'd0;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            base_q      <= 8'd0;
            next_q      <= 8'd0;
            head_q      <= 8'd0;
            fill_q      <= 7'd0;
            state_q     <= IDLE;
            head_byte_q <= 2'd0;
            timer_q     <= {TIMER{1'b0}};
        end else begin
            next_q <= next;
            if (hello) base_q <= 8'd0;
            else if (heard) base_q <= peer_ack_i;
            if (hello) head_q <= 8'd0;
            else if (take && fill_end) head_q <= head_q + 8'd1;
            if (take) fill_q <= fill_end ? 7'd0 : fill_q + 7'd1;
            if (base_q == next_q || late || (heard && gained != 8'd0)) timer_q <= {TIMER{1'b0}};
            else timer_q <= timer_q + 1'b1;
            case (state_q)
                IDLE: if (start) state_q <= HEAD;
                HEAD: if (move) begin
                    head_byte_q <= head_byte_q == 2'd2 ? 2'd0 : head_byte_q + 2'd1;
                    if (head_byte_q == 2'd2) state_q <= kind_q == DATA ? FETCH : IDLE;
                end
                FETCH: state_q <= BODY;
                default: if (move) state_q <= body_end ? IDLE : FETCH;
            endcase
        end
        if (take && fill_q == 7'd0) value_q[head_q[2:0]] <= in_byte_i == TYPE_VALUE;
        if (take) memory[{head_q[2:0], fill_q}] <= in_byte_i;
        read_q <= memory[{sequence_q[2:0], body_q}];
        if (start) begin
            kind_q     <= hello ? HELLO : nak ? NAK : data ? DATA : ACK;
            sequence_q <= hello ? nonce_i : data ? next_q : 8'd0;
            ack_q      <= hello ? 8'd0 : ack_i;
            body_q     <= 7'd0;
        end else if (state_q == BODY && move) body_q <= body_q + 7'd1;
    end
endmodule
