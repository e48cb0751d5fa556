#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "decimal.h"
#include "memory.h"
#include "node_inner.h"

#define SNAPSHOT_PREFIX "snapshot-"
#define SNAPSHOT_DIGITS 16

static int compare_falling(const void *one, const void *other)
{
    uint64_t left = *(const uint64_t *)one, right = *(const uint64_t *)other;

    return left < right ? 1 : left > right ? -1 : 0;
}

/* Removes all but the newest that are to be kept. */
static void snapshots_thin_out(const struct node *node)
{
    DIR *directory = opendir(node->settings->directory);
    uint64_t *batches = NULL, batch;
    size_t count = 0, room = 0;
    struct dirent *entry;

    while (directory && (entry = readdir(directory)) != NULL) {
        const char *digits = entry->d_name + strlen(SNAPSHOT_PREFIX);

        if (strncmp(entry->d_name, SNAPSHOT_PREFIX, strlen(SNAPSHOT_PREFIX)) != 0 ||
            strlen(digits) != SNAPSHOT_DIGITS || !decimal_parse_whole(digits, SNAPSHOT_DIGITS, &batch))
            continue;
        memory_grow((void **)&batches, &room, count + 1, sizeof *batches);
        batches[count++] = batch;
    }
    if (count)
        qsort(batches, count, sizeof *batches, compare_falling);
    for (size_t i = node->settings->snapshot_keep; directory && i < count; i++) {
        char name[64];

        snprintf(name, sizeof name, SNAPSHOT_PREFIX "%0*" PRIu64, SNAPSHOT_DIGITS, batches[i]);
        unlinkat(dirfd(directory), name, 0);
    }
    free(batches);
    if (directory)
        closedir(directory);
}

static void snapshot_done(struct node *node, uint64_t batch)
{
    char number[24];

    node->snapshot_batch = batch;
    node->snapshot_said = false;
    node->counted.snapshots_total++;
    snapshots_thin_out(node);
    snprintf(number, sizeof number, "%" PRIu64, batch);
    log_event(node->options.log, LOG_LEVEL_INFO, "snapshot", "batch", number, NULL);
}

static struct input_snapshot snapshot_as_input(uint64_t batch)
{
    return (struct input_snapshot){ .header = { .kind = INPUT_SNAPSHOT, .size = sizeof(struct input_snapshot) },
                                    .batch = batch };
}

/* A running child: its hash goes into the journal when it is done. */
static enum node_status snapshot_look(struct node *node)
{
    struct input_snapshot input = snapshot_as_input(node->snapshot_child.batch);
    char error[256] = "";
    enum snapshot_status status = snapshot_poll(&node->snapshot_child, input.hash, error, sizeof error);

    if (status == SNAPSHOT_BUSY)
        return NODE_RUNNING;
    node->snapshot_running = false;
    node_admin_snapshot_done(node, status == SNAPSHOT_OK, error);
    if (status != SNAPSHOT_OK) /* a disk that fails is not tried again */
        return node_fail(node, "snapshot: %s", error);
    node->snapshot_input = input;
    snapshot_done(node, input.batch);
    return NODE_RUNNING;
}

/* Nothing has happened since the last one but that its hash was journaled. */
static bool snapshot_is_fresh(const struct node *node)
{
    return node->state->t->batch <= node->snapshot_batch + 1;
}

/* A disk that is nearly full is no fault (journal.reserve), and must not become one: a snapshot is begun only where all
 * of it and another segment fit. Without it the next start runs more of the journal. */
static bool snapshot_has_room(const struct node *node, char *error, size_t size)
{
    struct table *tables[STATE_TABLES];
    uint64_t need = node->settings->segment_bytes, space = journal_space(node->journal);

    state_tables(node->state, tables);
    for (size_t i = 0; i < STATE_TABLES; i++)
        need += (uint64_t)tables[i]->used * tables[i]->row_size;
    if (space >= need)
        return true;
    snprintf(error, size, "%" PRIu64 " MiB free, %" PRIu64 " MiB wanted for a snapshot and a segment", space >> 20,
             need >> 20);
    log_event(node->options.log, LOG_LEVEL_WARNING, "snapshot_put_off", "reason", error, NULL);
    return false;
}

enum node_status node_snapshot_turn(struct node *node)
{
    char error[256] = "";

    if (node->snapshot_running)
        return snapshot_look(node);
    if (!node->snapshot_said && node->snapshot_input.batch && node_take_input(node, &node->snapshot_input.header))
        node->snapshot_said = true;
    if (!node->snapshot_wanted && node->turn_ns >= node->snapshot_ns && node->open) {
        node->snapshot_ns = node->turn_ns + node->settings->snapshot_ns;
        node->snapshot_wanted = !snapshot_is_fresh(node);
        node->snapshot_wanted_ns = node->turn_ns;
    }
    /* Its batch must be durable, or a crash could leave a snapshot of what the journal has never heard of. */
    if (!node->snapshot_wanted || journal_durable(node->journal) < journal_last(node->journal))
        return NODE_RUNNING;
    node->snapshot_wanted = false;
    if (!snapshot_has_room(node, error, sizeof error)) {
        node_admin_snapshot_done(node, false, error);
        return NODE_RUNNING;
    }
    if (snapshot_begin(node->state, node->settings->directory, &node->snapshot_child, error, sizeof error) !=
        SNAPSHOT_OK)
        return node_fail(node, "snapshot: %s", error);
    node->snapshot_running = true;
    distribution_add(&node->distributions.snapshot_hold_ns,
                     node->options.monotonic_ns() - node->snapshot_wanted_ns);
    return NODE_RUNNING;
}

enum node_status node_snapshot_stop(struct node *node)
{
    struct input_snapshot input = snapshot_as_input(node->state->t->batch);
    char error[256] = "";

    if (node->snapshot_running) {
        snapshot_abandon(&node->snapshot_child);
        node->snapshot_running = false;
        node_admin_snapshot_done(node, false, "the node stops");
    }
    if (!node->settings->snapshot_at_stop || snapshot_is_fresh(node) || !snapshot_has_room(node, error, sizeof error))
        return NODE_RUNNING;
    if (snapshot_write(node->state, node->settings->directory, input.hash, error, sizeof error) != SNAPSHOT_OK)
        return node_fail(node, "snapshot: %s", error);
    snapshot_done(node, input.batch);
    node->snapshot_said = true;
    check(node_take_input(node, &input.header)); /* nothing else is in hand */
    return node_run_now(node);
}
