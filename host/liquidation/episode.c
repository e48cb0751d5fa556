/* An episode begins, is looked at, and ends. */
#include <string.h>

#include "liquidation_parts.h"

enum { EPISODE_FALL_SECONDS = 10 };

/* --- begin and end --- */

static void episode_link(struct exchange *exchange, uint32_t row)
{
    struct totals *totals = exchange->state.t;
    struct episode *episode = state_episode(&exchange->state, row);

    episode->prev = totals->episodes_last;
    if (totals->episodes_last != TABLE_NONE)
        state_episode(&exchange->state, totals->episodes_last)->next = row;
    else
        totals->episodes = row;
    totals->episodes_last = row;
}

static void episode_unlink(struct exchange *exchange, uint32_t row)
{
    struct totals *totals = exchange->state.t;
    const struct episode *episode = state_episode(&exchange->state, row);

    if (episode->prev != TABLE_NONE)
        state_episode(&exchange->state, episode->prev)->next = episode->next;
    else
        totals->episodes = episode->next;
    if (episode->next != TABLE_NONE)
        state_episode(&exchange->state, episode->next)->prev = episode->prev;
    else
        totals->episodes_last = episode->prev;
}

/* Slices are parts of what there was at the beginning; 0 once it is over. */
static void episode_note_lots(struct exchange *exchange, uint32_t subaccount, bool begins)
{
    uint32_t row = state_subaccount(&exchange->state, subaccount)->positions;

    for (; row != TABLE_NONE; row = state_position(&exchange->state, row)->next) {
        const struct position *position = state_position(&exchange->state, row);

        state_position_detail(&exchange->state, row)->episode_lots = begins ? state_lots(position) : 0;
    }
}

/* Where there is no room for a job, PLAN cancels them, fewer at a time. */
static void episode_cancel_all(struct exchange *exchange, uint32_t subaccount)
{
    const struct job job = { .scope = JOB_SUBACCOUNT, .target = subaccount, .side = 2, .triggers_too = 1,
                             .reason = REASON_LIQUIDATION };

    if (book_has_orders(&exchange->state, subaccount))
        (void)job_add_spare(exchange, &job);
}

static void episode_tell_view(struct exchange *exchange, uint32_t row, enum notice_kind kind,
                              const struct margin_view *view)
{
    const struct notice what = { .kind = (uint16_t)kind,
                                 .amount = { margin_units(view->equity), margin_units(view->maintenance),
                                             margin_units(view->notional) } };

    core_report_notice(exchange, episode_tell(exchange, row, &what), CARD_SIDE_BUY, 0);
}

uint32_t episode_begin(struct exchange *exchange, uint32_t subaccount, const struct margin_view *view)
{
    struct totals *totals = exchange->state.t;
    const uint64_t now = liquidation_now_ns(&exchange->state);
    const uint32_t row = table_take(&exchange->state.episodes);

    if (row == TABLE_NONE)
        return TABLE_NONE;
    *state_episode(&exchange->state, row) = (struct episode){
        .subaccount = subaccount, .number = ++totals->episodes_made, .begun_ns = now, .ill_ns = now,
        .stirred_ns = now,
        .equity = margin_units(view->equity), .maintenance = margin_units(view->maintenance),
        .notional = margin_units(view->notional) };
    episode_link(exchange, row);
    state_subaccount(&exchange->state, subaccount)->episode = row;
    episode_note_lots(exchange, subaccount, true);
    episode_cancel_all(exchange, subaccount);
    episode_tell_view(exchange, row, NOTICE_LIQUIDATION, view);
    return row;
}

void episode_end(struct exchange *exchange, uint32_t row, const struct margin_view *view)
{
    const uint32_t subaccount = state_episode(&exchange->state, row)->subaccount;

    episode_tell_view(exchange, row, NOTICE_LIQUIDATION_ENDED, view);
    episode_unlink(exchange, row);
    episode_note_lots(exchange, subaccount, false);
    state_subaccount(&exchange->state, subaccount)->episode = TABLE_NONE;
    table_give(&exchange->state.episodes, row);
    ledger_list_idle(&exchange->ledger, subaccount); /* lending has left it alone */
    watch_mark_dirty(exchange->watch, subaccount);
}

/* --- how fast it falls --- */

