/* Failed log-ins are slowed down: after each failure nothing more is tried for that key for a while, twice as long each
 * time. A fixed number of keys is remembered; where the table is full, the one that failed longest ago is forgotten. */
#ifndef VITRINE_LOGIN_GUARD_H
#define VITRINE_LOGIN_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#define LOGIN_GUARD_FIRST_NS UINT64_C(100000000)    /* delay after the first failure */
#define LOGIN_GUARD_MAX_NS UINT64_C(30000000000)
#define LOGIN_GUARD_FORGET_NS UINT64_C(600000000000)

/* An address (IPv6, /64 of it unless it is IPv4 mapped) or a user's number. */
struct login_guard_key {
    uint8_t bytes[16];
};

struct login_guard;

struct login_guard *login_guard_create(void);
void login_guard_destroy(struct login_guard *guard);

/* May `key` try now? Times are ns of one clock that never goes back. */
bool login_guard_admits(const struct login_guard *guard, const struct login_guard_key *key, uint64_t now_ns);
void login_guard_fail(struct login_guard *guard, const struct login_guard_key *key, uint64_t now_ns);
void login_guard_clear(struct login_guard *guard, const struct login_guard_key *key);

#endif
