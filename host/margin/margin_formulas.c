/* The formulas of single rows. A library of their own, since the recount of the accounts uses them too. */
#include "check.h"
#include "margin.h"

#define MARGIN_MAX ((uwide)1 << 110) /* so that a sum over every market and asset never overflows */
#define MILLION 1000000 /* of which rates and bands are */
#define TEN_TO_15 UINT64_C(1000000000000000)
#define TEN_TO_18 UINT64_C(1000000000000000000)

/* What has 64 bits multiplies several times faster; most of what margin sees has. */
static bool is_short(uwide value)
{
    return value >> 64 == 0;
}

static wide stop_at_most(uwide value)
{
    return (wide)(value < MARGIN_MAX ? value : MARGIN_MAX);
}

/* In 10^-9, rounded down. */
static uint64_t collateral_weight(const struct asset *asset, int64_t quantity)
{
    uint64_t weight = asset->weight * UINT64_C(1000), falling, remainder;
    uwide coins, divisor;

    if (asset->haircut == HAIRCUT_IDENTITY)
        return weight;
    /* base / (1 + penalty x root), everything times 10^15: the penalty is in 10^-9, the root in 10^-6. At most 2^64
     * x 2^52. */
    if (asset->decimals <= 12)
        coins = (uwide)(uint64_t)quantity * wide_ten_to(12 - asset->decimals);
    else if (!wide_scale_up((uwide)quantity, wide_ten_to(12), wide_ten_to(asset->decimals), &coins))
        check(false);
    divisor = TEN_TO_15 + (uwide)asset->penalty * wide_root_up(coins);
    /* base x 10^18 is below 2^92 */
    falling = is_short(divisor) ? wide_quotient((uwide)asset->base * TEN_TO_18, (uint64_t)divisor, &remainder)
                                : (uint64_t)((uwide)asset->base * TEN_TO_18 / divisor);
    return falling < weight ? falling : weight;
}

wide margin_collateral(const struct asset *asset, uint8_t decimals, int64_t quantity)
{
    const unsigned exponent = asset->decimals + 21u - decimals;
    uwide value, product;

    check(quantity >= 0 && decimals <= 18);
    if (asset->flags & ASSET_SETTLEMENT)
        return (wide)quantity * 256;
    /* The product over 10^decimals of the asset, 10^12 of the index and 10^9 of the weight, times 10^decimals of
     * the settlement asset. To round down after each division is to round down once. */
    value = (uwide)(uint64_t)quantity * collateral_weight(asset, quantity) * 256;
    if (exponent <= 27 && !__builtin_mul_overflow(value, (uwide)asset->index, &product) && product >> 127 == 0)
        return stop_at_most(wide_over_ten(product, exponent));
    if (!wide_scale_down(value, asset->index, wide_ten_to(asset->decimals), &value))
        value = ((uwide)1 << 127) - 1;
    if (decimals >= 3)
        return stop_at_most(value / wide_ten_to(21 - decimals));
    return stop_at_most(value / TEN_TO_18 / wide_ten_to(3 - decimals));
}

wide margin_liability(const struct asset *asset, uint8_t decimals, int64_t quantity)
{
    const uint8_t more = decimals > 12 ? decimals - 12 : 0, less = decimals < 12 ? 12 - decimals : 0;
    uwide value, divisor = wide_ten_to(less);

    check(quantity >= 0 && decimals <= 18);
    if (asset->flags & ASSET_SETTLEMENT)
        return (wide)quantity * 256;
    /* To round up after each division is to round up once. */
    if (!wide_scale_up((uwide)quantity * 256, (uwide)asset->index * wide_ten_to(more), wide_ten_to(asset->decimals),
                       &value))
        return (wide)MARGIN_MAX;
    return stop_at_most(value / divisor + (value % divisor != 0));
}

