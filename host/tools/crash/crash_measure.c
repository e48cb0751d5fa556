/* What a crash did: from notices as they come, and from the state once a second and at the end. */
#include <stdlib.h>
#include <string.h>

#include "crash_parts.h"
#include "margin_walk.h"
#include "memory.h"
#include "order.h"
#include "tally.h"

enum { MOMENTS_MOST = 600, MINUTE_SECONDS = 60, FORGONE_SECONDS = 60 };
#define REACH 0.05           /* of the mid: depth */
#define WIPED 0.01           /* of the equity at detection */
#define BANKRUPT 1.0         /* USDC that others bear for an account: less is rounding */

static double crash_usdc(int64_t units)
{
    return (double)units / CRASH_USDC;
}

static double crash_equity_of(const struct margin_view *view)
{
    return (double)(view->equity / 256) / CRASH_USDC;
}

static double crash_equity(const struct crash *crash, uint32_t subaccount)
{
    struct margin_view view;

    margin_compute_maintenance(crash->world->state, subaccount, &view);
    return crash_equity_of(&view);
}

static const struct crash_market *crash_market_of(const struct crash *crash, uint32_t row)
{
    for (uint32_t i = 0; i < crash->markets; i++)
        if (crash->market[i].row == row)
            return &crash->market[i];
    return NULL;
}

/* --- notices --- */

/* By how much lots were worth less at the raw index than at the mark they were unwound at: what was lost since the raw
 * index was where the mark is now. */
static void crash_add_lag(struct crash *crash, const struct notice *notice, struct crash_person *person)
{
    const struct crash_market *market = crash_market_of(crash, notice->market);
    const struct market *row = state_market(crash->world->state, notice->market);
    double raw, lag;

    if (market == NULL || row->mark == 0)
        return;
    raw = (double)state_asset(crash->world->state, market->asset)->index_raw / (double)market->tick;
    lag = ((double)row->mark / CARD_FIXED_ONE - raw) * fabs((double)notice->amount[0]) * CRASH_LOT_USDC;
    if (person->direction < 0)
        lag = -lag;
    person->lag += person->direction ? fmax(lag, 0) : fabs(lag);
}

static void crash_begun(const struct notice *notice, struct crash_person *person)
{
    if (!person->liquidated)
        person->equity_first = crash_usdc(notice->amount[0]);
    person->liquidated = person->under_way = true;
    person->begun_ns = notice->time_ns;
    person->begun_equity = crash_usdc(notice->amount[0]);
    person->begun_shortfall = person->shortfall;
}

/* The account goes on, or has closed everything by its own means. */
static bool crash_is_healthy(const struct notice *notice, const struct crash_person *person)
{
    const int64_t equity = notice->amount[0], least = notice->amount[2] > 0 ? notice->amount[1] : 1;

    return equity >= least && crash_usdc(equity) >= WIPED * person->begun_equity &&
           person->shortfall - person->begun_shortfall < BANKRUPT;
}

static void crash_ended(struct crash *crash, const struct notice *notice, struct crash_person *person)
{
    if (!person->under_way)
        return;
    person->under_way = false;
    person->equity_last = crash_usdc(notice->amount[0]);
    if (!crash_is_healthy(notice, person)) {
        crash->result->ended_wiped++;
        return;
    }
    crash->result->ended_healthy++;
    memory_grow((void **)&crash->episode_seconds, &crash->episode_room, crash->episode_count + 1, sizeof(double));
    crash->episode_seconds[crash->episode_count++] = (double)(notice->time_ns - person->begun_ns) / 1e9;
}

void crash_notice(void *context, const struct notice *notice)
{
    struct crash *crash = context;
    struct crash_person *person = &crash->person[notice->subaccount];

    if (!crash->measuring)
        return;
    switch (notice->kind) {
    case NOTICE_LIQUIDATION: crash_begun(notice, person); break;
    case NOTICE_LIQUIDATION_ENDED: crash_ended(crash, notice, person); break;
    case NOTICE_LIQUIDATION_FILL:
    case NOTICE_BACKSTOP_GIVEN: crash_add_lag(crash, notice, person); break;
    case NOTICE_BANKRUPT:
        crash_add_lag(crash, notice, person);
        person->shortfall += fmax(crash_usdc(notice->amount[2]) / 256, 0);
        break;
    case NOTICE_FUND_TOPPED_UP: person->shortfall += crash_usdc(notice->amount[0]); break;
    case NOTICE_DEBT_PAID:
        if (notice->amount[2] != NOTICE_BY_FUND)
            break;
        person->shortfall += crash_usdc(notice->amount[0]);
        crash->fund_paid_debts += crash_usdc(notice->amount[0]);
        break;
    case NOTICE_DELEVERAGED: person->deleveraged = true; break;
    default: break;
    }
}

