#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "check.h"
#include "disk.h"

enum { REAL_NEW_MODE = 0600, REAL_DIRECTORY_MODE = 0700, REAL_WAIT_NS = 100000000 };

static int real_result(int result)
{
    return result < 0 ? -errno : result;
}

static int real_open_directory(void *context, const char *path, bool create)
{
    (void)context;
    if (create && mkdir(path, REAL_DIRECTORY_MODE) != 0 && errno != EEXIST)
        return -errno;
    return real_result(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int real_lock(void *context, int directory)
{
    int file = openat(directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, REAL_NEW_MODE);

    (void)context;
    if (file < 0)
        return -errno;
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;

        close(file);
        return -error;
    }
    return file;
}

static int real_flags(enum disk_mode mode)
{
    switch (mode) {
    case DISK_READ:
        return O_RDONLY | O_DIRECT | O_CLOEXEC;
    case DISK_WRITE:
        return O_RDWR | O_DIRECT | O_CLOEXEC;
    case DISK_CREATE:
        break;
    }
    return O_RDWR | O_DIRECT | O_CLOEXEC | O_CREAT | O_EXCL;
}

static int real_open(void *context, int directory, const char *name, enum disk_mode mode)
{
    (void)context;
    return real_result(openat(directory, name, real_flags(mode), REAL_NEW_MODE));
}

static void real_close(void *context, int file)
{
    (void)context;
    close(file);
}

static int real_measure(void *context, int file, uint64_t *size, uint32_t *alignment)
{
    struct statx found;

    (void)context;
    memset(&found, 0, sizeof found);
    if (statx(file, "", AT_EMPTY_PATH, STATX_SIZE | STATX_DIOALIGN, &found) != 0)
        return -errno;
    *size = found.stx_size;
    /* A kernel or file system that can't say: the file could be opened with O_DIRECT, so 4 KiB are tried. */
    *alignment = found.stx_mask & STATX_DIOALIGN ? found.stx_dio_offset_align : DISK_BLOCK;
    if (found.stx_mask & STATX_DIOALIGN && found.stx_dio_mem_align > *alignment)
        *alignment = found.stx_dio_mem_align;
    return 0;
}

static int real_read(void *context, int file, void *buffer, size_t size, uint64_t offset)
{
    (void)context;
    for (size_t done = 0; done < size;) {
        ssize_t result = pread(file, (uint8_t *)buffer + done, size - done, (off_t)(offset + done));

        if (result < 0 && errno != EINTR)
            return -errno;
        if (result == 0)
            return -ENODATA;
        done += result < 0 ? 0 : (size_t)result;
    }
    return 0;
}

static int real_write(void *context, int file, const void *buffer, size_t size, uint64_t offset)
{
    (void)context;
    for (size_t done = 0; done < size;) {
        ssize_t result = pwrite(file, (const uint8_t *)buffer + done, size - done, (off_t)(offset + done));

        if (result < 0 && errno != EINTR)
            return -errno;
        if (result == 0)
            return -EIO;
        done += result < 0 ? 0 : (size_t)result / DISK_BLOCK * DISK_BLOCK;
        if (result > 0 && (size_t)result < DISK_BLOCK)
            return -EIO;
    }
    return 0;
}

static int real_sync(void *context, int file)
{
    (void)context;
    return real_result(fsync(file));
}

static int real_rename(void *context, int directory, const char *name, const char *other)
{
    (void)context;
    return real_result(renameat(directory, name, directory, other));
}

static int real_unlink(void *context, int directory, const char *name)
{
    (void)context;
    return real_result(unlinkat(directory, name, 0));
}

static int real_list(void *context, int directory, void (*each)(void *to, const char *name), void *to)
{
    int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = again < 0 ? NULL : fdopendir(again);
    int result = 0;

    (void)context;
    if (stream == NULL) {
        result = -errno;
        if (again >= 0)
            close(again);
        return result;
    }
    for (;;) {
        struct dirent *entry;

        errno = 0;
        entry = readdir(stream);
        if (entry == NULL)
            break;
        each(to, entry->d_name);
    }
    result = -errno;
    closedir(stream);
    return result;
}

static int real_space(void *context, int directory, uint64_t *bytes)
{
    struct statvfs found;

    (void)context;
    if (fstatvfs(directory, &found) != 0)
        return -errno;
    *bytes = (uint64_t)found.f_bavail * found.f_frsize;
    return 0;
}

static void real_start(void *context, struct loop *loop, struct loop_call *call, const struct disk_request *request)
{
    struct io_uring_sqe *entry = loop_prepare(loop, call);

    (void)context;
    switch (request->action) {
    case DISK_START_CREATE:
        io_uring_prep_openat(entry, request->file, request->name, real_flags(DISK_CREATE), REAL_NEW_MODE);
        break;
    case DISK_START_WRITE:
        io_uring_prep_write(entry, request->file, request->buffer, (unsigned)request->size, request->offset);
        entry->rw_flags = request->durable ? RWF_DSYNC : 0;
        break;
    case DISK_START_SYNC:
        io_uring_prep_fsync(entry, request->file, 0);
        break;
    case DISK_START_RENAME:
        io_uring_prep_renameat(entry, request->file, request->name, request->file, request->other, 0);
        break;
    case DISK_START_CLOSE:
        io_uring_prep_close(entry, request->file);
        break;
    }
    io_uring_sqe_set_data(entry, call); /* preparing may have cleared it */
}

static void real_wait(void *context, struct loop *loop)
{
    (void)context;
    loop_run(loop, REAL_WAIT_NS);
}

const struct disk_ops disk_real = {
    .open_directory = real_open_directory,
    .lock = real_lock,
    .open = real_open,
    .close = real_close,
    .measure = real_measure,
    .read = real_read,
    .write = real_write,
    .sync = real_sync,
    .rename = real_rename,
    .unlink = real_unlink,
    .list = real_list,
    .space = real_space,
    .start = real_start,
    .wait = real_wait,
};
