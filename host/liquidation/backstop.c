/* Step 2: providers take over (exchange-rules.md, section 6; docs/liquidation.md, Backstop). */
#include <string.h>

#include "control.h"
#include "conversion.h"
#include "durations.h"
#include "lending.h"
#include "liquidation_parts.h"
#include "settlement_parts.h"
#include "tally.h"

enum {
    BACKSTOP_ENDS = 512,     /* notices of providers that run out in one tick; more of them in the next */
    BACKSTOP_STEP = 4,       /* providers that are asked in a step; who takes something is one of its own */
    BACKSTOP_COIN = 16,      /* steps that a coin costs which the fund takes over */
};

/* --- what is committed --- */

static uint32_t backstop_find(const struct state *state, uint32_t subaccount, uint32_t market)
{
    uint32_t row = state_subaccount(state, subaccount)->commitments;

    while (row != TABLE_NONE && state_commitment(state, row)->market != market)
        row = state_commitment(state, row)->next;
    return row;
}

static uint32_t backstop_providers(const struct state *state, uint32_t market)
{
    uint32_t count = 0;

    for (uint32_t row = state_market(state, market)->commitments; row != TABLE_NONE;
         row = state_commitment(state, row)->next_of_market)
        count++;
    return count;
}

static uint32_t backstop_add(struct state *state, uint32_t subaccount, uint32_t market)
{
    const uint32_t row = backstop_providers(state, market) < LIMIT_PROVIDERS ? table_take(&state->commitments)
                                                                              : TABLE_NONE;
    struct commitment *commitment;

    if (row == TABLE_NONE)
        return row;
    commitment = state_commitment(state, row);
    commitment->subaccount = subaccount;
    commitment->market = market;
    commitment->next = state_subaccount(state, subaccount)->commitments;
    state_subaccount(state, subaccount)->commitments = row;
    commitment->next_of_market = state_market(state, market)->commitments;
    state_market(state, market)->commitments = row;
    return row;
}

/* Rows go when nothing is left, so that nobody who has left takes up one of a market's places. */
static void backstop_remove(struct state *state, uint32_t row)
{
    const struct commitment *commitment = state_commitment(state, row);
    uint32_t *link = &state_subaccount(state, commitment->subaccount)->commitments;

    while (*link != row)
        link = &state_commitment(state, *link)->next;
    *link = commitment->next;
    link = &state_market(state, commitment->market)->commitments;
    while (*link != row)
        link = &state_commitment(state, *link)->next_of_market;
    *link = commitment->next_of_market;
    table_give(&state->commitments, row);
}

static void backstop_tell_capacity(struct exchange *exchange, const struct commitment *commitment)
{
    struct notice *notice = core_notice(exchange, NOTICE_BACKSTOP_CAPACITY, commitment->subaccount);

    notice->market = (uint16_t)commitment->market;
    notice->amount[0] = commitment->capacity;
    notice->amount[1] = commitment->lower_ns ? commitment->lower : commitment->capacity;
    notice->amount[2] = (int64_t)commitment->lower_ns;
}

/* It is this much now; nothing else is under way. */
static void backstop_set(struct exchange *exchange, uint32_t row, int64_t capacity)
{
    struct commitment *commitment = state_commitment(&exchange->state, row);

    commitment->capacity = capacity;
    commitment->lower = 0;
    commitment->lower_ns = 0;
    backstop_tell_capacity(exchange, commitment);
    if (capacity == 0)
        backstop_remove(&exchange->state, row);
}

/* Its notice has to run out first. One that falls less than was noted has had that notice; one that falls further has
 * not. */
static void backstop_lower(struct exchange *exchange, uint32_t row, int64_t capacity)
{
    struct commitment *commitment = state_commitment(&exchange->state, row);
    const uint64_t notice_ns = exchange->state.t->liquidation.notice_seconds * NS_A_SECOND;

    if (notice_ns == 0) {
        backstop_set(exchange, row, capacity);
        return;
    }
    if (commitment->lower_ns == 0 || capacity < commitment->lower)
        commitment->lower_ns = exchange->state.t->time_ns + notice_ns;
    commitment->lower = capacity;
    backstop_tell_capacity(exchange, commitment);
}

