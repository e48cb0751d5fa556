// What the card usually does, for the compiler: runs the calibrated order flow through a card whose code counts its
// branches, when the card is built (cmake/verilate.cmake).
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "card.hpp"
#include "contract.h"
extern "C" {
#include "flow.h"
}

static constexpr uint32_t RING_LOG2 = 18, COMMANDS = 100000, PORTION = 64, SLOTS = 256;
static constexpr uint64_t RING_ADDRESS = 0x100000000;

std::unique_ptr<Card> card_traced_create(const card_sim_options &) { return nullptr; }

static void fail(const char *what)
{
    std::fprintf(stderr, "training of the card: %s\n", what);
    std::exit(1);
}

static void start(card_sim *card)
{
    uint32_t status = CARD_STATUS_BUSY_MASK;
    card_sim_write(card, CARD_REG_SESSION, 1);
    card_sim_write(card, CARD_REG_CONTROL, CARD_CONTROL_RESET_MASK);
    while (status & CARD_STATUS_BUSY_MASK) {
        card_sim_step(card, 1000);
        if (!card_sim_read(card, CARD_REG_STATUS, &status))
            fail("no answer");
    }
    card_sim_write(card, CARD_REG_RING_BASE_LOW, static_cast<uint32_t>(RING_ADDRESS));
    card_sim_write(card, CARD_REG_RING_BASE_HIGH, static_cast<uint32_t>(RING_ADDRESS >> 32));
    card_sim_write(card, CARD_REG_RING_LOG2, RING_LOG2);
    card_sim_write(card, CARD_REG_CONTROL, CARD_CONTROL_ENABLE_MASK);
}

// The ring is never full, so no credit goes back.
static void run(card_sim *card, flow *source, const card_event *ring)
{
    uint32_t consumed = 0;
    for (uint32_t sent = 0; sent < COMMANDS; sent += PORTION) {
        card_command commands[PORTION];
        flow_next(source, commands, PORTION);
        for (uint32_t i = 0; i < PORTION; i++) {
            commands[i].session = 1;
            if (!card_sim_store(card, (sent + i) % SLOTS * CARD_COMMAND_BYTES, &commands[i], CARD_COMMAND_BYTES))
                fail("the window is full");
        }
        while (card_sim_step(card, 1000) == 1000) {
        }
        for (uint32_t answered = 0; answered < PORTION; consumed++) {
            const card_event &event = ring[consumed];
            if (consumed >> RING_LOG2 || !card_event_phase(&event))
                fail("events are missing");
            flow_event(source, &commands[answered], &event);
            answered += card_event_last(&event);
        }
    }
}

int main()
{
    const card_sim_options options = {};
    const flow_settings settings = {1, 0, 8, 0, 65536, 17, 0};
    std::vector<card_event> ring(size_t{1} << RING_LOG2);
    card_sim *card = card_sim_create(&options);
    flow *source = flow_create(&settings);
    if (!card || !source)
        fail("no memory");
    card_sim_map(card, RING_ADDRESS, ring.data(), ring.size() * sizeof ring[0]);
    start(card);
    run(card, source, ring.data());
    if (card_sim_violation(card))
        fail(card_sim_violation(card));
    flow_destroy(source);
    card_sim_destroy(card);
    return 0;
}
