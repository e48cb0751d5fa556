#include "flow.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define RECENT 64u       /* cancels prefer the newest orders */
#define FEWEST 16u       /* least population of a market */
#define OWNERS 4096u     /* accounts that trade: an own order is met now and then */
#define MARK_EVERY 2048u /* commands between two marks of a market */

/* What comes next, in 1,024ths; what is left are adds. */
enum {
    SHARE_DELETE = 452,
    SHARE_REPLACE = 30,
    SHARE_REDUCE = 6,
    SHARE_TAKE = 36,
    SHARE_ODD = 1, /* sweeps, wild prices, mass cancels */
};

struct slot {
    uint32_t price;
    uint32_t place; /* in its market's list of orders to touch; NONE: it is not there */
    uint8_t generation;
    uint8_t market; /* counted from the flow's first */
    uint8_t side;
    uint8_t used;
};

struct market {
    uint32_t *live; /* slots of orders that may be touched */
    uint32_t count;
    uint32_t base, fair; /* ticks */
    uint32_t best[2];    /* as far as events have told; 0: none */
    uint64_t mean, fast; /* of the mark, ticks x 256 */
    uint32_t until_mark;
    uint32_t started; /* commands of the start given so far */
};

struct flow {
    struct flow_settings settings;
    uint64_t random;
    uint32_t now; /* the market of the burst */
    uint32_t reach; /* ticks from the fair price to the furthest order */
    uint32_t starting; /* markets that have started */
    struct slot *slot;
    uint32_t *spare;
    uint32_t spare_count;
    struct market *market;
    uint32_t *lists;
};

static uint64_t flow_random(struct flow *flow)
{
    uint64_t x = flow->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    flow->random = x;
    return x * 0x2545F4914F6CDD1Du;
}

/* A number below `limit` from 32 of the random bits. */
static uint32_t flow_below(uint64_t bits, uint32_t limit)
{
    return (uint32_t)((bits & UINT32_MAX) * limit >> 32);
}

static uint64_t flow_seed(uint64_t seed)
{
    uint64_t x = seed + 0x9E3779B97F4A7C15u;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    return x ? x : 1;
}

static bool flow_settings_good(const struct flow_settings *settings)
{
    return settings->markets >= 1 && settings->markets <= 256 && settings->first_market <= 256 - settings->markets &&
           settings->slots >= 64 * settings->markets && settings->slots <= CARD_SLOT_MAX + 1 &&
           settings->first_slot <= CARD_SLOT_MAX + 1 - settings->slots &&
           settings->tick_bits >= 6 && settings->tick_bits <= 24;
}

struct flow *flow_create(const struct flow_settings *settings)
{
    struct flow *flow = flow_settings_good(settings) ? calloc(1, sizeof *flow) : NULL;
    uint32_t half;

    if (flow == NULL)
        return NULL;
    half = (uint32_t)1 << (settings->tick_bits - 1);
    flow->settings = *settings;
    if (flow->settings.population == 0)
        flow->settings.population = 1000;
    if (flow->settings.population > settings->slots / settings->markets / 2)
        flow->settings.population = settings->slots / settings->markets / 2;
    if (flow->settings.population < FEWEST)
        flow->settings.population = FEWEST;
    flow->random = flow_seed(settings->seed);
    flow->reach = half / 2 < 256 ? half / 2 : 256;
    flow->slot = calloc(settings->slots, sizeof *flow->slot);
    flow->spare = calloc(settings->slots, sizeof *flow->spare);
    flow->market = calloc(settings->markets, sizeof *flow->market);
    flow->lists = calloc((size_t)settings->markets * settings->slots, sizeof *flow->lists);
    if (!flow->slot || !flow->spare || !flow->market || !flow->lists) {
        flow_destroy(flow);
        return NULL;
    }
    for (uint32_t slot = settings->slots; slot-- > 0;)
        flow->spare[flow->spare_count++] = slot;
    for (uint32_t i = 0; i < settings->markets; i++) {
        struct market *market = &flow->market[i];

        market->live = flow->lists + (size_t)i * settings->slots;
        market->base = (600000u + 5000u * i) / CARD_WINDOW_ALIGN * CARD_WINDOW_ALIGN;
        market->fair = market->base + half;
        market->mean = market->fast = (uint64_t)market->fair * CARD_FIXED_ONE;
        market->until_mark = MARK_EVERY / 2 + flow_below(flow_random(flow), MARK_EVERY);
    }
    return flow;
}

void flow_destroy(struct flow *flow)
{
    if (flow == NULL)
        return;
    free(flow->slot);
    free(flow->spare);
    free(flow->market);
    free(flow->lists);
    free(flow);
}

