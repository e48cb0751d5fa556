/* What `vitrine replay` was asked for. */
#ifndef VITRINE_REPLAY_SETTINGS_H
#define VITRINE_REPLAY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

#define REPLAY_NOT_GIVEN UINT64_MAX

struct replay_settings {
    const char *book;   /* NULL: beside the message file */
    const char *engine; /* sim, model, both */
    const char *device; /* NULL: the simulated card */
    const char *trace;  /* NULL: none */
    uint64_t trace_from, trace_to;
    uint64_t levels, limit, check_every; /* check_every: REPLAY_NOT_GIVEN if the file is in our own format */
    bool json;
    bool wait_at_fences;
};

/* Device options that the settings ask for. */
struct device_options replay_device_options(const struct replay_settings *settings);

/* Warns on stderr where the range to trace holds none of the `cycles` that ran. */
void replay_warn_trace(const struct replay_settings *settings, uint64_t cycles);

/* Replay of a LOBSTER pair or a file in our own format; exit statuses. */
int replay_lobster(const struct replay_settings *settings, const char *path);
int replay_flow(const struct replay_settings *settings, const char *path);

#endif
