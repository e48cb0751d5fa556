// a_i x b_i, CYCLES (2 or 3) later, one a cycle: products of parts that fit a hardware multiplier of 18 bits, their
// sums, and the sum of those, which with 3 cycles is a register. run_i must be up meanwhile.
module multiply #(
    parameter CYCLES = 3
) (
    input  wire        clk_i,
    input  wire        run_i,
    input  wire [39:0] a_i,
    input  wire [23:0] b_i,
    output wire [63:0] product_o
);
  // thirds of a (14 bits) with halves of b (12 bits)
  reg [25:0] low0_q, low1_q, low2_q, high0_q, high1_q, high2_q;
  reg [51:0] low_q, high_q;
  always @(posedge clk_i) if (run_i) begin
    low0_q <= {12'd0, a_i[13:0]} * {14'd0, b_i[11:0]};
    low1_q <= {12'd0, a_i[27:14]} * {14'd0, b_i[11:0]};
    low2_q <= {14'd0, a_i[39:28]} * {14'd0, b_i[11:0]};
    high0_q <= {12'd0, a_i[13:0]} * {14'd0, b_i[23:12]};
    high1_q <= {12'd0, a_i[27:14]} * {14'd0, b_i[23:12]};
    high2_q <= {14'd0, a_i[39:28]} * {14'd0, b_i[23:12]};
    low_q <= {low2_q[23:0], 2'd0, low0_q} + {12'd0, low1_q, 14'd0};
    high_q <= {high2_q[23:0], 2'd0, high0_q} + {12'd0, high1_q, 14'd0};
  end
  wire [63:0] product = {high_q, 12'd0} + {12'd0, low_q};
  generate
    if (CYCLES > 2) begin : g_register
      reg [63:0] product_q;
      always @(posedge clk_i) if (run_i) product_q <= product;
      assign product_o = product_q;
    end else begin : g_at_once
      assign product_o = product;
    end
  endgenerate
  wire unused = &{1'b0, low2_q[25:24], high2_q[25:24], 1'b0};
endmodule
