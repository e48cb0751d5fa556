// What the book alone usually does, for the compiler: runs the calibrated order flow through a book whose code counts
// its branches, when the book is built (cmake/verilate.cmake).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "Vbook_card.h"
#include "Vbook_card___024root.h"
#include "contract.h"
#include "rising_edge.hpp"
extern "C" {
#include "flow.h"
}

static constexpr uint32_t COMMANDS = 100000, PORTION = 64;

VITRINE_RISING_EDGE(Vbook_card)

static void edge(Vbook_card &book)
{
    rising_edge(book);
    book.cycle_i++;
}

static void start(Vbook_card &book)
{
    book.session_i = 1;
    book.eval();
    edge(book);
    book.rst_ni = 1;
    while (book.busy_o)
        edge(book);
}

static void run(Vbook_card &book, flow *source)
{
    for (uint32_t sent = 0; sent < COMMANDS; sent += PORTION) {
        card_command commands[PORTION];
        flow_next(source, commands, PORTION);
        for (uint32_t in = 0, answered = 0; answered < PORTION; edge(book)) {
            book.cmd_valid_i = in < PORTION;
            if (book.cmd_valid_i) {
                commands[in].session = 1;
                std::memcpy(&book.cmd_i, &commands[in], sizeof commands[in]);
                in += book.cmd_ready_o;
            }
            book.ev_ready_i = 1;
            if (book.ev_valid_o) {
                card_event event;
                std::memcpy(&event, &book.ev_o, sizeof event);
                flow_event(source, &commands[answered], &event);
                answered += card_event_last(&event);
            }
        }
    }
}

int main()
{
    const flow_settings settings = {1, 0, 8, 0, 65536, 17, 0};
    VerilatedContext context;
    context.threads(1);
    auto book = std::make_unique<Vbook_card>(&context, "book");
    flow *source = flow_create(&settings);
    if (!source) {
        std::fprintf(stderr, "training of the book: no memory\n");
        return 1;
    }
    start(*book);
    run(*book, source);
    if (book->fault_o) {
        std::fprintf(stderr, "training of the book: fault %u\n", book->fault_o);
        return 1;
    }
    flow_destroy(source);
    book->final();
    return 0;
}
