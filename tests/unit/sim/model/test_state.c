/* docs/card.md, check 3: market state. One table as on the page, and the order of checks around it. */
#include "rig.h"

enum {
    OK = CARD_REASON_NONE,
    MS = CARD_REASON_MARKET_STATE,
    PM = CARD_REASON_POST_ONLY_MODE,
    SO = CARD_REASON_STALE_ORDER
};

typedef void try_command(struct rig *rig);

/* Each finds a bid of owner 1 in slot 5, 10 lots at 10400, and an ask of owner 2 in slot 6, 10 lots at 10600. */
static void try_cancel(struct rig *rig) { rig_cancel(rig, 5, 10400); }
static void try_cancel_many(struct rig *rig) { rig_cancel_many(rig, 1); }
static void try_configure(struct rig *rig) { rig_configure(rig); }
static void try_set_mark(struct rig *rig) { rig_mark(rig, HAS_MARK, 5, 0, 0, 0, 0); }
static void try_fence(struct rig *rig) { rig_apply(rig, rig_command(CARD_CODE_FENCE)); }
static void try_place(struct rig *rig) { rig_place(rig, 1, SIDE_BUY, 1, 10400, 1); }
static void try_pull(struct rig *rig) { rig_pull(rig, 5, 10400); }
static void try_set_last(struct rig *rig) { rig_set_last(rig, 9); }
static void try_shift(struct rig *rig) { rig_shift(rig, BASE + 64); }
static void try_read(struct rig *rig) { rig_apply(rig, rig_command(CARD_CODE_READ)); }
static void try_reset(struct rig *rig) { rig_reset(rig, 3); }
static void try_reduce(struct rig *rig) { rig_reduce(rig, 5, 10400, 1); }
static void try_reduce_all(struct rig *rig) { rig_reduce(rig, 5, 10400, 10); }
static void try_replace_smaller(struct rig *rig) { rig_replace(rig, 5, GTC, 10400, 10400, -1); }
static void try_replace_same(struct rig *rig) { rig_replace(rig, 5, GTC, 10400, 10400, 0); }
static void try_replace_away(struct rig *rig) { rig_replace(rig, 5, GTC, 10400, 10401, -10); }
static void try_new_post_only(struct rig *rig) { rig_enter(rig, 1, SIDE_BUY | POST_ONLY, 3, 10400, 1); }
static void try_replace_post_only(struct rig *rig) { rig_replace(rig, 5, POST_ONLY, 10400, 10401, 0); }
static void try_replace_larger_post_only(struct rig *rig) { rig_replace(rig, 5, POST_ONLY, 10400, 10400, 1); }
static void try_new_gtc(struct rig *rig) { rig_enter(rig, 1, SIDE_BUY | GTC, 3, 10400, 1); }
static void try_new_ioc(struct rig *rig) { rig_enter(rig, 1, SIDE_BUY | IOC, 3, 10600, 1); }
static void try_new_fok(struct rig *rig) { rig_enter(rig, 1, SIDE_BUY | FOK, 3, 10600, 1); }
static void try_new_liquidation(struct rig *rig) { rig_enter(rig, 1, SIDE_BUY | IOC | LIQUIDATION, 3, 10600, 1); }
static void try_replace_gtc(struct rig *rig) { rig_replace(rig, 5, GTC, 10400, 10399, -1); }
static void try_replace_larger_gtc(struct rig *rig) { rig_replace(rig, 5, GTC, 10400, 10400, 1); }
static void try_replace_ioc(struct rig *rig) { rig_replace(rig, 5, IOC, 10400, 10600, 0); }
static void try_new_market(struct rig *rig) { rig_enter(rig, 1, SIDE_BUY | IOC | MARKET_ORDER, 3, 0, 1); }
static void try_new_market_fok(struct rig *rig) { rig_enter(rig, 1, SIDE_SELL | FOK | MARKET_ORDER, 3, 0, 1); }

