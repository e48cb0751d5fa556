/* What a node does about money by itself: it decides about withdrawals, and tells what the exchange did unasked. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "approver.h"
#include "durations.h"
#include "node_inner.h"

enum {
    APPROVER_LOOKS = 256,  /* withdrawals looked at after a batch */
    NOTICE_LINES = 5,      /* log lines of a kind a second; the others are counted */
};

static bool approver_is_open(const struct state *state, uint32_t row)
{
    const struct transfer *transfer = row && row < state->transfers.used ? table_row(&state->transfers, row) : NULL;

    return transfer && transfer->kind == INPUT_WITHDRAW &&
           (transfer->state == TRANSFER_REQUESTED || transfer->state == TRANSFER_APPROVED);
}

void node_approve_turn(struct node *node)
{
    const struct approver *approver = approver_find((enum config_approver)node->settings->approver);
    const struct state *state = node->state;
    uint32_t row = approver_is_open(state, node->approver_at) ? node->approver_at : state->t->withdrawals;

    if (!node->open || node->approver_batch == state->t->batch) /* what it said last is in the batch being formed */
        return;
    node->approver_batch = state->t->batch;
    for (unsigned looks = 0; row && looks < APPROVER_LOOKS; looks++) {
        const struct transfer *transfer = table_row(&state->transfers, row);
        const enum withdrawal_step step = approver->next(approver, state, transfer);
        const struct input_withdrawal input = approver_input(approver, transfer, step);

        if (step && !node_take_input(node, &input.header))
            break;
        row = transfer->next_open;
    }
    node->approver_at = row;
}

/* Perpetual markets that nobody stands behind: what their book can't take is deleveraged. */
void node_note_providers(const struct node *node)
{
    const struct state *state = node->state;
    unsigned bare = 0;
    char number[16];

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);

        bare += market->kind == MARKET_PERPETUAL && market->commitments == TABLE_NONE;
    }
    snprintf(number, sizeof number, "%u", bare);
    if (bare && state->t->liquidation.policy)
        log_event(node->options.log, LOG_LEVEL_WARNING, "no_backstop", "markets", number, "remedy",
                  "admin backstop set: a provider for each perpetual", NULL);
}

/* --- notices --- */

/* "won (USDC units) 5, paid 3" */
static void notice_amounts(const struct notice *notice, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < 3 && used < size; i++) {
        const char *what = notice_amount_text(notice->kind, i);

        if (what && what[0])
            used += (size_t)snprintf(text + used, size - used, "%s%s %" PRId64, i ? ", " : "", what,
                                     notice->amount[i]);
    }
    if (notice->kind == NOTICE_DELEVERAGED && used < size)
        snprintf(text + used, size - used, ", rank %u", notice->rank);
}

/* What is to be looked at: somebody else pays, or liquidation could not do what it wanted. */
static enum log_level notice_level(unsigned kind)
{
    switch (kind) {
    case NOTICE_LIQUIDATION_STOPPED:
    case NOTICE_FUND_TOPPED_UP:
    case NOTICE_BANKRUPT:
    case NOTICE_DELEVERAGED:
    case NOTICE_LEND_TURNED:
        return LOG_LEVEL_WARNING;
    default:
        return LOG_LEVEL_INFO;
    }
}

static void notice_name(const struct node *node, uint32_t subaccount, char name[64])
{
    const struct subaccount *row = state_subaccount(node->state, subaccount);

    name[0] = '\0';
    if (subaccount)
        snprintf(name, 64, "%.24s/%.24s", (const char *)state_account(node->state, row->account)->name,
                 (const char *)row->name);
}

static void notice_log(const struct node *node, const struct notice *notice, uint64_t silent)
{
    char batch[24], place[32] = "", who[64], other[64], number[24], amounts[160], left[24];

    snprintf(batch, sizeof batch, "%" PRIu64, notice->batch);
    snprintf(left, sizeof left, "%" PRIu64, silent);
    notice_amounts(notice, amounts, sizeof amounts);
    if (notice->market)
        snprintf(place, sizeof place, "%.24s", (const char *)state_market(node->state, notice->market)->symbol);
    else if (notice->asset)
        snprintf(place, sizeof place, "%.16s", (const char *)state_asset(node->state, notice->asset)->symbol);
    notice_name(node, notice->subaccount, who);
    notice_name(node, notice->other, other);
    snprintf(number, sizeof number, "%" PRIu64, notice->number);
    /* the first NULL ends the line: what only liquidations have comes last */
    log_event(node->options.log, notice_level(notice->kind), "exchange", "what", notice_text(notice->kind), "batch",
              batch, "where", place, "who", who, "amounts", amounts, "left_out", left,
              notice->number || notice->other ? "liquidation" : NULL, number, notice->other ? "other" : NULL, other,
              NULL);
}

void node_take_notices(struct node *node, const struct exchange_result *result)
{
    const uint64_t second = node->turn_ns / NS_A_SECOND;

    node->money.notices_dropped += result->notices_dropped;
    if (second != node->notice_second) {
        node->notice_second = second;
        memset(node->notice_lines, 0, sizeof node->notice_lines);
    }
    for (size_t i = 0; i < result->notice_count; i++) {
        const struct notice *notice = &result->notices[i];

        node->money.notices[notice->kind]++;
        if (node->notice_lines[notice->kind]++ < NOTICE_LINES) {
            notice_log(node, notice, node->notices_silent[notice->kind]);
            node->notices_silent[notice->kind] = 0;
        } else {
            node->notices_silent[notice->kind]++;
        }
    }
}
