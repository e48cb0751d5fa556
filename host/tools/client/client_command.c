#include "client_command.h"

#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "decimal.h"
#include "printable.h"
#include "reason.h"

#define SECOND_NS UINT64_C(1000000000)

enum { WORDS_MAX = 48, WAIT_SECONDS = 10 };

const char client_command_help[] =
    "  buy|sell MARKET QUANTITY [@ PRICE] [WORDS]     without a price: a market order\n"
    "      ioc fok post reduce     time in force, post-only, reduce-only\n"
    "      id N                    the order's number (one above the last)\n"
    "      text TEXT               comes back, at most 14 characters\n"
    "      stp taker|maker|both    whom self-trade prevention rejects\n"
    "      expires SECONDS         lifetime\n"
    "      slippage POINTS         market order: basis points from the touch\n"
    "      amount                  market order: QUANTITY is of the quote asset\n"
    "      percent                 trigger order: QUANTITY is per cent of the position\n"
    "      trigger mark|index|last above|below PRICE\n"
    "      profit|stop mark|index|last PRICE [@ PRICE]    attached orders, with a limit or without\n"
    "      subaccount N\n"
    "  replace N QUANTITY [@ PRICE] [ioc|fok|post] [id N] [text TEXT]   QUANTITY: new total\n"
    "  cancel N [QUANTITY]                            or reduces it to that total\n"
    "  cancel all [MARKET [buy|sell]] [triggers] [subaccount N]\n"
    "  watch [SECONDS]                                shows what comes, until interrupted\n"
    "  wait KIND [N] [reason NAME] [for SECONDS]      10 seconds at most\n"
    "  expect [not] KIND [N] [reason NAME] [for SECONDS]  the same; exit status 1 if it fails\n"
    "      KIND: accepted replaced executed filled cancelled expired triggered restated rejected\n"
    "            cancel-rejected answer any; all messages of this session count\n"
    "  sleep SECONDS, markets, help, logout; # begins a comment\n"
    "N is an order's number, or `last`: the one used last.\n";

/* The words of a line, one after the other. */
struct reader {
    char *words[WORDS_MAX];
    size_t count, at;
    const struct client_context *context;
    struct client_command *command;
    char *error;
    size_t error_size;
};

static bool reader_fail(struct reader *reader, const char *word, const char *why)
{
    char shown[96];

    printable_write(word, shown, sizeof shown);
    snprintf(reader->error, reader->error_size, "%s: %s", shown, why);
    return false;
}

static bool reader_split(struct reader *reader, char *line)
{
    char *save, *comment = strchr(line, '#');

    /* "#2" is a market: a comment begins the line or follows a space and is followed by one. */
    while (comment && comment != line && !(comment[-1] == ' ' && (comment[1] == ' ' || comment[1] == 0)))
        comment = strchr(comment + 1, '#');
    if (comment)
        *comment = 0;
    for (char *word = strtok_r(line, " \t\r\n", &save); word; word = strtok_r(NULL, " \t\r\n", &save)) {
        if (reader->count == WORDS_MAX)
            return reader_fail(reader, word, "too many words");
        reader->words[reader->count++] = word;
    }
    return true;
}

static const char *reader_peek(const struct reader *reader)
{
    return reader->at < reader->count ? reader->words[reader->at] : "";
}

static bool reader_take(struct reader *reader, const char *word)
{
    if (strcmp(reader_peek(reader), word) != 0)
        return false;
    reader->at++;
    return true;
}

/* The next word; "end of line" where there is none, which nothing accepts. */
static const char *reader_next(struct reader *reader)
{
    return reader->at < reader->count ? reader->words[reader->at++] : "end of line";
}

static bool read_number(struct reader *reader, uint64_t most, uint64_t *number)
{
    const char *word = reader_next(reader);

    if (decimal_parse_whole(word, strlen(word), number) && *number <= most)
        return true;
    return reader_fail(reader, word, "must be a whole number, and not too large");
}

