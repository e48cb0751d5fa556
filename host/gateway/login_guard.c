#include "login_guard.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { ENTRIES = 4096, PROBES = 8 };

struct entry {
    struct login_guard_key key;
    uint64_t failed_ns, until_ns;
    uint32_t failures; /* 0: free */
    uint32_t reserved;
};

struct login_guard {
    struct entry entry[ENTRIES];
};

struct login_guard *login_guard_create(void)
{
    return memory_reserve(1, sizeof(struct login_guard));
}

void login_guard_destroy(struct login_guard *guard)
{
    free(guard);
}

static uint64_t place_of(const struct login_guard_key *key)
{
    uint64_t part[2];
    memcpy(part, key->bytes, sizeof part);
    uint64_t mixed = (part[0] ^ (part[1] >> 32 | part[1] << 32)) * UINT64_C(0x9e3779b97f4a7c15);
    return mixed >> 40;
}

static struct entry *find(struct login_guard *guard, const struct login_guard_key *key)
{
    uint64_t place = place_of(key);
    for (unsigned probe = 0; probe < PROBES; probe++) {
        struct entry *entry = &guard->entry[(place + probe) % ENTRIES];
        if (entry->failures && memcmp(&entry->key, key, sizeof *key) == 0)
            return entry;
    }
    return NULL;
}

bool login_guard_admits(const struct login_guard *guard, const struct login_guard_key *key, uint64_t now_ns)
{
    const struct entry *entry = find((struct login_guard *)guard, key);
    return !entry || now_ns >= entry->until_ns;
}

void login_guard_fail(struct login_guard *guard, const struct login_guard_key *key, uint64_t now_ns)
{
    struct entry *entry = find(guard, key);
    if (!entry) {
        uint64_t place = place_of(key);
        entry = &guard->entry[place % ENTRIES];
        for (unsigned probe = 0; probe < PROBES; probe++) {
            struct entry *other = &guard->entry[(place + probe) % ENTRIES];
            if (other->failed_ns < entry->failed_ns)
                entry = other;
        }
        *entry = (struct entry){.key = *key};
    }
    if (now_ns - entry->failed_ns > LOGIN_GUARD_FORGET_NS)
        entry->failures = 0;
    unsigned doublings = entry->failures < 16 ? entry->failures : 16;
    uint64_t delay = LOGIN_GUARD_FIRST_NS << doublings;
    entry->failures++;
    entry->failed_ns = now_ns;
    entry->until_ns = now_ns + (delay < LOGIN_GUARD_MAX_NS ? delay : LOGIN_GUARD_MAX_NS);
}

void login_guard_clear(struct login_guard *guard, const struct login_guard_key *key)
{
    struct entry *entry = find(guard, key);
    if (entry)
        memset(entry, 0, sizeof *entry);
}
