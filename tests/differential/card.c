/* The whole card against the model: random commands through the driver, command window, book and event ring, with
 * stalls
 * on every bus. usage: differential_card [COMMANDS [SEEDS]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "flow.h"
#include "model.h"

enum { CHUNK = 192, EVENTS_MAX = 1 << 21 };

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
        fprintf(stderr, "differential_card: more than %d events\n", EVENTS_MAX);
        exit(3);
    }
    expected->event[expected->count++] = *event;
    flow_answer(expected->flow, expected->command, event);
}

static struct card_event comparable(const struct card_event *event)
{
    struct card_event copy = *event;
    card_event_set_arrival(&copy, 0);
    card_event_set_delay(&copy, 0);
    card_event_set_phase(&copy, 0);
    return copy;
}

/* Hands over all commands and fetches all answers; false if the device fails. */
static bool exchange(struct device *device, const struct card_command *commands, size_t count, struct card_event *got,
                     size_t *got_count)
{
    size_t sent = 0;
    *got_count = 0;
    while (sent < count || device_outstanding(device)) {
        size_t taken = 0, given = 0;
        enum device_status status = DEVICE_AGAIN;
        if (sent < count)
            status = device_submit(device, commands + sent, count - sent, &taken);
        sent += taken;
        if (status == DEVICE_OK || status == DEVICE_AGAIN)
            status = device_poll(device, got + *got_count, EVENTS_MAX - *got_count, &given);
        *got_count += given;
        if (status != DEVICE_OK && status != DEVICE_AGAIN) {
            printf("DIFFERENCE card: %s\n", device_status_name(status));
            return false;
        }
    }
    return true;
}

/* Random commands, in the form in which the driver lets them through: its session, no resets. */
static void next_command(struct flow *flow, struct card_command *command)
{
    flow_next(flow, command);
    command->session = 1;
    if (command->code == CARD_CODE_RESET)
        command->code = CARD_CODE_FENCE;
}

static bool run_seed(uint64_t seed, uint64_t commands, struct expected *expected, struct card_event *got)
{
    static struct card_command batch[CHUNK];
    char error[256];
    struct device *device;
    const struct device_options options = {
        .backend = "sim", .stall_seed = seed % 3 ? seed : 0, .ring_log2 = 6 + (uint32_t)(seed % 3)};
    if (device_open(&device, &options, error, sizeof error) != DEVICE_OK) {
        fprintf(stderr, "differential_card: %s\n", error);
        exit(3);
    }
    const struct device_capability *card = device_capability(device);
    const struct model_size size = {card->markets, card->orders, card->tick_bits};
    struct model *model = model_create(&size, 1);
    expected->flow = flow_create(seed, card->markets, card->orders, card->tick_bits, 1);
    if (!model || !expected->flow)
        exit(3);
    bool equal = true;
    for (uint64_t done = 0; equal && done < commands; done += CHUNK) {
        size_t got_count;
        expected->count = 0;
        for (size_t i = 0; i < CHUNK; i++) {
            next_command(expected->flow, &batch[i]);
            expected->command = &batch[i];
            model_apply(model, &batch[i], collect, expected);
        }
        equal = exchange(device, batch, CHUNK, got, &got_count) && got_count == expected->count;
        for (size_t i = 0; equal && i < got_count; i++) {
            struct card_event want = comparable(&expected->event[i]), have = comparable(&got[i]);
            equal = !memcmp(&want, &have, sizeof want);
        }
        if (!equal)
            printf("DIFFERENCE card seed %" PRIu64 " in commands %" PRIu64 " to %" PRIu64 "\n", seed, done,
                   done + CHUNK - 1);
    }
    flow_destroy(expected->flow);
    model_destroy(model);
    device_close(device);
    return equal;
}

int main(int argc, char **argv)
{
    const uint64_t commands = argc > 1 ? strtoull(argv[1], NULL, 10) : 40000;
    const uint64_t seeds = argc > 2 ? strtoull(argv[2], NULL, 10) : 6;
    struct expected expected = {.event = malloc(EVENTS_MAX * sizeof *expected.event)};
    struct card_event *got = malloc(EVENTS_MAX * sizeof *got);
    uint64_t differences = 0;
    if (!expected.event || !got || !commands || !seeds) {
        fprintf(stderr, "usage: differential_card [COMMANDS [SEEDS]], both at least 1\n");
        return 2;
    }
    for (uint64_t seed = 1; seed <= seeds; seed++)
        differences += !run_seed(seed, commands / seeds, &expected, got);
    printf("whole card: %" PRIu64 " seeds, %" PRIu64 " commands, %" PRIu64 " differences\n", seeds, commands,
           differences);
    free(expected.event);
    free(got);
    return differences ? 1 : 0;
}
