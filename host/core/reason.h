/* Why an input was refused or an order ended. The names are those of exchange-rules.md, section 2; the numbers are
 * ours, part of the protocol, and never change their meaning. */
#ifndef VITRINE_REASON_H
#define VITRINE_REASON_H

#define REASON_TABLE(X)                                                                                            \
    X(0, NONE, "")                                                                                                 \
    X(1, FILL_OR_KILL, "FillOrKill")                                                                               \
    X(2, IMMEDIATE_OR_CANCEL, "ImmediateOrCancel")                                                                 \
    X(3, INSUFFICIENT_FUNDS, "InsufficientFunds")                                                                  \
    X(4, INSUFFICIENT_MARGIN, "InsufficientMargin")                                                                \
    X(5, INSUFFICIENT_LIQUIDITY, "InsufficientLiquidity")                                                          \
    X(6, INSUFFICIENT_BORROWABLE, "InsufficientBorrowableQuantity")                                                \
    X(7, INVALID_PRICE, "InvalidPrice")                                                                            \
    X(8, INVALID_QUANTITY, "InvalidQuantity")                                                                      \
    X(9, PRICE_OUT_OF_BOUNDS, "PriceOutOfBounds")                                                                  \
    X(10, PRICE_IMPACT, "PriceImpact")                                                                             \
    X(11, POST_ONLY_TAKER, "PostOnlyTaker")                                                                        \
    X(12, POST_ONLY_MODE, "PostOnlyMode")                                                                          \
    X(13, REDUCE_ONLY_NOT_REDUCED, "ReduceOnlyNotReduced")                                                         \
    X(14, SELF_TRADE, "SelfTradePrevention")                                                                       \
    X(15, POSITION_LIMIT, "PositionLimit")                                                                         \
    X(16, LIQUIDATION, "Liquidation")                                                                              \
    X(17, NEGATIVE_EQUITY, "NegativeEquity")                                                                       \
    X(18, STOP_WITHOUT_POSITION, "StopWithoutPosition")                                                            \
    X(19, MAX_STOP_ORDERS, "MaxStopOrdersPerPosition")                                                             \
    X(20, SLIPPAGE_EXCEEDED, "SlippageToleranceExceeded")                                                          \
    X(21, TRADING_SUSPENDED, "AccountTradingSuspended")                                                            \
    X(22, USER_PERMISSIONS, "UserPermissions")                                                                     \
    X(23, BAD_COMMAND, "BadCommand")                                                                               \
    X(24, SLOT_IN_USE, "SlotInUse")                                                                                \
    X(25, STALE_ORDER, "StaleOrder")                                                                               \
    X(26, MARKET_STATE, "MarketState")                                                                             \
    X(27, SLOT_QUOTA, "SlotQuota")                                                                                 \
    X(28, THROTTLED, "Throttled")                                                                                  \
    X(29, CAPACITY, "Capacity")                                                                                    \
    X(30, DUPLICATE, "Duplicate")                                                                                  \
    X(31, UNKNOWN_MARKET, "UnknownMarket")                                                                         \
    X(32, UNKNOWN_ACCOUNT, "UnknownAccount")                                                                       \
    X(33, UNKNOWN_ASSET, "UnknownAsset")                                                                           \
    X(34, UNKNOWN_ORDER, "UnknownOrder")                                                                           \
    X(35, USER_REQUEST, "UserRequest")             /* cancelled because its user asked */                           \
    X(36, DISCONNECT, "Disconnect")                                                                                \
    X(37, KILL_SWITCH, "KillSwitch")                                                                               \
    X(38, TIME_EXPIRED, "TimeExpired")                                                                             \
    X(39, REPLACED, "Replaced")                                                                                    \
    X(40, OTHER_LEG, "OtherLegDone")               /* take-profit and stop-loss: the other one was triggered */     \
    X(41, ORDERS_REFUSED, "OrdersRefused")         /* the node's mode: the disk is nearly full */                   \
    X(42, NO_PRICE, "NoPrice")                     /* no mark or index yet */                                       \
    X(43, INSUFFICIENT_BALANCE, "InsufficientBalance")                                                             \
    X(44, OUT_OF_RANGE, "OutOfRange")                                                                              \
    X(45, RESTART, "Restart")                                                                                      \
    X(46, SUPERVISORY, "Supervisory")              /* the operator cancelled it */                                  \
    X(47, OPEN_INTEREST, "OpenInterestLimit")                                                                      \
    X(48, CONFLICT, "Conflict")                    /* would change what must not change */                          \
    X(49, DEFERRED, "Deferred")                    /* it waits; the answer comes when it is carried out */         \
    X(50, WITHDRAWAL_LIMIT, "WithdrawalLimit")     /* velocity limit of the account or the venue */                \
    X(51, FRESH_PROFIT, "FreshProfit")             /* profit that was settled just now can't leave yet */          \
    X(52, NOTICE_NEEDED, "NoticeNeeded")           /* it tightens: `effective_ns` is too soon */                   \
    X(53, COLLATERAL_LIMIT, "CollateralLimit")     /* the account would hold more than the asset's cap */          \
    X(54, FUND_FIRST, "FundNotExhausted")          /* the fund still pays, or the debtor still has something */    \
    X(55, DELISTED, "Delisted")

enum reason {
#define REASON_ENTRY(number, name, text) REASON_##name = number,
    REASON_TABLE(REASON_ENTRY)
#undef REASON_ENTRY
    REASONS
};

/* The published name, "" for none and NULL for a number that is not assigned. */
const char *reason_name(unsigned reason);

#endif
