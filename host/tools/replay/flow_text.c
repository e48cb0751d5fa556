#include "flow_text.h"

#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "decimal.h"

#define WORDS_MAX 40
#define NUMBER_END (18446744073u * (uint64_t)DECIMAL_ONE) /* numbers are below it */

struct words {
    char *word[WORDS_MAX];
    size_t count, at;
    char *error;
};

static bool words_fail(const struct words *words, const char *word, const char *reason)
{
    snprintf(words->error, FLOW_ERROR_MAX, "%.40s: %s", word ? word : "end of line", reason);
    return false;
}

/* The next word, NULL at the end. */
static char *words_next(struct words *words)
{
    return words->at < words->count ? words->word[words->at++] : NULL;
}

static bool words_is(const char *word, const char *text)
{
    return strcmp(word, text) == 0;
}

static bool words_split(struct words *words, char *line)
{
    for (char *word = strtok(line, " \t"); word; word = strtok(NULL, " \t")) {
        if (*word == '#')
            return true;
        if (words->count == WORDS_MAX)
            return words_fail(words, word, "too many words");
        words->word[words->count++] = word;
    }
    return true;
}

static bool words_whole(struct words *words, uint64_t low, uint64_t high, uint64_t *value, const char *what)
{
    const char *word = words_next(words);
    char reason[80];

    if (word && decimal_parse_whole(word, strlen(word), value) && *value >= low && *value <= high)
        return true;
    snprintf(reason, sizeof reason, "%s must be a whole number from %llu to %llu", what, (unsigned long long)low,
             (unsigned long long)high);
    return words_fail(words, word, reason);
}

static bool parse_number(const char *text, size_t length, uint64_t *value)
{
    return decimal_parse(text, length, value) && *value < NUMBER_END;
}

static bool words_decimal(struct words *words, uint64_t *value, const char *what)
{
    const char *word = words_next(words);
    char reason[110];

    if (word && parse_number(word, strlen(word), value))
        return true;
    snprintf(reason, sizeof reason, "%s must be a number with up to nine decimals, below 18446744073", what);
    return words_fail(words, word, reason);
}

/* A number that is not 0. */
static bool words_positive(struct words *words, uint64_t *value, const char *what)
{
    char reason[80];

    if (!words_decimal(words, value, what))
        return false;
    snprintf(reason, sizeof reason, "%s must be above 0", what);
    return *value != 0 || words_fail(words, words->word[words->at - 1], reason);
}

/* A factor such as 1.01, in millionths. */
static bool words_factor(struct words *words, uint32_t most, uint32_t *millionths, const char *what)
{
    uint64_t value;

    if (!words_decimal(words, &value, what))
        return false;
    if (value % 1000 != 0 || value / 1000 > most)
        return words_fail(words, words->word[words->at - 1], "must have at most six decimals, and is too large above "
                                                             "16.777215 (tolerance 8.388607, premium 2.097151)");
    *millionths = (uint32_t)(value / 1000);
    return true;
}

static bool parse_side(struct words *words, unsigned *side)
{
    const char *word = words_next(words);

    if (word == NULL || (!words_is(word, "buy") && !words_is(word, "sell")))
        return words_fail(words, word, "must be buy or sell");
    *side = words_is(word, "buy") ? CARD_SIDE_BUY : CARD_SIDE_SELL;
    return true;
}

/* QUANTITY@PRICE, or of `new` QUANTITY@market; only `expect` may say quantity 0. */
static bool parse_amount(struct words *words, struct flow_statement *statement)
{
    char *word = words_next(words);
    char *at = word ? strchr(word, '@') : NULL;

    if (at == NULL || !parse_number(word, (size_t)(at - word), &statement->quantity))
        return words_fail(words, word, "must be QUANTITY@PRICE");
    if (statement->quantity == 0 && statement->kind != FLOW_EXPECT)
        return words_fail(words, word, "its quantity must be above 0");
    if (statement->kind == FLOW_NEW && words_is(at + 1, "market"))
        statement->flags |= CARD_ORDER_MARKET_ORDER_MASK;
    else if (!parse_number(at + 1, strlen(at + 1), &statement->price))
        return words_fail(words, word, "its price must be a number with up to nine decimals, below 18446744073");
    else if (statement->price == 0)
        return words_fail(words, word, "its price must be above 0");
    return true;
}

