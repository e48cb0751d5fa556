/* The incident that the rules name (exchange-rules.md, section 5): forty accounts go bankrupt in a fall and deposit
 * before everything is settled. On the venue that it happened to, their deposits were consumed. Told twice: with an
 * insurance fund as large as the shortfall, and with a smaller one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"
#include "scenario.h"
#include "units.h"

enum {
    BANKRUPT = 40, WINNERS = 8, SPOT_ONLY = 4, CLIENTS = BANKRUPT + WINNERS + SPOT_ONLY + 1,
    STEADY = CLIENTS - 1,    /* stays long throughout, and can */
    HOLDERS = WINNERS + 1,   /* of claims: fees win like everybody */
    SMALLER_FUND = 60,       /* per cent of the shortfall */
    TICKS_BEFORE = 2000, TICKS_AFTER = 1200, /* of 0.01 USDC: a fall of 40 % */
    LOT_UNITS = 1000000, TICK_LOT_UNITS = 100, /* 0.01 AVAX; 0.0001 USDC */
    USDC = 1000000, LOTS_A_USDC = 20, /* four times a deposit at 20 USDC an AVAX */
    SUBACCOUNTS_MAX = 128,
};
#define START_NS (UINT64_C(1764150000) * 1000000000) /* any time will do, and the same one for the same hash */
#define SECOND NS_A_SECOND

enum deposits_fate { FATE_FUND, FATE_ACCEPTED, FATE_WITHDRAWN, FATE_KEPT };

/* One of the forty. USDC units; `had`: before the fall; `cost`: of the closed position, x 256. */
struct deposits_account {
    int64_t first, had, lots, cost, loss, debt, late, held, apart, debt_left, withdrawn, accepted;
    enum deposits_fate fate;
};

struct deposits {
    const struct scenario_settings *settings;
    const char *name;
    unsigned fund_percent;
    struct world *world;
    struct scenario_claims claims;
    uint32_t usdc, avax, perpetual, spot;
    struct world_client client[CLIENTS]; /* the forty, winners, those with spot only, the steady one */
    struct deposits_account account[BANKRUPT];
    int64_t spot_before[SPOT_ONLY][2], claim_before[HOLDERS], claim_after[HOLDERS];
    int64_t fund, shortfall, fund_paid, debts_made, claims_made, written_off, claims_left;
    /* by subaccount, from the ledger */
    int64_t won[SUBACCOUNTS_MAX], received[SUBACCOUNTS_MAX], lost_claim[SUBACCOUNTS_MAX];
    int64_t taken_apart[SUBACCOUNTS_MAX]; /* of money held apart: for a debt */
    bool unequal;            /* claims and debts differed after a batch */
};

/* --- what happens, as the ledger tells it --- */

static void deposits_entry(void *context, const struct ledger_entry *entry)
{
    struct deposits *deposits = context;

    if (entry->from >= SUBACCOUNTS_MAX || entry->to >= SUBACCOUNTS_MAX)
        return;
    switch (entry->kind) {
    case ENTRY_CREDIT:
        if (entry->from == SYSTEM_CUSTODY)
            deposits->won[entry->to] += entry->amount;
        break;
    case ENTRY_SETTLED_RECEIVED:
    case ENTRY_CLAIM_PAID:
        deposits->received[entry->to] += entry->amount;
        break;
    case ENTRY_APART_ACCEPTED:
        deposits->taken_apart[entry->from] += entry->amount;
        break;
    case ENTRY_FUND_PAID:
        deposits->fund_paid += entry->amount;
        break;
    default:
        break;
    }
}

static void deposits_notice(void *context, const struct notice *notice)
{
    struct deposits *deposits = context;

    if (notice->kind == NOTICE_DEBT)
        deposits->debts_made += notice->amount[0];
    if (notice->kind == NOTICE_SETTLED)
        deposits->claims_made += notice->amount[2];
    if (notice->kind == NOTICE_WRITTEN_OFF)
        deposits->written_off += notice->amount[0];
}

