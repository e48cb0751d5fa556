// The card on one page.
//
//   host store -> command window -> book (bands inside) -> event writer -> host memory
//                        registers around them all
//
// lite_*: registers, AXI4-Lite. win_*: posted 64-byte commands, AXI4 write slave. dma_*: events, AXI4 write master
// (64-byte beats, all strobes set, INCR, one ID). One clock; rst_ni is synchronous. active_o is 0 while nothing is
// pending on the card: a simulation or a power saver may stop the clock then, and only time stands still.
`include "contract.vh"

module appliance #(
    parameter         MARKETS       = 32,
    parameter         ORDERS        = 65536,
    parameter         TICK_BITS     = 17,
    parameter         LATENCY       = 2,
    parameter         SLICE         = 0,
    parameter         MODEL         = 0,     // of the book's memories, for a simulation (ram_late)
    parameter         COMMAND_SLOTS = 256,
    parameter         RING_LOG2_MAX = 20,
    parameter [255:0] RTL_HASH      = 256'd0
) (
    input          clk_i,
    input          rst_ni,
    input          lite_awvalid_i,
    output         lite_awready_o,
    input  [11:0]  lite_awaddr_i,
    input          lite_wvalid_i,
    output         lite_wready_o,
    input  [31:0]  lite_wdata_i,
    input  [3:0]   lite_wstrb_i,
    output         lite_bvalid_o,
    input          lite_bready_i,
    output [1:0]   lite_bresp_o,
    input          lite_arvalid_i,
    output         lite_arready_o,
    input  [11:0]  lite_araddr_i,
    output         lite_rvalid_o,
    input          lite_rready_i,
    output [31:0]  lite_rdata_o,
    output [1:0]   lite_rresp_o,
    input          win_awvalid_i,
    output         win_awready_o,
    input  [19:0]  win_awaddr_i,
    input  [5:0]   win_awid_i,
    input  [2:0]   win_awsize_i,
    input  [1:0]   win_awburst_i,
    input          win_wvalid_i,
    output         win_wready_o,
    input  [511:0] win_wdata_i,
    input  [63:0]  win_wstrb_i,
    input          win_wlast_i,
    output         win_bvalid_o,
    input          win_bready_i,
    output [5:0]   win_bid_o,
    output [1:0]   win_bresp_o,
    output         dma_awvalid_o,
    input          dma_awready_i,
    output [63:0]  dma_awaddr_o,
    output [7:0]   dma_awlen_o,
    output [2:0]   dma_awsize_o,
    output [1:0]   dma_awburst_o,
    output         dma_wvalid_o,
    input          dma_wready_i,
    output [511:0] dma_wdata_o,
    output [63:0]  dma_wstrb_o,
    output         dma_wlast_o,
    input          dma_bvalid_i,
    output         dma_bready_o,
    input  [1:0]   dma_bresp_i,
    output         active_o
);
    wire         book_rst_n, inject_parity, busy, cmd_valid, cmd_ready, ev_valid, ev_ready;
    wire [15:0]  session_next, session;
    wire [39:0]  cycle;
    wire [511:0] cmd, ev;
    wire [7:0]   fault, stall;

    endpoint #(
        .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY),
        .COMMAND_SLOTS(COMMAND_SLOTS), .RING_LOG2_MAX(RING_LOG2_MAX), .WINDOW_BITS(20), .ID_BITS(6),
        .RTL_HASH(RTL_HASH)
    ) u_endpoint (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .lite_awvalid_i(lite_awvalid_i), .lite_awready_o(lite_awready_o), .lite_awaddr_i(lite_awaddr_i),
        .lite_wvalid_i(lite_wvalid_i), .lite_wready_o(lite_wready_o), .lite_wdata_i(lite_wdata_i),
        .lite_wstrb_i(lite_wstrb_i), .lite_bvalid_o(lite_bvalid_o), .lite_bready_i(lite_bready_i),
        .lite_bresp_o(lite_bresp_o), .lite_arvalid_i(lite_arvalid_i), .lite_arready_o(lite_arready_o),
        .lite_araddr_i(lite_araddr_i), .lite_rvalid_o(lite_rvalid_o), .lite_rready_i(lite_rready_i),
        .lite_rdata_o(lite_rdata_o), .lite_rresp_o(lite_rresp_o),
        .win_awvalid_i(win_awvalid_i), .win_awready_o(win_awready_o), .win_awaddr_i(win_awaddr_i),
        .win_awid_i(win_awid_i), .win_awsize_i(win_awsize_i), .win_awburst_i(win_awburst_i),
        .win_wvalid_i(win_wvalid_i), .win_wready_o(win_wready_o), .win_wdata_i(win_wdata_i),
        .win_wstrb_i(win_wstrb_i), .win_wlast_i(win_wlast_i), .win_bvalid_o(win_bvalid_o),
        .win_bready_i(win_bready_i), .win_bid_o(win_bid_o), .win_bresp_o(win_bresp_o),
        .dma_awvalid_o(dma_awvalid_o), .dma_awready_i(dma_awready_i), .dma_awaddr_o(dma_awaddr_o),
        .dma_awlen_o(dma_awlen_o), .dma_wvalid_o(dma_wvalid_o), .dma_wready_i(dma_wready_i),
        .dma_wdata_o(dma_wdata_o), .dma_wlast_o(dma_wlast_o), .dma_bvalid_i(dma_bvalid_i),
        .dma_bready_o(dma_bready_o), .dma_bresp_i(dma_bresp_i),
        .book_rst_no(book_rst_n), .book_session_o(session_next), .book_session_i(session), .book_cycle_o(cycle),
        .book_inject_parity_o(inject_parity), .cmd_valid_o(cmd_valid), .cmd_ready_i(cmd_ready), .cmd_o(cmd),
        .ev_valid_i(ev_valid), .ev_ready_o(ev_ready), .ev_i(ev), .book_busy_i(busy), .book_fault_i(fault),
        .book_stall_i(stall), .active_o(active_o));

    book #(
        .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .SLICE(SLICE),
        .MODEL(MODEL)
    ) u_book (
        .clk_i(clk_i), .rst_ni(book_rst_n), .session_i(session_next), .session_o(session), .cycle_i(cycle),
        .inject_parity_i(inject_parity), .cmd_valid_i(cmd_valid), .cmd_ready_o(cmd_ready), .cmd_i(cmd),
        .ev_valid_o(ev_valid), .ev_ready_i(ev_ready), .ev_o(ev), .busy_o(busy), .fault_o(fault), .stall_o(stall));

    // Every beat is a whole event.
    assign dma_awsize_o  = 3'd6;
    assign dma_awburst_o = 2'b01;
    assign dma_wstrb_o   = {64{1'b1}};
endmodule
