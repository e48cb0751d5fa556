/* Orders that go to the card: whether margin covers them, judged by the statements' sums with and without them; whether
 * they come in the order of their inputs; whether the exchange's own are what they may be. */
#include "neutral_parts.h"

static int64_t neutral_orders_most(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* The largest position that a side's orders could make; reduce-only ones make none. */
static int64_t neutral_orders_reach(const struct state *state, uint32_t position, uint8_t side, int64_t less)
{
    const struct position_detail *detail = state_position_detail(state, position);
    const struct open_side *buys = &detail->side[CARD_SIDE_BUY], *sells = &detail->side[CARD_SIDE_SELL];
    const int64_t quantity = state_position(state, position)->quantity;
    const int64_t bought = quantity + buys->lots - buys->reduce_lots - (side == CARD_SIDE_BUY ? less : 0);
    const int64_t sold = sells->lots - sells->reduce_lots - (side == CARD_SIDE_SELL ? less : 0) - quantity;

    return neutral_orders_most(neutral_orders_most(bought, sold), 0);
}

/* What it has added to its side: all of it, or what a replace has reserved beyond what it had. */
static struct margin_change neutral_orders_change(const struct neutral *neutral, const struct order *order,
                                                  bool replaced)
{
    const struct market *market = state_market(neutral->state, order->market);
    struct margin_change change = { .position = order->position, .market = order->market, .side = order->side,
                                    .reduce_only = order->flags & INPUT_ORDER_REDUCE_ONLY };

    if (replaced) {
        change.lots = -order->reserve_lots;
        change.notional = -order->reserve_notional;
        change.adverse = -order->reserve_adverse;
        return change;
    }
    change.orders = -1;
    change.lots = -order->active;
    change.notional = -order->active * (int64_t)(order->price * market->tick_lot_units);
    change.adverse = -order->active * order->adverse_lot;
    return change;
}

static bool neutral_orders_is_owing(const struct neutral *neutral, const struct subaccount *owner)
{
    const struct state *state = neutral->state;

    if (owner->debt > 0)
        return true;
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next) {
        const struct balance *balance = state_balance(state, row);

        if (balance->borrowed > 0 || balance->locked > balance->amount)
            return true;
    }
    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next) {
        const struct position *position = state_position(state, row);
        const struct open_side *sides = state_position_detail(state, row)->side;

        if (state_market(state, position->market)->kind == MARKET_PERPETUAL &&
            (position->quantity != 0 || sides[0].lots > 0 || sides[1].lots > 0))
            return true;
    }
    return false;
}

/* Exposure of a spot order is what it could lose. Where a price is clamped the core looks at its worse side as well, so
 * that what it lets pass may still look like a loss here. */
static bool neutral_orders_rises(const struct neutral *neutral, const struct order *order,
                                 const struct margin_change *change, const struct margin_view *with,
                                 const struct margin_view *without)
{
    const struct market *market = state_market(neutral->state, order->market);

    if (market->kind == MARKET_SPOT)
        return with->available < without->available &&
               !(state_asset(neutral->state, market->base_asset)->price_flags & PRICE_DIVERGED);
    if (order->flags & INPUT_ORDER_REDUCE_ONLY)
        return false;
    return neutral_orders_reach(neutral->state, order->position, order->side, 0) >
           neutral_orders_reach(neutral->state, order->position, order->side, -change->lots);
}

static void neutral_orders_margin(struct neutral *neutral, const struct order *order, bool replaced)
{
    const struct margin_change change = neutral_orders_change(neutral, order, replaced);
    struct margin_view with, without;

    neutral->counts.margins++;
    margin_compute(neutral->state, order->subaccount, NULL, &with);
    if (with.available >= 0)
        return;
    if (!with.priced) {
        neutral->counts.unpriced++;
        return;
    }
    margin_compute(neutral->state, order->subaccount, &change, &without);
    if (!neutral_orders_is_owing(neutral, state_subaccount(neutral->state, order->subaccount)) ||
        !neutral_orders_rises(neutral, order, &change, &with, &without))
        return;
    neutral_find(neutral, NEUTRAL_MARGIN, order->subaccount,
                 "order %lu of %ld lots at %u raises exposure; available margin %ld with it, %ld without (units)",
                 (unsigned long)order->id, (long)order->active, order->price,
                 (long)margin_units(with.available),
                 (long)margin_units(without.available));
}

/* --- the exchange's own --- */

/* Whether it takes away from what its account holds or owes, and no more than all of it. */
static bool neutral_orders_unwinds(const struct neutral *neutral, const struct order *order)
{
    const struct state *state = neutral->state;
    const struct market *market = state_market(state, order->market);
    const uint16_t asset = market->base_asset;
    uint32_t row;

    if (market->kind == MARKET_PERPETUAL) {
        const int64_t quantity = state_position(state, order->position)->quantity;

        return order->side == CARD_SIDE_SELL ? quantity >= order->active : -quantity >= order->active;
    }
    row = state_find_balance(state, order->subaccount, asset);
    if (row == TABLE_NONE)
        return false;
    return order->side == CARD_SIDE_SELL ? state_balance(state, row)->amount > 0
                                         : state_balance(state, row)->borrowed > 0;
}

