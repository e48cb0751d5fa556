/* What has been liquidated, how, and what of it others had to bear. */
#include "tally.h"

#include "liquidation_parts.h"

void tally_add(struct exchange *exchange, uint32_t market, enum tally_way way, int64_t lots)
{
    const struct market *row = state_market(&exchange->state, market);
    struct tally *tally = &state_unwind(&exchange->state, market)->tally;
    const wide notional = wide_divide_down(margin_notional(row, lots, row->mark), 256);
    int64_t *sums[] = { [TALLY_BOOK] = &tally->book, [TALLY_BACKSTOP] = &tally->backstop,
                        [TALLY_DELEVERAGED] = &tally->deleveraged };
    uint64_t *fills[] = { [TALLY_BOOK] = &tally->book_fills, [TALLY_BACKSTOP] = &tally->backstop_fills,
                          [TALLY_DELEVERAGED] = &tally->deleveraged_fills };

    *sums[way] = wide_clamp(*sums[way] + notional);
    ++*fills[way];
}

static void tally_more(int64_t *sum, wide amount)
{
    *sum = wide_clamp(*sum + amount);
}

struct tally tally_of_venue(const struct state *state)
{
    struct tally sum = { 0 };

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct tally *tally = &state_unwind(state, row)->tally;

        if (state_market(state, row)->quote_asset != state_settlement(state))
            continue;
        tally_more(&sum.book, tally->book);
        tally_more(&sum.backstop, tally->backstop);
        tally_more(&sum.deleveraged, tally->deleveraged);
        tally_more(&sum.deleveraged_loss, tally->deleveraged_loss);
        tally_more(&sum.fees, tally->fees);
        tally_more(&sum.topped_up, tally->topped_up);
        sum.book_fills += tally->book_fills;
        sum.backstop_fills += tally->backstop_fills;
        sum.deleveraged_fills += tally->deleveraged_fills;
        sum.stopped += tally->stopped;
    }
    return sum;
}

/* At the indices of now, rounded up: no loss of lenders is shown smaller than it is. */
static int64_t tally_lend_fallen(const struct state *state)
{
    const uint32_t settlement = state_settlement(state);
    int64_t sum = 0;

    for (uint32_t row = 1; row < state->assets.used; row++) {
        const int64_t units = state_pool(state, row)->written_off;
        wide worth = units;

        if (row != settlement)
            worth = wide_divide_up(margin_liability(state_asset(state, row), state_asset(state, settlement)->decimals,
                                                    units), 256);
        tally_more(&sum, worth);
    }
    return sum;
}

struct tally_socialised tally_socialised(const struct state *state)
{
    return (struct tally_socialised){ .deleveraged_loss = tally_of_venue(state).deleveraged_loss,
                                      .claims = state_claims(state), .claims_fallen = state->t->claims_fallen,
                                      .lend_fallen = tally_lend_fallen(state) };
}
