#!/usr/bin/env python3
"""Verilates one top module, makes its C++ quicker (quicken.py) and writes PREFIX__ALL.cpp, which includes every C++
file that Verilator made.

usage: verilate.py --list FILE --top MODULE --prefix PREFIX --out DIR [--rtl-hash] [--also FILE]
                   [VERILATOR OPTION...]
FILE names the RTL sources, one a line, relative to it. --rtl-hash sets the top's parameter RTL_HASH to the SHA-256 of
those of --list.
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rtl"))
sys.dont_write_bytecode = True
import hash as rtl_hash  # noqa: E402
from quicken import quicken  # noqa: E402


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for option in ("--list", "--top", "--prefix", "--out"):
        parser.add_argument(option, required=True)
    parser.add_argument("--rtl-hash", action="store_true")
    parser.add_argument("--also")
    known, options = parser.parse_known_args()
    if known.rtl_hash:
        options.append(f"-GRTL_HASH=256'h{rtl_hash.digest(known.list).hex()}")
    include = os.path.join(os.path.dirname(os.path.abspath(rtl_hash.__file__)), "contract")
    shutil.rmtree(known.out, ignore_errors=True)  # nothing stale may get into the list below
    os.makedirs(known.out)
    command = ["verilator", "--cc", "--Mdir", known.out, "--prefix", known.prefix, "--top-module", known.top,
               f"-I{include}", *options, *rtl_hash.sources(known.list),
               *(rtl_hash.sources(known.also) if known.also else [])]
    if subprocess.run(command).returncode:
        sys.exit(1)
    quicken(known.out, known.prefix, any(option.startswith(("--trace", "--coverage")) for option in options))
    parts = sorted(glob.glob(os.path.join(known.out, "*.cpp")))
    with open(os.path.join(known.out, known.prefix + "__ALL.cpp"), "w", encoding="utf-8") as everything:
        everything.writelines(f'#include "{os.path.basename(part)}"\n' for part in parts)


if __name__ == "__main__":
    main()
