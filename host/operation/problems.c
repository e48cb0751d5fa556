#include "problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "printable.h"

void problems_add(struct problems *problems, const char *file, unsigned line, const char *key, const char *value,
                  const char *format, ...)
{
    char message[PROBLEM_TEXT_MAX], place[PROBLEM_TEXT_MAX], shown[128], number[16] = "";
    va_list arguments;

    if (problems->count++ >= PROBLEMS_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (line)
        snprintf(number, sizeof number, ":%u", line);
    printable_write(value ? value : "", shown, sizeof shown);
    snprintf(place, sizeof place, "%s%s: %s%s%s", file, number, key, shown[0] ? ": " : "", shown);
    snprintf(problems->text[problems->count - 1], PROBLEM_TEXT_MAX, "%.250s: %.250s", place, message);
}
