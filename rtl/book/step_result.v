// What a step that execute has decided comes to: the change of one order, carried out by level_update, and the event
// that tells of it; combinational.
//
// At most one decision is up. With none there is neither change nor event; read_* change nothing.
`include "contract.vh"
module step_result (
    // decision
    input  wire                 reject_i,
    input  wire                 done_i,
    input  wire                 rest_i,
    input  wire                 park_i,
    input  wire                 expire_i,
    input  wire                 fill_i,
    input  wire                 take_out_i,
    input  wire                 reduce_i,
    input  wire                 read_order_i,
    input  wire                 read_level_i,
    input  wire                 has_limit_i,
    input  wire [31:0]          limit_i,
    // its level
    input  wire                 level_sell_i,
    input  wire [31:0]          level_price_i,
    input  wire                 at_sell_i,        // read_level_i: its side
    input  wire                 occupied_i,
    // the order that was read
    input  wire                 order_side_i,
    input  wire [31:0]          order_price_i,
    input  wire [39:0]          open_i,
    // quantities
    input  wire [39:0]          remaining_i,      // the taker's, before the step
    input  wire [39:0]          left_i,           // the order's after reduce_i
    input  wire                 fills_maker_i,    // fill_i: nothing is left of it, or this
    input  wire [39:0]          maker_left_i,
    input  wire [31:0]          many_i,           // taken out by cancel_many; 0 for other commands

    output wire                 add_o,
    output wire                 remove_o,
    output wire                 amend_o,
    output wire [39:0]          change_amount_o,  // what the level gains or loses
    output wire [39:0]          change_open_o,

    output wire                 event_o,
    output wire [4:0]           kind_o,
    output wire                 with_maker_o,
    output wire                 with_level_o,     // price, side, aggregate and best after the change
    output wire [31:0]          price_o,
    output wire                 event_side_o,
    output wire [39:0]          quantity_o,
    output wire [39:0]          maker_remaining_o
);
  // ---- the change
  wire [39:0] left = fill_i ? maker_left_i : left_i;
  assign add_o = rest_i;
  assign remove_o = take_out_i || (fill_i && fills_maker_i);
  assign amend_o = reduce_i || (fill_i && !fills_maker_i);
  wire [39:0] taken = remove_o ? open_i : fill_i ? remaining_i : reduce_i ? open_i - left_i : 40'd0;
  assign change_amount_o = rest_i ? remaining_i : taken;
  assign change_open_o = rest_i ? remaining_i : left;

  // ---- the event
  wire of_taker = rest_i || park_i || expire_i;
  wire of_maker = fill_i || take_out_i || reduce_i;
  assign event_o = of_taker || of_maker || reject_i || done_i || read_order_i || read_level_i;
  assign kind_o = rest_i ? `KIND_RESTED : fill_i ? `KIND_FILL : take_out_i ? `KIND_REMOVED :
                  reduce_i ? `KIND_REDUCED : expire_i ? `KIND_EXPIRED : reject_i ? `KIND_REJECTED :
                  park_i ? `KIND_PARKED : done_i ? `KIND_DONE : `KIND_DATA;
  assign with_maker_o = of_maker || read_order_i;
  assign with_level_o = of_maker || rest_i || (read_level_i && occupied_i);
  assign price_o = of_taker ? (has_limit_i ? limit_i : 32'd0) : read_order_i ? order_price_i :
                   of_maker || read_level_i ? level_price_i : 32'd0;
  // the side of the event is that of the level it touches; `read order` tells the order's
  assign event_side_o = read_level_i ? with_level_o && at_sell_i : with_level_o ? level_sell_i :
                        read_order_i && order_side_i;
  assign quantity_o = of_taker ? remaining_i : done_i ? {8'd0, many_i} : read_order_i ? open_i : taken;
  assign maker_remaining_o = read_order_i ? open_i : amend_o ? left : 40'd0;
endmodule
