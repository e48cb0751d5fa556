#include <string.h>

#include "admin_commands.h"
#include "config_names.h"

static void read_account_create(struct admin_parse *parse)
{
    INPUT_BEGIN(input_account_create, INPUT_ACCOUNT_CREATE);
    admin_parse_name(parse, "name", input->name, sizeof input->name, name_is_plain);
    if (admin_parse_has(parse, "leverage"))
        input->leverage = (uint32_t)admin_parse_number(parse, "leverage", 2, 100, 100000);
    if (admin_parse_has(parse, "jurisdiction"))
        input->jurisdiction = (uint32_t)admin_parse_number(parse, "jurisdiction", 0, 0, LIMIT_JURISDICTIONS - 1);
}

static void read_account_set(struct admin_parse *parse)
{
    const struct account *now;

    INPUT_BEGIN(input_account_set, INPUT_ACCOUNT_SET);
    input->account = admin_parse_account(parse, "account");
    if (parse->failed)
        return;
    now = state_account(parse->state, input->account);
    input->leverage = now->leverage;
    if (admin_parse_has(parse, "leverage"))
        input->leverage = (uint32_t)admin_parse_number(parse, "leverage", 2, 0, 100000);
    input->jurisdiction = now->jurisdiction;
    if (admin_parse_has(parse, "jurisdiction"))
        input->jurisdiction = (uint32_t)admin_parse_number(parse, "jurisdiction", 0, 0, LIMIT_JURISDICTIONS - 1);
    input->flags = now->flags & ~(uint32_t)ACCOUNT_SUSPENDED;
    if (admin_parse_flag(parse, "suspended", now->flags & ACCOUNT_SUSPENDED))
        input->flags |= ACCOUNT_SUSPENDED;
}

static void read_subaccount_create(struct admin_parse *parse)
{
    INPUT_BEGIN(input_subaccount_create, INPUT_SUBACCOUNT_CREATE);
    input->account = admin_parse_account(parse, "account");
    admin_parse_name(parse, "name", input->name, sizeof input->name, name_is_plain);
    input->flags = admin_read_flags(parse, 0);
}

/* What is not said stays as it is; a new user may trade, and its orders go with its session. */
static void read_user_set(struct admin_parse *parse)
{
    uint32_t row;
    char buffer[32];
    const char *key;

    INPUT_BEGIN(input_user_set, INPUT_USER_SET);
    admin_parse_name(parse, "name", input->name, sizeof input->name, name_is_user);
    row = parse->failed ? 0 : state_find_user(parse->state, input->name);
    input->flags = USER_TRADE | USER_CANCEL_ON_DISCONNECT;
    if (row) {
        const struct user *now = state_user(parse->state, row);

        input->account = now->account;
        input->flags = now->flags;
        input->rate = now->rate;
        memcpy(input->key, now->key, sizeof input->key);
    }
    if (admin_parse_has(parse, "account"))
        input->account = admin_parse_account(parse, "account");
    else if (row == 0)
        admin_parse_fail(parse, "account", "", "is missing: a new user needs one");
    if (admin_parse_has(parse, "key")) {
        key = admin_parse_text(parse, "key", buffer);
        if (!name_read_key(key, input->key))
            admin_parse_fail(parse, "key", key, "is not 64 hexadecimal digits");
    }
    if (admin_parse_has(parse, "rate"))
        input->rate = (uint32_t)admin_parse_number(parse, "rate", 0, 0, UINT32_MAX);
    input->flags = (input->flags & USER_KILLED) |
                   (admin_parse_flag(parse, "trade", input->flags & USER_TRADE) ? USER_TRADE : 0u) |
                   (admin_parse_flag(parse, "cancel_on_disconnect", input->flags & USER_CANCEL_ON_DISCONNECT)
                        ? USER_CANCEL_ON_DISCONNECT : 0u);
}

static void read_deposit(struct admin_parse *parse)
{
    INPUT_BEGIN(input_deposit, INPUT_DEPOSIT);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    input->amount = admin_parse_amount(parse, "amount", input->asset);
    admin_parse_name(parse, "id", input->id, sizeof input->id, NULL);
}

static void read_transfer(struct admin_parse *parse)
{
    INPUT_BEGIN(input_transfer, INPUT_TRANSFER);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->to = admin_parse_subaccount(parse, "to");
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    input->amount = admin_parse_amount(parse, "amount", input->asset);
}

