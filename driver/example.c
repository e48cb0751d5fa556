/* A complete program against a Vitrine card: adds, fills, replaces and cancels orders and prints every event.
 *
 *     cc example.c $(pkg-config --cflags --libs vitrine_device) && ./a.out [sim|model]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "device.h"

enum { MARKET = 0, BASE = 64, ALICE = 1, BOB = 2 };

static void fail(const char *what, enum device_status status, uint32_t fault)
{
    fprintf(stderr, "%s: %s (fault %s)\n", what, device_status_name(status), card_fault_name(fault));
    exit(3);
}

static void print_event(const struct card_event *event)
{
    printf("  %-8s tag %2" PRIu64 "  price %3" PRIu64 "  quantity %3" PRIu64 "  level %3" PRIu64 "  %s%s\n",
           card_kind_name(card_event_kind(event)), card_event_tag(event), card_event_price(event),
           card_event_quantity(event), card_event_aggregate(event), card_reason_name(card_event_reason(event)),
           card_event_last(event) ? ", last" : "");
}

/* Submits one command and waits for all its events. */
static void run(struct device *device, const char *what, struct card_command command)
{
    static uint32_t tag;
    size_t taken = 0, given = 0;
    struct card_event event;
    command.tag = ++tag;
    command.market = MARKET;
    printf("%s\n", what);
    enum device_status status = device_submit(device, &command, 1, &taken);
    if (status != DEVICE_OK)
        fail("submit", status, device_fault(device));
    do {
        status = device_wait(device, &event, 1, &given, UINT64_C(5000000000));
        if (status != DEVICE_OK)
            fail("wait", status, device_fault(device));
        print_event(&event);
    } while (!card_event_last(&event));
}

static struct card_command order(enum card_side side, uint32_t slot, uint32_t owner, uint32_t price, int64_t quantity)
{
    return (struct card_command){.code = CARD_CODE_NEW, .slot = slot, .generation = 1, .flags = (uint16_t)side,
                                 .order = {.owner = owner, .price = price, .quantity = quantity}};
}

int main(int argc, char **argv)
{
    char error[200];
    struct device *device;
    const struct device_options options = {.backend = argc > 1 ? argv[1] : "sim", .markets = 1, .orders = 16};
    const enum device_status status = device_open(&device, &options, error, sizeof error);
    if (status != DEVICE_OK) {
        fprintf(stderr, "%s: %s\n", device_status_name(status), error);
        return 3;
    }
    const uint64_t mark = 100 * CARD_FIXED_ONE;
    run(device, "mark 100", (struct card_command){.code = CARD_CODE_SET_MARK,
        .mark = {.present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_MEAN_MARK_MASK | CARD_PRESENT_FAST_MEAN_MARK_MASK,
                 .mark = mark, .mean_mark = mark, .fast_mean_mark = mark}});
    run(device, "open the market", (struct card_command){.code = CARD_CODE_CONFIGURE,
        .configure = {.base = BASE, .state = CARD_STATE_OPEN, .mean_min = 500000, .mean_max = 1500000}});
    run(device, "Alice sells 10 at 101", order(CARD_SIDE_SELL, 1, ALICE, 101, 10));
    run(device, "Alice sells 5 at 102", order(CARD_SIDE_SELL, 2, ALICE, 102, 5));
    run(device, "Bob buys 12 at 102: two fills", order(CARD_SIDE_BUY, 3, BOB, 102, 12));
    run(device, "Alice moves what is left to 103, 4 more",
        (struct card_command){.code = CARD_CODE_REPLACE, .slot = 2, .generation = 1, .new_generation = 2,
                              .order = {.price = 102, .new_price = 103, .quantity = 4}});
    run(device, "Alice cancels it", (struct card_command){.code = CARD_CODE_CANCEL, .slot = 2, .generation = 2,
                                                         .order = {.price = 103}});
    device_close(device);
    return 0;
}
