#include "random_flow.h"
#include "mix.h"

#include <stdio.h>
#include <string.h>

uint64_t random_flow_draw(struct random_flow *flow, uint64_t below)
{
    return mix_next(&flow->seed) % below;
}

static bool chance(struct random_flow *flow, unsigned percent)
{
    return random_flow_draw(flow, 100) < percent;
}

void random_flow_start(struct random_flow *flow, struct fixture *fixture, uint64_t seed, uint32_t users)
{
    *flow = (struct random_flow){ .fixture = fixture, .seed = seed, .users = users,
                                  .mark = { 0, FIXTURE_MARK, FIXTURE_SPOT_MARK } };
    for (uint32_t user = 1; user <= users; user++) {
        fixture_add_user(fixture, (int64_t)(500 + random_flow_draw(flow, 20000)));
        fixture_deposit(fixture, fixture_subaccount(user), FIXTURE_ETH, 100000000);
        fixture_deposit(fixture, fixture_subaccount(user), FIXTURE_BTC, 5000000);
    }
    fixture_run(fixture);
}

static void flow_pool(struct random_flow *flow, uint16_t asset)
{
    const struct input_pool_set pool = { .header = { .kind = INPUT_POOL_SET }, .asset = asset, .rate_zero = 100000,
                                         .rate_optimal = 3000000, .rate_full = 40000000, .optimal = 800000,
                                         .fee = 150000, .throttle = 850000, .utilisation_max = 930000,
                                         .step_seconds = 60, .step = 1000000 };

    fixture_add(flow->fixture, &pool, sizeof pool);
}

/* A venue that goes gets its own back at the next quote. */
static void flow_quote(struct random_flow *flow)
{
    const uint64_t price = (uint64_t)flow->mark[FIXTURE_PERP] * 100000000000; /* of a tick of 0.1 USDC */

    for (uint8_t venue = 0; venue < 3; venue++) {
        struct input_quote quote = { .header = { .kind = INPUT_QUOTE }, .asset = FIXTURE_BTC, .venue = venue };
        const uint64_t off = random_flow_draw(flow, price / 500);

        if (chance(flow, 15))
            continue;
        quote.bid = price - off;
        quote.ask = price + off / 2;
        quote.last = price;
        fixture_add(flow->fixture, &quote, sizeof quote);
    }
}

static void flow_venues(struct random_flow *flow)
{
    const struct input_pricing_set set = { .header = { .kind = INPUT_PRICING_SET }, .asset = FIXTURE_BTC, .quorum = 2,
                                           .stale_ms = 5000, .outlier = 50000, .clamp = 10000, .change = 50000,
                                           .agree = 10000 };

    flow->venues = true;
    fixture_add(flow->fixture, &set, sizeof set);
    for (uint8_t venue = 0; venue < 3; venue++) {
        struct input_venue_set one = { .header = { .kind = INPUT_VENUE_SET }, .asset = FIXTURE_BTC, .venue = venue,
                                       .weight = 1 + venue };

        snprintf((char *)one.name, sizeof one.name, "venue%u", venue);
        fixture_add(flow->fixture, &one, sizeof one);
    }
    flow_quote(flow);
}

void random_flow_money(struct random_flow *flow, bool venues)
{
    const struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES },
                                             .settle_seconds = 1 + (uint32_t)random_flow_draw(flow, 4),
                                             .fresh_seconds = 20, .approvals = 1, .fund_floor = 1000000 };

    flow->money = true;
    fixture_add(flow->fixture, &rules, sizeof rules);
    for (uint16_t asset = FIXTURE_USDC; asset <= FIXTURE_ETH; asset++)
        flow_pool(flow, asset);
    /* It can take over coins, but soon pays no more losses: so debts are written off too. */
    fixture_deposit(flow->fixture, SYSTEM_FUND, FIXTURE_USDC, 300000000000);
    state_market(flow->fixture->state, FIXTURE_PERP)->fund_cap = 300000000;
    fixture_run(flow->fixture);
    if (venues)
        flow_venues(flow);
    fixture_run(flow->fixture);
}

/* Around the mark, now and then far away. */
static uint32_t flow_price(struct random_flow *flow, uint32_t market)
{
    const uint32_t mark = flow->mark[market];
    const uint32_t spread = chance(flow, 8) ? mark / 4 : mark / 100;

    return mark - spread + (uint32_t)random_flow_draw(flow, 2 * spread + 1);
}

