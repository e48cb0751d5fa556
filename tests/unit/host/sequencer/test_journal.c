/* The journal on a simulated disk: round trips, faults at every operation, a flipped bit in every sector, refusals. */
#include "journal_batches.h"

#include <errno.h>
#include <stdlib.h>

#include "sector.h"

enum { SEED = 11 };

static struct journal_options options(const struct simulated_disk *disk)
{
    return (struct journal_options){ .directory = "d", .cluster = 7, .node = 3, .segment_bytes = 64 << 10,
                                     .ahead_bytes = 24000, .batch_bytes = BATCHES_BYTES_MAX, .disk = &disk->ops,
                                     .create = true };
}

static enum journal_status try_open(struct simulated_disk *disk, struct journal **journal, char error[512])
{
    struct journal_options made = options(disk);

    return journal_open(journal, NULL, &made, error, 512);
}

static struct journal *open_journal(struct simulated_disk *disk)
{
    struct journal *journal;
    char error[512];

    if (try_open(disk, &journal, error) != JOURNAL_OK)
        fail_msg("%s", error);
    return journal;
}

/* Appends up to batch `last`, or as far as a fault lets it. */
static void append_to(struct simulated_disk *disk, struct journal *journal, uint64_t last)
{
    static struct batches_made made;

    while (journal_last(journal) < last && journal_status(journal) == JOURNAL_OK) {
        batches_make(&made, journal_last(journal) + 1, SEED);
        if (journal_room(journal, made.batch.size))
            journal_append(journal, &made.batch, made.inputs);
        else
            assert_true(simulated_disk_deliver(disk));
    }
}

static void fill(struct simulated_disk *disk, uint64_t batches)
{
    struct journal *journal = open_journal(disk);

    append_to(disk, journal, batches);
    journal_close(journal);
}

/* A short write from a buffer that held a long one has zeros behind its payload, and says nothing of the long one. */
static void test_short_behind_long(void **state)
{
    enum { COUNT = 2 * SECTOR_BLOCK };
    static struct sector used[COUNT], fresh[COUNT];
    static uint8_t bytes[COUNT * SECTOR_PAYLOAD];
    static const size_t sizes[] = { COUNT * SECTOR_PAYLOAD, 700, SECTOR_PAYLOAD, 1, 2000, 10 * SECTOR_PAYLOAD + 3, 64 };

    (void)state;
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const uint32_t count = sector_count(sizes[i]);
        const struct sector_write write = { .number = i + 1, .size = sizes[i], .segment = 3, .place = 5 };

        memset(bytes, 'a' + (int)i, sizeof bytes);
        memset(fresh, 0, sizeof fresh);
        sector_put(used, 0, bytes, sizes[i]);
        sector_seal(used, &write, 0, count);
        sector_put(fresh, 0, bytes, sizes[i]);
        sector_seal(fresh, &write, 0, count);
        assert_memory_equal(used, fresh, count * SECTOR_BYTES);
        for (uint32_t sector = 0; sector < count; sector++)
            assert_int_equal(sector_judge(&used[sector], 3, 5 + sector), SECTOR_VALID);
    }
}

/* What is done while nothing is to be done leaves no trace on the disk. */
static void test_idle(void **state)
{
    static struct simulated_disk disks[2];
    static struct batches_made made;
    struct journal *journals[2];
    uint64_t chance = SEED;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        simulated_disk_create(&disks[i], 1);
        journals[i] = open_journal(&disks[i]);
    }
    for (uint64_t batch = 1; batch <= 400; ) {
        const uint64_t draw = simulated_disk_chance(&chance) % 4;

        batches_make(&made, batch, SEED);
        if (draw < 2)
            journal_idle(journals[1]);
        for (unsigned i = 0; i < 2; i++)
            if (draw == 3 && journal_room(journals[i], made.batch.size))
                journal_append(journals[i], &made.batch, made.inputs);
            else if (draw == 2 || draw == 3)
                simulated_disk_deliver(&disks[i]);
        assert_int_equal(journal_last(journals[0]), journal_last(journals[1]));
        batch = journal_last(journals[0]) + 1;
    }
    for (unsigned i = 0; i < 2; i++)
        journal_close(journals[i]);
    assert_int_equal(disks[0].name_count, disks[1].name_count);
    for (size_t i = 0; i < disks[0].name_count; i++) {
        size_t sizes[2];
        const uint8_t *left = simulated_disk_bytes(&disks[0], disks[0].names[i].name, &sizes[0]);
        const uint8_t *right = simulated_disk_bytes(&disks[1], disks[0].names[i].name, &sizes[1]);

        assert_true((left == NULL) == (right == NULL) && sizes[0] == sizes[1]);
        if (left)
            assert_memory_equal(left, right, sizes[0]);
    }
    assert_int_equal(batches_verify(&disks[1].ops, "d", 0, SEED), 400);
    for (unsigned i = 0; i < 2; i++)
        simulated_disk_destroy(&disks[i]);
}

