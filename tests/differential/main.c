/* The differential test: the Verilated book against the model, event by event. See tests/differential/run. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book_sim.h"
#include "directed.h"
#include "flow.h"
#include "model.h"

enum { CHUNK = 512, EVENTS_MAX = 1 << 22 };

/* A chunk that takes longer hangs; besides, resets, digests and scans may take some cycles for each slot. */
#define CYCLES_MAX 4000000u

struct options {
    uint64_t commands, first_seed, seeds, stop_after;
    const char *size, *trace;
    bool verbose;
};

struct expected {
    struct card_event *event;
    size_t count;
    struct flow *flow;
    const struct card_command *command;
};

static void collect(void *context, const struct card_event *event)
{
    struct expected *expected = context;
    if (expected->count == EVENTS_MAX) {
        fprintf(stderr, "differential: more than %d events in %d commands\n", EVENTS_MAX, CHUNK);
        exit(3);
    }
    expected->event[expected->count++] = *event;
    flow_answer(expected->flow, expected->command, event);
}

/* Everything but arrival, delay and phase; events counted from `first`. */
static struct card_event comparable(const struct card_event *event, uint32_t first)
{
    struct card_event copy = *event;
    card_event_set_arrival(&copy, 0);
    card_event_set_delay(&copy, 0);
    card_event_set_phase(&copy, 0);
    card_event_set_sequence(&copy, card_event_sequence(event) - first);
    return copy;
}

static void print_event(const char *who, const struct card_event *e)
{
    printf("  %-5s seq %" PRIu64 " tag %" PRIu64 " market %" PRIu64 " %s/%s%s%s taker %" PRIu64 ".%" PRIu64 " (%" PRIu64
           ") maker %" PRIu64 ".%" PRIu64 " (%" PRIu64 ") price %" PRIu64 " quantity %" PRIu64 " left %" PRIu64
           "/%" PRIu64 " level %" PRIu64 ": %s %" PRIu64 " best %" PRIu64 ":%" PRIu64 " session %" PRIu64 "\n",
           who, card_event_sequence(e), card_event_tag(e), card_event_market(e), card_kind_name(card_event_kind(e)),
           card_reason_name(card_event_reason(e)), card_event_last(e) ? " last" : "",
           card_event_more(e) ? " more" : "", card_event_taker_slot(e), card_event_taker_generation(e),
           card_event_taker_owner(e), card_event_maker_slot(e), card_event_maker_generation(e),
           card_event_maker_owner(e), card_event_price(e), card_event_quantity(e), card_event_taker_remaining(e),
           card_event_maker_remaining(e), card_event_level_valid(e), card_event_side(e) ? "ask" : "bid",
           card_event_aggregate(e), card_event_best_valid(e), card_event_best_price(e), card_event_session(e));
}

static void print_command(const struct card_command *c)
{
    printf("  %s market %u tag %u slot %u.%u->%u flags %02x owner %u price %u->%u count %u quantity %" PRId64 "\n",
           card_code_name(c->code), c->market, c->tag, c->slot, c->generation, c->new_generation, c->flags,
           c->order.owner, c->order.price, c->order.new_price, c->order.count, c->order.quantity);
}

struct run {
    const struct book_sim_size *size;
    bool directed;
    uint64_t seed, commands_done, events_done, cycles;
    struct card_command commands[CHUNK];
    struct expected expected;
    struct card_event *got;
    size_t got_count;
};

