// event_queue: every event pushed comes out, once, in order, whatever ready_i does, and its sequence is the number of
// events pushed since the numbering began: gapless. The memory that it keeps order in stands here. As `answer` does, an
// event is decided on where room_o is up and pushed a cycle later; any of them may be withdrawn in the cycle behind
// that, in which none is pushed, and then never comes out.
module check_event_queue #(
    parameter        DEPTH_LOG2 = 2,
    parameter [31:0] FIRST_SEQUENCE = 32'hFFFFFFFE
) (
    input       clk_i,
    input       rst_ni,
    input       clear_i,
    input       decide_i,
    input       doom_i,
    input       ready_i,
    input       pick_i,
    input [1:0] event_i
);
  localparam DEPTH = 1 << DEPTH_LOG2;
  wire                  run, room, valid, next;
  wire [DEPTH_LOG2-1:0] write, read;
  wire [31:0]           number;
  wire [33:0]           word;
  wire [DEPTH_LOG2+1:0] held, before;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  reg pushes_q, withdraw_q;
  wire push = pushes_q && !withdraw_q;
  wire stays = push && !doom_i;
  always @(posedge clk_i) begin
    pushes_q <= rst_ni && decide_i && room;
    withdraw_q <= rst_ni && push && doom_i;
  end
  event_queue #(.DEPTH_LOG2(DEPTH_LOG2), .FIRST_SEQUENCE(FIRST_SEQUENCE)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i), .push_i(push), .withdraw_i(withdraw_q), .room_o(room),
      .write_o(write), .sequence_o(number), .valid_o(valid), .ready_i(ready_i), .read_o(read));
  reg [33:0] memory [0:DEPTH-1];
  always @(posedge clk_i) if (push) memory[write] <= {event_i, number};
  wire [33:0] event_out = memory[read];

  reg [31:0] number_q;
  always @(posedge clk_i)
    if (!rst_ni || clear_i) number_q <= FIRST_SEQUENCE;
    else if (push) number_q <= number_q + 32'd1;

  follow #(.WIDTH(34), .COUNT_BITS(DEPTH_LOG2 + 2)) u_follow (
      .clk_i(clk_i), .rst_ni(rst_ni), .pick_i(pick_i), .in_i(stays), .word_i({event_i, number_q}),
      .out_i(valid && ready_i), .held_o(held), .next_o(next), .word_o(word), .before_o(before));

  always @*
    if (run) begin
      assert (valid == (held != 0));
      assert (held <= DEPTH);
      if (room) assert (held + push < DEPTH);
      if (next) assert (event_out == word);
      assert (number == number_q);
    end

  reach #(.COUNT(4)) u_reach (.reached_i({run && withdraw_q && valid,
      run && next && ready_i && word[31:0] == FIRST_SEQUENCE && held > 1,
      run && next && ready_i && word[31:0] == 32'd0, run && held == DEPTH}));
endmodule
