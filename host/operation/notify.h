/* Tells systemd how the service is (sd_notify), over $NOTIFY_SOCKET and without its library. */
#ifndef VITRINE_NOTIFY_H
#define VITRINE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify {
    int fd;               /* -1: nobody listens */
    uint64_t watchdog_ns; /* send "WATCHDOG=1" at least this often; 0: not asked for */
};

/* From the environment's NOTIFY_SOCKET and WATCHDOG_USEC; NULLs for what is not set. */
void notify_open(struct notify *notify, const char *socket_path, const char *watchdog_usec);
/* "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=..."; never waits. */
void notify_send(const struct notify *notify, const char *text);
void notify_close(struct notify *notify);

#endif
