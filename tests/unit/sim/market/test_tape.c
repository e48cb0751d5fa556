/* Tapes: every format, every recorded file, and what is wrong with bad ones. */
#include "crash_test.h"

#include <stdlib.h>
#include <unistd.h>

#include "tape.h"

/* A file of that name with that text, read. */
static bool read_text(struct tape *tape, const char *name, const char *text)
{
    char folder[] = "/tmp/vitrine-tape-XXXXXX", path[128];
    FILE *file;
    bool good;

    memset(tape, 0, sizeof *tape);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    good = tape_read(tape, path);
    remove(path);
    rmdir(folder);
    return good;
}

static void test_trades_with_names(void **state)
{
    struct tape tape;

    (void)state;
    assert_true(read_text(&tape, "mine.csv",
                          "ts_us,venue,market,price,amount\n"
                          "1000000,north,BTC-USD,100.5,2\n1000000,south,BTCUSDT,101,1e-8\n3000000,north,BTC,99,1\n"));
    assert_int_equal(tape.count, 2);
    assert_string_equal(tape.series[0].venue, "north");
    assert_string_equal(tape.series[1].coin, "BTC");
    assert_int_equal(tape.series[0].count, 2);
    assert_false(tape.series[0].bars);
    assert_int_equal(tape.series[0].rows[0].low, UINT64_C(100500000000000));
    assert_int_equal(tape_begin_us(&tape.series[0]), 1000000);
    assert_int_equal(tape_end_us(&tape.series[0]), 3000000);
    assert_true(tape_turnover(&tape.series[0]) == 300);
    tape_free(&tape);
}

static void test_bars_with_names(void **state)
{
    struct tape tape;

    (void)state;
    assert_true(read_text(&tape, "bars.csv", "ts_us,venue,market,open,high,low,close,volume\n"
                                             "0,north,AVAX_USDC_PERP,10,12,9,11,5\n"
                                             "20000000,north,AVAX,11,11,11,11,0\n"));
    assert_true(tape.series[0].bars);
    assert_int_equal(tape.series[0].bar_us, 20000000);
    assert_string_equal(tape.series[0].coin, "AVAX");
    assert_int_equal(tape_end_us(&tape.series[0]), 39000000);
    tape_free(&tape);
}

static void test_file_names_its_market(void **state)
{
    struct tape tape;

    (void)state;
    assert_true(read_text(&tape, "binance-delivery_AVAXUSD_PERP_x.csv",
                          "ts_us,id,side,price,amount\n5,1,sell,26.68,1\n"));
    assert_string_equal(tape.series[0].venue, "binance-delivery");
    assert_string_equal(tape.series[0].coin, "AVAX");
    tape_free(&tape);
}

/* Of coin-margined delivery, contracts of 10 USD (100 of BTC) become coins; of other venues, amounts are coins. */
static void test_contracts(void **state)
{
    static const struct {
        const char *name;
        double coins;
    } files[] = { { "binance-delivery_AVAXUSD_PERP_x.csv", 2 },
                  { "binance-delivery_BTCUSD_PERP_x.csv", 20 },
                  { "coinbase_AVAX-USD_x.csv", 4 } };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct tape tape;

        assert_true(read_text(&tape, files[i].name, "ts_us,id,side,price,amount\n5,1,sell,20,4\n"));
        assert_true(tape.series[0].rows[0].amount == files[i].coins);
        tape_free(&tape);
    }
}

static void test_sorted(void **state)
{
    struct tape tape;

    (void)state;
    assert_true(read_text(&tape, "s.csv", "ts_us,venue,market,price,amount\n1,south,BTC,1,1\n1,north,ETH,1,1\n"
                                          "1,north,BTC,1,1\n"));
    tape_sort(&tape);
    assert_string_equal(tape.series[0].coin, "BTC");
    assert_string_equal(tape.series[0].venue, "north");
    assert_string_equal(tape.series[1].venue, "south");
    assert_string_equal(tape.series[2].coin, "ETH");
    tape_free(&tape);
}

/* A file of any bytes: what is wrong is told in printable ones, with the file's name. */
static void test_binary(void **state)
{
    struct tape tape;

    (void)state;
    assert_false(read_text(&tape, "b.csv", "\x7f" "ELF\xff\x01,\"\\\n"));
    assert_non_null(strstr(tape.error, "b.csv:1: no header of a tape (docs/scenarios.md): '\\x7fELF\\xff\\x01,"));
    tape_free(&tape);
    assert_false(read_text(&tape, "b.csv", "ts_us,venue,market,price,amount\n1,n,BTC,"
                                           "\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3,1\n"));
    assert_non_null(strstr(tape.error, "b.csv:2: price must be"));
    for (const char *at = tape.error; *at; at++)
        assert_true(*at >= ' ' && *at <= '~');
    assert_true(tape.error[strlen(tape.error) - 1] == '\'');
    tape_free(&tape);
}

