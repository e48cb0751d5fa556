/* Inside the node: shared by node*.c and by nobody else. */
#ifndef VITRINE_NODE_INNER_H
#define VITRINE_NODE_INNER_H

#include "admin_request.h"
#include "admin_server.h"
#include "config_diff.h"
#include "gateway.h"
#include "journal.h"
#include "node.h"
#include "snapshot.h"

enum {
    NODE_PATH_MAX = 320,
    NODE_LAG_BATCHES = 16384,        /* batches that are remembered until they are durable and told of */
    NODE_REPORTS_HELD = 1 << 16,     /* reports that wait for the disk: no more batches while there are so many */
};

/* Reports in order, until their batch is durable. */
struct report_queue {
    struct report *reports;
    size_t first, count, room;
};

/* A batch that is not durable, or not told of, yet. */
struct node_batch {
    uint64_t appended_ns;            /* when it was given to the journal */
    uint64_t host_ns;                /* in the host's own code so far */
    uint32_t inputs;
};

/* An operator's request that waits for the disk. */
struct node_ticket {
    uint32_t ticket;                 /* 0: free */
    uint64_t connection;
};

/* A line that came while the core was in the middle of a batch: looked at behind it. */
struct node_line {
    char *text;                      /* NULL: none */
    size_t length;
    uint64_t connection;
};

/* What was asked about the state: told once the batch it was read at is durable. */
struct node_held {
    json_t *object;                  /* NULL: free */
    uint64_t connection, batch;
};

#define NODE_APPLY_TICKETS (UINT32_C(1) << 31) /* tickets from here on belong to the running apply, in order */
#define NODE_APPLY_STAGES 1000                 /* more would mean that the exchange never agrees */

/* `config apply` (or the first start): inputs in stages, each built on what the one before has made. */
struct node_apply {
    bool active;
    uint64_t connection;             /* who is answered at the end */
    bool first_start, prices_given;
    struct config config;
    uint32_t stages;
    struct config_inputs inputs;     /* of the present stage */
    size_t taken;                    /* bytes of them that are in a batch */
    uint32_t given, answered;        /* inputs so far: ticket NODE_APPLY_TICKETS + n is change n */
    json_t *changes, *refusals;      /* lines for people */
};

struct node {
    struct node_options options;
    const struct config_node *settings;
    struct exchange *exchange;
    struct state *state;
    struct journal *journal;
    struct gateway *gateway;
    struct admin_server *admin;
    char socket_path[NODE_PATH_MAX];

    uint8_t *inputs;                 /* the batch being formed */
    size_t input_bytes;
    uint32_t input_count;
    uint8_t *running_inputs;         /* those of the batch that the core works on */
    uint32_t running_count;
    bool running;
    bool refused_input;              /* somebody waits for gateway_resume() */
    bool more;                       /* derived commands are left */
    bool open;                       /* inputs are taken: recovered, and not stopping */
    struct report_queue queue;

    uint64_t utc_ns, monotonic_ns;   /* clocks when last compared */
    uint64_t turn_ns;                /* monotonic, of this turn */
    uint64_t tick_ns, space_ns, watchdog_ns; /* when each is due */
    uint64_t receive_ns;             /* when this turn took up what had come; 0: nothing had */
    uint64_t first_ns;               /* when the first client's input of the batch being formed came; 0: none yet */
    uint64_t durable_seen, told_seen; /* batches up to here were durable, and told of, when last looked at */
    struct node_batch batches[NODE_LAG_BATCHES];

    uint64_t snapshot_ns;            /* when the next one is due */
    bool snapshot_wanted;            /* as soon as everything is durable */
    uint64_t snapshot_wanted_ns;
    bool snapshot_running;
    struct snapshot_child snapshot_child;
    uint64_t snapshot_batch;         /* of the newest one */
    bool snapshot_said;              /* its hash is journaled, or about to be */
    struct input_snapshot snapshot_input;
    struct node_ticket snapshot_asked;

    struct rehearsal *rehearsal;     /* node.busy_poll; NULL: there is none */
    uint64_t rehearsal_ns;           /* when the next turn of it is due */
    uint64_t idle_turns;
    uint32_t idle_user;              /* whose rows were fetched last */

