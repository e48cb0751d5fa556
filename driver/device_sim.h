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

/* The ring that the card writes to. */
struct card_event *device_sim_ring(struct device *device);

#endif
