/* A message for people, or as a JSON object on one line. */
#ifndef VITRINE_CLIENT_PRINT_H
#define VITRINE_CLIENT_PRINT_H

#include "client_markets.h"

/* `market`: of the order, which many messages do not name; 0: not known. */
void client_print_message(const struct client_markets *markets, const struct report *report, uint32_t market,
                          bool json);

/* Something that is no message: {"event": ..., "text": ...} or a plain line. */
void client_print_event(const char *event, const char *text, bool json);

void client_print_markets(const struct client_markets *markets, bool json);

#endif