static enum reason backstop_raise(struct exchange *exchange, uint32_t subaccount, uint32_t market, int64_t capacity)
{
    struct state *state = &exchange->state;
    uint32_t row = backstop_find(state, subaccount, market);
    const enum reason reason = margin_check_commitment(state, subaccount, market, capacity);

    if (reason != REASON_NONE)
        return reason;
    /* What it will need to take something over is there then. */
    if (state_need_position(state, subaccount, market) == TABLE_NONE ||
        state_need_balance(state, subaccount, state_settlement(state)) == TABLE_NONE)
        return REASON_CAPACITY;
    if (row == TABLE_NONE)
        row = backstop_add(state, subaccount, market);
    if (row == TABLE_NONE)
        return REASON_CAPACITY;
    backstop_set(exchange, row, capacity);
    return REASON_NONE;
}

static enum reason backstop_check(const struct state *state, const struct input_backstop *input)
{
    const uint32_t subaccount = input->header.subaccount;

    if (input->reserved[0] || input->reserved[1] || input->reserved[2])
        return REASON_BAD_COMMAND;
    if (!control_is_client_subaccount(state, subaccount))
        return REASON_UNKNOWN_ACCOUNT;
    if (input->market == TABLE_NONE || input->market >= state->markets.used ||
        state_market(state, input->market)->kind != MARKET_PERPETUAL)
        return REASON_UNKNOWN_MARKET;
    if (input->capacity < 0 || input->capacity > LIMIT_NOTIONAL_UNITS)
        return REASON_OUT_OF_RANGE;
    if (state_market(state, input->market)->flags & MARKET_DELISTED)
        return REASON_DELISTED;
    if (liquidation_has_begun(state, subaccount))
        return REASON_LIQUIDATION;
    return settlement_is_debtor(state, subaccount) ? REASON_NEGATIVE_EQUITY : REASON_NONE;
}

enum reason liquidation_commit(struct exchange *exchange, const struct input_backstop *input)
{
    const struct state *state = &exchange->state;
    const uint32_t subaccount = input->header.subaccount;
    enum reason reason;
    int64_t before = 0;
    uint32_t row;

    if (control_is_client_subaccount(state, subaccount))
        settlement_touch(exchange, subaccount);
    reason = backstop_check(state, input);
    if (reason != REASON_NONE)
        return reason;
    row = backstop_find(state, subaccount, input->market);
    if (row != TABLE_NONE)
        before = state_commitment(state, row)->capacity;
    if (input->capacity > before)
        return backstop_raise(exchange, subaccount, input->market, input->capacity);
    if (input->capacity < before)
        backstop_lower(exchange, row, input->capacity);
    else if (row != TABLE_NONE) /* it stays: a notice is taken back */
        backstop_set(exchange, row, before);
    return REASON_NONE;
}

void backstop_tick(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    unsigned ends = 0;

    for (uint32_t row = 1; row < state->commitments.used && ends < BACKSTOP_ENDS; row++) {
        const struct commitment *commitment = state_commitment(state, row);

        if (commitment->market == TABLE_NONE) /* free */
            continue;
        if (state_market(state, commitment->market)->flags & MARKET_DELISTED)
            backstop_set(exchange, row, 0);
        else if (commitment->lower_ns != 0 && commitment->lower_ns <= state->t->time_ns)
            backstop_set(exchange, row, commitment->lower);
        else
            continue;
        ends++;
    }
}

/* --- the fund --- */

int64_t backstop_fund_room(const struct exchange *exchange, uint32_t row)
{
    const struct market *market = state_market(&exchange->state, row);
    const int64_t left = debts_fund_left(exchange);
    const uint64_t room = debts_fund_room(market);

    return (uint64_t)left < room ? left : (int64_t)room;
}

