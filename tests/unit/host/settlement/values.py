#!/usr/bin/env python3
"""Funding rates and payments by exact fractions: what test_funding.c expects.

usage: values.py           writes values.txt beside this file
       values.py --check   fails if values.txt is not what this would write

Written from exchange-rules.md, section 5, host/settlement/funding.h and docs/money.md, not from the C code.
"""
import os
import random
import sys
from fractions import Fraction
from math import ceil, floor

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "values.txt")
NANO = 10**9
INTEREST = Fraction(1, 10_000)
CLAMP = Fraction(5, 10_000)


def clamp(value, most):
    return max(-most, min(most, value))


def down(value):
    """Rounded down to 10^-9."""
    return Fraction(floor(value * NANO), NANO)


def rate(premium_sum, samples, hours, rate_max):
    if samples == 0:
        return 0
    seconds = hours * 3600
    mean = down(Fraction(premium_sum, samples * 10**6))
    whole = down((mean + clamp(INTEREST - mean, CLAMP)) * hours / 8)
    part = clamp(whole, Fraction(rate_max, 10**6)) * Fraction(min(samples, seconds), seconds)
    return floor(part * NANO)


def payment(quantity, rates, marks, tick_lot_units):
    """Of a position that pays several intervals at once, quote units x 256, rounded up."""
    owed = sum(Fraction(r, NANO) * quantity * mark * tick_lot_units for r, mark in zip(rates, marks))
    return ceil(owed)


def rates(draw):
    yield 0, 0, 1, 7500
    for hours in (1, 2, 3, 4, 8, 12, 24):
        full = hours * 3600
        for mean in (-10**9, -20_000, -600, -501, -500, -499, -401, -400, -399, -1, 0, 1, 99, 100, 101, 599, 600, 601,
                     20_000, 2**31 - 1):
            yield mean * full, full, hours, 7500
            yield mean * 17 + 5, 17, hours, 10**6
    for _ in range(300):
        hours = draw.choice((1, 2, 3, 4, 6, 8, 12, 24))
        samples = draw.choice((1, 2, draw.randrange(1, hours * 3600 + 1), hours * 3600, hours * 3600 + 7))
        most = draw.choice((10, 1000, 10**6, 2**31 - 1))
        yield sum(draw.randrange(-most, most + 1) for _ in range(3)) * samples // 3, samples, hours, \
            draw.choice((0, 1, 750, 7500, 10**6))


def payments(draw):
    largest = (2**54 * 256 * 7 // 8) // (2**40 - 1)
    yield largest, [10**9], [2**40 - 1], 1
    yield -largest, [10**9], [2**40 - 1], 1
    yield 1, [1], [1], 1
    yield -1, [1], [1], 1
    yield 0, [10**9], [2**40 - 1], 10**6
    for _ in range(300):
        count = draw.randrange(1, 4)
        yield draw.choice((-1, 1)) * draw.randrange(1, 10**draw.randrange(1, 10)), \
            [draw.randrange(-7_500_000, 7_500_001) for _ in range(count)], \
            [draw.randrange(1, 256 * 10**draw.randrange(1, 7)) for _ in range(count)], draw.choice((1, 100, 1000))


def lines():
    draw = random.Random(5)
    for case in rates(draw):
        yield "rate", *case, rate(*case)
    for quantity, some, marks, unit in payments(draw):
        some, marks = some + [0] * (3 - len(some)), marks + [1] * (3 - len(marks))
        yield "payment", quantity, unit, *some, *marks, payment(quantity, some, marks, unit)


def main():
    text = "".join(" ".join(map(str, line)) + "\n" for line in lines())
    if sys.argv[1:] == ["--check"]:
        with open(PATH, encoding="ascii") as file:
            sys.exit(0 if file.read() == text else "values.txt is not what values.py writes")
    with open(PATH, "w", encoding="ascii") as file:
        file.write(text)


main()
