#include "directed.h"

#include <string.h>

struct script {
    struct card_command *commands;
    size_t count, capacity;
    uint32_t orders, window;
    uint16_t session;
    uint8_t market; /* of the commands to come */
};

static struct card_command *add(struct script *script, enum card_code code)
{
    if (script->count == script->capacity)
        return &script->commands[script->capacity - 1];
    struct card_command *command = &script->commands[script->count];
    memset(command, 0, sizeof *command);
    command->code = (uint8_t)code;
    command->session = script->session;
    command->market = script->market;
    command->tag = (uint32_t)script->count++;
    return command;
}

/* An order of its own owner (slot), so that nobody trades with oneself. */
static void enter(struct script *script, uint32_t slot, uint32_t flags, uint32_t price, uint64_t quantity)
{
    struct card_command *command = add(script, CARD_CODE_NEW);
    command->slot = slot;
    command->generation = 1;
    command->flags = (uint16_t)flags;
    command->order.owner = slot;
    command->order.price = price;
    command->order.quantity = (int64_t)quantity;
}

static void empty(struct script *script)
{
    add(script, CARD_CODE_CANCEL_MANY)->order.count = 0xFFFFFFFFu;
}

static void read_digest(struct script *script)
{
    add(script, CARD_CODE_READ)->order.count = CARD_READ_DIGEST;
}

struct bands {
    uint32_t limit[2], impact[2], mean[2], tolerance;
    uint8_t on;
};

static const struct bands wide = {{0, CARD_MULTIPLIER_MAX}, {0, CARD_MULTIPLIER_MAX}, {0, CARD_MULTIPLIER_MAX},
                                  CARD_TOLERANCE_MAX, 0};

static void configure(struct script *script, const struct bands *bands, enum card_state state)
{
    struct card_command *command = add(script, CARD_CODE_CONFIGURE);
    command->configure.state = (uint8_t)state;
    command->configure.bands = bands->on;
    command->configure.limit_min = bands->limit[0];
    command->configure.limit_max = bands->limit[1];
    command->configure.impact_min = bands->impact[0];
    command->configure.impact_max = bands->impact[1];
    command->configure.mean_min = bands->mean[0];
    command->configure.mean_max = bands->mean[1];
    command->configure.tolerance = bands->tolerance;
}

static void set_marks(struct script *script, uint64_t fixed)
{
    struct card_command *command = add(script, CARD_CODE_SET_MARK);
    command->mark.present = 31;
    command->mark.mark = command->mark.index = command->mark.mean_mark = command->mark.fast_mean_mark = fixed;
}

/* A ladder of one order a tick around 50, then takers of each kind through it, both ways. */
static void sweep_ladder(struct script *script)
{
    static const uint32_t kinds[] = {
        CARD_TIF_GTC << CARD_ORDER_TIF_SHIFT, CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT,
        CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT,
        CARD_ORDER_MARKET_ORDER_MASK | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT,
        CARD_ORDER_LIQUIDATION_MASK | CARD_ORDER_MARKET_ORDER_MASK | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT};
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (uint32_t side = 0; side < 2; side++)
            for (uint32_t quantity = 1; quantity <= 5; quantity++) {
                for (uint32_t i = 0; i < 3; i++) {
                    enter(script, i, CARD_SIDE_BUY, 50 - i, 1);
                    enter(script, 3 + i, CARD_SIDE_SELL, 51 + i, 1);
                }
                uint32_t limit = side ? 48 - quantity % 2 : 52 + quantity % 3;
                enter(script, 6, side | kinds[kind], limit, quantity);
                read_digest(script);
                empty(script);
            }
}

