// The card behind a serial line: the appliance and a link to it, each with its own clock, and the self-test that runs
// before anything from the line is heard.
//
//   rx -> link -> queue between the clocks -> bridge -> appliance -> bridge -> queue -> link -> tx
//
// Resets are synchronous to their clocks and must be held until both run; active_o is 0 while nothing is pending on the
// card's side.
module serial_card #(
    parameter         CLOCKS_PER_BIT = 25,
    parameter         TIMEOUT        = 1048576,    // of the link's clock, until what is unacknowledged is sent again
    parameter         MARKETS        = 2,
    parameter         ORDERS         = 1024,
    parameter         TICK_BITS      = 10,
    parameter         LATENCY        = 2,
    parameter         SLICE          = 0,
    parameter         COMMAND_SLOTS  = 16,
    parameter         RING_LOG2_MAX  = 20,
    parameter [255:0] RTL_HASH       = 256'd0
) (
    input  link_clk_i,
    input  link_rst_ni,
    input  card_clk_i,
    input  card_rst_ni,
    input  rx_i,
    output tx_o,
    output testing_o,
    output passed_o,
    output failed_o,
    output up_o,           // a driver has said hello; of the link's clock
    output link_busy_o,    // something is to be sent, or unacknowledged; of the link's clock
    output active_o
);
    wire       to_valid, to_ready, link_valid, link_ready, test_valid, from_valid, from_ready, link_from_ready, taken;
    wire [7:0] to_byte, link_byte, test_byte, from_byte;
    wire       card_active;

    link #(.CLOCKS_PER_BIT(CLOCKS_PER_BIT), .TIMEOUT(TIMEOUT)) u_link (
        .clk_i(link_clk_i), .rst_ni(link_rst_ni), .rx_i(rx_i), .tx_o(tx_o), .up_o(up_o), .busy_o(link_busy_o),
        .card_clk_i(card_clk_i), .card_rst_ni(card_rst_ni),
        .to_card_valid_o(link_valid), .to_card_ready_i(link_ready), .to_card_byte_o(link_byte),
        .taken_i(taken && !testing_o),
        .from_card_valid_i(from_valid && !testing_o), .from_card_ready_o(link_from_ready),
        .from_card_byte_i(from_byte));

    self_test u_test (
        .clk_i(card_clk_i), .rst_ni(card_rst_ni), .active_i(card_active),
        .out_valid_o(test_valid), .out_ready_i(to_ready && testing_o), .out_byte_o(test_byte),
        .in_valid_i(from_valid && testing_o), .in_byte_i(from_byte),
        .running_o(testing_o), .passed_o(passed_o), .failed_o(failed_o));

    assign to_valid   = testing_o ? test_valid : link_valid;
    assign to_byte    = testing_o ? test_byte : link_byte;
    assign link_ready = to_ready && !testing_o;
    assign from_ready = testing_o || link_from_ready;
    assign active_o   = card_active || from_valid || to_valid || testing_o;

    wire         aw_valid, aw_ready, w_valid, w_ready, b_valid, b_ready, ar_valid, ar_ready, r_valid, r_ready;
    wire [11:0]  aw_addr, ar_addr;
    wire [31:0]  w_data, r_data;
    wire         win_aw_valid, win_aw_ready, win_w_valid, win_w_ready, win_b_valid, win_b_ready;
    wire [19:0]  win_addr;
    wire [511:0] win_data, dma_data;
    wire         dma_aw_valid, dma_aw_ready, dma_w_valid, dma_w_ready, dma_last, dma_b_valid, dma_b_ready;
    wire [63:0]  dma_addr;

    link_bridge u_bridge (
        .clk_i(card_clk_i), .rst_ni(card_rst_ni),
        .in_valid_i(to_valid), .in_ready_o(to_ready), .in_byte_i(to_byte), .taken_o(taken),
        .out_valid_o(from_valid), .out_ready_i(from_ready), .out_byte_o(from_byte),
        .lite_awvalid_o(aw_valid), .lite_awready_i(aw_ready), .lite_awaddr_o(aw_addr),
        .lite_wvalid_o(w_valid), .lite_wready_i(w_ready), .lite_wdata_o(w_data),
        .lite_bvalid_i(b_valid), .lite_bready_o(b_ready),
        .lite_arvalid_o(ar_valid), .lite_arready_i(ar_ready), .lite_araddr_o(ar_addr),
        .lite_rvalid_i(r_valid), .lite_rready_o(r_ready), .lite_rdata_i(r_data),
        .win_awvalid_o(win_aw_valid), .win_awready_i(win_aw_ready), .win_awaddr_o(win_addr),
        .win_wvalid_o(win_w_valid), .win_wready_i(win_w_ready), .win_wdata_o(win_data),
        .win_bvalid_i(win_b_valid), .win_bready_o(win_b_ready),
        .dma_awvalid_i(dma_aw_valid), .dma_awready_o(dma_aw_ready), .dma_awaddr_i(dma_addr[31:0]),
        .dma_wvalid_i(dma_w_valid), .dma_wready_o(dma_w_ready), .dma_wdata_i(dma_data), .dma_wlast_i(dma_last),
        .dma_bvalid_o(dma_b_valid), .dma_bready_i(dma_b_ready));

    wire [1:0]  b_resp, r_resp, win_b_resp, dma_burst;
    wire [5:0]  win_b_id;
    wire [7:0]  dma_len;
    wire [2:0]  dma_size;
    wire [63:0] dma_strb;
    appliance #(
        .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .SLICE(SLICE),
        .COMMAND_SLOTS(COMMAND_SLOTS), .RING_LOG2_MAX(RING_LOG2_MAX), .RTL_HASH(RTL_HASH)
    ) u_appliance (
        .clk_i(card_clk_i), .rst_ni(card_rst_ni),
        .lite_awvalid_i(aw_valid), .lite_awready_o(aw_ready), .lite_awaddr_i(aw_addr),
        .lite_wvalid_i(w_valid), .lite_wready_o(w_ready), .lite_wdata_i(w_data), .lite_wstrb_i(4'hF),
        .lite_bvalid_o(b_valid), .lite_bready_i(b_ready), .lite_bresp_o(b_resp),
        .lite_arvalid_i(ar_valid), .lite_arready_o(ar_ready), .lite_araddr_i(ar_addr),
        .lite_rvalid_o(r_valid), .lite_rready_i(r_ready), .lite_rdata_o(r_data), .lite_rresp_o(r_resp),
        .win_awvalid_i(win_aw_valid), .win_awready_o(win_aw_ready), .win_awaddr_i(win_addr), .win_awid_i(6'd0),
        .win_awsize_i(3'd6), .win_awburst_i(2'b01),
        .win_wvalid_i(win_w_valid), .win_wready_o(win_w_ready), .win_wdata_i(win_data),
        .win_wstrb_i({64{1'b1}}), .win_wlast_i(1'b1),
        .win_bvalid_o(win_b_valid), .win_bready_i(win_b_ready), .win_bid_o(win_b_id), .win_bresp_o(win_b_resp),
        .dma_awvalid_o(dma_aw_valid), .dma_awready_i(dma_aw_ready), .dma_awaddr_o(dma_addr), .dma_awlen_o(dma_len),
        .dma_awsize_o(dma_size), .dma_awburst_o(dma_burst),
        .dma_wvalid_o(dma_w_valid), .dma_wready_i(dma_w_ready), .dma_wdata_o(dma_data), .dma_wstrb_o(dma_strb),
        .dma_wlast_o(dma_last), .dma_bvalid_i(dma_b_valid), .dma_bready_o(dma_b_ready), .dma_bresp_i(2'b00),
        .active_o(card_active));
    wire unused = &{1'b0, b_resp, r_resp, win_b_resp, win_b_id, dma_len, dma_size, dma_burst, dma_strb,
                    dma_addr[63:32]};
endmodule
