#!/usr/bin/env python3
"""Counts single tests in the log of one group of ./test.

usage: tally.py LOG STATUS     STATUS is the exit status of what wrote LOG
       tally.py --self-test

Prints `PASSED FAILED SKIPPED`, then one line `skip: NAME: REASON` for each skipped test. It understands
 - `ctest -V`: each test counts as often as its output says (cmocka's counts, or a plain line), else once;
 - a plain line `N passed, N failed` or `N passed, N failed, N skipped` (the last one counts);
 - `skip: NAME: REASON` lines;
 - anything else: one test, by its exit status.
A status that contradicts the counts is a failure of its own: a crash after the last count is not lost.
"""
import re
import sys

PLAIN = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$")
CMOCKA = re.compile(r"^\[  (PASSED|FAILED|SKIPPED) +\] (?:tests?: )?(\d+) test\(s\)")
CMOCKA_SKIPPED = re.compile(r"^\[  SKIPPED \] ([A-Za-z_]\w*)\s*$")
SKIP = re.compile(r"^skip: ([^:]+): (.+)$")
CTEST_OUTPUT = re.compile(r"^(\d+): (.*)$")
CTEST_RESULT = re.compile(r"^ *\d+/\d+ Test +#(\d+): (\S+) \.*(.*?) +[\d.]+ sec")


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.reasons = []

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.reasons += other.reasons


def tally_output(lines, failed, name):
    """One program's output; `failed` is what its exit status says."""
    tally = Tally()
    plain = None
    counted = False
    unexplained = []
    for line in lines:
        if match := PLAIN.match(line):
            plain = [int(number or 0) for number in match.groups()]
        elif match := CMOCKA.match(line):
            counted = True
            number = int(match[2])
            if match[1] == "PASSED":
                tally.passed += number
            elif match[1] == "FAILED":
                tally.failed += number
            else:
                tally.skipped += number
        elif match := CMOCKA_SKIPPED.match(line):
            if match[1] not in unexplained:
                unexplained.append(match[1])
        elif match := SKIP.match(line):
            tally.reasons.append(line)
    if plain:
        tally.passed, tally.failed, tally.skipped = plain
    explained = {SKIP.match(line)[1] for line in tally.reasons}
    tally.reasons += [f"skip: {test}: no reason given" for test in unexplained if test not in explained]
    if not plain and not counted:
        tally.skipped = len(tally.reasons)
        tally.passed = 0 if failed or tally.skipped else 1
    tally.skipped = max(tally.skipped, len(tally.reasons))
    if failed and not tally.failed:
        tally.failed = 1
    if not failed and tally.failed:
        print(f"{name}: counts {tally.failed} failures and ends with status 0", file=sys.stderr)
    return tally


def tally_ctest(lines, failed):
    total = Tally()
    outputs = {}
    finished = False
    for line in lines:
        if match := CTEST_RESULT.match(line):
            number, name, result = match[1], match[2], match[3].strip()
            if result == "***Skipped":
                outputs.setdefault(number, []).append(f"skip: {name}: skipped itself")
            total.add(tally_output(outputs.get(number, []), result not in ("Passed", "***Skipped"), name))
            finished = True
        elif match := CTEST_OUTPUT.match(line):
            outputs.setdefault(match[1], []).append(match[2])
    if failed and not total.failed or not finished:
        total.failed += 1
    return total


def tally_log(text, status):
    lines = text.split("\n")
    if any(line.startswith("Test project ") for line in lines):
        return tally_ctest(lines, status != 0)
    return tally_output(lines, status != 0, "log")


CTEST = "Test project build\n"
CASES = [
    ("exit status only", "hello", 0, (1, 0, 0)),
    ("exit status only, failed", "hello", 1, (0, 1, 0)),
    ("plain line", "ok\n7 passed, 0 failed", 0, (7, 0, 0)),
    ("last plain line", "2 passed, 0 failed\n7 passed, 1 failed, 3 skipped", 1, (7, 1, 3)),
    ("crash after the counts", "7 passed, 0 failed", 139, (7, 1, 0)),
    ("skip with reason", "skip: replay: no data", 0, (0, 0, 1)),
    ("skip within counts", "skip: replay: no data\n3 passed, 0 failed", 0, (3, 0, 1)),
    ("cmocka in ctest",
     CTEST + "1: [  PASSED  ] 4 test(s).\n1/1 Test #1: unit ....   Passed    0.00 sec", 0, (4, 0, 0)),
    ("two cmocka groups, interleaved",
     CTEST + "1: [  PASSED  ] 4 test(s).\n2: [  PASSED  ] 1 test(s).\n1: [  PASSED  ] 5 test(s).\n"
     "1/2 Test #1: unit ....   Passed    0.00 sec\n2/2 Test #2: other ....   Passed    0.00 sec", 0, (10, 0, 0)),
    ("cmocka failures",
     CTEST + "1: [  PASSED  ] 4 test(s).\n1: [  FAILED  ] 2 test(s), listed below:\n1: [  FAILED  ] test_a\n"
     "1/1 Test #1: unit ....***Failed    0.00 sec", 8, (4, 2, 0)),
    ("cmocka passes, then leaks",
     CTEST + "1: [  PASSED  ] 4 test(s).\n1/1 Test #1: unit ....***Failed    0.00 sec", 8, (4, 1, 0)),
    ("cmocka skip",
     CTEST + "1: [  SKIPPED ] test_c\n1: [  PASSED  ] 4 test(s).\n1: [  SKIPPED ] 1 test(s), listed below:\n"
     "1: [  SKIPPED ] test_c\n1/1 Test #1: unit ....   Passed    0.00 sec", 0, (4, 0, 1)),
    ("segmentation fault", CTEST + "1/1 Test #1: unit ....***Exception: SegFault  0.00 sec", 8, (0, 1, 0)),
    ("timeout", CTEST + "1/1 Test #1: unit ....***Timeout  60.00 sec", 8, (0, 1, 0)),
    ("not run", CTEST + "1/1 Test #1: unit ....***Not Run   0.00 sec", 8, (0, 1, 0)),
    ("ctest skip", CTEST + "1/1 Test #1: unit ....***Skipped   0.00 sec", 0, (0, 0, 1)),
    ("no tests", CTEST + "No tests were found!!!", 0, (0, 1, 0)),
]


def self_test():
    failures = 0
    for name, text, status, expected in CASES:
        tally = tally_log(text, status)
        got = (tally.passed, tally.failed, tally.skipped)
        if got != expected:
            failures += 1
            print(f"FAILED: {name}: {got}, expected {expected}")
    print(f"{len(CASES) - failures} passed, {failures} failed")
    return 1 if failures else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8", errors="replace") as log:
        tally = tally_log(log.read(), int(arguments[1]))
    print(tally.passed, tally.failed, tally.skipped)
    for line in tally.reasons:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
