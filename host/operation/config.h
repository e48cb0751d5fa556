/* The configuration file: how a node runs, and what the exchange holds at its first start. After that the journal
 * rules: config_diff.h tells the inputs that would bring a running exchange to a changed file. docs/operation.md
 * explains every key; deploy/vitrine.conf is the default and is compiled in. */
#ifndef VITRINE_CONFIG_H
#define VITRINE_CONFIG_H

#include "input.h"
#include "problems.h"
#include "state.h"

struct config_node {
    char directory[256];        /* journal, snapshots, output, admin socket */
    char address[64];           /* to listen on, numeric */
    char fixed_password[11];    /* loopback only; "": off */
    char backend[16];           /* driver/device.h */
    uint16_t port, key_port;
    uint32_t card_markets, card_orders, card_tick_bits;
    uint64_t card_deadline_ns;
    uint32_t sessions, rate;
    uint64_t backlog_bytes, heartbeat_ns;
    uint64_t cluster;
    uint32_t node, term;
    uint64_t segment_bytes, ahead_bytes, reserve_bytes; /* reserve: below it orders are refused */
    uint64_t snapshot_ns;
    uint32_t snapshot_keep;
    uint8_t snapshot_at_stop, log_json, busy_poll; /* busy_poll: never sleeps */
    uint64_t clock_jump_ns;
    uint8_t approver;           /* enum config_approver: who approves withdrawals */
    struct state_sizes sizes;
};

enum config_approver { CONFIG_APPROVER_AUTO, CONFIG_APPROVER_MANUAL };

/* The three behind `set` but for the asset's number, which the exchange gives. */
struct config_asset {
    struct input_asset_set set;
    uint64_t index;             /* 10^-12 USDC a whole coin at the first start; 0: waits for its feed */
    struct input_pricing_set pricing;
    struct input_venue_set venues[LIMIT_VENUES];
    struct input_pool_set pool;
    unsigned venue_count;
    bool has_pricing, has_pool;
};

struct config_venue {
    struct input_venue_rules rules;
    bool given;                 /* the file has the group */
};

/* `set` but for the asset numbers, which the exchange gives. */
struct config_market {
    struct input_market_set set;
    uint32_t base, quote;       /* into `assets` */
    uint8_t state;              /* enum card_state wanted at the first start */
    uint64_t price;             /* ticks x 256 at the base asset's index; 0: no index is given */
};

struct config_account {
    struct input_account_create set;
};

struct config_subaccount {
    struct input_subaccount_create set;
    uint32_t account;           /* into `accounts` */
};

struct config_user {
    struct input_user_set set;
    uint32_t account;
};

struct config {
    struct config_node node;
    struct config_venue venue;
    struct input_liquidation_rules liquidation; /* the defaults where the file has no such group */
    struct config_asset *assets;
    struct config_market *markets;
    struct config_account *accounts;
    struct config_subaccount *subaccounts;
    struct config_user *users;
    size_t asset_count, market_count, account_count, subaccount_count, user_count;
};

/* Reads and checks a file. False if anything is wrong: `problems` then has a line for each. Free it either way. */
bool config_load_file(struct config *config, const char *path, struct problems *problems);

/* The same of text; `name` stands for the file in messages. */
bool config_load_text(struct config *config, const char *name, const char *text, struct problems *problems);

void config_copy(struct config *copy, const struct config *config);
void config_free(struct config *config);

/* The compiled-in default, deploy/vitrine.conf word for word. */
const char *config_default(void);

/* What a file without the group `liquidation` has. */
const struct input_liquidation_rules *config_liquidation_defaults(void);
/* Policies of liquidation (host/liquidation/policy.h): "none, ours, ..."; the name of one; by name, false: no such. */
void config_policy_names(char *text, size_t size);
const char *config_policy_name(uint32_t number);
bool config_find_policy(const char *name, uint32_t *number);

/* Ticks x 256 of `price` (10^-12 of a quote coin for a whole base coin), rounded down; 0 if not in 1 .. 2^40-1. */
uint64_t config_price_fixed(const struct input_market_set *market, unsigned base_decimals, unsigned quote_decimals,
                            uint64_t price);

#endif
