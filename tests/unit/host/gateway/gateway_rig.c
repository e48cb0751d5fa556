#include "gateway_rig.h"

#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memory.h"

static uint64_t rig_now;

static uint64_t rig_clock(void)
{
    return rig_now;
}

static void rig_log(void *context, const char *event, const char *detail)
{
    struct rig *rig = context;
    rig->logged++;
    snprintf(rig->last_event, sizeof rig->last_event, "%s", event);
    snprintf(rig->last_detail, sizeof rig->last_detail, "%s", detail);
    if (getenv("RIG_LOG"))
        fprintf(stderr, "%s %s\n", event, detail);
}

static bool rig_take(void *context, const struct input_header *header)
{
    struct rig *rig = context;
    if (rig->refuse)
        return false;
    struct rig_input *input = &rig->input[rig->input_count++ % RIG_INPUTS];
    *input = (struct rig_input){.kind = header->kind, .user = header->user, .reference = header->reference};
    if (header->kind == INPUT_SESSION) {
        input->up = ((const struct input_session *)header)->up;
        input->cancel = ((const struct input_session *)header)->cancel;
    }
    return true;
}

static void make_state(struct rig *rig)
{
    static const char *const symbols[] = {"BTC_USDC_PERP", "ETH"};
    struct state_sizes sizes = {.subaccounts = 100, .accounts = 100, .users = 100, .balances = 100, .positions = 100,
                                .orders = 100, .slots = 100, .transfers = 100};
    state_create(&rig->state, &sizes);
    for (unsigned number = 0; number < 2; number++) {
        uint32_t row = table_take(&rig->state.markets);
        memcpy(state_market(&rig->state, row)->symbol, symbols[number], strlen(symbols[number]));
    }
    while (rig->state.subaccounts.live < SYSTEM_SUBACCOUNTS - 1)
        table_take(&rig->state.subaccounts);
    while (rig->state.accounts.live < SYSTEM_SUBACCOUNTS - 1)
        table_take(&rig->state.accounts);
    for (uint32_t number = 1; number <= RIG_USERS; number++) {
        uint32_t user = table_take(&rig->state.users), account = table_take(&rig->state.accounts);
        uint32_t subaccount = table_take(&rig->state.subaccounts);
        struct user *row = state_user(&rig->state, user);
        assert_int_equal(user, number);
        char name[sizeof row->name];
        snprintf(name, sizeof name, "USER%u", number % 10);
        memcpy(row->name, name, strlen(name));
        row->account = account;
        row->flags = USER_TRADE | (number % 2 ? 0 : USER_CANCEL_ON_DISCONNECT);
        state_index_user(&rig->state, user);
        state_account(&rig->state, account)->subaccounts = subaccount;
        state_subaccount(&rig->state, subaccount)->account = account;
    }
}

static void start(struct rig *rig)
{
    char error[256];
    if (gateway_create(&rig->gateway, &rig->options, error, sizeof error) != GATEWAY_OK)
        fail_msg("%s", error);
}

struct rig *rig_create(void (*change)(struct gateway_options *options))
{
    struct rig *rig = memory_reserve(1, sizeof *rig);
    char error[256];
    rig_now = RIG_SECOND;
    snprintf(rig->directory, sizeof rig->directory, "/tmp/vitrine-gateway-XXXXXX");
    assert_non_null(mkdtemp(rig->directory));
    if (loop_create(&rig->loop, 1024, error, sizeof error) != 0)
        fail_msg("%s", error);
    make_state(rig);
    rig->time_ns = rig->state.t->time_ns = RIG_DAY_NS;
    rig->options = (struct gateway_options){.loop = &rig->loop, .state = &rig->state, .sessions = 32,
                                            .output_directory = rig->directory, .fixed_password = RIG_PASSWORD,
                                            .clock_ns = rig_clock, .log = rig_log, .input = rig_take, .context = rig};
    if (change)
        change(&rig->options);
    start(rig);
    return rig;
}

void rig_destroy(struct rig *rig)
{
    gateway_destroy(rig->gateway);
    DIR *stream = opendir(rig->directory);
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(stream), entry->d_name, 0);
    closedir(stream);
    rmdir(rig->directory);
    loop_destroy(&rig->loop);
    state_destroy(&rig->state);
    free(rig);
}

