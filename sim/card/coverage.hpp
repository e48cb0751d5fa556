// What was covered of the RTL, in builds with VITRINE_COVERAGE: every Verilated model writes a file of its own before
// it goes, into the folder that the environment variable VITRINE_COVERAGE_FOLDER names (else none). See tests/coverage.
#ifndef VITRINE_COVERAGE_HPP
#define VITRINE_COVERAGE_HPP

#include <verilated.h>

#ifdef VITRINE_COVERAGE
#include <cstdlib>
#include <string>

#include <unistd.h>
#include <verilated_cov.h>

inline void coverage_write(VerilatedContext &context, const char *name)
{
    static unsigned written;
    const char *folder = std::getenv("VITRINE_COVERAGE_FOLDER");
    if (!folder)
        return;
    const std::string path = std::string(folder) + "/" + name + "." + std::to_string(getpid()) + "." +
                             std::to_string(written++) + ".dat";
    context.coveragep()->write(path.c_str());
}
#else
inline void coverage_write(VerilatedContext &, const char *) {}
#endif

#endif
