#define _GNU_SOURCE
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "snapshot_file.h"

enum { CHILD_NICE = 10 }; /* the order path goes first */

/* What a child says when it is done. */
struct child_answer {
    int error; /* -errno */
    char step[32];
    uint8_t hash[SNAPSHOT_FILE_HASH];
};

static enum snapshot_status snapshot_error(const char *directory, const char *name, const char *step, int error,
                                           char *text, size_t size)
{
    snprintf(text, size, "%s/%s: %s: %s", directory, name, step, strerror(-error));
    return SNAPSHOT_IO;
}

enum snapshot_status snapshot_write(struct state *state, const char *directory, uint8_t hash[32], char *error,
                                    size_t size)
{
    struct table *tables[STATE_TABLES];
    struct snapshot_file_writer writer;
    int result;

    state_tables(state, tables);
    result = snapshot_file_prepare(&writer, &disk_real, directory, tables, STATE_TABLES, state->t->batch);
    if (result == 0)
        result = snapshot_file_run(&writer);
    memcpy(hash, writer.hash, sizeof writer.hash);
    if (result < 0)
        snapshot_error(directory, writer.name, writer.step, result, error, size);
    snapshot_file_release(&writer);
    return result < 0 ? SNAPSHOT_IO : SNAPSHOT_OK;
}

void snapshot_hash_state(struct state *state, uint8_t hash[32])
{
    struct table *tables[STATE_TABLES];
    struct snapshot_file_writer writer;

    state_tables(state, tables);
    check(snapshot_file_prepare(&writer, &disk_discard, "", tables, STATE_TABLES, state->t->batch) == 0);
    check(snapshot_file_run(&writer) == 0);
    memcpy(hash, writer.hash, sizeof writer.hash);
    snapshot_file_release(&writer);
}

/* The parent's sockets, journal and lock are none of the child's business: a lock lives as long as any copy of it. */
static void child_close_others(int first, int second)
{
    int low = first < second ? first : second, high = first < second ? second : first;

    if (low > 3)
        close_range(3, (unsigned)low - 1, 0);
    if (high > low + 1)
        close_range((unsigned)low + 1, (unsigned)high - 1, 0);
    close_range((unsigned)high + 1, ~0U, 0);
}

static _Noreturn void child_run(struct snapshot_file_writer *writer, int pipe, pid_t parent)
{
    struct child_answer answer = { 0 };
    const char *at;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    child_close_others(writer->directory, pipe);
    setpriority(PRIO_PROCESS, 0, CHILD_NICE);
    answer.error = snapshot_file_run(writer);
    at = writer->step;
    for (size_t i = 0; i + 1 < sizeof answer.step && at[i]; i++)
        answer.step[i] = at[i];
    memcpy(answer.hash, writer->hash, sizeof answer.hash);
    _exit(write(pipe, &answer, sizeof answer) == (ssize_t)sizeof answer ? 0 : 1);
}

static int child_start(struct snapshot_file_writer *writer, struct snapshot_child *child)
{
    sigset_t all, before;
    pid_t parent = getpid();
    int ends[2];

    writer->step = "can't start a child";
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    sigfillset(&all); /* the child must not run the parent's handlers */
    sigprocmask(SIG_SETMASK, &all, &before);
    child->pid = fork();
    if (child->pid == 0)
        child_run(writer, ends[1], parent);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    child->pipe = ends[0];
    if (child->pid < 0)
        close(ends[0]);
    return child->pid < 0 ? -EAGAIN : 0;
}

enum snapshot_status snapshot_begin(struct state *state, const char *directory, struct snapshot_child *child,
                                    char *error,
                                    size_t size)
{
    struct table *tables[STATE_TABLES];
    struct snapshot_file_writer writer;
    int result;

    state_tables(state, tables);
    child->batch = state->t->batch;
    result = snapshot_file_prepare(&writer, &disk_real, directory, tables, STATE_TABLES, child->batch);
    if (result == 0)
        result = child_start(&writer, child);
    if (result < 0)
        snapshot_error(directory, writer.name, writer.step, result, error, size);
    snapshot_file_release(&writer);
    return result < 0 ? SNAPSHOT_IO : SNAPSHOT_OK;
}

