/* Files of the journal's directory: names, segment headers, what is there. */
#ifndef VITRINE_SEGMENT_H
#define VITRINE_SEGMENT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk.h"
#include "journal.h"

enum {
    SEGMENT_NAME = 40,          /* room for a name */
    SEGMENT_HEADER = DISK_BLOCK,
    SEGMENT_FIRST = SEGMENT_HEADER / 512, /* number of the first sector behind the header */
    SEGMENT_VERSION = 1,
};
#define SEGMENT_BYTES_MIN (UINT64_C(64) << 10)
#define SEGMENT_BYTES_MAX (UINT64_C(4) << 30)

struct segment_header {
    uint8_t magic[8];
    uint32_t version, state_version, rules, node;
    uint64_t cluster;
    uint32_t term, number;
    uint64_t bytes;
    uint8_t zeros[4040];
    uint64_t checksum;
};
static_assert(sizeof(struct segment_header) == SEGMENT_HEADER, "header of a segment");

void segment_name(char name[SEGMENT_NAME], uint32_t number);
void segment_snapshot_name(char name[SEGMENT_NAME], uint64_t batch);

/* Fills a header for this program's versions. */
void segment_header_make(struct segment_header *header, uint64_t cluster, uint32_t node, uint32_t term, uint32_t number,
                         uint64_t bytes);
/* JOURNAL_OK, JOURNAL_CORRUPT or JOURNAL_VERSION (format); `reason` says why. */
enum journal_status segment_header_judge(const struct segment_header *header, uint32_t number, uint64_t file_bytes,
                                         const char **reason);

/* What a directory holds, sorted. */
struct segment_list {
    uint32_t *segments;
    uint64_t *snapshots;
    char (*unfinished)[SEGMENT_NAME]; /* *.new */
    size_t segment_count, snapshot_count, unfinished_count;
    size_t segment_room, snapshot_room, unfinished_room;
};

/* 0 or -errno. Free it in any case. */
int segment_list_read(struct segment_list *list, const struct disk_ops *disk, int directory);
void segment_list_free(struct segment_list *list);

#endif
