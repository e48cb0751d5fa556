// Events between the pipeline and the endpoint: a first-in first-out memory that numbers them.
//
// An event pushed in cycle t can be taken in cycle t + 1. room_o: one more can be pushed. clear_i starts the
// numbering at 0 with the next event.
`include "contract.vh"
module event_queue #(
    parameter        DEPTH_LOG2 = 4,
    parameter [31:0] FIRST_SEQUENCE = 32'd0   // not 0 only to test the counter's end
) (
    input  wire                clk_i,
    input  wire                rst_ni,
    input  wire                clear_i,
    input  wire                push_i,
    input  wire [511:0]        event_i,   // sequence is filled in here
    output wire                room_o,
    output wire                valid_o,
    input  wire                ready_i,
    output wire [511:0]        event_o
);
  localparam DEPTH = 1 << DEPTH_LOG2;
  reg [511:0] event_q [0:DEPTH-1];
  reg [DEPTH_LOG2:0] head_q, tail_q;
  reg [31:0] sequence_q;

  wire [DEPTH_LOG2:0] fill = tail_q - head_q;
  assign room_o = !fill[DEPTH_LOG2];
  assign valid_o = fill != 0;
  assign event_o = event_q[head_q[DEPTH_LOG2-1:0]];

  always @(posedge clk_i) begin
    if (push_i) begin
      event_q[tail_q[DEPTH_LOG2-1:0]] <= {event_i[511:32], sequence_q};
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
  wire unused = |event_i[31:0];
`ifndef SYNTHESIS
  always @(posedge clk_i) if (rst_ni && push_i) assert (room_o);
`endif
endmodule
