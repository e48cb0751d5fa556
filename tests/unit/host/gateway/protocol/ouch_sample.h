/* Markets, contexts and random inputs for the OUCH tests. */
#ifndef VITRINE_OUCH_SAMPLE_H
#define VITRINE_OUCH_SAMPLE_H

#include "contract.h"
#include "guard.h"
#include "ouch.h"

static struct ouch_markets server_markets, client_markets;
static const struct ouch_context server_context = {.markets = &server_markets, .now_ns = UINT64_C(1795000000000000000),
                                                   .user = 9, .subaccount = 5};
static const struct ouch_context client_context = {.markets = &client_markets, .user = 9, .subaccount = 5,
                                                   .day_start_ns = UINT64_C(1795651200000000000)};

/* Market 1 fits the field, 2 does not, 256 is the last and has the longest symbol; 3 .. 255 are not there. */
static inline int name_markets(void **state)
{
    static const uint8_t symbols[3][24] = {"SOL_USDC", "BTC_USDC_PERP", "AAAABBBBCCCCDDDDEEEEFFF"};

    (void)state;
    ouch_set_market(&server_markets, 1, symbols[0]);
    ouch_set_market(&server_markets, 2, symbols[1]);
    ouch_set_market(&server_markets, 256, symbols[2]);
    ouch_name_market(&client_markets, 1, "SOL_USDC");
    ouch_name_market(&client_markets, 2, "BTC_USDC_PERP");
    ouch_name_market(&client_markets, 256, "AAAABBBBCCCCDDDDEEEEFFF");
    return 0;
}

static inline uint64_t pick(uint64_t *random, uint64_t count)
{
    return guard_random(random) % count;
}

/* A number in least .. most, of any size, both ends often. */
static inline uint64_t extreme(uint64_t *random, uint64_t least, uint64_t most)
{
    uint64_t small = guard_random(random) >> pick(random, 64);

    switch (pick(random, 4)) {
    case 0:
        return least;
    case 1:
        return most;
    default:
        return small <= most - least ? least + small : most - pick(random, 2) * (most - least);
    }
}

static inline uint16_t any_market(uint64_t *random)
{
    static const uint16_t numbers[] = {1, 2, 256};

    return numbers[pick(random, 3)];
}

static inline void any_client_id(uint64_t *random, uint8_t client_id[16])
{
    size_t length = pick(random, 15);

    memset(client_id, 0, 16);
    for (size_t i = 0; i < length; i++)
        client_id[i] = (uint8_t)(0x21 + pick(random, 0x5e));
}

#endif
