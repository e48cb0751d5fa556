/* Error messages that echo input: what is not printable ASCII is shown as \xNN. */
#ifndef VITRINE_PRINTABLE_H
#define VITRINE_PRINTABLE_H

#include <stddef.h>

/* Writes `text` into `shown`, cut to its size. */
void printable_write(const char *text, char *shown, size_t size);

/* Prints "who: message" and a line end on stderr. */
void printable_error(const char *who, const char *message);

#endif
