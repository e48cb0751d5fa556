/* Step 1: orders on the book. PLAN decides, and adds up what calm slices want; SEND looks again, and sends. */
#include "lending.h"
#include "liquidation_parts.h"

enum {
    SLICES_CANCELS = 256,    /* of an account that PLAN cancels itself, in a tick */
    SLICES_ITEMS = 32,       /* that count as an episode of their own: a large account takes the time of several */
    SLICES_ROW_MS = 2000,    /* this long after a step could have come again, the row of steps is over */
};

#define NS_A_MS UINT64_C(1000000)

/* --- what a slice is --- */

/* Lots of which a policy's parts are. */
static int64_t slices_whole(const struct state *state, const struct episode *episode, const struct policy_plan *plan,
                            const struct item *item)
{
    if (plan->of_present)
        return item->lots;
    if (item->kind == ITEM_POSITION && state_position_detail(state, item->row)->episode_lots > 0)
        return state_position_detail(state, item->row)->episode_lots;
    if (item->kind != ITEM_POSITION && episode->balance == item->row)
        return episode->balance_units / (int64_t)state_market(state, item->market)->lot_units;
    return item->lots;
}

/* Lots of a notional at the mark, rounded up. */
static wide slices_lots_of(const struct item *item, wide notional)
{
    return item->notional <= 0 ? item->lots : wide_divide_up(notional, wide_divide_up(item->notional, item->lots));
}

/* Not less than the market's smallest order, nor more than its largest; a rest that would be too small goes with it. */
static int64_t slices_fit(const struct market *market, wide lots, int64_t all)
{
    const wide least = state_least_lots(market);
    const wide most = market->quantity_max ? (wide)market->quantity_max : (wide)CARD_QUANTITY_MAX;

    if (lots < least)
        lots = least;
    if (lots >= all || all - lots < least)
        lots = all;
    return (int64_t)(lots < most ? lots : most);
}

/* Lots of one order. */
static int64_t slices_want(const struct state *state, const struct episode *episode, const struct policy_plan *plan,
                           const struct item *item)
{
    const wide parts = (wide)slices_whole(state, episode, plan, item) * plan->part;
    wide lots = plan->of_present ? wide_divide_up(parts, POLICY_WHOLE) : parts / POLICY_WHOLE;

    if (plan->notional_min > 0) {
        const wide least = slices_lots_of(item, plan->notional_min);

        lots = lots < least ? least : lots;
    }
    return slices_fit(state_market(state, item->market), lots, item->lots);
}

/* Parts of a balance are of what there was when its turn came. */
static void slices_note_balance(const struct state *state, struct episode *episode, const struct item *item)
{
    if (item->kind == ITEM_POSITION || episode->balance == item->row)
        return;
    episode->balance = item->row;
    episode->balance_units =
        (int64_t)wide_narrow((wide)item->lots * (wide)state_market(state, item->market)->lot_units);
}

/* Items that there is a market for are the first ones. */
static uint32_t slices_items(struct exchange *exchange, const struct episode *episode, const struct margin_view *view,
                             struct item items[LIQUIDATION_ITEMS])
{
    const uint32_t count = unwind_items(exchange, episode->subaccount, view, view->equity, items);
    const uint32_t extra = count / SLICES_ITEMS;
    uint32_t open = 0;

    exchange->episodes_left -= extra < exchange->episodes_left ? extra : exchange->episodes_left;
    while (open < count && items[open].market != 0)
        open++;
    return open;
}

/* --- PLAN --- */

void slices_begin(struct exchange *exchange)
{
    for (uint32_t row = 1; row < exchange->state.markets.used; row++) {
        struct unwind *unwind = state_unwind(&exchange->state, row);

        for (unsigned side = CARD_SIDE_BUY; side <= CARD_SIDE_SELL; side++)
            unwind->wanted[side] = unwind->budget[side] = unwind->running[side] = 0;
    }
}

