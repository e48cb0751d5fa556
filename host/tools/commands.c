#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

void command_list_add(struct command_list *list, const struct card_command *command)
{
    memory_grow((void **)&list->command, &list->room, list->count + 1, sizeof *list->command);
    list->command[list->count++] = *command;
    list->total++;
}

size_t command_list_waiting(const struct command_list *list)
{
    return list->count - list->given;
}

size_t command_list_give(struct command_list *list, struct card_command *commands, size_t room)
{
    size_t count = command_list_waiting(list) < room ? command_list_waiting(list) : room;

    if (count)
        memcpy(commands, list->command + list->given, count * sizeof *commands);
    list->given += count;
    if (list->given == list->count)
        list->given = list->count = 0;
    return count;
}

void command_list_free(struct command_list *list)
{
    free(list->command);
    *list = (struct command_list){ 0 };
}

static struct card_command command_start(enum card_code code, struct command_handle handle)
{
    struct card_command command;

    memset(&command, 0, sizeof command);
    command.code = (uint8_t)code;
    command.market = handle.market;
    command.slot = handle.slot;
    command.generation = handle.generation;
    return command;
}

struct card_command command_enter(enum card_code code, struct command_handle handle, uint32_t owner, unsigned flags,
                                  uint64_t quantity)
{
    struct card_command command = command_start(code, handle);

    command.flags = (uint16_t)flags;
    command.order.owner = owner;
    command.order.price = handle.price;
    command.order.quantity = (int64_t)quantity;
    return command;
}

struct card_command command_touch(enum card_code code, struct command_handle handle, uint64_t quantity)
{
    struct card_command command = command_start(code, handle);

    command.order.price = handle.price;
    command.order.quantity = (int64_t)quantity;
    return command;
}

struct card_command command_read_level(uint8_t market, uint32_t price)
{
    struct card_command command = command_start(CARD_CODE_READ, (struct command_handle){ .market = market });

    command.order.price = price;
    command.order.count = CARD_READ_LEVEL;
    return command;
}

struct card_command command_read_digest(uint8_t market)
{
    struct card_command command = command_start(CARD_CODE_READ, (struct command_handle){ .market = market });

    command.order.count = CARD_READ_DIGEST;
    return command;
}

struct card_command command_mark_all(uint8_t market, uint64_t fixed)
{
    struct card_command command = command_start(CARD_CODE_SET_MARK, (struct command_handle){ .market = market });

    command.mark.present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_MARK_MASK |
                           CARD_PRESENT_FAST_MEAN_MARK_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK;
    command.mark.mark = command.mark.index = command.mark.mean_mark = command.mark.fast_mean_mark = fixed;
    return command;
}

struct card_command command_open_wide(uint8_t market, uint32_t base)
{
    struct card_command command = command_start(CARD_CODE_CONFIGURE, (struct command_handle){ .market = market });

    command.configure.base = base;
    command.configure.state = CARD_STATE_OPEN;
    command.configure.limit_max = command.configure.impact_max = CARD_MULTIPLIER_MAX;
    command.configure.mean_max = CARD_MULTIPLIER_MAX;
    return command;
}