void snapshot_abandon(struct snapshot_child *child)
{
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    close(child->pipe);
}

enum snapshot_status snapshot_poll(struct snapshot_child *child, uint8_t hash[32], char *error, size_t size)
{
    struct child_answer answer;
    char name[SEGMENT_NAME];
    ssize_t got = read(child->pipe, &answer, sizeof answer);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return SNAPSHOT_BUSY;
    segment_snapshot_name(name, child->batch);
    snapshot_abandon(child); /* it has said all, or has ended without */
    if (got != (ssize_t)sizeof answer) {
        snprintf(error, size, "%s: the child that wrote it has ended before it was done", name);
        return SNAPSHOT_IO;
    }
    if (answer.error < 0) {
        snprintf(error, size, "%s: %s: %s", name, answer.step, strerror(-answer.error));
        return SNAPSHOT_IO;
    }
    memcpy(hash, answer.hash, sizeof answer.hash);
    return SNAPSHOT_OK;
}

enum snapshot_status snapshot_find(const char *directory, uint64_t batch, uint64_t *found, char *error, size_t size)
{
    struct snapshot_file_header header;
    struct segment_list list;
    enum snapshot_status status = SNAPSHOT_NONE;
    int opened = disk_real.open_directory(disk_real.context, directory, false);
    int result = opened < 0 ? opened : segment_list_read(&list, &disk_real, opened);
    uint64_t newest = 0;

    if (opened >= 0) {
        for (size_t i = 0; i < list.snapshot_count; i++)
            if (batch == 0 || list.snapshots[i] <= batch)
                newest = list.snapshots[i];
        segment_list_free(&list);
    }
    if (result < 0)
        status = snapshot_error(directory, ".", "can't list", result, error, size);
    else if (newest)
        status = snapshot_file_peek(&disk_real, opened, newest, &header, error, size);
    else
        snprintf(error, size, "%s: there is no snapshot in it", directory);
    if (opened >= 0)
        disk_real.close(disk_real.context, opened);
    *found = newest;
    return status;
}

enum snapshot_status snapshot_hash(const char *directory, uint64_t batch, uint8_t hash[32], char *error, size_t size)
{
    int opened = disk_real.open_directory(disk_real.context, directory, false);
    enum snapshot_status status;

    if (opened < 0)
        return snapshot_error(directory, ".", "can't open", opened, error, size);
    status = snapshot_file_read(&disk_real, opened, batch, NULL, 0, NULL, hash, error, size);
    disk_real.close(disk_real.context, opened);
    return status;
}

enum snapshot_status snapshot_sizes(const char *directory, uint64_t batch, struct state_sizes *sizes, char *error,
                                    size_t size)
{
    struct snapshot_file_header header;
    int opened = disk_real.open_directory(disk_real.context, directory, false);
    enum snapshot_status status;

    if (opened < 0)
        return snapshot_error(directory, ".", "can't open", opened, error, size);
    status = snapshot_file_peek(&disk_real, opened, batch, &header, error, size);
    disk_real.close(disk_real.context, opened);
    *sizes = (struct state_sizes){ 0 };
    for (uint32_t i = 0; status == SNAPSHOT_OK && i < header.tables; i++)
        state_sizes_set(sizes, (const char *)header.table[i].name, (uint32_t)header.table[i].capacity);
    return status;
}

enum snapshot_status snapshot_load(struct state *state, const char *directory, uint64_t batch, uint8_t hash[32],
                                   char *error, size_t size)
{
    struct table *tables[STATE_TABLES];
    int opened = disk_real.open_directory(disk_real.context, directory, false);
    enum snapshot_status status;

    if (opened < 0)
        return snapshot_error(directory, ".", "can't open", opened, error, size);
    state_tables(state, tables);
    status = snapshot_file_read(&disk_real, opened, batch, tables, STATE_TABLES, NULL, hash, error, size);
    disk_real.close(disk_real.context, opened);
    return status;
}
