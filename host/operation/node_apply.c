#include <stdio.h>

#include "node_inner.h"
#include "reason.h"

void node_apply_begin(struct node *node, struct config *config, bool first_start, uint64_t connection)
{
    struct node_apply *apply = &node->apply;

    config_free(&apply->config);
    json_decref(apply->changes);
    json_decref(apply->refusals);
    config_inputs_clear(&apply->inputs);
    apply->config = *config;
    apply->active = true;
    apply->first_start = first_start;
    apply->prices_given = false;
    apply->connection = connection;
    apply->stages = apply->given = apply->answered = 0;
    apply->taken = 0;
    apply->changes = json_array();
    apply->refusals = json_array();
}

/* Puts what fits of the stage into the batch being formed. */
static void apply_take(struct node *node)
{
    struct node_apply *apply = &node->apply;
    char text[1024];

    while (apply->taken < apply->inputs.size) {
        struct input_header *input = (void *)(apply->inputs.bytes + apply->taken);

        input->reference = NODE_APPLY_TICKETS + apply->given;
        if (!node_take_input(node, input))
            return;
        config_describe(node->state, input, text, sizeof text);
        json_array_append_new(apply->changes, json_string(text));
        apply->taken += input->size;
        apply->given++;
    }
}

static void apply_next_stage(struct node *node)
{
    struct node_apply *apply = &node->apply;

    config_inputs_clear(&apply->inputs);
    apply->taken = 0;
    if (json_array_size(apply->refusals))
        return;
    config_diff(&apply->config, node->state, node->options.realtime_ns(), &apply->inputs);
    if (apply->inputs.count == 0 && apply->first_start && !apply->prices_given) {
        apply->prices_given = true;
        config_first_prices(&apply->config, node->state, &apply->inputs);
    }
    if (apply->inputs.count && ++apply->stages > NODE_APPLY_STAGES) {
        config_inputs_clear(&apply->inputs);
        json_array_append_new(apply->refusals, json_string("the exchange still differs after 1000 stages"));
    }
}

bool node_apply_turn(struct node *node)
{
    struct node_apply *apply = &node->apply;

    if (!apply->active)
        return true;
    if (apply->taken == apply->inputs.size && apply->answered == apply->given)
        apply_next_stage(node);
    apply_take(node);
    if (apply->inputs.count)
        return false;
    apply->active = false;
    if (!apply->first_start)
        node_admin_hold(node, apply->connection,
                        json_pack("{s:b,s:O,s:O}", "ok", json_array_size(apply->refusals) == 0, "changes",
                                  apply->changes, "refused", apply->refusals));
    return true;
}
