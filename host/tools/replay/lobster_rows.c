#include "lobster_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "decimal.h"
#include "memory.h"

struct field {
    const char *text;
    size_t length;
};

struct lobster_rows {
    struct text_input *message;
    struct text_input *book; /* NULL: none */
    uint64_t number;
    uint64_t time_ns; /* of the last message */
    size_t levels;
    char error[TEXT_ERROR_MAX + 128];
    struct field field[4 * LOBSTER_LEVELS_MAX + 1];
};

struct lobster_rows *lobster_rows_open(const struct lobster_files *files, char *error)
{
    struct lobster_rows *rows = memory_reserve(1, sizeof *rows);

    rows->message = text_input_open(files->message_path, "message", error);
    if (rows->message && files->book_path)
        rows->book = text_input_open(files->book_path, "orderbook", error);
    if (rows->message && (rows->book || !files->book_path))
        return rows;
    lobster_rows_close(rows);
    return NULL;
}

void lobster_rows_close(struct lobster_rows *rows)
{
    if (rows == NULL)
        return;
    text_input_close(rows->message);
    text_input_close(rows->book);
    free(rows);
}

static bool lobster_fail(struct lobster_rows *rows, const struct text_input *input, const char *reason,
                         const struct field *value)
{
    snprintf(rows->error, sizeof rows->error, "%s:%" PRIu64 ": %s%s%.*s", text_input_name(input),
             text_input_number(input), reason, value ? ": " : "",
             value ? (int)(value->length < 40 ? value->length : 40) : 0, value ? value->text : "");
    return false;
}

/* Splits a line at its commas; the count of fields, or one more than `most`. */
static size_t lobster_split(struct field *field, size_t most, char *line, size_t length)
{
    size_t count = 0;
    const char *start = line;

    for (const char *at = line;; at++) {
        if (at != line + length && *at != ',')
            continue;
        if (count == most)
            return most + 1;
        field[count++] = (struct field){ start, (size_t)(at - start) };
        start = at + 1;
        if (at == line + length)
            return count;
    }
}

static bool lobster_whole(const struct field *field, uint64_t low, uint64_t high, uint64_t *value)
{
    return decimal_parse_whole(field->text, field->length, value) && *value >= low && *value <= high;
}

static bool lobster_same(const struct field *field, const char *text)
{
    return field->length == strlen(text) && memcmp(field->text, text, field->length) == 0;
}

/* Seconds after midnight, as nanoseconds; more than nine decimals are cut. */
static bool lobster_time(const struct field *field, uint64_t *time_ns)
{
    const char *point = memchr(field->text, '.', field->length);
    size_t length = field->length;

    if (point && length > (size_t)(point - field->text) + 10) {
        length = (size_t)(point - field->text) + 10;
        for (size_t i = length; i < field->length; i++)
            if (field->text[i] < '0' || field->text[i] > '9')
                return false;
    }
    return decimal_parse(field->text, length, time_ns) && *time_ns < 172800u * (uint64_t)DECIMAL_ONE;
}

static bool lobster_parse_message(struct lobster_rows *rows, struct lobster_message *message, size_t fields)
{
    const struct text_input *input = rows->message;
    const struct field *field = rows->field;
    uint64_t type;

    if (fields != 6 && fields != 7) /* later files may name the participant behind the six */
        return lobster_fail(rows, input, "a message has 6 fields (time, type, id, size, price, direction)", NULL);
    if (!lobster_time(&field[0], &message->time_ns))
        return lobster_fail(rows, input, "time is not seconds after midnight", &field[0]);
    if (!lobster_whole(&field[1], 1, 7, &type))
        return lobster_fail(rows, input, "type is not 1 to 7", &field[1]);
    message->type = (enum lobster_type)type;
    if (!lobster_whole(&field[2], 0, UINT64_MAX, &message->id))
        return lobster_fail(rows, input, "order id is not a number", &field[2]);
    if (!lobster_whole(&field[3], message->type == LOBSTER_HALT ? 0 : 1, LOBSTER_SIZE_MAX, &message->size))
        return lobster_fail(rows, input, "size is not 1 to 2^40-1", &field[3]);
    message->sell = lobster_same(&field[5], "-1");
    if (!message->sell && !lobster_same(&field[5], "1"))
        return lobster_fail(rows, input, "direction is not 1 or -1", &field[5]);
    message->price = 0;
    if (message->type == LOBSTER_HALT) /* its price says which of three halt messages it is: -1, 0, 1 */
        return lobster_same(&field[4], "-1") || lobster_same(&field[4], "0") || lobster_same(&field[4], "1") ||
               lobster_fail(rows, input, "price of a halt is not -1, 0 or 1", &field[4]);
    if (!lobster_whole(&field[4], 1, LOBSTER_PRICE_MAX, &message->price))
        return lobster_fail(rows, input, "price is not 1 to 9999999998", &field[4]);
    return true;
}

