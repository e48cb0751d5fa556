/* What operators may ask: each command as the input it becomes, each refusal with field and value. */
#include "unit.h"

#include "admin_answer.h"
#include "admin_request.h"
#include "policy.h"

static struct state state;
static struct admin_request request;
static struct admin_error error;

static uint32_t make_asset(const char *symbol, uint8_t decimals, uint8_t flags)
{
    uint32_t row = table_take(&state.assets);
    struct asset *asset = state_asset(&state, row);

    memcpy(asset->symbol, symbol, strlen(symbol));
    asset->decimals = decimals;
    asset->flags = flags;
    asset->weight = 1000000;
    asset->index = UINT64_C(1000000000000);
    if (flags & ASSET_SETTLEMENT)
        state.t->settlement = row;
    return row;
}

static int setup(void **unused)
{
    static const struct state_sizes sizes = { 16, 16, 16, 64, 64, 64, 64, 64, 16 };
    uint32_t row;

    (void)unused;
    state_create(&state, &sizes);
    make_asset("USDC", 6, ASSET_SETTLEMENT | ASSET_COLLATERAL);
    make_asset("BTC", 8, ASSET_COLLATERAL);
    row = table_take(&state.markets);
    *state_market(&state, row) = (struct market){ .symbol = "BTC_USDC_PERP", .kind = MARKET_PERPETUAL, .base_asset = 2,
                                                  .quote_asset = 1, .lot_units = 1000, .tick_lot_units = 1 };
    row = table_take(&state.accounts);
    memcpy(state_account(&state, row)->name, "alice", 5);
    state_account(&state, row)->leverage = 1000;
    state_index_account(&state, row);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t subaccount = table_take(&state.subaccounts);

        memcpy(state_subaccount(&state, subaccount)->name, i ? "side" : "main", 4);
        state_subaccount(&state, subaccount)->account = row;
        state_index_subaccount(&state, subaccount);
    }
    row = table_take(&state.users);
    *state_user(&state, row) = (struct user){ .name = "alice1", .account = 2, .flags = USER_TRADE | USER_KILLED,
                                              .rate = 7, .key = { 1 } };
    state_index_user(&state, row);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    state_destroy(&state);
    return 0;
}

static bool parse(const char *text)
{
    return admin_request_parse(text, strlen(text), &state, &request, &error);
}

static const void *parsed(const char *text, uint16_t kind)
{
    const struct input_header *header = (const void *)request.input;

    if (!parse(text))
        fail_msg("%s: %s %s %s", text, error.field, error.value, error.text);
    assert_int_equal(request.command->ask, ADMIN_INPUT);
    assert_int_equal(header->kind, kind);
    assert_int_equal(header->user, 0);
    assert_int_equal(header->size % 8, 0);
    return header;
}

