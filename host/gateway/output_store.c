#define _GNU_SOURCE /* memfd_create */
#include "output_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "check.h"
#include "memory.h"

enum {
    FORMAT = 1,
    RING_BYTES = 8 << 20,        /* larger ones leave the processor's cache before they are written: 2x slower */
    WRITE_BYTES = 1 << 20,       /* most of one write */
    COMPARE_BYTES = OUTPUT_CHUNK,
};

enum record_kind { RECORD_MESSAGE = 1, RECORD_INDEX = 2 };

struct file_header {
    char magic[8];
    uint32_t format, day;
    uint64_t reserved;
    uint64_t checksum;
};

struct record {
    uint32_t checksum;   /* of what follows, up to `length`, and of the record's place */
    uint16_t length;     /* of the payload, which is padded with zeros to a multiple of 8 */
    uint8_t kind, reserved;
    uint32_t user, reserved2;
    uint64_t number;     /* message: sequence; index record: which one of the user, from 0 */
    uint64_t batch;
};

struct index_payload {
    uint64_t offset[OUTPUT_GROUP];
    uint64_t skip[OUTPUT_LEVELS]; /* of the last index record before with a number that 2^level divides; 0: none */
    uint64_t reserved;
};

static_assert(sizeof(struct file_header) == 32, "header");
static_assert(sizeof(struct record) == 32, "record");
static_assert(sizeof(struct index_payload) == 736, "index record");

enum {
    RECORD_MAX = sizeof(struct record) + OUTPUT_MESSAGE_MAX,
    INDEX_SIZE = sizeof(struct record) + sizeof(struct index_payload),
    PREFETCH_RECORDS = 4, /* an order with a few fills */
};

struct output_user {
    uint64_t last;
    uint32_t day;        /* of what is here; another day's counts as nothing */
    uint32_t reserved;
    uint64_t group[OUTPUT_GROUP];
    uint64_t skip[OUTPUT_LEVELS];
};

/* Positions count bytes of all days, so that one ring serves them: file offset = position - base. */
struct output_store {
    struct loop_call write_call;
    struct loop *loop;
    int directory, file, file_before, writing_file;
    uint32_t day, users;
    uint8_t *ring;               /* RING_BYTES, mapped twice in a row */
    uint64_t base, end;
    uint64_t kept;               /* positions from here to `end` are in the ring */
    uint64_t submitted;          /* positions before are written or being written */
    uint64_t writing, writing_end; /* the write that is out; equal: none */
    uint64_t writing_base;
    uint64_t batch, batch_complete, cut;
    struct output_user *user;
    struct output_cursor compared; /* at what recovery is comparing */
    uint64_t compare_offset;       /* where it expects the next message */
    int error;
    int orphan;                  /* a file that the write that is out still needs; -1: none */
    char message[256];
    uint8_t *reserved;           /* where the next message's record begins */
    _Alignas(8) uint8_t aside[RECORD_MAX]; /* a message that finds no room in the ring */
};

static enum output_status fail(struct output_store *store, enum output_status status, const char *what, int error)
{
    if (error)
        snprintf(store->message, sizeof store->message, "output store: %s: %s", what, strerror(error));
    else
        snprintf(store->message, sizeof store->message, "output store: %s", what);
    return status;
}

static uint8_t *ring_at(const struct output_store *store, uint64_t position)
{
    return store->ring + position % RING_BYTES;
}

static uint32_t padded(uint32_t length)
{
    return (length + 7u) & ~7u;
}

static uint32_t record_size(const struct record *record)
{
    return (uint32_t)sizeof *record + padded(record->length);
}

/* Of a whole record in memory that lies at `offset` of the file. */
static uint32_t record_checksum(const struct record *record, uint64_t offset)
{
    const uint8_t *bytes = (const uint8_t *)record + sizeof record->checksum;
    uint64_t hash = XXH3_64bits(bytes, record_size(record) - sizeof record->checksum);
    hash ^= (offset + 1) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash ^ hash >> 32);
}

