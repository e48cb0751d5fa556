/* Whether this machine can carry a node: one named line for each thing looked at, with a remedy where it fails. */
#ifndef VITRINE_PREFLIGHT_H
#define VITRINE_PREFLIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "device.h"

enum preflight_level { PREFLIGHT_OK, PREFLIGHT_WARN, PREFLIGHT_FAIL };

#define PREFLIGHT_CHECKS_MAX 16

struct preflight_check {
    const char *name;           /* direct_io, file_system, ... : docs/operation.md has one heading for each */
    enum preflight_level level;
    char value[160];            /* what was found */
    char remedy[240];           /* "" where nothing is to be done */
};

struct preflight {
    size_t count;
    struct preflight_check check[PREFLIGHT_CHECKS_MAX];
};

struct preflight_options {
    const char *directory;      /* of the journal: exists and can be written */
    uint64_t need_bytes;        /* free space the node wants: reserve and two segments */
    uint64_t memory_bytes;      /* it reserves for its state */
    const struct device_capability *card; /* NULL: not opened yet */
    const char *card_name;
    const struct config *config; /* whose rules are judged; NULL: not read */
};

/* Looks at everything; makes and removes a file in the directory. Returns the worst level. */
enum preflight_level preflight_run(struct preflight *preflight, const struct preflight_options *options);

/* "ok    direct_io     512 B blocks; ..." in one line without its end. */
void preflight_describe(const struct preflight_check *check, char *text, size_t size);

/* --- the parts that read nothing: tested by themselves --- */

/* /sys/kernel/mm/transparent_hugepage/enabled: the word in brackets. */
void preflight_judge_huge_pages(struct preflight_check *check, const char *setting);
/* current_clocksource, and adjtimex(): state TIME_ERROR or not, estimated error in microseconds. */
void preflight_judge_clock(struct preflight_check *check, const char *source, int state, long error_us);
/* /proc/sys/kernel/io_uring_disabled ("" if there is none) and what creating a ring gave (0 or -errno). */
void preflight_judge_ring(struct preflight_check *check, const char *disabled, int result);
/* RLIMIT_MEMLOCK, UINT64_MAX: unlimited. */
void preflight_judge_locked(struct preflight_check *check, uint64_t limit);
/* statfs() type and bytes. */
void preflight_judge_file_system(struct preflight_check *check, uint64_t type);
void preflight_judge_space(struct preflight_check *check, uint64_t available, uint64_t need);
void preflight_judge_memory(struct preflight_check *check, uint64_t available, uint64_t need);
/* Processors that the node may run on: one that never sleeps wants its own, a simulated card's thread another. */
void preflight_judge_processors(struct preflight_check *check, unsigned processors, const struct config_node *node);
/* Who is liquidated, and whether every perpetual market has the impact band that calm slices keep inside. */
void preflight_judge_liquidation(struct preflight_check *check, const struct config *config);
/* Whether every collateral has a spot market: who borrows against one that has none is unwound by the fund alone. */
void preflight_judge_collateral(struct preflight_check *check, const struct config *config);
/* 4 KiB written with O_DIRECT|O_DSYNC: 0 or errno, at `step` ("open", "write"). */
void preflight_judge_direct(struct preflight_check *check, int error, const char *step);

#endif