/* Every bound exactly on a level, just below and just above it. */
static void band_edges(struct script *script)
{
    set_marks(script, 50 * CARD_FIXED_ONE);
    for (int off = -1; off <= 1; off++)
        for (uint32_t k = 1; k <= 2; k++) {
            uint32_t up = 1000000 + k * 20000 + (uint32_t)off, down = 1000000 - k * 20000 + (uint32_t)off;
            struct bands bands = wide;
            bands.impact[0] = down;
            bands.impact[1] = 1000000 + (k * 1000000 + 50) / 51 + (uint32_t)off;
            bands.on = 1u << CARD_BANDS_IMPACT_SHIFT;
            configure(script, &bands, CARD_STATE_OPEN);
            sweep_ladder(script);
            bands = wide;
            bands.mean[0] = down;
            bands.mean[1] = up;
            configure(script, &bands, CARD_STATE_OPEN);
            sweep_ladder(script);
            bands = wide;
            bands.tolerance = k * 20000 + (uint32_t)off;
            bands.on = 1u << CARD_BANDS_PREMIUM_SHIFT;
            configure(script, &bands, CARD_STATE_OPEN);
            sweep_ladder(script);
            bands = wide;
            bands.limit[0] = down;
            bands.limit[1] = up;
            bands.on = 1u << CARD_BANDS_LIMIT_SHIFT;
            configure(script, &bands, CARD_STATE_OPEN);
            sweep_ladder(script);
            /* all at once: equal bounds */
            bands = (struct bands){{0, CARD_MULTIPLIER_MAX}, {down, up}, {down, up}, k * 20000 + (uint32_t)off, 6};
            configure(script, &bands, CARD_STATE_OPEN);
            sweep_ladder(script);
        }
    /* at 40 and 41 round multipliers make whole ticks of the touch itself */
    struct bands exact = wide;
    exact.on = 1u << CARD_BANDS_IMPACT_SHIFT;
    exact.impact[0] = 975000;
    exact.impact[1] = 1025000;
    configure(script, &exact, CARD_STATE_OPEN);
    for (uint32_t side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < 3; i++)
            enter(script, i, side ? CARD_SIDE_BUY : CARD_SIDE_SELL, side ? 40 - i : 40 + i, 1);
        enter(script, 3, side | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, side ? 1 : 63, 9);
        empty(script);
    }
}

/* Takers through many levels of one to three makers, over the edge of a word of the bitmap, some of them the taker's
 * own: to the middle of a level and to the end of one, to a limit, to a bound, by each kind. */
static void sweep_levels(struct script *script)
{
    static const uint32_t kinds[] = {CARD_TIF_GTC << CARD_ORDER_TIF_SHIFT, CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT,
                                     CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT};
    uint32_t makers = script->orders < 96 ? script->orders - 2 : 94;
    uint32_t taker = makers, behind = makers + 1, near = script->window > 64 ? 58 : 24;
    struct bands bands = wide;
    for (uint32_t round = 0; round < 72; round++) {
        uint32_t side = round % 2, kind = round / 2 % 3, stp = round / 6 % 4, end = round / 24;
        bands.mean[0] = end == 2 ? 1000000 / 50 * (near - 5) : 0;
        bands.mean[1] = end == 2 ? 1000000 / 50 * (near + 5) : CARD_MULTIPLIER_MAX;
        configure(script, &bands, CARD_STATE_OPEN);
        uint32_t price = near, total = 0;
        for (uint32_t i = 0, left = 1; i < makers; i++, left--) {
            if (left == 0) {
                left = 1 + (price + round) % 3;
                price = side ? price - 1 : price + 1;
            }
            enter(script, i, side ? CARD_SIDE_BUY : CARD_SIDE_SELL, price, 2);
            if (stp < 3 && i % 5 == 3)
                script->commands[script->count - 1].order.owner = taker;
            total += 2;
        }
        enter(script, taker,
              side | kinds[kind] | (stp < 3 ? stp : CARD_STP_REJECT_MAKER) << CARD_ORDER_STP_SHIFT,
              end == 1 ? (near + price) / 2 : price, end == 0 ? total / 2 + round % 5 : total);
        enter(script, behind, side, near, 1);
        read_digest(script);
        empty(script);
    }
}

/* Ladders of both sides `step` ticks apart, the asks from `first` up, as far as they lie in the window of `base`;
 * takers through half of one, through all of it but an order, and through more than that, which come to rest. */
