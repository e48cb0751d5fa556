// What a command carries from one of its steps to the next: the taker under way, the orders that a cancel_many has
// taken out, and whether the fill-or-kill scan has succeeded. What a step decides shows in the cycle after, if it is
// committed then (commit_i); what the next step sees of it (*_o) does not wait for that, since the one behind a step
// that is not committed is dropped.
module carried (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire        commit_i,        // what was decided in the cycle before happens
    input  wire        step_i,          // there may be a step (what enables registers is known early),
    input  wire        alive_i,         // it is decided:
    input  wire        save_i,          // the taker goes on, here or in the scanner
    input  wire        carry_i,         // here: further steps follow
    input  wire        cont_i,          // this is one of them
    input  wire        first_i,
    input  wire        side_i,
    input  wire [39:0] before_i,        // lots it had, and has if it ends outside the pipeline (final_i),
    input  wire [39:0] remaining_i,     // and has left
    input  wire        final_i,
    input  wire [23:0] owner_i,
    input  wire [31:0] opposite_best_i,
    input  wire        many_i,          // one more taken out
    input  wire        kill_passed_i,
    input  wire        near_cont_i,     // the step that is prepared is a further one, of the taker under way,
    input  wire [39:0] near_quantity_i, // or has this
    input  wire        retire_i,        // the command has ended in the cycle before,
    input  wire        ended_i,         // ... if what was decided then happens
    input  wire [23:0] impact_min_i,
    input  wire [23:0] impact_max_i,

    output wire        sure_carry_o,    // the head command is a taker under way,
    output wire        carry_o,         // ... if what was decided in the cycle before happens; all that follows, too
    output wire        at_touch_o,      // ... that has not met an order yet, or whose first one the step before was
    output wire        side_o,
    output wire [39:0] remaining_o,     // (behind a step that ends its taker outside, it counts two cycles later)
    output wire [39:0] step_remaining_o,  // lots of the taker of the step that is decided
    output wire [39:0] late_before_o,   // in the cycle before
    output wire [39:0] late_remaining_o,
    output wire [23:0] owner_o,
    output wire [31:0] touch_o,         // the opposite best before the command, two cycles later
    input  wire [31:0] near_best_i,     // price of the step that is prepared: is it that
    output wire        near_at_touch_o,
    output wire [55:0] impact_product_o,  // touch_o x the impact band's multiplier, three cycles later
    output wire [31:0] many_o,
    output wire        many_first_o,    // the command before has just ended: it is 0
    output wire        kill_passed_o
);
  // decided in the cycle before
  reg        new_save_q, new_carry_q, new_first_q, new_side_q, new_touches_q, new_at_touch_q, new_many_q;
  reg        new_final_q;
  reg [39:0] new_remaining_q, new_before_q;
  reg [23:0] new_owner_q, new_impact_q;
  reg [31:0] new_touch_q;
  // kept
  reg        carry_q, first_q, side_q, kill_passed_q;
  reg [39:0] remaining_q, step_remaining_q;
  reg [23:0] owner_q, impact_q;
  reg [31:0] touch_q, many_q;
  reg [27:0] low0_q, low1_q, high0_q, high1_q;  // products of the touch's halves and the multiplier's
  reg [55:0] outer_q;
  reg [32:0] inner_q;
  reg [55:0] impact_product_q;
  reg        saved_q, multiplied_q, added_q;  // ... are worked out behind a change only

  wire save = commit_i && new_save_q;
  assign sure_carry_o = !retire_i && (carry_q || (commit_i && new_carry_q));
  assign carry_o = !ended_i && (carry_q || new_carry_q);
  wire first = new_save_q ? new_first_q : first_q;
  assign at_touch_o = new_save_q ? new_at_touch_q : first_q;
  assign side_o = new_save_q ? new_side_q : side_q;
  assign remaining_o = new_save_q ? new_remaining_q : remaining_q;
  assign step_remaining_o = step_remaining_q;
  assign {late_before_o, late_remaining_o} = {new_before_q, new_remaining_q};
  assign owner_o = new_save_q ? new_owner_q : owner_q;
  assign touch_o = touch_q;
  assign near_at_touch_o = new_save_q && new_touches_q ? near_best_i == new_touch_q : near_best_i == touch_q;
  assign impact_product_o = impact_product_q;
  assign many_o = ended_i ? 32'd0 : many_q;
  assign many_first_o = ended_i;
  assign kill_passed_o = kill_passed_q && !ended_i;

  always @(posedge clk_i) begin
    // (if the step that is decided is another command's, or ends its own, the one behind it is not a further one)
    step_remaining_q <= !near_cont_i ? near_quantity_i : alive_i ? remaining_i : remaining_o;
    {new_save_q, new_carry_q} <= {alive_i && save_i, alive_i && carry_i};
    if (step_i) begin
      {new_many_q, new_first_q, new_side_q} <= {many_i, first_i, side_i};
      new_touches_q <= !cont_i || first;
      new_at_touch_q <= first_i || !cont_i || first;
      {new_remaining_q, new_owner_q, new_touch_q} <= {remaining_i, owner_i, opposite_best_i};
      {new_final_q, new_before_q} <= {final_i, before_i};
      new_impact_q <= side_i ? impact_min_i : impact_max_i;
    end
    if (save) begin
      {first_q, side_q} <= {new_first_q, new_side_q};
      remaining_q <= new_final_q ? new_before_q : new_remaining_q;
      {owner_q, impact_q} <= {new_owner_q, new_impact_q};
    end
    if (save && new_touches_q) touch_q <= new_touch_q;
    {saved_q, multiplied_q, added_q} <= {save, saved_q, multiplied_q};
    if (saved_q) begin
      low0_q <= {12'd0, touch_q[15:0]} * {16'd0, impact_q[11:0]};
      low1_q <= {12'd0, touch_q[31:16]} * {16'd0, impact_q[11:0]};
      high0_q <= {12'd0, touch_q[15:0]} * {16'd0, impact_q[23:12]};
      high1_q <= {12'd0, touch_q[31:16]} * {16'd0, impact_q[23:12]};
    end
    if (multiplied_q) begin
      outer_q <= {high1_q, low0_q};
      inner_q <= {1'b0, low1_q, 4'd0} + {5'd0, high0_q};
    end
    if (added_q) impact_product_q <= outer_q + {11'd0, inner_q, 12'd0};
    carry_q <= rst_ni && sure_carry_o;
    if (!rst_ni || retire_i) {kill_passed_q, many_q} <= {rst_ni && kill_passed_i, 32'd0};
    else begin
      if (kill_passed_i) kill_passed_q <= 1'b1;
      if (commit_i && new_many_q) many_q <= many_q + 32'd1;
    end
  end
endmodule
