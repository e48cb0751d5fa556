/* Matching: an order that has passed its checks meets the opposite side; what remains rests, expires or is parked. */
#include "internal.h"

static void match_expire_rest(struct model *model, const struct taker *taker, enum card_reason reason)
{
    struct card_event event = event_make(model, CARD_KIND_EXPIRED, reason);

    event_set_taker(&event, taker);
    card_event_set_quantity(&event, taker->quantity);
    card_event_set_price(&event, taker->price);
    event_send(model, &event, true);
}

static void match_park_rest(struct model *model, const struct taker *taker)
{
    struct card_event event = event_make(model, CARD_KIND_PARKED, CARD_REASON_NONE);

    event_set_taker(&event, taker);
    card_event_set_quantity(&event, taker->quantity);
    card_event_set_taker_remaining(&event, taker->quantity);
    card_event_set_price(&event, taker->price);
    event_send(model, &event, true);
}

void match_rest_order(struct model *model, const struct market *market, const struct taker *taker)
{
    struct card_event event = event_make(model, CARD_KIND_RESTED, CARD_REASON_NONE);
    struct order *order = &model->orders[taker->slot];

    check(order->quantity == 0);
    *order = (struct order){
        .quantity = taker->quantity,
        .owner = taker->owner,
        .price = taker->price,
        .market = (uint8_t)(market - model->markets),
        .generation = taker->generation,
        .side = taker->side,
    };
    book_insert_order(model, taker->slot);
    event_set_taker(&event, taker);
    card_event_set_quantity(&event, taker->quantity);
    card_event_set_taker_remaining(&event, taker->quantity);
    event_set_level(&event, model, market, taker->side, taker->price);
    event_send(model, &event, true);
}

/* What happens to the part that found no counterpart. */
static void match_end_rest(struct model *model, const struct market *market, const struct taker *taker,
                           const struct bounds *bounds)
{
    uint32_t touch = market->half[side_opposite(taker->side)].best;
    bool limit = taker->price != 0;
    bool gtc = taker->tif == CARD_TIF_GTC;

    if (limit && book_beyond_passive(model, market, taker->side, taker->price)) {
        if (gtc)
            match_park_rest(model, taker);
        else
            match_expire_rest(model, taker, CARD_REASON_IMMEDIATE_OR_CANCEL);
    } else if (touch == 0) {
        if (!limit)
            match_expire_rest(model, taker, CARD_REASON_INSUFFICIENT_LIQUIDITY);
        else if (book_beyond_aggressive(model, market, taker->side, taker->price))
            match_expire_rest(model, taker, CARD_REASON_PRICE_OUT_OF_BOUNDS);
        else if (!gtc)
            match_expire_rest(model, taker, CARD_REASON_IMMEDIATE_OR_CANCEL);
        else
            match_rest_order(model, market, taker);
    } else if (gtc && !side_reaches(taker->side, taker->price, touch)) {
        match_rest_order(model, market, taker);
    } else {
        match_expire_rest(model, taker, bounds_find_reason(bounds, taker->side));
    }
}

static void match_fill_maker(struct model *model, struct market *market, struct taker *taker, uint32_t slot)
{
    const struct order *maker = &model->orders[slot];
    uint64_t quantity = taker->quantity < maker->quantity ? taker->quantity : maker->quantity;
    struct card_event event = event_make(model, CARD_KIND_FILL, CARD_REASON_NONE);

    taker->quantity -= quantity;
    book_lower_order(model, slot, quantity);
    market->last_trade = maker->price;

    event_set_taker(&event, taker);
    event_set_maker(&event, model, slot);
    card_event_set_quantity(&event, quantity);
    card_event_set_taker_remaining(&event, taker->quantity);
    card_event_set_maker_remaining(&event, maker->quantity);
    event_set_level(&event, model, market, maker->side, maker->price);
    event_send(model, &event, taker->quantity == 0);
}

/* Self-trade prevention; true if the taker goes on. */
static bool match_meet_own(struct model *model, const struct taker *taker, uint32_t slot)
{
    if (taker->stp != CARD_STP_REJECT_TAKER)
        event_remove_order(model, slot, CARD_REASON_SELF_TRADE, taker, false);
    if (taker->stp == CARD_STP_REJECT_MAKER)
        return true;
    match_expire_rest(model, taker, CARD_REASON_SELF_TRADE);
    return false;
}

void match_taker(struct model *model, struct market *market, struct taker *taker, const struct bounds *bounds)
{
    const struct half *opposite = &market->half[side_opposite(taker->side)];

    while (taker->quantity != 0 && opposite->best != 0 && bounds_admit_price(bounds, taker->side, opposite->best)) {
        uint32_t slot = book_level(model, market, opposite->best)->oldest;

        if (model->orders[slot].owner != taker->owner)
            match_fill_maker(model, market, taker, slot);
        else if (!match_meet_own(model, taker, slot))
            return;
    }
    if (taker->quantity != 0)
        match_end_rest(model, market, taker, bounds);
}
