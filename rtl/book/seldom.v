// What a step seldom does: it sets something of its market or leads out of the pipeline. Decided in one cycle, done in
// the next if it was committed.
module seldom (
    input  wire       clk_i,
    input  wire       step_i,       // there may be a step (what enables registers is known early),
    input  wire       alive_i,      // it is decided,
    input  wire       seldom_i,     // and may be one of these:
    input  wire [7:0] decided_i,    // configure, set_mark, set_base, set_last, to_final, final_self, to_scan, to_reset
    input  wire       commit_i,     // what was decided in the cycle before happens:
    output reg  [7:0] done_o,
    output wire       sets_last_o   // ... the last trade is set, if it happens
);
  reg       seldom_q;
  reg [7:0] decided_q;
  reg [7:0] decided;
  always @* begin
    decided = 8'bx;
    if (seldom_i) decided = decided_i;
  end
  always @(posedge clk_i) begin
    seldom_q <= alive_i && seldom_i;
    if (step_i) decided_q <= decided;
  end
  always @* begin
    done_o = 8'd0;
    if (commit_i && seldom_q) done_o = decided_q;
  end
  assign sets_last_o = seldom_q && decided_q[4];
endmodule
