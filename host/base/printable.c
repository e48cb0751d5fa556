#include "printable.h"

#include <stdio.h>

#define PRINTABLE_MESSAGE_MAX 4096

void printable_write(const char *text, char *shown, size_t size)
{
    size_t used = 0;

    for (const unsigned char *at = (const unsigned char *)text; *at && used + 5 <= size; at++)
        if (*at >= ' ' && *at <= '~')
            shown[used++] = (char)*at;
        else
            used += (size_t)snprintf(shown + used, size - used, "\\x%02x", *at);
    shown[used] = '\0';
}

void printable_error(const char *who, const char *message)
{
    char shown[PRINTABLE_MESSAGE_MAX];

    printable_write(message, shown, sizeof shown);
    fprintf(stderr, "%s: %s\n", who, shown);
}
