// event_writer: every event goes to the ring once, in order, with the right phase, whatever bus and credit do; the
// write master keeps AXI's rules; the host's ring is never overrun.
//
// Environment: the bus answers only bursts that it has taken whole; the ring's set-up is constant; the core is reset
// only when the writer is idle; credit comes while the writer is enabled. That what leaves the queue is what went in is
// the proof `fifo`, and free_fifo stands for it; here it is shown that the queue is wired straight to the events and to
// the bus. Lines that read registers inside u_dut (by hierconn) only help the induction: they say that this module's
// own books agree with the writer's.
`include "contract.vh"
module check_event_writer #(
    parameter QUEUE_LOG2 = 1,
    parameter RING_LOG2_MAX = 7
) (
    input        clk_i,
    input        rst_ni,
    input        core_rst_ni,
    input        start_i,
    input        credit_valid_i,
    input [31:0] credit_i,
    input        halt_i,
    input        ev_valid_i,
    input [511:0] ev_i,
    input        awready_i,
    input        wready_i,
    input        bvalid_i,
    input [1:0]  bresp_i
);
  (* anyconst *) wire [51:0] page;     // the ring's base, in 4 KiB
  (* anyconst *) wire        larger;   // 2^7 events instead of 2^6
  wire [4:0]  ring_log2 = larger ? 5'd7 : 5'd6;
  wire [6:0]  mask = larger ? 7'h7F : 7'h3F;
  wire        run, ev_ready, awvalid, wvalid, wlast, bready, written, last, ring_full, idle, bus_fault, credit_fault;
  wire [63:0] awaddr;
  wire [7:0]  awlen;
  wire [511:0] wdata;
  wire [QUEUE_LOG2+1:0] level;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  reg enabled_q;
  always @(posedge clk_i)
    if (!rst_ni || !core_rst_ni) enabled_q <= 1'b0;
    else if (start_i) enabled_q <= 1'b1;
  event_writer #(.QUEUE_LOG2(QUEUE_LOG2), .RING_LOG2_MAX(RING_LOG2_MAX)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .core_rst_ni(core_rst_ni), .enabled_i(enabled_q), .start_i(start_i),
      .ring_base_i({page, 12'd0}), .ring_log2_i(ring_log2), .credit_valid_i(credit_valid_i), .credit_i(credit_i),
      .halt_i(halt_i), .ev_valid_i(ev_valid_i), .ev_ready_o(ev_ready), .ev_i(ev_i),
      .awvalid_o(awvalid), .awready_i(awready_i), .awaddr_o(awaddr), .awlen_o(awlen), .wvalid_o(wvalid),
      .wready_i(wready_i), .wdata_o(wdata), .wlast_o(wlast), .bvalid_i(bvalid_i), .bready_o(bready), .bresp_i(bresp_i),
      .written_o(written), .last_o(last), .ring_full_o(ring_full), .level_o(level), .idle_o(idle),
      .bus_fault_o(bus_fault), .credit_fault_o(credit_fault));
  wire live = run && core_rst_ni;
  wire beat = wvalid && wready_i;
  wire answered = bvalid_i && bready;

  // ---- what the bus has seen: a burst begins when awvalid rises or follows one taken
  reg        aw_waits_q, w_waits_q;
  reg [63:0] addr_q;
  reg [7:0]  len_q;
  reg [1:0]  w_word_q;
  reg [2:0]  left_q;
  reg [3:0]  bursts_q;                 // begun and not answered
  reg [3:0]  whole_q;                  // taken whole and not answered
  reg [6:0]  plan_q, write_q;          // ring positions of the next burst, of the next beat
  reg        phase_q;
  wire       begins = awvalid && !aw_waits_q;
  wire [2:0] left = begins ? awlen[2:0] + 3'd1 : left_q;
  wire       ends = beat && left == 3'd1;
  // a burst is whole when its address and its last beat are taken, in whichever order
  reg        aw_taken_q, w_ended_q;    // of the burst begun last, if it is not whole yet
  wire       aw_done = awvalid && awready_i || (aw_taken_q && !begins);
  wire       w_done = ends || (w_ended_q && !begins);
  wire       open = begins || aw_waits_q || left_q != 0;
  wire       whole = open && aw_done && w_done;
  always @* assume (!bvalid_i || whole_q != 0);
  always @* assume (core_rst_ni || !rst_ni || (idle && halt_i));
  always @* assume (!start_i || !enabled_q);
  always @* assume (!credit_valid_i || enabled_q);

  always @(posedge clk_i) begin
    aw_waits_q <= awvalid && !awready_i;
    w_waits_q <= wvalid && !wready_i;
    addr_q <= awaddr;
    len_q <= awlen;
    w_word_q <= {wlast, wdata[511]};
    left_q <= left - {2'd0, beat};
    bursts_q <= bursts_q + {3'd0, begins} - {3'd0, answered};
    whole_q <= whole_q + {3'd0, whole} - {3'd0, answered};
    aw_taken_q <= aw_done && !whole;
    w_ended_q <= w_done && !whole;
    if (begins) plan_q <= (plan_q + awlen[6:0] + 7'd1) & mask;
    if (beat) begin
      write_q <= (write_q + 7'd1) & mask;
      if (write_q == mask) phase_q <= !phase_q;
    end
    if (!rst_ni || !core_rst_ni) begin
      {aw_waits_q, w_waits_q, left_q, bursts_q, whole_q, plan_q, write_q, aw_taken_q, w_ended_q} <= 0;
      phase_q <= 1'b1;
    end
  end

  // ---- credit: written and not yet consumed; planned and not yet consumed
  reg        returns_q;
  reg [31:0] credit_q, returned_q;
  reg [7:0]  held_q, ahead_q;
  wire       illegal = returns_q && returned_q > {24'd0, held_q};
  wire [7:0] back = returns_q && !illegal ? returned_q[7:0] : 8'd0;
  always @(posedge clk_i) begin
    returns_q <= credit_valid_i;
    returned_q <= credit_i - credit_q;
    if (credit_valid_i) credit_q <= credit_i;
    held_q <= held_q + {7'd0, beat} - back;
    ahead_q <= ahead_q + (begins ? awlen[7:0] + 8'd1 : 8'd0) - back;
    if (!rst_ni || !core_rst_ni) {returns_q, credit_q, held_q, ahead_q} <= 0;
  end
  wire [7:0] ahead = ahead_q + (begins ? awlen[7:0] + 8'd1 : 8'd0);

  // ---- the writer's own books
  (* hierconn *) wire [2:0] \u_dut.left_q ;
  (* hierconn *) wire [3:0] \u_dut.bursts_q ;
  (* hierconn *) wire [6:0] \u_dut.plan_q ;
  (* hierconn *) wire [6:0] \u_dut.write_q ;
  (* hierconn *) wire       \u_dut.phase_q ;
  (* hierconn *) wire [7:0] \u_dut.room_q ;
  (* hierconn *) wire [7:0] \u_dut.held_q ;
  (* hierconn *) wire [31:0] \u_dut.credit_q ;
  (* hierconn *) wire [31:0] \u_dut.returned_q ;
  (* hierconn *) wire       \u_dut.returned_valid_q ;
  (* hierconn *) wire       \u_dut.u_queue.valid_i ;
  (* hierconn *) wire [511:0] \u_dut.u_queue.data_i ;
  (* hierconn *) wire       \u_dut.u_queue.ready_i ;
  (* hierconn *) wire [511:0] \u_dut.u_queue.data_o ;
  always @*
    if (run) begin
      assert (\u_dut.left_q == left && \u_dut.bursts_q == bursts_q + begins);
      assert (\u_dut.plan_q == (begins ? (plan_q + awlen[6:0] + 7'd1) & mask : plan_q));
      assert (\u_dut.write_q == write_q && \u_dut.phase_q == phase_q && write_q <= mask && plan_q <= mask);
      assert (\u_dut.held_q == held_q && \u_dut.credit_q == credit_q && \u_dut.returned_valid_q == returns_q);
      if (returns_q) assert (\u_dut.returned_q == returned_q);
      assert (\u_dut.room_q == (enabled_q ? {1'b0, mask} + 8'd1 - ahead : 8'd0) && (enabled_q || ahead == 0));
      assert (enabled_q || !returns_q);
      assert (ahead == held_q + left && ahead <= {1'b0, mask} + 8'd1 && left <= level && left <= 3'd4);
      assert (level <= (1 << QUEUE_LOG2) + 1);
      // bursts begun are whole, or the one under way
      assert (bursts_q == whole_q + {3'd0, aw_waits_q || left_q != 0} && bursts_q + begins <= 4'd15);
      assert (aw_taken_q == (!aw_waits_q && left_q != 0) && w_ended_q == (aw_waits_q && left_q == 0));
      assert (!aw_waits_q || awvalid);
      assert (!begins || left_q == 0);
    end

  always @*
    if (live) begin
      // AXI: what is offered stays; INCR bursts of 1 to 4 aligned beats inside 4 KiB; last on the last beat only
      if (aw_waits_q) assert (awvalid && awaddr == addr_q && awlen == len_q);
      if (w_waits_q) assert (wvalid && {wlast, wdata[511]} == w_word_q);
      if (begins) assert (left_q == 0 && awlen < 8'd4 && {1'b0, awaddr[11:6]} + awlen[6:0] <= 7'd63);
      if (wvalid) assert (left != 0 && wlast == (left == 3'd1));
      assert (bready && bursts_q <= 4'd15);
      // the ring: its own addresses, in order, and phase by lap
      if (begins) assert (awaddr == {page, 12'd0} + {51'd0, plan_q, 6'd0} && {1'b0, plan_q} + awlen <= {1'b0, mask});
      if (beat) assert (wdata[511] == phase_q);
      // nothing lost, doubled, reordered or invented: the queue's ends are the events and the beats
      assert (\u_dut.u_queue.valid_i == ev_valid_i && \u_dut.u_queue.data_i == ev_i);
      assert (\u_dut.u_queue.ready_i == beat && wdata[510:0] == \u_dut.u_queue.data_o [510:0]);
      if (beat) assert (level != 0);
      assert (credit_fault == illegal);
      assert (written == beat);
    end

  // nothing waits without a cause: with an event, credit and a free bus a burst begins in the next cycle
  reg cause_q;
  always @(posedge clk_i)
    cause_q <= live && enabled_q && !halt_i && level != 0 && left == 0 && !awvalid && bursts_q < 4'd14 &&
               ahead < {1'b0, mask} && !credit_valid_i && !returns_q;
  always @* if (live && cause_q) assert (begins);

  reach #(.COUNT(5)) u_reach (.reached_i({
      live && illegal, live && begins && awlen == 8'd2, live && beat && level > 2, live && w_waits_q && !aw_waits_q,
      live && ends && aw_waits_q}));
endmodule
