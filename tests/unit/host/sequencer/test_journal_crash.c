/* A run of writes during which the machine crashes at every operation of the disk, with every or many subsets of what
 * was
 * not synced kept; each time the journal is opened again, and holds what it must. */
#include "journal_batches.h"

#include <malloc.h>
#include <stdlib.h>

enum { SEGMENT_BYTES = 64 << 10, WRITES = 2000, AHEAD = 24000, EVERY_SUBSET = 100, SAMPLES = 1 };

struct run {
    struct simulated_disk disk;
    struct journal *journal;
    uint64_t durable, appended; /* as reported when the present operation began */
    uint64_t seed, crashes, kept, lost, torn, twice;
    bool all;
};

static const struct journal_options *options(const struct disk_ops *disk)
{
    static struct journal_options made;

    made = (struct journal_options){ .directory = "d", .cluster = 7, .node = 3, .segment_bytes = SEGMENT_BYTES,
                                     .ahead_bytes = AHEAD, .batch_bytes = BATCHES_BYTES_MAX, .disk = disk,
                                     .create = true };
    return &made;
}

static struct journal *open_journal(struct simulated_disk *disk)
{
    struct journal *journal;
    char error[512];

    if (journal_open(&journal, NULL, options(&disk->ops), error, sizeof error) != JOURNAL_OK)
        fail_msg("%s", error);
    return journal;
}

/* Appends the next batch if there is room. */
static bool append(struct journal *journal, uint64_t seed)
{
    static struct batches_made made;

    batches_make(&made, journal_last(journal) + 1, seed);
    if (!journal_room(journal, made.batch.size))
        return false;
    journal_append(journal, &made.batch, made.inputs);
    return true;
}

/* What a journal tells and what is to be seen in it after a crash. */
static uint64_t recover(struct run *run, struct simulated_disk *disk, uint64_t durable, uint64_t appended,
                        struct journal **journal)
{
    uint64_t last;

    *journal = open_journal(disk);
    last = journal_last(*journal);
    assert_true(last >= durable && last <= appended);
    assert_int_equal(journal_durable(*journal), last);
    assert_int_equal(batches_verify(&disk->ops, "d", 0, run->seed), last);
    return last;
}

/* Goes on appending after a crash, crashes again in the middle of it, and recovers. */
static void crash_again(struct run *run, struct simulated_disk *disk, struct journal *journal, uint64_t chance)
{
    static struct simulated_disk second;
    unsigned steps = (unsigned)(simulated_disk_chance(&chance) % 24);
    struct journal *again;

    for (unsigned i = 0; i < steps; i++) {
        append(journal, run->seed);
        if (simulated_disk_chance(&chance) % 2)
            simulated_disk_deliver(disk);
    }
    simulated_disk_crash(disk, &second, simulated_disk_chance(&chance), simulated_disk_chance(&chance), 0);
    recover(run, &second, journal_durable(journal), journal_last(journal), &again);
    journal_close(again);
    simulated_disk_destroy(&second);
    run->twice++;
}

static void crash(struct run *run, uint64_t mask, uint64_t chance)
{
    static struct simulated_disk copy;
    uint32_t segments = (uint32_t)run->disk.file_count; /* never below the number of the newest segment */
    struct journal *journal;
    uint64_t last;

    simulated_disk_crash(&run->disk, &copy, mask, chance, segments > 2 ? segments - 2 : 0);
    last = recover(run, &copy, run->durable, run->appended, &journal);
    run->crashes++;
    run->kept += last > run->durable;
    run->lost += last < run->appended;
    if (chance % 4 == 0)
        crash_again(run, &copy, journal, chance);
    journal_close(journal);
    simulated_disk_destroy(&copy);
}

static void at_operation(struct simulated_disk *disk)
{
    struct run *run = disk->hook_context;
    size_t sectors = simulated_disk_outstanding(disk);
    uint64_t chance = run->seed ^ disk->operations * 7919;
    bool every = sectors > 0 && sectors <= 8 && (run->all || disk->operations % EVERY_SUBSET == 0);

    if (run->journal == NULL) /* the first opening */
        return;
    run->durable = journal_durable(run->journal);
    run->appended = journal_last(run->journal);
    run->torn += every;
    for (uint64_t mask = 0; every && mask < UINT64_C(1) << sectors; mask++)
        crash(run, mask, simulated_disk_chance(&chance));
    crash(run, 0, simulated_disk_chance(&chance));
    crash(run, UINT64_MAX, simulated_disk_chance(&chance));
    for (int i = 0; i < SAMPLES; i++)
        crash(run, simulated_disk_chance(&chance), simulated_disk_chance(&chance));
}