/* Time goes on; sums of claims and debts are the same whenever no pass is under way. */
static void deposits_advance(struct deposits *deposits, uint64_t seconds_milli)
{
    struct world *world = deposits->world;

    world_advance(world, START_NS + seconds_milli * (SECOND / 1000));
    if (!world->failed && world->state->t->pass_stage == SETTLEMENT_IDLE &&
        state_claims(world->state) != state_debts(world->state))
        deposits->unequal = true;
}

/* --- the world --- */

static void deposits_make_things(struct deposits *deposits)
{
    static const struct input_asset_set usdc = { .symbol = "USDC", .decimals = 6, .weight = 1000000,
                                                 .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL };
    static const struct input_asset_set avax = { .symbol = "AVAX", .decimals = 8, .weight = 900000,
                                                 .flags = ASSET_COLLATERAL };
    struct input_market_set market = {
        .symbol = "AVAX_USDC_PERP", .kind = MARKET_PERPETUAL, .window_log2 = 14, .lot_units = LOT_UNITS,
        .tick_lot_units = TICK_LOT_UNITS, .maker_fee = 0, .taker_fee = 499, .mean_min = 100000, .mean_max = 3000000,
        .slot_quota = 4096, .window_step = 640, .quantity_min = 1, .imf = { 1, 10, 0 }, .mmf = { 1, 20, 0 } };
    struct input_venue_rules rules = { .header = { .kind = INPUT_VENUE_RULES }, .settle_seconds = 10,
                                       .fresh_seconds = 60 };
    struct world *world = deposits->world;

    deposits->usdc = world_set_asset(world, &usdc);
    deposits->avax = world_set_asset(world, &avax);
    market.base_asset = (uint16_t)deposits->avax;
    market.quote_asset = (uint16_t)deposits->usdc;
    deposits->perpetual = world_set_market(world, &market);
    memset(market.symbol, 0, sizeof market.symbol);
    strcpy((char *)market.symbol, "AVAX_USDC");
    market.kind = MARKET_SPOT;
    market.imf = market.mmf = (struct margin_function){ 0 };
    deposits->spot = world_set_market(world, &market);
    world_set(world, &rules, sizeof rules);
}

static void deposits_make_people(struct deposits *deposits)
{
    struct world *world = deposits->world;
    char name[24];

    for (unsigned i = 0; i < CLIENTS; i++) {
        const bool bankrupt = i < BANKRUPT, winner = !bankrupt && i < BANKRUPT + WINNERS;
        int64_t units = INT64_C(100000) * USDC;

        snprintf(name, sizeof name, "%s-%02u", bankrupt ? "long" : winner ? "short" : i == STEADY ? "steady" : "spot",
                 bankrupt ? i + 1 : winner ? i - BANKRUPT + 1 : i - BANKRUPT - WINNERS + 1);
        deposits->client[i] = world_add_client(world, name, 0);
        if (bankrupt)
            units = deposits->account[i].first = (INT64_C(1000) + 137 * i) * USDC + 17 * i;
        world_deposit(world, deposits->client[i].subaccount, deposits->usdc, units);
        if (!bankrupt && !winner && i != STEADY)
            world_deposit(world, deposits->client[i].subaccount, deposits->avax, INT64_C(500) * 100 * LOT_UNITS);
    }
}

static void deposits_prices(struct deposits *deposits, uint32_t ticks)
{
    world_index(deposits->world, deposits->avax, ticks * (WORLD_COIN / 100));
    world_marks(deposits->world, deposits->perpetual, (uint64_t)ticks * CARD_FIXED_ONE);
    world_marks(deposits->world, deposits->spot, (uint64_t)ticks * CARD_FIXED_ONE);
    world_run(deposits->world);
}

static const struct world_client *deposits_winner(const struct deposits *deposits, unsigned of)
{
    return &deposits->client[BANKRUPT + of % WINNERS];
}

/* Everybody's order against a resting one of the same size. */
static void deposits_cross(struct deposits *deposits, unsigned client, const struct world_client *maker, bool buy,
                           uint32_t market, uint32_t ticks, int64_t lots)
{
    struct world *world = deposits->world;

    world_order(world, maker, market, buy ? CARD_SIDE_SELL : CARD_SIDE_BUY, ticks, lots);
    world_run(world);
    world_order(world, &deposits->client[client], market, buy ? CARD_SIDE_BUY : CARD_SIDE_SELL, ticks, lots)->tif =
        CARD_TIF_IOC;
    world_run(world);
}