void backstop_top_up(struct exchange *exchange, uint32_t subaccount, uint32_t market, int64_t units)
{
    int64_t *topped_up = &state_unwind(&exchange->state, market)->tally.topped_up;

    ledger_move(&exchange->ledger, ENTRY_FUND_TOPPED_UP, state_settlement(&exchange->state), SYSTEM_FUND, subaccount,
                units);
    state_market(&exchange->state, market)->fund_paid += (uint64_t)units;
    *topped_up = wide_clamp((wide)*topped_up + units);
}

void backstop_tell_top_up(struct exchange *exchange, uint32_t row, uint32_t market, int64_t units)
{
    if (units == 0)
        return;
    episode_tell(exchange, row,
                 &(struct notice){ .kind = NOTICE_FUND_TOPPED_UP, .market = (uint16_t)market,
                                   .amount = { units, ledger_free(&exchange->state, SYSTEM_FUND,
                                                                  state_settlement(&exchange->state)) } });
}

/* --- a position of an episode that is handed over --- */

struct provider {
    uint32_t commitment, position;
    int64_t room;            /* lots that it can take */
    int64_t gets;            /* of those that go */
};

struct handing {
    struct exchange *exchange;
    struct episode *episode;
    uint32_t row;            /* of the episode */
    uint32_t market;
    const struct market *terms;
    bool buys;               /* providers buy: the position is long */
    int64_t lots;            /* to be handed over */
    wide share;              /* u256, of these lots: the equity that goes with them; at least 0 */
    wide shortage;           /* likewise: what the fund makes up for, so that they go at the mark */
    struct provider *providers; /* room for LIMIT_PROVIDERS */
    uint32_t count;
    uint32_t looked;         /* providers that were asked */
    wide room;               /* of all of them */
    int64_t taken;           /* lots so far */
    wide given;              /* of the share, with them */
    int64_t topped_up;       /* units so far */
    bool cutting;            /* this round's actions are cuts for this alone */
};

/* The part of an amount that belongs to the first `lots` of all: of what is given up rounded down, so that the parts of
 * all add up. */
static wide handing_part(const struct handing *handing, wide amount, int64_t lots)
{
    uwide part = 0;

    check(wide_scale_down((uwide)amount, (uwide)lots, (uwide)handing->lots, &part));
    return (wide)part;
}

/* Lots that may go in this tick: the plan's part of the position, as it was when the episode began or as it is. */
static int64_t handing_lots(const struct handing *handing, const struct position *position,
                            const struct policy_plan *plan)
{
    const int64_t all = state_lots(position);
    const int64_t begun = state_position_detail_of(&handing->exchange->state, position)->episode_lots;
    const wide whole = plan->of_present || begun == 0 ? all : begun;
    const wide part = whole * plan->hand_over_part;
    wide lots = plan->of_present ? wide_divide_up(part, POLICY_WHOLE) : wide_divide_down(part, POLICY_WHOLE);
    const wide least = wide_divide_up(plan->notional_min, margin_notional(handing->terms, 1, handing->terms->mark));

    lots = lots < least ? least : lots < 1 ? 1 : lots;
    return lots < all ? (int64_t)lots : all;
}

/* equity x maintenance of the lots' position / sum of all, of it the lots' part; against the providers and the fund by
 * what rounding leaves. What only the haircut makes negative is no reason for the fund to pay: the account keeps its
 * coins. */
static void handing_share_equity(struct handing *handing, const struct margin_view *view, int64_t all)
{
    const uint8_t decimals =
        state_asset(&handing->exchange->state, state_settlement(&handing->exchange->state))->decimals;
    const wide notional = margin_notional(handing->terms, all, handing->terms->mark);
    const wide maintenance = margin_of_notional(&handing->terms->mmf, decimals, 0, notional);
    const uint32_t owner = handing->episode->subaccount;
    const wide equity = view->equity < 0 ? deleverage_equity(&handing->exchange->state, owner, view) : view->equity;
    wide share;

    if (view->maintenance <= 0)
        return;
    share = wide_part(wide_part(equity, (uwide)maintenance, (uwide)view->maintenance), (uwide)handing->lots,
                      (uwide)all);
    if (share >= 0)
        handing->share = share;
    else
        handing->shortage = -share;
}