static void neutral_orders_own(struct neutral *neutral, const struct order *order)
{
    const struct subaccount *owner = state_subaccount(neutral->state, order->subaccount);
    const char *wrong = NULL;

    neutral->counts.own_orders++;
    if (order->own == OWN_LIQUIDATION && owner->episode == TABLE_NONE)
        wrong = "a liquidation order for an account that is not being liquidated";
    else if (order->own == OWN_CONVERSION && owner->debt == 0)
        wrong = "an order that converts coins for an account without a debt";
    else if (order->own == OWN_NONE)
        wrong = "an order of nobody";
    else if (!neutral_orders_unwinds(neutral, order))
        wrong = "an order of the exchange's that unwinds nothing";
    if (wrong != NULL)
        neutral_find(neutral, NEUTRAL_LIQUIDATION, order->subaccount, "%s: order %lu, %ld lots of market %u at %u",
                     wrong, (unsigned long)order->id, (long)order->active, order->market, order->price);
}

/* --- in which order they come --- */

static bool neutral_orders_is_it(const struct input_header *input, const struct order *order)
{
    return input->kind == INPUT_ORDER_NEW && input->user == order->user && input->reference == order->reference;
}

/* Looks for an order's input from .. to; what is behind it, NULL: it is not there. */
static const uint8_t *neutral_orders_input(const uint8_t *from, const uint8_t *to, const struct order *order)
{
    while (from < to) {
        const struct input_header *input = (const void *)from;

        from += input->size;
        if (neutral_orders_is_it(input, order))
            return from;
    }
    return NULL;
}

/* What goes out for the first time does so in the order of its inputs; what has waited in the host, when it may. */
static void neutral_orders_arrival(struct neutral *neutral, const struct order *order)
{
    const struct exchange_batch *batch = &neutral->exchange->batch;
    const uint8_t *end = batch->inputs + batch->size, *found;

    if (neutral->arrival_batch != batch->number) {
        neutral->arrival_batch = batch->number;
        neutral->arrival = batch->inputs;
    }
    found = neutral_orders_input(neutral->arrival, end, order);
    if (found != NULL)
        neutral->arrival = found;
    else if (neutral_orders_input(batch->inputs, neutral->arrival, order) != NULL)
        neutral_find(neutral, NEUTRAL_QUEUE, order->subaccount, "order %lu goes out behind orders that came after it",
                     (unsigned long)order->id);
}

static void neutral_orders_sender(struct neutral *neutral, const struct card_command *command,
                                  const struct order *order)
{
    const struct subaccount *owner = state_subaccount(neutral->state, order->subaccount);

    if (order->subaccount < SYSTEM_SUBACCOUNTS)
        neutral_find(neutral, NEUTRAL_SYSTEM, order->subaccount,
                     "order %lu of the exchange's own subaccount %u: %ld lots of market %u at %u",
                     (unsigned long)order->id, order->subaccount, (long)order->active, order->market, order->price);
    if (command->code == CARD_CODE_NEW && command->order.owner != owner->account)
        neutral_find(neutral, NEUTRAL_SYSTEM, order->subaccount, "order %lu goes out as account %u's",
                     (unsigned long)order->id, command->order.owner);
    if (command->flags & CARD_ORDER_LIQUIDATION_MASK && order->own != OWN_LIQUIDATION)
        neutral_find(neutral, NEUTRAL_LIQUIDATION, order->subaccount, "order %lu has the bands of a liquidation",
                     (unsigned long)order->id);
}

void neutral_orders_command(struct neutral *neutral, const struct card_command *command, uint32_t row)
{
    const struct order *order = order_row(neutral->state, row);
    struct neutral_order *mine = neutral_order_of(neutral, row);
    const bool first = !mine->sent, replaced = command->code == CARD_CODE_REPLACE || order->place == ORDER_PARKED;

    mine->sent = true;
    neutral_orders_sender(neutral, command, order);
    if (order->user == TABLE_NONE) {
        neutral_orders_own(neutral, order);
        return;
    }
    if (replaced)
        neutral->counts.replaces++;
    else
        neutral->counts.orders++;
    if (state_subaccount(neutral->state, order->subaccount)->episode != TABLE_NONE &&
        !(order->flags & INPUT_ORDER_REDUCE_ONLY))
        neutral_find(neutral, NEUTRAL_LIQUIDATION, order->subaccount,
                     "order %lu goes out while its account is being liquidated", (unsigned long)order->id);
    if (first && !replaced && order->trigger_by == 0 && !(order->flags & INPUT_ORDER_REDUCE_ONLY))
        neutral_orders_arrival(neutral, order);
    neutral_orders_margin(neutral, order, replaced);
}
