// Clocks a model as Verilator has written it and the same quickened with the same random inputs, as the simulations do
// (rising edges alone): all outputs must agree behind every edge.
#include <cstdio>
#include <random>

#include "Vplain.h"
#include "Vquick.h"

template <class Model> static void edge(Model &model, const uint32_t inputs[4])
{
    model.i0 = inputs[0];
    model.i1 = inputs[1];
    model.i2 = inputs[2];
    model.i3 = inputs[3];
    model.clk_i = 0;
    model.eval();
    model.clk_i = 1;
    model.eval();
}

int main()
{
    Vplain plain;
    Vquick quick;
    std::mt19937 random(1);

    for (int cycle = 0; cycle < CYCLES; cycle++) {
        uint32_t inputs[4];

        for (uint32_t &input : inputs)
            input = random() & 255;
        edge(plain, inputs);
        edge(quick, inputs);
        if (plain.o != quick.o || plain.p != quick.p) {
            std::printf("differs in cycle %d: %02x %02x for %02x %02x\n", cycle, quick.o, quick.p, plain.o, plain.p);
            return 1;
        }
    }
    std::printf("%d cycles the same\n", CYCLES);
    return 0;
}
