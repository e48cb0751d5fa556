// Follows one word, any one (pick_i), through a queue: from the cycle in which it goes in, counting the words before
// it, to the one in which it must come out. What it proves about one word holds for all.
module follow #(
    parameter WIDTH = 2,
    parameter COUNT_BITS = 4
) (
    input                   clk_i,
    input                   rst_ni,
    input                   pick_i,
    input                   in_i,
    input  [WIDTH-1:0]      word_i,
    input                   out_i,
    output [COUNT_BITS-1:0] held_o,   // words inside
    output                  next_o,   // the one followed is the next to come out
    output [WIDTH-1:0]      word_o,
    output [COUNT_BITS-1:0] before_o
);
  reg                  picked_q;
  reg [WIDTH-1:0]      word_q;
  reg [COUNT_BITS-1:0] before_q, held_q;
  always @(posedge clk_i) begin
    held_q <= held_q + in_i - out_i;
    if (in_i && pick_i && !picked_q) begin
      picked_q <= 1'b1;
      word_q <= word_i;
      before_q <= held_q - out_i;
    end else if (picked_q && out_i) begin
      before_q <= before_q - 1'b1;
      picked_q <= before_q != 0;
    end
    if (!rst_ni) begin
      picked_q <= 1'b0;
      held_q <= 0;
    end
  end
  assign held_o = held_q;
  assign next_o = picked_q && before_q == 0;
  assign before_o = before_q;
  assign word_o = word_q;
endmodule
