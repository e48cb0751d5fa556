/* What spot orders could lose: the rules leave open how several markets add up. Each is taken by itself, on what is
 * held now, lent units included. Both sides of one may fill one after the other, so that they add up too: values are
 * concave in what is held, the sum of what each loses alone is never too small. */
#include "margin_sum.h"

/* Of what is left or owed after a fill. */
static wide worth_of(struct margin_sum *sum, uint32_t asset, wide units)
{
    return units < 0 ? -margin_sum_liability(sum, asset, -units) : margin_sum_value(sum, asset, units);
}

/* Quote units that a side's orders pay or get, fees included, without what is better than the mark: an order that may
 * never fill must not make up for one that does. Orders worse than the mark differ from it by what they did at entry,
 * and no side counts better than at its own prices. Without a mark these are all there is. */
static wide paid_by_buys(const struct margin_sum *sum, const struct market *market, const struct open_side *sums)
{
    const wide fees = margin_spot_lock(market, CARD_SIDE_BUY, sums) - (wide)sums->notional;
    wide marked = 0;

    if (market->mark != 0) {
        marked = margin_notional(market, sums->lots, margin_sum_mark(sum, market, true)) + sums->adverse;
        marked = (marked >> 8) + ((marked & 255) != 0);
    }
    return margin_sum_larger(sums->notional, marked) + fees;
}

static wide got_by_sells(const struct margin_sum *sum, const struct market *market, const struct open_side *sums)
{
    wide got = sums->notional;

    if (market->mark != 0) {
        const wide marked = margin_notional(market, sums->lots, margin_sum_mark(sum, market, false)) - sums->adverse;

        got = marked >> 8 < got ? marked >> 8 : got;
    }
    if (market->taker_fee > 0) /* rounded up by each order */
        got -= ((margin_fee(sums->notional, market->taker_fee) + 255) >> 8) + sums->orders;
    return got;
}

wide margin_sum_spot_change(struct margin_sum *sum, const struct market *market, uint8_t side,
                            const struct open_side *sums)
{
    const bool buys = side == CARD_SIDE_BUY;
    const uint32_t out = buys ? market->quote_asset : market->base_asset;
    const uint32_t in = buys ? market->base_asset : market->quote_asset;
    wide out_held, in_held, before, most, paid, got;

    if (sums->orders == 0)
        return 0;
    out_held = margin_sum_holding(sum, out).held;
    in_held = margin_sum_holding(sum, in).held;
    before = worth_of(sum, out, out_held);
    /* What comes in is worth something: all that can be lost is what is locked. */
    most = before - worth_of(sum, out, out_held - margin_spot_lock(market, side, sums));
    paid = buys ? paid_by_buys(sum, market, sums) : (wide)sums->lots * market->lot_units;
    got = buys ? (wide)sums->lots * market->lot_units : got_by_sells(sum, market, sums);
    got = worth_of(sum, in, in_held + got) - worth_of(sum, in, in_held);
    if (most == 0) /* nor does it need a price */
        return got > 0 ? -got : 0;
    got += worth_of(sum, out, out_held - paid) - before;
    return -got < most ? -got : most;
}

wide margin_sum_spot_loss(struct margin_sum *sum, const struct market *market, const struct open_side sides[2])
{
    return margin_sum_larger(margin_sum_spot_change(sum, market, CARD_SIDE_BUY, &sides[CARD_SIDE_BUY]), 0) +
           margin_sum_larger(margin_sum_spot_change(sum, market, CARD_SIDE_SELL, &sides[CARD_SIDE_SELL]), 0);
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

/* Not below what a side loses: what goes out counts in full, what comes in not at all. The value is concave in what is
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
    return buy + sell;
}

/* What the orders of a market can lose is at most V(h) - V(h - l), V the value of so many units, h held, l locked. V is
 * concave and 0 at 0: so that loss is convex in l, 0 at 0, and of several markets together at most what it is for all
 * that they lock, hence V(h). V as it is rounded (weight and root, in all at most 2^-18 of the full value) is at most
 * so much below, once more often than there are markets. */
wide margin_sum_spot_excess(const struct margin_sum *sum, uint32_t asset, wide held)
{
    const struct asset *row = state_asset(sum->state, asset);

    if (row->flags & ASSET_SETTLEMENT || !(row->flags & ASSET_COLLATERAL))
        return 0;
    return (LIMIT_MARKETS + 1) * ((value_above(sum, asset, held) >> 18) + 2);
}
