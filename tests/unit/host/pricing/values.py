#!/usr/bin/env python3
"""Values of index and mark, by exact fractions: what test_index_values.c expects.

usage: values.py           writes values.txt beside this file
       values.py --check   fails if values.txt is not what this would write

Written from exchange-rules.md, section 3, host/pricing/index.h and mark.h, not from the C code.
"""
import os
import random
import sys
from fractions import Fraction
from math import ceil, floor

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "values.txt")
MILLION = 10**6
PRICE_MAX = 2**63 - 1
FIXED_MAX = 2**40 - 1
PREMIUM_MAX = 2**21 - 1


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else floor(Fraction(values[half - 1] + values[half], 2))


def towards_zero(value):
    return floor(value) if value >= 0 else ceil(value)


def make_index(parameters, time, venues):
    """price, median, how many count, whether all that count agree"""
    fresh = []
    for weight, bid, ask, last, at in venues:
        quoted = [value for value in (bid, ask, last) if value]
        if weight and at and quoted and time - at <= parameters["stale"] * MILLION:
            fresh.append((weight, median(quoted)))
    if not fresh:
        return 0, 0, 0, 0
    middle = median([price for _, price in fresh])
    reach = Fraction(parameters["clamp"], MILLION)
    low, high = ceil(middle * (1 - reach)), floor(middle * (1 + reach))
    total = sum(weight * min(max(price, low), high) for weight, price in fresh)
    price = floor(Fraction(total, sum(weight for weight, _ in fresh)))
    distances = [abs(Fraction(price - middle, middle)) for _, price in fresh]
    counted = [distance for distance in distances if distance <= Fraction(parameters["outlier"], MILLION)]
    agree = bool(counted) and all(distance <= Fraction(parameters["agree"], MILLION) for distance in counted)
    return price, middle, len(counted), int(agree)


def step(start, end, change):
    if start == 0:
        return end
    most = max(1, floor(start * Fraction(change, MILLION)))
    return min(end, start + most) if end > start else max(end, start - most)


def bound(target, index, mmf):
    part = min(Fraction(1, 20), Fraction(mmf[0], mmf[1]) / 2)
    return min(max(target, ceil(index * (1 - part))), floor(index * (1 + part)), FIXED_MAX)


def target(index, ewma, around, mmf):
    return bound(index + floor(Fraction(ewma, 65536)), around, mmf)


def next_mark(mark, index, ewma, change, mmf):
    wanted = index + floor(Fraction(ewma, 65536))
    if mark:
        most = max(1, floor(mark * Fraction(change, MILLION)))
        wanted = min(max(wanted, mark - most), mark + most)
    return bound(wanted, index, mmf)


def premium(mid, index):
    if mid == 0:
        return 0
    return max(-PREMIUM_MAX, min(PREMIUM_MAX, towards_zero(Fraction((mid - index) * MILLION, index))))


def average(notional, lot_units, levels):
    """Average price of exactly `notional`, the last level in part; 0: too thin."""
    left, lots = Fraction(notional), Fraction(0)
    for price, there in levels:
        take = min(left, price * there * lot_units)
        lots += Fraction(take) / (price * lot_units)
        left -= take
        if left == 0:
            return floor(256 * notional / (lots * lot_units))
    return 0


def pick_price(pick):
    return pick.choice([1, 2, 3, PRICE_MAX, PRICE_MAX - 1, pick.randrange(1, 2**63), 10**12, 26 * 10**12,
                        pick.randrange(1, 2**pick.randrange(1, 63) + 1)])


def make_venue(pick, middle, spread, time, stale):
    def around():
        return max(1, min(PRICE_MAX, int(middle * (1 + Fraction(pick.randrange(-spread, spread + 1), MILLION)))))

    prices = sorted(around() for _ in range(2))
    bid, ask = (prices[0] if pick.randrange(5) else 0, prices[1] if pick.randrange(5) else 0)
    last = around() if pick.randrange(5) else 0
    oldest = time - stale * MILLION
    at = pick.choice([0, time, oldest, oldest - 1, time - pick.randrange(stale * MILLION)]
                     if pick.randrange(3) == 0 else [time])
    return pick.choice([1, 2, 5, MILLION, pick.randrange(1, MILLION)]), bid, ask, last, at


