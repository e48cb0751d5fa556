#include "flow_source.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bands_check.h"
#include "commands.h"
#include "decimal.h"
#include "flow_orders.h"
#include "memory.h"
#include "printable.h"

#define FLOW_UNDERWAY (4 * SOURCE_BATCH) /* more than the commands that wait for an answer */
#define FLOW_TICK_MAX (1000000u * (uint64_t)DECIMAL_ONE)

/* What an `expect` line waits for. */
struct expectation {
    uint64_t command, line, lots;
    unsigned side;
};

struct flow_source {
    struct text_input *input;
    struct flow_orders orders;
    struct command_list commands;
    struct flow_market market[FLOW_MARKETS_MAX];
    uint32_t market_count, markets, tick_bits;
    struct flow_market *now; /* the market that lines speak of */
    struct flow_statement statement;
    struct expectation *expectation;
    size_t expectation_count, expectation_room, expectation_done;
    uint64_t limit, answered;
    uint64_t line[FLOW_UNDERWAY]; /* of a command, by its number */
    FILE *warnings; /* NULL: none */
    uint32_t owner; /* of the last order without one */
    bool ended, timed, refused_market;
    struct flow_result result;
    char error[TEXT_ERROR_MAX];
};

struct flow_source *flow_source_open(const char *path, uint64_t limit, uint32_t markets, uint32_t slots,
                                     uint32_t tick_bits, char *error)
{
    struct text_input *input = text_input_open(path, "", error);
    struct flow_source *flow;

    if (input == NULL)
        return NULL;
    flow = memory_reserve(1, sizeof *flow);
    flow->input = input;
    flow->limit = limit;
    flow->markets = markets < FLOW_MARKETS_MAX ? markets : FLOW_MARKETS_MAX;
    flow->tick_bits = tick_bits;
    flow_orders_create(&flow->orders, slots);
    return flow;
}

void flow_source_close(struct flow_source *flow)
{
    if (flow == NULL)
        return;
    text_input_close(flow->input);
    flow_orders_destroy(&flow->orders);
    command_list_free(&flow->commands);
    for (uint32_t i = 0; i < flow->market_count; i++)
        depth_destroy(flow->market[i].depth);
    free(flow->expectation);
    free(flow);
}

