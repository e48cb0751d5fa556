/* What is wrong with a configuration: a list for people, one line each. */
#ifndef VITRINE_PROBLEMS_H
#define VITRINE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#define PROBLEMS_MAX 32
#define PROBLEM_TEXT_MAX 512

struct problems {
    size_t count; /* found; the first PROBLEMS_MAX are kept */
    char text[PROBLEMS_MAX][PROBLEM_TEXT_MAX];
};

/* Adds "FILE:LINE: KEY: VALUE: MESSAGE"; line 0 and an empty or NULL value are left out. */
__attribute__((format(printf, 6, 7))) void problems_add(struct problems *problems, const char *file, unsigned line,
                                                        const char *key, const char *value, const char *format, ...);

#endif
