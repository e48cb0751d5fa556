#include "scenario_world.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit_run.h"
#include "check.h"
#include "memory.h"

enum { LOOP_ENTRIES = 64, WAIT_NS = 1000000, ANSWER_BATCHES = 100000, SLOTS = 32768, MARKETS = 32, TICK_BITS = 17 };

/* What every scenario has room for: far more than it needs, and little enough to be made in a moment. */
static const struct state_sizes world_sizes = { .subaccounts = 4096, .accounts = 4096, .users = 4096,
                                                .balances = 32768, .positions = 32768, .orders = 65536,
                                                .slots = SLOTS, .transfers = 65536, .jobs = 1024 };

void world_fail(struct world *world, const char *format, ...)
{
    va_list arguments;

    if (world->failed)
        return;
    world->failed = true;
    va_start(arguments, format);
    vsnprintf(world->error, sizeof world->error, format, arguments);
    va_end(arguments);
}

static const struct state_sizes *world_room(const struct world *world)
{
    return world->options.sizes ? world->options.sizes : &world_sizes;
}

/* --- making it --- */

static void world_make_directory(struct world *world)
{
    const char *parent = getenv("TMPDIR");

    if (world->options.directory == NULL) {
        world->own_directory = scratch_directory_make(parent ? parent : "/tmp", world->directory, world->error,
                                                      sizeof world->error);
        world->failed = !world->own_directory;
        return;
    }
    if (strlen(world->options.directory) >= sizeof world->directory) {
        world_fail(world, "%s: the path is too long", world->options.directory);
        return;
    }
    strcpy(world->directory, world->options.directory);
    if (mkdir(world->directory, 0700) != 0 && errno != EEXIST)
        world_fail(world, "%s: %s", world->directory, strerror(errno));
}

static void world_open_journal(struct world *world)
{
    const struct journal_options options = { .directory = world->directory, .create = true };

    if (loop_create(&world->loop, LOOP_ENTRIES, world->error, sizeof world->error) != 0) {
        world->failed = true;
        return;
    }
    world->loop_open = true;
    if (journal_open(&world->journal, &world->loop, &options, world->error, sizeof world->error) != JOURNAL_OK)
        world->failed = true;
    else if (journal_last(world->journal) != 0)
        world_fail(world, "%s: there is a journal already, and a scenario begins with none", world->directory);
}

static void world_open_exchange(struct world *world)
{
    const struct device_options device = { .backend = world->options.engine,
                                           .markets = world->options.markets ? world->options.markets : MARKETS,
                                           .orders = world_room(world)->slots, .tick_bits = TICK_BITS };
    struct exchange_options options = { .sizes = *world_room(world), .recount = world->options.recount,
                                        .entry = world->options.entry, .context = world->options.context };

    if (device_open(&world->device, &device, world->error, sizeof world->error) != DEVICE_OK) {
        world->failed = true;
        return;
    }
    options.device = world->device;
    world->exchange = exchange_create(&options);
    world->state = exchange_state(world->exchange);
    if (exchange_attach(world->exchange) != EXCHANGE_OK)
        world_fail(world, "%s", exchange_message(world->exchange));
}

/* As a node begins its journal. */
static void world_begin(struct world *world)
{
    const struct state_sizes *sizes = world_room(world);
    const struct input_restart restart = {
        .header = { .kind = INPUT_RESTART }, .rules = STATE_RULES, .subaccounts = sizes->subaccounts,
        .accounts = sizes->accounts, .users = sizes->users, .balances = sizes->balances,
        .positions = sizes->positions, .orders = sizes->orders, .slots = sizes->slots,
        .transfers = sizes->transfers, .jobs = sizes->jobs, .salt = UINT64_C(0x76697472696e65) };

    world_set(world, &restart, sizeof restart);
}

struct world *world_open(const struct world_options *options)
{
    struct world *world = memory_reserve(1, sizeof *world);

    world->options = *options;
    world->time_ns = options->start_ns;
    world_make_directory(world);
    if (!world->failed)
        world_open_journal(world);
    if (!world->failed)
        world_open_exchange(world);
    world_begin(world);
    return world;
}

