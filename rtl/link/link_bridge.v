// Between messages and the card's buses: reads and writes registers, stores commands, and sends on what the card
// writes by DMA (docs/serial-link.md).
//
// Messages are carried out one after the other, so that no register access overtakes a store; an event is on its way
// before its DMA is answered, so that no answer of a read overtakes it. Messages of another type than read, write
// and store must not come (link_receive drops them).
// Latency: 1 cycle a byte, and that of the bus. Back-pressure: ready both ways; DMA waits while the queue out is full.
module link_bridge (
    input          clk_i,
    input          rst_ni,
    input          in_valid_i,
    output         in_ready_o,
    input  [7:0]   in_byte_i,
    output         taken_o,          // pulse: a message has been carried out
    output         out_valid_o,
    input          out_ready_i,
    output [7:0]   out_byte_o,
    // registers
    output         lite_awvalid_o,
    input          lite_awready_i,
    output [11:0]  lite_awaddr_o,
    output         lite_wvalid_o,
    input          lite_wready_i,
    output [31:0]  lite_wdata_o,
    input          lite_bvalid_i,
    output         lite_bready_o,
    output         lite_arvalid_o,
    input          lite_arready_i,
    output [11:0]  lite_araddr_o,
    input          lite_rvalid_i,
    output         lite_rready_o,
    input  [31:0]  lite_rdata_i,
    // command window
    output         win_awvalid_o,
    input          win_awready_i,
    output [19:0]  win_awaddr_o,
    output         win_wvalid_o,
    input          win_wready_i,
    output [511:0] win_wdata_o,
    input          win_bvalid_i,
    output         win_bready_o,
    // DMA
    input          dma_awvalid_i,
    output         dma_awready_o,
    input  [31:0]  dma_awaddr_i,
    input          dma_wvalid_i,
    output         dma_wready_o,
    input  [511:0] dma_wdata_i,
    input          dma_wlast_i,
    output         dma_bvalid_o,
    input          dma_bready_i
);
    localparam [7:0] READ = 8'd1, WRITE = 8'd2, STORE = 8'd3, VALUE = 8'd4, EVENT = 8'd5;
    localparam [6:0] READ_LAST = 7'd4, WRITE_LAST = 7'd8, STORE_LAST = 7'd68;

    // ---------------------------------------------------------------------------------------------------- messages in
    reg [6:0]   count_q;
    reg [7:0]   type_q;
    reg [551:0] word_q;             // type (lowest) if it was whole, argument, data: bytes enter above
    reg         full_q;             // a message is being carried out
    reg         address_q, data_q;  // its handshakes are still to come
    wire [6:0]  end_of = type_q == READ ? READ_LAST : type_q == WRITE ? WRITE_LAST : STORE_LAST;
    wire        take   = in_valid_i && in_ready_o;
    wire        end_in = count_q != 7'd0 && count_q == end_of;
    wire        read_go, read_done, write_done, store_done;

    assign in_ready_o = !full_q;
    assign read_done  = full_q && type_q == READ && lite_rvalid_i && lite_rready_o;
    assign write_done = full_q && type_q == WRITE && lite_bvalid_i;
    assign store_done = full_q && type_q == STORE && win_bvalid_i;
    assign taken_o    = read_done || write_done || store_done;
    assign read_go    = full_q && type_q == READ;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            count_q   <= 7'd0;
            full_q    <= 1'b0;
            address_q <= 1'b0;
            data_q    <= 1'b0;
        end else begin
            if (take) count_q <= end_in ? 7'd0 : count_q + 7'd1;
            full_q <= (take && end_in) || (full_q && !taken_o);
            if (take && end_in) {address_q, data_q} <= {1'b1, type_q != READ};
            else begin
                if ((lite_awvalid_o && lite_awready_i) || (lite_arvalid_o && lite_arready_i) ||
                    (win_awvalid_o && win_awready_i)) address_q <= 1'b0;
                if ((lite_wvalid_o && lite_wready_i) || (win_wvalid_o && win_wready_i)) data_q <= 1'b0;
            end
        end
        if (take && count_q == 7'd0) type_q <= in_byte_i;
        if (take) word_q <= {in_byte_i, word_q[551:8]};
    end

    // The message's last byte is on top, so its argument lies where its length says.
    wire [31:0] store_argument = word_q[39:8];
    wire [31:0] write_argument = word_q[519:488];
    wire [31:0] read_argument  = word_q[551:520];
    assign lite_awvalid_o = full_q && type_q == WRITE && address_q;
    assign lite_awaddr_o  = write_argument[11:0];
    assign lite_wvalid_o  = full_q && type_q == WRITE && data_q;
    assign lite_wdata_o   = word_q[551:520];
    assign lite_bready_o  = 1'b1;
    assign lite_arvalid_o = read_go && address_q;
    assign lite_araddr_o  = read_argument[11:0];
    assign win_awvalid_o  = full_q && type_q == STORE && address_q;
    assign win_awaddr_o   = store_argument[19:0];
    assign win_wvalid_o   = full_q && type_q == STORE && data_q;
    assign win_wdata_o    = word_q[551:40];
    assign win_bready_o   = 1'b1;

    // --------------------------------------------------------------------------------------------------- messages out
    reg [551:0] out_q;               // the next byte is lowest
    reg [6:0]   left_q;
    reg         burst_q, answer_q;   // of DMA: its address is known; its answer waits
    reg [31:0]  burst_address_q;
    wire        free  = left_q == 7'd0;
    wire        unused = &{1'b0, word_q[7:0], store_argument[31:20], write_argument[31:12]};
    wire        event_in = dma_wvalid_i && dma_wready_o;
    // Events first: what was written before a register was read leaves before its value.
    assign dma_awready_o = !burst_q && !answer_q;
    assign dma_wready_o  = burst_q && free;
    assign dma_bvalid_o  = answer_q;
    assign lite_rready_o = free && !dma_wvalid_i && !burst_q;
    assign out_valid_o   = !free;
    assign out_byte_o    = out_q[7:0];

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            left_q   <= 7'd0;
            burst_q  <= 1'b0;
            answer_q <= 1'b0;
        end else begin
            if (event_in) left_q <= STORE_LAST + 7'd1;
            else if (read_done) left_q <= WRITE_LAST + 7'd1;
            else if (out_valid_o && out_ready_i) left_q <= left_q - 7'd1;
            if (dma_awvalid_i && dma_awready_o) burst_q <= 1'b1;
            else if (event_in && dma_wlast_i) burst_q <= 1'b0;
            answer_q <= (event_in && dma_wlast_i) || (answer_q && !dma_bready_i);
        end
        if (event_in) out_q <= {dma_wdata_i, burst_address_q, EVENT};
        else if (read_done) out_q <= {480'd0, lite_rdata_i, read_argument, VALUE};
        else if (out_valid_o && out_ready_i) out_q <= {8'd0, out_q[551:8]};
        if (dma_awvalid_i && dma_awready_o) burst_address_q <= dma_awaddr_i;
        else if (event_in) burst_address_q <= burst_address_q + 32'd64;
    end
endmodule
