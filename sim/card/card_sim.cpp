// The card without its Verilated model, and the face for C. See card_sim.h.
#include <new>

#include "card.hpp"

static constexpr unsigned READ_CYCLES_MAX = 65536; // a register read that takes longer will never be answered
static constexpr unsigned BUS_BYTES = 64;

uint64_t Card::random()
{
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_;
}

void Card::plan(const card_sim_plan &plan)
{
    plan_ = plan;
    random_ = plan.seed * 0x9E3779B97F4A7C15u + 0x1234567;
    if (!random_)
        random_ = 1;
    stalls_planned_ = false;
    for (unsigned channel = 0; channel < CARD_SIM_CHANNELS; ++channel) {
        stalls_planned_ |= plan.stall_percent[channel] != 0;
        frozen_until_[channel] = 0;
    }
    stalls_ = 0;
    error_countdown_ = plan.error_burst;
    wedge_cycle_ = plan.wedge_after ? counts_.cycles + plan.wedge_after : 0;
}

// Decides which channels wait in the coming cycle.
void Card::draw()
{
    stalls_ = 0;
    for (unsigned channel = 0; channel < CARD_SIM_CHANNELS; ++channel) {
        const unsigned percent = plan_.stall_percent[channel];
        if (!percent)
            continue;
        const uint64_t dice = random() >> 16;
        if (percent >= 100 || counts_.cycles < frozen_until_[channel] || dice % 100 < percent)
            stalls_ |= 1u << channel;
        if ((dice >> 20) % 500 == 0)
            frozen_until_[channel] = counts_.cycles + (dice >> 32) % 100;
    }
}

bool Card::read(uint32_t offset, uint32_t *value)
{
    reading_ = true;
    read_done_ = false;
    read_offset_ = offset;
    read_behind_ = stores_posted_;
    for (unsigned cycle = 0; cycle < READ_CYCLES_MAX && !read_done_ && step(1); ++cycle) {
    }
    *value = read_done_ ? read_value_ : UINT32_MAX;
    return read_done_;
}

bool Card::write(uint32_t offset, uint32_t value)
{
    if (!writes_.room())
        return false;
    writes_.push() = {offset, value, stores_posted_};
    return true;
}