def index_lines(pick):
    time = 1760133600 * 10**9
    for _ in range(500):
        parameters = dict(stale=pick.choice([100, 5000, 3600000]), outlier=pick.choice([50000, 1, MILLION]),
                          clamp=pick.choice([10000, 1, MILLION]), agree=pick.choice([10000, 0, MILLION]))
        middle, spread = pick_price(pick), pick.choice([0, 5000, 11000, 51000, 400000, MILLION])
        venues = [make_venue(pick, middle, spread, time, parameters["stale"])
                  for _ in range(pick.choice([0, 1, 2, 3, 4, 5, 16]))]
        if venues and pick.randrange(4) == 0:
            venues[0] = (0,) + venues[0][1:]
        if venues and pick.randrange(8) == 0:  # exactly on a line, and one beside it
            venues = [(1, 0, 0, 10**12, time)] * 3
            line = pick.choice([50000, 10000]) * MILLION + pick.randrange(-1, 2)
            venues.append((1, 0, 0, 10**12 + pick.choice([-1, 1]) * line, time))
        fields = [parameters[name] for name in ("stale", "outlier", "clamp", "agree")]
        words = [time, len(venues)] + [field for venue in venues for field in venue]
        yield "index", fields + words, make_index(parameters, time, venues)


def step_lines(pick):
    for _ in range(150):
        start, end = pick.choice([0, 1, 399, 400, pick_price(pick)]), pick_price(pick)
        if pick.randrange(2):
            end = max(1, start + pick.randrange(-3, 4))
        change = pick.choice([1, 2500, 5000, 25000, 50000, 10 * MILLION])
        yield "step", [start, end, change], [step(start, end, change)]


def mark_lines(pick):
    for _ in range(300):
        index = pick.choice([1, 255, 256, FIXED_MAX, pick.randrange(1, 2**40), pick.randrange(1, 10**6)])
        mmf = pick.choice([(1, 150), (1, 40), (1, 10), (1, 11), (0, 1), (1, 1), (2**32 - 1, 2**32 - 1), (1, 2**32 - 1)])
        ewma = pick.choice([0, 1, -1, -65536, -65537, pick.randrange(-2**56, 2**56 + 1),
                            int(index * 65536 * Fraction(pick.randrange(-80000, 80000), MILLION))])
        around = max(1, min(FIXED_MAX, int(index * Fraction(pick.randrange(800000, 1200000), MILLION))))
        mark = pick.choice([0, 1, index, FIXED_MAX, around])
        change = pick.choice([1, 2500, 5000, 50000])
        yield "target", [index, ewma, around, *mmf], [target(index, ewma, around, mmf)]
        yield "next", [mark, index, ewma, change, *mmf], [next_mark(mark, index, ewma, change, mmf)]


def small_lines(pick):
    for _ in range(150):
        index = pick.choice([1, 256, FIXED_MAX, pick.randrange(1, 2**40)])
        mid = pick.choice([0, 1, index, index + 1, index - 1, FIXED_MAX, pick.randrange(1, 2**40),
                           int(index * Fraction(pick.randrange(900000, 1100000), MILLION))])
        yield "premium", [mid, index], [premium(mid, index)]
        ewma = pick.randrange(-2**56, 2**56)
        sample = pick.choice([0, FIXED_MAX, -FIXED_MAX, pick.randrange(-10**6, 10**6)])
        if pick.randrange(2):
            ewma = sample * 65536 + pick.randrange(-130, 131)
        yield "ewma", [ewma, sample], [ewma + towards_zero(Fraction(sample * 65536 - ewma, 60))]
    for _ in range(250):
        price, rising, levels = pick.choice([1, 2**32 - 1, pick.randrange(1, 2**32), 266800]), pick.choice([-1, 1]), []
        for _ in range(pick.randrange(1, 30)):
            levels.append((price, pick.choice([1, 10**6, 2**60 - 1, pick.randrange(1, 10**4)])))
            price += rising * pick.choice([1, 2, 100, 10**6])
            if not 1 <= price < 2**32:
                break
        lot_units = pick.choice([1, 100, 2**32 - 1])
        notional = pick.choice([1, 2**64 - 1, pick.randrange(1, 10**12), 10 * 10**9])
        there = sum(price * lots * lot_units for price, lots in levels)
        if pick.randrange(4) == 0 and there < 2**64:  # exactly all there is, or one unit more
            notional = there + pick.randrange(2)
        yield ("impact", [notional, lot_units, len(levels)] + [field for level in levels for field in level],
               [average(notional, lot_units, levels)])


def main(arguments):
    pick = random.Random(20261126)
    lines = []
    for make in (index_lines, step_lines, mark_lines, small_lines):
        lines += [" ".join([word, *map(str, given), *map(str, result)]) for word, given, result in make(pick)]
    text = "\n".join(lines) + "\n"
    if arguments == ["--check"]:
        with open(PATH) as file:
            fresh = file.read() == text
        print("values.txt is fresh" if fresh else "values.txt is stale: run tests/unit/host/pricing/values.py")
        return 0 if fresh else 1
    if arguments:
        print(__doc__)
        return 2
    with open(PATH, "w") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
