"""Rules of the house (architecture)."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tree import FILE_EXCUSE, Finding, Tree, matches, rule

INCLUDE = r"^[ \t]*#[ \t]*include[ \t]+[<\"]([^>\"]+)[>\"]"
C_FILES = (".c", ".h")
ALL_C_FILES = (".c", ".h", ".cpp", ".cc", ".hpp")


def includes(tree, path):
    yield from matches(INCLUDE, tree.uncommented(path))


def headers_of(tree, folder):
    return {os.path.basename(path) for path in tree.under(folder, ".h", ".hpp")}


def in_folder(name, *folders):
    return any(name.startswith(folder + "/") for folder in folders)


@rule("host/ never includes a simulation header",
      bad=[({"host/main.c": '#include <stdio.h>\n#include "sim/card/card.h"\n'}, "host/main.c:2"),
           ({"host/a.c": '#include "model.h"\n', "sim/model/model.h": ""}, "host/a.c:1"),
           ({"host/a.c": "#include <verilated.h>\n"}, "host/a.c:1"),
           ({"host/accounts/a.c": '#include "flow.h"\n', "sim/market/flow.h": ""}, "host/accounts/a.c:1"),
           ({"host/CMakeLists.txt": "target_link_libraries(vitrine\n    vitrine_model)\n"}, "host/CMakeLists.txt:2")],
      good=[{"host/a.c": '#include "model.h"\n', "sim/model/model.h": "", "host/model.h": ""},
            {"host/tools/demo.c": '#include "flow.h"\n', "sim/market/flow.h": ""}])
def host_includes_no_simulation(tree):
    own = headers_of(tree, "host") | headers_of(tree, "driver")
    engines = (headers_of(tree, "sim/card") | headers_of(tree, "sim/model")) - own
    market = headers_of(tree, "sim/market") - own
    for path in tree.under("host", *ALL_C_FILES):
        may_drive_market = in_folder(path, "host/tools") or path == "host/main.c"
        for line, match in includes(tree, path):
            name = os.path.basename(match[1])
            if name in engines or "sim/card" in match[1] or "sim/model" in match[1] or name.startswith("verilated"):
                yield Finding(path, line, f"host/ includes the simulation header {match[1]}",
                              'write #include "device.h" and open a backend')
            elif (name in market or "sim/market" in match[1]) and not may_drive_market:
                yield Finding(path, line, f"{match[1]} is included outside of host/tools",
                              "write it as a source of inputs in host/tools instead")
    for path in [path for path in tree.under("host") if path.endswith("CMakeLists.txt")]:
        for line, match in matches(r"^[^#\n]*?(sim/(?:card|model)|\bvitrine_(?:card|model)\b)", tree.files[path]):
            yield Finding(path, line, f"host/ is built against {match[1]}", "write vitrine_device instead")


@rule("sim/model shares nothing with the RTL or its generators but contract.h",
      bad=[({"sim/model/a.c": '#include "../../rtl/band/table.h"\n'}, "sim/model/a.c:1"),
           ({"sim/model/a.c": '#include "table.h"\n', "rtl/band/table.h": ""}, "sim/model/a.c:1"),
           ({"sim/model/a.c": '#include "device.h"\n', "driver/device.h": ""}, "sim/model/a.c:1"),
           ({"sim/model/a.c": "/* from generate.py */\n"}, "sim/model/a.c:1"),
           ({"sim/model/a.c": '#include "contract.vh"\n'}, "sim/model/a.c:1"),
           ({"sim/model/CMakeLists.txt": "add_custom_command(COMMAND verilator)\n"}, "sim/model/CMakeLists.txt:1")],
      good=[{"sim/model/a.c": '#include "contract.h"\n', "rtl/contract/contract.h": ""}])
def model_is_independent(tree):
    foreign = (headers_of(tree, "rtl") | headers_of(tree, "sim/card") | headers_of(tree, "driver")
               | headers_of(tree, "host")) - headers_of(tree, "sim/model") - {"contract.h"}
    for path in tree.under("sim/model"):
        if path.endswith(C_FILES):
            for line, match in includes(tree, path):
                folder = re.search(r"\b(rtl|sim/card|driver|host)/", match[1])
                if os.path.basename(match[1]) in foreign or folder and not match[1].endswith("contract/contract.h"):
                    yield Finding(path, line, f"the model includes {match[1]}",
                                  "write what it needs into sim/model itself")
        for line, match in matches(r"\b(?:generate\.py|contract\.(?:vh|toml)|\w+\.v|[Vv]erilator|verilated\w*)\b",
                                   tree.files[path]):
            yield Finding(path, line, f"the model mentions {match[0]}", "write it from docs/card.md instead")


@rule("simulation is a backend and not a dialect",
      bad=[({"host/a.c": "#ifdef SIMULATION\n#endif\n"}, "host/a.c:1"),
           ({"driver/a.c": "int a;\n#if defined(SIM)\n#endif\n"}, "driver/a.c:2"),
           ({"rtl/a.v": "module a;\n`ifdef VERILATOR\n`endif\nendmodule\n"}, "rtl/a.v:2")],
      good=[{"rtl/a.v": "`ifndef SYNTHESIS\nassert (x);\n`endif\n"}])
def no_simulation_dialect(tree):
    words = r"(?:VITRINE_)?(?:SIM|SIMULATION|SIMULATED|VERILATOR)"
    pattern = rf"^[ \t]*[#`][ \t]*(?:ifdef|ifndef|elsif|elif|if)\b[^\n]*?\b({words})\b"
    for path in tree.under("", *ALL_C_FILES, ".v", ".vh"):
        for line, match in matches(pattern, tree.uncommented(path)):
            yield Finding(path, line, f"a dialect for {match[1]}",
                          "write a backend behind driver/device.h, or an option of the run")


@rule("C++ only in sim/card",
      bad=[({"host/a.cpp": "int a;\n"}, "host/a.cpp:1"), ({"sim/market/a.hpp": ""}, "sim/market/a.hpp:1")],
      good=[{"sim/card/card.cpp": ""}])
def cpp_only_in_sim_card(tree):
    for path in tree.under("", ".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx"):
        if not in_folder(path, "sim/card"):
            yield Finding(path, 1, "C++ outside of sim/card", "write it in C")


REPLAY = [
    (r"\b(?:clock_gettime|gettimeofday|timespec_get|localtime(?:_r)?|gmtime(?:_r)?|clock_\w*nanosleep|__rdtsc\w*)\b",
     "a clock", "write it as an input of the batch"),
    (r"(?<![\w.>])(?:time|clock)[ \t]*\((?=\s*(?:NULL|0|&\w+|\)))", "a clock", "write it as an input of the batch"),
    (r"\b(?:rand|srand|rand_r|random|srandom|[dlm]rand48|getrandom|getentropy|arc4random\w*)[ \t]*\(",
     "a random number", "write a generator whose seed is an input"),
    (r"\b(?:float|double)\b", "a floating-point number", "write an integer with its unit"),
    (r"(?<![\w.])(?:\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?[fFlL]?(?!\w)",
     "a floating-point number", "write an integer with its unit"),
    (r"\bu?intptr_t\b", "a pointer's value", "write an index"),
]


@rule("replayed state (host/ without tools and gateway, sim/model) reads no clock, random number, float or pointer",
      bad=[({"host/a.c": "\nclock_gettime(CLOCK_REALTIME, &now);\n"}, "host/a.c:2"),
           ({"host/a.c": "now = time(NULL);\n"}, "host/a.c:1"),
           ({"sim/model/a.c": "x = rand();\n"}, "sim/model/a.c:1"),
           ({"host/a.c": "double x;\n"}, "host/a.c:1"),
           ({"host/a.c": "x = y * 1.5;\n"}, "host/a.c:1"),
           ({"host/a.c": 'printf("%s %p", a, b);\n'}, "host/a.c:1"),
           ({"host/a.c": "x = (uintptr_t)y;\n"}, "host/a.c:1"),
           ({"host/a.c": "\n/* tidy file: */\ndouble x;\n"}, "host/a.c:2")],
      good=[{"host/a.c": "/* a double of time(NULL) 1.5 */ match_time(0); x.time(0, 1);\n"},
            {"host/a.c": "double x; /* tidy: printed only, never kept */\n"},
            {"host/a.c": "/* tidy: printed only, never kept */\ndouble x;\n"},
            {"host/a.c": "/* tidy file: reports only, nothing is kept */\ndouble x;\ndouble y;\n"},
            {"host/tools/a.c": "double x;\n", "host/gateway/a.c": "double x;\n"}],
      excusable=True)
def replayed_state_is_exact(tree):
    for path in tree.under("host", *C_FILES) + tree.under("sim/model", *C_FILES):
        if in_folder(path, "host/tools", "host/gateway"):
            continue
        head = enumerate(tree.files[path].split("\n")[:15], 1)
        excuse = next(((number, match[1]) for number, text in head if (match := FILE_EXCUSE.search(text))), None)
        if excuse and len(excuse[1].split()) >= 2:
            continue
        if excuse:
            yield Finding(path, excuse[0], "an excuse without a reason",
                          "write `tidy file: why nothing here is replayed`")
        for pattern, what, instead in REPLAY:
            for line, match in matches(pattern, tree.statements(path)):
                yield Finding(path, line, f"{what} in replayed state ({match[0].strip()})", instead)
        for line, match in matches(r"\"[^\"\n]*%-?\d*p[^\"\n]*\"", tree.uncommented(path)):
            yield Finding(path, line, "a pointer's value is printed (%p)", "write an index or a name")


def copied_contract(change):
    """A tree on disk whose contract is this project's, with one generated file changed."""
    here = os.path.dirname(os.path.realpath(__file__))
    root = tempfile.mkdtemp()
    shutil.copytree(os.path.join(here, "../../rtl/contract"), os.path.join(root, "rtl/contract"))
    with open(os.path.join(root, "rtl/contract", change), "a", encoding="utf-8") as out:
        out.write("\n")
    return Tree({}, root)


@rule("generated files are fresh",
      bad=[(lambda: copied_contract("contract.h"), "rtl/contract/contract.h:1"),
           (lambda: copied_contract("contract.vh"), "rtl/contract/contract.vh:1"),
           (lambda: copied_contract("CONTRACT.md"), "rtl/contract/CONTRACT.md:1")])
def generated_files_are_fresh(tree):
    generator = os.path.join(tree.root, "rtl/contract/generate.py")
    if not tree.root or not os.path.exists(generator):
        return
    result = subprocess.run([sys.executable, "-B", generator, "--check"], capture_output=True, text=True, check=False)
    if result.returncode:
        said = result.stdout + result.stderr
        named = [name for name in ("contract.h", "contract.vh", "CONTRACT.md")
                 if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)]
        for name in named or ["contract.toml"]:
            yield Finding(f"rtl/contract/{name}", 1, "is stale", "run rtl/contract/generate.py, do not edit it")
