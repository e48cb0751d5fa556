#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "output_store.h"

enum { USERS = 20, DAY = 20000 };
#define FILE_NAME "output-20241004"
#define NEXT_FILE_NAME "output-20241005"

struct place {
    struct loop loop;
    struct output_store *store;
    char directory[64], path[128];
    uint64_t sequence[USERS + 1];
    uint8_t chunk[OUTPUT_CHUNK];
    uint64_t reads;
};

static void open_store(struct place *place)
{
    char error[256];
    if (output_open(&place->store, &place->loop, place->directory, USERS, error, sizeof error) != OUTPUT_OK)
        fail_msg("%s", error);
}

static struct place *make_place(void)
{
    struct place *place = memory_reserve(1, sizeof *place);
    char error[256];
    assert_int_equal(loop_create(&place->loop, 64, error, sizeof error), 0);
    snprintf(place->directory, sizeof place->directory, "/tmp/vitrine-store-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/%s", place->directory, FILE_NAME);
    open_store(place);
    return place;
}

static void close_store(struct place *place)
{
    output_flush(place->store);
    while (!output_idle(place->store))
        loop_run(&place->loop, 1000000);
    output_close(place->store);
    place->store = NULL;
}

static void remove_place(struct place *place)
{
    if (place->store)
        close_store(place);
    unlink(place->path);
    strcpy(strrchr(place->path, '/') + 1, NEXT_FILE_NAME);
    unlink(place->path);
    rmdir(place->directory);
    loop_destroy(&place->loop);
    free(place);
}

/* Message `sequence` of `user`: 1 to 200 bytes that nobody else has. */
static uint32_t make_message(uint32_t user, uint64_t sequence, uint8_t *message)
{
    uint64_t seed = user * UINT64_C(1000003) + sequence;
    uint32_t length = 1 + (uint32_t)(seed * 7 % 200);
    for (uint32_t index = 0; index < length; index++)
        message[index] = (uint8_t)((seed + index) * 2654435761u >> 13);
    return length;
}

static enum output_status append(struct place *place, uint32_t user, uint64_t batch)
{
    uint64_t sequence = ++place->sequence[user];
    uint32_t length = make_message(user, sequence, output_reserve(place->store));
    return output_append(place->store, user, sequence, batch, length);
}

/* A fixed interleaving: message `number` of the day. User 1 has most of it, 7 and 13 little. */
static uint32_t user_of(uint64_t number)
{
    return number % 3 ? 1 : (uint32_t)(2 + number * number % 13 % (USERS - 1));
}

static void append_many(struct place *place, uint64_t from, uint64_t to)
{
    for (uint64_t number = from; number < to; number++) {
        assert_int_equal(append(place, user_of(number), 1 + number / 10), OUTPUT_OK);
        if (number % 5 == 0)
            output_flush(place->store);
        if (number % 50 == 0)
            loop_run(&place->loop, 0);
    }
}

static enum output_step read_next(struct place *place, struct output_cursor *cursor, const uint8_t **payload,
                                  uint32_t *length)
{
    enum output_step step;
    while ((step = output_next(place->store, cursor, payload, length)) == OUTPUT_READ) {
        assert_in_range(cursor->want_length, 1, OUTPUT_CHUNK);
        ssize_t count = pread(output_fd(place->store), cursor->chunk, cursor->want_length, (off_t)cursor->want_offset);
        assert_true(count > 0);
        cursor->loaded_offset = cursor->want_offset;
        cursor->loaded_length = (uint32_t)count;
        place->reads++;
    }
    return step;
}

static void read_all(struct place *place, uint32_t user, uint64_t from)
{
    struct output_cursor cursor = {.user = user, .next = from, .chunk = place->chunk};
    uint8_t expected[OUTPUT_MESSAGE_MAX];
    const uint8_t *payload;
    uint32_t length;
    for (uint64_t sequence = from; sequence <= place->sequence[user]; sequence++) {
        assert_int_equal(read_next(place, &cursor, &payload, &length), OUTPUT_FOUND);
        assert_int_equal(length, make_message(user, sequence, expected));
        assert_memory_equal(payload, expected, length);
    }
    assert_int_equal(read_next(place, &cursor, &payload, &length), OUTPUT_END);
}

static uint8_t *load_file(const char *path, size_t *size)
{
    struct stat status;
    int file = open(path, O_RDONLY);
    assert_true(file >= 0 && fstat(file, &status) == 0);
    uint8_t *bytes = memory_reserve((size_t)status.st_size + 1, 1);
    *size = (size_t)status.st_size;
    assert_int_equal(read(file, bytes, *size), *size);
    close(file);
    return bytes;
}

static void store_file(const char *path, const uint8_t *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, size), size);
    close(file);
}

