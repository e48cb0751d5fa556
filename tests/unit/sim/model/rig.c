#include "rig.h"

#include <stdlib.h>
#include <string.h>

static void rig_take_event(void *context, const struct card_event *event)
{
    struct rig *rig = context;

    assert_true(rig->count < EVENTS_MAX);
    rig->events[rig->count++] = *event;
}

int rig_setup_empty(void **state)
{
    const struct model_size size = {.markets = MARKETS, .orders = ORDERS, .tick_bits = TICK_BITS};
    struct rig *rig = calloc(1, sizeof *rig);

    assert_non_null(rig);
    rig->session = SESSION;
    rig->model = model_create(&size, SESSION);
    assert_non_null(rig->model);
    rig->config = rig_command(CARD_CODE_CONFIGURE);
    rig->config.configure.base = BASE;
    rig->config.configure.state = CARD_STATE_OPEN;
    rig->config.configure.mean_max = (1u << 24) - 1;
    *state = rig;
    return 0;
}

int rig_setup(void **state)
{
    const uint64_t middle = MIDDLE * 256ull;

    rig_setup_empty(state);
    rig_mark(*state, 31, middle, middle, middle, middle, 0);
    EXPECT_DONE((struct rig *)*state);
    rig_configure(*state);
    EXPECT_DONE((struct rig *)*state);
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *rig = *state;

    model_destroy(rig->model);
    free(rig);
    return 0;
}

/* What holds for every answer. */
static void rig_check_answer(struct rig *rig, const uint64_t digests[MARKETS])
{
    assert_true(rig->count >= 1);
    for (size_t i = 0; i < rig->count; i++) {
        const struct card_event *event = &rig->events[i];

        assert_int_equal(card_event_sequence(event), rig->sequence++);
        assert_int_equal(card_event_tag(event), rig->tag);
        assert_int_equal(card_event_session(event), rig->session);
        assert_int_equal(card_event_last(event), i + 1 == rig->count);
        assert_int_equal(card_event_arrival(event), 0);
        assert_int_equal(card_event_delay(event), 0);
        assert_int_equal(card_event_phase(event), 0);
        assert_int_equal(card_event_reserved(event), 0);
    }
    if (card_event_kind(&rig->events[0]) == CARD_KIND_REJECTED)
        for (uint32_t i = 0; i < MARKETS; i++)
            assert_int_equal(model_digest(rig->model, i), digests[i]);
    const char *broken = model_check(rig->model);

    if (broken != NULL)
        fail_msg("after %s: %s", card_code_name(rig->command.code), broken);
}

void rig_apply_session(struct rig *rig, struct card_command command, uint16_t session)
{
    uint64_t digests[MARKETS];

    for (uint32_t i = 0; i < MARKETS; i++)
        digests[i] = model_digest(rig->model, i);
    command.tag = rig->tag = rig->tag * 1664525u + 1013904223u;
    command.session = session;
    rig->command = command;
    rig->count = 0;
    model_apply(rig->model, &command, rig_take_event, rig);
    if (command.code == CARD_CODE_RESET && card_event_kind(&rig->events[0]) == CARD_KIND_DONE) {
        rig->session = command.reset.next_session;
        rig->sequence = 0;
    }
    rig_check_answer(rig, digests);
}

void rig_apply(struct rig *rig, struct card_command command)
{
    rig_apply_session(rig, command, rig->session);
}

struct card_command rig_command(uint8_t code)
{
    struct card_command command;

    memset(&command, 0, sizeof command);
    command.code = code;
    command.market = MARKET;
    return command;
}

/* A command about the order in a slot. */
static struct card_command rig_order_command(uint8_t code, uint32_t slot, uint32_t price, int64_t quantity)
{
    struct card_command command = rig_command(code);

    command.slot = slot;
    command.generation = GEN(slot);
    command.order.price = price;
    command.order.quantity = quantity;
    return command;
}

void rig_enter(struct rig *rig, uint32_t slot, unsigned flags, uint32_t owner, uint32_t price, int64_t quantity)
{
    struct card_command command = rig_order_command(CARD_CODE_NEW, slot, price, quantity);

    command.flags = (uint16_t)flags;
    command.order.owner = owner;
    rig_apply(rig, command);
}