/* Reports the first event that differs. The commands up to it are the shortest prefix that fails. */
static void report(const struct run *run, size_t at)
{
    const struct card_event *want = at < run->expected.count ? &run->expected.event[at] : NULL;
    const struct card_event *got = at < run->got_count ? &run->got[at] : NULL;
    uint64_t tag = card_event_tag(want ? want : got);
    uint64_t index = run->commands_done;
    const struct card_command *command = NULL;
    for (size_t i = 0; i < CHUNK; i++)
        if (run->commands[i].tag == tag) {
            command = &run->commands[i];
            index += i;
            break;
        }
    printf("DIFFERENCE size %s seed %" PRIu64 " command %" PRIu64 " event %" PRIu64 " cycle about %" PRIu64 "\n",
           run->size->name, run->seed, index, run->events_done + at, run->cycles);
    if (command)
        print_command(command);
    if (want)
        print_event("model", want);
    if (got)
        print_event("rtl", got);
    else
        printf("  rtl   no further event\n");
    if (!run->seed || run->directed) {
        printf("  in the hand-written sequences (directed.c)\n");
        return;
    }
    printf("  again: tests/differential/run --size %s --first-seed %" PRIu64 " --seeds 1 --commands %" PRIu64
           " --trace FILE.fst\n", run->size->name, run->seed, index + 1);
}

static bool equal_events(struct run *run)
{
    size_t common = run->got_count < run->expected.count ? run->got_count : run->expected.count;
    for (size_t i = 0; i < common; i++) {
        struct card_event want = comparable(&run->expected.event[i], 0);
        struct card_event got = comparable(&run->got[i], run->size->first_sequence);
        if (memcmp(&want, &got, sizeof want)) {
            report(run, i);
            return false;
        }
    }
    if (run->got_count != run->expected.count) {
        report(run, common);
        return false;
    }
    return true;
}

/* `directed` is NULL for random commands of the run's seed. */
static bool run_seed(struct run *run, size_t size_index, uint64_t commands, const struct card_command *directed,
                     const char *trace)
{
    const struct book_sim_size *size = run->size;
    uint64_t start = run->seed % 3 == 0 ? CARD_STAMP_MAX - 5000 : 0;
    struct model_size model_size = {size->markets, size->orders, size->tick_bits};
    struct model *model = model_create(&model_size, 1);
    struct book_sim *book = book_sim_create(size_index, 1, start, trace);
    struct flow *flow = flow_create(run->seed, size->markets, size->orders, size->tick_bits, 1);
    if (!model || !book || !flow) {
        fprintf(stderr, "differential: no memory for size %s\n", size->name);
        exit(3);
    }
    /* a third without stalls, a third with few, a third with many */
    unsigned stall = run->seed % 3 == 1 ? 20 : run->seed % 3 == 2 ? 160 : 0;
    book_sim_stall(book, run->seed, run->seed % 5 == 0 ? 0 : stall, run->seed % 7 == 0 ? 0 : stall);
    run->expected.flow = flow;
    run->directed = directed != NULL;
    run->commands_done = run->events_done = 0;
    bool equal = true;
    while (equal && run->commands_done < commands) {
        size_t count = commands - run->commands_done < CHUNK ? (size_t)(commands - run->commands_done) : CHUNK;
        run->expected.count = 0;
        for (size_t i = 0; i < count; i++) {
            if (directed)
                run->commands[i] = directed[run->commands_done + i];
            else
                flow_next(flow, &run->commands[i]);
            run->expected.command = &run->commands[i];
            model_apply(model, &run->commands[i], collect, &run->expected);
        }
        size_t taken;
        book_sim_run(book, run->commands, count, &taken, run->got, EVENTS_MAX, &run->got_count, count,
                     CYCLES_MAX + 64ull * size->orders);
        run->cycles = book_sim_cycles(book);
        equal = equal_events(run);
        if (equal && book_sim_fault(book)) {
            printf("DIFFERENCE size %s seed %" PRIu64 ": fault %s\n", size->name, run->seed,
                   card_fault_name(book_sim_fault(book)));
            equal = false;
        }
        const char *broken = equal ? model_check(model) : NULL;
        if (broken) {
            printf("DIFFERENCE size %s seed %" PRIu64 ": the model is broken: %s\n", size->name, run->seed, broken);
            equal = false;
        }
        run->commands_done += count;
        run->events_done += run->expected.count;
    }
    flow_destroy(flow);
    book_sim_destroy(book);
    model_destroy(model);
    return equal;
}

