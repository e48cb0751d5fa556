/* What the exchange is told: every input, as the journal keeps it. Little-endian, plain, no pointers; sizes are
 * multiples of 8 and pinned below. What a record means and how it is refused: docs/host.md.
 *
 * An input names things by number (subaccount, market, asset, user); the gateway has looked them up, the core checks
 * them again, since a journal may come from anywhere. Quantities are lots, prices ticks, money the asset's smallest
 * unit, times ns of UTC since 1970. Unused fields and unknown flags must be 0 (BadCommand). */
#ifndef VITRINE_INPUT_H
#define VITRINE_INPUT_H

#include <assert.h>
#include <stdint.h>

#include "limits.h"

enum input_kind {
    INPUT_NONE = 0,
    /* from users */
    INPUT_ORDER_NEW,
    INPUT_ORDER_REPLACE,
    INPUT_ORDER_CANCEL,
    INPUT_MASS_CANCEL,
    INPUT_SESSION,          /* a user's session began or ended: cancel on disconnect */
    /* from the operator, custody and price feeds */
    INPUT_ASSET_SET = 32,
    INPUT_MARKET_SET,
    INPUT_MARKET_STATE,
    INPUT_MARKS,
    INPUT_INDEX,
    INPUT_ACCOUNT_CREATE,
    INPUT_ACCOUNT_SET,
    INPUT_SUBACCOUNT_CREATE,
    INPUT_USER_SET,
    INPUT_DEPOSIT,
    INPUT_WITHDRAW,         /* requests one; INPUT_WITHDRAWAL goes on with it */
    INPUT_TRANSFER,         /* between subaccounts of one account */
    INPUT_KILL,             /* kill switch: user, account, market or venue */
    INPUT_VENUE_RULES,      /* parameters of the whole venue */
    INPUT_PRICING_SET,      /* how an asset's index is made of venues */
    INPUT_VENUE_SET,        /* a venue of an asset's index */
    INPUT_QUOTE,            /* a venue's prices */
    INPUT_POOL_SET,         /* the lending pool of an asset */
    INPUT_LEND,             /* lend, redeem, borrow, repay by hand */
    INPUT_SUBACCOUNT_SET,   /* name and flags */
    INPUT_WITHDRAWAL,       /* approve, release, cancel one that was requested */
    INPUT_APART,            /* money held apart: accept that it clears the debt */
    INPUT_WRITE_OFF,        /* a debt that nobody will pay: claims fall */
    INPUT_DELIST,           /* a market is settled at its final price and closed */
    INPUT_DUST,             /* sells a balance below a lot to the fund */
    INPUT_CHANGE_CANCEL,    /* a change of parameters that was noted doesn't come */
    INPUT_LIQUIDATION_RULES,/* parameters of liquidation */
    INPUT_BACKSTOP,         /* a backstop provider's capacity in a market */
    /* from the node itself */
    INPUT_MODE = 64,        /* refuse orders (disk nearly full), accept them again */
    INPUT_RESTART,          /* the first input after a start: every session is down, markets wait for prices */
    INPUT_SNAPSHOT,         /* the hash of a snapshot taken at an earlier batch */
    INPUT_KINDS,
};

struct input_header {
    uint16_t kind;
    uint16_t size;          /* bytes with this header, a multiple of 8, at most LIMIT_INPUT_BYTES */
    uint32_t user;          /* whose session it came over; 0: operator, custody, feed or node */
    uint32_t reference;     /* comes back in the answer: a user's order number, else the operator's ticket */
    uint32_t subaccount;    /* orders, deposits, withdrawals; else 0 */
};

enum input_order_flag {
    INPUT_ORDER_POST_ONLY = 1 << 0,
    INPUT_ORDER_MARKET = 1 << 1,           /* no limit; ioc or fok */
    INPUT_ORDER_REDUCE_ONLY = 1 << 2,
    INPUT_ORDER_QUOTE_QUANTITY = 1 << 3,   /* market order: `quantity` is units of the quote asset to spend or get */
    INPUT_ORDER_PERCENT = 1 << 4,          /* trigger orders: `quantity` is millionths of the position */
    INPUT_ORDER_EXTRA = 1 << 5,            /* struct input_order_extra follows */
    INPUT_ORDER_FLAGS = (1 << 6) - 1,
};

