#include "bench_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "contract.h"
#include "memory.h"

#define NO_ACCOUNTS "\naccounts: ();" /* as the default configuration ends */

enum { ACCOUNT_TEXT = 160 };

void bench_config_user(uint32_t index, char name[8])
{
    snprintf(name, 8, "b%05u", index % BENCH_USERS_MAX);
}

bool bench_config_make(struct config *config, uint32_t users, char *error, size_t error_size)
{
    const char *text = config_default(), *end = strstr(text, NO_ACCOUNTS);
    const size_t room = strlen(text) + (size_t)users * ACCOUNT_TEXT + 64;
    struct problems problems = { 0 };
    char *all = memory_reserve(1, room), name[8];
    size_t at;
    bool good;

    check(end != NULL);
    at = (size_t)(end - text);
    memcpy(all, text, at);
    at += (size_t)snprintf(all + at, room - at, "\naccounts: (");
    for (uint32_t i = 0; i < users; i++) {
        bench_config_user(i, name);
        at += (size_t)snprintf(all + at, room - at,
                               "%s{ name = \"%s\"; subaccounts = ( \"main\" ); users = ( { name = \"%s\"; "
                               "trade = true; cancel_on_disconnect = false; } ); }", i ? "," : "", name, name);
    }
    snprintf(all + at, room - at, ");\n");
    good = config_load_text(config, "bench", all, &problems);
    if (!good)
        snprintf(error, error_size, "%s", problems.text[0]);
    for (size_t i = 0; i < config->asset_count; i++)
        config->assets[i].set.collateral_max = 0; /* users of a bench have more than any cap */
    free(all);
    return good;
}

void bench_config_deposit(uint32_t user, size_t asset, struct bench_deposit *deposit)
{
    snprintf(deposit->id, sizeof deposit->id, "b%05u-%zu", user % BENCH_USERS_MAX, asset % 100);
    deposit->amount = LIMIT_BALANCE_UNITS / 10000; /* 115 million USDC, 1.1 million BTC */
}

uint32_t bench_config_markets(const struct config *config, struct trade_flow_market *markets)
{
    for (size_t i = 0; i < config->market_count; i++)
        markets[i] = (struct trade_flow_market){ .number = (uint16_t)(i + 1),
                                                 .middle = (uint32_t)(config->markets[i].price / CARD_FIXED_ONE),
                                                 .quantity_max = 100 };
    return (uint32_t)config->market_count;
}
