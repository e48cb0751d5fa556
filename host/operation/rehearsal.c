#include "rehearsal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_diff.h"
#include "exchange.h"
#include "memory.h"
#include "reason.h"
#include "sector.h"

enum {
    ROWS = 1024,  /* of every table */
    ORDERS = 1024, /* on its card */
    TRADERS = 2,  /* each an account with many users, one after the other: a user's numbers of orders run out */
    USERS = LIMIT_USERS_PER_ACCOUNT,
    STEPS = REHEARSAL_CYCLE / 2, /* in a market of each kind */
    STEP_NS = 1000, /* of its own time, between batches */
};
#define START_NS (UINT64_C(1764150000) * 1000000000) /* any time will do */
#define MONEY (LIMIT_BALANCE_UNITS / 10000) /* a step moves a lot: this outlasts every node */

enum action { PLACE, TAKE, MOVE, CANCEL };

/* What one trader does: an order so many ticks from the mark that stays (PLACE) or not (TAKE); its last order is moved
 * there or cancelled. */
static const struct step {
    uint8_t trader, action, side;
    int8_t ticks;
    uint8_t lots;
} steps[STEPS] = {
    { 0, PLACE, CARD_SIDE_SELL, 1, 1 }, { 0, PLACE, CARD_SIDE_SELL, 2, 1 }, /* two levels, */
    { 1, TAKE, CARD_SIDE_BUY, 2, 3 },                                       /* more than both */
    { 1, PLACE, CARD_SIDE_SELL, 1, 2 },                                     /* an order, */
    { 0, TAKE, CARD_SIDE_BUY, 1, 1 }, { 0, TAKE, CARD_SIDE_BUY, 1, 1 },     /* filled by two: positions are as before */
    { 0, PLACE, CARD_SIDE_BUY, -1, 1 }, { 0, MOVE, CARD_SIDE_BUY, -2, 1 }, { 0, CANCEL, CARD_SIDE_BUY, 0, 0 },
};

struct rehearsal {
    struct config config;
    struct device *device;
    struct exchange *exchange;
    uint64_t time_ns;
    uint32_t references, last[TRADERS]; /* number of each one's last order */
    uint32_t user;                    /* of each one's users, from 0 */
    uint32_t market[2], price[2];     /* the first of each kind: its row, its mark in whole ticks */
    uint32_t at;                      /* place in the cycle */
    struct config_inputs inputs;
    uint8_t chain[SECTOR_CHAIN];
    struct sector *sectors;           /* what a journal would write */
};

/* Runs what is in `inputs`; the reason where anything is refused, NULL where nothing is. */
static const char *rehearsal_batch(struct rehearsal *rehearsal)
{
    const struct exchange_batch batch = {
        .number = exchange_state(rehearsal->exchange)->t->batch + 1, .time_ns = rehearsal->time_ns += STEP_NS,
        .inputs = rehearsal->inputs.bytes, .size = rehearsal->inputs.size, .count = rehearsal->inputs.count,
    };
    struct exchange_result result;

    if (exchange_run(rehearsal->exchange, &batch, &result) != EXCHANGE_OK)
        return exchange_message(rehearsal->exchange);
    config_inputs_clear(&rehearsal->inputs);
    for (size_t i = 0; i < result.report_count; i++) {
        const struct report *report = &result.reports[i];

        if (report->kind == REPORT_REJECTED || report->kind == REPORT_CANCEL_REJECTED ||
            (report->kind == REPORT_ANSWER && report->reason != REASON_NONE))
            return reason_name(report->reason);
    }
    return NULL;
}

/* A journal's work on a batch but for the write itself. */
static void rehearsal_seal(struct rehearsal *rehearsal)
{
    const struct config_inputs *inputs = &rehearsal->inputs;
    struct sector_record record = { .mark = SECTOR_RECORD_MARK, .bytes = (uint32_t)inputs->size };
    const struct sector_write write = { .number = 1, .size = sizeof record + inputs->size, .segment = 1 };

    sector_chain(rehearsal->chain, &record, sizeof record, inputs->bytes, inputs->size);
    sector_put(rehearsal->sectors, 0, &record, sizeof record);
    sector_put(rehearsal->sectors, sizeof record, inputs->bytes, inputs->size);
    sector_seal(rehearsal->sectors, &write, 0, 1);
}