static void test_round_trip(void **state)
{
    static struct simulated_disk disk;
    struct journal_counters counters;
    struct journal *journal;

    (void)state;
    simulated_disk_create(&disk, 1);
    journal = open_journal(&disk);
    assert_int_equal(journal_last(journal), 0);
    journal_close(journal); /* an empty one */
    for (uint64_t last = 37; last <= 400; last += 33) {
        journal = open_journal(&disk);
        append_to(&disk, journal, last);
        journal_counters(journal, &counters);
        journal_close(journal);
        assert_int_equal(batches_verify(&disk.ops, "d", 0, SEED), last);
    }
    for (uint64_t first = 1; first <= 400; first++)
        assert_int_equal(batches_verify(&disk.ops, "d", first, SEED), 400 >= first ? 400 : 0);
    assert_true(counters.batches_in_write_max > 1);
    simulated_disk_destroy(&disk);
}

/* Nothing is durable before its write has completed. */
static void test_durable(void **state)
{
    static struct simulated_disk disk;
    static struct batches_made made;
    struct journal *journal;

    (void)state;
    simulated_disk_create(&disk, 2);
    journal = open_journal(&disk);
    for (uint64_t i = 1; i <= 3; i++) {
        batches_make(&made, i, SEED);
        made.batch.size = 16;
        journal_append(journal, &made.batch, made.inputs);
    }
    assert_int_equal(journal_durable(journal), 0);
    while (journal_durable(journal) == 0)
        assert_true(simulated_disk_deliver(&disk));
    assert_int_equal(journal_durable(journal), 1); /* the two that came meanwhile share the next write */
    while (journal_durable(journal) == 1)
        assert_true(simulated_disk_deliver(&disk));
    assert_int_equal(journal_durable(journal), 3);
    assert_false(journal_room(journal, BATCHES_BYTES_MAX + 1));
    journal_close(journal);
    simulated_disk_destroy(&disk);
}

/* One fault at operation `at`: what was durable before stays, nothing becomes durable after. */
static bool fault_at(uint64_t at, int error)
{
    static struct simulated_disk disk;
    struct journal *journal;
    uint64_t durable = 0;
    char text[512];
    bool reached;

    simulated_disk_create(&disk, at);
    disk.fail_at = at;
    disk.fail_error = error;
    if (try_open(&disk, &journal, text) == JOURNAL_OK) {
        append_to(&disk, journal, 400);
        durable = journal_durable(journal);
        if (journal_status(journal) != JOURNAL_OK) {
            assert_int_equal(journal_status(journal), error == -ENOSPC ? JOURNAL_SPACE : JOURNAL_IO);
            assert_true(journal_message(journal)[0] != '\0');
            assert_false(journal_room(journal, 0));
            while (simulated_disk_deliver(&disk))
                assert_int_equal(journal_durable(journal), durable);
        }
        journal_close(journal);
    }
    reached = disk.operations >= at;
    disk.fail_at = 0;
    journal = open_journal(&disk);
    assert_true(journal_last(journal) >= durable);
    journal_close(journal);
    batches_verify(&disk.ops, "d", 0, SEED);
    simulated_disk_destroy(&disk);
    return reached;
}

static void test_faults(void **state)
{
    static const int errors[] = { -EIO, -ENOSPC, 0 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        uint64_t at = 1;

        while (fault_at(at, errors[i]))
            at++;
        assert_true(at > 100);
    }
}

/* Reads until the end or a fault. */
static enum journal_status read_all(struct simulated_disk *disk, char error[512])
{
    struct journal_reader *reader;
    const struct journal_batch *batch;
    const uint8_t *inputs;
    enum journal_status status = journal_reader_open_on(&reader, &disk->ops, "d", 0, error, 512);

    if (status != JOURNAL_OK)
        return status;
    do
        status = journal_reader_next(reader, &batch, &inputs);
    while (status == JOURNAL_OK && batch);
    snprintf(error, 512, "%s", journal_reader_message(reader));
    journal_reader_close(reader);
    return status;
}

