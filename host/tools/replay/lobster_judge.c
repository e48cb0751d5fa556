#include "lobster_judge.h"

#include <stdlib.h>

#include "check.h"
#include "memory.h"

#define JUDGE_ROWS (4 * LOBSTER_BATCH_ROWS) /* rows not yet judged: three batches at most */

struct lobster_judge {
    struct lobster_result *result;
    struct depth *depth;
    size_t levels, compare;
    uint64_t answered; /* commands */
    uint64_t head, tail; /* rows judged, rows expected */
    struct lobster_expect expect[JUDGE_ROWS];
    struct depth_level *level; /* by row, side and rank */
    struct depth_level *seen;
    uint64_t filled_right, filled; /* of the command being answered */
    bool mirror_broken;            /* since the last row: an event contradicted the mirror */
};

struct lobster_judge *lobster_judge_create(uint32_t base, uint32_t tick_bits, size_t levels, size_t compare,
                                           struct lobster_result *result)
{
    struct lobster_judge *judge = memory_reserve(1, sizeof *judge);

    judge->result = result;
    judge->depth = depth_create(base, tick_bits);
    judge->levels = levels;
    judge->compare = compare && compare < levels ? compare : levels;
    judge->level = memory_reserve(JUDGE_ROWS * 2 * (levels + 1), sizeof *judge->level);
    judge->seen = memory_reserve(levels + 1, sizeof *judge->seen);
    return judge;
}

void lobster_judge_destroy(struct lobster_judge *judge)
{
    if (judge == NULL)
        return;
    depth_destroy(judge->depth);
    free(judge->level);
    free(judge->seen);
    free(judge);
}

static struct depth_level *judge_levels(struct lobster_judge *judge, uint64_t row, enum card_side side)
{
    return judge->level + (row % JUDGE_ROWS * 2 + side) * (judge->levels + 1);
}

struct depth_level *lobster_judge_levels(struct lobster_judge *judge, enum card_side side)
{
    return judge_levels(judge, judge->tail, side);
}

void lobster_judge_expect(struct lobster_judge *judge, const struct lobster_expect *expect)
{
    check(judge->tail - judge->head < JUDGE_ROWS);
    judge->expect[judge->tail++ % JUDGE_ROWS] = *expect;
}

static bool judge_side(struct lobster_judge *judge, const struct lobster_expect *expect, enum card_side side)
{
    const struct depth_level *want = judge_levels(judge, judge->head, side);
    size_t count = expect->count[side] < judge->compare ? expect->count[side] : judge->compare;
    size_t most = judge->compare == judge->levels ? count + 1 : count;

    if (depth_top(judge->depth, side, judge->seen, most) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (judge->seen[i].price != want[i].price || judge->seen[i].aggregate != want[i].aggregate)
            return false;
    return true;
}

static void judge_row(struct lobster_judge *judge, const struct lobster_expect *expect)
{
    struct lobster_result *result = judge->result;
    const char *what = NULL;

    result->rows++;
    if (!judge_side(judge, expect, CARD_SIDE_BUY))
        what = "bids differ from the record";
    else if (!judge_side(judge, expect, CARD_SIDE_SELL))
        what = "asks differ from the record";
    else if (judge->mirror_broken)
        what = "an event contradicts those before it";
    else if (expect->corrected)
        what = "the record's orders do not add up to its levels";
    judge->mirror_broken = false;
    result->rows_corrected += expect->corrected;
    if (!expect->compare)
        return;
    result->rows_compared++;
    result->rows_equal += what == NULL;
    if (what && result->unequal_count++ < LOBSTER_LISTED)
        result->unequal[result->unequal_count - 1] = (struct lobster_unequal){ expect->row, what };
}

void lobster_judge_flush(struct lobster_judge *judge)
{
    while (judge->head < judge->tail && judge->expect[judge->head % JUDGE_ROWS].end <= judge->answered) {
        judge_row(judge, &judge->expect[judge->head % JUDGE_ROWS]);
        judge->head++;
    }
}

static void judge_execution(struct lobster_judge *judge, const struct lobster_expect *expect)
{
    struct lobster_result *result = judge->result;

    result->executions++;
    if (judge->filled == expect->quantity && judge->filled_right == expect->quantity) {
        result->maker_right++;
        return;
    }
    if (result->maker_wrong++ < LOBSTER_LISTED)
        result->wrong[result->maker_wrong - 1] =
            (struct lobster_wrong){ expect->row, expect->time_ns, expect->named, expect->met };
}

static void judge_fill(struct lobster_judge *judge, const struct lobster_expect *expect, const struct card_event *event)
{
    uint64_t quantity = card_event_quantity(event);

    judge->result->fills++;
    judge->filled += quantity;
    if (card_event_maker_slot(event) == expect->maker_slot &&
        card_event_maker_generation(event) == expect->maker_generation)
        judge->filled_right += quantity;
}

static void judge_read(struct lobster_judge *judge, const struct card_command *command, const struct card_event *event)
{
    uint32_t price = command->order.price;
    uint64_t mirrored =
        depth_at(judge->depth, CARD_SIDE_BUY, price) + depth_at(judge->depth, CARD_SIDE_SELL, price);

    judge->result->levels_read++;
    judge->result->levels_read_equal +=
        card_event_price(event) == price && card_event_aggregate(event) == mirrored &&
        card_event_level_valid(event) == (mirrored != 0) &&
        (mirrored == 0 || depth_at(judge->depth, (enum card_side)card_event_side(event), price) == mirrored);
}

void lobster_judge_event(struct lobster_judge *judge, const struct card_command *command,
                         const struct card_event *event)
{
    const struct lobster_expect *expect = &judge->expect[judge->head % JUDGE_ROWS];

    if (!depth_apply(judge->depth, event))
        judge->mirror_broken = true;
    if (card_event_kind(event) == CARD_KIND_FILL)
        judge_fill(judge, expect, event);
    else if (card_event_kind(event) == CARD_KIND_REJECTED)
        judge->result->rejected++;
    else if (command->code == CARD_CODE_READ && command->order.count == CARD_READ_LEVEL)
        judge_read(judge, command, event);
    if (!card_event_last(event))
        return;
    if (judge->head < judge->tail && expect->execution && expect->execution_command == judge->answered)
        judge_execution(judge, expect);
    judge->filled = judge->filled_right = 0;
    judge->answered++;
    lobster_judge_flush(judge);
}