void world_close(struct world *world)
{
    if (world == NULL)
        return;
    exchange_destroy(world->exchange);
    device_close(world->device);
    if (world->journal)
        journal_close(world->journal);
    if (world->loop_open)
        loop_destroy(&world->loop);
    if (world->own_directory)
        scratch_directory_remove(world->directory);
    free(world);
}

/* --- batches --- */

static void world_write(struct world *world, const struct exchange_batch *batch)
{
    const struct journal_batch record = { .number = batch->number, .time_ns = batch->time_ns, .count = batch->count,
                                          .size = (uint32_t)batch->size, .outcome_batch = batch->number - 1 };
    struct journal_batch whole = record;

    memcpy(whole.outcome_hash, world->hash, sizeof whole.outcome_hash);
    while (!journal_room(world->journal, batch->size) && journal_status(world->journal) == JOURNAL_OK)
        loop_run(&world->loop, WAIT_NS);
    if (journal_status(world->journal) != JOURNAL_OK) {
        world_fail(world, "%s", journal_message(world->journal));
        return;
    }
    journal_append(world->journal, &whole, batch->inputs);
    loop_run(&world->loop, 0);
}

static void world_take_report(struct world *world, const struct report *report)
{
    if (report->user == TABLE_NONE && report->kind == REPORT_ANSWER && report->reference == world->waits_for &&
        world->waits_for != 0 && report->reason != REASON_DEFERRED) {
        world->answered = true;
        world->answer = (enum reason)report->reason;
        world->made = report->order;
    }
    world->refused += report->kind == REPORT_REJECTED ||
                      (report->kind == REPORT_ANSWER && report->reason != REASON_NONE &&
                       report->reason != REASON_DEFERRED);
    if (world->options.report)
        world->options.report(world->options.context, report);
}

static bool world_run_one(struct world *world)
{
    const struct exchange_batch batch = { .number = world->state->t->batch + 1, .time_ns = world->time_ns,
                                          .inputs = world->bytes, .size = world->size, .count = world->count };
    struct exchange_result result;

    world_write(world, &batch);
    if (world->failed)
        return false;
    if (exchange_run(world->exchange, &batch, &result) != EXCHANGE_OK) {
        world_fail(world, "batch %" PRIu64 ": %s", batch.number, exchange_message(world->exchange));
        return false;
    }
    world->batches++;
    world->inputs += world->count;
    world->size = world->count = 0;
    memcpy(world->hash, result.hash, sizeof world->hash);
    for (size_t i = 0; i < result.report_count; i++)
        world_take_report(world, &result.reports[i]);
    for (size_t i = 0; i < result.notice_count && world->options.notice; i++)
        world->options.notice(world->options.context, &result.notices[i]);
    return result.more;
}

void world_run(struct world *world)
{
    bool more = true;

    while (more && !world->failed)
        more = world_run_one(world);
}

void world_pass(struct world *world, uint64_t until_ns)
{
    uint64_t next;

    check(until_ns >= world->time_ns);
    if (world->count)
        world_run(world);
    while (!world->failed && (next = exchange_deadline_ns(world->exchange)) < until_ns) {
        world->time_ns = next > world->time_ns ? next : world->time_ns;
        world_run(world);
    }
    world->time_ns = until_ns;
}

void world_advance(struct world *world, uint64_t until_ns)
{
    world_pass(world, until_ns);
    world_run(world);
}

/* --- inputs --- */

void *world_add(struct world *world, const void *record, uint16_t size)
{
    struct input_header *input;

    if (world->count == LIMIT_BATCH_INPUTS || world->size + size > sizeof world->bytes)
        world_run(world);
    if (world->failed)
        world->size = world->count = 0; /* what is added goes nowhere */
    input = (void *)(world->bytes + world->size);
    memcpy(input, record, size);
    input->size = size;
    if (input->user == TABLE_NONE)
        input->reference = ++world->ticket;
    world->size += size;
    world->count++;
    return input;
}

