#include "config_tables.h"

static const char *const kinds[] = { "spot", "perpetual", NULL };
static const char *const states[] = { "closed", "cancel_only", "limit_only", "post_only", "open", NULL };
static const char *const haircuts[] = { "identity", "inverse_sqrt", NULL };
static const char *const logs[] = { "text", "json", NULL };
static const char *const approvers[] = { "auto", "manual", NULL };

#define END { .key = NULL }
#define OTHER(name, must, text) { .key = name, .kind = FIELD_OTHER, .required = must, .right = text }
#define PLACE(type, member) .offset = offsetof(type, member), .bytes = sizeof(((type *)0)->member)

/* Text of 1 .. its room, with a NUL behind it. */
#define TEXT(name, must, type, member, text)                                                                         \
    { .key = name, .kind = FIELD_TEXT, .required = must, PLACE(type, member), .min = 1,                              \
      .max = sizeof(((type *)0)->member) - 1, .right = text }
#define WHOLE(name, must, type, member, low, high, text)                                                             \
    { .key = name, .kind = FIELD_WHOLE, .required = must, PLACE(type, member), .min = low, .max = high, .right = text }
#define DECIMAL(name, must, type, member, places, low, high, text)                                                   \
    { .key = name, .kind = FIELD_DECIMAL, .required = must, PLACE(type, member), .decimals = places, .min = low,     \
      .max = high, .right = text }
#define SIZE(name, type, member, low, high, text)                                                                    \
    { .key = name, .kind = FIELD_SIZE, PLACE(type, member), .min = low, .max = high, .right = text }
#define FLAG(name, type, member) { .key = name, .kind = FIELD_FLAG, PLACE(type, member), .right = "true or false" }
#define CHOICE(name, must, type, member, first, list, text)                                                          \
    { .key = name, .kind = FIELD_CHOICE, .required = must, PLACE(type, member), .min = first, .choices = list,       \
      .right = text }
#define RANGE(name, must, type, member, text)                                                                        \
    { .key = name, .kind = FIELD_RANGE, .required = must, PLACE(type, member), .decimals = 6,                        \
      .max = (1 << CARD_MULTIPLIER_BITS) - 1, .right = text }

#define SECOND INT64_C(1000000000)
#define MEBIBYTE (INT64_C(1) << 20)

const struct field config_top_table[] = {
    OTHER("node", false, "a group"),     OTHER("card", false, "a group"),    OTHER("journal", false, "a group"),
    OTHER("snapshot", false, "a group"), OTHER("memory", false, "a group"),  OTHER("venue", false, "a group"),
    OTHER("liquidation", false, "a group"), OTHER("assets", true, "a list of groups"),
    OTHER("markets", true, "a list of groups"), OTHER("accounts", false, "a list of groups"), END,
};

#define NODE struct config_node
const struct field config_node_table[] = {
    TEXT("directory", false, NODE, directory, "a path of 1 to 255 characters"),
    TEXT("address", false, NODE, address, "a numeric address, \"127.0.0.1\" or \"::1\""),
    WHOLE("port", false, NODE, port, 0, 65535, "0 (any free one) to 65535"),
    WHOLE("key_port", false, NODE, key_port, 0, 65535, "0 (any free one) to 65535"),
    TEXT("fixed_password", false, NODE, fixed_password, "1 to 10 characters; leave the key out to have none"),
    WHOLE("sessions", false, NODE, sessions, 1, 65536, "1 to 65536 connections"),
    WHOLE("rate", false, NODE, rate, 0, UINT32_MAX, "inputs a second and user, 0: unlimited"),
    SIZE("backlog", NODE, backlog_bytes, 64 << 10, 1 << 30, "\"64 KiB\" to \"1 GiB\""),
    DECIMAL("heartbeat_seconds", false, NODE, heartbeat_ns, 9, SECOND / 10, 60 * SECOND, "0.1 to 60 seconds"),
    CHOICE("log", false, NODE, log_json, 0, logs, "\"text\" or \"json\""),
    FLAG("busy_poll", NODE, busy_poll),
    DECIMAL("clock_jump_seconds", false, NODE, clock_jump_ns, 9, SECOND / 10, 3600 * SECOND, "0.1 to 3600 seconds"),
    END,
};