/* What is left behind the job, or has come in behind it (legs of an order that filled while it was cancelled). */
static void slices_cancel(struct exchange *exchange, uint32_t subaccount)
{
    struct state *state = &exchange->state;
    uint32_t left = SLICES_CANCELS;

    for (uint32_t row = state_subaccount(state, subaccount)->positions; row != TABLE_NONE;
         row = state_position(state, row)->next)
        for (uint32_t order = state_position_detail(state, row)->orders; order != TABLE_NONE;
             order = order_row(state, order)->next_in_position) {
            if (order_row(state, order)->own != OWN_NONE || core_order_out(exchange, order))
                continue;
            if (left-- == 0 || !core_take_derived(exchange, 1))
                return;
            change_cancel_order(exchange, order, REASON_LIQUIDATION, 0);
        }
}

static void slices_want_item(struct exchange *exchange, struct episode *episode, const struct policy_plan *plan,
                             const struct item *item)
{
    struct unwind *unwind = state_unwind(&exchange->state, item->market);
    int64_t *wanted = &unwind->wanted[state_other_side(item->side)];
    const int64_t lots = slices_want(&exchange->state, episode, plan, item);

    *wanted = *wanted > INT64_MAX - lots ? INT64_MAX : *wanted + lots;
}

static void slices_plan_calm(struct exchange *exchange, struct episode *episode, const struct policy_plan *plan,
                             const struct margin_view *view)
{
    struct item items[LIQUIDATION_ITEMS];
    const uint32_t count = slices_items(exchange, episode, view, items);

    if (count == 0)
        return;
    episode->stage = EPISODE_SLICE;
    episode->item = items[0].kind;
    episode->row = items[0].row;
    slices_note_balance(&exchange->state, episode, &items[0]);
    episode->want = slices_want(&exchange->state, episode, plan, &items[0]);
    for (uint32_t i = 0; i < (plan->everything ? count : 1); i++)
        slices_want_item(exchange, episode, plan, &items[i]);
}

/* Since when it is ill, and since when nothing has become of it that is well. */
static void slices_note_health(const struct policy_case *what, struct episode *episode)
{
    const bool ill = what->view->equity <= what->view->maintenance;

    if (ill)
        episode->stirred_ns = what->now_ns;
    episode->ill_ns = !ill ? 0 : episode->ill_ns != 0 ? episode->ill_ns : what->now_ns;
}

static bool slices_pauses(const struct exchange *exchange, const struct episode *episode,
                          const struct policy_plan *plan)
{
    return plan->pause_ms != 0 && episode->step_ns != 0 &&
           liquidation_now_ns(&exchange->state) - episode->step_ns < plan->pause_ms * NS_A_MS;
}

bool slices_plan(struct exchange *exchange, uint32_t row)
{
    struct episode *episode = state_episode(&exchange->state, row);
    const struct policy *policy = policy_get(exchange->state.t->liquidation.policy);
    struct policy_plan plan = { 0 };
    struct policy_case what;
    struct margin_view view;

    episode->stage = EPISODE_WAITS;
    episode->stopped = 0;
    episode->hand_over_at = TABLE_NONE;
    if (book_has_orders(&exchange->state, episode->subaccount)) {
        slices_cancel(exchange, episode->subaccount);
        return true;
    }
    unwind_repay(exchange, episode->subaccount);
    episode_case(exchange, row, false, &view, &what);
    slices_note_health(&what, episode);
    if (policy != NULL)
        policy->plan(&what, &plan);
    if (policy == NULL || plan.end || !unwind_has_any(&exchange->state, episode->subaccount)) {
        episode_end(exchange, row, &view);
        return true;
    }
    episode->urgent = plan.urgent;
    if (!plan.book || slices_pauses(exchange, episode, &plan))
        return true;
    if (plan.together)
        slices_plan_calm(exchange, episode, &plan, &view);
    else
        episode->stage = EPISODE_SWEEP;
    return true;
}

/* --- budgets --- */