/* Of the next step. */
static void rehearsal_input(struct rehearsal *rehearsal)
{
    const unsigned kind = rehearsal->at >= STEPS;
    const struct step *step = &steps[rehearsal->at % STEPS];
    const uint32_t price = rehearsal->price[kind] + (uint32_t)(int32_t)step->ticks;
    const uint32_t last = rehearsal->last[step->trader];
    const struct input_header header = { .user = 1 + step->trader * USERS + rehearsal->user,
                                         .subaccount = SYSTEM_SUBACCOUNTS + step->trader,
                                         .reference = step->action == CANCEL ? last : last + 1 };
    union {
        struct input_header header;
        struct input_order_new new;
        struct input_order_replace replace;
        struct input_order_cancel cancel;
    } input;

    memset(&input, 0, sizeof input);
    input.header = header;
    if (step->action == CANCEL) {
        input.header.kind = INPUT_ORDER_CANCEL;
        input.header.size = sizeof input.cancel;
    } else if (step->action == MOVE) {
        input.header.kind = INPUT_ORDER_REPLACE;
        input.header.size = sizeof input.replace;
        input.replace.existing = last;
        input.replace.price = price;
        input.replace.quantity = step->lots;
    } else {
        input.header.kind = INPUT_ORDER_NEW;
        input.header.size = sizeof input.new;
        input.new.market = (uint16_t)rehearsal->market[kind];
        input.new.side = step->side;
        input.new.tif = step->action == TAKE ? CARD_TIF_IOC : CARD_TIF_GTC;
        input.new.price = price;
        input.new.quantity = step->lots;
    }
    rehearsal->last[step->trader] = header.reference;
    config_inputs_add(&rehearsal->inputs, &input.header);
}

static const char *rehearsal_step(struct rehearsal *rehearsal)
{
    rehearsal_input(rehearsal);
    rehearsal->at = (rehearsal->at + 1) % REHEARSAL_CYCLE;
    rehearsal_seal(rehearsal);
    return rehearsal_batch(rehearsal);
}

/* --- beginning and end --- */

static void rehearsal_add_trader(struct rehearsal *rehearsal, uint32_t trader)
{
    struct config_inputs *inputs = &rehearsal->inputs;
    struct input_account_create account = { .header = { .kind = INPUT_ACCOUNT_CREATE, .size = sizeof account } };
    struct input_subaccount_create subaccount = { .header = { .kind = INPUT_SUBACCOUNT_CREATE,
                                                              .size = sizeof subaccount },
                                                  .account = SYSTEM_ACCOUNT + 1 + trader, .name = "main" };
    struct input_user_set set = { .header = { .kind = INPUT_USER_SET, .size = sizeof set },
                                  .account = subaccount.account, .flags = USER_TRADE };

    account.name[0] = set.name[0] = (uint8_t)('a' + trader);
    config_inputs_add(inputs, &account.header);
    config_inputs_add(inputs, &subaccount.header);
    for (uint32_t user = 0; user < USERS; user++) {
        set.name[1] = (uint8_t)('0' + user / 8);
        set.name[2] = (uint8_t)('0' + user % 8);
        config_inputs_add(inputs, &set.header);
    }
    for (size_t asset = 0; asset < rehearsal->config.asset_count; asset++) {
        struct input_deposit deposit = { .header = { .kind = INPUT_DEPOSIT, .size = sizeof deposit,
                                                     .subaccount = SYSTEM_SUBACCOUNTS + trader },
                                         .asset = (uint16_t)(asset + 1), .amount = MONEY };

        memcpy(deposit.id, (uint32_t[]){ trader + 1, (uint32_t)asset }, 8); /* unique */
        config_inputs_add(inputs, &deposit.header);
    }
}

/* As a node's first start does it; then the traders. */
static const char *rehearsal_fill(struct rehearsal *rehearsal)
{
    const struct state *state = exchange_state(rehearsal->exchange);
    struct config_inputs *inputs = &rehearsal->inputs;
    const char *refused;

    for (config_diff(&rehearsal->config, state, 0, inputs); inputs->count > 0;
         config_diff(&rehearsal->config, state, 0, inputs)) {
        refused = rehearsal_batch(rehearsal);
        if (refused)
            return refused;
    }
    config_first_prices(&rehearsal->config, state, inputs);
    for (uint32_t trader = 0; trader < TRADERS; trader++)
        rehearsal_add_trader(rehearsal, trader);
    return rehearsal_batch(rehearsal);
}