const struct field config_card_table[] = {
    TEXT("backend", false, NODE, backend, "\"sim\" (the Verilated card) or \"model\" (the plain book)"),
    WHOLE("markets", false, NODE, card_markets, 1, LIMIT_MARKETS, "1 to 256 markets"),
    WHOLE("orders", false, NODE, card_orders, 1, 1 << CARD_SLOT_BITS, "1 to 1048576 orders"),
    WHOLE("tick_bits", false, NODE, card_tick_bits, 6, 32, "6 to 32: a window has up to 2^this ticks"),
    DECIMAL("deadline_seconds", false, NODE, card_deadline_ns, 9, SECOND / 100, 60 * SECOND, "0.01 to 60 seconds"),
    END,
};

const struct field config_journal_table[] = {
    SIZE("segment", NODE, segment_bytes, 4 << 20, INT64_C(1) << 32, "\"4 MiB\" to \"4 GiB\", a multiple of 4 KiB"),
    SIZE("ahead", NODE, ahead_bytes, 64 << 10, 16 * MEBIBYTE, "\"64 KiB\" to \"16 MiB\""),
    SIZE("reserve", NODE, reserve_bytes, 0, INT64_MAX, "free space below which orders are refused, \"1 GiB\""),
    WHOLE("cluster", false, NODE, cluster, 0, INT64_MAX, "a number"),
    WHOLE("node", false, NODE, node, 0, UINT32_MAX, "a number"),
    WHOLE("term", false, NODE, term, 0, UINT32_MAX, "a number"),
    END,
};

const struct field config_snapshot_table[] = {
    DECIMAL("interval_seconds", false, NODE, snapshot_ns, 9, SECOND, 86400 * SECOND, "1 to 86400 seconds"),
    WHOLE("keep", false, NODE, snapshot_keep, 1, 1000000, "1 to 1000000 snapshots"),
    FLAG("at_stop", NODE, snapshot_at_stop),
    END,
};

#define MEMORY(name, limit) WHOLE(#name, false, NODE, sizes.name, 0, limit, "0 (all of the limit) to " #limit)
const struct field config_memory_table[] = {
    MEMORY(subaccounts, LIMIT_SUBACCOUNTS), MEMORY(accounts, LIMIT_ACCOUNTS),   MEMORY(users, LIMIT_USERS),
    MEMORY(balances, LIMIT_BALANCES),       MEMORY(positions, LIMIT_POSITIONS), MEMORY(orders, LIMIT_ORDERS),
    MEMORY(transfers, LIMIT_TRANSFERS),     END,
};

#define COINS "an amount in coins, in quotes"
#define FRACTION(name, must, type, member, text) DECIMAL(name, must, type, member, 6, 0, 1000000, text)

#define VENUE struct config_venue_text
const struct field config_venue_table[] = {
    WHOLE("settle_seconds", false, VENUE, venue.rules.settle_seconds, 0, 3600, "0 (no settlement) to 3600 seconds"),
    WHOLE("notice_seconds", false, VENUE, venue.rules.notice_seconds, 0, 2592000, "0 to 2592000 (30 days)"),
    WHOLE("fresh_seconds", false, VENUE, venue.rules.fresh_seconds, 0, 60, "0 to 60 seconds"),
    WHOLE("approvals", false, VENUE, venue.rules.approvals, 0, 64, "0 to 64"),
    TEXT("fund_floor", false, VENUE, fund_floor, COINS),
    TEXT("withdraw_account_max", false, VENUE, withdraw_account_max, COINS),
    TEXT("withdraw_venue_max", false, VENUE, withdraw_venue_max, COINS),
    OTHER("leverage_caps", false, "a list of texts"),
    CHOICE("approver", false, VENUE, approver, CONFIG_APPROVER_AUTO, approvers, "\"auto\" or \"manual\""),
    END,
};

