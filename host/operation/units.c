#include "units.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

int64_t units_power(unsigned exponent)
{
    int64_t power = 1;

    check(exponent <= UNITS_DECIMALS_MAX);
    while (exponent--)
        power *= 10;
    return power;
}

/* One more digit; false if the value would leave 63 bits. */
static bool units_push(int64_t *value, unsigned digit)
{
    return !__builtin_mul_overflow(*value, 10, value) && !__builtin_add_overflow(*value, (int64_t)digit, value);
}

static bool units_well_formed(const char *text, size_t length)
{
    size_t digits = 0, points = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.')
            points++;
        else if (text[i] >= '0' && text[i] <= '9')
            digits++;
        else
            return false;
    }
    return digits > 0 && points <= 1 && text[length - 1] != '.';
}

enum units_status units_parse(const char *text, size_t length, unsigned decimals, int64_t *value)
{
    int64_t units = 0;
    unsigned behind = 0;
    bool point = false;

    check(decimals <= UNITS_DECIMALS_MAX);
    if (!units_well_formed(text, length))
        return UNITS_NOT_A_NUMBER;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        if (point && behind == decimals) {
            if (text[i] != '0')
                return UNITS_TOO_FINE;
            continue;
        }
        if (!units_push(&units, (unsigned)(text[i] - '0')))
            return UNITS_TOO_LARGE;
        behind += point;
    }
    for (; behind < decimals; behind++)
        if (!units_push(&units, 0))
            return UNITS_TOO_LARGE;
    *value = units;
    return UNITS_OK;
}

enum units_status units_parse_signed(const char *text, size_t length, unsigned decimals, int64_t *value)
{
    bool negative = length > 0 && text[0] == '-';
    enum units_status status = units_parse(text + negative, length - negative, decimals, value);

    if (status == UNITS_OK && negative)
        *value = -*value;
    return status;
}

enum units_status units_parse_size(const char *text, size_t length, int64_t *value)
{
    static const struct {
        const char *name;
        unsigned shift;
    } suffixes[] = { { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 }, { "TiB", 40 } };
    unsigned shift = 0;
    enum units_status status;

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (length > 3 && memcmp(text + length - 3, suffixes[i].name, 3) == 0)
            shift = suffixes[i].shift;
    if (shift) {
        length -= 3;
        length -= text[length - 1] == ' ';
    }
    status = units_parse(text, length, 0, value);
    if (status == UNITS_OK && __builtin_mul_overflow(*value, INT64_C(1) << shift, value))
        return UNITS_TOO_LARGE;
    return status;
}

void units_format(wide value, unsigned decimals, char *text, size_t size)
{
    char digits[UNITS_TEXT_MAX];
    size_t at = sizeof digits;
    uwide left = value < 0 ? -(uwide)value : (uwide)value;
    bool shown = false;
    unsigned place = 0;

    check(decimals <= 38);
    digits[--at] = '\0';
    while (left > 0 || place <= decimals) {
        unsigned digit = (unsigned)(left % 10);

        if (place == decimals) {
            if (shown)
                digits[--at] = '.';
            shown = true;
        }
        shown |= digit > 0;
        if (shown)
            digits[--at] = (char)('0' + digit);
        left /= 10;
        place++;
    }
    if (value < 0)
        digits[--at] = '-';
    snprintf(text, size, "%s", digits + at);
}

void units_explain(enum units_status status, unsigned decimals, char *text, size_t size)
{
    if (status == UNITS_TOO_FINE)
        snprintf(text, size, decimals ? "has more than %u decimals" : "is not a whole number", decimals);
    else
        snprintf(text, size, "%s", status == UNITS_TOO_LARGE ? "is too large" : "is not a number");
}