/* Of the words of a group an order has one. */
enum flag_group {
    FLAG_LIFE = 1,
    FLAG_SELF_TRADE = 2,
    FLAG_LIQUIDATION = 4,
    FLAG_POST_ONLY = 8,
};

struct flag_word {
    const char *word;
    unsigned flags;
    enum flag_group group;
};

static const struct flag_word flag_words[] = {
    { "gtc", CARD_TIF_GTC << CARD_ORDER_TIF_SHIFT, FLAG_LIFE },
    { "ioc", CARD_TIF_IOC << CARD_ORDER_TIF_SHIFT, FLAG_LIFE },
    { "fok", CARD_TIF_FOK << CARD_ORDER_TIF_SHIFT, FLAG_LIFE },
    { "post-only", CARD_ORDER_POST_ONLY_MASK, FLAG_POST_ONLY },
    { "liquidation", CARD_ORDER_LIQUIDATION_MASK, FLAG_LIQUIDATION },
    { "reject-taker", CARD_STP_REJECT_TAKER << CARD_ORDER_STP_SHIFT, FLAG_SELF_TRADE },
    { "reject-maker", CARD_STP_REJECT_MAKER << CARD_ORDER_STP_SHIFT, FLAG_SELF_TRADE },
    { "reject-both", CARD_STP_REJECT_BOTH << CARD_ORDER_STP_SHIFT, FLAG_SELF_TRADE },
};

static const struct flag_word *flag_find(const char *word)
{
    for (size_t i = 0; i < sizeof flag_words / sizeof *flag_words; i++)
        if (words_is(word, flag_words[i].word))
            return &flag_words[i];
    return NULL;
}

static bool parse_owner(struct words *words, struct flow_statement *statement)
{
    if (statement->has_owner)
        return words_fail(words, "owner", "is given twice");
    statement->has_owner = true;
    return words_whole(words, 0, CARD_OWNER_MAX, &statement->owner, "owner");
}

/* The words behind an order: how long it lives, self-trade prevention, owner. `place` takes the owner only, and
 * `replace` leaves it as it is. */
static bool parse_order_words(struct words *words, struct flow_statement *statement)
{
    unsigned groups = 0;
    const char *word;
    unsigned life;

    while ((word = words_next(words)) != NULL) {
        const struct flag_word *flag = flag_find(word);

        if (words_is(word, "owner") && statement->kind != FLOW_REPLACE) {
            if (!parse_owner(words, statement))
                return false;
            continue;
        }
        if (flag == NULL || statement->kind == FLOW_PLACE)
            return words_fail(words, word, statement->kind == FLOW_PLACE     ? "is no word of place"
                                           : statement->kind == FLOW_REPLACE ? "is no word of replace"
                                                                             : "is no word of an order");
        if (groups & flag->group)
            return words_fail(words, word, "contradicts or repeats an earlier word");
        groups |= flag->group;
        statement->flags |= flag->flags;
    }
    life = (statement->flags & CARD_ORDER_TIF_MASK) >> CARD_ORDER_TIF_SHIFT;
    if (statement->flags & CARD_ORDER_POST_ONLY_MASK && life != CARD_TIF_GTC)
        return words_fail(words, "post-only", "contradicts ioc and fok");
    if (statement->flags & CARD_ORDER_MARKET_ORDER_MASK && life == CARD_TIF_GTC)
        return words_fail(words, "market", "an order without a price must be ioc or fok");
    return true;
}

static bool parse_id(struct words *words, struct flow_statement *statement)
{
    statement->has_id = true;
    return words_whole(words, 0, UINT64_MAX, &statement->id, "order id");
}

/* [ID] buy|sell QUANTITY@PRICE ... */
static bool parse_new(struct words *words, struct flow_statement *statement)
{
    unsigned side;
    bool numbered = words->at < words->count && words->word[words->at][0] >= '0' && words->word[words->at][0] <= '9';

    if (numbered && !parse_id(words, statement))
        return false;
    if (!parse_side(words, &side) || !parse_amount(words, statement))
        return false;
    statement->flags |= side;
    return parse_order_words(words, statement);
}