static void test_crash_at_every_operation(void **state)
{
    static struct run run;
    struct journal_counters counters = { 0 };
    const char *wish = getenv("VITRINE_JOURNAL_CRASH"); /* a seed: every subset of every write, longer */
    uint64_t chance;

    (void)state;
    run.all = wish != NULL;
    run.seed = wish ? strtoull(wish, NULL, 0) : 4;
    chance = run.seed;
    simulated_disk_create(&run.disk, run.seed);
    run.journal = open_journal(&run.disk);
    run.disk.hook = at_operation;
    run.disk.hook_context = &run;
    while (counters.writes < WRITES) {
        if (simulated_disk_chance(&chance) % 3 || !append(run.journal, run.seed))
            simulated_disk_deliver(&run.disk);
        journal_counters(run.journal, &counters);
    }
    run.disk.hook = NULL;
    journal_close(run.journal);
    assert_true(counters.batches_in_write_max > 1 && counters.segments > 20);
    assert_true(run.kept > 100 && run.lost > 100);
    batches_verify(&run.disk.ops, "d", 0, run.seed);
    print_message("%llu writes, %llu operations, %llu crashes (%llu writes with every subset), %llu crashed twice, "
                  "%llu segments\n",
                  (unsigned long long)counters.writes, (unsigned long long)run.disk.operations,
                  (unsigned long long)run.crashes, (unsigned long long)run.torn, (unsigned long long)run.twice,
                  (unsigned long long)counters.segments);
    simulated_disk_destroy(&run.disk);
}

/* The same while a new directory is made, and while a cut is being made (opening is what crashes). */
static void open_crash(struct simulated_disk *disk)
{
    static struct simulated_disk copy;
    struct run *run = disk->hook_context;
    uint64_t chance = disk->operations * 31 + run->seed;

    for (int i = 0; i < 12; i++) {
        struct journal *journal;

        simulated_disk_crash(disk, &copy, simulated_disk_chance(&chance), simulated_disk_chance(&chance), 0);
        recover(run, &copy, run->durable, run->appended, &journal);
        append(journal, run->seed);
        journal_close(journal);
        simulated_disk_destroy(&copy);
        run->crashes++;
    }
}

static void test_crash_while_opening(void **state)
{
    static struct run run;
    static struct simulated_disk broken;
    struct journal *journal;

    (void)state;
    memset(&run, 0, sizeof run);
    for (run.seed = 1; run.seed <= 12; run.seed++) {
        uint64_t chance = run.seed * 77;

        simulated_disk_create(&run.disk, run.seed);
        run.disk.hook_context = &run;
        run.disk.hook = open_crash;
        run.durable = run.appended = 0;
        journal = open_journal(&run.disk);
        run.disk.hook = NULL;
        for (unsigned i = 0; i < 30 + run.seed * 2; i++)
            if (!append(journal, run.seed) || simulated_disk_chance(&chance) % 2)
                simulated_disk_deliver(&run.disk);
        simulated_disk_crash(&run.disk, &broken, simulated_disk_chance(&chance), run.seed, 0);
        broken.hook = open_crash;
        broken.hook_context = &run;
        run.durable = journal_durable(journal);
        run.appended = journal_last(journal);
        journal_close(journal);
        journal = open_journal(&broken); /* crashes at each of its operations */
        broken.hook = NULL;
        journal_close(journal);
        simulated_disk_destroy(&run.disk);
        simulated_disk_destroy(&broken);
    }
    assert_true(run.crashes > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crash_at_every_operation),
        cmocka_unit_test(test_crash_while_opening),
    };

    mallopt(M_MMAP_THRESHOLD, 1 << 28); /* thousands of small disks: keep their memory */
    mallopt(M_TRIM_THRESHOLD, 1 << 29);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