static void flow_fill_order(struct random_flow *flow, struct input_order_new *order)
{
    if (chance(flow, 10))
        order->tif = (uint8_t)(1 + random_flow_draw(flow, 2));
    else if (chance(flow, 15))
        order->flags |= INPUT_ORDER_POST_ONLY;
    if (chance(flow, 6)) {
        order->flags = (uint8_t)((order->flags & ~INPUT_ORDER_POST_ONLY) | INPUT_ORDER_MARKET);
        order->tif = CARD_TIF_IOC;
        order->price = 0;
    }
    if (chance(flow, 20))
        order->flags |= INPUT_ORDER_REDUCE_ONLY;
    order->stp = (uint8_t)random_flow_draw(flow, 3);
}

static void flow_fill_extra(struct random_flow *flow, struct input_order_new_extra *order, uint32_t market)
{
    if (chance(flow, 40)) {
        order->extra.trigger_by = (uint8_t)(1 + random_flow_draw(flow, 3));
        order->extra.trigger_when = (uint8_t)(1 + random_flow_draw(flow, 2));
        order->extra.trigger_price = flow_price(flow, market);
        if (chance(flow, 20)) {
            order->order.flags |= INPUT_ORDER_PERCENT;
            order->order.quantity = (int64_t)(1 + random_flow_draw(flow, 1000000));
        }
    } else if (chance(flow, 50)) {
        order->extra.take_profit = (struct input_attached){ .by = (uint8_t)(1 + random_flow_draw(flow, 3)),
                                                            .trigger = flow_price(flow, market) };
        order->extra.stop_loss = (struct input_attached){ .by = INPUT_BY_MARK, .trigger = flow_price(flow, market),
                                                          .limit = flow_price(flow, market) };
    }
    if (chance(flow, 30))
        order->extra.expires_ns = flow->fixture->time_ns + random_flow_draw(flow, 50) * 1000000;
    if (order->order.flags & INPUT_ORDER_MARKET && chance(flow, 50))
        order->extra.slippage = (uint16_t)random_flow_draw(flow, 300);
}

static void flow_order(struct random_flow *flow, uint32_t user)
{
    const uint32_t market = chance(flow, 30) ? FIXTURE_SPOT : FIXTURE_PERP;
    const uint8_t side = (uint8_t)random_flow_draw(flow, 2);
    const bool large = flow->money && market == FIXTURE_PERP && chance(flow, 30);
    const int64_t lots = (int64_t)(1 + random_flow_draw(flow, large ? 30000 : chance(flow, 5) ? 2000 : 60));
    const uint32_t price = flow_price(flow, market);

    if (flow->extras && chance(flow, 15)) {
        struct input_order_new_extra *order = fixture_order_extra(flow->fixture, user, market, side, price, lots);

        flow_fill_order(flow, &order->order);
        flow_fill_extra(flow, order, market);
    } else {
        struct input_order_new *order = fixture_order(flow->fixture, user, market, side, price, lots);

        flow_fill_order(flow, order);
        if (flow->extras && order->flags & INPUT_ORDER_MARKET && chance(flow, 50)) {
            order->flags = INPUT_ORDER_MARKET | INPUT_ORDER_QUOTE_QUANTITY;
            order->quantity *= (int64_t)price * 1000;
        }
    }
}

/* One of the user's recent numbers, not always open. */
static uint32_t flow_reference(struct random_flow *flow, uint32_t user)
{
    const uint32_t last = flow->fixture->reference[user];

    return last == 0 ? 1 : last - (uint32_t)random_flow_draw(flow, last < 12 ? last : 12);
}

static void flow_marks(struct random_flow *flow)
{
    const uint32_t market = chance(flow, 50) ? FIXTURE_PERP : FIXTURE_SPOT;
    const uint32_t step = flow->mark[market] / (chance(flow, 20) ? 20 : 200);
    uint32_t *mark = &flow->mark[market];
    const bool jump = flow->money && market == FIXTURE_PERP && chance(flow, 40);
    const uint32_t most = jump ? 20000 : step; /* more than the margin of most, and now and then than the window */

    *mark = *mark - most + (uint32_t)random_flow_draw(flow, 2 * most + 1);
    if (*mark < (market == FIXTURE_PERP ? 50000u : 1000u))
        *mark = market == FIXTURE_PERP ? 60000 : 1200;
    if (market == FIXTURE_PERP && flow->money && *mark > 130000)
        *mark = 120000;
    if (market == FIXTURE_PERP && flow->venues)
        flow_quote(flow);
    else
        fixture_marks(flow->fixture, market, *mark);
}

