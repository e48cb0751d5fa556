#include <stddef.h>

#include "disk.h"

static int discard_open_directory(void *context, const char *path, bool create)
{
    (void)context, (void)path, (void)create;
    return 0;
}

static int discard_open(void *context, int directory, const char *name, enum disk_mode mode)
{
    (void)context, (void)directory, (void)name, (void)mode;
    return 0;
}

static void discard_close(void *context, int file)
{
    (void)context, (void)file;
}

static int discard_write(void *context, int file, const void *buffer, size_t size, uint64_t offset)
{
    (void)context, (void)file, (void)buffer, (void)size, (void)offset;
    return 0;
}

static int discard_sync(void *context, int file)
{
    (void)context, (void)file;
    return 0;
}

static int discard_rename(void *context, int directory, const char *name, const char *other)
{
    (void)context, (void)directory, (void)name, (void)other;
    return 0;
}

static int discard_unlink(void *context, int directory, const char *name)
{
    (void)context, (void)directory, (void)name;
    return 0;
}

const struct disk_ops disk_discard = {
    .open_directory = discard_open_directory, .open = discard_open, .close = discard_close, .write = discard_write,
    .sync = discard_sync, .rename = discard_rename, .unlink = discard_unlink,
};