/* --- reports --- */

/* The second of the run that a moment is in, where prices outside are known. */
static uint32_t crash_second_of(const struct crash *crash, uint64_t time_ns)
{
    const uint64_t begin_ns = crash->start_us * 1000, second = time_ns > begin_ns ? (time_ns - begin_ns) / NS_A_SECOND
                                                                                   : 0;

    return second < crash->seconds ? (uint32_t)second : crash->seconds;
}

/* What the deleveraged would have had, had he kept it for another minute. */
static void crash_add_forgone(struct crash *crash, const struct report *report)
{
    const struct crash_market *market = crash_market_of(crash, report->market);
    double later, got;

    if (market == NULL)
        return;
    later = (double)market->outside[crash_second_of(crash, report->time_ns + FORGONE_SECONDS * NS_A_SECOND)] /
            (double)market->tick;
    got = (double)report->exact_price / CARD_FIXED_ONE;
    crash->result->forgone += (report->side == CARD_SIDE_SELL ? later - got : got - later) *
                              (double)report->quantity * CRASH_LOT_USDC;
}

static void crash_add_forced_fill(struct crash *crash, const struct report *report)
{
    const double notional = (double)report->exact_price / CARD_FIXED_ONE * (double)report->quantity * CRASH_LOT_USDC;

    *(report->side == CARD_SIDE_SELL ? &crash->sold : &crash->bought) += notional;
}

/* Every fill has one maker. */
void crash_report(void *context, const struct report *report)
{
    struct crash *crash = context;

    if (report->kind == REPORT_EXECUTED && report->liquidity == 1)
        crash_flow_filled(crash, report);
    if (!crash->measuring)
        return;
    if (report->kind == REPORT_EXECUTED && report->liquidity == 0)
        crash->result->turnover += crash_worth(report->price, report->quantity);
    if (report->kind == REPORT_FORCED && report->forced == FORCED_DELEVERAGED)
        crash_add_forgone(crash, report);
    if (report->kind == REPORT_FORCED && report->forced == FORCED_FILL)
        crash_add_forced_fill(crash, report);
}

/* --- books --- */

/* Ticks; 0: a side is empty. */
static double crash_mid(const struct market *market)
{
    if (market->best[CARD_SIDE_BUY] == 0 || market->best[CARD_SIDE_SELL] == 0)
        return 0;
    return ((double)market->best[CARD_SIDE_BUY] + (double)market->best[CARD_SIDE_SELL]) / 2;
}

static void crash_forget_looks(struct crash *crash)
{
    for (uint32_t i = 0; i < crash->markets; i++)
        crash->looks[i] = (struct crash_looks){ .bid_low = HUGE_VAL };
    crash->look_count = crash->trouble = 0;
    crash->sold = crash->bought = 0;
    crash->bid_low = HUGE_VAL;
    crash->ask_high = 0;
}

static void crash_look_at_first(struct crash *crash)
{
    struct crash_result *result = crash->result;
    const struct market *first = state_market(crash->world->state, crash->market[0].row);
    const double mid = crash_mid(first) * (double)crash->market[0].tick / TAPE_COIN;

    if (first->best[CARD_SIDE_BUY])
        crash->bid_low = fmin(crash->bid_low, first->best[CARD_SIDE_BUY]);
    crash->ask_high = fmax(crash->ask_high, first->best[CARD_SIDE_SELL]);
    if (mid > 0 && (result->mid_low == 0 || mid < result->mid_low))
        result->mid_low = mid;
}

