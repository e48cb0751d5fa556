/* Answers about liquidation: who is in one, who stands behind it, how it went so far. */
#include "admin_answer.h"
#include "admin_values.h"
#include "config.h"
#include "durations.h"
#include "margin.h"
#include "rank.h"
#include "tally.h"
#include "units.h"

/* --- episodes --- */

static void set_margin_now(const struct state *state, json_t *object, uint32_t subaccount)
{
    const unsigned decimals = admin_settlement_decimals(state);
    struct margin_view view;

    margin_compute(state, subaccount, NULL, &view);
    if (!view.priced)
        return;
    admin_set_u256(object, "equity", view.equity, decimals);
    admin_set_u256(object, "maintenance", view.maintenance, decimals);
    admin_set_u256(object, "initial", view.initial, decimals);
    admin_set_u256(object, "notional", view.notional, decimals);
}

static json_t *begun_object(const struct state *state, const struct episode *episode)
{
    json_t *object = json_object();

    admin_set_usdc(state, object, "equity", episode->equity);
    admin_set_usdc(state, object, "maintenance", episode->maintenance);
    admin_set_usdc(state, object, "notional", episode->notional);
    return object;
}

static json_t *episode_object(const struct state *state, const struct episode *episode)
{
    const uint64_t now_ns = state->t->time_ns;
    json_t *object = json_object();

    admin_set_number(object, "number", episode->number);
    admin_set_subaccount(state, object, episode->subaccount);
    admin_set_time(object, "begun", episode->begun_ns);
    admin_set_number(object, "seconds", (now_ns - episode->begun_ns) / NS_A_SECOND);
    json_object_set_new(object, "urgent", json_boolean(episode->urgent));
    json_object_set_new(object, "at_beginning", begun_object(state, episode));
    set_margin_now(state, object, episode->subaccount);
    admin_set_usdc(state, object, "book", episode->book);
    admin_set_usdc(state, object, "backstop", episode->backstop);
    admin_set_usdc(state, object, "deleveraged", episode->deleveraged);
    admin_set_u256(object, "fees", episode->fees, admin_settlement_decimals(state));
    return object;
}

json_t *admin_answer_liquidations(const struct state *state, uint32_t limit)
{
    json_t *object = json_pack("{s:b}", "ok", 1), *list = json_array();
    uint32_t row = state->t->episodes;

    for (; row && json_array_size(list) < limit; row = state_episode(state, row)->next)
        json_array_append_new(list, episode_object(state, state_episode(state, row)));
    json_object_set_new(object, "policy", json_string(config_policy_name(state->t->liquidation.policy)));
    admin_set_number(object, "begun", state->t->episodes_made);
    admin_set_number(object, "under_way", state->episodes.live);
    json_object_set_new(object, "liquidations", list);
    json_object_set_new(object, "more", json_boolean(row != TABLE_NONE));
    return object;
}

void admin_set_liquidation(const struct state *state, json_t *object, uint32_t subaccount)
{
    const struct subaccount *row = state_subaccount(state, subaccount);

    json_object_set_new(object, "margin_call", json_boolean(row->flags & SUBACCOUNT_CALLED));
    json_object_set_new(object, "liquidation",
                        row->episode ? episode_object(state, state_episode(state, row->episode)) : json_null());
}

/* --- providers --- */

static json_t *commitment_object(const struct state *state, const struct commitment *commitment)
{
    const struct market *market = state_market(state, commitment->market);
    json_t *object = json_object();

    admin_set_text(object, "market", market->symbol, sizeof market->symbol);
    admin_set_subaccount(state, object, commitment->subaccount);
    admin_set_usdc(state, object, "capacity", commitment->capacity);
    admin_set_usdc(state, object, "taken", commitment->taken);
    admin_set_time(object, "lowered_at", commitment->lower_ns);
    if (commitment->lower_ns)
        admin_set_usdc(state, object, "lowered_to", commitment->lower);
    return object;
}

json_t *admin_commitments_list(const struct state *state, uint32_t subaccount)
{
    json_t *list = json_array();

    for (uint32_t row = state_subaccount(state, subaccount)->commitments; row; row = state_commitment(state, row)->next)
        json_array_append_new(list, commitment_object(state, state_commitment(state, row)));
    return list;
}

json_t *admin_answer_backstops(const struct state *state, uint32_t market)
{
    json_t *list = json_array();

    for (uint32_t number = market ? market : 1; number < (market ? market + 1 : state->markets.used); number++)
        for (uint32_t row = state_market(state, number)->commitments; row;
             row = state_commitment(state, row)->next_of_market)
            json_array_append_new(list, commitment_object(state, state_commitment(state, row)));
    return admin_ok_with("backstops", list);
}