static void deposits_open_positions(struct deposits *deposits)
{
    for (unsigned i = 0; i < BANKRUPT; i++) {
        deposits->account[i].lots = deposits->account[i].first / USDC * LOTS_A_USDC;
        deposits_cross(deposits, i, deposits_winner(deposits, i), true, deposits->perpetual, TICKS_BEFORE,
                       deposits->account[i].lots);
    }
    deposits_cross(deposits, STEADY, deposits_winner(deposits, 0), true, deposits->perpetual, TICKS_BEFORE, 10000);
    for (unsigned i = 1; i < SPOT_ONLY; i++) /* they trade spot among themselves */
        deposits_cross(deposits, BANKRUPT + WINNERS + i, &deposits->client[BANKRUPT + WINNERS], true, deposits->spot,
                       TICKS_BEFORE, 1000 * i);
}

static void deposits_note_spot(struct deposits *deposits, int64_t held[SPOT_ONLY][2])
{
    for (unsigned i = 0; i < SPOT_ONLY; i++) {
        const uint32_t row = deposits->client[BANKRUPT + WINNERS + i].subaccount;

        held[i][0] = world_held(deposits->world, row, deposits->usdc);
        held[i][1] = world_held(deposits->world, row, deposits->avax);
    }
}

/* --- the fall --- */

static int64_t deposits_entry_cost(const struct deposits *deposits, uint32_t subaccount)
{
    const uint32_t row = state_find_position(deposits->world->state, subaccount, deposits->perpetual);

    return row ? state_position(deposits->world->state, row)->entry_cost : 0;
}

/* They sell everything at the bottom; what they owe more than they have is the shortfall. */
static void deposits_sell_out(struct deposits *deposits)
{
    struct world *world = deposits->world;

    deposits_prices(deposits, TICKS_AFTER);
    for (unsigned i = 0; i < BANKRUPT; i++)
        deposits_cross(deposits, i, deposits_winner(deposits, i), false, deposits->perpetual, TICKS_AFTER,
                       deposits->account[i].lots);
    for (unsigned i = 0; i < BANKRUPT && !world->failed; i++) {
        struct deposits_account *account = &deposits->account[i];
        const uint32_t row = deposits->client[i].subaccount;

        account->cost = deposits_entry_cost(deposits, row);
        account->loss = wide_narrow(wide_divide_up(account->cost, 256));
        account->had = world_held(world, row, deposits->usdc);
        if (account->loss > account->had)
            deposits->shortfall += account->loss - account->had;
        if (world_lots(world, row, deposits->perpetual) != 0)
            world_fail(world, "account %u could not sell out", i + 1);
    }
    deposits->fund = deposits->shortfall / 100 * deposits->fund_percent +
                     deposits->shortfall % 100 * deposits->fund_percent / 100;
}

/* A fund that is there when the pass ends pays at once. So that deposits come before everything is settled, as they
 * did, it is empty until then. */
static void deposits_feed_fund(const struct deposits *deposits)
{
    world_deposit(deposits->world, SYSTEM_FUND, deposits->usdc, deposits->fund);
}

static void deposits_come_late(struct deposits *deposits, unsigned first, unsigned step)
{
    for (unsigned i = first; i < BANKRUPT; i += step) {
        deposits->account[i].late = (INT64_C(2500) + 11 * i) * USDC;
        world_deposit(deposits->world, deposits->client[i].subaccount, deposits->usdc, deposits->account[i].late);
    }
}

static void deposits_read(struct deposits *deposits)
{
    const struct world *world = deposits->world;

    for (unsigned i = 0; i < BANKRUPT && !world->failed; i++) {
        struct deposits_account *account = &deposits->account[i];
        const uint32_t row = deposits->client[i].subaccount;

        account->held = world_held(world, row, deposits->usdc);
        account->apart = world_apart(world, row, deposits->usdc);
        account->debt_left = state_subaccount(world->state, row)->debt;
    }
    if (!world->failed)
        deposits->claims_left = state_claims(world->state);
}

