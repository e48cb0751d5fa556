// One rising edge of a Verilated model's only clock, without the simulator's search for what has happened: inputs are
// taken in, then everything behind the edge is evaluated, once.
//
// For models with one clock, nothing on its falling edge, and outputs that follow from registers alone. eval() must
// have been called once, with the clock low; the model's clock input is not looked at.
#ifndef VITRINE_RISING_EDGE_HPP
#define VITRINE_RISING_EDGE_HPP

#define VITRINE_RISING_EDGE(model)                                          \
    void model##___024root___eval_ico(model##___024root *);                 \
    void model##___024root___eval_nba(model##___024root *);                 \
    static inline void rising_edge(model &m)                                \
    {                                                                       \
        model##___024root *const root = m.rootp;                            \
        root->__VicoTriggered.at(0) = true; /* inputs may have changed */   \
        model##___024root___eval_ico(root);                                 \
        root->__VnbaTriggered.at(0) = true; /* the clock rises */           \
        model##___024root___eval_nba(root);                                 \
    }

#endif