int64_t admin_backstop_capacity(const struct state *state, uint32_t market)
{
    int64_t sum = 0;

    for (uint32_t row = state_market(state, market)->commitments; row;
         row = state_commitment(state, row)->next_of_market)
        sum += state_commitment(state, row)->capacity;
    return sum;
}

/* --- the tally --- */

/* Percent of the whole to 4 decimals, rounded down; null where nothing has been liquidated. */
static void set_percent(json_t *object, const char *key, wide part, wide whole)
{
    if (whole > 0)
        admin_set_decimal(object, key, part * 1000000 / whole, 4);
    else
        json_object_set_new(object, key, json_null());
}

static void set_tally(const struct state *state, json_t *object, const struct tally *tally)
{
    const wide whole = (wide)tally->book + tally->backstop + tally->deleveraged;

    admin_set_usdc(state, object, "book", tally->book);
    admin_set_usdc(state, object, "backstop", tally->backstop);
    admin_set_usdc(state, object, "deleveraged", tally->deleveraged);
    set_percent(object, "book_percent", tally->book, whole);
    set_percent(object, "backstop_percent", tally->backstop, whole);
    set_percent(object, "deleveraged_percent", tally->deleveraged, whole);
    admin_set_number(object, "book_fills", tally->book_fills);
    admin_set_number(object, "backstop_fills", tally->backstop_fills);
    admin_set_number(object, "deleveraged_fills", tally->deleveraged_fills);
    admin_set_usdc(state, object, "deleveraged_loss", tally->deleveraged_loss);
    admin_set_u256(object, "fees", tally->fees, admin_settlement_decimals(state));
    admin_set_usdc(state, object, "topped_up", tally->topped_up);
    admin_set_number(object, "stopped_by_bands", tally->stopped);
}

static json_t *socialised_object(const struct state *state)
{
    const struct tally_socialised socialised = tally_socialised(state);
    json_t *object = json_object();

    admin_set_usdc(state, object, "deleveraged_loss", socialised.deleveraged_loss);
    admin_set_usdc(state, object, "claims", socialised.claims);
    admin_set_usdc(state, object, "claims_fallen", socialised.claims_fallen);
    admin_set_usdc(state, object, "lend_fallen", socialised.lend_fallen);
    admin_set_usdc(state, object, "sum", (wide)socialised.deleveraged_loss + socialised.claims +
                   socialised.claims_fallen + socialised.lend_fallen);
    return object;
}

json_t *admin_answer_tally(const struct state *state)
{
    const struct tally venue = tally_of_venue(state);
    json_t *object = json_pack("{s:b}", "ok", 1), *list = json_array(), *whole = json_object();

    for (uint32_t row = 1; row < state->markets.used; row++) {
        json_t *entry = json_object();

        admin_set_text(entry, "market", state_market(state, row)->symbol, 24);
        set_tally(state, entry, &state_unwind(state, row)->tally);
        if (state_market(state, row)->kind == MARKET_PERPETUAL)
            admin_set_usdc(state, entry, "backstop_capacity", admin_backstop_capacity(state, row));
        json_array_append_new(list, entry);
    }
    set_tally(state, whole, &venue);
    json_object_set_new(object, "venue", whole);
    json_object_set_new(object, "socialised", socialised_object(state));
    json_object_set_new(object, "markets", list);
    return object;
}

/* --- rules --- */

json_t *admin_liquidation_rules_object(const struct state *state)
{
    const struct liquidation_rules *rules = &state->t->liquidation;
    json_t *object = json_object();

    json_object_set_new(object, "policy", json_string(config_policy_name(rules->policy)));
    admin_set_decimal(object, "slice", rules->slice, 6);
    admin_set_decimal(object, "depth_share", rules->depth_share, 6);
    admin_set_decimal(object, "pause_seconds", rules->pause_ms, 3);
    admin_set_number(object, "urgent_seconds", rules->urgent_seconds);
    admin_set_number(object, "episode_seconds", rules->episode_seconds);
    admin_set_decimal(object, "stop", rules->stop, 6);
    admin_set_decimal(object, "backstop", rules->backstop, 6);
    admin_set_decimal(object, "fee", rules->fee, 6);
    admin_set_decimal(object, "fee_share", rules->fee_share, 6);
    admin_set_decimal(object, "adl_bound", rules->adl_bound, 6);
    admin_set_decimal(object, "conversion_impact", rules->conversion_impact, 6);
    admin_set_number(object, "notice_seconds", rules->notice_seconds);
    return object;
}
