#include "config_diff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_names.h"
#include "memory.h"
#include "units.h"

void config_inputs_add(struct config_inputs *inputs, const struct input_header *input)
{
    if (inputs->count == LIMIT_BATCH_INPUTS || inputs->size + input->size > LIMIT_BATCH_BYTES) {
        inputs->more = true;
        return;
    }
    memory_grow((void **)&inputs->bytes, &inputs->room, inputs->size + input->size, 1);
    memcpy(inputs->bytes + inputs->size, input, input->size);
    inputs->size += input->size;
    inputs->count++;
}

void config_inputs_clear(struct config_inputs *inputs)
{
    inputs->size = 0;
    inputs->count = 0;
    inputs->more = false;
}

void config_inputs_free(struct config_inputs *inputs)
{
    free(inputs->bytes);
    *inputs = (struct config_inputs){ .bytes = NULL };
}

/* What an asset's row says, as the input that would set it. */
static struct input_asset_set asset_as_set(const struct asset *asset)
{
    struct input_asset_set set = {
        .header = { .kind = INPUT_ASSET_SET, .size = sizeof set },
        .decimals = asset->decimals, .haircut = asset->haircut, .flags = asset->flags, .weight = asset->weight,
        .base = asset->base, .penalty = asset->penalty, .borrow_imf = asset->borrow_imf,
        .borrow_mmf = asset->borrow_mmf, .withdraw_min = asset->withdraw_min,
    };

    memcpy(set.symbol, asset->symbol, sizeof set.symbol);
    return set;
}

static struct input_market_set market_as_set(const struct market *market)
{
    struct input_market_set set = {
        .header = { .kind = INPUT_MARKET_SET, .size = sizeof set },
        .kind = market->kind, .bands = market->bands, .window_log2 = market->window_log2,
        .speed_bump = market->speed_bump, .base_asset = market->base_asset, .quote_asset = market->quote_asset,
        .lot_units = market->lot_units, .tick_lot_units = market->tick_lot_units, .maker_fee = market->maker_fee,
        .taker_fee = market->taker_fee, .limit_min = market->limit_min, .limit_max = market->limit_max,
        .impact_min = market->impact_min, .impact_max = market->impact_max, .mean_min = market->mean_min,
        .mean_max = market->mean_max, .tolerance = market->tolerance, .slot_quota = market->slot_quota,
        .window_step = market->window_step, .quantity_min = market->quantity_min,
        .quantity_max = market->quantity_max, .position_max = market->position_max,
        .interest_max = market->interest_max, .imf = market->imf, .mmf = market->mmf,
    };

    memcpy(set.symbol, market->symbol, sizeof set.symbol);
    return set;
}

static struct input_user_set user_as_set(const struct user *user)
{
    struct input_user_set set = {
        .header = { .kind = INPUT_USER_SET, .size = sizeof set },
        .account = user->account, .flags = user->flags, .rate = user->rate,
    };

    memcpy(set.name, user->name, sizeof set.name);
    memcpy(set.key, user->key, sizeof set.key);
    return set;
}

static void diff_assets(const struct config *config, const struct state *state, struct config_inputs *inputs)
{
    for (size_t i = 0; i < config->asset_count; i++) {
        const struct input_asset_set *set = &config->assets[i].set;
        uint32_t row = state_find_asset(state, set->symbol);
        struct input_asset_set now;

        if (row) {
            now = asset_as_set(state_asset(state, row));
            if (memcmp(&now, set, sizeof now) == 0)
                continue;
        }
        config_inputs_add(inputs, &set->header);
    }
}

static void diff_markets(const struct config *config, const struct state *state, struct config_inputs *inputs)
{
    for (size_t i = 0; i < config->market_count; i++) {
        const struct config_market *market = &config->markets[i];
        struct input_market_set set = market->set, now;
        uint32_t row = state_find_market(state, set.symbol);

        set.base_asset = (uint16_t)state_find_asset(state, config->assets[market->base].set.symbol);
        set.quote_asset = (uint16_t)state_find_asset(state, config->assets[market->quote].set.symbol);
        if (set.base_asset == 0 || set.quote_asset == 0) {
            inputs->more = true;
            continue;
        }
        if (row) {
            now = market_as_set(state_market(state, row));
            if (memcmp(&now, &set, sizeof now) == 0)
                continue;
        }
        config_inputs_add(inputs, &set.header);
    }
}

static bool account_has(const struct state *state, uint32_t account, const uint8_t name[24])
{
    for (uint32_t row = state_account(state, account)->subaccounts; row; row = state_subaccount(state, row)->next)
        if (memcmp(state_subaccount(state, row)->name, name, 24) == 0)
            return true;
    return false;
}

