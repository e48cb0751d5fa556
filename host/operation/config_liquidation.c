/* The group `liquidation`: how accounts in trouble are unwound (docs/liquidation.md). */
#include <stdio.h>
#include <string.h>

#include "config_reader.h"
#include "policy.h"

/* exchange-rules.md, section 6, but for the last three, which it leaves to the venue: what one update's largest change
 * can be several times over, what a book takes off collateral that is sold, and the notice of everything else. */
static const struct input_liquidation_rules rules_default = {
    .header = { .kind = INPUT_LIQUIDATION_RULES, .size = sizeof rules_default }, .policy = POLICY_OURS,
    .slice = 100000, .depth_share = 250000, .pause_ms = 5000, .urgent_seconds = 60, .episode_seconds = 60,
    .stop = 1020000, .backstop = 666667, .fee = 10000, .fee_share = 100000, .adl_bound = 100000,
    .conversion_impact = 20000, .notice_seconds = 86400,
};

const struct input_liquidation_rules *config_liquidation_defaults(void)
{
    return &rules_default;
}

void config_policy_names(char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "none");

    for (uint32_t number = POLICY_NONE + 1; number < POLICIES && used < size; number++)
        used += (size_t)snprintf(text + used, size - used, ", %s", policy_get(number)->name);
}

const char *config_policy_name(uint32_t number)
{
    const struct policy *policy = policy_get(number);

    return policy ? policy->name : "none";
}

bool config_find_policy(const char *name, uint32_t *number)
{
    *number = policy_find(name);
    return *number != POLICY_NONE || strcmp(name, "none") == 0;
}

/* A file without the group has the defaults: nobody runs a venue without liquidation by leaving something out. */
void reader_liquidation(struct reader *reader, config_setting_t *root)
{
    config_setting_t *group = config_setting_get_member(root, "liquidation");
    struct config_liquidation_text text = { .policy = "ours", .rules = rules_default };
    char names[128];

    if (group) {
        fields_read(&reader->source, group, "liquidation", config_liquidation_table, &text);
        config_policy_names(names, sizeof names);
        if (!config_find_policy(text.policy, &text.rules.policy))
            fields_problem(&reader->source, group, "liquidation", "policy", text.policy,
                           "is no policy; right is one of %s", names);
        if (text.rules.fee && text.rules.fee_share == 0)
            fields_problem(&reader->source, group, "liquidation", "fee_share", NULL,
                           "leaves nothing of the fee; right is above \"0\", or fee = \"0\"");
        if (text.rules.episode_seconds && text.rules.pause_ms > text.rules.episode_seconds * 1000)
            fields_problem(&reader->source, group, "liquidation", "pause_seconds", NULL,
                           "is longer than an episode, whose second step never comes; right is at most "
                           "episode_seconds, %u", text.rules.episode_seconds);
    }
    reader->config->liquidation = text.rules;
}
