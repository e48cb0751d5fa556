#include "client_markets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decimal.h"
#include "units.h"

void client_markets_load(struct client_markets *markets, const struct config *config)
{
    memset(markets, 0, sizeof *markets);
    for (size_t i = 0; i < config->market_count; i++) {
        const struct config_market *market = &config->markets[i];
        const uint32_t number = (uint32_t)i + 1;

        ouch_name_market(&markets->names, number, (const char *)market->set.symbol);
        markets->list[number] = (struct client_market){
            .base_decimals = config->assets[market->base].set.decimals,
            .quote_decimals = config->assets[market->quote].set.decimals,
            .lot_units = market->set.lot_units, .tick_lot_units = market->set.tick_lot_units };
    }
}

uint32_t client_markets_find(struct client_markets *markets, const char *name)
{
    uint8_t symbol[24] = { 0 };
    const size_t length = strlen(name);
    uint32_t number;

    if (length == 0 || length >= sizeof symbol)
        return 0;
    for (size_t i = 0; i < length; i++)
        if (name[i] <= 0x20 || name[i] > 0x7e)
            return 0;
    memcpy(symbol, name, length);
    number = ouch_find_market(&markets->names, symbol);
    if (number == 0 && markets->names.count < LIMIT_MARKETS) {
        number = markets->names.count + 1;
        ouch_name_market(&markets->names, number, name);
    }
    return number;
}

bool client_markets_quantity(const struct client_markets *markets, uint32_t market, const char *text, int64_t *lots)
{
    const struct client_market *known = &markets->list[market];
    int64_t units;

    if (known->lot_units == 0)
        return decimal_parse_signed(text, strlen(text), lots) && *lots >= 0;
    if (units_parse(text, strlen(text), known->base_decimals, &units) != UNITS_OK ||
        (uint64_t)units % known->lot_units)
        return false;
    *lots = (int64_t)((uint64_t)units / known->lot_units);
    return true;
}

/* As many decimals as a text has. */
static unsigned count_decimals(const char *text)
{
    const char *point = strchr(text, '.');
    size_t decimals = point ? strlen(point + 1) : 0;

    return decimals < UNITS_DECIMALS_MAX ? (unsigned)decimals : UNITS_DECIMALS_MAX;
}

bool client_markets_price(const struct client_markets *markets, uint32_t market, const char *text, uint32_t *ticks)
{
    const struct client_market *known = &markets->list[market];
    const unsigned decimals = count_decimals(text);
    uint64_t whole;
    int64_t price;
    uwide above, below;

    if (known->lot_units == 0) {
        if (!decimal_parse_whole(text, strlen(text), &whole) || whole == 0 || whole > UINT32_MAX)
            return false;
        *ticks = (uint32_t)whole;
        return true;
    }
    if (units_parse(text, strlen(text), decimals, &price) != UNITS_OK || price <= 0)
        return false;
    /* price / 10^decimals quote coins a base coin = ticks x tick_lot_units / lot_units x 10^(base - quote decimals) */
    if (__builtin_mul_overflow((uwide)price * (uint64_t)units_power(known->quote_decimals), (uwide)known->lot_units,
                               &above) ||
        __builtin_mul_overflow((uwide)known->tick_lot_units * (uint64_t)units_power(known->base_decimals),
                               (uwide)units_power(decimals), &below))
        return false;
    if (above % below || above / below == 0 || above / below > UINT32_MAX)
        return false;
    *ticks = (uint32_t)(above / below);
    return true;
}

bool client_markets_amount(const struct client_markets *markets, uint32_t market, const char *text, int64_t *units)
{
    const struct client_market *known = &markets->list[market];

    return units_parse(text, strlen(text), known->lot_units ? known->quote_decimals : 0, units) == UNITS_OK;
}

void client_markets_show_quantity(const struct client_markets *markets, uint32_t market, int64_t lots, char *text)
{
    const struct client_market *known = &markets->list[market];

    if (known->lot_units == 0)
        snprintf(text, UNITS_TEXT_MAX, "%" PRId64, lots);
    else
        units_format((wide)lots * (wide)known->lot_units, known->base_decimals, text, UNITS_TEXT_MAX);
}

/* `ticks` / `divisor` as a price; false where the market is not known or it is too large. */
static bool show_price(const struct client_market *known, uint64_t ticks, unsigned divisor, char *text)
{
    uwide price; /* 10^-18 quote coins a base coin */

    if (known->lot_units == 0 ||
        !wide_scale_down((uwide)ticks * known->tick_lot_units,
                         (uwide)units_power(known->base_decimals) * (uint64_t)units_power(UNITS_DECIMALS_MAX),
                         (uwide)known->lot_units * divisor * (uint64_t)units_power(known->quote_decimals), &price))
        return false;
    units_format((wide)price, UNITS_DECIMALS_MAX, text, UNITS_TEXT_MAX);
    return true;
}

void client_markets_show_price(const struct client_markets *markets, uint32_t market, uint32_t ticks, char *text)
{
    if (!show_price(&markets->list[market], ticks, 1, text))
        snprintf(text, UNITS_TEXT_MAX, "%" PRIu32, ticks);
}

void client_markets_show_exact_price(const struct client_markets *markets, uint32_t market, uint64_t fixed, char *text)
{
    if (!show_price(&markets->list[market], fixed, CARD_FIXED_ONE, text))
        snprintf(text, UNITS_TEXT_MAX, "%" PRIu64 "/%u", fixed, CARD_FIXED_ONE);
}

void client_markets_show_money(const struct client_markets *markets, wide money, char *text)
{
    for (uint32_t market = 1; market <= markets->names.count; market++)
        if (markets->list[market].lot_units) { /* 1/256 = 390625 / 10^8 */
            units_format(money * 390625, markets->list[market].quote_decimals + 8u, text, UNITS_TEXT_MAX);
            return;
        }
    snprintf(text, UNITS_TEXT_MAX, "%" PRId64 "/256", wide_narrow(money));
}

void client_markets_show_fee(const struct client_markets *markets, uint32_t market, int64_t fee, char *text)
{
    const struct client_market *known = &markets->list[market];

    if (known->lot_units == 0)
        snprintf(text, UNITS_TEXT_MAX, "%" PRId64 "/256", fee);
    else /* 1/256 = 390625 / 10^8 */
        units_format((wide)fee * 390625, known->quote_decimals + 8u, text, UNITS_TEXT_MAX);
}
