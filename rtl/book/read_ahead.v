// What has been read from a memory before it is needed, in order: up to eight entries that are under way or here.
//
// A key is read in the cycle of read_i, what it leads to is at data_i LATENCY cycles later and behind that at data_o,
// once everything before it has been taken.
module read_ahead #(
    parameter KEY_BITS = 6,
    parameter DATA_BITS = 64,
    parameter LATENCY = 2
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    input  wire                 run_i,        // else there is nothing in it, at no cost to a simulation
    input  wire                 clear_i,
    output wire                 room_o,
    input  wire                 read_i,
    input  wire [KEY_BITS-1:0]  key_i,
    output wire                 comes_o,      // data_i is this key's
    output reg  [KEY_BITS-1:0]  come_key_o,
    output wire                 came_o,       // the same a cycle later
    input  wire [DATA_BITS-1:0] data_i,
    output reg  [7:0]           under_way_o,  // read and not taken: bit n is up where there are more than n
    output reg  [7:0]           here_o,       // of these came before this cycle, the same way
    output reg  [KEY_BITS-1:0]  key_o,        // the first one, if it is here or comes
    output reg  [DATA_BITS-1:0] data_o,       // ... if it is here
    output reg  [KEY_BITS-1:0]  behind_key_o, // the second one, if there is one
    input  wire                 take_i
);
  reg [2:0]           read_q, came_q, taken_q;  // places: of the next one read, to come, to be taken
  reg [7:0]           under_way_q, here_q;
  reg [LATENCY:0]     coming_q;
  reg [KEY_BITS-1:0]  keys_q [0:7];
  reg [DATA_BITS-1:0] data_q [0:7];
  assign {comes_o, came_o, room_o} = {coming_q[LATENCY-1], coming_q[LATENCY], !under_way_o[7]};

  reg [2:0] behind;
  always @* begin
    {key_o, data_o, behind_key_o, come_key_o, behind} = {(3 * KEY_BITS + DATA_BITS + 3) {1'bx}};
    {under_way_o, here_o} = 16'd0;
    if (run_i) begin
      {under_way_o, here_o} = {under_way_q, here_q};
      behind = taken_q + 3'd1;
      key_o = keys_q[taken_q];
      data_o = data_q[taken_q];
      behind_key_o = keys_q[behind];
      come_key_o = keys_q[came_q];
    end
  end

  wire active = run_i || clear_i;
  always @(posedge clk_i) if (active) begin
    if (run_i) begin
      if (read_i) begin
        keys_q[read_q] <= key_i;
        read_q <= read_q + 3'd1;
      end
      if (comes_o) begin
        data_q[came_q] <= data_i;
        came_q <= came_q + 3'd1;
      end
      if (take_i) taken_q <= taken_q + 3'd1;
      if (read_i != take_i) under_way_q <= take_i ? under_way_q >> 1 : {under_way_q[6:0], 1'b1};
      if (comes_o != take_i) here_q <= take_i ? here_q >> 1 : {here_q[6:0], 1'b1};
    end
    if (clear_i) {read_q, came_q, taken_q, under_way_q, here_q} <= 25'd0;
  end
  always @(posedge clk_i) begin
    if (run_i && !clear_i && rst_ni) coming_q <= {coming_q[LATENCY-1:0], read_i};
    else coming_q <= 0;
  end
endmodule
