/* Inside the core: what exchange.c, orders/ and clearing/ share. Not for others. docs/host.md says how it works. */
#ifndef VITRINE_CORE_H
#define VITRINE_CORE_H

#include <string.h>

#include <xxhash.h>

#include "check.h"
#include "exchange.h"
#include "ledger.h"
#include "levels.h"
#include "margin.h"
#include "order.h"
#include "reason.h"
#include "order_report.h"
#include "watch.h"

enum action_kind {
    ACTION_NEW,        /* an order goes to the card for the first time */
    ACTION_TRIGGERED,  /* the same for one that waited in the host (trigger, speed bump): it has been reported before */
    ACTION_REFILL,     /* the same for a reduce-only order that waited: nothing to report but Restated */
    ACTION_GROW,       /* replace that adds lots to a reduce-only order on the card */
    ACTION_REPLACE,    /* by its user; `input` is the record */
    ACTION_REENTER,    /* replace of a parked order: a new order in its place */
    ACTION_CANCEL,     /* out, for `reason` */
    ACTION_REDUCE,     /* by its user, down to `lots` in all */
    ACTION_CUT,        /* of a reduce-only order: `lots` of it go back to wait */
    ACTION_LEAVE,      /* window move: pulled and parked */
    ACTION_DROP,       /* window move: pulled and expired */
    ACTION_PLACE,      /* window move, attach: rests again with the priority it had */
    ACTION_CONTROL,    /* configure, set_mark, shift, set_last: must be done */
    ACTION_DIGEST,     /* read of a book's digest */
};

/* One thing that a round does, cleared in order. Its number is the card command's tag. */
struct action {
    uint8_t kind, reason;
    bool on_card;          /* a card command was sent: its events clear it. Else it is cleared by itself */
    bool begun;            /* an event has been cleared */
    uint32_t order;        /* row; with `id`, since an earlier action may have ended the order */
    uint64_t id;
    uint32_t job;          /* cancel job that it belongs to, 0: none */
    uint32_t price;        /* replace: new price */
    int64_t lots;          /* cut: lots; reduce: new quantity in all; replace: signed change */
    int64_t adverse_lot;   /* replace: at the new price */
    const struct input_header *input;
};

/* What an order or a subaccount has out in the current round. */
enum out_kind { OUT_NEW = 1, OUT_REPLACE = 2, OUT_CANCEL = 4, OUT_REDUCE = 8 };

enum verdict {
    VERDICT_NEXT,          /* done with this input */
    VERDICT_CLOSE_BEFORE,  /* ends the round; look at it again in the next one */
    VERDICT_CLOSE_AFTER,   /* done; ends the round */
};

enum {
    CORE_INPUT_ACTIONS = LIMIT_MARKETS + LIMIT_REDUCE_ONLY_PER_POSITION + 64, /* of one input */
    CORE_ACTIONS = 65536,  /* of one round; work that makes them stops short of it */
    CORE_JOBS_KEPT = 32,
    CORE_PORTION = 32,     /* commands handed over at once */
    CORE_EVENTS = 256,     /* fetched at once */
    TICK_STEPS = 1024,     /* of one batch: subaccounts realised, balances lent, ... */
    WINDOW_ORDERS = 256,   /* of one batch: orders that moves of windows pull, place and let in */
    WINDOW_LOOKS = 131072, /* of one batch: slots that they look at */
    CORE_FRESH_BYTES = 10240, /* hashed at once, but for room for a run of entries: small pieces cost more than the
                               * hash itself */
    CORE_NOTICES = 65536,  /* of one batch; work that makes them stops short of it */
    TICK_NOTICES_KEPT = 2048, /* of these: what a tick makes at most (one a market or asset of a few kinds) */
    /* REPORT_FORCED of one batch: what they tell makes a notice as well, so these do not run out before those do. */
    CORE_FORCED = CORE_NOTICES * LIMIT_USERS_PER_ACCOUNT,
};

/* What core_report_forced() tells: the fields of REPORT_FORCED that its kind has, 0 else. */
struct forced {
    uint8_t kind;          /* enum forced_kind */
    uint8_t side;          /* enum card_side: what the account itself does */
    uint8_t rank;
    uint16_t market, asset;
    uint32_t other;        /* subaccount */
    uint64_t number;       /* of the episode */
    uint64_t order;        /* FORCED_FILL, FORCED_CONVERSION: id of the exchange's own order */
    int64_t lots;          /* FORCED_LEND_TURNED: units */
    uint64_t price;        /* ticks x 256 */
    int64_t equity, maintenance; /* settlement units */
    int64_t money;         /* quote units x 256, signed */
};