uint64_t margin_price(const struct state *state, uint32_t row, bool higher, uwide *divisor)
{
    const struct asset *asset = state_asset(state, row);

    *divisor = (uwide)wide_ten_to(12u - state_asset(state, state_settlement(state))->decimals) *
               wide_ten_to(asset->decimals);
    return asset->index_raw != 0 && (asset->index_raw > asset->index) == higher ? asset->index_raw : asset->index;
}

int64_t margin_worth(const struct state *state, uint32_t asset, bool higher, int64_t quantity)
{
    uwide divisor, worth;

    check(quantity >= 0 && quantity <= LIMIT_BALANCE_UNITS);
    worth = (uwide)quantity * margin_price(state, asset, higher, &divisor);
    worth = worth / divisor + (higher && worth % divisor != 0);
    return worth > INT64_MAX ? INT64_MAX : (int64_t)worth;
}

/* A notional in whole units of the settlement asset x 10^12, rounded up; stops at 2^127. */
static uwide notional_square(uwide notional, uint8_t decimals)
{
    uwide square;

    /* A shift is what the division mostly comes to. */
    if (decimals <= 12 && is_short(notional)) {
        square = (uwide)(uint64_t)notional * wide_ten_to(12 - decimals);
        return (square >> 8) + ((square & 255) != 0);
    }
    if (decimals <= 12 && !__builtin_mul_overflow(notional, (uwide)wide_ten_to(12 - decimals), &square))
        square = (square >> 8) + ((square & 255) != 0);
    else if (!wide_scale_up(notional, wide_ten_to(12), (uwide)256 * wide_ten_to(decimals), &square))
        return (uwide)1 << 127;
    return square >> 127 ? (uwide)1 << 127 : square;
}

/* Whether fraction / 10^15 is above numerator / denominator. */
static bool is_above(uwide fraction, uint64_t numerator, uint64_t denominator)
{
    uwide left;

    if (is_short(fraction))
        return (uwide)(uint64_t)fraction * denominator > (uwide)numerator * TEN_TO_15;
    return __builtin_mul_overflow(fraction, (uwide)denominator, &left) || left > (uwide)numerator * TEN_TO_15;
}

static unsigned root_bits(uwide square)
{
    uint64_t high = (uint64_t)(square >> 64), low = (uint64_t)square;
    unsigned bits = high ? 128 - (unsigned)__builtin_clzll(high) : 64 - (unsigned)__builtin_clzll(low | 1);

    return (bits + 1) / 2;
}

/* notional x numerator / denominator, rounded up; false: beyond 127 bits. */
static bool part_up(uwide notional, uint64_t numerator, uint64_t denominator, uwide *part)
{
    uint64_t product;

    if (!is_short(notional) || __builtin_mul_overflow((uint64_t)notional, numerator, &product))
        return wide_scale_up(notional, numerator, denominator, part);
    *part = product / denominator + (product % denominator != 0);
    return true;
}

wide margin_of_notional_exact(const struct margin_function *function, uint8_t decimals, uint32_t leverage,
                              wide notional)
{
    uint64_t numerator = function->numerator, denominator = function->denominator;
    uwide square, fraction, margin;
    bool fits;

    check(notional >= 0);
    if (denominator == 0 || notional == 0)
        return stop_at_most((uwide)notional);
    margin_limit_base(leverage, &numerator, &denominator);
    square = notional_square((uwide)notional, decimals);
    fraction = 0;
    /* No root is worked out where even the power of two above it stays below the base. */
    if (is_above((uwide)function->factor << root_bits(square), numerator, denominator))
        fraction = (uwide)function->factor * wide_root_up(square);
    if (is_above(fraction, numerator, denominator))
        fits = wide_scale_up((uwide)notional, fraction, TEN_TO_15, &margin);
    else
        fits = part_up((uwide)notional, numerator, denominator, &margin);
    return fits ? stop_at_most(margin) : (wide)MARGIN_MAX;
}