static void test_money(void **unused)
{
    const struct input_deposit *deposit;
    const struct input_transfer *transfer;

    (void)unused;
    deposit = parsed("{\"command\":\"deposit\",\"subaccount\":\"alice/main\",\"asset\":\"USDC\",\"amount\":\"1000.5\","
                     "\"id\":\"w1\"}", INPUT_DEPOSIT);
    assert_int_equal(deposit->header.subaccount, SYSTEM_SUBACCOUNTS);
    assert_int_equal(deposit->asset, 1);
    assert_int_equal(deposit->amount, 1000500000);
    assert_memory_equal(deposit->id, "w1\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    deposit = parsed("{\"command\":\"withdraw\",\"subaccount\":8,\"asset\":\"BTC\",\"amount\":\"0.00000001\",\"id\":1}",
                     INPUT_WITHDRAW);
    assert_int_equal(deposit->header.subaccount, 8);
    assert_int_equal(deposit->amount, 1);
    transfer = parsed("{\"command\":\"transfer\",\"subaccount\":\"7\",\"to\":\"2/side\",\"asset\":\"BTC\","
                      "\"amount\":1}", INPUT_TRANSFER);
    assert_int_equal(transfer->header.subaccount, 7);
    assert_int_equal(transfer->to, 8);
    assert_int_equal(transfer->amount, 100000000);
}

/* Money out, lending and the operator's rails. */
static void test_rails(void **unused)
{
    const struct input_withdraw *withdraw;
    const struct input_withdrawal *step;
    const struct input_lend *lend;
    const struct input_delist *delist;
    const struct input_subaccount_set *subaccount;
    const struct input_apart *apart;
    const uint32_t flags = SUBACCOUNT_AUTO_LEND | SUBACCOUNT_VPNL;

    (void)unused;
    withdraw = parsed("{\"command\":\"apart return\",\"subaccount\":\"alice/main\",\"asset\":\"BTC\",\"amount\":1,"
                      "\"id\":\"r\"}", INPUT_WITHDRAW);
    assert_true(withdraw->apart == 1 && withdraw->amount == 100000000 && withdraw->asset == 2);
    step = parsed("{\"command\":\"withdrawal approve\",\"asset\":\"USDC\",\"id\":\"r\",\"approver\":63}",
                  INPUT_WITHDRAWAL);
    assert_true(step->step == WITHDRAWAL_APPROVE && step->approver == 63 && step->asset == 1 && step->id[0] == 'r');
    step = parsed("{\"command\":\"withdrawal cancel\",\"asset\":\"USDC\",\"id\":\"r\"}", INPUT_WITHDRAWAL);
    assert_int_equal(step->step, WITHDRAWAL_CANCEL);
    lend = parsed("{\"command\":\"repay\",\"subaccount\":7,\"asset\":\"BTC\"}", INPUT_LEND);
    assert_true(lend->step == LEND_REPAY && lend->amount == 0); /* all */
    delist = parsed("{\"command\":\"delist\",\"market\":\"BTC_USDC_PERP\",\"at\":\"2028-02-29T12:00:01Z\"}",
                    INPUT_DELIST);
    assert_int_equal(delist->at_ns, UINT64_C(1835438401) * 1000000000);
    delist = parsed("{\"command\":\"delist\",\"market\":\"BTC_USDC_PERP\",\"cancel\":true}", INPUT_DELIST);
    assert_int_equal(delist->at_ns, 0);
    state_subaccount(&state, SYSTEM_SUBACCOUNTS)->flags = flags;
    subaccount = parsed("{\"command\":\"subaccount set\",\"subaccount\":7,\"vpnl\":false,\"auto_repay\":true}",
                        INPUT_SUBACCOUNT_SET);
    assert_int_equal(subaccount->flags, SUBACCOUNT_AUTO_LEND | SUBACCOUNT_AUTO_REPAY); /* what is not said stays */
    assert_memory_equal(subaccount->name, "main\0\0", 6);
    apart = parsed("{\"command\":\"apart accept\",\"subaccount\":7,\"amount\":\"2.5\"}", INPUT_APART);
    assert_int_equal(apart->amount, 2500000);
}

static void test_rules(void **unused)
{
    const struct input_venue_rules *rules;
    const struct input_pool_set *pool;
    const struct input_quote *quote;

    (void)unused;
    state.t->approvals = 3;
    state.t->leverage_caps[1] = 500;
    rules = parsed("{\"command\":\"rules set\",\"fund_floor\":\"10\",\"jurisdiction\":2,\"leverage_cap\":\"20\","
                   "\"effective\":\"2026-12-01T00:00:00Z\"}", INPUT_VENUE_RULES);
    assert_true(rules->approvals == 3 && rules->fund_floor == 10000000 && rules->leverage_caps[1] == 500);
    assert_true(rules->leverage_caps[2] == 2000 && rules->effective_ns == UINT64_C(1796083200) * 1000000000);
    pool = parsed("{\"command\":\"pool set\",\"asset\":\"BTC\",\"rate_optimal\":\"0.05\",\"step\":\"2\"}",
                  INPUT_POOL_SET);
    assert_true(pool->asset == 2 && pool->rate_optimal == 50000 && pool->step == 200000000 && pool->optimal == 800000);
    memcpy(state_pricing(&state, 2)->venues[3].name, "okx", 3);
    quote = parsed("{\"command\":\"quote\",\"asset\":\"BTC\",\"venue\":\"okx\",\"last\":\"60000.5\"}", INPUT_QUOTE);
    assert_true(quote->venue == 3 && quote->bid == 0 && quote->last == UINT64_C(60000500000000000));
}

static void test_liquidation(void **unused)
{
    const struct input_liquidation_rules *rules;
    const struct input_backstop *backstop;

    (void)unused;
    state.t->liquidation = (struct liquidation_rules){ .policy = POLICY_OURS, .slice = 100000, .pause_ms = 5000,
                                                       .stop = 1020000, .notice_seconds = 9 };
    rules = parsed("{\"command\":\"liquidation set\",\"policy\":\"ftx\",\"slice\":\"0.2\",\"pause_seconds\":\"1.5\","
                   "\"effective\":\"2026-12-01T00:00:00Z\"}", INPUT_LIQUIDATION_RULES);
    assert_true(rules->policy == POLICY_FTX && rules->slice == 200000 && rules->pause_ms == 1500);
    assert_true(rules->stop == 1020000 && rules->notice_seconds == 9 && rules->header.size == sizeof *rules);
    assert_int_equal(rules->effective_ns, UINT64_C(1796083200) * 1000000000);
    rules = parsed("{\"command\":\"liquidation set\",\"policy\":\"none\"}", INPUT_LIQUIDATION_RULES);
    assert_true(rules->policy == POLICY_NONE && rules->slice == 100000);
    backstop = parsed("{\"command\":\"backstop set\",\"subaccount\":\"alice/side\",\"market\":\"BTC_USDC_PERP\","
                      "\"capacity\":\"2500.5\"}", INPUT_BACKSTOP);
    assert_true(backstop->header.subaccount == 8 && backstop->market == 1 && backstop->capacity == 2500500000);
    backstop = parsed("{\"command\":\"backstop set\",\"subaccount\":8,\"market\":\"BTC_USDC_PERP\",\"capacity\":0}",
                      INPUT_BACKSTOP);
    assert_int_equal(backstop->capacity, 0);
    assert_true(parse("{\"command\":\"liquidations\",\"limit\":3}"));
    assert_true(request.command->ask == ADMIN_LIQUIDATIONS && request.limit == 3);
    assert_true(parse("{\"command\":\"backstops\",\"market\":\"BTC_USDC_PERP\"}"));
    assert_true(request.command->ask == ADMIN_BACKSTOPS && request.market == 1);
    assert_true(parse("{\"command\":\"tally\"}"));
}

static void test_people(void **unused)
{
    const struct input_account_set *account;
    const struct input_user_set *user;
    const struct input_kill *kill;

    (void)unused;
    account = parsed("{\"command\":\"account set\",\"account\":\"alice\",\"suspended\":true}", INPUT_ACCOUNT_SET);
    assert_true(account->account == 2 && account->leverage == 1000 && account->flags == ACCOUNT_SUSPENDED);
    account = parsed("{\"command\":\"account set\",\"account\":\"2\",\"leverage\":\"2.5\"}", INPUT_ACCOUNT_SET);
    assert_true(account->leverage == 250 && account->flags == 0);
    user = parsed("{\"command\":\"user set\",\"name\":\"alice1\",\"trade\":\"false\"}", INPUT_USER_SET);
    assert_true(user->account == 2 && user->rate == 7 && user->key[0] == 1 && user->flags == USER_KILLED);
    user = parsed("{\"command\":\"user set\",\"name\":\"new\",\"account\":\"alice\",\"key\":"
                  "\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511A\"}", INPUT_USER_SET);
    assert_int_equal(user->flags, USER_TRADE | USER_CANCEL_ON_DISCONNECT);
    assert_true(user->key[0] == 0xd7 && user->key[31] == 0x1a);
    kill = parsed("{\"command\":\"kill on\",\"market\":\"BTC_USDC_PERP\"}", INPUT_KILL);
    assert_true(kill->on == 1 && kill->scope == KILL_MARKET && kill->market == 1 && kill->target == 0);
    kill = parsed("{\"command\":\"kill off\",\"user\":\"alice1\"}", INPUT_KILL);
    assert_true(kill->on == 0 && kill->scope == KILL_USER && kill->target == 1);
    kill = parsed("{\"command\":\"kill on\",\"venue\":true}", INPUT_KILL);
    assert_true(kill->scope == KILL_VENUE);
}

static void test_prices(void **unused)
{
    const struct input_marks *marks;
    const struct input_index *price;
    const struct input_market_state *wanted;

    (void)unused;
    marks = parsed("{\"command\":\"marks\",\"market\":\"BTC_USDC_PERP\",\"price\":\"60000.5\",\"mean\":\"60000\","
                   "\"premium\":\"-0.0005\"}", INPUT_MARKS);
    assert_int_equal(marks->present, 31);
    assert_true(marks->mark == UINT64_C(600005) * 256 && marks->index == marks->mark);
    assert_true(marks->mean_mark == UINT64_C(600000) * 256 && marks->mean_premium == -500);
    marks = parsed("{\"command\":\"marks\",\"market\":\"BTC_USDC_PERP\",\"index\":\"1\"}", INPUT_MARKS);
    assert_true(marks->present == CARD_PRESENT_INDEX_MASK && marks->mark == 0 && marks->index == 2560);
    price = parsed("{\"command\":\"index\",\"asset\":\"BTC\",\"price\":\"60000.000000000001\"}", INPUT_INDEX);
    assert_true(price->asset == 2 && price->price == UINT64_C(60000000000000001));
    wanted = parsed("{\"command\":\"market state\",\"market\":\"BTC_USDC_PERP\",\"state\":\"post_only\"}",
                    INPUT_MARKET_STATE);
    assert_int_equal(wanted->state, CARD_STATE_POST_ONLY);
}

static void test_queries(void **unused)
{
    (void)unused;
    assert_true(parse("{\"command\":\"orders\",\"account\":\"alice\",\"limit\":5}"));
    assert_true(request.command->ask == ADMIN_ORDERS && request.account == 2 && request.limit == 5);
    assert_true(parse("{\"command\":\"config diff\",\"file\":\"/a/b\"}"));
    assert_string_equal(request.path, "/a/b");
    assert_true(parse("{\"command\":\"help\",\"about\":\"deposit\"}"));
    assert_true(parse("{\"command\":\"status\"}"));
}

static const struct refusal {
    const char *text, *field, *value, *message;
} refusals[] = {
    { "{\"command\":\"liquidation set\",\"policy\":\"mine\"}", "policy", "mine", "is no policy: one of none, ours" },
    { "{\"command\":\"liquidation set\",\"stop\":\"0.9\"}", "stop", "0.9", "" },
    { "{\"command\":\"backstop set\",\"subaccount\":7,\"market\":\"BTC_USDC_PERP\"}", "capacity", "", "missing" },
    { "{\"command\":\"backstop set\",\"subaccount\":7,\"market\":\"BTC_USDC_PERP\",\"capacity\":\"-1\"}",
      "capacity", "-1", "" },
    { "", "", "", "not JSON" },
    { "{", "", "", "not JSON" },
    { "[]", "", "", "not a JSON object" },
    { "{\"command\":\"x\"}", "command", "x", "no command" },
    { "{\"command\":5}", "command", "", "no command" },
    { "{\"command\":\"status\",\"command\":\"stop\"}", "", "", "not JSON: duplicate" },
    { "{\"command\":\"status\",\"x\":1}", "", "x", "no field of status; there are: none" },
    { "{\"command\":\"index\",\"asset\":\"BTC\"}", "price", "", "is missing" },
    { "{\"command\":\"index\",\"asset\":\"XRP\",\"price\":\"1\"}", "asset", "XRP", "no asset" },
    { "{\"command\":\"index\",\"asset\":\"BTC\",\"price\":1.5}", "price", "", "quotes" },
    { "{\"command\":\"index\",\"asset\":\"BTC\",\"price\":\"0\"}", "price", "0", "is not in" },
    { "{\"command\":\"index\",\"asset\":\"BTC\",\"price\":null}", "price", "", "neither text" },
    { "{\"command\":\"index\",\"asset\":\"BTC\",\"price\":\"1.0000000000001\"}", "price", "1.0000000000001", "12" },
    { "{\"command\":\"marks\",\"market\":\"BTC_USDC_PERP\"}", "price", "", "is missing" },
    { "{\"command\":\"marks\",\"market\":\"BTC_USDC_PERP\",\"mark\":\"0.000001\"}", "mark", "0.000001", "ticks" },
    { "{\"command\":\"market state\",\"market\":\"BTC_USDC_PERP\",\"state\":\"shut\"}", "state", "shut", "closed" },
    { "{\"command\":\"account create\",\"name\":\"1a\"}", "name", "1a", "a letter first" },
    { "{\"command\":\"account create\",\"name\":\"a b\"}", "name", "a b", "no name" },
    { "{\"command\":\"account create\",\"name\":\"a\",\"leverage\":\"0.5\"}", "leverage", "0.5", "1 .. 1000" },
    { "{\"command\":\"user set\",\"name\":\"toolong\",\"account\":\"alice\"}", "name", "toolong", "1 to 6" },
    { "{\"command\":\"user set\",\"name\":\"new\"}", "account", "", "new user" },
    { "{\"command\":\"user set\",\"name\":\"alice1\",\"key\":\"12\"}", "key", "12", "64" },
    { "{\"command\":\"user set\",\"name\":\"alice1\",\"trade\":\"yes\"}", "trade", "yes", "neither true" },
    { "{\"command\":\"kill on\"}", "", "", "say one of" },
    { "{\"command\":\"kill on\",\"user\":\"alice1\",\"venue\":true}", "", "", "say one of" },
    { "{\"command\":\"kill on\",\"venue\":false}", "venue", "", "is not true" },
    { "{\"command\":\"subaccount show\",\"subaccount\":\"alice/none\"}", "subaccount", "alice/none", "no subaccount" },
    { "{\"command\":\"subaccount show\",\"subaccount\":\"bob/main\"}", "subaccount", "bob/main", "no subaccount" },
    { "{\"command\":\"subaccount show\",\"subaccount\":9}", "subaccount", "9", "no subaccount" },
    { "{\"command\":\"subaccount show\",\"subaccount\":-1}", "subaccount", "-1", "no subaccount" },
    { "{\"command\":\"deposit\",\"subaccount\":7,\"asset\":\"USDC\",\"amount\":\"0.0000001\",\"id\":\"a\"}", "amount",
      "0.0000001", "6 decimals" },
    { "{\"command\":\"deposit\",\"subaccount\":7,\"asset\":\"USDC\",\"amount\":\"-1\",\"id\":\"a\"}", "amount", "-1",
      "is not in" },
    { "{\"command\":\"deposit\",\"subaccount\":7,\"asset\":\"USDC\",\"amount\":1,\"id\":\"12345678901234567\"}", "id",
      "12345678901234567", "1 to 16" },
    { "{\"command\":\"orders\"}", "account", "", "is missing" },
    { "{\"command\":\"delist\",\"market\":\"BTC_USDC_PERP\"}", "at", "", "say when" },
    { "{\"command\":\"delist\",\"market\":\"BTC_USDC_PERP\",\"at\":\"2027-02-29T12:00:00Z\"}", "at",
      "2027-02-29T12:00:00Z", "no time" },
    { "{\"command\":\"quote\",\"asset\":\"BTC\",\"venue\":\"none\",\"last\":\"1\"}", "venue", "none", "no venue" },
    { "{\"command\":\"quote\",\"asset\":\"BTC\",\"venue\":1}", "bid", "", "is missing" },
    { "{\"command\":\"rules set\",\"jurisdiction\":1}", "leverage_cap", "", "or neither" },
    { "{\"command\":\"withdrawal approve\",\"asset\":\"BTC\",\"id\":\"a\",\"approver\":64}", "approver", "64",
      "0 .. 63" },
    { "{\"command\":\"help\",\"about\":\"x\"}", "about", "x", "no command" },
    { "{\"command\":\"account set\",\"account\":\"a\\u0000b\"}", "", "", "not JSON" },
};

static void test_refusals(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *refusal = &refusals[i];

        assert_false(parse(refusal->text));
        if (strcmp(error.field, refusal->field) != 0 || strcmp(error.value, refusal->value) != 0 ||
            !strstr(error.text, refusal->message))
            fail_msg("case %zu: %s | %s | %s", i, error.field, error.value, error.text);
    }
}

