#include "lobster_plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "contract.h"
#include "id_map.h"
#include "memory.h"

/* What is known of an order that a message named or added. */
struct named {
    uint32_t episode; /* of the level at that time; LOBSTER_NONE: none */
    uint32_t initial; /* its place in the plan; LOBSTER_NONE: it was added */
};

struct planner {
    struct lobster_plan *plan;
    struct lobster_tracker tracker;
    struct lobster_row row;
    struct id_map ids;   /* to a place in `named` */
    struct named *named; /* by episode and order */
    size_t named_count, named_room;
    bool book;           /* there is a book file: the replay starts with the book of the first row */
    struct id_map added; /* every id that some row added or that was counted as unknown */
};

/* Whether `a` lies nearer to the touch. */
static bool lobster_better(enum card_side side, uint64_t a, uint64_t b)
{
    return side == CARD_SIDE_BUY ? a > b : a < b;
}

static void lobster_tracker_side(struct lobster_tracker *tracker, const struct lobster_row *row, enum card_side side)
{
    static struct lobster_tracked before[LOBSTER_LEVELS_MAX];
    size_t count = tracker->count[side];
    size_t old = 0;

    for (size_t i = 0; i < count; i++)
        before[i] = tracker->level[side][i];
    tracker->entered_count[side] = tracker->left_count[side] = 0;
    for (size_t i = 0; i < row->count[side]; i++) {
        uint64_t price = row->level[side][i].price;

        while (old < count && lobster_better(side, before[old].price, price))
            tracker->left[side][tracker->left_count[side]++] = before[old++];
        if (old < count && before[old].price == price) {
            tracker->level[side][i] = before[old++];
        } else {
            tracker->level[side][i] = (struct lobster_tracked){ price, tracker->episodes++ };
            tracker->entered[side][tracker->entered_count[side]++] = i;
        }
    }
    while (old < count)
        tracker->left[side][tracker->left_count[side]++] = before[old++];
    tracker->count[side] = row->count[side];
}

void lobster_tracker_advance(struct lobster_tracker *tracker, const struct lobster_row *row)
{
    lobster_tracker_side(tracker, row, CARD_SIDE_BUY);
    lobster_tracker_side(tracker, row, CARD_SIDE_SELL);
}

/* The episode of a price among the levels of now, or of those that just left. */
static uint32_t planner_episode(const struct planner *planner, enum card_side side, uint64_t price)
{
    const struct lobster_tracker *tracker = &planner->tracker;

    for (size_t i = 0; i < tracker->count[side]; i++)
        if (tracker->level[side][i].price == price)
            return tracker->level[side][i].episode;
    for (size_t i = 0; i < tracker->left_count[side]; i++)
        if (tracker->left[side][i].price == price)
            return tracker->left[side][i].episode;
    return LOBSTER_NONE;
}

static void planner_remember(struct planner *planner, uint64_t id, uint32_t episode, uint32_t initial)
{
    memory_grow((void **)&planner->named, &planner->named_room, planner->named_count + 1, sizeof *planner->named);
    planner->named[planner->named_count] = (struct named){ episode, initial };
    id_map_set(&planner->ids, id, (uint32_t)planner->named_count++);
}

static void planner_add_initial(struct planner *planner, uint64_t id, uint64_t quantity, uint32_t episode)
{
    struct lobster_plan *plan = planner->plan;
    uint32_t place = (uint32_t)plan->initial_count;

    memory_grow((void **)&plan->initial, &plan->initial_room, plan->initial_count + 1, sizeof *plan->initial);
    plan->initial[plan->initial_count++] = (struct lobster_initial){ id, quantity, plan->episode[episode] };
    plan->episode[episode] = place;
    planner_remember(planner, id, episode, place);
}

static void planner_count_unknown(struct planner *planner, uint64_t id)
{
    uint32_t seen = id_map_get(&planner->added, id);

    if (seen == 1)
        return;
    planner->plan->unknown_messages++;
    planner->plan->unknown_ids += seen == ID_MAP_NONE;
    id_map_set(&planner->added, id, 0);
}

/* A message that takes something from an order of an episode. */
static void planner_name(struct planner *planner, const struct lobster_message *message, uint32_t episode)
{
    uint32_t place = id_map_get(&planner->ids, message->id);
    const struct named *named = place == ID_MAP_NONE ? NULL : &planner->named[place];

    if (named == NULL || named->episode != episode)
        planner_add_initial(planner, message->id, message->size, episode);
    else if (named->initial != LOBSTER_NONE)
        planner->plan->initial[named->initial].quantity += message->size;
}