static bool read_seconds(struct reader *reader, uint64_t *ns)
{
    const char *word = reader_next(reader);

    return decimal_parse(word, strlen(word), ns) || reader_fail(reader, word, "must be seconds");
}

static bool read_reference(struct reader *reader, uint32_t *reference)
{
    uint64_t number;

    if (reader_take(reader, "last")) {
        *reference = reader->context->last;
        return reader->context->last != 0 || reader_fail(reader, "last", "no order has been sent");
    }
    if (!read_number(reader, UINT32_MAX, &number))
        return false;
    *reference = (uint32_t)number;
    return true;
}

static bool read_price(struct reader *reader, uint32_t market, uint32_t *ticks)
{
    const char *word = reader_next(reader);

    return client_markets_price(reader->context->markets, market, word, ticks) ||
           reader_fail(reader, word, "must be a price, a whole number of ticks");
}

static bool read_choice(struct reader *reader, const char *const *choices, const char *why, uint8_t *choice)
{
    const char *word = reader_next(reader);

    for (uint8_t i = 0; choices[i]; i++)
        if (strcmp(word, choices[i]) == 0) {
            *choice = i;
            return true;
        }
    return reader_fail(reader, word, why);
}

static bool read_by(struct reader *reader, uint8_t *by)
{
    static const char *const names[] = { "", "mark", "index", "last", NULL };

    return read_choice(reader, names, "must be mark, index or last", by);
}

static bool read_trigger(struct reader *reader, uint32_t market, struct input_order_extra *extra)
{
    static const char *const names[] = { "", "above", "below", NULL };

    return read_by(reader, &extra->trigger_by) &&
           read_choice(reader, names, "must be above or below", &extra->trigger_when) &&
           read_price(reader, market, &extra->trigger_price);
}

static bool read_attached(struct reader *reader, uint32_t market, struct input_attached *attached)
{
    return read_by(reader, &attached->by) && read_price(reader, market, &attached->trigger) &&
           (!reader_take(reader, "@") || read_price(reader, market, &attached->limit));
}

static bool read_text(struct reader *reader, uint8_t text[16])
{
    const char *word = reader_next(reader);
    const size_t length = strlen(word);

    if (length > OUCH_ORDER_ID_CHARACTERS)
        return reader_fail(reader, word, "has more than 14 characters");
    memcpy(text, word, length);
    return true;
}

static bool read_id(struct reader *reader)
{
    reader->command->numbered = true;
    return read_reference(reader, &reader->command->input.header.reference);
}

static bool read_subaccount(struct reader *reader)
{
    uint64_t number = 0;

    reader->command->subaccount_given = true;
    if (!read_number(reader, UINT32_MAX, &number))
        return false;
    reader->command->input.header.subaccount = (uint32_t)number;
    return true;
}

/* Words that Enter and Replace share. False if the next one is none of them; *good says whether it was right. */
static bool read_common(struct reader *reader, uint8_t *tif, uint8_t *flags, uint8_t text[16], bool *good)
{
    if (reader_take(reader, "ioc"))
        *tif = CARD_TIF_IOC;
    else if (reader_take(reader, "fok"))
        *tif = CARD_TIF_FOK;
    else if (reader_take(reader, "post"))
        *flags |= INPUT_ORDER_POST_ONLY;
    else if (reader_take(reader, "id"))
        *good = read_id(reader);
    else if (reader_take(reader, "text"))
        *good = read_text(reader, text);
    else
        return false;
    return true;
}