enum input_trigger_by { INPUT_BY_NONE, INPUT_BY_MARK, INPUT_BY_INDEX, INPUT_BY_LAST };
enum input_trigger_when { INPUT_WHEN_NONE, INPUT_AT_OR_ABOVE, INPUT_AT_OR_BELOW };

/* `header.reference` is the user's number of the order: above every number that user ever used. */
struct input_order_new {
    struct input_header header;
    uint16_t market;
    uint8_t side;           /* enum card_side */
    uint8_t tif;            /* enum card_tif */
    uint8_t stp;            /* enum card_stp */
    uint8_t flags;
    uint16_t reserved;
    uint32_t price;         /* ticks, 0 for a market order */
    uint32_t reserved2;
    int64_t quantity;       /* lots, or as the flags say */
    uint8_t client_id[16];  /* the client's own text, comes back, means nothing here */
};

struct input_attached {
    uint8_t by;             /* enum input_trigger_by; 0: none attached */
    uint8_t reserved[3];
    uint32_t trigger;       /* ticks */
    uint32_t limit;         /* ticks, 0: market order when triggered */
    uint32_t reserved2;
};

struct input_order_extra {
    uint64_t expires_ns;    /* 0: never */
    uint8_t trigger_by;     /* enum input_trigger_by: this is a trigger order */
    uint8_t trigger_when;
    uint16_t slippage;      /* market orders: tolerance in basis points from the touch; 0: the bands alone */
    uint32_t trigger_price; /* ticks */
    struct input_attached take_profit, stop_loss; /* become trigger orders as the order fills */
};

struct input_order_new_extra {
    struct input_order_new order;
    struct input_order_extra extra;
};

/* `header.reference` is the order's new number, `existing` the one it has. The total quantity counts what has been
 * filled. */
struct input_order_replace {
    struct input_header header;
    uint32_t existing;
    uint32_t price;
    int64_t quantity;       /* new total, lots; not above what is filled: cancels the rest */
    uint8_t tif;
    uint8_t flags;          /* INPUT_ORDER_POST_ONLY only */
    uint16_t reserved;
    uint32_t reserved2;
    uint8_t client_id[16];
};

/* `header.reference` is the number of the order. */
struct input_order_cancel {
    struct input_header header;
    int64_t quantity;       /* new total, lots: reduces the order to it; 0: cancels */
    uint64_t order;         /* operator only (user 0): the exchange's order id */
};

enum input_mass_scope { INPUT_MASS_ALL, INPUT_MASS_MARKET, INPUT_MASS_SIDE };

/* Of the header's subaccount; the operator may name any. */
struct input_mass_cancel {
    struct input_header header;
    uint16_t market;
    uint8_t scope;          /* enum input_mass_scope */
    uint8_t side;           /* INPUT_MASS_SIDE: of `market` */
    uint8_t triggers_too;   /* trigger orders as well */
    uint8_t reserved[3];
};

struct input_session {
    struct input_header header;  /* user: the one meant */
    uint8_t up;             /* 1 logged in, 0 gone */
    uint8_t cancel;         /* gone: cancel the user's open orders */
    uint8_t reserved[6];
};

enum haircut_kind { HAIRCUT_IDENTITY, HAIRCUT_INVERSE_SQRT };

/* A margin fraction function: notional x max(numerator/denominator, factor x sqrt(notional)) (exchange-rules 4). */
struct margin_function {
    uint32_t numerator, denominator; /* base, in 0 .. 1; denominator 0: the function is not set */
    uint64_t factor;        /* 10^-9 per square root of a whole USDC */
};