static void planner_take_message(struct planner *planner)
{
    const struct lobster_message *message = &planner->row.message;
    enum card_side side = message->sell ? CARD_SIDE_SELL : CARD_SIDE_BUY;
    uint32_t episode;

    bool before_start = planner->book && planner->row.number == 0;

    if (message->type > LOBSTER_EXECUTE)
        return;
    episode = planner_episode(planner, side, message->price);
    if (message->type == LOBSTER_ADD) {
        id_map_set(&planner->added, message->id, 1);
        if (!before_start)
            planner_remember(planner, message->id, episode, LOBSTER_NONE);
    } else {
        planner_count_unknown(planner, message->id);
        if (!before_start && episode != LOBSTER_NONE)
            planner_name(planner, message, episode);
    }
}

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static void planner_take_price(struct lobster_plan *plan, uint64_t price)
{
    plan->tick = greatest_divisor(price, plan->tick);
    if (plan->price_min == 0 || price < plan->price_min)
        plan->price_min = price;
    if (price > plan->price_max)
        plan->price_max = price;
    if (plan->first_price == 0)
        plan->first_price = price;
}

static void planner_take_row(struct planner *planner)
{
    struct lobster_plan *plan = planner->plan;

    lobster_tracker_advance(&planner->tracker, &planner->row);
    memory_grow((void **)&plan->episode, &plan->episode_room, planner->tracker.episodes, sizeof *plan->episode);
    while (plan->episode_count < planner->tracker.episodes)
        plan->episode[plan->episode_count++] = LOBSTER_NONE;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < planner->tracker.entered_count[side]; i++)
            planner_take_price(plan, planner->row.level[side][planner->tracker.entered[side][i]].price);
    }
    if (planner->row.message.type <= LOBSTER_EXECUTE)
        planner_take_price(plan, planner->row.message.price);
    planner_take_message(planner);
    plan->rows++;
}

bool lobster_plan_make(struct lobster_plan *plan, const struct lobster_files *files, uint64_t limit, char *error)
{
    struct lobster_rows *rows = lobster_rows_open(files, error);
    struct planner *planner;
    enum lobster_status status = LOBSTER_ROW;

    *plan = (struct lobster_plan){ 0 };
    if (rows == NULL)
        return false;
    planner = memory_reserve(1, sizeof *planner);
    planner->plan = plan;
    planner->book = files->book_path != NULL;
    while ((limit == 0 || plan->rows < limit) && (status = lobster_rows_next(rows, &planner->row)) == LOBSTER_ROW)
        planner_take_row(planner);
    if (status == LOBSTER_BAD)
        snprintf(error, TEXT_ERROR_MAX, "%.500s", lobster_rows_error(rows));
    else if (plan->tick == 0)
        snprintf(error, TEXT_ERROR_MAX, "%.300s: no order in the whole file", files->message_path);
    plan->levels = lobster_rows_levels(rows);
    lobster_rows_close(rows);
    id_map_clear(&planner->ids);
    id_map_clear(&planner->added);
    free(planner->named);
    free(planner);
    return status != LOBSTER_BAD && plan->tick != 0;
}

uint32_t lobster_plan_base(const struct lobster_plan *plan, uint32_t tick_bits)
{
    uint64_t size = (uint64_t)1 << tick_bits;
    uint64_t low = plan->price_min / plan->tick;
    uint64_t high = plan->price_max / plan->tick;
    uint64_t middle = high - low < size - CARD_WINDOW_ALIGN ? (low + high) / 2 : plan->first_price / plan->tick;
    uint64_t base = middle > size / 2 ? (middle - size / 2) / CARD_WINDOW_ALIGN * CARD_WINDOW_ALIGN : 0;
    uint64_t last = ((uint64_t)1 << 32) - size;

    if (high - low < size - CARD_WINDOW_ALIGN && high >= base + size)
        base += CARD_WINDOW_ALIGN;
    return (uint32_t)(base < last ? base : last);
}

void lobster_plan_free(struct lobster_plan *plan)
{
    free(plan->initial);
    free(plan->episode);
    *plan = (struct lobster_plan){ 0 };
}