uint64_t flow_start_commands(const struct flow *flow)
{
    return (uint64_t)flow->settings.markets * (2 + flow->settings.population);
}

static void flow_list(struct flow *flow, uint32_t slot)
{
    struct market *market = &flow->market[flow->slot[slot].market];

    flow->slot[slot].place = market->count;
    market->live[market->count++] = slot;
}

static void flow_unlist(struct flow *flow, uint32_t slot)
{
    struct market *market = &flow->market[flow->slot[slot].market];
    uint32_t place = flow->slot[slot].place;
    uint32_t last;

    if (place == NONE)
        return;
    last = market->live[--market->count];
    market->live[place] = last;
    flow->slot[last].place = place;
    flow->slot[slot].place = NONE;
}

static void flow_address(const struct flow *flow, struct card_command *command, enum card_code code, uint32_t slot)
{
    command->code = (uint8_t)code;
    command->slot = flow->settings.first_slot + slot;
    command->generation = flow->slot[slot].generation;
    command->order.price = flow->slot[slot].price;
}

/* How far behind the touch: mostly near, seldom far, as in real books. */
static uint32_t flow_distance(const struct flow *flow, uint64_t bits)
{
    uint32_t kind = (uint32_t)(bits >> 32 & 15);
    uint32_t most = kind < 2 ? 1 : kind < 6 ? 4 : kind < 11 ? 16 : kind < 14 ? 64 : 256;

    return flow_below(bits, most < flow->reach ? most : flow->reach);
}

static uint32_t flow_passive_price(const struct flow *flow, const struct market *market, enum card_side side,
                                   uint64_t bits)
{
    uint32_t distance = flow_distance(flow, bits);
    uint32_t price = side == CARD_SIDE_BUY ? market->fair - 1 - distance : market->fair + 1 + distance;

    if (side == CARD_SIDE_BUY && market->best[CARD_SIDE_SELL] && price >= market->best[CARD_SIDE_SELL])
        price = market->best[CARD_SIDE_SELL] - 1 - distance;
    if (side == CARD_SIDE_SELL && market->best[CARD_SIDE_BUY] && price <= market->best[CARD_SIDE_BUY])
        price = market->best[CARD_SIDE_BUY] + 1 + distance;
    return price;
}

static uint32_t flow_quantity(uint64_t bits)
{
    uint32_t kind = (uint32_t)(bits >> 32 & 7);

    return kind < 4 ? 100 : 1 + flow_below(bits, kind < 6 ? 100 : 500);
}

/* An order in a fresh slot; it may rest or take. */
static void flow_enter(struct flow *flow, struct card_command *command, uint32_t price, unsigned flags,
                       uint32_t quantity, bool listed)
{
    uint32_t number = (uint32_t)(command->market - flow->settings.first_market);
    uint32_t slot = flow->spare[--flow->spare_count];
    struct slot *order = &flow->slot[slot];

    order->price = price;
    order->generation++;
    order->market = (uint8_t)number;
    order->side = flags & CARD_ORDER_SIDE_MASK;
    order->used = 1;
    order->place = NONE;
    if (listed)
        flow_list(flow, slot);
    flow_address(flow, command, CARD_CODE_NEW, slot);
    command->flags = (uint16_t)flags;
    command->order.owner = 1 + flow_below(flow_random(flow), OWNERS);
    command->order.quantity = quantity;
}

static void flow_add(struct flow *flow, struct card_command *command, const struct market *market, uint64_t bits)
{
    enum card_side side = (enum card_side)(bits >> 63);
    unsigned flags = side;

    if ((bits >> 60 & 7) == 0)
        flags |= CARD_ORDER_POST_ONLY_MASK;
    flow_enter(flow, command, flow_passive_price(flow, market, side, bits), flags, flow_quantity(bits >> 16), true);
}

/* An order that takes: IOC at the touch as far as it is known, sometimes FOK, sometimes a market order. */
static void flow_take(struct flow *flow, struct card_command *command, const struct market *market, uint64_t bits)
{
    enum card_side side = (enum card_side)(bits >> 63);
    uint32_t touch = market->best[side == CARD_SIDE_BUY ? CARD_SIDE_SELL : CARD_SIDE_BUY];
    uint32_t kind = (uint32_t)(bits >> 58 & 15);
    unsigned flags = side | (kind == 0 ? CARD_TIF_FOK : CARD_TIF_IOC) << CARD_ORDER_TIF_SHIFT;
    uint32_t price = touch ? touch : market->fair;

    price = side == CARD_SIDE_BUY ? price + (kind & 1) : price - (kind & 1);
    if (kind >= 12) {
        flags |= CARD_ORDER_MARKET_ORDER_MASK;
        price = 0;
    }
    flags |= (kind % 3) << CARD_ORDER_STP_SHIFT; /* every self-trade prevention there is */
    flow_enter(flow, command, price, flags, 1 + flow_below(bits >> 16, 90), false);
}

