#include "config_diff.h"

#include <stdlib.h>
#include <string.h>

#include "settings.h"
#include "memory.h"
#include "tighten.h"

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

/* --- notice --- */

#define NOTICE_MARGIN_NS (UINT64_C(60) * UINT64_C(1000000000)) /* until the input is sequenced */

struct diff {
    const struct config *config;
    const struct state *state;
    uint64_t now_ns;
    struct config_inputs *inputs;
};

/* Whether the same input (but for its ticket and its time) has been noted and waits. */
static bool diff_is_noted(const struct diff *diff, const struct input_header *input, size_t effective)
{
    uint8_t wanted[LIMIT_DEFERRED_BYTES], waits[LIMIT_DEFERRED_BYTES];
    uint32_t left = diff->state->t->deferred_count;

    memcpy(wanted, input, input->size);
    memset(wanted + effective, 0, sizeof(uint64_t));
    ((struct input_header *)(void *)wanted)->reference = 0;
    for (uint32_t row = 1; left > 0 && row <= LIMIT_DEFERRED; row++) {
        const struct deferred *deferred = table_row(&diff->state->deferred, row);
        const struct input_header *kept = (const void *)deferred->input;

        left -= kept->size != 0;
        if (kept->size != input->size || kept->kind != input->kind)
            continue;
        memcpy(waits, deferred->input, input->size);
        memset(waits + effective, 0, sizeof(uint64_t));
        ((struct input_header *)(void *)waits)->reference = 0;
        if (memcmp(waits, wanted, input->size) == 0)
            return true;
    }
    return false;
}

/* Adds a change of parameters; `effective`: where its record has the time it takes effect. */
static void diff_add(const struct diff *diff, struct input_header *input, size_t effective, bool tightens)
{
    const uint64_t notice_ns = diff->state->t->notice_seconds * UINT64_C(1000000000);
    const uint64_t due = diff->now_ns + notice_ns + NOTICE_MARGIN_NS;

    if (tightens && notice_ns) {
        if (diff_is_noted(diff, input, effective))
            return;
        memcpy((uint8_t *)input + effective, &due, sizeof due);
    }
    config_inputs_add(diff->inputs, input);
}

#define DIFF_ADD(diff, set, tightens)                                                                                \
    diff_add(diff, &(set)->header, offsetof(__typeof__(*(set)), effective_ns), tightens)

/* --- the venue and its things --- */

static void diff_venue(const struct diff *diff)
{
    struct input_venue_rules set = diff->config->venue.rules;
    const struct input_venue_rules now = settings_venue(diff->state);

    if (diff->config->venue.given && memcmp(&now, &set, sizeof now) != 0)
        DIFF_ADD(diff, &set, tighten_rules(diff->state->t, &set));
}

static void diff_liquidation(const struct diff *diff)
{
    struct input_liquidation_rules set = diff->config->liquidation;
    const struct input_liquidation_rules now = settings_liquidation(diff->state);

    if (memcmp(&now, &set, sizeof now) != 0)
        DIFF_ADD(diff, &set, tighten_liquidation(&diff->state->t->liquidation, &set));
}

static void diff_asset_money(const struct diff *diff, const struct config_asset *asset, uint16_t row)
{
    struct input_pricing_set pricing = asset->pricing, pricing_now = settings_pricing(diff->state, row);
    struct input_pool_set pool = asset->pool, pool_now = settings_pool(diff->state, row);

    pricing.asset = pool.asset = row;
    if (asset->has_pricing && memcmp(&pricing, &pricing_now, sizeof pricing) != 0)
        DIFF_ADD(diff, &pricing, tighten_pricing(state_pricing(diff->state, row), &pricing));
    for (unsigned i = 0; i < asset->venue_count; i++) {
        struct input_venue_set venue = asset->venues[i], venue_now = settings_source(diff->state, row, (uint8_t)i);

        venue.asset = row;
        if (memcmp(&venue, &venue_now, sizeof venue) != 0)
            config_inputs_add(diff->inputs, &venue.header);
    }
    if (asset->has_pool && (!state_pool(diff->state, row)->set || memcmp(&pool, &pool_now, sizeof pool) != 0))
        DIFF_ADD(diff, &pool, state_pool(diff->state, row)->set && tighten_pool(state_pool(diff->state, row), &pool));
}

static void diff_assets(const struct diff *diff)
{
    for (size_t i = 0; i < diff->config->asset_count; i++) {
        struct input_asset_set set = diff->config->assets[i].set;
        uint32_t row = state_find_asset(diff->state, set.symbol);
        struct input_asset_set now = set;

        if (row)
            now = settings_asset(state_asset(diff->state, row));
        if (row == 0 || memcmp(&now, &set, sizeof now) != 0)
            DIFF_ADD(diff, &set, row && tighten_asset(state_asset(diff->state, row), &set));
        if (row)
            diff_asset_money(diff, &diff->config->assets[i], (uint16_t)row);
        else
            diff->inputs->more = true;
    }
}

