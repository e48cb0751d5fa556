/* Snapshots: what is loaded is what was written; every flipped bit, fault and crash is seen; a live one is
 * byte-equal. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "simulated_disk.h"
#include "snapshot_file.h"

enum { TABLES = 3, BATCH = 77 };

static void make_tables(struct table tables[TABLES], struct table *list[TABLES], uint32_t rows)
{
    static const char *const names[TABLES] = { "first", "second_buckets", "third" };
    static const uint32_t sizes[TABLES] = { 24, 8, 4104 };

    for (int i = 0; i < TABLES; i++) {
        table_create(&tables[i], names[i], sizes[i], rows);
        list[i] = &tables[i];
    }
}

static void fill_tables(struct table tables[TABLES])
{
    uint64_t seed = 3;

    for (int i = 0; i < TABLES; i++)
        for (uint32_t j = 0; j < 1500 - 700 * (uint32_t)i; j++) {
            uint32_t row = table_take(&tables[i]);

            if (j % 5 == 0 || i == 0)
                memcpy(table_row(&tables[i], row), &(uint64_t){ simulated_disk_chance(&seed) }, 8);
            if (j % 97 == 50)
                table_give(&tables[i], row);
        }
}

static void free_tables(struct table tables[TABLES])
{
    for (int i = 0; i < TABLES; i++)
        table_destroy(&tables[i]);
}

static bool tables_equal(const struct table *left, const struct table *right)
{
    return left->used == right->used && left->live == right->live && left->free_first == right->free_first &&
           memcmp(left->rows, right->rows, (size_t)left->used * left->row_size) == 0;
}

static int write_on(struct simulated_disk *disk, struct table *list[TABLES], uint64_t batch, uint8_t hash[32])
{
    struct snapshot_file_writer writer;
    int result = snapshot_file_prepare(&writer, &disk->ops, "d", list, TABLES, batch);

    if (result == 0)
        result = snapshot_file_run(&writer);
    memcpy(hash, writer.hash, 32);
    snapshot_file_release(&writer);
    return result;
}

static enum snapshot_status read_on(struct simulated_disk *disk, struct table *list[TABLES], uint64_t batch,
                                    uint8_t hash[32], char error[256])
{
    return snapshot_file_read(&disk->ops, 100000, batch, list, list ? TABLES : 0, NULL, hash, error, 256);
}

static void test_round_trip_and_flips(void **state)
{
    static struct simulated_disk disk;
    struct table tables[TABLES], others[TABLES], small[TABLES], *list[TABLES], *other[TABLES], *less[TABLES];
    uint8_t hash[32], again[32], *bytes;
    uint64_t chance = 8;
    char error[256], place[64];
    size_t size;

    (void)state;
    simulated_disk_create(&disk, 1);
    make_tables(tables, list, 2000);
    make_tables(others, other, 2000);
    make_tables(small, less, 300);
    fill_tables(tables);
    assert_int_equal(write_on(&disk, list, BATCH, hash), 0);
    fill_tables(others); /* whatever was there is replaced */
    table_take(&others[1]);
    assert_int_equal(read_on(&disk, other, BATCH, again, error), SNAPSHOT_OK);
    assert_memory_equal(hash, again, 32);
    for (int i = 0; i < TABLES; i++)
        assert_true(tables_equal(&tables[i], &others[i]));
    assert_int_equal(write_on(&disk, other, BATCH + 1, again), 0); /* the header names the batch, so the hash differs */
    assert_memory_not_equal(hash, again, 32);
    assert_int_equal(read_on(&disk, less, BATCH, again, error), SNAPSHOT_CAPACITY);
    assert_int_equal(read_on(&disk, other, BATCH + 2, again, error), SNAPSHOT_NONE);
    others[2].row_size += 8;
    assert_int_equal(read_on(&disk, other, BATCH, again, error), SNAPSHOT_VERSION);
    others[2].row_size -= 8;
    bytes = simulated_disk_bytes(&disk, "snapshot-0000000000000077", &size);
    assert_true(size > 100 * 512);
    for (size_t at = 0; at < size; at += 512) {
        size_t byte = at + simulated_disk_chance(&chance) % 512;

        bytes[byte] ^= 4;
        assert_int_equal(read_on(&disk, other, BATCH, again, error), SNAPSHOT_CORRUPT);
        snprintf(place, sizeof place, "snapshot-%016d: byte ", BATCH);
        assert_non_null(strstr(error, place));
        bytes[byte] ^= 4;
    }
    assert_int_equal(read_on(&disk, NULL, BATCH, again, error), SNAPSHOT_OK);
    free_tables(tables);
    free_tables(others);
    free_tables(small);
    simulated_disk_destroy(&disk);
}

struct crash_run {
    struct table **list;
    unsigned whole, none;
};

/* Crashes in the middle of writing: either it is there and good, or it is not there. */
static void crash(struct simulated_disk *disk)
{
    static struct simulated_disk copy;
    struct crash_run *run = disk->hook_context;
    uint8_t hash[32];
    char error[256];

    for (uint64_t i = 0; i < 40; i++) {
        enum snapshot_status status;

        simulated_disk_crash(disk, &copy, i * 3, i + disk->operations * 100, 0);
        status = read_on(&copy, NULL, BATCH, hash, error);
        if (status != SNAPSHOT_OK && status != SNAPSHOT_NONE)
            fail_msg("%s", error);
        run->whole += status == SNAPSHOT_OK;
        run->none += status == SNAPSHOT_NONE;
        assert_int_equal(write_on(&copy, run->list, BATCH, hash), 0); /* and can be written again */
        simulated_disk_destroy(&copy);
    }
}

