/* Lines of a text file: plain, gzip, or an entry of a zip archive. */
#ifndef VITRINE_TEXT_INPUT_H
#define VITRINE_TEXT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_LINE_MAX 65536 /* bytes in a line */
#define TEXT_ERROR_MAX 512

struct text_input;

enum text_status {
    TEXT_LINE, /* a line is there */
    TEXT_END,  /* no more */
    TEXT_BAD,  /* the file can't be read on: text_input_error() says why */
};

/* A zip archive: it starts like one. */
bool text_input_is_zip(const char *path);

/* Opens `path`; of a zip archive the one entry whose name contains `part`. NULL, and `error` names the file and
 * the reason. `error` has room for TEXT_ERROR_MAX. */
struct text_input *text_input_open(const char *path, const char *part, char *error);
void text_input_close(struct text_input *input);

/* The next line without its end, terminated by a NUL; valid until the next call. *length is without the NUL. */
enum text_status text_input_line(struct text_input *input, char **line, size_t *length);

/* Whether the last line given ended with a line feed. */
bool text_input_ended(const struct text_input *input);

/* The name and number of the line last given, for messages. */
const char *text_input_name(const struct text_input *input);
uint64_t text_input_number(const struct text_input *input);

/* "file:line: reason" after TEXT_BAD. */
const char *text_input_error(const struct text_input *input);

#endif
