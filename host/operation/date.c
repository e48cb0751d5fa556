#define _GNU_SOURCE /* strptime, timegm */
#include "date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "durations.h"

#define DATE_SHAPE "%Y-%m-%dT%H:%M:%S"

enum { DATE_SECONDS = 19, DATE_MINUTES = 16, DATE_DAYS = 10 }; /* characters down to these */

/* Without what follows the seconds; its length. */
static size_t date_write(uint64_t time_ns, char text[DATE_TEXT_MAX])
{
    const time_t seconds = (time_t)(time_ns / NS_A_SECOND);
    struct tm date;

    gmtime_r(&seconds, &date); /* tidy: converts a time that is given, reads no clock */
    return strftime(text, DATE_TEXT_MAX, DATE_SHAPE, &date);
}

void date_format(uint64_t time_ns, char text[DATE_TEXT_MAX])
{
    strcpy(text + date_write(time_ns, text), "Z");
}

void date_format_ms(uint64_t time_ns, char text[DATE_TEXT_MAX])
{
    const size_t length = date_write(time_ns, text);

    snprintf(text + length, DATE_TEXT_MAX - length, ".%03uZ", (unsigned)(time_ns % NS_A_SECOND / 1000000));
}

/* The library reads much that is no date; what is one is written back the same. */
bool date_parse(const char *text, uint64_t *time_ns)
{
    char again[DATE_TEXT_MAX];
    struct tm date = { 0 };
    time_t seconds;

    if (strptime(text, DATE_SHAPE "Z", &date) == NULL)
        return false;
    seconds = timegm(&date);
    if (seconds < 0 || (uint64_t)seconds >= UINT64_MAX / NS_A_SECOND)
        return false;
    *time_ns = (uint64_t)seconds * NS_A_SECOND;
    date_format(*time_ns, again);
    return strcmp(again, text) == 0;
}

bool date_parse_short(const char *text, uint64_t *time_ns)
{
    char whole[] = "1970-01-01T00:00:00Z";
    size_t length = strlen(text);

    length -= length > 0 && text[length - 1] == 'Z';
    if (length != DATE_SECONDS && length != DATE_MINUTES && length != DATE_DAYS)
        return false;
    memcpy(whole, text, length);
    return date_parse(whole, time_ns);
}
