// Which parity errors of this cycle's read count: those of words that the step, the seeker or the scanner relies on.
// Combinational.
module parity_check #(
    parameter SLOT_BITS = 16
) (
    // a command's step and the change it asks for
    input  wire                 step_i,
    input  wire                 cont_i,
    input  wire                 add_i,
    input  wire                 remove_i,
    input  wire                 amend_i,
    input  wire [SLOT_BITS-1:0] slot_i,
    input  wire                 seek_first_i,   // the seeker's first step: level and words
    input  wire                 scan_level_i,   // what the scanner has read
    input  wire                 scan_order_i,
    input  wire                 scan_words_i,
    input  wire [SLOT_BITS-1:0] scan_slot_i,
    // read
    input  wire                 used_i,
    input  wire                 occupied_i,
    input  wire [SLOT_BITS-1:0] head_i,
    input  wire [SLOT_BITS-1:0] tail_i,
    input  wire                 bad_used_i,
    input  wire                 bad_order_i,
    input  wire                 bad_next_i,
    input  wire                 bad_prev_i,
    input  wire                 bad_level_i,
    input  wire                 bad_words_i,

    output wire                 fault_order_o,
    output wire                 fault_level_o,
    output wire                 fault_words_o
);
  wire bad_links = (bad_next_i && slot_i != tail_i) || (bad_prev_i && slot_i != head_i);
  assign fault_order_o =
      step_i ? bad_used_i || (bad_order_i && ((used_i && !cont_i) || remove_i || amend_i)) || (remove_i && bad_links)
             : scan_order_i && (bad_order_i || (bad_next_i && scan_slot_i != tail_i));
  assign fault_level_o = bad_level_i && (step_i ? occupied_i && (add_i || remove_i || amend_i)
                                                : seek_first_i || scan_level_i);
  assign fault_words_o = bad_words_i && (step_i || seek_first_i || scan_words_i);
endmodule
