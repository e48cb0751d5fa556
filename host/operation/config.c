#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "config_check.h"
#include "config_names.h"
#include "config_reader.h"
#include "memory.h"
#include "units.h"

static const struct config_node node_defaults = {
    .directory = "vitrine-data", .address = "127.0.0.1", .backend = "sim", .port = 9100, .key_port = 9101,
    .card_markets = 32, .card_orders = 65536, .card_tick_bits = 17, .card_deadline_ns = UINT64_C(2000000000),
    .sessions = 1024, .backlog_bytes = 4 << 20, .heartbeat_ns = UINT64_C(1000000000),
    .segment_bytes = 64 << 20, .ahead_bytes = 1 << 20, .reserve_bytes = UINT64_C(1) << 30,
    .snapshot_ns = UINT64_C(60000000000), .snapshot_keep = 3, .snapshot_at_stop = 1,
    .clock_jump_ns = UINT64_C(10000000000),
};

#define TICK_LOT_MAX ((uint64_t)LIMIT_NOTIONAL_UNITS >> 22) /* so that a market's largest price and order stay exact */

static void *reader_room(void **array, size_t *room, size_t count, size_t size)
{
    memory_grow(array, room, count + 1, size);
    memset((uint8_t *)*array + count * size, 0, size);
    return (uint8_t *)*array + count * size;
}

unsigned reader_list(const struct reader *reader, config_setting_t *group, const char *path, const char *key)
{
    config_setting_t *list = config_setting_get_member(group, key);

    if (list == NULL)
        return 0;
    if (!config_setting_is_list(list) && !config_setting_is_array(list)) {
        fields_problem(&reader->source, group, path, key, NULL, "is not a list; right is ( ... )");
        return 0;
    }
    return (unsigned)config_setting_length(list);
}

config_setting_t *reader_element(config_setting_t *group, const char *key, unsigned index)
{
    return config_setting_get_elem(config_setting_get_member(group, key), index);
}

/* "markets.BTC_USDC", or "markets[3]" where the element has no name. */
static void reader_path(config_setting_t *element, const char *list, const char *key, unsigned index, char path[96])
{
    char buffer[32];
    const char *name = config_setting_is_group(element) ? fields_text(element, key, buffer, sizeof buffer) : NULL;

    if (name)
        snprintf(path, 96, "%.40s.%.40s", list, name);
    else
        snprintf(path, 96, "%.40s[%u]", list, index);
}

static void reader_node(struct reader *reader, config_setting_t *root)
{
    static const struct {
        const char *name;
        const struct field *table;
    } groups[] = {
        { "node", config_node_table },         { "card", config_card_table },     { "journal", config_journal_table },
        { "snapshot", config_snapshot_table }, { "memory", config_memory_table },
    };

    reader->config->node = node_defaults;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        config_setting_t *group = config_setting_get_member(root, groups[i].name);

        if (group)
            fields_read(&reader->source, group, groups[i].name, groups[i].table, &reader->config->node);
    }
}

static void reader_margin(const struct reader *reader, config_setting_t *group, const char *path, const char *key,
                          struct margin_function *function)
{
    config_setting_t *inner = config_setting_get_member(group, key);
    char place[112];

    if (inner == NULL)
        return;
    snprintf(place, sizeof place, "%s.%s", path, key);
    fields_read(&reader->source, inner, place, config_margin_table, function);
}

bool reader_amount(const struct reader *reader, config_setting_t *group, const char *path, const char *key,
                   const char *text, unsigned decimals, uint64_t *amount)
{
    int64_t value;
    enum units_status status;
    char what[64];

    if (text[0] == '\0')
        return true;
    status = units_parse(text, strlen(text), decimals, &value);
    if (status != UNITS_OK) {
        units_explain(status, decimals, what, sizeof what);
        fields_problem(&reader->source, group, path, key, text, "%s; right is at most %u decimals", what, decimals);
        return false;
    }
    *amount = (uint64_t)value;
    return true;
}

