/* Every line of values.txt, which values.py works out by exact fractions. */
#include "unit.h"

#include <stdlib.h>

#include "index.h"
#include "mark.h"

enum { FIELDS = 128 };

/* A line's words behind the first. */
struct line {
    const char *word[FIELDS];
    int count, next;
};

static unsigned lines_seen;

static uint64_t next_number(struct line *line)
{
    assert_true(line->next < line->count);
    return strtoull(line->word[line->next++], NULL, 10);
}

static int64_t next_signed(struct line *line)
{
    assert_true(line->next < line->count);
    return strtoll(line->word[line->next++], NULL, 10);
}

static void expect(struct line *line, int64_t value, const char *what)
{
    const int64_t expected = next_signed(line);

    if (value != expected)
        fail_msg("line %u: %s is %ld, expected %ld", lines_seen, what, value, expected);
}

static void test_index(struct line *line)
{
    struct pricing pricing = { .quorum = 1 };
    struct index_result result;
    uint64_t time_ns;
    unsigned venues;

    pricing.stale_ms = (uint32_t)next_number(line);
    pricing.outlier = (uint32_t)next_number(line);
    pricing.clamp = (uint32_t)next_number(line);
    pricing.agree = (uint32_t)next_number(line);
    time_ns = next_number(line);
    venues = (unsigned)next_number(line);
    for (unsigned i = 0; i < venues; i++) {
        struct venue *venue = &pricing.venues[LIMIT_VENUES - 1 - i];

        venue->weight = (uint32_t)next_number(line);
        venue->bid = next_number(line);
        venue->ask = next_number(line);
        venue->last = next_number(line);
        venue->time_ns = next_number(line);
    }
    result = index_make(&pricing, time_ns);
    expect(line, (int64_t)result.price, "index");
    expect(line, (int64_t)result.median, "median");
    expect(line, result.counted, "venues that count");
    expect(line, result.agree, "agreement");
}

static void test_step(struct line *line)
{
    const uint64_t from = next_number(line), to = next_number(line);

    expect(line, (int64_t)index_step(from, to, (uint32_t)next_number(line)), "step");
}

static struct margin_function next_function(struct line *line)
{
    struct margin_function function = { 0 };

    function.numerator = (uint32_t)next_number(line);
    function.denominator = (uint32_t)next_number(line);
    return function;
}

static void test_target(struct line *line)
{
    const uint64_t index = next_number(line);
    const int64_t ewma = next_signed(line);
    const uint64_t around = next_number(line);
    const struct margin_function mmf = next_function(line);

    expect(line, (int64_t)mark_target(index, ewma, around, &mmf), "target");
}

static void test_next(struct line *line)
{
    const uint64_t mark = next_number(line), index = next_number(line);
    const int64_t ewma = next_signed(line);
    const uint32_t change = (uint32_t)next_number(line);
    const struct margin_function mmf = next_function(line);

    expect(line, (int64_t)mark_next(mark, index, ewma, change, &mmf), "mark");
}

static void test_premium(struct line *line)
{
    const uint64_t mid = next_number(line);

    expect(line, mark_premium(mid, next_number(line)), "premium");
}

static void test_ewma(struct line *line)
{
    const int64_t ewma = next_signed(line);

    expect(line, mark_ewma(ewma, next_signed(line)), "EWMA");
}

static void test_impact(struct line *line)
{
    struct mark_impact impact = { .notional = next_number(line) };
    unsigned levels;

    impact.lot_units = next_number(line);
    levels = (unsigned)next_number(line);
    for (unsigned i = 0; i < levels; i++) {
        const uint32_t price = (uint32_t)next_number(line);
        const uint64_t lots = next_number(line);

        if (impact.average == 0) {
            const bool enough = mark_impact_take(&impact, price, lots);

            assert_int_equal(enough, impact.average != 0);
        }
    }
    expect(line, (int64_t)impact.average, "average price");
}

static const struct {
    const char *word;
    void (*test)(struct line *line);
} kinds[] = { { "index", test_index }, { "step", test_step }, { "target", test_target }, { "next", test_next },
              { "premium", test_premium }, { "ewma", test_ewma }, { "impact", test_impact } };

static void test_values(void **state)
{
    FILE *file = fopen(VALUES_FILE, "r");
    char text[8192];

    (void)state;
    assert_non_null(file);
    while (fgets(text, sizeof text, file)) {
        struct line line = { .count = 0 };
        const char *word = strtok(text, " \n");
        size_t kind = 0;

        lines_seen++;
        for (char *next; (next = strtok(NULL, " \n")) != NULL;) {
            assert_true(line.count < FIELDS);
            line.word[line.count++] = next;
        }
        while (kind < sizeof kinds / sizeof *kinds && strcmp(kinds[kind].word, word) != 0)
            kind++;
        assert_true(kind < sizeof kinds / sizeof *kinds);
        kinds[kind].test(&line);
        assert_int_equal(line.next, line.count);
    }
    fclose(file);
    assert_true(lines_seen > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_values) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
