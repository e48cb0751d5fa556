/* The key port: a one-time password for who signs a challenge. Private to host/gateway. */
#ifndef VITRINE_KEY_SESSION_H
#define VITRINE_KEY_SESSION_H

#include "session.h"

/* Takes bytes as far as it may now; the number taken. */
size_t key_session_take(struct session *session, const uint8_t *bytes, size_t size);

#endif
