#include <stdio.h>
#include <string.h>

#include "replay_settings.h"
#include "status.h"
#include "text_input.h"
#include "verbs.h"

const char *const verb_engines[] = { "sim", "model", "both", NULL };

static const struct replay_settings replay_defaults = { .engine = "both", .check_every = 500 };

static const struct option_spec replay_options[] = {
    { "book", OPTION_TEXT, offsetof(struct replay_settings, book), 0, 0, NULL, "FILE",
      "LOBSTER book file, if it is not beside the message file" },
    { "levels", OPTION_NUMBER, offsetof(struct replay_settings, levels), 1, 512, NULL, "N",
      "compare only the N best levels of a side" },
    { "engine", OPTION_CHOICE, offsetof(struct replay_settings, engine), 0, 0, verb_engines, "NAME",
      "what runs the commands" },
    { "limit", OPTION_NUMBER, offsetof(struct replay_settings, limit), 1, UINT32_MAX, NULL, "ROWS",
      "stop after so many rows or lines" },
    { "check-every", OPTION_NUMBER, offsetof(struct replay_settings, check_every), 0, UINT32_MAX, NULL, "ROWS",
      "read all visible levels back every so many rows, 0 never" },
    { "json", OPTION_FLAG, offsetof(struct replay_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { "trace", OPTION_TEXT, offsetof(struct replay_settings, trace), 0, 0, NULL, "FILE.fst",
      "write a waveform of the card" },
    { "trace-from", OPTION_NUMBER, offsetof(struct replay_settings, trace_from), 0, INT64_MAX, NULL, "CYCLE",
      "its first cycle" },
    { "trace-to", OPTION_NUMBER, offsetof(struct replay_settings, trace_to), 0, INT64_MAX, NULL, "CYCLE",
      "its last cycle, 0 for the end" },
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
    "Keys of --json: rows; rows_compared (0 without a book file), rows_equal; executions, maker_right, maker_wrong;\n"
    "unknown_orders (messages that name an order which no earlier row added), unknown_ids (how many orders those\n"
    "are); fills; hidden_executions; cycles_per_command, first_fill_cycles (mean, p50, p99, p999, max; null without\n"
    "a card); commands_per_second (of the card's simulation, or of the model alone); hash_card, hash_model.\n"
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
    return (struct device_options){ .trace_path = settings->trace,
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

    if (settings->trace && strcmp(settings->engine, "model") == 0)
        error = "--trace: the model has no waveform; use --engine sim or both";
    else if (!settings->trace && (settings->trace_from || settings->trace_to))
        error = "--trace-from and --trace-to go with --trace FILE";
    else if (settings->trace_to && settings->trace_to < settings->trace_from)
        error = "--trace-to lies before --trace-from";
    else if (settings->trace && !replay_can_write(settings->trace))
        error = "--trace: the file can't be written";
    if (error)
        fprintf(stderr, "vitrine replay: %s%s%s\n", error, settings->trace ? ": " : "",
                settings->trace ? settings->trace : "");
    return error ? EXIT_STATUS_USAGE : EXIT_STATUS_OK;
}

static int replay_run(const void *given, const char *const *operands, size_t count)
{
    const struct replay_settings *settings = given;
    char error[TEXT_ERROR_MAX];
    int lobster;

    (void)count;
    if (replay_check_settings(settings) != EXIT_STATUS_OK)
        return EXIT_STATUS_USAGE;
    lobster = replay_is_lobster(operands[0], error);
    if (lobster < 0) {
        fprintf(stderr, "vitrine replay: %s\n", error);
        return EXIT_STATUS_USAGE;
    }
    return lobster ? replay_lobster(settings, operands[0]) : replay_flow(settings, operands[0]);
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
