// What a command carries from one of its steps to the next: the taker under way, the orders that a cancel_many has
// taken out, and whether the fill-or-kill scan has succeeded. A value shows in the cycle after.
module carried (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire        save_i,          // the taker goes on, here or in the scanner
    input  wire        carry_i,         // here: further steps follow
    input  wire        cont_i,          // this is one of them
    input  wire        first_i,
    input  wire        side_i,
    input  wire [39:0] remaining_i,
    input  wire [23:0] owner_i,
    input  wire [31:0] opposite_best_i,
    input  wire        many_i,          // one more taken out
    input  wire        kill_passed_i,
    input  wire        retire_i,
    input  wire [23:0] impact_min_i,
    input  wire [23:0] impact_max_i,

    output wire        carry_o,         // the head command is a taker under way
    output wire        first_o,         // ... that has not met an order yet
    output wire        side_o,
    output wire [39:0] remaining_o,
    output wire [23:0] owner_o,
    output wire [31:0] touch_o,         // the opposite best before the command
    output wire        touch_set_o,     // taken in the cycle before
    output wire [55:0] impact_product_o,  // touch x the impact band's multiplier, two cycles later
    output wire [31:0] many_o,
    output wire        many_first_o,    // the command before has just ended: it is 0
    output wire        kill_passed_o
);
  reg        touch_set_q;
  reg        carry_q, first_q, side_q, kill_passed_q, many_first_q;
  reg [39:0] remaining_q;
  reg [23:0] owner_q;
  reg [31:0] touch_q, many_q;
  reg [23:0] impact_q;
  reg [39:0] low_q, high_q;  // products of the touch's halves
  reg [55:0] impact_product_q;

  always @(posedge clk_i) begin
    if (save_i) begin
      first_q <= first_i;
      remaining_q <= remaining_i;
      side_q <= side_i;
      owner_q <= owner_i;
      impact_q <= side_i ? impact_min_i : impact_max_i;
      if (!cont_i || first_q) touch_q <= opposite_best_i;
    end
    touch_set_q <= save_i && (!cont_i || first_q);
    low_q <= {24'd0, touch_q[15:0]} * {16'd0, impact_q};
    high_q <= {24'd0, touch_q[31:16]} * {16'd0, impact_q};
    impact_product_q <= {high_q, 16'd0} + {16'd0, low_q};
    carry_q <= rst_ni && !retire_i && (carry_q || carry_i);
    kill_passed_q <= rst_ni && (kill_passed_i || (kill_passed_q && !retire_i));
    many_first_q <= retire_i;
    if (!rst_ni || retire_i) many_q <= 32'd0;
    else if (many_i) many_q <= many_q + 32'd1;
  end

  assign carry_o = carry_q;
  assign first_o = first_q;
  assign side_o = side_q;
  assign remaining_o = remaining_q;
  assign owner_o = owner_q;
  assign touch_o = touch_q;
  assign touch_set_o = touch_set_q;
  assign impact_product_o = impact_product_q;
  assign many_o = many_q;
  assign many_first_o = many_first_q;
  assign kill_passed_o = kill_passed_q;
endmodule
