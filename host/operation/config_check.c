#include "config_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "bands_check.h"
#include "config_names.h"
#include "units.h"

struct check_place {
    const struct fields_source *source;
    config_setting_t *group;
    const char *path;
};

/* A problem whose value is the text of `key`. */
#define place_problem(place, key, ...) place_report(place, key, NULL, __VA_ARGS__)
__attribute__((format(printf, 4, 5))) static void place_report(const struct check_place *place, const char *key,
                                                               const char *value, const char *format, ...)
{
    char message[PROBLEM_TEXT_MAX], buffer[32];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (value == NULL)
        value = fields_text(place->group, key, buffer, sizeof buffer);
    fields_problem(place->source, place->group, place->path, key, value, "%s", message);
}

/* numerator/denominator of one above the other's, exactly. */
static bool margin_above(const struct margin_function *one, const struct margin_function *other)
{
    return (uint64_t)one->numerator * other->denominator > (uint64_t)other->numerator * one->denominator;
}

/* Maintenance margin is never above initial margin: base and factor each. */
static void check_margins(const struct check_place *place, const char *initial_key, const char *maintenance_key,
                          const struct margin_function *initial, const struct margin_function *maintenance)
{
    if (initial->denominator == 0 && maintenance->denominator == 0)
        return;
    if (initial->denominator == 0 || maintenance->denominator == 0)
        place_problem(place, initial->denominator ? maintenance_key : initial_key,
                      "is missing; right is both %s and %s", initial_key, maintenance_key);
    else if (margin_above(maintenance, initial))
        place_problem(place, maintenance_key, "base %u/%u is above that of %s, %u/%u; right is at most that",
                      maintenance->numerator, maintenance->denominator, initial_key, initial->numerator,
                      initial->denominator);
    else if (maintenance->factor > initial->factor)
        place_problem(place, maintenance_key, "its factor is above that of %s; right is at most that", initial_key);
    if (initial->denominator && initial->numerator == 0)
        place_problem(place, initial_key, "its base is 0, which lends without margin; right is above 0");
}

static void check_settlement(const struct check_place *place, const struct config *config,
                             const struct config_asset *asset)
{
    for (size_t i = 0; i + 1 < config->asset_count; i++)
        if (config->assets[i].set.flags & ASSET_SETTLEMENT)
            place_problem(place, "settlement", "%.16s is the settlement asset already; right is one of them",
                          (const char *)config->assets[i].set.symbol);
    if (asset->set.haircut != HAIRCUT_IDENTITY || asset->set.weight != 1000000)
        place_problem(place, "weight", "right for the settlement asset is haircut \"identity\" and weight \"1\"");
    if (config->asset_count > 1)
        place_problem(place, "settlement", "right for the settlement asset is the first place in the list");
    if (asset->set.decimals > 12)
        place_problem(place, "decimals", "right for the settlement asset is at most 12");
    if (asset->index && asset->index != (uint64_t)units_power(12))
        place_problem(place, "index", "right for the settlement asset is \"1\", or no index");
    if (!(asset->set.flags & ASSET_COLLATERAL))
        place_problem(place, "collateral", "right for the settlement asset is true");
}

void config_check_asset(const struct fields_source *source, config_setting_t *group, const char *path,
                        const struct config *config)
{
    struct check_place place = { source, group, path };
    const struct config_asset *asset = &config->assets[config->asset_count - 1];
    char symbol[17] = "";

    memcpy(symbol, asset->set.symbol, 16);
    if (symbol[0] && !name_is_symbol(symbol))
        place_problem(&place, "symbol", "right is capital letters, digits and '_'");
    for (size_t i = 0; i + 1 < config->asset_count; i++)
        if (memcmp(config->assets[i].set.symbol, asset->set.symbol, sizeof asset->set.symbol) == 0)
            place_problem(&place, "symbol", "is there twice; right is each asset once");
    if (asset->set.haircut == HAIRCUT_INVERSE_SQRT && asset->set.base == 0)
        place_problem(&place, "base", "is missing or 0; right for \"inverse_sqrt\" is above \"0\"");
    if (asset->set.flags & ASSET_SETTLEMENT)
        check_settlement(&place, config, asset);
    check_margins(&place, "borrow_imf", "borrow_mmf", &asset->set.borrow_imf, &asset->set.borrow_mmf);
}

static void check_bands(const struct check_place *place, const struct input_market_set *set)
{
    struct bands bands = {
        { set->bands & CARD_BANDS_LIMIT_MASK, set->limit_min, set->limit_max },
        { set->bands & CARD_BANDS_IMPACT_MASK, set->impact_min, set->impact_max },
        { true, set->mean_min, set->mean_max },
    };
    struct bands_finding findings[BANDS_FINDINGS_MAX];
    size_t count = bands_check(&bands, findings);
    char text[200];

    for (size_t i = 0; i < count; i++) {
        bands_describe(&findings[i], text, sizeof text);
        place_problem(place, findings[i].band, "%s; right is a pair around 1, from 0.2 to 5", text);
    }
}

