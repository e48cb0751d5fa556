/* What spot orders could lose: the rules leave open how several markets add up. Each is taken by itself, on what is
 * held now, lent units included. */
#include "margin_sum.h"

/* Of what is left or owed after a fill. */
static wide worth_of(struct margin_sum *sum, uint32_t asset, wide units)
{
    return units < 0 ? -margin_sum_liability(sum, asset, -units) : margin_sum_value(sum, asset, units);
}

static wide side_loss(struct margin_sum *sum, const struct market *market, uint8_t side, const struct open_side *sums)
{
    wide base, quote, base_in, quote_in, before, after;

    if (sums->orders == 0)
        return 0;
    base = margin_sum_holding(sum, market->base_asset).held;
    quote = margin_sum_holding(sum, market->quote_asset).held;
    base_in = (wide)sums->lots * market->lot_units;
    if (side == CARD_SIDE_BUY) {
        quote_in = -(wide)margin_spot_lock(market, side, sums);
    } else {
        base_in = -base_in;
        quote_in = sums->notional;
        if (market->taker_fee > 0) /* rounded up by each order */
            quote_in -= ((margin_fee(sums->notional, market->taker_fee) + 255) >> 8) + sums->orders;
    }
    before = worth_of(sum, market->base_asset, base) + worth_of(sum, market->quote_asset, quote);
    after = worth_of(sum, market->base_asset, base + base_in) + worth_of(sum, market->quote_asset, quote + quote_in);
    return margin_sum_larger(before - after, 0);
}

wide margin_sum_spot_loss(struct margin_sum *sum, const struct market *market, const struct open_side sides[2])
{
    return margin_sum_larger(side_loss(sum, market, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]),
                             side_loss(sum, market, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]));
}

/* Not below what `units` of an asset are worth at full weight: no root, no division. Collateral never counts at more
 * than its index. */
static wide value_above(const struct margin_sum *sum, uint32_t row, wide units)
{
    const struct asset *asset = state_asset(sum->state, row);
    const wide most = (wide)1 << 110;
    uwide value;

    if (units <= 0 || !(asset->flags & (ASSET_COLLATERAL | ASSET_SETTLEMENT)))
        return 0;
    if (asset->flags & ASSET_SETTLEMENT)
        return units * 256;
    /* units x index x 2^8 / 10^n; 10^n is at least 2^(3321 n / 1000) */
    if (12u + asset->decimals < sum->decimals + 3u || __builtin_mul_overflow((uwide)units, (uwide)asset->index, &value))
        return most;
    value >>= (12u + asset->decimals - sum->decimals) * 3321 / 1000 - 8;
    return value >> 110 ? most : (wide)value + 1;
}

/* Not below side_loss(): what goes out counts in full, what comes in not at all. The value is concave in what is
 * held, so that what goes out was worth at most its full weight, but for the weights' rounding: 10^-9 of what is
 * held. */
static wide side_bound(const struct margin_sum *sum, uint32_t asset, wide units)
{
    return value_above(sum, asset, units) + (value_above(sum, asset, margin_sum_holding(sum, asset).held) >> 29) + 1;
}

wide margin_sum_spot_bound(struct margin_sum *sum, const struct market *market, const struct open_side sides[2])
{
    wide buy = 0, sell = 0;

    if (sides[CARD_SIDE_BUY].orders > 0)
        buy = side_bound(sum, market->quote_asset, margin_spot_lock(market, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]));
    if (sides[CARD_SIDE_SELL].orders > 0)
        sell = side_bound(sum, market->base_asset, margin_spot_lock(market, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]));
    return margin_sum_larger(buy, sell);
}
