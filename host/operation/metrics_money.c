#include "metrics_money.h"

#include <inttypes.h>

#include "lending.h"
#include "tally.h"
#include "units.h"

/* One value of a series; `label` and `of`: "" where there is none. */
struct value {
    const char *name, *help, *type, *label, *of;
    char text[UNITS_TEXT_MAX];
};

/* Takes each value in turn. */
typedef void (*value_sink)(void *context, const struct value *value);

struct money_out {
    value_sink sink;
    void *context;
};

static void money_put(const struct money_out *out, const char *name, const char *help, const char *label,
                      const char *of, wide number, unsigned decimals)
{
    const size_t length = __builtin_strlen(name);
    struct value value = { .name = name, .help = help, .label = label, .of = of, .type = "gauge" };

    if (length > 6 && __builtin_strcmp(name + length - 6, "_total") == 0)
        value.type = "counter";
    units_format(number, decimals, value.text, sizeof value.text);
    out->sink(out->context, &value);
}

static int64_t money_held(const struct state *state, uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = asset ? state_find_balance(state, subaccount, asset) : 0;

    return row ? state_balance(state, row)->amount : 0;
}

/* Of the settlement asset. */
static unsigned money_decimals(const struct state *state)
{
    const uint32_t usdc = state_settlement(state);

    return usdc ? state_asset(state, usdc)->decimals : 0;
}

static void money_totals(const struct state *state, const struct money_out *out)
{
    const struct totals *totals = state->t;
    const uint32_t usdc = state_settlement(state);
    const unsigned decimals = money_decimals(state);

    money_put(out, "settlement_passes_total", "settlement passes begun", "", "", totals->pass, 0);
    money_put(out, "settlement_under_way", "1 during a pass", "", "", totals->pass_stage != SETTLEMENT_IDLE, 0);
    money_put(out, "debts", "debts of all accounts in settlement", "", "", state_debts(state), decimals);
    money_put(out, "claims", "claims on debts", "", "", state_claims(state), decimals);
    money_put(out, "fund", "what the insurance fund has", "", "", money_held(state, SYSTEM_FUND, usdc), decimals);
    money_put(out, "fund_floor", "what it keeps", "", "", (wide)totals->fund_floor, decimals);
    money_put(out, "inputs_deferred", "inputs that wait for a pass or for their notice", "", "",
              totals->deferred_count, 0);
}

struct pool_series {
    const char *name, *help;
    wide (*number)(const struct pool *pool);
    int decimals;                /* -1: the asset's */
};

static wide pool_lent(const struct pool *pool)
{
    return pool->lent;
}

static wide pool_borrowed(const struct pool *pool)
{
    return pool->borrowed;
}

static wide pool_utilisation(const struct pool *pool)
{
    return lending_utilisation(pool);
}

static wide pool_borrow_rate(const struct pool *pool)
{
    return (wide)lending_borrow_rate(pool);
}

static wide pool_lend_rate(const struct pool *pool)
{
    return (wide)lending_lend_rate(pool);
}

static wide pool_written_off(const struct pool *pool)
{
    return pool->written_off;
}

static void money_pools(const struct state *state, const struct money_out *out)
{
    static const struct pool_series series[] = {
        { "pool_lent", "coins lent to a pool", pool_lent, -1 },
        { "pool_borrowed", "coins borrowed from it", pool_borrowed, -1 },
        { "pool_utilisation", "borrowed / lent", pool_utilisation, 6 },
        { "pool_borrow_rate", "yearly rate of borrowers", pool_borrow_rate, 9 },
        { "pool_lend_rate", "yearly rate of lenders", pool_lend_rate, 9 },
        { "pool_written_off_total", "coins by which the lend index has fallen", pool_written_off, -1 },
    };
    char symbol[17];

    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        for (uint32_t row = 1; row < state->assets.used; row++) {
            const struct pool *pool = state_pool(state, row);

            if (!pool->set)
                continue;
            snprintf(symbol, sizeof symbol, "%.16s", (const char *)state_asset(state, row)->symbol);
            money_put(out, series[i].name, series[i].help, "asset", symbol, series[i].number(pool),
                      series[i].decimals < 0 ? state_asset(state, row)->decimals : (unsigned)series[i].decimals);
        }
}

/* --- liquidation --- */

struct tally_series {
    const char *name, *help;
    wide (*number)(const struct tally *tally);
    bool plain;                  /* a count; else settlement units */
};

static wide tally_book(const struct tally *tally)
{
    return tally->book;
}

