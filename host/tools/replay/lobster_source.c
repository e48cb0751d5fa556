#include "lobster_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "commands.h"
#include "id_map.h"
#include "lobster_judge.h"
#include "memory.h"
#include "record_book.h"

enum { OWNER_MAKER = 1, OWNER_TAKER = 2, OWNER_FILLER = 3 };

/* An order as it should stand in its queue. */
struct wanted {
    uint64_t id, quantity;
    uint32_t price;
};

struct lobster_replay {
    struct lobster_settings settings;
    const struct lobster_plan *plan;
    struct lobster_rows *rows;
    struct lobster_row row;
    struct lobster_tracker tracker;
    struct record_book book;
    struct id_map ids; /* to slots */
    struct command_list commands;
    struct lobster_judge *judge;
    struct lobster_result result;
    struct lobster_expect expect; /* of the row at hand */
    struct wanted *wanted;
    size_t wanted_count, wanted_room;
    uint64_t rows_read;
    bool ended;
    char error[TEXT_ERROR_MAX];
};

static void replay_give(struct lobster_replay *replay, struct card_command command)
{
    command_list_add(&replay->commands, &command);
}

static struct command_handle replay_handle(const struct lobster_replay *replay, uint32_t slot)
{
    const struct record_order *order = &replay->book.order[slot];

    return (struct command_handle){ .slot = slot, .price = order->price, .generation = order->generation };
}

static bool replay_full(struct lobster_replay *replay)
{
    snprintf(replay->error, sizeof replay->error,
             "%.300s: row %" PRIu64 " needs more than the card's %" PRIu32 " order slots",
             replay->settings.files.message_path, replay->row.number + 1, replay->settings.slots);
    return false;
}

/* Rests an order; one that would trade is left out. False only if no slot is free. */
static bool replay_rest(struct lobster_replay *replay, enum card_code code, uint32_t owner, enum card_side side,
                        struct wanted order)
{
    uint32_t slot;

    if (record_book_crosses(&replay->book, side, order.price)) {
        replay->result.crossed++;
        return true;
    }
    slot = record_book_add(&replay->book, order.id, side, order.price, order.quantity);
    if (slot == RECORD_NONE)
        return replay_full(replay);
    if (owner == OWNER_MAKER)
        id_map_set(&replay->ids, order.id, slot);
    replay_give(replay, command_enter(code, replay_handle(replay, slot), owner, side, order.quantity));
    return true;
}

static void replay_pull(struct lobster_replay *replay, uint32_t slot)
{
    replay_give(replay, command_touch(CARD_CODE_PULL, replay_handle(replay, slot), 0));
    record_book_take(&replay->book, slot, replay->book.order[slot].quantity);
}

static void replay_pull_level(struct lobster_replay *replay, enum card_side side, uint32_t price)
{
    const struct record_level *level = record_book_level(&replay->book, side, price);

    while (level->head != RECORD_NONE)
        replay_pull(replay, level->head);
}

/* The slot of the order that a message names, RECORD_NONE if it does not rest there. */
static uint32_t replay_find(const struct lobster_replay *replay, const struct lobster_message *message, uint32_t price)
{
    uint32_t slot = id_map_get(&replay->ids, message->id);
    const struct record_order *order;

    if (slot == ID_MAP_NONE)
        return RECORD_NONE;
    order = &replay->book.order[slot];
    if (order->quantity == 0 || order->id != message->id || order->price != price ||
        order->side != (message->sell ? CARD_SIDE_SELL : CARD_SIDE_BUY))
        return RECORD_NONE;
    return slot;
}

/* How the queues from the best price to `price` should stand after the execution: as now, less what the record
 * takes. */
static void replay_note_wanted(struct lobster_replay *replay, enum card_side side, uint32_t price, uint32_t named,
                               uint64_t quantity)
{
    uint32_t at = record_book_best(&replay->book, side);

    replay->wanted_count = 0;
    for (;; at += side == CARD_SIDE_BUY ? -1u : 1u) {
        uint32_t slot = record_book_level(&replay->book, side, at)->head;

        for (; slot != RECORD_NONE; slot = replay->book.order[slot].next) {
            struct record_order *order = &replay->book.order[slot];
            uint64_t less = slot != named ? 0 : quantity < order->quantity ? quantity : order->quantity;

            memory_grow((void **)&replay->wanted, &replay->wanted_room, replay->wanted_count + 1,
                        sizeof *replay->wanted);
            replay->wanted[replay->wanted_count++] = (struct wanted){ order->id, order->quantity - less, at };
        }
        if (at == price)
            return;
    }
}

