#include "approver.h"

#include <string.h>

/* Approves what stands, and releases it once enough others have. */
static enum withdrawal_step auto_next(const struct approver *approver, const struct state *state,
                                      const struct transfer *transfer)
{
    (void)state;
    if (transfer->state == TRANSFER_APPROVED)
        return WITHDRAWAL_RELEASE;
    return transfer->approvers >> approver->number & 1 ? (enum withdrawal_step)0 : WITHDRAWAL_APPROVE;
}

/* Leaves everything to `vitrine admin withdrawal ...`. */
static enum withdrawal_step manual_next(const struct approver *approver, const struct state *state,
                                        const struct transfer *transfer)
{
    (void)approver;
    (void)state;
    (void)transfer;
    return (enum withdrawal_step)0;
}

const struct approver *approver_find(enum config_approver kind)
{
    static const struct approver approvers[] = {
        [CONFIG_APPROVER_AUTO] = { "auto", 0, auto_next },
        [CONFIG_APPROVER_MANUAL] = { "manual", 0, manual_next },
    };

    return &approvers[kind];
}

struct input_withdrawal approver_input(const struct approver *approver, const struct transfer *transfer,
                                       enum withdrawal_step step)
{
    struct input_withdrawal input = {
        .header = { .kind = INPUT_WITHDRAWAL, .size = sizeof input }, .asset = transfer->asset, .step = (uint8_t)step,
        .approver = step == WITHDRAWAL_APPROVE ? approver->number : 0,
    };

    memcpy(input.id, transfer->id, sizeof input.id);
    return input;
}
