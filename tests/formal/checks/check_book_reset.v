// The book behind a reset of three cycles is quiet, as check_book has it, and empty; and it stays so while no command
// comes. (What is asserted in the RTL of a step and the one before it holds from the second cycle of a reset on.)
module check_book_reset #(
    parameter SLOTS = 4,
    parameter TICK_BITS = 3,
    parameter LATENCY = 1,
    parameter TOP_BITS = 1 + 32 + 1 + 2 + 2 + 32
) (
    input         clk_i,
    input         rst_ni,
    input [15:0]  session_i,
    input [511:0] command_i,
    input         ready_i
);
  wire         run, ready, ev_valid, busy;
  wire [511:0] ev;
  wire [15:0]  session;
  wire [7:0]   fault, stall;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  reg [1:0] held_q;
  initial held_q = 2'd0;
  always @(posedge clk_i) if (held_q != 2'd3) held_q <= held_q + 2'd1;
  always @* assume (held_q == 2'd3 || !rst_ni);
  book #(.MARKETS(1), .ORDERS(SLOTS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .MODEL(1)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .session_i(session_i), .session_o(session), .cycle_i(40'd0),
      .inject_parity_i(1'b0), .cmd_valid_i(1'b0), .cmd_ready_o(ready), .cmd_i(command_i), .ev_valid_o(ev_valid),
      .ev_ready_i(ready_i), .ev_o(ev), .busy_o(busy), .fault_o(fault), .stall_o(stall));
`define AT(VALUE)
`include "book_quiet.vh"
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[0] ;
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[1] ;
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[2] ;
  (* hierconn *) wire \u_dut.u_store.u_used.g_model.mem_q[3] ;
  (* hierconn *) wire [63:0] \u_dut.u_store.g_level[0].g_ram.u_words.g_model.mem_q[0] ;
  (* hierconn *) wire [63:0] \u_dut.u_store.g_ahead_model.copy_q[0] ;
  (* hierconn *) wire [TOP_BITS-1:0] \u_dut.u_tops.u_tops.bid_q[0] ;
  (* hierconn *) wire [TOP_BITS-1:0] \u_dut.u_tops.u_tops.ask_q[0] ;
  // (it has no reset: the market of the last step that did something, looked at only behind such a step)
  always @* if (held_q == 2'd1) assume (!\u_dut.held_market_q );
  wire empty = {\u_dut.u_store.u_used.g_model.mem_q[3] , \u_dut.u_store.u_used.g_model.mem_q[2] ,
      \u_dut.u_store.u_used.g_model.mem_q[1] , \u_dut.u_store.u_used.g_model.mem_q[0] ,
      \u_dut.u_store.g_level[0].g_ram.u_words.g_model.mem_q[0] , \u_dut.u_store.g_ahead_model.copy_q[0] ,
      \u_dut.u_tops.u_tops.bid_q[0] [TOP_BITS-1], \u_dut.u_tops.u_tops.ask_q[0] [TOP_BITS-1]} == 0;

  reg [1:0] done_q;  // cycles since the memories have been cleared, up to 3
  always @(posedge clk_i) done_q <= !run || busy ? 2'd0 : done_q == 2'd3 ? 2'd3 : done_q + 2'd1;
  always @* if (run && done_q == 2'd3) begin
    assert (control_quiet && seeker_quiet && queues_empty);
    assert (empty && fault == 8'd0 && !ev_valid && ready);
  end
  reach #(.COUNT(1)) u_reach (.reached_i(run && done_q == 2'd3));
endmodule
