/* What a node that never sleeps (node.busy_poll) does in turns in which nothing is to be done: memory and code that the
 * next order needs are kept in the processor's caches. */
#include "node_inner.h"
#include "rehearsal.h"

#define REHEARSAL_NS UINT64_C(5000) /* from turn to turn of it, each a microsecond or less */
#define IDLE_LOOKS 16u

enum node_status node_begin_idle(struct node *node, char *error, size_t error_size)
{
    node->rehearsal = rehearsal_create(0, error, error_size);
    return node->rehearsal ? NODE_RUNNING : NODE_FAULT;
}

/* The next user that is logged in; 0: none found in a few looks. */
static uint32_t idle_next_user(struct node *node)
{
    const uint32_t users = node->state->users.used;

    for (unsigned look = 0; look < IDLE_LOOKS && users > 1; look++) {
        node->idle_user = node->idle_user + 1 < users ? node->idle_user + 1 : 1;
        if (state_user(node->state, node->idle_user)->up)
            return node->idle_user;
    }
    return 0;
}

/* What comes next: while reports wait for the disk, their sending; else an order of any user. */
static void idle_prefetch(struct node *node)
{
    const struct report_queue *queue = &node->queue;
    const struct report *report = queue->reports + queue->first + node->idle_turns % (queue->count ? queue->count : 1);
    uint32_t user;

    journal_idle(node->journal);
    if (queue->count && report->user != 0) {
        gateway_rehearse(node->gateway, report);
    } else {
        user = idle_next_user(node);
        exchange_prefetch(node->exchange, user, node->idle_turns);
        if (user != 0)
            gateway_prefetch(node->gateway, user);
    }
    node->idle_turns++;
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