static void handing_set_price(struct handing *handing, const struct policy_plan *plan, int64_t all)
{
    const wide notional = margin_notional(handing->terms, handing->lots, handing->terms->mark);
    struct margin_view view;

    if (plan->discount == POLICY_SHARE_OF_EQUITY) {
        margin_compute_maintenance(&handing->exchange->state, handing->episode->subaccount, &view);
        handing_share_equity(handing, &view, all);
    } else {
        handing->share = wide_divide_down(notional * plan->discount, POLICY_WHOLE);
    }
    if (handing->share > notional) /* nobody pays for being rid of a long position more than it is worth */
        handing->share = notional;
}

static struct margin_takeover handing_takeover(const struct handing *handing, const struct provider *provider,
                                               int64_t lots)
{
    const struct commitment *commitment = state_commitment(&handing->exchange->state, provider->commitment);

    return (struct margin_takeover){ .subaccount = commitment->subaccount, .market = handing->market,
                                     .position = provider->position, .capacity = commitment->capacity, .lots = lots,
                                     .buys = handing->buys, .share = handing_part(handing, handing->share, lots) };
}

/* Not to its own account, nor to who is in trouble. */
static bool handing_may_take(const struct state *state, uint32_t owner, const struct commitment *commitment)
{
    return state_subaccount(state, commitment->subaccount)->account != state_subaccount(state, owner)->account &&
           !liquidation_has_begun(state, commitment->subaccount) &&
           !settlement_is_debtor(state, commitment->subaccount);
}

/* What is known of them since this round's hand-overs have begun: nothing, where anything else has changed since. */
static void handing_begin_sums(struct exchange *exchange)
{
    struct provider_sums *sums = &exchange->provider_sums;
    const uint64_t batch = exchange->state.t->batch;

    if (sums->batch == batch && sums->stamp == exchange->stamp && sums->entries == exchange->ledger.made)
        return;
    sums->batch = batch;
    sums->entries = exchange->ledger.made;
    sums->stamp = exchange->stamp;
    sums->begun++;
}

static struct margin_provider *handing_sums_of(const struct handing *handing, uint32_t subaccount)
{
    struct provider_sums *sums = &handing->exchange->provider_sums;
    const uint32_t place = subaccount % PROVIDER_SUMS;

    if (sums->known[place] != sums->begun) {
        sums->known[place] = sums->begun;
        sums->provider[place].subaccount = TABLE_NONE;
    }
    return &sums->provider[place];
}

static uint32_t handing_position_of(const struct handing *handing, uint32_t subaccount)
{
    const struct margin_provider *sums = handing_sums_of(handing, subaccount);

    if (sums->subaccount == subaccount && sums->now.market == handing->market)
        return sums->now.position;
    return state_find_position(&handing->exchange->state, subaccount, handing->market);
}

static int64_t handing_room(const struct handing *handing, const struct margin_takeover *takeover)
{
    return margin_takeover_room(&handing->exchange->state, takeover, handing_sums_of(handing, takeover->subaccount));
}

/* Everybody's room, as it is before anybody takes anything. */
static void handing_find(struct handing *handing)
{
    const struct state *state = &handing->exchange->state;

    for (uint32_t row = handing->terms->commitments; row != TABLE_NONE;
         row = state_commitment(state, row)->next_of_market) {
        const struct commitment *commitment = state_commitment(state, row);
        struct provider *provider = &handing->providers[handing->count];
        struct margin_takeover takeover;

        handing->looked++;
        if (!handing_may_take(state, handing->episode->subaccount, commitment))
            continue;
        /* As much as its capacity, so that of the same position each gets by its capacity. */
        *provider = (struct provider){ .commitment = row,
                                       .position = handing_position_of(handing, commitment->subaccount) };
        takeover = handing_takeover(handing, provider, margin_capacity_lots(handing->terms, commitment->capacity));
        if (takeover.lots > 0)
            provider->room = handing_room(handing, &takeover);
        if (provider->room == 0)
            continue;
        handing->room += provider->room;
        handing->count++;
    }
}

