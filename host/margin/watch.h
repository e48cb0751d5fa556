/* Who is near maintenance, without visiting everybody at every tick. An index beside the state: no part of it, of its
 * hash or of snapshots, rebuilt from it in one call; what it finds is a function of the state alone.
 *
 * Level of a subaccount, E net equity, M sum of MM: liquidation where M > 0 and E <= M (exchange-rules.md, section 6),
 * a margin call where M > 0 and 4 E <= 5 M (chosen). Both are looked at afresh at every tick. Everybody else who has
 * exposure is armed: a price for each factor (the mark of each of its perpetuals, the index of each asset that it holds
 * or owes) down to which (or up to which) it provably stays above 4 E > 5 M whatever the other factors do inside
 * theirs. A tick visits those whose bound is crossed, those whose money or positions have changed (marked dirty), and
 * a share of the others, so that everybody is looked at once in WATCH_CYCLE_SECONDS.
 *
 * Why the bounds are safe. Let f = 4 E - 5 M, S > 0 its value now, and let every price p of a factor move to p (1 + x),
 * |x| <= r. Take the value of what profits from a rise as C (long position, haircut collateral: the weight depends on
 * the quantity alone, so that the value is linear in the index), of what loses as L (short position, borrow), and of
 * what asks for maintenance as X (|position|, borrow). Then f loses at most
 *   when it rises:  x (4 (L - C) + 5 m),   m = MM(3 X) / 2: MM is convex, so MM(X (1 + x)) - MM(X) <= x m for x <= 2
 *   when it falls:  x 4 (C - L),           since MM falls with it
 * so at most r w, w the larger of both: with r = T / sum of w all factors together take no more than T. The slack is so
 * split in proportion to exposure, and every factor has the same relative room. The direction in which w is not lost is
 * free (until the price has halved or doubled: then everybody is looked at). Where both directions lose, the fall costs
 * less than 5 m in all and is paid from S beforehand.
 * The shortage of the settlement asset couples the factors: its MM g, convex as well, grows by at most g(D - n) - g(-n)
 * (n what there is of it, claims counted) when D is lost, and D <= T / 4; by convexity that is at most the part
 * T / S of what S / 4 would add. So T = S^2 / (S + 5 (g(S / 4 - n) - g(-n))).
 * Time: interest and funding move what is owed without a price. For each position 2^-10 of its value, for each lend and
 * borrow 2^-11 of it is taken off T beforehand; where a market's funding has moved by 2^-10 of the mark, or a pool's
 * ratio of units to shares by 2^-12, since anybody was armed, everybody is looked at. Roundings (units, roots, u256)
 * are taken off likewise. Settlement that moves an entry cost and cash changes neither E nor M at any prices: nothing
 * to mark. */
#ifndef VITRINE_WATCH_H
#define VITRINE_WATCH_H

#include "margin.h"

#define WATCH_CYCLE_SECONDS 3600u

enum watch_level { WATCH_NONE, WATCH_CALL, WATCH_LIQUIDATION };

/* Of a view by margin_compute() or margin_compute_maintenance(). */
enum watch_level watch_level_of(const struct margin_view *view);

struct watch;

/* For states with tables of these capacities. Ends the program where memory is short. Owned by the caller, who
 * rebuilds it before its first tick. */
struct watch *watch_create(const struct state *state);
void watch_destroy(struct watch *watch);
/* Memory that it has reserved (what is never used is never touched). */
uint64_t watch_bytes(const struct watch *watch);
/* Touches all of it, before anybody waits for a page; false: the kernel won't (memory.h). */
bool watch_populate(struct watch *watch);

/* From nothing: everybody is due. Before the first tick, and after a snapshot has been loaded. */
void watch_rebuild(struct watch *watch, const struct state *state);

/* A subaccount's lots, balances, shares, claims or debts have changed other than by settlement in cash (above): it is
 * due. All of them: parameters of an asset or a market have. */
void watch_mark_dirty(struct watch *watch, uint32_t subaccount);
/* Asks for the memory that this writes. */
void watch_prefetch(const struct watch *watch, uint32_t subaccount);
void watch_mark_all(struct watch *watch, const struct state *state);

/* Takes the prices, pools, funding and time (totals.time_ns) of the state: who has to be looked at becomes due, but for
 * those whose bounds the prices have crossed. Once a tick, after prices, funding and interest. */
void watch_tick(struct watch *watch, const struct state *state);
/* Those too: one of so many parts (1: all) of what there is to cross, so that a fall far through many bounds need not
 * be gone through at a stretch. All of it before the next watch_run(). */
void watch_cross(struct watch *watch, uint32_t parts);

/* Called for everybody with a level, rows ascending, and for those who are well again and whose flag
 * SUBACCOUNT_CALLED still stands (WATCH_NONE). The view is margin_compute_maintenance()'s. False: the run stops behind
 * it; what decides that must be a function of the state. */
typedef bool (*watch_found)(void *context, uint32_t subaccount, enum watch_level level, const struct margin_view *view);

/* Looks at those who are due of the subaccounts from .. from + rows - 1, exactly, and arms them again. Returns where to
 * go on, TABLE_NONE when all rows have been seen. After a tick and all rows, what was found is what a scan of everybody
 * finds, row by row at the prices of its call. The work is cut by rows, or by what was found, not by visits: how many
 * are due depends on when the index was built, and two nodes must cut at the same place. */
uint32_t watch_run(struct watch *watch, const struct state *state, uint32_t from, uint32_t rows, watch_found found,
                   void *context);

/* Visits so far: of margin computed afresh. */
uint64_t watch_visits(const struct watch *watch);
/* How many are due now. */
uint64_t watch_due(const struct watch *watch);

#endif
