// The card without its Verilated model: queues towards it, the plan, host memory. See card_sim.h.
#ifndef VITRINE_CARD_HPP
#define VITRINE_CARD_HPP

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "card_sim.h"

// A fixed queue; SIZE is a power of two.
template <class Item, unsigned SIZE> class Queue {
public:
    bool empty() const { return head_ == tail_; }
    unsigned room() const { return SIZE - (tail_ - head_); }
    unsigned size() const { return tail_ - head_; }
    Item &front() { return items_[head_ % SIZE]; }
    Item &back() { return items_[(tail_ - 1) % SIZE]; }
    Item &push() { return items_[tail_++ % SIZE]; }
    void pop() { ++head_; }

private:
    static_assert((SIZE & (SIZE - 1)) == 0, "power of two");
    Item items_[SIZE];
    unsigned head_ = 0, tail_ = 0;
};

struct RegisterWrite {
    uint32_t offset, value;
    uint64_t behind; // bursts to the window that must be answered first
};

struct StoreAddress {
    uint32_t offset;
    uint8_t size, beats;
};

struct StoreBeat {
    uint8_t data[64];
    uint64_t strobe;
    bool last;
};

struct DmaBurst {
    uint64_t address;
    unsigned beats, done;
};

struct DmaResponse {
    unsigned code;
};

// In which cycles the last so many beats crossed.
class BeatLog {
public:
    void start(size_t size) { cycles_.assign(size, 0); count_ = 0; }
    void add(uint64_t cycle)
    {
        if (!cycles_.empty())
            cycles_[count_++ % cycles_.size()] = cycle;
    }
    bool get(uint64_t number, uint64_t *cycle) const
    {
        if (number >= count_ || count_ - number > cycles_.size())
            return false;
        *cycle = cycles_[number % cycles_.size()];
        return true;
    }

private:
    std::vector<uint64_t> cycles_;
    uint64_t count_ = 0;
};

class Card {
public:
    virtual ~Card() {}
    virtual uint64_t step(uint64_t cycles) = 0;

    bool read(uint32_t offset, uint32_t *value);
    bool write(uint32_t offset, uint32_t value);
    bool store(uint32_t offset, const uint8_t *data, size_t bytes);
    void map(uint64_t address, void *memory, size_t bytes);
    void plan(const card_sim_plan &plan);
    const char *violation() const { return violation_[0] ? violation_ : nullptr; }
    const card_sim_counts &counts() const { return counts_; }
    BeatLog beats_in, beats_out;

protected:
    static constexpr unsigned NARROW_BYTES_LOG2 = 3;

    void draw();
    void dma_burst(uint64_t address, unsigned length, unsigned size, unsigned type);
    void dma_beat(const void *data, uint64_t strobe, bool last);
    void broken(const char *format, ...) __attribute__((format(printf, 2, 3)));
    uint64_t random();
    bool passed(uint64_t stores) const { return plan_.overtaking || stores_answered_ >= stores; }
    bool stalled(card_sim_channel channel) const { return stalls_ >> channel & 1; }

    Queue<RegisterWrite, 64> writes_;
    Queue<StoreAddress, 1024> addresses_;
    Queue<StoreBeat, 1024> beats_;
    Queue<DmaBurst, 32> bursts_;       // whose address has come
    Queue<StoreBeat, 8> early_;        // data ahead of its address
    Queue<DmaResponse, 32> responses_;
    uint64_t stores_posted_ = 0, stores_answered_ = 0; // bursts
    unsigned stores_unanswered_ = 0;
    bool reading_ = false, read_done_ = false;
    uint32_t read_offset_ = 0, read_value_ = 0;
    uint64_t read_behind_ = 0;

    card_sim_plan plan_ = {};
    bool stalls_planned_ = false, wedged_ = false;
    unsigned stalls_ = 0;              // channels that wait in this cycle
    uint64_t wedge_cycle_ = 0;
    card_sim_counts counts_ = {};

private:
    void burst(uint32_t offset, const uint8_t *data, size_t bytes, unsigned size_log2);
    void take(const uint8_t *data, uint64_t strobe, bool last);

    uint64_t random_ = 1, error_countdown_ = 0;
    uint64_t frozen_until_[CARD_SIM_CHANNELS] = {};
    uint64_t map_address_ = 0, map_bytes_ = 0;
    uint8_t *memory_ = nullptr;
    char violation_[160] = "";
};

std::unique_ptr<Card> card_fast_create(const card_sim_options &options);
std::unique_ptr<Card> card_traced_create(const card_sim_options &options);

#endif
