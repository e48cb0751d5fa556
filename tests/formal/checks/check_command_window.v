// command_window: an AXI write slave that answers each burst once, with its number; commands leave in ring order, each
// once, with the first byte written to every place of its slot, and only when all 64 are there; none is lost while the
// book does not take it. Followed in two bits of one byte (all lanes are built alike) of any slot. Lines that read
// registers inside u_dut (by hierconn) show the beats behind the bus's buffers, or only help the induction.
module check_command_window #(
    parameter SLOTS = 2,
    parameter ADDR_BITS = 8,
    parameter ID_BITS = 1,
    parameter LANE = 37
) (
    input                 clk_i,
    input                 rst_ni,
    input                 core_rst_ni,
    input                 awvalid_i,
    input [ADDR_BITS-1:0] awaddr_i,
    input [ID_BITS-1:0]   awid_i,
    input [2:0]           awsize_i,
    input [1:0]           awburst_i,
    input                 wvalid_i,
    input [1:0]           byte_i,
    input [63:0]          wstrb_i,
    input                 wlast_i,
    input                 bready_i,
    input                 cmd_ready_i,
    input                 pick_i,
    input                 pick_id_i
);
  localparam SLOT_BITS = $clog2(SLOTS);
  wire         run, awready, wready, bvalid, cmd_valid, bad_write, complete, taken, active;
  wire [ID_BITS-1:0] bid;
  wire [1:0]   bresp;
  wire [511:0] cmd;
  wire [SLOT_BITS-1:0] complete_slot;
  wire [SLOT_BITS:0]   filled;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  command_window #(.SLOTS(SLOTS), .ADDR_BITS(ADDR_BITS), .ID_BITS(ID_BITS)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .core_rst_ni(core_rst_ni), .awvalid_i(awvalid_i), .awready_o(awready),
      .awaddr_i(awaddr_i), .awid_i(awid_i), .awsize_i(awsize_i), .awburst_i(awburst_i), .wvalid_i(wvalid_i),
      .wready_o(wready), .wdata_i({{(510 - 8 * LANE) {1'b0}}, byte_i, {(8 * LANE) {1'b0}}}), .wstrb_i(wstrb_i),
      .wlast_i(wlast_i), .bvalid_o(bvalid), .bready_i(bready_i), .bid_o(bid), .bresp_o(bresp), .cmd_valid_o(cmd_valid),
      .cmd_ready_i(cmd_ready_i), .cmd_o(cmd), .bad_write_o(bad_write), .complete_o(complete),
      .complete_slot_o(complete_slot), .taken_o(taken), .filled_o(filled), .active_o(active));

  (* hierconn *) wire                 \u_dut.beat ;
  (* hierconn *) wire                 \u_dut.burst_q ;
  (* hierconn *) wire                 \u_dut.bvalid_q ;
  (* hierconn *) wire [ID_BITS-1:0]   \u_dut.bid_q ;
  (* hierconn *) wire [ID_BITS-1:0]   \u_dut.id_q ;
  (* hierconn *) wire [ADDR_BITS-1:0] \u_dut.addr_q ;
  (* hierconn *) wire                 \u_dut.ignore_q ;
  (* hierconn *) wire                 \u_dut.drop_q ;
  (* hierconn *) wire                 \u_dut.u_aw.full_q ;
  (* hierconn *) wire [ADDR_BITS+ID_BITS+4:0] \u_dut.u_aw.data_q ;
  (* hierconn *) wire                 \u_dut.u_w.full_q ;
  (* hierconn *) wire [576:0]         \u_dut.u_w.data_q ;
  (* hierconn *) wire [576:0]         \u_dut.u_w.data_o ;
  (* hierconn *) wire                 \u_dut.store_q ;
  (* hierconn *) wire                 \u_dut.inside_q ;
  (* hierconn *) wire [SLOT_BITS-1:0] \u_dut.slot_q ;
  (* hierconn *) wire [63:0]          \u_dut.strb_q ;
  (* hierconn *) wire [63:0]          \u_dut.read_mask_q ;
  (* hierconn *) wire [511:0]         \u_dut.data_q ;
  (* hierconn *) wire [511:0]         \u_dut.read_q ;
  (* hierconn *) wire [1:0]           \u_dut.touched_q ;
  (* hierconn *) wire [1:0]           \u_dut.full_q ;
  (* hierconn *) wire [63:0]          \u_dut.mask_memory[0] ;
  (* hierconn *) wire [63:0]          \u_dut.mask_memory[1] ;
  (* hierconn *) wire [511:0]         \u_dut.data_memory[0] ;
  (* hierconn *) wire [511:0]         \u_dut.data_memory[1] ;
  (* hierconn *) wire [SLOT_BITS-1:0] \u_dut.head_q ;
  (* hierconn *) wire                 \u_dut.out_valid_q ;
  (* hierconn *) wire [2:0]           \u_dut.level_q ;
  (* hierconn *) wire [1:0]           \u_dut.put_q ;
  (* hierconn *) wire [1:0]           \u_dut.get_q ;
  (* hierconn *) wire [511:0]         \u_dut.buffer[0] ;
  (* hierconn *) wire [511:0]         \u_dut.buffer[1] ;
  (* hierconn *) wire [511:0]         \u_dut.buffer[2] ;
  (* hierconn *) wire [511:0]         \u_dut.buffer[3] ;
  wire       live = run && core_rst_ni;
  wire       aw = awvalid_i && awready, w = wvalid_i && wready, b = bvalid && bready_i;

  // ---- answers: one for each burst, in their order, with its number, after its last beat
  wire               id_next;
  wire [ID_BITS-1:0] id_word;
  wire [2:0]         id_held, id_before;
  follow #(.WIDTH(ID_BITS), .COUNT_BITS(3)) u_follow_id (
      .clk_i(clk_i), .rst_ni(rst_ni), .pick_i(pick_id_i), .in_i(aw), .word_i(awid_i), .out_i(b), .held_o(id_held),
      .next_o(id_next), .word_o(id_word), .before_o(id_before));
  (* hierconn *) wire \u_follow_id.picked_q ;
  reg [1:0]           lasts_q;        // last beats taken and not answered
  reg                 b_waits_q;
  reg [ID_BITS-1:0]   b_id_q;
  always @(posedge clk_i) begin
    lasts_q <= lasts_q + {1'b0, w && wlast_i} - {1'b0, b};
    b_waits_q <= bvalid && !bready_i;
    b_id_q <= bid;
    if (!rst_ni) {lasts_q, b_waits_q} <= 0;
  end
  wire [2:0] burst_at = {2'd0, \u_dut.bvalid_q };
  wire [2:0] skid_at = {2'd0, \u_dut.bvalid_q } + \u_dut.burst_q ;
  always @*
    if (run) begin
      assert (bresp == 2'b00);
      if (bvalid) assert (id_held != 0 && lasts_q != 0);
      if (id_next && bvalid) assert (bid == id_word);
      if (b_waits_q) assert (bvalid && bid == b_id_q);
      assert (id_held == skid_at + \u_dut.u_aw.full_q );
      assert (lasts_q == {1'b0, \u_dut.bvalid_q } + (\u_dut.u_w.full_q && \u_dut.u_w.data_q [576]));
      if (\u_follow_id.picked_q ) begin
        assert (id_before < id_held);
        if (\u_dut.bvalid_q && id_before == 3'd0) assert (\u_dut.bid_q == id_word);
        if (\u_dut.burst_q && id_before == burst_at) assert (\u_dut.id_q == id_word);
        if (\u_dut.u_aw.full_q && id_before == skid_at) assert (\u_dut.u_aw.data_q [5+:ID_BITS] == id_word);
      end
    end

  // ---- the store: a beat with its address, which counts a cycle later
  (* anyconst *) wire [SLOT_BITS-1:0] slot;
  wire        hits = \u_dut.beat && !\u_dut.ignore_q && !\u_dut.drop_q && \u_dut.addr_q [ADDR_BITS-1:6] == slot;
  reg         way_q;
  reg [63:0]  way_strobe_q, mask_q;
  reg [1:0]   way_byte_q, byte_q;
  reg [SLOT_BITS-1:0] order_q;        // the slot whose turn it is
  wire        full = &mask_q;
  wire        frees = taken && order_q == slot;
  always @(posedge clk_i) begin
    way_q <= hits && live;
    way_strobe_q <= \u_dut.u_w.data_o [575:512];
    way_byte_q <= \u_dut.u_w.data_o [8*LANE+:2];
    if (way_q) mask_q <= mask_q | way_strobe_q;
    if (way_q && way_strobe_q[LANE] && !mask_q[LANE]) byte_q <= way_byte_q;
    if (frees) mask_q <= 64'd0;
    if (taken) order_q <= order_q + 1'b1;
    if (!rst_ni || !core_rst_ni) {way_q, mask_q, order_q} <= 0;
  end
  wire [63:0] memory_mask = slot ? \u_dut.mask_memory[1] : \u_dut.mask_memory[0] ;
  wire [1:0]  memory_byte = slot ? \u_dut.data_memory[1] [8*LANE+:2] : \u_dut.data_memory[0] [8*LANE+:2];
  wire        stores = \u_dut.store_q && \u_dut.slot_q == slot;
  wire        touched = \u_dut.touched_q [slot];
  wire [63:0] store_mask = \u_dut.slot_q ? \u_dut.mask_memory[1] : \u_dut.mask_memory[0] ;
  always @*
    if (live) begin
      if (frees) assert (full);                        // not before it is complete
      assert (way_q == (stores && \u_dut.inside_q ) && order_q == \u_dut.head_q );
      if (way_q) assert (\u_dut.strb_q == way_strobe_q && \u_dut.data_q [8*LANE+:2] == way_byte_q);
      assert (mask_q == (touched ? memory_mask : 64'd0) && \u_dut.full_q [slot] == full);
      if (mask_q[LANE]) assert (memory_byte == byte_q);
      if (stores && (touched || !(&\u_dut.strb_q ))) assert (\u_dut.read_q [8*LANE+:2] == memory_byte);
      // of every slot: a complete one takes no write
      if (\u_dut.store_q && \u_dut.touched_q [\u_dut.slot_q ]) assert (\u_dut.read_mask_q == store_mask);
      assert (!\u_dut.full_q [0] || (\u_dut.touched_q [0] && &\u_dut.mask_memory[0] ));
      assert (!\u_dut.full_q [1] || (\u_dut.touched_q [1] && &\u_dut.mask_memory[1] ));
      assert (filled == {1'b0, \u_dut.full_q [0]} + {1'b0, \u_dut.full_q [1]});
    end

  // ---- out: what is taken, in order, each once
  wire       next;
  wire [1:0] word;
  wire [3:0] held, before;
  follow #(.WIDTH(2), .COUNT_BITS(4)) u_follow (
      .clk_i(clk_i), .rst_ni(rst_ni && core_rst_ni), .pick_i(pick_i && order_q == slot), .in_i(taken), .word_i(byte_q),
      .out_i(cmd_valid && cmd_ready_i), .held_o(held), .next_o(next), .word_o(word), .before_o(before));
  (* hierconn *) wire \u_follow.picked_q ;
  reg       c_waits_q;
  reg [1:0] c_byte_q;
  always @(posedge clk_i) begin
    c_waits_q <= live && cmd_valid && !cmd_ready_i;
    c_byte_q <= cmd[8*LANE+:2];
  end
  wire [1:0] place = \u_dut.get_q + before[1:0];
  wire [1:0] buffered = place == 2'd0 ? \u_dut.buffer[0] [8*LANE+:2] : place == 2'd1 ? \u_dut.buffer[1] [8*LANE+:2] :
                        place == 2'd2 ? \u_dut.buffer[2] [8*LANE+:2] : \u_dut.buffer[3] [8*LANE+:2];
  always @*
    if (live) begin
      assert (cmd_valid == (held != 0));
      if (next) assert (cmd[8*LANE+:2] == word);
      if (c_waits_q) assert (cmd_valid && cmd[8*LANE+:2] == c_byte_q);
      assert (held == {1'b0, \u_dut.level_q } + \u_dut.out_valid_q && held <= 4'd3);
      assert (\u_dut.put_q == \u_dut.get_q + \u_dut.level_q [1:0]);
      if (\u_follow.picked_q ) begin
        assert (before < held);
        if (before < \u_dut.level_q ) assert (buffered == word);
        else assert (\u_dut.read_q [8*LANE+:2] == word);
      end
    end

  reach #(.COUNT(4)) u_reach (.reached_i({
      live && hits && full, live && held == 4'd3, live && next && cmd_ready_i && word == 2'd2,
      run && id_next && b && id_held == 3'd3}));
endmodule