static void read_market_state(struct admin_parse *parse)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, "state", buffer);

    INPUT_BEGIN(input_market_state, INPUT_MARKET_STATE);
    input->market = (uint16_t)admin_parse_market(parse, "market");
    for (uint8_t i = CARD_STATE_CLOSED; i <= CARD_STATE_OPEN; i++)
        if (strcmp(text, card_state_name(i)) == 0) {
            input->state = i;
            return;
        }
    admin_parse_fail(parse, "state", text, "is not closed, cancel_only, limit_only, post_only or open");
}

/* `price` stands for every value that is not given itself. */
static void read_marks(struct admin_parse *parse)
{
    static const struct {
        const char *name;
        uint8_t present;
        size_t offset;
    } values[] = {
        { "mark", CARD_PRESENT_MARK_MASK, offsetof(struct input_marks, mark) },
        { "index", CARD_PRESENT_INDEX_MASK, offsetof(struct input_marks, index) },
        { "mean", CARD_PRESENT_MEAN_MARK_MASK, offsetof(struct input_marks, mean_mark) },
        { "fast_mean", CARD_PRESENT_FAST_MEAN_MARK_MASK, offsetof(struct input_marks, fast_mean_mark) },
    };
    bool all = admin_parse_has(parse, "price");

    INPUT_BEGIN(input_marks, INPUT_MARKS);
    input->market = (uint16_t)admin_parse_market(parse, "market");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const char *name = admin_parse_has(parse, values[i].name) ? values[i].name : "price";
        uint64_t price;

        if (!all && name != values[i].name)
            continue;
        price = admin_parse_price(parse, name, input->market);
        memcpy((uint8_t *)input + values[i].offset, &price, sizeof price);
        input->present |= values[i].present;
    }
    if (all || admin_parse_has(parse, "premium"))
        input->present |= CARD_PRESENT_MEAN_PREMIUM_MASK;
    if (admin_parse_has(parse, "premium"))
        input->mean_premium = (int32_t)admin_parse_number(parse, "premium", 6, -(1 << (CARD_PREMIUM_BITS - 1)),
                                                          (1 << (CARD_PREMIUM_BITS - 1)) - 1);
    if (input->present == 0)
        admin_parse_fail(parse, "price", "", "is missing: give price, or some of mark, index, mean...");
}

static void read_index(struct admin_parse *parse)
{
    INPUT_BEGIN(input_index, INPUT_INDEX);
    input->asset = (uint16_t)admin_parse_asset(parse, "asset");
    input->price = (uint64_t)admin_parse_number(parse, "price", 12, 1, INT64_MAX);
}

static void read_kill(struct admin_parse *parse, uint8_t on)
{
    static const char *const scopes[] = { "user", "account", "market", "venue" };
    unsigned named = 0;

    INPUT_BEGIN(input_kill, INPUT_KILL);
    input->on = on;
    for (uint8_t i = 0; i < 4; i++)
        if (admin_parse_has(parse, scopes[i])) {
            input->scope = i;
            named++;
        }
    if (named != 1)
        admin_parse_fail(parse, "", "", "say one of user, account, market, venue=true");
    else if (input->scope == KILL_USER)
        input->target = admin_parse_user(parse, "user");
    else if (input->scope == KILL_ACCOUNT)
        input->target = admin_parse_account(parse, "account");
    else if (input->scope == KILL_MARKET)
        input->market = (uint16_t)admin_parse_market(parse, "market");
    else if (!admin_parse_flag(parse, "venue", false))
        admin_parse_fail(parse, "venue", "", "is not true");
}

static void read_kill_on(struct admin_parse *parse)
{
    read_kill(parse, 1);
}

static void read_kill_off(struct admin_parse *parse)
{
    read_kill(parse, 0);
}

static void read_cancel_order(struct admin_parse *parse)
{
    INPUT_BEGIN(input_order_cancel, INPUT_ORDER_CANCEL);
    input->order = (uint64_t)admin_parse_number(parse, "order", 0, 1, INT64_MAX);
}

