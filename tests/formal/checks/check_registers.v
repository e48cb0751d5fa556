// registers: an AXI4-Lite slave that keeps the bus's rules: one answer for each request, none without, in bounded time,
// held until it is taken; and the ring's set-up stands still while the writer is enabled. Full size.
module check_registers #(
    parameter BOUND = 4
) (
    input        clk_i,
    input        rst_ni,
    input        core_rst_ni,
    input        awvalid_i,
    input [11:0] awaddr_i,
    input        wvalid_i,
    input [31:0] wdata_i,
    input [3:0]  wstrb_i,
    input        bready_i,
    input        arvalid_i,
    input [11:0] araddr_i,
    input        rready_i,
    input [31:0] counter_i,
    input [15:0] session_i,
    input        resetting_i,
    input        busy_i,
    input        writing_i,
    input [7:0]  fault_i,
    input [63:0] cycle_i
);
  wire        run, awready, wready, bvalid, arready, rvalid, counter_read, reset, enabled, start, inject, ring_fault;
  wire        credit_valid;
  wire [1:0]  bresp, rresp;
  wire [31:0] rdata, credit;
  wire [11:0] counter_addr;
  wire [15:0] session;
  wire [63:0] ring_base;
  wire [4:0]  ring_log2;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  registers u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .core_rst_ni(core_rst_ni), .awvalid_i(awvalid_i), .awready_o(awready),
      .awaddr_i(awaddr_i), .wvalid_i(wvalid_i), .wready_o(wready), .wdata_i(wdata_i), .wstrb_i(wstrb_i),
      .bvalid_o(bvalid), .bready_i(bready_i), .bresp_o(bresp), .arvalid_i(arvalid_i), .arready_o(arready),
      .araddr_i(araddr_i), .rvalid_o(rvalid), .rready_i(rready_i), .rdata_o(rdata), .rresp_o(rresp),
      .counter_addr_o(counter_addr), .counter_read_o(counter_read), .counter_i(counter_i), .reset_o(reset),
      .enabled_o(enabled), .start_o(start), .inject_parity_o(inject), .ring_fault_o(ring_fault), .session_o(session),
      .ring_base_o(ring_base), .ring_log2_o(ring_log2), .credit_valid_o(credit_valid), .credit_o(credit),
      .session_i(session_i), .resetting_i(resetting_i), .busy_i(busy_i), .writing_i(writing_i), .fault_i(fault_i),
      .cycle_i(cycle_i));

  // Requests taken and not yet answered; how long an answer has been due.
  reg [2:0]  aw_q, w_q, r_q, b_due_q, r_due_q;
  reg        b_waits_q, r_waits_q, enabled_q;
  reg [31:0] rdata_q;
  reg [68:0] ring_q;
  wire b = bvalid && bready_i, r = rvalid && rready_i;
  always @(posedge clk_i) begin
    aw_q <= aw_q + {2'd0, awvalid_i && awready} - {2'd0, b};
    w_q <= w_q + {2'd0, wvalid_i && wready} - {2'd0, b};
    r_q <= r_q + {2'd0, arvalid_i && arready} - {2'd0, r};
    b_due_q <= aw_q != 0 && w_q != 0 && !bvalid ? b_due_q + 3'd1 : 3'd0;
    r_due_q <= r_q != 0 && !rvalid ? r_due_q + 3'd1 : 3'd0;
    b_waits_q <= bvalid && !bready_i;
    r_waits_q <= rvalid && !rready_i;
    rdata_q <= rdata;
    enabled_q <= enabled;
    ring_q <= {ring_base, ring_log2};
    if (!rst_ni) {aw_q, w_q, r_q, b_due_q, r_due_q, b_waits_q, r_waits_q, enabled_q} <= 0;
  end

  always @*
    if (run) begin
      if (bvalid) assert (aw_q != 0 && w_q != 0);
      if (rvalid) assert (r_q != 0);
      assert (aw_q <= 3'd2 && w_q <= 3'd2 && r_q <= 3'd1);
      assert (bresp == 2'b00 && rresp == 2'b00);
      if (b_waits_q) assert (bvalid);
      if (r_waits_q) assert (rvalid && rdata == rdata_q);
      assert (b_due_q < BOUND && r_due_q < BOUND);
      if (enabled && enabled_q) assert ({ring_base, ring_log2} == ring_q);
      if (start) assert (ring_base[11:0] == 12'd0 && ring_log2 >= 5'd6 && ring_log2 <= 5'd20 && !resetting_i);
      assert (!(start && ring_fault));
    end

  reach #(.COUNT(4)) u_reach (.reached_i({
      run && enabled && enabled_q && b, run && aw_q == 3'd2 && w_q == 3'd2 && b_waits_q,
      run && r_waits_q && arvalid_i, run && start}));
endmodule
