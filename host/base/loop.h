/* One io_uring for everything the node waits for: sockets, journal, timers. Every operation belongs to a loop_call,
 * whose
 * address is its user data; the loop hands each completion to its call. Nothing here allocates after loop_create(). */
#ifndef VITRINE_LOOP_H
#define VITRINE_LOOP_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

struct loop_call {
    /* `result`, `flags`: of the completion (cqe->res, cqe->flags; IORING_CQE_F_MORE: more will come). */
    void (*done)(struct loop_call *call, int32_t result, uint32_t flags);
};

struct loop {
    struct io_uring ring;
    uint64_t submitted, completed, waits; /* counters for metrics; waits: system calls made */
};

/* Returns 0 or -errno; `error` says what to do about it (kernel too old, io_uring disabled, memlock). */
int loop_create(struct loop *loop, unsigned entries, char *error, size_t error_size);
void loop_destroy(struct loop *loop);

/* A submission entry for `call`; never NULL: when the queue is full, what is there is submitted first. */
struct io_uring_sqe *loop_prepare(struct loop *loop, struct loop_call *call);

/* Submits what is prepared and hands out completions. Waits up to `wait_ns` for the first one; 0: takes what is there,
 * with at most one system call, and none if nothing is prepared and nothing needs the kernel. Returns completions
 * handed out. */
unsigned loop_run(struct loop *loop, uint64_t wait_ns);
/* The same in two parts: waits, and returns how many completions are there; hands those out. */
unsigned loop_wait(struct loop *loop, uint64_t wait_ns);
unsigned loop_hand_out(struct loop *loop);

#endif
