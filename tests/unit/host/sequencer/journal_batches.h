/* Batches that a journal test can make again from their number: size, time, content. */
#ifndef VITRINE_JOURNAL_BATCHES_H
#define VITRINE_JOURNAL_BATCHES_H

#include "unit.h"

#include "journal.h"
#include "simulated_disk.h"

enum { BATCHES_BYTES_MAX = 20000 };

struct batches_made {
    struct journal_batch batch;
    uint8_t inputs[BATCHES_BYTES_MAX];
};

static inline void batches_make(struct batches_made *made, uint64_t number, uint64_t seed)
{
    uint64_t chance = seed + number * 1000003;
    uint64_t kind = simulated_disk_chance(&chance) % 100;
    uint32_t most = kind < 60 ? 600 : kind < 95 ? 3500 : BATCHES_BYTES_MAX;

    memset(&made->batch, 0, sizeof made->batch);
    made->batch.number = number;
    made->batch.time_ns = 1700000000000000000u + number / 3 * 1000;
    made->batch.size = (uint32_t)(simulated_disk_chance(&chance) % (most + 1));
    made->batch.count = made->batch.size / 16 % 4097;
    made->batch.outcome_batch = number > 3 && number % 2 ? number - 3 : 0;
    for (size_t i = 0; i < sizeof made->batch.outcome_hash && made->batch.outcome_batch; i++)
        made->batch.outcome_hash[i] = (uint8_t)(number >> i % 8);
    for (size_t i = 0; i < made->batch.size; i += 8) {
        uint64_t word = simulated_disk_chance(&chance);

        memcpy(made->inputs + i, &word, made->batch.size - i < 8 ? made->batch.size - i : 8);
    }
}

static inline bool batches_equal(const struct batches_made *made, const struct journal_batch *batch,
                                 const uint8_t *inputs)
{
    return memcmp(&made->batch, batch, sizeof *batch) == 0 && memcmp(made->inputs, inputs, made->batch.size) == 0;
}

/* Reads from `first` on (0: the first there is): returns the last batch, and fails the test where one is not as made.
 * */
static inline uint64_t batches_verify(const struct disk_ops *disk, const char *directory, uint64_t first, uint64_t seed)
{
    static struct batches_made made;
    struct journal_reader *reader;
    const struct journal_batch *batch;
    const uint8_t *inputs;
    char error[512];
    uint64_t last = 0;

    if (journal_reader_open_on(&reader, disk, directory, first, error, sizeof error) != JOURNAL_OK)
        fail_msg("%s", error);
    for (;;) {
        if (journal_reader_next(reader, &batch, &inputs) != JOURNAL_OK)
            fail_msg("%s", journal_reader_message(reader));
        if (batch == NULL)
            break;
        assert_true(last == 0 ? first == 0 || batch->number == first : batch->number == last + 1);
        last = batch->number;
        batches_make(&made, last, seed);
        assert_true(batches_equal(&made, batch, inputs));
    }
    journal_reader_close(reader);
    return last;
}

#endif
