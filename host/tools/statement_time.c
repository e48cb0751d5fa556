#include "statement_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "durations.h"

#define SECONDS_A_DAY 86400u
#define DAYS_400_YEARS 146097u
#define DAYS_TO_1970 719468u /* from 1 March of year 0 */

/* The Gregorian calendar in years that begin in March, so that the leap day is the last one of its year. */
static void time_date(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    const uint64_t from_0 = days + DAYS_TO_1970, era = from_0 / DAYS_400_YEARS;
    const unsigned of_era = (unsigned)(from_0 % DAYS_400_YEARS);
    const unsigned in_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * in_era + in_era / 4 - in_era / 100);
    const unsigned shifted = (5 * of_year + 2) / 153;

    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (unsigned)(in_era + era * 400) + (*month <= 2);
}

static uint64_t time_days(unsigned year, unsigned month, unsigned day)
{
    const unsigned shifted = year - (month <= 2), era = shifted / 400, in_era = shifted % 400;
    const unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return (uint64_t)era * DAYS_400_YEARS + in_era * 365 + in_era / 4 - in_era / 100 + of_year - DAYS_TO_1970;
}

void statement_time_format(uint64_t time_ns, char text[STATEMENT_TIME_BYTES])
{
    const uint64_t seconds = time_ns / NS_A_SECOND;
    const unsigned of_day = (unsigned)(seconds % SECONDS_A_DAY);
    unsigned year, month, day;

    time_date(seconds / SECONDS_A_DAY, &year, &month, &day);
    snprintf(text, STATEMENT_TIME_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", year % 10000, month, day,
             of_day / 3600, of_day / 60 % 60, of_day % 60, (unsigned)(time_ns % NS_A_SECOND / 1000000));
}

/* Two or four digits at `at`, and what must follow them. */
static bool time_field(const char *text, size_t at, size_t digits, uint64_t *value)
{
    return decimal_parse_whole(text + at, digits, value);
}

bool statement_time_parse(const char *text, uint64_t *time_ns)
{
    static const char *const shapes[] = { "....-..-..", "....-..-..T..:..", "....-..-..T..:..:.." };
    uint64_t year, month, day, hour = 0, minute = 0, second = 0;
    size_t length = strlen(text);
    unsigned check_year, check_month, check_day;
    bool shaped = false;

    length -= length > 0 && text[length - 1] == 'Z';
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        bool same = strlen(shapes[i]) == length;

        for (size_t at = 0; same && at < length; at++)
            same = shapes[i][at] == '.' || shapes[i][at] == text[at];
        shaped = shaped || same;
    }
    if (!shaped || !time_field(text, 0, 4, &year) || !time_field(text, 5, 2, &month) || !time_field(text, 8, 2, &day) ||
        (length > 10 && (!time_field(text, 11, 2, &hour) || !time_field(text, 14, 2, &minute))) ||
        (length > 16 && !time_field(text, 17, 2, &second)))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return false;
    time_date(time_days((unsigned)year, (unsigned)month, (unsigned)day), &check_year, &check_month, &check_day);
    if (check_year != year || check_month != month || check_day != day)
        return false; /* such as 31 April */
    *time_ns = (time_days((unsigned)year, (unsigned)month, (unsigned)day) * SECONDS_A_DAY + hour * 3600 + minute * 60 +
                second) * NS_A_SECOND;
    return true;
}
