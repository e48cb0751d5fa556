// A ram_forward whose answer is worked on STAGES (1 or 2) cycles later: late_o in cycle t belongs to the address of
// cycle t - LATENCY - STAGES and includes every write made before cycle t, with THROUGH that of cycle t as well. near_o
// is what late_o is about to be taken from: the answer of the address of cycle t - LATENCY with the write of cycle t,
// with NEAR_NOW = 0 without that.
// With AHEAD addresses are compared a cycle before the write: ahead_i is what waddr_i will be in the next cycle if it
// writes then.
//
// now_i is what near_o and, with THROUGH, late_o take for a write of the cycle: we_i, or more where the reader ignores
// the answer if that does not come true.
//
// MODEL is the same for a simulation, in which a memory may be read in no time: when the answer is due, at the address
// that is given again then. It knows of parity only what INJECT wants, that a word was written with inject_i.
module ram_late #(
    parameter DEPTH = 16,
    parameter WIDTH = 8,
    parameter LATENCY = 2,
    parameter SLICE = 0,
    parameter STAGES = 1,
    parameter THROUGH = 0,
    parameter AHEAD = 0,
    parameter NEAR_NOW = 1,
    parameter MODEL = 0,
    parameter INJECT = 0,
    parameter ADDR_BITS = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  wire                 clk_i,
    input  wire [ADDR_BITS-1:0] raddr_i,
    input  wire [ADDR_BITS-1:0] near_addr_i, // MODEL: raddr_i LATENCY cycles ago, and a cycle before that
    input  wire [ADDR_BITS-1:0] late_addr_i,
    input  wire                 instead_i,   // this is late_o's a cycle later, but for writes to what was read
    input  wire [WIDTH-1:0]     instead_data_i,
    output wire [WIDTH-1:0]     near_o,
    output wire [WIDTH-1:0]     late_o,
    output wire                 bad_o,       // the parity of late_o is wrong
    input  wire                 we_i,
    input  wire                 now_i,
    input  wire [ADDR_BITS-1:0] waddr_i,
    input  wire [ADDR_BITS-1:0] ahead_i,
    input  wire [WIDTH-1:0]     wdata_i,
    input  wire                 inject_i
);
  generate
    if (MODEL != 0) begin : g_model
      localparam STORED = WIDTH + (INJECT != 0 ? 1 : 0);
      reg  [STORED-1:0]    mem_q [0:DEPTH-1];
      reg  [ADDR_BITS-1:0] last_addr_q;
      wire [ADDR_BITS-1:0] addr = STAGES == 1 ? late_addr_i : last_addr_q;
      wire                 now = THROUGH != 0 && now_i && waddr_i == addr;
      wire [STORED-1:0]    near_word = mem_q[near_addr_i];
      wire [STORED-1:0]    word = mem_q[addr];
      wire                 near_now = NEAR_NOW != 0 && now_i && waddr_i == near_addr_i;
      assign near_o = near_now ? wdata_i : near_word[WIDTH-1:0];
      assign late_o = now ? wdata_i : word[WIDTH-1:0];
      if (INJECT != 0) begin : g_inject
        always @(posedge clk_i) if (we_i) mem_q[waddr_i] <= {inject_i, wdata_i};
        assign bad_o = !now && word[STORED-1];
      end else begin : g_no_inject
        always @(posedge clk_i) if (we_i) mem_q[waddr_i] <= wdata_i;
        assign bad_o = 1'b0;
      end
      always @(posedge clk_i) last_addr_q <= late_addr_i;
      wire unused = &{1'b0, raddr_i, ahead_i, instead_i, instead_data_i, inject_i, near_word, last_addr_q, 1'b0};
    end else begin : g_memory
      wire             bad;
      wire [WIDTH-1:0] rdata;
      ram_forward #(.DEPTH(DEPTH), .WIDTH(WIDTH), .LATENCY(LATENCY), .SLICE(SLICE)) u_ram (
          .clk_i(clk_i), .raddr_i(raddr_i), .rdata_o(rdata), .bad_o(bad), .we_i(we_i), .waddr_i(waddr_i),
          .wdata_i(wdata_i), .inject_i(inject_i));

      // The address n cycles ago, as far as it is used.
      reg [ADDR_BITS-1:0] addr1_q, addr2_q, addr3_q, addr4_q, addr5_q, addr6_q;
      wire [ADDR_BITS-1:0] near_addr =
          LATENCY == 1 ? addr1_q : LATENCY == 2 ? addr2_q : LATENCY == 3 ? addr3_q : addr4_q;
      wire [ADDR_BITS-1:0] late_addr =
          LATENCY == 1 ? addr2_q : LATENCY == 2 ? addr3_q : LATENCY == 3 ? addr4_q : addr5_q;
      wire [ADDR_BITS-1:0] last_addr = STAGES == 1 ? late_addr :
          LATENCY == 1 ? addr3_q : LATENCY == 2 ? addr4_q : LATENCY == 3 ? addr5_q : addr6_q;
      wire near_same, late_same;
      if (AHEAD != 0) begin : g_ahead
        wire [ADDR_BITS-1:0] far_addr =
            LATENCY == 1 ? raddr_i : LATENCY == 2 ? addr1_q : LATENCY == 3 ? addr2_q : addr3_q;
        reg near_same_q, late_same_q;
        always @(posedge clk_i) {near_same_q, late_same_q} <= {ahead_i == far_addr, ahead_i == near_addr};
        assign {near_same, late_same} = {near_same_q, late_same_q};
      end else begin : g_at_once
        assign near_same = waddr_i == near_addr;
        assign late_same = waddr_i == late_addr;
        wire unused = &{1'b0, ahead_i, 1'b0};
      end
      wire near_hit = we_i && near_same;
      wire late_hit = we_i && late_same;
      wire [WIDTH-1:0] near = near_hit ? wdata_i : rdata;
      wire now = THROUGH != 0 && now_i && (STAGES == 1 ? late_same : waddr_i == last_addr);

      reg [WIDTH-1:0] data1_q, data2_q;
      reg             bad1_q, bad2_q;
      always @(posedge clk_i) begin
        addr1_q <= raddr_i;
        addr2_q <= addr1_q;
        addr3_q <= addr2_q;
        addr4_q <= addr3_q;
        addr5_q <= addr4_q;
        addr6_q <= addr5_q;
        data1_q <= instead_i ? instead_data_i : near;
        bad1_q <= !near_hit && bad;
        data2_q <= late_hit ? wdata_i : data1_q;
        bad2_q <= !late_hit && bad1_q;
      end
      assign near_o = NEAR_NOW != 0 && now_i && near_same ? wdata_i : rdata;
      assign late_o = now ? wdata_i : STAGES == 1 ? data1_q : data2_q;
      assign bad_o = !now && (STAGES == 1 ? bad1_q : bad2_q);
      wire unused_addr = &{1'b0, near_addr_i, late_addr_i, 1'b0};
    end
  endgenerate
endmodule
