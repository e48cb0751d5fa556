/* Random commands on a small card. A list of orders is kept from the events alone; every event must follow from it:
 * price-time
 * priority, quantities that add up, levels and touch, no fill beyond a limit, one `last` a command, a gapless
 * sequence. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

enum { COMMANDS = 200000, SLOTS = 48, WINDOW = 128, OWNERS = 5, MARKET_COUNT = 3 };

struct entry {
    uint64_t quantity; /* 0: free */
    uint64_t since;    /* grows with time */
    uint32_t price, owner;
    uint8_t generation, side, market;
};

struct world {
    struct model *model;
    uint64_t seed;
    struct entry entries[SLOTS];
    uint32_t bases[MARKET_COUNT];
    uint64_t clock;
    uint32_t sequence;
    uint16_t session;
    uint64_t kinds[32], reasons[32]; /* how often each was seen */
    /* The command under way: */
    struct card_command command;
    uint32_t owner, limit; /* of its order; limit 0: none */
    uint8_t side, generation;
    uint64_t open; /* what of it is open */
    uint64_t events;
    uint32_t removed;
    int ended;
};

static uint64_t draw(struct world *world, uint64_t below)
{
    world->seed ^= world->seed << 13;
    world->seed ^= world->seed >> 7;
    world->seed ^= world->seed << 17;
    return (world->seed >> 11) % below;
}

/* Whether `a` is served before `b`, both of one side and market. */
static int entry_before(const struct entry *a, const struct entry *b)
{
    if (a->price != b->price)
        return a->side == SIDE_BUY ? a->price > b->price : a->price < b->price;
    return a->since < b->since;
}

/* Slot of the order that is served first, or SLOTS. */
static uint32_t world_first(const struct world *world, uint8_t market, uint8_t side)
{
    uint32_t first = SLOTS;

    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        const struct entry *entry = &world->entries[slot];

        if (entry->quantity != 0 && entry->market == market && entry->side == side &&
            (first == SLOTS || entry_before(entry, &world->entries[first])))
            first = slot;
    }
    return first;
}

static uint32_t world_count(const struct world *world, uint8_t market)
{
    uint32_t count = 0;

    for (uint32_t slot = 0; slot < SLOTS; slot++)
        count += world->entries[slot].quantity != 0 && world->entries[slot].market == market;
    return count;
}

static uint64_t world_aggregate(const struct world *world, uint8_t market, uint64_t price)
{
    uint64_t sum = 0;

    for (uint32_t slot = 0; slot < SLOTS; slot++)
        if (world->entries[slot].market == market && world->entries[slot].price == price)
            sum += world->entries[slot].quantity;
    return sum;
}

static void world_expect_level(const struct world *world, const struct card_event *event, uint32_t price, uint8_t side)
{
    uint8_t market = world->command.market;
    uint32_t best = world_first(world, market, side);

    assert_int_equal(card_event_level_valid(event), 1);
    assert_int_equal(card_event_price(event), price);
    assert_int_equal(card_event_side(event), side);
    assert_int_equal(card_event_aggregate(event), world_aggregate(world, market, price));
    assert_int_equal(card_event_best_valid(event), best != SLOTS);
    assert_int_equal(card_event_best_price(event), best != SLOTS ? world->entries[best].price : 0);
    assert_true(price >= world->bases[market] && price < world->bases[market] + WINDOW);
}

static struct entry *world_maker(struct world *world, const struct card_event *event)
{
    uint64_t slot = card_event_maker_slot(event);

    assert_true(slot < SLOTS);

    struct entry *maker = &world->entries[slot];

    assert_int_not_equal(maker->quantity, 0);
    assert_int_equal(maker->generation, card_event_maker_generation(event));
    assert_int_equal(maker->owner, card_event_maker_owner(event));
    return maker;
}

static void world_expect_taker(const struct world *world, const struct card_event *event)
{
    assert_int_equal(card_event_taker_slot(event), world->command.slot);
    assert_int_equal(card_event_taker_generation(event), world->generation);
    assert_int_equal(card_event_taker_owner(event), world->owner);
}

