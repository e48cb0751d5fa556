// Command window: an AXI write slave in which each 64-byte slot becomes a command once all its bytes have come.
//
// Stores arrive in any order and any size; a slot is complete when its 64 mask bits are set, and complete slots
// leave strictly in ring order. A byte that is already valid is never overwritten: such a write, and one outside
// the window or not an INCR burst, is ignored and pulses bad_write_o. Responses are always OKAY: over PCIe these
// are posted writes and nobody would see another.
//
// A beat of 64 bytes to an untouched slot is written as it is; any other is merged with what the slot holds, for which
// it takes the memory's read port from the way out for a cycle: so the memory needs no byte enables.
// Latency: 3 cycles from the last beat to cmd_valid_o. One whole beat and one command a cycle; a beat that follows one
// to the same slot waits a cycle.
// Back-pressure: the bus is never held up by a full window (the host counts slots), only by unread responses.
// Reset: rst_ni resets the bus; core_rst_ni empties the slots, and what is left of a burst then under way is dropped.
module command_window #(
    parameter SLOTS     = 256,
    parameter ADDR_BITS = 20,
    parameter ID_BITS   = 6
) (
    input                      clk_i,
    input                      rst_ni,
    input                      core_rst_ni,
    // AXI4 write slave
    input                      awvalid_i,
    output                     awready_o,
    input  [ADDR_BITS-1:0]     awaddr_i,
    input  [ID_BITS-1:0]       awid_i,
    input  [2:0]               awsize_i,
    input  [1:0]               awburst_i,
    input                      wvalid_i,
    output                     wready_o,
    input  [511:0]             wdata_i,
    input  [63:0]              wstrb_i,
    input                      wlast_i,
    output                     bvalid_o,
    input                      bready_i,
    output [ID_BITS-1:0]       bid_o,
    output [1:0]               bresp_o,
    // commands, in ring order
    output                     cmd_valid_o,
    input                      cmd_ready_i,
    output [511:0]             cmd_o,
    // for the counters
    output                     bad_write_o,
    output                     complete_o,       // pulse: a slot has become complete
    output [$clog2(SLOTS)-1:0] complete_slot_o,
    output                     taken_o,          // pulse: the oldest complete slot has been freed
    output [$clog2(SLOTS):0]   filled_o,         // complete slots not yet freed
    output                     active_o
);
    localparam SLOT_BITS = $clog2(SLOTS);
    localparam [1:0] INCR = 2'b01;

    // ------------------------------------------------------------------ the bus: one beat a cycle, with its address
    wire                 aw_valid, aw_ready, w_valid, w_ready, w_last;
    wire [ADDR_BITS-1:0] aw_addr;
    wire [ID_BITS-1:0]   aw_id;
    wire [2:0]           aw_size;
    wire [1:0]           aw_burst;
    wire [511:0]         w_data;
    wire [63:0]          w_strb;

    skid #(.WIDTH(ADDR_BITS + ID_BITS + 5)) u_aw (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(awvalid_i), .ready_o(awready_o),
        .data_i({awaddr_i, awid_i, awsize_i, awburst_i}),
        .valid_o(aw_valid), .ready_i(aw_ready), .data_o({aw_addr, aw_id, aw_size, aw_burst}));
    skid #(.WIDTH(577)) u_w (
        .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(wvalid_i), .ready_o(wready_o),
        .data_i({wlast_i, wstrb_i, wdata_i}),
        .valid_o(w_valid), .ready_i(w_ready), .data_o({w_last, w_strb, w_data}));

    reg                  burst_q;      // a burst is under way
    reg                  ignore_q;     // its beats do not count: not INCR
    reg                  drop_q;       // the core was reset in its middle
    reg [ADDR_BITS-1:0]  addr_q;
    reg [2:0]            size_q;
    reg [ID_BITS-1:0]    id_q;
    reg                  bvalid_q;
    reg [ID_BITS-1:0]    bid_q;

    wire [SLOT_BITS-1:0] beat_slot   = addr_q[6+:SLOT_BITS];
    wire                 beat_inside = addr_q[ADDR_BITS-1:6+SLOT_BITS] == {(ADDR_BITS - 6 - SLOT_BITS) {1'b0}};

    reg                  store_q, inside_q;
    reg [SLOT_BITS-1:0]  slot_q;
    reg [63:0]           strb_q, read_mask_q;
    reg [511:0]          data_q, read_q;
    reg [SLOTS-1:0]      touched_q;    // the mask in memory counts; else no byte is valid
    reg [SLOTS-1:0]      full_q;
    (* no_rw_check *) reg [63:0]  mask_memory [0:SLOTS-1];
    (* no_rw_check *) reg [511:0] data_memory [0:SLOTS-1];

    wire                 beat = w_valid && w_ready;
    wire [ADDR_BITS-1:0] step = {{(ADDR_BITS - 1) {1'b0}}, 1'b1} << size_q;
    // A beat to the slot that is just being written would read its old mask and data.
    assign w_ready  = burst_q && (!bvalid_q || bready_i) && !(store_q && slot_q == beat_slot);
    assign aw_ready = !burst_q || (beat && w_last);
    assign bvalid_o = bvalid_q;
    assign bid_o    = bid_q;
    assign bresp_o  = 2'b00;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            burst_q  <= 1'b0;
            bvalid_q <= 1'b0;
            drop_q   <= 1'b0;
        end else begin
            if (aw_ready) burst_q <= aw_valid;
            bvalid_q <= (beat && w_last) || (bvalid_q && !bready_i);
            if (aw_ready) drop_q <= 1'b0;
            else if (!core_rst_ni) drop_q <= 1'b1;
        end
        if (aw_ready) begin
            addr_q   <= aw_addr;
            size_q   <= aw_size;
            id_q     <= aw_id;
            ignore_q <= aw_burst != INCR;
        end else if (beat) addr_q <= (addr_q & ~(step - 1'b1)) + step;
        if (beat && w_last) bid_q <= id_q;
    end

    // -------------------------------------------------------------------------- the store: mask read, then write
    wire [63:0] old_mask = touched_q[slot_q] ? read_mask_q : 64'd0;
    wire [63:0] new_mask = old_mask | strb_q;
    wire [63:0] fresh    = strb_q & ~old_mask;
    wire        write    = store_q && inside_q && fresh != 64'd0;

    assign complete_o      = write && (&new_mask);
    assign complete_slot_o = slot_q;
    assign bad_write_o     = store_q && (!inside_q || (strb_q & old_mask) != 64'd0);

    reg [511:0] merged;
    integer     lane;
    always @(*) begin
        lane   = 0;    // or Yosys sees a latch
        merged = data_q;
        if (write && !(&fresh))
            for (lane = 0; lane < 64; lane = lane + 1)
                if (!fresh[lane]) merged[8*lane+:8] = read_q[8*lane+:8];
    end

    always @(posedge clk_i) begin
        store_q <= rst_ni && core_rst_ni && beat && !drop_q;
        if (beat) begin
            slot_q      <= beat_slot;
            inside_q    <= beat_inside && !ignore_q;
            strb_q      <= w_strb;
            data_q      <= w_data;
            read_mask_q <= mask_memory[beat_slot];
        end
        if (write) begin
            mask_memory[slot_q] <= new_mask;
            data_memory[slot_q] <= merged;
        end
    end

    // ------------------------------------------------------------------------------ out, strictly in ring order
    // What is read goes straight to the book, or into a buffer of 4 while the book does not take it.
    localparam [2:0] BUFFER_READ_MAX = 3'd2;
    reg [SLOT_BITS-1:0] head_q;
    reg [SLOT_BITS:0]   filled_q;
    reg                 out_valid_q;
    reg [2:0]           level_q;
    reg [1:0]           put_q, get_q;
    reg [511:0]         buffer [0:3];
    wire                merge  = beat && (!(&w_strb) || touched_q[beat_slot]);
    wire                fetch  = full_q[head_q] && !merge && level_q + {2'd0, out_valid_q} <= BUFFER_READ_MAX;
    wire                stored = level_q != 3'd0;
    wire                get    = stored && cmd_ready_i;
    wire                put    = out_valid_q && (stored || !cmd_ready_i);

    always @(posedge clk_i) begin
        if (!rst_ni || !core_rst_ni) begin
            head_q      <= {SLOT_BITS{1'b0}};
            filled_q    <= {(SLOT_BITS + 1) {1'b0}};
            touched_q   <= {SLOTS{1'b0}};
            full_q      <= {SLOTS{1'b0}};
            out_valid_q <= 1'b0;
            level_q     <= 3'd0;
            put_q       <= 2'd0;
            get_q       <= 2'd0;
        end else begin
            if (fetch) head_q <= head_q + 1'b1;
            filled_q <= filled_q + {{SLOT_BITS{1'b0}}, complete_o} - {{SLOT_BITS{1'b0}}, fetch};
            if (write) touched_q[slot_q] <= 1'b1;
            if (fetch) touched_q[head_q] <= 1'b0;
            if (complete_o) full_q[slot_q] <= 1'b1;
            if (fetch) full_q[head_q] <= 1'b0;
            out_valid_q <= fetch;
            level_q     <= level_q + {2'd0, put} - {2'd0, get};
            if (put) put_q <= put_q + 2'd1;
            if (get) get_q <= get_q + 2'd1;
`ifndef SYNTHESIS
            // A complete slot takes no write, so the two assignments to a slot's bits never meet.
            assert (!(write && fetch && slot_q == head_q));
            assert (!fetch || filled_q != {(SLOT_BITS + 1) {1'b0}});
            assert (!put || level_q < 3'd4);
`endif
        end
        if (fetch || merge) read_q <= data_memory[merge ? beat_slot : head_q];
        if (put) buffer[put_q] <= read_q;
    end

    assign cmd_valid_o = out_valid_q || stored;
    assign cmd_o       = stored ? buffer[get_q] : read_q;
    assign taken_o  = fetch;
    assign filled_o = filled_q;
    assign active_o = burst_q || store_q || filled_q != {(SLOT_BITS + 1) {1'b0}} || cmd_valid_o;
endmodule
