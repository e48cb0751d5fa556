// Puts the fields of an event into its 512 bits and keeps them until they are sent. Field groups that an event does not
// have are 0.
//
// push_i writes the event to place write_i at the end of the cycle (it counts once the queue has been told of it); the
// one at read_i is read combinationally. Packing happens in the clocked block, so that a simulation packs only then.
`include "contract.vh"
module event_pack #(
    parameter DEPTH_LOG2 = 4
) (
    input  wire                  clk_i,
    input  wire                  push_i,
    input  wire [DEPTH_LOG2-1:0] write_i,
    input  wire [31:0]           sequence_i,
    input  wire [4:0]            kind_i,
    input  wire [6:0]            reason_i,
    input  wire                  last_i,
    input  wire                  more_i,
    input  wire [31:0]           tag_i,
    input  wire [7:0]            market_i,
    input  wire [15:0]           session_i,
    input  wire [39:0]           arrival_i,
    input  wire [39:0]           waited_i,            // cycles from the command's arrival to the one before this
    input  wire                  taker_i,             // slot and generation
    input  wire                  taker_owner_valid_i,
    input  wire [19:0]           taker_slot_i,
    input  wire [7:0]            taker_generation_i,
    input  wire [23:0]           taker_owner_i,
    input  wire                  maker_i,
    input  wire [19:0]           maker_slot_i,
    input  wire [7:0]            maker_generation_i,
    input  wire [23:0]           maker_owner_i,
    input  wire                  level_i,
    input  wire [59:0]           aggregate_i,
    input  wire                  best_valid_i,
    input  wire [31:0]           best_i,
    input  wire                  side_i,
    input  wire [31:0]           price_i,
    input  wire [39:0]           quantity_i,
    input  wire [39:0]           taker_remaining_i,
    input  wire [39:0]           maker_remaining_i,
    input  wire                  digest_i,
    input  wire [63:0]           digest_value_i,
    input  wire [DEPTH_LOG2-1:0] read_i,
    output wire [511:0]          event_o
);
  localparam DEPTH = 1 << DEPTH_LOG2;

  // The event is emitted one cycle after the cycle in which it is packed. Delays end at 16 bits.
  function [15:0] delay(input [39:0] waited);
    reg [16:0] total;
    begin
      total = {1'b0, waited[15:0]} + 17'd2;
      delay = |waited[39:16] || total[16] ? 16'hFFFF : total[15:0];
    end
  endfunction

  // words of 64 bits, the lowest first
  reg [63:0] number_q [0:DEPTH-1];  // tag, sequence
  reg [63:0] slots_q  [0:DEPTH-1];
  reg [63:0] taker_q  [0:DEPTH-1];  // quantity, owner of the taker
  reg [63:0] maker_q  [0:DEPTH-1];  // remaining of the taker, owner of the maker
  reg [63:0] prices_q [0:DEPTH-1];
  reg [63:0] level_q  [0:DEPTH-1];
  reg [63:0] times_q  [0:DEPTH-1];
  reg [63:0] end_q    [0:DEPTH-1];
  always @(posedge clk_i) if (push_i) begin
    number_q[write_i] <= {tag_i, sequence_i};
    slots_q[write_i] <= {market_i, maker_i ? {maker_generation_i, maker_slot_i} : 28'd0,
                         taker_i ? {taker_generation_i, taker_slot_i} : 28'd0};
    taker_q[write_i] <= {quantity_i, taker_owner_valid_i ? taker_owner_i : 24'd0};
    maker_q[write_i] <= digest_i ? digest_value_i : {taker_remaining_i, maker_i ? maker_owner_i : 24'd0};
    prices_q[write_i] <= {level_i && best_valid_i ? best_i : 32'd0, price_i};
    level_q[write_i] <= {level_i, level_i && best_valid_i, side_i, last_i, level_i ? aggregate_i : 60'd0};
    times_q[write_i] <= {2'd0, more_i, kind_i, delay(waited_i), arrival_i};
    end_q[write_i] <= {1'b0, reason_i, session_i, maker_remaining_i};
  end
  assign event_o = {end_q[read_i], times_q[read_i], level_q[read_i], prices_q[read_i], maker_q[read_i],
                    taker_q[read_i], slots_q[read_i], number_q[read_i]};
endmodule
