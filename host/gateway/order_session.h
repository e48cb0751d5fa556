/* Order entry over one connection: log-in, messages to inputs, missed messages. Private to host/gateway. */
#ifndef VITRINE_ORDER_SESSION_H
#define VITRINE_ORDER_SESSION_H

#include "session.h"

/* Takes bytes as far as it may now; the number taken. `bytes` need not stay. */
size_t order_session_take(struct session *session, const uint8_t *bytes, size_t size);
/* Offers what waits (an input, a log-in) again. */
void order_session_retry(struct session *session);
/* Sends messages of the store, a turn's share at most. */
void order_session_replay(struct session *session);
void order_session_read_done(struct session *session, int32_t result);
/* Queues one packet; the client is cut off if it is too far behind. */
void order_session_send(struct session *session, enum soupbin_type type, const void *payload, size_t size);
/* The user has no session any more: the core is to be told, not before `not_before_ns`. */
void order_session_leave(struct session *session, uint64_t not_before_ns);
/* Tells the core of users that are gone, as far as it is time and it listens. */
void order_session_tell(struct gateway *gateway);
/* Ends it politely: 'Z'. `grace`: the user may come back before it counts as gone. */
void order_session_end(struct session *session, bool grace);

#endif
