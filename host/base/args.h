/* Options of a verb, from one table: parsed, bounded, and printed as help. */
#ifndef VITRINE_ARGS_H
#define VITRINE_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,   /* bool */
    OPTION_NUMBER, /* uint64_t in min .. max */
    OPTION_TEXT,   /* const char *, not empty */
    OPTION_CHOICE, /* const char *, one of a NULL-terminated list */
    OPTION_LIST,   /* struct option_list: may be given again and again; each value as of OPTION_TEXT */
};

enum { OPTION_LIST_MAX = 16 };

struct option_list {
    const char *values[OPTION_LIST_MAX];
    size_t count;
};

struct option_spec {
    const char *name; /* without the dashes; NULL ends a table */
    enum option_kind kind;
    size_t offset; /* of its value in the verb's settings */
    uint64_t min, max;
    const char *const *choices;
    const char *argument; /* what the help calls its value */
    const char *help;
};

struct verb {
    const char *name;
    const char *operands; /* as the help shows them, "" if none */
    size_t operands_min, operands_max;
    const char *summary; /* one line */
    const char *text;    /* what it does and prints */
    const struct option_spec *options;
    const void *defaults; /* settings before options are read */
    size_t settings_size;
    int (*run)(const void *settings, const char *const *operands, size_t count); /* an exit status */
};

#define ARGS_SETTINGS_MAX 512
#define ARGS_OPERANDS_MAX 8

struct args {
    _Alignas(max_align_t) unsigned char settings[ARGS_SETTINGS_MAX];
    const char *operands[ARGS_OPERANDS_MAX];
    size_t operand_count;
    bool help; /* --help was given */
};

/* Reads `count` arguments into `args`. False and a message that names the offending value otherwise. */
bool args_parse(struct args *args, const struct verb *verb, int count, char **arguments, char *error, size_t size);

/* Prints a verb's page. */
void args_print_help(const struct verb *verb);

#endif