static void reader_asset(struct reader *reader, config_setting_t *group, unsigned index)
{
    struct config *config = reader->config;
    struct config_asset_text text = { .asset.set.weight = 1000000 };
    struct input_asset_set *set = &text.asset.set;
    char path[96];

    reader_path(group, "assets", "symbol", index, path);
    fields_read(&reader->source, group, path, config_asset_table, &text);
    if (!config_setting_is_group(group))
        return;
    reader_margin(reader, group, path, "borrow_imf", &set->borrow_imf);
    reader_margin(reader, group, path, "borrow_mmf", &set->borrow_mmf);
    reader_amount(reader, group, path, "withdraw_min", text.withdraw_min, set->decimals, &set->withdraw_min);
    reader_amount(reader, group, path, "collateral_max", text.collateral_max, set->decimals, &set->collateral_max);
    memcpy(set->symbol, text.symbol, sizeof set->symbol);
    set->header = (struct input_header){ .kind = INPUT_ASSET_SET, .size = sizeof *set };
    set->flags = (uint8_t)(text.lend * ASSET_CAN_LEND | text.borrow * ASSET_CAN_BORROW |
                           text.settlement * ASSET_SETTLEMENT | text.collateral * ASSET_COLLATERAL);
    reader_asset_money(reader, group, path, &text.asset);
    if (config->asset_count < LIMIT_ASSETS)
        config->assets[config->asset_count++] = text.asset;
    else
        fields_problem(&reader->source, group, path, "symbol", text.symbol, "is one too many; at most %d assets",
                       LIMIT_ASSETS);
    config_check_asset(&reader->source, group, path, config);
}

/* The asset that a market names, as index into the configuration's; `count` of them if there is none. */
static uint32_t reader_find_asset(const struct reader *reader, config_setting_t *group, const char *path,
                                  const char *key, const char *symbol)
{
    const struct config *config = reader->config;
    uint8_t wanted[16] = { 0 };

    memcpy(wanted, symbol, strlen(symbol));
    for (uint32_t i = 0; i < config->asset_count; i++)
        if (memcmp(config->assets[i].set.symbol, wanted, sizeof wanted) == 0)
            return i;
    if (symbol[0])
        fields_problem(&reader->source, group, path, key, symbol, "is no asset; right is the symbol of one above");
    return (uint32_t)config->asset_count;
}

/* Quantities of a market, given in coins, as lots. */
static void reader_lots(const struct reader *reader, config_setting_t *group, const char *path,
                        const struct config_market_text *text, unsigned decimals, struct input_market_set *set)
{
    uint64_t least = set->lot_units;
    uint64_t *amounts[] = { &least, &set->quantity_max, &set->position_max, &set->interest_max };
    const char *const keys[] = { "quantity_min", "quantity_max", "position_max", "interest_max" };
    const char *const texts[] = { text->quantity_min, text->quantity_max, text->position_max, text->interest_max };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!reader_amount(reader, group, path, keys[i], texts[i], decimals, amounts[i]))
            continue;
        if (*amounts[i] % set->lot_units)
            fields_problem(&reader->source, group, path, keys[i], texts[i],
                           "is no whole number of lots; right is a multiple of %s", text->lot);
        *amounts[i] /= set->lot_units;
    }
    if (set->quantity_max == 0)
        set->quantity_max = (UINT64_C(1) << CARD_QUANTITY_BITS) - 1;
    set->quantity_min = least <= UINT32_MAX ? (uint32_t)least : UINT32_MAX;
    if (set->quantity_min != least)
        fields_problem(&reader->source, group, path, "quantity_min", text->quantity_min, "is above 2^32-1 lots");
}

/* Tick, lot and quantities, which are in coins of the two assets. */
static void reader_market_units(const struct reader *reader, config_setting_t *group, const char *path,
                                struct config_market_text *text)
{
    const struct config *config = reader->config;
    struct input_market_set *set = &text->market.set;
    const struct config_asset *base = &config->assets[text->market.base], *quote = &config->assets[text->market.quote];
    uint64_t tick = 0;
    uwide cost, divisor;
    char shown[UNITS_TEXT_MAX];

