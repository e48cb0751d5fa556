/* One message of the key port from either side: a typed result; what is accepted comes out the same again. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "key_exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size); /* of its exact size, so that a read beyond it is found */

    if (size)
        memcpy(copy, bytes, size);
    for (int from_client = 0; from_client < 2; from_client++) {
        struct key_exchange_message message;
        uint8_t again[KEY_EXCHANGE_MESSAGE_BYTES_MAX];
        size_t used;

        if (key_exchange_parse_message(copy, size, from_client, &message, &used) != KEY_EXCHANGE_OK)
            continue;
        check(key_exchange_encode_message(&message, again, sizeof again) == used && memcmp(again, copy, used) == 0);
    }
    free(copy);
    return 0;
}