/* What happens seldom: a sweep that bands stop, a price that no one means, a mass cancel of a few orders. */
static void flow_odd(struct flow *flow, struct card_command *command, const struct market *market, uint64_t bits)
{
    enum card_side side = (enum card_side)(bits >> 63);
    uint32_t kind = (uint32_t)(bits >> 56 & 15);
    uint32_t far = market->fair / 8;

    if (kind < 2)
        flow_enter(flow, command, 0, side | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT | CARD_ORDER_MARKET_ORDER_MASK,
                   10000 + flow_below(bits, 20000), false);
    else if (kind < 14)
        flow_enter(flow, command, side == CARD_SIDE_BUY ? market->fair - far : market->fair + far, side,
                   flow_quantity(bits), true);
    else {
        command->code = CARD_CODE_CANCEL_MANY;
        command->order.count = 1 + flow_below(bits, 8);
    }
}

/* An order to touch: mostly a new one. */
static uint32_t flow_choose(const struct market *market, uint64_t bits)
{
    uint32_t among = bits >> 63 && market->count > RECENT ? RECENT : market->count;

    return market->live[market->count - 1 - flow_below(bits, among)];
}

static void flow_replace(struct flow *flow, struct card_command *command, const struct market *market, uint64_t bits)
{
    uint32_t slot = flow_choose(market, bits);
    struct slot *order = &flow->slot[slot];

    flow_address(flow, command, CARD_CODE_REPLACE, slot);
    command->order.new_price = order->price;
    if (bits >> 40 & 3) {
        command->order.new_price = flow_passive_price(flow, market, (enum card_side)order->side, bits >> 8);
        command->order.quantity = (int64_t)(bits >> 44 & 63) - 32;
    } else {
        command->order.quantity = -(int64_t)(1 + (bits >> 44 & 15));
    }
    command->new_generation = ++order->generation; /* if it is refused, the event says so */
    order->price = command->order.new_price;
}

static void flow_touch(struct flow *flow, struct card_command *command, const struct market *market,
                       enum card_code code, uint64_t bits)
{
    uint32_t slot = flow_choose(market, bits);

    flow_address(flow, command, code, slot);
    if (code == CARD_CODE_CANCEL)
        flow_unlist(flow, slot);
    else
        command->order.quantity = 1 + (int64_t)(bits >> 40 & 15);
}

/* Marks follow the fair price, their means lag behind; now and then the index is off for a while. */
static void flow_mark(struct flow *flow, struct card_command *command, struct market *market)
{
    uint64_t bits = flow_random(flow);
    uint64_t mark = (uint64_t)market->fair * CARD_FIXED_ONE + (bits & 255);

    market->mean = (market->mean * 15 + mark) / 16;
    market->fast = (market->fast + mark) / 2;
    market->until_mark = MARK_EVERY;
    command->code = CARD_CODE_SET_MARK;
    command->mark.present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_MARK_MASK |
                            CARD_PRESENT_FAST_MEAN_MARK_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK;
    command->mark.mark = mark;
    command->mark.index = (bits >> 8 & 15) ? mark : bits >> 12 & 1 ? mark + mark / 900 : mark - mark / 900;
    command->mark.mean_mark = market->mean;
    command->mark.fast_mean_mark = market->fast;
    command->mark.mean_premium = (int32_t)(bits >> 16 & 63) - 32;
}

/* Bands narrow enough to bite: an impact of 6 ticks in 660,000 or so, a mean mark of 100, a premium of 1 in 1,000. */
static void flow_configure(struct card_command *command, const struct market *market)
{
    command->code = CARD_CODE_CONFIGURE;
    command->configure.base = market->base;
    command->configure.state = CARD_STATE_OPEN;
    command->configure.bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK | CARD_BANDS_PREMIUM_MASK;
    command->configure.limit_min = 950000;
    command->configure.limit_max = 1050000;
    command->configure.impact_min = 999991;
    command->configure.impact_max = 1000009;
    command->configure.mean_min = 999840;
    command->configure.mean_max = 1000160;
    command->configure.tolerance = 1000;
}

/* The fair price walks; near the window's edges it turns back. */
static void flow_walk(struct flow *flow, struct market *market, uint64_t bits)
{
    uint32_t ticks = (uint32_t)1 << flow->settings.tick_bits;
    uint32_t at = market->fair - market->base;

    if (bits & 127)
        return;
    if (at < ticks / 4)
        market->fair++;
    else if (at > ticks - ticks / 4)
        market->fair--;
    else
        market->fair += bits >> 7 & 1 ? 1u : -1u;
}

