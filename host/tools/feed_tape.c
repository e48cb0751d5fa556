#include "feed_tape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "memory.h"

#define FEED_FIELDS 5
#define FEED_HEAD_NAMES "ts_us,venue,market,price,amount"
#define FEED_HEAD_TRADES "ts_us,id,side,price,amount"

struct feed_tape {
    struct text_input *text;
    bool names;            /* rows name venue and market */
    struct feed_row row;   /* the next one */
    enum text_status status;
};

struct feed_field {
    const char *text;
    size_t length;
};

/* The fields of a line; false where there are not exactly five. */
static bool feed_split(const char *line, size_t length, struct feed_field field[FEED_FIELDS])
{
    size_t count = 0, begin = 0;

    for (size_t at = 0; at <= length; at++)
        if (at == length || line[at] == ',') {
            if (count == FEED_FIELDS)
                return false;
            field[count++] = (struct feed_field){ line + begin, at - begin };
            begin = at + 1;
        }
    return count == FEED_FIELDS;
}

static bool feed_fail(struct feed_tapes *tapes, const struct feed_tape *tape, const char *reason)
{
    snprintf(tapes->error, sizeof tapes->error, "%s:%" PRIu64 ": %s", text_input_name(tape->text),
             text_input_number(tape->text), reason);
    return false;
}

static bool feed_copy_name(char name[FEED_NAME_BYTES], struct feed_field field)
{
    if (field.length == 0 || field.length >= FEED_NAME_BYTES)
        return false;
    memset(name, 0, FEED_NAME_BYTES);
    memcpy(name, field.text, field.length);
    return true;
}

static bool feed_read_names(struct feed_tapes *tapes, struct feed_tape *tape, const struct feed_field *field)
{
    struct feed_field asset = field[2];

    asset.length = 0;
    while (asset.length < field[2].length && !strchr("-_/", asset.text[asset.length]))
        asset.length++;
    if (!feed_copy_name(tape->row.venue, field[1]))
        return feed_fail(tapes, tape, "venue: must have 1 to 15 characters");
    if (!feed_copy_name(tape->row.asset, asset))
        return feed_fail(tapes, tape, "market: must begin with a coin's symbol of 1 to 15 characters");
    return true;
}

static bool feed_read_row(struct feed_tapes *tapes, struct feed_tape *tape, const char *line, size_t length)
{
    const uint64_t before = tape->row.time_ns;
    struct feed_field field[FEED_FIELDS];
    uint64_t time_us, billionths;

    if (!feed_split(line, length, field))
        return feed_fail(tapes, tape, "must have five fields");
    if (!decimal_parse_whole(field[0].text, field[0].length, &time_us) || time_us > INT64_MAX / 1000)
        return feed_fail(tapes, tape, "ts_us: must be microseconds since 1970");
    if (time_us * 1000 < before)
        return feed_fail(tapes, tape, "ts_us: must not be before the last row's");
    if (!decimal_parse(field[3].text, field[3].length, &billionths) || billionths == 0 ||
        billionths > INT64_MAX / 1000)
        return feed_fail(tapes, tape, "price: must be a decimal above 0 and below 9223372");
    tape->row.time_ns = time_us * 1000;
    tape->row.price = billionths * 1000;
    return !tape->names || feed_read_names(tapes, tape, field);
}

static void feed_advance(struct feed_tapes *tapes, struct feed_tape *tape)
{
    char *line;
    size_t length;

    tape->status = text_input_line(tape->text, &line, &length);
    if (tape->status == TEXT_BAD)
        snprintf(tapes->error, sizeof tapes->error, "%s", text_input_error(tape->text));
    else if (tape->status == TEXT_LINE && !feed_read_row(tapes, tape, line, length))
        tape->status = TEXT_BAD;
}

/* The header says which format it is, and the caller which one it wants. */
static bool feed_read_head(struct feed_tapes *tapes, struct feed_tape *tape, const char *venue, const char *asset)
{
    char *line = NULL;
    size_t length;
    const enum text_status status = text_input_line(tape->text, &line, &length);

    tape->names = status == TEXT_LINE && strcmp(line, FEED_HEAD_NAMES) == 0;
    if (status == TEXT_BAD) {
        snprintf(tapes->error, sizeof tapes->error, "%s", text_input_error(tape->text));
        return false;
    }
    if (!tape->names && (status != TEXT_LINE || strcmp(line, FEED_HEAD_TRADES) != 0))
        return feed_fail(tapes, tape, "the first line must be " FEED_HEAD_NAMES " or " FEED_HEAD_TRADES);
    if (tape->names != (venue == NULL || asset == NULL))
        return feed_fail(tapes, tape, tape->names ? "names its venues itself: give the file alone"
                                                  : "names no venue: say VENUE=FILE, and --asset");
    if (!tape->names && (!feed_copy_name(tape->row.venue, (struct feed_field){ venue, strlen(venue) }) ||
                         !feed_copy_name(tape->row.asset, (struct feed_field){ asset, strlen(asset) })))
        return feed_fail(tapes, tape, "venue and asset must have 1 to 15 characters");
    return true;
}

bool feed_tapes_add(struct feed_tapes *tapes, const char *path, const char *venue, const char *asset)
{
    char error[TEXT_ERROR_MAX];
    struct text_input *text;
    struct feed_tape *tape;

    if (tapes->count == FEED_TAPES_MAX) {
        snprintf(tapes->error, sizeof tapes->error, "%s: more than %d files", path, FEED_TAPES_MAX);
        return false;
    }
    text = text_input_open(path, "", error);
    if (text == NULL) {
        snprintf(tapes->error, sizeof tapes->error, "%s", error);
        return false;
    }
    tape = tapes->tape[tapes->count++] = memory_reserve(1, sizeof *tape);
    tape->text = text;
    if (!feed_read_head(tapes, tape, venue, asset))
        return false;
    feed_advance(tapes, tape);
    return tape->status != TEXT_BAD;
}

static struct feed_tape *feed_first(const struct feed_tapes *tapes)
{
    struct feed_tape *first = NULL;

    for (size_t i = 0; i < tapes->count; i++) {
        struct feed_tape *tape = tapes->tape[i];

        if (tape->status == TEXT_BAD)
            return tape;
        if (tape->status == TEXT_LINE && (first == NULL || tape->row.time_ns < first->row.time_ns))
            first = tape;
    }
    return first;
}

enum text_status feed_tapes_next(struct feed_tapes *tapes, struct feed_row *row)
{
    struct feed_tape *tape = feed_first(tapes);

    if (tape == NULL)
        return TEXT_END;
    if (tape->status == TEXT_BAD)
        return TEXT_BAD;
    *row = tape->row;
    feed_advance(tapes, tape);
    return TEXT_LINE;
}

const struct feed_row *feed_tapes_peek(const struct feed_tapes *tapes)
{
    const struct feed_tape *tape = feed_first(tapes);

    return tape && tape->status == TEXT_LINE ? &tape->row : NULL;
}

void feed_tapes_close(struct feed_tapes *tapes)
{
    for (size_t i = 0; i < tapes->count; i++) {
        text_input_close(tapes->tape[i]->text);
        free(tapes->tape[i]);
    }
    tapes->count = 0;
}