/* All is apart, nothing free, the debts are the shortfall. */
static void deposits_check_apart(struct deposits *deposits)
{
    unsigned apart = 0, free_money = 0;
    int64_t debts = 0;

    deposits_read(deposits);
    for (unsigned i = 0; i < BANKRUPT; i++) {
        deposits->account[i].debt = deposits->account[i].debt_left;
        apart += deposits->account[i].apart == deposits->account[i].late;
        free_money += deposits->account[i].held != 0;
        debts += deposits->account[i].debt;
    }
    scenario_claim(&deposits->claims, "every late deposit is held apart, before the pass and after it",
                   apart == BANKRUPT && free_money == 0, "%s: %u of %d", deposits->name, apart, BANKRUPT);
    scenario_claim(&deposits->claims, "debts are what the losses are more than the accounts had",
                   debts == deposits->shortfall && deposits->debts_made == debts,
                   "%s: %" PRId64 " units, expected %" PRId64 "; told of %" PRId64, deposits->name, debts,
                   deposits->shortfall, deposits->debts_made);
    scenario_claim(&deposits->claims, "winners hold claims for what has not come in",
                   deposits->world->failed || (state_claims(deposits->world->state) == debts &&
                                               deposits->claims_made == debts),
                   "%s: %" PRId64 " units of claims", deposits->name, deposits->claims_left);
}

/* --- what owners do where the fund is short --- */

static void deposits_withdraw(struct deposits *deposits, unsigned i)
{
    struct world *world = deposits->world;
    struct deposits_account *account = &deposits->account[i];
    struct input_withdraw ask = { .header = { .kind = INPUT_WITHDRAW, .subaccount = deposits->client[i].subaccount },
                                  .asset = (uint16_t)deposits->usdc, .apart = 1, .amount = account->apart };
    struct input_withdrawal release = { .header = { .kind = INPUT_WITHDRAWAL,
                                                    .subaccount = deposits->client[i].subaccount },
                                        .asset = (uint16_t)deposits->usdc, .step = WITHDRAWAL_RELEASE };

    snprintf((char *)ask.id, sizeof ask.id, "back-%u", i);
    memcpy(release.id, ask.id, sizeof release.id);
    world_set(world, &ask, sizeof ask);
    world_set(world, &release, sizeof release);
    account->withdrawn = ask.amount;
    account->fate = FATE_WITHDRAWN;
}

static void deposits_accept(struct deposits *deposits, unsigned i)
{
    const struct input_apart accept = { .header = { .kind = INPUT_APART,
                                                    .subaccount = deposits->client[i].subaccount },
                                        .amount = deposits->account[i].debt_left };

    deposits->account[i].accepted = accept.amount;
    deposits->account[i].fate = FATE_ACCEPTED;
    world_set(deposits->world, &accept, sizeof accept);
}

static uint32_t deposits_holder(const struct deposits *deposits, unsigned i, char name[16])
{
    if (i < WINNERS)
        snprintf(name, 16, "short-%02u", i + 1);
    else
        snprintf(name, 16, "fees");
    return i < WINNERS ? deposits->client[BANKRUPT + i].subaccount : SYSTEM_FEES;
}

static void deposits_note_claims(const struct deposits *deposits, int64_t claims[HOLDERS])
{
    char name[16];

    for (unsigned i = 0; i < HOLDERS && !deposits->world->failed; i++)
        claims[i] = state_subaccount(deposits->world->state, deposits_holder(deposits, i, name))->claim;
}

/* Of those that the fund did not reach a third accepts, a third takes its deposit back, a third does nothing. */
static void deposits_decide(struct deposits *deposits)
{
    unsigned n = 0;

    deposits_read(deposits);
    deposits_note_claims(deposits, deposits->claim_before);
    for (unsigned i = 0; i < BANKRUPT && !deposits->world->failed; i++) {
        if (deposits->account[i].debt_left == 0)
            continue;
        deposits->account[i].fate = FATE_KEPT;
        if (n % 3 == 0)
            deposits_accept(deposits, i);
        else if (n % 3 == 1)
            deposits_withdraw(deposits, i);
        n++;
    }
}