    if (!reader_amount(reader, group, path, "tick", text->tick, 12, &tick) ||
        !reader_amount(reader, group, path, "lot", text->lot, base->set.decimals, &set->lot_units))
        return;
    if (tick == 0 || set->lot_units == 0) {
        fields_problem(&reader->source, group, path, tick ? "lot" : "tick", tick ? text->lot : text->tick,
                       "is zero; right is above \"0\"");
        return;
    }
    /* below 2^63 x 2^63: units of the quote asset x 10^12 x 10^(base decimals - quote decimals) */
    cost = (uwide)tick * set->lot_units;
    divisor = (uwide)units_power(12) * (uwide)units_power(base->set.decimals);
    for (unsigned i = 0; i < quote->set.decimals && divisor > 1; i++)
        divisor /= 10;
    if (quote->set.decimals > 12 + base->set.decimals || cost % divisor || cost / divisor > TICK_LOT_MAX) {
        units_format((wide)tick, 12, shown, sizeof shown);
        fields_problem(&reader->source, group, path, "lot", text->lot,
                       "tick %s x lot is no whole number of the quote asset's smallest units (10^-%u), 1 to 2^32 of "
                       "them; right is another lot or tick", shown, quote->set.decimals);
        return;
    }
    set->tick_lot_units = (uint64_t)(cost / divisor);
    reader_amount(reader, group, path, "impact_notional", text->impact_notional, quote->set.decimals,
                  &set->impact_notional);
    reader_amount(reader, group, path, "fund_cap", text->fund_cap, quote->set.decimals, &set->fund_cap);
    reader_lots(reader, group, path, text, base->set.decimals, set);
    if (base->index)
        text->market.price = config_price_fixed(set, base->set.decimals, quote->set.decimals, base->index);
}

static void reader_market(struct reader *reader, config_setting_t *group, unsigned index)
{
    struct config *config = reader->config;
    struct config_market_text text = { .market.state = CARD_STATE_OPEN };
    struct input_market_set *set = &text.market.set;
    char path[96];

    reader_path(group, "markets", "symbol", index, path);
    fields_read(&reader->source, group, path, config_market_table, &text);
    if (!config_setting_is_group(group))
        return;
    reader_margin(reader, group, path, "imf", &set->imf);
    reader_margin(reader, group, path, "mmf", &set->mmf);
    set->header = (struct input_header){ .kind = INPUT_MARKET_SET, .size = sizeof *set };
    memcpy(set->symbol, text.symbol, sizeof set->symbol);
    set->bands = (uint8_t)((config_setting_get_member(group, "limit") ? CARD_BANDS_LIMIT_MASK : 0) |
                           (config_setting_get_member(group, "impact") ? CARD_BANDS_IMPACT_MASK : 0) |
                           (config_setting_get_member(group, "premium") ? CARD_BANDS_PREMIUM_MASK : 0));
    text.market.base = reader_find_asset(reader, group, path, "base", text.base);
    text.market.quote = reader_find_asset(reader, group, path, "quote", text.quote);
    if (text.market.base < config->asset_count && text.market.quote < config->asset_count)
        reader_market_units(reader, group, path, &text);
    if (config->market_count < LIMIT_MARKETS)
        config->markets[config->market_count++] = text.market;
    else
        fields_problem(&reader->source, group, path, "symbol", text.symbol, "is one too many; at most %d markets",
                       LIMIT_MARKETS);
    config_check_market(&reader->source, group, path, config);
}

