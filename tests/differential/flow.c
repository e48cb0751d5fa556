#include "flow.h"

#include <stdlib.h>
#include <string.h>

enum { MARKETS_MAX = 256 };

/* An order that rests, as the answers tell it. */
struct resting {
    bool live;
    uint8_t generation;
    uint8_t market;
    bool sell;
    uint32_t price;
    uint64_t open;
    uint32_t at; /* its place in `live` */
};

struct flow {
    uint64_t random;
    uint32_t markets, orders, tick_bits;
    uint16_t session;
    struct resting *order;
    uint32_t *live; /* slots in use, in no order */
    uint32_t live_count;
    uint32_t base[MARKETS_MAX];
    uint32_t centre[MARKETS_MAX];
    uint8_t window_log2[MARKETS_MAX]; /* as configured: 0 for the card's */
    uint32_t setup; /* commands of the opening sequence already sent */
    uint32_t tag;
    struct card_command queued[64]; /* sent before anything new is thought of */
    uint32_t queued_count, queued_next;
    /* what kind of seed this is */
    uint32_t spread;        /* ticks around the centre in which orders are entered */
    uint32_t add_weight;    /* of new orders against cancels */
    uint32_t band_width;    /* millionths */
    uint32_t owners;
    uint32_t big_in_256;    /* quantities near the largest */
    bool quiet;             /* no configure, shift, set_mark after the opening: long undisturbed stretches */
};

