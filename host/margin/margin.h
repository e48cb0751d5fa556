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

/* notional (u256, >= 0) x max(base, factor x sqrt(notional)), rounded up, u256. The root is of whole USDC x 10^12,
 * rounded up, in 10^-6. `leverage` (hundredths, 0: none): base is at least 100 / leverage (initial margin only). A
 * function that is not set asks for the whole notional. Results stop at 2^110. */
wide margin_of_notional(const struct margin_function *function, uint8_t decimals, uint32_t leverage, wide notional);

/* Not below margin_of_notional(), and above it by at most 9 % and notional / 2^23 + 1; several times faster. */
wide margin_bound_notional(const struct margin_function *function, uint8_t decimals, uint32_t leverage, wide notional);

/* lots x mark (ticks x 256) x tick_lot_units, the absolute value, u256, exact; check() that it is below 2^127. */
wide margin_notional(const struct market *market, int64_t lots, uint64_t mark);

/* Fee of `notional` quote units (0 .. 2^62) at `rate` millionths: u256, rounded up for payers, down (towards 0) for
 * rebates. */
wide margin_fee(wide notional, int32_t rate);

/* --- a subaccount as a whole --- */

struct margin_view {
    wide collateral;      /* haircut value of what is held */
    wide profit;          /* unrealised, of all perpetuals */
    wide equity;          /* net equity, claims at 0 */
    wide initial;         /* sum of IM, open orders included */
    wide maintenance;     /* sum of MM, without open orders */
    wide notional;        /* of positions and borrows, at marks */
    wide available;       /* equity - initial */
    bool priced;          /* false: something held has no index yet and counts 0, or something open has no mark */
};

/* What an order would add to the open side of a position row (which may be 0 with `market` set: no row yet). */
struct margin_change {
    uint32_t position, market;
    uint8_t side;         /* enum card_side */
    bool reduce_only;
    int64_t lots, notional, adverse; /* as in struct open_side; negative takes away */
    int32_t orders;       /* likewise: 1 for a new order, 0 for a replace */
};

/* change NULL: as it stands. */
void margin_compute(const struct state *state, uint32_t subaccount, const struct margin_change *change,
                    struct margin_view *view);

/* Whether an order passes: REASON_NONE, or
 *   NO_PRICE               a mark that it depends on is missing; or an index, and without it it does not pass
 *   INSUFFICIENT_MARGIN    available after it below 0, and not (exposure does not rise and available does not fall)
 *   INSUFFICIENT_FUNDS     spot: the balance does not hold what it would lock
 *   POSITION_LIMIT         beyond LIMIT_NOTIONAL_UNITS, the market's position_max (all subaccounts of the account)
 *   OPEN_INTEREST          beyond the market's interest_max
 * For a replace `change` is the difference between the new order and the old one. Who has no perpetuals and no loss
 * passes with funds alone: what spot orders could lose is never more than what is held. */
enum reason margin_check(const struct state *state, uint32_t subaccount, const struct margin_change *change);

/* Whether `amount` of an asset may leave: available with positive uPnL at 0 and unlocked balance suffice. */
enum reason margin_check_withdrawal(const struct state *state, uint32_t subaccount, uint32_t asset, int64_t amount);

/* Units that one side of a subaccount's spot orders locks: buys ceil(notional + taker fee) of the quote asset and
 * one unit an order (docs/host.md), sells lots x lot_units of the base asset. A function of the side's sums, so
 * that the last order out releases the last unit. check() that it fits. */
int64_t margin_spot_lock(const struct market *market, uint8_t side, const struct open_side *sums);

/* The adverse difference of an order's price to the mark, quote units x 256 a lot, >= 0 (perpetuals; spot: 0). Stops at
 * INT64_MAX, beyond what any order may have. No mark: 0; margin_check() refuses the order. */
int64_t margin_adverse_lot(const struct market *market, uint8_t side, uint32_t price);

/* The worst price of a market order: the mean-mark band's bound (docs/card.md), rounded as the card does, at
 * least 1; 0: no mean. */
uint32_t margin_worst_price(const struct market *market, uint8_t side);

#endif
