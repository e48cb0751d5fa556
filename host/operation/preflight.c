#define _GNU_SOURCE
#include "preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "decimal.h"
#include "policy.h"

#define SECTOR_BYTES 4096
#define LOCKED_LEAST (UINT64_C(8) << 20) /* rings and buffers of one node */

static void check_set(struct preflight_check *check, enum preflight_level level, const char *value, const char *remedy)
{
    check->level = level;
    snprintf(check->value, sizeof check->value, "%s", value);
    snprintf(check->remedy, sizeof check->remedy, "%s", level == PREFLIGHT_OK ? "" : remedy);
}

void preflight_judge_huge_pages(struct preflight_check *check, const char *setting)
{
    const char *open = strchr(setting, '['), *end = open ? strchr(open, ']') : NULL;
    char value[64];

    check->name = "huge_pages";
    snprintf(value, sizeof value, "transparent huge pages: %.*s", end ? (int)(end - open - 1) : 7,
             end ? open + 1 : "unknown");
    check_set(check, strstr(value, "always") ? PREFLIGHT_WARN : PREFLIGHT_OK, value,
              "with always a snapshot's fork copies 2 MiB a page touched; write madvise into "
              "/sys/kernel/mm/transparent_hugepage/enabled");
}

void preflight_judge_clock(struct preflight_check *check, const char *source, int state, long error_us)
{
    char value[120];
    bool fast = strcmp(source, "tsc") == 0 || strcmp(source, "kvm-clock") == 0 ||
                strcmp(source, "arch_sys_counter") == 0;

    check->name = "clock";
    snprintf(value, sizeof value, "source %s, %s, estimated error %ld us", source[0] ? source : "unknown",
             state == TIME_ERROR ? "not synchronised" : "synchronised", error_us);
    if (state == TIME_ERROR)
        check_set(check, PREFLIGHT_WARN, value,
                  "batches carry UTC: run chrony or systemd-timesyncd (docs/operation.md, clock)");
    else
        check_set(check, fast ? PREFLIGHT_OK : PREFLIGHT_WARN, value,
                  "reading this clock takes a system call: boot with clocksource=tsc where it is stable");
}

void preflight_judge_ring(struct preflight_check *check, const char *disabled, int result)
{
    char value[120];

    check->name = "io_uring";
    if (result == 0) {
        check_set(check, PREFLIGHT_OK, "a ring can be made", "");
        return;
    }
    snprintf(value, sizeof value, "no ring: %s%s%s", strerror(-result),
             disabled[0] ? ", kernel.io_uring_disabled = " : "", disabled);
    check_set(check, PREFLIGHT_FAIL, value,
              result == -ENOSYS   ? "the kernel has no io_uring: use Linux 6.1 or later"
              : result == -ENOMEM ? "raise the locked memory limit: ulimit -l, LimitMEMLOCK= in the unit"
                                  : "sysctl kernel.io_uring_disabled=0, and let seccomp (containers) pass io_uring_*");
}

void preflight_judge_locked(struct preflight_check *check, uint64_t limit)
{
    char value[80];

    check->name = "locked_memory";
    if (limit == UINT64_MAX)
        snprintf(value, sizeof value, "unlimited");
    else
        snprintf(value, sizeof value, "%" PRIu64 " KiB may be locked", limit >> 10);
    check_set(check, limit < LOCKED_LEAST ? PREFLIGHT_WARN : PREFLIGHT_OK, value,
              "rings may not fit: ulimit -l 65536, or LimitMEMLOCK=64M in the unit");
}

void preflight_judge_file_system(struct preflight_check *check, uint64_t type)
{
    static const struct {
        uint64_t type;
        const char *name;
        enum preflight_level level;
        const char *remedy;
    } known[] = {
        { 0xef53, "ext4", PREFLIGHT_OK, "" },
        { 0x58465342, "xfs", PREFLIGHT_OK, "" },
        { 0x01021994, "tmpfs", PREFLIGHT_WARN, "memory forgets at a power cut: take a directory on ext4 or xfs" },
        { 0x794c7630, "overlayfs", PREFLIGHT_WARN, "take a volume with ext4 or xfs of its own for the directory" },
        { 0x9123683e, "btrfs", PREFLIGHT_WARN, "copy on write doubles writes: chattr +C while it is empty" },
        { 0x2fc12fc1, "zfs", PREFLIGHT_WARN, "copy on write doubles each write: take ext4 or xfs" },
        { 0x6969, "nfs", PREFLIGHT_WARN, "a network's write is not this node's: take a local disk" },
        { 0x01021997, "9p", PREFLIGHT_WARN, "a host's shared folder: take a local disk" },
        { 0x65735546, "fuse", PREFLIGHT_WARN, "a file system in user space: take a local disk" },
    };
    char value[48];

    check->name = "file_system";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].type == type) {
            check_set(check, known[i].level, known[i].name, known[i].remedy);
            return;
        }
    snprintf(value, sizeof value, "type 0x%" PRIx64, type);
    check_set(check, PREFLIGHT_WARN, value, "not one that we have tried: ext4 or xfs are");
}

