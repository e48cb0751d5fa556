// First-in first-out queue between two clocks.
//
// Words written are seen by the reader only once they are committed, and can be taken back until then: what fails its
// checksum never arrives. Pointers cross in Gray code. A commit of many words makes the pointer step through them, one
// a cycle, so that it changes by one bit at a time.
// Latency: about 4 cycles of the reader's clock behind the commit, and one a word. Back-pressure: full_o (words written
// then are lost), ready_i. Both resets must be held until both clocks run.
module async_fifo #(
    parameter WIDTH      = 8,
    parameter DEPTH_LOG2 = 10
) (
    input              write_clk_i,
    input              write_rst_ni,
    input              write_i,
    input  [WIDTH-1:0] data_i,
    input              commit_i,     // everything written before this cycle
    input              rollback_i,   // everything not committed is gone
    output             full_o,
    input              read_clk_i,
    input              read_rst_ni,
    output             valid_o,
    input              ready_i,
    output [WIDTH-1:0] data_o
);
    localparam PTR = DEPTH_LOG2 + 1;

    (* no_rw_check *)
    reg [WIDTH-1:0] memory_q [0:(1<<DEPTH_LOG2)-1];

    // ---------------------------------------------------------------------------------------------------- write side
    reg  [PTR-1:0] write_q, committed_q, shown_q;   // shown_q follows committed_q
    wire [PTR-1:0] read_seen;
    wire [PTR-1:0] used = write_q - read_seen;
    assign full_o = used[PTR-1];

    always @(posedge write_clk_i) begin
        if (!write_rst_ni) begin
            write_q     <= {PTR{1'b0}};
            committed_q <= {PTR{1'b0}};
            shown_q     <= {PTR{1'b0}};
        end else begin
            if (rollback_i) write_q <= committed_q;
            else if (write_i && !full_o) write_q <= write_q + 1'b1;
            if (commit_i) committed_q <= write_q;
            if (shown_q != committed_q) shown_q <= shown_q + 1'b1;
        end
        if (write_i && !full_o) memory_q[write_q[DEPTH_LOG2-1:0]] <= data_i;
    end

    // ----------------------------------------------------------------------------------------------------- read side
    reg              valid_q;
    reg  [PTR-1:0]   read_q;
    reg  [WIDTH-1:0] data_q;
    wire [PTR-1:0]   shown_seen;
    wire             load = (!valid_q || ready_i) && read_q != shown_seen;

    always @(posedge read_clk_i) begin
        if (!read_rst_ni) begin
            valid_q <= 1'b0;
            read_q  <= {PTR{1'b0}};
        end else begin
            valid_q <= load || (valid_q && !ready_i);
            if (load) read_q <= read_q + 1'b1;
        end
        if (load) data_q <= memory_q[read_q[DEPTH_LOG2-1:0]];
    end

    async_count #(.WIDTH(PTR)) u_shown (
        .in_clk_i(write_clk_i), .count_i(shown_q), .out_clk_i(read_clk_i), .count_o(shown_seen));
    async_count #(.WIDTH(PTR)) u_read (
        .in_clk_i(read_clk_i), .count_i(read_q), .out_clk_i(write_clk_i), .count_o(read_seen));

    assign valid_o = valid_q;
    assign data_o  = data_q;
endmodule
