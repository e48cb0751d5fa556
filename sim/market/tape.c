#include "tape.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "memory.h"
#include "text_input.h"

enum { FIELDS_MAX = 8, BAR_SECONDS_MIN = 4, VALUE_SHOWN = 60 };
#define DELIVERY "-delivery"
#define CONTRACT_USD 10.0
#define CONTRACT_USD_BTC 100.0
#define PRICE_BILLIONTHS_MAX (INT64_MAX / 1000)

enum column { COLUMN_TIME_US, COLUMN_TIME_MS, COLUMN_VENUE, COLUMN_MARKET, COLUMN_OPEN, COLUMN_HIGH, COLUMN_LOW,
              COLUMN_CLOSE, COLUMN_PRICE, COLUMN_AMOUNT, COLUMN_IGNORED };

/* What a header line promises. */
static const struct format {
    const char *head;
    bool bars, names_venue, names_market;
    unsigned fields;
    enum column column[FIELDS_MAX];
} formats[] = {
    { "ts_us,venue,market,price,amount", false, true, true, 5,
      { COLUMN_TIME_US, COLUMN_VENUE, COLUMN_MARKET, COLUMN_PRICE, COLUMN_AMOUNT } },
    { "ts_us,venue,market,open,high,low,close,volume", true, true, true, 8,
      { COLUMN_TIME_US, COLUMN_VENUE, COLUMN_MARKET, COLUMN_OPEN, COLUMN_HIGH, COLUMN_LOW, COLUMN_CLOSE,
        COLUMN_AMOUNT } },
    { "ts_us,id,side,price,amount", false, false, false, 5,
      { COLUMN_TIME_US, COLUMN_IGNORED, COLUMN_IGNORED, COLUMN_PRICE, COLUMN_AMOUNT } },
    { "symbol,ts_ms,open,high,low,close,volume", true, false, true, 7,
      { COLUMN_MARKET, COLUMN_TIME_MS, COLUMN_OPEN, COLUMN_HIGH, COLUMN_LOW, COLUMN_CLOSE, COLUMN_AMOUNT } },
};

struct field {
    const char *text;
    size_t length;
};

/* A file being read. */
struct reader {
    struct tape *tape;
    struct text_input *text;
    const struct format *format;
    char venue[TAPE_VENUE_BYTES], coin[TAPE_NAME_BYTES];
    double contract;            /* USD that an amount of 1 stands for; 0: it is a coin */
    struct tape_row row;
    struct tape_series *series; /* of the row before: mostly the next one's, too */
};

/* The beginning of a value, whatever bytes it has. */
static void tape_show(struct field value, char shown[VALUE_SHOWN])
{
    size_t used = 0;

    shown[0] = 0;
    for (size_t i = 0; i < value.length && used + sizeof "\\x00" <= VALUE_SHOWN; i++) {
        const unsigned char byte = (unsigned char)value.text[i];

        used += (size_t)snprintf(shown + used, VALUE_SHOWN - used, byte >= ' ' && byte <= '~' ? "%c" : "\\x%02x", byte);
    }
}

static bool tape_fail(struct reader *reader, const char *what, struct field value)
{
    char shown[VALUE_SHOWN];

    tape_show(value, shown);
    snprintf(reader->tape->error, sizeof reader->tape->error, "%s:%" PRIu64 ": %s: '%s'",
             text_input_name(reader->text), text_input_number(reader->text), what, shown);
    return false;
}

static unsigned tape_split(const char *line, size_t length, struct field field[FIELDS_MAX])
{
    unsigned count = 0;
    size_t begin = 0;

    for (size_t at = 0; at <= length; at++)
        if (at == length || line[at] == ',') {
            if (count == FIELDS_MAX)
                return FIELDS_MAX + 1;
            field[count++] = (struct field){ line + begin, at - begin };
            begin = at + 1;
        }
    return count;
}

static bool tape_copy_name(char *name, size_t size, struct field field)
{
    if (field.length == 0 || field.length >= size)
        return false;
    memset(name, 0, size);
    memcpy(name, field.text, field.length);
    return true;
}

