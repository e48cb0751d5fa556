// Skid buffer: cuts the combinational path of `ready` so that a bus's ready output comes from a register.
//
// Latency: 0 cycles (data passes straight through while the buffer is empty).
// Back-pressure: takes one word more after ready_i falls, then holds ready_o low until that word has left.
module skid #(
    parameter WIDTH = 8
) (
    input              clk_i,
    input              rst_ni,
    input              valid_i,
    output             ready_o,
    input  [WIDTH-1:0] data_i,
    output             valid_o,
    input              ready_i,
    output [WIDTH-1:0] data_o
);
    reg             full_q;
    reg [WIDTH-1:0] data_q;

    assign ready_o = !full_q;
    assign valid_o = valid_i || full_q;
    assign data_o  = full_q ? data_q : data_i;

    always @(posedge clk_i) begin
        if (!rst_ni) full_q <= 1'b0;
        else full_q <= valid_o && !ready_i;
        if (valid_i && !full_q && !ready_i) data_q <= data_i;
    end

`ifdef FORMAL
    // What waits must not change: the word offered stays until it is taken.
    reg             past_q;
    reg             waiting_q;
    reg [WIDTH-1:0] offered_q;
    reg             input_waiting_q;
    reg [WIDTH-1:0] input_q;
    initial past_q = 1'b0;
    always @(posedge clk_i) begin
        past_q          <= rst_ni;
        waiting_q       <= valid_o && !ready_i;
        offered_q       <= data_o;
        input_waiting_q <= valid_i && !ready_o;
        input_q         <= data_i;
        if (past_q && rst_ni && input_waiting_q) assume (valid_i && data_i == input_q);
        if (past_q && rst_ni && waiting_q) assert (valid_o && data_o == offered_q);
    end
`endif
endmodule
