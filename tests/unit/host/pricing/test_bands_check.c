/* The configuration check of price bands, with multipliers of captured public markets. */
#include "unit.h"

#include "bands_check.h"

static const struct bands ada = { .limit = { true, 750000, 1250000 },
                                  .impact = { true, 970000, 1030000 },
                                  .mean = { true, 90000, 1120000 } };

static size_t found(struct bands bands, struct bands_finding *findings)
{
    return bands_check(&bands, findings);
}

static void test_public_markets(void **state)
{
    struct bands_finding findings[BANDS_FINDINGS_MAX];
    struct bands btc = { { true, 250000, 2000000 }, { true, 990000, 1010000 }, { true, 960000, 1040000 } };
    struct bands eth_spot = { { true, 750000, 1250000 }, { true, 980000, 1020000 }, { true, 920000, 1070000 } };
    char text[160];

    (void)state;
    assert_int_equal(found(btc, findings), 0);
    assert_int_equal(found(eth_spot, findings), 0);
    assert_int_equal(found(ada, findings), 1); /* 0.09 where its peers have 0.92 */
    assert_int_equal(findings[0].fault, BANDS_LOWER_PROTECTS_NOTHING);
    bands_describe(&findings[0], text, sizeof text);
    assert_string_equal(text, "mean band 0.09 to 1.12: its lower multiplier protects nothing (below 0.2)");
}

static void test_faults(void **state)
{
    struct bands_finding findings[BANDS_FINDINGS_MAX];
    struct bands bands = ada;

    (void)state;
    bands.mean.min = 200000; /* the edges are allowed */
    bands.mean.max = 5000000;
    assert_int_equal(found(bands, findings), 0);
    bands.mean.max = 5000001;
    assert_int_equal(found(bands, findings), 1);
    assert_int_equal(findings[0].fault, BANDS_UPPER_PROTECTS_NOTHING);
    bands.mean.on = false;
    assert_int_equal(found(bands, findings), 0);
    bands.limit = (struct band_range){ true, 10000, 16000000 }; /* wide limit bands are usual */
    assert_int_equal(found(bands, findings), 0);
    bands.limit = (struct band_range){ true, 1100000, 900000 };
    assert_int_equal(found(bands, findings), 1);
    assert_int_equal(findings[0].fault, BANDS_CROSSED);
    assert_string_equal(findings[0].band, "limit");
    bands.limit = (struct band_range){ true, 1000000, 1000000 };
    bands.impact = (struct band_range){ true, 1000000, 6000000 };
    bands.mean = (struct band_range){ true, 100000, 999999 };
    assert_int_equal(found(bands, findings), 6);
    assert_int_equal(findings[0].fault, BANDS_LOWER_REJECTS);
    assert_int_equal(findings[1].fault, BANDS_UPPER_REJECTS);
    assert_int_equal(findings[2].fault, BANDS_LOWER_REJECTS);
    assert_int_equal(findings[3].fault, BANDS_UPPER_PROTECTS_NOTHING);
    assert_int_equal(findings[4].fault, BANDS_LOWER_PROTECTS_NOTHING);
    assert_int_equal(findings[5].fault, BANDS_UPPER_REJECTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_public_markets), cmocka_unit_test(test_faults) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
