#include "bench_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "scratch_directory.h"
#include "input.h"
#include "journal.h"
#include "limits.h"
#include "memory.h"

enum { LOOP_ENTRIES = 256, WAIT_NS = 1000000, OUT_MAX = 1 << 16 };

struct bench_write {
    const struct bench_write_settings *settings;
    struct bench_write_result *result;
    struct loop loop;
    struct journal *journal;
    uint8_t *inputs;
    size_t size;
    uint64_t appended_ns[OUT_MAX]; /* by batch */
    uint64_t seen;                 /* the last one known to be durable */
    char *error;
    size_t error_size;
};

/* What the journal is given makes no difference to it but by its size. */
static void write_make_inputs(struct bench_write *bench)
{
    bench->size = bench->settings->batch_inputs * sizeof(struct input_order_new);
    bench->inputs = memory_reserve(bench->settings->batch_inputs, sizeof(struct input_order_new));
    for (uint32_t i = 0; i < bench->settings->batch_inputs; i++) {
        const struct input_order_new order = { .header = { .kind = INPUT_ORDER_NEW, .size = sizeof order,
                                                           .user = 1 + i % 64, .reference = i, .subaccount = 5 },
                                               .market = 1, .price = 600000 + i, .quantity = 1 + i };

        memcpy(bench->inputs + i * sizeof order, &order, sizeof order);
    }
}

static bool write_note(struct bench_write *bench)
{
    const uint64_t now = clock_now_ns(), durable = journal_durable(bench->journal);

    for (; bench->seen < durable; bench->seen++)
        distribution_add(&bench->result->durable_ns, now - bench->appended_ns[(bench->seen + 1) % OUT_MAX]);
    if (journal_status(bench->journal) == JOURNAL_OK)
        return true;
    snprintf(bench->error, bench->error_size, "%s", journal_message(bench->journal));
    return false;
}

static bool write_all_batches(struct bench_write *bench)
{
    const struct bench_write_settings *settings = bench->settings;
    const uint64_t begin = clock_now_ns();
    uint64_t number = 0;
    bool good = true;

    while (good && bench->seen < settings->batches) {
        while (number < settings->batches && journal_room(bench->journal, bench->size) &&
               number - bench->seen < (settings->one_at_a_time ? 1 : OUT_MAX)) {
            const struct journal_batch batch = { .number = number + 1, .time_ns = number + 1,
                                                 .count = settings->batch_inputs, .size = (uint32_t)bench->size };

            number++;
            bench->appended_ns[number % OUT_MAX] = clock_now_ns();
            journal_append(bench->journal, &batch, bench->inputs);
        }
        loop_run(&bench->loop, WAIT_NS);
        good = write_note(bench);
    }
    bench->result->wall_ns = clock_now_ns() - begin;
    return good;
}

static bool write_read_again(struct bench_write *bench, const char *directory)
{
    struct journal_reader *reader;
    const struct journal_batch *batch;
    const uint8_t *inputs;
    const uint64_t begin = clock_now_ns();
    uint64_t count = 0;
    enum journal_status status = journal_reader_open(&reader, directory, 0, bench->error, bench->error_size);

    if (status != JOURNAL_OK)
        return false;
    while ((status = journal_reader_next(reader, &batch, &inputs)) == JOURNAL_OK && batch)
        count++;
    if (status != JOURNAL_OK)
        snprintf(bench->error, bench->error_size, "%s", journal_reader_message(reader));
    else if (count != bench->settings->batches)
        snprintf(bench->error, bench->error_size, "%llu of %llu batches came back", (unsigned long long)count,
                 (unsigned long long)bench->settings->batches);
    journal_reader_close(reader);
    bench->result->read_ns = clock_now_ns() - begin;
    return status == JOURNAL_OK && count == bench->settings->batches;
}

static bool write_measure(struct bench_write *bench, const char *directory)
{
    const struct journal_options options = { .directory = directory, .create = true };
    struct journal_counters counters;
    bool good;

    if (journal_open(&bench->journal, &bench->loop, &options, bench->error, bench->error_size) != JOURNAL_OK)
        return false;
    good = write_all_batches(bench);
    journal_counters(bench->journal, &counters);
    bench->result->writes = counters.writes;
    bench->result->written = counters.bytes;
    journal_close(bench->journal);
    return good && write_read_again(bench, directory);
}

bool bench_write_run(const struct bench_write_settings *settings, struct bench_write_result *result, char *error,
                     size_t error_size)
{
    struct bench_write *bench = memory_reserve(1, sizeof *bench);
    char directory[SCRATCH_PATH_BYTES];
    bool good;

    memset(result, 0, sizeof *result);
    bench->settings = settings;
    bench->result = result;
    bench->error = error;
    bench->error_size = error_size;
    write_make_inputs(bench);
    result->batches = settings->batches;
    result->inputs = settings->batches * settings->batch_inputs;
    result->input_bytes = settings->batches * bench->size;
    good = scratch_directory_make(settings->directory, directory, error, error_size);
    if (good) {
        good = loop_create(&bench->loop, LOOP_ENTRIES, error, error_size) == 0;
        if (good) {
            good = write_measure(bench, directory);
            loop_destroy(&bench->loop);
        }
        scratch_directory_remove(directory);
    }
    free(bench->inputs);
    free(bench);
    return good;
}
