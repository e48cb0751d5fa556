#include "simulated_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "mix.h"

enum { SECTOR = 512, DIRECTORY = 100000, LOCK = 100001 };

uint64_t simulated_disk_chance(uint64_t *seed)
{
    return mix_next(seed);
}

static struct simulated_name *find(struct simulated_name *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].file >= 0 && strcmp(names[i].name, name) == 0)
            return &names[i];
    return NULL;
}

static void apply(struct simulated_name *names, size_t *count, const struct simulated_change *change)
{
    struct simulated_name *from = find(names, *count, change->name);
    struct simulated_name *to = find(names, *count, change->other);

    if (change->file >= 0) {
        for (size_t i = 0; i < *count && from == NULL; i++)
            if (names[i].file < 0)
                from = &names[i];
        if (from == NULL) {
            check(*count < SIMULATED_FILES);
            from = &names[(*count)++];
        }
        snprintf(from->name, sizeof from->name, "%s", change->name);
        from->file = change->file;
        return;
    }
    if (from == NULL)
        return;
    if (change->other[0] == '\0') {
        from->file = -1;
        return;
    }
    if (to)
        to->file = -1;
    snprintf(from->name, sizeof from->name, "%s", change->other);
}

static void change(struct simulated_disk *disk, const char *name, const char *other, int file)
{
    struct simulated_change *made = &disk->changes[disk->change_count++];

    check(disk->change_count <= SIMULATED_CHANGES);
    snprintf(made->name, sizeof made->name, "%s", name);
    snprintf(made->other, sizeof made->other, "%s", other);
    made->file = file;
    apply(disk->names, &disk->name_count, made);
}

/* Counts a changing operation; -errno if it is to fail, 1 if it is to write short. */
static int operate(struct simulated_disk *disk)
{
    disk->operations++;
    if (disk->operations == disk->fail_at)
        return disk->fail_error ? disk->fail_error : 1;
    return 0;
}

static void hook(struct simulated_disk *disk)
{
    if (disk->hook)
        disk->hook(disk);
}

static void grow(struct simulated_file *file, size_t size)
{
    size_t room = file->room ? file->room : 65536;

    if (size <= file->room)
        return;
    while (room < size)
        room *= 2;
    file->durable = realloc(file->durable, room);
    file->cached = realloc(file->cached, room);
    file->dirty = realloc(file->dirty, room / SECTOR);
    check(file->durable && file->cached && file->dirty);
    memset(file->durable + file->room, 0, room - file->room);
    memset(file->cached + file->room, 0, room - file->room);
    memset(file->dirty + file->room / SECTOR, 0, (room - file->room) / SECTOR);
    file->room = room;
}

static void put(struct simulated_file *file, const void *buffer, size_t size, uint64_t offset, uint8_t dirty)
{
    check(size % SECTOR == 0 && offset % SECTOR == 0);
    if (size == 0)
        return;
    grow(file, offset + size);
    memcpy(file->cached + offset, buffer, size);
    memset(file->dirty + offset / SECTOR, dirty, size / SECTOR);
    if (offset + size > file->size)
        file->size = offset + size;
}

static void settle(struct simulated_file *file, uint64_t offset, size_t size, bool clean)
{
    for (uint64_t at = offset; at < offset + size; at += SECTOR) {
        if (clean)
            memcpy(file->durable + at, file->cached + at, SECTOR);
        file->dirty[at / SECTOR] = !clean;
    }
    if (clean && offset + size > file->durable_size)
        file->durable_size = offset + size;
}

static void settle_names(struct simulated_disk *disk)
{
    for (size_t i = 0; i < disk->change_count; i++)
        apply(disk->durable_names, &disk->durable_name_count, &disk->changes[i]);
    disk->change_count = 0;
}

static void sync_now(struct simulated_disk *disk, int file)
{
    if (file == DIRECTORY)
        settle_names(disk);
    else
        for (size_t at = 0; at < disk->files[file].size; at += SECTOR)
            if (disk->files[file].dirty[at / SECTOR] == 1)
                settle(&disk->files[file], at, SECTOR, true);
}

static int sim_open_directory(void *context, const char *path, bool create)
{
    (void)context;
    (void)path;
    (void)create;
    return DIRECTORY;
}

static int sim_lock(void *context, int directory)
{
    struct simulated_disk *disk = context;

    check(directory == DIRECTORY);
    if (disk->locked)
        return -EWOULDBLOCK;
    disk->locked = true;
    return LOCK;
}

static int create_now(struct simulated_disk *disk, const char *name)
{
    if (find(disk->names, disk->name_count, name))
        return -EEXIST;
    check(disk->file_count < SIMULATED_FILES);
    disk->files[disk->file_count].there = true;
    change(disk, name, "", (int)disk->file_count);
    return (int)disk->file_count++;
}