void rig_restart(struct rig *rig)
{
    gateway_destroy(rig->gateway);
    start(rig);
}

static void answer(struct rig *rig)
{
    if (rig->answered == rig->input_count || rig->keep_orders_back)
        return;
    rig->batch++;
    while (rig->answered != rig->input_count) {
        const struct rig_input *input = &rig->input[rig->answered++ % RIG_INPUTS];
        if (input->kind == INPUT_SESSION)
            continue;
        struct report report = {.sequence = ++rig->sequence[input->user], .time_ns = rig->time_ns, .market = 2,
                                .batch = rig->batch, .user = input->user, .reference = input->reference,
                                .kind = REPORT_ACCEPTED, .status = STATUS_NEW, .order = rig->answered, .price = 100,
                                .quantity = 1, .open = 1, .subaccount = input->user + 4};
        assert_int_equal(gateway_report(rig->gateway, &report, 1), GATEWAY_OK);
    }
}

void rig_turn(struct rig *rig, uint64_t wait_ns)
{
    loop_run(&rig->loop, wait_ns);
    answer(rig);
}

void rig_settle(struct rig *rig)
{
    for (unsigned turn = 0; turn < 30; turn++)
        rig_turn(rig, 200000);
}

void rig_pass_time(struct rig *rig, uint64_t nanoseconds)
{
    rig_now += nanoseconds;
    gateway_tick(rig->gateway);
    rig_turn(rig, 0);
}

enum gateway_status rig_report_one(struct rig *rig, uint32_t user, uint64_t sequence, uint64_t batch, int64_t quantity)
{
    struct report report = {.sequence = sequence, .time_ns = rig->time_ns, .batch = batch, .user = user, .market = 2,
                            .reference = 7, .kind = REPORT_EXECUTED, .status = STATUS_FILLED, .order = 1,
                            .price = 100, .quantity = quantity, .filled = quantity, .match = 5,
                            .subaccount = user + 4};
    return gateway_report(rig->gateway, &report, 1);
}

void rig_report(struct rig *rig, uint32_t user, uint32_t count)
{
    rig->batch++;
    for (uint32_t number = 0; number < count; number++) {
        rig->sequence[user]++;
        assert_int_equal(rig_report_one(rig, user, rig->sequence[user], rig->batch, (int64_t)rig->sequence[user]),
                         GATEWAY_OK);
    }
}

uint32_t rig_count(const struct rig *rig, uint32_t user, uint16_t kind)
{
    uint32_t count = 0;
    for (uint32_t index = 0; index < rig->input_count && index < RIG_INPUTS; index++)
        count += rig->input[index].user == user && rig->input[index].kind == kind;
    return count;
}

struct gateway_counters rig_counters(const struct rig *rig)
{
    struct gateway_counters counters;
    gateway_counters(rig->gateway, &counters);
    return counters;
}

/* ---- clients ---- */

static void connect_to(struct rig_client *client, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->size = 0;
    client->closed = false;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client->fd >= 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
}

void rig_connect(struct rig *rig, struct rig_client *client)
{
    connect_to(client, gateway_port(rig->gateway));
}

void rig_connect_key(struct rig *rig, struct rig_client *client)
{
    connect_to(client, gateway_key_port(rig->gateway));
}

void rig_disconnect(struct rig_client *client)
{
    close(client->fd);
    client->fd = -1;
}

void rig_send(struct rig_client *client, const void *bytes, size_t size)
{
    ssize_t sent = send(client->fd, bytes, size, MSG_NOSIGNAL); // tidy: a name of the system's
    if (sent != (ssize_t)size)
        client->closed = true;
}

void rig_send_login(struct rig_client *client, const char *user, const char *password, const char *session,
                    uint64_t sequence)
{
    struct soupbin_login login = {.sequence = sequence};
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX];
    snprintf(login.user, sizeof login.user, "%s", user);
    snprintf(login.password, sizeof login.password, "%s", password);
    snprintf(login.session, sizeof login.session, "%s", session);
    rig_send(client, bytes, soupbin_encode_login(bytes, sizeof bytes, &login));
}

void rig_send_packet(struct rig_client *client, enum soupbin_type type, const void *payload, size_t size)
{
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX];
    rig_send(client, bytes, soupbin_encode_packet(bytes, sizeof bytes, type, payload, size));
}

