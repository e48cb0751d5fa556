/* What is printed: accounts with the largest differences, what happened to them, the venue's own figures. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "report.h"
#include "scenario_replay.h"
#include "tally.h"
#include "units.h"

enum { NAME_WIDTH = 24, WIDTH = 17, NAME_BYTES = 64 };

static const char *const cause_keys[REPLAY_CAUSES] = {
#define REPLAY_CAUSE_KEY(name, key, title) key,
    REPLAY_CAUSES_TABLE(REPLAY_CAUSE_KEY)
#undef REPLAY_CAUSE_KEY
};
static const char *const cause_titles[REPLAY_CAUSES] = {
#define REPLAY_CAUSE_TITLE(name, key, title) title,
    REPLAY_CAUSES_TABLE(REPLAY_CAUSE_TITLE)
#undef REPLAY_CAUSE_TITLE
};
static const char *const side_keys[REPLAY_SIDES] = { "recorded", "changed" };

static unsigned tell_decimals(const struct replay *replay)
{
    const struct state *state = replay->side[REPLAY_RECORDED].state;

    return state_settlement(state) ? state_asset(state, state_settlement(state))->decimals : 0;
}

static const char *tell_units(const struct replay *replay, wide units, char text[UNITS_TEXT_MAX])
{
    units_format(units, tell_decimals(replay), text, UNITS_TEXT_MAX);
    return text;
}

static const char *tell_name(const struct replay *replay, const struct replay_row *row, char text[NAME_BYTES])
{
    const struct state *state = replay->side[REPLAY_RECORDED].state;

    if (row->system)
        snprintf(text, NAME_BYTES, "exchange/%s", (const char *)state_subaccount(state, row->system)->name);
    else
        snprintf(text, NAME_BYTES, "%s", (const char *)state_account(state, row->account)->name);
    return text;
}

/* --- the table of accounts --- */

static void tell_add(struct replay_row *sum, const struct replay_row *row)
{
    for (unsigned n = 0; n < REPLAY_SIDES; n++)
        sum->equity[n] += row->equity[n];
    sum->difference += row->difference;
    for (unsigned i = 0; i < REPLAY_CAUSES; i++)
        sum->cause[i] += row->cause[i];
}

static bool tell_has_cause(const struct replay *replay, unsigned cause)
{
    for (size_t i = 0; i < replay->row_count; i++)
        if (replay->rows[i].cause[cause] != 0)
            return true;
    return false;
}

static void tell_row(const struct replay *replay, const char *name, const struct replay_row *row)
{
    const int64_t amounts[3] = { row->equity[REPLAY_RECORDED], row->equity[REPLAY_CHANGED], row->difference };
    char text[UNITS_TEXT_MAX];

    printf("%-*s", NAME_WIDTH, name);
    for (unsigned i = 0; i < 3; i++)
        printf(" %*s", WIDTH, tell_units(replay, amounts[i], text));
    for (unsigned i = 0; i < REPLAY_CAUSES; i++)
        if (tell_has_cause(replay, i))
            printf(" %*s", WIDTH, tell_units(replay, row->cause[i], text));
    printf("\n");
}

static void tell_title(const struct replay *replay)
{
    printf("\n%-*s %*s %*s %*s", NAME_WIDTH, "account", WIDTH, "recorded", WIDTH, "changed", WIDTH, "difference");
    for (unsigned i = 0; i < REPLAY_CAUSES; i++)
        if (tell_has_cause(replay, i))
            printf(" %*s", WIDTH, cause_titles[i]);
    printf("\n");
}

static bool tell_is_shown(const struct replay *replay, size_t row)
{
    return replay->rows[row].system != 0 || replay->accounts == 0 || row < replay->accounts;
}

static void tell_rows(const struct replay *replay)
{
    struct replay_row others = { 0 }, total = { 0 };
    size_t other_count = 0;
    char name[NAME_BYTES];
    bool told = false;

    tell_title(replay);
    for (size_t i = 0; i < replay->row_count; i++) {
        const struct replay_row *row = &replay->rows[i];

        tell_add(&total, row);
        if (!tell_is_shown(replay, i)) {
            tell_add(&others, row);
            other_count++;
        }
    }
    for (size_t i = 0; i < replay->row_count; i++) {
        if (replay->rows[i].system && !told && other_count) {
            snprintf(name, sizeof name, "%zu others", other_count);
            tell_row(replay, name, &others);
            told = true;
        }
        if (tell_is_shown(replay, i))
            tell_row(replay, tell_name(replay, &replay->rows[i], name), &replay->rows[i]);
    }
    tell_row(replay, "total", &total);
}