/* The execution meets another order: let it, then bring the queues it touched back to the record. */
static bool replay_restore(struct lobster_replay *replay, enum card_side side, uint32_t price, uint32_t named,
                           uint64_t quantity)
{
    uint32_t best = record_book_best(&replay->book, side);
    uint64_t open = quantity;

    replay->expect.met = replay->book.order[record_book_level(&replay->book, side, best)->head].id;
    replay_note_wanted(replay, side, price, named, quantity);
    while (open && (best = record_book_best(&replay->book, side)) != RECORD_NONE &&
           (side == CARD_SIDE_BUY ? best >= price : best <= price)) {
        uint32_t head = record_book_level(&replay->book, side, best)->head;
        uint64_t there = replay->book.order[head].quantity;
        uint64_t taken = open < there ? open : there;

        record_book_take(&replay->book, head, taken);
        open -= taken;
    }
    for (size_t i = 0; i < replay->wanted_count; i++)
        replay_pull_level(replay, side, replay->wanted[i].price);
    for (size_t i = 0; i < replay->wanted_count; i++)
        if (replay->wanted[i].quantity &&
            !replay_rest(replay, CARD_CODE_PLACE, replay->wanted[i].id ? OWNER_MAKER : OWNER_FILLER, side,
                         replay->wanted[i]))
            return false;
    return true;
}

static bool replay_execute(struct lobster_replay *replay, uint32_t named, uint64_t quantity)
{
    struct lobster_expect *expect = &replay->expect;
    struct record_book *book = &replay->book;
    const struct record_order *maker = &book->order[named];
    enum card_side side = maker->side;
    struct command_handle taker = { .price = maker->price };
    bool meets = record_book_best(book, side) == maker->price &&
                 record_book_level(book, side, maker->price)->head == named && maker->quantity >= quantity;
    unsigned flags = (side == CARD_SIDE_BUY ? CARD_SIDE_SELL : CARD_SIDE_BUY) | CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT;

    if (book->spare_count == 0)
        return replay_full(replay);
    taker.slot = book->spare[book->spare_count - 1]; /* the order never rests: its slot stays free */
    expect->execution = true;
    expect->execution_command = replay->commands.total;
    expect->maker_slot = named;
    expect->maker_generation = maker->generation;
    expect->quantity = quantity;
    expect->named = expect->met = maker->id;
    replay_give(replay, command_enter(CARD_CODE_NEW, taker, OWNER_TAKER, flags, quantity));
    if (!meets)
        return replay_restore(replay, side, maker->price, named, quantity);
    record_book_take(book, named, quantity);
    return true;
}

static void replay_shrink(struct lobster_replay *replay, uint32_t slot, uint64_t quantity)
{
    uint64_t there = replay->book.order[slot].quantity;

    replay_give(replay, command_touch(CARD_CODE_REDUCE, replay_handle(replay, slot), quantity));
    record_book_take(&replay->book, slot, quantity < there ? quantity : there);
}

static void replay_delete(struct lobster_replay *replay, uint32_t slot)
{
    replay_give(replay, command_touch(CARD_CODE_CANCEL, replay_handle(replay, slot), 0));
    record_book_take(&replay->book, slot, replay->book.order[slot].quantity);
}

/* What a message of a resting order does to the book. */
static bool replay_order_message(struct lobster_replay *replay, const struct lobster_message *message)
{
    uint64_t price = message->price / replay->plan->tick;
    enum card_side side = message->sell ? CARD_SIDE_SELL : CARD_SIDE_BUY;
    uint32_t slot;

    if (!record_book_covers(&replay->book, price)) {
        replay->result.outside_window++;
        return true;
    }
    if (message->type == LOBSTER_ADD)
        return replay_rest(replay, CARD_CODE_NEW, OWNER_MAKER, side,
                           (struct wanted){ message->id, message->size, (uint32_t)price });
    slot = replay_find(replay, message, (uint32_t)price);
    if (slot == RECORD_NONE) {
        replay->result.unplaced++;
        return true;
    }
    if (message->type == LOBSTER_EXECUTE)
        return replay_execute(replay, slot, message->size);
    if (message->type == LOBSTER_REDUCE)
        replay_shrink(replay, slot, message->size);
    else
        replay_delete(replay, slot);
    return true;
}

