#include "config_fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "decimal.h"
#include "units.h"

#define FIELD_PATH_MAX 160

void fields_problem(const struct fields_source *source, config_setting_t *group, const char *path, const char *key,
                    const char *value, const char *format, ...)
{
    config_setting_t *setting = config_setting_get_member(group, key);
    const char *file = config_setting_source_file(group);
    char message[PROBLEM_TEXT_MAX], place[FIELD_PATH_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    snprintf(place, sizeof place, "%s%s%s", path, path[0] ? "." : "", key);
    problems_add(source->problems, file ? file : source->file,
                 config_setting_source_line(setting ? setting : group), place, value, "%s", message);
}

/* A setting as text; NULL for what is neither text nor a whole number. */
static const char *setting_text(const config_setting_t *setting, char *text, size_t size)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_STRING:
        return config_setting_get_string(setting);
    case CONFIG_TYPE_INT:
        snprintf(text, size, "%d", config_setting_get_int(setting));
        return text;
    case CONFIG_TYPE_INT64:
        snprintf(text, size, "%lld", config_setting_get_int64(setting));
        return text;
    default:
        return NULL;
    }
}

const char *fields_text(config_setting_t *group, const char *key, char *text, size_t size)
{
    const config_setting_t *setting = config_setting_get_member(group, key);

    return setting ? setting_text(setting, text, size) : NULL;
}

/* Where a table is applied: what messages need. */
struct place {
    const struct fields_source *source;
    config_setting_t *group;
    const char *path;
    const struct field *field;
};

static void place_problem(const struct place *place, const char *value, const char *what)
{
    fields_problem(place->source, place->group, place->path, place->field->key, value, "%s; right is %s", what,
                   place->field->right);
}

static void field_store(const struct field *field, void *target, int64_t value)
{
    uint8_t *to = (uint8_t *)target + field->offset;

    if (field->bytes == 1)
        *to = (uint8_t)value;
    else if (field->bytes == 2)
        memcpy(to, &(uint16_t){ (uint16_t)value }, 2);
    else if (field->bytes == 4)
        memcpy(to, &(uint32_t){ (uint32_t)value }, 4);
    else
        memcpy(to, &value, 8);
}

static void field_text(const struct place *place, const char *text, void *target)
{
    const struct field *field = place->field;
    size_t length = strlen(text);

    if ((int64_t)length < field->min || (int64_t)length > field->max) {
        place_problem(place, text, length ? "has a wrong length" : "is empty");
        return;
    }
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~') {
            place_problem(place, text, "is not printable ASCII");
            return;
        }
    memset((uint8_t *)target + field->offset, 0, field->bytes);
    memcpy((uint8_t *)target + field->offset, text, length);
}

/* A number of any kind; false with a problem. */
static bool field_number(const struct place *place, const char *text, size_t length, int64_t *value)
{
    const struct field *field = place->field;
    char what[64];
    enum units_status status;

    if (field->kind == FIELD_SIZE)
        status = units_parse_size(text, length, value);
    else
        status = (field->min < 0 ? units_parse_signed : units_parse)(text, length, field->decimals, value);
    if (status != UNITS_OK) {
        units_explain(status, field->decimals, what, sizeof what);
        place_problem(place, text, what);
        return false;
    }
    if (*value < field->min || *value > field->max) {
        place_problem(place, text, "is out of range");
        return false;
    }
    return true;
}

static void field_choice(const struct place *place, const char *text, void *target)
{
    for (int64_t i = 0; place->field->choices[i]; i++)
        if (strcmp(text, place->field->choices[i]) == 0) {
            field_store(place->field, target, place->field->min + i);
            return;
        }
    place_problem(place, text, "is not known");
}

static void field_fraction(const struct place *place, const char *text, void *target)
{
    const char *slash = strchr(text, '/');
    uint64_t numerator, denominator;
    uint32_t parts[2];

    if (slash == NULL || !decimal_parse_whole(text, (size_t)(slash - text), &numerator) ||
        !decimal_parse_whole(slash + 1, strlen(slash + 1), &denominator)) {
        place_problem(place, text, "is not a fraction");
        return;
    }
    if (denominator == 0 || denominator > UINT32_MAX || numerator > denominator) {
        place_problem(place, text, "is not in 0 .. 1");
        return;
    }
    parts[0] = (uint32_t)numerator;
    parts[1] = (uint32_t)denominator;
    memcpy((uint8_t *)target + place->field->offset, parts, sizeof parts);
}

static void field_range(const struct place *place, const config_setting_t *setting, void *target)
{
    uint32_t bounds[2];
    char buffer[32];

    if (!config_setting_is_aggregate(setting) || config_setting_is_group(setting) ||
        config_setting_length(setting) != 2) {
        place_problem(place, NULL, "is not a pair");
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        const char *text = setting_text(config_setting_get_elem(setting, i), buffer, sizeof buffer);
        int64_t value;

        if (text == NULL) {
            place_problem(place, NULL, "is not a pair of numbers in quotes");
            return;
        }
        if (!field_number(place, text, strlen(text), &value))
            return;
        bounds[i] = (uint32_t)value;
    }
    memcpy((uint8_t *)target + place->field->offset, bounds, sizeof bounds);
}

static void field_read(const struct place *place, const config_setting_t *setting, void *target)
{
    char buffer[32];
    const char *text = setting_text(setting, buffer, sizeof buffer);
    enum field_kind kind = place->field->kind;
    int64_t value;

    if (kind == FIELD_OTHER)
        return;
    if (kind == FIELD_FLAG) {
        if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
            place_problem(place, text, "is neither true nor false");
        else
            field_store(place->field, target, config_setting_get_bool(setting));
        return;
    }
    if (kind == FIELD_RANGE) {
        field_range(place, setting, target);
        return;
    }
    if (text == NULL) {
        place_problem(place, NULL, config_setting_type(setting) == CONFIG_TYPE_FLOAT
                                       ? "is a number with a point outside of quotes, which is not exact"
                                       : "is no single value");
        return;
    }
    if (kind == FIELD_TEXT)
        field_text(place, text, target);
    else if (kind == FIELD_CHOICE)
        field_choice(place, text, target);
    else if (kind == FIELD_FRACTION)
        field_fraction(place, text, target);
    else if (field_number(place, text, strlen(text), &value))
        field_store(place->field, target, value);
}

static bool table_has(const struct field *table, const char *key)
{
    for (; table->key; table++)
        if (strcmp(table->key, key) == 0)
            return true;
    return false;
}

/* "a, b, c" */
static void table_list(const struct field *table, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (const struct field *field = table; field->key && used < size; field++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", field == table ? "" : ", ", field->key);
}

void fields_read(const struct fields_source *source, config_setting_t *group, const char *path,
                 const struct field *table, void *target)
{
    char known[240];

    if (!config_setting_is_group(group)) {
        problems_add(source->problems, source->file, config_setting_source_line(group), path, NULL,
                     "is not a group; right is { key = value; ... }");
        return;
    }
    for (const struct field *field = table; field->key; field++) {
        const config_setting_t *setting = config_setting_get_member(group, field->key);
        struct place place = { source, group, path, field };

        if (setting)
            field_read(&place, setting, target);
        else if (field->required)
            place_problem(&place, NULL, "is missing");
    }
    for (unsigned i = 0; i < (unsigned)config_setting_length(group); i++) {
        const char *key = config_setting_name(config_setting_get_elem(group, i));

        if (table_has(table, key))
            continue;
        table_list(table, known, sizeof known);
        fields_problem(source, group, path, key, NULL, "no such key; right is one of %s", known);
    }
}
