/* What tests and tools may ask of the simulated backend beyond device.h. */
#ifndef VITRINE_DEVICE_SIM_H
#define VITRINE_DEVICE_SIM_H

#include "device.h"

struct card_sim;

/* The card behind a device opened with backend "sim", for plans of stalls and faults; NULL for other backends. Not to
 * be touched if it has a thread of its own. */
struct card_sim *device_sim_card(struct device *device);

/* Runs `function` on the card of a "sim" device, on the thread that drives it, and returns when it has run. */
void device_sim_call(struct device *device, void (*function)(struct card_sim *card, void *context), void *context);

/* From now on remembers in which cycles the last `beats` beats crossed the card's bus each way; without `narrow` a
 * command is a beat in, and an event is always one out. False: another backend, a card with a thread, or no memory. */
bool device_sim_watch(struct device *device, size_t beats);

/* The cycles in which the card took command number `command` from the bus and first offered event number `event` to it,
 * both counted from 0 since device_sim_watch. False if one has not come yet or is forgotten. */
bool device_sim_beats(struct device *device, uint64_t command, uint64_t event, uint64_t *in_cycle, uint64_t *out_cycle);

/* The ring that the card writes to. */
struct card_event *device_sim_ring(struct device *device);

#endif
