/* Every file operation of journal and snapshots, so that tests can put a disk there that loses, tears and flips what it
 * was given. Errors are -errno. Files and directories are numbers from open and open_directory. */
#ifndef VITRINE_DISK_H
#define VITRINE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

#define DISK_BLOCK 4096u /* alignment of offsets, sizes and buffers of every read and write */

enum disk_mode {
    DISK_READ,
    DISK_WRITE,  /* an existing file, also read */
    DISK_CREATE, /* a new one, also read; -EEXIST if it exists */
};

/* What can be started and completes later. Everything it points to lives until then. */
struct disk_request {
    enum disk_action {
        DISK_START_CREATE, /* of `name` in directory `file`: completes with the file's number */
        DISK_START_WRITE,  /* completes with the bytes written, perhaps fewer; durable only if `durable` */
        DISK_START_SYNC,   /* of a file or a directory */
        DISK_START_RENAME, /* of `name` to `other` in directory `file` */
        DISK_START_CLOSE,
    } action;
    int file;
    bool durable;
    const void *buffer;
    size_t size;
    uint64_t offset;
    const char *name, *other;
};

struct disk_ops {
    void *context;
    int (*open_directory)(void *context, const char *path, bool create);
    /* Exclusive lock of a directory, by its file `lock`: a number to close, or -EWOULDBLOCK. */
    int (*lock)(void *context, int directory);
    int (*open)(void *context, int directory, const char *name, enum disk_mode mode);
    void (*close)(void *context, int file);
    /* Size, and the alignment that unbuffered access needs (0: not supported). */
    int (*measure)(void *context, int file, uint64_t *size, uint32_t *alignment);
    /* The whole size or an error; -ENODATA: the file ends before. What is written is durable after sync. */
    int (*read)(void *context, int file, void *buffer, size_t size, uint64_t offset);
    int (*write)(void *context, int file, const void *buffer, size_t size, uint64_t offset);
    int (*sync)(void *context, int file);
    int (*rename)(void *context, int directory, const char *name, const char *other);
    int (*unlink)(void *context, int directory, const char *name);
    int (*list)(void *context, int directory, void (*each)(void *to, const char *name), void *to);
    int (*space)(void *context, int directory, uint64_t *bytes); /* free to us */
    void (*start)(void *context, struct loop *loop, struct loop_call *call, const struct disk_request *request);
    void (*wait)(void *context, struct loop *loop); /* until something that was started has completed, or a while */
};

/* The real one: O_DIRECT, RWF_DSYNC, io_uring. */
extern const struct disk_ops disk_real;
/* Takes new files and forgets them: for what writing computes on the way. Nothing can be read, listed or started. */
extern const struct disk_ops disk_discard;

#endif
