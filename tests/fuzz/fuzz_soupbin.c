/* A stream to the splitter: as a whole and in pieces (their size is the first byte) it must give the same packets and
 * the same end; log-in packets must come through the parsers. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "soupbin.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void parse_login(const struct soupbin_packet *packet)
{
    struct soupbin_login login, again;
    struct soupbin_accepted accepted;
    uint8_t reason, room[SOUPBIN_PACKET_BYTES_MAX];

    if (soupbin_parse_login(packet, &login) == SOUPBIN_OK) {
        struct soupbin_packet same = {room + SOUPBIN_HEADER_BYTES, SOUPBIN_LOGIN_REQUEST_BYTES, 'L'};

        check(soupbin_encode_login(room, sizeof room, &login) == SOUPBIN_HEADER_BYTES + SOUPBIN_LOGIN_REQUEST_BYTES);
        check(soupbin_parse_login(&same, &again) == SOUPBIN_OK && again.sequence == login.sequence);
        check(strcmp(again.user, login.user) == 0 && strcmp(again.password, login.password) == 0);
    }
    if (soupbin_parse_accepted(packet, &accepted) == SOUPBIN_OK)
        soupbin_parse_session(accepted.session);
    soupbin_parse_rejected(packet, &reason);
}

/* A running sum over all packets, for comparison. */
static uint64_t cut(const uint8_t *bytes, size_t size, size_t piece, enum soupbin_sender sender)
{
    struct soupbin_splitter splitter;
    struct soupbin_packet packet;
    enum soupbin_status status = SOUPBIN_MORE;
    uint64_t sum = 0;

    soupbin_reset_splitter(&splitter, sender);
    for (size_t at = 0; at < size; at += piece) {
        size_t take = size - at < piece ? size - at : piece;
        uint8_t *copy = malloc(take); /* of its exact size, so that a read beyond it is found */

        memcpy(copy, bytes + at, take);
        soupbin_feed_splitter(&splitter, copy, take);
        while ((status = soupbin_next_packet(&splitter, &packet)) == SOUPBIN_OK) {
            parse_login(&packet);
            sum = sum * 31 + packet.type;
            for (size_t i = 0; i < packet.size; i++)
                sum = sum * 31 + packet.payload[i];
        }
        free(copy);
    }
    /* one of the two errors may be known earlier in pieces; the sum tells streams with packets apart */
    return sum * 2 + (status == SOUPBIN_MORE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return 0;
    for (int sender = SOUPBIN_FROM_CLIENT; sender <= SOUPBIN_FROM_SERVER; sender++)
        check(cut(bytes + 1, size - 1, size, sender) == cut(bytes + 1, size - 1, 1u + bytes[0], sender));
    return 0;
}