static bool lobster_take_message(struct lobster_rows *rows, struct lobster_message *message, size_t fields)
{
    if (!lobster_parse_message(rows, message, fields))
        return false;
    if (message->time_ns < rows->time_ns)
        return lobster_fail(rows, rows->message, "time goes backwards", &rows->field[0]);
    rows->time_ns = message->time_ns;
    return true;
}

/* One side's level k: the dummy ends the side, everything else is worse than the level before. */
static bool lobster_parse_level(struct lobster_rows *rows, struct lobster_row *row, size_t k, enum card_side side)
{
    const struct field *price = &rows->field[4 * k + (side == CARD_SIDE_BUY ? 2 : 0)];
    struct lobster_level *level = &row->level[side][row->count[side]];
    const struct lobster_level *better = level - 1;

    if (lobster_same(price, side == CARD_SIDE_BUY ? "-9999999999" : "9999999999"))
        return lobster_same(price + 1, "0") ||
               lobster_fail(rows, rows->book, "a level that is not there has size 0", price + 1);
    if (!lobster_whole(price, 1, LOBSTER_PRICE_MAX, &level->price))
        return lobster_fail(rows, rows->book, "price is not 1 to 9999999998", price);
    if (!lobster_whole(price + 1, 1, CARD_AGGREGATE_MAX, &level->size))
        return lobster_fail(rows, rows->book, "size of a level is not 1 to 2^60-1", price + 1);
    if (row->count[side] != k)
        return lobster_fail(rows, rows->book, "a level stands behind one that is not there", price);
    if (k > 0 && (side == CARD_SIDE_BUY ? level->price >= better->price : level->price <= better->price))
        return lobster_fail(rows, rows->book, "levels are not in order", price);
    row->count[side]++;
    return true;
}

static bool lobster_parse_book(struct lobster_rows *rows, struct lobster_row *row, size_t fields)
{
    size_t levels = fields / 4;

    if (fields % 4 != 0 || levels == 0 || levels > LOBSTER_LEVELS_MAX)
        return lobster_fail(rows, rows->book, "a book row has 4 fields a level, for 1 to 512 levels", NULL);
    if (rows->levels && levels != rows->levels)
        return lobster_fail(rows, rows->book, "a book row with another number of levels than the first", NULL);
    rows->levels = levels;
    for (size_t k = 0; k < levels; k++)
        if (!lobster_parse_level(rows, row, k, CARD_SIDE_SELL) || !lobster_parse_level(rows, row, k, CARD_SIDE_BUY))
            return false;
    return true;
}

/* Reads one line and splits it. */
static enum lobster_status lobster_line(struct lobster_rows *rows, struct text_input *input, size_t *fields)
{
    char *line;
    size_t length;
    enum text_status status = text_input_line(input, &line, &length);

    if (status == TEXT_BAD) {
        snprintf(rows->error, sizeof rows->error, "%s", text_input_error(input));
        return LOBSTER_BAD;
    }
    if (status == TEXT_END)
        return LOBSTER_END;
    if (!text_input_ended(input)) {
        lobster_fail(rows, input, "the line has no end: the file is cut off", NULL);
        return LOBSTER_BAD;
    }
    *fields = lobster_split(rows->field, 4 * LOBSTER_LEVELS_MAX, line, length);
    return LOBSTER_ROW;
}

enum lobster_status lobster_rows_next(struct lobster_rows *rows, struct lobster_row *row)
{
    size_t fields = 0;
    enum lobster_status message = lobster_line(rows, rows->message, &fields);
    enum lobster_status book;

    if (message == LOBSTER_BAD || (message == LOBSTER_END && !rows->book))
        return message;
    if (message == LOBSTER_ROW && !lobster_take_message(rows, &row->message, fields))
        return LOBSTER_BAD;
    book = rows->book ? lobster_line(rows, rows->book, &fields) : LOBSTER_ROW;
    if (book == LOBSTER_BAD || (book == LOBSTER_END && message == LOBSTER_END))
        return book;
    if (message != book) {
        lobster_fail(rows, message == LOBSTER_END ? rows->message : rows->book,
                     "the file ends before the other one of its pair", NULL);
        return LOBSTER_BAD;
    }
    row->number = rows->number++;
    row->count[CARD_SIDE_BUY] = row->count[CARD_SIDE_SELL] = 0;
    return !rows->book || lobster_parse_book(rows, row, fields) ? LOBSTER_ROW : LOBSTER_BAD;
}

size_t lobster_rows_levels(const struct lobster_rows *rows)
{
    return rows->levels;
}

const char *lobster_rows_error(const struct lobster_rows *rows)
{
    return rows->error;
}
