/* What a node that never sleeps (node.busy_poll) does in turns in which nothing is to be done: memory and code that the
 * next order needs are kept in the processor's caches. */
#include "node_inner.h"
#include "rehearsal.h"

#define REHEARSAL_NS UINT64_C(5000) /* from turn to turn of it, each a microsecond or less */
#define PREFETCH_LOOKS 16u

enum node_status node_begin_idle(struct node *node, char *error, size_t error_size)
{
    node->rehearsal = rehearsal_create(0, error, error_size);
    return node->rehearsal ? NODE_RUNNING : NODE_FAULT;
}

/* What the next order or message of somebody needs: of whoever is told something soon, else of one user after the other
 * that is logged in. */
static void idle_prefetch(struct node *node)
{
    const struct report_queue *queue = &node->queue;
    const uint32_t users = node->state->users.used;
    uint32_t user = queue->count ? queue->reports[queue->first].user : 0;

    for (unsigned look = 0; user == 0 && look < PREFETCH_LOOKS && users > 1; look++) {
        node->prefetch_user = node->prefetch_user + 1 < users ? node->prefetch_user + 1 : 1;
        if (state_user(node->state, node->prefetch_user)->up)
            user = node->prefetch_user;
    }
    journal_prefetch(node->journal);
    if (user == 0)
        return;
    exchange_prefetch(node->exchange, user);
    gateway_prefetch(node->gateway, user);
}

void node_idle(struct node *node)
{
    idle_prefetch(node);
    if (node->turn_ns < node->rehearsal_ns)
        return;
    node->rehearsal_ns = node->turn_ns + REHEARSAL_NS;
    node->counted.rehearsals_total++;
    if (rehearsal_turn(node->rehearsal))
        return;
    rehearsal_destroy(node->rehearsal);
    node->rehearsal = NULL;
    log_event(node->options.log, LOG_LEVEL_WARNING, "rehearsal_ended", "effect", "orders that come seldom take longer",
              NULL);
}