void rig_place(struct rig *rig, uint32_t slot, unsigned side, uint32_t owner, uint32_t price, int64_t quantity)
{
    struct card_command command = rig_order_command(CARD_CODE_PLACE, slot, price, quantity);

    command.flags = (uint16_t)side;
    command.order.owner = owner;
    rig_apply(rig, command);
}

void rig_cancel(struct rig *rig, uint32_t slot, uint32_t price)
{
    rig_apply(rig, rig_order_command(CARD_CODE_CANCEL, slot, price, 0));
}

void rig_pull(struct rig *rig, uint32_t slot, uint32_t price)
{
    rig_apply(rig, rig_order_command(CARD_CODE_PULL, slot, price, 0));
}

void rig_reduce(struct rig *rig, uint32_t slot, uint32_t price, int64_t amount)
{
    rig_apply(rig, rig_order_command(CARD_CODE_REDUCE, slot, price, amount));
}

void rig_replace(struct rig *rig, uint32_t slot, unsigned flags, uint32_t price, uint32_t new_price, int64_t change)
{
    struct card_command command = rig_order_command(CARD_CODE_REPLACE, slot, price, change);

    command.flags = (uint16_t)flags;
    command.new_generation = NEW_GEN(slot);
    command.order.new_price = new_price;
    rig_apply(rig, command);
}

void rig_cancel_many(struct rig *rig, uint32_t count)
{
    struct card_command command = rig_command(CARD_CODE_CANCEL_MANY);

    command.order.count = count;
    rig_apply(rig, command);
}

void rig_configure(struct rig *rig)
{
    rig_apply(rig, rig->config);
}

void rig_set_last(struct rig *rig, uint32_t price)
{
    struct card_command command = rig_command(CARD_CODE_SET_LAST);

    command.order.price = price;
    rig_apply(rig, command);
}

void rig_shift(struct rig *rig, uint32_t base)
{
    struct card_command command = rig_command(CARD_CODE_SHIFT);

    command.configure.base = base;
    rig_apply(rig, command);
}

void rig_mark(struct rig *rig, uint32_t present, uint64_t mark, uint64_t index, uint64_t mean, uint64_t fast,
              int32_t premium)
{
    struct card_command command = rig_command(CARD_CODE_SET_MARK);

    command.mark.present = present;
    command.mark.mark = mark;
    command.mark.index = index;
    command.mark.mean_mark = mean;
    command.mark.fast_mean_mark = fast;
    command.mark.mean_premium = premium;
    rig_apply(rig, command);
}

void rig_reset(struct rig *rig, uint16_t session)
{
    struct card_command command = rig_command(CARD_CODE_RESET);

    command.reset.next_session = session;
    rig_apply(rig, command);
}

