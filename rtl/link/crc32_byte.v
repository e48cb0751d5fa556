// One byte of CRC-32 (IEEE 802.3: polynomial 0x04C11DB7, bit-reversed), combinational.
module crc32_byte (
    input  [31:0] crc_i,
    input  [7:0]  byte_i,
    output [31:0] crc_o
);
    reg [31:0] crc;
    integer    n;
    always @(*) begin
        crc = crc_i ^ {24'd0, byte_i};
        for (n = 0; n < 8; n = n + 1) crc = {1'b0, crc[31:1]} ^ (crc[0] ? 32'hEDB88320 : 32'd0);
    end
    assign crc_o = crc;
endmodule
