#include "risk_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "config.h"
#include "decimal.h"
#include "policy.h"
#include "printable.h"
#include "report.h"
#include "units.h"

enum risk_scope { SCOPE_LIQUIDATION, SCOPE_VENUE, SCOPE_MARKET, SCOPE_ASSET, SCOPES };

enum risk_kind {
    RISK_FRACTION,           /* decimals, kept in millionths */
    RISK_FINE,               /* decimals, kept in 10^-9 */
    RISK_WHOLE,
    RISK_BASE,               /* of a margin function: "1/20" or decimals; its numerator, the denominator behind it */
    RISK_POLICY,             /* by name */
};

struct risk_key {
    const char *name;
    uint8_t scope, kind, bytes;
    uint16_t input, state;   /* offsets: in the record, in the row */
    int64_t min, max;        /* as kept */
};

#define MILLION INT64_C(1000000)
#define FIELD(name_, scope_, kind_, record_, row_, field_, min_, max_)                                               \
    { .name = name_, .scope = SCOPE_##scope_, .kind = RISK_##kind_,                                                  \
      .bytes = sizeof(((struct record_ *)0)->field_), .input = offsetof(struct record_, field_),                     \
      .state = offsetof(struct row_, field_), .min = min_, .max = max_ }
#define RULE(field_, kind_, min_, max_)                                                                              \
    FIELD(#field_, LIQUIDATION, kind_, input_liquidation_rules, liquidation_rules, field_, min_, max_)
#define VENUE(field_, max_) FIELD(#field_, VENUE, WHOLE, input_venue_rules, totals, field_, 0, max_)
#define MARKET(field_, kind_, min_, max_) FIELD(#field_, MARKET, kind_, input_market_set, market, field_, min_, max_)
#define ASSET(field_, kind_, min_, max_) FIELD(#field_, ASSET, kind_, input_asset_set, asset, field_, min_, max_)
#define FUNCTION(function_, scope_, record_, row_)                                                                   \
    FIELD(#function_ "_base", scope_, BASE, record_, row_, function_.numerator, 0, INT64_MAX),                       \
    FIELD(#function_ "_factor", scope_, FINE, record_, row_, function_.factor, 0, 1000 * MILLION)

/* Fields and ranges are those of sequencer/input.h and of the checks in host/core and host/liquidation. */
static const struct risk_key risk_keys[] = {
    RULE(policy, POLICY, 0, POLICIES - 1),
    RULE(slice, FRACTION, 1, MILLION),
    RULE(depth_share, FRACTION, 1, MILLION),
    RULE(pause_ms, WHOLE, 0, 60000),
    RULE(urgent_seconds, WHOLE, 0, 3600),
    RULE(episode_seconds, WHOLE, 0, 3600),
    RULE(stop, FRACTION, MILLION, 2 * MILLION),
    RULE(backstop, FRACTION, 0, MILLION),
    RULE(fee, FRACTION, 0, MILLION / 10),
    RULE(fee_share, FRACTION, 0, MILLION),
    RULE(adl_bound, FRACTION, 0, MILLION),
    RULE(conversion_impact, FRACTION, 0, MILLION),
    RULE(notice_seconds, WHOLE, 0, 30 * 86400),
    VENUE(settle_seconds, 3600),
    VENUE(notice_seconds, 30 * 86400),
    VENUE(fresh_seconds, 60),
    VENUE(approvals, 64),
    VENUE(fund_floor, LIMIT_BALANCE_UNITS),
    VENUE(withdraw_account_max, LIMIT_BALANCE_UNITS),
    VENUE(withdraw_venue_max, LIMIT_BALANCE_UNITS),
    FUNCTION(imf, MARKET, input_market_set, market),
    FUNCTION(mmf, MARKET, input_market_set, market),
    MARKET(limit_min, FRACTION, 0, CARD_MULTIPLIER_MAX),
    MARKET(limit_max, FRACTION, 0, CARD_MULTIPLIER_MAX),
    MARKET(impact_min, FRACTION, 0, CARD_MULTIPLIER_MAX),
    MARKET(impact_max, FRACTION, 0, CARD_MULTIPLIER_MAX),
    MARKET(mean_min, FRACTION, 0, CARD_MULTIPLIER_MAX),
    MARKET(mean_max, FRACTION, 0, CARD_MULTIPLIER_MAX),
    MARKET(tolerance, FRACTION, 0, CARD_TOLERANCE_MAX),
    MARKET(maker_fee, FRACTION, -MILLION / 10, MILLION / 10),
    MARKET(taker_fee, FRACTION, 0, MILLION / 10),
    MARKET(funding_max, FRACTION, 0, MILLION),
    MARKET(impact_notional, WHOLE, 0, LIMIT_NOTIONAL_UNITS),
    MARKET(quantity_max, WHOLE, 0, (int64_t)CARD_QUANTITY_MAX),
    MARKET(position_max, WHOLE, 0, INT64_MAX),
    MARKET(interest_max, WHOLE, 0, INT64_MAX),
    MARKET(fund_cap, WHOLE, 0, LIMIT_BALANCE_UNITS),
    ASSET(weight, FRACTION, 0, MILLION),
    ASSET(base, FRACTION, 0, MILLION),
    ASSET(penalty, FINE, 0, 1000 * MILLION),
    FUNCTION(borrow_imf, ASSET, input_asset_set, asset),
    FUNCTION(borrow_mmf, ASSET, input_asset_set, asset),
    ASSET(collateral_max, WHOLE, 0, LIMIT_BALANCE_UNITS),
    ASSET(withdraw_min, WHOLE, 0, INT64_MAX),
};
enum { KEYS = sizeof risk_keys / sizeof *risk_keys };

static const char *const scope_starts[SCOPES] = { "risk.", "risk.venue.", "risk.market.", "risk.asset." };

/* --- reading one --- */

static bool risk_has_thing(unsigned scope)
{
    return scope == SCOPE_MARKET || scope == SCOPE_ASSET;
}

/* Of "risk.market.SYMBOL.KEY" and the like; a symbol may hold points, a key none. */
static enum risk_scope risk_scope_of(const char *text)
{
    for (unsigned scope = SCOPES - 1; scope > SCOPE_LIQUIDATION; scope--)
        if (strncmp(text, scope_starts[scope], strlen(scope_starts[scope])) == 0)
            return (enum risk_scope)scope;
    return SCOPE_LIQUIDATION;
}

static bool risk_is_rule(const struct risk_key *key)
{
    return key->scope == SCOPE_LIQUIDATION && key->kind != RISK_POLICY;
}

static void risk_list_keys(unsigned scope, bool rules_only, char *text, size_t size)
{
    size_t used = 0;

    *text = '\0';
    for (unsigned i = 0; i < KEYS && used < size; i++)
        if (rules_only ? risk_is_rule(&risk_keys[i]) : risk_keys[i].scope == scope)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", risk_keys[i].name);
}

static bool risk_no_key(const char *shown, enum risk_scope scope, bool rules_only, char *error, size_t size)
{
    char list[512];

    risk_list_keys(scope, rules_only, list, sizeof list);
    if (rules_only) {
        snprintf(error, size, "%s: no such key here; there is risk.KEY with KEY one of %s", shown, list);
        return false;
    }
    snprintf(error, size, "%s: no such key; there is %s%sKEY with KEY one of %s%s", shown, scope_starts[scope],
             risk_has_thing(scope) ? "SYMBOL." : "", list,
             scope == SCOPE_LIQUIDATION ? "; and risk.venue.KEY, risk.market.SYMBOL.KEY, risk.asset.SYMBOL.KEY" : "");
    return false;
}

static const struct risk_key *risk_find(enum risk_scope scope, const char *name, size_t length)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (risk_keys[i].scope == scope && strlen(risk_keys[i].name) == length &&
            memcmp(risk_keys[i].name, name, length) == 0)
            return &risk_keys[i];
    return NULL;
}

/* The key in front of the '=' and what it is about. */
static bool risk_read_key(struct risk_set *set, const char *text, size_t length)
{
    const enum risk_scope scope = risk_scope_of(text);
    const char *name = text + strlen(scope_starts[scope]), *end = text + length, *point = end;

    if (strncmp(text, scope_starts[scope], strlen(scope_starts[scope])) != 0 || name > end)
        return false;
    if (risk_has_thing(scope)) {
        const size_t thing_max = scope == SCOPE_ASSET ? sizeof((struct asset *)0)->symbol - 1 : RISK_THING - 1;

        while (point > name && *point != '.')
            point--;
        if (point == name || (size_t)(point - name) > thing_max)
            return false;
        memcpy(set->thing, name, (size_t)(point - name));
        name = point + 1;
    }
    set->key = risk_find(scope, name, (size_t)(end - name));
    return set->key != NULL;
}

static unsigned risk_decimals(const struct risk_key *key)
{
    return key->kind == RISK_FINE ? 9 : key->kind == RISK_WHOLE ? 0 : 6;
}

/* "1/20", or decimals between 0 and 1. */
static bool risk_read_base(struct risk_set *set, const char *value)
{
    const char *slash = strchr(value, '/');
    uint64_t numerator, denominator = MILLION;
    int64_t millionths;

    if (slash == NULL) {
        if (units_parse(value, strlen(value), 6, &millionths) != UNITS_OK)
            return false;
        numerator = (uint64_t)millionths;
    } else if (!decimal_parse_whole(value, (size_t)(slash - value), &numerator) ||
               !decimal_parse_whole(slash + 1, strlen(slash + 1), &denominator)) {
        return false;
    }
    if (denominator == 0 || denominator > UINT32_MAX || numerator > denominator)
        return false;
    set->value = (int64_t)numerator;
    set->denominator = (uint32_t)denominator;
    return true;
}

static bool risk_read_value(struct risk_set *set, const char *value)
{
    const struct risk_key *key = set->key;
    uint32_t policy;

    if (key->kind == RISK_BASE)
        return risk_read_base(set, value);
    if (key->kind == RISK_POLICY) {
        if (!config_find_policy(value, &policy))
            return false;
        set->value = policy;
        return true;
    }
    return units_parse_signed(value, strlen(value), risk_decimals(key), &set->value) == UNITS_OK &&
           set->value >= key->min && set->value <= key->max;
}

/* What values a key takes. */
static void risk_range(const struct risk_key *key, char *text, size_t size)
{
    char min[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];
    size_t used;

    if (key->kind == RISK_POLICY) {
        used = (size_t)snprintf(text, size, "one of ");
        if (used < size)
            config_policy_names(text + used, size - used);
    } else if (key->kind == RISK_BASE) {
        snprintf(text, size, "a fraction from 0 to 1, like 1/20 or 0.05, with at most 6 decimals");
    } else {
        units_format(key->min, risk_decimals(key), min, sizeof min);
        units_format(key->max, risk_decimals(key), max, sizeof max);
        snprintf(text, size, "%s from %s to %s", key->kind == RISK_WHOLE ? "a whole number" : "a number", min, max);
        used = strlen(text);
        if (key->kind != RISK_WHOLE && used < size)
            snprintf(text + used, size - used, ", with at most %u decimals", risk_decimals(key));
    }
}

bool risk_sets_add(struct risk_sets *sets, const char *text, char *error, size_t size)
{
    const char *equals = strchr(text, '=');
    struct risk_set set = { .used = false };
    char shown[128], range[256];

    printable_write(text, shown, sizeof shown);
    if (equals == NULL) {
        snprintf(error, size, "%s: must be risk.KEY=VALUE", shown);
        return false;
    }
    if (sets->count == RISK_SETS) {
        snprintf(error, size, "%s: more than %d parameters", shown, RISK_SETS);
        return false;
    }
    if (!risk_read_key(&set, text, (size_t)(equals - text)) || (sets->rules_only && !risk_is_rule(set.key)))
        return risk_no_key(shown, risk_scope_of(text), sets->rules_only, error, size);
    if (!risk_read_value(&set, equals + 1)) {
        risk_range(set.key, range, sizeof range);
        snprintf(error, size, "%s: must be %s", shown, range);
        return false;
    }
    sets->set[sets->count++] = set;
    return true;
}

/* --- putting them over something --- */

static void risk_write(const struct risk_set *set, void *place)
{
    const uint32_t narrow = (uint32_t)set->value;

    if (set->key->bytes == sizeof narrow)
        memcpy(place, &narrow, sizeof narrow);
    else
        memcpy(place, &set->value, sizeof set->value);
    if (set->key->kind == RISK_BASE)
        memcpy((uint8_t *)place + sizeof narrow, &set->denominator, sizeof set->denominator);
}

/* All of a scope, and of a thing by its symbol. */
static bool risk_change(struct risk_sets *sets, enum risk_scope scope, const uint8_t *symbol, size_t size, void *to,
                        bool record)
{
    bool any = false;

    for (size_t i = 0; i < sets->count; i++) {
        struct risk_set *set = &sets->set[i];

        if (set->key->scope != scope || (symbol && memcmp(set->thing, symbol, size) != 0))
            continue;
        risk_write(set, (uint8_t *)to + (record ? set->key->input : set->key->state));
        any = set->used = true;
    }
    return any;
}

bool risk_sets_change(struct risk_sets *sets, struct input_header *record)
{
    struct input_market_set *market = (void *)record;
    struct input_asset_set *asset = (void *)record;

    if (record->kind == INPUT_MARKET_SET && record->size == sizeof *market)
        return risk_change(sets, SCOPE_MARKET, market->symbol, sizeof market->symbol, record, true);
    if (record->kind == INPUT_ASSET_SET && record->size == sizeof *asset)
        return risk_change(sets, SCOPE_ASSET, asset->symbol, sizeof asset->symbol, record, true);
    if (record->kind == INPUT_VENUE_RULES && record->size == sizeof(struct input_venue_rules))
        return risk_change(sets, SCOPE_VENUE, NULL, 0, record, true);
    if (record->kind == INPUT_LIQUIDATION_RULES && record->size == sizeof(struct input_liquidation_rules))
        return risk_change(sets, SCOPE_LIQUIDATION, NULL, 0, record, true);
    return false;
}

static bool risk_has_scope(const struct risk_sets *sets, enum risk_scope scope)
{
    for (size_t i = 0; i < sets->count; i++)
        if (sets->set[i].key->scope == scope)
            return true;
    return false;
}

/* A slice of at least 1 says that they have been set. */
static void risk_default_rules(struct liquidation_rules *rules)
{
    const struct input_liquidation_rules *set = config_liquidation_defaults();

    if (rules->slice != 0)
        return;
    *rules = (struct liquidation_rules){
        .policy = set->policy, .slice = set->slice, .depth_share = set->depth_share, .pause_ms = set->pause_ms,
        .urgent_seconds = set->urgent_seconds, .episode_seconds = set->episode_seconds, .stop = set->stop,
        .backstop = set->backstop, .fee = set->fee, .fee_share = set->fee_share, .adl_bound = set->adl_bound,
        .conversion_impact = set->conversion_impact, .notice_seconds = set->notice_seconds };
}

void risk_sets_change_state(struct risk_sets *sets, struct state *state)
{
    if (risk_has_scope(sets, SCOPE_LIQUIDATION))
        risk_default_rules(&state->t->liquidation);
    risk_change(sets, SCOPE_LIQUIDATION, NULL, 0, &state->t->liquidation, false);
    risk_change(sets, SCOPE_VENUE, NULL, 0, state->t, false);
    for (uint32_t row = 1; row < state->markets.used; row++)
        risk_change(sets, SCOPE_MARKET, state_market(state, row)->symbol, sizeof((struct market *)0)->symbol,
                    state_market(state, row), false);
    for (uint32_t row = 1; row < state->assets.used; row++)
        risk_change(sets, SCOPE_ASSET, state_asset(state, row)->symbol, sizeof((struct asset *)0)->symbol,
                    state_asset(state, row), false);
    for (uint32_t row = 1; row <= LIMIT_DEFERRED; row++) {
        struct deferred *deferred = table_row(&state->deferred, row);

        risk_sets_change(sets, &deferred->header);
    }
}

const struct risk_set *risk_sets_unused(const struct risk_sets *sets)
{
    for (size_t i = 0; i < sets->count; i++)
        if (!sets->set[i].used)
            return &sets->set[i];
    return NULL;
}

void risk_set_text(const struct risk_set *set, char *text, size_t size)
{
    const struct risk_key *key = set->key;
    char value[UNITS_TEXT_MAX];

    if (key->kind == RISK_POLICY)
        snprintf(value, sizeof value, "%s", config_policy_name((uint32_t)set->value));
    else if (key->kind == RISK_BASE)
        snprintf(value, sizeof value, "%" PRId64 "/%" PRIu32, set->value, set->denominator);
    else
        units_format(set->value, risk_decimals(key), value, sizeof value);
    snprintf(text, size, "%s%s%s%s=%s", scope_starts[key->scope], set->thing, *set->thing ? "." : "", key->name,
             value);
}

json_t *risk_set_json(const struct input_liquidation_rules *rules)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < KEYS; i++) {
        const struct risk_key *key = &risk_keys[i];
        uint32_t value;

        if (key->scope != SCOPE_LIQUIDATION)
            continue;
        memcpy(&value, (const uint8_t *)rules + key->input, sizeof value);
        report_set(object, key->name, key->kind == RISK_POLICY ? json_string(config_policy_name(value))
                                      : key->kind == RISK_WHOLE ? json_integer(value)
                                                                : json_real((double)value / (double)MILLION));
    }
    return object;
}
