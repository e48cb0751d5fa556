/* The venue's rules, and how an asset's index is made and its pool lends. */
#include <stdio.h>
#include <string.h>

#include "config_names.h"
#include "config_reader.h"

/* --- venue --- */

/* Position in the list is the jurisdiction. */
static void reader_leverage_caps(const struct reader *reader, config_setting_t *venue, uint32_t *caps)
{
    const unsigned count = reader_list(reader, venue, "venue", "leverage_caps");
    uint64_t cap;

    if (count > LIMIT_JURISDICTIONS)
        fields_problem(&reader->source, venue, "venue", "leverage_caps", NULL, "has more than %d elements",
                       LIMIT_JURISDICTIONS);
    for (unsigned i = 0; i < count && i < LIMIT_JURISDICTIONS; i++) {
        const char *text = config_setting_get_string(reader_element(venue, "leverage_caps", i));

        cap = 0;
        if (text == NULL || !reader_amount(reader, venue, "venue", "leverage_caps", text, 2, &cap) ||
            (cap != 0 && cap < 100) || cap > 100000)
            fields_problem(&reader->source, venue, "venue", "leverage_caps", text,
                           "is no cap; right is \"0\" (none) or \"1\" to \"1000\", in quotes");
        caps[i] = (uint32_t)cap;
    }
}

void reader_venue(struct reader *reader, config_setting_t *root)
{
    struct config *config = reader->config;
    config_setting_t *group = config_setting_get_member(root, "venue");
    struct config_venue_text text = { .venue.rules.settle_seconds = 10, .venue.rules.fresh_seconds = 60 };
    struct input_venue_rules *rules = &text.venue.rules;
    const unsigned decimals = config->asset_count ? config->assets[0].set.decimals : 0; /* the settlement asset's */

    rules->header = (struct input_header){ .kind = INPUT_VENUE_RULES, .size = sizeof *rules };
    if (group) {
        text.venue.given = true;
        fields_read(&reader->source, group, "venue", config_venue_table, &text);
        if (config_setting_is_group(group)) {
            reader_amount(reader, group, "venue", "fund_floor", text.fund_floor, decimals, &rules->fund_floor);
            reader_amount(reader, group, "venue", "withdraw_account_max", text.withdraw_account_max, decimals,
                          &rules->withdraw_account_max);
            reader_amount(reader, group, "venue", "withdraw_venue_max", text.withdraw_venue_max, decimals,
                          &rules->withdraw_venue_max);
            reader_leverage_caps(reader, group, rules->leverage_caps);
        }
    }
    config->node.approver = text.approver;
    config->venue = text.venue;
}

/* --- assets --- */

static void reader_pool(const struct reader *reader, config_setting_t *group, const char *path,
                        struct config_asset *asset)
{
    config_setting_t *inner = config_setting_get_member(group, "pool");
    struct config_pool_text text = { .set.optimal = 800000, .set.throttle = 1000000, .set.utilisation_max = 950000,
                                     .set.step_seconds = 60 };
    struct input_pool_set *set = &text.set;
    char place[112];

    if (inner == NULL)
        return;
    snprintf(place, sizeof place, "%s.pool", path);
    set->header = (struct input_header){ .kind = INPUT_POOL_SET, .size = sizeof *set };
    fields_read(&reader->source, inner, place, config_pool_table, &text);
    if (!config_setting_is_group(inner))
        return;
    reader_amount(reader, inner, place, "step", text.step, asset->set.decimals, &set->step);
    reader_amount(reader, inner, place, "borrow_max", text.borrow_max, asset->set.decimals, &set->borrow_max);
    reader_amount(reader, inner, place, "account_max", text.account_max, asset->set.decimals, &set->account_max);
    if (set->rate_zero > set->rate_optimal || set->rate_optimal > set->rate_full)
        fields_problem(&reader->source, inner, place, "rate_full", NULL,
                       "rates fall; right is rate_zero <= rate_optimal <= rate_full");
    asset->pool = *set;
    asset->has_pool = true;
}

static void reader_pricing(const struct reader *reader, config_setting_t *group, const char *path,
                           struct config_asset *asset)
{
    config_setting_t *inner = config_setting_get_member(group, "pricing");
    char place[112];

    if (inner == NULL)
        return;
    snprintf(place, sizeof place, "%s.pricing", path);
    asset->pricing = (struct input_pricing_set){ .quorum = 1, .stale_ms = 5000, .outlier = 50000, .clamp = 10000,
                                                 .change = 5000, .agree = 10000 };
    asset->pricing.header = (struct input_header){ .kind = INPUT_PRICING_SET, .size = sizeof asset->pricing };
    fields_read(&reader->source, inner, place, config_pricing_table, &asset->pricing);
    asset->has_pricing = true;
    if (asset->set.flags & ASSET_SETTLEMENT)
        fields_problem(&reader->source, group, path, "pricing", NULL,
                       "right for the settlement asset is none: it is 1");
}

static void reader_venues(const struct reader *reader, config_setting_t *group, const char *path,
                          struct config_asset *asset)
{
    const unsigned count = reader_list(reader, group, path, "venues");
    char place[128];

    if (count > LIMIT_VENUES)
        fields_problem(&reader->source, group, path, "venues", NULL, "are more than %d", LIMIT_VENUES);
    for (unsigned i = 0; i < count && i < LIMIT_VENUES; i++) {
        struct config_source_text text = { .weight = 1 };
        struct input_venue_set *set = &asset->venues[i];

        snprintf(place, sizeof place, "%s.venues[%u]", path, i);
        fields_read(&reader->source, reader_element(group, "venues", i), place, config_source_table, &text);
        *set = (struct input_venue_set){ .header = { .kind = INPUT_VENUE_SET, .size = sizeof *set },
                                         .venue = (uint8_t)i, .weight = text.weight };
        memcpy(set->name, text.name, sizeof set->name);
        for (unsigned other = 0; other < i; other++)
            if (memcmp(asset->venues[other].name, set->name, sizeof set->name) == 0)
                fields_problem(&reader->source, group, path, "venues", text.name, "is there twice");
    }
    asset->venue_count = count < LIMIT_VENUES ? count : LIMIT_VENUES;
    if (count && asset->has_pricing && asset->pricing.quorum > count)
        fields_problem(&reader->source, group, path, "venues", NULL,
                       "are fewer than the quorum of %u; right are as many, or a lower quorum", asset->pricing.quorum);
    if (count && !asset->has_pricing)
        fields_problem(&reader->source, group, path, "venues", NULL, "need pricing = { quorum = ...; }");
}

void reader_asset_money(struct reader *reader, config_setting_t *group, const char *path, struct config_asset *asset)
{
    reader_pricing(reader, group, path, asset);
    reader_venues(reader, group, path, asset);
    reader_pool(reader, group, path, asset);
}