__attribute__((format(printf, 2, 3))) static bool flow_fail(struct flow_source *flow, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(flow->error, sizeof flow->error, "%.300s:%" PRIu64 ": ", text_input_name(flow->input),
                        text_input_number(flow->input));

    va_start(arguments, format);
    vsnprintf(flow->error + used, sizeof flow->error - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

static void flow_give(struct flow_source *flow, struct card_command command)
{
    flow->line[flow->commands.total % FLOW_UNDERWAY] = text_input_number(flow->input);
    command_list_add(&flow->commands, &command);
}

static uint8_t flow_market_number(const struct flow_source *flow)
{
    return (uint8_t)(flow->now - flow->market);
}

static bool flow_ticks(struct flow_source *flow, uint64_t price, uint32_t *ticks)
{
    char text[40];

    if (price % flow->now->tick == 0 && price / flow->now->tick <= CARD_PRICE_MAX) {
        *ticks = (uint32_t)(price / flow->now->tick);
        return true;
    }
    decimal_format(price, 0, text, sizeof text);
    return flow_fail(flow, "price %s is not a whole number of %s's ticks, or above 2^32-1 of them", text,
                     flow->now->name);
}

static bool flow_lots(struct flow_source *flow, uint64_t quantity, uint64_t most, uint64_t *lots)
{
    char text[40];

    if (quantity % flow->now->lot == 0 && quantity / flow->now->lot <= most) {
        *lots = quantity / flow->now->lot;
        return true;
    }
    decimal_format(quantity, 0, text, sizeof text);
    return flow_fail(flow, "quantity %s is not a whole number of %s's lots, or too large", text, flow->now->name);
}

/* A price as the card keeps marks: ticks x 256, cut. */
static bool flow_fixed(struct flow_source *flow, uint64_t price, uint64_t *fixed)
{
    uint64_t tick = flow->now->tick;

    if (price / tick > CARD_PRICE_MAX)
        return flow_fail(flow, "a mark is above 2^32-1 ticks");
    *fixed = price / tick * CARD_FIXED_ONE + price % tick * CARD_FIXED_ONE / tick;
    return true;
}

static bool flow_take_market(struct flow_source *flow, const struct flow_statement *statement)
{
    struct flow_market *market = flow->market;

    while (market < flow->market + flow->market_count && strcmp(market->name, statement->name) != 0)
        market++;
    flow->now = market;
    if (market < flow->market + flow->market_count) {
        if (statement->set & (FLOW_SET_TICK | FLOW_SET_LOT))
            return flow_fail(flow, "market %s has its tick and lot already", statement->name);
        return true;
    }
    if (flow->market_count == flow->markets) {
        flow->now = NULL;
        return flow_fail(flow, "market %s is one more than the card's %" PRIu32, statement->name, flow->markets);
    }
    flow->market_count++;
    strcpy(market->name, statement->name);
    market->tick = statement->set & FLOW_SET_TICK ? statement->tick : DECIMAL_ONE / 100;
    market->lot = statement->set & FLOW_SET_LOT ? statement->lot : DECIMAL_ONE;
    market->configure = command_open_wide(flow_market_number(flow), 0);
    if (market->tick == 0 || market->tick > FLOW_TICK_MAX || market->lot == 0)
        return flow_fail(flow, "tick and lot of %s must be above 0, and the tick at most a million", market->name);
    return true;
}

/* Bands that the line speaks of. */
static void flow_take_bands(struct card_command *configure, const struct flow_statement *statement)
{
    unsigned named = (statement->set & FLOW_SET_LIMIT ? CARD_BANDS_LIMIT_MASK : 0) |
                     (statement->set & FLOW_SET_IMPACT ? CARD_BANDS_IMPACT_MASK : 0) |
                     (statement->set & FLOW_SET_TOLERANCE ? CARD_BANDS_PREMIUM_MASK : 0);

    configure->configure.bands = (uint8_t)((configure->configure.bands & ~named) | statement->bands);
    if (statement->set & FLOW_SET_LIMIT) {
        configure->configure.limit_min = statement->limit_min;
        configure->configure.limit_max = statement->limit_max;
    }
    if (statement->set & FLOW_SET_IMPACT) {
        configure->configure.impact_min = statement->impact_min;
        configure->configure.impact_max = statement->impact_max;
    }
    if (statement->set & FLOW_SET_MEAN_BAND) {
        configure->configure.mean_min = statement->mean_min;
        configure->configure.mean_max = statement->mean_max;
    }
    if (statement->set & FLOW_SET_TOLERANCE)
        configure->configure.tolerance = statement->tolerance;
}

/* What the configuration check says of the market's bands. */
static void flow_warn_bands(const struct flow_source *flow)
{
    const struct card_command *now = &flow->now->configure;
    struct bands bands = {
        .limit = { now->configure.bands & CARD_BANDS_LIMIT_MASK, now->configure.limit_min, now->configure.limit_max },
        .impact = { now->configure.bands & CARD_BANDS_IMPACT_MASK, now->configure.impact_min,
                    now->configure.impact_max },
        .mean = { now->configure.mean_min != 0 || now->configure.mean_max != CARD_MULTIPLIER_MAX,
                  now->configure.mean_min, now->configure.mean_max },
    };
    struct bands_finding findings[BANDS_FINDINGS_MAX];
    size_t count = bands_check(&bands, findings);
    char text[160], place[TEXT_ERROR_MAX];

    for (size_t i = 0; i < count; i++) {
        bands_describe(&findings[i], text, sizeof text);
        printable_write(text_input_name(flow->input), place, sizeof place);
        fprintf(flow->warnings, "%s:%" PRIu64 ": warning: market %s: %s\n", place, text_input_number(flow->input),
                flow->now->name, text);
    }
}

static bool flow_base(struct flow_source *flow, uint64_t price, uint32_t *base)
{
    char text[40];

    if (!flow_ticks(flow, price, base))
        return false;
    decimal_format(price, 0, text, sizeof text);
    return *base % CARD_WINDOW_ALIGN == 0 ||
           flow_fail(flow, "base %s is not a multiple of %u of %s's ticks", text, CARD_WINDOW_ALIGN, flow->now->name);
}

static bool flow_market(struct flow_source *flow, const struct flow_statement *statement)
{
    if (!flow_take_market(flow, statement))
        return false;
    flow_take_bands(&flow->now->configure, statement);
    if (statement->set & FLOW_SET_STATE)
        flow->now->configure.configure.state = (uint8_t)statement->state;
    if (statement->set & FLOW_SET_BASE) {
        if (!flow_base(flow, statement->base, &flow->now->configure.configure.base))
            return false;
        flow->now->has_base = true;
    }
    if (flow->warnings && statement->set & (FLOW_SET_LIMIT | FLOW_SET_IMPACT | FLOW_SET_MEAN_BAND))
        flow_warn_bands(flow);
    if (flow->now->open && statement->set)
        flow_give(flow, flow->now->configure);
    return true;
}

/* The market's first mark is there: choose the window and open it. */
static void flow_open_market(struct flow_source *flow, uint64_t fixed)
{
    struct flow_market *market = flow->now;
    uint64_t half = (uint64_t)1 << (flow->tick_bits - 1);
    uint64_t middle = fixed / CARD_FIXED_ONE;
    uint64_t last = ((uint64_t)1 << 32) - 2 * half;
    uint64_t base = middle > half ? (middle - half) / CARD_WINDOW_ALIGN * CARD_WINDOW_ALIGN : 0;

    if (!market->has_base)
        market->configure.configure.base = (uint32_t)(base < last ? base : last);
    market->depth = depth_create(market->configure.configure.base, flow->tick_bits);
    market->open = true;
    flow_give(flow, market->configure);
}

static bool flow_mark(struct flow_source *flow, const struct flow_statement *statement)
{
    bool first = !flow->now->open;
    uint64_t mark = 0, index = 0, mean = 0, fast = 0;
    struct card_command command;

    if (first && !(statement->set & FLOW_SET_MARK))
        return flow_fail(flow, "the first mark of market %s needs a price", flow->now->name);
    if (!flow_fixed(flow, statement->mark, &mark) || !flow_fixed(flow, statement->index, &index) ||
        !flow_fixed(flow, statement->mean, &mean) || !flow_fixed(flow, statement->fast, &fast))
        return false;
    command = command_mark_all(flow_market_number(flow), mark);
    if (!first)
        command.mark.present = 0;
    if (statement->set & FLOW_SET_MARK)
        command.mark.present |= CARD_PRESENT_MARK_MASK;
    if (statement->set & FLOW_SET_INDEX) {
        command.mark.present |= CARD_PRESENT_INDEX_MASK;
        command.mark.index = index;
    }
    if (statement->set & FLOW_SET_MEAN) {
        command.mark.present |= CARD_PRESENT_MEAN_MARK_MASK;
        command.mark.mean_mark = mean;
    }
    if (statement->set & FLOW_SET_FAST) {
        command.mark.present |= CARD_PRESENT_FAST_MEAN_MARK_MASK;
        command.mark.fast_mean_mark = fast;
    }
    if (statement->set & FLOW_SET_PREMIUM) {
        command.mark.present |= CARD_PRESENT_MEAN_PREMIUM_MASK;
        command.mark.mean_premium = statement->negative ? -(int32_t)statement->premium : (int32_t)statement->premium;
    }
    flow_give(flow, command);
    if (first)
        flow_open_market(flow, mark);
    return true;
}

/* A market without a mark line opens at its first order's price. */
static bool flow_need_open(struct flow_source *flow, const struct flow_statement *statement)
{
    struct flow_statement mark = { .kind = FLOW_MARK, .set = FLOW_SET_MARK, .mark = statement->price };

    if (flow->now->open)
        return true;
    if (statement->price == 0 || (statement->kind != FLOW_NEW && statement->kind != FLOW_PLACE))
        return flow_fail(flow, "market %s has no mark yet", flow->now->name);
    return flow_mark(flow, &mark);
}

static bool flow_enter(struct flow_source *flow, const struct flow_statement *statement)
{
    enum card_code code = statement->kind == FLOW_NEW ? CARD_CODE_NEW : CARD_CODE_PLACE;
    struct command_handle handle;
    uint64_t lots = 0;
    uint32_t price = 0;

    if (!flow_ticks(flow, statement->price, &price) ||
        !flow_lots(flow, statement->quantity, CARD_QUANTITY_MAX, &lots))
        return false;
    if (statement->has_id && flow_orders_find(&flow->orders, statement->id) != FLOW_SLOT_NONE)
        return flow_fail(flow, "order %" PRIu64 " is still there", statement->id);
    if (!flow_orders_take(&flow->orders, statement->has_id ? &statement->id : NULL, flow_market_number(flow), price,
                          &handle))
        return flow_fail(flow, "more than the card's %" PRIu32 " orders at once", flow->orders.slots);
    flow->owner = flow->owner % CARD_OWNER_MAX + 1;
    flow->result.orders++;
    flow_give(flow, command_enter(code, handle, statement->has_owner ? (uint32_t)statement->owner : flow->owner,
                                  statement->flags, lots));
    return true;
}

/* cancel, pull, reduce, replace: of an order that is not known to be gone. */
static bool flow_touch(struct flow_source *flow, const struct flow_statement *statement)
{
    static const enum card_code codes[] = { [FLOW_CANCEL] = CARD_CODE_CANCEL,
                                            [FLOW_PULL] = CARD_CODE_PULL,
                                            [FLOW_REDUCE] = CARD_CODE_REDUCE,
                                            [FLOW_REPLACE] = CARD_CODE_REPLACE };
    uint32_t slot = flow_orders_find(&flow->orders, statement->id);
    struct command_handle handle;
    struct card_command command;
    uint64_t lots = 0;
    uint32_t price = 0;

    if (slot == FLOW_SLOT_NONE) {
        flow->result.unknown_orders++;
        return true;
    }
    handle = flow_orders_handle(&flow->orders, slot);
    flow->now = &flow->market[handle.market];
    if (!flow_lots(flow, statement->quantity, CARD_QUANTITY_MAX, &lots) || !flow_ticks(flow, statement->price, &price))
        return false;
    command = command_touch(codes[statement->kind], handle, lots);
    if (statement->kind == FLOW_REPLACE) {
        struct flow_order *order = &flow->orders.order[slot];

        command.flags = (uint16_t)statement->flags;
        command.order.quantity = statement->negative ? -(int64_t)lots : (int64_t)lots;
        command.order.new_price = price;
        command.new_generation = ++order->generation; /* if it is refused, the event says so */
        order->price = price;
    }
    flow_give(flow, command);
    return true;
}

static bool flow_expect(struct flow_source *flow, const struct flow_statement *statement)
{
    struct expectation expectation = { .command = flow->commands.total,
                                       .line = text_input_number(flow->input),
                                       .side = statement->flags };
    uint32_t price = 0;

    if (!flow_ticks(flow, statement->price, &price) ||
        !flow_lots(flow, statement->quantity, CARD_AGGREGATE_MAX, &expectation.lots))
        return false;
    memory_grow((void **)&flow->expectation, &flow->expectation_room, flow->expectation_count + 1,
                sizeof *flow->expectation);
    flow->expectation[flow->expectation_count++] = expectation;
    flow_give(flow, command_read_level(flow_market_number(flow), price));
    return true;
}

static bool flow_at(struct flow_source *flow, uint64_t time_ns)
{
    if (flow->timed && time_ns < flow->result.last_ns)
        return flow_fail(flow, "time goes backwards");
    if (!flow->timed)
        flow->result.first_ns = time_ns;
    flow->timed = true;
    flow->result.last_ns = time_ns;
    return true;
}

/* Statements of a market that carry one price or count. */
static bool flow_other(struct flow_source *flow, const struct flow_statement *statement)
{
    struct card_command command = command_read_digest(flow_market_number(flow));
    uint32_t price = 0;

    if (statement->kind == FLOW_SHIFT ? !flow_base(flow, statement->price, &price)
                                      : !flow_ticks(flow, statement->price, &price))
        return false;
    switch (statement->kind) {
    case FLOW_LAST:
        command.code = CARD_CODE_SET_LAST;
        command.order.price = price;
        break;
    case FLOW_SHIFT:
        command.code = CARD_CODE_SHIFT;
        command.configure.base = price;
        break;
    case FLOW_CANCEL_MANY:
        command.code = CARD_CODE_CANCEL_MANY;
        command.order.count = (uint32_t)statement->count;
        break;
    case FLOW_FENCE:
        command.code = CARD_CODE_FENCE;
        break;
    default:
        break;
    }
    flow_give(flow, command);
    return true;
}

static bool flow_statement_run(struct flow_source *flow, const struct flow_statement *statement)
{
    switch (statement->kind) {
    case FLOW_BLANK:
        return true;
    case FLOW_AT:
        return flow_at(flow, statement->time_ns);
    case FLOW_MARKET:
        return flow_market(flow, statement);
    case FLOW_CANCEL:
    case FLOW_PULL:
    case FLOW_REDUCE:
    case FLOW_REPLACE:
        return flow_touch(flow, statement);
    default:
        break;
    }
    if (flow->now == NULL)
        return flow_fail(flow, "a market line must come first");
    if (statement->kind == FLOW_MARK)
        return flow_mark(flow, statement);
    if (!flow_need_open(flow, statement))
        return false;
    if (statement->kind == FLOW_NEW || statement->kind == FLOW_PLACE)
        return flow_enter(flow, statement);
    return statement->kind == FLOW_EXPECT ? flow_expect(flow, statement) : flow_other(flow, statement);
}

/* Reads the next line, or ends with a digest of every market. */
static bool flow_advance(struct flow_source *flow)
{
    char error[FLOW_ERROR_MAX];
    char *line = NULL;
    size_t length;
    enum text_status status = TEXT_END;

    if (flow->limit == 0 || flow->result.lines < flow->limit)
        status = text_input_line(flow->input, &line, &length);
    if (status == TEXT_BAD) {
        snprintf(flow->error, sizeof flow->error, "%s", text_input_error(flow->input));
        return false;
    }
    if (status == TEXT_LINE) {
        flow->result.lines++;
        if (strlen(line) != length)
            return flow_fail(flow, "the line contains a zero byte");
        if (!flow_text_parse(line, &flow->statement, error))
            return flow_fail(flow, "%s", error);
        return flow_statement_run(flow, &flow->statement);
    }
    for (uint32_t i = 0; i < flow->market_count; i++)
        flow_give(flow, command_read_digest((uint8_t)i));
    flow->ended = true;
    return true;
}

static enum source_status flow_next(void *context, struct card_command *commands, size_t room, size_t *count)
{
    struct flow_source *flow = context;

    if (*flow->error)
        return SOURCE_BAD;
    while (!flow->ended && command_list_waiting(&flow->commands) < room)
        if (!flow_advance(flow))
            return SOURCE_BAD;
    *count = command_list_give(&flow->commands, commands, room);
    return flow->ended && command_list_waiting(&flow->commands) == 0 ? SOURCE_END : SOURCE_MORE;
}

static void flow_judge(struct flow_source *flow, const struct card_event *event)
{
    const struct expectation *expectation = &flow->expectation[flow->expectation_done];
    uint64_t found = card_event_side(event) == expectation->side ? card_event_aggregate(event) : 0;

    if (flow->expectation_done == flow->expectation_count || expectation->command != flow->answered)
        return;
    flow->expectation_done++;
    flow->result.expects++;
    if (card_event_kind(event) == CARD_KIND_DATA && found == expectation->lots)
        flow->result.expects_met++;
    else if (flow->result.expects - flow->result.expects_met <= FLOW_LISTED)
        flow->result.unmet[flow->result.expects - flow->result.expects_met - 1] =
            (struct flow_unmet){ expectation->line, expectation->lots, found };
}

static void flow_take_refusal(struct flow_source *flow, const struct card_command *command,
                              const struct card_event *event)
{
    struct flow_refused refused = { flow->line[flow->answered % FLOW_UNDERWAY], (enum card_code)command->code,
                                    card_event_reason(event) };

    if (flow->result.refused_count < FLOW_REFUSED_LISTED)
        flow->result.refused[flow->result.refused_count] = refused;
    flow->result.refused_count++;
    if (command->code == CARD_CODE_CONFIGURE && !flow->refused_market) {
        flow->refused_market = true;
        snprintf(flow->error, sizeof flow->error, "%.300s:%" PRIu64 ": the card refuses the settings of market %s: %s",
                 text_input_name(flow->input), refused.line, flow->market[command->market].name,
                 card_reason_name(refused.reason));
    }
}

static void flow_take_event(struct flow_source *flow, struct flow_market *market, const struct card_command *command,
                            const struct card_event *event)
{
    if (card_event_kind(event) == CARD_KIND_REJECTED)
        flow_take_refusal(flow, command, event);
    if (market->depth && !depth_apply(market->depth, event))
        flow->result.mirror_errors++;
    if (card_event_kind(event) == CARD_KIND_FILL) {
        flow->result.fills++;
        market->fills++;
        market->volume += card_event_quantity(event);
        market->last = (uint32_t)card_event_price(event);
        market->has_last = true;
    }
    if (command->code == CARD_CODE_READ && command->order.count == CARD_READ_DIGEST) {
        market->digest = event->word[3];
        market->orders = card_event_quantity(event);
    }
}

static void flow_event(void *context, const struct card_command *command, const struct card_event *event)
{
    struct flow_source *flow = context;

    flow_orders_event(&flow->orders, command, event);
    flow_take_event(flow, &flow->market[command->market], command, event);
    if (command->code == CARD_CODE_READ && flow->expectation_count)
        flow_judge(flow, event);
    flow->answered += card_event_last(event);
}

struct command_source flow_source_commands(struct flow_source *flow)
{
    return (struct command_source){ flow, flow_next, flow_event };
}

const struct flow_result *flow_source_result(const struct flow_source *flow)
{
    return &flow->result;
}

const struct flow_market *flow_source_market(const struct flow_source *flow, uint32_t number)
{
    return number < flow->market_count ? &flow->market[number] : NULL;
}

void flow_source_warn(struct flow_source *flow, FILE *warnings)
{
    flow->warnings = warnings;
}

const char *flow_source_error(const struct flow_source *flow)
{
    return flow->error;
}
