/* What tests and tools may ask of the simulated backend beyond device.h. */
#ifndef VITRINE_DEVICE_SIM_H
#define VITRINE_DEVICE_SIM_H

#include "device.h"

struct card_sim;

/* The card behind a device opened with backend "sim": for plans of stalls and faults. */
struct card_sim *device_sim_card(struct device *device);

/* The ring that the card writes to. */
struct card_event *device_sim_ring(struct device *device);

#endif