struct input_asset_set {
    struct input_header header;
    uint8_t symbol[16];     /* printable ASCII, zero-padded; names the asset, and creates it when new */
    uint8_t decimals;       /* 0 .. 18 */
    uint8_t haircut;        /* enum haircut_kind */
    uint8_t flags;          /* enum asset_flag */
    uint8_t reserved[5];
    uint32_t weight;        /* millionths, 0 .. 10^6 */
    uint32_t base;          /* millionths: inverse_sqrt's numerator */
    uint64_t penalty;       /* 10^-9 per square root of a whole coin */
    struct margin_function borrow_imf, borrow_mmf;
    uint64_t withdraw_min;  /* smallest withdrawal, units */
    uint64_t collateral_max;/* units that an account may hold in all, 0: no cap */
    uint64_t effective_ns;  /* when it takes effect; 0: at once. What tightens needs the venue's notice
                             * (docs/operation.md) */
};

enum asset_flag { ASSET_CAN_LEND = 1, ASSET_CAN_BORROW = 2, ASSET_SETTLEMENT = 4, ASSET_COLLATERAL = 8 };
enum market_kind { MARKET_SPOT = 1, MARKET_PERPETUAL = 2 };

struct input_market_set {
    struct input_header header;
    uint8_t symbol[24];     /* names the market, and creates it when new */
    uint8_t kind;           /* enum market_kind */
    uint8_t bands;          /* CARD_BANDS_* */
    uint8_t window_log2;    /* ticks on the card */
    uint8_t speed_bump;     /* 1: orders that are not post-only wait 100 ms */
    uint16_t base_asset, quote_asset;
    uint64_t lot_units;     /* units of the base asset in a lot */
    uint64_t tick_lot_units;/* units of the quote asset in one tick x one lot */
    int32_t maker_fee, taker_fee; /* hundredths of a basis point (10^-6); negative: a rebate, at most the taker fee */
    uint32_t limit_min, limit_max, impact_min, impact_max, mean_min, mean_max, tolerance; /* millionths */
    uint32_t slot_quota;    /* orders on the card */
    uint32_t window_step;   /* ticks by which the window follows, a multiple of 64 */
    uint32_t quantity_min;  /* lots */
    uint64_t quantity_max;  /* lots, one order */
    uint64_t position_max;  /* lots of an account's position with its open orders; 0: LIMIT_NOTIONAL_UNITS alone */
    uint64_t interest_max;  /* open interest of the market, lots; 0: none */
    struct margin_function imf, mmf; /* perpetuals */
    uint32_t funding_hours;  /* perpetuals: a divisor of 24, 0: no funding */
    uint32_t funding_max;    /* millionths an interval, at most 10^6: bound of the rate on both sides */
    uint64_t impact_notional;/* quote units that the impact mid buys and sells, 0: the mark is the index */
    uint64_t fund_cap;       /* quote units that the fund pays for this market's losses, 0: no cap */
    uint64_t effective_ns;   /* as in struct input_asset_set */
};

struct input_market_state {
    struct input_header header;
    uint16_t market;
    uint8_t state;          /* enum card_state */
    uint8_t reserved[5];
};

/* Prices for the card: what is present as CARD_PRESENT_* says. Ticks x 256, premium in millionths. */
struct input_marks {
    struct input_header header;
    uint16_t market;
    uint8_t present, reserved;
    int32_t mean_premium;
    uint64_t mark, index, mean_mark, fast_mean_mark;
};

struct input_index {
    struct input_header header;
    uint16_t asset;
    uint16_t reserved[3];
    uint64_t price;         /* 10^-12 USDC a whole coin, 1 .. 2^63-1 */
};

struct input_account_create {
    struct input_header header;
    uint8_t name[24];       /* unique */
    uint32_t leverage;      /* hundredths; 0: as the markets allow */
    uint32_t flags;         /* enum account_flag */
    uint32_t jurisdiction;  /* below LIMIT_JURISDICTIONS: whose leverage cap holds (struct input_venue_rules) */
    uint32_t reserved;
};

struct input_account_set {
    struct input_header header;
    uint32_t account;
    uint32_t leverage;
    uint32_t flags;
    uint32_t jurisdiction;
};

struct input_subaccount_create {
    struct input_header header;
    uint32_t account;
    uint32_t flags;         /* enum subaccount_flag */
    uint8_t name[24];       /* unique within the account */
};

