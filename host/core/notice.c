#include "core.h"

static const char *const texts[NOTICE_KINDS][4] = {
#define NOTICE_ENTRY(number, name, text, first, second, third) [number] = { text, first, second, third },
    NOTICE_TABLE(NOTICE_ENTRY)
#undef NOTICE_ENTRY
};

const char *notice_text(unsigned kind)
{
    return kind < NOTICE_KINDS ? texts[kind][0] : NULL;
}

const char *notice_amount_text(unsigned kind, unsigned n)
{
    return kind > NOTICE_NONE && kind < NOTICE_KINDS && n < 3 ? texts[kind][n + 1] : NULL;
}

struct notice *core_notice(struct exchange *exchange, enum notice_kind kind, uint32_t subaccount)
{
    const struct totals *totals = exchange->state.t;
    struct notice *notice = &exchange->notice_spare;

    if (exchange->notice_count < CORE_NOTICES)
        notice = &exchange->notices[exchange->notice_count++];
    else
        exchange->notices_dropped++;
    *notice = (struct notice){ .batch = totals->batch, .time_ns = totals->time_ns, .kind = (uint16_t)kind,
                               .subaccount = subaccount,
                               .account = subaccount ? state_subaccount(&exchange->state, subaccount)->account : 0 };
    return notice;
}
