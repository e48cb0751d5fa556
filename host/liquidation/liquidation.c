/* The machine: one stage after the other, a bounded number of steps a batch. */
#include "liquidation.h"

#include <string.h>

#include "control.h"
#include "durations.h"
#include "liquidation_parts.h"
#include "settlement.h"
#include "watch.h"

bool liquidation_rules_are_sound(const struct input_liquidation_rules *input)
{
    enum { WHOLE = 1000000, HOUR_SECONDS = 3600, NOTICE_SECONDS_MAX = 30 * 86400, PAUSE_MS_MAX = 60000 };

    return (input->policy == POLICY_NONE || policy_get(input->policy) != NULL) && input->slice >= 1 &&
           input->slice <= WHOLE && input->depth_share >= 1 && input->depth_share <= WHOLE &&
           input->pause_ms <= PAUSE_MS_MAX && input->urgent_seconds <= HOUR_SECONDS &&
           input->episode_seconds <= HOUR_SECONDS && input->stop >= WHOLE && input->stop <= 2 * WHOLE &&
           input->backstop <= WHOLE && input->fee <= WHOLE / 10 && input->fee_share <= WHOLE &&
           input->adl_bound <= WHOLE && input->conversion_impact <= WHOLE &&
           input->notice_seconds <= NOTICE_SECONDS_MAX && input->reserved == 0;
}

/* --- detection --- */

static void liquidation_call(struct exchange *exchange, uint32_t row, const struct margin_view *view)
{
    struct subaccount *subaccount = state_subaccount(&exchange->state, row);
    struct notice *notice;

    if (subaccount->flags & SUBACCOUNT_CALLED)
        return;
    subaccount->flags |= SUBACCOUNT_CALLED;
    notice = core_notice(exchange, NOTICE_MARGIN_CALL, row);
    notice->amount[0] = margin_units(view->equity);
    notice->amount[1] = margin_units(view->maintenance);
    notice->amount[2] = margin_units(view->notional);
    core_report_notice(exchange, notice, CARD_SIDE_BUY, 0);
}

/* False: as many episodes as a batch may begin. */
static bool liquidation_found(void *context, uint32_t row, enum watch_level level, const struct margin_view *view)
{
    struct exchange *exchange = context;

    if (level == WATCH_NONE) {
        state_subaccount(&exchange->state, row)->flags &= ~(uint32_t)SUBACCOUNT_CALLED;
        return true;
    }
    liquidation_call(exchange, row, view);
    if (level == WATCH_LIQUIDATION && exchange->state.t->liquidation.policy != POLICY_NONE &&
        !liquidation_has_begun(&exchange->state, row) && unwind_has_any(&exchange->state, row) &&
        episode_begin(exchange, row, view) != TABLE_NONE)
        exchange->begins_left--;
    return exchange->begins_left > 0;
}

void liquidation_look_at_all(struct exchange *exchange)
{
    watch_mark_all(exchange->watch, &exchange->state);
    exchange->state.t->detections_full = LIQUIDATION_FULL;
}

/* How far the mark of a market has moved since the second before, as parts of 2^-10 of it; only where anybody has a
 * position. */
static uint64_t liquidation_mark_moved(const struct state *state, uint32_t market)
{
    const struct samples *samples = state_samples(state, market);
    const uint64_t now = state_market(state, market)->mark;
    uint64_t before;

    if (state_market(state, market)->open_interest == 0 || samples->marks_made < 2)
        return 0;
    before = samples->marks[(samples->marks_made - 2) % LIMIT_SAMPLES];
    return before == 0 ? 0 : (now > before ? now - before : before - now) / ((before >> 10) + 1);
}

/* In how many batches those are found whose bounds prices have crossed (watch_cross()), after a tick's are there: many
 * lie close together on the way of a fall. 0: at once. */
static uint32_t liquidation_crossings(const struct state *state)
{
    enum { MOVED = 8 };
    uint64_t moved = 0, parts;

    for (uint32_t row = 1; row < state->markets.used; row++)
        moved += liquidation_mark_moved(state, row);
    parts = state->t->crossings + moved / MOVED;
    return parts < LIQUIDATION_CROSSINGS ? (uint32_t)parts : LIQUIDATION_CROSSINGS;
}

/* How many rows a batch covers, when looking at an account takes 1 to 3 us: fewer where many are due. A pass has
 * touched everybody whom it paid, a mark that has moved far since the second before comes near to many, and what
 * liquidation closes has somebody on the other side. Of the state alone: how many are due is not (watch.h). */