uint64_t config_window_need(const struct input_market_set *market, uint64_t price_fixed)
{
    uwide band = (uwide)price_fixed * (market->mean_max - market->mean_min);
    uwide unit = (uwide)CARD_MULTIPLIER_ONE * CARD_FIXED_ONE;

    return (uint64_t)((band + unit - 1) / unit) + 2 * (uint64_t)market->window_step;
}

static void check_window(const struct check_place *place, const struct config *config,
                         const struct config_market *market)
{
    const struct input_market_set *set = &market->set;
    uint64_t ticks = UINT64_C(1) << (set->window_log2 & 63), need;

    if (set->window_step % CARD_WINDOW_ALIGN)
        place_problem(place, "window_step", "right is a multiple of %u", CARD_WINDOW_ALIGN);
    if (set->window_log2 > config->node.card_tick_bits)
        place_problem(place, "window_log2", "is beyond the card; right is at most card.tick_bits, %u",
                      config->node.card_tick_bits);
    if (market->price == 0 || set->mean_max <= set->mean_min)
        return;
    need = config_window_need(set, market->price);
    if (need > ticks) {
        unsigned bits = 6;

        while (bits < 63 && UINT64_C(1) << bits < need)
            bits++;
        place_problem(place, "window_log2",
                      "%" PRIu64 " ticks are too few: the mean band around the base asset's index and a step either "
                      "way take %" PRIu64 "; right is at least %u, a coarser tick, a narrower mean band or a smaller "
                      "step",
                      ticks, need, bits);
    }
}

static void check_perpetual(const struct check_place *place, const struct input_market_set *set)
{
    bool perpetual = set->kind == MARKET_PERPETUAL;

    if (perpetual && (set->imf.denominator == 0 || set->mmf.denominator == 0))
        place_problem(place, set->imf.denominator ? "mmf" : "imf", "is missing; right for a perpetual is both");
    else if (perpetual)
        check_margins(place, "imf", "mmf", &set->imf, &set->mmf);
    if (perpetual && set->funding_hours && 24 % set->funding_hours)
        place_problem(place, "funding_hours", "is no divisor of 24; right is one, or 0 for no funding");
    if (set->kind != MARKET_SPOT)
        return;
    if (set->funding_hours || set->funding_max || set->impact_notional || set->fund_cap)
        place_problem(place, set->funding_hours ? "funding_hours" : set->funding_max ? "funding_max"
                             : set->fund_cap ? "fund_cap" : "impact_notional", "right for a spot market is none");
    if (set->imf.denominator || set->mmf.denominator)
        place_problem(place, set->imf.denominator ? "imf" : "mmf", "right for a spot market is none");
    if (set->bands & CARD_BANDS_PREMIUM_MASK)
        place_problem(place, "premium", "right for a spot market is none: there is no premium");
    if (set->interest_max)
        place_problem(place, "interest_max", "right for a spot market is none: there is no open interest");
}

static void check_market_numbers(const struct check_place *place, const struct config *config,
                                 const struct config_market *market)
{
    const struct input_market_set *set = &market->set;

    if (set->maker_fee < -set->taker_fee)
        place_problem(place, "maker_fee", "the rebate is above the taker fee; right is at least minus that");
    if (set->maker_fee > set->taker_fee)
        place_problem(place, "maker_fee", "is above the taker fee; right is at most that");
    if (set->quantity_max > (UINT64_C(1) << CARD_QUANTITY_BITS) - 1)
        place_problem(place, "quantity_max", "is above 2^40-1 lots; right is less, or a larger lot");
    if (set->quantity_min == 0 || set->quantity_max < set->quantity_min)
        place_problem(place, "quantity_min", "right is at least a lot and at most quantity_max");
    if (market->base < config->asset_count && config->assets[market->base].index && set->tick_lot_units &&
        (market->price < CARD_FIXED_ONE || market->price >= (uint64_t)CARD_FIXED_ONE << 31))
        place_problem(place, "tick", "the base asset's index is not in 1 .. 2^31 ticks; right is another tick");
}