static void deposits_write_off(struct deposits *deposits)
{
    deposits_read(deposits);
    deposits_note_claims(deposits, deposits->claim_after);
    for (unsigned i = 0; i < BANKRUPT && !deposits->world->failed; i++) {
        const struct input_write_off record = { .header = { .kind = INPUT_WRITE_OFF,
                                                            .subaccount = deposits->client[i].subaccount } };

        if (deposits->account[i].debt_left > 0)
            world_set(deposits->world, &record, sizeof record);
    }
}

/* --- the claims of the rules --- */

static void deposits_check_forty(struct deposits *deposits)
{
    unsigned whole = 0, untouched = 0, debtors = 0;

    for (unsigned i = 0; i < BANKRUPT; i++) {
        const struct deposits_account *account = &deposits->account[i];
        const int64_t taken = deposits->taken_apart[deposits->client[i].subaccount];

        whole += account->held + account->apart + account->withdrawn + taken == account->late && account->apart == 0;
        untouched += account->fate == FATE_ACCEPTED ? taken == account->accepted : taken == 0;
        debtors += account->debt_left > 0;
    }
    scenario_claim(&deposits->claims, "no unit of a late deposit is taken without its owner", untouched == BANKRUPT,
                   "%s: %u of %d", deposits->name, untouched, BANKRUPT);
    scenario_claim(&deposits->claims, "every late deposit is there in the end, but for what its owner gave or took",
                   whole == BANKRUPT, "%s: %u of %d", deposits->name, whole, BANKRUPT);
    scenario_claim(&deposits->claims, "nobody is in settlement any more", debtors == 0 && deposits->claims_left == 0,
                   "%s: %u debtors, claims of %" PRId64 " units", deposits->name, debtors, deposits->claims_left);
}

static void deposits_check_winners(struct deposits *deposits)
{
    const bool enough = deposits->fund >= deposits->shortfall;
    int64_t won = 0, received = 0;
    unsigned whole = 0;

    for (unsigned i = 0; i < WINNERS; i++) {
        const uint32_t row = deposits->client[BANKRUPT + i].subaccount;

        whole += deposits->won[row] == deposits->received[row];
    }
    for (unsigned row = 1; row < SUBACCOUNTS_MAX; row++) { /* fees and residue win like everybody */
        won += deposits->won[row];
        received += deposits->received[row];
    }
    if (enough) {
        scenario_claim(&deposits->claims, "winners are whole", whole == WINNERS, "%s: %u of %d", deposits->name, whole,
                       WINNERS);
        scenario_claim(&deposits->claims, "the fund has paid the whole shortfall",
                       deposits->fund_paid == deposits->shortfall, "%s: %" PRId64 " of %" PRId64, deposits->name,
                       deposits->fund_paid, deposits->shortfall);
        return;
    }
    scenario_claim(&deposits->claims, "the smaller fund has paid all it had", deposits->fund_paid == deposits->fund,
                   "%s: %" PRId64 " of %" PRId64, deposits->name, deposits->fund_paid, deposits->fund);
    scenario_claim(&deposits->claims, "what winners lack is what was written off",
                   deposits->written_off > 0 && won - received == deposits->written_off,
                   "%s: they lack %" PRId64 ", written off %" PRId64, deposits->name, won - received,
                   deposits->written_off);
}

static void deposits_check_spot(struct deposits *deposits)
{
    int64_t now[SPOT_ONLY][2];

    deposits_note_spot(deposits, now);
    scenario_claim(&deposits->claims, "accounts that only trade spot are untouched",
                   memcmp(now, deposits->spot_before, sizeof now) == 0, "%s", deposits->name);
    scenario_claim(&deposits->claims, "sum of claims = sum of debts between passes", !deposits->unequal, "%s",
                   deposits->name);
}

/* Marks have stood still since the last pass, so what it realised was rounded down to whole units: each account keeps a
 * fraction below one, and hardly everybody's is 0. */
