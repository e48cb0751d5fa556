#include "config_names.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS CAPITALS "abcdefghijklmnopqrstuvwxyz"

static bool name_only(const char *text, const char *allowed)
{
    return text[0] && text[strspn(text, allowed)] == '\0';
}

bool name_is_plain(const char *text)
{
    return text[0] && strchr(LETTERS, text[0]) && name_only(text, LETTERS DIGITS "_-.");
}

bool name_is_user(const char *text)
{
    return strlen(text) <= 6 && name_only(text, LETTERS DIGITS);
}

bool name_is_symbol(const char *text)
{
    return name_only(text, CAPITALS DIGITS "_");
}

static int name_digit(char letter)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = letter ? strchr(digits, letter >= 'A' && letter <= 'F' ? letter + 32 : letter) : NULL;

    return at ? (int)(at - digits) : -1;
}

bool name_read_key(const char *text, uint8_t key[32])
{
    if (strlen(text) != 64)
        return false;
    for (size_t i = 0; i < 32; i++) {
        int high = name_digit(text[2 * i]), low = name_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void name_write_hex(const uint8_t *bytes, size_t count, char *text)
{
    for (size_t i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    text[2 * count] = '\0';
}
