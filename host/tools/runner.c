#include "runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "printable.h"
#include "status.h"

struct batch {
    struct card_command commands[SOURCE_BATCH];
    size_t count;
    uint64_t first; /* number of its first command */
};

static int runner_open_one(struct runner *runner, const struct device_options *options)
{
    enum device_status status;
    struct engine *engine = engine_open(options, runner->error, sizeof runner->error, &status);

    if (engine == NULL) {
        printable_error("vitrine", runner->error);
        return status == DEVICE_ARGUMENT || status == DEVICE_CAPACITY ? EXIT_STATUS_USAGE : EXIT_STATUS_FAULT;
    }
    runner->engine[runner->engine_count++] = engine;
    return EXIT_STATUS_OK;
}

int runner_open(struct runner *runner, const char *engines, const struct device_options *trace)
{
    struct device_options card = trace ? *trace : (struct device_options){ 0 };
    struct device_options model = { .backend = "model" };
    int status = EXIT_STATUS_OK;

    if (card.backend == NULL)
        card.backend = strcmp(engines, "book") == 0 ? "book" : "sim";
    if (strcmp(engines, "model") != 0)
        status = runner_open_one(runner, &card);
    if (status == EXIT_STATUS_OK && runner->engine_count) {
        const struct device_capability *capability = device_capability(runner->engine[0]->device);

        model.markets = capability->markets;
        model.orders = capability->orders;
        model.tick_bits = capability->tick_bits;
    }
    if (status == EXIT_STATUS_OK && (strcmp(engines, "model") == 0 || strcmp(engines, "both") == 0))
        status = runner_open_one(runner, &model);
    if (status != EXIT_STATUS_OK)
        runner_close(runner);
    return status;
}

void runner_close(struct runner *runner)
{
    for (size_t i = 0; i < runner->engine_count; i++)
        engine_destroy(runner->engine[i]);
    runner->engine_count = 0;
}

/* How many of the engine's events answer `commands` commands. */
static size_t runner_count_events(const struct engine *engine, size_t commands)
{
    size_t count = 0;

    while (commands) {
        check(count < engine->event_count);
        commands -= card_event_last(&engine->events[count++]);
    }
    return count;
}

static void runner_explain(struct runner *runner, const struct card_command *command, uint64_t number, size_t event,
                           const char *what)
{
    char *text = runner->error;
    size_t used = (size_t)snprintf(text, sizeof runner->error, "command %" PRIu64 " (%s, market %u, slot %u): %s",
                                   number, card_code_name(command->code), command->market, command->slot, what);

    for (size_t i = 0; i < runner->engine_count && used < sizeof runner->error; i++) {
        const struct engine *engine = runner->engine[i];
        struct card_event shown = { { 0 } };

        if (event < engine->event_count)
            shown = event_hash_canonical(&engine->events[event]);
        used += (size_t)snprintf(text + used, sizeof runner->error - used, "; %s %s %s", engine->name,
                                 card_kind_name(card_event_kind(&shown)), card_reason_name(card_event_reason(&shown)));
        for (int word = 0; word < 8 && used < sizeof runner->error; word++)
            used += (size_t)snprintf(text + used, sizeof runner->error - used, " %016" PRIx64, shown.word[word]);
    }
}

/* Whether both engines gave the same events to the batch. */
static bool runner_compare(struct runner *runner, const struct batch *batch)
{
    struct engine *a = runner->engine[0];
    struct engine *b = runner->engine[runner->engine_count - 1];
    size_t command = 0;

    for (size_t i = 0; a != b && command < batch->count; i++) {
        struct card_event of_a = event_hash_canonical(&a->events[i]);
        struct card_event of_b = event_hash_canonical(&b->events[i]);

        if (memcmp(&of_a, &of_b, sizeof of_a) != 0) {
            runner_explain(runner, &batch->commands[command], batch->first + command, i, "events differ");
            return false;
        }
        command += card_event_last(&of_a);
    }
    return true;
}

/* Whether every event carries its command's tag. */
static bool runner_check_tags(struct runner *runner, const struct batch *batch)
{
    const struct engine *engine = runner->engine[0];
    size_t command = 0;

    for (size_t i = 0; command < batch->count; i++) {
        if (card_event_tag(&engine->events[i]) != batch->commands[command].tag) {
            runner_explain(runner, &batch->commands[command], batch->first + command, i, "answered by another tag");
            return false;
        }
        command += card_event_last(&engine->events[i]);
    }
    return true;
}

/* Hash and cycles of one engine's events of the batch, which are then forgotten. */
static void runner_account(struct engine *engine, const struct batch *batch, size_t events)
{
    size_t command = 0;

    if (engine->cycles)
        cycles_begin(engine->cycles);
    for (size_t i = 0; i < events; i++) {
        const struct card_event *event = &engine->events[i];

        event_hash_add(engine->hash, event);
        if (engine->cycles) {
            cycles_add(engine->cycles, &batch->commands[command], event,
                       engine->after_idle[(batch->first + command) % (2 * SOURCE_BATCH)]);
            if (card_event_last(event))
                cycles_begin(engine->cycles);
        }
        command += card_event_last(event);
    }
    engine_drop(engine, events);
}

