/* What the exchange does by itself and everybody concerned must be told: functions of the inputs like reports, part of
 * the batch's hash. */
#ifndef VITRINE_NOTICE_H
#define VITRINE_NOTICE_H

#include <assert.h>
#include <stdint.h>

/* number, name, what the three amounts are */
#define NOTICE_TABLE(X)                                                                                             \
    X(1, INDEX_FROZEN, "index frozen", "venues that count", "quorum", "")                                           \
    X(2, INDEX_BACK, "index back", "venues that count", "quorum", "index")                                          \
    X(3, FUNDING, "funding", "rate (10^-9)", "mean premium (10^-6)", "mark (ticks x 256)")                          \
    X(4, SETTLED, "settlement pass", "won (USDC units)", "paid", "claims made")                                     \
    X(5, DEBT, "debt", "made (USDC units)", "in all", "")                                                           \
    X(6, DEBT_PAID, "debt paid", "paid (USDC units)", "left", "how (enum notice_source)")                           \
    X(7, CLAIMS_PAID, "claims paid", "paid (USDC units)", "claims left", "")                                        \
    X(8, WRITTEN_OFF, "debt written off", "claims that fell (USDC units)", "claims left", "")                       \
    X(9, CONVERSION, "collateral converted", "lots to sell", "limit (ticks)", "debt")                               \
    X(10, HELD_APART, "deposit held apart", "units", "apart in all", "debt")                                        \
    X(11, FREED, "what was apart is free", "units", "", "")                                                         \
    X(12, LEND_INDEX_FELL, "lend index fell", "units written off", "lent before", "")                               \
    X(13, CHANGE_NOTED, "change of parameters noted", "due (ns)", "number", "")                                     \
    X(14, CHANGE_DONE, "change of parameters done", "reason", "number", "")                                         \
    X(15, DELISTED, "market delisted", "final price (ticks x 256)", "", "")                                         \
    X(16, LENT_SHARES_PAID, "paid in lend shares", "units", "of paid in all", "")                                   \
    X(17, CHANGE_CANCELLED, "change of parameters cancelled", "due (ns)", "number", "")                             \
    X(18, MARGIN_CALL, "margin call", "equity (USDC units)", "maintenance", "notional")                             \
    X(19, LIQUIDATION, "liquidation begun", "equity (USDC units)", "maintenance", "notional")                       \
    X(20, LIQUIDATION_ORDER, "liquidation order", "lots", "limit (ticks)", "urgent")                                \
    X(21, LIQUIDATION_FILL, "liquidation fill", "lots", "price (ticks)", "fee (USDC units x 256)")                  \
    X(22, LIQUIDATION_STOPPED, "liquidation order stopped by bands", "lots left", "limit (ticks)", "reason")        \
    X(23, LIQUIDATION_ENDED, "liquidation ended", "equity (USDC units)", "maintenance", "notional")                 \
    X(24, BACKSTOP_GIVEN, "backstop takes over", "lots", "mark (ticks x 256)", "equity given (USDC units x 256)")   \
    X(25, BACKSTOP_TAKEN, "backstop has taken", "lots", "mark (ticks x 256)", "equity taken (USDC units x 256)")    \
    X(26, FUND_TOPPED_UP, "fund tops up", "units", "fund left (units)", "")                                         \
    X(27, BANKRUPT, "deleveraged away", "lots", "price (ticks x 256)", "loss of others (USDC units x 256)")         \
    X(28, DELEVERAGED, "deleveraged", "lots", "price (ticks x 256)", "loss (USDC units x 256)")                     \
    X(29, LEND_TURNED, "lend turned into cash", "units", "USDC units", "")                                          \
    X(30, BACKSTOP_CAPACITY, "backstop capacity", "units", "units after its notice", "notice ends (ns)")

enum notice_kind {
    NOTICE_NONE,
#define NOTICE_ENTRY(number, name, text, first, second, third) NOTICE_##name = number,
    NOTICE_TABLE(NOTICE_ENTRY)
#undef NOTICE_ENTRY
    NOTICE_KINDS,
};

enum notice_source { NOTICE_BY_CASH = 1, NOTICE_BY_CLAIM, NOTICE_BY_FUND, NOTICE_BY_APART };

struct notice {
    uint64_t batch, time_ns;
    uint16_t kind;         /* enum notice_kind */
    uint16_t market, asset;/* 0: none in particular */
    uint16_t rank;         /* DELEVERAGED: 0 .. LIMIT_RANKS - 1 */
    uint32_t subaccount, account;
    uint32_t other;        /* the other subaccount of a hand-over: whose bankruptcy, who took over */
    uint32_t reserved;
    uint64_t number;       /* of the episode (struct episode), 0: none */
    int64_t amount[3];
};
static_assert(sizeof(struct notice) == 72, "notice");

/* Texts of the table: of a kind, of its n-th amount ("" where it has none). NULL: no such kind. */
const char *notice_text(unsigned kind);
const char *notice_amount_text(unsigned kind, unsigned n);

#endif
