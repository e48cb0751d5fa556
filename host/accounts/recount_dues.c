/* Lists of who owes and is owed (how much: recount_settlement.c); withdrawals under way; inputs that wait. */
#include "recount.h"

static long long shown(wide value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (long long)value;
}

static bool is_obliged(const struct state *state, uint32_t row, bool debtors)
{
    const struct subaccount *subaccount = state_subaccount(state, row);

    return row != SYSTEM_CUSTODY && (debtors ? subaccount->debt : subaccount->claim) > 0;
}

/* Every debtor (claimant) once, and nobody else. */
static bool check_obligation_list(const struct recount *recount, const char *name, uint32_t row, bool debtors)
{
    const struct state *state = recount->state;
    uint32_t previous = TABLE_NONE;
    uint64_t found = 0, expected = 0;

    for (uint32_t one = 1; one < state->subaccounts.used; one++)
        expected += is_obliged(state, one, debtors);
    for (; row != TABLE_NONE; previous = row, row = state_subaccount(state, row)->next_obligation) {
        if (!recount_is_row(&state->subaccounts, row) || !is_obliged(state, row, debtors) ||
            state_subaccount(state, row)->prev_obligation != previous || ++found > expected)
            return recount_wrong(recount->violation, &state->totals, 1, "the list of %s leads to %u", name, row);
    }
    if (found != expected)
        return recount_wrong(recount->violation, &state->totals, 1, "%s: %llu listed, there are %llu", name,
                             (unsigned long long)found, (unsigned long long)expected);
    return true;
}

/* --- withdrawals: what has been asked for and not gone out is with SYSTEM_WITHDRAWALS --- */

static bool is_open(const struct transfer *transfer)
{
    return transfer->state == TRANSFER_REQUESTED || transfer->state == TRANSFER_APPROVED;
}

static bool count_transfers(const struct recount *recount, uint64_t *open, wide amounts[LIMIT_ASSETS + 1])
{
    const struct state *state = recount->state;

    for (uint32_t row = 1; row < state->transfers.used; row++) {
        const struct transfer *transfer = table_row(&state->transfers, row);

        if (transfer->amount == 0) /* a free row: no transfer is of nothing */
            continue;
        if (transfer->state > TRANSFER_CANCELLED || transfer->amount < 0 ||
            !recount_is_row(&state->assets, transfer->asset) ||
            (transfer->subaccount != TABLE_NONE && !recount_is_row(&state->subaccounts, transfer->subaccount)))
            return recount_wrong(recount->violation, &state->transfers, row, "state %u, %lld of asset %u",
                                 transfer->state, (long long)transfer->amount, transfer->asset);
        if (is_open(transfer)) {
            ++*open;
            amounts[transfer->asset] += transfer->amount;
        }
    }
    return true;
}

static bool check_open_list(const struct recount *recount, uint64_t open)
{
    const struct state *state = recount->state;
    uint32_t row = state->t->withdrawals, previous = TABLE_NONE;
    uint64_t found = 0;

    while (row != TABLE_NONE) {
        const struct transfer *transfer = table_row(&state->transfers, row < state->transfers.used ? row : 0);

        if (!recount_is_row(&state->transfers, row) || !is_open(transfer) || transfer->prev_open != previous ||
            ++found > open)
            return recount_wrong(recount->violation, &state->totals, 1, "the list of withdrawals leads to %u", row);
        previous = row;
        row = transfer->next_open;
    }
    if (found != open)
        return recount_wrong(recount->violation, &state->totals, 1, "withdrawals: %llu listed, %llu are open",
                             (unsigned long long)found, (unsigned long long)open);
    return true;
}

static bool check_transfers(const struct recount *recount)
{
    const struct state *state = recount->state;
    wide amounts[LIMIT_ASSETS + 1] = {0};
    uint64_t open = 0;

    if (!count_transfers(recount, &open, amounts) || !check_open_list(recount, open))
        return false;
    for (uint32_t asset = 1; asset < state->assets.used; asset++) {
        const uint32_t row = state_find_balance(state, SYSTEM_WITHDRAWALS, asset);
        const int64_t held = row == TABLE_NONE ? 0 : state_balance(state, row)->amount;

        if (held != amounts[asset])
            return recount_wrong(recount->violation, &state->assets, asset, "withdrawals hold %lld, open are %lld",
                                 (long long)held, shown(amounts[asset]));
    }
    return true;
}

/* --- inputs that wait --- */

static bool check_deferred(const struct recount *recount)
{
    const struct state *state = recount->state;
    uint32_t count = 0, wait = 0;
    uint64_t next_ns = 0;

    for (uint32_t row = 1; row < state->deferred.used; row++) {
        const struct deferred *deferred = table_row(&state->deferred, row);
        const struct input_header *input = &deferred->header;

        if (input->size == 0)
            continue;
        if (input->size < sizeof *input || input->size > LIMIT_DEFERRED_BYTES || input->size % 8 != 0 ||
            deferred->order >= state->t->next_deferred)
            return recount_wrong(recount->violation, &state->deferred, row, "size %u, order %llu", input->size,
                                 (unsigned long long)deferred->order);
        count++;
        wait += deferred->due_ns == 0;
        if (deferred->due_ns != 0 && (next_ns == 0 || deferred->due_ns < next_ns))
            next_ns = deferred->due_ns;
    }
    if (count != state->t->deferred_count || wait != state->t->deferred_wait)
        return recount_wrong(recount->violation, &state->totals, 1,
                             "inputs that wait: %u, %u of them for a pass; rows say %u, %u", state->t->deferred_count,
                             state->t->deferred_wait, count, wait);
    if (next_ns != state->t->deferred_next_ns)
        return recount_wrong(recount->violation, &state->totals, 1, "the next change is due at %llu, rows say %llu",
                             (unsigned long long)state->t->deferred_next_ns, (unsigned long long)next_ns);
    return true;
}

bool recount_dues(const struct recount *recount)
{
    const struct totals *totals = recount->state->t;

    return check_obligation_list(recount, "debtors", totals->debtors, true) &&
           check_obligation_list(recount, "claimants", totals->claimants, false) && check_transfers(recount) &&
           check_deferred(recount);
}
