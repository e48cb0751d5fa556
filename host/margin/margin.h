/* Margin of a subaccount (exchange-rules.md, section 4): collateral, exposure, what is available, and whether an order
 * passes. Pure functions of the state. Money in units of the settlement asset x 256 ("u256"), so that entry costs and
 * marks come out exactly; what must be rounded is rounded against the account. */
#ifndef VITRINE_MARGIN_H
#define VITRINE_MARGIN_H

#include "reason.h"
#include "state.h"

/* --- the formulas, each by itself (tests compare them with exact fractions) --- */

/* Collateral value of `quantity` >= 0 units: floor(quantity x index x weight(quantity)), u256 of a settlement asset
 * with `decimals`. The weight is rounded down to 10^-9, the root in it (of whole coins) up to 10^-6. Results stop
 * at 2^110, those beyond 2^127 / 10^(21 - decimals) there. */
wide margin_collateral(const struct asset *asset, uint8_t decimals, int64_t quantity);

/* Value of owing `quantity` >= 0 units: ceil(quantity x index), u256. Results stop at 2^110. */
wide margin_liability(const struct asset *asset, uint8_t decimals, int64_t quantity);

/* What is bought or counted at the index: its price (10^-12 USDC a whole coin) is the lower of the index and what it
 * was clamped from, which is against whoever sells, or the higher. Quantity x price / divisor are settlement units. */
uint64_t margin_price(const struct state *state, uint32_t asset, bool higher, uwide *divisor);
/* So many units, rounded down at the lower price, up at the higher; stops at INT64_MAX. Quantity: 0 ..
 * LIMIT_BALANCE_UNITS. */
int64_t margin_worth(const struct state *state, uint32_t asset, bool higher, int64_t quantity);

/* notional (u256, >= 0) x max(base, factor x sqrt(notional)), rounded up, u256. The root is of whole USDC x 10^12,
 * rounded up, in 10^-6. `leverage` (hundredths, 0: none): base is at least 100 / leverage (initial margin only). A
 * function that is not set asks for the whole notional. Results stop at 2^110. */
wide margin_of_notional_exact(const struct margin_function *function, uint8_t decimals, uint32_t leverage,
                              wide notional);
/* The base is at least 100 / leverage; 0: no limit. */
static inline void margin_limit_base(uint32_t leverage, uint64_t *numerator, uint64_t *denominator)
{
    if (leverage != 0 && *denominator != 0 && *numerator * leverage < 100 * *denominator) {
        *numerator = 100;
        *denominator = leverage;
    }
}

/* Most notionals have 64 bits, and their base is above factor x root, even with a power of two above the root.
 * Nothing else is worked out then. False: it is not so. */
static inline bool margin_base_of_notional(const struct margin_function *function, uint8_t decimals, uint32_t leverage,
                                           wide notional, wide *margin)
{
    uint64_t numerator = function->numerator, denominator = function->denominator, square, product;
    unsigned root_bits;

    margin_limit_base(leverage, &numerator, &denominator);
    if (denominator == 0 || notional <= 0 || notional >> 63 != 0 || decimals > 12 || function->factor >> 35 != 0 ||
        __builtin_mul_overflow((uint64_t)notional, wide_ten_to(12u - decimals), &square) ||
        __builtin_mul_overflow((uint64_t)notional, numerator, &product))
        return false;
    square = (square >> 8) + ((square & 255) != 0);
    root_bits = (65 - (unsigned)__builtin_clzll(square | 1)) / 2; /* at most 29 */
    if ((uwide)(function->factor << root_bits) * denominator > (uwide)numerator * UINT64_C(1000000000000000))
        return false;
    *margin = (wide)(product / denominator + (product % denominator != 0));
    return true;
}

static inline wide margin_of_notional(const struct margin_function *function, uint8_t decimals, uint32_t leverage,
                                      wide notional)
{
    wide margin;

    if (margin_base_of_notional(function, decimals, leverage, notional, &margin))
        return margin;
    return margin_of_notional_exact(function, decimals, leverage, notional);
}

