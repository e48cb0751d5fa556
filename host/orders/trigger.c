/* Trigger orders: they wait in the host until the mark, the index or the last trade reaches their price. */
#include "core.h"

/* Whether an order on `side` makes the position smaller. */
static bool trigger_closes(const struct position *position, uint8_t side)
{
    return position->quantity != 0 && (position->quantity > 0) == (side == CARD_SIDE_SELL);
}

/* What the card would say to it now, so that a trigger that can't work fails as such. */
static enum reason trigger_market_takes(const struct market *market, const struct order *order)
{
    if (market->state == CARD_STATE_CLOSED || market->state == CARD_STATE_CANCEL_ONLY ||
        (market->state == CARD_STATE_LIMIT_ONLY && order->flags & INPUT_ORDER_MARKET))
        return REASON_MARKET_STATE;
    return REASON_NONE;
}

enum reason trigger_check(const struct exchange *exchange, const struct order *model)
{
    const struct market *market = state_market(&exchange->state, model->market);
    const struct position none = { 0 };
    const struct position *position = model->position ? state_position(&exchange->state, model->position) : &none;

    if (market->state == CARD_STATE_CLOSED || market->state == CARD_STATE_CANCEL_ONLY)
        return REASON_MARKET_STATE;
    if (model->flags & (INPUT_ORDER_PERCENT | INPUT_ORDER_REDUCE_ONLY) && !trigger_closes(position, model->side))
        return REASON_STOP_WITHOUT_POSITION;
    if (model->position && state_position_detail(&exchange->state, model->position)->stops >= LIMIT_STOPS_PER_POSITION)
        return REASON_MAX_STOP_ORDERS;
    return REASON_NONE;
}

static uint32_t *trigger_root(const struct exchange *exchange, const struct order *order)
{
    return &state_market(&exchange->state, order->market)->triggers[order->trigger_by - 1][order->trigger_when - 1];
}

void trigger_enter(struct exchange *exchange, uint32_t row)
{
    const struct tree tree = book_price_tree(exchange);
    struct order *order = order_row(&exchange->state, row);

    order->place = ORDER_TRIGGER;
    tree_put(&tree, trigger_root(exchange, order), row, order->trigger_price, order->id);
    state_position_detail(&exchange->state, order->position)->stops++;
    exchange->state.t->price_check = 1; /* its price may have been reached already */
}

static void trigger_drop(struct exchange *exchange, uint32_t row)
{
    const struct tree tree = book_price_tree(exchange);
    const struct order *order = order_row(&exchange->state, row);

    tree_drop(&tree, trigger_root(exchange, order), row);
    state_position_detail(&exchange->state, order->position)->stops--;
}

void trigger_leave(struct exchange *exchange, uint32_t row)
{
    trigger_drop(exchange, row);
    order_row(&exchange->state, row)->place = ORDER_NOWHERE;
}

/* A percentage becomes lots, of the position as it is now, and no more than one order may have. */
static enum reason trigger_set_lots(const struct exchange *exchange, struct order *order)
{
    const struct position *position = state_position(&exchange->state, order->position);
    const uint64_t most = state_market(&exchange->state, order->market)->quantity_max;
    const wide size = position->quantity < 0 ? -(wide)position->quantity : position->quantity;
    wide lots = size * order->quantity / 1000000;

    if (!trigger_closes(position, order->side) || lots == 0)
        return REASON_STOP_WITHOUT_POSITION;
    if (most && lots > (wide)most)
        lots = (wide)most;
    if (lots > (wide)CARD_QUANTITY_MAX)
        lots = (wide)CARD_QUANTITY_MAX;
    order->quantity = order->open = (int64_t)lots;
    order->flags &= (uint8_t)~INPUT_ORDER_PERCENT;
    return REASON_NONE;
}

