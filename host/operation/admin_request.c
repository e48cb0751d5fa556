#include "admin_request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "config_names.h"
#include "decimal.h"
#include "printable.h"
#include "units.h"

void admin_parse_fail(struct admin_parse *parse, const char *field, const char *value, const char *format, ...)
{
    va_list arguments;

    if (parse->failed)
        return;
    parse->failed = true;
    snprintf(parse->error->field, sizeof parse->error->field, "%s", field);
    printable_write(value, parse->error->value, sizeof parse->error->value);
    va_start(arguments, format);
    vsnprintf(parse->error->text, sizeof parse->error->text, format, arguments);
    va_end(arguments);
}

bool admin_parse_has(const struct admin_parse *parse, const char *field)
{
    return json_object_get(parse->object, field) != NULL;
}

const char *admin_parse_text(struct admin_parse *parse, const char *field, char buffer[32])
{
    const json_t *value = json_object_get(parse->object, field);

    buffer[0] = '\0';
    if (value == NULL)
        return buffer;
    if (json_is_string(value)) {
        if (strlen(json_string_value(value)) == json_string_length(value))
            return json_string_value(value);
        admin_parse_fail(parse, field, "", "has a zero byte in it");
    } else if (json_is_integer(value)) {
        snprintf(buffer, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        admin_parse_fail(parse, field, "", "is a number with a point; write it in quotes, so that it is exact");
    } else {
        admin_parse_fail(parse, field, "", "is neither text nor a whole number");
    }
    return buffer;
}

void admin_parse_name(struct admin_parse *parse, const char *field, uint8_t *name, size_t size,
                      bool (*valid)(const char *))
{
    char buffer[32];
    const char *text = admin_parse_text(parse, field, buffer);
    size_t length = strlen(text);

    if (length == 0 || length > size || (valid && !valid(text)))
        admin_parse_fail(parse, field, text,
                         valid == name_is_user ? "is no user name: 1 to 6 letters or digits"
                         : valid               ? "is no name: up to %zu letters, digits, '_', '-', '.', a letter first"
                                               : "is not 1 to %zu characters", size);
    else
        memcpy(name, text, length);
}

bool admin_parse_flag(struct admin_parse *parse, const char *field, bool otherwise)
{
    const json_t *value = json_object_get(parse->object, field);
    char buffer[32];
    const char *text;

    if (value == NULL)
        return otherwise;
    if (json_is_boolean(value))
        return json_is_true(value);
    text = admin_parse_text(parse, field, buffer);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        admin_parse_fail(parse, field, text, "is neither true nor false");
    return strcmp(text, "true") == 0;
}

int64_t admin_parse_number(struct admin_parse *parse, const char *field, unsigned decimals, int64_t min, int64_t max)
{
    char buffer[32], what[64], low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX];
    const char *text = admin_parse_text(parse, field, buffer);
    int64_t value = 0;
    enum units_status status = units_parse_signed(text, strlen(text), decimals, &value);

    units_format(min, decimals, low, sizeof low);
    units_format(max, decimals, high, sizeof high);
    if (status != UNITS_OK) {
        units_explain(status, decimals, what, sizeof what);
        admin_parse_fail(parse, field, text, "%s", what);
    } else if (value < min || value > max) {
        admin_parse_fail(parse, field, text, "is not in %s .. %s", low, high);
    }
    return parse->failed ? 0 : value;
}

/* A row's number, given as such; 0 if the text is none. */
static uint32_t parse_row(const char *text, const struct table *table)
{
    uint64_t row;

    return decimal_parse_whole(text, strlen(text), &row) && row < table->used ? (uint32_t)row : 0;
}

static uint32_t parse_account_name(const struct state *state, const char *text, size_t length)
{
    uint8_t name[24] = { 0 };
    char number[24];

    if (length == 0 || length > sizeof name)
        return 0;
    memcpy(name, text, length);
    snprintf(number, sizeof number, "%.*s", (int)length, text);
    return parse_row(number, &state->accounts) ? parse_row(number, &state->accounts) : state_find_account(state, name);
}

uint32_t admin_parse_account(struct admin_parse *parse, const char *field)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, field, buffer);
    uint32_t row = parse_account_name(parse->state, text, strlen(text));

    if (row == 0)
        admin_parse_fail(parse, field, text, "is no account (a name or a number)");
    return row;
}

uint32_t admin_parse_subaccount(struct admin_parse *parse, const char *field)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, field, buffer), *slash = strchr(text, '/');
    uint32_t row = 0, account;
    uint8_t name[24] = { 0 };

    if (slash == NULL) {
        row = parse_row(text, &parse->state->subaccounts);
    } else if (strlen(slash + 1) <= sizeof name) {
        account = parse_account_name(parse->state, text, (size_t)(slash - text));
        memcpy(name, slash + 1, strlen(slash + 1));
        row = account ? state_find_subaccount(parse->state, account, name) : 0;
    }
    if (row == 0)
        admin_parse_fail(parse, field, text, "is no subaccount (\"account/name\" or a number)");
    return row;
}