static void reader_subaccounts(struct reader *reader, config_setting_t *group, const char *path, uint32_t account,
                               size_t *room)
{
    struct config *config = reader->config;
    unsigned count = reader_list(reader, group, path, "subaccounts");

    for (unsigned i = 0; i < count; i++) {
        config_setting_t *element = reader_element(group, "subaccounts", i);
        struct config_subaccount_text text = { .name = "" };
        const char *name = config_setting_is_group(element) ? text.name : config_setting_get_string(element);
        struct config_subaccount *made;

        if (config_setting_is_group(element))
            fields_read(&reader->source, element, path, config_subaccount_table, &text);
        if (name == NULL || !name_is_plain(name) || strlen(name) >= sizeof made->set.name) {
            fields_problem(&reader->source, group, path, "subaccounts", name,
                           "is no name; right is 1 to 23 letters, digits, '_', '-', '.', the first one a letter");
            continue;
        }
        made = reader_room((void **)&config->subaccounts, room, config->subaccount_count++, sizeof *made);
        made->account = account;
        made->set.header = (struct input_header){ .kind = INPUT_SUBACCOUNT_CREATE, .size = sizeof made->set };
        memcpy(made->set.name, name, strlen(name));
        made->set.flags = text.auto_lend * (unsigned)SUBACCOUNT_AUTO_LEND |
                          text.auto_redeem * (unsigned)SUBACCOUNT_AUTO_REDEEM |
                          text.auto_borrow * (unsigned)SUBACCOUNT_AUTO_BORROW |
                          text.auto_repay * (unsigned)SUBACCOUNT_AUTO_REPAY | text.vpnl * (unsigned)SUBACCOUNT_VPNL;
    }
}

static void reader_users(struct reader *reader, config_setting_t *group, const char *path, uint32_t account,
                         size_t *room)
{
    struct config *config = reader->config;
    unsigned count = reader_list(reader, group, path, "users");

    for (unsigned i = 0; i < count; i++) {
        config_setting_t *element = reader_element(group, "users", i);
        struct config_user_text text = { .trade = 1, .cancel_on_disconnect = 1 };
        struct config_user *made;
        char place[192], inner[96];

        reader_path(element, "users", "name", i, inner);
        snprintf(place, sizeof place, "%s.%s", path, inner);
        fields_read(&reader->source, element, place, config_user_table, &text);
        if (!config_setting_is_group(element))
            continue;
        made = reader_room((void **)&config->users, room, config->user_count++, sizeof *made);
        made->account = account;
        made->set.header = (struct input_header){ .kind = INPUT_USER_SET, .size = sizeof made->set };
        memcpy(made->set.name, text.name, sizeof made->set.name);
        made->set.flags = (text.trade ? USER_TRADE : 0u) | (text.cancel_on_disconnect ? USER_CANCEL_ON_DISCONNECT : 0u);
        made->set.rate = text.rate;
        if (text.key[0] && !name_read_key(text.key, made->set.key))
            fields_problem(&reader->source, element, place, "key", text.key,
                           "is no key; right is 64 hexadecimal digits");
        config_check_user(&reader->source, element, place, config);
    }
}

static void reader_accounts(struct reader *reader, config_setting_t *root)
{
    struct config *config = reader->config;
    unsigned count = reader_list(reader, root, "", "accounts");
    size_t accounts = 0, subaccounts = 0, users = 0;

    for (unsigned i = 0; i < count; i++) {
        config_setting_t *group = reader_element(root, "accounts", i);
        struct config_account_text text = { .leverage = 0 };
        struct config_account *made;
        char path[96];

        reader_path(group, "accounts", "name", i, path);
        fields_read(&reader->source, group, path, config_account_table, &text);
        if (!config_setting_is_group(group))
            continue;
        made = reader_room((void **)&config->accounts, &accounts, config->account_count++, sizeof *made);
        made->set.header = (struct input_header){ .kind = INPUT_ACCOUNT_CREATE, .size = sizeof made->set };
        memcpy(made->set.name, text.name, sizeof made->set.name);
        made->set.leverage = text.leverage;
        made->set.jurisdiction = text.jurisdiction;
        config_check_account(&reader->source, group, path, config);
        reader_subaccounts(reader, group, path, (uint32_t)config->account_count - 1, &subaccounts);
        reader_users(reader, group, path, (uint32_t)config->account_count - 1, &users);
    }
}