/* Not below margin_of_notional(), and above it by at most 9 % and notional / 2^23 + 1; where the root counts several
 * times faster. */
wide margin_bound_notional_root(const struct margin_function *function, uint8_t decimals, uint32_t leverage,
                                wide notional);
static inline wide margin_bound_notional(const struct margin_function *function, uint8_t decimals, uint32_t leverage,
                                         wide notional)
{
    wide margin;

    if (margin_base_of_notional(function, decimals, leverage, notional, &margin))
        return margin;
    return margin_bound_notional_root(function, decimals, leverage, notional);
}

/* lots x mark (ticks x 256) x tick_lot_units, the absolute value, u256, exact; check() that it is below 2^127. */
wide margin_notional_long(const struct market *market, int64_t lots, uint64_t mark);
static inline wide margin_notional(const struct market *market, int64_t lots, uint64_t mark)
{
    uint64_t tick;
    uwide notional;

    if (__builtin_mul_overflow(lots < 0 ? -(uint64_t)lots : (uint64_t)lots, market->tick_lot_units, &tick))
        return margin_notional_long(market, lots, mark);
    notional = (uwide)tick * mark;
    check(notional >> 127 == 0);
    return (wide)notional;
}

/* Fee of `notional` quote units (0 .. 2^62) at `rate` millionths: u256, rounded up for payers, down (towards 0) for
 * rebates. */
wide margin_fee(wide notional, int32_t rate);

/* Whole units of u256, rounded down; check() that they fit. */
static inline int64_t margin_units(wide value)
{
    return wide_narrow(wide_divide_down(value, 256));
}

/* --- a subaccount as a whole --- */

struct margin_view {
    wide collateral;      /* haircut value of what is held and lent, credits of a pass under way included */
    wide profit;          /* unrealised, of all perpetuals, pending funding off */
    wide borrowed;        /* value of what is borrowed, at the indices */
    wide claims, debts;   /* u256 */
    wide equity;          /* net equity: collateral + profit + claims - borrowed - debts */
    wide initial;         /* sum of IM, open orders, what they would borrow and `reserved` included */
    wide reserved;        /* of `initial`: for what it has committed as a backstop provider */
    wide maintenance;     /* sum of MM, without open orders */
    wide notional;        /* of positions and borrows, at marks */
    wide available;       /* equity - claims - initial */
    bool priced;          /* false: something held has no index yet and counts 0, or something open has no mark */
    bool frozen;          /* something that it holds, owes or has a position in is below its quorum */
};

/* What an order would add to the open side of a position row (which may be 0 with `market` set: no row yet). */
struct margin_change {
    uint32_t position, market;
    uint8_t side;         /* enum card_side */
    bool reduce_only;
    int64_t lots, notional, adverse; /* as in struct open_side; negative takes away */
    int32_t orders;       /* likewise: 1 for a new order, 0 for a replace */
};

/* At marks and indices as they are: statements, maintenance, detection. change NULL: as it stands. */
void margin_compute(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                    struct margin_view *view);

/* The same without open orders: initial, reserved and available are 0. What detection asks; about half the work.
 * `priced` does not say whether markets with nothing but orders have a mark. */
void margin_compute_maintenance(const struct state *state, uint32_t subaccount, struct margin_view *view);

/* Hints for walks in any order: before the work on a subaccount, fetches what it will need in so many steps, 0 first,
 * each some time after the one before. Row 0 is fine. */
enum { MARGIN_FETCHES = 4 };
void margin_fetch(const struct state *state, uint32_t subaccount, uint32_t step);

