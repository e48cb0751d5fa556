/* The order book: queues of orders at levels, and which levels are occupied. */
#include "internal.h"

#define BITS 64u
#define INDEX_NONE UINT32_MAX

uint64_t book_window_end(const struct model *model, const struct market *market)
{
    (void)model;
    return (uint64_t)market->base + (1ull << market->window_log2);
}

bool book_has_price(const struct model *model, const struct market *market, uint32_t price)
{
    return price >= market->base && price < book_window_end(model, market);
}

bool book_beyond_aggressive(const struct model *model, const struct market *market, uint8_t side, uint32_t price)
{
    return side == CARD_SIDE_BUY ? price >= book_window_end(model, market) : price < market->base;
}

bool book_beyond_passive(const struct model *model, const struct market *market, uint8_t side, uint32_t price)
{
    return book_beyond_aggressive(model, market, side_opposite(side), price);
}

static uint32_t book_index(const struct model *model, uint32_t price)
{
    return price & ((1u << model->size.tick_bits) - 1);
}

struct level *book_level(const struct model *model, const struct market *market, uint32_t price)
{
    return &market->levels[book_index(model, price)];
}

static void half_mark_level(struct half *half, uint32_t index)
{
    uint32_t word = index / BITS;

    half->occupied[word] |= 1ull << index % BITS;
    half->summary[word / BITS] |= 1ull << word % BITS;
}

static void half_clear_level(struct half *half, uint32_t index)
{
    uint32_t word = index / BITS;

    half->occupied[word] &= ~(1ull << index % BITS);
    if (half->occupied[word] == 0)
        half->summary[word / BITS] &= ~(1ull << word % BITS);
}

/* Lowest set bit of bits[from / 64 ...] that is not below `from` and below `end`. */
static uint32_t bits_find_up(const uint64_t *bits, uint32_t from, uint32_t end)
{
    for (uint32_t at = from; at < end; at = (at / BITS + 1) * BITS) {
        uint64_t rest = bits[at / BITS] >> at % BITS;

        if (rest != 0) {
            at += (uint32_t)__builtin_ctzll(rest);
            return at < end ? at : INDEX_NONE;
        }
    }
    return INDEX_NONE;
}

/* Highest set bit that is not above `from`. */
static uint32_t bits_find_down(const uint64_t *bits, uint32_t from)
{
    for (uint32_t at = from;; at = at / BITS * BITS - 1) {
        uint64_t rest = bits[at / BITS] << (BITS - 1 - at % BITS);

        if (rest != 0)
            return at - (uint32_t)__builtin_clzll(rest);
        if (at < BITS)
            return INDEX_NONE;
    }
}

/* Lowest occupied index in from ... size - 1: in the word of `from`, else in the next word that the summary shows. */
static uint32_t half_find_up(const struct half *half, uint32_t from, uint32_t size)
{
    uint32_t word = from / BITS;
    uint32_t found = bits_find_up(half->occupied, from, (word + 1) * BITS);

    if (found != INDEX_NONE)
        return found;
    word = bits_find_up(half->summary, word + 1, size / BITS);
    return word == INDEX_NONE ? INDEX_NONE : word * BITS + (uint32_t)__builtin_ctzll(half->occupied[word]);
}

/* Highest occupied index in 0 ... from. */
static uint32_t half_find_down(const struct half *half, uint32_t from)
{
    uint32_t word = from / BITS;
    uint64_t rest = half->occupied[word] << (BITS - 1 - from % BITS);

    if (rest != 0)
        return from - (uint32_t)__builtin_clzll(rest);
    word = word == 0 ? INDEX_NONE : bits_find_down(half->summary, word - 1);
    return word == INDEX_NONE ? INDEX_NONE : word * BITS + BITS - 1 - (uint32_t)__builtin_clzll(half->occupied[word]);
}

