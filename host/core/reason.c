#include "reason.h"

#include <stddef.h>

const char *reason_name(unsigned reason)
{
    static const char *const names[] = {
#define REASON_TEXT(number, name, text) [number] = text,
        REASON_TABLE(REASON_TEXT)
#undef REASON_TEXT
    };

    return reason < REASONS ? names[reason] : NULL;
}