static void test_crashes_and_faults(void **state)
{
    static struct simulated_disk disk;
    struct table tables[TABLES], *list[TABLES];
    struct crash_run run = { list, 0, 0 };
    uint8_t hash[32];
    char error[256];
    uint64_t operations;

    (void)state;
    make_tables(tables, list, 2000);
    fill_tables(tables);
    simulated_disk_create(&disk, 1);
    disk.hook = crash;
    disk.hook_context = &run;
    assert_int_equal(write_on(&disk, list, BATCH, hash), 0);
    operations = disk.operations;
    simulated_disk_destroy(&disk);
    assert_true(run.whole > 5 && run.none > 5 && operations >= 4);
    for (uint64_t at = 1; at <= operations; at++) {
        simulated_disk_create(&disk, at);
        disk.fail_at = at;
        disk.fail_error = at % 2 ? -EIO : -ENOSPC;
        if (at > 1) { /* the first removes a leftover that is not there */
            assert_int_equal(write_on(&disk, list, BATCH, hash), disk.fail_error);
            assert_true(at == operations || read_on(&disk, NULL, BATCH, hash, error) == SNAPSHOT_NONE);
        }
        simulated_disk_destroy(&disk);
    }
    free_tables(tables);
}

/* What audit compares: no file is written for it. */
static void test_hash_without_a_file(void **context)
{
    struct state_sizes sizes = { .subaccounts = 100, .accounts = 100, .users = 100, .balances = 100, .positions = 100,
                                 .orders = 100, .slots = 100, .transfers = 100 };
    struct state state;
    uint8_t written[32], alone[32] = { 0 };
    char directory[] = "snapshot-test-XXXXXX", error[256];

    (void)context;
    assert_non_null(mkdtemp(directory));
    state_create(&state, &sizes);
    for (uint32_t i = 0; i < 50; i++)
        state_account(&state, table_take(&state.accounts))->subaccounts = i;
    state.t->batch = BATCH;
    assert_int_equal(snapshot_write(&state, directory, written, error, sizeof error), SNAPSHOT_OK);
    snapshot_hash_state(&state, alone);
    assert_memory_equal(alone, written, sizeof written);
    state_account(&state, 7)->subaccounts++;
    snapshot_hash_state(&state, alone);
    assert_memory_not_equal(alone, written, sizeof written);
    state_destroy(&state);
    snprintf(error, sizeof error, "%s/snapshot-%016d", directory, BATCH);
    assert_int_equal(unlink(error), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void test_live_one_is_byte_equal(void **state)
{
    char live[] = "/var/tmp/vitrine_snapshot_XXXXXX", stopped[] = "/var/tmp/vitrine_snapshot_XXXXXX";
    struct state_sizes sizes = { .subaccounts = 1000, .accounts = 1000, .users = 100, .balances = 1000,
                                 .positions = 1000, .orders = 1000, .slots = 1000, .transfers = 1000 };
    struct snapshot_child child;
    struct state original, loaded;
    uint8_t hash[3][32];
    char error[512], command[200];
    uint64_t found;
    enum snapshot_status status;

    (void)state;
    assert_non_null(mkdtemp(live));
    assert_non_null(mkdtemp(stopped));
    state_create(&original, &sizes);
    state_create(&loaded, &sizes);
    original.t->batch = 5;
    for (int i = 0; i < 300; i++)
        table_take(&original.balances);
    status = snapshot_write(&original, stopped, hash[0], error, sizeof error);
    if (status == SNAPSHOT_IO && strstr(error, strerror(EINVAL))) {
        print_message("skipped: no O_DIRECT in /var/tmp\n");
        skip();
    }
    assert_int_equal(status, SNAPSHOT_OK);
    assert_int_equal(snapshot_begin(&original, live, &child, error, sizeof error), SNAPSHOT_OK);
    original.t->batch = 6; /* life goes on */
    table_take(&original.balances);
    while ((status = snapshot_poll(&child, hash[1], error, sizeof error)) == SNAPSHOT_BUSY)
        usleep(1000);
    assert_int_equal(status, SNAPSHOT_OK);
    assert_memory_equal(hash[0], hash[1], 32);
    assert_int_equal(snapshot_find(live, 0, &found, error, sizeof error), SNAPSHOT_OK);
    assert_int_equal(found, 5);
    assert_int_equal(snapshot_find(live, 4, &found, error, sizeof error), SNAPSHOT_NONE);
    assert_int_equal(snapshot_load(&loaded, live, 5, hash[2], error, sizeof error), SNAPSHOT_OK);
    assert_memory_equal(hash[0], hash[2], 32);
    assert_int_equal(loaded.t->batch, 5);
    snprintf(command, sizeof command, "cmp %s/snapshot-* %s/snapshot-* && rm -r %s %s", live, stopped, live, stopped);
    assert_int_equal(system(command), 0);
    state_destroy(&original);
    state_destroy(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_and_flips),
        cmocka_unit_test(test_crashes_and_faults),
        cmocka_unit_test(test_live_one_is_byte_equal),
        cmocka_unit_test(test_hash_without_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