static bool replay_message(struct lobster_replay *replay, const struct lobster_message *message)
{
    switch (message->type) {
    case LOBSTER_ADD:
    case LOBSTER_REDUCE:
    case LOBSTER_DELETE:
    case LOBSTER_EXECUTE:
        return replay_order_message(replay, message);
    case LOBSTER_EXECUTE_HIDDEN:
        replay->result.hidden_executions++;
        return true;
    case LOBSTER_CROSS:
        replay->result.crosses++;
        return true;
    case LOBSTER_HALT:
        replay->result.halts++;
        return true;
    }
    check(false);
    return false;
}

/* Withdraws what is left of levels that are no longer in the rows. */
static void replay_leave(struct lobster_replay *replay)
{
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < replay->tracker.left_count[side]; i++) {
            uint64_t price = replay->tracker.left[side][i].price / replay->plan->tick;

            if (record_book_covers(&replay->book, price))
                replay_pull_level(replay, (enum card_side)side, (uint32_t)price);
        }
}

static int wanted_compare(const void *left, const void *right)
{
    const struct wanted *a = left;
    const struct wanted *b = right;

    return a->id < b->id ? -1 : a->id > b->id;
}

static bool replay_fill_up(struct lobster_replay *replay, enum card_side side, uint32_t price, uint64_t room)
{
    while (room) {
        uint64_t part = room < CARD_QUANTITY_MAX ? room : CARD_QUANTITY_MAX;

        if (!replay_rest(replay, CARD_CODE_PLACE, OWNER_FILLER, side, (struct wanted){ 0, part, price }))
            return false;
        room -= part;
    }
    return true;
}

/* Places the orders that were there when the episode began, and a filler for the rest of the level's size. */
static bool replay_enter(struct lobster_replay *replay, enum card_side side, size_t rank)
{
    const struct lobster_tracked *tracked = &replay->tracker.level[side][rank];
    uint64_t price = tracked->price / replay->plan->tick;
    uint64_t size = replay->row.level[side][rank].size;
    uint64_t there;

    if (!record_book_covers(&replay->book, price))
        return true;
    there = record_book_level(&replay->book, side, (uint32_t)price)->aggregate;
    replay->wanted_count = 0;
    for (uint32_t i = replay->plan->episode[tracked->episode]; i != LOBSTER_NONE; i = replay->plan->initial[i].next) {
        const struct lobster_initial *initial = &replay->plan->initial[i];

        memory_grow((void **)&replay->wanted, &replay->wanted_room, replay->wanted_count + 1, sizeof *replay->wanted);
        replay->wanted[replay->wanted_count++] = (struct wanted){ initial->id, initial->quantity, (uint32_t)price };
    }
    if (replay->wanted_count)
        qsort(replay->wanted, replay->wanted_count, sizeof *replay->wanted, wanted_compare);
    for (size_t i = 0; i < replay->wanted_count && there < size; i++) {
        struct wanted *order = &replay->wanted[i];

        if (order->quantity > size - there)
            order->quantity = size - there;
        there += order->quantity;
        if (!replay_rest(replay, CARD_CODE_PLACE, OWNER_MAKER, side, *order))
            return false;
    }
    return there >= size || replay_fill_up(replay, side, (uint32_t)price, size - there);
}

/* Where the record's orders do not add up to its level, the level counts. */
static bool replay_correct(struct lobster_replay *replay, enum card_side side, size_t rank)
{
    uint64_t price = replay->row.level[side][rank].price / replay->plan->tick;
    uint64_t size = replay->row.level[side][rank].size;
    const struct record_level *level;

    if (!record_book_covers(&replay->book, price)) {
        replay->result.outside_window++;
        return true;
    }
    level = record_book_level(&replay->book, side, (uint32_t)price);
    if (level->aggregate == size)
        return true;
    replay->expect.corrected = true;
    while (level->aggregate > size) {
        uint64_t more = level->aggregate - size;

        if (replay->book.order[level->tail].quantity <= more)
            replay_pull(replay, level->tail);
        else
            replay_shrink(replay, level->tail, more);
    }
    return replay_fill_up(replay, side, (uint32_t)price, size - level->aggregate);
}

/* Brings the visible book to the row's levels. */
static bool replay_levels(struct lobster_replay *replay)
{
    lobster_tracker_advance(&replay->tracker, &replay->row);
    replay_leave(replay);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < replay->tracker.entered_count[side]; i++)
            if (!replay_enter(replay, (enum card_side)side, replay->tracker.entered[side][i]))
                return false;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < replay->row.count[side]; i++)
            if (!replay_correct(replay, (enum card_side)side, i))
                return false;
    return true;
}

