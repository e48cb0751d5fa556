// Commands between acceptance and their final event.
//
// A command is accepted at the tail, taken for issue at issue_i, and leaves at the head when the pipeline retires it.
// rewind_i goes back to the head: what was taken since is offered again, in the next cycle. Accepts one a cycle while
// fewer than HELD are inside, as told a cycle late: what a pipeline without stalls holds, and three more. The next one
// to be issued stands in a register, into which a command goes straight where none waits before it. The command of the
// step that arrives is fetched a cycle ahead (fetch_*), its format checked in the cycle after acceptance.
`include "contract.vh"
module command_queue #(
    parameter DEPTH_LOG2 = 4,
    parameter LATENCY = 2,
    parameter MARKETS = 32,
    parameter ORDERS = 65536,
    parameter TICK_BITS = 17
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire [39:0]  cycle_i,

    input  wire         valid_i,
    output wire         ready_o,
    input  wire [511:0] command_i,

    output wire         waiting_o,        // there are commands
    // next to be issued
    output wire         issue_valid_o,
    output wire [447:0] issue_command_o,
    output wire [DEPTH_LOG2-1:0] issue_index_o,
    output wire         issue_head_o,     // it was the one at the head when it came here
    output wire [DEPTH_LOG2-1:0] head_index_o,
    input  wire         issue_i,          // it is taken, if there is one
    input  wire         restart_i,        // the one at the head is next,
    input  wire         again_i,          // or the one at again_index_i
    input  wire [DEPTH_LOG2-1:0] again_index_i,

    // at the end of the pipeline
    input  wire [DEPTH_LOG2-1:0] fetch_index_i,
    output wire [447:0] command_o,
    output wire         replace_o,        // it is one; or a cancel_many
    output wire         many_o,
    output wire [6:0]   format_o,         // reason its format is wrong for, or none
    output wire [39:0]  arrival_o,
    input  wire         retire_i,         // the one at the head has ended, in the cycle before:
    output wire [DEPTH_LOG2-1:0] retired_index_o,  // this
    input  wire         rewind_i
);
  localparam DEPTH = 1 << DEPTH_LOG2;
  reg [447:0] command_q [0:DEPTH-1];
  reg [6:0]   format_q  [0:DEPTH-1];
  reg [39:0]  arrival_q [0:DEPTH-1];
  reg [DEPTH_LOG2:0] head_q, after_q, tail_q;  // after_q: the place behind the head
  wire [DEPTH_LOG2:0] head = retire_i ? after_q : head_q;
  // a copy of tail_q to compare with, since that addresses all of the memories; inverted, or Yosys would merge the two
  reg [DEPTH_LOG2:0] not_tail_q;
  wire [DEPTH_LOG2:0] tail = ~not_tail_q;
  reg one_q, two_q;  // that many are inside, at least
  reg  three;
  always @* begin
    three = 1'bx;
    if (retire_i) three = two_q && after_q + 1'b1 != tail;
  end

  reg [447:0] fetched_command_q;
  reg [6:0]   fetched_format_q;
  reg [39:0]  fetched_arrival_q;
  reg         replace_q, many_q;
  assign {replace_o, many_o} = {replace_q, many_q};
  wire [7:0]  fetched_code = {4'd0, command_q[fetch_index_i][3:0]};  // of what is a command at all
  always @(posedge clk_i)
    {replace_q, many_q} <= {fetched_code == `CODE_REPLACE, fetched_code == `CODE_CANCEL_MANY};
  assign command_o = fetched_command_q;
  assign format_o = fetched_format_q;
  assign arrival_o = fetched_arrival_q;

  // the command accepted last
  reg  [447:0]            taken_q;
  reg  [DEPTH_LOG2-1:0]   taken_index_q;
  reg                     taken_valid_q;  // in the cycle before
  wire [6:0] format;
  command_check #(.MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS)) u_check (
      .look_i(taken_valid_q), .command_i(taken_q), .reason_o(format));
  wire unused = |command_i[511:448];

  localparam [DEPTH_LOG2:0] HELD = LATENCY[DEPTH_LOG2:0] + 7;
  reg  ready_q;
  wire [DEPTH_LOG2:0] held = tail - head_q;
  always @(posedge clk_i) ready_q <= rst_ni && held < HELD;
  assign ready_o = ready_q;
  assign waiting_o = retire_i ? two_q : one_q;
  assign head_index_o = head[DEPTH_LOG2-1:0];
  assign retired_index_o = head_q[DEPTH_LOG2-1:0];

  // the next one to be issued, and the one behind it
  reg                    next_valid_q;
  reg [447:0]            next_command_q;
  reg [DEPTH_LOG2-1:0]   next_index_q;
  reg                    next_head_q;
  reg [DEPTH_LOG2:0]     behind_q;
  reg                    behind_stored_q;  // there is one
  assign issue_valid_o = next_valid_q;
  assign issue_command_o = next_command_q;
  assign issue_index_o = next_index_q;
  assign issue_head_o = next_head_q;
  wire take = valid_i && ready_o;
  // the place from which it comes, and that behind it; whether they are filled (a command to be looked at again is)
  wire at_head = rewind_i || restart_i;
  reg  [DEPTH_LOG2-1:0] again_offset;
  reg  [DEPTH_LOG2:0] other_at;
  always @* begin
    again_offset = {DEPTH_LOG2{1'bx}};
    other_at = behind_q;
    if (again_i) begin
      again_offset = again_index_i - head_q[DEPTH_LOG2-1:0];  // (with a rewind none counts)
      other_at = head_q + {1'b0, again_offset};
    end
  end
  wire [DEPTH_LOG2:0] other_behind = other_at + 1'b1;
  wire [DEPTH_LOG2:0] load_at = at_head ? head : other_at;
  wire [DEPTH_LOG2:0] load_behind = at_head ? (retire_i ? after_q + 1'b1 : after_q) : other_behind;
  wire stored = at_head ? waiting_o : again_i || behind_stored_q;
  wire more = at_head ? (retire_i ? three : two_q) : other_behind != tail;
  wire load = at_head || again_i || issue_i || !next_valid_q;
  wire loads = stored || take;
  always @(posedge clk_i) begin
    if (load) begin
      next_valid_q <= loads;
      next_command_q <= stored ? command_q[load_at[DEPTH_LOG2-1:0]] : command_i[447:0];
      next_index_q <= load_at[DEPTH_LOG2-1:0];
      next_head_q <= at_head || (again_i ? again_index_i : behind_q[DEPTH_LOG2-1:0]) == head_index_o;
      behind_q <= loads ? load_behind : load_at;
      behind_stored_q <= stored && (more || take);
    end else if (take) behind_stored_q <= 1'b1;
    one_q <= waiting_o || take;
    two_q <= retire_i ? (take ? two_q : three) : (take ? one_q : two_q);
    if (!rst_ni) begin
      {next_valid_q, behind_stored_q, one_q, two_q} <= 4'd0;
      behind_q <= 0;
    end
  end

  always @(posedge clk_i) begin
    if (take) begin
      command_q[tail_q[DEPTH_LOG2-1:0]] <= command_i[447:0];
      arrival_q[tail_q[DEPTH_LOG2-1:0]] <= cycle_i;
      tail_q <= tail_q + 1'b1;
      not_tail_q <= not_tail_q - 1'b1;
      taken_q <= command_i[447:0];
      taken_index_q <= tail_q[DEPTH_LOG2-1:0];
    end
    taken_valid_q <= take;
    if (taken_valid_q) format_q[taken_index_q] <= format;
    fetched_command_q <= command_q[fetch_index_i];
    fetched_format_q <= taken_valid_q && fetch_index_i == taken_index_q ? format : format_q[fetch_index_i];
    fetched_arrival_q <= arrival_q[fetch_index_i];
    head_q <= head;
    if (retire_i) after_q <= after_q + 1'b1;
    if (!rst_ni) begin
      head_q <= 0;
      after_q <= 1;
      tail_q <= 0;
      not_tail_q <= {(DEPTH_LOG2 + 1) {1'b1}};
    end
  end
  // properties
`ifndef SYNTHESIS
  always @(posedge clk_i) if (rst_ni) begin
    assert (tail == tail_q);
    assert (one_q == (head_q != tail_q));
    assert (two_q == (head_q != tail_q && after_q != tail_q));
    assert (behind_stored_q == (behind_q != tail_q));
    if (again_i && !at_head) assert (other_at != tail_q);
    if (retire_i) assert (one_q);
  end
`endif
endmodule