static const char *rehearsal_begin(struct rehearsal *rehearsal)
{
    const struct exchange_options options = {
        .device = rehearsal->device,
        .sizes = { .subaccounts = ROWS, .accounts = ROWS, .users = ROWS, .balances = ROWS, .positions = ROWS,
                   .orders = ROWS, .slots = ORDERS, .transfers = ROWS, .jobs = ROWS },
    };
    const char *refused;

    exchange_destroy(rehearsal->exchange);
    rehearsal->exchange = exchange_create(&options);
    rehearsal->time_ns = START_NS;
    rehearsal->at = rehearsal->user = 0;
    memset(rehearsal->last, 0, sizeof rehearsal->last);
    if (exchange_attach(rehearsal->exchange) != EXCHANGE_OK)
        return exchange_message(rehearsal->exchange);
    refused = rehearsal_fill(rehearsal);
    for (uint32_t i = 0; i < REHEARSAL_CYCLE && refused == NULL; i++)
        refused = rehearsal_step(rehearsal);
    return refused;
}

static bool rehearsal_prepare(struct rehearsal *rehearsal, char *error, size_t error_size)
{
    struct config *config = &rehearsal->config;
    struct problems problems = { 0 };
    const struct device_options options = { .backend = "model", .orders = ORDERS };
    const char *refused;

    if (!config_load_text(config, "rehearsal", config_default(), &problems)) {
        snprintf(error, error_size, "%s", problems.text[0]);
        return false;
    }
    for (size_t i = 0; i < config->asset_count; i++)
        config->assets[i].set.collateral_max = 0; /* these users have more than any cap */
    for (size_t i = config->market_count; i-- > 0;) {
        const unsigned kind = config->markets[i].set.kind == MARKET_SPOT;

        config->markets[i].set.slot_quota = (uint32_t)(ORDERS / config->market_count);
        rehearsal->market[kind] = (uint32_t)(i + 1);
        rehearsal->price[kind] = (uint32_t)(config->markets[i].price / CARD_FIXED_ONE);
    }
    if (device_open(&rehearsal->device, &options, error, error_size) != DEVICE_OK)
        return false;
    refused = rehearsal_begin(rehearsal);
    if (refused)
        snprintf(error, error_size, "%s", refused);
    return refused == NULL;
}

struct rehearsal *rehearsal_create(uint32_t references, char *error, size_t error_size)
{
    struct rehearsal *rehearsal = memory_reserve(1, sizeof *rehearsal);

    rehearsal->references = references ? references : REHEARSAL_REFERENCES;
    rehearsal->sectors = memory_reserve(SECTOR_BLOCK, sizeof *rehearsal->sectors);
    if (rehearsal_prepare(rehearsal, error, error_size))
        return rehearsal;
    rehearsal_destroy(rehearsal);
    return NULL;
}

void rehearsal_destroy(struct rehearsal *rehearsal)
{
    if (rehearsal == NULL)
        return;
    exchange_destroy(rehearsal->exchange);
    if (rehearsal->device)
        device_close(rehearsal->device);
    config_inputs_free(&rehearsal->inputs);
    config_free(&rehearsal->config);
    free(rehearsal->sectors);
    free(rehearsal);
}

/* Another user, whose numbers are all there yet; behind the last one another exchange. */
static const char *rehearsal_renew(struct rehearsal *rehearsal)
{
    if (++rehearsal->user == USERS)
        return rehearsal_begin(rehearsal);
    memset(rehearsal->last, 0, sizeof rehearsal->last);
    return NULL;
}

bool rehearsal_turn(struct rehearsal *rehearsal)
{
    if (rehearsal->at == 0 && rehearsal->last[0] >= rehearsal->references && rehearsal_renew(rehearsal) != NULL)
        return false;
    return rehearsal_step(rehearsal) == NULL;
}

const struct state *rehearsal_state(const struct rehearsal *rehearsal)
{
    return exchange_state(rehearsal->exchange);
}
