/* serve --stop-before N: batch N and all later ones leave the journal, with everything that depends on them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decimal.h"
#include "node_inner.h"

struct aside {
    struct node *node;
    const char *directory;
    char kept[NODE_PATH_MAX];     /* DIRECTORY/set-aside-N: what is taken out */
    char rewritten[NODE_PATH_MAX + 16]; /* in it, while it is made: the journal up to N-1 */
    char *error;
    size_t error_size;
};

#define aside_fault(aside, ...) (snprintf((aside)->error, (aside)->error_size, __VA_ARGS__), NODE_FAULT)

static struct journal_options aside_options(const struct node *node, const char *directory)
{
    return (struct journal_options){
        .directory = directory, .cluster = node->settings->cluster, .node = node->settings->node,
        .term = node->settings->term, .segment_bytes = node->settings->segment_bytes,
        .ahead_bytes = node->settings->ahead_bytes, .create = directory != node->settings->directory,
    };
}

/* Opens the journal once: locks it, cuts a torn tail, and tells its last batch. */
static enum node_status aside_look(struct aside *aside, uint64_t *last)
{
    struct journal_options options = aside_options(aside->node, aside->directory);
    struct journal *journal;

    if (journal_open(&journal, aside->node->options.loop, &options, aside->error, aside->error_size) != JOURNAL_OK)
        return NODE_REFUSED;
    *last = journal_last(journal);
    journal_close(journal);
    return NODE_RUNNING;
}

/* Batches before `stop` into a journal of their own. */
static enum node_status aside_rewrite(struct aside *aside, uint64_t stop)
{
    struct journal_options options = aside_options(aside->node, aside->rewritten);
    struct journal_reader *reader = NULL;
    struct journal *journal = NULL;
    const struct journal_batch *batch = NULL;
    const uint8_t *inputs;
    enum node_status status = NODE_RUNNING;

    if (journal_reader_open(&reader, aside->directory, 0, aside->error, aside->error_size) != JOURNAL_OK ||
        journal_open(&journal, aside->node->options.loop, &options, aside->error, aside->error_size) != JOURNAL_OK)
        status = NODE_FAULT;
    while (status == NODE_RUNNING) {
        if (journal_reader_next(reader, &batch, &inputs) != JOURNAL_OK)
            status = aside_fault(aside, "%s", journal_reader_message(reader));
        else if (batch == NULL || batch->number >= stop)
            break;
        while (status == NODE_RUNNING && !journal_room(journal, batch->size)) {
            loop_run(aside->node->options.loop, 1000000);
            if (journal_status(journal) != JOURNAL_OK)
                status = aside_fault(aside, "%s", journal_message(journal));
        }
        if (status == NODE_RUNNING)
            journal_append(journal, batch, inputs);
    }
    if (journal) {
        while (journal_durable(journal) < journal_last(journal) && journal_status(journal) == JOURNAL_OK)
            loop_run(aside->node->options.loop, 1000000);
        if (journal_status(journal) != JOURNAL_OK && status == NODE_RUNNING)
            status = aside_fault(aside, "%s", journal_message(journal));
        journal_close(journal);
    }
    if (reader)
        journal_reader_close(reader);
    return status;
}

/* Segments, output (it is made again from the journal), snapshots of what is set aside. */
static bool aside_moves(const char *name, uint64_t stop)
{
    uint64_t batch;

    if (strncmp(name, "segment-", 8) == 0 || strncmp(name, "output-", 7) == 0)
        return true;
    return strncmp(name, "snapshot-", 9) == 0 && decimal_parse_whole(name + 9, strlen(name + 9), &batch) &&
           batch >= stop;
}

/* Moves files from one directory to another: of the old journal those that must go, of the new one all segments. */
static enum node_status aside_move(struct aside *aside, const char *from, const char *to, uint64_t stop)
{
    DIR *source = opendir(from);
    int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct dirent *entry;
    enum node_status status = NODE_RUNNING;

    if (source == NULL || target < 0)
        status = aside_fault(aside, "%s, %s: %s", from, to, strerror(errno));
    while (status == NODE_RUNNING && (entry = readdir(source)) != NULL)
        if (aside_moves(entry->d_name, stop) && renameat(dirfd(source), entry->d_name, target, entry->d_name) != 0)
            status = aside_fault(aside, "%s/%s: %s", from, entry->d_name, strerror(errno));
    if (status == NODE_RUNNING && (fsync(target) != 0 || fsync(dirfd(source)) != 0))
        status = aside_fault(aside, "%s: %s", to, strerror(errno));
    if (target >= 0)
        close(target);
    if (source)
        closedir(source);
    return status;
}

enum node_status node_set_aside(struct node *node, char *error, size_t error_size)
{
    uint64_t stop = node->options.stop_before, last = 0;
    struct aside aside = { .node = node, .directory = node->settings->directory, .error = error,
                           .error_size = error_size };
    enum node_status status = aside_look(&aside, &last);
    char number[24], count[24];

    if (status != NODE_RUNNING)
        return status;
    if (stop < 2 || stop > last) {
        snprintf(error, error_size, "there is no batch %" PRIu64 " with one before it: the last is %" PRIu64, stop,
                 last);
        return NODE_REFUSED;
    }
    snprintf(aside.kept, sizeof aside.kept, "%s/set-aside-%" PRIu64, aside.directory, stop);
    snprintf(aside.rewritten, sizeof aside.rewritten, "%s/journal", aside.kept);
    if (mkdir(aside.kept, 0700) != 0) {
        snprintf(error, error_size, "%s: %s: move away what an earlier --stop-before has left", aside.kept,
                 strerror(errno));
        return NODE_REFUSED;
    }
    status = aside_rewrite(&aside, stop);
    if (status == NODE_RUNNING)
        status = aside_move(&aside, aside.directory, aside.kept, stop);
    if (status == NODE_RUNNING)
        status = aside_move(&aside, aside.rewritten, aside.directory, stop);
    if (status != NODE_RUNNING)
        return status;
    snprintf(number, sizeof number, "%" PRIu64, stop);
    snprintf(count, sizeof count, "%" PRIu64, last - stop + 1);
    log_event(node->options.log, LOG_LEVEL_WARNING, "batches_set_aside", "first", number, "count", count, "directory",
              aside.kept, "warning", "what clients were told of these batches is void: tell them", NULL);
    return NODE_RUNNING;
}