static int sim_open(void *context, int directory, const char *name, enum disk_mode mode)
{
    struct simulated_disk *disk = context;
    struct simulated_name *found;
    int result;

    check(directory == DIRECTORY);
    if (disk->no_direct)
        return -EINVAL;
    if (mode == DISK_CREATE) {
        result = operate(disk);
        if (result < 0)
            return result;
        result = create_now(disk, name);
        hook(disk);
        return result;
    }
    found = find(disk->names, disk->name_count, name);
    return found ? found->file : -ENOENT;
}

static void sim_close(void *context, int file)
{
    struct simulated_disk *disk = context;

    if (file == LOCK)
        disk->locked = false;
}

static int sim_measure(void *context, int file, uint64_t *size, uint32_t *alignment)
{
    struct simulated_disk *disk = context;

    *size = disk->files[file].size;
    *alignment = SECTOR;
    return 0;
}

static int sim_read(void *context, int file, void *buffer, size_t size, uint64_t offset)
{
    struct simulated_disk *disk = context;

    check(size % DISK_BLOCK == 0 && offset % DISK_BLOCK == 0 && (uintptr_t)buffer % DISK_BLOCK == 0);
    if (offset + size > disk->files[file].size)
        return -ENODATA;
    memcpy(buffer, disk->files[file].cached + offset, size);
    return 0;
}

static int sim_write(void *context, int file, const void *buffer, size_t size, uint64_t offset)
{
    struct simulated_disk *disk = context;
    int result = operate(disk);

    check(size % DISK_BLOCK == 0 && offset % DISK_BLOCK == 0 && (uintptr_t)buffer % DISK_BLOCK == 0);
    if (result < 0)
        return result;
    put(&disk->files[file], buffer, size, offset, 1);
    hook(disk);
    return 0;
}

static int sim_sync(void *context, int file)
{
    struct simulated_disk *disk = context;
    int result = operate(disk);

    if (result < 0)
        return result;
    hook(disk);
    sync_now(disk, file);
    return 0;
}

static int sim_rename(void *context, int directory, const char *name, const char *other)
{
    struct simulated_disk *disk = context;
    int result = operate(disk);

    check(directory == DIRECTORY);
    if (result < 0)
        return result;
    if (find(disk->names, disk->name_count, name) == NULL)
        return -ENOENT;
    change(disk, name, other, -1);
    hook(disk);
    return 0;
}

static int sim_unlink(void *context, int directory, const char *name)
{
    struct simulated_disk *disk = context;
    int result = operate(disk);

    check(directory == DIRECTORY);
    if (result < 0)
        return result;
    if (find(disk->names, disk->name_count, name) == NULL)
        return -ENOENT;
    change(disk, name, "", -1);
    hook(disk);
    return 0;
}

static int sim_list(void *context, int directory, void (*each)(void *to, const char *name), void *to)
{
    struct simulated_disk *disk = context;

    check(directory == DIRECTORY);
    for (size_t i = disk->name_count; i-- > 0;)
        if (disk->names[i].file >= 0)
            each(to, disk->names[i].name);
    return 0;
}

static int sim_space(void *context, int directory, uint64_t *bytes)
{
    (void)directory;
    *bytes = ((struct simulated_disk *)context)->space;
    return 0;
}

static int32_t start_write(struct simulated_disk *disk, const struct disk_request *request, bool cut)
{
    size_t size = request->size;

    check(size % DISK_BLOCK == 0 && request->offset % DISK_BLOCK == 0 && (uintptr_t)request->buffer % DISK_BLOCK == 0);
    if (cut) /* at a sector's edge within a block, or nothing at all */
        size = simulated_disk_chance(&disk->seed) % (size / SECTOR) * SECTOR;
    put(&disk->files[request->file], request->buffer, size, request->offset, request->durable ? 2 : 1);
    return (int32_t)size;
}

static void sim_start(void *context, struct loop *loop, struct loop_call *call, const struct disk_request *request)
{
    struct simulated_disk *disk = context;
    int result = request->action == DISK_START_CLOSE ? 0 : operate(disk);
    int32_t outcome = result < 0 ? result : 0;

    (void)loop;
    check(disk->queued < SIMULATED_QUEUE);
    if (result >= 0) {
        if (request->action == DISK_START_CREATE)
            outcome = disk->no_direct ? -EINVAL : create_now(disk, request->name);
        if (request->action == DISK_START_RENAME)
            change(disk, request->name, request->other, -1);
        if (request->action == DISK_START_WRITE)
            outcome = start_write(disk, request, result == 1);
    }
    disk->queue[disk->queued].call = call;
    disk->queue[disk->queued].request = *request;
    disk->queue[disk->queued++].result = outcome;
    if (request->action != DISK_START_CLOSE)
        hook(disk);
}