/* Lowest occupied price >= `price`, which lies in the window; 0: none. The window wraps around the array. */
static uint32_t book_find_up(const struct model *model, const struct market *market, uint8_t side, uint32_t price)
{
    const struct half *half = &market->half[side];
    uint32_t size = 1u << model->size.tick_bits;
    uint32_t start = book_index(model, price);
    uint32_t found = half_find_up(half, start, size);

    if (found == INDEX_NONE)
        found = half_find_up(half, 0, size);
    if (found == INDEX_NONE)
        return 0;
    uint64_t at = (uint64_t)price + ((found - start) & (size - 1));
    return at < book_window_end(model, market) ? (uint32_t)at : 0;
}

/* Highest occupied price <= `price`, which lies in the window; 0: none. */
static uint32_t book_find_down(const struct model *model, const struct market *market, uint8_t side, uint32_t price)
{
    const struct half *half = &market->half[side];
    uint32_t size = 1u << model->size.tick_bits;
    uint32_t start = book_index(model, price);
    uint32_t found = half_find_down(half, start);

    if (found == INDEX_NONE)
        found = half_find_down(half, size - 1);
    if (found == INDEX_NONE)
        return 0;
    uint32_t distance = (start - found) & (size - 1);
    return distance <= price - market->base ? price - distance : 0;
}

uint32_t book_find_lowest(const struct model *model, const struct market *market, uint8_t side)
{
    return book_find_up(model, market, side, market->base);
}

uint32_t book_find_highest(const struct model *model, const struct market *market, uint8_t side)
{
    return book_find_down(model, market, side, (uint32_t)(book_window_end(model, market) - 1));
}

uint32_t book_find_worse(const struct model *model, const struct market *market, uint8_t side, uint32_t price)
{
    if (side == CARD_SIDE_BUY)
        return price > market->base ? book_find_down(model, market, side, price - 1) : 0;
    return price + 1ull < book_window_end(model, market) ? book_find_up(model, market, side, price + 1) : 0;
}

void book_insert_order(struct model *model, uint32_t slot)
{
    struct order *order = &model->orders[slot];
    struct market *market = &model->markets[order->market];
    struct half *half = &market->half[order->side];
    struct level *level = book_level(model, market, order->price);

    check(order->quantity != 0);
    check(book_has_price(model, market, order->price));
    order->older = order->newer = ORDER_NONE;
    if (level->aggregate == 0) {
        half_mark_level(half, book_index(model, order->price));
        level->oldest = slot;
        if (half->best == 0 || (order->side == CARD_SIDE_BUY ? order->price > half->best : order->price < half->best))
            half->best = order->price;
    } else {
        order->older = level->newest;
        model->orders[level->newest].newer = slot;
    }
    level->newest = slot;
    level->aggregate += order->quantity;
    market->orders++;
}

static void book_unlink_order(struct model *model, struct market *market, uint32_t slot)
{
    struct order *order = &model->orders[slot];
    struct half *half = &market->half[order->side];
    struct level *level = book_level(model, market, order->price);

    if (order->older == ORDER_NONE)
        level->oldest = order->newer;
    else
        model->orders[order->older].newer = order->newer;
    if (order->newer == ORDER_NONE)
        level->newest = order->older;
    else
        model->orders[order->newer].older = order->older;
    if (level->aggregate == 0) {
        check(order->older == ORDER_NONE && order->newer == ORDER_NONE);
        half_clear_level(half, book_index(model, order->price));
        if (order->price == half->best)
            half->best = book_find_worse(model, market, order->side, order->price);
    }
    market->orders--;
}

void book_lower_order(struct model *model, uint32_t slot, uint64_t lots)
{
    struct order *order = &model->orders[slot];
    struct market *market = &model->markets[order->market];

    check(lots <= order->quantity);
    order->quantity -= lots;
    book_level(model, market, order->price)->aggregate -= lots;
    if (order->quantity == 0)
        book_unlink_order(model, market, slot);
}

void book_remove_order(struct model *model, uint32_t slot)
{
    book_lower_order(model, slot, model->orders[slot].quantity);
}