static void every_message_is_found_from_any_number(void **context)
{
    (void)context;
    struct place *place = make_place();
    assert_int_equal(output_day(place->store), 0);
    assert_int_equal(output_roll(place->store, DAY), OUTPUT_OK);
    append_many(place, 0, 3000);
    for (unsigned opened = 0; opened < 2; opened++) {
        for (uint32_t user = 1; user <= USERS; user++) {
            assert_int_equal(output_last(place->store, user), place->sequence[user]);
            for (uint64_t from = 1; from <= place->sequence[user] + 2; from += 1 + from / 50)
                read_all(place, user, from);
        }
        close_store(place);
        open_store(place);
        assert_int_equal(output_day(place->store), DAY);
        assert_int_equal(output_cut(place->store), 0);
    }
    remove_place(place);
}

static void reads_are_few(void **context)
{
    (void)context;
    struct place *place = make_place();
    assert_int_equal(output_roll(place->store, DAY), OUTPUT_OK);
    append_many(place, 0, 300000);
    close_store(place);
    open_store(place);
    assert_true(place->sequence[1] > 199000);
    for (uint64_t from = 1; from < place->sequence[1]; from += 9973) {
        struct output_cursor cursor = {.user = 1, .next = from, .chunk = place->chunk};
        const uint8_t *payload;
        uint32_t length;
        place->reads = 0;
        assert_int_equal(read_next(place, &cursor, &payload, &length), OUTPUT_FOUND);
        assert_in_range(place->reads, 1, 26); /* two a level of 3,100 index records, and the message */
    }
    place->reads = 0;
    read_all(place, 1, place->sequence[1] - 10000);
    assert_in_range(place->reads, 1, 3000);
    remove_place(place);
}

static void made_again_it_has_the_same_bytes(void **context)
{
    (void)context;
    struct place *first = make_place(), *second = make_place();
    size_t first_size, second_size;
    output_roll(first->store, DAY);
    output_roll(second->store, DAY);
    append_many(first, 0, 5000);
    append_many(second, 0, 2500);
    close_store(second);
    open_store(second);
    append_many(second, 2500, 5000);
    close_store(first);
    close_store(second);
    uint8_t *first_bytes = load_file(first->path, &first_size), *second_bytes = load_file(second->path, &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first_bytes, second_bytes, first_size);
    free(first_bytes);
    free(second_bytes);
    remove_place(first);
    remove_place(second);
}

/* Recovery after a crash: the file ends anywhere, the messages of the last batches come again, and it is as it was. */
static void torn_tail_is_cut_and_made_again(void **context)
{
    (void)context;
    struct place *place = make_place();
    size_t size, again_size;
    output_roll(place->store, DAY);
    append_many(place, 0, 400);
    close_store(place);
    uint8_t *bytes = load_file(place->path, &size);
    for (size_t length = 0; length <= size; length += length > 40 && length + 1000 < size ? 97 : 1) {
        store_file(place->path, bytes, length);
        open_store(place);
        uint64_t batch = output_batch(place->store);
        assert_true(length == size ? batch == 39 : batch <= 39);
        memset(place->sequence, 0, sizeof place->sequence);
        for (uint64_t number = 0; number < 400; number++) {
            place->sequence[user_of(number)] += 1 + number / 10 <= batch; /* not passed again */
            if (1 + number / 10 > batch)
                assert_int_equal(append(place, user_of(number), 1 + number / 10), OUTPUT_OK);
        }
        close_store(place);
        uint8_t *again = load_file(place->path, &again_size);
        assert_int_equal(again_size, size);
        assert_memory_equal(again, bytes, size);
        free(again);
    }
    free(bytes);
    remove_place(place);
}

static void flipped_bit_cuts_there(void **context)
{
    (void)context;
    struct place *place = make_place();
    size_t size;
    output_roll(place->store, DAY);
    append_many(place, 0, 200);
    close_store(place);
    uint8_t *bytes = load_file(place->path, &size);
    for (size_t at = 0; at < size; at += at < 64 ? 1 : 19) {
        bytes[at] ^= (uint8_t)(1 << at % 8);
        store_file(place->path, bytes, size);
        bytes[at] ^= (uint8_t)(1 << at % 8);
        char error[256];
        enum output_status status =
            output_open(&place->store, &place->loop, place->directory, USERS, error, sizeof error);
        if (at >= 8 && at < 12) { /* the format's number: not torn but another program's */
            assert_int_equal(status, OUTPUT_IO);
            continue;
        }
        assert_int_equal(status, OUTPUT_OK);
        assert_true(output_cut(place->store) >= size - at);
        close_store(place);
    }
    free(bytes);
    remove_place(place);
}

