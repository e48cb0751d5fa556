/* The commands: what each does once it has passed the checks. */
#include "internal.h"

static void model_send_done(struct model *model)
{
    struct card_event event = event_make(model, CARD_KIND_DONE, CARD_REASON_NONE);

    event_send(model, &event, true);
}

static struct taker model_read_taker(const struct card_command *command)
{
    unsigned flags = command->flags;

    return (struct taker){
        .slot = command->slot,
        .generation = command->generation,
        .side = (uint8_t)((flags & CARD_ORDER_SIDE_MASK) >> CARD_ORDER_SIDE_SHIFT),
        .owner = command->order.owner,
        .price = flags & CARD_ORDER_MARKET_ORDER_MASK ? 0 : command->order.price,
        .quantity = (uint64_t)command->order.quantity,
        .tif = (uint8_t)((flags & CARD_ORDER_TIF_MASK) >> CARD_ORDER_TIF_SHIFT),
        .stp = (uint8_t)((flags & CARD_ORDER_STP_MASK) >> CARD_ORDER_STP_SHIFT),
        .post_only = flags & CARD_ORDER_POST_ONLY_MASK,
        .liquidation = flags & CARD_ORDER_LIQUIDATION_MASK,
    };
}

/* new, and a replace that is not in place. Bounds come from the touch before the old order leaves. */
static void model_enter_order(struct model *model, struct market *market, struct taker *taker, bool replace)
{
    struct bounds bounds = bands_bound_taker(market, taker);
    enum card_reason reason = checks_state(market, taker);

    if (reason == CARD_REASON_NONE)
        reason = checks_entry(model, market, taker, &bounds);
    if (reason != CARD_REASON_NONE) {
        event_reject(model, reason);
        return;
    }
    if (replace)
        event_remove_order(model, taker->slot, CARD_REASON_REPLACED, taker, false);
    match_taker(model, market, taker, &bounds);
}

static void model_new(struct model *model, struct market *market)
{
    struct taker taker = model_read_taker(model->command);

    model_enter_order(model, market, &taker, false);
}

/* Lowers an order that stays; `taker` as in event_remove_order. */
static void model_lower_order(struct model *model, struct market *market, uint64_t lots, const struct taker *taker)
{
    uint32_t slot = model->command->slot;
    struct order *order = &model->orders[slot];
    struct card_event event = event_make(model, CARD_KIND_REDUCED, CARD_REASON_NONE);

    event_set_maker(&event, model, slot);
    book_lower_order(model, slot, lots);
    card_event_set_quantity(&event, lots);
    card_event_set_maker_remaining(&event, order->quantity);
    event_set_level(&event, model, market, order->side, order->price);
    if (taker != NULL) {
        event_set_taker(&event, taker);
        order->generation = taker->generation;
    }
    event_send(model, &event, true);
}

static void model_reduce(struct model *model, struct market *market)
{
    uint64_t amount = (uint64_t)model->command->order.quantity;

    if (market->state == CARD_STATE_CLOSED)
        event_reject(model, CARD_REASON_MARKET_STATE);
    else if (amount >= model->orders[model->command->slot].quantity)
        event_remove_order(model, model->command->slot, CARD_REASON_NONE, NULL, true);
    else
        model_lower_order(model, market, amount, NULL);
}

static void model_replace(struct model *model, struct market *market)
{
    const struct card_command *command = model->command;
    const struct order *old = &model->orders[command->slot];
    int64_t change = command->order.quantity;
    int64_t open = (int64_t)old->quantity + change;
    bool in_place = open <= 0 || (change <= 0 && command->order.new_price == old->price);
    struct taker taker = model_read_taker(command);

    taker.generation = command->new_generation;
    taker.side = old->side;
    taker.owner = old->owner;
    taker.price = command->order.new_price;
    taker.quantity = open > 0 ? (uint64_t)open : 0;
    if (!in_place)
        model_enter_order(model, market, &taker, true);
    else if (market->state == CARD_STATE_CLOSED)
        event_reject(model, CARD_REASON_MARKET_STATE);
    else if (open <= 0)
        event_remove_order(model, command->slot, CARD_REASON_NONE, NULL, true);
    else
        model_lower_order(model, market, (uint64_t)-change, &taker);
}

static void model_cancel_many(struct model *model, struct market *market)
{
    uint32_t taken = 0;

    for (; taken < model->command->order.count && market->orders != 0; taken++) {
        uint8_t side = market->half[CARD_SIDE_BUY].best != 0 ? CARD_SIDE_BUY : CARD_SIDE_SELL;
        uint32_t slot = book_level(model, market, market->half[side].best)->oldest;

        event_remove_order(model, slot, CARD_REASON_NONE, NULL, false);
    }
    struct card_event event = event_make(model, CARD_KIND_DONE, CARD_REASON_NONE);

    card_event_set_quantity(&event, taken);
    card_event_set_more(&event, market->orders != 0);
    event_send(model, &event, true);
}

