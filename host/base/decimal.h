/* Numbers in text, strictly: no sign, blank, exponent or rest that is not asked for. */
#ifndef VITRINE_DECIMAL_H
#define VITRINE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_ONE 1000000000u /* a decimal is a whole number of billionths */

/* Digits only. False if empty, not a number, or above 2^64-1. */
bool decimal_parse_whole(const char *text, size_t length, uint64_t *value);

/* As above with an optional '-'; magnitude up to 2^63-1. */
bool decimal_parse_signed(const char *text, size_t length, int64_t *value);

/* "12", "12.5", ".5": in billionths. False for more than nine decimals or 2^64-1 billionths. */
bool decimal_parse(const char *text, size_t length, uint64_t *billionths);

/* Writes billionths without trailing zeros, at least `decimals` decimals. */
void decimal_format(uint64_t billionths, unsigned decimals, char *text, size_t size);

#endif