void preflight_judge_space(struct preflight_check *check, uint64_t available, uint64_t need)
{
    char value[96];

    check->name = "free_space";
    snprintf(value, sizeof value, "%" PRIu64 " MiB free, %" PRIu64 " MiB wanted", available >> 20, need >> 20);
    check_set(check, available < need ? PREFLIGHT_WARN : PREFLIGHT_OK, value,
              "vitrine journal prune removes what snapshots cover; or take a larger disk, or a lower journal.reserve");
}

void preflight_judge_memory(struct preflight_check *check, uint64_t available, uint64_t need)
{
    char value[96];

    check->name = "memory";
    snprintf(value, sizeof value, "%" PRIu64 " MiB available, %" PRIu64 " MiB reserved for state", available >> 20,
             need >> 20);
    check_set(check, available < need ? PREFLIGHT_WARN : PREFLIGHT_OK, value,
              "lower the memory section of the configuration: a node that swaps is a stopped node");
}

void preflight_judge_processors(struct preflight_check *check, unsigned processors, const struct config_node *node)
{
    const bool simulated = strcmp(node->backend, "sim") == 0;
    const unsigned wanted = node->busy_poll ? 2 + simulated : 1;
    char value[96];

    check->name = "processors";
    snprintf(value, sizeof value, "%u, busy_poll is %s%s", processors, node->busy_poll ? "on" : "off",
             simulated ? ", the card is simulated" : "");
    check_set(check, processors < wanted ? PREFLIGHT_WARN : PREFLIGHT_OK, value,
              "a node that never sleeps takes others' time here: node.busy_poll = false, or more processors");
}

/* The first perpetual market without an impact band; NULL: all have one. */
static const struct config_market *market_without_impact(const struct config *config)
{
    for (size_t i = 0; i < config->market_count; i++) {
        const struct input_market_set *set = &config->markets[i].set;

        if (set->kind == MARKET_PERPETUAL && !(set->bands & CARD_BANDS_IMPACT_MASK))
            return &config->markets[i];
    }
    return NULL;
}

/* The first collateral that no spot market sells for the settlement asset; NULL: all can be sold. */
static const struct config_asset *collateral_without_market(const struct config *config)
{
    for (size_t i = 0; i < config->asset_count; i++) {
        bool sold = config->assets[i].set.flags & ASSET_SETTLEMENT;

        for (size_t k = 0; k < config->market_count; k++)
            sold |= config->markets[k].set.kind == MARKET_SPOT && config->markets[k].base == i;
        if (!sold && config->assets[i].set.flags & ASSET_COLLATERAL)
            return &config->assets[i];
    }
    return NULL;
}

void preflight_judge_collateral(struct preflight_check *check, const struct config *config)
{
    const struct config_asset *unsold = collateral_without_market(config);
    char value[80];

    check->name = "collateral";
    snprintf(value, sizeof value, "%.16s has no spot market", unsold ? (const char *)unsold->set.symbol : "");
    check_set(check, unsold ? PREFLIGHT_WARN : PREFLIGHT_OK, unsold ? value : "all of it has a spot market",
              "the fund alone buys it of who can't pay: a spot market of it, or collateral = false");
}

void preflight_judge_liquidation(struct preflight_check *check, const struct config *config)
{
    const struct config_market *bare = market_without_impact(config);
    char value[120];

    check->name = "liquidation";
    snprintf(value, sizeof value, "policy %s", config_policy_name(config->liquidation.policy));
    if (config->liquidation.policy == POLICY_NONE) {
        check_set(check, PREFLIGHT_WARN, value,
                  "nobody is liquidated, losers' debts are everybody's: liquidation.policy = \"ours\"");
        return;
    }
    if (bare)
        snprintf(value, sizeof value, "policy %s, %.24s has no impact band",
                 config_policy_name(config->liquidation.policy), (const char *)bare->set.symbol);
    check_set(check, bare ? PREFLIGHT_WARN : PREFLIGHT_OK, value,
              "its liquidations go as far as the mean band at once: impact = [ \"0.99\", \"1.01\" ]");
}

void preflight_judge_direct(struct preflight_check *check, int error, const char *step)
{
    char value[96];

    check->name = "direct_io";
    if (error == 0) {
        check_set(check, PREFLIGHT_OK, "4 KiB with O_DIRECT and O_DSYNC", "");
        return;
    }
    snprintf(value, sizeof value, "%s: %s", step, strerror(error));
    check_set(check, PREFLIGHT_FAIL, value,
              error == EINVAL                      ? "the file system has no O_DIRECT in 4 KiB steps: take ext4 or xfs"
              : error == EACCES || error == EROFS  ? "the directory can't be written: check its owner and mount"
              : error == ENOENT                    ? "make the directory, or name another: node.directory"
              : error == ENOTDIR                   ? "that is no directory: name another in node.directory"
                                                   : "the disk does not take writes");
}

