/* Inside the admin protocol: commands about money, whose reading is in admin_commands_money.c. Not for others. */
#ifndef VITRINE_ADMIN_COMMANDS_H
#define VITRINE_ADMIN_COMMANDS_H

#include "admin_request.h"

/* Room for one input in the request, with its header. */
#define INPUT_BEGIN(type, number)                                                                                      \
    struct type *input = (struct type *)(void *)parse->request->input;                                                \
    input->header.kind = number;                                                                                       \
    input->header.size = sizeof *input

/* Each reads the fields of its command into the request's input. */
void admin_read_quote(struct admin_parse *parse);
void admin_read_venue(struct admin_parse *parse);
void admin_read_pricing(struct admin_parse *parse);
void admin_read_pool(struct admin_parse *parse);
void admin_read_lend(struct admin_parse *parse);
void admin_read_redeem(struct admin_parse *parse);
void admin_read_borrow(struct admin_parse *parse);
void admin_read_repay(struct admin_parse *parse);
void admin_read_subaccount_set(struct admin_parse *parse);
void admin_read_withdraw(struct admin_parse *parse);
void admin_read_apart_return(struct admin_parse *parse);
void admin_read_apart_accept(struct admin_parse *parse);
void admin_read_withdrawal(struct admin_parse *parse); /* no input: which one is asked about */
void admin_read_approve(struct admin_parse *parse);
void admin_read_release(struct admin_parse *parse);
void admin_read_cancel(struct admin_parse *parse);
void admin_read_write_off(struct admin_parse *parse);
void admin_read_delist(struct admin_parse *parse);
void admin_read_dust(struct admin_parse *parse);
void admin_read_change_cancel(struct admin_parse *parse);
void admin_read_rules(struct admin_parse *parse);
void admin_read_liquidation(struct admin_parse *parse);
void admin_read_backstop(struct admin_parse *parse);

/* Sets SUBACCOUNT_ flags as the fields say; what they leave out stays. */
uint32_t admin_read_flags(struct admin_parse *parse, uint32_t flags);
/* A time in UTC, "2026-12-31T23:59:59Z" or whole seconds since 1970, ns. */
uint64_t admin_parse_time(struct admin_parse *parse, const char *field);

#endif
