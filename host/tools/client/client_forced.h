/* REPORT_FORCED: what was done to the account itself, for people and as JSON. */
#ifndef VITRINE_CLIENT_FORCED_H
#define VITRINE_CLIENT_FORCED_H

#include <jansson.h>

#include "client_markets.h"

/* "margin-call", "liquidation-fill", ... */
const char *client_forced_name(unsigned forced);

/* The rest of a line behind the name: " subaccount 5, liquidation 7: sell 0.1 BTC_USDC_PERP @ 59999.5, fee 0.3". */
void client_forced_text(const struct client_markets *markets, const struct report *report, char *text, size_t size);

/* Sets the fields that its kind has. */
void client_forced_set(const struct client_markets *markets, const struct report *report, json_t *object);

#endif