/* Words that need the long form of an order. */
static bool read_extra(struct reader *reader, struct input_order_new_extra *order, bool *good)
{
    struct input_order_extra *extra = &order->extra;
    uint64_t number = 0;

    if (reader_take(reader, "expires")) {
        *good = read_seconds(reader, &number);
        extra->expires_ns = reader->context->now_utc_ns + number;
    } else if (reader_take(reader, "slippage")) {
        *good = read_number(reader, UINT16_MAX, &number);
        extra->slippage = (uint16_t)number;
    } else if (reader_take(reader, "trigger")) {
        *good = read_trigger(reader, order->order.market, extra);
    } else if (reader_take(reader, "profit")) {
        *good = read_attached(reader, order->order.market, &extra->take_profit);
    } else if (reader_take(reader, "stop")) {
        *good = read_attached(reader, order->order.market, &extra->stop_loss);
    } else {
        return false;
    }
    order->order.flags |= INPUT_ORDER_EXTRA;
    order->order.header.size = sizeof *order;
    return true;
}

static bool read_word_of_order(struct reader *reader, struct input_order_new_extra *order, bool *percent, bool *amount)
{
    static const char *const names[] = { "taker", "maker", "both", NULL };
    bool good = true;

    if (read_common(reader, &order->order.tif, &order->order.flags, order->order.client_id, &good) ||
        read_extra(reader, order, &good))
        return good;
    if (reader_take(reader, "reduce"))
        order->order.flags |= INPUT_ORDER_REDUCE_ONLY;
    else if (reader_take(reader, "amount"))
        *amount = true;
    else if (reader_take(reader, "percent"))
        *percent = true;
    else if (reader_take(reader, "stp"))
        return read_choice(reader, names, "must be taker, maker or both", &order->order.stp);
    else if (reader_take(reader, "subaccount"))
        return read_subaccount(reader);
    else
        return reader_fail(reader, reader_peek(reader), "is not known here");
    return true;
}

static bool read_quantity(struct reader *reader, uint32_t market, const char *word, int64_t *lots)
{
    return client_markets_quantity(reader->context->markets, market, word, lots) ||
           reader_fail(reader, word, "must be a quantity, a whole number of lots");
}

/* What a quantity counts is known at the end of the line. */
static bool read_counted(struct reader *reader, struct input_order_new *order, const char *word, bool percent,
                         bool amount)
{
    uint64_t billionths;

    if (percent) {
        order->flags |= INPUT_ORDER_PERCENT;
        if (!decimal_parse(word, strlen(word), &billionths) || billionths % 100000 || billionths > 100 * SECOND_NS)
            return reader_fail(reader, word, "must be per cent, with at most 4 decimals");
        order->quantity = (int64_t)(billionths / 100000);
        return true;
    }
    if (!amount)
        return read_quantity(reader, order->market, word, &order->quantity);
    order->flags |= INPUT_ORDER_QUOTE_QUANTITY;
    return client_markets_amount(reader->context->markets, order->market, word, &order->quantity) ||
           reader_fail(reader, word, "must be an amount of the quote asset");
}

static bool read_enter(struct reader *reader, uint8_t side)
{
    struct input_order_new_extra *order = &reader->command->input.order_extra;
    const char *name = reader_next(reader), *quantity = reader_next(reader);
    const uint32_t market = client_markets_find(reader->context->markets, name);
    bool percent = false, amount = false;

    reader->command->verb = CLIENT_SEND;
    order->order.header.kind = INPUT_ORDER_NEW;
    order->order.header.size = sizeof order->order;
    order->order.market = (uint16_t)market;
    order->order.side = side;
    if (market == 0)
        return reader_fail(reader, name, "must be a market");
    if (reader_take(reader, "@")) {
        if (!read_price(reader, market, &order->order.price))
            return false;
    } else {
        order->order.flags |= INPUT_ORDER_MARKET;
        order->order.tif = CARD_TIF_IOC;
    }
    while (reader->at < reader->count)
        if (!read_word_of_order(reader, order, &percent, &amount))
            return false;
    return read_counted(reader, &order->order, quantity, percent, amount);
}

static uint32_t market_of(const struct reader *reader, uint32_t reference)
{
    return reader->context->market_of(reader->context->orders, reference);
}