// One burst of `bytes` bytes in beats of 2^size_log2; partial beats at both ends have strobes off.
void Card::burst(uint32_t offset, const uint8_t *data, size_t bytes, unsigned size_log2)
{
    const uint32_t width = 1u << size_log2;
    const uint32_t end = offset + static_cast<uint32_t>(bytes);
    const uint32_t first = offset & ~(width - 1);
    ++stores_posted_;
    const uint32_t beats = (end - first + width - 1) / width;
    addresses_.push() = {offset, static_cast<uint8_t>(size_log2), static_cast<uint8_t>(beats)};
    for (uint32_t position = first; position < end; position += width) {
        const uint32_t from = position < offset ? offset : position;
        const uint32_t to = position + width < end ? position + width : end;
        StoreBeat &beat = beats_.push();
        const uint32_t lane = from % BUS_BYTES;
        const uint32_t count = to - from;
        std::memcpy(beat.data + lane, data + (from - offset), count);
        beat.strobe = (count == BUS_BYTES ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << lane;
        beat.last = to == end;
    }
}

bool Card::store(uint32_t offset, const uint8_t *data, size_t bytes)
{
    if (bytes == 0 || bytes > 4096)
        return false;
    const unsigned size_log2 = plan_.narrow ? NARROW_BYTES_LOG2 + random() % 4 : 6;
    const uint32_t width = 1u << size_log2;
    const size_t beats = (offset % width + bytes + width - 1) / width;
    if (beats_.room() < beats + 32 || addresses_.room() < 32)
        return false;
    // AXI: at most 256 beats, and no burst crosses 4 KiB.
    while (bytes) {
        size_t part = 4096 - offset % 4096;
        if (part > size_t{width} * 16)
            part = size_t{width} * 16 - offset % width;
        if (part > bytes)
            part = bytes;
        burst(offset, data, part, size_log2);
        offset += static_cast<uint32_t>(part);
        data += part;
        bytes -= part;
    }
    return true;
}

void Card::map(uint64_t address, void *memory, size_t bytes)
{
    map_address_ = address;
    memory_ = static_cast<uint8_t *>(memory);
    map_bytes_ = bytes;
}

void Card::broken(const char *format, ...)
{
    if (counts_.violations++)
        return;
    int length = std::snprintf(violation_, sizeof violation_, "cycle %llu: ",
                               static_cast<unsigned long long>(counts_.cycles));
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(violation_ + length, sizeof violation_ - static_cast<size_t>(length), format, arguments);
    va_end(arguments);
}

// The card's DMA address has been taken: check it, then give it the data that came ahead of it.
void Card::dma_burst(uint64_t address, unsigned length, unsigned size, unsigned type)
{
    const unsigned beats = length + 1;
    if (beats > 4)
        broken("DMA burst of %u beats", beats);
    if (size != 6 || type != 1)
        broken("DMA burst of size %u, type %u", size, type);
    if (address % BUS_BYTES)
        broken("DMA to misaligned address %#llx", static_cast<unsigned long long>(address));
    if (address / 4096 != (address + beats * BUS_BYTES - 1) / 4096)
        broken("DMA burst at %#llx crosses 4 KiB", static_cast<unsigned long long>(address));
    if (!bursts_.room() || !responses_.room()) {
        broken("more than 32 DMA bursts outstanding");
        return;
    }
    ++counts_.dma_bursts;
    ++counts_.dma_lengths[length & 3];
    bursts_.push() = {address, beats, 0};
    while (!early_.empty() && bursts_.back().done < beats) {
        const StoreBeat beat = early_.front();
        early_.pop();
        take(beat.data, beat.strobe, beat.last);
    }
}

void Card::dma_beat(const void *data, uint64_t strobe, bool last)
{
    if (!bursts_.empty()) {
        take(static_cast<const uint8_t *>(data), strobe, last);
    } else if (early_.room()) {
        StoreBeat &beat = early_.push();
        std::memcpy(beat.data, data, BUS_BYTES);
        beat.strobe = strobe;
        beat.last = last;
    } else {
        broken("eight beats of DMA data without an address");
    }
}

// As over PCIe, who sees the last word of a beat sees the others: the host may read them on another thread.
static void publish(uint8_t *memory, const uint8_t *data)
{
    constexpr unsigned LAST = BUS_BYTES - sizeof(uint64_t);
    uint64_t last;
    std::memcpy(memory, data, LAST);
    std::memcpy(&last, data + LAST, sizeof last);
    __atomic_store_n(reinterpret_cast<uint64_t *>(memory + LAST), last, __ATOMIC_RELEASE);
}

void Card::take(const uint8_t *data, uint64_t strobe, bool last)
{
    DmaBurst &burst = bursts_.front();
    const uint64_t address = burst.address + burst.done * BUS_BYTES;
    const bool inside = address >= map_address_ && address - map_address_ + BUS_BYTES <= map_bytes_;
    if (strobe != ~uint64_t{0})
        broken("DMA beat with strobes %#llx", static_cast<unsigned long long>(strobe));
    if (!inside)
        broken("DMA to %#llx, outside the ring", static_cast<unsigned long long>(address));
    ++burst.done;
    if (last != (burst.done == burst.beats))
        broken("wlast %d at beat %u of %u", last, burst.done, burst.beats);
    const bool fail = error_countdown_ == 1;
    if (inside && !fail)
        publish(memory_ + (address - map_address_), data);
    if (burst.done < burst.beats)
        return;
    bursts_.pop();
    responses_.push() = {fail ? 2u : inside ? 0u : 3u};
    if (error_countdown_)
        --error_countdown_;
}

// ------------------------------------------------------------------------------------------------------- for C
struct card_sim {
    std::unique_ptr<Card> card;
};

extern "C" {

struct card_sim *card_sim_create(const struct card_sim_options *options)
{
    std::unique_ptr<card_sim> sim(new (std::nothrow) card_sim);
    if (!sim)
        return nullptr;
    sim->card = options->trace_path ? card_traced_create(*options) : card_fast_create(*options);
    if (!sim->card)
        return nullptr;
    sim->card->plan(options->plan);
    return sim.release();
}

void card_sim_destroy(struct card_sim *card)
{
    delete card;
}

void card_sim_plan_set(struct card_sim *card, const struct card_sim_plan *plan)
{
    card->card->plan(*plan);
}

bool card_sim_read(struct card_sim *card, uint32_t offset, uint32_t *value)
{
    return card->card->read(offset, value);
}

bool card_sim_write(struct card_sim *card, uint32_t offset, uint32_t value)
{
    return card->card->write(offset, value);
}

bool card_sim_store(struct card_sim *card, uint32_t offset, const void *data, size_t bytes)
{
    return card->card->store(offset, static_cast<const uint8_t *>(data), bytes);
}

void card_sim_map(struct card_sim *card, uint64_t address, void *memory, size_t bytes)
{
    card->card->map(address, memory, bytes);
}

uint64_t card_sim_step(struct card_sim *card, uint64_t cycles)
{
    return card->card->step(cycles);
}

const char *card_sim_violation(const struct card_sim *card)
{
    return card->card->violation();
}

void card_sim_counts_get(const struct card_sim *card, struct card_sim_counts *counts)
{
    *counts = card->card->counts();
}

bool card_sim_watch(struct card_sim *card, size_t beats)
{
    try {
        card->card->beats_in.start(beats);
        card->card->beats_out.start(beats);
    } catch (const std::bad_alloc &) {
        return false;
    }
    return true;
}

bool card_sim_beats(const struct card_sim *card, uint64_t in, uint64_t out, uint64_t *in_cycle, uint64_t *out_cycle)
{
    return card->card->beats_in.get(in, in_cycle) && card->card->beats_out.get(out, out_cycle);
}
}
