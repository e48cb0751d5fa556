// The card around a Verilated model: drives and watches its buses, cycle by cycle. See card_sim.h.
//
// Every output of the appliance comes from a register, so outputs seen after one clock edge hold until the next, and
// handshakes can be decided before it.
#ifndef VITRINE_CARD_MODEL_HPP
#define VITRINE_CARD_MODEL_HPP

#include <sys/mman.h>
#include <verilated.h>

#include "card.hpp"
#include "coverage.hpp"

// Trace is what writes waveforms: open(model, path), dump(time), close(); rise(model) and fall(model) let the clock
// rise and fall, fork(model, advice) says whether a child of fork() has the model's memory.
template <class Model, class Trace> class CardModel final : public Card {
public:
    explicit CardModel(const card_sim_options &options)
        : trace_from_(options.trace_from_cycle),
          trace_to_(options.trace_to_cycle ? options.trace_to_cycle : UINT64_MAX)
    {
        context_.threads(1); // or the library starts one thread for each other processor, idle for ever
        context_.traceEverOn(Trace::TRACED);
        model_.reset(new Model(&context_, "card"));
        Trace::fork(*model_, MADV_DONTFORK);
        tracing_ = Trace::TRACED && options.trace_path;
        good_ = !tracing_ || trace_.open(*model_, options.trace_path);
        Model &m = *model_;
        m.clk_i = 0;
        m.lite_awvalid_i = m.lite_wvalid_i = m.lite_arvalid_i = 0;
        m.win_awvalid_i = m.win_wvalid_i = 0;
        m.win_awid_i = 0;
        m.dma_bvalid_i = 0;
        m.rst_ni = 0;
        m.eval(); // or the first edge goes unseen
        for (int cycle = 0; cycle < 8; ++cycle)
            clock();
        m.rst_ni = 1;
    }

    ~CardModel() override
    {
        if (tracing_)
            trace_.close();
        Verilated::threadContextp(&context_); // scopes are taken off this thread's context, which may be another's
        model_->final();
        Trace::fork(*model_, MADV_DOFORK); // what is freed may be anybody's memory next
        coverage_write(context_, model_->modelName());
    }

    bool good() const { return good_; }

    uint64_t step(uint64_t cycles) override
    {
        uint64_t ran = 0;
        for (; ran < cycles && !wedged_ && pending(); ++ran) {
            if (stalls_planned_)
                draw();
            registers_write();
            registers_read();
            window();
            dma();
            clock();
            if (counts_.cycles == wedge_cycle_)
                wedged_ = true;
        }
        return ran;
    }

private:
    enum Burst { FIXED, INCR, WRAP };

    static constexpr unsigned SETTLE_CYCLES = 4; // what a last response sets off on the card

    bool pending()
    {
        if (model_->active_o || reading_ || !writes_.empty() || !addresses_.empty() || !beats_.empty() ||
            stores_unanswered_ || !responses_.empty())
            settle_ = SETTLE_CYCLES;
        else if (settle_)
            --settle_;
        return settle_ != 0;
    }

    void clock()
    {
        Model &m = *model_;
        Trace::rise(m);
        if (tracing_ && counts_.cycles >= trace_from_ && counts_.cycles < trace_to_)
            trace_.dump(2 * counts_.cycles);
        Trace::fall(m);
        if (tracing_ && counts_.cycles >= trace_from_ && counts_.cycles < trace_to_)
            trace_.dump(2 * counts_.cycles + 1);
        ++counts_.cycles;
    }

    // Registers, writes: address and data are offered independently; one write at a time.
    void registers_write()
    {
        Model &m = *model_;
        const bool hold = stalled(CARD_SIM_LITE_REQUEST);
        m.lite_bready_i = !stalled(CARD_SIM_LITE_RESPONSE);
        if (write_address_ == OFFERED && write_address_ready_)
            write_address_ = SENT;
        if (write_data_ == OFFERED && write_data_ready_)
            write_data_ = SENT;
        if (!writes_.empty() && !hold && passed(writes_.front().behind)) {
            const RegisterWrite &write = writes_.front();
            if (write_address_ == WAITING) {
                m.lite_awaddr_i = write.offset & 0xFFF;
                write_address_ = OFFERED;
            }
            if (write_data_ == WAITING && (!stalls_planned_ || random() & 1)) {
                m.lite_wdata_i = write.value;
                m.lite_wstrb_i = 0xF & ~plan_.strobes_off;
                write_data_ = OFFERED;
            }
        }
        m.lite_awvalid_i = write_address_ == OFFERED;
        m.lite_wvalid_i = write_data_ == OFFERED;
        write_address_ready_ = m.lite_awready_o;
        write_data_ready_ = m.lite_wready_o;
        if (m.lite_bvalid_o && m.lite_bready_i) {
            if (writes_.empty() || write_address_ == WAITING || write_data_ == WAITING || m.lite_bresp_o)
                broken("register write response %u out of turn", m.lite_bresp_o);
            else
                writes_.pop();
            write_address_ = write_data_ = WAITING;
        }
    }

    // Registers, reads: behind all writes.
    void registers_read()
    {
        Model &m = *model_;
        m.lite_rready_i = !stalled(CARD_SIM_LITE_RESPONSE);
        if (read_ == OFFERED && read_ready_)
            read_ = SENT;
        if (reading_ && read_ == WAITING && writes_.empty() && passed(read_behind_) &&
            !stalled(CARD_SIM_LITE_REQUEST)) {
            m.lite_araddr_i = read_offset_ & 0xFFF;
            read_ = OFFERED;
        }
        m.lite_arvalid_i = read_ == OFFERED;
        read_ready_ = m.lite_arready_o;
        if (m.lite_rvalid_o && m.lite_rready_i) {
            if (read_ == WAITING || m.lite_rresp_o)
                broken("register read response %u out of turn", m.lite_rresp_o);
            read_value_ = m.lite_rdata_o;
            read_done_ = true;
            reading_ = false;
            read_ = WAITING;
        }
    }

    // Window: addresses and data go out independently, data never more than one burst ahead of the answers' limit.
    void window()
    {
        Model &m = *model_;
        m.win_bready_i = !stalled(CARD_SIM_WINDOW_B);
        if (window_address_ && window_address_ready_)
            window_address_ = false;
        if (window_data_ && window_data_ready_) {
            window_data_ = false;
            beats_in.add(counts_.cycles - 1); // at the last edge
        }
        if (!window_address_ && !addresses_.empty() && !stalled(CARD_SIM_WINDOW_AW)) {
            const StoreAddress &address = addresses_.front();
            m.win_awaddr_i = address.offset & 0xFFFFF;
            m.win_awsize_i = address.size;
            m.win_awid_i = ++window_id_ & 63;
            m.win_awburst_i = !plan_.not_incr ? INCR : window_id_ & 1 ? FIXED : WRAP;
            addresses_.pop();
            ++stores_unanswered_;
            window_address_ = true;
        }
        if (!window_data_ && !beats_.empty() && !stalled(CARD_SIM_WINDOW_W)) {
            const StoreBeat &beat = beats_.front();
            std::memcpy(&m.win_wdata_i[0], beat.data, sizeof beat.data);
            m.win_wstrb_i = beat.strobe;
            m.win_wlast_i = beat.last;
            beats_.pop();
            window_data_ = true;
        }
        m.win_awvalid_i = window_address_;
        m.win_wvalid_i = window_data_;
        window_address_ready_ = m.win_awready_o;
        window_data_ready_ = m.win_wready_o;
        if (m.win_bvalid_o && m.win_bready_i) {
            ++stores_answered_;
            if (!stores_unanswered_ || m.win_bresp_o || m.win_bid_o != (stores_answered_ & 63))
                broken("window response %u with id %u out of turn", m.win_bresp_o, m.win_bid_o);
            else
                --stores_unanswered_;
        }
    }

    // DMA: what is offered and not taken must be offered again, unchanged.
    void dma()
    {
        Model &m = *model_;
        if (dma_address_waits_ && (!m.dma_awvalid_o || m.dma_awaddr_o != dma_address_ || m.dma_awlen_o != dma_length_))
            broken("DMA address changed before it was taken");
        if (dma_data_waits_ && (!m.dma_wvalid_o || m.dma_wlast_o != dma_last_ ||
                                std::memcmp(&m.dma_wdata_o[0], dma_data_, sizeof dma_data_)))
            broken("DMA data changed before it was taken");
        m.dma_awready_i = !stalled(CARD_SIM_DMA_AW) && bursts_.size() < 16;
        m.dma_wready_i = !stalled(CARD_SIM_DMA_W) && early_.size() < 4;
        dma_address_waits_ = m.dma_awvalid_o && !m.dma_awready_i;
        if (m.dma_wvalid_o && !dma_data_waits_)
            beats_out.add(counts_.cycles);
        dma_data_waits_ = m.dma_wvalid_o && !m.dma_wready_i;
        if (dma_address_waits_) {
            dma_address_ = m.dma_awaddr_o;
            dma_length_ = m.dma_awlen_o;
        }
        if (dma_data_waits_) {
            std::memcpy(dma_data_, &m.dma_wdata_o[0], sizeof dma_data_);
            dma_last_ = m.dma_wlast_o;
        }
        if (dma_response_ && m.dma_bready_o) // taken at the last edge
            dma_response_ = false;
        if (!dma_response_ && !responses_.empty() && !stalled(CARD_SIM_DMA_B)) {
            m.dma_bresp_i = responses_.front().code & 3;
            responses_.pop();
            dma_response_ = true;
        }
        m.dma_bvalid_i = dma_response_;
        if (m.dma_awvalid_o && m.dma_awready_i)
            dma_burst(m.dma_awaddr_o, m.dma_awlen_o, m.dma_awsize_o, m.dma_awburst_o);
        if (m.dma_wvalid_o && m.dma_wready_i)
            dma_beat(&m.dma_wdata_o[0], m.dma_wstrb_o, m.dma_wlast_o);
    }

    enum Offer { WAITING, OFFERED, SENT };

    VerilatedContext context_;
    std::unique_ptr<Model> model_;
    Trace trace_;
    uint64_t trace_from_, trace_to_;
    bool tracing_ = false, good_ = false;
    unsigned settle_ = SETTLE_CYCLES;
    Offer write_address_ = WAITING, write_data_ = WAITING, read_ = WAITING;
    bool write_address_ready_ = false, write_data_ready_ = false, read_ready_ = false;
    bool window_address_ = false, window_data_ = false, window_address_ready_ = false, window_data_ready_ = false;
    unsigned window_id_ = 0;
    bool dma_address_waits_ = false, dma_data_waits_ = false, dma_last_ = false, dma_response_ = false;
    uint64_t dma_address_ = 0;
    unsigned dma_length_ = 0;
    uint8_t dma_data_[64] = {};
};

#endif