static void flow_order(struct flow *flow, struct card_command *command, struct market *market)
{
    uint64_t bits = flow_random(flow);
    uint32_t share = (uint32_t)(bits >> 20 & 1023);
    uint64_t more = flow_random(flow);
    bool full = flow->spare_count == 0 || market->count > flow->settings.population * 5 / 4;

    flow_walk(flow, market, bits);
    if (market->count < flow->settings.population / 2)
        share = 1023;
    else if (full && share >= SHARE_DELETE + SHARE_REPLACE + SHARE_REDUCE)
        share = 0;
    if (share < SHARE_DELETE)
        flow_touch(flow, command, market, CARD_CODE_CANCEL, more);
    else if ((share -= SHARE_DELETE) < SHARE_REPLACE)
        flow_replace(flow, command, market, more);
    else if ((share -= SHARE_REPLACE) < SHARE_REDUCE)
        flow_touch(flow, command, market, CARD_CODE_REDUCE, more);
    else if (flow->spare_count == 0)
        command->code = CARD_CODE_FENCE;
    else if ((share -= SHARE_REDUCE) < SHARE_TAKE)
        flow_take(flow, command, market, more);
    else if ((share - SHARE_TAKE) < SHARE_ODD)
        flow_odd(flow, command, market, more);
    else
        flow_add(flow, command, market, more);
}

static void flow_make(struct flow *flow, struct card_command *command)
{
    struct market *market;

    memset(command, 0, sizeof *command);
    if (flow->starting < flow->settings.markets)
        flow->now = flow->starting;
    else if ((flow_random(flow) & 7) == 0)
        flow->now = flow_below(flow_random(flow), flow->settings.markets);
    market = &flow->market[flow->now];
    command->market = (uint8_t)(flow->settings.first_market + flow->now);
    if (market->started < 2 + flow->settings.population) {
        if (market->started == 0)
            flow_mark(flow, command, market);
        else if (market->started == 1)
            flow_configure(command, market);
        else
            flow_add(flow, command, market, flow_random(flow));
        if (++market->started == 2 + flow->settings.population)
            flow->starting++;
    } else if (--market->until_mark == 0) {
        flow_mark(flow, command, market);
    } else {
        flow_order(flow, command, market);
    }
}

void flow_next(struct flow *flow, struct card_command *commands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        flow_make(flow, &commands[i]);
}

static void flow_gone(struct flow *flow, uint64_t card_slot)
{
    uint64_t slot = card_slot - flow->settings.first_slot;

    if (slot >= flow->settings.slots || !flow->slot[slot].used)
        return;
    flow_unlist(flow, (uint32_t)slot);
    flow->slot[slot].used = 0;
    flow->spare[flow->spare_count++] = (uint32_t)slot;
}

/* A refused newcomer is gone; a refused replace leaves the order as it was; a cancel that missed because of such a
 * replace just before it leaves an order that must be touched again. */
static void flow_refused(struct flow *flow, const struct card_command *command, const struct card_event *event)
{
    uint32_t slot = command->slot - flow->settings.first_slot;
    struct slot *order = &flow->slot[slot];
    uint8_t ahead;

    if (slot >= flow->settings.slots)
        return;
    ahead = (uint8_t)(command->generation - order->generation);
    if (command->code == CARD_CODE_NEW) {
        flow_gone(flow, command->slot);
    } else if (command->code == CARD_CODE_REPLACE && card_event_reason(event) != CARD_REASON_STALE_ORDER) {
        order->generation = command->generation;
        order->price = command->order.price;
    } else if (command->code == CARD_CODE_CANCEL && order->used && order->place == NONE && ahead > 0 && ahead < 128) {
        flow_list(flow, slot);
    }
}

void flow_event(struct flow *flow, const struct card_command *command, const struct card_event *event)
{
    uint32_t number = (uint32_t)(command->market - flow->settings.first_market);

    if (card_event_level_valid(event) && number < flow->settings.markets)
        flow->market[number].best[card_event_side(event)] = (uint32_t)card_event_best_price(event);
    switch (card_event_kind(event)) {
    case CARD_KIND_FILL:
        if (card_event_maker_remaining(event) == 0)
            flow_gone(flow, card_event_maker_slot(event));
        if (card_event_last(event))
            flow_gone(flow, card_event_taker_slot(event));
        break;
    case CARD_KIND_REMOVED:
        if (card_event_reason(event) != CARD_REASON_REPLACED)
            flow_gone(flow, card_event_maker_slot(event));
        break;
    case CARD_KIND_EXPIRED:
    case CARD_KIND_PARKED:
        flow_gone(flow, card_event_taker_slot(event));
        break;
    case CARD_KIND_REJECTED:
        flow_refused(flow, command, event);
        break;
    default:
        break;
    }
}
