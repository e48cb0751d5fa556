/* The groups of a configuration file as tables for fields_read(), and the texts that wait for an asset's decimals. */
#ifndef VITRINE_CONFIG_TABLES_H
#define VITRINE_CONFIG_TABLES_H

#include "config.h"
#include "config_fields.h"

#define CONFIG_NUMBER_MAX 40 /* bytes of a number that is kept as text until its asset is known */

struct config_market_text {
    char symbol[24], base[16], quote[16];
    char tick[CONFIG_NUMBER_MAX], lot[CONFIG_NUMBER_MAX];
    char quantity_min[CONFIG_NUMBER_MAX], quantity_max[CONFIG_NUMBER_MAX];
    char position_max[CONFIG_NUMBER_MAX], interest_max[CONFIG_NUMBER_MAX];
    char impact_notional[CONFIG_NUMBER_MAX], fund_cap[CONFIG_NUMBER_MAX];
    struct config_market market;
};

struct config_asset_text {
    char symbol[16], withdraw_min[CONFIG_NUMBER_MAX], collateral_max[CONFIG_NUMBER_MAX];
    uint8_t settlement, collateral, lend, borrow;
    struct config_asset asset;
};

struct config_user_text {
    char name[8], key[65];
    uint8_t trade, cancel_on_disconnect;
    uint32_t rate;
};

struct config_account_text {
    char name[24];
    uint32_t leverage, jurisdiction;
};

struct config_subaccount_text {
    char name[24];
    uint8_t auto_lend, auto_redeem, auto_borrow, auto_repay, vpnl;
};

struct config_venue_text {
    char fund_floor[CONFIG_NUMBER_MAX], withdraw_account_max[CONFIG_NUMBER_MAX];
    char withdraw_venue_max[CONFIG_NUMBER_MAX];
    uint8_t approver;
    struct config_venue venue;
};

struct config_liquidation_text {
    char policy[16];
    struct input_liquidation_rules rules;
};

struct config_pool_text {
    char step[CONFIG_NUMBER_MAX], borrow_max[CONFIG_NUMBER_MAX], account_max[CONFIG_NUMBER_MAX];
    struct input_pool_set set;
};

struct config_source_text {
    char name[16];
    uint32_t weight;
};

extern const struct field config_top_table[], config_node_table[], config_card_table[], config_journal_table[],
    config_snapshot_table[], config_memory_table[], config_asset_table[], config_market_table[], config_margin_table[],
    config_account_table[], config_user_table[], config_subaccount_table[], config_venue_table[], config_pool_table[],
    config_pricing_table[], config_source_table[], config_liquidation_table[];

#endif