static void sweep_ladders(struct script *script, uint32_t base, uint32_t first, uint32_t step)
{
    uint32_t makers = (script->orders < 64 ? script->orders - 2 : 62) / 2;
    if (first <= base || first >= base + script->window)
        return;
    for (uint32_t round = 0; round < 6; round++) {
        uint32_t side = round % 2, asks = 0, bids = 0;
        while (asks < makers && first + asks * step < base + script->window) {
            enter(script, asks, CARD_SIDE_SELL, first + asks * step, 2);
            asks++;
        }
        while (bids < makers && base + (bids + 1) * step <= first) {
            enter(script, makers + bids, CARD_SIDE_BUY, first - (bids + 1) * step, 2);
            bids++;
        }
        uint32_t total = 2 * (side == CARD_SIDE_BUY ? asks : bids);
        uint32_t quantity = round / 2 == 0 ? total / 2 + 1 : round / 2 == 1 ? total - 1 : total + 1;
        uint32_t limit = side == CARD_SIDE_BUY ? base + script->window - 1 : base + (base == 0);
        enter(script, 2 * makers, side, limit, quantity);
        read_digest(script);
        enter(script, 2 * makers + 1, side, first, 1);
        empty(script);
    }
}

/* Sweeps over the edge of the ring and over that of 64 words of 64 ticks, the other side's orders beyond it, too. */
static void over_the_edges(struct script *script)
{
    static const uint32_t steps[] = {1, 7, 70};
    uint32_t window = script->window;
    for (uint32_t quarter = 0; quarter < 4; quarter++) {
        uint32_t base = window / 4 * quarter / 64 * 64;
        uint32_t edge = base ? window : window / 2;
        set_marks(script, edge * CARD_FIXED_ONE);
        configure(script, &wide, CARD_STATE_OPEN);
        script->commands[script->count - 1].configure.base = base;
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            for (uint32_t near = 1; near <= 5; near += 4) {
                sweep_ladders(script, base, edge - near * steps[i], steps[i]);
                sweep_ladders(script, base, edge + near * steps[i], steps[i]);
            }
    }
    configure(script, &wide, CARD_STATE_OPEN);
    set_marks(script, 50 * CARD_FIXED_ONE);
}

/* A sweep of the last market while the tops of the first are looked for, and the other way round. */
static void two_markets(struct script *script, uint32_t markets)
{
    uint8_t last = (uint8_t)(markets - 1);
    uint32_t makers = script->orders < 96 ? script->orders / 2 - 2 : 46, first = script->window / 2 - 20;
    for (uint32_t round = 0; round < 40; round++) {
        uint32_t slot = 0, side = round % 2 ? CARD_SIDE_BUY : CARD_SIDE_SELL;
        for (uint32_t market = 0; market < 2; market++) {
            script->market = market ? last : 0;
            set_marks(script, 50 * CARD_FIXED_ONE);
            configure(script, &wide, CARD_STATE_OPEN);
            for (uint32_t i = 0; i < makers; i++) {
                uint32_t away = i * (market == round / 2 % 2 ? 1 : 1 + round % 5);
                if (away < script->window / 2 - 20)
                    enter(script, slot++, side, side == CARD_SIDE_SELL ? first + away : first - away, 1);
            }
        }
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t to = (side ^ 1) | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT;
            uint32_t limit = side == CARD_SIDE_SELL ? first + 40 : 1;
            script->market = (i + round / 4) % 2 ? last : 0;
            enter(script, slot, to, limit, 1 + i % 2);
            script->market ^= last;
            enter(script, slot, to, limit, makers / 3 + round % 7);
        }
        for (uint32_t market = 0; market < 2; market++) {
            script->market = market ? last : 0;
            read_digest(script);
            empty(script);
        }
    }
    script->market = 0;
}

/* One price, all slots: a queue as long as the card allows, eaten by one taker, then refilled and cancelled inside
 * out. */
static void one_tick(struct script *script)
{
    uint32_t orders = script->orders < 4096 ? script->orders : 4096;
    configure(script, &wide, CARD_STATE_OPEN);
    for (int round = 0; round < 2; round++) {
        for (uint32_t slot = 0; slot < orders; slot++)
            enter(script, slot, CARD_SIDE_SELL, 20, 1 + slot % 3);
        read_digest(script);
        enter(script, 0, CARD_SIDE_BUY, 20, 5); /* slot in use */
        if (round == 0) {
            struct card_command *cancel = add(script, CARD_CODE_CANCEL);
            cancel->slot = orders / 2;
            cancel->generation = 1;
            cancel->order.price = 20;
            enter(script, orders / 2, CARD_SIDE_BUY | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, 21, 1000000);
        } else
            for (uint32_t i = 0; i < orders; i++) {
                struct card_command *cancel = add(script, CARD_CODE_CANCEL);
                cancel->slot = (i * 7 + 3) % orders;
                cancel->generation = 1;
                cancel->order.price = 20;
            }
        read_digest(script);
        empty(script);
    }
}