#define LIQUIDATION struct config_liquidation_text
#define PART "\"0\" to \"1\", at most 6 decimals"
const struct field config_liquidation_table[] = {
    TEXT("policy", false, LIQUIDATION, policy, "the name of a policy, or \"none\""),
    DECIMAL("slice", false, LIQUIDATION, rules.slice, 6, 1, 1000000, "above \"0\", at most \"1\" of a position"),
    DECIMAL("depth_share", false, LIQUIDATION, rules.depth_share, 6, 1, 1000000,
            "above \"0\", at most \"1\" of the depth"),
    DECIMAL("pause_seconds", false, LIQUIDATION, rules.pause_ms, 3, 0, 60000, "\"0\" to \"60\" seconds"),
    WHOLE("urgent_seconds", false, LIQUIDATION, rules.urgent_seconds, 0, 3600, "0 to 3600 seconds"),
    WHOLE("episode_seconds", false, LIQUIDATION, rules.episode_seconds, 0, 3600, "0 to 3600 seconds"),
    DECIMAL("stop", false, LIQUIDATION, rules.stop, 6, 1000000, 2000000, "\"1\" to \"2\" of the initial margin"),
    FRACTION("backstop", false, LIQUIDATION, rules.backstop, "\"0\" to \"1\" of the maintenance margin"),
    DECIMAL("fee", false, LIQUIDATION, rules.fee, 6, 0, 100000, "\"0\" to \"0.1\" of the notional"),
    FRACTION("fee_share", false, LIQUIDATION, rules.fee_share, PART),
    FRACTION("adl_bound", false, LIQUIDATION, rules.adl_bound, PART),
    FRACTION("conversion_impact", false, LIQUIDATION, rules.conversion_impact, PART),
    WHOLE("notice_seconds", false, LIQUIDATION, rules.notice_seconds, 0, 2592000, "0 to 2592000 (30 days)"),
    END,
};

#define PRICING struct input_pricing_set
const struct field config_pricing_table[] = {
    WHOLE("quorum", true, PRICING, quorum, 1, LIMIT_VENUES, "1 to 16 venues"),
    WHOLE("stale_ms", false, PRICING, stale_ms, 100, 3600000, "100 to 3600000 milliseconds"),
    DECIMAL("outlier", false, PRICING, outlier, 6, 1, 1000000, "\"0.000001\" to \"1\""),
    DECIMAL("clamp", false, PRICING, clamp, 6, 1, 1000000, "\"0.000001\" to \"1\""),
    DECIMAL("change", false, PRICING, change, 6, 1, 1000000, "\"0.000001\" to \"1\""),
    FRACTION("agree", false, PRICING, agree, "\"0\" to \"1\""),
    END,
};

#define SOURCE struct config_source_text
const struct field config_source_table[] = {
    TEXT("name", true, SOURCE, name, "1 to 15 characters"),
    WHOLE("weight", false, SOURCE, weight, 1, 1000000, "1 to 1000000"),
    END,
};

