#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "journal_backup.h"
#include "printable.h"
#include "report.h"
#include "status.h"
#include "verbs.h"

struct journal_settings {
    uint64_t keep, keep_from;
    bool json;
};

static const struct journal_settings journal_defaults = { .keep = 2 };

static const struct option_spec journal_options[] = {
    { "keep", OPTION_NUMBER, offsetof(struct journal_settings, keep), 2, 1000000, NULL, "N",
      "prune: keep the N newest snapshots" },
    { "keep-from-snapshot", OPTION_NUMBER, offsetof(struct journal_settings, keep_from), 1, UINT64_MAX, NULL, "BATCH",
      "prune: keep the snapshot after BATCH and all later ones, instead" },
    { "json", OPTION_FLAG, offsetof(struct journal_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { .name = NULL },
};

static const char journal_text[] =
    "verify DIR   reads every byte of a journal and its snapshots: sectors, writes, records, chain, hashes\n"
    "list DIR     segments with their first batch, and snapshots\n"
    "copy FROM TO brings a backup up to a journal that a node may be writing; may be stopped and repeated\n"
    "prune DIR    removes snapshots but the newest, and segments that only they needed; keeps two at least\n"
    "\n"
    "A fault is shown with file, byte and reason. The format: docs/journal.md.\n"
    "\n"
    "Keys of --json: action, status (ok, corrupt, gap, version, io, space, locked, alignment, argument), fault;\n"
    "verify and copy: batches, inputs, bytes, first_batch, last_batch, first_time_ns, last_time_ns, chain;\n"
    "segments and snapshots (copy: copied, prune: removed), segments_kept, snapshots_kept; verify and list: files\n"
    "(name, kind, batch, bytes, fault, hash).";

struct journal_listing {
    bool json;
    json_t *files;
};

static json_t *journal_hex(const uint8_t *bytes, size_t size)
{
    char text[2 * 32 + 1] = "";

    for (size_t i = 0; i < size && i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return json_string(text);
}

static void journal_each(void *to, const struct journal_backup_item *item)
{
    struct journal_listing *listing = to;
    json_t *file;

    if (!listing->json) {
        printf("%-26s batch %-12" PRIu64 " %12" PRIu64 " bytes%s%s\n", item->name, item->batch, item->bytes,
               item->fault ? "  " : "", item->fault ? item->fault : "");
        return;
    }
    file = json_object();
    report_set(file, "name", json_string(item->name));
    report_set(file, "kind", json_string(item->snapshot ? "snapshot" : "segment"));
    report_set_count(file, "batch", item->batch);
    report_set_count(file, "bytes", item->bytes);
    report_set(file, "fault", item->fault ? json_string(item->fault) : json_null());
    report_set(file, "hash", item->hash ? journal_hex(item->hash, 32) : json_null());
    json_array_append_new(listing->files, file);
}

static void journal_report(const char *action, enum journal_status status, const struct journal_backup_report *report,
                           json_t *files)
{
    json_t *object = json_object();

    report_set(object, "action", json_string(action));
    report_set(object, "status", json_string(journal_status_name(status)));
    report_set(object, "fault", report->fault[0] ? json_string(report->fault) : json_null());
    report_set_count(object, "segments", report->segments);
    report_set_count(object, "snapshots", report->snapshots);
    report_set_count(object, "segments_kept", report->segments_kept);
    report_set_count(object, "snapshots_kept", report->snapshots_kept);
    report_set_count(object, "batches", report->batches);
    report_set_count(object, "inputs", report->inputs);
    report_set_count(object, "bytes", report->bytes);
    report_set_count(object, "first_batch", report->first_batch);
    report_set_count(object, "last_batch", report->last_batch);
    report_set_count(object, "first_time_ns", report->first_time_ns);
    report_set_count(object, "last_time_ns", report->last_time_ns);
    report_set(object, "chain", journal_hex(report->chain, sizeof report->chain));
    report_set(object, "files", files);
    report_print(object);
}

static void journal_print(const char *action, const struct journal_backup_report *report)
{
    if (strcmp(action, "prune") == 0) {
        printf("removed %" PRIu64 " segments and %" PRIu64 " snapshots; %" PRIu64 " and %" PRIu64 " are left\n",
               report->segments, report->snapshots, report->segments_kept, report->snapshots_kept);
        return;
    }
    if (strcmp(action, "copy") == 0)
        printf("copied %" PRIu64 " segments and %" PRIu64 " snapshots; %" PRIu64 " and %" PRIu64 " were there\n",
               report->segments, report->snapshots, report->segments_kept, report->snapshots_kept);
    if (strcmp(action, "list") != 0) {
        printf("batches %" PRIu64 " (%" PRIu64 " to %" PRIu64 "), inputs %" PRIu64 ", %" PRIu64 " bytes\n",
               report->batches, report->first_batch, report->last_batch, report->inputs, report->bytes);
        printf("time    %" PRIu64 " to %" PRIu64 " ns UTC\nchain   ", report->first_time_ns, report->last_time_ns);
        for (size_t i = 0; i < sizeof report->chain; i++)
            printf("%02x", report->chain[i]);
        printf("\n");
    }
}

static int journal_exit(enum journal_status status)
{
    switch (status) {
    case JOURNAL_OK:
        return EXIT_STATUS_OK;
    case JOURNAL_CORRUPT:
    case JOURNAL_VERSION:
    case JOURNAL_GAP:
        return EXIT_STATUS_FAILED;
    case JOURNAL_ARGUMENT:
        return EXIT_STATUS_USAGE;
    case JOURNAL_LOCKED:
    case JOURNAL_IO:
    case JOURNAL_SPACE:
    case JOURNAL_ALIGNMENT:
        break;
    }
    return EXIT_STATUS_FAULT;
}

static int journal_usage(const char *problem)
{
    printable_error("vitrine journal", problem);
    return EXIT_STATUS_USAGE;
}

static int journal_run(const void *given, const char *const *operands, size_t count)
{
    const struct journal_settings *settings = given;
    const char *action = operands[0];
    bool copy = strcmp(action, "copy") == 0;
    struct journal_listing listing = { .json = settings->json };
    struct journal_backup_report report;
    enum journal_status status;

    if (count != (copy ? 3 : 2))
        return journal_usage(copy ? "copy takes two directories" : "takes one directory");
    listing.files = json_array();
    if (copy)
        status = journal_backup_copy(operands[1], operands[2], &report);
    else if (strcmp(action, "verify") == 0)
        status = journal_backup_verify(operands[1], &report, journal_each, &listing);
    else if (strcmp(action, "list") == 0)
        status = journal_backup_list(operands[1], journal_each, &listing, &report);
    else if (strcmp(action, "prune") == 0)
        status = journal_backup_prune(operands[1], settings->keep, settings->keep_from, &report);
    else {
        json_decref(listing.files);
        return journal_usage("what to do must be one of verify, list, copy, prune");
    }
    if (status != JOURNAL_OK)
        printable_error("vitrine journal", report.fault);
    if (settings->json)
        journal_report(action, status, &report, listing.files);
    else {
        json_decref(listing.files);
        if (status == JOURNAL_OK || (strcmp(action, "verify") == 0 && report.batches))
            journal_print(action, &report);
    }
    return journal_exit(status);
}

const struct verb journal_verb = {
    .name = "journal",
    .operands = "verify|list|copy|prune DIR [TO]",
    .operands_min = 2,
    .operands_max = 3,
    .summary = "verifies, lists, copies and prunes a journal's directory",
    .text = journal_text,
    .options = journal_options,
    .defaults = &journal_defaults,
    .settings_size = sizeof journal_defaults,
    .run = journal_run,
};
