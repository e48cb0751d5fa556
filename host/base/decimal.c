#include "decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

bool decimal_parse_whole(const char *text, size_t length, uint64_t *value)
{
    uint64_t sum = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)text[i] - '0';

        if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

bool decimal_parse_signed(const char *text, size_t length, int64_t *value)
{
    bool negative = length > 0 && text[0] == '-';
    uint64_t magnitude;

    if (!decimal_parse_whole(text + negative, length - negative, &magnitude) || magnitude > INT64_MAX)
        return false;
    *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

bool decimal_parse(const char *text, size_t length, uint64_t *billionths)
{
    const char *point = memchr(text, '.', length);
    size_t whole_length = point ? (size_t)(point - text) : length;
    size_t decimals = point ? length - whole_length - 1 : 0;
    uint64_t whole = 0;
    uint64_t part = 0;

    if (decimals > 9 || whole_length + decimals == 0 || (point && decimals == 0))
        return false;
    if (whole_length && !decimal_parse_whole(text, whole_length, &whole))
        return false;
    if (decimals && !decimal_parse_whole(point + 1, decimals, &part))
        return false;
    for (size_t i = decimals; i < 9; i++)
        part *= 10;
    if (whole > (UINT64_MAX - part) / DECIMAL_ONE)
        return false;
    *billionths = whole * DECIMAL_ONE + part;
    return true;
}

void decimal_format(uint64_t billionths, unsigned decimals, char *text, size_t size)
{
    char part[16];
    size_t length = 9;

    check(decimals <= 9);
    snprintf(part, sizeof part, "%09u", (unsigned)(billionths % DECIMAL_ONE));
    while (length > decimals && part[length - 1] == '0')
        length--;
    snprintf(text, size, "%" PRIu64 "%s%.*s", billionths / DECIMAL_ONE, length ? "." : "", (int)length, part);
}