wide margin_bound_notional_root(const struct margin_function *function, uint8_t decimals, uint32_t leverage,
                                wide notional)
{
    /* 2^88 / 10^15 */
    const uint64_t scale = UINT64_C(309485009821) + 1;
    uint64_t numerator = function->numerator, denominator = function->denominator, base, rising;
    uwide fraction;

    check(notional >= 0);
    if (denominator == 0 || notional >> 80 != 0)
        return margin_of_notional(function, decimals, leverage, notional);
    margin_limit_base(leverage, &numerator, &denominator);
    base = (numerator << 24) / denominator + 1;
    fraction = (uwide)function->factor * wide_root_above(notional_square((uwide)notional, decimals));
    if (fraction >> 64 != 0)
        return margin_of_notional(function, decimals, leverage, notional);
    rising = (uint64_t)(fraction * scale >> 64) + 1;
    return (wide)(((uwide)notional * (rising > base ? rising : base) >> 24) + 1);
}

static uwide magnitude(int64_t value)
{
    return value < 0 ? -(uwide)value : (uwide)value;
}

wide margin_notional_long(const struct market *market, int64_t lots, uint64_t mark)
{
    const uwide tick = magnitude(lots) * market->tick_lot_units;
    uwide notional;

    check(!__builtin_mul_overflow(tick, (uwide)mark, &notional));
    check(notional >> 127 == 0);
    return (wide)notional;
}

wide margin_fee(wide notional, int32_t rate)
{
    int64_t exact;

    check(notional >= 0 && notional <= (wide)1 << 62);
    if (!__builtin_mul_overflow((int64_t)notional, rate * INT64_C(4), &exact)) /* by a constant: a multiplication */
        return exact / 15625 + (exact % 15625 > 0);
    return wide_divide_up(notional * rate * 4, 15625);
}

int64_t margin_spot_lock(const struct market *market, uint8_t side, const struct open_side *sums)
{
    const int32_t rate = market->taker_fee > 0 ? market->taker_fee : 0;
    const wide fee = (wide)sums->notional * rate - sums->fee_carry;

    if (side == CARD_SIDE_SELL)
        return wide_narrow((wide)sums->lots * market->lot_units);
    return wide_narrow(wide_divide_up(fee, MILLION) + sums->notional + sums->orders);
}

int64_t margin_adverse_lot(const struct market *market, uint8_t side, uint32_t price)
{
    wide difference = (wide)price * 256 - market->mark, adverse;

    if (market->mark == 0)
        return 0;
    if (side == CARD_SIDE_SELL)
        difference = -difference;
    if (difference <= 0)
        return 0;
    if (__builtin_mul_overflow(difference, (wide)market->tick_lot_units, &adverse) || adverse > INT64_MAX)
        return INT64_MAX;
    return (int64_t)adverse;
}

uint32_t margin_price_of(wide ticks)
{
    return ticks < 1 ? 1 : ticks > (wide)CARD_PRICE_MAX ? (uint32_t)CARD_PRICE_MAX : (uint32_t)ticks;
}

wide margin_mean_bound(const struct market *market, uint64_t mean, uint8_t side)
{
    const wide unit = (wide)CARD_FIXED_ONE * MILLION;

    return side == CARD_SIDE_BUY ? wide_divide_down((wide)mean * market->mean_max, unit)
                                 : wide_divide_up((wide)mean * market->mean_min, unit);
}

uint32_t margin_worst_price(const struct market *market, uint8_t side)
{
    return market->mean_mark == 0 ? 0 : margin_price_of(margin_mean_bound(market, market->mean_mark, side));
}

uint32_t margin_impact_price(const struct market *market, uint8_t side)
{
    const wide touch = market->best[state_other_side(side)];

    if (touch == 0 || !(market->bands & CARD_BANDS_IMPACT_MASK))
        return 0;
    return margin_price_of(side == CARD_SIDE_BUY ? wide_divide_down(touch * market->impact_max, MILLION)
                                                 : wide_divide_up(touch * market->impact_min, MILLION));
}