static void runner_deliver(struct runner *runner, const struct command_source *source, const struct batch *batch,
                           size_t events)
{
    const struct card_event *event = runner->engine[0]->events;
    size_t command = 0;

    for (size_t i = 0; i < events; i++, event++) {
        const struct card_command *of = &batch->commands[command];

        runner->events[card_event_kind(event) % RUNNER_KINDS][card_event_reason(event) % RUNNER_REASONS]++;
        source->event(source->context, of, event);
        if (card_event_last(event)) {
            runner->commands[of->code % CYCLES_CODES]++;
            command++;
        }
    }
}

/* Waits for the batch's events on every engine and takes them in. */
static enum run_status runner_settle(struct runner *runner, const struct command_source *source,
                                     const struct batch *batch)
{
    size_t events[RUNNER_ENGINES];
    bool equal;

    for (size_t i = 0; i < runner->engine_count; i++) {
        if (engine_settle(runner->engine[i], batch->first + batch->count) != DEVICE_OK) {
            memcpy(runner->error, runner->engine[i]->error, sizeof runner->engine[i]->error);
            return RUN_FAULT;
        }
        events[i] = runner_count_events(runner->engine[i], batch->count);
    }
    equal = runner_check_tags(runner, batch) && runner_compare(runner, batch);
    runner_deliver(runner, source, batch, events[0]);
    for (size_t i = 0; i < runner->engine_count; i++)
        runner_account(runner->engine[i], batch, events[i]);
    return equal ? RUN_DONE : RUN_DIFFERENCE;
}

static void runner_pause(const struct runner *runner, struct engine *engine)
{
    uint32_t value;

    for (unsigned i = 0; i < runner->idle_reads && engine->device; i++)
        device_register(engine->device, CARD_REG_STATUS, &value);
}

/* How many commands are handed over before the next wait. */
static size_t runner_step(const struct runner *runner, const struct batch *batch, size_t done)
{
    size_t step = 1;

    if (runner->one_at_a_time)
        return step;
    while (done + step < batch->count &&
           !(runner->wait_at_fences && batch->commands[done + step - 1].code == CARD_CODE_FENCE))
        step++;
    return step;
}

static enum run_status runner_feed(struct runner *runner, const struct batch *batch)
{
    for (size_t i = 0; i < runner->engine_count; i++) {
        struct engine *engine = runner->engine[i];
        enum device_status status = DEVICE_OK;

        for (size_t done = 0, step; done < batch->count && status == DEVICE_OK; done += step) {
            step = runner_step(runner, batch, done);
            runner_pause(runner, engine);
            status = engine_feed(engine, batch->commands + done, step);
            if (status == DEVICE_OK && (runner->one_at_a_time || runner->wait_at_fences))
                status = engine_settle(engine, batch->first + done + step);
        }
        if (status != DEVICE_OK) {
            memcpy(runner->error, engine->error, sizeof engine->error);
            return RUN_FAULT;
        }
    }
    return RUN_DONE;
}

enum run_status runner_run(struct runner *runner, const struct command_source *source, struct progress *progress)
{
    static struct batch batches[2];
    struct batch *before = &batches[0];
    struct batch *now = &batches[1];
    uint64_t first = runner->engine[0]->submitted;
    enum source_status given = SOURCE_MORE;
    enum run_status status = RUN_DONE;

    before->count = 0;
    before->first = first;
    while (given == SOURCE_MORE && status == RUN_DONE) {
        struct batch *swap = before;

        now->first = first;
        now->count = 0;
        given = source->next(source->context, now->commands, SOURCE_BATCH, &now->count);
        check(now->count <= SOURCE_BATCH);
        for (size_t i = 0; i < now->count; i++)
            now->commands[i].tag = (uint32_t)(first + i);
        first += now->count;
        status = runner_feed(runner, now);
        if (status == RUN_DONE)
            status = runner_settle(runner, source, before);
        before = now;
        now = swap;
        if (progress)
            progress_show(progress, first);
    }
    if (status == RUN_DONE)
        status = runner_settle(runner, source, before);
    if (progress)
        progress_end(progress);
    return status == RUN_DONE && given == SOURCE_BAD ? RUN_BAD_INPUT : status;
}

const struct engine *runner_engine(const struct runner *runner, const char *name)
{
    for (size_t i = 0; i < runner->engine_count; i++)
        if (strcmp(runner->engine[i]->name, name) == 0)
            return runner->engine[i];
    return NULL;
}

bool runner_agrees(const struct runner *runner)
{
    return event_hash_value(runner->engine[0]->hash) ==
           event_hash_value(runner->engine[runner->engine_count - 1]->hash);
}

uint64_t runner_command_count(const struct runner *runner)
{
    uint64_t count = 0;

    for (int code = 0; code < CYCLES_CODES; code++)
        count += runner->commands[code];
    return count;
}

uint64_t runner_kind_count(const struct runner *runner, enum card_kind kind)
{
    uint64_t count = 0;

    for (int reason = 0; reason < RUNNER_REASONS; reason++)
        count += runner->events[kind][reason];
    return count;
}
