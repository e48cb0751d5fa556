/* Names that people give, and keys in hexadecimal. */
#ifndef VITRINE_CONFIG_NAMES_H
#define VITRINE_CONFIG_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Accounts, subaccounts: a letter first (digits alone would be a number), then letters, digits, '_', '-', '.'. */
bool name_is_plain(const char *text);
/* Users: 1 to 6 letters or digits. */
bool name_is_user(const char *text);
/* Markets, assets: capital letters, digits, '_'. */
bool name_is_symbol(const char *text);
/* 64 hexadecimal digits. */
bool name_read_key(const char *text, uint8_t key[32]);
void name_write_hex(const uint8_t *bytes, size_t count, char *text); /* 2 x count digits and a NUL */

#endif
