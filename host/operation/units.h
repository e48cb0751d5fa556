/* Numbers as people write them: decimals of a coin, sizes in MiB. What does not fit is refused, never rounded. */
#ifndef VITRINE_UNITS_H
#define VITRINE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wide.h"

#define UNITS_TEXT_MAX 64     /* room for any formatted value */
#define UNITS_DECIMALS_MAX 18 /* of any asset */

enum units_status {
    UNITS_OK,
    UNITS_NOT_A_NUMBER, /* digits with at most one point between or before them, nothing else */
    UNITS_TOO_FINE,     /* more decimals than the unit has */
    UNITS_TOO_LARGE,    /* does not fit 63 bits */
};

/* "12", "12.5", ".5" in units of 10^-decimals; decimals up to UNITS_DECIMALS_MAX. Zeros behind the last decimal are
 * fine. *value only if UNITS_OK. */
enum units_status units_parse(const char *text, size_t length, unsigned decimals, int64_t *value);

/* The same with an optional '-'. */
enum units_status units_parse_signed(const char *text, size_t length, unsigned decimals, int64_t *value);

/* "64 MiB", "1GiB", "4096": bytes. */
enum units_status units_parse_size(const char *text, size_t length, int64_t *value);

/* Writes a value of 10^-decimals units without trailing zeros; decimals up to 38. */
void units_format(wide value, unsigned decimals, char *text, size_t size);

/* What a status other than UNITS_OK means, for messages: "is not a number". */
void units_explain(enum units_status status, unsigned decimals, char *text, size_t size);

/* 10^exponent, exponent up to UNITS_DECIMALS_MAX. */
int64_t units_power(unsigned exponent);

#endif
