#include "cycles.h"

void cycles_begin(struct cycles *cycles)
{
    cycles->first = true;
    cycles->filled = false;
}

void cycles_add(struct cycles *cycles, const struct card_command *command, const struct card_event *event,
                bool after_idle)
{
    uint64_t arrival = card_event_arrival(event);
    uint64_t delay = card_event_delay(event);
    unsigned code = command->code % CYCLES_CODES;
    bool counts = cycles->running && !after_idle;

    if (cycles->first) {
        if (counts)
            distribution_add(&cycles->per_command, (arrival - cycles->arrival) & CARD_STAMP_MAX);
        distribution_add(&cycles->first_event, delay);
        distribution_add(&cycles->first_event_by[code], delay);
        cycles->arrival = arrival;
        cycles->first = false;
    }
    if (card_event_kind(event) == CARD_KIND_FILL && !cycles->filled) {
        distribution_add(&cycles->first_fill, delay);
        distribution_add(&cycles->first_fill_by[code], delay);
        cycles->filled = true;
    }
    if (card_event_last(event)) {
        uint64_t ended = arrival + delay;

        if (counts)
            distribution_add(&cycles->per_command_by[code], (ended - cycles->ended) & CARD_STAMP_MAX);
        cycles->ended = ended;
        cycles->running = true;
    }
}
