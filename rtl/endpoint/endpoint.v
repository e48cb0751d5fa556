// Endpoint: what the host sees of the card. Registers, command window and event writer around the book, the faults
// that halt them, and the reset that starts a session.
//
// Reset by the control register: no new DMA burst begins, those begun are finished and answered; only then are book,
// window, queue, ring and counters cleared at once. Nothing of the old session can be written after that. Stores
// to the window and `enable` before status.busy has fallen are lost: the host waits for it. A store that comes later
// counts for the new session (where its old session number is rejected): where registers can overtake stores, the
// host lets the last store arrive before it resets.
// Latency: window 3 cycles to the book, writer 2 from the book. Back-pressure: see the modules.
`include "contract.vh"

module endpoint #(
    parameter         MARKETS       = 32,
    parameter         ORDERS        = 65536,
    parameter         TICK_BITS     = 17,
    parameter         LATENCY       = 2,
    parameter         COMMAND_SLOTS = 256,
    parameter         RING_LOG2_MAX = 20,
    parameter         QUEUE_LOG2    = 5,
    parameter         WINDOW_BITS   = 20,
    parameter         ID_BITS       = 6,
    parameter [255:0] RTL_HASH      = 256'd0
) (
    input                    clk_i,
    input                    rst_ni,
    // registers: AXI4-Lite slave
    input                    lite_awvalid_i,
    output                   lite_awready_o,
    input  [11:0]            lite_awaddr_i,
    input                    lite_wvalid_i,
    output                   lite_wready_o,
    input  [31:0]            lite_wdata_i,
    input  [3:0]             lite_wstrb_i,
    output                   lite_bvalid_o,
    input                    lite_bready_i,
    output [1:0]             lite_bresp_o,
    input                    lite_arvalid_i,
    output                   lite_arready_o,
    input  [11:0]            lite_araddr_i,
    output                   lite_rvalid_o,
    input                    lite_rready_i,
    output [31:0]            lite_rdata_o,
    output [1:0]             lite_rresp_o,
    // command window: AXI4 write slave
    input                    win_awvalid_i,
    output                   win_awready_o,
    input  [WINDOW_BITS-1:0] win_awaddr_i,
    input  [ID_BITS-1:0]     win_awid_i,
    input  [2:0]             win_awsize_i,
    input  [1:0]             win_awburst_i,
    input                    win_wvalid_i,
    output                   win_wready_o,
    input  [511:0]           win_wdata_i,
    input  [63:0]            win_wstrb_i,
    input                    win_wlast_i,
    output                   win_bvalid_o,
    input                    win_bready_i,
    output [ID_BITS-1:0]     win_bid_o,
    output [1:0]             win_bresp_o,
    // event ring: AXI4 write master
    output                   dma_awvalid_o,
    input                    dma_awready_i,
    output [63:0]            dma_awaddr_o,
    output [7:0]             dma_awlen_o,
    output                   dma_wvalid_o,
    input                    dma_wready_i,
    output [511:0]           dma_wdata_o,
    output                   dma_wlast_o,
    input                    dma_bvalid_i,
    output                   dma_bready_o,
    input  [1:0]             dma_bresp_i,
    // the book
    output                   book_rst_no,
    output [15:0]            book_session_o,
    input  [15:0]            book_session_i,
    output [`W_STAMP-1:0]    book_cycle_o,
    output                   book_inject_parity_o,
    output                   cmd_valid_o,
    input                    cmd_ready_i,
    output [511:0]           cmd_o,
    input                    ev_valid_i,
    output                   ev_ready_o,
    input  [511:0]           ev_i,
    input                    book_busy_i,
    input  [7:0]             book_fault_i,
    input  [7:0]             book_stall_i,
    output                   active_o       // something is pending; while 0 the clock may stand still
);
    localparam SLOT_BITS = $clog2(COMMAND_SLOTS);

    // ------------------------------------------------------------------------------------------------------- reset
    localparam [1:0] RUN = 2'd0, DRAIN = 2'd1, CLEAR = 2'd2, SETTLE = 2'd3;
    reg  [1:0]  state_q;
    reg  [63:0] cycle_q;
    reg  [7:0]  fault_q;
    wire        reset, start, enabled, inject_parity, ring_fault, bus_fault, credit_fault, writer_idle;
    wire        resetting = state_q != RUN;
    wire        core_rst_n = rst_ni && state_q != CLEAR && state_q != SETTLE;

    always @(posedge clk_i) begin
        if (!rst_ni) state_q <= RUN;
        else
            case (state_q)
                RUN: if (reset) state_q <= DRAIN;
                DRAIN: if (writer_idle) state_q <= CLEAR;
                CLEAR: state_q <= SETTLE;
                default: state_q <= RUN;
            endcase
        if (!rst_ni) cycle_q <= 64'd0;
        else cycle_q <= cycle_q + 64'd1;
        // The first cause stays until the next reset.
        if (!core_rst_n) fault_q <= `FAULT_NONE;
        else if (fault_q == `FAULT_NONE) begin
            if (bus_fault) fault_q <= `FAULT_BUS;
            else if (credit_fault) fault_q <= `FAULT_CREDIT;
            else if (ring_fault) fault_q <= `FAULT_RING;
            else fault_q <= book_fault_i;
        end
`ifndef SYNTHESIS
        assert (!rst_ni || state_q != CLEAR || !(dma_awvalid_o || dma_wvalid_o));
