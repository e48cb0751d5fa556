/* Markets as a client knows them: names, and how many lots a coin and how many ticks a price is. They come from the
 * exchange's configuration file. Of markets that are not in it quantities are lots and prices ticks. */
#ifndef VITRINE_CLIENT_MARKETS_H
#define VITRINE_CLIENT_MARKETS_H

#include "config.h"
#include "ouch.h"

struct client_market {
    uint8_t base_decimals, quote_decimals;
    uint64_t lot_units, tick_lot_units; /* 0: not known, lots and ticks are shown as they are */
};

struct client_markets {
    struct ouch_markets names;
    struct client_market list[LIMIT_MARKETS + 1];
};

void client_markets_load(struct client_markets *markets, const struct config *config);

/* A name's number; names that are not known yet get one. 0: no name of a market, or too many. */
uint32_t client_markets_find(struct client_markets *markets, const char *name);

/* From text, exactly: what is no whole number of lots or ticks is refused. */
bool client_markets_quantity(const struct client_markets *markets, uint32_t market, const char *text, int64_t *lots);
bool client_markets_price(const struct client_markets *markets, uint32_t market, const char *text, uint32_t *ticks);
/* Of the quote asset. */
bool client_markets_amount(const struct client_markets *markets, uint32_t market, const char *text, int64_t *units);

/* To text of at most UNITS_TEXT_MAX. `fee`: units x 256. */
void client_markets_show_quantity(const struct client_markets *markets, uint32_t market, int64_t lots, char *text);
void client_markets_show_price(const struct client_markets *markets, uint32_t market, uint32_t ticks, char *text);
/* The same in ticks x 256. */
void client_markets_show_exact_price(const struct client_markets *markets, uint32_t market, uint64_t fixed, char *text);
/* Of the settlement asset, in which every market is quoted: units x 256. */
void client_markets_show_money(const struct client_markets *markets, wide money, char *text);
void client_markets_show_fee(const struct client_markets *markets, uint32_t market, int64_t fee, char *text);

#endif
