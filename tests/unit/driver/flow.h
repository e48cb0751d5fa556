/* A small random order flow that any card understands: one market, one-tick steps, slots reused at once. */
#ifndef VITRINE_TEST_FLOW_H
#define VITRINE_TEST_FLOW_H

#include "contract.h"

#define FLOW_BASE 1024u
#define FLOW_SLOTS 64u

static inline uint32_t flow_random(uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 33);
}

/* Command n of the flow; the first two set the market up. Handles are guesses: many are stale, and say so. */
static inline struct card_command flow_command(uint64_t *random, uint32_t n)
{
    const uint64_t mark = (FLOW_BASE + 32) * CARD_FIXED_ONE;
    struct card_command command = {.tag = n};
    if (n == 0) {
        command.code = CARD_CODE_SET_MARK;
        command.mark.present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_MEAN_MARK_MASK | CARD_PRESENT_FAST_MEAN_MARK_MASK;
        command.mark.mark = command.mark.mean_mark = command.mark.fast_mean_mark = mark;
        return command;
    }
    if (n == 1) {
        command.code = CARD_CODE_CONFIGURE;
        command.configure.base = FLOW_BASE;
        command.configure.state = CARD_STATE_OPEN;
        command.configure.mean_min = 500000;
        command.configure.mean_max = 1500000;
        return command;
    }
    command.slot = flow_random(random) % FLOW_SLOTS;
    command.generation = 1;
    command.order.price = FLOW_BASE + 28 + flow_random(random) % 8;
    command.order.quantity = 1 + flow_random(random) % 9;
    switch (flow_random(random) % 8) {
    case 0: command.code = CARD_CODE_CANCEL; break;
    case 1: command.code = CARD_CODE_FENCE; break;
    case 2:
        command.code = CARD_CODE_CANCEL_MANY;
        command.order.count = 1 + flow_random(random) % 3;
        break;
    default:
        command.code = CARD_CODE_NEW;
        command.flags = (uint16_t)(flow_random(random) % 2);
        command.order.owner = flow_random(random) % 3;
        break;
    }
    return command;
}

#endif