static void trigger_release(struct exchange *exchange, uint32_t row)
{
    struct order *order = order_row(&exchange->state, row);
    const int64_t asked = order->quantity, open = order->open;
    const uint8_t flags = order->flags;
    enum reason reason = trigger_market_takes(state_market(&exchange->state, order->market), order);

    if (reason == REASON_NONE && flags & INPUT_ORDER_PERCENT)
        reason = trigger_set_lots(exchange, order);
    if (reason == REASON_NONE)
        reason = entry_release(exchange, row, ACTION_TRIGGERED);
    if (reason != REASON_NONE) {
        order->quantity = asked; /* the report is about what it was */
        order->open = open;
        order->flags = flags;
        book_finish_order(exchange, row, REPORT_EXPIRED, reason);
        return;
    }
    trigger_drop(exchange, row); /* its place is another one already */
    core_report_order(exchange, row, REPORT_TRIGGERED, REASON_NONE);
    attached_leg_triggered(exchange, row);
}

/* --- the trees: nearest price first, then the older --- */

static uint32_t trigger_level(const struct exchange *exchange, const struct tree *tree, uint32_t root, uint32_t row)
{
    return row == TABLE_NONE ? TABLE_NONE
                             : tree_at_or_above(tree, root, order_row(&exchange->state, row)->trigger_price);
}

static uint32_t trigger_first(const struct exchange *exchange, const struct tree *tree, uint32_t root, bool above)
{
    return above ? tree_first(tree, root) : trigger_level(exchange, tree, root, tree_last(tree, root));
}

static uint32_t trigger_next(const struct exchange *exchange, const struct tree *tree, uint32_t root, bool above,
                             uint32_t row)
{
    const uint32_t next = tree_next(tree, root, row);
    const uint32_t price = order_row(&exchange->state, row)->trigger_price;

    if (above || (next != TABLE_NONE && order_row(&exchange->state, next)->trigger_price == price))
        return next;
    return price == 0 ? TABLE_NONE
                      : trigger_level(exchange, tree, root, tree_at_or_below(tree, root, price - 1));
}

static uint64_t trigger_reference(const struct market *market, enum input_trigger_by by)
{
    if (by == INPUT_BY_MARK)
        return market->mark;
    return by == INPUT_BY_INDEX ? market->index : (uint64_t)market->last_trade * CARD_FIXED_ONE;
}

/* Releases what one tree has due. False when the batch's derived commands or the round's room are used up. */
static bool trigger_run_tree(struct exchange *exchange, uint32_t market_row, unsigned by, unsigned when)
{
    const struct tree tree = book_price_tree(exchange);
    const struct market *market = state_market(&exchange->state, market_row);
    const uint32_t *root = &market->triggers[by - 1][when - 1];
    const uint64_t reference = trigger_reference(market, (enum input_trigger_by)by);
    const bool above = when == INPUT_AT_OR_ABOVE;
    uint32_t row = reference == 0 ? TABLE_NONE : trigger_first(exchange, &tree, *root, above);

    while (row != TABLE_NONE) {
        const struct order *order = order_row(&exchange->state, row);
        const uint64_t price = (uint64_t)order->trigger_price * CARD_FIXED_ONE;
        const uint32_t next = trigger_next(exchange, &tree, *root, above, row);

        if (above ? reference < price : reference > price)
            return true;
        if (core_subaccount_out(exchange, order->subaccount) || window_waits_order(exchange, order) ||
            (exchange->action_count > 0 && entry_cuts(exchange, order, order->open)))
            exchange->state.t->price_check = 1; /* the next round knows its position, a later batch its window */
        else if (!core_room(exchange, 64) || !core_take_derived(exchange, 1))
            return false;
        else
            trigger_release(exchange, row);
        row = next;
    }
    return true;
}

static bool trigger_run_market(struct exchange *exchange, uint32_t row)
{
    const struct market *market = state_market(&exchange->state, row);

    /* Prices from before a restart trigger nothing, nor do those that a book in PostOnly goes with. */
    if (market->flags & MARKET_WAITS_FOR_PRICES || market->state == CARD_STATE_POST_ONLY)
        return true;
    for (unsigned by = INPUT_BY_MARK; by <= INPUT_BY_LAST; by++)
        for (unsigned when = INPUT_AT_OR_ABOVE; when <= INPUT_AT_OR_BELOW; when++)
            if (!trigger_run_tree(exchange, row, by, when))
                return false;
    return true;
}

void trigger_run(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    if (!totals->price_check)
        return;
    totals->price_check = 0;
    for (uint32_t row = 1; row < exchange->state.markets.used; row++) {
        if (!trigger_run_market(exchange, row)) {
            totals->price_check = 1;
            return;
        }
    }
}