/* One order, each command on it right behind the one before: what was prepared of it is out of date every time. */
static void on_its_heels(struct script *script)
{
    static const struct {
        enum card_code code;
        int64_t quantity;
    } steps[] = {{CARD_CODE_READ, 0}, {CARD_CODE_REDUCE, 2}, {CARD_CODE_REDUCE, 1}, {CARD_CODE_READ, 0},
                 {CARD_CODE_REPLACE, -1}, {CARD_CODE_READ, 0}, {CARD_CODE_REPLACE, 3}, {CARD_CODE_CANCEL, 0},
                 {CARD_CODE_READ, 0}};
    configure(script, &wide, CARD_STATE_OPEN);
    for (int round = 0; round < 4; round++) {
        enter(script, 0, CARD_SIDE_BUY, 20, 9);
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            struct card_command *command = add(script, steps[i].code);
            command->slot = 0;
            command->generation = command->new_generation = 1;
            command->order.price = 20;
            if (steps[i].code == CARD_CODE_READ) {
                command->order.count = CARD_READ_ORDER;
            } else {
                command->order.new_price = 20;
                command->order.quantity = steps[i].quantity;
            }
        }
    }
    empty(script);
}

/* Takers that eat a level order by order, with a touch far from that of the taker before: where nothing comes behind
 * them, their third order is prepared before anything that hangs on the touch has been worked out. */
static void touch_moves(struct script *script)
{
    struct bands bands = wide;
    bands.impact[0] = 990000;
    bands.impact[1] = 1010000;
    bands.on = 1u << CARD_BANDS_IMPACT_SHIFT;
    configure(script, &bands, CARD_STATE_OPEN);
    for (uint32_t round = 0; round < 200; round++) {
        uint32_t side = round / 2 % 2, price = round % 2 ? 52 : 12;
        for (uint32_t i = 0; i < 5; i++)
            enter(script, i, side ? CARD_SIDE_BUY : CARD_SIDE_SELL, price, 1);
        enter(script, 5, side | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, side ? 1 : 63, 5);
    }
    read_digest(script);
    empty(script);
}

/* Every tick of the window (as many as there are slots), swept from the inside; then the far ends. */
static void whole_window(struct script *script)
{
    uint32_t levels = script->orders < script->window ? script->orders : script->window;
    if (levels > 4096)
        levels = 4096;
    uint32_t step = script->window / levels;
    configure(script, &wide, CARD_STATE_OPEN);
    for (uint32_t i = 0; i + 1 < levels; i++)
        enter(script, i, CARD_SIDE_SELL, 1 + i * step, 1);
    enter(script, levels - 1, CARD_SIDE_BUY | CARD_ORDER_MARKET_ORDER_MASK | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, 0,
          levels / 2);
    for (uint32_t i = 0; i + 1 < levels / 2; i++)
        enter(script, i, CARD_SIDE_BUY, 1 + i * step, 1);
    read_digest(script);
    enter(script, levels - 1, CARD_SIDE_SELL | CARD_ORDER_MARKET_ORDER_MASK | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, 0,
          levels);
    empty(script);
}

size_t directed_commands(struct card_command *commands, size_t capacity, uint32_t markets, uint32_t orders,
                         uint32_t tick_bits, uint16_t session)
{
    struct script script = {.commands = commands, .capacity = capacity, .orders = orders, .session = session,
                            .window = 1u << tick_bits};
    set_marks(&script, 50 * CARD_FIXED_ONE);
    band_edges(&script);
    sweep_levels(&script);
    over_the_edges(&script);
    two_markets(&script, markets);
    one_tick(&script);
    on_its_heels(&script);
    touch_moves(&script);
    whole_window(&script);
    return script.count;
}
