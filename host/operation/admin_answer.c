#include "admin_answer.h"

#include "admin_values.h"

#include <string.h>

#include "config_names.h"
#include "order.h"
#include "rank.h"
#include "reason.h"
#include "units.h"

void admin_set_text(json_t *object, const char *key, const void *text, size_t size)
{
    json_object_set_new(object, key, json_stringn(text, strnlen(text, size)));
}

void admin_set_number(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

void admin_set_decimal(json_t *object, const char *key, wide value, unsigned decimals)
{
    char text[UNITS_TEXT_MAX];

    units_format(value, decimals, text, sizeof text);
    json_object_set_new(object, key, json_string(text));
}

void admin_set_u256(json_t *object, const char *key, wide value, unsigned decimals)
{
    wide bound = (wide)1 << 107;

    if (value > -bound && value < bound)
        admin_set_decimal(object, key, value * 390625, decimals + 8);
    else
        admin_set_decimal(object, key, value / 256, decimals);
}

json_t *admin_ok_with(const char *key, json_t *value)
{
    json_t *object = json_pack("{s:b}", "ok", 1);

    json_object_set_new(object, key, value);
    return object;
}

void admin_set_price(const struct state *state, const struct market *market, json_t *object, const char *key,
                      uint64_t fixed)
{
    int shift = state_asset(state, market->base_asset)->decimals - state_asset(state, market->quote_asset)->decimals;
    uwide multiplier = (uwide)units_power(12) * (uwide)units_power((unsigned)(shift > 0 ? shift : 0)), price;
    uwide divisor = (uwide)market->lot_units * CARD_FIXED_ONE * (uwide)units_power((unsigned)(shift < 0 ? -shift : 0));

    if (fixed && wide_scale_down((uwide)fixed * market->tick_lot_units, multiplier, divisor, &price))
        admin_set_decimal(object, key, (wide)price, 12);
    else
        json_object_set_new(object, key, json_null());
}

json_t *admin_answer_assets(const struct state *state)
{
    json_t *list = json_array();

    for (uint32_t row = 1; row < state->assets.used; row++) {
        const struct asset *asset = state_asset(state, row);
        json_t *object = json_object();

        admin_set_number(object, "number", row);
        admin_set_text(object, "symbol", asset->symbol, sizeof asset->symbol);
        admin_set_number(object, "decimals", asset->decimals);
        if (asset->index)
            admin_set_decimal(object, "index", (wide)asset->index, 12);
        json_array_append_new(list, object);
    }
    return admin_ok_with("assets", list);
}

json_t *admin_answer_markets(const struct state *state)
{
    json_t *list = json_array();

    for (uint32_t row = 1; row < state->markets.used; row++) {
        const struct market *market = state_market(state, row);
        json_t *object = json_object();

        admin_set_number(object, "number", row);
        admin_set_text(object, "symbol", market->symbol, sizeof market->symbol);
        json_object_set_new(object, "kind", json_string(market->kind == MARKET_SPOT ? "spot" : "perpetual"));
        json_object_set_new(object, "state", json_string(card_state_name(market->state)));
        json_object_set_new(object, "state_wanted", json_string(card_state_name(market->state_wanted)));
        json_object_set_new(object, "waits_for_prices", json_boolean(market->flags & MARKET_WAITS_FOR_PRICES));
        json_object_set_new(object, "killed", json_boolean(market->flags & MARKET_KILLED));
        json_object_set_new(object, "frozen", json_boolean(market->flags & MARKET_FROZEN));
        json_object_set_new(object, "delisted", json_boolean(market->flags & MARKET_DELISTED));
        admin_set_time(object, "delisting", market->delist_ns);
        admin_set_price(state, market, object, "final_price", market->final_price);
        admin_set_price(state, market, object, "mark", market->mark);
        admin_set_price(state, market, object, "index", market->index);
        admin_set_price(state, market, object, "mean_mark", market->mean_mark);
        admin_set_price(state, market, object, "fast_mean_mark", market->fast_mean_mark);
        admin_set_decimal(object, "mean_premium", market->mean_premium, 6);
        admin_set_price(state, market, object, "last_trade", (uint64_t)market->last_trade * CARD_FIXED_ONE);
        admin_set_price(state, market, object, "best_bid", (uint64_t)market->best[CARD_SIDE_BUY] * CARD_FIXED_ONE);
        admin_set_price(state, market, object, "best_ask", (uint64_t)market->best[CARD_SIDE_SELL] * CARD_FIXED_ONE);
        admin_set_price(state, market, object, "window_base", (uint64_t)market->window_base * CARD_FIXED_ONE);
        admin_set_number(object, "window_log2", market->window_log2);
        admin_set_number(object, "slots_used", market->slots_used);
        admin_set_number(object, "slot_quota", market->slot_quota);
        admin_set_decimal(object, "open_interest", (wide)market->open_interest * (wide)market->lot_units,
                    state_asset(state, market->base_asset)->decimals);
        if (market->kind == MARKET_PERPETUAL)
            admin_set_usdc(state, object, "backstop_capacity", admin_backstop_capacity(state, row));
        json_array_append_new(list, object);
    }
    return admin_ok_with("markets", list);
}

static json_t *account_object(const struct state *state, uint32_t row)
{
    const struct account *account = state_account(state, row);
    json_t *object = json_object();

    admin_set_number(object, "number", row);
    admin_set_text(object, "name", account->name, sizeof account->name);
    admin_set_decimal(object, "leverage", account->leverage, 2);
    admin_set_decimal(object, "leverage_holds", state_leverage(state, row), 2);
    admin_set_number(object, "jurisdiction", account->jurisdiction);
    json_object_set_new(object, "killed", json_boolean(account->flags & ACCOUNT_KILLED));
    json_object_set_new(object, "suspended", json_boolean(account->flags & ACCOUNT_SUSPENDED));
    return object;
}

json_t *admin_answer_accounts(const struct state *state, uint32_t limit)
{
    json_t *list = json_array();

    for (uint32_t row = 1; row < state->accounts.used && row <= limit; row++)
        json_array_append_new(list, account_object(state, row));
    return admin_ok_with("accounts", list);
}

json_t *admin_answer_user(const struct state *state, uint32_t row)
{
    static const uint8_t none[32];
    const struct user *user = state_user(state, row);
    json_t *object = json_pack("{s:b}", "ok", 1);
    char key[65];

    admin_set_number(object, "number", row);
    admin_set_text(object, "name", user->name, sizeof user->name);
    admin_set_number(object, "account", user->account);
    admin_set_text(object, "account_name", state_account(state, user->account)->name, 24);
    name_write_hex(user->key, sizeof user->key, key);
    json_object_set_new(object, "key", memcmp(user->key, none, sizeof none) ? json_string(key) : json_null());
    json_object_set_new(object, "trade", json_boolean(user->flags & USER_TRADE));
    json_object_set_new(object, "cancel_on_disconnect", json_boolean(user->flags & USER_CANCEL_ON_DISCONNECT));
    json_object_set_new(object, "killed", json_boolean(user->flags & USER_KILLED));
    json_object_set_new(object, "up", json_boolean(user->up));
    admin_set_number(object, "rate", user->rate);
    admin_set_number(object, "last_reference", user->last_reference);
    admin_set_number(object, "sequence", user->sequence);
    return object;
}

json_t *admin_answer_account(const struct state *state, uint32_t account)
{
    json_t *object = admin_ok_with("account", account_object(state, account));
    json_t *list = json_array(), *users = json_array();

    for (uint32_t row = state_account(state, account)->subaccounts; row; row = state_subaccount(state, row)->next) {
        json_t *entry = json_object();

        admin_set_number(entry, "number", row);
        admin_set_text(entry, "name", state_subaccount(state, row)->name, 24);
        json_array_append_new(list, entry);
    }
    for (uint32_t row = 1; row < state->users.used; row++)
        if (state_user(state, row)->account == account) {
            json_t *user = admin_answer_user(state, row);

            json_object_del(user, "ok");
            json_array_append_new(users, user);
        }
    json_object_set_new(object, "subaccounts", list);
    json_object_set_new(object, "users", users);
    return object;
}

static json_t *position_object(const struct state *state, uint32_t row)
{
    static const char *const sides[2] = { "buying", "selling" };
    const struct position *position = state_position(state, row);
    const struct position_detail *detail = state_position_detail(state, row);
    const uint32_t quintile = rank_quintile(state, row);
    const struct market *market = state_market(state, position->market);
    unsigned base = state_asset(state, market->base_asset)->decimals;
    unsigned quote = state_asset(state, market->quote_asset)->decimals;
    json_t *object = json_object();

    admin_set_text(object, "market", market->symbol, sizeof market->symbol);
    admin_set_decimal(object, "quantity", (wide)position->quantity * (wide)market->lot_units, base);
    admin_set_u256(object, "entry_cost", position->entry_cost, quote);
    admin_set_u256(object, "open_cost", position->open_cost, quote);
    admin_set_u256(object, "realised", detail->realised, quote);
    json_object_set_new(object, "deleveraging_quintile", quintile ? json_integer(quintile) : json_null());
    for (unsigned side = 0; side < 2; side++) {
        admin_set_decimal(object, sides[side], (wide)detail->side[side].lots * (wide)market->lot_units, base);
        admin_set_number(object, side ? "sell_orders" : "buy_orders", detail->side[side].orders);
    }
    return object;
}

json_t *admin_answer_subaccount(const struct state *state, uint32_t row)
{
    const struct subaccount *subaccount = state_subaccount(state, row);
    json_t *object = json_pack("{s:b}", "ok", 1), *positions = json_array();

    admin_set_number(object, "number", row);
    admin_set_text(object, "name", subaccount->name, sizeof subaccount->name);
    admin_set_number(object, "account", subaccount->account);
    json_object_set_new(object, "auto_lend", json_boolean(subaccount->flags & SUBACCOUNT_AUTO_LEND));
    json_object_set_new(object, "auto_redeem", json_boolean(subaccount->flags & SUBACCOUNT_AUTO_REDEEM));
    json_object_set_new(object, "auto_borrow", json_boolean(subaccount->flags & SUBACCOUNT_AUTO_BORROW));
    json_object_set_new(object, "auto_repay", json_boolean(subaccount->flags & SUBACCOUNT_AUTO_REPAY));
    json_object_set_new(object, "vpnl", json_boolean(subaccount->flags & SUBACCOUNT_VPNL));
    for (uint32_t at = subaccount->positions; at; at = state_position(state, at)->next)
        json_array_append_new(positions, position_object(state, at));
    json_object_set_new(object, "balances", admin_balances_list(state, row));
    json_object_set_new(object, "positions", positions);
    json_object_set_new(object, "margin", admin_margin_object(state, row));
    admin_set_liquidation(state, object, row);
    json_object_set_new(object, "backstops", admin_commitments_list(state, row));
    return object;
}

static json_t *order_object(const struct state *state, const struct order *order)
{
    static const char *const places[] = { "entering", "card", "parked", "waiting", "trigger", "attached", "bumped" };
    const struct market *market = state_market(state, order->market);
    unsigned base = state_asset(state, market->base_asset)->decimals;
    json_t *object = json_object();

    admin_set_number(object, "order", order->id);
    admin_set_number(object, "subaccount", order->subaccount);
    admin_set_text(object, "market", market->symbol, sizeof market->symbol);
    admin_set_text(object, "user", state_user(state, order->user)->name, 8);
    admin_set_number(object, "reference", order->reference);
    admin_set_text(object, "client_id", order->client_id, sizeof order->client_id);
    json_object_set_new(object, "side", json_string(order->side == CARD_SIDE_BUY ? "buy" : "sell"));
    json_object_set_new(object, "place", json_string(order->place <= ORDER_BUMPED ? places[order->place] : "?"));
    admin_set_price(state, market, object, "price", (uint64_t)order->price * CARD_FIXED_ONE);
    admin_set_price(state, market, object, "trigger_price", (uint64_t)order->trigger_price * CARD_FIXED_ONE);
    admin_set_decimal(object, "quantity", (wide)order->quantity * (wide)market->lot_units, base);
    admin_set_decimal(object, "open", (wide)order->open * (wide)market->lot_units, base);
    admin_set_decimal(object, "filled", (wide)order->filled * (wide)market->lot_units, base);
    return object;
}

static void orders_of(const struct state *state, uint32_t subaccount, const struct admin_request *request, json_t *list)
{
    for (uint32_t at = state_subaccount(state, subaccount)->positions; at; at = state_position(state, at)->next) {
        if (request->market && state_position(state, at)->market != request->market)
            continue;
        for (uint32_t row = state_position_detail(state, at)->orders; row && json_array_size(list) < request->limit;
             row = order_row(state, row)->next_in_position)
            json_array_append_new(list, order_object(state, order_row(state, row)));
    }
}

json_t *admin_answer_orders(const struct state *state, const struct admin_request *request)
{
    json_t *list = json_array();

    if (request->subaccount)
        orders_of(state, request->subaccount, request, list);
    else
        for (uint32_t row = state_account(state, request->account)->subaccounts; row;
             row = state_subaccount(state, row)->next)
            orders_of(state, row, request, list);
    return admin_ok_with("orders", list);
}

json_t *admin_answer_report(const struct report *report)
{
    json_t *object = json_pack("{s:b}", "ok", report->reason == REASON_NONE);

    if (report->reason != REASON_NONE) {
        const char *name = reason_name(report->reason);

        json_object_set_new(object, "error", json_string("refused"));
        json_object_set_new(object, "reason", json_string(name ? name : "?"));
    }
    admin_set_number(object, "number", report->order);
    admin_set_number(object, "batch", report->batch);
    return object;
}

json_t *admin_answer_error(const struct admin_error *error)
{
    json_t *object = json_pack("{s:b,s:s}", "ok", 0, "error", error->text);

    if (error->field[0])
        json_object_set_new(object, "field", json_string(error->field));
    if (error->value[0])
        json_object_set_new(object, "value", json_string(error->value));
    return object;
}

static json_t *command_object(const struct admin_command *command, bool whole)
{
    json_t *object = json_pack("{s:s,s:s}", "command", command->name, "help", command->help), *list = json_array();

    for (const struct admin_field *field = command->fields; whole && field->name; field++)
        json_array_append_new(list, json_pack("{s:s,s:b,s:s}", "field", field->name, "required", (int)field->required,
                                              "help", field->help));
    json_object_set_new(object, "fields", list);
    return object;
}

json_t *admin_answer_help(const char *about)
{
    const struct admin_command *command = admin_command_find(about);
    json_t *list = json_array();
    size_t count;
    const struct admin_command *commands = admin_commands(&count);

    for (size_t i = 0; i < count; i++)
        if (command == NULL || command == &commands[i])
            json_array_append_new(list, command_object(&commands[i], true));
    return admin_ok_with("commands", list);
}
