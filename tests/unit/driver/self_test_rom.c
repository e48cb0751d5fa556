/* Prints rtl/link/self_test_rom.v: the commands of the on-chip self-test and what the plain model makes of them, as a
 * checksum over its events.
 *
 * usage: self_test_rom [FILE]    with FILE: prints nothing, and ends with status 1 if FILE says something else */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

enum { SLOTS = 16, COMMANDS_MAX = 48, EVENTS_MAX = 63, BASE = 64, SESSION = 1, TEXT_MAX = 65536 };
enum { TYPE_WAIT = 0, TYPE_WRITE = 2, TYPE_STORE = 3, TYPE_END = 255, STAMP_FIRST = 48, STAMP_LAST = 54 };
enum { BUY = CARD_SIDE_BUY, SELL = CARD_SIDE_SELL, IOC = CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT,
       FOK = CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT, POST_ONLY = CARD_ORDER_POST_ONLY_MASK };

static struct card_command flow[COMMANDS_MAX];
static size_t flow_count;
static char text[TEXT_MAX];
static size_t text_length;

static struct card_command *add(enum card_code code)
{
    struct card_command *command = &flow[flow_count];
    *command = (struct card_command){.code = (uint8_t)code, .session = SESSION, .tag = (uint32_t)flow_count};
    flow_count++;
    return command;
}

static struct card_command *name(enum card_code code, uint32_t slot, uint32_t price, int64_t quantity)
{
    struct card_command *command = add(code);
    command->slot = slot;
    command->generation = 1;
    command->order.price = BASE + price;
    command->order.quantity = quantity;
    return command;
}

static void enter(uint32_t slot, unsigned flags, uint32_t owner, uint32_t price, int64_t quantity)
{
    struct card_command *command = name(CARD_CODE_NEW, slot, price, quantity);
    command->order.owner = owner;
    command->flags = (uint16_t)flags;
}

static void open_market(void)
{
    struct card_command *mark = add(CARD_CODE_SET_MARK);
    mark->mark.present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_MARK_MASK |
                         CARD_PRESENT_FAST_MEAN_MARK_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK;
    mark->mark.mark = mark->mark.index = mark->mark.mean_mark = mark->mark.fast_mean_mark = 96 * CARD_FIXED_ONE;
    struct card_command *configure = add(CARD_CODE_CONFIGURE);
    configure->configure.base = BASE;
    configure->configure.state = CARD_STATE_OPEN;
    configure->configure.window_log2 = 6;
    configure->configure.mean_max = CARD_MULTIPLIER_MAX;
}

static void make_flow(void)
{
    open_market();
    for (uint32_t slot = 0; slot < 4; slot++)
        enter(slot, SELL, 10 + slot, 30 + 2 * slot, 5 + slot);
    enter(4, SELL, 14, 30, 3);
    enter(5, BUY, 15, 28, 7);
    enter(6, BUY, 16, 20, 9);
    enter(7, BUY | IOC, 17, 34, 17);    /* sweeps two levels and a part of the third */
    enter(7, BUY | POST_ONLY, 17, 40, 1);
    enter(7, BUY | FOK, 17, 36, 1000);
    enter(7, BUY | FOK, 17, 36, 6);
    enter(7, SELL | IOC, 15, 28, 1);    /* of the same owner */
    enter(7, SELL | IOC, 17, 33, 1);
    name(CARD_CODE_REDUCE, 5, 28, 2);
    struct card_command *moved = name(CARD_CODE_REPLACE, 5, 28, 4);
    moved->order.new_price = BASE + 25;
    moved->new_generation = 2;
    name(CARD_CODE_CANCEL, 5, 28, 0);   /* stale */
    struct card_command *same = name(CARD_CODE_REPLACE, 6, 20, -4);
    same->order.new_price = BASE + 20;
    same->new_generation = 1;
    name(CARD_CODE_CANCEL, 6, 20, 0);
    struct card_command *digest = add(CARD_CODE_READ);
    digest->order.count = CARD_READ_DIGEST;
    struct card_command *rest = add(CARD_CODE_CANCEL_MANY);
    rest->order.count = 10;
    add(CARD_CODE_FENCE);
}

static uint32_t crc_byte(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    return crc;
}

