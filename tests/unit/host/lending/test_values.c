/* Every line of values.txt, which values.py works out by exact fractions. */
#include "unit.h"

#include <stdlib.h>

#include "lending.h"

enum { WORDS = 16 };

/* A line's numbers behind its first word. */
struct line {
    wide number[WORDS];
    int count, next;
};

static struct state state; /* for whatever needs balances */
static struct pool pool;   /* of the last "pool" line */
static unsigned lines_seen;

static wide read_wide(const char *text)
{
    uwide value = 0;

    for (; *text != '\0'; text++) {
        assert_in_range(*text, '0', '9');
        value = value * 10 + (unsigned)(*text - '0');
    }
    return (wide)value;
}

static wide next_number(struct line *line)
{
    assert_true(line->next < line->count);
    return line->number[line->next++];
}

static void expect(struct line *line, wide value, const char *what)
{
    wide expected = next_number(line);

    if (value != expected)
        fail_msg("line %u: %s is %.18Lg, expected %.18Lg", lines_seen, what, (long double)value, (long double)expected);
}

static void take_pool(struct line *line)
{
    pool = (struct pool){.set = 1};
    pool.lent = (int64_t)next_number(line);
    pool.borrowed = (int64_t)next_number(line);
    pool.rate_zero = (uint32_t)next_number(line);
    pool.rate_optimal = (uint32_t)next_number(line);
    pool.rate_full = (uint32_t)next_number(line);
    pool.optimal = (uint32_t)next_number(line);
    pool.fee = (uint32_t)next_number(line);
    pool.lent_shares = (int64_t)next_number(line);
    pool.borrowed_shares = (int64_t)next_number(line);
}

static void test_rates(struct line *line)
{
    expect(line, lending_utilisation(&pool), "utilisation");
    expect(line, (wide)lending_borrow_rate(&pool), "borrow rate");
    expect(line, (wide)lending_lend_rate(&pool), "lend rate");
}

static void test_lent(struct line *line)
{
    int64_t shares = (int64_t)next_number(line);

    expect(line, lending_lent_units(&pool, shares), "units lent");
}

static void test_borrowed(struct line *line)
{
    int64_t shares = (int64_t)next_number(line);

    expect(line, lending_borrowed_units(&pool, shares), "units borrowed");
}

static void test_interest(struct line *line)
{
    struct pool changed = pool;
    uint64_t elapsed = (uint64_t)next_number(line);

    changed.carry = next_number(line);
    expect(line, lending_interest(&changed, elapsed), "interest");
    expect(line, changed.carry, "carry");
}

static void test_accrue(struct line *line)
{
    struct ledger ledger = {.state = &state};
    struct pool *changed = state_pool(&state, 1);

    *changed = pool;
    state.t->time_ns = (uint64_t)next_number(line);
    changed->carry = next_number(line);
    changed->fee_carry = (uint64_t)next_number(line);
    state_balance(&state, state_need_balance(&state, SYSTEM_FEES, 1))->lent = 0;
    lending_accrue(&ledger, 1);
    expect(line, changed->lent, "lent");
    expect(line, changed->borrowed, "borrowed");
    expect(line, changed->carry, "carry");
    expect(line, changed->lent_shares - pool.lent_shares, "shares of the fee");
    expect(line, changed->fees, "fee");
    expect(line, changed->fee_carry, "fee carried");
}

static void test_shares(struct line *line)
{
    int64_t units = (int64_t)next_number(line), cost, shares = lending_shares_for(&pool, units, &cost);

    expect(line, shares, "shares");
    expect(line, cost, "cost");
    assert_true(cost <= units);
}

static void read_line(char *text)
{
    static const struct {
        const char *name;
        void (*function)(struct line *line);
    } kinds[] = {
        {"pool", take_pool}, {"rates", test_rates}, {"lent", test_lent}, {"borrowed", test_borrowed},
        {"interest", test_interest}, {"accrue", test_accrue}, {"shares", test_shares},
    };
    struct line line = {.count = 0};
    char *save = NULL, *name = strtok_r(text, " \n", &save), *word;

    lines_seen++;
    while ((word = strtok_r(NULL, " \n", &save)) != NULL) {
        assert_true(line.count < WORDS);
        line.number[line.count++] = read_wide(word);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            kinds[i].function(&line);
            assert_int_equal(line.next, line.count);
            return;
        }
    }
    fail_msg("line %u: %s", lines_seen, name);
}

static void test_values(void **unused)
{
    const struct state_sizes sizes = {.subaccounts = 1, .accounts = 1, .users = 1, .balances = 1, .positions = 1,
                                      .orders = 1, .slots = 1, .transfers = 1, .jobs = 1};
    char text[1024];
    FILE *file = fopen(VALUES_FILE, "r");

    (void)unused;
    state_create(&state, &sizes);
    table_take(&state.assets);
    assert_non_null(file);
    while (fgets(text, sizeof text, file) != NULL)
        read_line(text);
    assert_int_equal(fclose(file), 0);
    state_destroy(&state);
    assert_true(lines_seen > 7000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
