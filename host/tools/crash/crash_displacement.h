/* Displacement: how much further than without liquidations the pressed side of the book is from the price outside.
 *
 * Pressed is the bid where liquidations sold more on the book since the moment before, the ask where they bought
 * more; where they did neither, what it was before (the bid at first: a crash falls). Of a moment it is, over all
 * markets by open interest (crash_moment.bid_below, ask_above: the lowest bid and highest ask since the moment
 * before), the pressed side's distance less the same on the path with the same seed on which nobody is liquidated:
 * negative where the book is nearer than there. A moment is left out where a path had that side in no market. */
#ifndef VITRINE_CRASH_DISPLACEMENT_H
#define VITRINE_CRASH_DISPLACEMENT_H

#include <jansson.h>

/* Sets of every run, in bp: displacement_mean, over moments with liquidation on either path: an episode was open at
 * one of the looks since the moment before, or something was liquidated (null: there is none); displacement_whole, over
 * all; displacement_max, the largest of all; and moments.displacement (null: left out). All are 0 of the path without
 * liquidations, which stands in front of the runs that belong to it. */
void crash_displacement_set(json_t *runs);

#endif
