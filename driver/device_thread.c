/* A simulated card with a thread of its own. See device_thread.h. */
#define _GNU_SOURCE /* pthread_setname_np */
#include "device_thread.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "barrier.h"

#define POSTS 1024u              /* a window full of commands and the register writes between them */
#define POST_BYTES CARD_COMMAND_BYTES
#define STRETCH_CYCLES 8u        /* between two looks at the queue: some microseconds */
#define SPINS 256u               /* looks before sleep: some microseconds; a wake-up costs either side about as much */
#define NEWS_BURSTS 64u          /* a host that sleeps is woken for so many bursts of events, */
#define NEWS_STRETCHES 64u       /* or after so long, or when the card has nothing left to do */
#define READ_CYCLES_MAX 65536u   /* in which the card takes what was posted before a register read, or never */
#define LINE_BYTES 64

/* A register write has no bytes, only a value. */
struct post {
    uint32_t offset, bytes;
    union {
        uint32_t value;
        uint8_t data[POST_BYTES];
    };
};

/* Where one side sleeps until the other rings. */
struct bell {
    uint64_t asleep;
    sem_t wakes;
};

struct call {
    bool (*function)(struct device_thread *thread, void *context); /* false: the thread ends */
    void *context;
};

struct device_thread {
    /* written by the host */
    _Alignas(LINE_BYTES) uint64_t posted; /* posts */
    uint64_t called;                      /* calls */
    uint64_t taken_seen, news_seen, bursts_seen; /* `taken`, `news`, `bursts` as last looked at */
    uint32_t looks;                       /* in vain, since the last burst */
    struct call call;
    struct bell host;
    /* written by the card's thread */
    _Alignas(LINE_BYTES) uint64_t taken; /* posts */
    uint64_t answered;                   /* calls */
    uint64_t violated;                   /* the card broke a bus rule */
    uint64_t news;                       /* times that a sleeping host was to look again */
    uint64_t idle;                       /* the clock stands still */
    uint64_t bursts, bursts_told;        /* DMA bursts of the card, now and at the last news */
    uint32_t stretches;                  /* since the last news */
    struct card_sim *card;
    struct bell sim;
    /* each written by the host before it is posted */
    _Alignas(LINE_BYTES) struct post posts[POSTS];
    pthread_t thread;
};

/* -------------------------------------------------------------------------------------------------------- sleep */
static void bell_wait(struct bell *bell)
{
    while (sem_wait(&bell->wakes) && errno == EINTR)
        ;
}

/* Only after a barrier_store_ordered() of what the sleeper waits for. */
static void bell_ring(struct bell *bell)
{
    if (barrier_load_ordered(&bell->asleep) && barrier_exchange_ordered(&bell->asleep, 0))
        sem_post(&bell->wakes);
}

/* Waits until one of two words differs from what was last seen of it. */
static void await_change(struct bell *bell, const uint64_t *word, uint64_t seen, const uint64_t *other,
                         uint64_t other_seen)
{
    for (uint32_t spin = 0; spin < SPINS; spin++) {
        if (barrier_load_acquire(word) != seen || barrier_load_acquire(other) != other_seen)
            return;
        barrier_relax();
    }
    for (;;) {
        barrier_store_ordered(&bell->asleep, 1);
        if (barrier_load_ordered(word) != seen || barrier_load_ordered(other) != other_seen)
            break;
        bell_wait(bell);
    }
    /* Whoever has already taken `asleep` away rings: that must not wake the next sleep. */
    if (!barrier_exchange_ordered(&bell->asleep, 0))
        bell_wait(bell);
}

/* ------------------------------------------------------------------------------------------ in the card's thread */
/* Hands posts over as far as the card takes them. True if it took any. */
static bool take_posts(struct device_thread *thread, uint64_t posted)
{
    uint64_t taken = thread->taken;
    for (; taken != posted; taken++) {
        const struct post *post = &thread->posts[taken % POSTS];
        if (!(post->bytes ? card_sim_store(thread->card, post->offset, post->data, post->bytes)
                          : card_sim_write(thread->card, post->offset, post->value)))
            break;
    }
    if (taken == thread->taken)
        return false;
    barrier_store_release(&thread->taken, taken);
    return true;
}

static void note_violation(struct device_thread *thread)
{
    if (card_sim_violation(thread->card))
        barrier_store_release(&thread->violated, 1);
}

static void tell_host(struct device_thread *thread, bool idle)
{
    struct card_sim_counts counts;
    card_sim_counts_get(thread->card, &counts);
    barrier_store_release(&thread->bursts, counts.dma_bursts);
    if (!idle && ++thread->stretches < NEWS_STRETCHES && counts.dma_bursts - thread->bursts_told < NEWS_BURSTS)
        return;
    thread->stretches = 0;
    thread->bursts_told = counts.dma_bursts;
    barrier_store_release(&thread->idle, idle);
    barrier_store_ordered(&thread->news, thread->news + 1);
    bell_ring(&thread->host);
}

static void *drive(void *argument)
{
    struct device_thread *thread = argument;
    for (bool more = true; more;) {
        const uint64_t posted = barrier_load_acquire(&thread->posted);
        const uint64_t called = barrier_load_acquire(&thread->called);
        if (called != thread->answered) {
            more = thread->call.function(thread, thread->call.context);
            note_violation(thread);
            barrier_store_ordered(&thread->answered, called);
            bell_ring(&thread->host);
            continue;
        }
        const bool moved = take_posts(thread, posted);
        const uint64_t ran = card_sim_step(thread->card, STRETCH_CYCLES);
        note_violation(thread);
        /* The clock stands still, because nothing is pending or for good. */
        const bool idle = ran < STRETCH_CYCLES && !moved;
        tell_host(thread, idle);
        if (idle) {
            await_change(&thread->sim, &thread->posted, posted, &thread->called, called);
            barrier_store_release(&thread->idle, 0);
        }
    }
    return NULL;
}