/* Runs the flow on the model. */
static uint32_t signature(size_t *events)
{
    const struct device_options options = {.backend = "model", .session = SESSION};
    struct device *device;
    struct card_event event;
    uint32_t crc = UINT32_MAX;
    size_t taken, given;
    if (device_open(&device, &options, NULL, 0) != DEVICE_OK)
        exit(3);
    if (device_submit(device, flow, flow_count, &taken) != DEVICE_OK || taken != flow_count)
        exit(3);
    for (*events = 0; device_poll(device, &event, 1, &given) == DEVICE_OK; ++*events) {
        uint8_t bytes[CARD_EVENT_BYTES];
        card_event_set_phase(&event, 1); /* the ring's first lap */
        memcpy(bytes, &event, sizeof bytes);
        for (uint32_t i = 0; i < CARD_EVENT_BYTES; i++)
            if (i < STAMP_FIRST || i > STAMP_LAST)
                crc = crc_byte(crc, bytes[i]);
    }
    device_close(device);
    return crc;
}

static void say(const char *line)
{
    text_length += (size_t)snprintf(text + text_length, TEXT_MAX - text_length, "%s\n", line);
}

static void say_entry(size_t *address, unsigned type, uint32_t argument, const void *data, size_t bytes)
{
    char line[512], digits[2 * CARD_COMMAND_BYTES + 1] = "";
    for (size_t i = 0; i < CARD_COMMAND_BYTES; i++) {
        const size_t from = CARD_COMMAND_BYTES - 1 - i;
        snprintf(digits + 2 * i, 3, "%02x", from < bytes ? ((const uint8_t *)data)[from] : 0u);
    }
    snprintf(line, sizeof line, "            6'd%zu: entry = {\n                256'h%.64s,\n                256'h%s,\n"
             "                32'h%08x, 8'd%u};", (*address)++, digits, digits + 64, argument, type);
    say(line);
}

static void say_write(size_t *address, uint32_t offset, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    say_entry(address, TYPE_WRITE, offset, bytes, sizeof bytes);
}

static void say_entries(void)
{
    size_t address = 0;
    say_entry(&address, TYPE_WAIT, 0, NULL, 0);
    say_write(&address, CARD_REG_SESSION, SESSION);
    say_write(&address, CARD_REG_CONTROL, CARD_CONTROL_RESET_MASK);
    say_entry(&address, TYPE_WAIT, 0, NULL, 0);
    say_write(&address, CARD_REG_RING_BASE_LOW, 0);
    say_write(&address, CARD_REG_RING_BASE_HIGH, 0);
    say_write(&address, CARD_REG_RING_LOG2, 6);
    say_write(&address, CARD_REG_CONTROL, CARD_CONTROL_ENABLE_MASK);
    for (size_t i = 0; i < flow_count; i++)
        say_entry(&address, TYPE_STORE, (uint32_t)(i % SLOTS) * CARD_COMMAND_BYTES, &flow[i], sizeof flow[i]);
    say("            default: entry = {544'd0, 8'd255};");
}

int main(int count, char **arguments)
{
    static char file_text[TEXT_MAX];
    char line[160];
    size_t events;
    make_flow();
    const uint32_t crc = signature(&events);
    if (events > EVENTS_MAX)
        return 3;
    say("// Generated by tests/unit/driver/self_test_rom.c from the plain model. Do not edit.");
    say("//");
    say("// What self_test sends: data, argument and type of one message after the other, combinational. And what "
        "must");
    say("// come back: so many events, with this CRC-32 over their bytes without stamps.");
    say("module self_test_rom (\n    input  [5:0]   address_i,\n    output [551:0] entry_o,");
    say("    output [7:0]   events_o,");
    say("    output [31:0]  signature_o\n);\n    reg [551:0] entry;\n    always @(*)\n        case (address_i)");
    say_entries();
    snprintf(line, sizeof line, "        endcase\n    assign entry_o     = entry;\n    assign events_o    = 8'd%zu;\n"
             "    assign signature_o = 32'h%08x;\nendmodule", events, crc);
    say(line);
    if (count < 2)
        return fwrite(text, 1, text_length, stdout) == text_length ? 0 : 3;
    FILE *file = fopen(arguments[1], "rb");
    const size_t length = file ? fread(file_text, 1, TEXT_MAX, file) : 0;
    const bool same = length == text_length && memcmp(file_text, text, length) == 0;
    if (!same)
        fprintf(stderr, "%s is stale: make it again with this program\n", arguments[1]);
    if (file)
        fclose(file);
    return same ? 0 : 1;
}
