/* Detection: what a tick costs when prices hardly move, and when they fall. */
#include "bench_margin_inner.h"

#include "clock.h"
#include "liquidation.h"
#include "watch.h"

enum {
    CALM_TICKS = 1000,  /* seconds */
    CRASH_TICKS = 40,
    STEP = 102,         /* a calm second's standard deviation, millionths: 3 % a day / sqrt(86,400) */
    FALL = 10000,       /* a crash's, millionths a second: a third in all */
};

/* The sum of four uniform numbers with that standard deviation. */
static int64_t draw_step(struct bench_margin *bench, int64_t deviation)
{
    const uint64_t width = (uint64_t)deviation * 3464 / 2000;
    int64_t step = 0;

    for (int i = 0; i < 4; i++)
        step += (int64_t)margin_draw(bench, 2 * width + 1) - (int64_t)width;
    return step / 2;
}

static uint64_t moved(uint64_t price, int64_t millionths)
{
    return (uint64_t)((wide)price * (1000000 + millionths) / 1000000);
}

/* Half of a step is everybody's, half its own; a mark follows its index. */
static void move_prices(struct bench_margin *bench, int64_t trend)
{
    struct state *state = &bench->state;
    const int64_t common = draw_step(bench, STEP * 7071 / 10000) + trend;

    state->t->time_ns += UINT64_C(1000000000);
    for (uint32_t row = 2; row < state->assets.used; row++)
        state_asset(state, row)->index =
            moved(state_asset(state, row)->index, common + draw_step(bench, STEP * 7071 / 10000));
    for (uint32_t row = 1; row < state->markets.used; row++)
        state_market(state, row)->mark =
            moved(state_market(state, row)->mark, common + draw_step(bench, STEP * 7071 / 10000));
}

static bool count_level(void *context, uint32_t subaccount, enum watch_level level, const struct margin_view *view)
{
    struct bench_margin *bench = context;

    (void)subaccount;
    (void)view;
    bench->calls += level == WATCH_CALL;
    bench->liquidations += level == WATCH_LIQUIDATION;
    return true;
}

static uint64_t end_slice(struct distribution *slices, uint64_t begun)
{
    const uint64_t now = clock_now_ns();

    if (slices != NULL)
        distribution_add(slices, now - begun);
    return now;
}

/* A tick, cut as a node cuts it, where prices fall far if slices are asked for: what nothing comes between is one. */
static uint64_t tick(struct bench_margin *bench, struct watch *watch, struct distribution *slices)
{
    const bool falls = slices != NULL;
    const uint32_t rows = falls ? LIQUIDATION_FEW_ROWS : LIQUIDATION_ROWS;
    const uint64_t start = clock_now_ns();
    uint64_t at = start;
    uint32_t row = 0;

    bench->calls = bench->liquidations = 0;
    watch_tick(watch, &bench->state);
    at = end_slice(slices, at);
    for (uint32_t parts = falls ? LIQUIDATION_CROSSINGS : 1; parts > 0; parts--) {
        watch_cross(watch, parts);
        at = end_slice(slices, at);
    }
    do {
        row = watch_run(watch, &bench->state, row, rows, count_level, bench);
        at = end_slice(slices, at);
    } while (row != TABLE_NONE);
    return at - start;
}

static void run_ticks(struct bench_margin *bench, struct watch *watch, unsigned ticks, int64_t trend,
                      struct distribution *ns, struct distribution *visits, struct distribution *slices)
{
    for (unsigned i = 0; i < ticks; i++) {
        const uint64_t before = watch_visits(watch);

        move_prices(bench, trend);
        distribution_add(ns, tick(bench, watch, slices));
        distribution_add(visits, watch_visits(watch) - before);
    }
}

void bench_margin_watch(struct bench_margin *bench)
{
    struct watch *watch = watch_create(&bench->state);
    const uint64_t start = clock_now_ns();

    bench->state.t->time_ns = UINT64_C(1700000000000000000);
    watch_rebuild(watch, &bench->state);
    tick(bench, watch, NULL);
    bench->rebuild_ns = clock_now_ns() - start;
    bench->watch_bytes = watch_bytes(watch);
    run_ticks(bench, watch, CALM_TICKS, 0, &bench->tick_ns, &bench->tick_visits, NULL);
    run_ticks(bench, watch, CRASH_TICKS, -FALL, &bench->crash_ns, &bench->crash_visits, &bench->slice_ns);
    watch_destroy(watch);
}