static void diff_accounts(const struct config *config, const struct state *state, struct config_inputs *inputs)
{
    for (size_t i = 0; i < config->account_count; i++) {
        const struct input_account_create *create = &config->accounts[i].set;
        uint32_t row = state_find_account(state, create->name);
        struct input_account_set set = { .header = { .kind = INPUT_ACCOUNT_SET, .size = sizeof set }, .account = row,
                                         .leverage = create->leverage };

        if (row == 0) {
            config_inputs_add(inputs, &create->header);
        } else if (state_account(state, row)->leverage != create->leverage) {
            set.flags = state_account(state, row)->flags;
            config_inputs_add(inputs, &set.header);
        }
    }
    for (size_t i = 0; i < config->subaccount_count; i++) {
        struct input_subaccount_create set = config->subaccounts[i].set;

        set.account = state_find_account(state, config->accounts[config->subaccounts[i].account].set.name);
        if (set.account == 0)
            inputs->more = true;
        else if (!account_has(state, set.account, set.name))
            config_inputs_add(inputs, &set.header);
    }
}

static void diff_users(const struct config *config, const struct state *state, struct config_inputs *inputs)
{
    for (size_t i = 0; i < config->user_count; i++) {
        struct input_user_set set = config->users[i].set, now;
        uint32_t row = state_find_user(state, set.name);

        set.account = state_find_account(state, config->accounts[config->users[i].account].set.name);
        if (set.account == 0) {
            inputs->more = true;
            continue;
        }
        if (row) {
            now = user_as_set(state_user(state, row));
            set.flags |= now.flags & USER_KILLED; /* the kill switch is not the file's */
            if (memcmp(&now, &set, sizeof now) == 0)
                continue;
        }
        config_inputs_add(inputs, &set.header);
    }
}

void config_diff(const struct config *config, const struct state *state, struct config_inputs *inputs)
{
    diff_assets(config, state, inputs);
    diff_markets(config, state, inputs);
    diff_accounts(config, state, inputs);
    diff_users(config, state, inputs);
}

void config_first_prices(const struct config *config, const struct state *state, struct config_inputs *inputs)
{
    for (size_t i = 0; i < config->asset_count; i++) {
        struct input_index index = { .header = { .kind = INPUT_INDEX, .size = sizeof index },
                                     .asset = (uint16_t)state_find_asset(state, config->assets[i].set.symbol),
                                     .price = config->assets[i].index };

        if (index.price && !(config->assets[i].set.flags & ASSET_SETTLEMENT))
            config_inputs_add(inputs, &index.header);
    }
    for (size_t i = 0; i < config->market_count; i++) {
        const struct config_market *market = &config->markets[i];
        uint16_t row = (uint16_t)state_find_market(state, market->set.symbol);
        struct input_marks marks = {
            .header = { .kind = INPUT_MARKS, .size = sizeof marks }, .market = row,
            .present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_MARK_MASK |
                       CARD_PRESENT_FAST_MEAN_MARK_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK,
            .mark = market->price, .index = market->price, .mean_mark = market->price,
            .fast_mean_mark = market->price,
        };
        struct input_market_state wanted = { .header = { .kind = INPUT_MARKET_STATE, .size = sizeof wanted },
                                             .market = row, .state = market->state };

        if (market->price)
            config_inputs_add(inputs, &marks.header);
        config_inputs_add(inputs, &wanted.header);
    }
}

/* --- for people --- */

