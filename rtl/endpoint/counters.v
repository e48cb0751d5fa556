// Counters: everything the card counts since its last reset, read by register offset.
//
// Latency: data_o one cycle after read_i with addr_i; a count includes the cycles before the read.
// Back-pressure: none. Counters wrap at 2^32; high-water marks do not.
`include "contract.vh"

module counters #(
    parameter COMMAND_BITS = 9,
    parameter EVENT_BITS   = 7
) (
    input                     clk_i,
    input                     rst_ni,          // falls at every reset of the core
    input                     read_i,
    input  [11:0]             addr_i,
    output [31:0]             data_o,
    // what is counted: one a cycle
    input                     tick_i,          // every 1,024 cycles
    input                     command_i,
    input                     event_i,
    input                     bad_write_i,
    input                     ring_full_i,
    input  [7:0]              stall_i,         // one hot or 0
    input                     reject_i,
    input  [6:0]              reason_i,
    input  [COMMAND_BITS-1:0] command_level_i,
    input  [EVENT_BITS-1:0]   event_level_i,
    input  [31:0]             age_i
);
    reg [31:0]             heartbeat_q, commands_q, events_q, bad_writes_q, ring_full_q, data_q;
    reg [COMMAND_BITS-1:0] command_high_q;
    reg [EVENT_BITS-1:0]   event_high_q;
    wire [31:0]            stalls, rejects;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            heartbeat_q    <= 32'd0;
            commands_q     <= 32'd0;
            events_q       <= 32'd0;
            bad_writes_q   <= 32'd0;
            ring_full_q    <= 32'd0;
            command_high_q <= {COMMAND_BITS{1'b0}};
            event_high_q   <= {EVENT_BITS{1'b0}};
        end else begin
            if (tick_i) heartbeat_q <= heartbeat_q + 32'd1;
            if (command_i) commands_q <= commands_q + 32'd1;
            if (event_i) events_q <= events_q + 32'd1;
            if (bad_write_i) bad_writes_q <= bad_writes_q + 32'd1;
            if (ring_full_i) ring_full_q <= ring_full_q + 32'd1;
            if (command_level_i > command_high_q) command_high_q <= command_level_i;
            if (event_level_i > event_high_q) event_high_q <= event_level_i;
`ifndef SYNTHESIS
            assert ((stall_i & (stall_i - 8'd1)) == 8'd0);
`endif
        end
    end

    wire [2:0] stall_index = {|stall_i[7:4], |{stall_i[7:6], stall_i[3:2]},
                              |{stall_i[7], stall_i[5], stall_i[3], stall_i[1]}};
    tally #(.INDEX_BITS(3)) u_stalls (
        .clk_i(clk_i), .rst_ni(rst_ni), .count_i(|stall_i), .index_i(stall_index),
        .look_i(addr_i[4:2]), .data_o(stalls));
    tally #(.INDEX_BITS(5)) u_rejects (
        .clk_i(clk_i), .rst_ni(rst_ni), .count_i(reject_i && reason_i[6:5] == 2'd0), .index_i(reason_i[4:0]),
        .look_i(addr_i[6:2]), .data_o(rejects));

    always @(posedge clk_i)
        if (read_i) begin
            case (addr_i)
                `REG_HEARTBEAT: data_q <= heartbeat_q;
                `REG_OLDEST_AGE: data_q <= age_i;
                `REG_COMMANDS: data_q <= commands_q;
                `REG_EVENTS: data_q <= events_q;
                `REG_COMMAND_HIGH_WATER: data_q <= {{(32 - COMMAND_BITS) {1'b0}}, command_high_q};
                `REG_EVENT_HIGH_WATER: data_q <= {{(32 - EVENT_BITS) {1'b0}}, event_high_q};
                `REG_BAD_WRITES: data_q <= bad_writes_q;
                `REG_RING_FULL: data_q <= ring_full_q;
                default: data_q <= addr_i[11:5] == 7'h0C ? stalls : addr_i[11:7] == 5'h04 ? rejects : 32'd0;
            endcase
        end
    assign data_o = data_q;
endmodule
