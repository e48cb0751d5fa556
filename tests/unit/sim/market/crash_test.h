/* The recorded crashes, for tests. */
#ifndef VITRINE_CRASH_TEST_H
#define VITRINE_CRASH_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "tape.h"

static const struct recorded {
    const char *name;
    uint32_t series;
    size_t rows;
    const char *venue, *coin; /* of the first series */
} recorded[] = {
    { "binance-delivery_AVAXUSD_PERP_20251010_2030-2230.csv.gz", 1, 61529, "binance-delivery", "AVAX" },
    { "binance_spot_1m_20210519.csv.gz", 20, 28800, "binance", "AAVE" },
    { "binance_um_1m_20220511_12_LUNA.csv.gz", 2, 5760, "binance", "BTC" },
    { "binance_um_1m_20221108_09_FTX.csv.gz", 2, 5760, "binance", "BTC" },
    { "binance_um_BTCUSDT_1m_20251010_2101-2210.csv", 1, 70, "binance", "BTC" },
    { "binance_um_SOLUSDT_1m_20251010_2112-2210.csv", 1, 59, "binance", "SOL" },
    { "coinbase_AVAX-USD_20251010_2030-2230.csv.gz", 1, 38646, "coinbase", "AVAX" },
    { NULL, 0, 0, NULL, NULL },
};

/* False, and says so, where the data is not there. */
static inline bool read_recorded(struct tape *tape, const char *name)
{
    char path[1024];

    memset(tape, 0, sizeof *tape);
    snprintf(path, sizeof path, "%s/crash/%s", VITRINE_DATA_DIRECTORY, name);
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED: no %s\n", path);
        return false;
    }
    if (!tape_read(tape, path))
        fail_msg("%s", tape->error);
    return true;
}

#endif