#define POOL struct config_pool_text
#define YEARLY "a yearly rate, \"0\" to \"100\""
const struct field config_pool_table[] = {
    DECIMAL("rate_zero", true, POOL, set.rate_zero, 6, 0, 100000000, YEARLY),
    DECIMAL("rate_optimal", true, POOL, set.rate_optimal, 6, 0, 100000000, YEARLY),
    DECIMAL("rate_full", true, POOL, set.rate_full, 6, 0, 100000000, YEARLY),
    DECIMAL("optimal", false, POOL, set.optimal, 6, 1, 999999, "above \"0\" and below \"1\""),
    FRACTION("fee", false, POOL, set.fee, "\"0\" to \"1\" of the interest"),
    FRACTION("throttle", false, POOL, set.throttle, "\"0\" to \"1\"; \"1\": never"),
    FRACTION("utilisation_max", false, POOL, set.utilisation_max, "\"0\" to \"1\""),
    WHOLE("step_seconds", false, POOL, set.step_seconds, 1, 86400, "1 to 86400 seconds"),
    TEXT("step", false, POOL, step, COINS),
    TEXT("borrow_max", false, POOL, borrow_max, COINS),
    TEXT("account_max", false, POOL, account_max, COINS),
    END,
};

#define ASSET struct config_asset_text
const struct field config_asset_table[] = {
    TEXT("symbol", true, ASSET, symbol, "1 to 15 characters"),
    WHOLE("decimals", true, ASSET, asset.set.decimals, 0, 18, "0 to 18"),
    FLAG("settlement", ASSET, settlement),
    FLAG("collateral", ASSET, collateral),
    FLAG("lend", ASSET, lend),
    FLAG("borrow", ASSET, borrow),
    CHOICE("haircut", false, ASSET, asset.set.haircut, HAIRCUT_IDENTITY, haircuts, "\"identity\" or \"inverse_sqrt\""),
    DECIMAL("weight", false, ASSET, asset.set.weight, 6, 0, 1000000, "\"0\" to \"1\", at most 6 decimals"),
    DECIMAL("base", false, ASSET, asset.set.base, 6, 0, 1000000, "\"0\" to \"1\", at most 6 decimals"),
    DECIMAL("penalty", false, ASSET, asset.set.penalty, 9, 0, SECOND, "\"0\" to \"1\", at most 9 decimals"),
    TEXT("withdraw_min", false, ASSET, withdraw_min, COINS),
    TEXT("collateral_max", false, ASSET, collateral_max, COINS),
    OTHER("pricing", false, "a group"),
    OTHER("venues", false, "a list of groups { name; weight; }"),
    OTHER("pool", false, "a group"),
    DECIMAL("index", false, ASSET, asset.index, 12, 1, INT64_MAX, "USDC for a coin, at most 12 decimals"),
    OTHER("borrow_imf", false, "a group { base; factor; }"),
    OTHER("borrow_mmf", false, "a group { base; factor; }"),
    END,
};

