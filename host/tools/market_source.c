#include "market_source.h"

static enum source_status market_source_next(void *context, struct card_command *commands, size_t room, size_t *count)
{
    struct market_source *source = context;

    *count = source->left < room ? (size_t)source->left : room;
    flow_next(source->flow, commands, *count);
    source->left -= *count;
    return source->left ? SOURCE_MORE : SOURCE_END;
}

static void market_source_event(void *context, const struct card_command *command, const struct card_event *event)
{
    struct market_source *source = context;

    flow_event(source->flow, command, event);
}

struct command_source market_source_commands(struct market_source *source, uint64_t commands)
{
    source->left = commands;
    return (struct command_source){ source, market_source_next, market_source_event };
}
