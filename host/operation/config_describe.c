/* What an input of config_diff() changes, for people. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config_diff.h"
#include "config_names.h"
#include "settings.h"
#include "date.h"
#include "units.h"

struct description {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void description_add(struct description *description, const char *format,
                                                                  ...)
{
    va_list arguments;
    int written;

    if (description->used >= description->size)
        return;
    va_start(arguments, format);
    written = vsnprintf(description->text + description->used, description->size - description->used, format,
                        arguments);
    va_end(arguments);
    description->used += written > 0 ? (size_t)written : 0;
}

/* ", name OLD -> NEW" where they differ. */
static void description_value(struct description *description, const char *name, unsigned decimals, wide before,
                              wide after)
{
    char old[UNITS_TEXT_MAX], now[UNITS_TEXT_MAX];

    if (before == after)
        return;
    units_format(before, decimals, old, sizeof old);
    units_format(after, decimals, now, sizeof now);
    description_add(description, ", %s %s -> %s", name, old, now);
}

static void description_margin(struct description *description, const char *name, const struct margin_function *before,
                               const struct margin_function *after)
{
    char key[48];

    if (before->numerator != after->numerator || before->denominator != after->denominator)
        description_add(description, ", %s.base %u/%u -> %u/%u", name, before->numerator, before->denominator,
                        after->numerator, after->denominator);
    snprintf(key, sizeof key, "%s.factor", name);
    description_value(description, key, 9, (wide)before->factor, (wide)after->factor);
}

/* ", once its notice has passed at 2026-01-31T12:00:00Z" */
static void description_due(struct description *description, uint64_t due_ns)
{
    char text[DATE_TEXT_MAX];

    if (due_ns == 0)
        return;
    date_format(due_ns, text);
    description_add(description, ", tightens: takes effect at %s", text);
}

#define VALUE(key, decimals) description_value(description, #key, decimals, (wide)now.key, (wide)set->key)

static void describe_asset(struct description *description, const struct state *state,
                           const struct input_asset_set *set)
{
    uint32_t row = state_find_asset(state, set->symbol);
    struct input_asset_set now = { .header.kind = 0 };

    if (row)
        now = settings_asset(state_asset(state, row));
    description_add(description, "%s asset %.16s", row ? "change" : "new", (const char *)set->symbol);
    VALUE(decimals, 0);
    VALUE(haircut, 0);
    VALUE(flags, 0);
    VALUE(weight, 6);
    VALUE(base, 6);
    VALUE(penalty, 9);
    VALUE(withdraw_min, set->decimals);
    VALUE(collateral_max, set->decimals);
    description_margin(description, "borrow_imf", &now.borrow_imf, &set->borrow_imf);
    description_margin(description, "borrow_mmf", &now.borrow_mmf, &set->borrow_mmf);
    description_due(description, set->effective_ns);
}

static void describe_market(struct description *description, const struct state *state,
                            const struct input_market_set *set)
{
    uint32_t row = state_find_market(state, set->symbol);
    struct input_market_set now = { .header.kind = 0 };
    const unsigned quote = state_asset(state, set->quote_asset)->decimals;

    if (row)
        now = settings_market(state_market(state, row));
    description_add(description, "%s market %.24s", row ? "change" : "new", (const char *)set->symbol);
    VALUE(kind, 0);
    VALUE(bands, 0);
    VALUE(window_log2, 0);
    VALUE(window_step, 0);
    VALUE(speed_bump, 0);
    VALUE(base_asset, 0);
    VALUE(quote_asset, 0);
    VALUE(lot_units, 0);
    VALUE(tick_lot_units, 0);
    VALUE(maker_fee, 2);
    VALUE(taker_fee, 2);
    VALUE(limit_min, 6);
    VALUE(limit_max, 6);
    VALUE(impact_min, 6);
    VALUE(impact_max, 6);
    VALUE(mean_min, 6);
    VALUE(mean_max, 6);
    VALUE(tolerance, 6);
    VALUE(slot_quota, 0);
    VALUE(quantity_min, 0);
    VALUE(quantity_max, 0);
    VALUE(position_max, 0);
    VALUE(interest_max, 0);
    description_margin(description, "imf", &now.imf, &set->imf);
    VALUE(funding_hours, 0);
    VALUE(funding_max, 6);
    VALUE(impact_notional, quote);
    VALUE(fund_cap, quote);
    description_margin(description, "mmf", &now.mmf, &set->mmf);
    description_due(description, set->effective_ns);
}

static void describe_venue(struct description *description, const struct state *state,
                           const struct input_venue_rules *set)
{
    const struct input_venue_rules now = settings_venue(state);
    const uint32_t settlement = state_settlement(state);
    const unsigned usdc = settlement ? state_asset(state, settlement)->decimals : 0;
    char key[32];

    description_add(description, "change venue");
    VALUE(settle_seconds, 0);
    VALUE(notice_seconds, 0);
    VALUE(fresh_seconds, 0);
    VALUE(approvals, 0);
    VALUE(fund_floor, usdc);
    VALUE(withdraw_account_max, usdc);
    VALUE(withdraw_venue_max, usdc);
    for (unsigned i = 0; i < LIMIT_JURISDICTIONS; i++) {
        snprintf(key, sizeof key, "leverage_caps[%u]", i);
        description_value(description, key, 2, now.leverage_caps[i], set->leverage_caps[i]);
    }
    description_due(description, set->effective_ns);
}

