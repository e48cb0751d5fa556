#!/usr/bin/env python3
"""Deleveraging ranks by exact fractions: what test_rank.c expects.

usage: rank_values.py           writes rank_values.txt beside this file
       rank_values.py --check   fails if rank_values.txt is not what this would write

Written from exchange-rules.md, section 6, and docs/liquidation.md (Ranks), not from the C code. A line: lots, open cost
(u256), USDC units held, mark (ticks x 256), rank. A lot is worth 100 units a tick.
"""
import os
import random
import sys
from fractions import Fraction
from math import floor

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rank_values.txt")
STEPS = 64
TICK_LOT = 100
MOST = 2**63 - 1


def step(value, origin):
    """Quarter octaves of a number above 2^origin, by its first 40 fraction bits; None: beyond all bounds."""
    if value is None:
        return STEPS - 1
    fixed = min(floor(value * 2**40), MOST)
    if fixed == 0:
        return 0
    quarters = (fixed**4).bit_length() - 1
    return max(0, min(STEPS - 1, quarters - 4 * (40 + origin)))


def rank(lots, cost, cash, mark):
    """Ratio of profit to what the position was opened for x leverage; of a loss / leverage."""
    worth = lots * mark * TICK_LOT
    profit = worth - cost
    equity = cash * 256 + profit
    notional = min(abs(worth), MOST)
    means = max(0, min(equity, MOST))
    if profit >= 0:
        if profit == 0:
            return STEPS
        if cost == 0 or means == 0:
            return 2 * STEPS - 1
        return STEPS + step(Fraction(profit, abs(cost)) * Fraction(notional, means), -9)
    if means == 0:
        return STEPS - 1
    if cost == 0:
        return 0
    return STEPS - 1 - step(Fraction(-profit, abs(cost)) / Fraction(notional, means), -14)


def lines():
    draw = random.Random(6)
    cases = [(10, 10 * 256 * 100 * 100000, 1000, 100000 * 256), (10, 0, 1000, 100000 * 256),
             (-10, 0, 10**9, 100000 * 256), (10, 10 * 256 * 100 * 100000, 0, 100001 * 256),
             (10, 10 * 256 * 100 * 100000, 0, 99999 * 256), (-10, -10 * 256 * 100 * 100000, -0, 100001 * 256)]
    for _ in range(400):
        lots = draw.choice((-1, 1)) * draw.randint(1, 10**draw.randint(1, 7))
        mark = draw.randint(1, 2**draw.randint(8, 25)) * 256 + draw.randint(0, 255)
        moved = 1 + draw.uniform(-1, 1) * 10**draw.uniform(-6, 0)
        cost = int(lots * mark * TICK_LOT * moved)
        cash = int(abs(lots) * mark * TICK_LOT / 256 * 10**draw.uniform(-3, 2)) + draw.randint(0, 9)
        cases.append((lots, cost, min(cash, 2**59), mark))
    return [" ".join(str(number) for number in (*case, rank(*case))) for case in cases]


def main():
    text = "".join(line + "\n" for line in lines())
    if "--check" in sys.argv[1:]:
        with open(PATH, encoding="ascii") as file:
            return 0 if file.read() == text else "rank_values.txt is stale: run rank_values.py"
    with open(PATH, "w", encoding="ascii") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
