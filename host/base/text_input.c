#include "text_input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>
#include <zlib.h>

#include "memory.h"

struct text_input {
    gzFile plain; /* plain or gzip; or the two below */
    zip_t *archive;
    zip_file_t *entry;
    char name[1024];
    char error[TEXT_ERROR_MAX];
    uint64_t number;
    bool ended;
    bool at_end;
    size_t start, filled; /* what of `buffer` is unread */
    char buffer[2 * TEXT_LINE_MAX + 1];
};

/* False for pipes, terminals and the like, which can't be read twice; a folder has its own message. */
static bool text_input_is_regular(const char *path)
{
    struct stat stat_of;

    return stat(path, &stat_of) != 0 || S_ISREG(stat_of.st_mode) || S_ISDIR(stat_of.st_mode);
}

bool text_input_is_zip(const char *path)
{
    FILE *file = text_input_is_regular(path) ? fopen(path, "rb") : NULL;
    char magic[4] = { 0 };
    bool zip = file && fread(magic, 1, 4, file) == 4 && memcmp(magic, "PK\3\4", 4) == 0;

    if (file)
        fclose(file);
    return zip;
}

/* The index of the one entry whose name contains `part`, or -1. */
static zip_int64_t text_input_find_entry(zip_t *archive, const char *part)
{
    zip_int64_t found = -1;

    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); i++) {
        const char *name = zip_get_name(archive, (zip_uint64_t)i, 0);

        if (name && strstr(name, part)) {
            if (found >= 0)
                return -1;
            found = i;
        }
    }
    return found;
}

static bool text_input_open_zip(struct text_input *input, const char *path, const char *part, char *error)
{
    int code = 0;
    zip_int64_t found;

    input->archive = zip_open(path, ZIP_RDONLY, &code);
    if (input->archive == NULL) {
        snprintf(error, TEXT_ERROR_MAX, "%.300s: not a zip archive that can be read (libzip error %d)", path, code);
        return false;
    }
    found = text_input_find_entry(input->archive, part);
    if (found >= 0)
        input->entry = zip_fopen_index(input->archive, (zip_uint64_t)found, 0);
    if (input->entry == NULL) {
        snprintf(error, TEXT_ERROR_MAX, "%.300s: the archive has not just one entry named *%s*", path, part);
        return false;
    }
    snprintf(input->name, sizeof input->name, "%.500s/%.500s", path,
             zip_get_name(input->archive, (zip_uint64_t)found, 0));
    return true;
}

static bool text_input_open_plain(struct text_input *input, const char *path, char *error)
{
    struct stat stat_of;

    if (stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode))
        errno = EISDIR;
    else
        input->plain = gzopen(path, "rb");
    if (input->plain == NULL) {
        snprintf(error, TEXT_ERROR_MAX, "%.300s: %s", path, errno ? strerror(errno) : "can't be opened");
        return false;
    }
    gzbuffer(input->plain, 1u << 17);
    snprintf(input->name, sizeof input->name, "%.1000s", path);
    return true;
}

struct text_input *text_input_open(const char *path, const char *part, char *error)
{
    struct text_input *input = memory_reserve(1, sizeof *input);
    bool open = false;

    if (!text_input_is_regular(path))
        snprintf(error, TEXT_ERROR_MAX, "%.300s is not a regular file", path);
    else if (text_input_is_zip(path))
        open = text_input_open_zip(input, path, part, error);
    else
        open = text_input_open_plain(input, path, error);
    if (open)
        return input;
    text_input_close(input);
    return NULL;
}

void text_input_close(struct text_input *input)
{
    if (input == NULL)
        return;
    if (input->plain)
        gzclose(input->plain);
    if (input->entry)
        zip_fclose(input->entry);
    if (input->archive)
        zip_discard(input->archive);
    free(input);
}

static enum text_status text_input_fail(struct text_input *input, const char *reason)
{
    snprintf(input->error, sizeof input->error, "%.300s:%" PRIu64 ": %s", input->name, input->number + 1, reason);
    return TEXT_BAD;
}

/* Fetches up to `room` bytes; -1 on an error, 0 at the end. */
static int text_input_fetch(struct text_input *input, char *place, size_t room)
{
    int code = Z_OK;
    int got;

    if (input->entry)
        return (int)zip_fread(input->entry, place, room);
    got = gzread(input->plain, place, (unsigned)room);
    gzerror(input->plain, &code);
    return code == Z_OK || code == Z_STREAM_END ? got : -1;
}

/* Makes a whole line available, if there is one, and gives its length without its end. */
static enum text_status text_input_fill(struct text_input *input, size_t *length)
{
    size_t searched = 0;

    for (;;) {
        size_t unread = input->filled - input->start;
        char *feed = memchr(input->buffer + input->start + searched, '\n', unread - searched);
        int got;

        if (feed || input->at_end) {
            *length = feed ? (size_t)(feed - input->buffer) - input->start : unread;
            input->ended = feed != NULL;
            return feed || unread ? TEXT_LINE : TEXT_END;
        }
        if (unread >= TEXT_LINE_MAX)
            return text_input_fail(input, "line too long");
        searched = unread;
        memmove(input->buffer, input->buffer + input->start, unread);
        input->start = 0;
        input->filled = unread;
        got = text_input_fetch(input, input->buffer + unread, sizeof input->buffer - 1 - unread);
        if (got < 0)
            return text_input_fail(input, "the compressed data are damaged or cut off");
        input->filled += (size_t)got;
        input->at_end = got == 0;
    }
}

enum text_status text_input_line(struct text_input *input, char **line, size_t *length)
{
    enum text_status status = text_input_fill(input, length);

    if (status != TEXT_LINE)
        return status;
    *line = input->buffer + input->start;
    input->start += *length + input->ended;
    if (*length && (*line)[*length - 1] == '\r')
        --*length;
    (*line)[*length] = '\0';
    input->number++;
    return TEXT_LINE;
}

bool text_input_ended(const struct text_input *input)
{
    return input->ended;
}

const char *text_input_name(const struct text_input *input)
{
    return input->name;
}

uint64_t text_input_number(const struct text_input *input)
{
    return input->number;
}

const char *text_input_error(const struct text_input *input)
{
    return input->error;
}