/* What spot orders could lose counts as initial margin. A buy pays the larger of its price and the mark, a sell gets
 * the smaller: so paper gains of orders that may never fill hide no other order's loss. Per side, with the sums of
 * struct open_side, in quote units, rounded against the account:
 *   buys   pay max(notional, lots x mark x tick_lot_units + adverse) + fees, and lose at most what they lock
 *   sells  get min(notional, lots x mark x tick_lot_units - adverse) - fees, and lose at most the coins
 * What a side loses in collateral value (at least 0) adds up over sides and markets. Without a mark: notional alone. */

/* What lets money or exposure out (all checks below) sees a diverged price (PRICE_DIVERGED: index and index_raw, mark
 * and mark_raw) from its worse side: collateral and long positions at the lower, debts, short positions and margins at
 * the higher of both. Frozen collateral counts 0. Credits count but where money leaves the exchange. */

/* Whether an order passes: REASON_NONE, or
 *   NO_PRICE                a mark that it depends on is missing; or an index, and without it it does not pass
 *   INSUFFICIENT_MARGIN     available after it below 0, and not (exposure does not rise and available does not fall);
 *                           exposure of spot: what the order by itself could lose, and what it would borrow
 *   INSUFFICIENT_FUNDS      spot: it would lock more than is free and than lending_reach() adds
 *   INSUFFICIENT_BORROWABLE the same where the subaccount lends or may borrow: the pool or its limits fall short
 *   POSITION_LIMIT          beyond LIMIT_NOTIONAL_UNITS, the market's position_max (all subaccounts of the account)
 *   OPEN_INTEREST           beyond the market's interest_max
 * For a replace `change` is the difference between the new order and the old one. Who has no perpetuals, no loss and
 * no borrow passes with funds alone: what spot orders could lose is never more than what is held. */
enum reason margin_check(const struct state *state, uint32_t subaccount, const struct margin_change *change);

/* Whether `amount` of an asset may leave: REASON_NONE, or
 *   INSUFFICIENT_BALANCE    more than what is held and lent, and no order locks; or lending_check() of what must be
 * redeemed
 *   NO_PRICE                a perpetual position or a borrow is frozen or has no price
 *   INSUFFICIENT_MARGIN     available after it, with positive uPnL, claims and credits at 0, is below 0
 *   FRESH_PROFIT            it is not, but below `fresh` (USDC units >= 0: profit that was settled just now)
 * USDC borrowed counts as for margin_check_borrow(). Who has no perpetuals, no loss, no debt and no borrow needs no
 * prices. */
enum reason margin_check_withdrawal(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t amount,
                                    int64_t fresh);

/* Whether a subaccount may borrow `units` of an asset and keep them: margin alone, as for an order. NO_PRICE,
 * INSUFFICIENT_MARGIN; NO_PRICE also where the asset itself is frozen.
 *
 * Stricter than the rules' IM (margin_compute()), in which USDC that is borrowed and still held is no exposure: whoever
 * had nothing could hold all that a pool has, at no cost but interest that nobody would pay. So here, where a spot
 * order would borrow, and where something may leave (which could be what the borrow was granted on), the exposure
 * is max(what is missing, all USDC borrowed); and a borrow needs equity, claims apart, above 0. */
enum reason margin_check_borrow(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t units);

/* --- backstop providers (exchange-rules.md, section 6; docs/liquidation.md): the initial margin of what they have
 * committed counts as initial margin everywhere above, a market at a time, as if it were a position of its own. It is
 * no maintenance margin. --- */

/* Whether a subaccount may commit `capacity` (quote units of notional, >= 0) in a perpetual market in place of what it
 * has committed there: available after it is at least 0. NO_PRICE, INSUFFICIENT_MARGIN. */
enum reason margin_check_commitment(const struct state *state, uint32_t subaccount, uint32_t market, int64_t capacity);

/* Lots of a perpetual with a mark whose notional at it a capacity (quote units, >= 0) holds. */
int64_t margin_capacity_lots(const struct market *market, int64_t capacity);