static void test_refused(void **state)
{
#define TRADES "ts_us,venue,market,price,amount\n"
#define BARS "ts_us,venue,market,open,high,low,close,volume\n"
    static const struct {
        const char *name, *text, *place, *value;
    } bad[] = {
        { "a.csv", "time,price\n", "a.csv:1:", "'time,price'" },
        { "a.csv", "", "a.csv:", "no header" },
        { "a.csv", TRADES, "a.csv", "no row" },
        { "a.csv", TRADES "1,n,BTC,1,1\n1,n,BTC,0,1\n", "a.csv:3:",
          "price must be a decimal above 0 and below 9223372, at most nine decimals: '0'" },
        { "a.csv", TRADES "1,n,BTC,-1,1\n", "a.csv:2:", "'-1'" },
        { "a.csv", TRADES "1,n,BTC,1,x\n", "a.csv:2:", "amount must be a number, 0 or above: 'x'" },
        { "a.csv", TRADES "1,n,BTC,1,-1\n", "a.csv:2:", "'-1'" },
        { "a.csv", TRADES "1.5,n,BTC,1,1\n", "a.csv:2:", "ts_us must be microseconds since 1970: '1.5'" },
        { "a.csv", TRADES "2,n,BTC,1,1\n1,n,BTC,1,1\n", "a.csv:3:", "'1'" },
        { "a.csv", TRADES "2,,BTC,1,1\n", "a.csv:2:", "venue must have" },
        { "a.csv", TRADES "2,n,-BTC,1,1\n", "a.csv:2:", "'-BTC'" },
        { "a.csv", TRADES "2,n,BTC,1\n", "a.csv:2:", "'2,n,BTC,1'" },
        { "a.csv", BARS "0,n,BTC,1,2,1.5,1.6,1\n", "a.csv:2:",
          "high and low must enclose open and close; the bar at: '0'" },
        { "a.csv", BARS "0,n,BTC,3,2,1,1,1\n", "a.csv:2:", "enclose" },
        { "a.csv", BARS "0,n,BTC,1,1,1,1,1\n0,n,BTC,1,1,1,1,1\n", "a.csv:3:", "'0'" },
        { "a.csv", BARS "0,n,BTC,1,1,1,1,1\n2000000,n,BTC,1,1,1,1,1\n", "a.csv", "at least 4: '2000000'" },
        { "_b.csv", "ts_us,id,side,price,amount\n1,1,sell,1,1\n", "_b.csv:1:", "VENUE_" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tape tape;

        if (read_text(&tape, bad[i].name, bad[i].text) || !strstr(tape.error, bad[i].place) ||
            !strstr(tape.error, bad[i].value))
            fail_msg("case %zu: '%s' instead of '%s' and '%s'", i, tape.error, bad[i].place, bad[i].value);
        tape_free(&tape);
    }
}

static void test_median_minute(void **state)
{
    struct tape tape;

    (void)state;
    assert_true(read_text(&tape, "m.csv", TRADES "0,n,BTC,1,1\n1,n,BTC,1,2\n60000000,n,BTC,1,10\n"
                                                "120000000,n,BTC,1,90\n"));
    assert_true(tape_minute_turnover(&tape.series[0], 0, UINT64_MAX) == 10);
    assert_true(tape_minute_turnover(&tape.series[0], 0, 60000000) == 3);
    tape_free(&tape);
}

static void test_recorded_files(void **state)
{
    (void)state;
    for (const struct recorded *file = recorded; file->name; file++) {
        struct tape tape;
        size_t rows = 0;

        if (!read_recorded(&tape, file->name))
            continue;
        assert_int_equal(tape.count, file->series);
        for (uint32_t i = 0; i < tape.count; i++)
            rows += tape.series[i].count;
        assert_int_equal(rows, file->rows);
        assert_string_equal(tape.series[0].coin, file->coin);
        assert_string_equal(tape.series[0].venue, file->venue);
        tape_free(&tape);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trades_with_names), cmocka_unit_test(test_bars_with_names),
        cmocka_unit_test(test_file_names_its_market), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_contracts), cmocka_unit_test(test_sorted), cmocka_unit_test(test_binary),
        cmocka_unit_test(test_median_minute), cmocka_unit_test(test_recorded_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
