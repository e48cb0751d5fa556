#include "record_book.h"

#include <stdlib.h>

#include "check.h"
#include "memory.h"

void record_book_create(struct record_book *book, uint32_t base, uint32_t tick_bits, uint32_t slots)
{
    *book = (struct record_book){ .base = base, .ticks = (uint32_t)1 << tick_bits };
    for (int side = 0; side < 2; side++) {
        book->level[side] = memory_reserve(book->ticks, sizeof *book->level[side]);
        for (uint32_t tick = 0; tick < book->ticks; tick++)
            book->level[side][tick] = (struct record_level){ RECORD_NONE, RECORD_NONE, 0 };
        tick_set_create(&book->occupied[side], tick_bits);
    }
    book->order = memory_reserve(slots, sizeof *book->order);
    book->spare = memory_reserve(slots, sizeof *book->spare);
    for (uint32_t slot = slots; slot-- > 0;)
        book->spare[book->spare_count++] = slot;
}

void record_book_destroy(struct record_book *book)
{
    for (int side = 0; side < 2; side++) {
        free(book->level[side]);
        tick_set_destroy(&book->occupied[side]);
    }
    free(book->order);
    free(book->spare);
    *book = (struct record_book){ 0 };
}

bool record_book_covers(const struct record_book *book, uint64_t price)
{
    return price >= book->base && price - book->base < book->ticks && price > 0;
}

uint32_t record_book_add(struct record_book *book, uint64_t id, enum card_side side, uint32_t price,
                         uint64_t quantity)
{
    struct record_level *level = &book->level[side][price - book->base];
    struct record_order *order;
    uint32_t slot;

    check(record_book_covers(book, price) && quantity > 0);
    if (book->spare_count == 0)
        return RECORD_NONE;
    slot = book->spare[--book->spare_count];
    order = &book->order[slot];
    order->id = id;
    order->quantity = quantity;
    order->price = price;
    order->side = side;
    order->generation++;
    order->next = RECORD_NONE;
    order->previous = level->tail;
    if (level->tail == RECORD_NONE)
        level->head = slot;
    else
        book->order[level->tail].next = slot;
    level->tail = slot;
    level->aggregate += quantity;
    tick_set_put(&book->occupied[side], price - book->base, true);
    return slot;
}

void record_book_take(struct record_book *book, uint32_t slot, uint64_t quantity)
{
    struct record_order *order = &book->order[slot];
    struct record_level *level = &book->level[order->side][order->price - book->base];

    check(quantity <= order->quantity);
    level->aggregate -= quantity;
    order->quantity -= quantity;
    if (order->quantity)
        return;
    if (order->previous == RECORD_NONE)
        level->head = order->next;
    else
        book->order[order->previous].next = order->next;
    if (order->next == RECORD_NONE)
        level->tail = order->previous;
    else
        book->order[order->next].previous = order->previous;
    tick_set_put(&book->occupied[order->side], order->price - book->base, level->head != RECORD_NONE);
    book->spare[book->spare_count++] = slot;
}

uint32_t record_book_best(const struct record_book *book, enum card_side side)
{
    uint32_t tick = side == CARD_SIDE_BUY ? tick_set_at_or_below(&book->occupied[side], book->ticks - 1)
                                          : tick_set_at_or_above(&book->occupied[side], 0);

    return tick == TICK_SET_NONE ? RECORD_NONE : book->base + tick;
}

bool record_book_crosses(const struct record_book *book, enum card_side side, uint32_t price)
{
    uint32_t best = record_book_best(book, side == CARD_SIDE_BUY ? CARD_SIDE_SELL : CARD_SIDE_BUY);

    return best != RECORD_NONE && (side == CARD_SIDE_BUY ? best <= price : best >= price);
}

const struct record_level *record_book_level(const struct record_book *book, enum card_side side, uint32_t price)
{
    check(record_book_covers(book, price));
    return &book->level[side][price - book->base];
}