static void diff_markets(const struct diff *diff)
{
    for (size_t i = 0; i < diff->config->market_count; i++) {
        const struct config_market *market = &diff->config->markets[i];
        struct input_market_set set = market->set, now = set;
        uint32_t row = state_find_market(diff->state, set.symbol);

        set.base_asset = (uint16_t)state_find_asset(diff->state, diff->config->assets[market->base].set.symbol);
        set.quote_asset = (uint16_t)state_find_asset(diff->state, diff->config->assets[market->quote].set.symbol);
        if (set.base_asset == 0 || set.quote_asset == 0) {
            diff->inputs->more = true;
            continue;
        }
        if (row)
            now = settings_market(state_market(diff->state, row));
        if (row == 0 || memcmp(&now, &set, sizeof now) != 0)
            DIFF_ADD(diff, &set, row && tighten_market(state_market(diff->state, row), &set));
    }
}

/* --- people --- */

static void diff_subaccount(const struct diff *diff, const struct config_subaccount *subaccount)
{
    struct input_subaccount_create create = subaccount->set;
    struct input_subaccount_set set = { .header = { .kind = INPUT_SUBACCOUNT_SET, .size = sizeof set },
                                        .flags = create.flags };
    uint32_t row;

    create.account = state_find_account(diff->state, diff->config->accounts[subaccount->account].set.name);
    if (create.account == 0) {
        diff->inputs->more = true;
        return;
    }
    row = state_find_subaccount(diff->state, create.account, create.name);
    set.header.subaccount = row;
    memcpy(set.name, create.name, sizeof set.name);
    if (row == 0)
        config_inputs_add(diff->inputs, &create.header);
    else if ((state_subaccount(diff->state, row)->flags & SUBACCOUNT_FLAGS) != create.flags)
        config_inputs_add(diff->inputs, &set.header);
}

static void diff_accounts(const struct diff *diff)
{
    for (size_t i = 0; i < diff->config->account_count; i++) {
        const struct input_account_create *create = &diff->config->accounts[i].set;
        uint32_t row = state_find_account(diff->state, create->name);
        struct input_account_set set = { .header = { .kind = INPUT_ACCOUNT_SET, .size = sizeof set }, .account = row,
                                         .leverage = create->leverage, .jurisdiction = create->jurisdiction };

        if (row == 0) {
            config_inputs_add(diff->inputs, &create->header);
        } else if (state_account(diff->state, row)->leverage != create->leverage ||
                   state_account(diff->state, row)->jurisdiction != create->jurisdiction) {
            set.flags = state_account(diff->state, row)->flags;
            config_inputs_add(diff->inputs, &set.header);
        }
    }
    for (size_t i = 0; i < diff->config->subaccount_count; i++)
        diff_subaccount(diff, &diff->config->subaccounts[i]);
}

static void diff_users(const struct diff *diff)
{
    for (size_t i = 0; i < diff->config->user_count; i++) {
        struct input_user_set set = diff->config->users[i].set, now;
        uint32_t row = state_find_user(diff->state, set.name);

        set.account = state_find_account(diff->state,
                                         diff->config->accounts[diff->config->users[i].account].set.name);
        if (set.account == 0) {
            diff->inputs->more = true;
            continue;
        }
        if (row) {
            now = settings_user(state_user(diff->state, row));
            set.flags |= now.flags & USER_KILLED; /* the kill switch is not the file's */
            if (memcmp(&now, &set, sizeof now) == 0)
                continue;
        }
        config_inputs_add(diff->inputs, &set.header);
    }
}

void config_diff(const struct config *config, const struct state *state, uint64_t now_ns,
                 struct config_inputs *inputs)
{
    const struct diff diff = { config, state, now_ns, inputs };

    diff_assets(&diff);
    diff_markets(&diff);
    diff_accounts(&diff);
    diff_users(&diff);
    diff_liquidation(&diff);
    diff_venue(&diff); /* last: what comes before it goes by the notice that holds now */
}

void config_first_prices(const struct config *config, const struct state *state, struct config_inputs *inputs)
{
    for (size_t i = 0; i < config->asset_count; i++) {
        struct input_index index = { .header = { .kind = INPUT_INDEX, .size = sizeof index },
                                     .asset = (uint16_t)state_find_asset(state, config->assets[i].set.symbol),
                                     .price = config->assets[i].index };

        if (index.price && config->assets[i].venue_count == 0 && !(config->assets[i].set.flags & ASSET_SETTLEMENT))
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

        if (market->price && config->assets[market->base].venue_count == 0)
            config_inputs_add(inputs, &marks.header);
        config_inputs_add(inputs, &wanted.header);
    }
}
