// The card on a ULX3S with an LFE5U-85F: 25 MHz from the board clock the line, a PLL makes the card's clock from them.
//
// Lamps: 0 self-test passed, 1 failed, 2 running; 3 a driver has said hello; 4 the card works, 5 the line does; 7
// heartbeat of the card's clock. Button FIRE1 starts everything anew, with the self-test.
module top #(
    parameter         CLOCKS_PER_BIT = 25,
    parameter         MARKETS        = 2,
    parameter         ORDERS         = 1024,
    parameter         TICK_BITS      = 10,
    parameter         LATENCY        = 4,
    parameter         SLICE          = 0,
    parameter [255:0] RTL_HASH       = 256'd0
) (
    input        clk_25mhz,
    input        ftdi_txd,     // from the board's FTDI chip
    output       ftdi_rxd,     // to it
    input        fire1,
    output [7:0] led,
    output       wifi_gpio0    // high: the radio module stays away from the pins it shares
);
    wire card_clk, locked, link_rst_n, card_rst_n, testing, passed, failed, up, busy, active;

    // 25 MHz x 2; the oscillator runs at 600 MHz.
    (* FREQUENCY_PIN_CLKI = "25", FREQUENCY_PIN_CLKOP = "50" *)
    EHXPLLL #(
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"), .CLKI_DIV(1), .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(12), .CLKOP_CPHASE(5),
        .CLKOP_FPHASE(0), .FEEDBK_PATH("CLKOP"), .CLKFB_DIV(2)
    ) u_pll (
        .RST(1'b0), .STDBY(1'b0), .CLKI(clk_25mhz), .CLKOP(card_clk), .CLKFB(card_clk), .CLKINTFB(),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1),
        .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .LOCK(locked));

    power_reset u_link_reset (.clk_i(clk_25mhz), .hold_i(!locked || fire1), .rst_no(link_rst_n));
    power_reset u_card_reset (.clk_i(card_clk), .hold_i(!locked || fire1), .rst_no(card_rst_n));

    serial_card #(
        .CLOCKS_PER_BIT(CLOCKS_PER_BIT), .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS),
        .LATENCY(LATENCY), .SLICE(SLICE), .RTL_HASH(RTL_HASH)
    ) u_card (
        .link_clk_i(clk_25mhz), .link_rst_ni(link_rst_n), .card_clk_i(card_clk), .card_rst_ni(card_rst_n),
        .rx_i(ftdi_txd), .tx_o(ftdi_rxd), .testing_o(testing), .passed_o(passed), .failed_o(failed),
        .up_o(up), .link_busy_o(busy), .active_o(active));

    reg [25:0] beat_q;
    always @(posedge card_clk)
        if (!card_rst_n) beat_q <= 26'd0;
        else beat_q <= beat_q + 26'd1;

    assign led        = {beat_q[25], 1'b0, busy, active, up, testing, failed, passed};
    assign wifi_gpio0 = 1'b1;
endmodule