/* Every prefix of a request, and every byte of it changed, is parsed or refused, never worse. */
static void test_damaged(void **unused)
{
    static const char good[] = "{\"command\":\"deposit\",\"subaccount\":\"alice/main\",\"asset\":\"USDC\","
                               "\"amount\":\"1000.5\",\"id\":\"w1\"}";
    char text[sizeof good];

    (void)unused;
    for (size_t length = 0; length < sizeof good - 1; length++)
        assert_false(admin_request_parse(good, length, &state, &request, &error));
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            if (!admin_request_parse(text, sizeof good - 1, &state, &request, &error))
                assert_true(error.text[0] != '\0');
        }
}

/* Of the first in a list. */
static const char *text_of(const json_t *object, const char *list, const char *key)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(object, list), 0), key));
}

static void test_answers(void **unused)
{
    struct balance *balance = state_balance(&state, state_need_balance(&state, SYSTEM_SUBACCOUNTS, 1));
    json_t *object;

    (void)unused;
    balance->amount = 1000500000;
    object = admin_answer_subaccount(&state, SYSTEM_SUBACCOUNTS);
    assert_string_equal(text_of(object, "balances", "amount"), "1000.5");
    assert_string_equal(json_string_value(json_object_get(json_object_get(object, "margin"), "available")), "1000.5");
    json_decref(object);
    state_market(&state, 1)->mark = UINT64_C(600005) * 256 + 128;
    object = admin_answer_markets(&state);
    assert_string_equal(text_of(object, "markets", "mark"), "60000.55");
    json_decref(object);
    object = admin_answer_help("deposit");
    assert_int_equal(json_array_size(json_object_get(object, "commands")), 1);
    json_decref(object);
    object = admin_answer_account(&state, 2);
    assert_int_equal(json_array_size(json_object_get(object, "subaccounts")), 2);
    assert_int_equal(json_array_size(json_object_get(object, "users")), 1);
    json_decref(object);
}

