#include "loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

/* Newest first: completions run only when we ask for them; then only when we enter the kernel; then whenever. */
static const unsigned loop_setups[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    0,
};

static const char *loop_advice(int result)
{
    switch (result) {
    case -ENOSYS:
        return "the kernel has no io_uring";
    case -EPERM:
    case -EACCES:
        return "io_uring is not allowed (sysctl kernel.io_uring_disabled, or a container's seccomp filter)";
    case -ENOMEM:
        return "not enough locked memory for its rings (ulimit -l, LimitMEMLOCK=)";
    case -EINVAL:
        return "the kernel's io_uring is too old";
    case -EMFILE:
    case -ENFILE:
        return "too many open files (ulimit -n, LimitNOFILE=)";
    default:
        return strerror(-result);
    }
}

int loop_create(struct loop *loop, unsigned entries, char *error, size_t error_size)
{
    int result = -EINVAL;

    memset(loop, 0, sizeof *loop);
    for (size_t i = 0; i < sizeof loop_setups / sizeof *loop_setups && result == -EINVAL; i++) {
        struct io_uring_params parameters = { .flags = loop_setups[i] | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE,
                                              .cq_entries = 4 * entries };

        result = io_uring_queue_init_params(entries, &loop->ring, &parameters);
    }
    if (result == 0) {
        io_uring_ring_dontfork(&loop->ring); /* a snapshot's child has no business here */
        return 0;
    }
    snprintf(error, error_size, "io_uring: %s", loop_advice(result));
    return result;
}

void loop_destroy(struct loop *loop)
{
    io_uring_queue_exit(&loop->ring);
}

static void loop_submit(struct loop *loop)
{
    int result = io_uring_submit_and_get_events(&loop->ring);

    loop->waits++;
    if (result > 0)
        loop->submitted += (uint64_t)result;
    else
        check(result == 0 || result == -EINTR || result == -EBUSY || result == -EAGAIN);
}

struct io_uring_sqe *loop_prepare(struct loop *loop, struct loop_call *call)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&loop->ring);

    /* The kernel refuses more only while completions wait for room (EBUSY) or memory (EAGAIN): both pass. */
    for (unsigned tries = 0; entry == NULL; tries++) {
        check(tries < 1000000);
        loop_submit(loop);
        entry = io_uring_get_sqe(&loop->ring);
    }
    io_uring_sqe_set_data(entry, call);
    return entry;
}

static bool loop_needs_kernel(struct loop *loop)
{
    return io_uring_sq_ready(&loop->ring) > 0 ||
           (IO_URING_READ_ONCE(*loop->ring.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

/* Those that are there now: what they start in turn comes with the next call, so that nobody is starved. */
unsigned loop_hand_out(struct loop *loop)
{
    unsigned count = io_uring_cq_ready(&loop->ring);

    for (unsigned i = 0; i < count; i++) {
        struct io_uring_cqe *entry;
        struct loop_call *call;
        int32_t result;
        uint32_t flags;

        check(io_uring_peek_cqe(&loop->ring, &entry) == 0);
        call = io_uring_cqe_get_data(entry);
        result = entry->res;
        flags = entry->flags;
        io_uring_cqe_seen(&loop->ring, entry); /* before the call: it may submit, and needs the room */
        if (call)
            call->done(call, result, flags);
    }
    loop->completed += count;
    return count;
}

unsigned loop_wait(struct loop *loop, uint64_t wait_ns)
{
    if (wait_ns && io_uring_cq_ready(&loop->ring) == 0) {
        struct __kernel_timespec timeout = { .tv_sec = (long long)(wait_ns / 1000000000u),
                                             .tv_nsec = (long long)(wait_ns % 1000000000u) };
        struct io_uring_cqe *entry;
        unsigned ready = io_uring_sq_ready(&loop->ring);
        int result = io_uring_submit_and_wait_timeout(&loop->ring, &entry, 1, &timeout, NULL);

        loop->waits++;
        check(result >= 0 || result == -ETIME || result == -EINTR || result == -EBUSY || result == -EAGAIN);
        loop->submitted += ready - io_uring_sq_ready(&loop->ring);
    } else if (loop_needs_kernel(loop)) {
        loop_submit(loop);
    }
    return io_uring_cq_ready(&loop->ring);
}

unsigned loop_run(struct loop *loop, uint64_t wait_ns)
{
    loop_wait(loop, wait_ns);
    return loop_hand_out(loop);
}