struct description {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void description_add(struct description *description, const char *format,
                                                                  ...)
{
    va_list arguments;
    int written;

    if (description->used >= description->size)
        return;
    va_start(arguments, format);
    written = vsnprintf(description->text + description->used, description->size - description->used, format,
                        arguments);
    va_end(arguments);
    description->used += written > 0 ? (size_t)written : 0;
}

/* ", name OLD -> NEW" where they differ. */
static void description_value(struct description *description, const char *name, unsigned decimals, wide before,
                              wide after)
{
    char old[UNITS_TEXT_MAX], now[UNITS_TEXT_MAX];

    if (before == after)
        return;
    units_format(before, decimals, old, sizeof old);
    units_format(after, decimals, now, sizeof now);
    description_add(description, ", %s %s -> %s", name, old, now);
}

static void description_margin(struct description *description, const char *name, const struct margin_function *before,
                               const struct margin_function *after)
{
    char key[48];

    if (before->numerator != after->numerator || before->denominator != after->denominator)
        description_add(description, ", %s.base %u/%u -> %u/%u", name, before->numerator, before->denominator,
                        after->numerator, after->denominator);
    snprintf(key, sizeof key, "%s.factor", name);
    description_value(description, key, 9, (wide)before->factor, (wide)after->factor);
}

#define VALUE(key, decimals) description_value(description, #key, decimals, (wide)now.key, (wide)set->key)

static void describe_asset(struct description *description, const struct state *state,
                           const struct input_asset_set *set)
{
    uint32_t row = state_find_asset(state, set->symbol);
    struct input_asset_set now = { .header.kind = 0 };

    if (row)
        now = asset_as_set(state_asset(state, row));
    description_add(description, "%s asset %.16s", row ? "change" : "new", (const char *)set->symbol);
    VALUE(decimals, 0);
    VALUE(haircut, 0);
    VALUE(flags, 0);
    VALUE(weight, 6);
    VALUE(base, 6);
    VALUE(penalty, 9);
    VALUE(withdraw_min, set->decimals);
    description_margin(description, "borrow_imf", &now.borrow_imf, &set->borrow_imf);
    description_margin(description, "borrow_mmf", &now.borrow_mmf, &set->borrow_mmf);
}

static void describe_market(struct description *description, const struct state *state,
                            const struct input_market_set *set)
{
    uint32_t row = state_find_market(state, set->symbol);
    struct input_market_set now = { .header.kind = 0 };

    if (row)
        now = market_as_set(state_market(state, row));
    description_add(description, "%s market %.24s", row ? "change" : "new", (const char *)set->symbol);
    VALUE(kind, 0);
    VALUE(bands, 0);
    VALUE(window_log2, 0);
    VALUE(window_step, 0);
    VALUE(speed_bump, 0);
    VALUE(base_asset, 0);
    VALUE(quote_asset, 0);
    VALUE(lot_units, 0);
    VALUE(tick_lot_units, 0);
    VALUE(maker_fee, 2);
    VALUE(taker_fee, 2);
    VALUE(limit_min, 6);
    VALUE(limit_max, 6);
    VALUE(impact_min, 6);
    VALUE(impact_max, 6);
    VALUE(mean_min, 6);
    VALUE(mean_max, 6);
    VALUE(tolerance, 6);
    VALUE(slot_quota, 0);
    VALUE(quantity_min, 0);
    VALUE(quantity_max, 0);
    VALUE(position_max, 0);
    VALUE(interest_max, 0);
    description_margin(description, "imf", &now.imf, &set->imf);
    description_margin(description, "mmf", &now.mmf, &set->mmf);
}

static void describe_user(struct description *description, const struct state *state, const struct input_user_set *set)
{
    uint32_t row = state_find_user(state, set->name);
    struct input_user_set now = { .header.kind = 0 };
    char key[65];

    if (row)
        now = user_as_set(state_user(state, row));
    description_add(description, "%s user %.8s of account %.24s", row ? "change" : "new", (const char *)set->name,
                    (const char *)state_account(state, set->account)->name);
    VALUE(account, 0);
    VALUE(flags, 0);
    VALUE(rate, 0);
    if (memcmp(now.key, set->key, sizeof now.key) != 0) {
        name_write_hex(set->key, sizeof set->key, key);
        description_add(description, ", key -> %s", key);
    }
}

static void describe_account(struct description *description, const struct state *state,
                             const struct input_account_set *set)
{
    const struct account *row = state_account(state, set->account);
    struct input_account_set now = { .leverage = row->leverage, .flags = row->flags };

    description_add(description, "change account %.24s", (const char *)row->name);
    VALUE(leverage, 2);
    VALUE(flags, 0);
}

void config_describe(const struct state *state, const struct input_header *input, char *text, size_t size)
{
    struct description description = { text, size, 0 };
    const struct input_account_create *account = (const void *)input;
    const struct input_subaccount_create *subaccount = (const void *)input;

    text[0] = '\0';
    if (input->kind == INPUT_ASSET_SET)
        describe_asset(&description, state, (const void *)input);
    else if (input->kind == INPUT_MARKET_SET)
        describe_market(&description, state, (const void *)input);
    else if (input->kind == INPUT_USER_SET)
        describe_user(&description, state, (const void *)input);
    else if (input->kind == INPUT_ACCOUNT_SET)
        describe_account(&description, state, (const void *)input);
    else if (input->kind == INPUT_ACCOUNT_CREATE)
        description_add(&description, "new account %.24s", (const char *)account->name);
    else if (input->kind == INPUT_SUBACCOUNT_CREATE)
        description_add(&description, "new subaccount %.24s of account %.24s", (const char *)subaccount->name,
                        (const char *)state_account(state, subaccount->account)->name);
}
