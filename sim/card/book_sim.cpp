// The Verilated book behind book_sim.h: one class template, instantiated for every size that is built in.
#include "book_sim.h"

#include <cstring>
#include <memory>

#include "book_sizes.h"
#include "coverage.hpp"
#include "rising_edge.hpp"
#ifdef VITRINE_BOOK_TRACE
#include "verilated_fst_c.h"
#endif

struct book_sim {
    virtual ~book_sim() = default;
    virtual void run(const card_command *commands, size_t count, size_t *taken, card_event *events, size_t capacity,
                     size_t *given, size_t answered, uint64_t cycles) = 0;
    virtual uint32_t fault() const = 0;
    virtual void inject_parity() = 0;

    bool withhold(unsigned in_256)
    {
        if (!in_256)
            return false;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return (random >> 24 & 0xFF) < in_256;
    }

    // Now and then events are refused for up to 255 cycles on end, so that all queues fill.
    bool refuse(unsigned in_256)
    {
        if (frozen) {
            frozen--;
            return true;
        }
        bool refused = withhold(in_256);
        if (in_256 && random % 1024 == 0)
            frozen = random >> 32 & 0xFF;
        return refused;
    }

    uint64_t cycle = 0, first_cycle = 0, random = 1, frozen = 0;
    unsigned stall_commands = 0, stall_events = 0;
    uint64_t stalls[8] = {};
};

#ifndef VITRINE_BOOK_TRACE
#define EDGE(name, ...) VITRINE_RISING_EDGE(Vbook_##name)
BOOK_SIZES(EDGE)
#endif

namespace {

uint64_t books; // made so far: seeds their initial values

template <class Book> struct sized_book : book_sim {
    sized_book(uint16_t session, uint64_t start, const char *trace_path)
        : book(seeded(&context, ++books))
    {
        cycle = first_cycle = start;
        book.session_i = session;
        book.clk_i = 0;
        book.cmd_valid_i = 0;
        book.ev_ready_i = 0;
        book.inject_parity_i = 0;
#ifdef VITRINE_BOOK_TRACE
        if (trace_path) {
            context.traceEverOn(true);
            trace = std::make_unique<VerilatedFstC>();
            book.trace(trace.get(), 99);
            trace->open(trace_path);
        }
#else
        (void)trace_path;
#endif
        book.rst_ni = 0;
        book.eval(); // or the first edge goes unseen
        for (int i = 0; i < 2; i++)
            tick();
        book.rst_ni = 1;
        while (book.busy_o)
            tick();
    }
    ~sized_book() override
    {
        Verilated::threadContextp(&context); // scopes are taken off this thread's context, which may be another's
        book.final();
        coverage_write(context, book.modelName());
#ifdef VITRINE_BOOK_TRACE
        if (trace)
            trace->close();
#endif
    }

    // One clock edge. The model takes new inputs in before it looks at the clock, and every output follows from
    // registers alone: what it shows before the edge is what holds at the edge. Without waveforms nothing hangs on the
    // falling edge, so it is not evaluated.
    void tick()
    {
        book.cycle_i = cycle & CARD_STAMP_MAX;
#ifdef VITRINE_BOOK_TRACE
        book.clk_i = 1;
        book.eval();
        if (trace)
            trace->dump(2 * (cycle - first_cycle) + 1);
        book.clk_i = 0;
        cycle++;
        book.eval();
        if (trace)
            trace->dump(2 * (cycle - first_cycle));
#else
        rising_edge(book);
        cycle++;
#endif
    }

    void run(const card_command *commands, size_t count, size_t *taken, card_event *events, size_t capacity,
             size_t *given, size_t answered, uint64_t cycles) override
    {
        size_t in = 0, out = 0, last = 0;
        for (uint64_t n = 0; n < cycles && out < capacity && (in < count || last < answered); n++) {
            book.cmd_valid_i = in < count && !withhold(stall_commands);
            if (book.cmd_valid_i)
                std::memcpy(&book.cmd_i, &commands[in], sizeof commands[in]);
            book.ev_ready_i = !refuse(stall_events);
            if (book.ev_valid_o && book.ev_ready_i) {
                std::memcpy(&events[out], &book.ev_o, sizeof events[out]);
                last += card_event_last(&events[out]);
                out++;
            }
            if (book.cmd_valid_i && book.cmd_ready_o)
                in++;
            for (unsigned cause = book.stall_o; cause; cause &= cause - 1)
                stalls[__builtin_ctz(cause)]++;
            tick();
        }
        book.cmd_valid_i = 0;
        *taken = in;
        *given = out;
    }

    uint32_t fault() const override { return book.fault_o; }

    void inject_parity() override
    {
        book.inject_parity_i = 1;
        tick();
        book.inject_parity_i = 0;
    }

    // Where a size is built with random initial values, every run has its own.
    static VerilatedContext *seeded(VerilatedContext *context, uint64_t seed)
    {
        context->threads(1); // or the library starts one thread for each other processor, idle for ever
        context->randReset(2);
        context->randSeed(static_cast<int>(seed % 0x7FFFFFFF) + 1);
        return context;
    }

    VerilatedContext context;
    Book book;
#ifdef VITRINE_BOOK_TRACE
    std::unique_ptr<VerilatedFstC> trace;
#endif
};

template <class Book> book_sim *make(uint16_t session, uint64_t cycle, const char *trace_path)
{
    return new sized_book<Book>(session, cycle, trace_path);
}

} // namespace

#define SIZE(name, markets, orders, ticks, latency, slice, sequence) \
    {#name, markets, orders, ticks, latency, slice, sequence},
static const book_sim_size sizes[] = {BOOK_SIZES(SIZE)};
#define MAKE(name, ...) make<Vbook_##name>,
static book_sim *(*const makers[])(uint16_t, uint64_t, const char *) = {BOOK_SIZES(MAKE)};

const book_sim_size *book_sim_sizes(size_t *count)
{
    *count = sizeof sizes / sizeof sizes[0];
    return sizes;
}

book_sim *book_sim_create(size_t size, uint16_t session, uint64_t cycle, const char *trace_path)
{
    if (size >= sizeof sizes / sizeof sizes[0])
        return nullptr;
    return makers[size](session, cycle, trace_path);
}

void book_sim_destroy(book_sim *sim) { delete sim; }

void book_sim_stall(book_sim *sim, uint64_t seed, unsigned command_in_256, unsigned event_in_256)
{
    sim->random = seed ? seed : 1;
    sim->stall_commands = command_in_256;
    sim->stall_events = event_in_256;
}

void book_sim_run(book_sim *sim, const card_command *commands, size_t count, size_t *taken, card_event *events,
                  size_t capacity, size_t *given, size_t answered, uint64_t cycles)
{
    sim->run(commands, count, taken, events, capacity, given, answered, cycles);
}

uint64_t book_sim_cycles(const book_sim *sim) { return sim->cycle - sim->first_cycle; }
uint32_t book_sim_fault(const book_sim *sim) { return sim->fault(); }
void book_sim_inject_parity(book_sim *sim) { sim->inject_parity(); }
const uint64_t *book_sim_stalls(const book_sim *sim) { return sim->stalls; }
