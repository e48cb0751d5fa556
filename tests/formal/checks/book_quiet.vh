// When a book is quiet, for check_book and check_book_reset: what its registers of control are then, as a start (`AT)
// and as a claim.
  (* hierconn `AT(1'd1) *) wire \u_dut.u_mode.run_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_mode.final_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_mode.scan_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_mode.setup_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_mode.clearing_q ;
  (* hierconn `AT(8'd0) *) wire [7:0] \u_dut.u_mode.fault_q ;
  (* hierconn `AT(4'd8) *) wire [3:0] \u_dut.u_mode.wait_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_mode.scan_ended_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_mode.setup_ended_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_mode.clear_markets_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_queue.one_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_queue.two_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_queue.behind_stored_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_queue.next_valid_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_queue.taken_valid_q ;
  (* hierconn `AT(1'd1) *) wire \u_dut.u_queue.ready_q ;
  (* hierconn `AT(2'd0) *) wire [1:0] \u_dut.u_issue.step_valid_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_issue.look_valid_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_issue.second_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_issue.u_chase.chase_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_issue.u_chase.fresh_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_issue.u_chase.u_sweeper.busy_q ;
  (* hierconn `AT(1'd1) *) wire \u_dut.u_issue.u_chase.u_sweeper.idle_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.commit_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.answered_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.flushed_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.chase_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.sweep_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.ended_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.alive_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_parity.order_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_parity.ends_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_parity.ahead_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_parity.fault_order_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_parity.fault_level_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_parity.fault_words_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_carried.carry_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_carried.new_carry_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_carried.kill_passed_q ;
  (* hierconn `AT(32'd0) *) wire [31:0] \u_dut.u_complete.u_carried.many_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_complete.u_answer.u_events.pushed_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_tops.late_change_q ;
  (* hierconn `AT(4'd0) *) wire [3:0] \u_dut.u_scanner.state_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_scanner.done_q ;
  (* hierconn `AT(6'd0) *) wire [5:0] \u_dut.u_bands.u_markets.u_bounds.step_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_bands.u_markets.start_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_bands.u_markets.set_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_store.inject_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.stopped_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.held_market_q ;
  // the seeker
  (* hierconn `AT(2'd0) *) wire [1:0] \u_dut.u_issue.seek_valid_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.want_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_tops.pending_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_tops.pick_q ;
  (* hierconn `AT(4'd0) *) wire [3:0] \u_dut.u_tops.u_tops.open_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_seeker.picked_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_seeker.busy_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_seeker.pending_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_seeker.late_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_seeker.masked_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_seeker.chosen_q ;
  (* hierconn `AT(1'd0) *) wire \u_dut.u_tops.u_seeker.answer_q ;
  // places in queues, of which the first one is as good as any
  (* hierconn `AT(5'd0) *) wire [4:0] \u_dut.u_queue.head_q ;
  (* hierconn `AT(5'd1) *) wire [4:0] \u_dut.u_queue.after_q ;
  (* hierconn `AT(5'd0) *) wire [4:0] \u_dut.u_queue.tail_q ;
  (* hierconn `AT(5'd31) *) wire [4:0] \u_dut.u_queue.not_tail_q ;
  (* hierconn `AT(5'd0) *) wire [4:0] \u_dut.u_queue.behind_q ;
  (* hierconn `AT(5'd0) *) wire [4:0] \u_dut.u_complete.u_answer.u_events.head_q ;
  (* hierconn `AT(5'd0) *) wire [4:0] \u_dut.u_complete.u_answer.u_events.tail_q ;
  (* hierconn `AT(32'd0) *) wire [31:0] \u_dut.u_complete.u_answer.u_events.sequence_q ;
  wire control_quiet = {
      \u_dut.u_mode.run_q , \u_dut.u_mode.final_q , \u_dut.u_mode.scan_q , \u_dut.u_mode.setup_q ,
      \u_dut.u_mode.clearing_q , \u_dut.u_mode.fault_q , \u_dut.u_mode.wait_q , \u_dut.u_mode.scan_ended_q ,
      \u_dut.u_mode.setup_ended_q , \u_dut.u_mode.clear_markets_q , \u_dut.u_queue.one_q , \u_dut.u_queue.two_q ,
      \u_dut.u_queue.behind_stored_q , \u_dut.u_queue.next_valid_q , \u_dut.u_queue.taken_valid_q ,
      \u_dut.u_queue.ready_q , \u_dut.u_issue.step_valid_q , \u_dut.u_issue.look_valid_q , \u_dut.u_issue.second_q ,
      \u_dut.u_issue.u_chase.chase_q , \u_dut.u_issue.u_chase.fresh_q , \u_dut.u_issue.u_chase.u_sweeper.busy_q ,
      \u_dut.u_issue.u_chase.u_sweeper.idle_q , \u_dut.u_complete.commit_q , \u_dut.u_complete.answered_q ,
      \u_dut.u_complete.flushed_q , \u_dut.u_complete.chase_q , \u_dut.u_complete.sweep_q ,
      \u_dut.u_complete.ended_q , \u_dut.u_complete.alive_q , \u_dut.u_complete.u_parity.order_q ,
      \u_dut.u_complete.u_parity.ends_q , \u_dut.u_complete.u_parity.ahead_q ,
      \u_dut.u_complete.u_parity.fault_order_q , \u_dut.u_complete.u_parity.fault_level_q ,
      \u_dut.u_complete.u_parity.fault_words_q , \u_dut.u_complete.u_carried.carry_q ,
      \u_dut.u_complete.u_carried.new_carry_q , \u_dut.u_complete.u_carried.kill_passed_q ,
      \u_dut.u_complete.u_carried.many_q , \u_dut.u_complete.u_answer.u_events.pushed_q ,
      \u_dut.u_tops.u_tops.late_change_q , \u_dut.u_scanner.state_q , \u_dut.u_scanner.done_q ,
      \u_dut.u_bands.u_markets.u_bounds.step_q , \u_dut.u_bands.u_markets.start_q , \u_dut.u_bands.u_markets.set_q ,
      \u_dut.u_store.inject_q , \u_dut.stopped_q , \u_dut.held_market_q } == {
      1'd1, 1'd0, 1'd0, 1'd0, 1'd0, 8'd0, 4'd8, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd1, 2'd0, 1'd0,
      1'd0, 1'd0, 1'd0, 1'd0, 1'd1, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0,
      1'd0, 1'd0, 1'd0, 32'd0, 1'd0, 1'd0, 4'd0, 1'd0, 6'd0, 1'd0, 1'd0, 1'd0, 1'd0, 1'd0};
  wire seeker_quiet = {
      \u_dut.u_issue.seek_valid_q , \u_dut.u_tops.want_q , \u_dut.u_tops.u_tops.pending_q ,
      \u_dut.u_tops.u_tops.pick_q , \u_dut.u_tops.u_tops.open_q , \u_dut.u_tops.u_seeker.picked_q ,
      \u_dut.u_tops.u_seeker.busy_q , \u_dut.u_tops.u_seeker.pending_q , \u_dut.u_tops.u_seeker.late_q ,
      \u_dut.u_tops.u_seeker.masked_q , \u_dut.u_tops.u_seeker.chosen_q , \u_dut.u_tops.u_seeker.answer_q } == 0;
  wire queues_empty = \u_dut.u_queue.head_q == \u_dut.u_queue.tail_q &&
      \u_dut.u_queue.behind_q == \u_dut.u_queue.tail_q &&
      \u_dut.u_queue.not_tail_q == ~\u_dut.u_queue.tail_q && \u_dut.u_queue.after_q == (\u_dut.u_queue.head_q + 5'd1) &&
      \u_dut.u_complete.u_answer.u_events.head_q == \u_dut.u_complete.u_answer.u_events.tail_q ;
