/* Times of UTC as people write them, "2026-12-31T23:59:59Z". */
#ifndef VITRINE_DATE_H
#define VITRINE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define DATE_TEXT_MAX 24 /* bytes with the NUL */

/* ns since 1970, rounded down to a second. */
void date_format(uint64_t time_ns, char text[DATE_TEXT_MAX]);

/* Exactly what date_format() writes, from 1970 to 2554; false: it is something else. */
bool date_parse(const char *text, uint64_t *time_ns);

#endif