void crash_look_at_books(struct crash *crash, uint32_t second)
{
    const uint32_t at = second < crash->seconds ? second : crash->seconds;
    double both = 0;

    if (!crash->measuring || crash->world->failed)
        return;
    for (uint32_t i = 0; i < crash->markets; i++) {
        const struct crash_market *market = &crash->market[i];
        const struct market *row = state_market(crash->world->state, market->row);
        const double outside = (double)market->outside[at] / (double)market->tick;
        struct crash_looks *looks = &crash->looks[i];

        if (row->best[CARD_SIDE_BUY])
            looks->bid_low = fmin(looks->bid_low, row->best[CARD_SIDE_BUY] / outside);
        if (row->best[CARD_SIDE_SELL])
            looks->ask_high = fmax(looks->ask_high, row->best[CARD_SIDE_SELL] / outside);
        if (row->best[CARD_SIDE_BUY] && row->best[CARD_SIDE_SELL]) {
            looks->two_sided++;
            both += crash->interest[i];
        }
    }
    crash->look_count++;
    crash->trouble += crash->world->state->t->episodes != TABLE_NONE;
    crash_look_at_first(crash);
    if (second < crash->seconds) {
        crash->two_sided += both;
        crash->looks_on_tape++;
    }
}

/* --- moments --- */

/* Of all perpetuals. */
static double crash_depth(const struct crash *crash, uint32_t second)
{
    const struct state *state = crash->world->state;
    double mid[LIMIT_MARKETS] = { 0 }, sum = 0;

    for (uint32_t i = 0; i < crash->markets; i++) {
        const struct crash_market *market = &crash->market[i];
        const double there = crash_mid(state_market(state, market->row));

        mid[market->row] = there > 0 ? there : (double)market->outside[second] / (double)market->tick;
    }
    for (uint32_t row = 1; row < state->orders.used; row++) {
        const struct order *order = order_row(state, row);

        if (order->user != TABLE_NONE && order->active > 0 && order->place != ORDER_TRIGGER && mid[order->market] > 0 &&
            fabs(order->price / mid[order->market] - 1) <= REACH)
            sum += crash_worth(order->price, order->active);
    }
    return sum;
}

/* What stands of losses that nobody could pay, paid ones included. */
static double crash_shortfall(const struct crash *crash)
{
    const struct tally tally = tally_of_venue(crash->world->state);
    const struct tally_socialised socialised = tally_socialised(crash->world->state);

    return crash_usdc(tally.topped_up) + crash_usdc(tally.deleveraged_loss > 0 ? tally.deleveraged_loss : 0) +
           crash->fund_paid_debts + crash_usdc(socialised.claims) + crash_usdc(socialised.claims_fallen) +
           crash_usdc(socialised.lend_fallen);
}

/* Of all accounts together, what they have less than nothing. */
static double crash_underwater(const struct crash *crash)
{
    const uint32_t used = crash->world->state->subaccounts.used;
    struct margin_walk walk;
    double sum = 0;

    margin_walk_begin(&walk, crash->world->state, false);
    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < used; row++) {
        struct margin_view view;

        margin_walk_compute(&walk, row, &view);
        sum += fmax(-crash_equity_of(&view), 0);
    }
    return sum;
}

static double crash_fund(const struct crash *crash)
{
    return crash_usdc(world_held(crash->world, SYSTEM_FUND, crash->usdc));
}

void crash_begin_measure(struct crash *crash)
{
    struct crash_result *result = crash->result;
    const struct state *state = crash->world->state;

    crash->measuring = true;
    crash->liquidated = memory_reserve(crash->seconds + CRASH_TAIL_SECONDS + 1, sizeof(double));
    result->step_seconds = 1 + (crash->seconds - 1) / MOMENTS_MOST;
    result->moments = memory_reserve(crash->seconds / result->step_seconds + 1, sizeof *result->moments);
    result->fund_before = crash_fund(crash);
    for (uint32_t i = 0; i < crash->markets; i++) {
        crash->interest[i] = crash_worth(crash_ticks(&crash->market[i], crash->market[i].outside[0]),
                                         state_market(state, crash->market[i].row)->open_interest);
        result->open_interest += crash->interest[i];
    }
    for (uint32_t i = 0; i < crash->markets && result->open_interest > 0; i++)
        crash->interest[i] /= result->open_interest;
    crash->away_seconds = result->maker_departures = 0; /* those before don't count */
    crash_forget_looks(crash);
}

