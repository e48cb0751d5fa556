/* Commands about prices, lending, withdrawals and the operator's rails. */
#include <string.h>

#include "admin_commands.h"
#include "check.h"
#include "config.h"
#include "config_names.h"
#include "settings.h"
#include "date.h"
#include "decimal.h"

uint64_t admin_parse_time(struct admin_parse *parse, const char *field)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, field, buffer);
    uint64_t time_ns = 0;

    if (decimal_parse_whole(text, strlen(text), &time_ns) && time_ns <= UINT64_MAX / 1000000000)
        return time_ns * 1000000000;
    if (!date_parse(text, &time_ns))
        admin_parse_fail(parse, field, text, "is no time: \"2026-12-31T23:59:59Z\", or seconds since 1970");
    return parse->failed ? 0 : time_ns;
}

static uint64_t read_effective(struct admin_parse *parse)
{
    return admin_parse_has(parse, "effective") ? admin_parse_time(parse, "effective") : 0;
}

/* Fields that a record has as whole numbers or fractions; what is not said stays. */
struct number_field {
    const char *name;
    size_t offset;
    unsigned decimals;
    int64_t min, max;
};

static void read_numbers(struct admin_parse *parse, const struct number_field *fields, size_t count,
                         struct input_header *record)
{
    for (size_t i = 0; i < count; i++)
        if (admin_parse_has(parse, fields[i].name)) {
            uint32_t *values = (void *)record;

            check(fields[i].offset < record->size && fields[i].offset % sizeof *values == 0);
            values[fields[i].offset / sizeof *values] = (uint32_t)admin_parse_number(
                parse, fields[i].name, fields[i].decimals, fields[i].min, fields[i].max);
        }
}

/* Likewise amounts of coins, 0 included. */
static void read_amount(struct admin_parse *parse, const char *field, unsigned decimals, uint64_t *amount)
{
    if (admin_parse_has(parse, field))
        *amount = (uint64_t)admin_parse_number(parse, field, decimals, 0, LIMIT_BALANCE_UNITS);
}

/* --- prices --- */

static uint8_t read_venue_number(struct admin_parse *parse)
{
    return (uint8_t)admin_parse_number(parse, "venue", 0, 0, LIMIT_VENUES - 1);
}

/* By its number, or by the name that it has for this asset. */
static uint8_t read_venue(struct admin_parse *parse, uint32_t asset)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, "venue", buffer);
    uint8_t name[16] = { 0 };

    if (!name_is_plain(text) || strlen(text) >= sizeof name || asset == 0)
        return read_venue_number(parse);
    memcpy(name, text, strlen(text));
    for (uint8_t i = 0; i < LIMIT_VENUES; i++)
        if (memcmp(state_pricing(parse->state, asset)->venues[i].name, name, sizeof name) == 0)
            return i;
    admin_parse_fail(parse, "venue", text, "is no venue of the asset (a name or a number)");
    return 0;
}

void admin_read_quote(struct admin_parse *parse)
{
    INPUT_BEGIN(input_quote, INPUT_QUOTE);
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    input->venue = read_venue(parse, input->asset);
    if (admin_parse_has(parse, "bid"))
        input->bid = (uint64_t)admin_parse_number(parse, "bid", 12, 1, INT64_MAX);
    if (admin_parse_has(parse, "ask"))
        input->ask = (uint64_t)admin_parse_number(parse, "ask", 12, 1, INT64_MAX);
    if (admin_parse_has(parse, "last"))
        input->last = (uint64_t)admin_parse_number(parse, "last", 12, 1, INT64_MAX);
    if (!parse->failed && input->bid == 0 && input->ask == 0 && input->last == 0)
        admin_parse_fail(parse, "bid", "", "is missing: give some of bid, ask, last");
}

