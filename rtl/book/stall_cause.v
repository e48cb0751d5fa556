// Why this cycle retires nothing, one bit per `STALL_*; none in a cycle that commits. Combinational.
`include "contract.vh"
module stall_cause (
    input  wire       run_i,
    input  wire       final_i,    // the remainder of a blocked taker
    input  wire       seek_i,     // the step that arrives is the seeker's
    input  wire       step_i,     // ... a command's
    input  wire       commit_i,
    input  wire       unknown_i,  // the next best level is not known yet
    input  wire       nack_i,
    input  wire       nack_band_i,
    input  wire       hold_i,     // issue waits for the seeker
    input  wire       carry_i,
    input  wire       waiting_i,  // commands are in the queue
    output reg  [7:0] stall_o
);
  always @* begin
    stall_o = 8'd0;
    if (final_i) stall_o[`STALL_SWEEP] = 1'b1;
    else if (!run_i) stall_o[`STALL_SLOW] = 1'b1;
    else if (seek_i) stall_o[`STALL_TAKEN] = 1'b1;
    else if (step_i && !commit_i) begin
      if (unknown_i) stall_o[`STALL_SEEK] = 1'b1;
      else if (nack_band_i) stall_o[`STALL_BAND] = 1'b1;
      else if (nack_i) stall_o[`STALL_REFETCH] = 1'b1;
      else stall_o[`STALL_EVENTS] = 1'b1;
    end else if (!step_i) begin
      if (hold_i) stall_o[`STALL_SEEK] = 1'b1;
      else if (carry_i) stall_o[`STALL_SWEEP] = 1'b1;
      else if (waiting_i) stall_o[`STALL_REFETCH] = 1'b1;
      else stall_o[`STALL_IDLE] = 1'b1;
    end
  end
endmodule
