/* Failed log-ins are slowed down: after each failure nothing more is tried for that key for a while, twice as long each
 * time. A fixed number of keys is remembered; where the table is full, the one that failed longest ago is forgotten.
 *
 * Many clients may share an address (a proxy), and one of them that fails must not lock out the others. So an address
 * that is throttled is not turned away unheard; what it may try depends on what can be guessed and on what it costs:
 * - One-time password (32^10 = 2^50 of them, valid for 10 s, once): compared whatever the address. From throttled
 *   addresses at most PASSWORD_GUESSES are compared with one password: all of them find it with probability 2^-40.
 * - Fixed password (loopback only): can be guessed, so its address and its user are both waited for.
 * - Signature at the key port: can't be guessed, but an Ed25519 check takes as long as many orders. One a turn of the
 *   loop, VERIFY_RATE a second in all; who comes faster waits. From throttled addresses VERIFY_THROTTLED_RATE a second
 *   on top of that, and of them one a second and user that is claimed (all names that have no key count as one user);
 *   beyond that, 'T'. At 100 us a check, strangers take at most 5.3 % of the thread.
 * A failure at a throttled address is answered like being throttled and does not make it wait longer; a success clears
 * its address only if that was not throttled, for it says nothing of who failed there. What remains possible: who
 * shares an address, claims a user's name and comes faster than that can keep this user out of the same address. */
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