/* --- what happened to whom --- */

static const struct replay_story *tell_story_of(const struct replay *replay, unsigned n, const struct replay_row *row)
{
    return &replay->side[n].stories[row->account];
}

static void tell_story(const struct replay *replay, unsigned n, const struct replay_story *story)
{
    char begun[DATE_TEXT_MAX], ended[DATE_TEXT_MAX], text[5][UNITS_TEXT_MAX];

    printf("  %-9s", side_keys[n]);
    if (story->liquidations == 0) {
        printf("not liquidated, %" PRIu32 " margin calls", story->calls);
    } else {
        date_format_ms(story->begun_ns, begun);
        date_format_ms(story->ended_ns, ended);
        printf("liquidated %" PRIu32 " times from %s to %s, first with equity %s against maintenance %s: %s on the\n"
               "           book, %s by providers, %s by deleveraging others",
               story->liquidations, begun, story->ended_ns ? ended : "(not ended)",
               tell_units(replay, story->equity, text[0]), tell_units(replay, story->maintenance, text[1]),
               tell_units(replay, story->book, text[2]), tell_units(replay, story->backstop, text[3]),
               tell_units(replay, story->away, text[4]));
    }
    if (story->deleveraged)
        printf("; deleveraged %" PRIu32 " times, which lost %s", story->deleveraged,
               tell_units(replay, story->deleveraged_loss, text[1]));
    printf("; %" PRIu32 " fills\n", story->fills);
}

static void tell_refusals(const struct replay *replay, uint32_t account)
{
    for (size_t i = 0; i < replay->refusal_count; i++) {
        const struct replay_refusal *refusal = &replay->refusals[i];

        if (refusal->account == account)
            printf("  orders   %" PRIu64 " refused in the %s run alone: %s\n", refusal->count,
                   side_keys[refusal->side], reason_name(refusal->reason));
    }
}

static bool tell_has_refusals(const struct replay *replay, uint32_t account)
{
    for (size_t i = 0; i < replay->refusal_count; i++)
        if (replay->refusals[i].account == account)
            return true;
    return false;
}

static void tell_stories(const struct replay *replay)
{
    char name[NAME_BYTES];

    for (size_t i = 0; i < replay->row_count; i++) {
        const struct replay_row *row = &replay->rows[i];
        const struct replay_story *recorded = tell_story_of(replay, REPLAY_RECORDED, row);
        const struct replay_story *changed = tell_story_of(replay, REPLAY_CHANGED, row);

        if (row->system || !tell_is_shown(replay, i) ||
            (memcmp(recorded, changed, sizeof *recorded) == 0 && !tell_has_refusals(replay, row->account)))
            continue;
        printf("\n%s\n", tell_name(replay, row, name));
        tell_story(replay, REPLAY_RECORDED, recorded);
        tell_story(replay, REPLAY_CHANGED, changed);
        tell_refusals(replay, row->account);
    }
}

/* --- the venue --- */

/* Settlement units. `paid`: by the fund, for debts and to top up, since the begin of the stretch; the tally and what
 * was socialised count from the begin of the exchange. */
struct tell_venue {
    int64_t fund, paid, shortfall, socialised;
    uint32_t liquidated, closed_away; /* accounts; by deleveraging others */
    struct tally tally;
};

static struct tell_venue tell_venue_of(const struct replay *replay, unsigned n)
{
    const struct replay_side *side = &replay->side[n];
    const struct tally_socialised social = tally_socialised(side->state);
    struct tell_venue venue = { .tally = tally_of_venue(side->state),
                                .socialised = social.deleveraged_loss + social.claims + social.claims_fallen +
                                              social.lend_fallen };

