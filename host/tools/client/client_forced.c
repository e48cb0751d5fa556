#include "client_forced.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "check.h"
#include "contract.h"
#include "units.h"

/* Names, and what `money` is. */
static const struct {
    const char *name, *money;
} kinds[FORCED_KINDS] = {
    [FORCED_NONE] = { "", NULL }, [FORCED_MARGIN_CALL] = { "margin-call", NULL },
    [FORCED_BEGUN] = { "liquidation-begun", NULL }, [FORCED_ENDED] = { "liquidation-ended", NULL },
    [FORCED_FILL] = { "liquidation-fill", "fee" }, [FORCED_CONVERSION] = { "conversion", "fee" },
    [FORCED_GIVEN] = { "backstop-given", "equity" }, [FORCED_TAKEN] = { "backstop-taken", "equity" },
    [FORCED_BANKRUPT] = { "bankrupt", "loss" }, [FORCED_DELEVERAGED] = { "deleveraged", "loss" },
    [FORCED_LEND_TURNED] = { "lend-turned", "cash" },
};

const char *client_forced_name(unsigned forced)
{
    check(forced < FORCED_KINDS);
    return kinds[forced].name;
}

static bool forced_is_level(const struct report *report)
{
    return report->forced <= FORCED_ENDED;
}

struct forced_line {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void line_add(struct forced_line *line, const char *format, ...)
{
    va_list arguments;
    int written;

    if (line->used >= line->size)
        return;
    va_start(arguments, format);
    written = vsnprintf(line->text + line->used, line->size - line->used, format, arguments);
    va_end(arguments);
    line->used += written > 0 ? (size_t)written : 0;
}

void client_forced_text(const struct client_markets *markets, const struct report *report, char *text, size_t size)
{
    struct forced_line line = { text, size, 0 };
    char first[UNITS_TEXT_MAX], second[UNITS_TEXT_MAX];

    line_add(&line, " subaccount %" PRIu32, report->subaccount);
    if (report->number)
        line_add(&line, ", liquidation %" PRIu64, report->number);
    if (report->market) {
        client_markets_show_quantity(markets, report->market, report->quantity, first);
        client_markets_show_exact_price(markets, report->market, report->exact_price, second);
        line_add(&line, ": %s %s %s @ %s", report->side == CARD_SIDE_SELL ? "sell" : "buy", first,
                 (const char *)markets->names.list[report->market].symbol, second);
    }
    if (report->forced == FORCED_LEND_TURNED)
        line_add(&line, ": %" PRId64 " units of asset %u", report->quantity, report->asset);
    if (forced_is_level(report)) {
        client_markets_show_money(markets, (wide)report->equity * 256, first);
        client_markets_show_money(markets, (wide)report->maintenance * 256, second);
        line_add(&line, ": equity %s, maintenance %s", first, second);
    } else {
        client_markets_show_money(markets, report->money, first);
        line_add(&line, ", %s %s", kinds[report->forced].money, first);
    }
    if (report->forced == FORCED_DELEVERAGED)
        line_add(&line, ", rank %u", report->rank);
    if (report->other)
        line_add(&line, ", of subaccount %" PRIu32, report->other);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    check(json_object_set_new(object, key, json_string(text)) == 0);
}

static void set_number(json_t *object, const char *key, uint64_t value)
{
    check(json_object_set_new(object, key, json_integer((json_int_t)value)) == 0);
}

static void set_money(const struct client_markets *markets, json_t *object, const char *key, wide money)
{
    char text[UNITS_TEXT_MAX];

    client_markets_show_money(markets, money, text);
    set_text(object, key, text);
}

void client_forced_set(const struct client_markets *markets, const struct report *report, json_t *object)
{
    char text[UNITS_TEXT_MAX];

    set_text(object, "what", client_forced_name(report->forced));
    set_number(object, "subaccount", report->subaccount);
    if (report->number)
        set_number(object, "liquidation", report->number);
    if (report->market) {
        set_text(object, "market", (const char *)markets->names.list[report->market].symbol);
        set_text(object, "side", report->side == CARD_SIDE_SELL ? "sell" : "buy");
        client_markets_show_quantity(markets, report->market, report->quantity, text);
        set_text(object, "quantity", text);
        client_markets_show_exact_price(markets, report->market, report->exact_price, text);
        set_text(object, "price", text);
    }
    if (report->forced == FORCED_LEND_TURNED) {
        set_number(object, "asset", report->asset);
        set_number(object, "units", (uint64_t)report->quantity);
    }
    if (forced_is_level(report)) {
        set_money(markets, object, "equity", (wide)report->equity * 256);
        set_money(markets, object, "maintenance", (wide)report->maintenance * 256);
    } else {
        set_money(markets, object, kinds[report->forced].money, report->money);
    }
    if (report->forced == FORCED_DELEVERAGED)
        set_number(object, "rank", report->rank);
    if (report->other)
        set_number(object, "of_subaccount", report->other);
}
