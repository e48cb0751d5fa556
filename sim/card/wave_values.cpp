// Prints how signals of an FST waveform change: a line `TIME INDEX VALUE` for each change, in order of time, with the
// index of the signal among the arguments and its value in binary.
//
// usage: wave_values FILE.fst SIGNAL...     SIGNAL: its full name, as card.appliance.cmd_valid
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "gtkwave/fstapi.h"

struct Wanted {
    std::map<std::string, int> index;        // by full name
    std::map<fstHandle, std::set<int>> seen; // by the waveform's own number; several names may share one
};

// Verilator writes the range behind a vector's name.
static std::string without_range(const char *name)
{
    const std::string text(name);
    return text.substr(0, text.find(" ["));
}

static void find(void *waveform, Wanted &wanted)
{
    std::string scope;
    while (const fstHier *entry = fstReaderIterateHier(waveform)) {
        if (entry->htyp == FST_HT_SCOPE) {
            scope += std::string(entry->u.scope.name) + ".";
        } else if (entry->htyp == FST_HT_UPSCOPE) {
            scope.erase(scope.rfind('.', scope.size() - 2) + 1);
        } else if (entry->htyp == FST_HT_VAR) {
            const auto found = wanted.index.find(scope + without_range(entry->u.var.name));
            if (found != wanted.index.end())
                wanted.seen[entry->u.var.handle].insert(found->second);
        }
    }
}

static void change(void *context, uint64_t time, fstHandle handle, const unsigned char *value)
{
    for (int index : static_cast<Wanted *>(context)->seen[handle])
        std::printf("%llu %d %s\n", static_cast<unsigned long long>(time), index,
                    reinterpret_cast<const char *>(value));
}

int main(int count, char **arguments)
{
    Wanted wanted;
    size_t found = 0;
    void *waveform = count > 2 ? fstReaderOpen(arguments[1]) : nullptr;
    if (!waveform) {
        std::fprintf(stderr, count > 2 ? "wave_values: can't read %s\n" : "usage: wave_values FILE.fst SIGNAL...\n",
                     count > 1 ? arguments[1] : "");
        return 2;
    }
    for (int i = 2; i < count; i++)
        wanted.index[arguments[i]] = i - 2;
    find(waveform, wanted);
    fstReaderClrFacProcessMaskAll(waveform);
    for (const auto &signal : wanted.seen) {
        fstReaderSetFacProcessMask(waveform, signal.first);
        found += signal.second.size();
    }
    if (found != wanted.index.size()) {
        std::fprintf(stderr, "wave_values: %s has %zu of %zu signals\n", arguments[1], found, wanted.index.size());
        return 1;
    }
    fstReaderIterBlocks(waveform, change, &wanted, nullptr);
    fstReaderClose(waveform);
    return 0;
}
