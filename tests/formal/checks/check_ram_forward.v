// ram_forward: what arrives is the last word written to that address before this cycle, whatever is under way; a wrong
// parity shows where it was written, if the word comes from the memory, and nowhere else. With THROUGH the write of
// this cycle counts as well.
module check_ram_forward #(
    parameter DEPTH = 4,
    parameter WIDTH = 2,
    parameter LATENCY = 2,
    parameter SLICE = 0,
    parameter THROUGH = 0
) (
    input             clk_i,
    input [1:0]       raddr_i,
    input             we_i,
    input [1:0]       waddr_i,
    input [WIDTH-1:0] wdata_i,
    input             inject_i
);
  wire [WIDTH-1:0] rdata;
  wire             bad;
  ram_forward #(.DEPTH(DEPTH), .WIDTH(WIDTH), .LATENCY(LATENCY), .SLICE(SLICE), .THROUGH(THROUGH)) u_dut (
      .clk_i(clk_i), .raddr_i(raddr_i), .rdata_o(rdata), .bad_o(bad), .we_i(we_i), .waddr_i(waddr_i),
      .wdata_i(wdata_i), .inject_i(inject_i));

  // Any one address. `old`: written before the read that arrives now was presented.
  (* anyconst *) wire [1:0] at;
  reg               written_q, injected_q;
  reg [WIDTH-1:0]   word_q;
  reg [LATENCY-1:0] reads_q, old_q;
  reg               first_q;
  initial {written_q, reads_q, first_q} = 0;
  integer k;
  always @(posedge clk_i) begin
    first_q <= 1'b1;
    if (we_i && waddr_i == at) begin
      written_q <= 1'b1;
      word_q <= wdata_i;
      injected_q <= inject_i;
    end
    reads_q[0] <= raddr_i == at;
    old_q[0] <= !(we_i && waddr_i == at);
    for (k = 1; k < LATENCY; k = k + 1) begin
      reads_q[k] <= reads_q[k-1];
      old_q[k] <= old_q[k-1] && !(we_i && waddr_i == at);
    end
  end
  wire now = THROUGH != 0 && we_i && waddr_i == at;
  wire arrives = reads_q[LATENCY-1] && (written_q || now);
  wire old = old_q[LATENCY-1] && !now;

  always @*
    if (arrives) begin
      assert (rdata == (now ? wdata_i : word_q));
      assert (bad == (old && injected_q));
    end

  reach #(.COUNT(3)) u_reach (.reached_i({arrives && bad, arrives && !old, arrives && old && word_q != 0}));
endmodule
