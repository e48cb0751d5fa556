// ram_late: late_o is the last word written, before this cycle, to the address read LATENCY + STAGES cycles ago, with
// THROUGH in this cycle too; near_o is the same LATENCY cycles after the read, with the write of this cycle; a wrong
// parity shows where the memory's own word arrives, and nowhere else. The MODEL for simulations does the same, but that
// every word that arrives is the memory's own, given or not. What instead_i gives arrives a cycle later in place of the
// word that was read, of which the parity still tells. Of a cycle in which a write is announced and none comes nothing
// is claimed but that later answers know nothing of it.
module check_ram_late #(
    parameter DEPTH = 4,
    parameter WIDTH = 2,
    parameter LATENCY = 2,
    parameter STAGES = 1,
    parameter THROUGH = 0,
    parameter AHEAD = 0,
    parameter MODEL = 0
) (
    input             clk_i,
    input [1:0]       raddr_i,
    input             we_i,
    input             more_i,
    input [1:0]       waddr_i,
    input [1:0]       ahead_i,
    input [WIDTH-1:0] wdata_i,
    input             inject_i,
    input             instead_i,
    input [WIDTH-1:0] instead_data_i
);
  localparam ALL = LATENCY + STAGES;
  wire gives = STAGES == 1 && instead_i;
  wire announced = we_i || more_i;
  wire [WIDTH-1:0] near, late;
  wire             bad;
  reg [2*LATENCY+1:0] addrs_q;  // of the reads, the last one lowest
  always @(posedge clk_i) addrs_q <= {addrs_q[2*LATENCY-1:0], raddr_i};
  ram_late #(
      .DEPTH(DEPTH), .WIDTH(WIDTH), .LATENCY(LATENCY), .STAGES(STAGES), .THROUGH(THROUGH), .AHEAD(AHEAD), .MODEL(MODEL),
      .INJECT(1)
  ) u_dut (
      .clk_i(clk_i), .raddr_i(raddr_i), .near_addr_i(addrs_q[2*LATENCY-2+:2]), .late_addr_i(addrs_q[2*LATENCY+:2]),
      .instead_i(gives), .instead_data_i(instead_data_i), .near_o(near), .late_o(late), .bad_o(bad), .we_i(we_i),
      .now_i(announced), .waddr_i(waddr_i), .ahead_i(ahead_i), .wdata_i(wdata_i), .inject_i(inject_i));

  // What ahead_i promises: complete writes at the slot and level of the step that it decided the cycle before.
  reg [1:0] ahead_q;
  reg       begun_q;
  initial begun_q = 1'b0;
  always @(posedge clk_i) {begun_q, ahead_q} <= {1'b1, ahead_i};
  always @* if (AHEAD != 0) assume (!announced || (begun_q && waddr_i == ahead_q));

  // Any one address. `old`: not written since the read that arrives now was presented.
  (* anyconst *) wire [1:0] at;
  reg             written_q, injected_q;
  reg [WIDTH-1:0] word_q;
  reg [ALL-1:0]   reads_q, old_q;
  reg             given_q;
  reg [WIDTH-1:0] given_data_q;
  initial {written_q, reads_q} = 0;
  wire            writes = we_i && waddr_i == at;
  integer k;
  always @(posedge clk_i) begin
    if (writes) {written_q, word_q, injected_q} <= {1'b1, wdata_i, inject_i};
    {given_q, given_data_q} <= {gives && MODEL == 0, instead_data_i};
    reads_q[0] <= raddr_i == at;
    old_q[0] <= !writes;
    for (k = 1; k < ALL; k = k + 1) begin
      reads_q[k] <= reads_q[k-1];
      old_q[k] <= old_q[k-1] && !writes;
    end
  end
  wire idle = announced && !we_i && waddr_i == at;  // and did not come
  wire now = THROUGH != 0 && writes;
  wire arrives = reads_q[ALL-1] && (written_q || now);
  wire old = (old_q[ALL-1] || MODEL != 0) && !now;
  always @* begin
    if (reads_q[LATENCY-1] && (written_q || writes) && !idle) assert (near == (writes ? wdata_i : word_q));
    if (arrives && !(THROUGH != 0 && idle))
      assert (late == (now ? wdata_i : given_q ? given_data_q : word_q) && bad == (old && injected_q));
  end
  reach #(.COUNT(3)) u_reach (.reached_i({arrives && bad, arrives && (!old || MODEL != 0) && word_q != 0,
                                      arrives && old && !bad}));
endmodule
