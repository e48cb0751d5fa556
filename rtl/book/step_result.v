// What a step that execute has decided comes to: the change of one order, carried out by level_update, and what event
// tells of it (answer puts that together a cycle later); combinational.
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
    // what it would come to: a named order loses what is left of it or goes; a maker is taken out, is filled, has not
    // more than the taker
    input  wire                 named_i,
    input  wire                 named_shrinks_i,
    input  wire                 rare_i,           // neither named nor a taker, and then: it rests, counts
    input  wire                 places_i,
    input  wire                 counts_i,
    input  wire                 match_self_i,
    input  wire                 match_fill_i,
    input  wire                 opposite_i,       // it is for the head of the opposite side: nothing else is filled
    // its level
    input  wire                 level_sell_i,
    input  wire                 at_sell_i,        // read_level_i: its side
    input  wire                 occupied_i,
    // the order that was read
    input  wire                 order_side_i,
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
    output wire [39:0]          amount_o,         // what the level gains or loses, and the event's quantity,
    output wire                 all_remaining_o,  // ... or that is all that the taker had,
    output wire                 with_amount_o,    // if it has one
    output wire [39:0]          change_open_o,

    output wire                 event_o,
    output wire [7:0]           decided_o,        // of which at most one bit is up, in the order of `answer`
    output wire                 with_maker_o,
    output wire                 with_level_o,     // price, side, aggregate and best after the change
    output wire                 of_taker_o,       // with its limit, else with_price_o: of order or level
    output wire                 with_price_o,
    output wire                 event_side_o
);
  // ---- the change
  // (quantities are chosen by what is known first)
  assign add_o = rest_i;
  assign remove_o = take_out_i || (fill_i && fills_maker_i);
  assign amend_o = reduce_i || (fill_i && !fills_maker_i);
  assign change_open_o = named_i ? left_i : opposite_i && !rare_i ? maker_left_i : remaining_i;

  // ---- the event
  wire of_taker = rest_i || park_i || expire_i;
  wire of_maker = fill_i || take_out_i || reduce_i;
  assign event_o = of_taker || of_maker || reject_i || done_i || read_order_i || read_level_i;
  assign decided_o = {rest_i, fill_i, take_out_i, reduce_i, expire_i, reject_i, park_i, done_i};
  assign with_maker_o = of_maker || read_order_i;
  assign with_level_o = of_maker || rest_i || (read_level_i && occupied_i);
  assign of_taker_o = of_taker;
  assign with_price_o = of_maker || read_order_i || read_level_i;
  // the side of the event is that of the level it touches; `read order` tells the order's
  assign event_side_o = read_level_i ? with_level_o && at_sell_i : with_level_o ? level_sell_i :
                        read_order_i && order_side_i;
  assign with_amount_o = of_taker || of_maker || done_i || read_order_i;
  wire [39:0] of_rare = places_i ? remaining_i : counts_i ? {8'd0, many_i} : open_i;
  wire [39:0] of_named = named_shrinks_i ? open_i - left_i : open_i;
  assign amount_o = rare_i ? of_rare : named_i ? of_named : open_i;
  assign all_remaining_o = !rare_i && !named_i && !match_self_i && !(match_fill_i && fills_maker_i);
endmodule
