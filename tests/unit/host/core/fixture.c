#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "core.h"

void *fixture_add(struct fixture *fixture, const void *record, uint16_t size)
{
    struct input_header *input = (void *)(fixture->inputs + fixture->size);

    assert_true(fixture->size + size <= sizeof fixture->inputs);
    memcpy(input, record, size);
    input->size = size;
    fixture->size += size;
    fixture->count++;
    return input;
}

static const struct state_sizes fixture_sizes = { .subaccounts = 1000, .accounts = 1000, .users = 1000,
                                                  .balances = 4000, .positions = 4000, .orders = 20000, .slots = 4096,
                                                  .transfers = 4000, .jobs = 64 };

void fixture_restart(struct fixture *fixture)
{
    const struct state_sizes *sizes = &fixture->options.sizes;
    const struct input_restart restart = {
        .header = { .kind = INPUT_RESTART }, .rules = STATE_RULES, .subaccounts = sizes->subaccounts,
        .accounts = sizes->accounts, .users = sizes->users, .balances = sizes->balances,
        .positions = sizes->positions, .orders = sizes->orders, .slots = sizes->slots,
        .transfers = sizes->transfers, .jobs = sizes->jobs };

    fixture_add(fixture, &restart, sizeof restart);
}

static void fixture_assets(struct fixture *fixture)
{
    struct input_asset_set usdc = { .header = { .kind = INPUT_ASSET_SET }, .symbol = "USDC", .decimals = 6,
                                    .weight = 1000000, .borrow_imf = { 1, 10, 0 }, .borrow_mmf = { 1, 20, 0 },
                                    .flags = ASSET_SETTLEMENT | ASSET_COLLATERAL | ASSET_CAN_LEND |
                                             ASSET_CAN_BORROW };
    struct input_asset_set coin = { .header = { .kind = INPUT_ASSET_SET }, .symbol = "BTC", .decimals = 8,
                                    .weight = 900000, .borrow_imf = { 1, 10, 0 }, .borrow_mmf = { 1, 20, 0 },
                                    .flags = ASSET_COLLATERAL | ASSET_CAN_LEND | ASSET_CAN_BORROW };
    struct input_index index = { .header = { .kind = INPUT_INDEX }, .asset = FIXTURE_BTC,
                                 .price = UINT64_C(10000) * 1000000000000 };

    fixture_add(fixture, &usdc, sizeof usdc);
    fixture_add(fixture, &coin, sizeof coin);
    strcpy((char *)coin.symbol, "ETH");
    fixture_add(fixture, &coin, sizeof coin);
    fixture_add(fixture, &index, sizeof index);
    index.asset = FIXTURE_ETH;
    index.price = UINT64_C(2000) * 1000000000000;
    fixture_add(fixture, &index, sizeof index);
}

static void fixture_markets(struct fixture *fixture)
{
    struct input_market_set market = { .header = { .kind = INPUT_MARKET_SET }, .symbol = "BTC_USDC_PERP",
        .kind = MARKET_PERPETUAL, .bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK, .window_log2 = 14,
        .base_asset = FIXTURE_BTC, .quote_asset = FIXTURE_USDC, .lot_units = 100000, .tick_lot_units = 100,
        .maker_fee = -50, .taker_fee = 500, .limit_min = 250000, .limit_max = 2000000, .impact_min = 950000,
        .impact_max = 1050000, .mean_min = 940000, .mean_max = 1060000, .tolerance = 50000, .slot_quota = 2000,
        .window_step = 640, .quantity_min = 1, .imf = { 1, 10, 24940 }, .mmf = { 1, 20, 14960 }, .funding_hours = 1,
        .funding_max = 7500, .impact_notional = 10000000000 };

    fixture_add(fixture, &market, sizeof market);
    strcpy((char *)memset(market.symbol, 0, sizeof market.symbol), "ETH_USDC");
    market.kind = MARKET_SPOT;
    market.base_asset = FIXTURE_ETH;
    market.lot_units = 1000000; /* 0.01 */
    market.tick_lot_units = 10000; /* tick 1 USDC */
    market.window_log2 = 10;
    market.window_step = 64;
    market.imf = market.mmf = (struct margin_function){ 0 };
    market.funding_hours = market.funding_max = 0;
    market.impact_notional = 0;
    market.maker_fee = 100;
    market.taker_fee = 700;
    fixture_add(fixture, &market, sizeof market);
}

static void fixture_create_exchange(struct fixture *fixture)
{
    const struct fixture_options *options = &fixture->options;
    const struct exchange_options exchange = { .sizes = options->sizes, .recount = !options->no_recount,
                                               .steps = options->steps, .stage = options->stage, .context = fixture,
                                               .device = fixture->device };

    fixture->exchange = exchange_create(&exchange);
    fixture->state = exchange_state(fixture->exchange);
}

void fixture_replace_exchange(struct fixture *fixture)
{
    exchange_destroy(fixture->exchange);
    fixture->options.stage = NULL;
    fixture_create_exchange(fixture);
}