static void read_cancel_all(struct admin_parse *parse)
{
    INPUT_BEGIN(input_mass_cancel, INPUT_MASS_CANCEL);
    input->header.subaccount = admin_parse_subaccount(parse, "subaccount");
    input->triggers_too = admin_parse_flag(parse, "triggers", true);
    if (admin_parse_has(parse, "market")) {
        input->scope = INPUT_MASS_MARKET;
        input->market = (uint16_t)admin_parse_market(parse, "market");
    }
}

static void read_path(struct admin_parse *parse)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, "file", buffer);
    size_t length = strlen(text);

    if (length >= sizeof parse->request->path)
        admin_parse_fail(parse, "file", text, "is longer than 255 characters");
    else
        memcpy(parse->request->path, text, length);
}

static void read_about(struct admin_parse *parse)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, "about", buffer);

    if (text[0] && admin_command_find(text) == NULL)
        admin_parse_fail(parse, "about", text, "is no command");
    else
        memcpy(parse->request->path, text, strlen(text));
}

static void read_query(struct admin_parse *parse)
{
    struct admin_request *request = parse->request;

    request->limit = 1000;
    if (admin_parse_has(parse, "account"))
        request->account = admin_parse_account(parse, "account");
    if (admin_parse_has(parse, "subaccount"))
        request->subaccount = admin_parse_subaccount(parse, "subaccount");
    if (admin_parse_has(parse, "market"))
        request->market = admin_parse_market(parse, "market");
    if (admin_parse_has(parse, "limit"))
        request->limit = (uint32_t)admin_parse_number(parse, "limit", 0, 1, 100000);
    if (request->command->ask == ADMIN_USER)
        request->user = admin_parse_user(parse, "user");
    if (request->command->ask == ADMIN_ORDERS && request->account == 0 && request->subaccount == 0)
        admin_parse_fail(parse, "account", "", "is missing: say account or subaccount");
}

#define ACCOUNT "name or number"
#define SUBACCOUNT "\"account/name\" or number"
#define AMOUNT "coins, \"1.5\""
#define PRICE "in the quote asset, \"60000.5\""
#define TIME "\"2026-12-31T23:59:59Z\" or seconds since 1970"
#define YEARLY "yearly, \"0.05\""
#define USDC_PRICE "USDC for a coin"
#define LIMIT "1 to 100000 [1000]"
#define ID { "id", true, "of the transfer, 1 to 16 characters" }
#define EFFECTIVE { "effective", false, "when it takes effect; what tightens needs the venue's notice: " TIME }
#define LENDING_FIELDS                                                                                                 \
    { "subaccount", true, SUBACCOUNT }, { "asset", true, "symbol" }, { "amount", false, AMOUNT "; without it all" }
#define SUBACCOUNT_FLAGS_FIELDS                                                                                        \
    { "auto_lend", false, "true: what is idle is lent" },                                                           \
        { "auto_redeem", false, "true: spot orders use what is lent" },                                             \
        { "auto_borrow", false, "true: spot orders borrow" }, { "auto_repay", false, "true: what is idle repays" },    \
        { "vpnl", false, "true: settled in lend and borrow shares" }
#define INPUT_OF(name, text) name, ADMIN_INPUT, text