/* `header.subaccount`: which. */
struct input_subaccount_set {
    struct input_header header;
    uint32_t flags;         /* enum subaccount_flag: switching vPnL moves nothing */
    uint32_t reserved;
    uint8_t name[24];       /* unique within the account; the old one to keep it */
};

enum user_flag {
    USER_TRADE = 1,         /* may enter orders */
    USER_CANCEL_ON_DISCONNECT = 2,
    USER_KILLED = 4,
};

struct input_user_set {
    struct input_header header;
    uint8_t name[8];        /* SoupBinTCP user name: 1 to 6 letters or digits; creates the user when new */
    uint32_t account;       /* must not change */
    uint32_t flags;         /* enum user_flag */
    uint32_t rate;          /* inputs a second, 0: the node's default */
    uint32_t reserved;
    uint8_t key[32];        /* Ed25519 public key for one-time passwords; all zero: none */
};

/* Idempotent by (asset, transfer id): the same again is answered the same and changes nothing. */
struct input_deposit {
    struct input_header header;
    uint8_t id[16];         /* of the transfer, from custody */
    uint16_t asset;
    uint16_t reserved[3];
    int64_t amount;         /* 1 .. LIMIT_BALANCE_UNITS */
};

/* Takes the money out of the subaccount until it is released or cancelled. */
struct input_withdraw {
    struct input_header header;
    uint8_t id[16];
    uint16_t asset;
    uint8_t apart;          /* 1: of what is held apart */
    uint8_t reserved[5];
    int64_t amount;
};

enum withdrawal_step { WITHDRAWAL_APPROVE = 1, WITHDRAWAL_RELEASE, WITHDRAWAL_CANCEL };

/* The next step of the withdrawal (asset, id); the same again is answered the same and changes nothing. */
struct input_withdrawal {
    struct input_header header;
    uint8_t id[16];
    uint16_t asset;
    uint8_t step;           /* enum withdrawal_step */
    uint8_t approver;       /* WITHDRAWAL_APPROVE: 0 .. 63, each counts once */
    uint8_t reserved[4];
};

struct input_transfer {
    struct input_header header;  /* subaccount: from */
    uint32_t to;
    uint16_t asset, reserved;
    int64_t amount;
};

/* Parameters of the venue as a whole. What tightens (a shorter velocity limit, a lower leverage cap, a longer hold)
 * needs notice like a market's. */
struct input_venue_rules {
    struct input_header header;
    uint64_t effective_ns;
    uint32_t settle_seconds; /* of the settlement of perpetuals, 1 .. 3600; 0: none */
    uint32_t notice_seconds; /* of changes that tighten, 0 .. 30 days */
    uint32_t fresh_seconds;  /* 0 .. 60: profit settled later can't be withdrawn */
    uint32_t approvals;      /* 0 .. 64 that a withdrawal needs */
    uint64_t fund_floor;     /* USDC units that the fund keeps */
    uint64_t withdraw_account_max, withdraw_venue_max; /* USDC units a day at the index, 0: no limit */
    uint32_t leverage_caps[LIMIT_JURISDICTIONS]; /* hundredths, at least 100; 0: none */
};

/* The index of an asset: how it is made (exchange-rules.md, section 3). Fractions in millionths. */
struct input_pricing_set {
    struct input_header header;
    uint16_t asset, reserved;
    uint32_t quorum;        /* 1 .. LIMIT_VENUES */
    uint32_t stale_ms;      /* 100 .. 3600000 */
    uint32_t outlier;       /* 1 .. 10^6 */
    uint32_t clamp;         /* 1 .. 10^6 */
    uint32_t change;        /* 1 .. 10^6 an update */
    uint32_t agree;         /* 0 .. 10^6 */
    uint32_t reserved2;
    uint64_t effective_ns;  /* as in struct input_asset_set */
};

struct input_venue_set {
    struct input_header header;
    uint16_t asset;
    uint8_t venue;          /* below LIMIT_VENUES */
    uint8_t reserved;
    uint32_t weight;        /* 1 .. 10^6; 0: the venue goes */
    uint8_t name[16];       /* printable ASCII, zero-padded */
};

