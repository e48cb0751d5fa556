/* Both sides of a fill pay what the market's rates make, rounded once for all that an order has paid (docs/host.md). */
#include "neutral_parts.h"

enum { NEUTRAL_FEE_ONE = 1000000 };

static void neutral_fees_add(struct neutral *neutral, uint32_t row, const struct market *market, int32_t rate,
                             wide notional)
{
    struct neutral_order *mine = neutral_order_of(neutral, row);
    const bool cost = market->kind == MARKET_PERPETUAL;
    const wide owed = notional * rate * (cost ? 256 : 1) - mine->carry;
    const wide fee = wide_divide_up(owed, NEUTRAL_FEE_ONE);

    mine->carry = (uint32_t)(fee * NEUTRAL_FEE_ONE - owed);
    if (fee == 0)
        return;
    neutral->due[neutral->dues++] = (struct neutral_due){
        .payer = order_row(neutral->state, row)->subaccount, .order = row, .fee = wide_narrow(fee), .cost = cost,
        .thing = cost ? order_row(neutral->state, row)->market : market->quote_asset };
}

void neutral_fees_fill(struct neutral *neutral, const struct neutral_sent *sent, const struct neutral_rest *maker,
                       const struct card_event *event)
{
    const struct market *market = state_market(neutral->state, sent->market);
    const wide notional = (wide)card_event_price(event) * market->tick_lot_units * (wide)card_event_quantity(event);

    neutral->counts.fills++;
    neutral->fill_notional = notional;
    neutral_fees_add(neutral, sent->order, market, market->taker_fee, notional);
    neutral_fees_add(neutral, maker->order, market, market->maker_fee, notional);
}

/* A spot rebate stops at what the fee account has; what is missing below a unit is carried. */
static bool neutral_fees_may_be_cut(const struct neutral *neutral, const struct neutral_due *due)
{
    return due->fee < 0 && !due->cost && ledger_free(neutral->state, SYSTEM_FEES, due->thing) == 0;
}

static void neutral_fees_cut(struct neutral *neutral, const struct neutral_due *due, int64_t fee)
{
    struct neutral_order *mine = neutral_order_of(neutral, due->order);
    const wide carry = mine->carry + ((wide)fee - due->fee) * NEUTRAL_FEE_ONE;

    mine->carry = carry < NEUTRAL_FEE_ONE ? (uint32_t)carry : NEUTRAL_FEE_ONE - 1;
}

void neutral_fees_flush(struct neutral *neutral)
{
    for (unsigned i = 0; i < neutral->dues; i++) {
        const struct neutral_due *due = &neutral->due[i];

        if (neutral_fees_may_be_cut(neutral, due)) {
            neutral_fees_cut(neutral, due, 0);
            continue;
        }
        neutral_find(neutral, NEUTRAL_FEE, due->payer,
                     "a fill of %ld units: subaccount %u owes a fee of %ld (%s %u), and none was charged",
                     (long)neutral->fill_notional, due->payer, (long)due->fee, due->cost ? "market" : "asset",
                     due->thing);
    }
    neutral->dues = 0;
}

static void neutral_fees_take(struct neutral *neutral, uint32_t payer, int64_t fee, bool cost, uint16_t thing)
{
    const struct neutral_due due = neutral->due[0];

    neutral->counts.fees++;
    if (neutral->dues == 0) {
        neutral_find(neutral, NEUTRAL_FEE, payer, "a fee of %ld that no fill asks for", (long)fee);
        return;
    }
    neutral->due[0] = neutral->due[1];
    neutral->dues--;
    if (due.payer != payer && neutral->dues == 1 && neutral->due[0].payer == payer) { /* the taker's is missing */
        const struct neutral_due maker = neutral->due[0];

        neutral->due[0] = due;
        neutral_fees_flush(neutral);
        neutral->due[neutral->dues++] = maker;
        neutral->counts.fees--; /* once */
        neutral_fees_take(neutral, payer, fee, cost, thing);
        return;
    }
    if (due.payer == payer && due.cost == cost && due.thing == thing && due.fee == fee)
        return;
    if (due.payer == payer && fee > due.fee && neutral_fees_may_be_cut(neutral, &due)) {
        neutral_fees_cut(neutral, &due, fee);
        return;
    }
    neutral_find(neutral, NEUTRAL_FEE, due.payer,
                 "a fill of %ld units: %s %u of subaccount %u makes a fee of %ld, and subaccount %u was charged %ld",
                 (long)neutral->fill_notional, cost ? "market" : "asset", thing, due.payer, (long)due.fee, payer,
                 (long)fee);
}

void neutral_fees_entry(struct neutral *neutral, const struct ledger_entry *entry)
{
    if (entry->kind == ENTRY_COST_FEE) {
        const bool pays = entry->from == SYSTEM_FEES;

        neutral_fees_take(neutral, pays ? entry->to : entry->from, pays ? entry->amount : -entry->amount, true,
                          entry->thing);
    }
    if (entry->kind == ENTRY_FEE) {
        const bool pays = entry->to == SYSTEM_FEES;

        neutral_fees_take(neutral, pays ? entry->from : entry->to, pays ? entry->amount : -entry->amount, false,
                          entry->thing);
    }
}