static void world_take_fill(struct world *world, const struct card_event *event)
{
    struct entry *maker = world_maker(world, event);
    uint64_t quantity = card_event_quantity(event);

    world_expect_taker(world, event);
    assert_int_equal(card_event_maker_slot(event), world_first(world, world->command.market, !world->side));
    assert_int_not_equal(maker->owner, world->owner);
    if (world->limit != 0)
        assert_true(world->side == SIDE_BUY ? maker->price <= world->limit : maker->price >= world->limit);
    assert_int_not_equal(quantity, 0);
    assert_int_equal(quantity, world->open < maker->quantity ? world->open : maker->quantity);
    world->open -= quantity;
    maker->quantity -= quantity;
    assert_int_equal(card_event_taker_remaining(event), world->open);
    assert_int_equal(card_event_maker_remaining(event), maker->quantity);
    world_expect_level(world, event, maker->price, maker->side);
    assert_int_equal(card_event_last(event), world->open == 0);
}

static void world_take_removed(struct world *world, const struct card_event *event)
{
    struct entry *maker = world_maker(world, event);
    uint64_t reason = card_event_reason(event);

    assert_int_equal(card_event_quantity(event), maker->quantity);
    maker->quantity = 0;
    world_expect_level(world, event, maker->price, maker->side);
    if (reason == CARD_REASON_SELF_TRADE) {
        assert_int_equal(maker->owner, world->owner);
        assert_int_equal(maker->side, !world->side);
    }
    if (reason == CARD_REASON_SELF_TRADE || reason == CARD_REASON_REPLACED) {
        world_expect_taker(world, event);
        assert_int_equal(card_event_taker_remaining(event), world->open);
    }
    world->removed++;
}

static void world_take_reduced(struct world *world, const struct card_event *event)
{
    struct entry *maker = world_maker(world, event);

    assert_true(card_event_quantity(event) < maker->quantity);
    maker->quantity -= card_event_quantity(event);
    assert_int_equal(card_event_maker_remaining(event), maker->quantity);
    world_expect_level(world, event, maker->price, maker->side);
    if (world->command.code == CARD_CODE_REPLACE)
        maker->generation = world->command.new_generation;
}

static void world_take_rested(struct world *world, const struct card_event *event)
{
    struct entry *entry = &world->entries[world->command.slot];
    uint32_t opposite = world_first(world, world->command.market, !world->side);

    world_expect_taker(world, event);
    assert_int_equal(card_event_quantity(event), world->open);
    assert_int_equal(card_event_taker_remaining(event), world->open);
    assert_int_equal(entry->quantity, 0);
    if (opposite != SLOTS) /* never crossed */
        assert_true(world->side == SIDE_BUY ? world->limit < world->entries[opposite].price
                                            : world->limit > world->entries[opposite].price);
    *entry = (struct entry){
        .quantity = world->open,
        .since = world->clock++,
        .price = world->limit,
        .owner = world->owner,
        .generation = world->generation,
        .side = world->side,
        .market = world->command.market,
    };
    world_expect_level(world, event, world->limit, world->side);
}

static void world_take_rest(struct world *world, const struct card_event *event)
{
    world_expect_taker(world, event);
    assert_int_not_equal(world->open, 0);
    assert_int_equal(card_event_quantity(event), world->open);
    assert_int_equal(card_event_price(event), world->limit);
}

static void world_take_event(void *context, const struct card_event *event)
{
    struct world *world = context;

    if (world->command.code == CARD_CODE_RESET && card_event_kind(event) == CARD_KIND_DONE) {
        world->session = world->command.reset.next_session;
        world->sequence = 0;
        memset(world->entries, 0, sizeof world->entries);
    }
    assert_false(world->ended);
    world->ended = (int)card_event_last(event);
    world->events++;
    world->kinds[card_event_kind(event)]++;
    world->reasons[card_event_reason(event)]++;
    assert_int_equal(card_event_sequence(event), world->sequence++);
    assert_int_equal(card_event_session(event), world->session);
    assert_int_equal(card_event_tag(event), world->command.tag);
    switch (card_event_kind(event)) {
    case CARD_KIND_FILL:
        world_take_fill(world, event);
        break;
    case CARD_KIND_REMOVED:
        world_take_removed(world, event);
        break;
    case CARD_KIND_REDUCED:
        world_take_reduced(world, event);
        break;
    case CARD_KIND_RESTED:
        world_take_rested(world, event);
        break;
    case CARD_KIND_EXPIRED:
    case CARD_KIND_PARKED:
        world_take_rest(world, event);
        break;
    case CARD_KIND_REJECTED:
        assert_int_equal(world->events, 1);
        break;
    case CARD_KIND_DONE:
        if (world->command.code == CARD_CODE_CANCEL_MANY) {
            assert_int_equal(card_event_quantity(event), world->removed);
            assert_int_equal(card_event_more(event), world_count(world, world->command.market) != 0);
        }
        break;
    default:
        assert_int_equal(card_event_kind(event), CARD_KIND_DATA);
    }
}