static void model_place(struct model *model, struct market *market)
{
    struct taker order = model_read_taker(model->command);
    uint32_t touch = market->half[side_opposite(order.side)].best;

    if (!book_has_price(model, market, order.price))
        event_reject(model, CARD_REASON_PRICE_OUT_OF_BOUNDS);
    else if (touch != 0 && side_reaches(order.side, order.price, touch))
        event_reject(model, CARD_REASON_POST_ONLY_TAKER);
    else
        match_rest_order(model, market, &order);
}

static bool model_base_fits(uint32_t base, uint32_t window_log2)
{
    return base % CARD_WINDOW_ALIGN == 0 && base + (1ull << window_log2) <= 1ull << CARD_PRICE_BITS;
}

static void model_configure(struct model *model, struct market *market)
{
    const struct card_command *command = model->command;
    uint32_t inputs = CARD_PRESENT_MARK_MASK | CARD_PRESENT_MEAN_MARK_MASK | CARD_PRESENT_FAST_MEAN_MARK_MASK;

    if (command->configure.bands & CARD_BANDS_PREMIUM_MASK)
        inputs |= CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK;
    uint32_t window_log2 = command->configure.window_log2 ? command->configure.window_log2 : model->size.tick_bits;
    bool moves = command->configure.base != market->base || window_log2 != market->window_log2;

    if (!model_base_fits(command->configure.base, window_log2) || (moves && market->orders != 0)) {
        event_reject(model, CARD_REASON_PRICE_OUT_OF_BOUNDS);
        return;
    }
    if (command->configure.state != CARD_STATE_CLOSED && (market->present & inputs) != inputs) {
        event_reject(model, CARD_REASON_MARKET_STATE);
        return;
    }
    market->base = command->configure.base;
    market->window_log2 = window_log2;
    market->state = command->configure.state;
    market->bands = command->configure.bands;
    market->limit_min = command->configure.limit_min;
    market->limit_max = command->configure.limit_max;
    market->impact_min = command->configure.impact_min;
    market->impact_max = command->configure.impact_max;
    market->mean_min = command->configure.mean_min;
    market->mean_max = command->configure.mean_max;
    market->tolerance = command->configure.tolerance;
    model_send_done(model);
}

static void model_set_mark(struct model *model, struct market *market)
{
    const struct card_command *command = model->command;
    uint32_t present = command->mark.present;

    market->present |= present;
    if (present & CARD_PRESENT_MARK_MASK)
        market->mark = command->mark.mark;
    if (present & CARD_PRESENT_INDEX_MASK)
        market->index = command->mark.index;
    if (present & CARD_PRESENT_MEAN_MARK_MASK)
        market->mean_mark = command->mark.mean_mark;
    if (present & CARD_PRESENT_FAST_MEAN_MARK_MASK)
        market->fast_mean_mark = command->mark.fast_mean_mark;
    if (present & CARD_PRESENT_MEAN_PREMIUM_MASK)
        market->mean_premium = command->mark.mean_premium;
    model_send_done(model);
}

static void model_shift(struct model *model, struct market *market)
{
    uint32_t base = model->command->configure.base;
    uint64_t end = base + (1ull << market->window_log2);
    bool fits = model_base_fits(base, market->window_log2);

    for (uint8_t side = CARD_SIDE_BUY; fits && side <= CARD_SIDE_SELL; side++)
        if (market->half[side].best != 0)
            fits = book_find_lowest(model, market, side) >= base && book_find_highest(model, market, side) < end;
    if (!fits) {
        event_reject(model, CARD_REASON_PRICE_OUT_OF_BOUNDS);
        return;
    }
    market->base = base;
    model_send_done(model);
}

static void model_read_order(struct model *model)
{
    const struct order *order = &model->orders[model->command->slot];

    if (order->quantity == 0) {
        event_reject(model, CARD_REASON_STALE_ORDER);
        return;
    }
    struct card_event event = event_make(model, CARD_KIND_DATA, CARD_REASON_NONE);

    card_event_set_market(&event, order->market);
    event_set_maker(&event, model, model->command->slot);
    card_event_set_price(&event, order->price);
    card_event_set_side(&event, order->side);
    card_event_set_quantity(&event, order->quantity);
    card_event_set_maker_remaining(&event, order->quantity);
    event_send(model, &event, true);
}