static void replay_expect(struct lobster_replay *replay)
{
    struct lobster_expect *expect = &replay->expect;
    bool read = replay->settings.check_every && replay->row.number % replay->settings.check_every == 0;

    for (int side = 0; side < 2; side++) {
        struct depth_level *levels = lobster_judge_levels(replay->judge, (enum card_side)side);

        for (size_t i = 0; i < replay->row.count[side]; i++) {
            uint64_t price = replay->row.level[side][i].price / replay->plan->tick;

            if (!record_book_covers(&replay->book, price))
                continue;
            levels[expect->count[side]++] = (struct depth_level){ (uint32_t)price, replay->row.level[side][i].size };
            if (read)
                replay_give(replay, command_read_level(0, (uint32_t)price));
        }
    }
    expect->end = replay->commands.total;
    lobster_judge_expect(replay->judge, expect);
}

/* Makes the commands of one row. */
static bool replay_row(struct lobster_replay *replay)
{
    bool book = replay->settings.files.book_path != NULL;

    replay->expect = (struct lobster_expect){ .row = replay->row.number + 1,
                                              .time_ns = replay->row.message.time_ns,
                                              .compare = book };
    if (!(book && replay->row.number == 0) && !replay_message(replay, &replay->row.message))
        return false; /* the first row's book, with its message in it, is where the replay starts */
    if (book && !replay_levels(replay))
        return false;
    replay_expect(replay);
    return true;
}

/* Makes the commands of the next row, or of the end. */
static bool replay_advance(struct lobster_replay *replay)
{
    enum lobster_status status = LOBSTER_END;

    if (replay->settings.limit == 0 || replay->rows_read < replay->settings.limit)
        status = lobster_rows_next(replay->rows, &replay->row);
    if (status == LOBSTER_BAD) {
        snprintf(replay->error, sizeof replay->error, "%.500s", lobster_rows_error(replay->rows));
        return false;
    }
    if (status == LOBSTER_ROW) {
        replay->rows_read++;
        return replay_row(replay);
    }
    replay_give(replay, command_read_digest(0));
    replay->ended = true;
    return true;
}

static enum source_status replay_next(void *context, struct card_command *commands, size_t room, size_t *count)
{
    struct lobster_replay *replay = context;

    lobster_judge_flush(replay->judge);
    for (int rows = 0; rows < LOBSTER_BATCH_ROWS && !replay->ended; rows++) {
        if (command_list_waiting(&replay->commands) >= room)
            break;
        if (!replay_advance(replay))
            return SOURCE_BAD;
    }
    *count = command_list_give(&replay->commands, commands, room);
    return replay->ended && command_list_waiting(&replay->commands) == 0 ? SOURCE_END : SOURCE_MORE;
}

static void replay_event(void *context, const struct card_command *command, const struct card_event *event)
{
    struct lobster_replay *replay = context;

    lobster_judge_event(replay->judge, command, event);
}

struct lobster_replay *lobster_replay_create(const struct lobster_settings *settings, const struct lobster_plan *plan,
                                             char *error)
{
    struct lobster_rows *rows = lobster_rows_open(&settings->files, error);
    struct lobster_replay *replay;
    uint32_t base = lobster_plan_base(plan, settings->tick_bits);
    uint64_t highest = plan->price_max / plan->tick < CARD_PRICE_MAX ? plan->price_max / plan->tick : CARD_PRICE_MAX;

    if (rows == NULL)
        return NULL;
    replay = memory_reserve(1, sizeof *replay);
    replay->settings = *settings;
    replay->plan = plan;
    replay->rows = rows;
    record_book_create(&replay->book, base, settings->tick_bits, settings->slots);
    replay->judge = lobster_judge_create(base, settings->tick_bits, plan->levels, settings->compare_levels,
                                         &replay->result);
    replay_give(replay, command_mark_all(0, highest * CARD_FIXED_ONE));
    replay_give(replay, command_open_wide(0, base));
    return replay;
}

void lobster_replay_destroy(struct lobster_replay *replay)
{
    if (replay == NULL)
        return;
    lobster_rows_close(replay->rows);
    record_book_destroy(&replay->book);
    id_map_clear(&replay->ids);
    command_list_free(&replay->commands);
    lobster_judge_destroy(replay->judge);
    free(replay->wanted);
    free(replay);
}

struct command_source lobster_replay_source(struct lobster_replay *replay)
{
    return (struct command_source){ replay, replay_next, replay_event };
}

const struct lobster_result *lobster_replay_result(struct lobster_replay *replay)
{
    lobster_judge_flush(replay->judge);
    return &replay->result;
}

const char *lobster_replay_error(const struct lobster_replay *replay)
{
    return replay->error;
}