static const char *text_in(const json_t *object, const char *inner, const char *key)
{
    return json_string_value(json_object_get(inner ? json_object_get(object, inner) : object, key));
}

static void make_episode(void)
{
    const uint32_t row = table_take(&state.episodes);

    state.t->time_ns = UINT64_C(1796083200) * 1000000000;
    *state_episode(&state, row) = (struct episode){
        .subaccount = SYSTEM_SUBACCOUNTS, .number = 17, .begun_ns = state.t->time_ns - UINT64_C(12500000000),
        .equity = 5000000, .maintenance = 6000000, .notional = 900000000, .book = 300000000, .backstop = 2000000,
        .deleveraged = 1, .fees = 128, .urgent = 1 };
    state.t->episodes = state.t->episodes_last = state_subaccount(&state, SYSTEM_SUBACCOUNTS)->episode = row;
    state.t->episodes_made = 17;
    state_subaccount(&state, SYSTEM_SUBACCOUNTS)->flags |= SUBACCOUNT_CALLED;
}

static void make_commitment(uint32_t subaccount, int64_t capacity, uint64_t lower_ns)
{
    const uint32_t row = table_take(&state.commitments);

    *state_commitment(&state, row) = (struct commitment){
        .subaccount = subaccount, .market = 1, .next_of_market = state_market(&state, 1)->commitments,
        .capacity = capacity, .taken = 250000, .lower = lower_ns ? 500000 : 0, .lower_ns = lower_ns };
    state_market(&state, 1)->commitments = state_subaccount(&state, subaccount)->commitments = row;
}