enum reason world_ask(struct world *world, const void *record, uint16_t size, uint64_t *made)
{
    if (world->count)
        world_run(world);
    world_add(world, record, size);
    world->waits_for = world->ticket;
    world->answered = false;
    world_run(world);
    for (unsigned i = 0; i < ANSWER_BATCHES && !world->answered && !world->failed; i++)
        world_advance(world, world->time_ns + NS_A_SECOND / 10);
    world->waits_for = 0;
    if (!world->answered)
        world_fail(world, "an input of kind %u got no answer", ((const struct input_header *)record)->kind);
    if (made)
        *made = world->made;
    return world->answer;
}

uint32_t world_set(struct world *world, const void *record, uint16_t size)
{
    uint64_t made = 0;
    enum reason reason;

    if (world->failed)
        return TABLE_NONE;
    reason = world_ask(world, record, size, &made);
    if (!world->failed && reason != REASON_NONE)
        world_fail(world, "batch %" PRIu64 ": an input of kind %u was refused: %s", world->state->t->batch,
                   ((const struct input_header *)record)->kind, reason_name(reason));
    return world->failed ? TABLE_NONE : (uint32_t)made;
}

/* --- things, people, money --- */

uint32_t world_set_asset(struct world *world, const struct input_asset_set *asset)
{
    struct input_asset_set record = *asset;

    record.header.kind = INPUT_ASSET_SET;
    return world_set(world, &record, sizeof record);
}

uint32_t world_set_market(struct world *world, const struct input_market_set *market)
{
    struct input_market_set record = *market;

    record.header.kind = INPUT_MARKET_SET;
    return world_set(world, &record, sizeof record);
}

uint32_t world_add_subaccount(struct world *world, uint32_t account, const char *name, uint32_t flags)
{
    struct input_subaccount_create record = { .header = { .kind = INPUT_SUBACCOUNT_CREATE }, .account = account,
                                              .flags = flags };

    check(strlen(name) < sizeof record.name);
    memcpy(record.name, name, strlen(name));
    return world_set(world, &record, sizeof record);
}

struct world_client world_add_client(struct world *world, const char *name, uint32_t flags)
{
    struct input_account_create account = { .header = { .kind = INPUT_ACCOUNT_CREATE } };
    struct input_user_set user = { .header = { .kind = INPUT_USER_SET }, .flags = USER_TRADE };
    struct world_client client;
    char user_name[8] = "";

    check(strlen(name) < sizeof account.name);
    memcpy(account.name, name, strlen(name));
    client.account = user.account = world_set(world, &account, sizeof account);
    client.subaccount = world_add_subaccount(world, client.account, "main", flags);
    snprintf(user_name, sizeof user_name, "u%05u", client.account % 100000);
    memcpy(user.name, user_name, sizeof user.name);
    client.user = world_set(world, &user, sizeof user);
    return client;
}

void world_deposit(struct world *world, uint32_t subaccount, uint32_t asset, int64_t units)
{
    struct input_deposit record = { .header = { .kind = INPUT_DEPOSIT, .subaccount = subaccount },
                                    .asset = (uint16_t)asset, .amount = units };

    snprintf((char *)record.id, sizeof record.id, "deposit-%u", ++world->deposits % 10000000);
    world_set(world, &record, sizeof record);
}

enum reason world_lend(struct world *world, uint32_t subaccount, uint32_t asset, uint8_t step, int64_t units)
{
    const struct input_lend record = { .header = { .kind = INPUT_LEND, .subaccount = subaccount },
                                       .asset = (uint16_t)asset, .step = step, .amount = units };

    return world->failed ? REASON_NONE : world_ask(world, &record, sizeof record, NULL);
}

/* --- orders and prices --- */

struct input_order_new *world_order(struct world *world, const struct world_client *client, uint32_t market,
                                    uint8_t side, uint32_t price, int64_t lots)
{
    const struct input_order_new record = {
        .header = { .kind = INPUT_ORDER_NEW, .user = client->user, .subaccount = client->subaccount,
                    .reference = ++world->reference[client->user] },
        .market = (uint16_t)market, .side = side, .price = price, .quantity = lots };

    return world_add(world, &record, sizeof record);
}

