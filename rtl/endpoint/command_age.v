// Age of the oldest unanswered command, counted from the cycle in which its slot became complete.
//
// Commands are answered in ring order, so the oldest is always the slot behind the last one answered. The host
// keeps at most SLOTS commands unanswered (it can't know of a free slot otherwise); one that doesn't gets wrong ages.
// Latency: age_o is 2 cycles behind. Back-pressure: none.
`include "contract.vh"

module command_age #(
    parameter SLOTS = 256
) (
    input                      clk_i,
    input                      rst_ni,
    input  [`W_STAMP-1:0]      cycle_i,
    input                      complete_i,       // pulse: a slot became complete
    input  [$clog2(SLOTS)-1:0] complete_slot_i,
    input                      taken_i,          // pulse: the oldest complete slot went to the book
    input                      answered_i,       // pulse: a command's final event went out
    input                      waiting_i,        // complete slots wait for the book
    output [31:0]              age_o,            // saturating; 0 where no command waits
    output                     active_o          // commands are in the book
);
    localparam SLOT_BITS = $clog2(SLOTS);

    reg [`W_STAMP-1:0]  stamp_memory [0:SLOTS-1];
    reg [`W_STAMP-1:0]  stamp_q, age_q;
    reg [SLOT_BITS-1:0] oldest_q;
    reg [SLOT_BITS+1:0] inside_q;                 // taken and not answered
    reg                 any_q;

    wire                waiting = inside_q != {(SLOT_BITS + 2) {1'b0}};

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            oldest_q <= {SLOT_BITS{1'b0}};
            inside_q <= {(SLOT_BITS + 2) {1'b0}};
            any_q    <= 1'b0;
        end else begin
            if (answered_i) oldest_q <= oldest_q + 1'b1;
            inside_q <= inside_q + {{(SLOT_BITS + 1) {1'b0}}, taken_i} - {{(SLOT_BITS + 1) {1'b0}}, answered_i};
            any_q    <= !answered_i && (waiting || waiting_i);
`ifndef SYNTHESIS
            assert (!answered_i || waiting);
`endif
        end
        if (complete_i) stamp_memory[complete_slot_i] <= cycle_i;
        stamp_q <= stamp_memory[oldest_q];
        age_q   <= cycle_i - stamp_q;
    end

    assign age_o    = !any_q ? 32'd0 : age_q[`W_STAMP-1:32] != 8'd0 ? 32'hFFFFFFFF : age_q[31:0];
    assign active_o = waiting;
endmodule
