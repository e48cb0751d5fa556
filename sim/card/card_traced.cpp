// The card with waveforms.
#include <verilated_fst_c.h>

#include "Vappliance_traced.h"
#include "card_model.hpp"

struct FstTrace {
    static constexpr bool TRACED = true;
    static constexpr int LEVELS = 99;
    VerilatedFstC file;
    bool open(Vappliance_traced &model, const char *path)
    {
        model.trace(&file, LEVELS);
        file.open(path);
        return file.isOpen();
    }
    void dump(uint64_t time) { file.dump(time); }
    static void rise(Vappliance_traced &model)
    {
        model.clk_i = 1;
        model.eval();
    }
    static void fall(Vappliance_traced &model)
    {
        model.clk_i = 0;
        model.eval();
    }
    static void fork(Vappliance_traced &, int) {} // whoever wants waveforms is in no hurry
    void close() { file.close(); }
};

std::unique_ptr<Card> card_traced_create(const card_sim_options &options)
{
    // The library stops the program over a file it can't open, so try first.
    std::FILE *probe = std::fopen(options.trace_path, "wb");
    if (!probe)
        return nullptr;
    std::fclose(probe);
    std::unique_ptr<CardModel<Vappliance_traced, FstTrace>> card(
        new CardModel<Vappliance_traced, FstTrace>(options));
    return card->good() ? std::move(card) : nullptr;
}