void world_cancel_all(struct world *world, uint32_t subaccount, uint32_t market)
{
    const struct input_mass_cancel record = { .header = { .kind = INPUT_MASS_CANCEL, .subaccount = subaccount },
                                              .market = (uint16_t)market,
                                              .scope = market ? INPUT_MASS_MARKET : INPUT_MASS_ALL };

    world_add(world, &record, sizeof record);
}

void world_index(struct world *world, uint32_t asset, uint64_t price)
{
    const struct input_index record = { .header = { .kind = INPUT_INDEX }, .asset = (uint16_t)asset, .price = price };

    world_add(world, &record, sizeof record);
}

void world_marks(struct world *world, uint32_t market, uint64_t fixed)
{
    const struct input_marks record = {
        .header = { .kind = INPUT_MARKS }, .market = (uint16_t)market,
        .present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_MARK_MASK |
                   CARD_PRESENT_FAST_MEAN_MARK_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK,
        .mark = fixed, .index = fixed, .mean_mark = fixed, .fast_mean_mark = fixed };

    world_add(world, &record, sizeof record);
}

void world_quote(struct world *world, uint32_t asset, uint8_t venue, uint64_t bid, uint64_t ask, uint64_t last)
{
    const struct input_quote record = { .header = { .kind = INPUT_QUOTE }, .asset = (uint16_t)asset, .venue = venue,
                                        .bid = bid, .ask = ask, .last = last };

    world_add(world, &record, sizeof record);
}

/* --- what is there --- */

static const struct balance *world_balance(const struct world *world, uint32_t subaccount, uint32_t asset)
{
    const uint32_t row = world->failed ? TABLE_NONE : state_find_balance(world->state, subaccount, asset);

    return row != TABLE_NONE ? state_balance(world->state, row) : NULL;
}

int64_t world_held(const struct world *world, uint32_t subaccount, uint32_t asset)
{
    const struct balance *balance = world_balance(world, subaccount, asset);

    return balance ? balance->amount : 0;
}

int64_t world_apart(const struct world *world, uint32_t subaccount, uint32_t asset)
{
    const struct balance *balance = world_balance(world, subaccount, asset);

    return balance ? state_balance_detail_of(world->state, balance)->apart : 0;
}

int64_t world_lots(const struct world *world, uint32_t subaccount, uint32_t market)
{
    const uint32_t row = world->failed ? TABLE_NONE : state_find_position(world->state, subaccount, market);

    return row != TABLE_NONE ? state_position(world->state, row)->quantity : 0;
}

void world_hash_text(const uint8_t hash[32], char text[65])
{
    for (size_t i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

/* --- again, on another card --- */

void world_finish(struct world *world)
{
    if (world->count)
        world_run(world);
    while (!world->failed && journal_durable(world->journal) < journal_last(world->journal)) {
        loop_run(&world->loop, WAIT_NS);
        if (journal_status(world->journal) != JOURNAL_OK)
            world_fail(world, "%s", journal_message(world->journal));
    }
    if (!world->failed && exchange_recount(world->exchange) != EXCHANGE_OK)
        world_fail(world, "%s", exchange_message(world->exchange));
}

bool world_replay(struct world *world, const char *engine, uint8_t hash[32])
{
    struct audit_plan plan = { .directory = world->directory, .backend = engine, .from_start = true };
    struct audit_result result = { .status = AUDIT_FAULT };
    char error[400] = "";

    world_finish(world);
    if (world->failed)
        return false;
    if (audit_plan_make(&plan, 1, error, sizeof error))
        audit_run_interval(&plan, 0, &result);
    else
        snprintf(result.message, sizeof result.message, "%s", error);
    audit_plan_free(&plan);
    memcpy(hash, result.hash, sizeof result.hash);
    if (result.status == AUDIT_OK && result.batches == world->batches && memcmp(hash, world->hash, 32) == 0)
        return true;
    if (result.status == AUDIT_FAULT)
        world_fail(world, "run again on %s: %s", engine, result.message);
    else
        snprintf(world->error, sizeof world->error, "run again on %s: %s", engine,
                 result.status == AUDIT_FAILED ? result.message : "the last batch came out differently");
    return false;
}
