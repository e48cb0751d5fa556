// skid: like a queue of at most one word, whose ready comes from a register; what it offers stays until it is taken.
// Its own property block assumes that its input stays as well.
module check_skid #(
    parameter WIDTH = 2
) (
    input              clk_i,
    input              rst_ni,
    input              valid_i,
    input              ready_i,
    input              pick_i,
    input  [WIDTH-1:0] data_i
);
  wire             run, ready, valid, next;
  wire [WIDTH-1:0] data, word;
  wire [1:0]       held, before;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  skid #(.WIDTH(WIDTH)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .ready_o(ready), .data_i(data_i), .valid_o(valid),
      .ready_i(ready_i), .data_o(data));
  wire through = valid && ready_i && held == 0;
  follow #(.WIDTH(WIDTH), .COUNT_BITS(2)) u_follow (
      .clk_i(clk_i), .rst_ni(rst_ni), .pick_i(pick_i), .in_i(valid_i && ready && !through), .word_i(data_i),
      .out_i(valid && ready_i && !through), .held_o(held), .next_o(next), .word_o(word), .before_o(before));

  always @*
    if (run) begin
      assert (held <= 1);
      assert (ready == (held == 0));
      assert (valid == (valid_i || held != 0));
      if (next) assert (data == word);
      if (through) assert (data == data_i);
    end

  reach #(.COUNT(2)) u_reach (.reached_i({run && through, run && next && ready_i && valid_i}));
endmodule
