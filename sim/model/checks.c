/* The checks of docs/card.md, in their order. */
#include "internal.h"

/* Flags of a new or a replace that make sense together. */
static bool checks_flags_entry(const struct card_command *command)
{
    unsigned flags = command->flags;
    unsigned tif = (flags & CARD_ORDER_TIF_MASK) >> CARD_ORDER_TIF_SHIFT;
    unsigned stp = (flags & CARD_ORDER_STP_MASK) >> CARD_ORDER_STP_SHIFT;
    bool post_only = flags & CARD_ORDER_POST_ONLY_MASK;
    bool market_order = flags & CARD_ORDER_MARKET_ORDER_MASK;

    if (flags > 0xFF || tif > CARD_TIF_FOK || stp > CARD_STP_REJECT_BOTH)
        return false;
    if (market_order && (tif == CARD_TIF_GTC || post_only || command->code == CARD_CODE_REPLACE))
        return false;
    return !post_only || tif == CARD_TIF_GTC;
}

static bool checks_configure(const struct model *model, const struct card_command *command)
{
    uint32_t window = command->configure.window_log2;

    const uint32_t bands = CARD_BANDS_LIMIT_MASK | CARD_BANDS_IMPACT_MASK | CARD_BANDS_PREMIUM_MASK;
    const uint32_t multipliers[] = {
        command->configure.limit_min,  command->configure.limit_max, command->configure.impact_min,
        command->configure.impact_max, command->configure.mean_min,  command->configure.mean_max,
    };

    for (size_t i = 0; i < sizeof multipliers / sizeof *multipliers; i++)
        if (multipliers[i] > CARD_MULTIPLIER_MAX)
            return false;
    if (window != 0 && (window < 6 || window > model->size.tick_bits))
        return false;
    return command->configure.state <= CARD_STATE_OPEN && (command->configure.bands & ~bands) == 0 &&
           command->configure.tolerance <= CARD_TOLERANCE_MAX;
}

/* Everything that makes a command `bad_command`. */
static bool checks_command(const struct model *model, const struct card_command *command)
{
    const uint32_t present = CARD_PRESENT_MARK_MASK | CARD_PRESENT_INDEX_MASK | CARD_PRESENT_MEAN_MARK_MASK |
                             CARD_PRESENT_FAST_MEAN_MARK_MASK | CARD_PRESENT_MEAN_PREMIUM_MASK;
    bool slot_good = command->slot < model->size.orders;

    if (command->session != model->session || command->market >= model->size.markets)
        return false;
    switch (command->code) {
    case CARD_CODE_NEW:
        return slot_good && checks_flags_entry(command) && command->order.owner <= CARD_OWNER_MAX;
    case CARD_CODE_REPLACE:
        return slot_good && checks_flags_entry(command);
    case CARD_CODE_PLACE:
        return slot_good && (command->flags & ~CARD_ORDER_SIDE_MASK) == 0 && command->order.owner <= CARD_OWNER_MAX;
    case CARD_CODE_CANCEL:
    case CARD_CODE_REDUCE:
    case CARD_CODE_PULL:
        return slot_good;
    case CARD_CODE_READ:
        return command->order.count <= CARD_READ_DIGEST && (slot_good || command->order.count != CARD_READ_ORDER);
    case CARD_CODE_CONFIGURE:
        return checks_configure(model, command);
    case CARD_CODE_SET_MARK:
        return command->mark.present != 0 && (command->mark.present & ~present) == 0;
    case CARD_CODE_CANCEL_MANY:
    case CARD_CODE_FENCE:
    case CARD_CODE_SET_LAST:
    case CARD_CODE_SHIFT:
        return true;
    case CARD_CODE_RESET:
        return command->reset.next_session != model->session;
    default:
        return false;
    }
}

static bool checks_quantity(const struct card_command *command)
{
    const int64_t max = (int64_t)CARD_QUANTITY_MAX;
    int64_t quantity = command->order.quantity;

    switch (command->code) {
    case CARD_CODE_NEW:
    case CARD_CODE_PLACE:
    case CARD_CODE_REDUCE:
        return quantity >= 1 && quantity <= max;
    case CARD_CODE_REPLACE:
        return quantity >= -max && quantity <= max;
    case CARD_CODE_CANCEL_MANY:
        return command->order.count != 0;
    default:
        return true;
    }
}

