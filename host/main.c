/* The one program: wiring only. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "client_verbs.h"
#include "contract.h"
#include "printable.h"
#include "status.h"
#include "verbs.h"

#define VITRINE_VERSION "0.1.0"

static int help_run(const void *settings, const char *const *operands, size_t count);

static const struct option_spec help_options[] = { { .name = NULL } };

static const struct verb help_verb = {
    .name = "help",
    .operands = "[VERB]",
    .operands_max = 1,
    .summary = "this list, or a verb's page",
    .text = "Prints the list of verbs, or one verb's page.",
    .options = help_options,
    .run = help_run,
};

static const struct verb *const verbs[] = {
    &demo_verb,    &serve_verb, &admin_verb, &client_verb, &load_verb, &audit_verb,
    &journal_verb, &replay_verb, &flow_verb, &bench_verb,  &scenario_verb, &feed_verb,
    &card_verb,    &help_verb,
};

#define VERB_COUNT (sizeof verbs / sizeof *verbs)

static const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static void help_list(FILE *file)
{
    fprintf(file, "vitrine VERB [options]\n\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(file, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    fprintf(file, "\n`vitrine help VERB` says more. `vitrine version` prints the version.\n"
                  "Exit status: 0 success, 1 the check that ran failed, 2 bad usage or input, 3 a fault of disk,\n"
                  "device or peer.\n");
}

static int verb_unknown(const char *name)
{
    char shown[256];

    printable_write(name, shown, sizeof shown);
    fprintf(stderr, "vitrine: %s: no such verb\n\n", shown);
    help_list(stderr);
    return EXIT_STATUS_USAGE;
}

static int help_run(const void *settings, const char *const *operands, size_t count)
{
    const struct verb *verb = count ? verb_find(operands[0]) : NULL;

    (void)settings;
    if (count && verb == NULL)
        return verb_unknown(operands[0]);
    if (verb)
        args_print_help(verb);
    else
        help_list(stdout);
    return EXIT_STATUS_OK;
}

static int verb_start(const struct verb *verb, int count, char **arguments)
{
    static struct args args;
    char error[256], shown[1024];

    if (!args_parse(&args, verb, count, arguments, error, sizeof error)) {
        printable_write(error, shown, sizeof shown);
        fprintf(stderr, "vitrine %s: %s\n(see: vitrine help %s)\n", verb->name, shown, verb->name);
        return EXIT_STATUS_USAGE;
    }
    if (args.help) {
        args_print_help(verb);
        return EXIT_STATUS_OK;
    }
    return verb->run(args.settings, args.operands, args.operand_count);
}

static bool main_is(const char *word, const char *option, const char *letter, const char *name)
{
    return strcmp(word, option) == 0 || strcmp(word, letter) == 0 || strcmp(word, name) == 0;
}

static int main_run(int count, char **arguments)
{
    const struct verb *verb;

    if (count < 2) {
        help_list(stderr);
        return EXIT_STATUS_USAGE;
    }
    if (main_is(arguments[1], "--version", "-V", "version")) {
        printf("vitrine %s (contract %u.%u)\n", VITRINE_VERSION, CARD_VERSION_MAJOR, CARD_VERSION_MINOR);
        return EXIT_STATUS_OK;
    }
    verb = verb_find(main_is(arguments[1], "--help", "-h", "help") ? "help" : arguments[1]);
    return verb ? verb_start(verb, count - 2, arguments + 2) : verb_unknown(arguments[1]);
}

static int main_cannot_write(int error)
{
    fprintf(stderr, "vitrine: can't write the report: %s\n", error ? strerror(error) : "write error");
    return EXIT_STATUS_FAULT;
}

int main(int count, char **arguments)
{
    int status;

    if (fcntl(STDOUT_FILENO, F_GETFD) == -1) /* closed: the next file opened would take its place */
        return main_cannot_write(errno);
    status = main_run(count, arguments);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout))
        return main_cannot_write(errno);
    return status;
}