static bool record_good(const struct record *record, size_t available, uint64_t offset, uint32_t users)
{
    if (available < sizeof *record)
        return false;
    bool is_shaped = record->kind == RECORD_MESSAGE ? record->length >= 1 && record->length <= OUTPUT_MESSAGE_MAX :
                 record->kind == RECORD_INDEX && record->length == sizeof(struct index_payload);
    return is_shaped && record->user >= 1 && record->user <= users && record_size(record) <= available &&
           record->checksum == record_checksum(record, offset);
}

static struct output_user *user_of_day(struct output_store *store, uint32_t user)
{
    check(user >= 1 && user <= store->users);
    struct output_user *row = &store->user[user];
    if (row->day != store->day) {
        memset(row, 0, sizeof *row);
        row->day = store->day;
    }
    return row;
}

/* ---- writing ---- */

/* Writes all of a range now. */
static int write_range(int file, const uint8_t *bytes, uint64_t size, uint64_t offset)
{
    while (size) {
        ssize_t written = pwrite(file, bytes, size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        bytes += written;
        size -= (uint64_t)written;
        offset += (uint64_t)written;
    }
    return 0;
}

static void submit_write(struct output_store *store)
{
    struct io_uring_sqe *entry = loop_prepare(store->loop, &store->write_call);
    io_uring_prep_write(entry, store->writing_file, ring_at(store, store->writing),
                        (unsigned)(store->writing_end - store->writing), store->writing - store->writing_base);
    io_uring_sqe_set_data(entry, &store->write_call);
}

void output_flush(struct output_store *store)
{
    if (store->writing != store->writing_end || store->submitted == store->end || store->error)
        return;
    uint64_t size = store->end - store->submitted;
    store->writing = store->submitted;
    store->writing_end = store->submitted + (size < WRITE_BYTES ? size : WRITE_BYTES);
    store->writing_file = store->file;
    store->writing_base = store->base;
    store->submitted = store->writing_end;
    submit_write(store);
}

static void write_done(struct loop_call *call, int32_t result, uint32_t flags)
{
    struct output_store *store = (struct output_store *)call; /* its first member */
    (void)flags;
    if (result == -EINTR || result == -EAGAIN)
        result = 0;
    else if (result <= 0) {
        store->error = result < 0 ? -result : EIO;
        store->writing = store->writing_end;
        return;
    }
    store->writing += (uint32_t)result;
    if (store->writing != store->writing_end) {
        submit_write(store);
        return;
    }
    if (store->orphan >= 0)
        close(store->orphan);
    store->orphan = -1;
    output_flush(store);
}

/* The oldest byte of the ring that must not be overwritten. */
static uint64_t oldest_needed(const struct output_store *store)
{
    return store->writing != store->writing_end ? store->writing : store->submitted;
}

/* Makes room for `size` bytes at the end. When the ring is full, all of it is written at once, the write that is out
 * once more (its bytes are the same); while that one is out the ring cannot be reused: false, write behind its back. */
static bool make_room(struct output_store *store, uint32_t size)
{
    if (store->end + size - oldest_needed(store) > RING_BYTES && store->submitted != store->end) {
        uint64_t from = oldest_needed(store);
        if (store->writing != store->writing_end && store->writing_file != store->file)
            from = store->submitted;
        int error = write_range(store->file, ring_at(store, from), store->end - from, from - store->base);
        if (error)
            store->error = error;
        store->submitted = store->end;
    }
    return store->end + size - oldest_needed(store) <= RING_BYTES;
}

/* Takes the record at `record`, which is in the ring at `end` where there is room for it. */
static uint64_t take_record(struct output_store *store, struct record *record)
{
    uint64_t offset = store->end - store->base;
    uint32_t size = record_size(record);
    memset((uint8_t *)(record + 1) + record->length, 0, size - sizeof *record - record->length);
    record->checksum = record_checksum(record, offset);
    bool in_ring = (uint8_t *)record == ring_at(store, store->end);
    if (!in_ring) {
        int error = write_range(store->file, (const uint8_t *)record, size, offset);
        if (error)
            store->error = error;
    }
    store->end += size;
    if (!in_ring)
        store->submitted = store->kept = store->end;
    else if (store->end - store->kept > RING_BYTES)
        store->kept = store->end - RING_BYTES;
    return offset;
}

static void build_index(const struct output_user *row, uint32_t user, uint64_t batch, struct record *record)
{
    memset(record, 0, sizeof *record);
    record->kind = RECORD_INDEX;
    record->length = sizeof(struct index_payload);
    record->user = user;
    record->number = row->last / OUTPUT_GROUP - 1;
    record->batch = batch;
    struct index_payload *payload = (struct index_payload *)(record + 1);
    memcpy(payload->offset, row->group, sizeof payload->offset);
    memcpy(payload->skip, row->skip, sizeof payload->skip);
    payload->reserved = 0;
}

static void note_index(struct output_user *row, uint64_t number, uint64_t offset)
{
    for (unsigned level = 0; level < OUTPUT_LEVELS && number % (UINT64_C(1) << level) == 0; level++)
        row->skip[level] = offset;
}

static void append_index(struct output_store *store, struct output_user *row, uint32_t user, uint64_t batch)
{
    _Alignas(8) uint8_t aside[INDEX_SIZE];
    struct record *record = (struct record *)(make_room(store, INDEX_SIZE) ? ring_at(store, store->end) : aside);
    build_index(row, user, batch, record);
    uint64_t number = record->number;
    note_index(row, number, take_record(store, record));
}

/* ---- opening ---- */

static void file_name(uint32_t day, char name[32])
{
    time_t seconds = (time_t)day * 86400;
    struct tm date;
    gmtime_r(&seconds, &date);
    snprintf(name, 32, "output-%04u%02u%02u", (unsigned)(date.tm_year + 1900) % 10000,
             (unsigned)(date.tm_mon + 1) % 100, (unsigned)date.tm_mday % 100);
}

static uint32_t day_of_name(const char *name)
{
    unsigned year, month, day;
    char again[32];
    if (strlen(name) != 15 || sscanf(name, "output-%4u%2u%2u", &year, &month, &day) != 3)
        return 0;
    struct tm date = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
    time_t seconds = timegm(&date);
    if (seconds <= 0)
        return 0;
    file_name((uint32_t)(seconds / 86400), again);
    return strcmp(again, name) == 0 ? (uint32_t)(seconds / 86400) : 0;
}

static uint32_t newest_day(const char *directory)
{
    uint32_t newest = 0;
    DIR *stream = opendir(directory);
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        uint32_t day = day_of_name(entry->d_name);
        newest = day > newest ? day : newest;
    }
    if (stream)
        closedir(stream);
    return newest;
}