static void flow_flags(struct random_flow *flow, uint32_t user)
{
    const struct input_subaccount_set set = {
        .header = { .kind = INPUT_SUBACCOUNT_SET, .subaccount = fixture_subaccount(user) },
        .flags = (uint32_t)random_flow_draw(flow, SUBACCOUNT_FLAGS + 1), .name = "main" };

    fixture_add(flow->fixture, &set, sizeof set);
}

static void flow_lend(struct random_flow *flow, uint32_t user)
{
    const struct input_lend lend = { .header = { .kind = INPUT_LEND, .subaccount = fixture_subaccount(user) },
                                     .asset = (uint16_t)(1 + random_flow_draw(flow, 3)),
                                     .step = (uint8_t)(1 + random_flow_draw(flow, 4)),
                                     .amount = (int64_t)random_flow_draw(flow, chance(flow, 50) ? 3000000000 : 5000) };

    fixture_add(flow->fixture, &lend, sizeof lend);
}

static void flow_withdrawal(struct random_flow *flow, uint32_t user)
{
    struct input_withdraw ask = { .header = { .kind = INPUT_WITHDRAW, .subaccount = fixture_subaccount(user) },
                                  .asset = (uint16_t)(1 + random_flow_draw(flow, 3)), .apart = chance(flow, 20),
                                  .amount = (int64_t)(1 + random_flow_draw(flow, 500000000)) };
    struct input_withdrawal go_on = { .header = { .kind = INPUT_WITHDRAWAL }, .asset = ask.asset,
                                      .step = (uint8_t)(1 + random_flow_draw(flow, 3)) };

    snprintf((char *)ask.id, sizeof ask.id, "V%lu", (unsigned long)random_flow_draw(flow, 60));
    snprintf((char *)go_on.id, sizeof go_on.id, "V%lu", (unsigned long)random_flow_draw(flow, 60));
    if (chance(flow, 50))
        fixture_add(flow->fixture, &ask, sizeof ask);
    else
        fixture_add(flow->fixture, &go_on, sizeof go_on);
}

static void flow_delist(struct random_flow *flow)
{
    const struct input_delist delist = { .header = { .kind = INPUT_DELIST }, .market = FIXTURE_PERP,
                                         .at_ns = flow->fixture->time_ns + 2000000000 };

    fixture_add(flow->fixture, &delist, sizeof delist);
}

/* Mostly of one who has a debt. */
static void flow_debts(struct random_flow *flow, uint32_t user)
{
    const uint32_t debtor = flow->fixture->state->t->debtors;
    struct input_apart apart = { .header = { .kind = INPUT_APART, .subaccount = fixture_subaccount(user) },
                                 .amount = (int64_t)(1 + random_flow_draw(flow, 1000000000)) };
    struct input_write_off off = { .header = { .kind = INPUT_WRITE_OFF,
                                               .subaccount = fixture_subaccount(user) } };
    const struct input_dust dust = { .header = { .kind = INPUT_DUST, .subaccount = fixture_subaccount(user) },
                                     .asset = FIXTURE_ETH };

    if (debtor >= SYSTEM_SUBACCOUNTS && chance(flow, 80))
        apart.header.subaccount = off.header.subaccount = debtor;
    if (chance(flow, 40))
        fixture_add(flow->fixture, &apart, sizeof apart);
    else if (chance(flow, 70))
        fixture_add(flow->fixture, &off, sizeof off);
    else
        fixture_add(flow->fixture, &dust, sizeof dust);
}

/* What changes money but is no order; hours pass now and then. */
static void flow_treasury(struct random_flow *flow, uint32_t user)
{
    const bool delisted = flow->delist_at != 0 && flow->batches > flow->delist_at; /* debts can be done with */

    switch (delisted && chance(flow, 60) ? 2 : random_flow_draw(flow, 6)) {
    case 0:
        flow_flags(flow, user);
        break;
    case 1:
        flow_withdrawal(flow, user);
        break;
    case 2:
        flow_debts(flow, user);
        break;
    case 3:
        flow->fixture->time_ns += random_flow_draw(flow, chance(flow, 10) ? 5000 : 4) * 1000000000;
        if (flow->venues)
            flow_quote(flow);
        break;
    default:
        flow_lend(flow, user);
    }
}

static void flow_money(struct random_flow *flow, uint32_t user)
{
    struct input_withdraw withdraw = { .header = { .kind = INPUT_WITHDRAW, .subaccount = fixture_subaccount(user) },
                                       .asset = (uint16_t)(1 + random_flow_draw(flow, 3)),
                                       .amount = (int64_t)(1 + random_flow_draw(flow, 1000000000)) };

    snprintf((char *)withdraw.id, sizeof withdraw.id, "W%lu", (unsigned long)random_flow_draw(flow, 100000));
    if (chance(flow, 50))
        fixture_add(flow->fixture, &withdraw, sizeof withdraw);
    else
        fixture_deposit(flow->fixture, fixture_subaccount(user), withdraw.asset, withdraw.amount);
}