static const struct row {
    const char *name;
    try_command *send;
    uint64_t reason[5]; /* closed, cancel_only, limit_only, post_only, open */
} rows[] = {
    {"cancel", try_cancel, {OK, OK, OK, OK, OK}},
    {"cancel_many", try_cancel_many, {OK, OK, OK, OK, OK}},
    {"configure", try_configure, {OK, OK, OK, OK, OK}},
    {"set_mark", try_set_mark, {OK, OK, OK, OK, OK}},
    {"fence", try_fence, {OK, OK, OK, OK, OK}},
    {"place", try_place, {OK, OK, OK, OK, OK}},
    {"pull", try_pull, {OK, OK, OK, OK, OK}},
    {"set_last", try_set_last, {OK, OK, OK, OK, OK}},
    {"shift", try_shift, {OK, OK, OK, OK, OK}},
    {"read", try_read, {SO, SO, SO, SO, SO}}, /* of free slot 0: it got as far as looking */
    {"reset", try_reset, {OK, OK, OK, OK, OK}},
    {"reduce", try_reduce, {MS, OK, OK, OK, OK}},
    {"reduce all", try_reduce_all, {MS, OK, OK, OK, OK}},
    {"replace in place, smaller", try_replace_smaller, {MS, OK, OK, OK, OK}},
    {"replace in place, same", try_replace_same, {MS, OK, OK, OK, OK}},
    {"replace in place, removing", try_replace_away, {MS, OK, OK, OK, OK}},
    {"new post-only", try_new_post_only, {MS, MS, OK, OK, OK}},
    {"replace post-only, price", try_replace_post_only, {MS, MS, OK, OK, OK}},
    {"replace post-only, larger", try_replace_larger_post_only, {MS, MS, OK, OK, OK}},
    {"new gtc", try_new_gtc, {MS, MS, OK, PM, OK}},
    {"new ioc", try_new_ioc, {MS, MS, OK, PM, OK}},
    {"new fok", try_new_fok, {MS, MS, OK, PM, OK}},
    {"new liquidation", try_new_liquidation, {MS, MS, OK, PM, OK}},
    {"replace gtc, price", try_replace_gtc, {MS, MS, OK, PM, OK}},
    {"replace gtc, larger", try_replace_larger_gtc, {MS, MS, OK, PM, OK}},
    {"replace ioc", try_replace_ioc, {MS, MS, OK, PM, OK}},
    {"new market ioc", try_new_market, {MS, MS, MS, PM, OK}},
    {"new market fok", try_new_market_fok, {MS, MS, MS, PM, OK}},
};

static void each_state_takes_what_the_table_says(void **unused)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (uint8_t book_state = 0; book_state <= 4; book_state++) {
            void *fresh;
            struct rig *rig;

            rig_setup(&fresh);
            rig = fresh;
            rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
            rig_enter(rig, 6, SIDE_SELL, 2, 10600, 10);
            rig->config.configure.state = book_state;
            rig_configure(rig);
            EXPECT_DONE(rig);
            rows[i].send(rig);
            if (rows[i].reason[book_state] != card_event_reason(&rig->events[0]) &&
                card_event_reason(&rig->events[0]) != CARD_REASON_REPLACED && rows[i].send != try_pull)
                fail_msg("%s in state %s: %s", rows[i].name, card_state_name(book_state),
                         card_reason_name(card_event_reason(&rig->events[0])));
            assert_int_equal(card_event_kind(&rig->events[0]) == CARD_KIND_REJECTED, rows[i].reason[book_state] != OK);
            rig_teardown(&fresh);
        }
    (void)unused;
}

static void state_comes_before_window_and_bands(void **state)
{
    struct rig *rig = *state;

    rig->config.configure.bands = BAND_LIMIT; /* with both multipliers 0 it admits nothing */
    rig->config.configure.state = CARD_STATE_CANCEL_ONLY;
    rig_configure(rig);
    rig_enter(rig, 1, SIDE_BUY | POST_ONLY, 1, END, 1);
    EXPECT_REJECTED(rig, MARKET_STATE);
    rig->config.configure.state = CARD_STATE_POST_ONLY;
    rig_configure(rig);
    rig_enter(rig, 1, SIDE_BUY | FOK, 1, 10400, 1);
    EXPECT_REJECTED(rig, POST_ONLY_MODE);
    rig_enter(rig, 1, SIDE_BUY | POST_ONLY, 1, 10400, 1);
    EXPECT_REJECTED(rig, PRICE_OUT_OF_BOUNDS);
}

static void a_replace_in_place_ends_the_checks_at_the_state(void **state)
{
    struct rig *rig = *state;

    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    rig->config.configure.bands = BAND_LIMIT; /* admits nothing */
    rig_configure(rig);
    rig_replace(rig, 5, FOK, 10400, 10400, -1);
    EXPECT_ONE(rig, REDUCED, NONE);
    rig_cancel_many(rig, 1);

    rig->config.configure.bands = 0;
    rig_configure(rig);
    rig_enter(rig, 5, SIDE_BUY, 1, 10400, 10);
    rig_enter(rig, 6, SIDE_SELL, 1, 10500, 10);
    rig_replace(rig, 5, POST_ONLY, 10400, END + 5, -10); /* crosses and lies beyond the edge, but only removes */
    EXPECT_ONE(rig, REMOVED, NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_EMPTY(each_state_takes_what_the_table_says),
        UNIT(state_comes_before_window_and_bands),
        UNIT(a_replace_in_place_ends_the_checks_at_the_state),
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
