/* The book seen from outside: its digest, and whether its parts agree with each other. */
#include "internal.h"

static uint64_t digest_add_word(const struct model *model, uint64_t crc, uint64_t word)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        crc = crc << 8 ^ model->crc_table[(crc >> 56 ^ word >> shift) & 0xFF];
    return crc;
}

uint64_t model_digest(const struct model *model, uint32_t market_number)
{
    check(market_number < model->size.markets);

    const struct market *market = &model->markets[market_number];
    uint64_t crc = UINT64_MAX;

    for (uint8_t side = CARD_SIDE_BUY; side <= CARD_SIDE_SELL; side++)
        for (uint32_t price = market->half[side].best; price != 0;
             price = book_find_worse(model, market, side, price))
            for (uint64_t slot = book_level(model, market, price)->oldest; slot != ORDER_NONE;
                 slot = model->orders[slot].newer) {
                const struct order *order = &model->orders[slot];
                uint64_t head = slot << 41 | (uint64_t)order->generation << 33 | (uint64_t)order->owner << 9 |
                                (uint64_t)order->side << 8 | order->quantity >> 32;

                crc = digest_add_word(model, crc, head);
                crc = digest_add_word(model, crc, order->quantity << 32 | order->price);
            }
    return crc;
}

/* One queue: linked both ways, of this market, side and price, and adding up. Counts its orders into *orders. */
static const char *audit_level(const struct model *model, const struct market *market, uint8_t side, uint32_t price,
                               uint32_t *orders)
{
    const struct level *level = book_level(model, market, price);
    uint32_t older = ORDER_NONE;
    uint64_t sum = 0;

    for (uint32_t slot = level->oldest; slot != ORDER_NONE; slot = model->orders[slot].newer) {
        if (slot >= model->size.orders)
            return "a queue leads out of the slots";
        const struct order *order = &model->orders[slot];

        if (order->older != older)
            return "a queue's links disagree";
        if (order->quantity == 0 || order->quantity > CARD_QUANTITY_MAX)
            return "an order in a queue has an impossible quantity";
        if (order->price != price || order->side != side || order->market != market - model->markets)
            return "an order is in the wrong queue";
        if (++*orders > model->size.orders)
            return "a queue has a loop";
        sum += order->quantity;
        older = slot;
    }
    if (older != level->newest)
        return "a queue ends before its newest order";
    return sum == level->aggregate ? NULL : "an aggregate is not the sum of its orders";
}

/* Every price of the window in turn, without the help of what is being checked. */
static const char *audit_market(const struct model *model, const struct market *market, uint32_t *orders)
{
    uint64_t end = book_window_end(model, market);
    uint32_t best[2] = {0, 0};
    uint32_t before = *orders;

    for (uint64_t price = market->base; price < end; price++) {
        uint64_t index = price & ((1ull << model->size.tick_bits) - 1);
        bool occupied[2];

        for (uint8_t side = 0; side < 2; side++) {
            const struct half *half = &market->half[side];

            occupied[side] = half->occupied[index / 64] >> index % 64 & 1;
            if ((half->occupied[index / 64] != 0) != (half->summary[index / 4096] >> index / 64 % 64 & 1))
                return "a bitmap's summary is wrong";
            if (occupied[side]) {
                const char *broken = audit_level(model, market, side, (uint32_t)price, orders);

                if (broken != NULL)
                    return broken;
                if (best[side] == 0 || side == CARD_SIDE_BUY)
                    best[side] = (uint32_t)price;
            }
        }
        if (occupied[0] && occupied[1])
            return "a level belongs to both sides";
        if ((occupied[0] || occupied[1]) != (market->levels[index].aggregate != 0))
            return "a level is occupied and empty at once";
    }
    if (best[0] != market->half[0].best || best[1] != market->half[1].best)
        return "a best price is wrong";
    if (best[0] != 0 && best[1] != 0 && best[0] >= best[1])
        return "the book is crossed";
    return *orders - before == market->orders ? NULL : "a market's number of orders is wrong";
}

const char *model_check(const struct model *model)
{
    uint32_t queued = 0, held = 0;

    for (uint32_t i = 0; i < model->size.markets; i++) {
        const char *broken = audit_market(model, &model->markets[i], &queued);

        if (broken != NULL)
            return broken;
    }
    for (uint32_t slot = 0; slot < model->size.orders; slot++)
        held += model->orders[slot].quantity != 0;
    return queued == held ? NULL : "a slot holds an order that is in no queue";
}
