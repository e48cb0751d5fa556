// Why a cycle retires nothing, one bit per `STALL_*; none of a cycle that commits. Told in the cycle after.
`include "contract.vh"
module stall_cause (
    input  wire       clk_i,
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
    output wire [7:0] stall_o
);
  reg [7:0] stall, stall_q;
  assign stall_o = stall_q;
  always @(posedge clk_i) stall_q <= stall;
  always @* begin
    stall = 8'd0;
    if (final_i) stall[`STALL_SWEEP] = 1'b1;
    else if (!run_i) stall[`STALL_SLOW] = 1'b1;
    else if (seek_i) stall[`STALL_TAKEN] = 1'b1;
    else if (step_i && !commit_i) begin
      if (unknown_i) stall[`STALL_SEEK] = 1'b1;
      else if (nack_band_i) stall[`STALL_BAND] = 1'b1;
      else if (nack_i) stall[`STALL_REFETCH] = 1'b1;
      else stall[`STALL_EVENTS] = 1'b1;
    end else if (!step_i) begin
      if (hold_i) stall[`STALL_SEEK] = 1'b1;
      else if (carry_i) stall[`STALL_SWEEP] = 1'b1;
      else if (waiting_i) stall[`STALL_REFETCH] = 1'b1;
      else stall[`STALL_IDLE] = 1'b1;
    end
  end
endmodule