/* Lots of a perpetual that a provider takes over at the mark less what of `share` comes with them. */
struct margin_takeover {
    uint32_t subaccount, market;
    uint32_t position;    /* its row there, 0: none */
    int64_t capacity;     /* of its commitment, quote units: falls by the notional at the mark, rounded up */
    int64_t lots;         /* at most, > 0 */
    wide share;           /* u256 >= 0, of all these lots: `lots` taken get their part of it */
    bool buys;            /* the provider gets longer */
};

/* What a provider's position in the market that was asked about last counts for, from above, u256: the margin of the
 * position and what is reserved for its commitment. */
struct margin_provider_part {
    uint32_t market;      /* 0: not known */
    uint32_t position;    /* its row there */
    int64_t lots;         /* of its position, signed */
    int64_t capacity;     /* of its commitment */
    wide initial;
};

/* A provider added up, from above (margin_bound_notional()): whoever asks about it several times keeps this as long as
 * nothing of it changes but by margin_take_over(). */
struct margin_provider {
    uint32_t subaccount;  /* 0: it is to be added up */
    bool unmarked;        /* something open has no mark */
    wide available, net;  /* u256; net: of the settlement asset */
    wide borrowed, missing; /* of it, units */
    wide shortage;        /* what that asks for, u256 */
    struct margin_provider_part now, then; /* as it is; as it would be with the lots that were asked about last */
};

/* How many of them it can take, so that its available margin, once it has them at that price and its reservation has
 * fallen, is at least 0, as it was before, and no limit of an order (LIMIT_NOTIONAL_UNITS, position_max) is passed.
 * Where not all, a 4096th of them less than what is possible, at most. 0: it has no position row there, or no mark.
 * `provider` is of this subaccount, or becomes so. */
int64_t margin_takeover_room(const struct state *state, const struct margin_takeover *what,
                             struct margin_provider *provider);

/* Before it takes over `lots` (not more than there is room for) at a `cost` (u256, below 0 too), and its capacity falls
 * to `capacity`: what it is added up to then. */
void margin_take_over(const struct state *state, const struct margin_takeover *what, int64_t lots, wide cost,
                      int64_t capacity, struct margin_provider *provider);

/* USDC units, rounded down, that settlement may borrow for a loser: haircut collateral - borrows - debts, with
 * unrealised profit, claims, credits and money apart at 0; at least 0. */
int64_t margin_settlement_limit(const struct state *state, uint32_t subaccount);

/* Units that one side of a subaccount's spot orders locks: buys ceil(notional + taker fee - what rounding has overpaid
 * so far) of the quote asset and one unit an order (docs/host.md), sells lots x lot_units of the base asset. A function
 * of the side's sums, so that the last order out releases the last unit, and a fill releases at least what it pays.
 * check() that it fits. */
int64_t margin_spot_lock(const struct market *market, uint8_t side, const struct open_side *sums);

/* The adverse difference of an order's price to the mark, quote units x 256 a lot, >= 0 (section 4). Stops at
 * INT64_MAX, beyond what any order may have. No mark: 0; margin_check() refuses the order in a perpetual. */
int64_t margin_adverse_lot(const struct market *market, uint8_t side, uint32_t price);

/* Ticks as a price: 1 .. CARD_PRICE_MAX. */
uint32_t margin_price_of(wide ticks);

/* How far the mean-mark band lets takers of a side go at a mean (ticks x 256), rounded as the card does; ticks, not
 * bounded. */
wide margin_mean_bound(const struct market *market, uint64_t mean, uint8_t side);

/* How far the impact band lets takers of a side go from the touch, rounded as the card does, 1 .. CARD_PRICE_MAX; 0:
 * the other side is empty, or there is no such band. */
uint32_t margin_impact_price(const struct market *market, uint8_t side);

/* The worst price of a market order: the mean-mark band's bound (docs/card.md), rounded as the card does, at
 * least 1; 0: no mean. */
uint32_t margin_worst_price(const struct market *market, uint8_t side);

#endif
