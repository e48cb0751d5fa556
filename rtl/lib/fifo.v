// First-in first-out queue of 2^DEPTH_LOG2 words and one more in its output stage.
//
// Latency: 1 cycle from push to valid_o, also when it was empty. One word in and one out in every cycle.
// Back-pressure: ready_o is a register's output and falls when the memory is full; nothing is ever lost.
// The memory is a simple dual-port RAM with registered read, so that it fits block RAM.
module fifo #(
    parameter WIDTH      = 8,
    parameter DEPTH_LOG2 = 4
) (
    input                   clk_i,
    input                   rst_ni,
    input                   valid_i,
    output                  ready_o,
    input  [WIDTH-1:0]      data_i,
    output                  valid_o,
    input                   ready_i,
    output [WIDTH-1:0]      data_o,
    output [DEPTH_LOG2+1:0] level_o   // words held, output stage included
);
    localparam DEPTH = 1 << DEPTH_LOG2;

    (* no_rw_check *)
    reg [WIDTH-1:0]      memory [0:DEPTH-1];
    reg [DEPTH_LOG2-1:0] write_q, read_q;
    reg [DEPTH_LOG2+1:0] level_q;
    reg                  full_q;      // memory full
    reg                  stored_q;    // memory not empty
    reg                  valid_q;     // output stage holds a word
    reg                  direct_q;    // it came past the memory
    reg [WIDTH-1:0]      direct_data_q, memory_data_q;

    wire push   = valid_i && ready_o;
    wire pop    = valid_q && ready_i;
    wire load   = !valid_q || pop;             // output stage takes a word if there is one
    wire direct = load && !stored_q && push;   // straight from the input
    wire fetch  = load && stored_q;
    wire store  = push && !direct;

    wire [DEPTH_LOG2+1:0] level_d =
        level_q + {{(DEPTH_LOG2 + 1) {1'b0}}, push} - {{(DEPTH_LOG2 + 1) {1'b0}}, pop};
    wire                  valid_d = !load || direct || fetch;
    wire [DEPTH_LOG2+1:0] inside_d = level_d - {{(DEPTH_LOG2 + 1) {1'b0}}, valid_d};

    assign ready_o = !full_q;
    assign valid_o = valid_q;
    assign data_o  = direct_q ? direct_data_q : memory_data_q;
    assign level_o = level_q;

    always @(posedge clk_i) begin
        if (!rst_ni) begin
            write_q  <= {DEPTH_LOG2{1'b0}};
            read_q   <= {DEPTH_LOG2{1'b0}};
            level_q  <= {(DEPTH_LOG2 + 2) {1'b0}};
            full_q   <= 1'b0;
            stored_q <= 1'b0;
            valid_q  <= 1'b0;
        end else begin
            if (store) write_q <= write_q + 1'b1;
            if (fetch) read_q <= read_q + 1'b1;
            level_q  <= level_d;
            full_q   <= inside_d[DEPTH_LOG2+1:DEPTH_LOG2] != 2'b00;
            stored_q <= inside_d != {(DEPTH_LOG2 + 2) {1'b0}};
            valid_q  <= valid_d;
`ifndef SYNTHESIS
            assert (inside_d <= DEPTH[DEPTH_LOG2+1:0]);
`endif
        end
        if (load) direct_q <= direct;
        if (direct) direct_data_q <= data_i;
    end

    always @(posedge clk_i) begin
        if (store) memory[write_q] <= data_i;
        if (fetch) memory_data_q <= memory[read_q];
    end
endmodule