static bool checks_mark(const struct card_command *command)
{
    uint32_t present = command->mark.present;
    const struct {
        uint32_t bit;
        uint64_t value;
    } values[] = {
        {CARD_PRESENT_MARK_MASK, command->mark.mark},
        {CARD_PRESENT_INDEX_MASK, command->mark.index},
        {CARD_PRESENT_MEAN_MARK_MASK, command->mark.mean_mark},
        {CARD_PRESENT_FAST_MEAN_MARK_MASK, command->mark.fast_mean_mark},
    };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if ((present & values[i].bit) && (values[i].value == 0 || values[i].value > CARD_FIXED_MAX))
            return false;
    return !(present & CARD_PRESENT_MEAN_PREMIUM_MASK) ||
           (command->mark.mean_premium >= -CARD_PREMIUM_MAX && command->mark.mean_premium <= CARD_PREMIUM_MAX);
}

static bool checks_price(const struct card_command *command)
{
    switch (command->code) {
    case CARD_CODE_NEW:
        return (command->flags & CARD_ORDER_MARKET_ORDER_MASK) || command->order.price != 0;
    case CARD_CODE_PLACE:
        return command->order.price != 0;
    case CARD_CODE_REPLACE:
        return command->order.new_price != 0;
    case CARD_CODE_SET_MARK:
        return checks_mark(command);
    default:
        return true;
    }
}

enum card_reason checks_format(const struct model *model)
{
    const struct card_command *command = model->command;

    if (!checks_command(model, command))
        return CARD_REASON_BAD_COMMAND;
    if (!checks_quantity(command))
        return CARD_REASON_INVALID_QUANTITY;
    if (!checks_price(command))
        return CARD_REASON_INVALID_PRICE;
    return CARD_REASON_NONE;
}

enum card_reason checks_handle(const struct model *model)
{
    const struct card_command *command = model->command;
    const struct order *order = &model->orders[command->slot];

    switch (command->code) {
    case CARD_CODE_NEW:
    case CARD_CODE_PLACE:
        return order->quantity != 0 ? CARD_REASON_SLOT_IN_USE : CARD_REASON_NONE;
    default: /* cancel, pull, reduce, replace */
        if (order->quantity == 0 || order->generation != command->generation || order->market != command->market ||
            order->price != command->order.price)
            return CARD_REASON_STALE_ORDER;
        if (command->code == CARD_CODE_REPLACE &&
            (int64_t)order->quantity + command->order.quantity > (int64_t)CARD_QUANTITY_MAX)
            return CARD_REASON_INVALID_QUANTITY;
        return CARD_REASON_NONE;
    }
}

enum card_reason checks_state(const struct market *market, const struct taker *taker)
{
    switch (market->state) {
    case CARD_STATE_OPEN:
        return CARD_REASON_NONE;
    case CARD_STATE_POST_ONLY:
        return taker->post_only ? CARD_REASON_NONE : CARD_REASON_POST_ONLY_MODE;
    case CARD_STATE_LIMIT_ONLY:
        return taker->price != 0 ? CARD_REASON_NONE : CARD_REASON_MARKET_STATE;
    default: /* closed, cancel_only */
        return CARD_REASON_MARKET_STATE;
    }
}

/* Whether the opposite side has what a fill-or-kill order wants before anything stops it. */
static bool checks_fillable(const struct model *model, const struct market *market, const struct taker *taker,
                            const struct bounds *bounds)
{
    uint8_t side = side_opposite(taker->side);
    uint64_t counted = 0;

    for (uint32_t price = market->half[side].best; price != 0 && bounds_admit_price(bounds, taker->side, price);
         price = book_find_worse(model, market, side, price)) {
        uint32_t slot = book_level(model, market, price)->oldest;

        for (; slot != ORDER_NONE; slot = model->orders[slot].newer) {
            const struct order *order = &model->orders[slot];

            if (order->owner != taker->owner)
                counted += order->quantity;
            else if (taker->stp != CARD_STP_REJECT_MAKER)
                return counted >= taker->quantity;
            if (counted >= taker->quantity)
                return true;
        }
    }
    return false;
}

/* Checks 4 to 7. */
enum card_reason checks_entry(const struct model *model, const struct market *market, const struct taker *taker,
                              const struct bounds *bounds)
{
    uint32_t touch = market->half[side_opposite(taker->side)].best;

    if (taker->post_only && book_beyond_aggressive(model, market, taker->side, taker->price))
        return CARD_REASON_PRICE_OUT_OF_BOUNDS;
    if (taker->price != 0 && (market->bands & CARD_BANDS_LIMIT_MASK) && !bands_admit_limit(market, taker->price))
        return CARD_REASON_PRICE_OUT_OF_BOUNDS;
    if (taker->post_only && touch != 0 && side_reaches(taker->side, taker->price, touch))
        return CARD_REASON_POST_ONLY_TAKER;
    if (taker->tif == CARD_TIF_FOK && !checks_fillable(model, market, taker, bounds))
        return CARD_REASON_FILL_OR_KILL;
    return CARD_REASON_NONE;
}