static bool read_replace(struct reader *reader)
{
    struct input_order_replace *replace = &reader->command->input.replace;
    uint32_t market;

    reader->command->verb = CLIENT_SEND;
    replace->header.kind = INPUT_ORDER_REPLACE;
    replace->header.size = sizeof *replace;
    if (!read_reference(reader, &replace->existing))
        return false;
    market = market_of(reader, replace->existing);
    if (!read_quantity(reader, market, reader_next(reader), &replace->quantity))
        return false;
    if (reader_take(reader, "@") && !read_price(reader, market, &replace->price))
        return false;
    while (reader->at < reader->count) {
        bool good = true;

        if (!read_common(reader, &replace->tif, &replace->flags, replace->client_id, &good))
            return reader_fail(reader, reader_peek(reader), "is not known here");
        if (!good)
            return false;
    }
    return true;
}

static bool read_cancel_all(struct reader *reader)
{
    struct input_mass_cancel *cancel = &reader->command->input.mass_cancel;

    cancel->header.kind = INPUT_MASS_CANCEL;
    cancel->header.size = sizeof *cancel;
    while (reader->at < reader->count) {
        if (reader_take(reader, "triggers")) {
            cancel->triggers_too = 1;
        } else if (reader_take(reader, "subaccount")) {
            if (!read_subaccount(reader))
                return false;
        } else if (cancel->scope == INPUT_MASS_ALL) {
            const char *name = reader_next(reader);

            cancel->market = (uint16_t)client_markets_find(reader->context->markets, name);
            cancel->scope = INPUT_MASS_MARKET;
            if (cancel->market == 0)
                return reader_fail(reader, name, "must be a market");
        } else if (cancel->scope == INPUT_MASS_MARKET && (strcmp(reader_peek(reader), "buy") == 0 ||
                                                          strcmp(reader_peek(reader), "sell") == 0)) {
            cancel->scope = INPUT_MASS_SIDE;
            cancel->side = strcmp(reader_next(reader), "sell") == 0 ? CARD_SIDE_SELL : CARD_SIDE_BUY;
        } else {
            return reader_fail(reader, reader_peek(reader), "is not known here");
        }
    }
    return true;
}

static bool read_cancel(struct reader *reader)
{
    struct input_order_cancel *cancel = &reader->command->input.cancel;

    reader->command->verb = CLIENT_SEND;
    if (reader_take(reader, "all"))
        return read_cancel_all(reader);
    cancel->header.kind = INPUT_ORDER_CANCEL;
    cancel->header.size = sizeof *cancel;
    reader->command->numbered = true;
    if (!read_reference(reader, &cancel->header.reference))
        return false;
    return reader->at == reader->count ||
           read_quantity(reader, market_of(reader, cancel->header.reference), reader_next(reader), &cancel->quantity);
}

/* --- waiting --- */

static const struct word {
    const char *name;
    uint8_t kind;   /* enum report_kind; REPORT_NONE: any */
    uint8_t status; /* enum order_status; STATUS_NONE: any */
} client_words[] = {
    { "accepted", REPORT_ACCEPTED, STATUS_NONE },   { "replaced", REPORT_REPLACED, STATUS_NONE },
    { "executed", REPORT_EXECUTED, STATUS_NONE },   { "filled", REPORT_EXECUTED, STATUS_FILLED },
    { "cancelled", REPORT_CANCELLED, STATUS_NONE }, { "expired", REPORT_EXPIRED, STATUS_NONE },
    { "triggered", REPORT_TRIGGERED, STATUS_NONE }, { "restated", REPORT_RESTATED, STATUS_NONE },
    { "rejected", REPORT_REJECTED, STATUS_NONE },   { "cancel-rejected", REPORT_CANCEL_REJECTED, STATUS_NONE },
    { "answer", REPORT_ANSWER, STATUS_NONE },       { "forced", REPORT_FORCED, STATUS_NONE },
    { "any", REPORT_NONE, STATUS_NONE },
};