static void gaps_and_differences_are_told(void **context)
{
    (void)context;
    struct place *place = make_place();
    output_roll(place->store, DAY);
    append_many(place, 0, 500);
    uint64_t last = place->sequence[1];
    uint32_t length = make_message(1, last + 2, output_reserve(place->store));
    assert_int_equal(output_append(place->store, 1, last + 2, 60, length), OUTPUT_GAP);
    for (uint64_t sequence = 1; sequence <= last; sequence += 3) {
        length = make_message(1, sequence, output_reserve(place->store));
        assert_int_equal(output_append(place->store, 1, sequence, 60, length), OUTPUT_OK);
        uint8_t *message = output_reserve(place->store);
        length = make_message(1, sequence, message);
        message[length / 2] ^= 1;
        assert_int_equal(output_append(place->store, 1, sequence, 60, length), OUTPUT_DIFFERS);
        make_message(1, sequence, output_reserve(place->store));
        assert_int_equal(output_append(place->store, 1, sequence, 60, length + 1), OUTPUT_DIFFERS);
    }
    close_store(place);
    open_store(place);
    memset(place->sequence, 0, sizeof place->sequence);
    append_many(place, 0, 600);
    for (uint32_t user = 1; user <= USERS; user++)
        read_all(place, user, 1);
    remove_place(place);
}

static void another_day_begins_at_one(void **context)
{
    (void)context;
    struct place *place = make_place();
    output_roll(place->store, DAY);
    append_many(place, 0, 500);
    assert_int_equal(output_roll(place->store, DAY + 1), OUTPUT_OK);
    memset(place->sequence, 0, sizeof place->sequence);
    for (uint32_t user = 1; user <= USERS; user++)
        assert_int_equal(output_last(place->store, user), 0);
    append_many(place, 500, 1100);
    for (unsigned opened = 0; opened < 2; opened++) {
        assert_int_equal(output_day(place->store), DAY + 1);
        for (uint32_t user = 1; user <= USERS; user++)
            read_all(place, user, 1);
        close_store(place);
        open_store(place);
    }
    size_t size;
    uint8_t *bytes = load_file(place->path, &size); /* the day before is complete as well */
    assert_true(size > 500 * 40);
    free(bytes);
    remove_place(place);
}

/* More than the ring holds before the loop runs once, with a write out and without. */
static void burst_beyond_memory_is_written_at_once(void **context)
{
    (void)context;
    struct place *place = make_place();
    output_roll(place->store, DAY);
    for (unsigned flushed = 0; flushed < 2; flushed++) {
        for (uint64_t number = 0; number < 400000; number++)
            assert_int_equal(append(place, 1, 1 + flushed * 400000 + number), OUTPUT_OK);
        read_all(place, 1, 1);
        output_flush(place->store);
    }
    assert_true(output_size(place->store) > 64u << 20);
    for (unsigned turn = 0; turn < 100; turn++)
        loop_run(&place->loop, 100000);
    read_all(place, 1, 300000);
    close_store(place);
    open_store(place);
    assert_int_equal(output_cut(place->store), 0);
    assert_int_equal(output_last(place->store, 1), 800000);
    read_all(place, 1, 1);
    remove_place(place);
}

/* A full disk is noticed when the write ends, is final, and leaves what was there before. */
static void full_disk_is_told(void **context)
{
    (void)context;
    struct place *place = make_place();
    int full = open("/dev/full", O_RDWR | O_CLOEXEC);
    output_roll(place->store, DAY);
    for (uint64_t number = 1; number <= 100; number++)
        assert_int_equal(append(place, 1, number), OUTPUT_OK);
    close_store(place);
    open_store(place);
    assert_true(full >= 0 && dup2(full, output_fd(place->store)) >= 0);
    assert_int_equal(append(place, 1, 101), OUTPUT_OK);
    assert_true(output_good(place->store));
    output_flush(place->store);
    for (unsigned turn = 0; turn < 1000 && !output_idle(place->store); turn++)
        loop_run(&place->loop, 1000000);
    assert_false(output_good(place->store));
    assert_non_null(strstr(output_message(place->store), "No space left"));
    assert_int_equal(append(place, 1, 102), OUTPUT_IO);
    close(full);
    close_store(place);
    open_store(place);
    assert_int_equal(output_last(place->store, 1), 100);
    place->sequence[1] = 100;
    read_all(place, 1, 1);
    remove_place(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_found_from_any_number),
        cmocka_unit_test(reads_are_few),
        cmocka_unit_test(made_again_it_has_the_same_bytes),
        cmocka_unit_test(torn_tail_is_cut_and_made_again),
        cmocka_unit_test(flipped_bit_cuts_there),
        cmocka_unit_test(gaps_and_differences_are_told),
        cmocka_unit_test(another_day_begins_at_one),
        cmocka_unit_test(burst_beyond_memory_is_written_at_once),
        cmocka_unit_test(full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