    for (size_t i = 0; i < replay->row_count; i++) {
        const struct replay_row *row = &replay->rows[i];

        if (row->system == SYSTEM_FUND)
            venue.fund = row->equity[n];
        if (row->system == 0) {
            venue.liquidated += tell_story_of(replay, n, row)->liquidations != 0;
            venue.closed_away += tell_story_of(replay, n, row)->away != 0;
        }
    }
    for (size_t i = 0; i < side->sums.line_count; i++)
        if (side->sums.lines[i].subaccount == SYSTEM_FUND && side->sums.lines[i].column == COLUMN_HELD)
            venue.paid -= side->sums.lines[i].moved[ENTRY_FUND_PAID] + side->sums.lines[i].moved[ENTRY_FUND_TOPPED_UP];
    venue.shortfall = venue.paid + venue.socialised;
    return venue;
}

static void tell_venue(const struct replay *replay)
{
    struct tell_venue venues[REPLAY_SIDES];
    char text[2][UNITS_TEXT_MAX];

    printf("\n%-*s %*s %*s\n", NAME_WIDTH, "venue", WIDTH, "recorded", WIDTH, "changed");
    for (unsigned n = 0; n < REPLAY_SIDES; n++)
        venues[n] = tell_venue_of(replay, n);
#define LINE(title, field)                                                                                           \
    printf("%-*s %*s %*s\n", NAME_WIDTH, title, WIDTH, tell_units(replay, venues[REPLAY_RECORDED].field, text[0]),   \
           WIDTH, tell_units(replay, venues[REPLAY_CHANGED].field, text[1]))
    LINE("fund, worth", fund);
    LINE("paid by the fund", paid);
    LINE("socialised", socialised);
    LINE("shortfall", shortfall);
    LINE("liquidated on the book", tally.book);
    LINE("by providers", tally.backstop);
    LINE("by deleveraging", tally.deleveraged);
#undef LINE
    printf("%-*s %*" PRIu32 " %*" PRIu32 "\n%-*s %*" PRIu32 " %*" PRIu32 "\n", NAME_WIDTH, "accounts liquidated", WIDTH,
           venues[0].liquidated, WIDTH, venues[1].liquidated, NAME_WIDTH, "closed against others", WIDTH,
           venues[0].closed_away, WIDTH, venues[1].closed_away);
}

static void tell_beginning(const struct replay *replay)
{
    const struct audit_interval *interval = &replay->plan.interval[0];
    char time[DATE_TEXT_MAX], text[128];

    date_format_ms(replay->last_ns, time);
    if (interval->snapshot)
        printf("The journal's beginning is gone: from the snapshot after batch %" PRIu64 " on, with the other\n"
               "parameters put over what it holds.\n", interval->snapshot);
    else
        printf("From the first record.\n");
    printf("Batches %" PRIu64 " to %" PRIu64 ", until %s. Changed: %" PRIu64 " records, and %" PRIu64
           " more batches.\n", interval->first, replay->plan.last, time, replay->changed_records,
           replay->extra_batches);
    for (size_t i = 0; i < replay->sets.count; i++) {
        risk_set_text(&replay->sets.set[i], text, sizeof text);
        printf("  %s\n", text);
    }
}

void replay_tell(const struct replay *replay)
{
    tell_beginning(replay);
    if (replay->equal) {
        printf("Both runs are equal: every hash.\n");
        return;
    }
    tell_rows(replay);
    tell_stories(replay);
    tell_venue(replay);
    if (replay->answers_differ)
        printf("\n%" PRIu64 " inputs of the operator were answered differently.\n", replay->answers_differ);
    printf("\nThe causes make every account's difference, and each adds up to 0 over everybody.\n");
}

/* --- JSON --- */

static json_t *describe_story(const struct replay_story *story)
{
    json_t *object = json_object();

    report_set_count(object, "liquidations", story->liquidations);
    report_set(object, "begun_ns", story->begun_ns ? json_integer((json_int_t)story->begun_ns) : json_null());
    report_set(object, "ended_ns", story->ended_ns ? json_integer((json_int_t)story->ended_ns) : json_null());
    report_set(object, "equity", json_integer(story->equity));
    report_set(object, "maintenance", json_integer(story->maintenance));
    report_set(object, "book", json_integer(story->book));
    report_set(object, "backstop", json_integer(story->backstop));
    report_set(object, "deleveraged_away", json_integer(story->away));
    report_set_count(object, "margin_calls", story->calls);
    report_set_count(object, "deleveraged", story->deleveraged);
    report_set(object, "deleveraged_loss", json_integer(story->deleveraged_loss));
    report_set_count(object, "fills", story->fills);
    return object;
}

