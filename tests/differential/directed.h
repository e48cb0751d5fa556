/* Hand-written command sequences for corners that chance rarely meets. */
#ifndef VITRINE_DIFFERENTIAL_DIRECTED_H
#define VITRINE_DIFFERENTIAL_DIRECTED_H

#include "contract.h"

/* Fills `commands` with all sequences for a book of this size, for market 0 (one of them for the last one, too) in
 * `session`; returns how many (at most `capacity`, which must be at least DIRECTED_COMMANDS_MAX). */
enum { DIRECTED_COMMANDS_MAX = 90000 };
size_t directed_commands(struct card_command *commands, size_t capacity, uint32_t markets, uint32_t orders,
                         uint32_t tick_bits, uint16_t session);

#endif