static void world_apply(struct world *world, struct card_command command)
{
    const struct entry *old = &world->entries[command.slot % SLOTS];
    int replace = command.code == CARD_CODE_REPLACE;

    command.tag = (uint32_t)draw(world, 1ull << 32);
    world->command = command;
    world->owner = replace ? old->owner : command.order.owner;
    world->side = replace ? old->side : command.flags & 1;
    world->generation = replace ? command.new_generation : command.generation;
    world->limit = replace ? command.order.new_price : command.flags & MARKET_ORDER ? 0 : command.order.price;
    world->open = (uint64_t)command.order.quantity + (replace ? old->quantity : 0);
    world->events = world->removed = 0;
    world->ended = 0;
    model_apply(world->model, &command, world_take_event, world);
    assert_true(world->ended);
}

static int entry_compare(const void *left, const void *right)
{
    const struct entry *a = *(const struct entry *const *)left, *b = *(const struct entry *const *)right;

    if (a->side != b->side)
        return a->side - b->side;
    return entry_before(a, b) ? -1 : 1;
}

/* The model's orders are those of the list, in the same order. */
static void world_compare(const struct world *world)
{
    for (uint8_t market = 0; market < MARKET_COUNT; market++) {
        const struct entry *sorted[SLOTS];
        struct digest_order orders[SLOTS];
        size_t count = 0;

        for (uint32_t slot = 0; slot < SLOTS; slot++)
            if (world->entries[slot].quantity != 0 && world->entries[slot].market == market)
                sorted[count++] = &world->entries[slot];
        qsort(sorted, count, sizeof *sorted, entry_compare);
        for (size_t i = 0; i < count; i++)
            orders[i] = (struct digest_order){(uint64_t)(sorted[i] - world->entries), sorted[i]->generation,
                                              sorted[i]->owner, sorted[i]->side, sorted[i]->quantity, sorted[i]->price};
        assert_int_equal(model_digest(world->model, market), rig_digest(orders, count));
    }
    const char *broken = model_check(world->model);

    if (broken != NULL)
        fail_msg("%s", broken);
}

static uint32_t draw_price(struct world *world, uint8_t market)
{
    uint32_t price = world->bases[market] + (uint32_t)draw(world, WINDOW + 8);

    return price > 4 ? price - 4 : price;
}

static struct card_command draw_mark(struct world *world, uint8_t market, uint32_t present)
{
    struct card_command command = {.code = CARD_CODE_SET_MARK, .market = market, .session = world->session};
    uint64_t middle = (world->bases[market] + WINDOW / 2) * 256ull;

    command.mark.present = present;
    command.mark.mark = middle - 4096 + draw(world, 8192);
    command.mark.index = middle - 4096 + draw(world, 8192);
    command.mark.mean_mark = middle - 4096 + draw(world, 8192);
    command.mark.fast_mean_mark = middle - 4096 + draw(world, 8192);
    command.mark.mean_premium = (int32_t)draw(world, 40001) - 20000;
    return command;
}

static struct card_command draw_configure(struct world *world, uint8_t market)
{
    struct card_command command = {.code = CARD_CODE_CONFIGURE, .market = market, .session = world->session};

    command.configure.base = world->bases[market];
    command.configure.state = (uint8_t)(draw(world, 10) < 7 ? CARD_STATE_OPEN : draw(world, 5));
    command.configure.bands = (uint8_t)(draw(world, 8) & draw(world, 8));
    command.configure.limit_min = 940000 + (uint32_t)draw(world, 40000);
    command.configure.limit_max = 1020000 + (uint32_t)draw(world, 40000);
    command.configure.impact_min = 970000 + (uint32_t)draw(world, 30000);
    command.configure.impact_max = 1000000 + (uint32_t)draw(world, 30000);
    command.configure.mean_min = 950000 + (uint32_t)draw(world, 50000);
    command.configure.mean_max = 1000000 + (uint32_t)draw(world, 50000);
    command.configure.tolerance = (uint32_t)draw(world, 50000);
    return command;
}

