// Registers: an AXI4-Lite slave with identity, set-up and control; counters are read through a side port.
//
// Registers are written as whole words: a write with a strobe off, or to a register that can't be written, does
// nothing; unknown offsets read 0. Responses are always OKAY.
// Latency: 2 cycles from the last of awvalid and wvalid to bvalid, 3 from arvalid to rvalid.
// Back-pressure: one read and one write at a time.
`include "contract.vh"

module registers #(
    parameter         MARKETS       = 32,
    parameter         ORDERS        = 65536,
    parameter         TICK_BITS     = 17,
    parameter         LATENCY       = 2,
    parameter         COMMAND_SLOTS = 256,
    parameter         RING_LOG2_MAX = 20,
    parameter [255:0] RTL_HASH      = 256'd0
) (
    input         clk_i,
    input         rst_ni,
    input         core_rst_ni,
    // AXI4-Lite slave
    input         awvalid_i,
    output        awready_o,
    input  [11:0] awaddr_i,
    input         wvalid_i,
    output        wready_o,
    input  [31:0] wdata_i,
    input  [3:0]  wstrb_i,
    output        bvalid_o,
    input         bready_i,
    output [1:0]  bresp_o,
    input         arvalid_i,
    output        arready_o,
    input  [11:0] araddr_i,
    output        rvalid_o,
    input         rready_i,
    output [31:0] rdata_o,
    output [1:0]  rresp_o,
    // counters: data one cycle after the address
    output [11:0] counter_addr_o,
    output        counter_read_o,
    input  [31:0] counter_i,
    // control and status
    output        reset_o,          // pulse
    output        enabled_o,
    output        start_o,          // pulse with which enabled_o rises
    output        inject_parity_o,  // pulse
    output        ring_fault_o,     // pulse: enabled with a bad ring
    output [15:0] session_o,        // after the next reset
    output [63:0] ring_base_o,
    output [4:0]  ring_log2_o,
    output        credit_valid_o,   // pulse
    output [31:0] credit_o,
    input  [15:0] session_i,        // current
    input         resetting_i,
    input         busy_i,
    input         writing_i,
    input  [7:0]  fault_i,
    input  [63:0] cycle_i
);
    localparam [31:0] CAP_MARKETS       = MARKETS;
    localparam [31:0] CAP_ORDERS        = ORDERS;
    localparam [31:0] CAP_TICK_BITS     = TICK_BITS;
    localparam [31:0] CAP_COMMAND_SLOTS = COMMAND_SLOTS;
    localparam [31:0] CAP_RING_LOG2_MAX = RING_LOG2_MAX;
    localparam [31:0] CAP_READ_LATENCY  = LATENCY;

    // ------------------------------------------------------------------------------------------------------ writes
    wire        aw_valid, w_valid;
    wire [11:0] aw_addr;
    wire [31:0] w_data;
    wire [3:0]  w_strb;
    reg         bvalid_q;
    reg         write_q;     // an address and a whole word have met
    reg [11:0]  address_q;
    reg [31:0]  data_q;
    wire        take = aw_valid && w_valid && !write_q && !bvalid_q;

    skid #(.WIDTH(12)) u_aw (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(awvalid_i), .ready_o(awready_o), .data_i(awaddr_i),
        .valid_o(aw_valid), .ready_i(take), .data_o(aw_addr));
    skid #(.WIDTH(36)) u_w (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(wvalid_i), .ready_o(wready_o), .data_i({wstrb_i, wdata_i}),
        .valid_o(w_valid), .ready_i(take), .data_o({w_strb, w_data}));

    reg        whole_q, enabled_q;
    reg [15:0] session_q;
    reg [63:0] ring_base_q, time_q, time_cycle_q;
    reg [4:0]  ring_log2_q;

    wire act     = write_q && whole_q;
    wire control = act && address_q == `REG_CONTROL;
    wire enable  = control && data_q[`CONTROL_BIT_ENABLE] && !enabled_q && !resetting_i && fault_i == `FAULT_NONE;
    // The ring must be aligned and end at 2^64 at most; counted in pages of 64 events.
    wire [52:0] ring_pages = 53'd1 << (ring_log2_q - 5'd6);
    wire [52:0] ring_end   = {1'b0, ring_base_q[63:12]} + ring_pages;
    wire ring_good = ring_base_q[11:0] == 12'd0 && ring_log2_q >= 5'd6 && ring_log2_q <= RING_LOG2_MAX[4:0] &&
                     (!ring_end[52] || ring_end[51:0] == 52'd0);

    assign start_o         = enable && ring_good;
    assign ring_fault_o    = enable && !ring_good;
    assign reset_o         = control && data_q[`CONTROL_BIT_RESET];
    assign inject_parity_o = control && data_q[`CONTROL_BIT_INJECT_PARITY];
    assign credit_valid_o  = act && address_q == `REG_CREDIT && enabled_q;
    assign credit_o        = data_q;
    assign enabled_o       = enabled_q;
    assign session_o       = session_q;
    assign ring_base_o     = ring_base_q;
    assign ring_log2_o     = ring_log2_q;
    assign bvalid_o        = bvalid_q;
    assign bresp_o         = 2'b00;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            write_q      <= 1'b0;
            bvalid_q     <= 1'b0;
            session_q    <= 16'd0;
            ring_base_q  <= 64'd0;
            ring_log2_q  <= 5'd0;
            time_q       <= 64'd0;
            time_cycle_q <= 64'd0;
        end else begin
            write_q  <= take;
            bvalid_q <= write_q || (bvalid_q && !bready_i);
            if (act)
                case (address_q)
                    `REG_SESSION: session_q <= data_q[15:0];
                    `REG_RING_BASE_LOW: if (!enabled_q) ring_base_q[31:0] <= data_q;
                    `REG_RING_BASE_HIGH: if (!enabled_q) ring_base_q[63:32] <= data_q;
                    // What does not fit becomes 31, which no ring may have.
                    `REG_RING_LOG2: if (!enabled_q) ring_log2_q <= data_q[31:5] == 27'd0 ? data_q[4:0] : 5'd31;
                    `REG_TIME_LOW: time_q[31:0] <= data_q;
                    `REG_TIME_HIGH: begin
                        time_q[63:32] <= data_q;
                        time_cycle_q  <= cycle_i;
                    end
                    default: ;
                endcase
        end
        if (!rst_ni || !core_rst_ni) enabled_q <= 1'b0;
        else if (start_o) enabled_q <= 1'b1;
        if (take) begin
            address_q <= aw_addr;
            data_q    <= w_data;
            whole_q   <= &w_strb;
        end
    end

    // ------------------------------------------------------------------------------------------------------- reads
    reg        read_q, fetch_q, rvalid_q;
    reg [11:0] read_addr_q;
    reg [31:0] rdata_q, cycle_high_q;

    wire [31:0] status_word = {28'd0, writing_i, fault_i != `FAULT_NONE, enabled_q, busy_i || resetting_i};
    wire        hash_asked  = read_addr_q[11:5] == 7'h01 && read_addr_q[1:0] == 2'b00;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            read_q   <= 1'b0;
            fetch_q  <= 1'b0;
            rvalid_q <= 1'b0;
        end else begin
            read_q   <= arvalid_i && arready_o;
            fetch_q  <= read_q;
            rvalid_q <= fetch_q || (rvalid_q && !rready_i);
        end
        if (arvalid_i && arready_o) read_addr_q <= araddr_i;
        if (fetch_q)
            case (read_addr_q)
                `REG_MAGIC: rdata_q <= `CONTRACT_MAGIC;
                `REG_VERSION: rdata_q <= `CONTRACT_VERSION;
                `REG_CAP_MARKETS: rdata_q <= CAP_MARKETS;
                `REG_CAP_ORDERS: rdata_q <= CAP_ORDERS;
                `REG_CAP_TICK_BITS: rdata_q <= CAP_TICK_BITS;
                `REG_CAP_COMMAND_SLOTS: rdata_q <= CAP_COMMAND_SLOTS;
                `REG_CAP_RING_LOG2_MAX: rdata_q <= CAP_RING_LOG2_MAX;
                `REG_CAP_READ_LATENCY: rdata_q <= CAP_READ_LATENCY;
                `REG_STATUS: rdata_q <= status_word;
                `REG_SESSION: rdata_q <= {16'd0, session_i};
                `REG_RING_BASE_LOW: rdata_q <= ring_base_q[31:0];
                `REG_RING_BASE_HIGH: rdata_q <= ring_base_q[63:32];
                `REG_RING_LOG2: rdata_q <= {27'd0, ring_log2_q};
                `REG_FAULT: rdata_q <= {24'd0, fault_i};
                `REG_TIME_LOW: rdata_q <= time_q[31:0];
                `REG_TIME_HIGH: rdata_q <= time_q[63:32];
                `REG_TIME_CYCLE_LOW: rdata_q <= time_cycle_q[31:0];
                `REG_TIME_CYCLE_HIGH: rdata_q <= time_cycle_q[63:32];
                `REG_CYCLES_LOW: rdata_q <= cycle_i[31:0];
                `REG_CYCLES_HIGH: rdata_q <= cycle_high_q;
                default: rdata_q <= hash_asked ? RTL_HASH[8'd255 - {read_addr_q[4:2], 5'd0}-:32] : counter_i;
            endcase
        if (fetch_q && read_addr_q == `REG_CYCLES_LOW) cycle_high_q <= cycle_i[63:32];
    end

    assign arready_o      = !read_q && !fetch_q && !rvalid_q;
    assign rvalid_o       = rvalid_q;
    assign rdata_o        = rdata_q;
    assign rresp_o        = 2'b00;
    assign counter_addr_o = read_addr_q;
    assign counter_read_o = read_q;
endmodule