/* What a venue quotes, 10^-12 USDC a whole coin each, below 2^63; 0: it has none. */
struct input_quote {
    struct input_header header;
    uint16_t asset;
    uint8_t venue;
    uint8_t reserved[5];
    uint64_t bid, ask, last;
};

/* Fractions and yearly rates in millionths (a year of 365 days), amounts in units. */
struct input_pool_set {
    struct input_header header;
    uint64_t effective_ns;
    uint16_t asset, reserved;
    uint32_t rate_zero, rate_optimal, rate_full; /* at utilisation 0, `optimal`, 1; not falling, at most 10^8 */
    uint32_t optimal;       /* 1 .. 999999 */
    uint32_t fee;           /* 0 .. 10^6 of the interest */
    uint32_t throttle;      /* 0 .. 10^6; 10^6: never */
    uint32_t utilisation_max;/* 0 .. 10^6 */
    uint32_t step_seconds;  /* 1 .. 86400 */
    uint32_t reserved2;
    uint64_t step;
    uint64_t borrow_max, account_max; /* 0: no cap */
};

enum lend_step { LEND_LEND = 1, LEND_REDEEM, LEND_BORROW, LEND_REPAY };

struct input_lend {
    struct input_header header;
    uint16_t asset;
    uint8_t step;           /* enum lend_step */
    uint8_t reserved[5];
    int64_t amount;         /* units; 0: all there is (not for LEND_BORROW) */
};

/* The owner accepts that up to `amount` of what is held apart clears the debt. */
struct input_apart {
    struct input_header header;
    int64_t amount;         /* USDC units, 1 .. */
};

struct input_write_off {
    struct input_header header;
};

struct input_delist {
    struct input_header header;
    uint16_t market;
    uint16_t reserved[3];
    uint64_t at_ns;         /* not before the venue's notice; 0: takes the delisting back */
};

struct input_dust {
    struct input_header header;
    uint16_t asset;
    uint16_t reserved[3];
};

struct input_change_cancel {
    struct input_header header;
    uint64_t number;        /* as NOTICE_CHANGE_NOTED told it, from 1 */
};

/* Parameters of liquidation (exchange-rules.md, section 6; docs/liquidation.md). Fractions in millionths. What tightens
 * needs the venue's notice. */
struct input_liquidation_rules {
    struct input_header header;
    uint64_t effective_ns;  /* as in struct input_asset_set */
    uint32_t policy;        /* enum policy_number (host/liquidation/policy.h); 0: nobody is liquidated */
    uint32_t slice;         /* 1 .. 10^6 of a position at its episode's beginning: the most that a calm slice takes */
    uint32_t depth_share;   /* 1 .. 10^6 of the depth: what calm slices of a tick take together */
    uint32_t pause_ms;      /* 0 .. 60000 between calm steps in a book that has not refilled */
    uint32_t urgent_seconds;/* 0 .. 3600: urgent when equity reaches E_b sooner */
    uint32_t episode_seconds; /* 0 .. 3600: urgent, and handed over, when an episode is older */
    uint32_t stop;          /* 10^6 .. 2 x 10^6 of the sum of IM: equity at which an episode ends */
    uint32_t backstop;      /* 0 .. 10^6 of the sum of MM: E_b, equity below which providers take over */
    uint32_t fee;           /* 0 .. 10^5 of a fill's notional, at most */
    uint32_t fee_share;     /* 0 .. 10^6 of the MM that the fill frees, at most */
    uint32_t adl_bound;     /* 0 .. 10^6 of the mark: the most that the deleveraged lose against it */
    uint32_t conversion_impact; /* 0 .. 10^6: what collateral loses when it is sold, as deleveraging counts it */
    uint32_t notice_seconds;/* 0 .. 30 days that a provider's capacity stays after it was lowered */
    uint32_t reserved;
};

/* `header.subaccount` commits to take positions of others over, both sides, in a perpetual market. */
struct input_backstop {
    struct input_header header;
    uint16_t market;
    uint16_t reserved[3];
    int64_t capacity;       /* quote units of notional, 0 .. LIMIT_NOTIONAL_UNITS; less than before: after the
                             * notice */
};

