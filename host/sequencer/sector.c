#include "sector.h"

#include <sodium.h>
#include <string.h>
#include <xxhash.h>

#include "check.h"

static uint64_t sector_checksum(const struct sector *sector, uint32_t segment, uint32_t place)
{
    return XXH3_64bits_withSeed(&sector->write, SECTOR_BYTES - sizeof sector->checksum,
                                (uint64_t)segment << 32 | place);
}

static bool sector_is_zero(const struct sector *sector)
{
    static const uint8_t zeros[SECTOR_BYTES];

    return memcmp(sector, zeros, SECTOR_BYTES) == 0;
}

enum sector_state sector_judge(const struct sector *sector, uint32_t segment, uint32_t place)
{
    if (sector->write == 0) /* no write has that number */
        return sector_is_zero(sector) ? SECTOR_ZERO : SECTOR_BAD;
    if (sector->checksum != sector_checksum(sector, segment, place))
        return SECTOR_BAD;
    return sector->commit == sector->write - 1 && sector->index < sector->count && sector->count % SECTOR_BLOCK == 0 &&
           sector->size <= SECTOR_PAYLOAD && sector->reserved == 0 ? SECTOR_VALID : SECTOR_BAD;
}

void sector_seal(struct sector *sectors, const struct sector_write *write, uint32_t from, uint32_t to)
{
    const uint32_t count = sector_count(write->size);
    const size_t size = write->size;

    check(to <= count && count <= SECTOR_WRITE_MAX && write->number > 0);
    for (uint32_t i = from; i < to; i++) {
        struct sector *sector = &sectors[i];
        size_t begin = (size_t)i * SECTOR_PAYLOAD;
        size_t used = size <= begin ? 0 : size - begin < SECTOR_PAYLOAD ? size - begin : SECTOR_PAYLOAD;
        size_t before = sector->size; /* zeros lie behind it */

        sector->write = write->number;
        sector->commit = write->number - 1;
        sector->index = (uint16_t)i;
        sector->count = (uint16_t)count;
        sector->size = (uint16_t)used;
        sector->reserved = 0;
        if (used < before) /* what an earlier write left in the buffer */
            memset(sector->payload + used, 0, before - used);
        sector->checksum = sector_checksum(sector, write->segment, write->place + i);
    }
}

void sector_put(struct sector *sectors, size_t at, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    while (size) {
        size_t offset = at % SECTOR_PAYLOAD;
        size_t step = SECTOR_PAYLOAD - offset < size ? SECTOR_PAYLOAD - offset : size;

        memcpy(sectors[at / SECTOR_PAYLOAD].payload + offset, from, step);
        at += step;
        from += step;
        size -= step;
    }
}

void sector_get(const struct sector *sectors, size_t at, void *bytes, size_t size)
{
    uint8_t *to = bytes;

    while (size) {
        size_t offset = at % SECTOR_PAYLOAD;
        size_t step = SECTOR_PAYLOAD - offset < size ? SECTOR_PAYLOAD - offset : size;

        memcpy(to, sectors[at / SECTOR_PAYLOAD].payload + offset, step);
        at += step;
        to += step;
        size -= step;
    }
}

void sector_chain(uint8_t chain[SECTOR_CHAIN], const void *first, size_t first_size, const void *second,
                  size_t second_size)
{
    static const uint8_t zeros[8];
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, SECTOR_CHAIN);
    crypto_generichash_update(&state, chain, SECTOR_CHAIN);
    crypto_generichash_update(&state, first, first_size);
    if (second_size)
        crypto_generichash_update(&state, second, second_size);
    crypto_generichash_update(&state, zeros, (8 - second_size % 8) % 8);
    crypto_generichash_final(&state, chain, SECTOR_CHAIN);
}
