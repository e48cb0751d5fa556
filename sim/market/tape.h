/* Tapes: recorded prices of venues, as trades or as bars, plain or gzip. The header line says which format it is
 * (docs/scenarios.md):
 *
 *     ts_us,venue,market,price,amount                     trades
 *     ts_us,venue,market,open,high,low,close,volume       bars
 *     ts_us,id,side,price,amount                          trades of one venue and market: the file's name says whose,
 *                                                         VENUE_MARKET_...
 *     symbol,ts_ms,open,high,low,close,volume             bars of one venue: VENUE_...
 *
 * A market is its coin: what stands before '-', '_' or '/', without USDT, USDC, BUSD or USD at its end. Prices are
 * decimals in USDC a coin with at most nine decimals, above 0 and below 9223372. Amounts are coins, but in a file of
 * the third format whose venue ends in "-delivery": there they are contracts of coin-margined futures, of 100 USD for
 * BTC and of 10 USD for every other coin (Binance COIN-M contract specifications), and become coins at the row's
 * price. */
#ifndef VITRINE_TAPE_H
#define VITRINE_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAPE_SERIES = 128, TAPE_NAME_BYTES = 16, TAPE_VENUE_BYTES = 24, TAPE_ERROR = 256 };
#define TAPE_COIN 1e12 /* prices are 10^-12 USDC a coin */
#define TAPE_US_A_SECOND UINT64_C(1000000)

/* A bar from `time_us` on, or a trade, whose four prices are one. */
struct tape_row {
    uint64_t time_us;       /* UTC since 1970 */
    uint64_t open, high, low, close;
    double amount;          /* coins */
};

/* Of one venue and coin, in the order of time: trades' times don't fall, bars' rise. */
struct tape_series {
    char venue[TAPE_VENUE_BYTES], coin[TAPE_NAME_BYTES];
    bool bars;
    uint64_t bar_us;        /* length of a bar: the least distance of two; whole seconds, at least 4 */
    struct tape_row *rows;
    size_t count, room;
};

struct tape {
    char name[96];          /* of its files, without folders */
    struct tape_series series[TAPE_SERIES];
    uint32_t count;
    char error[TAPE_ERROR]; /* "file:line: what is wrong: the value", what is not printable in it as \xNN */
};

/* Adds a file to a tape that is all zero at first. False with `error`; tape_free() is due either way. */
bool tape_read(struct tape *tape, const char *path);
/* The bundled one, no record of anything: BTC, ETH, SOL and ADA at one venue in bars of 20 s for 20 minutes. They fall
 * by about 30 % between the 5th and the 11th minute, ADA by half, and get half of it back. */
void tape_make_synthetic(struct tape *tape);
void tape_free(struct tape *tape);
/* Series by coin, then venue: whatever the order in which files were read. */
void tape_sort(struct tape *tape);

/* USDC traded, of a series. */
double tape_turnover(const struct tape_series *series);
/* USDC traded in the median minute of those that have any trade, of a series; `from_us`, `until_us`: of these alone. */
double tape_minute_turnover(const struct tape_series *series, uint64_t from_us, uint64_t until_us);
/* First and last moment at which a series has a price. */
uint64_t tape_begin_us(const struct tape_series *series);
uint64_t tape_end_us(const struct tape_series *series);

#endif
