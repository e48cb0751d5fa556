#include "clock.h"
#include "client_session.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client_command.h"
#include "client_print.h"
#include "id_map.h"
#include "memory.h"
#include "printable.h"
#include "status.h"

#define SECOND_NS UINT64_C(1000000000)

enum { LINE_BYTES = 4096, READ_BYTES = 65536 };

struct client_session {
    struct client_session_options options;
    int fd;
    bool over;                /* the server has gone, or has ended the session */
    bool failed;              /* an expect has failed */
    int status;
    struct soupbin_splitter splitter;
    struct ouch_context context;
    uint64_t sequence;        /* of the next message */
    uint64_t sent_ns;         /* when the last packet went out */
    struct report *messages;  /* all that came */
    size_t message_count, message_room;
    struct id_map market_of;  /* order number -> market */
    uint32_t last;            /* number used last */
    uint32_t highest;         /* that has been used, as far as is known */
    char line[LINE_BYTES];    /* what has come of the input */
    size_t line_used;
    bool input_ended;
    uint64_t line_number;
    uint8_t bytes[READ_BYTES];
};

struct client_session *client_session_open(const struct client_session_options *options, char *error,
                                           size_t error_size)
{
    struct client_session *session = memory_reserve(1, sizeof *session);
    struct soupbin_accepted accepted;
    char text[96];
    uint32_t day;

    session->options = *options;
    session->fd = client_login(&options->login, &accepted, error, error_size);
    if (session->fd < 0) {
        free(session);
        return NULL;
    }
    day = soupbin_parse_session(accepted.session);
    session->context = (struct ouch_context){
        .markets = &options->markets->names, .subaccount = options->subaccount,
        .day_start_ns = day == SOUPBIN_DAY_NONE ? 0 : day * SOUPBIN_DAY_NS };
    session->sequence = accepted.sequence;
    session->highest = options->first ? options->first - 1 : 0;
    session->sent_ns = clock_now_ns();
    soupbin_reset_splitter(&session->splitter, SOUPBIN_FROM_SERVER);
    snprintf(text, sizeof text, "session %s, next message %" PRIu64, accepted.session, accepted.sequence);
    client_print_event("logged in", text, options->json);
    return session;
}

/* --- what comes --- */

static void session_end(struct client_session *session, const char *why, bool fault)
{
    if (!session->over)
        client_print_event("end", why, session->options.json);
    session->over = true;
    if (fault && session->status == EXIT_STATUS_OK)
        session->status = EXIT_STATUS_FAULT;
}

static uint32_t session_market(const void *orders, uint32_t reference)
{
    const struct client_session *session = orders;
    const uint32_t market = id_map_get(&session->market_of, reference);

    return market == ID_MAP_NONE ? 0 : market;
}

/* Messages about an order name its number; which market it is in, only those that bring it about. */
static void session_remember_market(struct client_session *session, struct report *report)
{
    if (report->kind == REPORT_REPLACED && report->market == 0)
        report->market = (uint16_t)session_market(session, report->other);
    if (report->market)
        id_map_set(&session->market_of, report->reference, report->market);
    else
        report->market = (uint16_t)session_market(session, report->reference);
}

static void session_remember(struct client_session *session, struct report *report)
{
    if (report->kind != REPORT_FORCED) /* which is about no order */
        session_remember_market(session, report);
    if (report->reference > session->highest && report->kind != REPORT_CANCEL_REJECTED)
        session->highest = report->reference;
    memory_grow((void **)&session->messages, &session->message_room, session->message_count + 1,
                sizeof *session->messages);
    session->messages[session->message_count++] = *report;
}

static void session_take(struct client_session *session, const struct soupbin_packet *packet)
{
    struct report report = { 0 };
    char text[SOUPBIN_PAYLOAD_BYTES_MAX + 1];

    switch (packet->type) {
    case SOUPBIN_SEQUENCED:
        if (!ouch_decode_report(packet->payload, packet->size, &session->context, &report)) {
            session_end(session, "a message that is none of our protocol", true);
            return;
        }
        report.sequence = session->sequence++;
        session_remember(session, &report);
        client_print_message(session->options.markets, &report, report.market, session->options.json);
        break;
    case SOUPBIN_DEBUG:
        memcpy(text, packet->payload, packet->size);
        text[packet->size] = 0;
        client_print_event("server", text, session->options.json);
        break;
    case SOUPBIN_END_OF_SESSION:
        session_end(session, "the server has ended the session", false);
        break;
    default:
        break;
    }
}