/* Who is being liquidated, and who stands behind it: made here, row by row. */
static void test_liquidation_answers(void **unused)
{
    json_t *object;

    (void)unused;
    make_episode();
    object = admin_answer_liquidations(&state, 10);
    assert_int_equal(json_integer_value(json_object_get(object, "begun")), 17);
    assert_int_equal(json_integer_value(json_object_get(object, "under_way")), 1);
    assert_string_equal(text_of(object, "liquidations", "account"), "alice");
    assert_string_equal(text_of(object, "liquidations", "begun"), "2026-11-30T23:59:47Z");
    assert_string_equal(text_of(object, "liquidations", "book"), "300");
    assert_string_equal(text_of(object, "liquidations", "deleveraged"), "0.000001");
    assert_string_equal(text_of(object, "liquidations", "fees"), "0.0000005");
    assert_string_equal(text_of(object, "liquidations", "equity"), "1000.5"); /* now; what it holds */
    assert_false(json_is_true(json_object_get(object, "more")));
    json_decref(object);
    make_commitment(8, 2500000, 0);
    make_commitment(7, 1000000, state.t->time_ns + 1000000000);
    object = admin_answer_backstops(&state, 0);
    assert_int_equal(json_array_size(json_object_get(object, "backstops")), 2);
    assert_string_equal(text_of(object, "backstops", "lowered_to"), "0.5");
    assert_string_equal(text_of(object, "backstops", "lowered_at"), "2026-12-01T00:00:01Z");
    json_decref(object);
    object = admin_answer_markets(&state);
    assert_string_equal(text_of(object, "markets", "backstop_capacity"), "3.5");
    json_decref(object);
    object = admin_answer_subaccount(&state, SYSTEM_SUBACCOUNTS);
    assert_true(json_is_true(json_object_get(object, "margin_call")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(object, "liquidation"), "seconds")), 12);
    assert_string_equal(text_of(object, "backstops", "capacity"), "1");
    json_decref(object);
    object = admin_answer_balances(&state, 2, 10);
    assert_int_equal(json_array_size(json_object_get(object, "subaccounts")), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(json_array_get(
        json_object_get(object, "subaccounts"), 0), "backstops"), 0), "capacity")), "2.5");
    json_decref(object);
}

