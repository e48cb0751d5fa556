// Wraps bytes into frames: a flag, the bytes with escapes, the checksum, a flag (docs/serial-link.md).
//
// Latency: a byte goes out as soon as the line takes it. Back-pressure: ready_o.
module frame_tx (
    input        clk_i,
    input        rst_ni,
    input        valid_i,
    output       ready_o,
    input  [7:0] byte_i,
    input        last_i,      // the frame's last byte
    output       valid_o,
    input        ready_i,
    output [7:0] byte_o
);
    localparam [7:0] FLAG = 8'h7E, ESCAPE = 8'h7D;
    localparam [1:0] OPEN = 2'd0, BODY = 2'd1, CRC = 2'd2, CLOSE = 2'd3;

    reg [1:0]  state_q, crc_byte_q;
    reg        escaped_q;     // the escape of this byte is out
    reg [31:0] crc_q;

    wire [31:0] sum     = ~crc_q;
    wire [7:0]  payload = state_q == BODY ? byte_i : sum[8*crc_byte_q+:8];
    wire        special = payload == FLAG || payload == ESCAPE;
    wire        frame   = state_q == OPEN || state_q == CLOSE;
    wire        move    = valid_o && ready_i;
    wire        done    = move && (frame || !special || escaped_q);    // with this byte of the frame
    wire [31:0] crc;
    crc32_byte u_crc (.crc_i(crc_q), .byte_i(byte_i), .crc_o(crc));

    assign valid_o = state_q == CRC || state_q == CLOSE || valid_i;
    assign byte_o  = frame ? FLAG : !special ? payload : escaped_q ? payload ^ 8'h20 : ESCAPE;
    assign ready_o = state_q == BODY && done;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            state_q    <= OPEN;
            escaped_q  <= 1'b0;
            crc_byte_q <= 2'd0;
        end else begin
            if (move) escaped_q <= !frame && special && !escaped_q;
            if (done)
                case (state_q)
                    OPEN: state_q <= BODY;
                    BODY: if (last_i) state_q <= CRC;
                    CRC: begin
                        crc_byte_q <= crc_byte_q + 2'd1;
                        if (crc_byte_q == 2'd3) state_q <= CLOSE;
                    end
                    default: state_q <= OPEN;
                endcase
        end
        if (state_q == OPEN) crc_q <= {32{1'b1}};
        else if (state_q == BODY && done) crc_q <= crc;
    end
endmodule
