#include "latency_kinds.h"

#include <string.h>

static const char *const names[LATENCY_KINDS] = {
    [LATENCY_NEW_RESTS] = "new_rests",           [LATENCY_NEW_FILLS] = "new_fills",
    [LATENCY_SWEEP_2] = "sweep_2_to_7_levels",   [LATENCY_SWEEP_8] = "sweep_8_to_63_levels",
    [LATENCY_SWEEP_64] = "sweep_64_levels",      [LATENCY_NEW_EXPIRES] = "new_expires",
    [LATENCY_FOK_FILLS] = "fok_fills",           [LATENCY_FOK_REFUSED] = "fok_refused",
    [LATENCY_CANCEL] = "cancel",                 [LATENCY_CANCEL_BEST] = "cancel_empties_best",
    [LATENCY_REDUCE] = "reduce",                 [LATENCY_REPLACE_STAYS] = "replace_in_place",
    [LATENCY_REPLACE_MOVES] = "replace_moves",   [LATENCY_REPLACE_FILLS] = "replace_fills",
    [LATENCY_REFUSED] = "refused",               [LATENCY_OTHER] = "other",
};

const char *latency_kind_name(enum latency_kind kind)
{
    return names[kind];
}

/* An event without a level leaves the bests alone. */
static void classifier_take_level(struct latency_classifier *classifier, const struct card_event *event)
{
    unsigned market = card_event_market(event) % LATENCY_MARKETS;
    unsigned side = card_event_side(event) & 1;

    if (!card_event_level_valid(event))
        return;
    if (!classifier->inside && card_event_kind(event) == CARD_KIND_REMOVED)
        classifier->emptied_best = card_event_aggregate(event) == 0 && classifier->best_valid[market][side] &&
                                   classifier->best[market][side] == card_event_price(event);
    classifier->best[market][side] = (uint32_t)card_event_best_price(event);
    classifier->best_valid[market][side] = card_event_best_valid(event);
}

static enum latency_kind classify_new(const struct latency_classifier *classifier, bool fok)
{
    if (classifier->levels == 0)
        return classifier->first_kind == CARD_KIND_EXPIRED  ? LATENCY_NEW_EXPIRES
               : classifier->first_kind == CARD_KIND_PARKED ? LATENCY_OTHER
                                                            : LATENCY_NEW_RESTS;
    if (fok)
        return LATENCY_FOK_FILLS;
    return classifier->levels == 1   ? LATENCY_NEW_FILLS
           : classifier->levels < 8  ? LATENCY_SWEEP_2
           : classifier->levels < 64 ? LATENCY_SWEEP_8
                                     : LATENCY_SWEEP_64;
}

static enum latency_kind classify(const struct latency_classifier *classifier, const struct card_command *command)
{
    if (classifier->first_kind == CARD_KIND_REJECTED)
        return classifier->first_reason == CARD_REASON_FILL_OR_KILL ? LATENCY_FOK_REFUSED : LATENCY_REFUSED;
    switch (command->code) {
    case CARD_CODE_NEW:
        return classify_new(classifier,
                            (command->flags & CARD_ORDER_TIF_MASK) == CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT);
    case CARD_CODE_CANCEL:
    case CARD_CODE_PULL: return classifier->emptied_best ? LATENCY_CANCEL_BEST : LATENCY_CANCEL;
    case CARD_CODE_REDUCE: return LATENCY_REDUCE;
    case CARD_CODE_REPLACE:
        if (classifier->first_reason != CARD_REASON_REPLACED)
            return LATENCY_REPLACE_STAYS;
        return classifier->levels ? LATENCY_REPLACE_FILLS : LATENCY_REPLACE_MOVES;
    default: return LATENCY_OTHER;
    }
}

bool latency_classify(struct latency_classifier *classifier, const struct card_command *command,
                      const struct card_event *event, enum latency_kind *kind)
{
    if (!classifier->inside) {
        classifier->levels = 0;
        classifier->emptied_best = false;
        classifier->first_kind = (enum card_kind)card_event_kind(event);
        classifier->first_reason = (enum card_reason)card_event_reason(event);
    }
    classifier_take_level(classifier, event);
    if (card_event_kind(event) == CARD_KIND_FILL) {
        uint32_t price = (uint32_t)card_event_price(event);

        classifier->levels += classifier->levels == 0 || price != classifier->last_price;
        classifier->last_price = price;
    }
    classifier->inside = !card_event_last(event);
    if (classifier->inside)
        return false;
    *kind = classify(classifier, command);
    return true;
}

void latency_note(struct latency_command *command, const struct card_event *event, uint64_t cycles)
{
    if (!command->started)
        command->first_event = cycles;
    if (!command->filled && card_event_kind(event) == CARD_KIND_FILL) {
        command->first_fill = cycles;
        command->filled = true;
    }
    command->last_event = cycles;
    command->started = true;
}

static void count_one(struct latency_cycles *cycles, const struct latency_command *command)
{
    distribution_add(&cycles->first_event, command->first_event);
    distribution_add(&cycles->last_event, command->last_event);
    if (command->filled)
        distribution_add(&cycles->first_fill, command->first_fill);
}

void latency_count(struct latency_table *table, enum latency_kind kind, struct latency_command *command)
{
    count_one(&table->all, command);
    count_one(&table->by_kind[kind], command);
    memset(command, 0, sizeof *command);
}