/* Whether calm orders may take from a side now: the first of a row of steps; the book is back; or the pause is over. */
static bool slices_may_step(const struct exchange *exchange, struct unwind *unwind, unsigned side, int64_t depth)
{
    const struct totals *totals = exchange->state.t;
    const uint64_t pause = totals->liquidation.pause_ms * NS_A_MS;
    const uint64_t since = liquidation_now_ns(&exchange->state) - unwind->step_ns[side];
    const int64_t latest = unwind->depth[side][(unwind->depth_count - 1) % LIMIT_DEPTH_SAMPLES];

    if (unwind->step_ns[side] == 0 || since >= pause + SLICES_ROW_MS * NS_A_MS) {
        unwind->first_depth[side] = depth;
        return true;
    }
    return since >= pause || latest >= unwind->first_depth[side];
}

static void slices_share_side(struct exchange *exchange, uint32_t market, unsigned side)
{
    struct unwind *unwind = state_unwind(&exchange->state, market);
    const int64_t depth = unwind_depth(&exchange->state, market, state_other_side((uint8_t)side));
    const wide budget = (wide)depth * exchange->state.t->liquidation.depth_share / POLICY_WHOLE;

    if (unwind->wanted[side] == 0 || depth == 0 || !slices_may_step(exchange, unwind, side, depth))
        return;
    unwind->budget[side] = (int64_t)budget;
    unwind->step_ns[side] = liquidation_now_ns(&exchange->state);
}

void slices_share(struct exchange *exchange)
{
    for (uint32_t row = 1; row < exchange->state.markets.used; row++)
        for (unsigned side = CARD_SIDE_BUY; side <= CARD_SIDE_SELL; side++)
            slices_share_side(exchange, row, side);
}

/* A want's part of the budget: the difference of running sums, in the smallest orders, rounded down. */
static int64_t slices_part(struct exchange *exchange, const struct item *item, int64_t want)
{
    const uint8_t side = state_other_side(item->side);
    struct unwind *unwind = state_unwind(&exchange->state, item->market);
    const int64_t least = state_least_lots(state_market(&exchange->state, item->market));
    const wide budget = unwind->budget[side] / least, wanted = unwind->wanted[side];
    wide before, after;

    if (want > unwind->wanted[side] - unwind->running[side])
        want = unwind->wanted[side] - unwind->running[side];
    if (want <= 0 || unwind->wanted[side] <= unwind->budget[side]) {
        unwind->running[side] += want > 0 ? want : 0;
        return unwind->budget[side] > 0 ? want : 0;
    }
    before = budget * unwind->running[side] / wanted;
    unwind->running[side] += want;
    after = budget * unwind->running[side] / wanted;
    return wide_smaller(want, wide_narrow((after - before) * least));
}

/* --- prices --- */

/* A tick beyond what the card's bands allow a liquidation order, so that it is they that stop it, and say so. */
static uint32_t slices_band(const struct market *market, uint8_t side)
{
    return margin_price_of(margin_mean_bound(market, market->fast_mean_mark, side) +
                           (side == CARD_SIDE_BUY ? 1 : -1));
}

static uint32_t slices_tighter(uint8_t side, uint32_t left, uint32_t right)
{
    return (side == CARD_SIDE_SELL) == (left > right) ? left : right;
}

static uint32_t slices_limit(const struct state *state, const struct policy_plan *plan, const struct item *item)
{
    const struct market *market = state_market(state, item->market);
    const struct unwind *unwind = state_unwind(state, item->market);
    uint32_t limit = slices_band(market, item->side);

    if (plan->limit == POLICY_AT_BANKRUPTCY)
        limit = slices_tighter(item->side, limit, unwind_bankruptcy_price(state, item));
    if (plan->limit == POLICY_AT_SPREAD)
        limit = slices_tighter(item->side, limit,
                               unwind_price_at(state, item, policy_part(item->maintenance, plan->spread)));
    if (plan->together)
        limit = slices_tighter(item->side, limit, unwind->bound[state_other_side(item->side)]);
    return limit;
}

/* --- money of spot orders --- */

