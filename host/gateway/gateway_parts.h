/* What the parts of the gateway share. Private to host/gateway. */
#ifndef VITRINE_GATEWAY_PARTS_H
#define VITRINE_GATEWAY_PARTS_H

#include <stddef.h>

#include "gateway.h"
#include "key_exchange.h"
#include "login_guard.h"
#include "ouch.h"
#include "output_store.h"
#include "rate.h"
#include "soupbin.h"

enum {
    RECEIVE_BUFFERS = 1024,       /* shared by all connections, given back at once */
    RECEIVE_BYTES = 4096,         /* of one */
    RECEIVE_GROUP = 0x5654,       /* number of the buffer ring within the io_uring */
    INPUT_BYTES = 512 * 1024,     /* what a session keeps that it may not take yet */
    INPUT_PAUSE_BYTES = 32 * 1024,/* reading stops above: the rest waits in the client's socket */
    KEY_CONNECTIONS = 64,
    KEY_BYTES = 256,              /* input and output of a key connection */
    TURN_BYTES = 16 * 1024,       /* taken or replayed for one session in one turn of the loop */
    SILENT_BEATS = 15,            /* heartbeats that a client may miss */
    PASSWORD_GUESSES = 1024,      /* compared with a one-time password from throttled addresses */
    VERIFY_RATE = 500,            /* signatures checked a second */
    VERIFY_THROTTLED_RATE = 25,   /* and from throttled addresses besides */
    REFUSING_RATE = 10,           /* inputs a second and user, of any kind, while the disk is nearly full */
    STRANGER_LINES = 10,          /* logged a second about peers that are not logged in */
};
#define LOGIN_NS UINT64_C(5000000000)     /* from connection to log-in, and for the whole key exchange */
#define FLUSH_NS UINT64_C(1000000000)     /* a session that ends may take so long for what was sent to it */
#define PASSWORD_NS UINT64_C(10000000000) /* a one-time password is valid for so long */
#define SECOND_NS UINT64_C(1000000000)
#define BURST_NS SECOND_NS                /* a user may use its rate of so long at once */
#define VERIFY_BURST_NS (SECOND_NS / 5)   /* longer than gateway_tick() may be away, or the rate would not be reached */
#define STRANGER_BURST_NS (5 * SECOND_NS)
#define GATEWAY_SERVER_NAME "VITRINE"     /* in challenges */

enum session_kind { SESSION_ORDERS, SESSION_KEY };

enum session_state {
    SESSION_FREE,
    SESSION_OPEN,       /* not logged in */
    SESSION_LIVE,
    SESSION_FLUSHING,   /* sends what is left, then ends its side */
    SESSION_DRAINING,   /* waits for the client to end its side, lest a reset destroys what was sent */
    SESSION_DEAD,       /* waits for its operations to end */
};

enum session_stop {     /* why input waits in the session: bits */
    STOP_TURN = 1,      /* has had its share of this turn */
    STOP_CORE = 2,      /* the core takes no inputs */
    STOP_RATE = 4,      /* its user is too fast */
};

struct session {
    struct loop_call receive_call, send_call, read_call;
    struct gateway *gateway;
    int fd;
    uint8_t kind, state, stop;
    bool receiving, cancelling, sending, reading; /* operations that are out */
    bool paused;         /* reads no more until it has taken what it has */
    bool ended;          /* the client has ended its side; what it sent before is still being taken */
    bool ready, blocked; /* in the gateway's list of that name */
    bool dirty;
    bool replaying;      /* gets its messages from the store until it has caught up */
    bool was_throttled;
    uint32_t index, user, subaccount;
    uint32_t next_ready, next_blocked;
    uint32_t send_size;
    int64_t budget;
    uint64_t turn;
    uint64_t opened_ns, received_ns, sent_ns, progress_ns, deadline_ns;
    struct login_guard_key peer;
    bool peer_local;
    uint8_t *input, *output;
    uint32_t input_size, input_start, input_end;
    uint64_t output_size, output_start, output_used, output_peak;
    struct output_cursor cursor;
    struct soupbin_splitter splitter;
    bool has_pending;             /* `pending` is decoded and not yet taken by the core */
    bool has_up;                  /* the core is yet to be told of this session, before anything else */
    bool has_login;               /* `login` is granted, but the core is yet to be told of the session before */
    bool challenged;
    union ouch_input pending;
    struct soupbin_login login;
    uint8_t challenge[KEY_EXCHANGE_CHALLENGE_BYTES];
    char key_user[KEY_EXCHANGE_USER_CHARACTERS + 1];
};

#define NO_SESSION UINT32_MAX

struct gateway_user {
    uint32_t session;    /* index, NO_SESSION: none */
    uint32_t subaccount; /* the account's first; 0: not looked up */
    bool told_up;        /* what the core was told last */
    bool going;          /* in the list of those to be told down */
    uint32_t next_going;
    uint64_t going_ns;   /* not before */
    uint64_t rate_ns;    /* the next input is due then if the user keeps to its rate */
    uint64_t password_ns;/* the one-time password ends then; 0: none */
    uint64_t verify_ns;  /* rate of signatures checked for it from throttled addresses; user 0: for nobody */
    uint32_t guesses;    /* compared with its one-time password from throttled addresses */
    char password[KEY_EXCHANGE_PASSWORD_CHARACTERS + 1];
};

struct session_list { uint32_t first, last; };

struct listener {
    struct loop_call call;
    struct gateway *gateway;
    int fd;
    uint8_t kind;
    bool armed;
    uint16_t port;
};

struct gateway {
    struct gateway_options options;
    struct gateway_counters counters;
    struct listener listener[2]; /* by enum session_kind */
    struct io_uring_buf_ring *receive_ring;
    uint8_t *receive_buffers;
    struct session *session;
    uint32_t session_count;      /* both kinds */
    uint32_t *free_session[2], free_count[2];
    uint32_t *dirty, dirty_count;
    struct session_list ready, blocked;
    struct loop_call turn_call;
    bool turn_armed;
    bool refused;                /* by the core; nobody asks again before gateway_resume() */
    bool store_full;             /* the same for want of room in the output store, until gateway_tick() sees some */
    bool stopping;
    uint64_t turn, now_ns, utc_ns;
    bool verified;               /* a signature in this turn: they are slow */
    uint64_t verify_ns, verify_throttled_ns, stranger_ns; /* rates: signatures, log lines */
    uint64_t stranger_lines;     /* not logged, and not yet said so */
    struct gateway_user *user;
    uint32_t going_first;
    struct output_store *store;
    uint32_t day;                /* since 1970: names the SoupBinTCP session */
    struct ouch_markets markets;
    struct login_guard *peers, *users;
    uint8_t decoy_key[32];       /* a signature for nobody is checked against it: takes as long as any other */
    uint8_t *memory;             /* of all sessions */
    size_t memory_size;
};

#endif