/* The coin of a market. */
static bool tape_copy_coin(char name[TAPE_NAME_BYTES], struct field market)
{
    static const char *const quotes[] = { "USDT", "USDC", "BUSD", "USD" };
    struct field coin = { market.text, 0 };

    while (coin.length < market.length && !strchr("-_/", coin.text[coin.length]))
        coin.length++;
    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        const size_t length = strlen(quotes[i]);

        if (coin.length > length && memcmp(coin.text + coin.length - length, quotes[i], length) == 0) {
            coin.length -= length;
            break;
        }
    }
    return tape_copy_name(name, TAPE_NAME_BYTES, coin);
}

/* --- a row --- */

static bool tape_read_time(struct reader *reader, struct field field, uint64_t us)
{
    uint64_t time;

    if (!decimal_parse_whole(field.text, field.length, &time) || time > INT64_MAX / 1000 / us)
        return tape_fail(reader, us == 1 ? "ts_us must be microseconds since 1970" : "ts_ms must be ms since 1970",
                         field);
    reader->row.time_us = time * us;
    return true;
}

static bool tape_read_price(struct reader *reader, struct field field, const char *name, uint64_t *price)
{
    char what[96];
    uint64_t billionths;

    if (!decimal_parse(field.text, field.length, &billionths) || billionths == 0 ||
        billionths > PRICE_BILLIONTHS_MAX) {
        snprintf(what, sizeof what, "%s must be a decimal above 0 and below 9223372, at most nine decimals", name);
        return tape_fail(reader, what, field);
    }
    *price = billionths * 1000;
    return true;
}

/* Amounts of some coins are larger than exact decimals go, and some recorders write 1e-8. */
static bool tape_read_amount(struct reader *reader, struct field field)
{
    char text[40], *end = text;

    if (field.length > 0 && field.length < sizeof text && field.text[0] >= '0' && field.text[0] <= '9' &&
        strspn(field.text, "0123456789.e+-") >= field.length) {
        memcpy(text, field.text, field.length);
        text[field.length] = 0;
        reader->row.amount = strtod(text, &end);
    }
    if (end == text || *end != 0 || !isfinite(reader->row.amount))
        return tape_fail(reader, "amount must be a number, 0 or above", field);
    return true;
}

static bool tape_read_field(struct reader *reader, enum column column, struct field field)
{
    struct tape_row *row = &reader->row;

    switch (column) {
    case COLUMN_TIME_US: return tape_read_time(reader, field, 1);
    case COLUMN_TIME_MS: return tape_read_time(reader, field, 1000);
    case COLUMN_VENUE:
        return tape_copy_name(reader->venue, sizeof reader->venue, field) ||
               tape_fail(reader, "venue must have 1 to 23 characters", field);
    case COLUMN_MARKET:
        return tape_copy_coin(reader->coin, field) ||
               tape_fail(reader, "market must begin with a coin's symbol of 1 to 15 characters", field);
    case COLUMN_OPEN: return tape_read_price(reader, field, "open", &row->open);
    case COLUMN_HIGH: return tape_read_price(reader, field, "high", &row->high);
    case COLUMN_LOW: return tape_read_price(reader, field, "low", &row->low);
    case COLUMN_CLOSE: return tape_read_price(reader, field, "close", &row->close);
    case COLUMN_PRICE:
        if (!tape_read_price(reader, field, "price", &row->open))
            return false;
        row->high = row->low = row->close = row->open;
        return true;
    case COLUMN_AMOUNT: return tape_read_amount(reader, field);
    case COLUMN_IGNORED: break;
    }
    return true;
}

static struct tape_series *tape_find_series(struct reader *reader)
{
    struct tape *tape = reader->tape;
    struct tape_series *series = reader->series;

    if (series && strcmp(series->venue, reader->venue) == 0 && strcmp(series->coin, reader->coin) == 0)
        return series;
    for (uint32_t i = 0; i < tape->count; i++)
        if (strcmp(tape->series[i].venue, reader->venue) == 0 && strcmp(tape->series[i].coin, reader->coin) == 0)
            return &tape->series[i];
    if (tape->count == TAPE_SERIES)
        return NULL;
    series = &tape->series[tape->count++];
    memcpy(series->venue, reader->venue, sizeof series->venue);
    memcpy(series->coin, reader->coin, sizeof series->coin);
    series->bars = reader->format->bars;
    return series;
}