void admin_read_venue(struct admin_parse *parse)
{
    INPUT_BEGIN(input_venue_set, INPUT_VENUE_SET);
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    input->venue = read_venue_number(parse);
    input->weight = (uint32_t)admin_parse_number(parse, "weight", 0, 0, 1000000);
    if (input->weight)
        admin_parse_name(parse, "name", input->name, sizeof input->name - 1, name_is_plain);
}

void admin_read_pricing(struct admin_parse *parse)
{
#define FIELD(name, decimals, min, max) { #name, offsetof(struct input_pricing_set, name), decimals, min, max }
    static const struct number_field fields[] = {
        FIELD(quorum, 0, 1, LIMIT_VENUES), FIELD(stale_ms, 0, 100, 3600000), FIELD(outlier, 6, 1, 1000000),
        FIELD(clamp, 6, 1, 1000000), FIELD(change, 6, 1, 1000000), FIELD(agree, 6, 0, 1000000),
    };
#undef FIELD
    const uint32_t asset = admin_parse_asset(parse, "asset");

    INPUT_BEGIN(input_pricing_set, INPUT_PRICING_SET);
    if (parse->failed)
        return;
    *input = settings_pricing(parse->state, (uint16_t)asset);
    read_numbers(parse, fields, sizeof fields / sizeof *fields, &input->header);
    input->effective_ns = read_effective(parse);
}

/* --- lending --- */

void admin_read_pool(struct admin_parse *parse)
{
#define FIELD(name, decimals, min, max) { #name, offsetof(struct input_pool_set, name), decimals, min, max }
    static const struct number_field fields[] = {
        FIELD(rate_zero, 6, 0, 100000000), FIELD(rate_optimal, 6, 0, 100000000), FIELD(rate_full, 6, 0, 100000000),
        FIELD(optimal, 6, 1, 999999), FIELD(fee, 6, 0, 1000000), FIELD(throttle, 6, 0, 1000000),
        FIELD(utilisation_max, 6, 0, 1000000), FIELD(step_seconds, 0, 1, 86400),
    };
#undef FIELD
    const uint32_t asset = admin_parse_asset(parse, "asset");
    unsigned decimals;

    INPUT_BEGIN(input_pool_set, INPUT_POOL_SET);
    if (parse->failed)
        return;
    *input = settings_pool(parse->state, (uint16_t)asset);
    if (!state_pool(parse->state, asset)->set) {
        input->optimal = 800000;
        input->throttle = 1000000;
        input->utilisation_max = 950000;
        input->step_seconds = 60;
    }
    decimals = state_asset(parse->state, asset)->decimals;
    read_numbers(parse, fields, sizeof fields / sizeof *fields, &input->header);
    read_amount(parse, "step", decimals, &input->step);
    read_amount(parse, "borrow_max", decimals, &input->borrow_max);
    read_amount(parse, "account_max", decimals, &input->account_max);
    input->effective_ns = read_effective(parse);
}

static void read_lending(struct admin_parse *parse, enum lend_step step)
{
    INPUT_BEGIN(input_lend, INPUT_LEND);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    input->step = (uint8_t)step;
    if (admin_parse_has(parse, "amount"))
        input->amount = admin_parse_amount(parse, "amount", input->asset);
}

void admin_read_lend(struct admin_parse *parse)
{
    read_lending(parse, LEND_LEND);
}

void admin_read_redeem(struct admin_parse *parse)
{
    read_lending(parse, LEND_REDEEM);
}

void admin_read_borrow(struct admin_parse *parse)
{
    read_lending(parse, LEND_BORROW);
}

void admin_read_repay(struct admin_parse *parse)
{
    read_lending(parse, LEND_REPAY);
}

uint32_t admin_read_flags(struct admin_parse *parse, uint32_t flags)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } names[] = {
        { "auto_lend", SUBACCOUNT_AUTO_LEND }, { "auto_redeem", SUBACCOUNT_AUTO_REDEEM },
        { "auto_borrow", SUBACCOUNT_AUTO_BORROW }, { "auto_repay", SUBACCOUNT_AUTO_REPAY },
        { "vpnl", SUBACCOUNT_VPNL },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const bool on = admin_parse_flag(parse, names[i].name, flags & names[i].flag);

        flags = (flags & ~names[i].flag) | (on ? names[i].flag : 0);
    }
    return flags;
}

