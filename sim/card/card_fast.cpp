// The card as it runs: without waveforms.
#include "Vappliance.h"
#include "Vappliance___024root.h"
#include "card_model.hpp"
#include "rising_edge.hpp"

VITRINE_RISING_EDGE(Vappliance)

struct NoTrace {
    static constexpr bool TRACED = false;
    bool open(Vappliance &, const char *) { return true; }
    void dump(uint64_t) {}
    void close() {}
    static void rise(Vappliance &model) { rising_edge(model); }
    static void fall(Vappliance &) {} // nothing hangs on the falling edge
    // A node forks to write a snapshot, and orders wait while page tables are copied: most would be the model's.
    static void fork(Vappliance &model, int advice)
    {
        constexpr uintptr_t PAGE = 4096;
        const uintptr_t begin = (reinterpret_cast<uintptr_t>(model.rootp) + PAGE - 1) / PAGE * PAGE;
        const uintptr_t end = reinterpret_cast<uintptr_t>(model.rootp + 1) / PAGE * PAGE;
        if (end > begin)
            madvise(reinterpret_cast<void *>(begin), end - begin, advice);
    }
};

std::unique_ptr<Card> card_fast_create(const card_sim_options &options)
{
    return std::unique_ptr<Card>(new CardModel<Vappliance, NoTrace>(options));
}
