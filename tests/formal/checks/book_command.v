// A command of a member, of any content that is right in its format: its fields for book_spec and its 64 bytes.
`include "contract.vh"
module book_command #(
    parameter [2:0]  CODE = 0,        // what kind of command, 0: any
    parameter [1:0]  SIDE = 2,        // its order's side, 2: any
    parameter [31:0] BASE = 0,
    parameter [31:0] TAG = 0,
    parameter        SLOT_BITS = 2,
    parameter        TICK_BITS = 3,
    parameter        OPEN_BITS = 4,
    parameter        ANY = 14 + SLOT_BITS + 2 * TICK_BITS,
    parameter        FIELDS = 12 + SLOT_BITS + 2 * TICK_BITS + OPEN_BITS
) (
    input                   clk_i,
    input                   first_i,  // the cycle in which it is chosen; it stays
    input      [ANY-1:0]    any_i,
    output     [FIELDS-1:0] fields_o,
    output     [511:0]      command_o
);
  wire [1:0]           code, stp;     // new, cancel, reduce, replace
  wire [2:0]           lots;
  wire [SLOT_BITS-1:0] any_slot;
  wire [TICK_BITS-1:0] any_tick, any_new_tick;
  wire                 any_generation, any_new_generation, any_owner, any_side, any_ioc, any_post_only, any_market;
  assign {code, stp, lots, any_generation, any_new_generation, any_owner, any_side, any_ioc, any_post_only, any_market,
          any_slot, any_tick, any_new_tick} = any_i;
  wire [2:0]           code_of = CODE == 0 ? {1'b0, code} + 3'd1 : CODE;
  wire                 replaces = code_of == `CODE_REPLACE;
  wire                 side_of = SIDE == 2'd2 || replaces ? any_side : SIDE[0];  // (a replace has its order's)
  wire [OPEN_BITS-1:0] quantity_of = {{(OPEN_BITS - 2) {replaces && lots[2]}}, lots[1:0]};
  reg  [FIELDS-1:0]    fields_q;
  assign fields_o = first_i ? {code_of, any_slot, any_generation, any_new_generation, any_owner, side_of, any_ioc,
                               any_post_only, any_market, stp, any_tick, any_new_tick, quantity_of} : fields_q;
  always @(posedge clk_i) fields_q <= fields_o;
  always @* if (first_i) begin
    assume (stp != 2'd3 && !(any_market && (!any_ioc || any_post_only || replaces)) && !(any_post_only && any_ioc));
    assume (replaces || lots[1:0] != 2'd0);
  end

  wire [2:0]           kind;
  wire [SLOT_BITS-1:0] slot;
  wire [TICK_BITS-1:0] tick, new_tick;
  wire [OPEN_BITS-1:0] quantity;
  wire [1:0]           mode;
  wire                 generation, new_generation, owner, side, ioc, post_only, market_order;
  assign {kind, slot, generation, new_generation, owner, side, ioc, post_only, market_order, mode, tick, new_tick,
          quantity} = fields_o;
  assign command_o[63:0] = {TAG, 16'd1, 8'd0, 5'd0, kind};
  assign command_o[127:64] = {8'd0, 1'b0, mode, market_order, post_only, 1'b0, ioc, side,
                              7'd0, new_generation, 7'd0, generation, {(32 - SLOT_BITS) {1'b0}}, slot};
  assign command_o[255:128] = {32'd0, BASE[31:TICK_BITS], new_tick, BASE[31:TICK_BITS], tick, 31'd0, owner};
  assign command_o[511:256] = {192'd0, {(64 - OPEN_BITS) {quantity[OPEN_BITS-1]}}, quantity};
endmodule
