// Whether the pipeline runs, or what keeps it: the remainder of a blocked taker, a scan, the set-up of bands, the
// clearing of memories after a reset; or a fault, for good.
//
// The command that leads out of the run stays at the head of the queue. answer_o: its answer is ready; the run goes on
// once that has found room. A passed fill-or-kill scan has no answer, the command is then issued again.
`include "contract.vh"
module book_mode #(
    parameter MARKETS = 32,
    parameter ORDERS = 65536,
    parameter CLEARS = ORDERS > MARKETS ? ORDERS : MARKETS,
    parameter CLEAR_BITS = $clog2(CLEARS + 1)
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    input  wire [15:0]           session_i,       // at rst_ni
    input  wire [7:0]            code_i,
    input  wire [15:0]           next_session_i,
    // committed in the cycle before
    input  wire                  to_final_i,
    input  wire                  final_self_i,
    input  wire                  to_scan_i,
    input  wire                  to_setup_i,
    input  wire                  to_reset_i,
    // the ends of scan and set-up
    input  wire                  scan_done_i,
    input  wire                  scan_passed_i,
    input  wire                  setup_done_i,
    input  wire                  room_i,          // for an event
    input  wire                  fault_order_i,
    input  wire                  fault_level_i,
    input  wire                  fault_words_i,

    output wire                  run_o,
    output wire                  final_o,
    output wire                  scan_o,
    output wire                  clear_o,
    output wire [CLEAR_BITS-1:0] clear_index_o,
    output wire                  clear_markets_o, // it is a market's index, too
    output wire                  clear_ends_o,    // one cycle before the answer to a reset
    output reg                   answer_o,
    output wire                  final_self_o,    // the remainder expires for self-trade
    output wire                  scan_passed_o,
    output reg                   kill_passed_o,   // the fill-or-kill scan succeeded, in this cycle
    output wire [15:0]           session_o,
    output wire [7:0]            fault_o
);
  localparam [CLEAR_BITS-1:0] CLEARED = CLEARS[CLEAR_BITS-1:0];
  localparam [CLEAR_BITS-1:0] LAST_MARKET = MARKETS[CLEAR_BITS-1:0] - 1'b1;
  reg                  run_q, final_q, scan_q, setup_q, clearing_q;  // one of them, or none: halted
  reg [CLEAR_BITS-1:0] clear_q;
  reg                  clear_markets_q;
  reg                  by_command_q;  // clears for a reset command, which is answered
  reg [3:0]            wait_q;        // until the tightest bound is known
  reg                  final_self_q, scan_ended_q, scan_passed_q, setup_ended_q;
  reg [15:0]           session_q;
  reg [7:0]            fault_q;

  assign {run_o, final_o, scan_o, clear_o} = {run_q, final_q, scan_q, clearing_q};
  assign clear_index_o = clear_q;
  assign clear_markets_o = clear_markets_q;
  assign clear_ends_o = clear_o && clear_q == CLEARED - 1'b1;
  assign final_self_o = final_self_q;
  assign scan_passed_o = scan_passed_q;
  assign session_o = session_q;
  assign fault_o = fault_q;

  reg  scan_over, cleared;
  always @* begin
    {scan_over, cleared, kill_passed_o, answer_o} = 4'd0;
    if (!run_q) begin
      scan_over = scan_q && scan_ended_q;
      cleared = clearing_q && clear_q == CLEARED;
      kill_passed_o = scan_over && scan_passed_q && code_i != `CODE_READ && code_i != `CODE_SHIFT;
      answer_o = (final_q && wait_q == 4'd0) || (scan_over && !kill_passed_o) || (setup_q && setup_ended_q) ||
                 (cleared && by_command_q);
    end
  end
  wire answered = answer_o && room_i;

  always @(posedge clk_i) begin
    wait_q <= run_o ? 4'd8 : wait_q == 4'd0 ? 4'd0 : wait_q - 4'd1;
    if (run_q) {scan_ended_q, setup_ended_q} <= 2'b00;
    else begin
      if (scan_q && scan_done_i) scan_ended_q <= 1'b1;
      if (setup_q && setup_done_i) setup_ended_q <= 1'b1;
    end
    if (scan_o && scan_done_i) scan_passed_q <= scan_passed_i;
    if (clearing_q) begin
      if (!cleared) clear_q <= clear_q + 1'b1;
      if (clear_q == LAST_MARKET) clear_markets_q <= 1'b0;
    end

    if (run_q) begin
      if (to_final_i || to_scan_i || to_setup_i || to_reset_i) begin
        {run_q, final_q, scan_q, setup_q, clearing_q} <= {1'b0, to_final_i, to_scan_i, to_setup_i, to_reset_i};
        if (to_final_i) final_self_q <= final_self_i;
        if (to_reset_i) begin
          clear_q <= {CLEAR_BITS{1'b0}};
          clear_markets_q <= 1'b1;
          by_command_q <= 1'b1;
          session_q <= next_session_i;
        end
      end
    end else if (answered || kill_passed_o || (cleared && !by_command_q))
      {run_q, final_q, scan_q, setup_q, clearing_q} <= 5'b10000;

    if (fault_order_i || fault_level_i || fault_words_i) if (fault_q == `FAULT_NONE) begin
      fault_q <= fault_order_i ? `FAULT_PARITY_ORDER : fault_level_i ? `FAULT_PARITY_LEVEL : `FAULT_PARITY_BITMAP;
      {run_q, final_q, scan_q, setup_q, clearing_q} <= 5'b00000;
      clear_markets_q <= 1'b0;
    end

    if (!rst_ni) begin
      {run_q, final_q, scan_q, setup_q, clearing_q} <= 5'b00001;
      {scan_ended_q, setup_ended_q} <= 2'b00;
      clear_q <= {CLEAR_BITS{1'b0}};
      clear_markets_q <= 1'b1;
      by_command_q <= 1'b0;
      session_q <= session_i;
      fault_q <= `FAULT_NONE;
    end
  end
endmodule