/* What all looks since the moment before have seen. */
static void crash_sum_looks(const struct crash *crash, struct crash_moment *moment)
{
    for (uint32_t i = 0; i < crash->markets; i++) {
        const struct crash_looks *looks = &crash->looks[i];
        const double weight = crash->interest[i];

        if (looks->bid_low < HUGE_VAL) {
            moment->bid_below += weight * (1 - looks->bid_low);
            moment->bid_share += weight;
        }
        if (looks->ask_high > 0) {
            moment->ask_above += weight * (looks->ask_high - 1);
            moment->ask_share += weight;
        }
        moment->two_sided += weight * looks->two_sided / crash->look_count;
    }
    moment->bid_below /= moment->bid_share > 0 ? moment->bid_share : 1;
    moment->ask_above /= moment->ask_share > 0 ? moment->ask_share : 1;
    moment->trouble = (double)crash->trouble / crash->look_count;
    moment->sold = crash->sold;
    moment->bought = crash->bought;
}

static void crash_add_moment(struct crash *crash, uint32_t second, const struct tally *tally)
{
    struct crash_result *result = crash->result;
    struct crash_moment *moment = &result->moments[result->moment_count++];
    const struct market *first = state_market(crash->world->state, crash->market[0].row);
    const double tick = (double)crash->market[0].tick / TAPE_COIN;

    *moment = (struct crash_moment){
        .second = second,
        .index = (double)crash->market[0].outside[second] / TAPE_COIN,
        .mark = (double)first->mark / CARD_FIXED_ONE * tick, .mid = crash_mid(first) * tick,
        .depth = crash_depth(crash, second), .book = crash_usdc(tally->book), .backstop = crash_usdc(tally->backstop),
        .deleveraged = crash_usdc(tally->deleveraged), .fund = crash_fund(crash), .shortfall = crash_shortfall(crash),
        .underwater = crash_underwater(crash), .bid = crash->bid_low < HUGE_VAL ? crash->bid_low * tick : 0,
        .ask = crash->ask_high * tick };
    crash_sum_looks(crash, moment);
    crash_forget_looks(crash);
    for (uint32_t row = crash->world->state->t->episodes; row != TABLE_NONE;
         row = state_episode(crash->world->state, row)->next)
        moment->episodes++;
}

void crash_measure_second(struct crash *crash, uint32_t second)
{
    const struct crash_result *result = crash->result;
    const struct tally tally = tally_of_venue(crash->world->state);

    if (crash->world->failed)
        return;
    crash->liquidated[second] = crash_usdc(tally.book) + crash_usdc(tally.backstop) + crash_usdc(tally.deleveraged);
    if (second < crash->seconds && second % result->step_seconds == 0)
        crash_add_moment(crash, second, &tally);
}

/* --- the end --- */

/* Sums as they stood become what came since the moment before. */
static void crash_part_moments(struct crash_result *result)
{
    for (uint32_t i = result->moment_count; i-- > 1;) {
        struct crash_moment *moment = &result->moments[i], *before = moment - 1;

        moment->book -= before->book;
        moment->backstop -= before->backstop;
        moment->deleveraged -= before->deleveraged;
    }
}

static void crash_find_worst_minute(struct crash *crash)
{
    for (uint32_t i = 0; i < crash->seconds + CRASH_TAIL_SECONDS; i++) {
        const double sum = crash->liquidated[i] - (i >= MINUTE_SECONDS ? crash->liquidated[i - MINUTE_SECONDS] : 0);

        if (sum > crash->result->worst_minute) {
            crash->result->worst_minute = sum;
            crash->result->worst_minute_at = i >= MINUTE_SECONDS ? i - MINUTE_SECONDS : 0;
        }
    }
}

static int crash_compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void crash_time_episodes(struct crash *crash)
{
    double sum = 0;

    if (crash->episode_count == 0)
        return;
    qsort(crash->episode_seconds, crash->episode_count, sizeof(double), crash_compare);
    for (size_t i = 0; i < crash->episode_count; i++)
        sum += crash->episode_seconds[i];
    crash->result->seconds_to_healthy = sum / (double)crash->episode_count;
    crash->result->seconds_to_healthy_p99 = crash->episode_seconds[(crash->episode_count - 1) * 99 / 100];
}

