/* A gateway with a scripted core behind it and clients before it, all in one thread: clients are plain sockets of the
 * loopback, time is what the test says. */
#ifndef VITRINE_GATEWAY_RIG_H
#define VITRINE_GATEWAY_RIG_H

#include "gateway.h"
#include "ouch.h"
#include "soupbin.h"

#define RIG_SECOND UINT64_C(1000000000)
#define RIG_DAY_NS (UINT64_C(20000) * 86400 * RIG_SECOND) /* 2024-10-04 */
#define RIG_DAY "20241004"
#define RIG_NEXT_DAY "20241005"
#define RIG_PASSWORD "secret"

enum { RIG_USERS = 8, RIG_INPUTS = 1 << 16 };

struct rig_input {
    uint16_t kind;
    uint32_t user, reference;
    uint8_t up, cancel;
};

struct rig {
    struct loop loop;
    struct state state;
    struct gateway *gateway;
    struct gateway_options options;
    char directory[64];
    uint64_t time_ns, batch;           /* of the core */
    uint64_t sequence[RIG_USERS + 1];
    bool refuse;                       /* the core takes nothing */
    bool keep_orders_back;             /* the core answers nothing */
    uint32_t input_count, answered;    /* of what came */
    struct rig_input input[RIG_INPUTS];
    uint32_t logged;
    char last_event[32], last_detail[256];
};

/* Users USER1 .. USER8, each with an account and a subaccount of the same number + 4; market 1 "BTC_USDC_PERP", 2
 * "ETH". Users of even numbers cancel on disconnect. `change` may alter the options; NULL. The directory is made.
 * */
struct rig *rig_create(void (*change)(struct gateway_options *options));
void rig_destroy(struct rig *rig);
/* Another gateway on the same directory. */
void rig_restart(struct rig *rig);

void rig_pass_time(struct rig *rig, uint64_t nanoseconds);
/* Runs the loop and the core a few times: everything that can happen without time passing has happened. */
void rig_settle(struct rig *rig);
void rig_turn(struct rig *rig, uint64_t wait_ns);
/* Reports of `count` fills to the user, in one batch. */
void rig_report(struct rig *rig, uint32_t user, uint32_t count);
enum gateway_status rig_report_one(struct rig *rig, uint32_t user, uint64_t sequence, uint64_t batch,
                                   int64_t quantity);
/* Inputs of a kind from a user so far. */
uint32_t rig_count(const struct rig *rig, uint32_t user, uint16_t kind);
struct gateway_counters rig_counters(const struct rig *rig);

struct rig_client {
    int fd;
    uint8_t bytes[1 << 16];
    size_t size;
    bool closed;                       /* the server has ended the connection */
};

struct rig_packet {
    uint8_t type;
    uint16_t size;
    uint8_t payload[SOUPBIN_PAYLOAD_BYTES_MAX];
};

void rig_connect(struct rig *rig, struct rig_client *client);
void rig_connect_key(struct rig *rig, struct rig_client *client);
void rig_disconnect(struct rig_client *client);
void rig_send(struct rig_client *client, const void *bytes, size_t size);
void rig_send_login(struct rig_client *client, const char *user, const char *password, const char *session,
                    uint64_t sequence);
void rig_send_packet(struct rig_client *client, enum soupbin_type type, const void *payload, size_t size);
size_t rig_make_order(const struct rig *rig, uint32_t reference, uint8_t bytes[OUCH_MESSAGE_BYTES_MAX]);
void rig_send_order(const struct rig *rig, struct rig_client *client, uint32_t reference);
/* Takes what has arrived without running the gateway. */
void rig_receive(struct rig_client *client);
/* The next packet that is not a heartbeat; runs the gateway for it; false: none comes. */
bool rig_next(struct rig *rig, struct rig_client *client, struct rig_packet *packet);
/* Connects and logs in; the sequence number that the server begins with. */
uint64_t rig_login(struct rig *rig, struct rig_client *client, uint32_t user, uint64_t sequence);
/* The next packet must be of this type. */
void rig_expect(struct rig *rig, struct rig_client *client, enum soupbin_type type, struct rig_packet *packet);
/* The next packets must be sequenced messages of executions with these quantities. */
void rig_expect_fills(struct rig *rig, struct rig_client *client, uint64_t first, uint64_t last);
bool rig_wait_closed(struct rig *rig, struct rig_client *client);

#endif