static uint32_t liquidation_rows(const struct state *state)
{
    enum { FAR = 8, NEAR = 1, SOME_ROWS = 512 }; /* liquidation_mark_moved() */
    const struct totals *totals = state->t;
    uint32_t rows = totals->episodes != TABLE_NONE ? SOME_ROWS : LIQUIDATION_ROWS;

    if (totals->detections_full > 0 ||
        (totals->settle_seconds &&
         totals->next_settle >= totals->next_tick + (totals->settle_seconds - 1) * NS_A_SECOND))
        return LIQUIDATION_FEW_ROWS; /* or a pass began at this tick */
    for (uint32_t row = 1; row < state->markets.used; row++) {
        const uint64_t moved = liquidation_mark_moved(state, row);

        if (moved >= FAR)
            return LIQUIDATION_FEW_ROWS;
        if (moved >= NEAR)
            rows = SOME_ROWS;
    }
    return rows;
}

/* True: every row has been looked at. */
static bool liquidation_detect(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;
    const uint32_t from = totals->liquidation_at;
    uint32_t rows;

    if (exchange->watch_rows == 0 || !tick_take_step(exchange)) {
        exchange->derived_more = true;
        return false;
    }
    if (totals->crossings > 0) {
        watch_cross(exchange->watch, totals->crossings--);
        exchange->watch_rows = 0;
        exchange->derived_more = true;
        return false;
    }
    rows = liquidation_rows(&exchange->state);
    totals->liquidation_at = watch_run(exchange->watch, &exchange->state, from,
                                       rows < exchange->watch_rows ? rows : exchange->watch_rows, liquidation_found,
                                       exchange);
    if (exchange->options.watcher.detected)
        exchange->options.watcher.detected(exchange->options.watcher.context, from, totals->liquidation_at);
    exchange->watch_rows = 0;
    exchange->derived_more |= totals->liquidation_at != TABLE_NONE;
    if (totals->liquidation_at == TABLE_NONE && totals->detections_full > 0)
        totals->detections_full--;
    return totals->liquidation_at == TABLE_NONE;
}

/* --- walks of the episodes --- */

static bool liquidation_hand_over(struct exchange *exchange, uint32_t row)
{
    struct episode *episode = state_episode(&exchange->state, row);
    const struct policy *policy = policy_get(exchange->state.t->liquidation.policy);
    struct policy_plan plan = { 0 };
    struct policy_case what;
    struct margin_view view;

    if (policy == NULL || book_has_orders(&exchange->state, episode->subaccount))
        return true;
    episode_case(exchange, row, true, &view, &what);
    policy->plan(&what, &plan);
    if (plan.end) {
        episode_end(exchange, row, &view);
        return true;
    }
    if (plan.hand_over && !backstop_hand_over(exchange, row, &plan))
        return false;
    if (plan.deleverage || plan.claw_back) {
        margin_compute_maintenance(&exchange->state, episode->subaccount, &view);
        if (deleverage_is_due(exchange, row, &view))
            episode->stage = EPISODE_DELEVERAGE;
    }
    return true;
}

/* A look at an episode is a step; a hand-over that goes on in another batch has taken it, or where a batch has one step
 * only there would never be one left for a position. */
static bool liquidation_take_step(struct exchange *exchange, uint32_t row)
{
    return state_episode(&exchange->state, row)->hand_over_at != TABLE_NONE || tick_take_step(exchange);
}

/* One stage over all episodes; true: through. */
static bool liquidation_walk(struct exchange *exchange, bool (*one)(struct exchange *exchange, uint32_t episode))
{
    struct totals *totals = exchange->state.t;

    while (totals->liquidation_at != TABLE_NONE) {
        const uint32_t row = totals->liquidation_at;
        const uint32_t next = state_episode(&exchange->state, row)->next; /* it may end */
        bool done;

        if (exchange->episodes_left == 0 || !core_room(exchange, CORE_INPUT_ACTIONS) ||
            !liquidation_take_step(exchange, row)) {
            exchange->derived_more = true;
            return false;
        }
        exchange->episodes_left--;
        liquidation_watch(exchange, totals->liquidation_stage, false);
        done = one(exchange, row);
        liquidation_watch(exchange, totals->liquidation_stage, true);
        if (!done)
            return false;
        totals->liquidation_at = next;
    }
    return true;
}

static void liquidation_enter(struct exchange *exchange, enum liquidation_stage stage)
{
    struct totals *totals = exchange->state.t;

    if (stage == LIQUIDATION_PLAN)
        slices_begin(exchange);
    totals->liquidation_stage = stage;
    totals->liquidation_at = stage >= LIQUIDATION_PLAN && stage <= LIQUIDATION_HAND_OVER ? totals->episodes : 0;
}

