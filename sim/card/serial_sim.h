/* The Verilated card behind a serial line: rtl/link/serial_card.v at one end of a pseudo-terminal, whoever opens the
 * other end at the other. It runs in a thread of its own and sleeps while nothing is going on.
 *
 * Every bit goes through the RTL's own receiver and transmitter. A plan damages bytes on their way, from a seed.
 */
#ifndef VITRINE_SERIAL_SIM_H
#define VITRINE_SERIAL_SIM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct serial_sim;

/* Chances in a million, for each byte, either way. All zero: a good cable. */
struct serial_sim_plan {
    uint64_t seed;
    uint32_t flip, drop, noise; /* a bit is turned, a byte is lost, a byte comes from nowhere */
};

/* A card after power-up; NULL if there is no pseudo-terminal or no memory. */
struct serial_sim *serial_sim_create(void);
void serial_sim_destroy(struct serial_sim *sim);

/* What to open. */
const char *serial_sim_path(const struct serial_sim *sim);

void serial_sim_plan_set(struct serial_sim *sim, const struct serial_sim_plan *plan);

/* The card stands still until it is allowed to go on. */
void serial_sim_stall(struct serial_sim *sim, bool stalled);

/* Pulls the cable: the other end sees a hang-up. */
void serial_sim_unplug(struct serial_sim *sim);

/* The card loses power for a moment: it forgets the link, too. */
void serial_sim_power_cycle(struct serial_sim *sim);

/* What the lamps of the self-test show. */
enum serial_sim_lamp { SERIAL_SIM_TESTING, SERIAL_SIM_PASSED, SERIAL_SIM_FAILED };
enum serial_sim_lamp serial_sim_lamps(const struct serial_sim *sim);

/* Damaged bytes so far. */
uint64_t serial_sim_damaged(const struct serial_sim *sim);

#ifdef __cplusplus
}
#endif

#endif
