/* UTC as people write it, for what is printed and asked of a journal. */
#ifndef VITRINE_STATEMENT_TIME_H
#define VITRINE_STATEMENT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATEMENT_TIME_BYTES = 32 };

/* "2026-11-26T13:00:00.123Z": milliseconds, rounded down. Years 1970 to 9999. */
void statement_time_format(uint64_t time_ns, char text[STATEMENT_TIME_BYTES]);

/* "2026-11-26", "2026-11-26T13:00", "2026-11-26T13:00:05", with or without Z at its end: ns since 1970. False if it is
 * none of them or no such day or time. */
bool statement_time_parse(const char *text, uint64_t *time_ns);

#endif