static void describe_liquidation(struct description *description, const struct state *state,
                                 const struct input_liquidation_rules *set)
{
    const struct input_liquidation_rules now = settings_liquidation(state);

    description_add(description, "change liquidation");
    if (now.policy != set->policy)
        description_add(description, ", policy %s -> %s", config_policy_name(now.policy),
                        config_policy_name(set->policy));
    VALUE(slice, 6);
    VALUE(depth_share, 6);
    description_value(description, "pause_seconds", 3, now.pause_ms, set->pause_ms);
    VALUE(urgent_seconds, 0);
    VALUE(episode_seconds, 0);
    VALUE(stop, 6);
    VALUE(backstop, 6);
    VALUE(fee, 6);
    VALUE(fee_share, 6);
    VALUE(adl_bound, 6);
    VALUE(conversion_impact, 6);
    VALUE(notice_seconds, 0);
    description_due(description, set->effective_ns);
}

static void describe_pricing(struct description *description, const struct state *state,
                             const struct input_pricing_set *set)
{
    const struct input_pricing_set now = settings_pricing(state, set->asset);

    description_add(description, "change pricing of %.16s", (const char *)state_asset(state, set->asset)->symbol);
    VALUE(quorum, 0);
    VALUE(stale_ms, 0);
    VALUE(outlier, 6);
    VALUE(clamp, 6);
    VALUE(change, 6);
    VALUE(agree, 6);
    description_due(description, set->effective_ns);
}

static void describe_pool(struct description *description, const struct state *state, const struct input_pool_set *set)
{
    const struct input_pool_set now = settings_pool(state, set->asset);
    const struct asset *asset = state_asset(state, set->asset);

    description_add(description, "%s pool of %.16s", state_pool(state, set->asset)->set ? "change" : "new",
                    (const char *)asset->symbol);
    VALUE(rate_zero, 6);
    VALUE(rate_optimal, 6);
    VALUE(rate_full, 6);
    VALUE(optimal, 6);
    VALUE(fee, 6);
    VALUE(throttle, 6);
    VALUE(utilisation_max, 6);
    VALUE(step_seconds, 0);
    VALUE(step, asset->decimals);
    VALUE(borrow_max, asset->decimals);
    VALUE(account_max, asset->decimals);
    description_due(description, set->effective_ns);
}

static void describe_subaccount(struct description *description, const struct state *state,
                                const struct input_subaccount_set *set)
{
    const struct subaccount *row = state_subaccount(state, set->header.subaccount);
    const struct input_subaccount_set now = { .flags = row->flags & SUBACCOUNT_FLAGS };

    description_add(description, "change subaccount %.24s of account %.24s", (const char *)row->name,
                    (const char *)state_account(state, row->account)->name);
    VALUE(flags, 0);
}

static void describe_user(struct description *description, const struct state *state, const struct input_user_set *set)
{
    uint32_t row = state_find_user(state, set->name);
    struct input_user_set now = { .header.kind = 0 };
    char key[65];

    if (row)
        now = settings_user(state_user(state, row));
    description_add(description, "%s user %.8s of account %.24s", row ? "change" : "new", (const char *)set->name,
                    (const char *)state_account(state, set->account)->name);
    VALUE(account, 0);
    VALUE(flags, 0);
    VALUE(rate, 0);
    if (memcmp(now.key, set->key, sizeof now.key) != 0) {
        name_write_hex(set->key, sizeof set->key, key);
        description_add(description, ", key -> %s", key);
    }
}

static void describe_account(struct description *description, const struct state *state,
                             const struct input_account_set *set)
{
    const struct account *row = state_account(state, set->account);
    struct input_account_set now = { .leverage = row->leverage, .flags = row->flags,
                                           .jurisdiction = row->jurisdiction };

    description_add(description, "change account %.24s", (const char *)row->name);
    VALUE(leverage, 2);
    VALUE(flags, 0);
    VALUE(jurisdiction, 0);
}

void config_describe(const struct state *state, const struct input_header *input, char *text, size_t size)
{
    struct description description = { text, size, 0 };
    const struct input_account_create *account = (const void *)input;
    const struct input_subaccount_create *subaccount = (const void *)input;
    const struct input_venue_set *venue = (const void *)input;

    text[0] = '\0';
    if (input->kind == INPUT_ASSET_SET)
        describe_asset(&description, state, (const void *)input);
    else if (input->kind == INPUT_MARKET_SET)
        describe_market(&description, state, (const void *)input);
    else if (input->kind == INPUT_VENUE_RULES)
        describe_venue(&description, state, (const void *)input);
    else if (input->kind == INPUT_LIQUIDATION_RULES)
        describe_liquidation(&description, state, (const void *)input);
    else if (input->kind == INPUT_PRICING_SET)
        describe_pricing(&description, state, (const void *)input);
    else if (input->kind == INPUT_VENUE_SET)
        description_add(&description, "venue %u of %.16s: %.16s, weight %u", venue->venue,
                        (const char *)state_asset(state, venue->asset)->symbol, (const char *)venue->name,
                        venue->weight);
    else if (input->kind == INPUT_POOL_SET)
        describe_pool(&description, state, (const void *)input);
    else if (input->kind == INPUT_SUBACCOUNT_SET)
        describe_subaccount(&description, state, (const void *)input);
    else if (input->kind == INPUT_USER_SET)
        describe_user(&description, state, (const void *)input);
    else if (input->kind == INPUT_ACCOUNT_SET)
        describe_account(&description, state, (const void *)input);
    else if (input->kind == INPUT_ACCOUNT_CREATE)
        description_add(&description, "new account %.24s", (const char *)account->name);
    else if (input->kind == INPUT_SUBACCOUNT_CREATE)
        description_add(&description, "new subaccount %.24s of account %.24s", (const char *)subaccount->name,
                        (const char *)state_account(state, subaccount->account)->name);
}