static struct card_command draw_new(struct world *world, uint8_t market)
{
    static const uint16_t kinds[] = {GTC, GTC, GTC, GTC, POST_ONLY, IOC, FOK, IOC | MARKET_ORDER, FOK | MARKET_ORDER};
    struct card_command command = {.code = CARD_CODE_NEW, .market = market, .session = world->session};

    command.slot = (uint32_t)draw(world, SLOTS);
    for (int tries = 0; tries < 2 && world->entries[command.slot].quantity != 0; tries++)
        command.slot = (uint32_t)draw(world, SLOTS); /* mostly a free one */
    command.generation = (uint8_t)draw(world, 256);
    command.flags = (uint16_t)(kinds[draw(world, 9)] | draw(world, 2) | draw(world, 3) << 5 | draw(world, 2) << 7);
    command.order.owner = (uint32_t)draw(world, OWNERS);
    command.order.price = draw_price(world, market);
    if (draw(world, 3) != 0) /* mostly on the own side of the middle, so that books fill */
        command.order.price = world->bases[market] + (command.flags & 1 ? WINDOW / 2 : 0) +
                              (uint32_t)draw(world, WINDOW / 2);
    if (draw(world, 300) == 0)
        command.order.price = 0;
    command.order.quantity = 1 + (int64_t)draw(world, draw(world, 200) == 0 ? (1ull << 40) - 1 : 30);
    return command;
}

/* Cancel, reduce, replace or pull of an order that exists, seldom with a wrong handle. */
static struct card_command draw_change(struct world *world, uint8_t code)
{
    struct card_command command = {.code = code, .session = world->session};
    uint32_t slot = (uint32_t)draw(world, SLOTS);

    for (uint32_t tries = 0; tries < SLOTS && world->entries[slot].quantity == 0; tries++)
        slot = (slot + 1) % SLOTS;
    const struct entry *entry = &world->entries[slot];

    command.market = entry->market;
    command.slot = slot;
    command.generation = (uint8_t)(entry->generation + (draw(world, 40) == 0));
    command.new_generation = (uint8_t)(entry->generation + 1);
    command.order.price = entry->price;
    command.order.new_price = draw(world, 3) == 0 ? entry->price : draw_price(world, entry->market);
    command.order.quantity = 1 + (int64_t)draw(world, 30);
    if (code == CARD_CODE_REPLACE) {
        command.flags = (uint16_t)(draw(world, 4) << 1 | draw(world, 3) << 5);
        command.flags = (uint16_t)(command.flags | (draw(world, 3) == 0 ? POST_ONLY : 0));
        command.order.quantity = (int64_t)draw(world, 21) - 10;
    }
    return command;
}

static struct card_command draw_place(struct world *world, uint8_t market)
{
    struct card_command command = draw_new(world, market);

    command.code = CARD_CODE_PLACE;
    command.flags &= 1;
    return command;
}

static struct card_command draw_other(struct world *world, uint8_t market)
{
    static const uint8_t codes[] = {CARD_CODE_FENCE, CARD_CODE_SET_LAST, CARD_CODE_READ, CARD_CODE_CANCEL_MANY};
    struct card_command command = {.code = codes[draw(world, 4)], .market = market, .session = world->session};

    command.slot = (uint32_t)draw(world, SLOTS + 1);
    command.order.price = draw_price(world, market);
    command.order.count = (uint32_t)draw(world, command.code == CARD_CODE_CANCEL_MANY ? SLOTS : 4);
    return command;
}

static struct card_command draw_garbage(struct world *world)
{
    struct card_command command = draw_new(world, (uint8_t)draw(world, MARKET_COUNT));
    uint8_t *bytes = (uint8_t *)&command;

    if (draw(world, 8) == 0)
        command.market = (uint8_t)(MARKET_COUNT + draw(world, 256 - MARKET_COUNT));
    bytes[draw(world, 4) == 0 ? 0 : 8 + draw(world, 32)] ^= (uint8_t)(1u << draw(world, 8));
    if (command.code == CARD_CODE_RESET || command.code == CARD_CODE_SHIFT || command.code == CARD_CODE_CONFIGURE)
        command.code = 0; /* these would change what the list knows nothing of */
    return command;
}

