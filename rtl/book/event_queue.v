// The order of the events between the pipeline and the endpoint: numbers them and tells where in a memory of
// 2^DEPTH_LOG2 places (event_pack) the next one is written and the oldest one is read.
//
// An event pushed in cycle t can be taken in cycle t + 1, unless withdraw_i is up then: it is as if it had never come,
// but for its number. room_o: one more can be pushed in the next cycle, whatever is pushed in this one. clear_i starts
// the numbering at 0 with the next event.
module event_queue #(
    parameter        DEPTH_LOG2 = 4,
    parameter [31:0] FIRST_SEQUENCE = 32'd0   // not 0 only to test the counter's end
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    input  wire                  clear_i,
    input  wire                  push_i,
    input  wire                  withdraw_i,  // nothing is pushed with it
    output wire                  room_o,
    output wire [DEPTH_LOG2-1:0] write_o,
    output wire [31:0]           sequence_o,  // of the event pushed
    output wire                  valid_o,
    input  wire                  ready_i,
    output wire [DEPTH_LOG2-1:0] read_o
);
  reg [DEPTH_LOG2:0] head_q, tail_q;
  reg [31:0] sequence_q;
  reg        pushed_q;
  wire       withdrawn = withdraw_i && pushed_q;

  wire [DEPTH_LOG2:0] fill = tail_q - head_q;
  assign room_o = !fill[DEPTH_LOG2] && !(&fill[DEPTH_LOG2-1:0]);
  assign valid_o = fill != {{DEPTH_LOG2{1'b0}}, withdrawn};
  assign write_o = tail_q[DEPTH_LOG2-1:0];
  assign read_o = head_q[DEPTH_LOG2-1:0];
  assign sequence_o = sequence_q;

  always @(posedge clk_i) begin
    pushed_q <= rst_ni && push_i;
    if (withdrawn) tail_q <= tail_q - 1'b1;
    if (push_i) begin
      tail_q <= tail_q + 1'b1;
      sequence_q <= sequence_q + 32'd1;
    end
    if (clear_i) sequence_q <= FIRST_SEQUENCE;
    if (valid_o && ready_i) head_q <= head_q + 1'b1;
    if (!rst_ni) begin
      head_q <= 0;
      tail_q <= 0;
      sequence_q <= FIRST_SEQUENCE;
    end
  end
`ifndef SYNTHESIS
  always @(posedge clk_i) if (rst_ni && push_i) assert (!fill[DEPTH_LOG2] && !withdraw_i);
`endif
endmodule