void admin_read_subaccount_set(struct admin_parse *parse)
{
    const struct subaccount *now;

    INPUT_BEGIN(input_subaccount_set, INPUT_SUBACCOUNT_SET);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    if (parse->failed)
        return;
    now = state_subaccount(parse->state, input->header.subaccount);
    input->flags = admin_read_flags(parse, now->flags & SUBACCOUNT_FLAGS);
    if (admin_parse_has(parse, "name"))
        admin_parse_name(parse, "name", input->name, sizeof input->name - 1, name_is_plain);
    else
        memcpy(input->name, now->name, sizeof input->name);
}

/* --- money out --- */

static void read_withdraw(struct admin_parse *parse, uint8_t apart)
{
    INPUT_BEGIN(input_withdraw, INPUT_WITHDRAW);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    input->amount = admin_parse_amount(parse, "amount", input->asset);
    input->apart = apart;
    admin_parse_name(parse, "id", input->id, sizeof input->id, NULL);
}

void admin_read_withdraw(struct admin_parse *parse)
{
    read_withdraw(parse, 0);
}

void admin_read_apart_return(struct admin_parse *parse)
{
    read_withdraw(parse, 1);
}

void admin_read_apart_accept(struct admin_parse *parse)
{
    INPUT_BEGIN(input_apart, INPUT_APART);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->amount = admin_parse_amount(parse, "amount", state_settlement(parse->state));
}

void admin_read_withdrawal(struct admin_parse *parse)
{
    INPUT_BEGIN(input_withdrawal, INPUT_WITHDRAWAL);
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    admin_parse_name(parse, "id", input->id, sizeof input->id, NULL);
}

static void read_step(struct admin_parse *parse, enum withdrawal_step step)
{
    struct input_withdrawal *input = (void *)parse->request->input;

    admin_read_withdrawal(parse);
    input->step = (uint8_t)step;
    if (step == WITHDRAWAL_APPROVE && admin_parse_has(parse, "approver"))
        input->approver = (uint8_t)admin_parse_number(parse, "approver", 0, 0, 63);
}

void admin_read_approve(struct admin_parse *parse)
{
    read_step(parse, WITHDRAWAL_APPROVE);
}

void admin_read_release(struct admin_parse *parse)
{
    read_step(parse, WITHDRAWAL_RELEASE);
}

void admin_read_cancel(struct admin_parse *parse)
{
    read_step(parse, WITHDRAWAL_CANCEL);
}

/* --- rails --- */

void admin_read_write_off(struct admin_parse *parse)
{
    INPUT_BEGIN(input_write_off, INPUT_WRITE_OFF);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
}

void admin_read_delist(struct admin_parse *parse)
{
    const bool back = admin_parse_flag(parse, "cancel", false);

    INPUT_BEGIN(input_delist, INPUT_DELIST);
    input->market = (uint16_t)admin_parse_market(parse, "market");
    if (back == admin_parse_has(parse, "at"))
        admin_parse_fail(parse, "at", "", "say when, or cancel=true to take a delisting back");
    else if (!back)
        input->at_ns = admin_parse_time(parse, "at");
}

void admin_read_dust(struct admin_parse *parse)
{
    INPUT_BEGIN(input_dust, INPUT_DUST);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
}

void admin_read_change_cancel(struct admin_parse *parse)
{
    INPUT_BEGIN(input_change_cancel, INPUT_CHANGE_CANCEL);
    input->number = (uint64_t)admin_parse_number(parse, "number", 0, 1, INT64_MAX);
}