`endif
    end

    assign book_rst_no          = core_rst_n;
    assign book_cycle_o         = cycle_q[`W_STAMP-1:0];
    assign book_inject_parity_o = inject_parity;

    // --------------------------------------------------------------------------------------------------- registers
    wire [11:0] counter_addr;
    wire        counter_read, credit_valid;
    wire [31:0] counter_data, credit;
    wire [63:0] ring_base;
    wire [4:0]  ring_log2;

    registers #(
        .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY),
        .COMMAND_SLOTS(COMMAND_SLOTS), .RING_LOG2_MAX(RING_LOG2_MAX), .RTL_HASH(RTL_HASH)
    ) u_registers (
        .clk_i(clk_i), .rst_ni(rst_ni), .core_rst_ni(core_rst_n),
        .awvalid_i(lite_awvalid_i), .awready_o(lite_awready_o), .awaddr_i(lite_awaddr_i),
        .wvalid_i(lite_wvalid_i), .wready_o(lite_wready_o), .wdata_i(lite_wdata_i), .wstrb_i(lite_wstrb_i),
        .bvalid_o(lite_bvalid_o), .bready_i(lite_bready_i), .bresp_o(lite_bresp_o),
        .arvalid_i(lite_arvalid_i), .arready_o(lite_arready_o), .araddr_i(lite_araddr_i),
        .rvalid_o(lite_rvalid_o), .rready_i(lite_rready_i), .rdata_o(lite_rdata_o), .rresp_o(lite_rresp_o),
        .counter_addr_o(counter_addr), .counter_read_o(counter_read), .counter_i(counter_data),
        .reset_o(reset), .enabled_o(enabled), .start_o(start), .inject_parity_o(inject_parity),
        .ring_fault_o(ring_fault), .session_o(book_session_o), .ring_base_o(ring_base), .ring_log2_o(ring_log2),
        .credit_valid_o(credit_valid), .credit_o(credit), .session_i(book_session_i), .resetting_i(resetting),
        .busy_i(book_busy_i), .writing_i(!writer_idle), .fault_i(fault_q), .cycle_i(cycle_q));

    // -------------------------------------------------------------------------------------------------- command in
    wire                 bad_write, complete, taken, window_active, age_active;
    wire [SLOT_BITS-1:0] complete_slot;
    wire [SLOT_BITS:0]   filled;

    command_window #(.SLOTS(COMMAND_SLOTS), .ADDR_BITS(WINDOW_BITS), .ID_BITS(ID_BITS)) u_window (
        .clk_i(clk_i), .rst_ni(rst_ni), .core_rst_ni(core_rst_n),
        .awvalid_i(win_awvalid_i), .awready_o(win_awready_o), .awaddr_i(win_awaddr_i), .awid_i(win_awid_i),
        .awsize_i(win_awsize_i), .awburst_i(win_awburst_i),
        .wvalid_i(win_wvalid_i), .wready_o(win_wready_o), .wdata_i(win_wdata_i), .wstrb_i(win_wstrb_i),
        .wlast_i(win_wlast_i),
        .bvalid_o(win_bvalid_o), .bready_i(win_bready_i), .bid_o(win_bid_o), .bresp_o(win_bresp_o),
        .cmd_valid_o(cmd_valid_o), .cmd_ready_i(cmd_ready_i), .cmd_o(cmd_o),
        .bad_write_o(bad_write), .complete_o(complete), .complete_slot_o(complete_slot), .taken_o(taken),
        .filled_o(filled), .active_o(window_active));

    // -------------------------------------------------------------------------------------------------- events out
    wire                  written, answered, ring_full;
    wire [QUEUE_LOG2+1:0] level;

    event_writer #(.QUEUE_LOG2(QUEUE_LOG2), .RING_LOG2_MAX(RING_LOG2_MAX)) u_writer (
        .clk_i(clk_i), .rst_ni(rst_ni), .core_rst_ni(core_rst_n),
        .enabled_i(enabled), .start_i(start), .ring_base_i(ring_base), .ring_log2_i(ring_log2),
        .credit_valid_i(credit_valid), .credit_i(credit), .halt_i(resetting || reset || fault_q != `FAULT_NONE),
        .ev_valid_i(ev_valid_i), .ev_ready_o(ev_ready_o), .ev_i(ev_i),
        .awvalid_o(dma_awvalid_o), .awready_i(dma_awready_i), .awaddr_o(dma_awaddr_o), .awlen_o(dma_awlen_o),
        .wvalid_o(dma_wvalid_o), .wready_i(dma_wready_i), .wdata_o(dma_wdata_o), .wlast_o(dma_wlast_o),
        .bvalid_i(dma_bvalid_i), .bready_o(dma_bready_o), .bresp_i(dma_bresp_i),
        .written_o(written), .last_o(answered), .ring_full_o(ring_full), .level_o(level), .idle_o(writer_idle),
        .bus_fault_o(bus_fault), .credit_fault_o(credit_fault));

    // ----------------------------------------------------------------------------------------------------- counted
    wire [31:0] age;

    command_age #(.SLOTS(COMMAND_SLOTS)) u_age (
        .clk_i(clk_i), .rst_ni(core_rst_n), .cycle_i(cycle_q[`W_STAMP-1:0]),
        .complete_i(complete), .complete_slot_i(complete_slot), .taken_i(taken), .answered_i(answered),
        .waiting_i(filled != {(SLOT_BITS + 1) {1'b0}}), .age_o(age), .active_o(age_active));

    counters #(.COMMAND_BITS(SLOT_BITS + 1), .EVENT_BITS(QUEUE_LOG2 + 2)) u_counters (
        .clk_i(clk_i), .rst_ni(core_rst_n), .read_i(counter_read), .addr_i(counter_addr), .data_o(counter_data),
        .tick_i(&cycle_q[9:0]), .command_i(cmd_valid_o && cmd_ready_i), .event_i(written), .bad_write_i(bad_write),
        .ring_full_i(ring_full), .stall_i(book_stall_i),
        .reject_i(ev_valid_i && ev_ready_o && ev_i[`EV_KIND] == `KIND_REJECTED), .reason_i(ev_i[`EV_REASON]),
        .command_level_i(filled), .event_level_i(level), .age_i(age));

    assign active_o = resetting || book_busy_i || window_active || age_active || !writer_idle;
endmodule
