// The book alone on an ECP5, to measure what clock it reaches: every port of it ends in a register, and those are
// filled and emptied through five pins.
//
// Inputs stand in one shift register that moves a bit a cycle, outputs are caught in another when catch_i is up and
// then shifted out. So nothing can be optimised away and no path leads through a pin but the shift's own.
module top #(
    parameter MARKETS = 4,
    parameter ORDERS = 8192,
    parameter TICK_BITS = 12,
    parameter LATENCY = 4,
    parameter SLICE = 2
) (
    input  wire clk_i,
    input  wire rst_ni,
    input  wire data_i,
    input  wire catch_i,
    output wire data_o
);
  localparam IN = 16 + 40 + 1 + 1 + 512 + 1;
  localparam OUT = 16 + 1 + 1 + 512 + 1 + 8 + 8;

  reg [IN-1:0]  in_q;
  reg [OUT-1:0] out_q;
  reg           reset_q, catch_q;
  wire [OUT-1:0] out;
  always @(posedge clk_i) begin
    in_q <= {in_q[IN-2:0], data_i};
    out_q <= catch_q ? out : {1'b0, out_q[OUT-1:1]};
    reset_q <= rst_ni;
    catch_q <= catch_i;
  end
  assign data_o = out_q[0];

  wire [15:0]  session_in, session;
  wire [39:0]  cycle;
  wire         inject, cmd_valid, cmd_ready, ev_valid, ev_ready, busy;
  wire [511:0] cmd, ev;
  wire [7:0]   fault, stall;
  assign {session_in, cycle, inject, cmd_valid, cmd, ev_ready} = in_q;
  assign out = {session, cmd_ready, ev_valid, ev, busy, fault, stall};
  book #(
      .MARKETS(MARKETS), .ORDERS(ORDERS), .TICK_BITS(TICK_BITS), .LATENCY(LATENCY), .SLICE(SLICE)
  ) u_book (
      .clk_i(clk_i), .rst_ni(reset_q), .session_i(session_in), .session_o(session), .cycle_i(cycle),
      .inject_parity_i(inject), .cmd_valid_i(cmd_valid), .cmd_ready_o(cmd_ready), .cmd_i(cmd),
      .ev_valid_o(ev_valid), .ev_ready_i(ev_ready), .ev_o(ev), .busy_o(busy), .fault_o(fault), .stall_o(stall));
endmodule