static bool tape_add_row(struct reader *reader, struct field time)
{
    struct tape_series *series = tape_find_series(reader);
    const struct tape_row *row = &reader->row;

    if (series == NULL)
        return tape_fail(reader, "more than 128 venues and coins in one tape", (struct field){ reader->coin, 15 });
    if (series->bars != reader->format->bars)
        return tape_fail(reader, "another file has trades of this venue and coin, and this one bars, or the other "
                                 "way round", time);
    if (row->high < row->open || row->high < row->close || row->low > row->open || row->low > row->close)
        return tape_fail(reader, "high and low must enclose open and close; the bar at", time);
    if (series->count && row->time_us < series->rows[series->count - 1].time_us + series->bars)
        return tape_fail(reader, "a time must not be before the row's before it", time);
    memory_grow((void **)&series->rows, &series->room, series->count + 1, sizeof *series->rows);
    series->rows[series->count++] = *row;
    reader->series = series;
    return true;
}

static bool tape_read_row(struct reader *reader, const char *line, size_t length)
{
    struct field field[FIELDS_MAX];
    unsigned time = 0;

    if (tape_split(line, length, field) != reader->format->fields)
        return tape_fail(reader, "must have as many fields as the header", (struct field){ line, length });
    for (unsigned i = 0; i < reader->format->fields; i++) {
        if (!tape_read_field(reader, reader->format->column[i], field[i]))
            return false;
        if (reader->format->column[i] == COLUMN_TIME_US || reader->format->column[i] == COLUMN_TIME_MS)
            time = i;
    }
    if (reader->contract > 0)
        reader->row.amount *= reader->contract / ((double)reader->row.close / TAPE_COIN);
    return tape_add_row(reader, field[time]);
}

/* --- a file --- */

/* USD of a contract where the venue's amounts are contracts; 0: they are coins. */
static double tape_contract(const struct reader *reader)
{
    const size_t length = strlen(reader->venue), end = strlen(DELIVERY);

    if (length < end || strcmp(reader->venue + length - end, DELIVERY) != 0)
        return 0;
    return strcmp(reader->coin, "BTC") == 0 ? CONTRACT_USD_BTC : CONTRACT_USD;
}

/* What the file's name says where its rows don't: VENUE_MARKET_... */
static bool tape_take_file_name(struct reader *reader, const char *base)
{
    const size_t venue = strcspn(base, "_"), rest = base[venue] ? venue + 1 : venue;
    const struct field whole = { base, strlen(base) };

    if (!reader->format->names_venue &&
        !tape_copy_name(reader->venue, sizeof reader->venue, (struct field){ base, venue }))
        return tape_fail(reader, "the file's name must begin with its venue, VENUE_", whole);
    if (!reader->format->names_market &&
        !tape_copy_coin(reader->coin, (struct field){ base + rest, strcspn(base + rest, "_") }))
        return tape_fail(reader, "the file's name must begin with venue and market, VENUE_MARKET_", whole);
    if (!reader->format->names_venue && !reader->format->names_market)
        reader->contract = tape_contract(reader);
    return true;
}

static bool tape_take_head(struct reader *reader, const char *base)
{
    char *line = NULL;
    size_t length = 0;
    const enum text_status status = text_input_line(reader->text, &line, &length);

    for (size_t i = 0; status == TEXT_LINE && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(line, formats[i].head) == 0)
            reader->format = &formats[i];
    if (reader->format)
        return tape_take_file_name(reader, base);
    if (status == TEXT_BAD)
        snprintf(reader->tape->error, sizeof reader->tape->error, "%s", text_input_error(reader->text));
    else
        tape_fail(reader, "no header of a tape (docs/scenarios.md)",
                  (struct field){ status == TEXT_LINE ? line : "", status == TEXT_LINE ? length : 0 });
    return false;
}

