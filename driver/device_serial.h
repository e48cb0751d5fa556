/* What tests and tools may ask of the serial backend beyond device.h. */
#ifndef VITRINE_DEVICE_SERIAL_H
#define VITRINE_DEVICE_SERIAL_H

#include "device.h"
#include "device_serial_link.h"

/* What happened on the line of a device opened with backend "serial:PATH"; NULL for other backends. */
const struct serial_counts *device_serial_counts(const struct device *device);

/* Why its link is over; NULL while it is not, and for other backends. */
const char *device_serial_lost(const struct device *device);

#endif
