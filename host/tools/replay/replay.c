#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"
#include "replay_settings.h"
#include "status.h"
#include "text_input.h"
#include "verbs.h"

const char *const verb_engines[] = { "sim", "model", "both", NULL };

#define REPLAY_CHECK_EVERY 500

static const struct replay_settings replay_defaults = { .engine = "both", .check_every = REPLAY_NOT_GIVEN };

static const struct option_spec replay_options[] = {
    { "book", OPTION_TEXT, offsetof(struct replay_settings, book), 0, 0, NULL, "FILE",
      "LOBSTER book file, if it is not beside the message file" },
    { "levels", OPTION_NUMBER, offsetof(struct replay_settings, levels), 1, 512, NULL, "N",
      "compare only the N best levels of a side" },
    { "engine", OPTION_CHOICE, offsetof(struct replay_settings, engine), 0, 0, verb_engines, "NAME",
      "what runs the commands" },
    { "device", OPTION_TEXT, offsetof(struct replay_settings, device), 0, 0, NULL, "NAME",
      "with --engine sim or both, instead of the simulated card: serial:PATH or serial:PATH@BAUD" },
    { "limit", OPTION_NUMBER, offsetof(struct replay_settings, limit), 1, UINT32_MAX, NULL, "ROWS",
      "stop after so many rows or lines" },
    { "check-every", OPTION_NUMBER, offsetof(struct replay_settings, check_every), 0, UINT32_MAX, NULL, "ROWS",
      "read all visible levels back every so many rows, 0 never, 500 if not given" },
    { "wait-at-fences", OPTION_FLAG, offsetof(struct replay_settings, wait_at_fences), 0, 0, NULL, NULL,
      "own format: send nothing behind a fence before all is answered and the card is still" },
    { "json", OPTION_FLAG, offsetof(struct replay_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { "trace", OPTION_TEXT, offsetof(struct replay_settings, trace), 0, 0, NULL, "FILE.fst",
      "write a waveform of the card" },
    { "trace-from", OPTION_NUMBER, offsetof(struct replay_settings, trace_from), 0, INT64_MAX, NULL, "CYCLE",
      "its first cycle" },
    { "trace-to", OPTION_NUMBER, offsetof(struct replay_settings, trace_to), 0, INT64_MAX, NULL, "CYCLE",
      "the cycle behind its last, 0 for the end" },
    { .name = NULL },
};

static const char replay_text[] =
    "Runs recorded order flow through the simulated card and its model in step and checks it against the record.\n"
    "\n"
    "FILE is a LOBSTER archive (zip) as published, a LOBSTER message file (csv or csv.gz; its book file is found\n"
    "beside it by name), or a file in our own format (text or gzip, docs/replay-format.md).\n"
    "\n"
    "LOBSTER: adds rest, reductions and deletions hit their order, executions of visible orders come as IOC orders of\n"
    "the other side and must fill just the order that the record names; where they meet another it is counted and\n"
    "listed, and the book is brought back to the record. After every row all visible levels of both sides, mirrored\n"
    "from the events, must equal the book file; every --check-every rows they are read back from the card as well.\n"
    "\n"
    "--device serial:PATH replays on a card behind a serial line, such as the board of bitstreams/board_ulx3s, whose\n"
    "markets, orders and window must be enough for FILE; --engine both compares it with the model.\n"
    "\n"
    "Our own format: a statement that is not as described stops the replay with file:line, and the card's refusals\n"
    "are listed with their lines. Market settings whose bands cross, reject the reference or protect nothing are\n"
    "warned of on stderr. --book, --levels and --check-every are for LOBSTER only.\n"
    "\n"
    "Keys of --json for both: rows; rows_compared (LOBSTER: 0 without a book file; own format: expect lines),\n"
    "rows_equal; executions, maker_right, maker_wrong; unknown_orders (messages or lines that name an order which no\n"
    "earlier one added); fills; hidden_executions; commands; cycles_per_command, first_fill_cycles (mean, p50, p99,\n"
    "p999, max; null without a card); commands_per_second (of the card's simulation, or of the model alone);\n"
    "hash_card, hash_model (null for one that did not run).\n"
    "LOBSTER besides: rows_corrected (rows whose level sizes the record's orders do not add up to); levels (of the\n"
    "book file); wrong (list of row, named, met: the first executions that met another order); unknown_ids (how many\n"
    "orders the messages of unknown_orders name); unplaced (messages whose order is not in the book); outside_window\n"
    "(prices the card's window does not hold); crossed (adds that would have traded, left out); rejected (commands\n"
    "that the card refused); levels_read, levels_read_equal (read back from the card).\n"
    "Own format besides: rejected (commands that the card refused); refused (the first 20 of them: line, command,\n"
    "reason); mirror_errors (events that contradict earlier ones); markets (by name: orders, digest).\n"
    "\n"
    "The waveform of --trace has two units of time a cycle; --trace-from and --trace-to are cycles.\n"
    "\n"
    "cycles_per_command: from the cycle in which the book accepts a command to that in which it accepts the next one;\n"
    "pairs whose later command was handed over while the card had nothing to do are left out. first_fill_cycles: from\n"
    "a command's acceptance to its first fill, where it has one. commands_per_second counts the time spent in the\n"
    "engine, not in parsing and checking. Hashes are XXH64 over all events, without sequence, stamps, session and\n"
    "phase.\n"
    "\n"
    "Exit status: 0 all checks hold; 1 a row differs or card and model disagree; 2 bad usage or input; 3 device fault.";

struct device_options replay_device_options(const struct replay_settings *settings)
{
    return (struct device_options){ .backend = settings->device,
                                    .trace_path = settings->trace,
                                    .trace_from_cycle = settings->trace_from,
                                    .trace_to_cycle = settings->trace_to };
}

/* LOBSTER's files are comma-separated numbers. */
static int replay_is_lobster(const char *path, char *error)
{
    struct text_input *input;
    enum text_status status;
    size_t length = 0;
    char *line = NULL;
    int lobster;

    if (text_input_is_zip(path))
        return 1;
    input = text_input_open(path, "", error);
    if (input == NULL)
        return -1;
    status = text_input_line(input, &line, &length);
    if (status == TEXT_BAD)
        snprintf(error, TEXT_ERROR_MAX, "%s", text_input_error(input));
    if (status == TEXT_END)
        snprintf(error, TEXT_ERROR_MAX, "%.300s:1: the file is empty", path);
    lobster = status != TEXT_LINE ? -1 : length && *line >= '0' && *line <= '9' && strchr(line, ',') != NULL;
    text_input_close(input);
    return lobster;
}

static bool replay_can_write(const char *path)
{
    FILE *file = fopen(path, "ab");

    if (file)
        fclose(file);
    return file != NULL;
}

static int replay_check_settings(const struct replay_settings *settings)
{
    const char *error = NULL;
    char message[1024];

    if (settings->device && strcmp(settings->engine, "model") == 0)
        error = "--device: the model is no device; use --engine sim or both";
    else if (settings->device && settings->trace)
        error = "--trace: only the simulated card has a waveform";
    else if (settings->trace && strcmp(settings->engine, "model") == 0)
        error = "--trace: the model has no waveform; use --engine sim or both";
    else if (!settings->trace && (settings->trace_from || settings->trace_to))
        error = "--trace-from and --trace-to go with --trace FILE";
    else if (settings->trace_to && settings->trace_to < settings->trace_from)
        error = "--trace-to lies before --trace-from";
    else if (settings->trace && !replay_can_write(settings->trace))
        error = "--trace: the file can't be written";
    if (error) {
        snprintf(message, sizeof message, "%s%s%s", error, settings->trace ? ": " : "",
                 settings->trace ? settings->trace : "");
        printable_error("vitrine replay", message);
    }
    return error ? EXIT_STATUS_USAGE : EXIT_STATUS_OK;
}

void replay_warn_trace(const struct replay_settings *settings, uint64_t cycles)
{
    if (settings->trace && settings->trace_to && settings->trace_to == settings->trace_from)
        fprintf(stderr, "vitrine replay: warning: nothing was traced: no cycle lies before --trace-to %" PRIu64 "\n",
                settings->trace_to);
    else if (settings->trace && settings->trace_from >= cycles)
        fprintf(stderr,
                "vitrine replay: warning: nothing was traced: --trace-from %" PRIu64 ", and the run ended after "
                "%" PRIu64 " cycles\n",
                settings->trace_from, cycles);
}

/* An option that only LOBSTER's files have a use for, NULL if none was given. */
static const char *replay_lobster_option(const struct replay_settings *settings)
{
    return settings->book                              ? "--book"
           : settings->levels                          ? "--levels"
           : settings->check_every != REPLAY_NOT_GIVEN ? "--check-every"
                                                       : NULL;
}

static int replay_run(const void *given, const char *const *operands, size_t count)
{
    struct replay_settings settings = *(const struct replay_settings *)given;
    char error[TEXT_ERROR_MAX];
    int lobster;

    (void)count;
    if (replay_check_settings(&settings) != EXIT_STATUS_OK)
        return EXIT_STATUS_USAGE;
    lobster = replay_is_lobster(operands[0], error);
    if (lobster < 0) {
        printable_error("vitrine replay", error);
        return EXIT_STATUS_USAGE;
    }
    if (!lobster && replay_lobster_option(&settings)) {
        snprintf(error, sizeof error, "%s: %.300s is in our own format; the option is for LOBSTER files",
                 replay_lobster_option(&settings), operands[0]);
        printable_error("vitrine replay", error);
        return EXIT_STATUS_USAGE;
    }
    if (settings.check_every == REPLAY_NOT_GIVEN)
        settings.check_every = REPLAY_CHECK_EVERY;
    return lobster ? replay_lobster(&settings, operands[0]) : replay_flow(&settings, operands[0]);
}

const struct verb replay_verb = {
    .name = "replay",
    .operands = "FILE",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "recorded order flow through card and model, checked against the record",
    .text = replay_text,
    .options = replay_options,
    .defaults = &replay_defaults,
    .settings_size = sizeof replay_defaults,
    .run = replay_run,
};