static void model_read_level(struct model *model, const struct market *market)
{
    uint32_t price = model->command->order.price;

    if (!book_has_price(model, market, price)) {
        event_reject(model, CARD_REASON_PRICE_OUT_OF_BOUNDS);
        return;
    }
    struct card_event event = event_make(model, CARD_KIND_DATA, CARD_REASON_NONE);
    const struct level *level = book_level(model, market, price);

    card_event_set_price(&event, price);
    if (level->aggregate != 0)
        event_set_level(&event, model, market, model->orders[level->oldest].side, price);
    event_send(model, &event, true);
}

static void model_read_digest(struct model *model, const struct market *market)
{
    struct card_event event = event_make(model, CARD_KIND_DATA, CARD_REASON_NONE);
    uint64_t digest = model_digest(model, model->command->market);

    card_event_set_maker_owner(&event, digest & CARD_OWNER_MAX);
    card_event_set_taker_remaining(&event, digest >> CARD_OWNER_BITS);
    card_event_set_quantity(&event, market->orders);
    event_send(model, &event, true);
}

static void model_read(struct model *model, struct market *market)
{
    switch (model->command->order.count) {
    case CARD_READ_ORDER:
        model_read_order(model);
        break;
    case CARD_READ_LEVEL:
        model_read_level(model, market);
        break;
    default:
        model_read_digest(model, market);
        break;
    }
}

/* Everything that is set is forgotten; the memory stays. Only levels with orders need cleaning. */
static void model_forget_market(struct model *model, struct market *market)
{
    while (market->orders != 0) {
        uint8_t side = market->half[CARD_SIDE_BUY].best != 0 ? CARD_SIDE_BUY : CARD_SIDE_SELL;

        book_remove_order(model, book_level(model, market, market->half[side].best)->newest);
    }
    struct market empty = {.levels = market->levels, .window_log2 = model->size.tick_bits};

    for (int side = 0; side < 2; side++) {
        empty.half[side].occupied = market->half[side].occupied;
        empty.half[side].summary = market->half[side].summary;
    }
    *market = empty;
}

static void model_reset(struct model *model)
{
    for (uint32_t i = 0; i < model->size.markets; i++)
        model_forget_market(model, &model->markets[i]);
    model->session = model->command->reset.next_session;
    model->sequence = 0;
    model_send_done(model);
}

/* A command that has passed the checks of format and handle. */
static void model_run_command(struct model *model, struct market *market)
{
    const struct card_command *command = model->command;

    switch (command->code) {
    case CARD_CODE_NEW:
        model_new(model, market);
        break;
    case CARD_CODE_CANCEL:
        event_remove_order(model, command->slot, CARD_REASON_NONE, NULL, true);
        break;
    case CARD_CODE_REDUCE:
        model_reduce(model, market);
        break;
    case CARD_CODE_REPLACE:
        model_replace(model, market);
        break;
    case CARD_CODE_CANCEL_MANY:
        model_cancel_many(model, market);
        break;
    case CARD_CODE_CONFIGURE:
        model_configure(model, market);
        break;
    case CARD_CODE_SET_MARK:
        model_set_mark(model, market);
        break;
    case CARD_CODE_FENCE:
        model_send_done(model);
        break;
    case CARD_CODE_PLACE:
        model_place(model, market);
        break;
    case CARD_CODE_PULL:
        event_remove_order(model, command->slot, CARD_REASON_PULLED, NULL, true);
        break;
    case CARD_CODE_SET_LAST:
        market->last_trade = command->order.price;
        model_send_done(model);
        break;
    case CARD_CODE_SHIFT:
        model_shift(model, market);
        break;
    case CARD_CODE_READ:
        model_read(model, market);
        break;
    default:
        check(command->code == CARD_CODE_RESET);
        model_reset(model);
        break;
    }
}

static bool model_names_order(uint8_t code)
{
    return code == CARD_CODE_NEW || code == CARD_CODE_PLACE || code == CARD_CODE_CANCEL || code == CARD_CODE_PULL ||
           code == CARD_CODE_REDUCE || code == CARD_CODE_REPLACE;
}

void model_apply(struct model *model, const struct card_command *command, model_sink *sink, void *context)
{
    model->command = command;
    model->sink = sink;
    model->context = context;

    enum card_reason reason = checks_format(model);

    if (reason == CARD_REASON_NONE && model_names_order(command->code))
        reason = checks_handle(model);
    if (reason == CARD_REASON_NONE)
        model_run_command(model, &model->markets[command->market]);
    else
        event_reject(model, reason);
}