enum kill_scope { KILL_USER, KILL_ACCOUNT, KILL_MARKET, KILL_VENUE };

struct input_kill {
    struct input_header header;
    uint8_t scope;          /* enum kill_scope */
    uint8_t on;             /* 1: stop and cancel what is open; 0: lift it */
    uint16_t market;
    uint32_t target;        /* user or account */
};

struct input_mode {
    struct input_header header;
    uint8_t refuse_orders;
    uint8_t reserved[7];
};

/* The first input of a journal and of every start. How much is reserved decides what is refused as full, so it stays
 * what it was at the first start. */
struct input_restart {
    struct input_header header;
    uint32_t rules;         /* version of the rules from this batch on */
    uint32_t subaccounts, accounts, users, balances, positions, orders, slots, transfers, jobs; /* struct state_sizes */
    uint64_t salt;          /* the first one's counts: random, told to no client (struct totals) */
};

struct input_snapshot {
    struct input_header header;
    uint64_t batch;         /* after which it was taken */
    uint8_t hash[32];       /* BLAKE2b-256 of the file */
};

static_assert(sizeof(struct input_header) == 16, "input header");
static_assert(sizeof(struct input_order_new) == 56, "new order");
static_assert(sizeof(struct input_order_extra) == 48, "new order, extra");
static_assert(sizeof(struct input_order_new_extra) == 104, "new order with extra");
static_assert(sizeof(struct input_order_replace) == 56, "replace");
static_assert(sizeof(struct input_order_cancel) == 32, "cancel");
static_assert(sizeof(struct input_mass_cancel) == 24, "mass cancel");
static_assert(sizeof(struct input_session) == 24, "session");
static_assert(sizeof(struct margin_function) == 16, "margin function");
static_assert(sizeof(struct input_asset_set) == 112, "asset");
static_assert(sizeof(struct input_market_set) == 200, "market");
static_assert(sizeof(struct input_market_state) == 24, "market state");
static_assert(sizeof(struct input_marks) == 56, "marks");
static_assert(sizeof(struct input_index) == 32, "index");
static_assert(sizeof(struct input_account_create) == 56, "account");
static_assert(sizeof(struct input_account_set) == 32, "account settings");
static_assert(sizeof(struct input_subaccount_create) == 48, "subaccount");
static_assert(sizeof(struct input_user_set) == 72, "user");
static_assert(sizeof(struct input_deposit) == 48, "deposit");
static_assert(sizeof(struct input_withdraw) == 48, "withdrawal");
static_assert(sizeof(struct input_transfer) == 32, "transfer");
static_assert(sizeof(struct input_subaccount_set) == 48, "subaccount settings");
static_assert(sizeof(struct input_withdrawal) == 40, "step of a withdrawal");
static_assert(sizeof(struct input_venue_rules) == 128, "venue's parameters");
static_assert(sizeof(struct input_pricing_set) == 56, "pricing");
static_assert(sizeof(struct input_venue_set) == 40, "venue");
static_assert(sizeof(struct input_quote) == 48, "quote");
static_assert(sizeof(struct input_pool_set) == 88, "pool");
static_assert(sizeof(struct input_lend) == 32, "lend");
static_assert(sizeof(struct input_apart) == 24, "money held apart");
static_assert(sizeof(struct input_write_off) == 16, "write-off");
static_assert(sizeof(struct input_delist) == 32, "delisting");
static_assert(sizeof(struct input_dust) == 24, "dust");
static_assert(sizeof(struct input_change_cancel) == 24, "cancelled change");
static_assert(sizeof(struct input_liquidation_rules) == 80, "parameters of liquidation");
static_assert(sizeof(struct input_backstop) == 32, "backstop capacity");
static_assert(sizeof(struct input_kill) == 24, "kill switch");
static_assert(sizeof(struct input_mode) == 24, "mode");
static_assert(sizeof(struct input_restart) == 64, "restart");
static_assert(sizeof(struct input_snapshot) == 56, "snapshot");

#endif