/* The REPORT_FORCED of this batch. */
struct forced_reports {
    uint64_t batch;        /* that the rest is about */
    uint32_t left;         /* reports that there is still room for */
    uint32_t first, count; /* reports of the last order's fills: */
    uint64_t order;        /* its id */
    wide notional;         /* of its fills: lots x ticks x 256 */
};

/* Providers of hand-overs added up, by subaccount modulo their number: whom nothing but hand-overs has changed. */
enum { PROVIDER_SUMS = 64 };
struct provider_sums {
    uint64_t batch, entries; /* when: number of the batch, entries of the ledger then */
    uint32_t stamp;
    uint64_t begun;          /* how often all of them were forgotten */
    uint64_t known[PROVIDER_SUMS]; /* `begun` where it has been asked for since */
    struct margin_provider provider[PROVIDER_SUMS];
};

/* Inputs of the batch that are coming (ahead.c): each is looked at once, and its rows are asked for in steps. */
enum { AHEAD_INPUTS = 32 };  /* a power of 2, above the longest distance */
struct ahead {
    const uint8_t *at;       /* the next one to be looked at */
    uint32_t counts[MARGIN_FETCHES]; /* how far each step has come; the first: how many have been looked at */
    struct ahead_input {     /* by number modulo AHEAD_INPUTS */
        uint32_t subaccount; /* of a new order, TABLE_NONE: none */
        const uint32_t *bucket; /* where a cancel or replace finds its order; NULL: neither */
    } inputs[AHEAD_INPUTS];
};

struct exchange {
    struct exchange_options options;
    struct device *device;
    struct state state;
    struct ledger ledger;

    struct exchange_batch batch; /* the one under way */
    const uint8_t *at;     /* its next input */
    uint32_t inputs_done;
    struct ahead ahead;
    bool running;          /* begun and not done */
    uint32_t rounds;

    /* Replaces that met an order which parked in the same round: looked at again at the start of the next. */
    const struct input_order_replace **retries;
    uint32_t retry_count;

    struct action *actions;
    struct card_command *commands;
    uint32_t action_count, command_count, command_given;
    uint32_t action_next;  /* the next to be cleared */

    enum exchange_stage stage; /* for measurement only */
    uint32_t stamp;        /* of the current round, never 0 */
    uint32_t *order_out;   /* by row: stamp << 4 | enum out_kind bits */
    uint32_t *subaccount_out; /* by row: stamp */
    /* By row: stamp of a round in which it replaces, and the lowest number that an order is about to get by that. */
    uint32_t *user_out, *user_low;

    struct report *reports;
    size_t report_count, report_room;
    struct forced_reports forced;
    struct notice *notices;
    size_t notice_count;
    struct notice notice_spare;     /* what is written into one that is dropped */
    uint32_t notices_dropped;       /* of this batch */
    struct provider_sums provider_sums; /* of this round (backstop.c); no part of the state */
    struct watch *watch;            /* who is near maintenance: rebuilt from the state, no part of it */
    uint32_t watch_rows;            /* of this batch: rows of subaccounts that detection may still cover */
    uint32_t begins_left;           /* likewise episodes that may begin */
    uint32_t episodes_left;         /* likewise episodes that may be looked at */
    uint32_t derived_left; /* of this batch */
    uint32_t steps_left;   /* likewise, of work that sends no command: settlement, lending, debts */
    uint32_t window_left, window_looks; /* likewise, of moves of windows: orders, slots */
    uint32_t released;     /* stamp of the last round in which an order that waited in the host went out */
    /* By slot: market << 32 | price of the order that took it last. Rebuilt from the state, no part of it: so that a
     * window's move finds what leaves without a look at every order. */
    uint64_t *slot_prices;
    bool derived_more;
    bool due;              /* the input under way waited for its effective time (deferred.c) */
    uint32_t commands_sent, events_seen, derived_done;

