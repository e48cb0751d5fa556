/* Index, mark and their means (exchange-rules.md, section 3; docs/money.md): inside the core. The arithmetic without
 * the exchange around it is in index.h and mark.h. */
#ifndef VITRINE_PRICING_H
#define VITRINE_PRICING_H

#include "core.h"

/* Every asset with venues: index, frozen or not. Every market of such an asset: mark, means, set_mark to the card,
 * PostOnly and back. Samples of the index for every market. Once a tick, first. */
void pricing_tick(struct exchange *exchange);

/* UNKNOWN_ASSET, CONFLICT (the settlement asset is 1 by definition; another venue of the asset has that name),
 * OUT_OF_RANGE, BAD_COMMAND (name), UNKNOWN_MARKET (no such venue: of a quote, or one to be taken away). An asset's
 * index is made of its venues as long as it has parameters and a venue; when the last one goes the index stays where
 * it is, and its markets wait for prices like after a restart. */
enum reason pricing_set(struct exchange *exchange, const struct input_pricing_set *input);
enum reason pricing_set_venue(struct exchange *exchange, const struct input_venue_set *input);
/* OUT_OF_RANGE also where the bid is above the ask. All three values replace those before. */
enum reason pricing_quote(struct exchange *exchange, const struct input_quote *input);

/* Whether the numbers of pricing_set() are in range; of a row that came from a file too. */
bool pricing_parameters_are_sound(const struct input_pricing_set *input);

/* After a restart no quote counts that came before it. */
void pricing_restart(struct exchange *exchange);

/* Whether a market's marks come from venues: its base asset has some. */
static inline bool pricing_by_venues(const struct state *state, const struct market *market)
{
    return state_asset(state, market->base_asset)->price_flags & PRICE_BY_VENUES;
}

/* Ticks x 256 of a market at an index (10^-12 USDC a whole coin) of its base asset, rounded down, at least 1, at most
 * CARD_FIXED_MAX; 0 where the quote asset has no index. */
uint64_t pricing_market_ticks(const struct state *state, const struct market *market, uint64_t index);

/* The funding premium of this second, millionths, rounded towards zero: (impact mid - index) / index, 0 where a side is
 * too thin. False: the market is frozen or has no index, and there is no sample. For a market with venues it is the one
 * that the tick has just taken. */
bool pricing_premium_sample(const struct exchange *exchange, uint32_t market, int32_t *premium);

/* Mean of the index over the last hour, ticks x 256, rounded down; 0: nothing known. */
uint64_t pricing_hour_mean(const struct state *state, uint32_t market);

/* --- pricing_depth.c: what rests, on the card and parked. Not state: mirrored from the card's events, whole again
 * after exchange_attach(), which places every order anew. Valid at the start of a round. --- */

/* The mirror of every market of the card: reserved with the exchange, emptied when the card is reset. */
void pricing_depth_create(struct exchange *exchange);
void pricing_depth_destroy(struct exchange *exchange);
void pricing_depth_clear(struct exchange *exchange);

/* A walk looks at so many levels of a side on the card, and if that was all of them, at so many parked orders behind
 * the window: a bound on what a tick costs. Beyond them nothing counts. */
enum { PRICING_LEVELS_MAX = 1024, PRICING_PARKED_MAX = 1024 };

/* Mean, rounded down, of the average prices (each rounded down) at which `impact_notional` could be bought and sold,
 * parked orders included, ticks x 256; 0: a side is too thin (also: within PRICING_LEVELS_MAX), or the market has no
 * impact_notional. */
uint64_t pricing_impact_mid(const struct exchange *exchange, uint32_t market);

/* Lots that could be sold to bids (side BUY) down to `bound` ticks, or bought from asks (side SELL) up to it, on the
 * card and parked; at most INT64_MAX. Of a book with more levels what the walk has seen: never too much. */
int64_t pricing_depth(const struct exchange *exchange, uint32_t market, uint8_t side, uint32_t bound);

#endif