static struct file_header make_header(uint32_t day)
{
    struct file_header header = {.magic = "VTRNOUT", .format = FORMAT, .day = day};
    header.checksum = XXH3_64bits(&header, offsetof(struct file_header, checksum));
    return header;
}

static enum output_status start_file(struct output_store *store)
{
    struct file_header header = make_header(store->day);
    int error = write_range(store->file, (const uint8_t *)&header, sizeof header, 0);
    if (error)
        return fail(store, OUTPUT_IO, "the day's file cannot be written", error);
    store->end += sizeof header;
    store->submitted = store->kept = store->end;
    return OUTPUT_OK;
}

/* Takes one record of the file into the index; false: it does not follow what is before it. */
static bool scan_record(struct output_store *store, const struct record *record, uint64_t offset, uint32_t *owed)
{
    struct output_user *row = user_of_day(store, record->user);
    if (record->kind == RECORD_INDEX) {
        if (*owed != record->user || record->number != row->last / OUTPUT_GROUP - 1)
            return false;
        note_index(row, record->number, offset);
        *owed = 0;
        return true;
    }
    if (*owed || record->number != row->last + 1 || record->batch < store->batch)
        return false;
    row->group[row->last % OUTPUT_GROUP] = offset;
    row->last = record->number;
    if (record->number % OUTPUT_GROUP == 0)
        *owed = record->user;
    store->batch_complete = record->batch > store->batch ? record->batch - 1 : store->batch_complete;
    store->batch = record->batch;
    return true;
}

