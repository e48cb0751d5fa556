#include "log.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 4096
#define LOG_PAIRS_MAX 32

struct line {
    char *text;
    size_t size, used;
};

static void line_add(struct line *line, char letter)
{
    if (line->used + 2 < line->size) /* room for the line's end */
        line->text[line->used++] = letter;
}

static void line_text(struct line *line, const char *text)
{
    while (*text)
        line_add(line, *text++);
}

/* Quoted; what is not printable ASCII as \u00NN (JSON) or \xNN. */
static void line_quoted(struct line *line, const char *text, bool json)
{
    char code[8];

    line_add(line, '"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\') {
            line_add(line, '\\');
            line_add(line, (char)*at);
        } else if (*at < ' ' || *at > '~') {
            snprintf(code, sizeof code, json ? "\\u%04x" : "\\x%02x", *at);
            line_text(line, code);
        } else {
            line_add(line, (char)*at);
        }
    }
    line_add(line, '"');
}

static bool value_is_plain(const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/+[]";

    return text[0] && text[strspn(text, plain)] == '\0';
}

static void line_pair(struct line *line, bool json, bool first, const char *key, const char *value)
{
    if (!first)
        line_text(line, json ? "," : " ");
    if (json) {
        line_quoted(line, key, true);
        line_add(line, ':');
        line_quoted(line, value, true);
        return;
    }
    line_text(line, key);
    line_add(line, '=');
    if (value_is_plain(value))
        line_text(line, value);
    else
        line_quoted(line, value, false);
}

static const char *level_name(enum log_level level)
{
    return level == LOG_LEVEL_FAULT ? "fault" : level == LOG_LEVEL_WARNING ? "warning" : "info";
}

size_t log_format(const struct log *log, enum log_level level, const char *event, const char *const *pairs, char *text,
                  size_t size)
{
    struct line line = { text, size, 0 };
    char number[32];
    bool first = true;

    if (log->journald) {
        snprintf(number, sizeof number, "<%d>", level);
        line_text(&line, number);
    }
    if (log->json)
        line_add(&line, '{');
    if (log->clock_ns && !log->journald) {
        snprintf(number, sizeof number, "%" PRIu64, log->clock_ns());
        line_pair(&line, log->json, first, "time_ns", number);
        first = false;
    }
    line_pair(&line, log->json, first, "level", level_name(level));
    line_pair(&line, log->json, false, "event", event);
    for (; pairs[0]; pairs += 2)
        line_pair(&line, log->json, false, pairs[0], pairs[1] ? pairs[1] : "");
    if (log->json)
        line_add(&line, '}');
    line.text[line.used++] = '\n';
    line.text[line.used] = '\0';
    return line.used;
}

/* A reader that does not keep up loses lines, and the next one says how many: it must not hold the exchange up, least
 * of all when anybody who connects can make it say something. A pipe that can be written to takes a page at once. */
static bool log_write(const struct log *log, const char *line, size_t length)
{
    struct pollfd ready = { .fd = log->fd, .events = POLLOUT };

    return poll(&ready, 1, 0) == 1 && ready.revents & POLLOUT && write(log->fd, line, length) >= 0;
}

void log_event(const struct log *log, enum log_level level, const char *event, ...)
{
    static uint64_t lost; /* of the process, as stderr is */
    const char *pairs[2 * LOG_PAIRS_MAX + 1];
    char line[LOG_LINE_MAX], number[32];
    size_t count = 0, length;
    va_list arguments;

    va_start(arguments, event);
    while (count < 2 * LOG_PAIRS_MAX && (pairs[count] = va_arg(arguments, const char *)) != NULL) {
        pairs[count + 1] = va_arg(arguments, const char *);
        count += 2;
    }
    va_end(arguments);
    if (lost > 0 && count < 2 * LOG_PAIRS_MAX) {
        snprintf(number, sizeof number, "%" PRIu64, lost);
        pairs[count++] = "lines_lost";
        pairs[count++] = number;
    }
    pairs[count] = NULL;
    length = log_format(log, level, event, pairs, line, sizeof line);
    lost = log_write(log, line, length) ? 0 : lost + 1;
}