static wide tally_backstop(const struct tally *tally)
{
    return tally->backstop;
}

static wide tally_deleveraged(const struct tally *tally)
{
    return tally->deleveraged;
}

static wide tally_fees(const struct tally *tally)
{
    return tally->fees / 256; /* rounded towards 0: a metric */
}

static wide tally_topped_up(const struct tally *tally)
{
    return tally->topped_up;
}

static wide tally_stopped(const struct tally *tally)
{
    return (wide)tally->stopped;
}

static void money_tallies(const struct state *state, const struct money_out *out, unsigned decimals)
{
    static const struct tally_series series[] = {
        { "liquidated_book_total", "notional liquidated on the book, at the mark", tally_book, false },
        { "liquidated_backstop_total", "taken over by providers", tally_backstop, false },
        { "liquidated_deleveraged_total", "deleveraged", tally_deleveraged, false },
        { "liquidation_fees_total", "fees of liquidated accounts to the fund", tally_fees, false },
        { "fund_topped_up_total", "what the fund paid for hand-overs", tally_topped_up, false },
        { "liquidation_orders_stopped_total", "orders that the bands stopped short", tally_stopped, true },
    };
    char symbol[25];

    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        for (uint32_t row = 1; row < state->markets.used; row++) {
            snprintf(symbol, sizeof symbol, "%.24s", (const char *)state_market(state, row)->symbol);
            money_put(out, series[i].name, series[i].help, "market", symbol,
                      series[i].number(&state_unwind(state, row)->tally), series[i].plain ? 0 : decimals);
        }
}

static void money_liquidation(const struct state *state, const struct money_out *out)
{
    const struct tally_socialised socialised = tally_socialised(state);
    const unsigned decimals = money_decimals(state);
    const char *const help = "losses that others bear, by how they bear them";

    money_put(out, "liquidations_under_way", "accounts that are being liquidated", "", "", state->episodes.live, 0);
    money_put(out, "liquidations_total", "liquidations ever begun", "", "", (wide)state->t->episodes_made, 0);
    money_put(out, "backstop_commitments", "markets that a provider stands behind, over all providers", "", "",
              state->commitments.live, 0);
    money_tallies(state, out, decimals);
    money_put(out, "socialised", help, "kind", "deleveraged_loss", socialised.deleveraged_loss, decimals);
    money_put(out, "socialised", help, "kind", "claims", socialised.claims, decimals);
    money_put(out, "socialised", help, "kind", "claims_fallen", socialised.claims_fallen, decimals);
    money_put(out, "socialised", help, "kind", "lend_fallen", socialised.lend_fallen, decimals);
}

static void money_all(const struct metrics_money *money, const struct money_out *out)
{
    money_totals(money->state, out);
    money_pools(money->state, out);
    money_liquidation(money->state, out);
    money_put(out, "notices_dropped_total", "notices for which a batch had no room", "", "",
              (wide)money->notices_dropped, 0);
    for (unsigned kind = NOTICE_NONE + 1; kind < NOTICE_KINDS; kind++)
        money_put(out, "notices_total", "what the exchange did by itself and told", "kind", notice_text(kind),
                  money->notices[kind], 0);
}

struct printer {
    FILE *file;
    const char *last;            /* the series whose head is printed */
};

static void print_value(void *context, const struct value *value)
{
    struct printer *printer = context;

    if (printer->last != value->name)
        fprintf(printer->file, "# HELP vitrine_%s %s\n# TYPE vitrine_%s %s\n", value->name, value->help, value->name,
                value->type);
    printer->last = value->name;
    if (value->label[0])
        fprintf(printer->file, "vitrine_%s{%s=\"%s\"} %s\n", value->name, value->label, value->of, value->text);
    else
        fprintf(printer->file, "vitrine_%s %s\n", value->name, value->text);
}

void metrics_money_print(const struct metrics_money *money, FILE *file)
{
    struct printer printer = { file, NULL };

    money_all(money, &(struct money_out){ print_value, &printer });
}

static void object_value(void *context, const struct value *value)
{
    json_t *object = context, *inner;

    if (value->label[0] == '\0') {
        json_object_set_new(object, value->name, json_string(value->text));
        return;
    }
    inner = json_object_get(object, value->name);
    if (inner == NULL) {
        inner = json_object();
        json_object_set_new(object, value->name, inner);
    }
    json_object_set_new(inner, value->of, json_string(value->text));
}

json_t *metrics_money_object(const struct metrics_money *money)
{
    json_t *object = json_object();

    money_all(money, &(struct money_out){ object_value, object });
    return object;
}
