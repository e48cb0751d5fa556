// Which parity errors count: those of words that the step, the seeker or the scanner relies on. Inputs are of one
// cycle, but bad_aggregate_i, bad_words_i and the scanner's words of the next, and the answer comes in that behind it.
module parity_check #(
    parameter SLOT_BITS = 16
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    // a command's step and the change it asks for
    input  wire                 step_i,
    input  wire                 cont_i,
    input  wire                 add_i,
    input  wire                 remove_i,
    input  wire                 amend_i,
    input  wire [1:0]           place_i,        // its order is the head, the tail of its level
    input  wire                 seek_first_i,   // the seeker's first step: level and words
    input  wire [1:0]           ahead_i,        // the sweeper's: a word, ends
    input  wire [2:0]           scan_i,         // what the scanner has read: level, order, words
    input  wire [SLOT_BITS-1:0] scan_slot_i,
    // read
    input  wire                 used_i,
    input  wire                 occupied_i,
    input  wire [SLOT_BITS-1:0] tail_i,
    input  wire [5:0]           bad_read_i,     // word read ahead, used, order, next, prev, ends
    input  wire                 bad_aggregate_i,
    input  wire                 bad_words_i,

    output wire                 fault_order_o,
    output wire                 fault_level_o,
    output wire                 fault_words_o
);
  wire bad_ahead, bad_used, bad_order, bad_next, bad_prev, bad_ends;
  assign {bad_ahead, bad_used, bad_order, bad_next, bad_prev, bad_ends} = bad_read_i;
  wire bad_links = (bad_next && !place_i[0]) || (bad_prev && !place_i[1]);
  reg  order, ends;
  wire level_counts = step_i && occupied_i && (add_i || remove_i || amend_i);
  reg  order_q, ends_q, sum_counts_q, words_count_q, ahead_q, fault_order_q, fault_level_q, fault_words_q;
  assign {fault_order_o, fault_level_o, fault_words_o} = {fault_order_q, fault_level_q, fault_words_q};
  // (by what is wrong, which nothing is in a simulation but what was injected)
  always @* begin
    {order, ends} = 2'd0;
    if (bad_used && step_i) order = 1'b1;
    if (bad_order) if (step_i ? (used_i && !cont_i) || remove_i || amend_i : scan_i[1]) order = 1'b1;
    if (bad_links && step_i && remove_i) order = 1'b1;
    if (bad_next && !step_i && scan_i[1] && scan_slot_i != tail_i) order = 1'b1;
    if (bad_ends) ends = level_counts || ahead_i[0] || (!step_i && (seek_first_i || scan_i[2]));
  end
  always @(posedge clk_i) begin
    order_q <= rst_ni && order;
    ends_q <= rst_ni && ends;
    sum_counts_q <= rst_ni && level_counts;
    words_count_q <= rst_ni && (step_i || seek_first_i);
    ahead_q <= rst_ni && ahead_i[1] && bad_ahead;
    fault_order_q <= rst_ni && order_q;
    fault_level_q <= rst_ni && (ends_q || (sum_counts_q && bad_aggregate_i));
    fault_words_q <= rst_ni && ((bad_words_i && (words_count_q || scan_i[0])) || ahead_q);
  end
endmodule
