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
    const int64_t lots = (int64_t)(1 + random_flow_draw(flow, chance(flow, 5) ? 2000 : 60));
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

    *mark = *mark - step + (uint32_t)random_flow_draw(flow, 2 * step + 1);
    if (*mark < (market == FIXTURE_PERP ? 50000u : 1000u))
        *mark = market == FIXTURE_PERP ? 60000 : 1200;
    fixture_marks(flow->fixture, market, *mark);
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
    _Alignas(8) uint8_t bytes[192];
    struct input_header *input = (void *)bytes;
    static const uint16_t kinds[] = { INPUT_ORDER_NEW, INPUT_ORDER_REPLACE, INPUT_ORDER_CANCEL, INPUT_MASS_CANCEL,
                                      INPUT_ASSET_SET, INPUT_MARKS, INPUT_INDEX, INPUT_ACCOUNT_SET, INPUT_TRANSFER,
                                      INPUT_DEPOSIT, INPUT_WITHDRAW, INPUT_MARKET_SET, 9999 };
    static const uint16_t sizes[] = { 56, 56, 32, 24, 96, 56, 32, 32, 32, 48, 48, 168, 24 };
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
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t user = 1 + (uint32_t)random_flow_draw(flow, flow->users);
        const uint64_t what = random_flow_draw(flow, 1000);

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
        else
            flow_garbage(flow);
    }
}
