/* Commands in one line each, and a list of them. */
#ifndef VITRINE_COMMANDS_H
#define VITRINE_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "contract.h"

/* Commands made but not yet handed to the runner. */
struct command_list {
    struct card_command *command;
    size_t count, room;
    size_t given;   /* of `count`, already handed over */
    uint64_t total; /* ever added */
};

void command_list_add(struct command_list *list, const struct card_command *command);
size_t command_list_waiting(const struct command_list *list);

/* Moves up to `room` commands out. */
size_t command_list_give(struct command_list *list, struct card_command *commands, size_t room);
void command_list_free(struct command_list *list);

/* What names a resting order. */
struct command_handle {
    uint32_t slot;
    uint32_t price;
    uint8_t generation;
    uint8_t market;
};

/* An order that enters: code new or place. flags: contract's order bits. */
struct card_command command_enter(enum card_code code, struct command_handle handle, uint32_t owner, unsigned flags,
                                  uint64_t quantity);

/* cancel, pull, or reduce by `quantity`. */
struct card_command command_touch(enum card_code code, struct command_handle handle, uint64_t quantity);

struct card_command command_read_level(uint8_t market, uint32_t price);
struct card_command command_read_digest(uint8_t market);

/* Sets mark, index and both means to one price (ticks x 256), and the mean premium to 0. */
struct card_command command_mark_all(uint8_t market, uint64_t fixed);

/* Every band off, the mean-mark band as wide as it goes; an open market. */
struct card_command command_open_wide(uint8_t market, uint32_t base);

#endif