/* Shares in percent, what was socialised, and the fund's side of it. */
static void test_tally_answers(void **unused)
{
    json_t *object;

    (void)unused;
    state_unwind(&state, 1)->tally = (struct tally){
        .book = 998200000, .backstop = 1800000, .book_fills = 9, .backstop_fills = 1, .deleveraged_loss = 250000,
        .fees = 256 * 3000000, .topped_up = 1500000, .stopped = 4 };
    state.t->claims_fallen = 750000;
    state_market(&state, 1)->fund_cap = 9000000;
    object = admin_answer_tally(&state);
    assert_string_equal(text_in(object, "venue", "book_percent"), "99.82");
    assert_string_equal(text_in(object, "venue", "backstop_percent"), "0.18");
    assert_string_equal(text_in(object, "venue", "deleveraged_percent"), "0");
    assert_string_equal(text_of(object, "markets", "book"), "998.2");
    assert_string_equal(text_of(object, "markets", "fees"), "3");
    assert_string_equal(text_in(object, "socialised", "deleveraged_loss"), "0.25");
    assert_string_equal(text_in(object, "socialised", "sum"), "1");
    json_decref(object);
    object = admin_answer_fund(&state);
    assert_string_equal(text_of(object, "markets", "cap"), "9");
    assert_string_equal(text_of(object, "markets", "topped_up"), "1.5");
    assert_string_equal(text_of(object, "markets", "liquidation_fees"), "3");
    json_decref(object);
    state_unwind(&state, 1)->tally = (struct tally){ 0 };
    object = admin_answer_tally(&state);
    assert_true(json_is_null(json_object_get(json_object_get(object, "venue"), "book_percent")));
    json_decref(object);
    object = admin_answer_rules(&state);
    assert_string_equal(text_in(object, "liquidation", "policy"), "ours");
    assert_string_equal(text_in(object, "liquidation", "pause_seconds"), "5");
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_money),    cmocka_unit_test(test_rails),   cmocka_unit_test(test_rules),
        cmocka_unit_test(test_people),   cmocka_unit_test(test_prices),
        cmocka_unit_test(test_queries),  cmocka_unit_test(test_refusals), cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_answers),  cmocka_unit_test(test_liquidation),
        cmocka_unit_test(test_liquidation_answers), cmocka_unit_test(test_tally_answers),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