    XXH3_state_t *outcome; /* events, ledger entries and notices of the batch; what is in `fresh` comes next */
    bool outcome_long;     /* some of them are in there; else all are in `fresh` */
    _Alignas(8) uint8_t fresh[CORE_FRESH_BYTES]; /* up to ledger.place, which keeps room for a run of entries */
    struct levels *levels; /* what rests on the card: by market - 1 (pricing_depth.c) */
    uint32_t level_count;
    uint16_t session;      /* the device's */
    enum exchange_status status;
    char message[256];
    uint64_t digest;       /* what ACTION_DIGEST read */
};

static inline struct totals *core_totals(const struct exchange *exchange)
{
    return exchange->state.t;
}

/* --- exchange.c --- */
/* Stops the exchange: first message wins. Returns the status. */
enum exchange_status core_fail(struct exchange *exchange, enum exchange_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline void core_stage(struct exchange *exchange, enum exchange_stage stage)
{
    exchange->stage = stage;
    if (exchange->options.stage)
        exchange->options.stage(exchange->options.context, stage);
}
/* A piece of the batch's outcome, in the order of the calls. */
void core_clear_outcome(struct exchange *exchange);
void core_flush_outcome(struct exchange *exchange);
/* Behind a batch: the hash of all of it. */
XXH128_hash_t core_outcome(const struct exchange *exchange);
/* Who is told of every entry (options.entry); NULL: nobody. */
void core_tell_entries(struct exchange *exchange, ledger_reader entry);
static inline void core_add_outcome(struct exchange *exchange, const void *piece, size_t size)
{
    uint8_t *place = (uint8_t *)exchange->ledger.place;

    check(size % 8 == 0 && size <= LEDGER_RUN * sizeof(struct ledger_entry)); /* for which there is room */
    memcpy(place, piece, size);
    exchange->ledger.place = (void *)(place + size);
    if (exchange->ledger.place > exchange->ledger.last)
        core_flush_outcome(exchange);
}
/* Takes `count` of this batch's derived commands; false and `more` if they are used up. */
bool core_take_derived(struct exchange *exchange, uint32_t count);

/* --- ahead.c: rows that the next inputs and events will need --- */
void ahead_begin(struct exchange *exchange);
void ahead_of_input(struct exchange *exchange);
/* Once for all that have come; then before each. */
void ahead_of_events(const struct exchange *exchange, const struct card_event *events, size_t count);
void ahead_of_event(const struct exchange *exchange, const struct card_event *events, size_t at, size_t count);

/* --- card.c: actions and commands --- */
bool core_room(const struct exchange *exchange, uint32_t actions);
struct action *core_add_action(struct exchange *exchange, enum action_kind kind, uint32_t order);
/* Adds the command for the action just added; fills in its tag. */
void core_add_command(struct exchange *exchange, struct action *action, const struct card_command *command);
struct card_command core_command(enum card_code code, const struct order *order);
/* Posts what waits, as much as the device takes now. */
enum exchange_status core_submit(struct exchange *exchange);
/* Clears what the card has answered by now; true: the round is over. And all of it. */
bool core_collect_some(struct exchange *exchange);
enum exchange_status core_collect(struct exchange *exchange);
/* What an order or subaccount has out in this round. */
void core_mark_out(struct exchange *exchange, uint32_t order, enum out_kind kind);
unsigned core_order_out(const struct exchange *exchange, uint32_t order);
bool core_subaccount_out(const struct exchange *exchange, uint32_t subaccount);

/* --- inputs.c --- */
enum verdict core_apply_input(struct exchange *exchange, const struct input_header *input);
/* Whether a record has the size and the reserved bytes of its kind. */
bool core_input_is_whole(const struct input_header *input);

/* --- control.c: everything that is not about orders --- */
enum reason core_control(struct exchange *exchange, const struct input_header *input, uint64_t *made);
void core_send_marks(struct exchange *exchange, uint32_t market, uint32_t present);
uint32_t core_known_prices(const struct market *market); /* CARD_PRESENT_* */
uint8_t core_market_state(const struct market *market, const struct totals *totals); /* as the card should have it */
void core_send_configure(struct exchange *exchange, uint32_t market);
/* control_cap.c: margin_check(), and for a spot order the cap on what the account may hold of the asset that it
 * brings in (COLLATERAL_LIMIT), with what all open orders of the account may. */
enum reason core_check_order(const struct state *state, uint32_t subaccount, const struct margin_change *change);

/* --- outbox.c: reports --- */
struct report *core_report(struct exchange *exchange, uint32_t user, enum report_kind kind, enum reason reason);
/* A report about an order, its fields filled in from the row. NULL where it has no user. */
struct report *core_report_order(struct exchange *exchange, uint32_t order, enum report_kind kind, enum reason reason);
/* Of a record that was refused before it became anything. */
void core_report_refused(struct exchange *exchange, const struct input_header *input, enum report_kind kind,
                         enum reason reason);
void core_report_answer(struct exchange *exchange, const struct input_header *input, enum reason reason, uint64_t made);

/* What was done to a subaccount, to every user of its account. Where the notice about it is made, and once for each.
 * Fills of one order of the exchange's own become one report: call it for each fill. What there is no room for is
 * counted like a notice (CORE_FORCED). */
void core_report_forced(struct exchange *exchange, uint32_t subaccount, const struct forced *what);
/* The same of what a notice of liquidation tells its subaccount (margin call, begun, ended, fill, backstop,
 * deleveraged, lend turned; others trip check()). `side`: what the account itself does, where lots change hands;
 * `order`: of a fill. */
void core_report_notice(struct exchange *exchange, const struct notice *notice, uint8_t side, uint64_t order);

/* --- notice.c --- */
/* A notice of the batch; `subaccount` 0: of nobody in particular. Never NULL: one for which there is no room is counted
 * and goes nowhere, not into the hash either. Entries and reports say the same. */
struct notice *core_notice(struct exchange *exchange, enum notice_kind kind, uint32_t subaccount);

/* --- tick.c: what is due by itself (docs/money.md) --- */
/* At the start of a round: the tick that is due, then bounded work that goes on. */
void tick_run(struct exchange *exchange);
uint64_t tick_next_ns(const struct exchange *exchange);
/* Takes one of this batch's steps; false and `more` if they are used up. */
static inline bool tick_take_step(struct exchange *exchange)
{
    if (exchange->steps_left == 0 || exchange->notice_count + TICK_NOTICES_KEPT > CORE_NOTICES) {
        exchange->derived_more = true;
        return false;
    }
    exchange->steps_left--;
    return true;
}
/* Takes as many more for work that turned out larger: as far as there are any. */
static inline void tick_charge_steps(struct exchange *exchange, uint32_t steps)
{
    exchange->steps_left -= steps < exchange->steps_left ? steps : exchange->steps_left;
}

/* --- deferred.c: inputs that wait --- */
/* Keeps a record until `due_ns` (0: until the settlement pass is over); REASON_CAPACITY if there is no room. */
enum reason deferred_add(struct exchange *exchange, const struct input_header *input, uint64_t due_ns);
void deferred_run(struct exchange *exchange);
/* UNKNOWN_ORDER where no change has that number, or it has been carried out. */
enum reason deferred_cancel(struct exchange *exchange, const struct input_change_cancel *input);
uint64_t deferred_next_ns(const struct exchange *exchange);

/* --- attach.c --- */
uint64_t core_book_digest(struct exchange *exchange, uint32_t market);

/* --- orders/book.c: rows, lists, slots, sums --- */
uint32_t book_find_order(const struct state *state, uint32_t user, uint32_t reference);
uint32_t book_order_by_id(const struct state *state, uint64_t id);
/* Whether a subaccount has any. */
bool book_has_orders(const struct state *state, uint32_t subaccount);
/* Rows and slots that a new order needs are there, and its account has not taken its share of them yet. */
enum reason book_has_room(const struct state *state, const struct order *order, bool slot);
/* Makes the row and links it (user, position, reference); nothing is active yet. Fields from `model`. */
uint32_t book_create_order(struct exchange *exchange, const struct order *model);
/* Takes it out of everything and gives the row back; nothing may be active. */
void book_end_order(struct exchange *exchange, uint32_t order);
void book_set_reference(struct exchange *exchange, uint32_t order, uint32_t reference);
/* Adds (or takes away) active lots: sums of the side, locks. */
void book_activate(struct exchange *exchange, uint32_t order, int64_t lots);
/* `lots` of it fill; `carry`: its fee_carry after the fill. And that alone. */
void book_fill(struct exchange *exchange, uint32_t order, int64_t lots, uint32_t carry);
void book_set_carry(struct exchange *exchange, uint32_t order, uint32_t carry);
/* Keeps the larger of an order's present share and the share of `lots` at `price` in the sums, while a replace is out;
 * book_release_reserve() ends that. */
void book_reserve(struct exchange *exchange, uint32_t order, int64_t lots, uint32_t price, int64_t adverse_lot);
void book_release_reserve(struct exchange *exchange, uint32_t order);
void book_take_slot(struct exchange *exchange, uint32_t order);
void book_give_slot(struct exchange *exchange, uint32_t order);
/* The generation that the next order in its slot, or a replace of this one, gets. */
uint8_t book_next_generation(struct exchange *exchange, uint32_t order);
/* The price of an order in a slot is what it is from now on. */
void book_note_price(struct exchange *exchange, uint32_t order);
/* Rests it again on the card, in the slot that it has. */
struct card_command book_place_command(const struct exchange *exchange, uint32_t order);
uint32_t book_order_in_slot(const struct state *state, uint32_t slot);
bool book_slot_quota_left(const struct state *state, const struct order *order);
/* Whether clients have no more rows of orders: what is left is the exchange's own. */
bool book_is_full(const struct state *state);
/* Trees of parked orders. */
void book_park(struct exchange *exchange, uint32_t order);
void book_unpark(struct exchange *exchange, uint32_t order);
/* Parked orders of a side in price-time order: the first at `bound` ticks or worse (bids: below, asks: above), and the
 * one behind another; 0: none. */
uint32_t book_best_parked(const struct exchange *exchange, uint32_t market, uint8_t side, uint64_t bound);
uint32_t book_next_parked(const struct exchange *exchange, uint32_t order);
struct tree book_price_tree(const struct exchange *exchange);
struct tree book_time_tree(const struct exchange *exchange);
/* Gives back everything that it has active, reserved or waiting; nothing of it is open any more. */
void book_release_order(struct exchange *exchange, uint32_t order);
/* Ends an order before it is done: releases what is active, reports, gives the row back. `kind`: cancelled, expired. */
void book_finish_order(struct exchange *exchange, uint32_t order, enum report_kind kind, enum reason reason);

/* --- orders/entry.c --- */
enum verdict entry_new(struct exchange *exchange, const struct input_order_new *input);
/* Whether there is such a user, with the permission to trade. */
bool entry_may_trade(const struct exchange *exchange, uint32_t user);
/* Kill switches, suspension, the node's mode: whether a user's orders are taken now. */
enum reason entry_check_switches(const struct exchange *exchange, uint32_t user);
/* Checks and sends an order that waited (trigger, speed bump): REASON_NONE if it is on its way. */
enum reason entry_release(struct exchange *exchange, uint32_t order, enum action_kind kind);
void entry_send(struct exchange *exchange, uint32_t order, enum action_kind kind);
/* Whether `lots` more of an order need reduce-only orders cut. Then it must come first in its round: a fill in front of
 * the cuts would take lots that were to be cut. */
bool entry_cuts(const struct exchange *exchange, const struct order *order, int64_t lots);
/* An order of the exchange itself, for a subaccount: `model` has no user, so nobody is told. The caller has seen to it
 * that there is money and margin for it. SLOT_QUOTA, CAPACITY, POSITION_LIMIT, or it is on its way. */
enum reason entry_send_own(struct exchange *exchange, const struct order *model);
/* What `lots` of an order would add to its side. */
struct margin_change entry_change(const struct exchange *exchange, const struct order *order, int64_t lots);

/* --- orders/quote.c: market orders by quote quantity --- */
/* Bound (at the first portion) and lots of the next portion, into `model`. */
enum reason quote_set_price(const struct exchange *exchange, struct order *model);
/* The next portion of the order under way (totals.quotes): first in its round, in which no inputs are taken. */
void quote_run(struct exchange *exchange);
/* Whether a portion that is filled is not the last one. */
bool quote_goes_on(const struct exchange *exchange, const struct order *order);
enum reason quote_end_reason(const struct exchange *exchange, const struct order *order, enum reason reason);
/* What its reports call open: units of the quote asset. */
void quote_fill_report(const struct exchange *exchange, const struct order *order, struct report *report);

/* --- orders/change.c: replace, cancel --- */
enum verdict change_replace(struct exchange *exchange, const struct input_order_replace *input);
enum verdict change_cancel(struct exchange *exchange, const struct input_order_cancel *input);
/* A replace of exchange->retries, with everything known. */
void change_retry(struct exchange *exchange, const struct input_order_replace *input);
/* Cancels an open order for a reason; the report comes when it is cleared. */
void change_cancel_order(struct exchange *exchange, uint32_t order, enum reason reason, uint32_t job);

/* --- orders/job.c: mass cancels --- */
enum reason job_add(struct exchange *exchange, const struct job *job);
/* The same, but the last rows are left for disconnects and kill switches: CAPACITY. */
enum reason job_add_spare(struct exchange *exchange, const struct job *job);
/* Where no slot of a market is left for an order of the exchange's own: orders of that account, all its subaccounts,
 * make room there. */
void job_make_room(struct exchange *exchange, uint32_t subaccount, uint32_t market, enum reason reason);
void job_run(struct exchange *exchange);

/* --- orders/window.c --- */
void window_run(struct exchange *exchange);
/* Whether an order at a price has to wait, for a window that moves over it; an order: its limit, or the worst that a
 * market order can get. */
bool window_waits(const struct exchange *exchange, uint32_t market, uint64_t price);
bool window_waits_order(const struct exchange *exchange, const struct order *order);
uint32_t window_wanted_base(const struct market *market);

/* --- orders/reduce_only.c --- */
/* Whether an order's inactive lots are in `waiting` of its side. */
static inline bool reduce_only_counts(const struct order *order)
{
    return order->flags & INPUT_ORDER_REDUCE_ONLY && order->place <= ORDER_WAITING;
}
/* Room for reduce-only lots on a side: |position| on its closing side less what is active there. */
int64_t reduce_only_room(const struct state *state, uint32_t position, uint8_t side);
/* Cuts the newest reduce-only orders so that `lots` more of other orders fit on the closing side. */
void reduce_only_cut(struct exchange *exchange, uint32_t position, uint8_t side, int64_t lots);
/* A position or its sides have changed: look at it at the next round's start. */
void reduce_only_changed(struct exchange *exchange, uint32_t position);
/* What waits of an order will never be active: it shrinks, or expires if nothing is active. */
void reduce_only_drop_waiting(struct exchange *exchange, uint32_t order, enum reason reason);
void reduce_only_run(struct exchange *exchange);

/* --- orders/trigger.c: trigger orders --- */
enum reason trigger_check(const struct exchange *exchange, const struct order *model);
void trigger_enter(struct exchange *exchange, uint32_t order);     /* into its tree; place = ORDER_TRIGGER */
void trigger_leave(struct exchange *exchange, uint32_t order);     /* out of it */
void trigger_run(struct exchange *exchange);

/* --- orders/attached.c: take-profit and stop-loss of an order --- */
enum reason attached_check(const struct exchange *exchange, const struct order *model,
                           const struct input_order_extra *extra);
void attached_keep(struct exchange *exchange, uint32_t order, const struct input_order_extra *extra);
/* Legs of a parent that filled; triggers of a position that the fill has closed. */
void attached_order_filled(struct exchange *exchange, uint32_t order, int64_t lots);
/* A position was `before` lots: where it is gone or has turned, triggers that would have reduced it expire. */
void attached_position_changed(struct exchange *exchange, uint32_t position, int64_t before);
void attached_order_ended(struct exchange *exchange, uint32_t order); /* parent or leg: unlinks it */
void attached_leg_triggered(struct exchange *exchange, uint32_t order);
void attached_leg_cancelled(struct exchange *exchange, uint32_t order); /* on purpose: its parent makes no other */

/* --- orders/timing.c: expiry, speed bump --- */
void timing_enter(struct exchange *exchange, uint32_t order); /* expiry, where it has one */
void timing_bump(struct exchange *exchange, uint32_t order);  /* place = ORDER_BUMPED */
/* The same, until the move of its market's window is over. The first that waits for that, 0: none; all of them are let
 * go, oldest first: false if some must wait for another round or batch. */
void timing_wait(struct exchange *exchange, uint32_t order);
uint32_t timing_first_waiting(const struct exchange *exchange, uint32_t market);
bool timing_release_waiting(struct exchange *exchange, uint32_t market);
void timing_leave(struct exchange *exchange, uint32_t order);
void timing_run(struct exchange *exchange);
uint64_t timing_next_ns(const struct exchange *exchange);

/* --- clearing/ --- */
void clear_event(struct exchange *exchange, struct action *action, const struct card_event *event);
void clear_host_action(struct exchange *exchange, struct action *action);
/* fill.c: one fill between the command's order and a resting one. */
void fill_clear(struct exchange *exchange, struct action *action, const struct card_event *event);

#endif
