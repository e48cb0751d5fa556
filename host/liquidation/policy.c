#include "policy.h"

#include <string.h>

static const struct policy *const policies[POLICIES] = {
    [POLICY_OURS] = &policy_ours, [POLICY_AT_ONCE] = &policy_at_once, [POLICY_FTX] = &policy_ftx,
    [POLICY_HYPERLIQUID] = &policy_hyperliquid, [POLICY_DYDX] = &policy_dydx, [POLICY_DRIFT] = &policy_drift,
};

const struct policy *policy_get(uint32_t number)
{
    return number < POLICIES ? policies[number] : NULL;
}

uint32_t policy_find(const char *name)
{
    for (uint32_t number = POLICY_OURS; number < POLICIES; number++)
        if (strcmp(policies[number]->name, name) == 0)
            return number;
    return POLICY_NONE;
}
