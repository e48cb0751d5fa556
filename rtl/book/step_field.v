// One field of the step that is issued, on its way to the decision: far_o of the step that is prepared in the next
// cycle, near_o of the one that is prepared, x_o of the one that is decided. A field each, so that a simulation has
// words of their own instead of cutting them out of a long one.
module step_field #(
    parameter WIDTH = 1,
    parameter LATENCY = 2
) (
    input  wire             clk_i,
    input  wire [WIDTH-1:0] issued_i,
    output wire [WIDTH-1:0] far_o,
    output wire [WIDTH-1:0] near_o,
    output wire [WIDTH-1:0] x_o
);
  reg [WIDTH-1:0] step1_q, step2_q, step3_q, step4_q, step5_q;  // issued that many cycles ago, as far as it is used
  always @(posedge clk_i) begin
    step1_q <= issued_i;
    step2_q <= step1_q;
    step3_q <= step2_q;
    step4_q <= step3_q;
    step5_q <= step4_q;
  end
  assign far_o = LATENCY == 1 ? issued_i : LATENCY == 2 ? step1_q : LATENCY == 3 ? step2_q : step3_q;
  assign near_o = LATENCY == 1 ? step1_q : LATENCY == 2 ? step2_q : LATENCY == 3 ? step3_q : step4_q;
  assign x_o = LATENCY == 1 ? step2_q : LATENCY == 2 ? step3_q : LATENCY == 3 ? step4_q : step5_q;
  wire unused = &{1'b0, step5_q, 1'b0};
endmodule
