#!/usr/bin/env python3
"""Values of the formulas of lending pools, by exact fractions: what test_values.c expects.

usage: values.py           writes values.txt beside this file
       values.py --check   fails if values.txt is not what this would write

Written from exchange-rules.md, section 7, and host/lending/lending.h, not from the C code.
"""
import os
import random
import sys
from fractions import Fraction
from math import ceil, floor

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "values.txt")
MILLION = 10**6
YEAR_NS = 365 * 86400 * 10**9
POOL_MAX = 2**61
FRACTIONS = 10**9 * YEAR_NS  # of a unit, in pool.carry


def utilisation(pool):
    return Fraction(pool["borrowed"], pool["lent"]) if pool["lent"] else Fraction(0)


def borrow_rate(pool):
    """A year, in 10^-9, rounded up."""
    points = [(Fraction(0), pool["zero"]), (Fraction(pool["optimal"], MILLION), pool["knee"]),
              (Fraction(1), pool["full"])]
    used = utilisation(pool)
    left, right = (points[0], points[1]) if used <= points[1][0] else (points[1], points[2])
    rate = left[1] + (right[1] - left[1]) * (used - left[0]) / (right[0] - left[0])
    return ceil(rate * 1000)


def lend_rate(pool):
    return floor(borrow_rate(pool) * utilisation(pool) * (1 - Fraction(pool["fee"], MILLION)))


def interest(pool, elapsed, carry):
    exact = Fraction(pool["borrowed"] * borrow_rate(pool) * elapsed + carry, FRACTIONS)
    whole = floor(exact)
    return min(whole, POOL_MAX - pool["lent"]), (exact - whole) * FRACTIONS


def shares_for(pool, units):
    if pool["lent_shares"] == 0:
        return min(units, POOL_MAX), min(units, POOL_MAX)
    if pool["lent"] == 0:
        return 0, 0
    price = Fraction(pool["lent"], pool["lent_shares"])
    shares = min(floor(units / price), POOL_MAX - pool["lent_shares"])
    return shares, ceil(shares * price)


def accrued(pool, elapsed, carry, fee_carry):
    """What is lent, borrowed, carried, and the shares that the fee's part of the interest buys of the lenders."""
    units, carry = interest(pool, elapsed, carry) if pool["borrowed"] else (0, carry)
    if units == 0:
        return pool["lent"], pool["borrowed"], carry, 0, 0, fee_carry
    due = Fraction(units * pool["fee"] + fee_carry, MILLION)
    lenders = dict(pool, lent=pool["lent"] + units - floor(due))
    shares, cost = shares_for(lenders, floor(due)) if lenders["lent"] > 0 else (0, 0)
    return pool["lent"] + units, pool["borrowed"] + units, carry, shares, cost, min(2**62, (due - cost) * MILLION)


def size(chance, top):
    return chance.choice([0, 1, 2, chance.randrange(1000), chance.randrange(10**9), chance.randrange(top), top])


def make_pool(chance):
    zero, knee, full = sorted(chance.choice([0, 1, chance.randrange(10**6), chance.randrange(10**8), 10**8])
                              for _ in range(3))
    lent = size(chance, POOL_MAX)
    borrowed = chance.choice([0, lent, min(lent, 1), chance.randrange(lent + 1), lent * 8 // 10])
    return dict(lent=lent, borrowed=borrowed, zero=zero, knee=knee, full=full,
                optimal=chance.choice([1, 500000, 800000, 999999, chance.randrange(1, MILLION)]),
                fee=chance.choice([0, 1, 100000, MILLION, chance.randrange(MILLION)]),
                lent_shares=max(1, chance.choice([lent, lent // 2, lent // 3 + 1, chance.randrange(lent + 1),
                                                  size(chance, POOL_MAX)])) if lent else 0,
                borrowed_shares=max(1, chance.choice([borrowed, borrowed // 2, chance.randrange(borrowed + 1)]))
                if borrowed else 0)


def shown(pool):
    return [pool[name] for name in ("lent", "borrowed", "zero", "knee", "full", "optimal", "fee", "lent_shares",
                                    "borrowed_shares")]


def lines():
    chance = random.Random(7)
    for _ in range(1200):
        pool = make_pool(chance)
        yield ["pool"] + shown(pool)
        yield ["rates", ceil(utilisation(pool) * MILLION), borrow_rate(pool), lend_rate(pool)]
        shares = min(pool["lent_shares"], size(chance, POOL_MAX))
        yield ["lent", shares, floor(shares * Fraction(pool["lent"], pool["lent_shares"])) if shares else 0]
        shares = min(pool["borrowed_shares"], size(chance, POOL_MAX))
        yield ["borrowed", shares,
               ceil(shares * Fraction(pool["borrowed"], pool["borrowed_shares"])) if shares else 0]
        elapsed = chance.choice([0, 1, 10**9, 3600 * 10**9, YEAR_NS, YEAR_NS * 10 + 1, 2**64 - 1,
                                 chance.randrange(10**13), chance.randrange(2**64)])
        carry = chance.choice([0, FRACTIONS - 1, chance.randrange(FRACTIONS)])
        units, left = interest(pool, elapsed, carry)
        yield ["interest", elapsed, carry, units, left]
        fee_carry = chance.choice([0, MILLION - 1, chance.randrange(10**12)])
        yield ["accrue", elapsed, carry, fee_carry, *accrued(pool, elapsed, carry, fee_carry)]
        units = size(chance, 2**60)
        yield ["shares", units, *shares_for(pool, units)]
    void = dict(make_pool(chance), lent=0, borrowed=0, lent_shares=5, borrowed_shares=0)
    yield ["pool"] + shown(void)
    yield ["lent", 5, 0]
    yield ["shares", 1000, 0, 0]


def main():
    text = "".join(" ".join(str(word) for word in line) + "\n" for line in lines())
    if sys.argv[1:] == ["--check"]:
        with open(PATH, encoding="utf-8") as file:
            if file.read() != text:
                sys.exit(f"{PATH} is stale; run {os.path.abspath(__file__)}")
    else:
        with open(PATH, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
