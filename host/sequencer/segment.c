#include "segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "memory.h"
#include "state.h"

static const char segment_magic[] = "VITRSEG1";

void segment_name(char name[SEGMENT_NAME], uint32_t number)
{
    snprintf(name, SEGMENT_NAME, "segment-%08" PRIu32, number);
}

void segment_snapshot_name(char name[SEGMENT_NAME], uint64_t batch)
{
    snprintf(name, SEGMENT_NAME, "snapshot-%016" PRIu64, batch);
}

void segment_header_make(struct segment_header *header, uint64_t cluster, uint32_t node, uint32_t term, uint32_t number,
                         uint64_t bytes)
{
    memset(header, 0, sizeof *header);
    memcpy(header->magic, segment_magic, sizeof header->magic);
    header->version = SEGMENT_VERSION;
    header->state_version = STATE_VERSION;
    header->rules = STATE_RULES;
    header->node = node;
    header->cluster = cluster;
    header->term = term;
    header->number = number;
    header->bytes = bytes;
    header->checksum = XXH3_64bits(header, offsetof(struct segment_header, checksum));
}

enum journal_status segment_header_judge(const struct segment_header *header, uint32_t number, uint64_t file_bytes,
                                         const char **reason)
{
    static const uint8_t zeros[sizeof header->zeros];

    *reason = "not the header of a segment";
    if (memcmp(header->magic, segment_magic, sizeof header->magic) != 0)
        return JOURNAL_CORRUPT;
    *reason = "checksum of the segment's header is wrong";
    if (header->checksum != XXH3_64bits(header, offsetof(struct segment_header, checksum)))
        return JOURNAL_CORRUPT;
    *reason = "another version of the journal's format";
    if (header->version != SEGMENT_VERSION)
        return JOURNAL_VERSION;
    *reason = "header names another segment";
    if (header->number != number)
        return JOURNAL_CORRUPT;
    *reason = "size of the file is not what its header says";
    if (header->bytes != file_bytes || file_bytes % DISK_BLOCK || file_bytes < SEGMENT_BYTES_MIN ||
        file_bytes > SEGMENT_BYTES_MAX)
        return JOURNAL_CORRUPT;
    *reason = "reserved bytes of the segment's header are not zero";
    return memcmp(header->zeros, zeros, sizeof zeros) == 0 ? JOURNAL_OK : JOURNAL_CORRUPT;
}

/* The number behind `prefix`, with exactly `digits` digits; 0 if `name` is not of that form. */
static uint64_t segment_parse(const char *name, const char *prefix, size_t digits)
{
    size_t length = strlen(prefix);
    uint64_t number = 0;

    if (strncmp(name, prefix, length) != 0 || strlen(name) != length + digits)
        return 0;
    for (const char *digit = name + length; *digit; digit++) {
        if (*digit < '0' || *digit > '9')
            return 0;
        number = number * 10 + (uint64_t)(*digit - '0');
    }
    return number;
}

static bool segment_unfinished(const char *name)
{
    size_t length = strlen(name);

    return length < SEGMENT_NAME && length > 4 && strcmp(name + length - 4, ".new") == 0 &&
           (strncmp(name, "segment-", 8) == 0 || strncmp(name, "snapshot-", 9) == 0);
}

static void segment_list_add(void *to, const char *name)
{
    struct segment_list *list = to;
    uint64_t segment = segment_parse(name, "segment-", 8);
    uint64_t snapshot = segment_parse(name, "snapshot-", 16);

    if (segment) {
        memory_grow((void **)&list->segments, &list->segment_room, list->segment_count + 1, sizeof *list->segments);
        list->segments[list->segment_count++] = (uint32_t)segment;
    } else if (snapshot) {
        memory_grow((void **)&list->snapshots, &list->snapshot_room, list->snapshot_count + 1, sizeof *list->snapshots);
        list->snapshots[list->snapshot_count++] = snapshot;
    } else if (segment_unfinished(name)) {
        memory_grow((void **)&list->unfinished, &list->unfinished_room, list->unfinished_count + 1,
                    sizeof *list->unfinished);
        snprintf(list->unfinished[list->unfinished_count++], SEGMENT_NAME, "%s", name);
    }
}

static int segment_compare_segments(const void *left, const void *right)
{
    uint32_t first = *(const uint32_t *)left, second = *(const uint32_t *)right;

    return (first > second) - (first < second);
}

static int segment_compare_snapshots(const void *left, const void *right)
{
    uint64_t first = *(const uint64_t *)left, second = *(const uint64_t *)right;

    return (first > second) - (first < second);
}

int segment_list_read(struct segment_list *list, const struct disk_ops *disk, int directory)
{
    int result;

    memset(list, 0, sizeof *list);
    result = disk->list(disk->context, directory, segment_list_add, list);
    if (list->segment_count)
        qsort(list->segments, list->segment_count, sizeof *list->segments, segment_compare_segments);
    if (list->snapshot_count)
        qsort(list->snapshots, list->snapshot_count, sizeof *list->snapshots, segment_compare_snapshots);
    return result;
}

void segment_list_free(struct segment_list *list)
{
    free(list->segments);
    free(list->snapshots);
    free(list->unfinished);
    memset(list, 0, sizeof *list);
}
