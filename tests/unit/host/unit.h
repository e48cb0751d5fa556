/* cmocka with what it wants included before it, and files that a test writes. */
#ifndef VITRINE_UNIT_H
#define VITRINE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Writes `text` into /tmp/vitrine_unit_NAME and returns its path, valid until the next call with that slot (0..3). */
static inline const char *unit_file(unsigned slot, const char *name, const char *text)
{
    static char path[4][256];
    FILE *file;

    snprintf(path[slot], sizeof path[slot], "/tmp/vitrine_unit_%s", name);
    file = fopen(path[slot], "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    return path[slot];
}

#endif