void admin_read_rules(struct admin_parse *parse)
{
#define FIELD(name, max) { #name, offsetof(struct input_venue_rules, name), 0, 0, max }
    static const struct number_field fields[] = {
        FIELD(settle_seconds, 3600), FIELD(notice_seconds, 30 * 86400), FIELD(fresh_seconds, 60), FIELD(approvals, 64),
    };
#undef FIELD
    const uint32_t settlement = state_settlement(parse->state);
    const unsigned decimals = settlement ? state_asset(parse->state, settlement)->decimals : 0;
    uint32_t jurisdiction;

    INPUT_BEGIN(input_venue_rules, INPUT_VENUE_RULES);
    *input = settings_venue(parse->state);
    read_numbers(parse, fields, sizeof fields / sizeof *fields, &input->header);
    read_amount(parse, "fund_floor", decimals, &input->fund_floor);
    read_amount(parse, "withdraw_account_max", decimals, &input->withdraw_account_max);
    read_amount(parse, "withdraw_venue_max", decimals, &input->withdraw_venue_max);
    if (admin_parse_has(parse, "jurisdiction") != admin_parse_has(parse, "leverage_cap"))
        admin_parse_fail(parse, "leverage_cap", "", "say jurisdiction and leverage_cap, or neither");
    if (!parse->failed && admin_parse_has(parse, "jurisdiction")) {
        jurisdiction = (uint32_t)admin_parse_number(parse, "jurisdiction", 0, 0, LIMIT_JURISDICTIONS - 1);
        input->leverage_caps[jurisdiction] = (uint32_t)admin_parse_number(parse, "leverage_cap", 2, 0, 100000);
    }
    input->effective_ns = read_effective(parse);
}

/* --- liquidation --- */

static void read_policy(struct admin_parse *parse, uint32_t *policy)
{
    char buffer[32], names[128];
    const char *text = admin_parse_text(parse, "policy", buffer);

    config_policy_names(names, sizeof names);
    if (admin_parse_has(parse, "policy") && !config_find_policy(text, policy))
        admin_parse_fail(parse, "policy", text, "is no policy: one of %s", names);
}

void admin_read_liquidation(struct admin_parse *parse)
{
#define FIELD(name, decimals, min, max)                                                                                \
    { #name, offsetof(struct input_liquidation_rules, name), decimals, min, max }
    static const struct number_field fields[] = {
        FIELD(slice, 6, 1, 1000000), FIELD(depth_share, 6, 1, 1000000), FIELD(urgent_seconds, 0, 0, 3600),
        FIELD(episode_seconds, 0, 0, 3600), FIELD(stop, 6, 1000000, 2000000), FIELD(backstop, 6, 0, 1000000),
        FIELD(fee, 6, 0, 100000), FIELD(fee_share, 6, 0, 1000000), FIELD(adl_bound, 6, 0, 1000000),
        FIELD(conversion_impact, 6, 0, 1000000), FIELD(notice_seconds, 0, 0, 30 * 86400),
        { "pause_seconds", offsetof(struct input_liquidation_rules, pause_ms), 3, 0, 60000 },
    };
#undef FIELD

    INPUT_BEGIN(input_liquidation_rules, INPUT_LIQUIDATION_RULES);
    *input = settings_liquidation(parse->state);
    read_policy(parse, &input->policy);
    read_numbers(parse, fields, sizeof fields / sizeof *fields, &input->header);
    input->effective_ns = read_effective(parse);
}

void admin_read_backstop(struct admin_parse *parse)
{
    const uint32_t settlement = state_settlement(parse->state);
    const unsigned decimals = settlement ? state_asset(parse->state, settlement)->decimals : 0;

    INPUT_BEGIN(input_backstop, INPUT_BACKSTOP);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->market = (uint16_t)admin_parse_market(parse, "market");
    input->capacity = admin_parse_number(parse, "capacity", decimals, 0, LIMIT_NOTIONAL_UNITS);
}
