#include "id_map.h"

#include <stdlib.h>

#include "check.h"
#include "memory.h"

static struct id_map_entry *id_map_find(const struct id_map *map, uint64_t id)
{
    uint64_t hash = id * 0x9E3779B97F4A7C15u;
    size_t i = (size_t)(hash ^ hash >> 32) & (map->room - 1);

    while (map->entry[i].used && map->entry[i].id != id)
        i = (i + 1) & (map->room - 1);
    return &map->entry[i];
}

static void id_map_widen(struct id_map *map)
{
    struct id_map old = *map;

    map->room = old.room ? old.room * 2 : 1024;
    map->entry = memory_reserve(map->room, sizeof *map->entry);
    for (size_t i = 0; i < old.room; i++)
        if (old.entry[i].used)
            *id_map_find(map, old.entry[i].id) = old.entry[i];
    free(old.entry);
}

void id_map_set(struct id_map *map, uint64_t id, uint32_t value)
{
    struct id_map_entry *entry;

    check(value != ID_MAP_NONE);
    if (map->count * 2 >= map->room)
        id_map_widen(map);
    entry = id_map_find(map, id);
    map->count += !entry->used;
    *entry = (struct id_map_entry){ .id = id, .value = value, .used = 1 };
}

uint32_t id_map_get(const struct id_map *map, uint64_t id)
{
    const struct id_map_entry *entry;

    if (map->room == 0)
        return ID_MAP_NONE;
    entry = id_map_find(map, id);
    return entry->used ? entry->value : ID_MAP_NONE;
}

void id_map_clear(struct id_map *map)
{
    free(map->entry);
    *map = (struct id_map){ 0 };
}
