/* Who decides about withdrawals. The core has checked everything it can (margin, fresh profit, velocity) before a
 * request stands; an approver says what follows it. This node is one approver, number 0; a venue that needs several
 * has as many nodes or people, each with a number of its own, and the core counts them (`approvals`). Another kind of
 * approver, for instance one that asks the other nodes, is another struct here. */
#ifndef VITRINE_APPROVER_H
#define VITRINE_APPROVER_H

#include "config.h"

struct approver {
    const char *name;
    uint8_t number;              /* input_withdrawal.approver */
    /* The step to be sequenced now for a withdrawal that is requested or approved; 0: none, ask again after a later
     * batch. Asked again after every batch until the withdrawal is done, so it must see from the row what it has
     * said. */
    enum withdrawal_step (*next)(const struct approver *approver, const struct state *state,
                                 const struct transfer *transfer);
};

const struct approver *approver_find(enum config_approver kind);

/* The input of that step. */
struct input_withdrawal approver_input(const struct approver *approver, const struct transfer *transfer,
                                       enum withdrawal_step step);

#endif
