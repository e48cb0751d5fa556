/* Answers: every field that docs/card.md names for a kind of event, and 0 in the others. */
#include "internal.h"

struct card_event event_make(const struct model *model, enum card_kind kind, enum card_reason reason)
{
    struct card_event event = {0};

    card_event_set_tag(&event, model->command->tag);
    card_event_set_market(&event, model->command->market);
    card_event_set_kind(&event, kind);
    card_event_set_reason(&event, reason);
    return event;
}

void event_set_taker(struct card_event *event, const struct taker *taker)
{
    card_event_set_taker_slot(event, taker->slot);
    card_event_set_taker_generation(event, taker->generation);
    card_event_set_taker_owner(event, taker->owner);
}

void event_set_maker(struct card_event *event, const struct model *model, uint32_t slot)
{
    card_event_set_maker_slot(event, slot);
    card_event_set_maker_generation(event, model->orders[slot].generation);
    card_event_set_maker_owner(event, model->orders[slot].owner);
}

void event_set_level(struct card_event *event, const struct model *model, const struct market *market, uint8_t side,
                     uint32_t price)
{
    uint32_t best = market->half[side].best;

    card_event_set_level_valid(event, 1);
    card_event_set_price(event, price);
    card_event_set_side(event, side);
    card_event_set_aggregate(event, book_level(model, market, price)->aggregate);
    card_event_set_best_price(event, best);
    card_event_set_best_valid(event, best != 0);
}

void event_send(struct model *model, struct card_event *event, bool last)
{
    card_event_set_sequence(event, model->sequence++);
    card_event_set_session(event, model->session);
    card_event_set_last(event, last);
    model->sink(model->context, event);
}

void event_remove_order(struct model *model, uint32_t slot, enum card_reason reason, const struct taker *taker,
                        bool last)
{
    const struct order *order = &model->orders[slot];
    struct card_event event = event_make(model, CARD_KIND_REMOVED, reason);

    event_set_maker(&event, model, slot);
    card_event_set_quantity(&event, order->quantity);
    book_remove_order(model, slot);
    event_set_level(&event, model, &model->markets[order->market], order->side, order->price);
    if (taker != NULL) {
        event_set_taker(&event, taker);
        card_event_set_taker_remaining(&event, taker->quantity);
    }
    event_send(model, &event, last);
}

void event_reject(struct model *model, enum card_reason reason)
{
    struct card_event event = event_make(model, CARD_KIND_REJECTED, reason);

    card_event_set_taker_slot(&event, model->command->slot & CARD_SLOT_MAX);
    card_event_set_taker_generation(&event, model->command->generation);
    event_send(model, &event, true);
}
