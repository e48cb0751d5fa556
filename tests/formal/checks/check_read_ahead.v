// read_ahead: what has been read comes out once, in order, with what the memory gave LATENCY cycles later; the key
// behind it is the next one read; never more than eight are under way.
module check_read_ahead #(
    parameter LATENCY = 2
) (
    input       clk_i,
    input       rst_ni,
    input       clear_i,
    input       pick_i,
    input       read_i,
    input [1:0] key_i,
    input [1:0] data_i,
    input       take_i
);
  wire       run, room, comes, came;
  wire [1:0] come_key, key, behind_key, data;
  wire [7:0] under_way, here;
  began u_began (.clk_i(clk_i), .rst_ni(rst_ni), .run_o(run));
  reg        began_q;  // it is emptied before it is used
  always @(posedge clk_i) began_q <= rst_ni && (clear_i || began_q);
  wire       reads = read_i && room && began_q;
  wire       takes = take_i && here[0] && began_q;
  read_ahead #(.KEY_BITS(2), .DATA_BITS(2), .LATENCY(LATENCY)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .run_i(began_q), .clear_i(clear_i), .room_o(room), .read_i(reads), .key_i(key_i),
      .comes_o(comes), .come_key_o(come_key), .came_o(came), .data_i(data_i), .under_way_o(under_way), .here_o(here),
      .key_o(key), .data_o(data), .behind_key_o(behind_key), .take_i(takes));

  // one read is followed: how many are before it in the queue, when it comes, and what then
  reg             followed_q, here_q;
  reg [3:0]       before_q, count_q;
  reg [1:0]       key_q, data_q;
  reg [LATENCY:0] way_q;
  wire            picks = reads && pick_i && !followed_q;
  wire            arrives = way_q[LATENCY-1];
  wire            leaves = followed_q && before_q == 4'd0 && takes;
  always @(posedge clk_i) begin
    way_q <= {way_q[LATENCY-1:0], picks};
    if (picks) {followed_q, before_q, key_q} <= {1'b1, count_q - {3'd0, takes}, key_i};
    else if (followed_q && takes) before_q <= before_q - 4'd1;
    if (leaves) {followed_q, here_q} <= 2'b00;
    else if (arrives) {here_q, data_q} <= {1'b1, data_i};
    count_q <= count_q + {3'd0, reads} - {3'd0, takes};
    if (!rst_ni || clear_i) begin
      {followed_q, here_q, count_q} <= 6'd0;
      way_q <= 0;
    end
  end
  always @*
    if (run && began_q) begin
      assert (count_q <= 4'd8 && under_way == ~(8'hFF << count_q) && (here & ~under_way) == 8'd0);
      assert ((here & (here + 8'd1)) == 8'd0);
      assert (room == (count_q < 4'd8));
      if (arrives) assert (comes && come_key == key_q);
      assert (came || !way_q[LATENCY]);
      if (followed_q && before_q == 4'd0) assert (key == key_q);
      if (followed_q && before_q == 4'd1) assert (behind_key == key_q);
      if (followed_q) assert (here[before_q[2:0]] == here_q);
      if (followed_q && here_q && before_q == 4'd0) assert (data == data_q);
    end

  reach #(.COUNT(2)) u_reach (.reached_i({
      run && began_q && leaves && data == 2'd2, run && began_q && !room && here_q}));
endmodule