static void deposits_check_fractions(struct deposits *deposits)
{
    const struct state *state = deposits->world->state;
    unsigned within = 0, above = 0;

    for (unsigned i = 0; i < CLIENTS && !deposits->world->failed; i++) {
        const uint32_t row = state_find_position(state, deposits->client[i].subaccount, deposits->perpetual);
        const struct position *position = row ? state_position(state, row) : NULL;
        const wide left = position ? (wide)position->quantity * (wide)state_market(state, deposits->perpetual)->mark *
                                         TICK_LOT_UNITS - position->entry_cost : 0;

        within += left >= 0 && left < 256;
        above += left > 0;
    }
    scenario_claim(&deposits->claims, "a pass leaves less than a unit unrealised, and never a loss",
                   within == CLIENTS && above > 0, "%s: %u of %d, %u of them above 0", deposits->name, within, CLIENTS,
                   above);
}

static void deposits_tell(struct deposits *deposits)
{
    deposits_make_things(deposits);
    deposits_make_people(deposits);
    deposits_prices(deposits, TICKS_BEFORE);
    deposits_advance(deposits, 1500);
    deposits_open_positions(deposits);
    deposits_note_spot(deposits, deposits->spot_before);
    deposits_advance(deposits, 21000); /* two passes: fees */
    deposits_sell_out(deposits);
    deposits_advance(deposits, 23000);
    deposits_come_late(deposits, 0, 2); /* every other one before the pass */
    deposits_advance(deposits, 30500);
    deposits_come_late(deposits, 1, 2); /* the others when it is over */
    deposits_check_apart(deposits);
    deposits_feed_fund(deposits);
    deposits_advance(deposits, 45000);
    deposits_decide(deposits);
    deposits_advance(deposits, 65000);
    deposits_write_off(deposits);
    deposits_advance(deposits, 90000);
    deposits_read(deposits);
    deposits_check_forty(deposits);
    deposits_check_winners(deposits);
    deposits_check_spot(deposits);
    deposits_check_fractions(deposits);
}

/* --- the report --- */

static const char *const fates[] = { "fund paid", "owner accepted", "taken back", "written off" };

static const char *deposits_text(int64_t units, char text[UNITS_TEXT_MAX])
{
    units_format(units, 6, text, UNITS_TEXT_MAX);
    return text;
}

static void deposits_print_forty(const struct deposits *deposits)
{
    char text[7][UNITS_TEXT_MAX];

    printf("%-8s %14s %14s %14s %12s | %14s %12s %10s  %s\n", "account", "had", "lost", "debt", "deposits", "has",
           "apart", "debt", "what became of the debt");
    for (unsigned i = 0; i < BANKRUPT; i++) {
        const struct deposits_account *account = &deposits->account[i];

        printf("long-%02u  %14s %14s %14s %12s | %14s %12s %10s  %s\n", i + 1, deposits_text(account->had, text[0]),
               deposits_text(account->loss, text[1]), deposits_text(account->debt, text[2]),
               deposits_text(account->late, text[3]), deposits_text(account->held, text[4]),
               deposits_text(account->apart, text[5]), deposits_text(account->debt_left, text[6]),
               fates[account->fate]);
    }
}

static void deposits_print_winners(const struct deposits *deposits)
{
    char text[4][UNITS_TEXT_MAX], name[16];

    printf("\n%-8s %18s %18s %18s %18s\n", "winner", "won", "claim after fund", "claim, accepted", "received in all");
    for (unsigned i = 0; i < HOLDERS; i++) {
        const uint32_t row = deposits_holder(deposits, i, name);

        printf("%-8s %18s %18s %18s %18s\n", name, deposits_text(deposits->won[row], text[0]),
               deposits_text(deposits->claim_before[i], text[1]), deposits_text(deposits->claim_after[i], text[2]),
               deposits_text(deposits->received[row], text[3]));
    }
}

static void deposits_print(const struct deposits *deposits)
{
    char text[4][UNITS_TEXT_MAX];

    printf("%s\nshortfall %s USDC, fund %s, paid %s, written off %s\n\n", deposits->name,
           deposits_text(deposits->shortfall, text[0]), deposits_text(deposits->fund, text[1]),
           deposits_text(deposits->fund_paid, text[2]), deposits_text(deposits->written_off, text[3]));
    deposits_print_forty(deposits);
    deposits_print_winners(deposits);
    printf("\n");
    scenario_claims_print(&deposits->claims);
    printf("\n");
}