size_t rig_make_order(const struct rig *rig, uint32_t reference, uint8_t bytes[OUCH_MESSAGE_BYTES_MAX])
{
    static struct ouch_markets markets;
    (void)rig;
    uint8_t symbol[24] = "ETH";
    ouch_set_market(&markets, 2, symbol);
    struct ouch_context context = {.markets = &markets};
    struct input_order_new order = {.header = {.kind = INPUT_ORDER_NEW, .size = sizeof order, .reference = reference},
                                    .market = 2, .price = 100, .quantity = 1, .client_id = "abc"};
    size_t size = ouch_encode_input(&order.header, &context, bytes, OUCH_MESSAGE_BYTES_MAX);
    assert_true(size > 0);
    return size;
}

void rig_send_order(const struct rig *rig, struct rig_client *client, uint32_t reference)
{
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    rig_send_packet(client, SOUPBIN_UNSEQUENCED, bytes, rig_make_order(rig, reference, bytes));
}

void rig_receive(struct rig_client *client)
{
    ssize_t count = recv(client->fd, client->bytes + client->size, sizeof client->bytes - client->size,
                         MSG_DONTWAIT); // tidy: a name of the system's
    if (count > 0)
        client->size += (size_t)count;
    else if (client->size < sizeof client->bytes && (count == 0 || (errno != EAGAIN && errno != EINTR)))
        client->closed = true;
}

static bool cut_packet(struct rig_client *client, struct rig_packet *packet)
{
    if (client->size < 3)
        return false;
    size_t length = (size_t)(client->bytes[0] << 8 | client->bytes[1]);
    assert_in_range(length, 1, SOUPBIN_PAYLOAD_BYTES_MAX + 1);
    if (client->size < length + 2)
        return false;
    packet->type = client->bytes[2];
    packet->size = (uint16_t)(length - 1);
    memcpy(packet->payload, client->bytes + 3, length - 1);
    client->size -= length + 2;
    memmove(client->bytes, client->bytes + length + 2, client->size);
    return true;
}

bool rig_next(struct rig *rig, struct rig_client *client, struct rig_packet *packet)
{
    for (unsigned turn = 0; turn < 200; turn++) {
        while (cut_packet(client, packet))
            if (packet->type != SOUPBIN_SERVER_HEARTBEAT)
                return true;
        if (client->closed)
            return false;
        rig_turn(rig, 1000000);
        rig_receive(client);
    }
    return false;
}

void rig_expect(struct rig *rig, struct rig_client *client, enum soupbin_type type, struct rig_packet *packet)
{
    if (!rig_next(rig, client, packet))
        fail_msg("no packet where '%c' was to come (%s %s)", type, rig->last_event, rig->last_detail);
    assert_int_equal(packet->type, type);
}

uint64_t rig_login(struct rig *rig, struct rig_client *client, uint32_t user, uint64_t sequence)
{
    char name[16];
    struct rig_packet packet;
    struct soupbin_accepted accepted;
    snprintf(name, sizeof name, "USER%u", user);
    rig_connect(rig, client);
    rig_send_login(client, name, RIG_PASSWORD, "", sequence);
    rig_expect(rig, client, SOUPBIN_LOGIN_ACCEPTED, &packet);
    struct soupbin_packet parsed = {.payload = packet.payload, .size = packet.size, .type = packet.type};
    assert_int_equal(soupbin_parse_accepted(&parsed, &accepted), SOUPBIN_OK);
    return accepted.sequence;
}

void rig_expect_fills(struct rig *rig, struct rig_client *client, uint64_t first, uint64_t last)
{
    static struct ouch_markets markets;
    struct ouch_context context = {.markets = &markets};
    struct rig_packet packet;
    struct report report;
    for (uint64_t number = first; number <= last; number++) {
        rig_expect(rig, client, SOUPBIN_SEQUENCED, &packet);
        assert_true(ouch_decode_report(packet.payload, packet.size, &context, &report));
        assert_int_equal(report.kind, REPORT_EXECUTED);
        assert_int_equal(report.quantity, number);
    }
}

bool rig_wait_closed(struct rig *rig, struct rig_client *client)
{
    for (unsigned turn = 0; turn < 500 && !client->closed; turn++) {
        rig_turn(rig, 1000000);
        if (client->size == sizeof client->bytes)
            client->size = 0;
        rig_receive(client);
    }
    return client->closed;
}