static uint64_t number(const char *option, const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end) {
        fprintf(stderr, "differential: %s: '%s' is not a number\n", option, text);
        exit(2);
    }
    return value;
}

static struct options parse(int argc, char **argv)
{
    static const struct option names[] = {
        {"commands", required_argument, NULL, 'c'}, {"seeds", required_argument, NULL, 's'},
        {"first-seed", required_argument, NULL, 'f'}, {"size", required_argument, NULL, 'z'},
        {"trace", required_argument, NULL, 't'}, {"verbose", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
    struct options options = {.commands = 1000000, .first_seed = 1, .seeds = 10};
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        switch (option) {
        case 'c': options.commands = number("--commands", optarg); break;
        case 's': options.seeds = number("--seeds", optarg); break;
        case 'f': options.first_seed = number("--first-seed", optarg); break;
        case 'z': options.size = optarg; break;
        case 't': options.trace = optarg; break;
        case 'v': options.verbose = true; break;
        default:
            fprintf(stderr, "usage: differential [--commands N] [--seeds M] [--first-seed S] [--size NAME] "
                            "[--trace FILE] [--verbose]\n");
            exit(2);
        }
    return options;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    static struct run run;
    static struct card_command directed[DIRECTED_COMMANDS_MAX];
    run.expected.event = malloc(EVENTS_MAX * sizeof *run.expected.event);
    run.got = malloc(EVENTS_MAX * sizeof *run.got);
    if (!run.expected.event || !run.got || !options.seeds) {
        fprintf(stderr, "differential: %s\n", options.seeds ? "no memory" : "--seeds must be at least 1");
        return options.seeds ? 3 : 2;
    }
    size_t count, differences = 0, runs = 0;
    const struct book_sim_size *sizes = book_sim_sizes(&count);
    uint64_t total_commands = 0, total_events = 0, total_cycles = 0;
    for (size_t i = 0; i < count; i++) {
        if (options.size && strcmp(options.size, sizes[i].name))
            continue;
        run.size = &sizes[i];
        for (run.seed = 0; run.seed < 3 && !options.trace; run.seed++) {
            /* the hand-written sequences, without stalls, with few and with many */
            size_t length = directed_commands(directed, DIRECTED_COMMANDS_MAX, sizes[i].markets, sizes[i].orders,
                                              sizes[i].tick_bits, 1);
            if (!run_seed(&run, i, length, directed, NULL))
                differences++;
            runs++;
            total_commands += run.commands_done;
            total_events += run.events_done;
            total_cycles += run.cycles;
        }
        for (uint64_t s = 0; s < options.seeds; s++) {
            run.seed = options.first_seed + s;
            /* the commands are shared out over sizes and seeds, unless one size is asked for */
            uint64_t share = options.commands / (options.seeds * (options.size ? 1 : count));
            if (!run_seed(&run, i, share ? share : 1, NULL, options.trace))
                differences++;
            runs++;
            total_commands += run.commands_done;
            total_events += run.events_done;
            total_cycles += run.cycles;
            if (options.verbose)
                printf("size %s seed %" PRIu64 ": %" PRIu64 " commands, %" PRIu64 " events, %" PRIu64 " cycles\n",
                       run.size->name, run.seed, run.commands_done, run.events_done, run.cycles);
            if (differences >= 5)
                break;
        }
    }
    if (!runs) {
        fprintf(stderr, "differential: no size '%s'; there are:", options.size);
        for (size_t i = 0; i < count; i++)
            fprintf(stderr, " %s", sizes[i].name);
        fprintf(stderr, "\n");
        return 2;
    }
    printf("%zu runs, %" PRIu64 " commands, %" PRIu64 " events, %" PRIu64 " cycles, %zu differences\n", runs,
           total_commands, total_events, total_cycles, differences);
    return differences ? 1 : 0;
}