static void session_receive(struct client_session *session)
{
    struct soupbin_packet packet;
    enum soupbin_status status;
    ssize_t got = recv(session->fd, session->bytes, sizeof session->bytes, MSG_DONTWAIT); /* tidy: the system's name */

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        session_end(session, got == 0 ? "the server has closed the connection" : strerror(errno), true);
        return;
    }
    soupbin_feed_splitter(&session->splitter, session->bytes, (size_t)got);
    while ((status = soupbin_next_packet(&session->splitter, &packet)) == SOUPBIN_OK && !session->over)
        session_take(session, &packet);
    if (status != SOUPBIN_OK && status != SOUPBIN_MORE)
        session_end(session, soupbin_status_name(status), true);
}

static void session_send(struct client_session *session, enum soupbin_type type, const void *payload, size_t size)
{
    uint8_t bytes[SOUPBIN_PACKET_BYTES_MAX];

    if (session->over)
        return;
    session->sent_ns = clock_now_ns();
    if (!client_send(session->fd, bytes, soupbin_encode_packet(bytes, sizeof bytes, type, payload, size)))
        session_end(session, strerror(errno), true);
}

/* Waits until something happens or the time has come; takes what the server says. With `input` also what is typed. */
static void session_wait(struct client_session *session, uint64_t until_ns, bool input)
{
    struct pollfd fds[2] = { { .fd = session->fd, .events = POLLIN },
                             { .fd = input ? session->options.input : -1, .events = POLLIN } };
    const uint64_t now = clock_now_ns(), beat = session->sent_ns + SECOND_NS;
    const uint64_t end = until_ns < beat ? until_ns : beat;
    const int wait = end <= now ? 0 : (int)((end - now + 999999) / 1000000);
    ssize_t got;

    if (poll(fds, 2, wait) < 0 && errno != EINTR)
        session_end(session, strerror(errno), true);
    if (fds[0].revents)
        session_receive(session);
    if (clock_now_ns() >= beat)
        session_send(session, SOUPBIN_CLIENT_HEARTBEAT, NULL, 0);
    if (input && fds[1].revents) {
        got = read(session->options.input, session->line + session->line_used,
                   sizeof session->line - session->line_used);
        if (got > 0)
            session->line_used += (size_t)got;
        else if (got == 0 || errno != EINTR)
            session->input_ended = true;
    }
}

static uint64_t session_deadline(uint64_t patience_ns)
{
    const uint64_t now = clock_now_ns();

    return patience_ns > UINT64_MAX - now ? UINT64_MAX : now + patience_ns;
}

static void session_sleep(struct client_session *session, uint64_t patience_ns)
{
    const uint64_t until = session_deadline(patience_ns);

    do {
        session_wait(session, until, false);
    } while (!session->over && clock_now_ns() < until);
}

/* --- commands --- */

/* Whether such a message has come, or comes in time. */
static bool session_finds(struct client_session *session, const struct client_pattern *pattern, uint64_t patience_ns)
{
    const uint64_t until = session_deadline(patience_ns);
    size_t seen = 0;

    for (;;) {
        for (; seen < session->message_count; seen++)
            if (client_command_matches(pattern, &session->messages[seen]))
                return true;
        if (session->over || clock_now_ns() >= until)
            return false;
        session_wait(session, until, false);
    }
}

static void session_expect(struct client_session *session, const struct client_command *command, bool wanted,
                           const char *line)
{
    char text[LINE_BYTES + 32];

    if (!wanted) /* what is on its way may come */
        session_sleep(session, command->patience_ns);
    if (session_finds(session, &command->pattern, wanted ? command->patience_ns : 0) == wanted)
        return;
    session->failed = true;
    snprintf(text, sizeof text, "line %" PRIu64 ": %s", session->line_number, line);
    client_print_event("failed", text, session->options.json);
}