/* ID PRICE +|-CHANGE ...; a change of 0 needs no sign. */
static bool parse_replace(struct words *words, struct flow_statement *statement)
{
    const char *word;
    const char *digits;
    bool sign;

    if (!parse_id(words, statement) || !words_positive(words, &statement->price, "price"))
        return false;
    word = words_next(words);
    if (word == NULL)
        return words_fail(words, word, "the change of quantity is missing");
    sign = *word == '+' || *word == '-';
    digits = word + sign;
    statement->negative = *word == '-';
    if (!parse_number(digits, strlen(digits), &statement->quantity) || (!sign && statement->quantity))
        return words_fail(words, word, "change of quantity must be a number with a sign");
    return parse_order_words(words, statement);
}

static bool parse_state(struct words *words, unsigned *state)
{
    static const char *const names[] = { "closed", "cancel-only", "limit-only", "post-only", "open" };
    const char *word = words_next(words);

    for (unsigned i = 0; word && i < sizeof names / sizeof *names; i++)
        if (words_is(word, names[i])) {
            *state = i;
            return true;
        }
    return words_fail(words, word, "must be open, post-only, limit-only, cancel-only or closed");
}

/* MIN MAX or off. */
static bool parse_band(struct words *words, struct flow_statement *statement, unsigned band, uint32_t *low,
                       uint32_t *high)
{
    if (words->at < words->count && words_is(words->word[words->at], "off")) {
        words->at++;
        if (band == 0) /* the mean-mark band is always on: as wide as it goes */
            *high = CARD_MULTIPLIER_MAX;
        return true;
    }
    statement->bands |= band;
    if (low != high && !words_factor(words, CARD_MULTIPLIER_MAX, low, "lower multiplier"))
        return false;
    return words_factor(words, low == high ? CARD_TOLERANCE_MAX : CARD_MULTIPLIER_MAX, high,
                        low == high ? "tolerance" : "upper multiplier");
}

static bool parse_setting(struct words *words, struct flow_statement *s, const char *word)
{
    if (words_is(word, "tick"))
        return s->set |= FLOW_SET_TICK, words_decimal(words, &s->tick, "tick");
    if (words_is(word, "lot"))
        return s->set |= FLOW_SET_LOT, words_decimal(words, &s->lot, "lot");
    if (words_is(word, "base"))
        return s->set |= FLOW_SET_BASE, words_decimal(words, &s->base, "base");
    if (words_is(word, "state"))
        return s->set |= FLOW_SET_STATE, parse_state(words, &s->state);
    if (words_is(word, "limit"))
        return s->set |= FLOW_SET_LIMIT, parse_band(words, s, CARD_BANDS_LIMIT_MASK, &s->limit_min, &s->limit_max);
    if (words_is(word, "impact"))
        return s->set |= FLOW_SET_IMPACT, parse_band(words, s, CARD_BANDS_IMPACT_MASK, &s->impact_min, &s->impact_max);
    if (words_is(word, "mean"))
        return s->set |= FLOW_SET_MEAN_BAND, parse_band(words, s, 0, &s->mean_min, &s->mean_max);
    if (words_is(word, "premium"))
        return s->set |= FLOW_SET_TOLERANCE,
               parse_band(words, s, CARD_BANDS_PREMIUM_MASK, &s->tolerance, &s->tolerance);
    return words_fail(words, word, "is no setting of a market");
}

static bool parse_market(struct words *words, struct flow_statement *statement)
{
    const char *word = words_next(words);

    if (word == NULL || strlen(word) > FLOW_NAME_MAX)
        return words_fail(words, word, "a market's name has 1 to 31 characters");
    strcpy(statement->name, word);
    while ((word = words_next(words)) != NULL)
        if (!parse_setting(words, statement, word))
            return false;
    return true;
}