    bool refuse_orders;              /* the mode that was last sequenced */
    bool stop_asked, stop_begun, stop_snapshot;
    uint64_t stop_ns;                /* when patience with the gateway's farewells ends */

    uint32_t next_ticket;
    struct node_ticket tickets[ADMIN_CONNECTIONS];
    struct node_line lines[ADMIN_CONNECTIONS];
    struct node_held held[ADMIN_CONNECTIONS]; /* by place of the connection: each asks one thing at a time */
    struct node_apply apply;

    enum exchange_stage stage;
    uint64_t stage_ns;
    uint64_t stage_sum[METRICS_STAGES];
    struct metrics counted;          /* what the node itself counts */
    struct metrics_distributions distributions;
    uint64_t recovered;

    uint64_t approver_batch;         /* after which withdrawals were looked at */
    uint32_t approver_at;            /* where that goes on; 0: at the first */
    struct metrics_money money;      /* notices counted */
    uint64_t notice_second;          /* of the monotonic clock, in which: */
    uint32_t notice_lines[NOTICE_KINDS];
    uint64_t notices_silent[NOTICE_KINDS]; /* not logged since the last that was */

    enum node_status status;
    char message[512];
};

/* Ends the node with a message; the first one stays. Returns NODE_FAULT. */
__attribute__((format(printf, 2, 3))) enum node_status node_fail(struct node *node, const char *format, ...);

/* What is reserved: the configuration's, with the card's orders as slots. Never changes after the first start. */
struct state_sizes node_sizes(const struct node *node);

/* Puts an input into the batch being formed; false: it is full. */
bool node_take_input(struct node *node, const struct input_header *input);

/* node_idle.c: for nodes that never sleep. After node_begin(); and in a turn that has nothing to do. */
enum node_status node_begin_idle(struct node *node, char *error, size_t error_size);
void node_idle(struct node *node);

/* Begins what is formed as the next batch, and starts its write. There is room in the journal, and nothing runs. */
enum node_status node_begin_batch(struct node *node);
/* Goes on with it; node->running is false when it is done. */
enum node_status node_step_batch(struct node *node);

/* Runs what is formed as soon as the journal has room, and makes it durable. */
enum node_status node_run_now(struct node *node);

/* Runs the loop until everything appended is durable, and hands out its reports. */
enum node_status node_settle(struct node *node);

/* exchange_options.stage */
void node_enter_stage(void *context, enum exchange_stage stage);

/* Opens the gateway with its store of sequenced output. */
enum node_status node_open_gateway(struct node *node, char *error, size_t error_size);

/* Re-runs the journal from the newest snapshot on; reports of the day go to the gateway's store. */
enum node_status node_recover(struct node *node, char *error, size_t error_size);
/* Sets aside batch `stop_before` and all later ones. */
enum node_status node_set_aside(struct node *node, char *error, size_t error_size);
enum node_status node_first_start(struct node *node, char *error, size_t error_size);

/* Snapshots: begins one when it is due and possible, sees to a running one, removes old ones. */
enum node_status node_snapshot_turn(struct node *node);
enum node_status node_snapshot_stop(struct node *node);

/* --- operator --- */
void node_admin_line(void *context, uint64_t connection, const char *text, size_t length);
void node_admin_report(struct node *node, const struct report *report);
void node_admin_turn(struct node *node);
/* Answers once all that has been run so far is durable. Takes the object. */
void node_admin_hold(struct node *node, uint64_t connection, json_t *object);
void node_admin_snapshot_done(struct node *node, bool good, const char *message);
/* Begins to apply a configuration, which is the node's from now on. */
void node_apply_begin(struct node *node, struct config *config, bool first_start, uint64_t connection);
/* node_money.c: at the start, says how many markets have no backstop provider. */
void node_note_providers(const struct node *node);
/* node_money.c: once after each batch, what the approver has to say about withdrawals goes into the next one. */
void node_approve_turn(struct node *node);
/* Counts and logs what the exchange has told. */
void node_take_notices(struct node *node, const struct exchange_result *result);
/* Goes on: takes inputs into the batch, and begins the next stage when one is answered. True when nothing is left. */
bool node_apply_turn(struct node *node);

#endif
