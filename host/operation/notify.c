#include "notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "decimal.h"

void notify_open(struct notify *notify, const char *socket_path, const char *watchdog_usec)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = socket_path ? strlen(socket_path) : 0;
    uint64_t interval;

    *notify = (struct notify){ .fd = -1 };
    if (length == 0 || length >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, socket_path, length);
    if (address.sun_path[0] == '@') /* the abstract name space */
        address.sun_path[0] = '\0';
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd >= 0 && connect(notify->fd, (struct sockaddr *)&address,
                                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) != 0)
        notify_close(notify);
    if (notify->fd >= 0 && watchdog_usec && decimal_parse_whole(watchdog_usec, strlen(watchdog_usec), &interval) &&
        interval <= UINT64_MAX / 1000)
        notify->watchdog_ns = interval * 1000 / 2;
}

void notify_send(const struct notify *notify, const char *text)
{
    if (notify->fd >= 0)
        send(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT); /* tidy: the system's names */
}

void notify_close(struct notify *notify)
{
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
    notify->watchdog_ns = 0;
}
