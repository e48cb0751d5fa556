/* Times of UTC as people write them, "2026-12-31T23:59:59Z", from 1970 to 2553. */
#ifndef VITRINE_DATE_H
#define VITRINE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define DATE_TEXT_MAX 32 /* bytes with the NUL */

/* ns since 1970, rounded down to a second; to a millisecond ("2026-11-26T13:00:00.123Z"). */
void date_format(uint64_t time_ns, char text[DATE_TEXT_MAX]);
void date_format_ms(uint64_t time_ns, char text[DATE_TEXT_MAX]);

/* Exactly what date_format() writes; false: it is something else, or no such day or time. */
bool date_parse(const char *text, uint64_t *time_ns);
/* Also its beginnings, "2026-11-26" and "2026-11-26T13:00", and without the Z. */
bool date_parse_short(const char *text, uint64_t *time_ns);

#endif