/* Lots that go over: as many as there is room for, and where the fund has to pay, as it can pay for. */
static int64_t handing_goes(const struct handing *handing)
{
    const int64_t most = handing->room < handing->lots ? (int64_t)handing->room : handing->lots;
    const wide fund = (wide)backstop_fund_room(handing->exchange, handing->market) * 256;
    uwide paid_for = 0;

    if (handing->shortage <= fund)
        return most;
    check(wide_scale_down((uwide)handing->lots, (uwide)fund, (uwide)handing->shortage, &paid_for));
    return (wide)paid_for < most ? (int64_t)paid_for : most;
}

/* Pro rata to the room of each. */
static void handing_divide(struct handing *handing, int64_t goes)
{
    wide at = 0;

    for (uint32_t i = 0; i < handing->count; i++) {
        struct provider *provider = &handing->providers[i];

        provider->gets = settlement_part(goes, at, at + provider->room, handing->room);
        at += provider->room;
    }
}

/* Reduce-only orders of a provider that count on what these lots close: cut, before the lots go. False: there are
 * none. */
static bool handing_cut_orders(struct handing *handing, const struct provider *provider)
{
    const uint8_t side = handing->buys ? CARD_SIDE_BUY : CARD_SIDE_SELL;
    const uint32_t row = provider->position;
    const int64_t lots = provider->gets;
    const struct position *position = state_position(&handing->exchange->state, row);
    const struct open_side *sides = state_position_detail(&handing->exchange->state, row)->side;

    if (sides[side].reduce_lots == 0 || sides[side].lots + lots <= state_lots(position))
        return false;
    /* Nothing may fill in front of the cuts: they come first in their round (host/orders/reduce_only.c). */
    if (!handing->exchange->action_count || handing->cutting) {
        handing->cutting = true;
        if (core_room(handing->exchange, CORE_INPUT_ACTIONS))
            reduce_only_cut(handing->exchange, row, side, lots);
    }
    return true;
}

/* True: something has been cut, or has to be; the next round sees the orders as they are then. */
static bool handing_cut(struct handing *handing)
{
    bool cuts = false;

    for (uint32_t i = 0; i < handing->count; i++)
        cuts |= handing_cut_orders(handing, &handing->providers[i]);
    return cuts;
}

/* In cash, before the lots go: the account's share of the loss for all lots up to these, rounded up to units. */
static void handing_top_up(struct handing *handing, int64_t lots)
{
    uwide due = 0;
    int64_t units;

    if (handing->shortage == 0)
        return;
    check(wide_scale_up((uwide)handing->shortage, (uwide)lots, (uwide)handing->lots, &due));
    units = wide_narrow(wide_divide_up((wide)due, 256)) - handing->topped_up;
    backstop_top_up(handing->exchange, handing->episode->subaccount, handing->market, units);
    handing->topped_up += units;
}

static void handing_tell(const struct handing *handing, uint32_t provider, int64_t lots, wide share)
{
    const struct notice what = { .kind = NOTICE_BACKSTOP_GIVEN, .market = (uint16_t)handing->market,
                                 .other = provider,
                                 .amount = { lots, (int64_t)handing->terms->mark, wide_narrow(share) } };

    episode_tell_both(handing->exchange, handing->row, &what, NOTICE_BACKSTOP_TAKEN,
                      handing->buys ? CARD_SIDE_SELL : CARD_SIDE_BUY);
}

static void handing_take_capacity(struct commitment *commitment, int64_t notional)
{
    commitment->capacity -= notional;
    commitment->taken = wide_narrow((wide)commitment->taken + notional);
    if (commitment->lower_ns != 0 && commitment->lower >= commitment->capacity) { /* it has come without the notice */
        commitment->lower = 0;
        commitment->lower_ns = 0;
    }
}