struct register_read {
    uint32_t offset, value;
    bool done;
};

/* Behind everything that was posted before. */
static bool call_read(struct device_thread *thread, void *context)
{
    struct register_read *read = context;
    const uint64_t posted = barrier_load_acquire(&thread->posted);
    take_posts(thread, posted);
    for (uint32_t cycle = 0; thread->taken != posted && cycle < READ_CYCLES_MAX && card_sim_step(thread->card, 1);
         cycle++)
        take_posts(thread, posted);
    read->value = UINT32_MAX;
    read->done = thread->taken == posted && card_sim_read(thread->card, read->offset, &read->value);
    return true;
}

struct foreign_call {
    void (*function)(struct card_sim *card, void *context);
    void *context;
};

static bool call_foreign(struct device_thread *thread, void *context)
{
    const struct foreign_call *call = context;
    call->function(thread->card, call->context);
    return true;
}

static bool call_stop(struct device_thread *thread, void *context)
{
    (void)thread;
    (void)context;
    return false;
}

/* ----------------------------------------------------------------------------------------------- in the host's */
static void call(struct device_thread *thread, bool (*function)(struct device_thread *thread, void *context),
                 void *context)
{
    const uint64_t number = thread->called + 1;
    thread->call = (struct call){function, context};
    barrier_store_ordered(&thread->called, number);
    bell_ring(&thread->sim);
    await_change(&thread->host, &thread->answered, number - 1, &thread->answered, number - 1);
}

void device_thread_call(struct device_thread *thread, void (*function)(struct card_sim *card, void *context),
                        void *context)
{
    struct foreign_call foreign = {function, context};
    call(thread, call_foreign, &foreign);
}

static bool bus_read(void *bus, uint32_t offset, uint32_t *value)
{
    struct register_read read = {.offset = offset};
    call(bus, call_read, &read);
    *value = read.value;
    return read.done;
}

/* The next post to fill in; NULL if the queue is full. */
static struct post *next_post(struct device_thread *thread)
{
    if (thread->posted - thread->taken_seen == POSTS) {
        thread->taken_seen = barrier_load_acquire(&thread->taken);
        if (thread->posted - thread->taken_seen == POSTS)
            return NULL;
    }
    return &thread->posts[thread->posted % POSTS];
}

static void publish_post(struct device_thread *thread)
{
    barrier_store_ordered(&thread->posted, thread->posted + 1);
    bell_ring(&thread->sim);
}

static bool bus_write(void *bus, uint32_t offset, uint32_t value)
{
    struct post *post = next_post(bus);
    if (!post)
        return false;
    post->offset = offset;
    post->bytes = 0;
    post->value = value;
    publish_post(bus);
    return true;
}

static bool bus_store(void *bus, uint32_t offset, const void *data, size_t bytes)
{
    struct post *post = bytes && bytes <= POST_BYTES ? next_post(bus) : NULL;
    if (!post)
        return false;
    post->offset = offset;
    post->bytes = (uint32_t)bytes;
    memcpy(post->data, data, bytes);
    publish_post(bus);
    return true;
}

/* Time passes by itself if the host does not stand in its way: where both share a processor, a host that asks again and
 * again would keep the card from running for milliseconds. So it sleeps if it has seen nothing come for a while. */
static bool bus_advance(void *bus)
{
    struct device_thread *thread = bus;
    const uint64_t seen = thread->news_seen, bursts = barrier_load_acquire(&thread->bursts);
    thread->looks = bursts == thread->bursts_seen ? thread->looks + 1 : 0;
    thread->bursts_seen = bursts;
    if (thread->looks > SPINS && barrier_load_acquire(&thread->news) == seen && !barrier_load_acquire(&thread->idle))
        await_change(&thread->host, &thread->news, seen, &thread->news, seen);
    thread->news_seen = barrier_load_acquire(&thread->news);
    return !barrier_load_acquire(&thread->violated);
}

const struct device_bus device_thread_bus = {
    .read = bus_read, .write = bus_write, .store = bus_store, .advance = bus_advance};

/* Signals are the host's business: none may end up in the card's thread. */
static bool create_thread(struct device_thread *thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool created = pthread_create(&thread->thread, NULL, drive, thread) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (created)
        pthread_setname_np(thread->thread, "card");
    return created;
}

static void give_back(struct device_thread *thread)
{
    sem_destroy(&thread->host.wakes);
    sem_destroy(&thread->sim.wakes);
    free(thread);
}

struct device_thread *device_thread_start(struct card_sim *card)
{
    struct device_thread *thread = aligned_alloc(LINE_BYTES, sizeof *thread);
    if (!thread)
        return NULL;
    memset(thread, 0, sizeof *thread);
    thread->card = card;
    sem_init(&thread->host.wakes, 0, 0);
    sem_init(&thread->sim.wakes, 0, 0);
    if (create_thread(thread))
        return thread;
    give_back(thread);
    return NULL;
}

void device_thread_stop(struct device_thread *thread)
{
    if (!thread)
        return;
    call(thread, call_stop, NULL);
    pthread_join(thread->thread, NULL);
    give_back(thread);
}