uint32_t admin_parse_market(struct admin_parse *parse, const char *field)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, field, buffer);
    uint8_t symbol[24] = { 0 };
    uint32_t row = 0;

    if (text[0] && strlen(text) <= sizeof symbol) {
        memcpy(symbol, text, strlen(text));
        row = state_find_market(parse->state, symbol);
    }
    if (row == 0)
        admin_parse_fail(parse, field, text, "is no market");
    return row;
}

uint32_t admin_parse_asset(struct admin_parse *parse, const char *field)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, field, buffer);
    uint8_t symbol[16] = { 0 };
    uint32_t row = 0;

    if (text[0] && strlen(text) <= sizeof symbol) {
        memcpy(symbol, text, strlen(text));
        row = state_find_asset(parse->state, symbol);
    }
    if (row == 0)
        admin_parse_fail(parse, field, text, "is no asset");
    return row;
}

uint32_t admin_parse_user(struct admin_parse *parse, const char *field)
{
    char buffer[32];
    const char *text = admin_parse_text(parse, field, buffer);
    uint8_t name[8] = { 0 };
    uint32_t row = 0;

    if (name_is_user(text)) {
        memcpy(name, text, strlen(text));
        row = state_find_user(parse->state, name);
    }
    if (row == 0)
        admin_parse_fail(parse, field, text, "is no user");
    return row;
}

int64_t admin_parse_amount(struct admin_parse *parse, const char *field, uint32_t asset)
{
    unsigned decimals = asset ? state_asset(parse->state, asset)->decimals : 0;

    return asset ? admin_parse_number(parse, field, decimals, 1, LIMIT_BALANCE_UNITS) : 0;
}

uint64_t admin_parse_price(struct admin_parse *parse, const char *field, uint32_t market)
{
    int64_t price = admin_parse_number(parse, field, 12, 1, INT64_MAX);
    const struct market *row;
    struct input_market_set set;
    uint64_t fixed;
    char buffer[32];

    if (market == 0 || parse->failed)
        return 0;
    row = state_market(parse->state, market);
    set = (struct input_market_set){ .lot_units = row->lot_units, .tick_lot_units = row->tick_lot_units };
    fixed = config_price_fixed(&set, state_asset(parse->state, row->base_asset)->decimals,
                               state_asset(parse->state, row->quote_asset)->decimals, (uint64_t)price);
    if (fixed == 0)
        admin_parse_fail(parse, field, admin_parse_text(parse, field, buffer),
                         "is not in 1/256 .. 2^32-1 ticks of the market");
    return fixed;
}

static const struct admin_field *command_field(const struct admin_command *command, const char *name)
{
    for (const struct admin_field *field = command->fields; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

/* Every key is a field of the command, and every field that must be there is. */
static void parse_fields(struct admin_parse *parse, const struct admin_command *command)
{
    const char *key;
    json_t *value;
    char known[160] = "none";
    size_t used = 0;

    for (const struct admin_field *field = command->fields; field->name && used < sizeof known; field++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", field->name);
    json_object_foreach(parse->object, key, value)
        if (strcmp(key, "command") != 0 && command_field(command, key) == NULL)
            admin_parse_fail(parse, "", key, "is no field of %s; there are: %s", command->name, known);
    for (const struct admin_field *field = command->fields; field->name; field++)
        if (field->required && !admin_parse_has(parse, field->name))
            admin_parse_fail(parse, field->name, "", "is missing: %s", field->help);
}

static void parse_object(struct admin_parse *parse)
{
    struct admin_request *request = parse->request;
    const json_t *name = json_object_get(parse->object, "command");
    const char *text = json_is_string(name) ? json_string_value(name) : "";

    request->command = admin_command_find(text);
    if (request->command == NULL) {
        admin_parse_fail(parse, "command", text, "is no command; see the command help");
        return;
    }
    parse_fields(parse, request->command);
    if (!parse->failed && request->command->read)
        request->command->read(parse);
}

bool admin_request_parse(const char *text, size_t length, const struct state *state, struct admin_request *request,
                         struct admin_error *error)
{
    json_error_t place;
    struct admin_parse parse = { json_loadb(text, length, JSON_REJECT_DUPLICATES, &place), state, request, error,
                                 false };

    memset(request, 0, sizeof *request);
    memset(error, 0, sizeof *error);
    if (parse.object == NULL)
        admin_parse_fail(&parse, "", "", "not JSON: %s at byte %d", place.text, place.position);
    else if (!json_is_object(parse.object))
        admin_parse_fail(&parse, "", "", "not a JSON object");
    else
        parse_object(&parse);
    json_decref(parse.object);
    return !parse.failed;
}