/* --- the machine --- */

/* True: on to the next step at once. `quiet`: nothing has gone out in this round before the machine. Else something of
 * an account's may be out that is the exchange's own (a conversion), and it would be taken for an account that waits
 * for its orders' cancellation: detection alone goes on. What has gone out makes another round of the same batch, and
 * neither a settlement walk nor portions of a market order last for ever. */
static bool liquidation_step(struct exchange *exchange, bool quiet)
{
    struct totals *totals = exchange->state.t;

    if (!quiet && totals->liquidation_stage > LIQUIDATION_DETECT)
        return false;
    switch ((enum liquidation_stage)totals->liquidation_stage) {
    case LIQUIDATION_DETECT:
        if (!liquidation_detect(exchange))
            return false;
        liquidation_enter(exchange, totals->episodes != TABLE_NONE ? LIQUIDATION_PLAN : LIQUIDATION_IDLE);
        if (exchange->begins_left == LIQUIDATION_BEGINS)
            return true;
        exchange->derived_more = true; /* orders of those just found are cancelled before anybody's plan */
        return false;
    case LIQUIDATION_PLAN:
        if (!liquidation_walk(exchange, slices_plan))
            return false;
        slices_share(exchange);
        liquidation_enter(exchange, LIQUIDATION_SEND);
        return true;
    case LIQUIDATION_SEND:
        if (!liquidation_walk(exchange, slices_send))
            return false;
        liquidation_enter(exchange, LIQUIDATION_HAND_OVER);
        return true;
    case LIQUIDATION_HAND_OVER: /* what has been sent must be through */
        if (totals->liquidation_round == totals->round || !liquidation_walk(exchange, liquidation_hand_over))
            return false;
        liquidation_enter(exchange, LIQUIDATION_DELEVERAGE);
        return true;
    case LIQUIDATION_DELEVERAGE:
        if (!deleverage_run(exchange))
            return false;
        liquidation_enter(exchange, LIQUIDATION_TURN);
        return true;
    case LIQUIDATION_TURN:
        if (!turn_run(exchange))
            return false;
        liquidation_enter(exchange, LIQUIDATION_IDLE);
        return true;
    case LIQUIDATION_IDLE:
        break;
    }
    return false;
}

void liquidation_tick(struct exchange *exchange)
{
    struct totals *totals = exchange->state.t;

    backstop_tick(exchange);
    if (totals->liquidation.policy == POLICY_NONE && totals->episodes == TABLE_NONE)
        return;
    unwind_sample(exchange);
    watch_tick(exchange->watch, &exchange->state);
    if (totals->liquidation_stage == LIQUIDATION_IDLE)
        liquidation_enter(exchange, LIQUIDATION_DETECT);
    totals->crossings = liquidation_crossings(&exchange->state);
    if (totals->crossings == 0)
        watch_cross(exchange->watch, 1);
    if (liquidation_rows(&exchange->state) < LIQUIDATION_ROWS) /* the tick itself was work enough */
        exchange->watch_rows = 0;
}

void liquidation_run(struct exchange *exchange)
{
    const bool quiet = exchange->action_count == 0;

    if (settlement_under_way(&exchange->state))
        return;
    while (liquidation_step(exchange, quiet))
        ;
    if (quiet) /* or it would have the steps of what waits */
        rank_run(exchange);
}

enum reason liquidation_set_rules(struct exchange *exchange, const struct input_liquidation_rules *input)
{
    struct liquidation_rules *rules = &exchange->state.t->liquidation;
    enum reason reason;

    if (!liquidation_rules_are_sound(input))
        return REASON_OUT_OF_RANGE;
    if (!control_takes_effect(exchange, &input->header, input->effective_ns, tighten_liquidation(rules, input),
                              TABLE_NONE, TABLE_NONE, &reason))
        return reason;
    *rules = (struct liquidation_rules){
        .policy = input->policy, .slice = input->slice, .depth_share = input->depth_share,
        .pause_ms = input->pause_ms, .urgent_seconds = input->urgent_seconds,
        .episode_seconds = input->episode_seconds, .stop = input->stop, .backstop = input->backstop,
        .fee = input->fee, .fee_share = input->fee_share, .adl_bound = input->adl_bound,
        .conversion_impact = input->conversion_impact, .notice_seconds = input->notice_seconds,
    };
    liquidation_look_at_all(exchange);
    return REASON_NONE;
}
