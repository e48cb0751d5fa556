// fifo: what goes in comes out, once, in order; valid_o and level_o tell the truth; a word refused is not taken.
module check_fifo #(
    parameter WIDTH = 2,
    parameter DEPTH_LOG2 = 2
) (
    input              clk_i,
    input              rst_ni,
    input              valid_i,
    input              ready_i,
    input              pick_i,
    input  [WIDTH-1:0] data_i
);
  localparam DEPTH = 1 << DEPTH_LOG2;
  wire                  run, ready, valid, next;
  wire [WIDTH-1:0]      data, word;
  wire [DEPTH_LOG2+1:0] level, held, before;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  fifo #(.WIDTH(WIDTH), .DEPTH_LOG2(DEPTH_LOG2)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .ready_o(ready), .data_i(data_i), .valid_o(valid),
      .ready_i(ready_i), .data_o(data), .level_o(level));
  follow #(.WIDTH(WIDTH), .COUNT_BITS(DEPTH_LOG2 + 2)) u_follow (
      .clk_i(clk_i), .rst_ni(rst_ni), .pick_i(pick_i), .in_i(valid_i && ready), .word_i(data_i),
      .out_i(valid && ready_i), .held_o(held), .next_o(next), .word_o(word), .before_o(before));

  always @*
    if (run) begin
      assert (valid == (held != 0));
      assert (level == held);
      assert (ready || held >= DEPTH);
      assert (held <= DEPTH + 1);
      if (next) assert (data == word);
    end

  reach #(.COUNT(3)) u_reach (.reached_i({
      run && next && ready_i, run && next && ready_i && held == DEPTH + 1, run && held == DEPTH + 1}));
endmodule
