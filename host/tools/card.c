#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "engine.h"
#include "printable.h"
#include "report.h"
#include "status.h"
#include "verbs.h"

struct card_settings {
    const char *engine;
    bool json;
};

static const struct card_settings card_defaults = { .engine = "sim" };

static const char *const card_engines[] = { "sim", "model", NULL };

static const struct option_spec card_options[] = {
    { "engine", OPTION_CHOICE, offsetof(struct card_settings, engine), 0, 0, card_engines, "NAME", "which device" },
    { "json", OPTION_FLAG, offsetof(struct card_settings, json), 0, 0, NULL, NULL, "print one JSON object" },
    { .name = NULL },
};

static const char card_text[] =
    "Opens the card (today its simulation, or the plain book), tests it with a short sequence of commands whose\n"
    "events are known, and prints identity, capability, the hash of its RTL sources, and counters.\n"
    "\n"
    "Keys of --json: engine, version, rtl_hash, capability (markets, orders, tick_bits, command_slots, ring_log2_max,\n"
    "read_latency), counters, stalls and rejects by name (empty for the model), self_test (passed, failed).";

/* What the self-test sends, and what must come back. */
enum { TEST_BASE = 1024, TEST_PRICE = 1040 };

struct card_test {
    struct card_command command;
    enum card_kind kind;
    enum card_reason reason;
    uint64_t quantity, aggregate;
};

#define TEST_LENGTH 9

static void card_test_make(struct card_test *test)
{
    struct command_handle maker = { .slot = 0, .price = TEST_PRICE, .generation = 1 };
    struct command_handle taker = { .slot = 1, .price = TEST_PRICE, .generation = 1 };
    unsigned ioc = CARD_SIDE_BUY | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT;

    test[0] = (struct card_test){ command_mark_all(0, TEST_PRICE * CARD_FIXED_ONE), CARD_KIND_DONE, 0, 0, 0 };
    test[1] = (struct card_test){ command_open_wide(0, TEST_BASE), CARD_KIND_DONE, 0, 0, 0 };
    test[2] = (struct card_test){ command_enter(CARD_CODE_NEW, maker, 1, CARD_SIDE_SELL, 10), CARD_KIND_RESTED, 0,
                                  10, 10 };
    test[3] = (struct card_test){ command_enter(CARD_CODE_NEW, taker, 2, ioc, 4), CARD_KIND_FILL, 0, 4, 6 };
    test[4] = (struct card_test){ command_touch(CARD_CODE_REDUCE, maker, 1), CARD_KIND_REDUCED, 0, 1, 5 };
    test[5] = (struct card_test){ command_read_level(0, TEST_PRICE), CARD_KIND_DATA, 0, 0, 5 };
    test[6] = (struct card_test){ command_touch(CARD_CODE_CANCEL, maker, 0), CARD_KIND_REMOVED, 0, 5, 0 };
    test[7] = (struct card_test){ command_touch(CARD_CODE_CANCEL, maker, 0), CARD_KIND_REJECTED,
                                  CARD_REASON_STALE_ORDER, 0, 0 };
    test[8] = (struct card_test){ command_read_digest(0), CARD_KIND_DATA, 0, 0, 0 };
}

static bool card_test_holds(const struct card_test *test, const struct card_event *event)
{
    return card_event_kind(event) == (uint64_t)test->kind && card_event_reason(event) == (uint64_t)test->reason &&
           card_event_quantity(event) == test->quantity && card_event_aggregate(event) == test->aggregate &&
           card_event_last(event);
}

/* Runs the test; *failed is how many answers were wrong. */
static enum device_status card_self_test(struct engine *engine, size_t *failed)
{
    struct card_test test[TEST_LENGTH];
    struct card_command commands[TEST_LENGTH];
    enum device_status status;

    card_test_make(test);
    for (size_t i = 0; i < TEST_LENGTH; i++)
        commands[i] = test[i].command;
    status = engine_feed(engine, commands, TEST_LENGTH);
    if (status == DEVICE_OK)
        status = engine_settle(engine, TEST_LENGTH);
    if (status != DEVICE_OK)
        return status;
    *failed = 0;
    for (size_t i = 0; i < TEST_LENGTH; i++)
        *failed += i >= engine->event_count || !card_test_holds(&test[i], &engine->events[i]);
    return DEVICE_OK;
}

static const struct counter {
    const char *name;
    uint32_t offset;
} counters[] = {
    { "commands", CARD_REG_COMMANDS },
    { "events", CARD_REG_EVENTS },
    { "command_high_water", CARD_REG_COMMAND_HIGH_WATER },
    { "event_high_water", CARD_REG_EVENT_HIGH_WATER },
    { "bad_writes", CARD_REG_BAD_WRITES },
    { "ring_full", CARD_REG_RING_FULL },
    { "heartbeat", CARD_REG_HEARTBEAT },
    { "oldest_age", CARD_REG_OLDEST_AGE },
    { "fault", CARD_REG_FAULT },
};