#define SAME(field)                                                                                              \
    do {                                                                                                         \
        if (card_event_##field(event) != want.field) {                                                           \
            print_error("event %zu (%s, %s): " #field " is %llu\n", at, card_kind_name(card_event_kind(event)),  \
                        card_reason_name(card_event_reason(event)),                                              \
                        (unsigned long long)card_event_##field(event));                                          \
            _assert_int_equal(card_event_##field(event), want.field, file, line);                                \
        }                                                                                                        \
    } while (0)

void rig_expect(struct rig *rig, size_t at, struct want want, const char *file, int line)
{
    const struct card_event *event = &rig->events[at];

    if (at >= rig->count) {
        print_error("%s:%d: there are only %zu events\n", file, line, rig->count);
        _fail(file, line);
    }
    SAME(kind);
    SAME(reason);
    SAME(taker_slot);
    SAME(taker_generation);
    SAME(taker_owner);
    SAME(maker_slot);
    SAME(maker_generation);
    SAME(maker_owner);
    SAME(quantity);
    SAME(taker_remaining);
    SAME(maker_remaining);
    SAME(level_valid);
    SAME(price);
    SAME(side);
    SAME(aggregate);
    SAME(best_price);
    SAME(best_valid);
    SAME(more);
    _assert_int_equal(card_event_market(event), want.other_market ? want.other_market : rig->command.market, file,
                      line);
}

static void rig_expect_single(struct rig *rig, const char *file, int line)
{
    if (rig->count != 1)
        print_error("%s is answered by %zu events, the first %s, %s\n", card_code_name(rig->command.code), rig->count,
                    card_kind_name(card_event_kind(&rig->events[0])),
                    card_reason_name(card_event_reason(&rig->events[0])));
    _assert_int_equal(rig->count, 1, file, line);
}

void rig_expect_rejected(struct rig *rig, uint64_t reason, const char *file, int line)
{
    rig_expect(rig, 0,
               (struct want){.kind = CARD_KIND_REJECTED,
                             .reason = reason,
                             .taker_slot = rig->command.slot & 0xFFFFF,
                             .taker_generation = rig->command.generation},
               file, line);
    rig_expect_single(rig, file, line);
}

void rig_expect_done(struct rig *rig, const char *file, int line)
{
    rig_expect(rig, 0, (struct want){.kind = CARD_KIND_DONE}, file, line);
    rig_expect_single(rig, file, line);
}

void rig_expect_one(struct rig *rig, uint64_t kind, uint64_t reason, const char *file, int line)
{
    rig_expect_single(rig, file, line);
    if (card_event_kind(&rig->events[0]) != kind || card_event_reason(&rig->events[0]) != reason)
        print_error("%s, %s instead of %s, %s\n", card_kind_name(card_event_kind(&rig->events[0])),
                    card_reason_name(card_event_reason(&rig->events[0])), card_kind_name(kind),
                    card_reason_name(reason));
    _assert_int_equal(card_event_kind(&rig->events[0]), kind, file, line);
    _assert_int_equal(card_event_reason(&rig->events[0]), reason, file, line);
}

static struct card_command rig_read_command(uint32_t what)
{
    struct card_command command = rig_command(CARD_CODE_READ);

    command.order.count = what;
    return command;
}

uint64_t rig_open_quantity(struct rig *rig, uint32_t slot)
{
    struct card_command command = rig_read_command(0);

    command.slot = slot;
    rig_apply(rig, command);
    return card_event_kind(&rig->events[0]) == CARD_KIND_DATA ? card_event_quantity(&rig->events[0]) : 0;
}

uint64_t rig_aggregate(struct rig *rig, uint32_t price)
{
    struct card_command command = rig_read_command(1);

    command.order.price = price;
    rig_apply(rig, command);
    assert_int_equal(card_event_kind(&rig->events[0]), CARD_KIND_DATA);
    return card_event_aggregate(&rig->events[0]);
}

uint64_t rig_book_orders(struct rig *rig)
{
    rig_apply(rig, rig_read_command(2));
    assert_int_equal(card_event_kind(&rig->events[0]), CARD_KIND_DATA);
    return card_event_quantity(&rig->events[0]);
}

/* A fill-or-kill order too large for any book: what passes the limit band is killed, so the book stays. */
int rig_limit_band_admits(struct rig *rig, uint32_t price)
{
    rig_enter(rig, ORDERS - 1, SIDE_BUY | FOK, 0xFFFFFF, price, (1ll << 40) - 1);
    assert_int_equal(rig->count, 1);
    assert_int_equal(card_event_kind(&rig->events[0]), CARD_KIND_REJECTED);
    if (card_event_reason(&rig->events[0]) == CARD_REASON_FILL_OR_KILL)
        return 1;
    assert_int_equal(card_event_reason(&rig->events[0]), CARD_REASON_PRICE_OUT_OF_BOUNDS);
    return 0;
}

static uint64_t crc_add_byte(uint64_t crc, uint8_t byte)
{
    for (int bit = 7; bit >= 0; bit--) {
        uint64_t out = crc >> 63 ^ (byte >> bit & 1u);

        crc <<= 1;
        if (out)
            crc ^= 0x42F0E1EBA9EA3693ull;
    }
    return crc;
}

uint64_t rig_crc(const uint8_t *bytes, size_t count)
{
    uint64_t crc = ~0ull;

    for (size_t i = 0; i < count; i++)
        crc = crc_add_byte(crc, bytes[i]);
    return crc;
}

static uint64_t crc_add_word(uint64_t crc, uint64_t word)
{
    for (int byte = 7; byte >= 0; byte--)
        crc = crc_add_byte(crc, (uint8_t)(word >> 8 * byte));
    return crc;
}

uint64_t rig_digest(const struct digest_order *orders, size_t count)
{
    uint64_t crc = ~0ull;

    for (size_t i = 0; i < count; i++) {
        const struct digest_order *o = &orders[i];

        crc = crc_add_word(crc, o->slot << 41 | o->generation << 33 | o->owner << 9 | o->side << 8 | o->quantity >> 32);
        crc = crc_add_word(crc, (o->quantity & 0xFFFFFFFF) << 32 | o->price);
    }
    return crc;
}
