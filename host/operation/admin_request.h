/* What an operator may ask for over the admin socket: one JSON object a line, {"command": "deposit", ...}. Parsed here
 * into an input for the journal, or into a query. Pure: text and state in, request or error out.
 *
 * Names are names or numbers, amounts are decimal strings in whole coins, prices decimal strings in the quote asset. */
#ifndef VITRINE_ADMIN_REQUEST_H
#define VITRINE_ADMIN_REQUEST_H

#include <jansson.h>

#include "input.h"
#include "state.h"

#define ADMIN_LINE_MAX 65536 /* bytes of a request */

enum admin_ask {
    ADMIN_INPUT,        /* `input` goes into the journal; its answer comes when it is durable */
    ADMIN_HELP, ADMIN_STATUS, ADMIN_COUNTERS, ADMIN_METRICS, ADMIN_SNAPSHOT, ADMIN_STOP,
    ADMIN_CONFIG_DIFF, ADMIN_CONFIG_APPLY,
    ADMIN_ASSETS, ADMIN_MARKETS, ADMIN_ACCOUNTS, ADMIN_ACCOUNT, ADMIN_USER, ADMIN_ORDERS, ADMIN_SUBACCOUNT,
    ADMIN_BALANCES, ADMIN_WITHDRAWALS, ADMIN_WITHDRAWAL, ADMIN_SETTLEMENT, ADMIN_FUND, ADMIN_PRICES, ADMIN_FUNDING,
    ADMIN_POOLS, ADMIN_RULES, ADMIN_LIQUIDATIONS, ADMIN_TALLY, ADMIN_BACKSTOPS,
};

struct admin_field {
    const char *name; /* NULL ends a list */
    bool required;
    const char *help;
};

#define ADMIN_FIELDS_MAX 16

struct admin_parse;

struct admin_command {
    const char *name; /* words of the command line, a blank between them */
    enum admin_ask ask;
    const char *help;
    struct admin_field fields[ADMIN_FIELDS_MAX];
    void (*read)(struct admin_parse *parse); /* NULL: nothing but the fields */
};

struct admin_request {
    const struct admin_command *command;
    uint32_t account, subaccount, market, user; /* rows a query is about; 0: none named */
    uint32_t limit;                             /* most orders */
    char path[256];                             /* of a configuration, or the command to explain */
    _Alignas(8) uint8_t input[256];             /* ADMIN_INPUT: a struct input_...; ADMIN_WITHDRAWAL: which one */
};

struct admin_error {
    char field[32];  /* "" where it is none of them */
    char value[64];
    char text[256];
};

/* `length` bytes of JSON. False with an error that names field and value. Names are looked up in `state`. */
bool admin_request_parse(const char *text, size_t length, const struct state *state, struct admin_request *request,
                         struct admin_error *error);

/* Every command; `count` of them. */
const struct admin_command *admin_commands(size_t *count);
const struct admin_command *admin_command_find(const char *name);

/* --- for the commands' own reading: each gives the value of a field, or 0 after noting the error --- */

struct admin_parse {
    json_t *object;
    const struct state *state;
    struct admin_request *request;
    struct admin_error *error;
    bool failed;     /* `error` is set: the first one stays */
};

__attribute__((format(printf, 4, 5))) void admin_parse_fail(struct admin_parse *parse, const char *field,
                                                            const char *value, const char *format, ...);
bool admin_parse_has(const struct admin_parse *parse, const char *field);
/* Text or a whole number as text, "" if it is not there. Lives in `buffer` or in the object. */
const char *admin_parse_text(struct admin_parse *parse, const char *field, char buffer[32]);
void admin_parse_name(struct admin_parse *parse, const char *field, uint8_t *name, size_t size,
                      bool (*valid)(const char *));
bool admin_parse_flag(struct admin_parse *parse, const char *field, bool otherwise);
int64_t admin_parse_number(struct admin_parse *parse, const char *field, unsigned decimals, int64_t min, int64_t max);
uint32_t admin_parse_account(struct admin_parse *parse, const char *field);
uint32_t admin_parse_subaccount(struct admin_parse *parse, const char *field);
uint32_t admin_parse_market(struct admin_parse *parse, const char *field);
uint32_t admin_parse_asset(struct admin_parse *parse, const char *field);
uint32_t admin_parse_user(struct admin_parse *parse, const char *field);
/* Coins of an asset, in units, 1 .. LIMIT_BALANCE_UNITS. */
int64_t admin_parse_amount(struct admin_parse *parse, const char *field, uint32_t asset);
/* A price of a market, in ticks x 256. */
uint64_t admin_parse_price(struct admin_parse *parse, const char *field, uint32_t market);

#endif