static void test_bit_flips(void **state)
{
    static struct simulated_disk disk;
    struct journal *journal;
    char name[40], error[512], place[80];
    uint64_t chance = 5, flips = 0;
    unsigned segments = 0;
    uint8_t *bytes;
    size_t size;

    (void)state;
    simulated_disk_create(&disk, 3);
    fill(&disk, 150);
    for (unsigned segment = 1;; segment++) {
        snprintf(name, sizeof name, "segment-%08u", segment);
        bytes = simulated_disk_bytes(&disk, name, &size);
        if (bytes == NULL)
            break;
        segments++;
        for (size_t at = 0; at < size; at += 512) {
            size_t byte = at + simulated_disk_chance(&chance) % 512;
            uint8_t bit = (uint8_t)(1u << simulated_disk_chance(&chance) % 8);

            bytes[byte] ^= bit;
            assert_int_not_equal(read_all(&disk, error), JOURNAL_OK);
            snprintf(place, sizeof place, "%s: byte %zu:", name, at < 4096 ? 0 : at);
            if (strstr(error, place) == NULL)
                fail_msg("%s flipped at %zu: %s", name, byte, error);
            if (flips++ % 8 == 0)
                assert_int_not_equal(try_open(&disk, &journal, error), JOURNAL_OK);
            bytes[byte] ^= bit;
        }
    }
    assert_true(segments > 2);
    assert_int_equal(read_all(&disk, error), JOURNAL_OK);
    simulated_disk_destroy(&disk);
}

/* A sector of zeros anywhere below the commit point; the last write has been put below it by closing. */
static void test_lost_sectors(void **state)
{
    static struct simulated_disk disk;
    char error[512];
    uint8_t *bytes, kept[512];
    static const uint8_t zeros[512];
    size_t size;

    (void)state;
    simulated_disk_create(&disk, 3);
    fill(&disk, 60);
    bytes = simulated_disk_bytes(&disk, "segment-00000001", &size);
    for (size_t at = 4096; at < size && memcmp(bytes + at, zeros, 512) != 0; at += 512) {
        memcpy(kept, bytes + at, 512);
        memset(bytes + at, 0, 512);
        assert_int_equal(read_all(&disk, error), JOURNAL_CORRUPT);
        memcpy(bytes + at, kept, 512);
    }
    memcpy(bytes + 8192, bytes + 4096, 4096); /* misplaced */
    assert_int_equal(read_all(&disk, error), JOURNAL_CORRUPT);
    assert_non_null(strstr(error, "byte 8192:"));
    simulated_disk_destroy(&disk);
}

static void test_refusals(void **state)
{
    static struct simulated_disk disk;
    struct journal_options made = options(&disk);
    struct journal *journal, *second;
    char error[512];

    (void)state;
    simulated_disk_create(&disk, 9);
    made.create = false;
    assert_int_equal(journal_open(&journal, NULL, &made, error, sizeof error), JOURNAL_ARGUMENT);
    fill(&disk, 200);
    journal = open_journal(&disk);
    assert_int_equal(try_open(&disk, &second, error), JOURNAL_LOCKED);
    journal_close(journal);
    made.node = 4;
    assert_int_equal(journal_open(&journal, NULL, &made, error, sizeof error), JOURNAL_VERSION);
    made = options(&disk);
    made.cluster = 8;
    assert_int_equal(journal_open(&journal, NULL, &made, error, sizeof error), JOURNAL_VERSION);
    made = options(&disk);
    made.segment_bytes = 12288;
    assert_int_equal(journal_open(&journal, NULL, &made, error, sizeof error), JOURNAL_ARGUMENT);
    made = options(&disk);
    made.batch_bytes = 0; /* the default does not fit such small segments */
    assert_int_equal(journal_open(&journal, NULL, &made, error, sizeof error), JOURNAL_ARGUMENT);
    made = options(&disk);
    made.term = 2; /* a new term begins a segment of its own, an older one is refused */
    assert_int_equal(journal_open(&journal, NULL, &made, error, sizeof error), JOURNAL_OK);
    append_to(&disk, journal, 210);
    journal_close(journal);
    assert_int_equal(try_open(&disk, &journal, error), JOURNAL_VERSION);
    assert_int_equal(batches_verify(&disk.ops, "d", 0, SEED), 210);
    disk.ops.unlink(&disk, 100000, "segment-00000002");
    assert_int_equal(read_all(&disk, error), JOURNAL_GAP);
    disk.ops.unlink(&disk, 100000, "segment-00000001"); /* as pruning does */
    assert_int_equal(read_all(&disk, error), JOURNAL_OK);
    disk.no_direct = true;
    assert_int_equal(read_all(&disk, error), JOURNAL_ALIGNMENT);
    simulated_disk_destroy(&disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_behind_long), cmocka_unit_test(test_idle),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_durable),      cmocka_unit_test(test_faults),
        cmocka_unit_test(test_bit_flips),  cmocka_unit_test(test_lost_sectors), cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