static const struct word *find_word(const char *name)
{
    for (size_t i = 0; i < sizeof client_words / sizeof *client_words; i++)
        if (strcmp(client_words[i].name, name) == 0)
            return &client_words[i];
    return NULL;
}

bool client_command_matches(const struct client_pattern *pattern, const struct report *report)
{
    const struct word *word = find_word(pattern->word);

    return (word->kind == REPORT_NONE || word->kind == report->kind) &&
           (word->status == STATUS_NONE || word->status == report->status) &&
           (pattern->reference == 0 || pattern->reference == report->reference) &&
           (pattern->reason < 0 || pattern->reason == report->reason);
}

static bool read_reason(struct reader *reader, int *reason)
{
    const char *word = reader_next(reader);

    for (unsigned i = 0; i < REASONS; i++)
        if (strcmp(word, reason_name(i)) == 0) {
            *reason = (int)i;
            return true;
        }
    return reader_fail(reader, word, "is no reason");
}

static bool read_pattern(struct reader *reader, enum client_verb verb)
{
    struct client_pattern *pattern = &reader->command->pattern;
    const char *name;

    reader->command->verb = verb;
    reader->command->patience_ns = WAIT_SECONDS * SECOND_NS;
    if (verb == CLIENT_EXPECT && reader_take(reader, "not")) {
        reader->command->verb = CLIENT_EXPECT_NOT;
        reader->command->patience_ns = 0;
    }
    name = reader_next(reader);
    pattern->reason = -1;
    if (find_word(name) == NULL)
        return reader_fail(reader, name, "is no kind of message (see: help)");
    pattern->word = find_word(name)->name; /* the line goes, the pattern stays */
    while (reader->at < reader->count) {
        bool good;

        if (reader_take(reader, "reason"))
            good = read_reason(reader, &pattern->reason);
        else if (reader_take(reader, "for"))
            good = read_seconds(reader, &reader->command->patience_ns);
        else
            good = read_reference(reader, &pattern->reference);
        if (!good)
            return false;
    }
    return true;
}

static bool read_watch(struct reader *reader)
{
    reader->command->verb = CLIENT_WATCH;
    reader->command->patience_ns = UINT64_MAX;
    return reader->at == reader->count || read_seconds(reader, &reader->command->patience_ns);
}

static bool read_verb(struct reader *reader)
{
    static const struct {
        const char *name;
        enum client_verb verb;
    } plain[] = { { "markets", CLIENT_MARKETS }, { "help", CLIENT_HELP }, { "logout", CLIENT_LOGOUT } };

    if (reader_take(reader, "buy"))
        return read_enter(reader, CARD_SIDE_BUY);
    if (reader_take(reader, "sell"))
        return read_enter(reader, CARD_SIDE_SELL);
    if (reader_take(reader, "replace"))
        return read_replace(reader);
    if (reader_take(reader, "cancel"))
        return read_cancel(reader);
    if (reader_take(reader, "wait"))
        return read_pattern(reader, CLIENT_WAIT);
    if (reader_take(reader, "expect"))
        return read_pattern(reader, CLIENT_EXPECT);
    if (reader_take(reader, "watch"))
        return read_watch(reader);
    if (reader_take(reader, "sleep")) {
        reader->command->verb = CLIENT_SLEEP;
        return read_seconds(reader, &reader->command->patience_ns);
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (reader_take(reader, plain[i].name)) {
            reader->command->verb = plain[i].verb;
            return true;
        }
    return reader_fail(reader, reader_peek(reader), "is no command (see: help)");
}

bool client_command_read(char *line, const struct client_context *context, struct client_command *command, char *error,
                         size_t error_size)
{
    struct reader reader = { .context = context, .command = command, .error = error, .error_size = error_size };

    memset(command, 0, sizeof *command);
    if (!reader_split(&reader, line))
        return false;
    if (reader.count == 0)
        return true;
    if (!read_verb(&reader))
        return false;
    return reader.at == reader.count || reader_fail(&reader, reader_peek(&reader), "is too much");
}