static json_t *describe_refusals(const struct replay *replay, uint32_t account)
{
    json_t *list = json_array();

    for (size_t i = 0; i < replay->refusal_count; i++) {
        const struct replay_refusal *refusal = &replay->refusals[i];
        json_t *object;

        if (refusal->account != account)
            continue;
        object = json_object();
        report_set(object, "refused_in", json_string(side_keys[refusal->side]));
        report_set(object, "reason", json_string(reason_name(refusal->reason)));
        report_set_count(object, "orders", refusal->count);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *describe_row(const struct replay *replay, const struct replay_row *row)
{
    json_t *object = json_object(), *causes = json_object();
    char name[NAME_BYTES];

    report_set(object, "account", json_string(tell_name(replay, row, name)));
    report_set(object, "equity_recorded", json_integer(row->equity[REPLAY_RECORDED]));
    report_set(object, "equity_changed", json_integer(row->equity[REPLAY_CHANGED]));
    report_set(object, "difference", json_integer(row->difference));
    for (unsigned i = 0; i < REPLAY_CAUSES; i++)
        report_set(causes, cause_keys[i], json_integer(row->cause[i]));
    report_set(object, "causes", causes);
    if (row->system)
        return object;
    for (unsigned n = 0; n < REPLAY_SIDES; n++)
        report_set(object, side_keys[n], describe_story(tell_story_of(replay, n, row)));
    report_set(object, "orders", describe_refusals(replay, row->account));
    return object;
}

static json_t *describe_venue(const struct replay *replay, unsigned n)
{
    const struct tell_venue venue = tell_venue_of(replay, n);
    json_t *object = json_object();

    report_set(object, "fund", json_integer(venue.fund));
    report_set(object, "fund_paid", json_integer(venue.paid));
    report_set(object, "shortfall", json_integer(venue.shortfall));
    report_set(object, "socialised", json_integer(venue.socialised));
    report_set(object, "book", json_integer(venue.tally.book));
    report_set(object, "backstop", json_integer(venue.tally.backstop));
    report_set(object, "deleveraged", json_integer(venue.tally.deleveraged));
    report_set_count(object, "accounts_liquidated", venue.liquidated);
    report_set_count(object, "accounts_closed_against_others", venue.closed_away);
    return object;
}

static void describe_run(const struct replay *replay, json_t *object)
{
    const uint64_t snapshot = replay->plan.interval[0].snapshot;
    json_t *sets = json_array();
    char text[128];

    for (size_t i = 0; i < replay->sets.count; i++) {
        risk_set_text(&replay->sets.set[i], text, sizeof text);
        json_array_append_new(sets, json_string(text));
    }
    report_set(object, "scenario", json_string("replay"));
    report_set(object, "from_snapshot", snapshot ? json_integer((json_int_t)snapshot) : json_null());
    report_set(object, "set", sets);
    report_set_count(object, "first", replay->plan.interval[0].first);
    report_set_count(object, "last", replay->plan.last);
    report_set_count(object, "changed_records", replay->changed_records);
    report_set_count(object, "extra_batches", replay->extra_batches);
    report_set_count(object, "answers_differ", replay->answers_differ);
    report_set_count(object, "decimals", tell_decimals(replay));
    report_set(object, "equal", json_boolean(replay->equal));
    for (unsigned n = 0; n < REPLAY_SIDES; n++) {
        char key[32], hash[65];

        for (size_t i = 0; i < sizeof replay->side[n].hash; i++)
            snprintf(hash + 2 * i, 3, "%02x", replay->side[n].hash[i]);
        snprintf(key, sizeof key, "hash_%s", side_keys[n]);
        report_set(object, key, json_string(hash));
    }
}

json_t *replay_describe(const struct replay *replay)
{
    json_t *object = json_object(), *accounts = json_array(), *exchange = json_array(), *venue = json_object();

    describe_run(replay, object);
    for (size_t i = 0; i < replay->row_count; i++)
        json_array_append_new(replay->rows[i].system ? exchange : accounts, describe_row(replay, &replay->rows[i]));
    for (unsigned n = 0; n < REPLAY_SIDES; n++)
        report_set(venue, side_keys[n], describe_venue(replay, n));
    report_set(object, "accounts", accounts);
    report_set(object, "exchange", exchange);
    report_set(object, "venue", venue);
    return object;
}