static void session_give(struct client_session *session, struct client_command *command)
{
    struct input_header *header = &command->input.header;
    uint8_t bytes[OUCH_MESSAGE_BYTES_MAX];
    size_t size;

    if (!command->numbered)
        header->reference = session->highest + 1;
    if (header->kind == INPUT_ORDER_NEW || header->kind == INPUT_ORDER_REPLACE)
        session->last = header->reference;
    if (header->reference > session->highest)
        session->highest = header->reference;
    if (!command->subaccount_given)
        header->subaccount = session->context.subaccount;
    if (header->kind == INPUT_ORDER_NEW)
        id_map_set(&session->market_of, header->reference, command->input.order.market);
    else if (header->kind == INPUT_ORDER_REPLACE && session_market(session, command->input.replace.existing))
        id_map_set(&session->market_of, header->reference,
                   session_market(session, command->input.replace.existing));
    size = ouch_encode_input(header, &session->context, bytes, sizeof bytes);
    if (size == 0)
        client_print_event("refused", "this can't be said in OUCH", session->options.json);
    else
        session_send(session, SOUPBIN_UNSEQUENCED, bytes, size);
}

/* False at the end. */
static bool session_command(struct client_session *session, char *line)
{
    const struct client_context context = { .markets = session->options.markets, .last = session->last,
                                            .now_utc_ns = clock_utc_ns(), .market_of = session_market,
                                            .orders = session };
    struct client_command command;
    char error[256], copy[LINE_BYTES], text[320];

    snprintf(copy, sizeof copy, "%s", line);
    if (session->options.echo && line[0])
        client_print_event(">", copy, session->options.json);
    if (!client_command_read(line, &context, &command, error, sizeof error)) {
        snprintf(text, sizeof text, "line %" PRIu64 ": %s", session->line_number, error);
        client_print_event("error", text, session->options.json);
        if (!session->options.prompt)
            session->status = EXIT_STATUS_USAGE;
        return session->options.prompt;
    }
    switch (command.verb) {
    case CLIENT_NOTHING:
        break;
    case CLIENT_SEND:
        session_give(session, &command);
        break;
    case CLIENT_WATCH:
    case CLIENT_SLEEP:
        session_sleep(session, command.patience_ns);
        break;
    case CLIENT_WAIT:
        session_finds(session, &command.pattern, command.patience_ns);
        break;
    case CLIENT_EXPECT:
    case CLIENT_EXPECT_NOT:
        session_expect(session, &command, command.verb == CLIENT_EXPECT, copy);
        break;
    case CLIENT_MARKETS:
        client_print_markets(session->options.markets, session->options.json);
        break;
    case CLIENT_HELP:
        fputs(client_command_help, stdout);
        break;
    case CLIENT_LOGOUT:
        return false;
    }
    return true;
}

/* Runs the whole lines that are there. False at the end. */
static bool session_lines(struct client_session *session)
{
    char line[LINE_BYTES], *end;
    size_t length;

    while ((end = memchr(session->line, '\n', session->line_used)) != NULL ||
           (session->input_ended && session->line_used)) {
        length = end ? (size_t)(end - session->line) : session->line_used;
        memcpy(line, session->line, length);
        line[length] = 0;
        length += end != NULL;
        session->line_used -= length;
        memmove(session->line, session->line + length, session->line_used);
        session->line_number++;
        if (!session_command(session, line) || session->over)
            return false;
    }
    if (session->line_used >= sizeof session->line - 1) {
        client_print_event("error", "a line is too long", session->options.json);
        session->status = EXIT_STATUS_USAGE;
        return false;
    }
    return true;
}

int client_session_run(struct client_session *session)
{
    bool prompted = false;

    while (!session->over && !session->input_ended) {
        if (session->options.prompt && !prompted) {
            printf("> ");
            fflush(stdout);
            prompted = true;
        }
        session_wait(session, UINT64_MAX, true);
        if (session->line_used || session->input_ended) {
            prompted = false;
            if (!session_lines(session))
                break;
        }
    }
    if (session->failed && session->status == EXIT_STATUS_OK)
        return EXIT_STATUS_FAILED;
    return session->status;
}

void client_session_close(struct client_session *session)
{
    if (session == NULL)
        return;
    session_send(session, SOUPBIN_LOGOUT, NULL, 0);
    close(session->fd);
    id_map_clear(&session->market_of);
    free(session->messages);
    free(session);
}