static const struct admin_command commands[] = {
    { "help", ADMIN_HELP, "lists the commands, or explains one", { { "about", false, "a command" } }, read_about },
    { "status", ADMIN_STATUS, "batch, time, durable batch, sessions, mode, card, disk", { { NULL, false, NULL } },
      NULL },
    { "counters", ADMIN_COUNTERS, "every counter of gateway, journal, core and loop", { { NULL, false, NULL } }, NULL },
    { "metrics", ADMIN_METRICS, "the same and distributions, as Prometheus text", { { NULL, false, NULL } }, NULL },
    { "snapshot", ADMIN_SNAPSHOT, "takes a snapshot now; answers when it is on disk", { { NULL, false, NULL } }, NULL },
    { "stop", ADMIN_STOP, "stops the node cleanly, as SIGTERM does", { { NULL, false, NULL } }, NULL },
    { "config diff", ADMIN_CONFIG_DIFF, "what `config apply` would change, line by line",
      { { "file", false, "a configuration; without it the compiled-in default" } }, read_path },
    { "config apply", ADMIN_CONFIG_APPLY, "journals the inputs that bring the exchange to a configuration",
      { { "file", false, "a configuration; without it the compiled-in default" } }, read_path },
    { "assets", ADMIN_ASSETS, "every asset with its index", { { NULL, false, NULL } }, NULL },
    { "markets", ADMIN_MARKETS, "every market with its state and marks", { { NULL, false, NULL } }, NULL },
    { "accounts", ADMIN_ACCOUNTS, "every account (the first `limit`)", { { "limit", false, "1 to 100000 [1000]" } },
      read_query },
    { "account show", ADMIN_ACCOUNT, "an account, its subaccounts and users", { { "account", true, ACCOUNT } },
      read_query },
    { "user show", ADMIN_USER, "a user, and what its client needs to log in", { { "user", true, "name" } },
      read_query },
    { "subaccount show", ADMIN_SUBACCOUNT, "balances, positions and margin", { { "subaccount", true, SUBACCOUNT } },
      read_query },
    { "orders", ADMIN_ORDERS, "open orders",
      { { "account", false, ACCOUNT }, { "subaccount", false, SUBACCOUNT }, { "market", false, "symbol" },
        { "limit", false, "1 to 100000 [1000]" } }, read_query },
    { INPUT_OF("account create", "makes an account"),
      { { "name", true, "1 to 24 characters, a letter first" }, { "leverage", false, "\"1\" to \"1000\"" },
        { "jurisdiction", false, "0 to 15 [0]" } }, read_account_create },
    { INPUT_OF("account set", "changes an account; what is not said stays"),
      { { "account", true, ACCOUNT }, { "leverage", false, "\"0\" (as the markets allow) or \"1\" to \"1000\"" },
        { "jurisdiction", false, "0 to 15" }, { "suspended", false, "true: no new orders" } }, read_account_set },
    { INPUT_OF("subaccount create", "makes a subaccount"),
      { { "account", true, ACCOUNT }, { "name", true, "1 to 24 characters, a letter first" }, SUBACCOUNT_FLAGS_FIELDS },
      read_subaccount_create },
    { INPUT_OF("subaccount set", "renames a subaccount, sets its flags; what is not said stays"),
      { { "subaccount", true, SUBACCOUNT }, { "name", false, "a new one" }, SUBACCOUNT_FLAGS_FIELDS },
      admin_read_subaccount_set },
    { INPUT_OF("user set", "makes or changes a user (a log-in); what is not said stays"),
      { { "name", true, "1 to 6 letters or digits" }, { "account", false, "of a new user" },
        { "key", false, "Ed25519 public key, 64 hexadecimal digits" }, { "rate", false, "inputs a second, 0: default" },
        { "trade", false, "true, false" }, { "cancel_on_disconnect", false, "true, false" } }, read_user_set },
    { INPUT_OF("deposit", "brings coins in; the same id again changes nothing"),
      { { "subaccount", true, SUBACCOUNT }, { "asset", true, "symbol" }, { "amount", true, AMOUNT },
        { "id", true, "of the transfer, 1 to 16 characters" } }, read_deposit },
    { INPUT_OF("withdraw", "requests a withdrawal; the same id again changes nothing"),
      { { "subaccount", true, SUBACCOUNT }, { "asset", true, "symbol" }, { "amount", true, AMOUNT }, ID },
      admin_read_withdraw },
    { INPUT_OF("withdrawal approve", "approves one that was requested; each approver counts once"),
      { { "asset", true, "symbol" }, ID, { "approver", false, "0 to 63 [0]" } }, admin_read_approve },
    { INPUT_OF("withdrawal release", "sends out one that is approved"), { { "asset", true, "symbol" }, ID },
      admin_read_release },
    { INPUT_OF("withdrawal cancel", "gives the money back"), { { "asset", true, "symbol" }, ID }, admin_read_cancel },
    { "withdrawal show", ADMIN_WITHDRAWAL, "a withdrawal, and what has become of it",
      { { "asset", true, "symbol" }, ID }, admin_read_withdrawal },
    { "withdrawals", ADMIN_WITHDRAWALS, "those that are requested or approved", { { "limit", false, LIMIT } },
      read_query },
    { INPUT_OF("apart accept", "its owner accepts that money held apart pays the debt"),
      { { "subaccount", true, SUBACCOUNT }, { "amount", true, "of the settlement asset, at most" } },
      admin_read_apart_accept },
    { INPUT_OF("apart return", "requests that money held apart goes back, as withdraw does"),
      { { "subaccount", true, SUBACCOUNT }, { "asset", true, "symbol" }, { "amount", true, AMOUNT }, ID },
      admin_read_apart_return },
    { INPUT_OF("write-off", "a debt that nobody will pay: claims fall by it"), { { "subaccount", true, SUBACCOUNT } },
      admin_read_write_off },
    { INPUT_OF("dust", "sells a balance below a lot to the fund, at the index"),
      { { "subaccount", true, SUBACCOUNT }, { "asset", true, "symbol" } }, admin_read_dust },
    { INPUT_OF("lend", "lends to the pool"), { LENDING_FIELDS }, admin_read_lend },
    { INPUT_OF("redeem", "takes back what was lent"), { LENDING_FIELDS }, admin_read_redeem },
    { INPUT_OF("borrow", "borrows from the pool"),
      { { "subaccount", true, SUBACCOUNT }, { "asset", true, "symbol" }, { "amount", true, AMOUNT } },
      admin_read_borrow },
    { INPUT_OF("repay", "pays back what was borrowed"), { LENDING_FIELDS }, admin_read_repay },
    { INPUT_OF("pool set", "makes or changes the pool of an asset; what is not said stays"),
      { { "asset", true, "symbol" }, { "rate_zero", false, YEARLY }, { "rate_optimal", false, YEARLY },
        { "rate_full", false, YEARLY }, { "optimal", false, "utilisation" }, { "fee", false, "of the interest" },
        { "throttle", false, "utilisation" }, { "utilisation_max", false, "no borrows beyond" },
        { "step", false, "coins an interval above throttle" }, { "step_seconds", false, "interval" },
        { "borrow_max", false, "coins in all, 0: no cap" }, { "account_max", false, "coins of one account" },
        EFFECTIVE }, admin_read_pool },
    { "pools", ADMIN_POOLS, "every pool: lent, borrowed, utilisation, rates", { { NULL, false, NULL } }, NULL },
    { INPUT_OF("transfer", "moves coins between subaccounts of one account; fees (2) go to the fund (3) or anybody"),
      { { "subaccount", true, "from: " SUBACCOUNT }, { "to", true, SUBACCOUNT }, { "asset", true, "symbol" },
        { "amount", true, AMOUNT } }, read_transfer },
    { INPUT_OF("market state", "sets the state a market should have"),
      { { "market", true, "symbol" }, { "state", true, "closed, cancel_only, limit_only, post_only, open" } },
      read_market_state },
    { INPUT_OF("marks", "sets marks and means of a market"),
      { { "market", true, "symbol" }, { "price", false, "for all that is not given: " PRICE }, { "mark", false, PRICE },
        { "index", false, PRICE }, { "mean", false, "5-minute mean" }, { "fast_mean", false, "10-second mean" },
        { "premium", false, "mean premium, \"-0.0005\"" } }, read_marks },
    { INPUT_OF("index", "sets the index of an asset"),
      { { "asset", true, "symbol" }, { "price", true, "USDC for a coin" } }, read_index },
    { INPUT_OF("quote", "prices of a venue of an asset's index"),
      { { "asset", true, "symbol" }, { "venue", true, "name or number" }, { "bid", false, USDC_PRICE },
        { "ask", false, USDC_PRICE }, { "last", false, USDC_PRICE } }, admin_read_quote },
    { INPUT_OF("venue set", "a venue of an asset's index"),
      { { "asset", true, "symbol" }, { "venue", true, "number, 0 to 15" }, { "weight", true, "0: it goes" },
        { "name", false, "1 to 15 characters" } }, admin_read_venue },
    { INPUT_OF("pricing set", "how an asset's index is made; what is not said stays"),
      { { "asset", true, "symbol" }, { "quorum", false, "venues that must count" },
        { "stale_ms", false, "older quotes don't count" }, { "outlier", false, "from the median: \"0.05\"" },
        { "clamp", false, "from the median: \"0.01\"" }, { "change", false, "an update: \"0.0025\"" },
        { "agree", false, "\"0.01\"" }, EFFECTIVE }, admin_read_pricing },
    { INPUT_OF("change cancel", "takes back a change of parameters that was noted"),
      { { "number", true, "as \"rules\" and its notice tell it" } }, admin_read_change_cancel },
    { "prices", ADMIN_PRICES, "every index and its venues", { { NULL, false, NULL } }, NULL },
    { "funding", ADMIN_FUNDING, "funding of every perpetual", { { NULL, false, NULL } }, NULL },
    { "settlement", ADMIN_SETTLEMENT, "the pass, every debt and every claim", { { "limit", false, LIMIT } },
      read_query },
    { "fund", ADMIN_FUND, "the insurance fund: what it has, its floor, what it has paid and got in each market",
      { { NULL, false, NULL } }, NULL },
    { "balances", ADMIN_BALANCES, "an account with all its subaccounts as one view",
      { { "account", true, ACCOUNT }, { "limit", false, "most subaccounts, " LIMIT } }, read_query },
    { "rules", ADMIN_RULES, "the venue's rules, and changes that wait for their time", { { NULL, false, NULL } },
      NULL },
    { INPUT_OF("rules set", "changes the venue's rules; what is not said stays"),
      { { "settle_seconds", false, "0 to 3600" }, { "notice_seconds", false, "0 to 2592000" },
        { "fresh_seconds", false, "0 to 60" }, { "approvals", false, "0 to 64" }, { "fund_floor", false, "USDC" },
        { "withdraw_account_max", false, "USDC a day, 0: no limit" },
        { "withdraw_venue_max", false, "USDC a day, 0: no limit" }, { "jurisdiction", false, "0 to 15" },
        { "leverage_cap", false, "of it; \"0\": none" }, EFFECTIVE }, admin_read_rules },
    { "liquidations", ADMIN_LIQUIDATIONS, "accounts that are being liquidated, the oldest first",
      { { "limit", false, LIMIT } }, read_query },
    { "tally", ADMIN_TALLY, "what was liquidated on the book, by providers, by deleveraging; what was socialised",
      { { NULL, false, NULL } }, NULL },
    { "backstops", ADMIN_BACKSTOPS, "what backstop providers have committed", { { "market", false, "symbol" } },
      read_query },
    { INPUT_OF("backstop set", "commits a provider's capacity; less than before takes effect after its notice"),
      { { "subaccount", true, SUBACCOUNT }, { "market", true, "a perpetual" },
        { "capacity", true, "notional in the quote asset, 0: none" } }, admin_read_backstop },
    { INPUT_OF("liquidation set", "changes the parameters of liquidation; what is not said stays"),
      { { "policy", false, "its name, or none" }, { "slice", false, "of a position: \"0.1\"" },
        { "depth_share", false, "of the book's depth: \"0.25\"" }, { "pause_seconds", false, "0 to 60" },
        { "urgent_seconds", false, "0 to 3600" }, { "episode_seconds", false, "0 to 3600" },
        { "stop", false, "of IM: \"1\" to \"2\"" }, { "backstop", false, "of MM: \"0.666667\"" },
        { "fee", false, "of the notional: \"0.01\"" }, { "fee_share", false, "of the MM freed: \"0.1\"" },
        { "adl_bound", false, "of the mark: \"0.1\"" }, { "conversion_impact", false, "\"0.02\"" },
        { "notice_seconds", false, "of lowered capacity, 0 to 2592000" }, EFFECTIVE }, admin_read_liquidation },
    { INPUT_OF("delist", "a market is settled at its final price and closed, once its notice has passed"),
      { { "market", true, "symbol" }, { "at", false, TIME }, { "cancel", false, "true: takes it back" } },
      admin_read_delist },
    { INPUT_OF("kill on", "kill switch: no new orders, open ones are cancelled"),
      { { "user", false, "name" }, { "account", false, ACCOUNT }, { "market", false, "symbol" },
        { "venue", false, "true" } }, read_kill_on },
    { INPUT_OF("kill off", "lifts a kill switch"),
      { { "user", false, "name" }, { "account", false, ACCOUNT }, { "market", false, "symbol" },
        { "venue", false, "true" } }, read_kill_off },
    { INPUT_OF("cancel order", "cancels any order"), { { "order", true, "the exchange's id" } }, read_cancel_order },
    { INPUT_OF("cancel all", "cancels a subaccount's orders"),
      { { "subaccount", true, SUBACCOUNT }, { "market", false, "only there" }, { "triggers", false, "too [true]" } },
      read_cancel_all },
};

const struct admin_command *admin_commands(size_t *count)
{
    *count = sizeof commands / sizeof *commands;
    return commands;
}

const struct admin_command *admin_command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
