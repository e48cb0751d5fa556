// On-chip self-test: after power-up it sends a small flow of commands from a ROM to the card and compares a checksum
// over all events with the one the ROM holds, which the plain model gave (tests/unit/driver/self_test_rom.c).
//
// Stamps (arrival and delay) are left out, so the test does not depend on cycles. It speaks the messages of the link
// and hands the card over when it is done; the card is as after any session then, and a driver resets it first.
// Latency: some 5,000 cycles and the card's reset. Back-pressure: ready.
module self_test #(
    parameter PATIENCE_LOG2 = 24     // cycles in which it must be done
) (
    input        clk_i,
    input        rst_ni,
    input        active_i,           // something is pending on the card
    // messages to the card
    output       out_valid_o,
    input        out_ready_i,
    output [7:0] out_byte_o,
    // messages from the card
    input        in_valid_i,
    input  [7:0] in_byte_i,
    output       running_o,
    output       passed_o,
    output       failed_o
);
    localparam [1:0] LOAD = 2'd0, WAIT = 2'd1, SEND = 2'd2, DONE = 2'd3;
    localparam [7:0] WRITE = 8'd2, STORE = 8'd3;
    localparam [6:0] WRITE_BYTES = 7'd9, STORE_BYTES = 7'd69, HEAD_BYTES = 7'd5;
    localparam [5:0] STAMP_FIRST = 6'd48, STAMP_LAST = 6'd54;    // bytes of an event
    localparam [4:0] QUIET = 5'd31;  // cycles without anything pending: the card has come to rest

    wire [551:0] entry;              // data, argument, type; type 0: wait until the card rests; 255: the end
    wire [7:0]   events;
    wire [31:0]  signature;
    reg  [5:0]   address_q;
    self_test_rom u_rom (.address_i(address_q), .entry_o(entry), .events_o(events), .signature_o(signature));

    reg [1:0]             state_q;
    reg [551:0]           shift_q;
    reg [6:0]             left_q, index_q;
    reg [4:0]             quiet_q;
    reg [7:0]             seen_q;
    reg [31:0]            crc_q;
    reg [PATIENCE_LOG2:0] time_q;
    reg                   running_q, passed_q;

    wire [6:0]  place   = index_q - HEAD_BYTES;                  // of a byte in its event
    wire        stamp   = place[5:0] >= STAMP_FIRST && place[5:0] <= STAMP_LAST;
    wire        counts  = in_valid_i && index_q >= HEAD_BYTES && !stamp;
    wire        end_in  = index_q == STORE_BYTES - 7'd1;
    wire        late    = time_q[PATIENCE_LOG2];
    wire        ended   = state_q == DONE && seen_q == events;
    wire [31:0] crc;
    crc32_byte u_crc (.crc_i(crc_q), .byte_i(in_byte_i), .crc_o(crc));

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            state_q   <= LOAD;
            address_q <= 6'd0;
            index_q   <= 7'd0;
            quiet_q   <= 5'd0;
            seen_q    <= 8'd0;
            crc_q     <= {32{1'b1}};
            time_q    <= {(PATIENCE_LOG2 + 1) {1'b0}};
            running_q <= 1'b1;
            passed_q  <= 1'b0;
        end else if (running_q) begin
            time_q  <= time_q + 1'b1;
            quiet_q <= active_i || state_q != WAIT ? 5'd0 : quiet_q + 5'd1;
            case (state_q)
                LOAD: state_q <= entry[7:0] == 8'hFF ? DONE : entry[7:0] == 8'd0 ? WAIT : SEND;
                WAIT: if (quiet_q == QUIET) state_q <= LOAD;
                SEND: if (out_ready_i && left_q == 7'd1) state_q <= LOAD;
                default: ;
            endcase
            if (state_q == LOAD) address_q <= address_q + 6'd1;
            if (in_valid_i) index_q <= end_in ? 7'd0 : index_q + 7'd1;
            if (in_valid_i && end_in) seen_q <= seen_q + 8'd1;
            if (counts) crc_q <= crc;
            if (late || ended) running_q <= 1'b0;
            passed_q <= ended && crc_q == signature;
        end
        if (state_q == LOAD) begin
            shift_q <= entry;
            left_q  <= entry[7:0] == WRITE ? WRITE_BYTES : STORE_BYTES;
        end else if (state_q == SEND && out_ready_i) begin
            shift_q <= {8'd0, shift_q[551:8]};
            left_q  <= left_q - 7'd1;
        end
    end

    assign out_valid_o = running_q && state_q == SEND;
    assign out_byte_o  = shift_q[7:0];
    assign running_o   = running_q;
    assign passed_o    = passed_q && !running_q;
    assign failed_o    = !passed_q && !running_q;
    wire unused = &{1'b0, place[6], STORE};
endmodule