/* Lots and their part of the equity change hands; what the provider has waiting in the market sees its new position. */
static void handing_move(struct handing *handing, struct commitment *commitment, uint32_t position,
                         const struct margin_takeover *takeover, int64_t lots)
{
    struct exchange *exchange = handing->exchange;
    const uint32_t owner = handing->episode->subaccount, taker = commitment->subaccount;
    const int64_t before = state_position(&exchange->state, position)->quantity;
    const wide notional = margin_notional(handing->terms, lots, handing->terms->mark);
    const wide given = handing_part(handing, handing->share, handing->taken + lots), share = given - handing->given;
    const int64_t cost = wide_narrow(handing->buys ? notional - share : notional + share);
    const int64_t quote = wide_narrow(wide_divide_up(notional, 256));
    struct margin_provider *sums = handing_sums_of(handing, taker);
    struct open_side sides[2];

    settlement_touch(exchange, owner);
    settlement_touch(exchange, taker);
    margin_take_over(&exchange->state, takeover, lots, cost, commitment->capacity - quote, sums);
    memcpy(sides, state_position_detail(&exchange->state, position)->side, sizeof sides);
    ledger_hand_over(&exchange->ledger, ENTRY_BACKSTOP_LOTS, handing->market, handing->buys ? taker : owner,
                     handing->buys ? owner : taker, lots, cost);
    reduce_only_changed(exchange, position);
    attached_position_changed(exchange, position, before);
    if (memcmp(sides, state_position_detail(&exchange->state, position)->side, sizeof sides) != 0) /* its orders, too */
        sums->subaccount = TABLE_NONE;
    handing_take_capacity(commitment, quote);
    handing->taken += lots;
    handing->given = given;
    handing->episode->backstop = wide_narrow((wide)handing->episode->backstop + cost / 256);
    tally_add(exchange, handing->market, TALLY_BACKSTOP, lots);
    handing_tell(handing, taker, lots, share);
}

/* Somebody's part, once those before have theirs: siblings share limits, and a part of what fits may, by rounding, not
 * fit. Then that goes to nobody in this tick. */
static void handing_give(struct handing *handing, const struct provider *provider)
{
    struct commitment *commitment = state_commitment(&handing->exchange->state, provider->commitment);
    struct margin_takeover takeover;
    int64_t lots;

    if (provider->gets == 0)
        return;
    takeover = handing_takeover(handing, provider, provider->gets);
    lots = handing_room(handing, &takeover);
    if (lots == 0)
        return;
    handing_top_up(handing, handing->taken + lots);
    handing_move(handing, commitment, provider->position, &takeover, lots);
    handing->exchange->provider_sums.entries = handing->exchange->ledger.made; /* all of them known */
}

static void handing_give_all(struct handing *handing)
{
    struct state *state = &handing->exchange->state;

    for (uint32_t i = 0; i < handing->count; i++)
        handing_give(handing, &handing->providers[i]);
    for (uint32_t i = 0; i < handing->count; i++) {
        const uint32_t row = handing->providers[i].commitment;

        if (state_commitment(state, row)->capacity != 0)
            continue;
        handing_sums_of(handing, state_commitment(state, row)->subaccount)->subaccount = TABLE_NONE;
        backstop_remove(state, row);
    }
}

/* A mark that stands still is no price to hand over at. */
static bool backstop_is_open(const struct market *market)
{
    return market->kind == MARKET_PERPETUAL && market->mark != 0 &&
           !(market->flags & (MARKET_FROZEN | MARKET_DELISTED | MARKET_WAITS_FOR_PRICES));
}

/* What providers and the fund could not take of it goes on to deleveraging. */
static void handing_note_left(const struct handing *handing, const struct position *position)
{
    state_position_detail_of(&handing->exchange->state, position)->left = handing->taken < handing->lots;
}

/* False: again in the next round. */
static bool backstop_hand_over_position(struct exchange *exchange, uint32_t row, struct position *position,
                                        const struct policy_plan *plan)
{
    struct provider providers[LIMIT_PROVIDERS];
    struct handing handing = { .exchange = exchange, .episode = state_episode(&exchange->state, row), .row = row,
                               .market = position->market, .terms = state_market(&exchange->state, position->market),
                               .buys = position->quantity > 0, .providers = providers };
    int64_t goes;

    handing.lots = handing_lots(&handing, position, plan);
    handing_set_price(&handing, plan, state_lots(position));
    handing_begin_sums(exchange);
    handing_find(&handing);
    tick_charge_steps(exchange, handing.looked / BACKSTOP_STEP + handing.count);
    /* Each provider is added up like an episode: a hand-over takes the time of several. */
    exchange->episodes_left -= handing.count < exchange->episodes_left ? handing.count : exchange->episodes_left;
    goes = handing_goes(&handing);
    if (handing.shortage > 0 && state_take_balance(&exchange->state, handing.episode->subaccount,
                                                   state_settlement(&exchange->state), true) == TABLE_NONE)
        goes = 0; /* it can't even be given money */
    if (goes > 0) {
        handing_divide(&handing, goes);
        if (handing_cut(&handing))
            return false;
        handing_give_all(&handing);
    }
    backstop_tell_top_up(exchange, row, handing.market, handing.topped_up);
    handing_note_left(&handing, position);
    return true;
}

