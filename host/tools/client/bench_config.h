/* The exchange that benches run: the default configuration with many accounts, each with one user, and money. */
#ifndef VITRINE_BENCH_CONFIG_H
#define VITRINE_BENCH_CONFIG_H

#include "config.h"
#include "trade_flow.h"

#define BENCH_PASSWORD "benchbench" /* fixed, on loopback */

enum { BENCH_USERS_MAX = 65536 };

/* Name of the user with that index, also of its account. */
void bench_config_user(uint32_t index, char name[8]);

/* Fills `config` with the default and `users` accounts. False with a message if that is no configuration. */
bool bench_config_make(struct config *config, uint32_t users, char *error, size_t error_size);

/* Deposits of one asset that make a user rich. `id` is unique for user and asset. */
struct bench_deposit {
    char id[16];
    int64_t amount; /* units */
};
void bench_config_deposit(uint32_t user, size_t asset, struct bench_deposit *deposit);

/* The markets of the configuration as the flow needs them, numbered as the exchange will number them. Returns their
 * count; `markets` has room for LIMIT_MARKETS. */
uint32_t bench_config_markets(const struct config *config, struct trade_flow_market *markets);

#endif