static void flow_switch(struct random_flow *flow, uint32_t user)
{
    struct input_kill kill = { .header = { .kind = INPUT_KILL }, .scope = (uint8_t)random_flow_draw(flow, 4),
                               .on = 1, .market = (uint16_t)(1 + random_flow_draw(flow, 2)), .target = user };
    struct input_session session = { .header = { .kind = INPUT_SESSION, .user = user },
                                     .up = (uint8_t)random_flow_draw(flow, 2), .cancel = 1 };
    struct input_mass_cancel mass = { .header = { .kind = INPUT_MASS_CANCEL, .user = user,
                                                  .subaccount = fixture_subaccount(user) },
                                      .scope = (uint8_t)random_flow_draw(flow, 3), .market = FIXTURE_PERP,
                                      .side = (uint8_t)random_flow_draw(flow, 2), .triggers_too = 1 };

    switch (random_flow_draw(flow, 3)) {
    case 0:
        if (kill.scope == KILL_ACCOUNT)
            kill.target++;
        fixture_add(flow->fixture, &kill, sizeof kill);
        kill.on = 0;
        fixture_add(flow->fixture, &kill, sizeof kill);
        break;
    case 1:
        fixture_add(flow->fixture, &session, sizeof session);
        break;
    default:
        fixture_add(flow->fixture, &mass, sizeof mass);
    }
}

/* A record of some kind with random bytes. */
static void flow_garbage(struct random_flow *flow)
{
    _Alignas(8) uint8_t bytes[256];
    struct input_header *input = (void *)bytes;
    static const uint16_t kinds[] = { INPUT_ORDER_NEW, INPUT_ORDER_REPLACE, INPUT_ORDER_CANCEL, INPUT_MASS_CANCEL,
                                      INPUT_ASSET_SET, INPUT_MARKS, INPUT_INDEX, INPUT_ACCOUNT_SET, INPUT_TRANSFER,
                                      INPUT_DEPOSIT, INPUT_WITHDRAW, INPUT_MARKET_SET, INPUT_SUBACCOUNT_SET,
                                      INPUT_WITHDRAWAL, INPUT_LEND, INPUT_APART, INPUT_WRITE_OFF, INPUT_DUST,
                                      INPUT_QUOTE, INPUT_POOL_SET, 9999 };
    static const uint16_t sizes[] = { 56, 56, 32, 24, sizeof(struct input_asset_set), 56, 32, 32, 32, 48, 48,
                                      sizeof(struct input_market_set), 48, 40, 32, 24, 16, 24, 48, 88, 24 };
    const uint64_t kind = random_flow_draw(flow, sizeof kinds / sizeof *kinds);

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = chance(flow, 70) ? 0 : (uint8_t)random_flow_draw(flow, 256);
    input->kind = kinds[kind];
    if (chance(flow, 80))
        input->user = kind < 4 ? 1 + (uint32_t)random_flow_draw(flow, flow->users) : 0;
    fixture_add(flow->fixture, bytes, sizes[kind]);
}

void random_flow_batch(struct random_flow *flow, uint32_t count)
{
    if (++flow->batches == flow->delist_at) { /* alone: time must not pass before it is told */
        flow_delist(flow);
        return;
    }
    if (flow->delist_at != 0 && flow->batches > flow->delist_at) /* ticks, to sell what debtors have */
        flow->fixture->time_ns += 1000000000;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t user = 1 + (uint32_t)random_flow_draw(flow, flow->users);
        const uint64_t what = random_flow_draw(flow, flow->money ? 1100 : 1000);

        if (what < 560)
            flow_order(flow, user);
        else if (what < 780)
            fixture_cancel(flow->fixture, user, flow_reference(flow, user))->quantity =
                chance(flow, 25) ? (int64_t)random_flow_draw(flow, 40) : 0;
        else if (what < 940)
            fixture_replace(flow->fixture, user, flow_reference(flow, user), flow_price(flow, FIXTURE_PERP),
                            (int64_t)(1 + random_flow_draw(flow, 80)));
        else if (what < 965)
            flow_marks(flow);
        else if (what < 980)
            flow_money(flow, user);
        else if (what < 985)
            flow_switch(flow, user);
        else if (what >= 1000)
            flow_treasury(flow, user);
        else
            flow_garbage(flow);
    }
}
