// Tally: 2^INDEX_BITS counters of which at most one counts in a cycle, in a small distributed RAM.
//
// Latency: a count is seen by reads (data_o follows look_i combinationally) from the next cycle on.
// Back-pressure: none. A word counts only once touched, so a reset takes one cycle. Counters wrap at 2^32.
module tally #(
    parameter INDEX_BITS = 3
) (
    input                   clk_i,
    input                   rst_ni,
    input                   count_i,
    input  [INDEX_BITS-1:0] index_i,
    input  [INDEX_BITS-1:0] look_i,
    output [31:0]           data_o
);
    localparam WORDS = 1 << INDEX_BITS;

    reg [31:0]           memory [0:WORDS-1];
    reg [WORDS-1:0]      touched_q;
    reg                  add_q;
    reg [INDEX_BITS-1:0] index_q;
    reg [31:0]           count_q;
    wire [31:0]          sum = count_q + 32'd1;

    // Look-up and write-back take a cycle each; one right behind another of the same index takes its sum over.
    always @(posedge clk_i) begin
        if (!rst_ni) begin
            touched_q <= {WORDS{1'b0}};
            add_q     <= 1'b0;
        end else begin
            add_q <= count_i;
            if (add_q) touched_q[index_q] <= 1'b1;
        end
        if (count_i) begin
            index_q <= index_i;
            count_q <= add_q && index_q == index_i ? sum : touched_q[index_i] ? memory[index_i] : 32'd0;
        end
        if (add_q) memory[index_q] <= sum;
    end

    assign data_o = add_q && index_q == look_i ? sum : touched_q[look_i] ? memory[look_i] : 32'd0;
endmodule