/* Units of the settlement asset that lots at a limit lock, fees included. */
static wide slices_cost(const struct market *market, uint32_t limit, wide lots)
{
    const wide notional = lots * limit * (wide)market->tick_lot_units;

    return notional + wide_divide_up(notional * market->taker_fee, POLICY_WHOLE) + 2;
}

/* Frees at most `units`: own lend is redeemed, then, where `borrows`, they are borrowed. Returns what is free of it. */
static int64_t slices_free(struct exchange *exchange, uint32_t subaccount, uint32_t asset, wide units, bool borrows)
{
    const wide wanted = units > LIMIT_BALANCE_UNITS ? LIMIT_BALANCE_UNITS : units;
    int64_t free = ledger_free(&exchange->state, subaccount, asset);

    if (wanted > free && state_pool(&exchange->state, asset)->set) {
        lending_redeem(&exchange->ledger, subaccount, asset, (int64_t)wanted - free, LENDING_BY_EXCHANGE);
        free = ledger_free(&exchange->state, subaccount, asset);
    }
    if (borrows && wanted > free && state_pool(&exchange->state, asset)->set) {
        lending_borrow(&exchange->ledger, subaccount, asset, (int64_t)wanted - free, LENDING_BY_EXCHANGE);
        free = ledger_free(&exchange->state, subaccount, asset);
    }
    return free;
}

/* Lots that there is money for; a purchase at its bankruptcy price at worst is one that the account can pay back. */
static int64_t slices_pay(struct exchange *exchange, uint32_t subaccount, const struct item *item, uint32_t limit,
                          int64_t lots)
{
    const struct market *market = state_market(&exchange->state, item->market);
    wide most;

    if (item->kind == ITEM_POSITION)
        return lots;
    if (item->kind == ITEM_COIN) {
        most = slices_free(exchange, subaccount, market->base_asset, (wide)lots * (wide)market->lot_units, false) /
               (wide)market->lot_units;
    } else {
        const wide cost = slices_cost(market, limit, lots);
        const wide free = slices_free(exchange, subaccount, market->quote_asset, cost, true);

        most = free >= cost ? lots : lots * (free > 2 ? free - 2 : 0) / cost;
    }
    return lots < most ? lots : (int64_t)most;
}

/* --- one order --- */

/* What sums of 64 bits take at that limit. */
static int64_t slices_bounded(const struct market *market, uint8_t side, uint32_t limit, int64_t lots)
{
    const wide adverse = margin_adverse_lot(market, side, limit), unit = (wide)limit * (wide)market->tick_lot_units;
    wide most = (wide)LIMIT_NOTIONAL_UNITS / unit;

    if (adverse > 0 && (wide)LIMIT_NOTIONAL_UNITS * 256 / adverse < most)
        most = (wide)LIMIT_NOTIONAL_UNITS * 256 / adverse;
    return lots < most ? lots : (int64_t)most;
}

/* Whether it is on its way; where it isn't, the next tick tries again. */
static bool slices_order(struct exchange *exchange, uint32_t row, const struct policy_plan *plan,
                         const struct item *item, uint32_t limit, int64_t lots)
{
    struct episode *episode = state_episode(&exchange->state, row);
    const struct order model = { .subaccount = episode->subaccount, .side = item->side, .tif = CARD_TIF_IOC,
                                 .stp = CARD_STP_REJECT_MAKER, .own = OWN_LIQUIDATION, .market = item->market,
                                 .flags = item->kind == ITEM_POSITION ? INPUT_ORDER_REDUCE_ONLY : 0,
                                 .price = limit, .quantity = lots, .open = lots };
    const enum reason reason = entry_send_own(exchange, &model);

    if (reason == REASON_SLOT_QUOTA)
        job_make_room(exchange, episode->subaccount, item->market, REASON_LIQUIDATION);
    if (reason != REASON_NONE)
        return false;
    episode->orders++;
    episode->stage = EPISODE_SENT;
    episode->step_ns = liquidation_now_ns(&exchange->state);
    exchange->state.t->liquidation_round = exchange->state.t->round;
    episode_tell(exchange, row, &(struct notice){ .kind = NOTICE_LIQUIDATION_ORDER, .market = item->market,
                                                  .amount = { lots, limit, plan->urgent } });
    return true;
}