static bool backstop_step(struct exchange *exchange, uint32_t row, struct position *position,
                          const struct policy_plan *plan)
{
    bool done;

    liquidation_watch(exchange, LIQUIDATION_WATCH_POSITION, false);
    done = backstop_hand_over_position(exchange, row, position, plan);
    liquidation_watch(exchange, LIQUIDATION_WATCH_POSITION, true);
    return done;
}

/* With a discount the account is better off after each position; with its share of the equity as well off as before. */
static bool backstop_has_helped(const struct state *state, uint32_t subaccount, const struct policy_plan *plan)
{
    struct margin_view view;

    if (plan->discount == POLICY_SHARE_OF_EQUITY)
        return false;
    margin_compute_maintenance(state, subaccount, &view);
    return view.equity > view.maintenance;
}

/* Collateral that no market sells goes to the fund at the index, as a debtor's does, as far as the fund has cash, and
 * what that brings in repays the borrow of the settlement asset. Not while positions can still be handed over. */
static void backstop_take_coins(struct exchange *exchange, uint32_t row)
{
    const struct state *state = &exchange->state;
    const uint32_t subaccount = state_episode(state, row)->subaccount, asset = state_settlement(state);
    const int64_t owed = lending_borrowed_by(state, subaccount, asset);
    struct margin_view view;
    int64_t left;

    if (owed == 0 || state_subaccount(state, subaccount)->debt != 0)
        return;
    margin_compute_maintenance(state, subaccount, &view);
    if (view.equity > view.maintenance)
        return;
    while (conversion_take_over(exchange, subaccount, debts_fund_left(exchange))) {
        tick_charge_steps(exchange, BACKSTOP_COIN);
        unwind_repay(exchange, subaccount);
    }
    left = lending_borrowed_by(state, subaccount, asset);
    if (left < owed)
        episode_tell(exchange, row, &(struct notice){ .kind = NOTICE_CONVERSION, .asset = (uint16_t)asset,
                                                      .amount = { owed - left, 0, left } });
}

static void backstop_forget_left(const struct state *state, uint32_t subaccount)
{
    for (uint32_t row = state_subaccount(state, subaccount)->positions; row != TABLE_NONE;
         row = state_position(state, row)->next)
        state_position_detail(state, row)->left = 0;
}

bool backstop_hand_over(struct exchange *exchange, uint32_t row, const struct policy_plan *plan)
{
    struct state *state = &exchange->state;
    struct episode *episode = state_episode(state, row);
    uint32_t at = episode->hand_over_at;

    if (at == TABLE_NONE) {
        at = state_subaccount(state, episode->subaccount)->positions;
        backstop_forget_left(state, episode->subaccount);
    }
    while (at != TABLE_NONE) {
        struct position *position = state_position(state, at);

        if (position->quantity != 0 && state_market(state, position->market)->commitments == TABLE_NONE)
            state_position_detail(state, at)->left = 1;
        else if (position->quantity != 0 && backstop_is_open(state_market(state, position->market))) {
            if (!tick_take_step(exchange) || !backstop_step(exchange, row, position, plan)) {
                episode->hand_over_at = at;
                exchange->derived_more = true;
                return false;
            }
            if (backstop_has_helped(state, episode->subaccount, plan))
                break;
        }
        at = position->next;
    }
    episode->hand_over_at = TABLE_NONE;
    backstop_take_coins(exchange, row);
    return true;
}
