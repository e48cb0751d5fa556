// Finds frames in a stream of bytes: flags, escapes and the checksum (docs/serial-link.md).
//
// A frame's bytes come one by one with byte_valid_o, without escapes and without the four of the checksum; then
// good_o or bad_o for a cycle. Whatever comes after noise, the next flag begins anew.
// Latency: a byte shows when the fourth behind it has come. Back-pressure: none.
module frame_rx (
    input         clk_i,
    input         rst_ni,
    input         valid_i,
    input  [7:0]  byte_i,
    output        byte_valid_o,
    output [7:0]  byte_o,
    output [7:0]  index_o,      // of byte_o in its frame, staying at 255
    output        good_o,
    output        bad_o
);
    localparam [7:0]  FLAG = 8'h7E, ESCAPE = 8'h7D;
    localparam [31:0] RESIDUE = 32'hDEBB20E3;    // of a frame with its checksum behind it
    localparam [7:0]  CRC_BYTES = 8'd4, FRAME_MIN = 8'd7;

    reg [7:0]  count_q;       // bytes of this frame so far, staying at 255
    reg        escape_q;
    reg [31:0] crc_q, held_q; // held: the last four bytes, oldest lowest
    reg        byte_valid_q, good_q, bad_q;
    reg [7:0]  byte_q, index_q;

    wire        flag  = valid_i && byte_i == FLAG;
    wire        plain = valid_i && byte_i != FLAG && byte_i != ESCAPE;
    wire [7:0]  value = escape_q ? byte_i ^ 8'h20 : byte_i;
    wire        whole = count_q >= FRAME_MIN && !escape_q && crc_q == RESIDUE;
    wire [31:0] crc;
    crc32_byte u_crc (.crc_i(crc_q), .byte_i(value), .crc_o(crc));

    always @(posedge clk_i) begin
        byte_valid_q <= rst_ni && plain && count_q >= CRC_BYTES;
        good_q       <= rst_ni && flag && whole;
        bad_q        <= rst_ni && flag && !whole && count_q != 8'd0;
        if (!rst_ni || flag) begin
            count_q  <= 8'd0;
            escape_q <= 1'b0;
            crc_q    <= {32{1'b1}};
        end else if (plain) begin
            if (count_q != 8'hFF) count_q <= count_q + 8'd1;
            escape_q <= 1'b0;
            crc_q    <= crc;
        end else if (valid_i) escape_q <= 1'b1;
        if (plain) begin
            held_q  <= {value, held_q[31:8]};
            byte_q  <= held_q[7:0];
            index_q <= count_q == 8'hFF ? 8'hFF : count_q - CRC_BYTES;
        end
    end

    assign byte_valid_o = byte_valid_q;
    assign byte_o       = byte_q;
    assign index_o      = index_q;
    assign good_o       = good_q;
    assign bad_o        = bad_q;
endmodule