static uint64_t next_random(struct flow *flow)
{
    uint64_t z = flow->random += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

/* 0 .. bound - 1 */
static uint32_t pick(struct flow *flow, uint32_t bound)
{
    return (uint32_t)((next_random(flow) >> 32) * bound >> 32);
}

static bool chance(struct flow *flow, uint32_t in_256)
{
    return pick(flow, 256) < in_256;
}

static uint32_t window(const struct flow *flow)
{
    return 1u << flow->tick_bits;
}

static uint32_t window_of(const struct flow *flow, uint32_t market)
{
    return flow->window_log2[market] ? 1u << flow->window_log2[market] : window(flow);
}

struct flow *flow_create(uint64_t seed, uint32_t markets, uint32_t orders, uint32_t tick_bits, uint16_t session)
{
    struct flow *flow = calloc(1, sizeof *flow);
    if (!flow)
        return NULL;
    flow->random = seed;
    flow->markets = markets;
    flow->orders = orders;
    flow->tick_bits = tick_bits;
    flow->session = session;
    flow->order = calloc(orders, sizeof *flow->order);
    flow->live = calloc(orders, sizeof *flow->live);
    if (!flow->order || !flow->live) {
        flow_destroy(flow);
        return NULL;
    }
    static const uint32_t spreads[] = {1, 2, 3, 8, 20, 60, 150, 600};
    flow->spread = spreads[pick(flow, 8)];
    if (flow->spread > window(flow) / 2)
        flow->spread = window(flow) / 2;
    flow->add_weight = 20 + pick(flow, 60);
    flow->band_width = 1u << (6 + pick(flow, 14));
    flow->owners = 1 + pick(flow, 6);
    flow->big_in_256 = pick(flow, 4) ? 4 : 200;
    flow->quiet = pick(flow, 3) == 0;
    for (uint32_t m = 0; m < markets; m++) {
        switch (pick(flow, 6)) {
        case 0: flow->base[m] = 0; break;
        case 1: flow->base[m] = (uint32_t)(0x100000000ull - window(flow)); break;
        case 2: flow->base[m] = 64 * pick(flow, 3); break;
        default: flow->base[m] = (pick(flow, 0x7FFFFFFF) >> pick(flow, 20)) & ~63u; break;
        }
        flow->centre[m] = flow->base[m] + 1 + pick(flow, window(flow) - 1);
        if (flow->base[m] <= 64 && window(flow) > 64)
            flow->centre[m] = 100; /* where round multipliers hit whole ticks */
    }
    return flow;
}

void flow_destroy(struct flow *flow)
{
    if (!flow)
        return;
    free(flow->order);
    free(flow->live);
    free(flow);
}

static uint32_t some_price(struct flow *flow, uint32_t market)
{
    uint32_t base = flow->base[market];
    switch (pick(flow, 40)) {
    case 0: return base + pick(flow, window_of(flow, market));
    case 1: return base - 1 - pick(flow, 3);
    case 2: return base + window_of(flow, market) + pick(flow, 3);
    case 3: return pick(flow, 2) ? base : base + window_of(flow, market) - 1;
    case 4: return pick(flow, 3) ? (uint32_t)next_random(flow) : pick(flow, 2) ? 0u : 0xFFFFFFFFu;
    default: return flow->centre[market] + pick(flow, 2 * flow->spread + 1) - flow->spread;
    }
}

static uint64_t some_quantity(struct flow *flow)
{
    if (chance(flow, flow->big_in_256))
        return CARD_QUANTITY_MAX - pick(flow, 3);
    if (chance(flow, 2))
        return pick(flow, 2) ? 0 : CARD_QUANTITY_MAX + 1 + pick(flow, 2);
    return 1 + pick(flow, pick(flow, 2) ? 6 : 40);
}

static uint16_t some_flags(struct flow *flow, bool may_market)
{
    uint32_t flags = pick(flow, 3) << CARD_ORDER_STP_SHIFT;
    if (chance(flow, 4))
        return (uint16_t)next_random(flow);
    if (may_market && chance(flow, 25))
        flags |= CARD_ORDER_MARKET_ORDER_MASK | (1 + pick(flow, 2)) << CARD_ORDER_TIF_SHIFT;
    else
        switch (pick(flow, 10)) {
        case 0: case 1: flags |= CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT; break;
        case 2: flags |= CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT; break;
        case 3: flags |= CARD_ORDER_POST_ONLY_MASK; break;
        default: break;
        }
    if (chance(flow, 20))
        flags |= CARD_ORDER_LIQUIDATION_MASK;
    return (uint16_t)flags;
}

static uint32_t free_slot(struct flow *flow)
{
    uint32_t slot = pick(flow, flow->orders);
    for (int tries = 0; tries < 8 && flow->order[slot].live; tries++)
        slot = pick(flow, flow->orders);
    return slot;
}

/* The handle of a resting order, now and then a wrong one. */
static struct resting *name_order(struct flow *flow, struct card_command *command)
{
    if (!flow->live_count) {
        command->slot = pick(flow, flow->orders);
        return NULL;
    }
    uint32_t slot = flow->live[pick(flow, flow->live_count)];
    struct resting *order = &flow->order[slot];
    command->slot = slot;
    command->generation = order->generation;
    command->market = order->market;
    command->order.price = order->price;
    if (chance(flow, 10))
        switch (pick(flow, 4)) {
        case 0: command->generation++; break;
        case 1: command->order.price += pick(flow, 2) ? 1u : window(flow); break;
        case 2: command->market = (uint8_t)pick(flow, flow->markets); break;
        default: command->slot = pick(flow, flow->orders); break;
        }
    return order;
}

static void make_new(struct flow *flow, struct card_command *command, enum card_code code)
{
    command->code = (uint8_t)code;
    command->slot = chance(flow, 6) && flow->live_count ? flow->live[pick(flow, flow->live_count)] : free_slot(flow);
    command->generation = (uint8_t)next_random(flow);
    command->order.owner = chance(flow, 1) ? (uint32_t)next_random(flow) : pick(flow, flow->owners);
    command->order.price = some_price(flow, command->market);
    command->order.quantity = (int64_t)some_quantity(flow);
    command->flags = code == CARD_CODE_PLACE ? 0 : some_flags(flow, true);
    if (code == CARD_CODE_PLACE && chance(flow, 3))
        command->flags = (uint16_t)next_random(flow);
    if (pick(flow, 2))
        command->flags ^= CARD_ORDER_SIDE_MASK;
    /* lean to the passive side, or nothing would ever rest */
    if (pick(flow, 3) && command->order.price - flow->base[command->market] < window(flow)) {
        bool above = command->order.price >= flow->centre[command->market];
        command->flags = (uint16_t)((command->flags & ~CARD_ORDER_SIDE_MASK) | (above ? CARD_ORDER_SIDE_MASK : 0));
    }
}

static void make_replace(struct flow *flow, struct card_command *command)
{
    command->code = CARD_CODE_REPLACE;
    struct resting *order = name_order(flow, command);
    command->new_generation = (uint8_t)next_random(flow);
    command->flags = some_flags(flow, chance(flow, 2));
    command->order.new_price = pick(flow, 3) ? some_price(flow, command->market) : command->order.price;
    int64_t open = order ? (int64_t)order->open : 1;
    switch (pick(flow, 8)) {
    case 0: command->order.quantity = -open - (int64_t)pick(flow, 2); break;
    case 1: command->order.quantity = 0; break;
    case 2: case 3: command->order.quantity = -(int64_t)pick(flow, (uint32_t)(open > 1000 ? 1000 : open) + 1); break;
    case 4: command->order.quantity = (int64_t)(CARD_QUANTITY_MAX - (uint64_t)open) + (int64_t)pick(flow, 3) - 1; break;
    default: command->order.quantity = (int64_t)pick(flow, 12); break;
    }
    if (chance(flow, 2))
        command->order.quantity = (int64_t)next_random(flow) >> pick(flow, 40);
}

static uint32_t some_multiplier(struct flow *flow, bool upper)
{
    if (chance(flow, 6))
        return pick(flow, CARD_MULTIPLIER_MAX + (chance(flow, 20) ? 2u : 1u));
    uint32_t width = pick(flow, flow->band_width + 1);
    if (chance(flow, 100)) /* round ones, so that prices fall just on a bound */
        width = (pick(flow, 2) ? 10000 : 15625) * pick(flow, 8);
    bool crossed = chance(flow, 12);
    if (upper != crossed)
        return CARD_MULTIPLIER_ONE + width;
    return CARD_MULTIPLIER_ONE - (width > CARD_MULTIPLIER_ONE ? 0 : width);
}

static void make_configure(struct flow *flow, struct card_command *command)
{
    command->code = CARD_CODE_CONFIGURE;
    uint32_t base = flow->base[command->market];
    command->configure.base = chance(flow, 30) ? base + (pick(flow, 5) - 2) * (chance(flow, 30) ? 1u : 64u) : base;
    command->configure.window_log2 = flow->window_log2[command->market];
    if (chance(flow, 16))
        command->configure.window_log2 = (uint8_t)(pick(flow, 4) ? 5 + pick(flow, flow->tick_bits - 3) : 0);
    command->configure.state = pick(flow, 4) ? CARD_STATE_OPEN : (uint8_t)pick(flow, chance(flow, 8) ? 256 : 5);
    command->configure.bands = (uint8_t)pick(flow, chance(flow, 4) ? 256 : 8);
    command->configure.limit_min = some_multiplier(flow, false);
    command->configure.limit_max = some_multiplier(flow, true);
    command->configure.impact_min = some_multiplier(flow, false);
    command->configure.impact_max = some_multiplier(flow, true);
    command->configure.mean_min = some_multiplier(flow, false);
    command->configure.mean_max = some_multiplier(flow, true);
    command->configure.tolerance = pick(flow, chance(flow, 8) ? 1u << 24 : flow->band_width + 1);
}

static uint64_t some_mark(struct flow *flow, uint32_t market)
{
    if (chance(flow, 4))
        return next_random(flow) >> pick(flow, 40);
    uint64_t near = (uint64_t)flow->centre[market] * CARD_FIXED_ONE + pick(flow, 2 * 256 * flow->spread + 1);
    uint64_t back = 256ull * flow->spread;
    return near > back ? near - back : 1;
}

static void make_mark(struct flow *flow, struct card_command *command, bool all)
{
    command->code = CARD_CODE_SET_MARK;
    command->mark.present = all ? 31 : pick(flow, chance(flow, 8) ? 64 : 32);
    command->mark.mark = some_mark(flow, command->market);
    command->mark.index = some_mark(flow, command->market);
    command->mark.mean_mark = some_mark(flow, command->market);
    command->mark.fast_mean_mark = some_mark(flow, command->market);
    uint32_t width = chance(flow, 10) ? 1u << 22 : flow->band_width + 1;
    command->mark.mean_premium = (int32_t)pick(flow, 2 * width) - (int32_t)width;
}

static void queue_read_back(struct flow *flow)
{
    uint32_t count = 0;
    struct card_command command = {.session = flow->session, .code = CARD_CODE_READ};
    command.market = (uint8_t)pick(flow, flow->markets);
    command.order.count = CARD_READ_DIGEST;
    flow->queued[count++] = command;
    for (; count < 40; count++) {
        command.order.count = count < 24 ? CARD_READ_LEVEL : CARD_READ_ORDER;
        command.order.price = some_price(flow, command.market);
        command.slot = flow->orders <= 16 ? count - 24 : pick(flow, flow->orders + (chance(flow, 3) ? 1u : 0u));
        flow->queued[count] = command;
    }
    flow->queued_count = count;
    flow->queued_next = 0;
}

static void make_rare(struct flow *flow, struct card_command *command)
{
    switch (pick(flow, 24)) {
    case 0: case 1: case 2:
        command->code = CARD_CODE_CANCEL_MANY;
        command->order.count = pick(flow, 2) ? pick(flow, 5) : pick(flow, 2) ? 1000000 : (uint32_t)next_random(flow);
        break;
    case 3: case 4: case 5:
        if (!flow->quiet)
            make_configure(flow, command);
        else
            command->code = CARD_CODE_FENCE;
        break;
    case 6: case 7: case 8: case 9:
        if (!flow->quiet)
            make_mark(flow, command, false);
        else
            command->code = CARD_CODE_FENCE;
        break;
    case 10:
        command->code = CARD_CODE_FENCE;
        break;
    case 11: case 12: case 13:
        make_new(flow, command, CARD_CODE_PLACE);
        break;
    case 14: case 15: case 16:
        command->code = CARD_CODE_PULL;
        name_order(flow, command);
        break;
    case 17: case 18:
        command->code = CARD_CODE_SET_LAST;
        command->order.price = pick(flow, 6) ? some_price(flow, command->market) : 0;
        break;
    case 19: case 20:
        command->code = CARD_CODE_SHIFT;
        command->configure.base = flow->base[command->market] + (pick(flow, 5) - 2) * (chance(flow, 20) ? 1u : 64u);
        if (chance(flow, 10))
            command->configure.base = (uint32_t)next_random(flow) & ~63u;
        break;
    case 21: case 22:
        queue_read_back(flow);
        command->code = CARD_CODE_FENCE;
        break;
    default:
        if (pick(flow, 12) == 0) {
            command->code = CARD_CODE_RESET;
            command->reset.next_session = pick(flow, 6) ? (uint16_t)next_random(flow) : flow->session;
        } else if (pick(flow, 3)) {
            for (unsigned i = 0; i < sizeof command->bytes; i++)
                command->bytes[i] = (uint8_t)next_random(flow);
            command->code = (uint8_t)pick(flow, chance(flow, 128) ? 256 : 14);
            command->market = (uint8_t)pick(flow, flow->markets + 1);
            command->slot = pick(flow, flow->orders + 1);
            command->flags = (uint16_t)next_random(flow);
        } else
            command->session++;
        break;
    }
}

/* Every market gets marks and an open book before anything else. */
static bool open_market(struct flow *flow, struct card_command *command)
{
    uint32_t step = flow->setup;
    if (step >= 2 * flow->markets)
        return false;
    flow->setup++;
    command->market = (uint8_t)(step / 2);
    if (step % 2 == 0) {
        make_mark(flow, command, true);
        command->mark.mean_premium = 0;
        if (!command->mark.mark || command->mark.mark > CARD_FIXED_MAX)
            command->mark.mark = 256;
        return true;
    }
    make_configure(flow, command);
    command->configure.base = flow->base[command->market];
    command->configure.state = CARD_STATE_OPEN;
    uint32_t above = flow->centre[command->market] - flow->base[command->market];
    if (pick(flow, 3) == 0 && flow->tick_bits > 6 && above < window(flow) / 2)
        command->configure.window_log2 = (uint8_t)(flow->tick_bits - 1);
    return true;
}

void flow_next(struct flow *flow, struct card_command *command)
{
    if (flow->queued_next < flow->queued_count) {
        *command = flow->queued[flow->queued_next++];
        command->session = flow->session;
        command->tag = flow->tag++;
        return;
    }
    memset(command, 0, sizeof *command);
    command->session = flow->session;
    command->tag = flow->tag++;
    if (open_market(flow, command))
        return;
    command->market = (uint8_t)pick(flow, flow->markets > 1 && chance(flow, 128) ? flow->markets : 1);
    uint32_t choice = pick(flow, 100);
    if (choice < flow->add_weight)
        make_new(flow, command, CARD_CODE_NEW);
    else if (choice < 86) {
        switch (pick(flow, 8)) {
        case 0: case 1:
            command->code = CARD_CODE_REDUCE;
            name_order(flow, command);
            command->order.quantity = (int64_t)some_quantity(flow);
            break;
        case 2: case 3: make_replace(flow, command); break;
        default:
            command->code = CARD_CODE_CANCEL;
            name_order(flow, command);
            break;
        }
    } else if (choice < 95)
        make_replace(flow, command);
    else
        make_rare(flow, command);
}

static void forget(struct flow *flow, uint32_t slot)
{
    struct resting *order = &flow->order[slot];
    if (!order->live)
        return;
    order->live = false;
    uint32_t moved = flow->live[--flow->live_count];
    flow->live[order->at] = moved;
    flow->order[moved].at = order->at;
}

static void remember(struct flow *flow, uint32_t slot, const struct resting *order)
{
    forget(flow, slot);
    flow->order[slot] = *order;
    flow->order[slot].live = true;
    flow->order[slot].at = flow->live_count;
    flow->live[flow->live_count++] = slot;
}

static void flow_done(struct flow *flow, const struct card_command *command)
{
    if (command->code == CARD_CODE_CONFIGURE || command->code == CARD_CODE_SHIFT) {
        uint32_t moved = command->configure.base - flow->base[command->market];
        if (command->code == CARD_CODE_CONFIGURE)
            flow->window_log2[command->market] = command->configure.window_log2;
        flow->base[command->market] += moved;
        flow->centre[command->market] += moved;
    } else if (command->code == CARD_CODE_RESET) {
        flow->session = command->reset.next_session;
        while (flow->live_count)
            forget(flow, flow->live[0]);
        memset(flow->window_log2, 0, sizeof flow->window_log2);
        flow->setup = 0;
        flow->queued_count = flow->queued_next = 0;
    }
}

void flow_answer(struct flow *flow, const struct card_command *command, const struct card_event *event)
{
    uint32_t taker = (uint32_t)card_event_taker_slot(event), maker = (uint32_t)card_event_maker_slot(event);
    switch (card_event_kind(event)) {
    case CARD_KIND_RESTED: {
        struct resting order = {
            .generation = (uint8_t)card_event_taker_generation(event),
            .market = (uint8_t)card_event_market(event),
            .sell = card_event_side(event),
            .price = (uint32_t)card_event_price(event),
            .open = card_event_quantity(event),
        };
        remember(flow, taker, &order);
        break;
    }
    case CARD_KIND_FILL:
    case CARD_KIND_REMOVED:
    case CARD_KIND_REDUCED:
        flow->order[maker].open = card_event_maker_remaining(event);
        if (command->code == CARD_CODE_REPLACE && card_event_kind(event) == CARD_KIND_REDUCED)
            flow->order[maker].generation = (uint8_t)card_event_taker_generation(event);
        if (!card_event_maker_remaining(event))
            forget(flow, maker);
        break;
    case CARD_KIND_DONE:
        flow_done(flow, command);
        break;
    default:
        break;
    }
}
