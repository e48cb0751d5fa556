// parity_check: a fault shows two cycles after the step (of sum and words: one after they were told) that relies on
// what is wrong, and never else. Who relies on it is said by memory here, by what is wrong in the RTL.
module check_parity (
    input       clk_i,
    input       rst_ni,
    input       step_i,
    input       cont_i,
    input       add_i,
    input       remove_i,
    input       amend_i,
    input [1:0] place_i,
    input       seek_first_i,
    input [1:0] ahead_i,
    input [2:0] scan_i,
    input [1:0] scan_slot_i,
    input       used_i,
    input       occupied_i,
    input [1:0] tail_i,
    input [5:0] bad_read_i,
    input       bad_aggregate_i,
    input       bad_words_i
);
  wire run, fault_order, fault_level, fault_words;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  parity_check #(.SLOT_BITS(2)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .step_i(step_i), .cont_i(cont_i), .add_i(add_i), .remove_i(remove_i),
      .amend_i(amend_i), .place_i(place_i), .seek_first_i(seek_first_i), .ahead_i(ahead_i), .scan_i(scan_i),
      .scan_slot_i(scan_slot_i), .used_i(used_i), .occupied_i(occupied_i), .tail_i(tail_i), .bad_read_i(bad_read_i),
      .bad_aggregate_i(bad_aggregate_i), .bad_words_i(bad_words_i), .fault_order_o(fault_order),
      .fault_level_o(fault_level), .fault_words_o(fault_words));
  wire bad_ahead, bad_used, bad_order, bad_next, bad_prev, bad_ends;
  assign {bad_ahead, bad_used, bad_order, bad_next, bad_prev, bad_ends} = bad_read_i;
  // what relies on each memory: a step, else (no step) scanner or seeker
  wire changes_level = step_i && occupied_i && (add_i || remove_i || amend_i);
  wire on_order = step_i ? (used_i && !cont_i) || remove_i || amend_i : scan_i[1];
  wire on_next = step_i ? remove_i && !place_i[0] : scan_i[1] && scan_slot_i != tail_i;  // it is not the last
  wire on_prev = step_i && remove_i && !place_i[1];                                      // ... the first
  wire on_ends = changes_level || ahead_i[0] || (!step_i && (seek_first_i || scan_i[2]));
  reg order_q, order2_q, level_q, level2_q, sum_q, words_q, words2_q, ahead_q;
  always @(posedge clk_i) begin
    order_q <= run && ((step_i && bad_used) || (on_order && bad_order) || (on_next && bad_next) ||
                       (on_prev && bad_prev));
    level_q <= run && on_ends && bad_ends;
    {sum_q, words_q} <= {run && changes_level, run && (step_i || seek_first_i)};
    ahead_q <= run && ahead_i[1] && bad_ahead;
    order2_q <= run && order_q;
    level2_q <= run && (level_q || (sum_q && bad_aggregate_i));
    words2_q <= run && (ahead_q || (bad_words_i && (words_q || scan_i[0])));
  end
  always @* if (run) assert ({fault_order, fault_level, fault_words} == {order2_q, level2_q, words2_q});
  reg removed_q, scanned_q;  // nothing is wrong but a link
  always @(posedge clk_i) begin
    removed_q <= run && step_i && remove_i && bad_read_i == 6'b000010 && !place_i[1];
    scanned_q <= run && !step_i && scan_i[1] && bad_read_i == 6'b000100 && scan_slot_i != tail_i;
  end
  reg [1:0] late_q;
  always @(posedge clk_i) late_q <= {removed_q, scanned_q};
  reach #(.COUNT(3)) u_reach (.reached_i({run && fault_level, run && fault_order && late_q[0],
                                          run && fault_order && late_q[1]}));
endmodule
