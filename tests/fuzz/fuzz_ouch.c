/* One message to both decoders: a typed result; what is accepted is encoded and decoded to the same again. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct ouch_markets markets;

static void try_input(const uint8_t *bytes, size_t size, const struct ouch_context *context)
{
    union ouch_input input, again;
    struct ouch_result result = ouch_decode_input(bytes, size, context, &input);
    uint8_t message[OUCH_MESSAGE_BYTES_MAX];
    size_t encoded;

    check(*ouch_error_name(result.error));
    check((result.status == OUCH_OK) == (result.error == OUCH_ERROR_NONE));
    if (result.status == OUCH_MALFORMED)
        return;
    check(input.header.size % 8 == 0 && input.header.size <= sizeof input);
    if (result.status != OUCH_OK)
        return;
    encoded = ouch_encode_input(&input.header, context, message, sizeof message);
    check(encoded > 0);
    result = ouch_decode_input(message, encoded, context, &again);
    if (input.header.kind == INPUT_ORDER_NEW && input.order.flags & INPUT_ORDER_EXTRA)
        return; /* an empty extra is not sent again */
    check(result.status == OUCH_OK && memcmp(&input, &again, input.header.size) == 0);
}

static void try_report(const uint8_t *bytes, size_t size, const struct ouch_context *context)
{
    struct report report, again;
    uint8_t message[OUCH_MESSAGE_BYTES_MAX];
    size_t encoded;

    if (!ouch_decode_report(bytes, size, context, &report))
        return;
    if ((report.kind == REPORT_ACCEPTED || report.kind == REPORT_REPLACED ||
         (report.kind == REPORT_FORCED && report.forced >= FORCED_FILL && report.forced <= FORCED_DELEVERAGED)) &&
        report.market == 0)
        return; /* a market that the client does not know */
    encoded = ouch_encode_report(&report, context, message, sizeof message);
    check(encoded > 0 && ouch_decode_report(message, encoded, context, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct ouch_context context = {.markets = &markets, .now_ns = 1, .user = 1, .subaccount = 1};
    static const uint8_t names[2][24] = {"SOL_USDC", "BTC_USDC_PERP"};
    uint8_t *copy = malloc(size); /* of its exact size, so that a read beyond it is found */

    ouch_set_market(&markets, 1, names[0]);
    ouch_set_market(&markets, 2, names[1]);
    if (size)
        memcpy(copy, bytes, size);
    try_input(copy, size, &context);
    try_report(copy, size, &context);
    free(copy);
    return 0;
}
