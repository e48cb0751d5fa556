#include "event_hash.h"

#include <stdlib.h>
#include <xxhash.h>

#include "check.h"
#include "memory.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "events are hashed as they lie in memory");

struct event_hash {
    XXH64_state_t *state;
};

struct event_hash *event_hash_create(void)
{
    struct event_hash *hash = memory_reserve(1, sizeof *hash);

    hash->state = XXH64_createState();
    check(hash->state != NULL);
    XXH64_reset(hash->state, 0);
    return hash;
}

void event_hash_destroy(struct event_hash *hash)
{
    if (hash != NULL)
        XXH64_freeState(hash->state);
    free(hash);
}

struct card_event event_hash_canonical(const struct card_event *event)
{
    struct card_event canonical = *event;

    card_event_set_sequence(&canonical, 0);
    card_event_set_arrival(&canonical, 0);
    card_event_set_delay(&canonical, 0);
    card_event_set_session(&canonical, 0);
    card_event_set_phase(&canonical, 0);
    return canonical;
}

void event_hash_add(struct event_hash *hash, const struct card_event *event)
{
    struct card_event canonical = event_hash_canonical(event);

    XXH64_update(hash->state, &canonical, sizeof canonical);
}

uint64_t event_hash_value(const struct event_hash *hash)
{
    return XXH64_digest(hash->state);
}
