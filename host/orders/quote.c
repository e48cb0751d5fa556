/* Market orders by quote quantity. The card knows lots only and the host keeps no book, so such an order goes in
 * portions, each as many lots as could not cost too much whatever they find; what cheaper fills left over is the
 * next portion's. Nothing else comes between, so that to the book they are one order.
 *
 * Its bound is set by the first portion: mean-mark band, impact band, slippage, whichever is nearest. Portions
 * carry it as their limit, or each would move the touch that the impact band goes by. */
#include "core.h"

struct quote_bound {
    uint8_t side;
    uint64_t price;
    enum reason reason;   /* what it means to be stopped there */
};

/* price x numerator / denominator, rounded as the card does, is a bound too. */
static void quote_tighten(struct quote_bound *bound, uint64_t price, uint64_t numerator, uint64_t denominator,
                          enum reason reason)
{
    const bool buys = bound->side == CARD_SIDE_BUY;
    const uint64_t other = (price * numerator + (buys ? 0 : denominator - 1)) / denominator;

    if (buys ? other <= bound->price : other >= bound->price) {
        bound->price = other;
        bound->reason = reason;
    }
}

static enum reason quote_set_bound(const struct market *market, struct order *model, uint32_t touch)
{
    struct quote_bound bound = { model->side, margin_worst_price(market, model->side), REASON_PRICE_OUT_OF_BOUNDS };
    const bool buys = model->side == CARD_SIDE_BUY;

    if (bound.price == 0)
        return REASON_NO_PRICE;
    if (market->bands & CARD_BANDS_IMPACT_MASK)
        quote_tighten(&bound, touch, buys ? market->impact_max : market->impact_min, 1000000, REASON_PRICE_IMPACT);
    if (model->slippage)
        quote_tighten(&bound, touch, buys ? 10000u + model->slippage : 10000u - model->slippage, 10000,
                      REASON_SLIPPAGE_EXCEEDED);
    if (bound.price == 0)
        return REASON_INSUFFICIENT_LIQUIDITY;
    model->price = (uint32_t)bound.price; /* a buy's is at most the mean's bound, a sell's at most the touch or that */
    model->bound_reason = (uint8_t)bound.reason;
    return REASON_NONE;
}

/* Lots that cost, or bring, no more than is left: a buy fills at its bound or below, a sell at the best bid or
 * below. A buy that has not enough left for a lot at its bound takes one at the touch. */
static wide quote_lots(const struct exchange *exchange, const struct order *order)
{
    const struct market *market = state_market(&exchange->state, order->market);
    const uint32_t bid = market->best[CARD_SIDE_BUY], ask = market->best[CARD_SIDE_SELL];
    const uint32_t price = order->side == CARD_SIDE_BUY ? order->price : bid ? bid : market->last_trade;
    const wide lots = price == 0 ? 0 : order->quote_left / ((wide)price * market->tick_lot_units);

    if (order->side == CARD_SIDE_BUY && lots == 0 && ask &&
        (wide)ask * market->tick_lot_units <= order->quote_left)
        return 1;
    return lots;
}

static enum reason quote_check_first(const struct market *market, struct order *model, uint32_t touch)
{
    if (model->tif != CARD_TIF_IOC)
        return REASON_BAD_COMMAND;
    if (market->state == CARD_STATE_LIMIT_ONLY)
        return REASON_MARKET_STATE; /* the card sees limit orders */
    model->quote_left = model->quantity;
    model->expires_ns = 0; /* it is over before the next batch */
    if (touch == 0)
        return REASON_INSUFFICIENT_LIQUIDITY;
    return quote_set_bound(market, model, touch);
}

enum reason quote_set_price(const struct exchange *exchange, struct order *model)
{
    const struct market *market = state_market(&exchange->state, model->market);
    const uint32_t touch = market->best[state_other_side(model->side)];
    const wide most = market->quantity_max && market->quantity_max < CARD_QUANTITY_MAX ? market->quantity_max
                                                                                        : CARD_QUANTITY_MAX;
    const bool first = model->filled == 0;
    enum reason reason;
    wide lots;

    if (first) {
        reason = quote_check_first(market, model, touch);
        if (reason != REASON_NONE)
            return reason;
    } else if (touch == 0) {
        return REASON_INSUFFICIENT_LIQUIDITY;
    }
    lots = quote_lots(exchange, model);
    if (first && (lots == 0 || lots < market->quantity_min || lots > most))
        return REASON_INVALID_QUANTITY;
    if (lots == 0) /* the bid has risen */
        return REASON_IMMEDIATE_OR_CANCEL;
    model->open = (int64_t)(lots < most ? lots : most);
    if (model->side == CARD_SIDE_BUY && (wide)model->price * market->tick_lot_units > model->quote_left) {
        model->price = (uint32_t)(model->quote_left / (int64_t)market->tick_lot_units);
        model->bound_reason = REASON_IMMEDIATE_OR_CANCEL; /* the rest buys no lot */
    }
    return REASON_NONE;
}

bool quote_goes_on(const struct exchange *exchange, const struct order *order)
{
    return order->flags & INPUT_ORDER_QUOTE_QUANTITY && quote_lots(exchange, order) > 0;
}

enum reason quote_end_reason(const struct exchange *exchange, const struct order *order, enum reason reason)
{
    const struct market *market = state_market(&exchange->state, order->market);

    if (reason != REASON_IMMEDIATE_OR_CANCEL)
        return reason;
    return market->best[state_other_side(order->side)]
               ? (enum reason)order->bound_reason : REASON_INSUFFICIENT_LIQUIDITY;
}

void quote_fill_report(const struct exchange *exchange, const struct order *order, struct report *report)
{
    const bool filled = order->open == 0 && order->filled > 0 && !quote_goes_on(exchange, order);
    const bool ended = report->kind == REPORT_EXPIRED || report->kind == REPORT_CANCELLED ||
                       report->kind == REPORT_REJECTED;

    report->open = filled || ended ? 0 : order->quote_left;
    if (!ended && order->filled > 0)
        report->status = filled ? STATUS_FILLED : STATUS_PARTIALLY_FILLED;
}

void quote_run(struct exchange *exchange)
{
    const uint32_t row = exchange->state.t->quotes;
    enum reason reason;

    if (row == TABLE_NONE)
        return;
    reason = entry_release(exchange, row, ACTION_TRIGGERED);
    if (reason != REASON_NONE)
        book_finish_order(exchange, row, REPORT_EXPIRED, reason);
}
