/* Recorded prices of venues: trades in text files, plain or gzip, in the order of their times. Two formats, told by
 * the header line:
 *
 *     ts_us,venue,market,price,amount    several venues and markets. The market is the coin's symbol, alone or in front
 *                                        of '-', '_' or '/': AVAX, AVAX-USD, AVAX_USDC_PERP
 *     ts_us,id,side,price,amount         one venue and one coin: whose, the caller says
 *
 * ts_us: microseconds of UTC since 1970, not falling; price: a decimal in USDC a coin, above 0, with at most nine
 * decimals. id, side and amount are not looked at. */
#ifndef VITRINE_FEED_TAPE_H
#define VITRINE_FEED_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text_input.h"

#define FEED_NAME_BYTES 16 /* of a venue or an asset, with its zero: as in inputs */
#define FEED_TAPES_MAX 8

struct feed_row {
    uint64_t time_ns;       /* UTC */
    uint64_t price;         /* 10^-12 USDC a coin, 1 .. 2^63-1 */
    char venue[FEED_NAME_BYTES], asset[FEED_NAME_BYTES];
};

/* Several files as one, by time; of equal times the file named first comes first. */
struct feed_tapes {
    struct feed_tape *tape[FEED_TAPES_MAX];
    size_t count;
    char error[TEXT_ERROR_MAX + 128]; /* "file:line: reason" */
};

/* Adds a file; venue and asset are NULL where it names them itself. False with `error`: it can't be opened, its header
 * is neither, it does not name what the caller does not, or the other way round. */
bool feed_tapes_add(struct feed_tapes *tapes, const char *path, const char *venue, const char *asset);
/* The next row; TEXT_END behind the last one, TEXT_BAD with `error`. */
enum text_status feed_tapes_next(struct feed_tapes *tapes, struct feed_row *row);
/* Up to the next row: how it looks, without taking it. NULL at the end or where a file is bad. */
const struct feed_row *feed_tapes_peek(const struct feed_tapes *tapes);
void feed_tapes_close(struct feed_tapes *tapes);

#endif