/* --- looking --- */

/* The first line of a small file, "" if there is none. */
static void file_line(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");

    text[0] = '\0';
    if (file == NULL)
        return;
    if (fgets(text, (int)size, file) == NULL)
        text[0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    fclose(file);
}

/* 0 or errno; *step names what failed. */
static int try_direct(const char *directory, const char **step)
{
    char path[512];
    void *sector = aligned_alloc(SECTOR_BYTES, SECTOR_BYTES);
    int fd, error = 0;

    snprintf(path, sizeof path, "%s/preflight", directory);
    *step = "open";
    fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_DIRECT | O_DSYNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        error = errno;
        unlink(path); /* what open() made before it found that O_DIRECT is not there */
    } else {
        *step = "write";
        memset(sector, 0, SECTOR_BYTES);
        if (pwrite(fd, sector, SECTOR_BYTES, 0) != SECTOR_BYTES)
            error = errno ? errno : EIO;
        close(fd);
        unlink(path);
    }
    free(sector);
    return error;
}

static uint64_t memory_available(void)
{
    char line[128];
    uint64_t kibibytes = UINT64_MAX >> 10;
    FILE *file = fopen("/proc/meminfo", "r");

    while (file && fgets(line, sizeof line, file)) {
        const char *digits = line + strcspn(line, "0123456789\n");

        if (strncmp(line, "MemAvailable:", 13) == 0)
            decimal_parse_whole(digits, strspn(digits, "0123456789"), &kibibytes);
    }
    if (file)
        fclose(file);
    return kibibytes << 10;
}

static struct preflight_check *check_next(struct preflight *preflight)
{
    return &preflight->check[preflight->count++];
}

static void look_disk(struct preflight *preflight, const struct preflight_options *options)
{
    const char *step;
    int error = try_direct(options->directory, &step);
    struct statfs file_system;

    preflight_judge_direct(check_next(preflight), error, step);
    if (statfs(options->directory, &file_system) != 0)
        return;
    preflight_judge_file_system(check_next(preflight), (uint64_t)file_system.f_type);
    preflight_judge_space(check_next(preflight), (uint64_t)file_system.f_bavail * (uint64_t)file_system.f_bsize,
                          options->need_bytes);
}

static void look_kernel(struct preflight *preflight, const struct preflight_options *options)
{
    struct io_uring ring;
    struct rlimit limit = { .rlim_cur = 0 };
    struct timex clock = { .modes = 0 };
    char text[128];
    int result = io_uring_queue_init(8, &ring, 0);

    if (result == 0)
        io_uring_queue_exit(&ring);
    file_line("/proc/sys/kernel/io_uring_disabled", text, sizeof text);
    preflight_judge_ring(check_next(preflight), text, result);
    getrlimit(RLIMIT_MEMLOCK, &limit);
    preflight_judge_locked(check_next(preflight), limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur);
    preflight_judge_memory(check_next(preflight), memory_available(), options->memory_bytes);
    file_line("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text);
    preflight_judge_huge_pages(check_next(preflight), text);
    file_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", text, sizeof text);
    result = adjtimex(&clock);
    preflight_judge_clock(check_next(preflight), text, result < 0 ? TIME_ERROR : result, clock.esterror);
}

static void look_card(struct preflight *preflight, const struct preflight_options *options)
{
    struct preflight_check *check = check_next(preflight);

    check->name = "card";
    check->level = PREFLIGHT_OK;
    check->remedy[0] = '\0';
    snprintf(check->value, sizeof check->value, "%s: %u markets, %u orders, windows of 2^%u ticks", options->card_name,
             options->card->markets, options->card->orders, options->card->tick_bits);
}

static void look_config(struct preflight *preflight, const struct config *config)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    preflight_judge_processors(check_next(preflight), (unsigned)CPU_COUNT(&set), &config->node);
    preflight_judge_liquidation(check_next(preflight), config);
    preflight_judge_collateral(check_next(preflight), config);
}

enum preflight_level preflight_run(struct preflight *preflight, const struct preflight_options *options)
{
    enum preflight_level worst = PREFLIGHT_OK;

    preflight->count = 0;
    look_disk(preflight, options);
    look_kernel(preflight, options);
    if (options->card)
        look_card(preflight, options);
    if (options->config)
        look_config(preflight, options->config);
    for (size_t i = 0; i < preflight->count; i++)
        if (preflight->check[i].level > worst)
            worst = preflight->check[i].level;
    return worst;
}

void preflight_describe(const struct preflight_check *check, char *text, size_t size)
{
    static const char *const levels[] = { "ok", "warn", "FAIL" };

    snprintf(text, size, "%-5s %-14s %s%s%s", levels[check->level], check->name, check->value,
             check->remedy[0] ? "; " : "", check->remedy);
}