static void crash_count_person(struct crash *crash, uint32_t row)
{
    struct crash_result *result = crash->result;
    struct crash_person *person = &crash->person[row];

    person->shortfall += crash_usdc(state_subaccount(crash->world->state, row)->debt);
    result->bankrupt += person->shortfall >= BANKRUPT;
    result->shortfall_lag += fmin(person->shortfall, person->lag);
    result->deleveraged_accounts += person->deleveraged;
    if (!person->liquidated)
        return;
    if (person->under_way) {
        person->equity_last = crash_equity(crash, row);
        result->still_open++;
    }
    result->liquidated++;
    result->equity_before += fmax(person->equity_first, 0);
    result->equity_kept += fmax(person->equity_last, 0);
    result->wiped += person->shortfall >= BANKRUPT || person->equity_last < WIPED * person->equity_first;
}

static void crash_take_tally(struct crash *crash)
{
    const struct tally tally = tally_of_venue(crash->world->state);
    struct crash_result *result = crash->result;

    result->book = (struct crash_way){ crash_usdc(tally.book), tally.book_fills };
    result->backstop = (struct crash_way){ crash_usdc(tally.backstop), tally.backstop_fills };
    result->deleveraged = (struct crash_way){ crash_usdc(tally.deleveraged), tally.deleveraged_fills };
    result->deleveraged_loss = crash_usdc(tally.deleveraged_loss);
    result->stopped = tally.stopped;
    result->shortfall = crash_shortfall(crash);
    result->socialised = fmax(result->shortfall - crash_usdc(tally.topped_up) - crash->fund_paid_debts, 0);
    if (result->socialised < 1 / CRASH_USDC) /* below a unit: what adding up left */
        result->socialised = 0;
}

/* Equity, positions at the last price outside instead of the mark. */
static double crash_provider_worth(const struct crash *crash, uint32_t subaccount)
{
    double worth = crash_equity(crash, subaccount);

    for (uint32_t i = 0; i < crash->markets; i++) {
        const struct crash_market *market = &crash->market[i];
        const double mark = (double)state_market(crash->world->state, market->row)->mark / CARD_FIXED_ONE;

        worth += ((double)market->outside[crash->seconds] / (double)market->tick - mark) *
                 (double)world_lots(crash->world, subaccount, market->row) * CRASH_LOT_USDC;
    }
    return worth;
}

static void crash_end_books(struct crash *crash)
{
    struct crash_result *result = crash->result;

    result->underwater = crash_underwater(crash);
    result->underwater_max = result->underwater;
    result->depth_before = result->moments[0].depth;
    result->depth_low = result->depth_before > 0 ? 1 : 0;
    for (uint32_t i = 0; i < result->moment_count; i++) {
        result->underwater_max = fmax(result->underwater_max, result->moments[i].underwater);
        if (result->depth_before > 0)
            result->depth_low = fmin(result->depth_low, result->moments[i].depth / result->depth_before);
    }
    result->two_sided = crash->two_sided / (double)crash->looks_on_tape;
    result->maker_away = (double)crash->away_seconds / CRASH_MAKERS / (crash->seconds + CRASH_TAIL_SECONDS);
}

void crash_end_measure(struct crash *crash)
{
    struct crash_result *result = crash->result;

    if (crash->world->failed)
        return;
    crash_take_tally(crash);
    for (uint32_t row = SYSTEM_SUBACCOUNTS; row < crash->world->state->subaccounts.used; row++)
        crash_count_person(crash, row);
    for (unsigned i = 0; i < CRASH_PROVIDERS; i++)
        if (crash->provider[i].subaccount != TABLE_NONE)
            result->provider_profit += crash_provider_worth(crash, crash->provider[i].subaccount) -
                                       crash->provider_paid[i];
    crash_end_books(crash);
    crash_part_moments(result);
    crash_find_worst_minute(crash);
    crash_time_episodes(crash);
    result->fund_after = crash_fund(crash);
    result->orders = crash->orders;
}
