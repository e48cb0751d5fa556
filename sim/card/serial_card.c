/* The simulated serial card as a program: prints what to open, and runs until it is interrupted.
 *
 * usage: serial_card [SEED FLIP DROP NOISE]    chances in a million for each byte on the line */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "serial_sim.h"

int main(int count, char **arguments)
{
    struct serial_sim_plan plan = {0};
    if (count != 1 && count != 5) {
        fprintf(stderr, "usage: serial_card [SEED FLIP DROP NOISE]\n");
        return 2;
    }
    struct serial_sim *sim = serial_sim_create();
    if (!sim) {
        fprintf(stderr, "serial_card: no pseudo-terminal or no memory\n");
        return 3;
    }
    if (count == 5) {
        plan.seed = strtoull(arguments[1], NULL, 10);
        plan.flip = (uint32_t)strtoul(arguments[2], NULL, 10);
        plan.drop = (uint32_t)strtoul(arguments[3], NULL, 10);
        plan.noise = (uint32_t)strtoul(arguments[4], NULL, 10);
        serial_sim_plan_set(sim, &plan);
    }
    printf("%s\n", serial_sim_path(sim));
    fflush(stdout);
    for (;;)
        pause();
}