static bool tape_take_rows(struct reader *reader)
{
    enum text_status status;
    char *line;
    size_t length;

    while ((status = text_input_line(reader->text, &line, &length)) == TEXT_LINE)
        if (!tape_read_row(reader, line, length))
            return false;
    if (status == TEXT_BAD)
        snprintf(reader->tape->error, sizeof reader->tape->error, "%s", text_input_error(reader->text));
    return status == TEXT_END;
}

/* How long bars are; false where that can't be refined to seconds. */
static bool tape_measure_bars(struct tape *tape, struct tape_series *series, const char *path)
{
    series->bar_us = 60 * TAPE_US_A_SECOND;
    for (size_t i = 1; i < series->count; i++) {
        const uint64_t step = series->rows[i].time_us - series->rows[i - 1].time_us;

        if (i == 1 || step < series->bar_us)
            series->bar_us = step;
    }
    if (series->bar_us % TAPE_US_A_SECOND == 0 && series->bar_us >= BAR_SECONDS_MIN * TAPE_US_A_SECOND)
        return true;
    snprintf(tape->error, sizeof tape->error, "%s: bars of %s must be whole seconds long, at least %d: '%" PRIu64
             "' us", path, series->coin, BAR_SECONDS_MIN, series->bar_us);
    return false;
}

static bool tape_check(struct tape *tape, const char *path)
{
    if (tape->count == 0) {
        snprintf(tape->error, sizeof tape->error, "%s: has no row", path);
        return false;
    }
    for (uint32_t i = 0; i < tape->count; i++)
        if (tape->series[i].bars && !tape_measure_bars(tape, &tape->series[i], path))
            return false;
    return true;
}

bool tape_read(struct tape *tape, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const size_t at = strlen(tape->name);
    struct reader reader = { .tape = tape };
    char error[TEXT_ERROR_MAX];
    bool good;

    reader.text = text_input_open(path, "", error);
    if (reader.text == NULL) {
        snprintf(tape->error, sizeof tape->error, "%.255s", error);
        return false;
    }
    good = tape_take_head(&reader, base) && tape_take_rows(&reader) && tape_check(tape, path);
    text_input_close(reader.text);
    snprintf(tape->name + at, sizeof tape->name - at, "%s%s", at ? "+" : "", base);
    return good;
}

void tape_free(struct tape *tape)
{
    for (uint32_t i = 0; i < tape->count; i++)
        free(tape->series[i].rows);
    tape->count = 0;
}

static int tape_compare_series(const void *left, const void *right)
{
    const struct tape_series *a = left, *b = right;
    const int coins = strcmp(a->coin, b->coin);

    return coins ? coins : strcmp(a->venue, b->venue);
}

void tape_sort(struct tape *tape)
{
    qsort(tape->series, tape->count, sizeof *tape->series, tape_compare_series);
}

/* --- what is in one --- */

static double tape_row_turnover(const struct tape_row *row)
{
    return ((double)row->high + (double)row->low) / 2 / TAPE_COIN * row->amount;
}

double tape_turnover(const struct tape_series *series)
{
    double sum = 0;

    for (size_t i = 0; i < series->count; i++)
        sum += tape_row_turnover(&series->rows[i]);
    return sum;
}

static int tape_compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

double tape_minute_turnover(const struct tape_series *series, uint64_t from_us, uint64_t until_us)
{
    const uint64_t minute_us = 60 * TAPE_US_A_SECOND;
    double *sums = memory_reserve(series->count + 1, sizeof *sums), median = 0;
    uint64_t minute = 0;
    size_t count = 0;

    for (size_t i = 0; i < series->count; i++) {
        const struct tape_row *row = &series->rows[i];

        if (row->time_us < from_us || row->time_us >= until_us)
            continue;
        if (count == 0 || row->time_us / minute_us != minute)
            count++;
        minute = row->time_us / minute_us;
        sums[count - 1] += tape_row_turnover(row);
    }
    qsort(sums, count, sizeof *sums, tape_compare);
    if (count)
        median = sums[count / 2];
    free(sums);
    return median;
}

uint64_t tape_begin_us(const struct tape_series *series)
{
    return series->rows[0].time_us;
}

uint64_t tape_end_us(const struct tape_series *series)
{
    return series->rows[series->count - 1].time_us + (series->bars ? series->bar_us - TAPE_US_A_SECOND : 0);
}
