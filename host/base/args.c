#include "args.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "decimal.h"

static const struct option_spec *args_find(const struct verb *verb, const char *name, size_t length)
{
    for (const struct option_spec *option = verb->options; option->name; option++)
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

static bool args_is_choice(const struct option_spec *option, const char *value)
{
    for (size_t i = 0; option->choices[i]; i++)
        if (strcmp(option->choices[i], value) == 0)
            return true;
    return false;
}

static void args_list_choices(const struct option_spec *option, char *text, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; option->choices[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", option->choices[i]);
}

static bool args_append(struct option_list *list, const struct option_spec *option, const char *value, char *error,
                        size_t size)
{
    if (*value == '\0') {
        snprintf(error, size, "--%s: its value is empty", option->name);
        return false;
    }
    if (list->count == OPTION_LIST_MAX) {
        snprintf(error, size, "--%s %s: at most %d of them", option->name, value, OPTION_LIST_MAX);
        return false;
    }
    list->values[list->count++] = value;
    return true;
}

static bool args_set(struct args *args, const struct option_spec *option, const char *value, char *error, size_t size)
{
    void *place = args->settings + option->offset;
    uint64_t number;
    char list[128];

    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return true;
    case OPTION_NUMBER:
        if (!decimal_parse_whole(value, strlen(value), &number) || number < option->min || number > option->max) {
            snprintf(error, size, "--%s %s: must be a whole number from %" PRIu64 " to %" PRIu64, option->name, value,
                     option->min, option->max);
            return false;
        }
        *(uint64_t *)place = number;
        return true;
    case OPTION_TEXT:
        *(const char **)place = value;
        if (*value == '\0')
            snprintf(error, size, "--%s: its value is empty", option->name);
        return *value != '\0';
    case OPTION_CHOICE:
        if (!args_is_choice(option, value)) {
            args_list_choices(option, list, sizeof list);
            snprintf(error, size, "--%s %s: must be one of %s", option->name, value, list);
            return false;
        }
        *(const char **)place = value;
        return true;
    case OPTION_LIST:
        return args_append(place, option, value, error, size);
    }
    check(false);
    return false;
}

/* Reads one option, and its value from the next argument where it is not behind a '='. */
static bool args_read_option(struct args *args, const struct verb *verb, int count, char **arguments, int *i,
                             char *error, size_t size)
{
    const char *name = arguments[*i] + 2;
    const char *equals = strchr(name, '=');
    const struct option_spec *option = args_find(verb, name, equals ? (size_t)(equals - name) : strlen(name));
    const char *value = equals ? equals + 1 : NULL;

    if (strcmp(name, "help") == 0)
        return args->help = true;
    if (option == NULL) {
        snprintf(error, size, "%s: no such option", arguments[*i]);
        return false;
    }
    if (option->kind == OPTION_FLAG && value) {
        snprintf(error, size, "--%s takes no value: %s", option->name, value);
        return false;
    }
    if (option->kind != OPTION_FLAG && value == NULL) {
        if (*i + 1 == count) {
            snprintf(error, size, "--%s needs a value", option->name);
            return false;
        }
        value = arguments[++*i];
    }
    return args_set(args, option, value, error, size);
}

bool args_parse(struct args *args, const struct verb *verb, int count, char **arguments, char *error, size_t size)
{
    bool options_end = false;

    check(verb->settings_size <= sizeof args->settings && verb->operands_max <= ARGS_OPERANDS_MAX);
    *args = (struct args){ .help = false };
    if (verb->settings_size)
        memcpy(args->settings, verb->defaults, verb->settings_size);
    for (int i = 0; i < count; i++) {
        if (!options_end && strcmp(arguments[i], "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(arguments[i], "--", 2) == 0) {
            if (!args_read_option(args, verb, count, arguments, &i, error, size))
                return false;
        } else if (!options_end && strcmp(arguments[i], "-h") == 0) {
            args->help = true;
        } else if (!options_end && arguments[i][0] == '-' && arguments[i][1]) {
            snprintf(error, size, "%s: no such option", arguments[i]);
            return false;
        } else if (args->operand_count == verb->operands_max) {
            snprintf(error, size, "%s: one argument too many", arguments[i]);
            return false;
        } else {
            args->operands[args->operand_count++] = arguments[i];
        }
    }
    if (!args->help && args->operand_count < verb->operands_min) {
        snprintf(error, size, "missing %s", verb->operands);
        return false;
    }
    return true;
}

void args_print_help(const struct verb *verb)
{
    char left[64];
    char list[128];

    printf("vitrine %s%s%s [options]\n\n%s\n", verb->name, *verb->operands ? " " : "", verb->operands, verb->text);
    printf("\nOptions:\n");
    for (const struct option_spec *option = verb->options; option->name; option++) {
        if (option->kind == OPTION_CHOICE)
            args_list_choices(option, list, sizeof list);
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-22s %s", left, option->help);
        if (option->kind == OPTION_NUMBER)
            printf(" (%" PRIu64 " to %" PRIu64 ")", option->min, option->max);
        if (option->kind == OPTION_CHOICE)
            printf(" (%s)", list);
        printf("\n");
    }
    printf("  %-22s %s\n", "--help", "this page");
}