void fixture_open(struct fixture *fixture, const char *backend)
{
    fixture_open_as(fixture, backend, &(struct fixture_options){ 0 });
}

void fixture_open_with(struct fixture *fixture, const char *backend, uint64_t stall_seed,
                       void (*stage)(void *fixture, enum exchange_stage stage))
{
    fixture_open_as(fixture, backend, &(struct fixture_options){ .stall_seed = stall_seed, .stage = stage });
}

void fixture_open_as(struct fixture *fixture, const char *backend, const struct fixture_options *options)
{
    const struct device_options device = { .backend = backend, .markets = 4, .orders = 4096, .tick_bits = 14,
                                           .stall_seed = options->stall_seed };
    char error[256] = "";

    memset(fixture, 0, sizeof *fixture);
    fixture->options = *options;
    if (options->sizes.subaccounts == 0)
        fixture->options.sizes = fixture_sizes;
    fixture->backend = backend;
    fixture->time_ns = UINT64_C(1764150000) * 1000000000;
    if (device_open(&fixture->device, &device, error, sizeof error) != DEVICE_OK)
        fail_msg("device: %s", error);
    fixture_create_exchange(fixture);
    if (exchange_attach(fixture->exchange) != EXCHANGE_OK)
        fail_msg("%s", exchange_message(fixture->exchange));
    fixture_assets(fixture);
    fixture_markets(fixture);
    fixture_run(fixture);
    fixture_marks(fixture, FIXTURE_PERP, FIXTURE_MARK);
    fixture_marks(fixture, FIXTURE_SPOT, FIXTURE_SPOT_MARK);
    fixture_run(fixture);
    assert_int_equal(state_market(fixture->state, FIXTURE_PERP)->state, CARD_STATE_OPEN);
    assert_int_equal(state_market(fixture->state, FIXTURE_SPOT)->state, CARD_STATE_OPEN);
}

void fixture_close(struct fixture *fixture)
{
    exchange_destroy(fixture->exchange);
    device_close(fixture->device);
}

uint32_t fixture_subaccount(uint32_t user)
{
    return SYSTEM_SUBACCOUNTS + user - 1;
}

void fixture_deposit(struct fixture *fixture, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct input_deposit deposit = { .header = { .kind = INPUT_DEPOSIT, .subaccount = subaccount,
                                                 .reference = ++fixture->ticket },
                                     .asset = (uint16_t)asset, .amount = units };

    snprintf((char *)deposit.id, sizeof deposit.id, "D%u", fixture->ticket);
    fixture_add(fixture, &deposit, sizeof deposit);
}

uint32_t fixture_add_user(struct fixture *fixture, int64_t usdc)
{
    const uint32_t user = ++fixture->users, account = SYSTEM_ACCOUNT + user;
    struct input_account_create create = { .header = { .kind = INPUT_ACCOUNT_CREATE } };
    struct input_subaccount_create subaccount = { .header = { .kind = INPUT_SUBACCOUNT_CREATE }, .account = account,
                                                  .name = "main" };
    struct input_user_set set = { .header = { .kind = INPUT_USER_SET }, .account = account, .flags = USER_TRADE };

    snprintf((char *)create.name, sizeof create.name, "account%u", user);
    snprintf((char *)set.name, 7, "user%u", user % 100);
    fixture_add(fixture, &create, sizeof create);
    fixture_add(fixture, &subaccount, sizeof subaccount);
    fixture_add(fixture, &set, sizeof set);
    if (usdc)
        fixture_deposit(fixture, fixture_subaccount(user), FIXTURE_USDC, usdc * 1000000);
    fixture_run(fixture);
    for (size_t i = 0; i < fixture->result.report_count; i++)
        assert_int_equal(fixture->result.reports[i].reason, REASON_NONE);
    return user;
}

struct input_order_new *fixture_order(struct fixture *fixture, uint32_t user, uint32_t market, uint8_t side,
                                      uint32_t price, int64_t lots)
{
    const struct input_order_new order = {
        .header = { .kind = INPUT_ORDER_NEW, .user = user, .reference = ++fixture->reference[user],
                    .subaccount = fixture_subaccount(user) },
        .market = (uint16_t)market, .side = side, .price = price, .quantity = lots };

    return fixture_add(fixture, &order, sizeof order);
}

struct input_order_new_extra *fixture_order_extra(struct fixture *fixture, uint32_t user, uint32_t market, uint8_t side,
                                                  uint32_t price, int64_t lots)
{
    const struct input_order_new_extra order = {
        .order = { .header = { .kind = INPUT_ORDER_NEW, .user = user, .reference = ++fixture->reference[user],
                               .subaccount = fixture_subaccount(user) },
                   .market = (uint16_t)market, .side = side, .price = price, .quantity = lots,
                   .flags = INPUT_ORDER_EXTRA } };

    return fixture_add(fixture, &order, sizeof order);
}

