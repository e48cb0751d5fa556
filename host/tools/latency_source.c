#include "latency_source.h"

#include "check.h"
#include "commands.h"

/* The ladder: an order a level, LEVELS levels of asks from PRICE up. */
enum { BASE = 1024, PRICE = 1124, LEVELS = 64, LOTS = 4, MAKER = 1, TAKER = 2 };

/* Of each batch of 128 commands the last 16 are the script's. */
enum { MIX = 128, MIX_FLOW = 112 };

enum { IOC = CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, FOK = CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT };

struct script {
    struct latency_source *source;
    uint32_t first_slot;
};

static struct card_command *script_add(struct script *script, struct card_command command)
{
    struct latency_source *source = script->source;

    check(source->script_length < LATENCY_SCRIPT_MAX);
    source->script[source->script_length] = command;
    return &source->script[source->script_length++];
}

/* Order number `level` of the ladder; `price` is above PRICE. */
static struct command_handle handle(const struct script *script, uint32_t level, uint32_t price, uint8_t generation)
{
    return (struct command_handle){ .slot = script->first_slot + level, .price = PRICE + price,
                                    .generation = generation, .market = script->source->script_market };
}

static void rest(struct script *script, uint32_t from, uint32_t to)
{
    for (uint32_t level = from; level < to; level++)
        script_add(script, command_enter(CARD_CODE_NEW, handle(script, level, level, 1), MAKER, CARD_SIDE_SELL, LOTS));
}

static void take(struct script *script, uint32_t price, unsigned flags, uint64_t lots)
{
    script_add(script, command_enter(CARD_CODE_NEW, handle(script, LEVELS, price, 1), TAKER, CARD_SIDE_BUY | flags,
                                     lots));
}

static void cancel(struct script *script, uint32_t level, uint32_t price, uint8_t generation)
{
    script_add(script, command_touch(CARD_CODE_CANCEL, handle(script, level, price, generation), 0));
}

static void replace(struct script *script, uint32_t level, uint32_t price, uint32_t new_price, int64_t change)
{
    struct card_command *command =
        script_add(script, command_touch(CARD_CODE_REPLACE, handle(script, level, price, 1), 0));

    command->order.quantity = change;
    command->order.new_price = PRICE + new_price;
    command->new_generation = 2;
}

static void script_sweeps(struct script *script)
{
    static const uint32_t levels[] = { 1, 3, 8, LEVELS };

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        take(script, levels[i] - 1, IOC, LOTS * levels[i]);
        rest(script, 0, levels[i]);
    }
    take(script, 2, FOK, 3 * LOTS);
    rest(script, 0, 3);
    take(script, 2, FOK, 3 * LOTS + 1);
    take(script, 2, IOC | CARD_ORDER_MARKET_ORDER_MASK, 1);
    script->source->script[script->source->script_length - 1].order.price = 0;
    cancel(script, 0, 0, 1);
    rest(script, 0, 1);
}

static void script_changes(struct script *script)
{
    script_add(script, command_touch(CARD_CODE_REDUCE, handle(script, 0, 0, 1), 1));
    replace(script, 1, 1, 1, -1);
    cancel(script, 1, 1, 2);
    rest(script, 1, 2);
    replace(script, 2, 2, LEVELS, 0); /* behind the ladder */
    cancel(script, 2, LEVELS, 2);
    rest(script, 2, 3);
    take(script, 0, CARD_TIF_GTC, 1); /* fills */
    take(script, -(uint32_t)5, CARD_TIF_GTC, 1);
    replace(script, LEVELS, -(uint32_t)5, 0, 0); /* crosses what is left of the first level */
    take(script, 0, CARD_ORDER_POST_ONLY_MASK, 1);
    take(script, -(uint32_t)1, IOC, 1);
}

/* Begins and ends with an empty book. */
static void script_make(struct script *script)
{
    rest(script, 0, LEVELS);
    script_sweeps(script);
    script_changes(script);
    for (uint32_t level = LEVELS; level-- > LEVELS / 2;)
        cancel(script, level, level, 1);
    for (uint32_t level = 0; level < LEVELS / 2; level++)
        cancel(script, level, level, 1);
}

void latency_source_init(struct latency_source *source, struct flow *flow, uint8_t market, uint32_t first_slot)
{
    struct script script = { source, first_slot };

    *source = (struct latency_source){ .flow = flow, .script_market = market };
    script_make(&script);
}

static enum source_status start_next(void *context, struct card_command *commands, size_t room, size_t *count)
{
    struct latency_source *source = context;
    uint64_t flow = source->left < room ? source->left : room;

    if (source->left == 0) {
        commands[0] = command_mark_all(source->script_market, PRICE * CARD_FIXED_ONE);
        commands[1] = command_open_wide(source->script_market, BASE);
        *count = LATENCY_SCRIPT_SETUP;
        return SOURCE_END;
    }
    flow_next(source->flow, commands, flow);
    source->left -= flow;
    *count = flow;
    return SOURCE_MORE;
}

static void flow_take(struct latency_source *source, const struct card_command *command, const struct card_event *event)
{
    if (command->market != source->script_market)
        flow_event(source->flow, command, event);
}

static void start_event(void *context, const struct card_command *command, const struct card_event *event)
{
    flow_take(context, command, event);
}

static enum source_status measured_next(void *context, struct card_command *commands, size_t room, size_t *count)
{
    struct latency_source *source = context;

    for (*count = 0; *count < room && source->left; source->given++, source->left--) {
        if (source->given % MIX < MIX_FLOW) {
            flow_next(source->flow, &commands[(*count)++], 1);
        } else {
            commands[(*count)++] = source->script[source->script_next];
            source->script_next = (source->script_next + 1) % source->script_length;
        }
    }
    return source->left ? SOURCE_MORE : SOURCE_END;
}

static void measured_event(void *context, const struct card_command *command, const struct card_event *event)
{
    struct latency_source *source = context;

    flow_take(source, command, event);
    source->sink.event(source->sink.context, command, event);
}

struct command_source latency_source_start(struct latency_source *source)
{
    source->left = flow_start_commands(source->flow);
    return (struct command_source){ source, start_next, start_event };
}

struct command_source latency_source_commands(struct latency_source *source, uint64_t commands)
{
    source->left = commands;
    return (struct command_source){ source, measured_next, measured_event };
}
