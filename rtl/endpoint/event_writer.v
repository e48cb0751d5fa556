// Event writer: a write-only AXI4 master that puts events into the host's ring in aligned 64-byte beats.
//
// A single beat when idle, bursts of up to four when events queue; a burst crosses neither 4 KiB nor the ring's
// end. Several bursts may be outstanding. Bit 511 of an event is its phase: 1 on the ring's first lap, flipping
// with every lap. At most a ring's worth of events beyond the host's credit is ever written.
//
// Latency: 2 cycles from ev_valid_i to awvalid_o and wvalid_o. One event a cycle.
// Back-pressure: ev_ready_o falls when the queue is full, whatever the cause (bus or credit); nothing is lost.
// halt_i stops new bursts; those begun are finished and idle_o rises once all are answered. core_rst_ni may fall
// only then: it empties the queue and starts the ring over.
`include "contract.vh"

module event_writer #(
    parameter QUEUE_LOG2    = 5,
    parameter RING_LOG2_MAX = 20
) (
    input                   clk_i,
    input                   rst_ni,
    input                   core_rst_ni,
    // set-up, constant while enabled
    input                   enabled_i,
    input                   start_i,        // pulse with which enabled_i rises
    input  [63:0]           ring_base_i,
    input  [4:0]            ring_log2_i,
    input                   credit_valid_i, // pulse
    input  [31:0]           credit_i,
    input                   halt_i,
    // events
    input                   ev_valid_i,
    output                  ev_ready_o,
    input  [511:0]          ev_i,
    // AXI4 write master
    output                  awvalid_o,
    input                   awready_i,
    output [63:0]           awaddr_o,
    output [7:0]            awlen_o,
    output                  wvalid_o,
    input                   wready_i,
    output [511:0]          wdata_o,
    output                  wlast_o,
    input                   bvalid_i,
    output                  bready_o,
    input  [1:0]            bresp_i,
    // for the counters
    output                  written_o,      // pulse: an event went out
    output                  last_o,         // pulse: and was its command's final one
    output                  ring_full_o,
    output [QUEUE_LOG2+1:0] level_o,
    output                  idle_o,
    output                  bus_fault_o,    // pulse
    output                  credit_fault_o  // pulse
);
    localparam [3:0] BURSTS_MAX = 4'd15;
    localparam LEVEL_BITS = QUEUE_LOG2 + 2;
    localparam ROOM_BITS  = RING_LOG2_MAX + 1;

    wire                  head_valid;
    wire [511:0]          head;
    wire [LEVEL_BITS-1:0] level;
    wire                  beat = wvalid_o && wready_i;

    fifo #(.WIDTH(512), .DEPTH_LOG2(QUEUE_LOG2)) u_queue (
        .clk_i(clk_i), .rst_ni(rst_ni && core_rst_ni),
        .valid_i(ev_valid_i), .ready_o(ev_ready_o), .data_i(ev_i),
        .valid_o(head_valid), .ready_i(beat), .data_o(head), .level_o(level));

    // -------------------------------------------------------------------------------------------- planning a burst
    reg                     awvalid_q;
    reg [63:0]              awaddr_q;
    reg [1:0]               awlen_q;
    reg [2:0]               left_q;        // beats of the present burst still to go
    reg [3:0]               bursts_q;      // unanswered
    reg [RING_LOG2_MAX-1:0] plan_q;        // ring position of the next burst
    reg [RING_LOG2_MAX-1:0] write_q;       // ring position of the next beat
    reg                     phase_q;
    reg [ROOM_BITS-1:0]     room_q;        // events that may still be planned
    reg [ROOM_BITS-1:0]     held_q;        // events written and not yet consumed by the host

    wire [RING_LOG2_MAX-1:0] mask = ~({RING_LOG2_MAX{1'b1}} << ring_log2_i);
    wire [LEVEL_BITS-1:0]    waiting  = level - {{(LEVEL_BITS - 3) {1'b0}}, left_q};
    wire [2:0]               want     = waiting >= 4 ? 3'd4 : waiting[2:0];
    wire [2:0]               page     = plan_q[5:2] == 4'hF ? 3'd4 - {1'b0, plan_q[1:0]} : 3'd4;
    wire [2:0]               room     = room_q >= 4 ? 3'd4 : room_q[2:0];
    wire [2:0]               fits     = page < room ? page : room;
    wire [2:0]               count    = want < fits ? want : fits;
    wire [2:0]               last_len = count - 3'd1;
    wire                     free     = (!awvalid_q || awready_i) && (left_q == 3'd0 || (left_q == 3'd1 && beat));
    wire                     start    = enabled_i && !halt_i && free && count != 3'd0 && bursts_q != BURSTS_MAX;
    wire                     answered = bvalid_i && bready_o;

    always @(posedge clk_i) begin
        if (!rst_ni || !core_rst_ni) begin
            awvalid_q <= 1'b0;
            left_q    <= 3'd0;
            bursts_q  <= 4'd0;
            plan_q    <= {RING_LOG2_MAX{1'b0}};
            write_q   <= {RING_LOG2_MAX{1'b0}};
            phase_q   <= 1'b1;
        end else begin
            awvalid_q <= start || (awvalid_q && !awready_i);
            if (start) left_q <= count;
            else if (beat) left_q <= left_q - 3'd1;
            bursts_q <= bursts_q + {3'd0, start} - {3'd0, answered};
            if (start) plan_q <= (plan_q + {{(RING_LOG2_MAX - 3) {1'b0}}, count}) & mask;
            if (beat) begin
                write_q <= (write_q + 1'b1) & mask;
                if (write_q == mask) phase_q <= !phase_q;
            end
`ifndef SYNTHESIS
            assert (!answered || bursts_q != 4'd0);
            assert (!start || {1'b0, plan_q[5:0]} + {4'd0, count} <= 7'd64);
            assert ((plan_q & ~mask) == {RING_LOG2_MAX{1'b0}});
`endif
        end
        if (start) begin
            awaddr_q <= ring_base_i + {{(58 - RING_LOG2_MAX) {1'b0}}, plan_q, 6'd0};
            awlen_q  <= last_len[1:0];
        end
    end

    // ------------------------------------------------------------------------------------------------------ credit
    reg        returned_valid_q;
    reg [31:0] credit_q, returned_q;
    wire [ROOM_BITS-1:0] returned = returned_valid_q && !credit_fault_o ? returned_q[ROOM_BITS-1:0]
                                                                        : {ROOM_BITS{1'b0}};
    // More than was written, or less than before: a difference modulo 2^32 that is too large either way.
    assign credit_fault_o = returned_valid_q && returned_q > {{(32 - ROOM_BITS) {1'b0}}, held_q};

    always @(posedge clk_i) begin
        if (!rst_ni || !core_rst_ni) begin
            returned_valid_q <= 1'b0;
            credit_q         <= 32'd0;
            held_q           <= {ROOM_BITS{1'b0}};
            room_q           <= {ROOM_BITS{1'b0}};
        end else begin
            returned_valid_q <= credit_valid_i;
            if (credit_valid_i) credit_q <= credit_i;
            held_q <= held_q + {{(ROOM_BITS - 1) {1'b0}}, beat} - returned;
            if (start_i) room_q <= {{(ROOM_BITS - 1) {1'b0}}, 1'b1} << ring_log2_i;
            else room_q <= room_q + returned - (start ? {{(ROOM_BITS - 3) {1'b0}}, count} : {ROOM_BITS{1'b0}});
        end
        returned_q <= credit_i - credit_q;
    end

    assign awvalid_o   = awvalid_q;
    assign awaddr_o    = awaddr_q;
    assign awlen_o     = {6'd0, awlen_q};
    assign wvalid_o    = left_q != 3'd0 && head_valid;
    assign wdata_o     = {phase_q, head[510:0]};
    assign wlast_o     = left_q == 3'd1;
    assign bready_o    = 1'b1;
    assign written_o   = beat;
    assign last_o      = beat && head[`EV_LAST];
    assign ring_full_o = enabled_i && head_valid && left_q == 3'd0 && room_q == {ROOM_BITS{1'b0}};
    assign level_o     = level;
    assign idle_o      = !awvalid_q && left_q == 3'd0 && bursts_q == 4'd0;
    assign bus_fault_o = answered && bresp_i[1];
    wire unused = &{1'b0, head[511], last_len[2], bresp_i[0], 1'b0};
endmodule
