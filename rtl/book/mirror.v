// A word of the bitmap in the order in which a taker meets what it tells of: as it is for asks (up_i), for bids bit 63
// first; combinational.
module mirror (
    input  wire        run_i,   // else nothing is worked out, at no cost to a simulation
    input  wire        up_i,
    input  wire [63:0] word_i,
    output reg  [63:0] word_o
);
  always @* begin
    word_o = 64'bx;
    if (run_i) begin
      word_o = word_i;
      if (!up_i) begin
        word_o = {word_o[31:0], word_o[63:32]};
        word_o = (word_o & 64'h0000_FFFF_0000_FFFF) << 16 | (word_o >> 16 & 64'h0000_FFFF_0000_FFFF);
        word_o = (word_o & 64'h00FF_00FF_00FF_00FF) << 8 | (word_o >> 8 & 64'h00FF_00FF_00FF_00FF);
        word_o = (word_o & 64'h0F0F_0F0F_0F0F_0F0F) << 4 | (word_o >> 4 & 64'h0F0F_0F0F_0F0F_0F0F);
        word_o = (word_o & 64'h3333_3333_3333_3333) << 2 | (word_o >> 2 & 64'h3333_3333_3333_3333);
        word_o = (word_o & 64'h5555_5555_5555_5555) << 1 | (word_o >> 1 & 64'h5555_5555_5555_5555);
      end
    end
  end
endmodule