static void world_open(struct world *world, uint8_t market)
{
    struct card_command command;

    world_apply(world, draw_mark(world, market, 31));
    command = draw_configure(world, market);
    command.configure.state = CARD_STATE_OPEN;
    world_apply(world, command);
}

static void world_shift(struct world *world, uint8_t market)
{
    struct card_command command = {.code = CARD_CODE_SHIFT, .market = market, .session = world->session};
    uint32_t base = 960 + 64 * (uint32_t)draw(world, 5);
    int fits = 1;

    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        const struct entry *entry = &world->entries[slot];

        if (entry->quantity != 0 && entry->market == market)
            fits &= entry->price >= base && entry->price < base + WINDOW;
    }
    uint64_t rejected = world->kinds[CARD_KIND_REJECTED];

    command.configure.base = base;
    world_apply(world, command);
    assert_int_equal(world->kinds[CARD_KIND_REJECTED] == rejected, fits);
    if (fits) {
        world->bases[market] = base;
        world_apply(world, draw_mark(world, market, 31)); /* so that the bands follow */
    }
}

static void world_reset(struct world *world)
{
    struct card_command command = {.code = CARD_CODE_RESET, .session = world->session};

    command.reset.next_session = (uint16_t)draw(world, 65536);
    world_apply(world, command);
    world_compare(world);
    for (uint8_t market = 0; market < MARKET_COUNT; market++)
        world_open(world, market);
}

static void world_step(struct world *world)
{
    uint8_t market = (uint8_t)draw(world, MARKET_COUNT);
    uint64_t dice = draw(world, 1000);

    if (dice < 420)
        world_apply(world, draw_new(world, market));
    else if (dice < 540)
        world_apply(world, draw_change(world, CARD_CODE_CANCEL));
    else if (dice < 580)
        world_apply(world, draw_change(world, CARD_CODE_REDUCE));
    else if (dice < 720)
        world_apply(world, draw_change(world, CARD_CODE_REPLACE));
    else if (dice < 730)
        world_apply(world, draw_change(world, CARD_CODE_PULL));
    else if (dice < 850)
        world_apply(world, draw_place(world, market));
    else if (dice < 890)
        world_apply(world, draw_mark(world, market, 1 + (uint32_t)draw(world, 31)));
    else if (dice < 920)
        world_apply(world, draw_configure(world, market));
    else if (dice < 940)
        world_shift(world, market);
    else if (dice < 970)
        world_apply(world, draw_other(world, market));
    else if (dice < 999)
        world_apply(world, draw_garbage(world));
    else if (draw(world, 10) == 0)
        world_reset(world);
}

static void random_commands_are_answered_by_events_that_follow_from_each_other(void **state)
{
    static const struct model_size size = {.markets = MARKET_COUNT, .orders = SLOTS, .tick_bits = 7};
    static struct world world;
    uint64_t resting = 0;

    world = (struct world){.seed = 0x9E3779B97F4A7C15ull, .session = 9, .model = model_create(&size, 9)};
    assert_non_null(world.model);
    for (uint8_t market = 0; market < MARKET_COUNT; market++)
        world_open(&world, market);
    for (int i = 0; i < COMMANDS; i++) {
        world_step(&world);
        for (uint32_t slot = 0; slot < SLOTS; slot++)
            resting += world.entries[slot].quantity != 0;
        if (i % 16 == 0)
            world_compare(&world);
    }
    world_compare(&world);

    /* The flow was rich enough to mean something: everything was seen, and often. */
    assert_in_range(resting / COMMANDS, SLOTS / 4, SLOTS * 9 / 10);
    for (int kind = CARD_KIND_RESTED; kind <= CARD_KIND_DATA; kind++)
        if (world.kinds[kind] < 100)
            fail_msg("%s was seen %d times", card_kind_name((uint64_t)kind), (int)world.kinds[kind]);
    for (int reason = CARD_REASON_NONE; reason <= CARD_REASON_MARKET_STATE; reason++)
        if (world.reasons[reason] < 100)
            fail_msg("%s was seen %d times", card_reason_name((uint64_t)reason), (int)world.reasons[reason]);
    model_destroy(world.model);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_commands_are_answered_by_events_that_follow_from_each_other),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
