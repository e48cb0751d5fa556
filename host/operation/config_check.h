/* Whether a configuration makes sense, beyond each key by itself. Each looks at what was added to the configuration
 * last; config_check_whole() at what only all of it together shows. */
#ifndef VITRINE_CONFIG_CHECK_H
#define VITRINE_CONFIG_CHECK_H

#include "config.h"
#include "config_fields.h"

void config_check_asset(const struct fields_source *source, config_setting_t *group, const char *path,
                        const struct config *config);
void config_check_market(const struct fields_source *source, config_setting_t *group, const char *path,
                         const struct config *config);
void config_check_account(const struct fields_source *source, config_setting_t *group, const char *path,
                          const struct config *config);
void config_check_user(const struct fields_source *source, config_setting_t *group, const char *path,
                       const struct config *config);
void config_check_whole(const struct fields_source *source, config_setting_t *root, const struct config *config);

/* Ticks that a market's window must have at a price (ticks x 256): the mean-mark band around it, and a step either
 * way, since the window follows only once the mean has moved by one. */
uint64_t config_window_need(const struct input_market_set *market, uint64_t price_fixed);

#endif
