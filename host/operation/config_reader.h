/* Inside the reading of a configuration file: what its parts share. Not for others. */
#ifndef VITRINE_CONFIG_READER_H
#define VITRINE_CONFIG_READER_H

#include "config_tables.h"

struct reader {
    struct config *config;
    struct fields_source source;
};

/* Elements of a list of groups; 0 (and a problem where it is something else) if there is none. */
unsigned reader_list(const struct reader *reader, config_setting_t *group, const char *path, const char *key);
config_setting_t *reader_element(config_setting_t *group, const char *key, unsigned index);

/* An amount kept as text, in units of 10^-decimals; what is not there stays as it is. False after a problem. */
bool reader_amount(const struct reader *reader, config_setting_t *group, const char *path, const char *key,
                   const char *text, unsigned decimals, uint64_t *amount);

/* config_money.c: the group `venue`, once the assets are known; `pricing`, `venues` and `pool` of an asset. */
void reader_venue(struct reader *reader, config_setting_t *root);
void reader_asset_money(struct reader *reader, config_setting_t *group, const char *path, struct config_asset *asset);
/* config_liquidation.c: the group `liquidation`. */
void reader_liquidation(struct reader *reader, config_setting_t *root);

#endif