static void reader_root(struct reader *reader, config_setting_t *root)
{
    struct config *config = reader->config;
    unsigned assets = reader_list(reader, root, "", "assets"), markets = reader_list(reader, root, "", "markets");

    fields_read(&reader->source, root, "", config_top_table, config);
    reader_node(reader, root);
    config->assets = memory_reserve(LIMIT_ASSETS, sizeof *config->assets);
    config->markets = memory_reserve(LIMIT_MARKETS, sizeof *config->markets);
    for (unsigned i = 0; i < assets; i++)
        reader_asset(reader, reader_element(root, "assets", i), i);
    reader_venue(reader, root);
    reader_liquidation(reader, root);
    for (unsigned i = 0; i < markets; i++)
        reader_market(reader, reader_element(root, "markets", i), i);
    reader_accounts(reader, root);
    config_check_whole(&reader->source, root, config);
}

static bool reader_run(struct config *config, config_t *parsed, bool whole, const char *name, struct problems *problems)
{
    struct reader reader = { config, { problems, name } };

    if (whole)
        reader_root(&reader, config_root_setting(parsed));
    else if (config_error_type(parsed) == CONFIG_ERR_FILE_IO)
        problems_add(problems, name, 0, "file", NULL, "can't be read; right is the path of a readable file");
    else
        problems_add(problems, config_error_file(parsed) ? config_error_file(parsed) : name,
                     (unsigned)config_error_line(parsed), "text", NULL,
                     "%s; right is key = value; with text in quotes, lists in ( ) and groups in { }",
                     config_error_text(parsed));
    config_destroy(parsed);
    return problems->count == 0;
}

bool config_load_file(struct config *config, const char *path, struct problems *problems)
{
    config_t parsed;
    bool whole;

    *config = (struct config){ .node = node_defaults };
    problems->count = 0;
    config_init(&parsed);
    whole = config_read_file(&parsed, path);
    return reader_run(config, &parsed, whole, path, problems);
}

bool config_load_text(struct config *config, const char *name, const char *text, struct problems *problems)
{
    config_t parsed;
    bool whole;

    *config = (struct config){ .node = node_defaults };
    problems->count = 0;
    config_init(&parsed);
    whole = config_read_string(&parsed, text);
    return reader_run(config, &parsed, whole, name, problems);
}

static void *config_copy_array(const void *array, size_t count, size_t size)
{
    void *copy = memory_reserve(count + 1, size);

    if (count)
        memcpy(copy, array, count * size);
    return copy;
}

void config_copy(struct config *copy, const struct config *config)
{
    *copy = *config;
    copy->assets = config_copy_array(config->assets, config->asset_count, sizeof *config->assets);
    copy->markets = config_copy_array(config->markets, config->market_count, sizeof *config->markets);
    copy->accounts = config_copy_array(config->accounts, config->account_count, sizeof *config->accounts);
    copy->subaccounts = config_copy_array(config->subaccounts, config->subaccount_count, sizeof *config->subaccounts);
    copy->users = config_copy_array(config->users, config->user_count, sizeof *config->users);
}

void config_free(struct config *config)
{
    free(config->assets);
    free(config->markets);
    free(config->accounts);
    free(config->subaccounts);
    free(config->users);
    *config = (struct config){ .node = node_defaults };
}

uint64_t config_price_fixed(const struct input_market_set *market, unsigned base_decimals, unsigned quote_decimals,
                            uint64_t price)
{
    uwide fixed = price, divisor = (uwide)units_power(12) * market->tick_lot_units;
    int shift = (int)quote_decimals - (int)base_decimals;

    /* price x 10^(quote - base decimals) x lot_units x 256 / (10^12 x tick_lot_units) */
    if (__builtin_mul_overflow(fixed, (uwide)market->lot_units * 256, &fixed) ||
        __builtin_mul_overflow(shift > 0 ? fixed : divisor, (uwide)units_power((unsigned)(shift > 0 ? shift : -shift)),
                               shift > 0 ? &fixed : &divisor) || divisor == 0)
        return 0;
    fixed /= divisor;
    return fixed < UINT64_C(1) << CARD_FIXED_BITS ? (uint64_t)fixed : 0;
}
