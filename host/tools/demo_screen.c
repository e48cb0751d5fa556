#include "demo_screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "summary.h"

#define QUIET_SECONDS 10

static uint64_t screen_count(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static uint64_t screen_part(const json_t *object, const char *distribution, const char *key)
{
    return (uint64_t)json_number_value(json_object_get(json_object_get(object, distribution), key));
}

static uint64_t screen_rate(uint64_t now, uint64_t before, uint64_t elapsed_ns)
{
    return elapsed_ns ? (uint64_t)((double)(now - before) * 1e9 / (double)elapsed_ns) : 0;
}

static void screen_how_to_connect(const struct demo_screen *screen)
{
    printf("connect:  vitrine client --user you --password demo --port %s      then: buy BTC_USDC_PERP 0.01 @ 60010\n"
           "operate:  vitrine admin --directory %s help\n", screen->port, screen->directory);
}

void demo_screen_begin(const struct demo_screen *screen)
{
    if (screen->terminal)
        printf("\033[2J");
    else
        screen_how_to_connect(screen);
    fflush(stdout);
}

static const char *screen_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "-";
}

static void screen_markets(const json_t *markets)
{
    size_t index;
    json_t *market;

    printf("%-16s %-12s %12s %12s %12s %12s %16s %7s\n", "market", "state", "bid", "ask", "last", "mark",
           "open interest", "orders");
    json_array_foreach(json_object_get(markets, "markets"), index, market)
        printf("%-16s %-12s %12s %12s %12s %12s %16s %7" PRIu64 "\n", screen_text(market, "symbol"),
               screen_text(market, "state"), screen_text(market, "best_bid"), screen_text(market, "best_ask"),
               screen_text(market, "last_trade"), screen_text(market, "mark"), screen_text(market, "open_interest"),
               screen_count(market, "slots_used"));
}

static void screen_line(const char *label, uint64_t value, const char *unit)
{
    char text[28];

    printf("%-28s %14s %s\n", label, summary_count(value, text), unit);
}

void demo_screen_show(struct demo_screen *screen, const json_t *answer, const json_t *markets, uint64_t now_ns)
{
    const json_t *counters = json_object_get(answer, "counters");
    const uint64_t elapsed_ns = now_ns - screen->shown_ns;
    const uint64_t inputs = screen_count(counters, "inputs_total"), batches = screen_count(counters, "batches_total");
    const uint64_t orders_a_second = screen->shown_ns ? screen_rate(inputs, screen->inputs, elapsed_ns) : 0;
    const uint64_t lag_ns = screen_part(counters, "journal_lag_ns", "p99");

    if (screen->terminal) {
        printf("\033[H\033[J");
        printf("Vitrine, an exchange on the %s card. Ctrl-C ends it.\n\n",
               strcmp(screen->engine, "model") == 0 ? "model of the" : "simulated");
        screen_how_to_connect(screen);
        printf("\n");
        screen_line("orders", orders_a_second, "a second");
        screen_line("batches", screen->shown_ns ? screen_rate(batches, screen->batches, elapsed_ns) : 0, "a second");
        screen_line("inputs so far", inputs, "");
        screen_line("events of the card", screen_count(counters, "events_total"), "");
        screen_line("open orders", screen_count(counters, "orders_open"), "");
        screen_line("journal", screen_count(counters, "journal_bytes_total") >> 20, "MiB");
        screen_line("until durable, p50", screen_part(counters, "journal_lag_ns", "p50") / 1000, "us");
        screen_line("until durable, p99", lag_ns / 1000, "us");
        printf("\n");
        screen_markets(markets);
    } else if (screen->quiet++ % QUIET_SECONDS == 0) {
        printf("%" PRIu64 " inputs, %" PRIu64 " a second, %" PRIu64 " open orders, durable within %" PRIu64
               " us (p99)\n", inputs, orders_a_second, screen_count(counters, "orders_open"), lag_ns / 1000);
    }
    fflush(stdout);
    screen->shown_ns = now_ns;
    screen->inputs = inputs;
    screen->batches = batches;
}

void demo_screen_end(const struct demo_screen *screen)
{
    if (screen->terminal)
        printf("\n");
}