#define MARKET struct config_market_text
#define IN_COINS "an amount of the base asset in quotes, a multiple of the lot"
const struct field config_market_table[] = {
    TEXT("symbol", true, MARKET, symbol, "1 to 23 characters"),
    CHOICE("kind", true, MARKET, market.set.kind, MARKET_SPOT, kinds, "\"spot\" or \"perpetual\""),
    CHOICE("state", false, MARKET, market.state, 0, states,
           "\"closed\", \"cancel_only\", \"limit_only\", \"post_only\" or \"open\""),
    TEXT("base", true, MARKET, base, "the symbol of an asset above"),
    TEXT("quote", true, MARKET, quote, "the symbol of an asset above"),
    TEXT("tick", true, MARKET, tick, "a price step in quotes, at most 12 decimals"),
    TEXT("lot", true, MARKET, lot, "an amount of the base asset in quotes"),
    DECIMAL("maker_fee", true, MARKET, market.set.maker_fee, 2, -100000, 100000, "basis points, \"-1000\" to \"1000\""),
    DECIMAL("taker_fee", true, MARKET, market.set.taker_fee, 2, 0, 100000, "basis points, \"0\" to \"1000\""),
    RANGE("limit", false, MARKET, market.set.limit_min, "[ \"0.25\", \"2\" ]: at most 6 decimals, below 16.777216"),
    RANGE("impact", false, MARKET, market.set.impact_min, "[ \"0.99\", \"1.01\" ]: at most 6 decimals"),
    RANGE("mean", true, MARKET, market.set.mean_min, "[ \"0.96\", \"1.04\" ]: at most 6 decimals"),
    DECIMAL("premium", false, MARKET, market.set.tolerance, 6, 0, (1 << CARD_TOLERANCE_BITS) - 1,
            "\"0.05\": at most 6 decimals"),
    WHOLE("window_log2", true, MARKET, market.set.window_log2, 6, 31, "6 to 31: 2^this ticks on the card"),
    WHOLE("window_step", true, MARKET, market.set.window_step, 64, 1 << 30, "ticks, a multiple of 64"),
    WHOLE("slot_quota", true, MARKET, market.set.slot_quota, 1, 1 << CARD_SLOT_BITS, "1 to 1048576 orders"),
    FLAG("speed_bump", MARKET, market.set.speed_bump),
    TEXT("quantity_min", false, MARKET, quantity_min, IN_COINS),
    TEXT("quantity_max", false, MARKET, quantity_max, IN_COINS),
    TEXT("position_max", false, MARKET, position_max, IN_COINS),
    TEXT("interest_max", false, MARKET, interest_max, IN_COINS),
    WHOLE("funding_hours", false, MARKET, market.set.funding_hours, 0, 24, "0 (no funding), or a divisor of 24"),
    FRACTION("funding_max", false, MARKET, market.set.funding_max, "\"0\" to \"1\" an interval"),
    TEXT("impact_notional", false, MARKET, impact_notional, "an amount of the quote asset, in quotes"),
    TEXT("fund_cap", false, MARKET, fund_cap, "an amount of the quote asset, in quotes"),
    OTHER("imf", false, "a group { base; factor; }"),
    OTHER("mmf", false, "a group { base; factor; }"),
    END,
};

const struct field config_margin_table[] = {
    { .key = "base", .kind = FIELD_FRACTION, .required = true, PLACE(struct margin_function, numerator),
      .right = "a fraction in 0 .. 1, \"1/75\"" },
    DECIMAL("factor", true, struct margin_function, factor, 9, 0, SECOND, "\"0\" to \"1\", at most 9 decimals"),
    END,
};

const struct field config_account_table[] = {
    TEXT("name", true, struct config_account_text, name, "1 to 23 characters, the first one a letter"),
    DECIMAL("leverage", false, struct config_account_text, leverage, 2, 0, 100000,
            "\"0\" (as the markets allow) to \"1000\", at most 2 decimals"),
    WHOLE("jurisdiction", false, struct config_account_text, jurisdiction, 0, LIMIT_JURISDICTIONS - 1, "0 to 15"),
    OTHER("subaccounts", false, "a list of names or groups"),
    OTHER("users", false, "a list of groups"),
    END,
};

#define SUBACCOUNT struct config_subaccount_text
const struct field config_subaccount_table[] = {
    TEXT("name", true, SUBACCOUNT, name, "1 to 23 characters, the first one a letter"),
    FLAG("auto_lend", SUBACCOUNT, auto_lend),
    FLAG("auto_redeem", SUBACCOUNT, auto_redeem),
    FLAG("auto_borrow", SUBACCOUNT, auto_borrow),
    FLAG("auto_repay", SUBACCOUNT, auto_repay),
    FLAG("vpnl", SUBACCOUNT, vpnl),
    END,
};

const struct field config_user_table[] = {
    TEXT("name", true, struct config_user_text, name, "1 to 6 letters or digits"),
    TEXT("key", false, struct config_user_text, key, "64 hexadecimal digits: an Ed25519 public key"),
    FLAG("trade", struct config_user_text, trade),
    FLAG("cancel_on_disconnect", struct config_user_text, cancel_on_disconnect),
    WHOLE("rate", false, struct config_user_text, rate, 0, UINT32_MAX, "inputs a second, 0: the node's default"),
    END,
};