/* Goes through the file in windows; returns where its good part ends. `owed`: whose index record is missing. */
static uint64_t scan_file(struct output_store *store, uint64_t size, uint32_t *owed)
{
    uint8_t *window = memory_reserve(1, WRITE_BYTES);
    uint64_t offset = sizeof(struct file_header), window_offset = 0;
    size_t loaded = 0;
    while (offset < size) {
        if (offset + RECORD_MAX + INDEX_SIZE > window_offset + loaded && window_offset + loaded < size) {
            ssize_t count = pread(store->file, window, WRITE_BYTES, (off_t)offset);
            if (count <= 0)
                break;
            window_offset = offset;
            loaded = (size_t)count;
        }
        const struct record *record = (const struct record *)(window + (offset - window_offset));
        if (!record_good(record, loaded - (offset - window_offset), offset, store->users) ||
            !scan_record(store, record, offset, owed))
            break;
        offset += record_size(record);
    }
    free(window);
    return offset;
}

static enum output_status open_file(struct output_store *store)
{
    char name[32];
    file_name(store->day, name);
    store->file = openat(store->directory, name, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    struct stat status;
    if (store->file < 0 || fstat(store->file, &status) != 0)
        return fail(store, OUTPUT_IO, "the day's file cannot be opened", errno);
    struct file_header header, wanted = make_header(store->day);
    uint64_t size = (uint64_t)status.st_size;
    bool headed = pread(store->file, &header, sizeof header, 0) == (ssize_t)sizeof header;
    if (headed && memcmp(header.magic, wanted.magic, sizeof header.magic) == 0 && header.format != FORMAT)
        return fail(store, OUTPUT_IO, "the day's file has another format; move it away, it is made again", 0);
    headed = headed && memcmp(&header, &wanted, sizeof header) == 0;
    uint32_t owed = 0;
    uint64_t good = headed ? scan_file(store, size, &owed) : 0;
    store->cut = size - good;
    if (ftruncate(store->file, (off_t)good) != 0)
        return fail(store, OUTPUT_IO, "the torn tail cannot be cut", errno);
    if (!headed)
        return start_file(store);
    store->end = store->submitted = store->kept = good;
    if (owed)
        append_index(store, user_of_day(store, owed), owed, store->batch);
    return OUTPUT_OK;
}

/* The same memory twice in a row: what begins anywhere in the first half is contiguous. All of it is touched, or an
 * order's answer would wait for the first touch of its page. */
static uint8_t *map_ring(void)
{
    int memory = memfd_create("vitrine output", MFD_CLOEXEC);
    if (memory < 0 || ftruncate(memory, RING_BYTES) != 0) {
        if (memory >= 0)
            close(memory);
        return NULL;
    }
    uint8_t *ring = mmap(NULL, 2 * (size_t)RING_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (size_t half = 0; half < 2 && ring != MAP_FAILED; half++) {
        void *at = ring + half * RING_BYTES;
        if (mmap(at, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, memory, 0) ==
            MAP_FAILED) {
            munmap(ring, 2 * (size_t)RING_BYTES);
            ring = MAP_FAILED;
        }
    }
    close(memory);
    return ring == MAP_FAILED ? NULL : ring;
}

static enum output_status open_store(struct output_store *store, const char *directory)
{
    store->ring = map_ring();
    if (!store->ring)
        return fail(store, OUTPUT_IO, "no memory", errno);
    store->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->directory < 0)
        return fail(store, OUTPUT_IO, "its directory cannot be opened", errno);
    store->day = newest_day(directory);
    return store->day ? open_file(store) : OUTPUT_OK;
}

enum output_status output_open(struct output_store **result, struct loop *loop, const char *directory, uint32_t users,
                               char *error, size_t error_size)
{
    struct output_store *store = memory_reserve(1, sizeof *store);
    *store = (struct output_store){.write_call = {.done = write_done}, .loop = loop, .users = users, .directory = -1,
                                   .file = -1, .file_before = -1, .writing_file = -1, .orphan = -1};
    store->user = memory_reserve_apart((size_t)users + 1, sizeof *store->user);
    (void)memory_populate_apart(store->user, (size_t)users + 1, sizeof *store->user); /* it works without */
    store->compared.chunk = memory_reserve(1, COMPARE_BYTES);
    enum output_status status = open_store(store, directory);
    if (status != OUTPUT_OK) {
        snprintf(error, error_size, "%s (%s)", store->message, directory);
        output_close(store);
        store = NULL;
    }
    *result = store;
    return status;
}

void output_close(struct output_store *store)
{
    check(output_idle(store));
    if (store->file >= 0 && store->submitted != store->end && !store->error)
        write_range(store->file, ring_at(store, store->submitted), store->end - store->submitted,
                    store->submitted - store->base);
    int files[] = {store->file, store->file_before, store->orphan, store->directory};
    for (size_t index = 0; index < sizeof files / sizeof files[0]; index++)
        if (files[index] >= 0)
            close(files[index]);
    if (store->ring)
        munmap(store->ring, 2 * (size_t)RING_BYTES);
    free(store->compared.chunk);
    memory_release_apart(store->user, (size_t)store->users + 1, sizeof *store->user);
    free(store);
}

/* A read of the day before may be prepared and not yet submitted, so its file stays open for another day. */
enum output_status output_roll(struct output_store *store, uint32_t day)
{
    check(day > store->day);
    if (store->submitted != store->end) {
        int error = write_range(store->file, ring_at(store, store->submitted), store->end - store->submitted,
                                store->submitted - store->base);
        if (error)
            return fail(store, OUTPUT_IO, "the end of the day cannot be written", error);
        store->submitted = store->end;
    }
    char name[32];
    file_name(day, name);
    int file = openat(store->directory, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (file < 0)
        return fail(store, OUTPUT_IO, "the new day's file cannot be made", errno);
    bool is_needed = !output_idle(store) && store->writing_file == store->file_before;
    if (is_needed)
        store->orphan = store->file_before;
    else if (store->file_before >= 0)
        close(store->file_before);
    store->file_before = store->file;
    store->file = file;
    store->day = day;
    store->base = store->submitted = store->kept = store->end = (store->end + 7) & ~UINT64_C(7);
    store->compare_offset = 0;
    return start_file(store);
}

/* ---- taking messages ---- */

uint8_t *output_reserve(struct output_store *store)
{
    store->reserved = make_room(store, RECORD_MAX) ? ring_at(store, store->end) : store->aside;
    return store->reserved + sizeof(struct record);
}

/* A blocking read, for recovery alone. */
static bool load_chunk(const struct output_store *store, struct output_cursor *cursor)
{
    ssize_t count = pread(store->file, cursor->chunk, cursor->want_length, (off_t)cursor->want_offset);
    cursor->loaded_offset = cursor->want_offset;
    cursor->loaded_length = count > 0 ? (uint32_t)count : 0;
    return count > 0;
}

static const struct record *record_at(const struct output_store *store, const struct output_cursor *cursor,
                                      uint64_t offset);

/* Recovery sends messages in the order of the file: the next one is mostly where the last one ended. */
static const struct record *next_in_file(struct output_store *store, uint32_t user, uint64_t sequence)
{
    struct output_cursor *cursor = &store->compared;
    uint64_t offset = store->compare_offset;
    for (unsigned round = 0; round < 4 && offset && store->base + offset < store->end; round++) {
        const struct record *record = record_at(store, cursor, offset);
        if (!record) {
            cursor->want_offset = offset;
            cursor->want_length = COMPARE_BYTES;
            if (!load_chunk(store, cursor) || !(record = record_at(store, cursor, offset)))
                return NULL;
        }
        offset += record_size(record);
        if (record->kind == RECORD_INDEX)
            continue;
        store->compare_offset = offset;
        return record->user == user && record->number == sequence ? record : NULL;
    }
    return NULL;
}

static enum output_status compare_message(struct output_store *store, uint32_t user, uint64_t sequence,
                                          const uint8_t *message, uint32_t length)
{
    const uint8_t *payload = NULL;
    uint32_t stored = 0;
    const struct record *record = next_in_file(store, user, sequence);
    if (record) {
        payload = (const uint8_t *)(record + 1);
        stored = record->length;
    } else {
        struct output_cursor *cursor = &store->compared;
        *cursor = (struct output_cursor){.user = user, .next = sequence, .chunk = cursor->chunk};
        enum output_step step;
        while ((step = output_next(store, cursor, &payload, &stored)) == OUTPUT_READ)
            if (!load_chunk(store, cursor))
                break;
        if (step != OUTPUT_FOUND)
            return fail(store, OUTPUT_IO, "a message that should be there cannot be read", 0);
        uint64_t group = (sequence - 1) / OUTPUT_GROUP;
        const struct output_user *row = &store->user[user];
        store->compare_offset = (group == row->last / OUTPUT_GROUP ? row->group : cursor->offset)
                                    [(sequence - 1) % OUTPUT_GROUP] + sizeof(struct record) + padded(stored);
    }
    if (stored == length && memcmp(payload, message, length) == 0)
        return OUTPUT_OK;
    snprintf(store->message, sizeof store->message, "output store: message %llu of user %u differs from the one sent",
             (unsigned long long)sequence, user);
    return OUTPUT_DIFFERS;
}

enum output_status output_append(struct output_store *store, uint32_t user, uint64_t sequence, uint64_t batch,
                                 uint32_t length)
{
    check(store->day && store->reserved && length >= 1 && length <= OUTPUT_MESSAGE_MAX);
    if (!output_good(store))
        return OUTPUT_IO;
    struct output_user *row = user_of_day(store, user);
    struct record *record = (struct record *)store->reserved;
    if (sequence <= row->last)
        return compare_message(store, user, sequence, (const uint8_t *)(record + 1), length);
    if (sequence != row->last + 1 || sequence > UINT64_C(1) << 32) {
        snprintf(store->message, sizeof store->message, "output store: message %llu of user %u comes after %llu",
                 (unsigned long long)sequence, user, (unsigned long long)row->last);
        return OUTPUT_GAP;
    }
    *record = (struct record){.kind = RECORD_MESSAGE, .length = (uint16_t)length, .user = user, .number = sequence,
                              .batch = batch};
    row->group[row->last % OUTPUT_GROUP] = take_record(store, record);
    row->last = sequence;
    if (batch > store->batch) {
        store->batch_complete = batch - 1;
        store->batch = batch;
    }
    if (sequence % OUTPUT_GROUP == 0)
        append_index(store, row, user, batch);
    return OUTPUT_OK;
}

/* ---- reading ---- */

static const struct record *record_at(const struct output_store *store, const struct output_cursor *cursor,
                                      uint64_t offset)
{
    if (store->base + offset >= store->kept)
        return (const struct record *)ring_at(store, store->base + offset);
    if (offset < cursor->loaded_offset || offset >= cursor->loaded_offset + cursor->loaded_length)
        return NULL;
    const struct record *record = (const struct record *)(cursor->chunk + (offset - cursor->loaded_offset));
    size_t available = cursor->loaded_length - (offset - cursor->loaded_offset);
    return record_good(record, available, offset, store->users) ? record : NULL;
}

/* What is read once and still is not good is damaged. */
static enum output_step ask(struct output_cursor *cursor, uint64_t offset, uint64_t length)
{
    if (cursor->loaded_length && cursor->loaded_offset == offset)
        return OUTPUT_DAMAGED;
    cursor->want_offset = offset;
    cursor->want_length = (uint32_t)length;
    return OUTPUT_READ;
}

/* The last index record before `number` whose number 2^level divides, for the highest level not before `group`. */
static void follow_skip(struct output_cursor *cursor, const uint64_t skip[OUTPUT_LEVELS], uint64_t number,
                        uint64_t group)
{
    unsigned level = OUTPUT_LEVELS - 1;
    while (level && (number - 1) >> level << level < group)
        level--;
    cursor->seek_number = (number - 1) >> level << level;
    cursor->seek_offset = skip[level];
}

static enum output_step load_group(const struct output_store *store, struct output_cursor *cursor, uint64_t group)
{
    const struct output_user *row = &store->user[cursor->user];
    if (!cursor->seek_offset || cursor->seek_number < group)
        follow_skip(cursor, row->skip, row->last / OUTPUT_GROUP, group);
    for (;;) {
        const struct record *record = record_at(store, cursor, cursor->seek_offset);
        if (!record)
            return ask(cursor, cursor->seek_offset, INDEX_SIZE);
        if (record->kind != RECORD_INDEX || record->user != cursor->user || record->number != cursor->seek_number)
            return OUTPUT_DAMAGED;
        const struct index_payload *payload = (const struct index_payload *)(record + 1);
        if (record->number == group) {
            memcpy(cursor->offset, payload->offset, sizeof cursor->offset);
            cursor->group = group;
            cursor->has_group = true;
            cursor->seek_offset = 0;
            return OUTPUT_FOUND;
        }
        follow_skip(cursor, payload->skip, record->number, group);
    }
}

/* A chunk from this message on, as far as it brings more messages of the user. */
static uint64_t chunk_length(const uint64_t *offset, uint64_t index, uint64_t count)
{
    uint64_t last = index;
    while (last + 1 < count && offset[last + 1] - offset[index] <= OUTPUT_CHUNK - RECORD_MAX)
        last++;
    return offset[last] - offset[index] + RECORD_MAX;
}

enum output_step output_next(const struct output_store *store, struct output_cursor *cursor, const uint8_t **payload,
                             uint32_t *length)
{
    const struct output_user *row = &store->user[cursor->user];
    if (row->day != store->day || cursor->next > row->last)
        return OUTPUT_END;
    uint64_t group = (cursor->next - 1) / OUTPUT_GROUP, index = (cursor->next - 1) % OUTPUT_GROUP;
    const uint64_t *offset = cursor->offset;
    uint64_t count = OUTPUT_GROUP;
    if (group == row->last / OUTPUT_GROUP) {
        offset = row->group;
        count = row->last % OUTPUT_GROUP;
    } else if (!cursor->has_group || cursor->group != group) {
        enum output_step step = load_group(store, cursor, group);
        if (step != OUTPUT_FOUND)
            return step;
    }
    const struct record *record = record_at(store, cursor, offset[index]);
    if (!record)
        return ask(cursor, offset[index], chunk_length(offset, index, count));
    if (record->kind != RECORD_MESSAGE || record->user != cursor->user || record->number != cursor->next)
        return OUTPUT_DAMAGED;
    *payload = (const uint8_t *)(record + 1);
    *length = record->length;
    cursor->next++;
    return OUTPUT_FOUND;
}

/* ---- facts ---- */

int output_fd(const struct output_store *store)
{
    return store->file;
}

uint32_t output_day(const struct output_store *store)
{
    return store->day;
}

uint64_t output_batch(const struct output_store *store)
{
    return store->batch_complete;
}

uint64_t output_last(const struct output_store *store, uint32_t user)
{
    const struct output_user *row = &store->user[user];
    return row->day == store->day ? row->last : 0;
}

void output_prefetch(const struct output_store *store, uint32_t user)
{
    memory_prefetch(&store->user[user], sizeof store->user[user]);
    memory_prefetch(ring_at(store, store->end), PREFETCH_RECORDS * RECORD_MAX);
}

const char *output_message(const struct output_store *store)
{
    return store->message;
}

bool output_good(struct output_store *store)
{
    if (store->error)
        fail(store, OUTPUT_IO, "cannot be written", store->error);
    return !store->error;
}

bool output_busy(const struct output_store *store)
{
    return store->end - oldest_needed(store) > RING_BYTES / 2;
}

bool output_idle(const struct output_store *store)
{
    return store->writing == store->writing_end;
}

uint64_t output_cut(const struct output_store *store)
{
    return store->cut;
}

uint64_t output_size(const struct output_store *store)
{
    return store->end - store->base;
}
