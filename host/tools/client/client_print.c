#include "client_print.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "client_forced.h"
#include "contract.h"
#include "printable.h"
#include "reason.h"
#include "units.h"

static const char *const kind_names[REPORT_KINDS] = {
    "", "accepted", "replaced", "executed", "cancelled", "expired", "triggered", "restated", "rejected",
    "cancel-rejected", "answer", "forced",
};
static const char *const status_names[] = { "", "New", "PartiallyFilled", "Filled", "Cancelled", "Expired",
                                            "TriggerPending", "TriggerFailed" };

static void print_object(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    fflush(stdout);
    json_decref(object);
}

static void set_value(json_t *object, const char *key, json_t *value)
{
    check(json_object_set_new(object, key, value) == 0);
}

static void set_count(json_t *object, const char *key, uint64_t value)
{
    set_value(object, key, json_integer((json_int_t)value));
}

static void set_text(json_t *object, const char *key, const char *text)
{
    set_value(object, key, json_string(text));
}

static const char *market_name(const struct client_markets *markets, uint32_t market)
{
    return market ? (const char *)markets->names.list[market].symbol : "?";
}

static bool says_order(const struct report *report)
{
    return report->kind == REPORT_ACCEPTED || report->kind == REPORT_REPLACED;
}

static void show_quantity(const struct client_markets *markets, const struct report *report, uint32_t market,
                          char *text)
{
    if (report->flags & INPUT_ORDER_PERCENT) {
        units_format(report->quantity, 4, text, UNITS_TEXT_MAX - 1);
        strcat(text, "%");
    } else if (report->flags & INPUT_ORDER_QUOTE_QUANTITY) {
        const unsigned decimals = markets->list[market].lot_units ? markets->list[market].quote_decimals : 0;

        units_format(report->quantity, decimals, text, UNITS_TEXT_MAX);
    } else {
        client_markets_show_quantity(markets, market, report->quantity, text);
    }
}

/* What was done to the account: of no order, so it has nothing in common with the others but sequence and time. */
static void print_forced(const struct client_markets *markets, const struct report *report, bool json)
{
    json_t *object;
    char text[400];

    if (!json) {
        client_forced_text(markets, report, text, sizeof text);
        printf("#%" PRIu64 " %s%s\n", report->sequence, client_forced_name(report->forced), text);
        fflush(stdout);
        return;
    }
    object = json_object();
    set_count(object, "sequence", report->sequence);
    set_text(object, "kind", kind_names[report->kind]);
    client_forced_set(markets, report, object);
    set_count(object, "time_ns", report->time_ns);
    print_object(object);
}

static void print_json(const struct client_markets *markets, const struct report *report, uint32_t market)
{
    json_t *object = json_object();
    char text[UNITS_TEXT_MAX];

    set_count(object, "sequence", report->sequence);
    set_text(object, "kind", kind_names[report->kind]);
    set_count(object, "id", report->reference);
    if (report->kind == REPORT_REPLACED)
        set_count(object, "replaces", report->other);
    if (market)
        set_text(object, "market", market_name(markets, market));
    if (says_order(report))
        set_text(object, "side", report->side == CARD_SIDE_SELL ? "sell" : "buy");
    if (says_order(report) || report->kind == REPORT_EXECUTED || report->kind == REPORT_CANCELLED ||
        report->kind == REPORT_EXPIRED) {
        show_quantity(markets, report, market, text);
        set_text(object, "quantity", text);
    }
    if (report->price) {
        client_markets_show_price(markets, market, report->price, text);
        set_text(object, "price", text);
    }
    if (report->status) {
        set_text(object, "status", status_names[report->status]);
        client_markets_show_quantity(markets, market, report->filled, text);
        set_text(object, "filled", text);
        client_markets_show_quantity(markets, market, report->open, text);
        set_text(object, "open", text);
    }
    if (report->kind == REPORT_EXECUTED) {
        set_text(object, "liquidity", report->liquidity ? "taker" : "maker");
        client_markets_show_fee(markets, market, report->fee, text);
        set_text(object, "fee", text);
        set_count(object, "match", report->match);
    }
    if (report->reason)
        set_text(object, "reason", reason_name(report->reason));
    if (report->client_id[0])
        set_text(object, "text", (const char *)report->client_id);
    set_count(object, "time_ns", report->time_ns);
    print_object(object);
}

/* What follows the kind: for an order what it is, for the others what happened. */
static void print_what(const struct client_markets *markets, const struct report *report, uint32_t market)
{
    char quantity[UNITS_TEXT_MAX], price[UNITS_TEXT_MAX], fee[UNITS_TEXT_MAX];

    show_quantity(markets, report, market, quantity);
    client_markets_show_price(markets, market, report->price, price);
    if (says_order(report))
        printf(" %s %s %s @ %s", report->side == CARD_SIDE_SELL ? "sell" : "buy", quantity,
               market_name(markets, market), report->price ? price : "market");
    else if (report->kind == REPORT_EXECUTED) {
        client_markets_show_fee(markets, market, report->fee, fee);
        printf(" %s %s @ %s %s, fee %s, match %" PRIu64, quantity, market_name(markets, market), price,
               report->liquidity ? "taker" : "maker", fee, report->match);
    } else if (report->kind == REPORT_CANCELLED || report->kind == REPORT_EXPIRED)
        printf(" %s", quantity);
}

void client_print_message(const struct client_markets *markets, const struct report *report, uint32_t market,
                          bool json)
{
    char filled[UNITS_TEXT_MAX], open[UNITS_TEXT_MAX];

    check(report->kind < REPORT_KINDS && report->status <= STATUS_TRIGGER_FAILED);
    if (report->kind == REPORT_FORCED) {
        print_forced(markets, report, json);
        return;
    }
    if (json) {
        print_json(markets, report, market);
        return;
    }
    printf("#%" PRIu64 " %s %" PRIu32, report->sequence, kind_names[report->kind], report->reference);
    if (report->kind == REPORT_REPLACED)
        printf(" (was %" PRIu32 ")", report->other);
    print_what(markets, report, market);
    if (report->status) {
        client_markets_show_quantity(markets, market, report->filled, filled);
        client_markets_show_quantity(markets, market, report->open, open);
        printf(": %s, filled %s, open %s", status_names[report->status], filled, open);
    }
    if (report->reason)
        printf(", %s", reason_name(report->reason));
    if (report->client_id[0])
        printf(" [%s]", (const char *)report->client_id);
    printf("\n");
    fflush(stdout);
}

void client_print_event(const char *event, const char *text, bool json)
{
    char shown[640];

    if (json) {
        json_t *object = json_object();

        printable_write(text, shown, sizeof shown);
        set_text(object, "event", event);
        set_text(object, "text", shown);
        print_object(object);
    } else {
        printable_write(text, shown, sizeof shown);
        printf("%s: %s\n", event, shown);
        fflush(stdout);
    }
}

void client_print_markets(const struct client_markets *markets, bool json)
{
    for (uint32_t market = 1; market <= markets->names.count; market++) {
        char lot[UNITS_TEXT_MAX], tick[UNITS_TEXT_MAX];

        client_markets_show_quantity(markets, market, 1, lot);
        client_markets_show_price(markets, market, 1, tick);
        if (json)
            print_object(json_pack("{s:s,s:s,s:s}", "market", market_name(markets, market), "lot", lot, "tick", tick));
        else
            printf("%-24s lot %s, tick %s\n", market_name(markets, market), lot, tick);
    }
    fflush(stdout);
}
