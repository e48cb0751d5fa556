/* Reads the settings of one group of a configuration file from a table, and explains every refusal. */
#ifndef VITRINE_CONFIG_FIELDS_H
#define VITRINE_CONFIG_FIELDS_H

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problems.h"

enum field_kind {
    FIELD_TEXT,     /* `bytes` of zero-padded text, a NUL included where the destination is a string */
    FIELD_WHOLE,    /* a number without a point */
    FIELD_DECIMAL,  /* text in quotes, in units of 10^-decimals; may be negative where `min` is */
    FIELD_SIZE,     /* "64 MiB" */
    FIELD_FLAG,     /* true, false: one byte */
    FIELD_CHOICE,   /* one of `choices`: `min` + its place in the list, one byte */
    FIELD_FRACTION, /* "1/75": two uint32_t, numerator and denominator, in 0 .. 1 */
    FIELD_RANGE,    /* ["0.99", "1.01"]: two uint32_t of 10^-decimals */
    FIELD_OTHER,    /* a group or list that the caller reads */
};

struct field {
    const char *key;
    enum field_kind kind;
    bool required;
    uint16_t bytes;         /* of the destination: 1, 2, 4, 8, or of a text */
    uint8_t decimals;
    uint16_t offset;
    int64_t min, max;       /* of numbers; in units */
    const char *const *choices;
    const char *right;      /* what would be right, for messages */
};

struct fields_source {
    struct problems *problems;
    const char *file;
};

/* Sets what the group has in `target`; the rest keeps its value. Unknown keys, missing required ones and bad values
 * become problems. `path` names the group in messages. */
void fields_read(const struct fields_source *source, config_setting_t *group, const char *path,
                 const struct field *table, void *target);

/* Adds a problem at `key` of a group (at the group itself where the key is not there). */
__attribute__((format(printf, 6, 7))) void fields_problem(const struct fields_source *source, config_setting_t *group,
                                                          const char *path, const char *key, const char *value,
                                                          const char *format, ...);

/* Text of a value for messages and late parsing: strings and whole numbers; NULL where there is none of these. */
const char *fields_text(config_setting_t *group, const char *key, char *text, size_t size);

#endif
