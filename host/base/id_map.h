/* A map from 64-bit identifiers to 32-bit values. Grows; open addressing, linear probing. */
#ifndef VITRINE_ID_MAP_H
#define VITRINE_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_MAP_NONE UINT32_MAX /* not a value */

struct id_map_entry {
    uint64_t id;
    uint32_t value;
    uint32_t used;
};

/* All zero is an empty map. */
struct id_map {
    struct id_map_entry *entry;
    size_t room; /* a power of two */
    size_t count;
};

void id_map_set(struct id_map *map, uint64_t id, uint32_t value);

/* ID_MAP_NONE where the id is unknown. */
uint32_t id_map_get(const struct id_map *map, uint64_t id);

void id_map_clear(struct id_map *map);

#endif