/* What a market's mark was some seconds ago less what it is, ticks x 256, and how many seconds; 0 seconds: unknown. */
static wide episode_difference(const struct state *state, uint32_t market, uint32_t *seconds)
{
    const struct samples *samples = state_samples(state, market);

    *seconds = samples->marks_made > EPISODE_FALL_SECONDS ? EPISODE_FALL_SECONDS
               : samples->marks_made > 0 ? samples->marks_made - 1 : 0;
    if (*seconds == 0 || state_market(state, market)->mark == 0)
        return 0;
    return (wide)samples->marks[(samples->marks_made - 1 - *seconds) % LIMIT_SAMPLES] -
           (wide)state_market(state, market)->mark;
}

static wide episode_fall_of_position(const struct state *state, const struct position *position)
{
    const struct market *market = state_market(state, position->market);
    uint32_t seconds;
    wide difference;

    if (market->kind != MARKET_PERPETUAL || position->quantity == 0)
        return 0;
    difference = episode_difference(state, position->market, &seconds);
    if (difference == 0)
        return 0;
    if (position->quantity < 0)
        difference = -difference;
    if (difference < 0)
        return wide_divide_up(-margin_notional(market, position->quantity, (uint64_t)-difference), seconds);
    return wide_divide_up(margin_notional(market, position->quantity, (uint64_t)difference), seconds);
}

/* Units held, lent and not owed, at the first spot market against the settlement asset that has samples. */
static wide episode_fall_of_balance(const struct state *state, const struct balance *balance)
{
    const wide units = unwind_units(state, balance);
    const uint32_t row = units == 0 ? TABLE_NONE : unwind_spot_market(state, balance->asset);
    const uwide most = (uwide)1 << 110;
    uint32_t seconds;
    wide difference;
    uwide value;

    if (row == TABLE_NONE)
        return 0;
    difference = units < 0 ? -episode_difference(state, row, &seconds) : episode_difference(state, row, &seconds);
    if (difference == 0)
        return 0;
    if (!wide_scale_up((uwide)(units < 0 ? -units : units) * (uwide)(difference < 0 ? -difference : difference),
                       state_market(state, row)->tick_lot_units,
                       (uwide)state_market(state, row)->lot_units * seconds, &value) || value > most)
        value = most;
    return difference < 0 ? -(wide)value : (wide)value;
}

wide episode_fall(const struct state *state, uint32_t subaccount)
{
    const struct subaccount *owner = state_subaccount(state, subaccount);
    wide fall = 0;

    for (uint32_t row = owner->positions; row != TABLE_NONE; row = state_position(state, row)->next)
        fall += episode_fall_of_position(state, state_position(state, row));
    for (uint32_t row = owner->balances; row != TABLE_NONE; row = state_balance(state, row)->next)
        if (state_balance(state, row)->asset != state_settlement(state))
            fall += episode_fall_of_balance(state, state_balance(state, row));
    return fall < 0 ? 0 : fall;
}

/* --- what is known of it --- */

void episode_case(const struct exchange *exchange, uint32_t row, bool after_book, struct margin_view *view,
                  struct policy_case *what)
{
    const struct state *state = &exchange->state;
    const struct episode *episode = state_episode(state, row);

    margin_compute(state, episode->subaccount, NULL, view);
    *what = (struct policy_case){ .rules = &state->t->liquidation, .view = view, .episode = episode,
                                  .now_ns = liquidation_now_ns(state),
                                  .fall = episode_fall(state, episode->subaccount),
                                  .one = (wide)256 *
                                         wide_ten_to(state_asset(state, state_settlement(state))->decimals),
                                  .after_book = after_book };
}

const struct notice *episode_tell(struct exchange *exchange, uint32_t row, const struct notice *what)
{
    const struct episode *episode = state_episode(&exchange->state, row);
    struct notice *notice = core_notice(exchange, (enum notice_kind)what->kind, episode->subaccount);

    notice->number = episode->number;
    notice->market = what->market;
    notice->asset = what->asset;
    notice->rank = what->rank;
    notice->other = what->other;
    memcpy(notice->amount, what->amount, sizeof notice->amount);
    return notice;
}

void episode_tell_both(struct exchange *exchange, uint32_t row, const struct notice *what, enum notice_kind other,
                       uint8_t side)
{
    const struct notice *told = episode_tell(exchange, row, what);
    struct notice *notice;

    core_report_notice(exchange, told, side, 0);
    notice = core_notice(exchange, other, what->other);
    notice->number = state_episode(&exchange->state, row)->number;
    notice->market = what->market;
    notice->rank = what->rank;
    notice->other = state_episode(&exchange->state, row)->subaccount;
    memcpy(notice->amount, what->amount, sizeof notice->amount);
    core_report_notice(exchange, notice, state_other_side(side), 0);
}
