#include "date.h"
#include "durations.h"

#include <stdio.h>
#include <string.h>

enum { DATE_YEAR_MIN = 1970, DATE_YEAR_MAX = 2553 };

/* Days from 1970-01-01 to the first of a month of the proleptic Gregorian calendar. */
static uint64_t date_days(unsigned year, unsigned month)
{
    static const uint16_t before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const uint64_t past = year - 1;
    const uint64_t days = past * 365 + past / 4 - past / 100 + past / 400 - 719162;

    return days + before[month - 1] + (leap && month > 2);
}

void date_format(uint64_t time_ns, char text[DATE_TEXT_MAX])
{
    const uint64_t seconds = time_ns / NS_A_SECOND, days = seconds / 86400;
    const unsigned second = (unsigned)(seconds % 86400);
    unsigned year = DATE_YEAR_MIN + (unsigned)(days / 366), month = 1;

    while (date_days(year + 1, 1) <= days)
        year++;
    while (month < 12 && date_days(year, month + 1) <= days)
        month++;
    snprintf(text, DATE_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", year % 10000, month,
             (unsigned)(days - date_days(year, month)) % 100 + 1, second / 3600, second / 60 % 60, second % 60);
}

bool date_parse(const char *text, uint64_t *time_ns)
{
    unsigned year, month, day, hour, minute, second;
    char again[DATE_TEXT_MAX];

    if (strlen(text) != 20 ||
        sscanf(text, "%4u-%2u-%2uT%2u:%2u:%2uZ", &year, &month, &day, &hour, &minute, &second) != 6 ||
        year < DATE_YEAR_MIN || year > DATE_YEAR_MAX || month < 1 || month > 12 || day < 1)
        return false;
    *time_ns = ((date_days(year, month) + day - 1) * 86400 + hour * 3600 + minute * 60 + second) * NS_A_SECOND;
    date_format(*time_ns, again);
    return strcmp(again, text) == 0; /* no 31st of February */
}
