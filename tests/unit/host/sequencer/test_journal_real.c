/* The journal on the real disk through io_uring, and what an operator does with its directory. */
#include "journal_batches.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal_backup.h"
#include "snapshot.h"

enum { SEED = 21, ENTRIES = 64 };

static void append_to(struct loop *loop, struct journal *journal, uint64_t last)
{
    static struct batches_made made;

    while (journal_last(journal) < last) {
        batches_make(&made, journal_last(journal) + 1, SEED);
        if (journal_room(journal, made.batch.size))
            journal_append(journal, &made.batch, made.inputs);
        else
            loop_run(loop, 1000000);
        assert_int_equal(journal_status(journal), JOURNAL_OK);
    }
}

static struct journal *open_journal(struct loop *loop, const char *directory)
{
    struct journal_options options = { .directory = directory, .segment_bytes = 256 << 10, .ahead_bytes = 64 << 10,
                                       .batch_bytes = BATCHES_BYTES_MAX, .create = true };
    struct journal *journal;
    char error[512];
    enum journal_status status = journal_open(&journal, loop, &options, error, sizeof error);

    if (status == JOURNAL_ALIGNMENT)
        return NULL;
    if (status != JOURNAL_OK)
        fail_msg("%s", error);
    return journal;
}

static void snapshot_now(const char *directory, uint64_t batch)
{
    struct state_sizes sizes = { .subaccounts = 100, .accounts = 100, .users = 100, .balances = 100, .positions = 100,
                                 .orders = 100, .slots = 100, .transfers = 100 };
    struct state state;
    uint8_t hash[32];
    char error[512];

    state_create(&state, &sizes);
    state.t->batch = batch;
    if (snapshot_write(&state, directory, hash, error, sizeof error) != SNAPSHOT_OK)
        fail_msg("%s", error);
    state_destroy(&state);
}

static void flip(const char *directory, const char *name, off_t at)
{
    char path[128];
    uint8_t byte;
    int file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    file = open(path, O_RDWR);
    assert_true(file >= 0);
    assert_int_equal(pread(file, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, at), 1);
    close(file);
}

static void count_item(void *to, const struct journal_backup_item *item)
{
    *(unsigned *)to += item->fault == NULL;
}

/* Copies while the journal is open, goes on, copies again, prunes, and finds faults. */
static void operate(struct loop *loop, struct journal *journal, const char *directory, const char *target)
{
    struct journal_backup_report report;
    unsigned items = 0;

    append_to(loop, journal, 400);
    assert_int_equal(journal_backup_copy(directory, target, &report), JOURNAL_OK);
    assert_true(report.segments > 1 && report.last_batch >= journal_durable(journal));
    for (uint64_t batch = 300; batch <= 600; batch += 100)
        snapshot_now(directory, batch);
    append_to(loop, journal, 700);
    journal_close(journal);
    assert_int_equal(batches_verify(&disk_real, directory, 0, SEED), 700);
    if (journal_backup_copy(directory, target, &report) != JOURNAL_OK)
        fail_msg("%s", report.fault);
    assert_true(report.segments_kept > 0 && report.snapshots == 4 && report.last_batch == 700);
    assert_int_equal(journal_backup_copy(directory, target, &report), JOURNAL_OK);
    assert_int_equal(report.segments + report.snapshots, 0);
    assert_int_equal(batches_verify(&disk_real, target, 0, SEED), 700);
    assert_int_equal(journal_backup_list(target, count_item, &items, &report), JOURNAL_OK);
    assert_int_equal(items, report.segments + report.snapshots);
    assert_int_equal(journal_backup_prune(target, 2, 600, &report), JOURNAL_ARGUMENT);
    assert_int_equal(journal_backup_prune(target, 3, 0, &report), JOURNAL_OK);
    assert_true(report.segments > 0 && report.snapshots == 1 && report.snapshots_kept == 3);
    assert_int_equal(batches_verify(&disk_real, target, 401, SEED), 700);
    assert_int_equal(journal_backup_verify(target, &report, NULL, NULL), JOURNAL_OK);
    flip(target, "snapshot-0000000000000500", 5000);
    assert_int_equal(journal_backup_verify(target, &report, NULL, NULL), JOURNAL_CORRUPT);
    assert_non_null(strstr(report.fault, "snapshot-0000000000000500: byte 4096:"));
    flip(directory, "segment-00000002", 9000);
    assert_int_equal(journal_backup_verify(directory, &report, NULL, NULL), JOURNAL_CORRUPT);
    assert_non_null(strstr(report.fault, "segment-00000002: byte 8704:"));
    flip(directory, "segment-00000001", 4100);
    assert_int_equal(journal_backup_copy(directory, target, &report), JOURNAL_CORRUPT);
}

static void test_real_disk(void **state)
{
    char directory[] = "/var/tmp/vitrine_journal_XXXXXX", target[] = "/var/tmp/vitrine_copy_XXXXXX";
    char command[128], error[256];
    struct loop loop;
    struct journal *journal, *second;
    struct journal_options options = { .directory = directory };

    (void)state;
    if (loop_create(&loop, ENTRIES, error, sizeof error) != 0) {
        print_message("skipped: %s\n", error);
        skip();
    }
    assert_non_null(mkdtemp(directory));
    assert_non_null(mkdtemp(target));
    journal = open_journal(&loop, directory);
    if (journal == NULL)
        print_message("skipped: no O_DIRECT in /var/tmp\n");
    else {
        assert_int_equal(journal_open(&second, &loop, &options, error, sizeof error), JOURNAL_LOCKED);
        operate(&loop, journal, directory, target);
    }
    loop_destroy(&loop);
    snprintf(command, sizeof command, "rm -r %s %s", directory, target);
    assert_int_equal(system(command), 0);
    if (journal == NULL)
        skip();
}

static void expect_message(const char *directory, enum journal_status wanted, const char *message)
{
    struct journal_reader *reader;
    char error[512];

    assert_int_equal(journal_reader_open(&reader, directory, 0, error, sizeof error), wanted);
    assert_null(reader);
    assert_string_equal(error, message);
}

/* The path as it was given, and what is wrong with it, once. */
static void test_messages(void **state)
{
    char directory[] = "journal-test-XXXXXX", path[64], message[128];
    int file;

    (void)state;
    assert_non_null(mkdtemp(directory));
    expect_message("no-such-directory", JOURNAL_IO, "no-such-directory: can't open: No such file or directory");
    snprintf(message, sizeof message, "%s: there is no journal in it", directory);
    expect_message(directory, JOURNAL_ARGUMENT, message);
    snprintf(path, sizeof path, "%s/segment-00000001", directory);
    file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(file, "hello", 5), 5);
    close(file);
    snprintf(message, sizeof message, "%s: can't open: Not a directory", path);
    expect_message(path, JOURNAL_IO, message);
    snprintf(message, sizeof message, "%s/segment-00000001: byte 5: file ends in its header", directory);
    expect_message(directory, JOURNAL_CORRUPT, message);
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_real_disk), cmocka_unit_test(test_messages) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