static json_t *deposits_describe_accounts(const struct deposits *deposits)
{
    json_t *list = json_array();
    char name[16];

    for (unsigned i = 0; i < BANKRUPT; i++) {
        const struct deposits_account *account = &deposits->account[i];
        json_t *object = json_object();

        snprintf(name, sizeof name, "long-%02u", i + 1);
        report_set(object, "account", json_string(name));
        report_set_count(object, "had", (uint64_t)account->had);
        report_set_count(object, "lost", (uint64_t)account->loss);
        report_set_count(object, "debt", (uint64_t)account->debt);
        report_set_count(object, "deposit", (uint64_t)account->late);
        report_set_count(object, "held", (uint64_t)account->held);
        report_set_count(object, "apart", (uint64_t)account->apart);
        report_set_count(object, "debt_left", (uint64_t)account->debt_left);
        report_set_count(object, "withdrawn", (uint64_t)account->withdrawn);
        report_set_count(object, "accepted", (uint64_t)account->accepted);
        report_set(object, "fate", json_string(fates[account->fate]));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *deposits_describe_claims(const struct deposits *deposits)
{
    json_t *list = json_array();
    char name[16];

    for (unsigned i = 0; i < HOLDERS; i++) {
        const uint32_t row = deposits_holder(deposits, i, name);
        json_t *object = json_object();

        report_set(object, "account", json_string(name));
        report_set_count(object, "won", (uint64_t)deposits->won[row]);
        report_set_count(object, "claim_after_fund", (uint64_t)deposits->claim_before[i]);
        report_set_count(object, "claim_after_accepted", (uint64_t)deposits->claim_after[i]);
        report_set_count(object, "received", (uint64_t)deposits->received[row]);
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *deposits_describe(const struct deposits *deposits, json_t *object)
{
    report_set(object, "name", json_string(deposits->name));
    report_set_count(object, "shortfall", (uint64_t)deposits->shortfall);
    report_set_count(object, "fund", (uint64_t)deposits->fund);
    report_set_count(object, "fund_paid", (uint64_t)deposits->fund_paid);
    report_set_count(object, "written_off", (uint64_t)deposits->written_off);
    report_set_count(object, "claims_left", (uint64_t)deposits->claims_left);
    report_set(object, "accounts", deposits_describe_accounts(deposits));
    report_set(object, "winners", deposits_describe_claims(deposits));
    report_set(object, "claims", deposits->claims.list ? deposits->claims.list : json_array());
    return object;
}

/* One of the two worlds: an exit status; its report goes to `list`. */
static int deposits_run_one(const struct scenario_settings *settings, const char *name, unsigned fund_percent,
                            json_t *list)
{
    struct deposits *deposits = memory_reserve(1, sizeof *deposits);
    char directory[SCRATCH_PATH_BYTES];
    struct world_options options = { .engine = settings->engine, .start_ns = START_NS, .entry = deposits_entry,
                                     .notice = deposits_notice, .context = deposits };
    json_t *object = json_object();
    int status;

    if (settings->directory) { /* two worlds, two journals */
        snprintf(directory, sizeof directory, "%.240s-%u", settings->directory, fund_percent);
        options.directory = directory;
    }
    deposits->settings = settings;
    deposits->name = name;
    deposits->fund_percent = fund_percent;
    deposits->world = world_open(&options);
    deposits_tell(deposits);
    scenario_replay(deposits->world, settings, &deposits->claims, object);
    status = scenario_status("deposits", deposits->world, &deposits->claims);
    if (!settings->json && !deposits->world->failed)
        deposits_print(deposits);
    json_array_append_new(list, deposits_describe(deposits, object));
    world_close(deposits->world);
    free(deposits);
    return status;
}

int scenario_deposits_run(const struct scenario_settings *settings)
{
    json_t *object = json_object(), *list = json_array();
    const int whole = deposits_run_one(settings, "a fund as large as the shortfall", 100, list);
    const int smaller = whole <= 1 ? deposits_run_one(settings, "a smaller fund", SMALLER_FUND, list) : whole;

    report_set(object, "scenario", json_string("deposits"));
    report_set(object, "worlds", list);
    if (settings->json && whole <= 1 && smaller <= 1)
        report_print(object);
    else
        json_decref(object);
    return whole > smaller ? whole : smaller;
}
