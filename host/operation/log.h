/* Structured logs: a line an event on stderr, key=value or JSON; under journald each begins with its priority. */
#ifndef VITRINE_LOG_H
#define VITRINE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_FAULT = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6 }; /* as syslog numbers them */

struct log {
    int fd;
    bool json;
    bool journald;          /* $JOURNAL_STREAM is set: journald reads stderr */
    uint64_t (*clock_ns)(void); /* UTC for the key "time"; NULL: none (journald has its own) */
};

/* Writes one line in one write, or loses it where that would have to wait. Pairs of key and value (both const char *),
 * ended by NULL. */
__attribute__((sentinel)) void log_event(const struct log *log, enum log_level level, const char *event, ...);

/* The line itself, with its end; returns its length, at most `size` - 1. */
size_t log_format(const struct log *log, enum log_level level, const char *event, const char *const *pairs, char *line,
                  size_t size);

#endif