/* [PRICE] [index PRICE] [mean PRICE] [fast PRICE] [premium FRACTION] */
static bool parse_mark(struct words *words, struct flow_statement *s)
{
    const char *word;

    while ((word = words_next(words)) != NULL) {
        bool good;

        if (words_is(word, "index")) {
            good = words_positive(words, &s->index, "index");
            s->set |= FLOW_SET_INDEX;
        } else if (words_is(word, "mean")) {
            good = words_positive(words, &s->mean, "mean");
            s->set |= FLOW_SET_MEAN;
        } else if (words_is(word, "fast")) {
            good = words_positive(words, &s->fast, "fast mean");
            s->set |= FLOW_SET_FAST;
        } else if (words_is(word, "premium")) {
            s->negative = words->at < words->count && words->word[words->at][0] == '-';
            if (s->negative)
                words->word[words->at]++;
            good = words_factor(words, CARD_PREMIUM_MAX, &s->premium, "premium");
            s->set |= FLOW_SET_PREMIUM;
        } else {
            words->at--;
            good = words_positive(words, &s->mark, "mark");
            s->set |= FLOW_SET_MARK;
        }
        if (!good)
            return false;
    }
    return s->set || words_fail(words, NULL, "mark needs a price");
}

static bool parse_last(struct words *words, struct flow_statement *statement)
{
    if (words->at < words->count && words_is(words->word[words->at], "none")) {
        words->at++;
        return true;
    }
    return words_positive(words, &statement->price, "price");
}

static bool parse_kind(struct words *words, struct flow_statement *statement)
{
    static const char *const names[] = {
        [FLOW_AT] = "at",         [FLOW_MARKET] = "market",   [FLOW_MARK] = "mark",
        [FLOW_LAST] = "last",     [FLOW_SHIFT] = "shift",     [FLOW_NEW] = "new",
        [FLOW_PLACE] = "place",   [FLOW_CANCEL] = "cancel",   [FLOW_PULL] = "pull",
        [FLOW_REDUCE] = "reduce", [FLOW_REPLACE] = "replace", [FLOW_CANCEL_MANY] = "cancel-many",
        [FLOW_EXPECT] = "expect", [FLOW_FENCE] = "fence",     [FLOW_DIGEST] = "digest",
    };
    const char *word = words_next(words);

    for (unsigned kind = FLOW_AT; word && kind < sizeof names / sizeof *names; kind++)
        if (words_is(word, names[kind])) {
            statement->kind = (enum flow_kind)kind;
            return true;
        }
    return word == NULL || words_fail(words, word, "is no command");
}

static bool parse_rest(struct words *words, struct flow_statement *statement)
{
    switch (statement->kind) {
    case FLOW_BLANK:
    case FLOW_FENCE:
    case FLOW_DIGEST:
        return true;
    case FLOW_AT:
        return words_decimal(words, &statement->time_ns, "time");
    case FLOW_MARKET:
        return parse_market(words, statement);
    case FLOW_MARK:
        return parse_mark(words, statement);
    case FLOW_LAST:
        return parse_last(words, statement);
    case FLOW_SHIFT:
        return words_decimal(words, &statement->price, "base");
    case FLOW_NEW:
    case FLOW_PLACE:
        return parse_new(words, statement);
    case FLOW_CANCEL:
    case FLOW_PULL:
        return parse_id(words, statement);
    case FLOW_REDUCE:
        return parse_id(words, statement) && words_positive(words, &statement->quantity, "quantity");
    case FLOW_REPLACE:
        return parse_replace(words, statement);
    case FLOW_CANCEL_MANY:
        return words_whole(words, 1, UINT32_MAX, &statement->count, "count");
    case FLOW_EXPECT:
        return parse_side(words, &statement->flags) && parse_amount(words, statement);
    }
    return false;
}

bool flow_text_parse(char *line, struct flow_statement *statement, char *error)
{
    struct words words = { .error = error };

    memset(statement, 0, sizeof *statement);
    *error = '\0';
    if (!words_split(&words, line) || !parse_kind(&words, statement) || !parse_rest(&words, statement))
        return false;
    return words.at == words.count || words_fail(&words, words.word[words.at], "is one word too many");
}