struct input_order_cancel *fixture_cancel(struct fixture *fixture, uint32_t user, uint32_t reference)
{
    const struct input_order_cancel cancel = { .header = { .kind = INPUT_ORDER_CANCEL, .user = user,
                                                           .reference = reference } };

    return fixture_add(fixture, &cancel, sizeof cancel);
}

struct input_order_replace *fixture_replace(struct fixture *fixture, uint32_t user, uint32_t existing, uint32_t price,
                                            int64_t lots)
{
    const struct input_order_replace replace = { .header = { .kind = INPUT_ORDER_REPLACE, .user = user,
                                                             .reference = ++fixture->reference[user] },
                                                 .existing = existing, .price = price, .quantity = lots };

    return fixture_add(fixture, &replace, sizeof replace);
}

struct input_marks *fixture_marks(struct fixture *fixture, uint32_t market, uint32_t ticks)
{
    const uint64_t fixed = (uint64_t)ticks * CARD_FIXED_ONE;
    const struct input_marks marks = { .header = { .kind = INPUT_MARKS }, .market = (uint16_t)market, .present = 31,
                                       .mark = fixed, .index = fixed, .mean_mark = fixed, .fast_mean_mark = fixed };

    return fixture_add(fixture, &marks, sizeof marks);
}

void fixture_run(struct fixture *fixture)
{
    const struct exchange_batch batch = { .number = fixture->state->t->batch + 1,
                                          .time_ns = fixture->time_ns += 1000000, .inputs = fixture->inputs,
                                          .size = fixture->size, .count = fixture->count };
    const enum exchange_status status = exchange_run(fixture->exchange, &batch, &fixture->result);

    fixture->size = 0;
    fixture->count = 0;
    if (status != EXCHANGE_OK)
        fail_msg("batch %lu: %s", (unsigned long)batch.number, exchange_message(fixture->exchange));
}

void fixture_run_until_done(struct fixture *fixture)
{
    do {
        fixture_run(fixture);
    } while (fixture->result.more);
}

/* --- what a batch's hash is made of --- */

static uint8_t hashed[16384];
static size_t hashed_size;

static void keep(const void *piece, size_t size)
{
    assert_true(hashed_size + size <= sizeof hashed);
    memcpy(hashed + hashed_size, piece, size);
    hashed_size += size;
}

static void keep_entry(void *context, const struct ledger_entry *entry)
{
    (void)context;
    keep(entry, sizeof *entry);
}

void fixture_keep_entries(struct fixture *fixture)
{
    hashed_size = 0;
    core_tell_entries(fixture->exchange, keep_entry);
}

size_t fixture_expect_hashed(struct fixture *fixture)
{
    const size_t entries = hashed_size / sizeof(struct ledger_entry);
    XXH128_hash_t of_all, of_core;

    core_tell_entries(fixture->exchange, NULL);
    assert_int_equal(fixture->result.events, 0);
    for (size_t i = 0; i < fixture->result.notice_count; i++)
        keep(&fixture->result.notices[i], sizeof *fixture->result.notices);
    of_all = XXH3_128bits(hashed, hashed_size);
    of_core = core_outcome(fixture->exchange);
    assert_true(of_all.low64 == of_core.low64 && of_all.high64 == of_core.high64);
    return entries;
}

const struct report *fixture_report(const struct fixture *fixture, uint32_t user, unsigned n)
{
    for (size_t i = 0; i < fixture->result.report_count; i++)
        if (fixture->result.reports[i].user == user && n-- == 0)
            return &fixture->result.reports[i];
    return NULL;
}

const struct report *fixture_find(const struct fixture *fixture, uint32_t user, enum report_kind kind)
{
    for (size_t i = fixture->result.report_count; i-- > 0;)
        if (fixture->result.reports[i].user == user && fixture->result.reports[i].kind == kind)
            return &fixture->result.reports[i];
    return NULL;
}

void fixture_expect(const struct fixture *fixture, uint32_t user, unsigned n, enum report_kind kind, enum reason reason,
                    enum order_status status)
{
    const struct report *report = fixture_report(fixture, user, n);

    assert_non_null(report);
    if (report->kind != kind || report->reason != reason || report->status != status)
        fail_msg("report %u to user %u: kind %u, reason %s, status %u, not %u, %s, %u", n, user, report->kind,
                 reason_name(report->reason), report->status, kind, reason_name(reason), status);
}

const struct order *fixture_find_order(const struct fixture *fixture, uint32_t user, uint32_t reference)
{
    const uint32_t row = book_find_order(fixture->state, user, reference);

    return row ? order_row(fixture->state, row) : NULL;
}

int64_t fixture_position(const struct fixture *fixture, uint32_t user, uint32_t market)
{
    const uint32_t row = state_find_position(fixture->state, fixture_subaccount(user), market);

    return row ? state_position(fixture->state, row)->quantity : 0;
}

int64_t fixture_balance(const struct fixture *fixture, uint32_t user, uint32_t asset)
{
    const uint32_t row = state_find_balance(fixture->state, fixture_subaccount(user), asset);

    return row ? state_balance(fixture->state, row)->amount : 0;
}
