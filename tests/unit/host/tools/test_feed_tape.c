/* Tapes of venues' prices: both formats, several files by time, and what is wrong with a line. */
#include "unit.h"

#include "feed_tape.h"

#define NAMES "ts_us,venue,market,price,amount\n"
#define TRADES "ts_us,id,side,price,amount\n"

static void expect_row(struct feed_tapes *tapes, uint64_t time_us, const char *venue, const char *asset, uint64_t price)
{
    struct feed_row row;

    assert_int_equal(feed_tapes_next(tapes, &row), TEXT_LINE);
    assert_int_equal(row.time_ns, time_us * 1000);
    assert_string_equal(row.venue, venue);
    assert_string_equal(row.asset, asset);
    assert_int_equal(row.price, price);
}

static void test_two_files(void **state)
{
    const char *named = unit_file(0, "feed_named", NAMES "10,kraken,AVAX-USD,26.68,1\n20,okx,SOL_USDC_PERP,.5,1\n"
                                                         "20,kraken,BTC/USD,100000.000000001,1\n");
    const char *trades = unit_file(1, "feed_trades", TRADES "5,1,sell,1,1\n20,2,buy,2,1\n30,3,buy,3,1");
    struct feed_tapes tapes = { .count = 0 };
    struct feed_row row;

    (void)state;
    assert_true(feed_tapes_add(&tapes, named, NULL, NULL));
    assert_true(feed_tapes_add(&tapes, trades, "coinbase", "ETH"));
    assert_int_equal(feed_tapes_peek(&tapes)->time_ns, 5000);
    expect_row(&tapes, 5, "coinbase", "ETH", UINT64_C(1000000000000));
    expect_row(&tapes, 10, "kraken", "AVAX", UINT64_C(26680000000000));
    expect_row(&tapes, 20, "okx", "SOL", UINT64_C(500000000000));
    expect_row(&tapes, 20, "kraken", "BTC", UINT64_C(100000000000001000));
    expect_row(&tapes, 20, "coinbase", "ETH", UINT64_C(2000000000000));
    expect_row(&tapes, 30, "coinbase", "ETH", UINT64_C(3000000000000));
    assert_null(feed_tapes_peek(&tapes));
    assert_int_equal(feed_tapes_next(&tapes, &row), TEXT_END);
    feed_tapes_close(&tapes);
}

/* Opens and reads all of it: what was said of the bad line. */
static void expect_error(const char *text, const char *venue, const char *says)
{
    struct feed_tapes tapes = { .count = 0 };
    struct feed_row row;

    if (feed_tapes_add(&tapes, unit_file(2, "feed_bad", text), venue, venue ? "AVAX" : NULL))
        while (feed_tapes_next(&tapes, &row) == TEXT_LINE)
            ;
    if (strstr(tapes.error, says) == NULL)
        fail_msg("\"%s\" says \"%s\", not \"%s\"", text, tapes.error, says);
    feed_tapes_close(&tapes);
}

static void test_bad_lines(void **state)
{
    (void)state;
    expect_error("", "a", ":0: the first line must be");
    expect_error("ts_us,price\n", "a", ":1: the first line must be");
    expect_error(NAMES, "a", "names its venues itself");
    expect_error(TRADES, NULL, "names no venue");
    expect_error(TRADES, "a_name_of_16_ch_", "1 to 15 characters");
    expect_error(TRADES "1,1,buy,1\n", "a", ":2: must have five fields");
    expect_error(TRADES "1,1,buy,1,1,1\n", "a", ":2: must have five fields");
    expect_error(TRADES "1,1,buy,1,1\n-1,1,buy,1,1\n", "a", ":3: ts_us: must be microseconds");
    expect_error(TRADES "9223372036854776,1,buy,1,1\n", "a", ":2: ts_us: must be microseconds");
    expect_error(TRADES "2,1,buy,1,1\n1,1,buy,1,1\n", "a", ":3: ts_us: must not be before");
    expect_error(TRADES "2,1,buy,0,1\n", "a", ":2: price:");
    expect_error(TRADES "2,1,buy,1e3,1\n", "a", ":2: price:");
    expect_error(TRADES "2,1,buy,9223372.1,1\n", "a", ":2: price:");
    expect_error(NAMES "2,,AVAX,1,1\n", NULL, ":2: venue:");
    expect_error(NAMES "2,kraken,-USD,1,1\n", NULL, ":2: market:");
    expect_error(NAMES "2,kraken,AN_ASSET,1,1\n2,kraken,ANASSETOFSIXTEEN,1,1\n", NULL, ":3: market:");
}

static void test_missing_and_many(void **state)
{
    struct feed_tapes tapes = { .count = 0 };

    (void)state;
    assert_false(feed_tapes_add(&tapes, "/nowhere/tape.csv", NULL, NULL));
    assert_non_null(strstr(tapes.error, "/nowhere/tape.csv"));
    for (unsigned i = 0; i < FEED_TAPES_MAX; i++)
        assert_true(feed_tapes_add(&tapes, unit_file(3, "feed_empty", NAMES), NULL, NULL));
    assert_false(feed_tapes_add(&tapes, unit_file(3, "feed_empty", NAMES), NULL, NULL));
    assert_null(feed_tapes_peek(&tapes));
    feed_tapes_close(&tapes);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_two_files), cmocka_unit_test(test_bad_lines),
                                        cmocka_unit_test(test_missing_and_many) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