/* Adds a register's value; one that the device does not have is left out. */
static void card_add_register(json_t *object, struct device *device, const char *name, uint32_t offset)
{
    uint32_t value = 0;

    if (device_register(device, offset, &value) == DEVICE_OK)
        report_set_count(object, name, value);
}

static json_t *card_describe(struct engine *engine, const char *name, size_t failed)
{
    const struct device_capability *card = device_capability(engine->device);
    json_t *object = json_object();
    json_t *capability = json_object();
    json_t *values = json_object();
    json_t *stalls = json_object();
    json_t *rejects = json_object();
    json_t *test = json_object();
    char text[2 * sizeof card->rtl_hash + 1];

    snprintf(text, sizeof text, "%u.%u", card->version >> 16, card->version & 0xFFFF);
    report_set(object, "engine", json_string(name));
    report_set(object, "version", json_string(text));
    for (size_t i = 0; i < sizeof card->rtl_hash; i++)
        snprintf(text + 2 * i, 3, "%02x", card->rtl_hash[i]);
    report_set(object, "rtl_hash", json_string(text));
    report_set_count(capability, "markets", card->markets);
    report_set_count(capability, "orders", card->orders);
    report_set_count(capability, "tick_bits", card->tick_bits);
    report_set_count(capability, "command_slots", card->command_slots);
    report_set_count(capability, "ring_log2_max", card->ring_log2_max);
    report_set_count(capability, "read_latency", card->read_latency);
    report_set(object, "capability", capability);
    if (engine->cycles) {
        report_set_count(values, "cycles", device_cycles(engine->device));
        for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
            card_add_register(values, engine->device, counters[i].name, counters[i].offset);
        for (uint32_t i = 0; i < CARD_REG_STALL_COUNT; i++)
            card_add_register(stalls, engine->device, card_stall_name(i), CARD_REG_STALL + 4 * i);
        for (uint32_t i = 1; i < CARD_REG_REJECTS_COUNT && strcmp(card_reason_name(i), "?") != 0; i++)
            card_add_register(rejects, engine->device, card_reason_name(i), CARD_REG_REJECTS + 4 * i);
    }
    report_set(object, "counters", values);
    report_set(object, "stalls", stalls);
    report_set(object, "rejects", rejects);
    report_set_count(test, "passed", TEST_LENGTH - failed);
    report_set_count(test, "failed", failed);
    report_set(object, "self_test", test);
    return object;
}

/* The same for people: what has no value is not shown. */
static void card_print(json_t *object)
{
    const char *key, *inner;
    json_t *value, *number;

    json_object_foreach(object, key, value) {
        bool all = strcmp(key, "capability") == 0 || strcmp(key, "self_test") == 0 || strcmp(key, "counters") == 0;

        if (json_is_string(value))
            printf("%-12s %s\n", key, json_string_value(value));
        if (!json_is_object(value) || json_object_size(value) == 0)
            continue;
        printf("%-12s", key);
        json_object_foreach(value, inner, number)
            if (all || json_integer_value(number))
                printf(" %s %" JSON_INTEGER_FORMAT, inner, json_integer_value(number));
        printf("\n");
    }
    json_decref(object);
}

static int card_run(const void *given, const char *const *operands, size_t count)
{
    const struct card_settings *settings = given;
    struct device_options options = { .backend = settings->engine };
    char error[512];
    enum device_status status;
    struct engine *engine = engine_open(&options, error, sizeof error, &status);
    size_t failed = 0;

    (void)operands;
    (void)count;
    if (engine == NULL) {
        printable_error("vitrine card", error);
        return EXIT_STATUS_FAULT;
    }
    status = card_self_test(engine, &failed);
    if (status != DEVICE_OK)
        printable_error("vitrine card", engine->error);
    else if (settings->json)
        report_print(card_describe(engine, settings->engine, failed));
    else
        card_print(card_describe(engine, settings->engine, failed));
    engine_destroy(engine);
    return status != DEVICE_OK ? EXIT_STATUS_FAULT : failed ? EXIT_STATUS_FAILED : EXIT_STATUS_OK;
}

const struct verb card_verb = {
    .name = "card",
    .operands = "",
    .summary = "identity, capability and counters of the card, and a self-test",
    .text = card_text,
    .options = card_options,
    .defaults = &card_defaults,
    .settings_size = sizeof card_defaults,
    .run = card_run,
};