/* Lots that are sent, at most `lots`; 0: none. `more` false: this batch takes no more orders. */
static int64_t slices_send_item(struct exchange *exchange, uint32_t row, const struct policy_plan *plan,
                                const struct item *item, int64_t lots, bool *more)
{
    const struct market *market = state_market(&exchange->state, item->market);
    const uint32_t limit = slices_limit(&exchange->state, plan, item);

    if (state_unwind(&exchange->state, item->market)->bound[state_other_side(item->side)] == 0) /* at the tick */
        return 0;
    lots = slices_bounded(market, item->side, limit, lots);
    if (lots == 0)
        return 0;
    *more = core_take_derived(exchange, 1);
    if (!*more)
        return 0;
    lots = slices_pay(exchange, state_episode(&exchange->state, row)->subaccount, item, limit, lots);
    return lots > 0 && slices_order(exchange, row, plan, item, limit, lots) ? lots : 0;
}

/* --- SEND --- */

static bool slices_send_calm(struct exchange *exchange, uint32_t row, const struct policy_plan *plan,
                             const struct item *items, uint32_t count)
{
    const struct episode *episode = state_episode(&exchange->state, row);
    bool more = true;

    for (uint32_t i = 0; i < count && more; i++) {
        const struct item *item = &items[i];
        int64_t lots;

        if (!plan->everything && (item->row != episode->row || item->kind != episode->item))
            continue;
        lots = slices_want(&exchange->state, episode, plan, item);
        lots = slices_part(exchange, item, plan->everything ? lots : wide_smaller(episode->want, item->lots));
        if (lots > 0)
            slices_send_item(exchange, row, plan, item, lots, &more);
    }
    return more;
}

/* As many items as health needs: whether maintenance without what is gone is below equity. */
static bool slices_send_sweep(struct exchange *exchange, uint32_t row, const struct policy_plan *plan,
                              const struct margin_view *view, const struct item *items, uint32_t count)
{
    wide left = plan->notional_max, maintenance = view->maintenance;
    bool more = true;

    for (uint32_t i = 0; i < count && more && (plan->everything || view->equity <= maintenance); i++) {
        const struct item *item = &items[i];
        const wide one = wide_divide_up(item->notional, item->lots);
        int64_t lots = slices_want(&exchange->state, state_episode(&exchange->state, row), plan, item), sent;

        if (plan->notional_max > 0 && one > 0 && lots > left / one)
            lots = (int64_t)(left / one);
        if (lots <= 0)
            continue;
        sent = slices_send_item(exchange, row, plan, item, lots, &more);
        left -= one * sent;
        maintenance -= sent == item->lots ? item->maintenance : item->maintenance / item->lots * sent;
    }
    return more;
}

bool slices_send(struct exchange *exchange, uint32_t row)
{
    struct episode *episode = state_episode(&exchange->state, row);
    const struct policy *policy = policy_get(exchange->state.t->liquidation.policy);
    const bool calm = episode->stage == EPISODE_SLICE;
    struct item items[LIQUIDATION_ITEMS];
    struct policy_plan plan = { 0 };
    struct policy_case what;
    struct margin_view view;
    uint32_t count;
    bool more;

    if ((!calm && episode->stage != EPISODE_SWEEP) || policy == NULL ||
        book_has_orders(&exchange->state, episode->subaccount))
        return true;
    episode_case(exchange, row, false, &view, &what);
    policy->plan(&what, &plan);
    if (plan.end || !plan.book) /* it has become well since, or another policy has come */
        return true;
    plan.together = calm;
    count = slices_items(exchange, episode, &view, items);
    more = calm ? slices_send_calm(exchange, row, &plan, items, count)
                : slices_send_sweep(exchange, row, &plan, &view, items, count);
    return more || episode->stage == EPISODE_SENT; /* what could not be sent any more comes with the next tick */
}
