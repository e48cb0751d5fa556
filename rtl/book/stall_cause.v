// Why a cycle retires nothing, one bit per `STALL_*; none of a cycle that commits. Told in the cycle after.
`include "contract.vh"
module stall_cause (
    input  wire       clk_i,
    input  wire       run_i,
    input  wire       final_i,    // the remainder of a blocked taker
    input  wire       seek_i,     // the step that arrives is the seeker's
    input  wire       step_i,     // ... a command's
    input  wire       room_i,     // for its event
    input  wire       unknown_i,  // the next best level is not known yet
    input  wire       nack_i,
    input  wire       nack_band_i,
    input  wire       hold_i,     // issue waits for the seeker
    input  wire       carry_i,
    input  wire       waiting_i,  // commands are in the queue
    output reg  [7:0] stall_o
);
  reg       decided_q, room_q, unknown_q, nack_q, nack_band_q;
  reg [7:0] other, other_q;  // but for a step that was not committed
  always @* begin
    other = 8'd0;
    if (!run_i) begin
      if (final_i) other[`STALL_SWEEP] = 1'b1;
      else other[`STALL_SLOW] = 1'b1;
    end
    else if (seek_i) other[`STALL_TAKEN] = 1'b1;
    else if (!step_i) begin
      if (hold_i) other[`STALL_SEEK] = 1'b1;
      else if (carry_i) other[`STALL_SWEEP] = 1'b1;
      else if (waiting_i) other[`STALL_REFETCH] = 1'b1;
      else other[`STALL_IDLE] = 1'b1;
    end
  end
  always @(posedge clk_i) begin
    other_q <= other;
    decided_q <= step_i;
    {room_q, unknown_q, nack_q, nack_band_q} <= {room_i, unknown_i, nack_i, nack_band_i};
  end
  always @* begin
    stall_o = other_q;
    if (decided_q) begin
      if (unknown_q) stall_o[`STALL_SEEK] = 1'b1;
      else if (nack_band_q) stall_o[`STALL_BAND] = 1'b1;
      else if (nack_q) stall_o[`STALL_REFETCH] = 1'b1;
      else if (!room_q) stall_o[`STALL_EVENTS] = 1'b1;
    end
  end
endmodule