void config_check_market(const struct fields_source *source, config_setting_t *group, const char *path,
                         const struct config *config)
{
    struct check_place place = { source, group, path };
    const struct config_market *market = &config->markets[config->market_count - 1];
    char symbol[25] = "";

    memcpy(symbol, market->set.symbol, 24);
    if (symbol[0] && !name_is_symbol(symbol))
        place_problem(&place, "symbol", "right is capital letters, digits and '_'");
    for (size_t i = 0; i + 1 < config->market_count; i++)
        if (memcmp(config->markets[i].set.symbol, market->set.symbol, sizeof market->set.symbol) == 0)
            place_problem(&place, "symbol", "is there twice; right is each market once");
    if (market->base == market->quote && market->base < config->asset_count)
        place_problem(&place, "base", "is the quote asset as well; right are two assets");
    if (market->quote < config->asset_count && !(config->assets[market->quote].set.flags & ASSET_SETTLEMENT))
        place_problem(&place, "quote", "right is the settlement asset");
    check_bands(&place, &market->set);
    check_window(&place, config, market);
    check_perpetual(&place, &market->set);
    check_market_numbers(&place, config, market);
}

void config_check_account(const struct fields_source *source, config_setting_t *group, const char *path,
                          const struct config *config)
{
    struct check_place place = { source, group, path };
    const struct input_account_create *set = &config->accounts[config->account_count - 1].set;
    char name[25] = "";

    memcpy(name, set->name, 24);
    if (name[0] && !name_is_plain(name))
        place_problem(&place, "name", "right is a letter, then letters, digits, '_', '-', '.'");
    for (size_t i = 0; i + 1 < config->account_count; i++)
        if (memcmp(config->accounts[i].set.name, set->name, sizeof set->name) == 0)
            place_problem(&place, "name", "is there twice; right is each account once");
    if (set->leverage && set->leverage < 100)
        place_problem(&place, "leverage", "is below 1; right is \"0\" (as the markets allow) or at least \"1\"");
}

void config_check_user(const struct fields_source *source, config_setting_t *group, const char *path,
                       const struct config *config)
{
    struct check_place place = { source, group, path };
    const struct input_user_set *set = &config->users[config->user_count - 1].set;

    if (!name_is_user((const char *)set->name))
        place_problem(&place, "name", "right is 1 to 6 letters or digits");
    for (size_t i = 0; i + 1 < config->user_count; i++)
        if (memcmp(config->users[i].set.name, set->name, sizeof set->name) == 0)
            place_problem(&place, "name", "is there twice; right is each user once in all accounts");
}

/* A problem in one of the top groups, at the group if it is there. */
static void check_group(const struct fields_source *source, config_setting_t *root, const char *name, const char *key,
                        const char *message)
{
    config_setting_t *group = config_setting_get_member(root, name);
    struct check_place place = { source, group ? group : root, name };

    place_problem(&place, key, "%s", message);
}

static void check_node(const struct fields_source *source, config_setting_t *root, const struct config_node *node)
{
    if (strlen(node->directory) + sizeof "/admin.socket" > sizeof((struct sockaddr_un *)0)->sun_path)
        check_group(source, root, "node", "directory", "is too long for its socket; right is at most 94 characters");
    if (node->port && node->port == node->key_port)
        check_group(source, root, "node", "key_port", "is the order port as well; right are two ports");
    if (node->fixed_password[0] && strcmp(node->address, "127.0.0.1") != 0 && strcmp(node->address, "::1") != 0)
        check_group(source, root, "node", "fixed_password",
                    "works on loopback only; right is address = \"127.0.0.1\", or no fixed password");
    if (node->segment_bytes % 4096)
        check_group(source, root, "journal", "segment", "right is a multiple of 4 KiB");
    if (node->segment_bytes < 2 * (node->ahead_bytes + LIMIT_BATCH_BYTES))
        check_group(source, root, "journal", "segment",
                    "is too small; right is at least twice journal.ahead and 1 MiB: a write must fit into one");
}

void config_check_whole(const struct fields_source *source, config_setting_t *root, const struct config *config)
{
    uint64_t quotas = 0;
    bool settlement = false;

    check_node(source, root, &config->node);
    for (size_t i = 0; i < config->asset_count; i++)
        settlement |= (config->assets[i].set.flags & ASSET_SETTLEMENT) != 0;
    if (!settlement)
        fields_problem(source, root, "", "assets", NULL, "none of them has settlement = true; right is one that has");
    for (size_t i = 0; i < config->market_count; i++)
        quotas += config->markets[i].set.slot_quota;
    if (quotas > config->node.card_orders)
        fields_problem(source, root, "", "markets", NULL,
                       "their slot quotas add up to %" PRIu64 ", above the card's %u orders; right is at most that",
                       quotas, config->node.card_orders);
    if (config->market_count > config->node.card_markets)
        fields_problem(source, root, "", "markets", NULL, "%zu of them, above the card's %u; right is at most that",
                       config->market_count, config->node.card_markets);
}