bool simulated_disk_deliver(struct simulated_disk *disk)
{
    size_t i;
    struct loop_call *call;
    struct disk_request request;
    int32_t result;

    if (disk->queued == 0)
        return false;
    i = simulated_disk_chance(&disk->seed) % disk->queued;
    call = disk->queue[i].call;
    request = disk->queue[i].request;
    result = disk->queue[i].result;
    disk->queue[i] = disk->queue[--disk->queued];
    if (result >= 0 && request.action == DISK_START_SYNC)
        sync_now(disk, request.file);
    if (result > 0 && request.action == DISK_START_WRITE && request.durable)
        settle(&disk->files[request.file], request.offset, (size_t)result, true);
    call->done(call, result, 0);
    return true;
}

static void sim_wait(void *context, struct loop *loop)
{
    (void)loop;
    check(simulated_disk_deliver(context)); /* or a caller waits for ever */
}

void simulated_disk_create(struct simulated_disk *disk, uint64_t seed)
{
    memset(disk, 0, sizeof *disk);
    disk->seed = seed;
    disk->space = UINT64_C(1) << 40;
    disk->ops = (struct disk_ops){
        .context = disk, .open_directory = sim_open_directory, .lock = sim_lock, .open = sim_open, .close = sim_close,
        .measure = sim_measure, .read = sim_read, .write = sim_write, .sync = sim_sync, .rename = sim_rename,
        .unlink = sim_unlink, .list = sim_list, .space = sim_space, .start = sim_start, .wait = sim_wait,
    };
}

void simulated_disk_destroy(struct simulated_disk *disk)
{
    for (size_t i = 0; i < disk->file_count; i++) {
        free(disk->files[i].durable);
        free(disk->files[i].cached);
        free(disk->files[i].dirty);
    }
}

size_t simulated_disk_outstanding(const struct simulated_disk *disk)
{
    size_t count = 0;

    for (size_t i = 0; i < disk->queued; i++)
        if (disk->queue[i].request.action == DISK_START_WRITE && disk->queue[i].request.durable &&
            disk->queue[i].result > 0)
            count += (size_t)disk->queue[i].result / SECTOR;
    return count;
}

struct crash {
    uint64_t mask, seed, odds; /* odds: of 4, that what was not synced is kept */
    size_t seen;
};

static bool keeps(struct crash *crash, uint8_t dirty)
{
    if (dirty == 2 && crash->seen < 64)
        return crash->mask >> crash->seen++ & 1;
    return simulated_disk_chance(&crash->seed) % 4 < crash->odds;
}

static void crash_file(const struct simulated_file *file, struct simulated_file *copy, struct crash *crash)
{
    memset(copy, 0, sizeof *copy);
    if (file->room == 0)
        return;
    grow(copy, file->room);
    copy->size = file->durable_size;
    memcpy(copy->durable, file->durable, file->durable_size);
    for (size_t at = 0; at < file->size; at += SECTOR)
        if (file->dirty[at / SECTOR] && keeps(crash, file->dirty[at / SECTOR])) {
            memcpy(copy->durable + at, file->cached + at, SECTOR);
            if (at + SECTOR > copy->size)
                copy->size = at + SECTOR;
        }
    memcpy(copy->cached, copy->durable, copy->size);
    copy->durable_size = copy->size;
}

void simulated_disk_crash(const struct simulated_disk *disk, struct simulated_disk *copy, uint64_t mask, uint64_t seed,
                          uint32_t first)
{
    struct crash crash = { .mask = mask, .seed = seed };
    size_t changes;

    simulated_disk_create(copy, seed);
    crash.odds = simulated_disk_chance(&crash.seed) % 5;
    memcpy(copy->durable_names, disk->durable_names, sizeof copy->durable_names);
    copy->durable_name_count = disk->durable_name_count;
    changes = disk->change_count ? simulated_disk_chance(&crash.seed) % (disk->change_count + 1) : 0;
    for (size_t i = 0; i < changes; i++)
        apply(copy->durable_names, &copy->durable_name_count, &disk->changes[i]);
    for (size_t i = 0; i < copy->durable_name_count; i++) {
        struct simulated_name *name = &copy->durable_names[i];
        unsigned number = UINT32_MAX;

        if (name->file < 0)
            continue;
        if (sscanf(name->name, "segment-%u", &number) == 1 && number < first) {
            name->file = -1;
            continue;
        }
        crash_file(&disk->files[name->file], &copy->files[copy->file_count], &crash);
        name->file = (int)copy->file_count++;
    }
    memcpy(copy->names, copy->durable_names, sizeof copy->names);
    copy->name_count = copy->durable_name_count;
}

uint8_t *simulated_disk_bytes(struct simulated_disk *disk, const char *name, size_t *size)
{
    struct simulated_name *found = find(disk->names, disk->name_count, name);

    if (found == NULL)
        return NULL;
    *size = disk->files[found->file].size;
    return disk->files[found->file].cached;
}
