#!/usr/bin/env python3
"""Values of the margin formulas and of whole subaccounts, by exact fractions: what test_values.c expects.

usage: values.py           writes values.txt beside this file
       values.py --check   fails if values.txt is not what this would write

Written from exchange-rules.md, section 4, and host/margin/margin.h, not from the C code.
"""
import os
import random
import sys
from fractions import Fraction
from math import ceil, floor, isqrt

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "values.txt")
MILLION = 10**6
STOP = 2**110
LIMIT_NOTIONAL = 2**54
LIMIT_BALANCE = 2**60
BUY, SELL = 0, 1
SPOT, PERPETUAL = 1, 2
CAN_BORROW, SETTLEMENT, COLLATERAL = 2, 4, 8
NONE, FUNDS, MARGIN, LIMIT, NO_PRICE, BALANCE, INTEREST = 0, 3, 4, 15, 42, 43, 47


def root_up(square):
    """Smallest integer whose square is at least the fraction."""
    root = isqrt(floor(square))
    return root if root * root >= square else root + 1


def collateral(asset, decimals, quantity):
    if asset["flags"] & SETTLEMENT:
        return quantity * 256
    weight = Fraction(asset["weight"], MILLION)
    if asset["haircut"]:
        root = Fraction(root_up(Fraction(quantity, 10**asset["decimals"]) * 10**12), MILLION)
        weight = min(weight, Fraction(asset["base"], MILLION) / (1 + Fraction(asset["penalty"], 10**9) * root))
    weight = Fraction(floor(weight * 10**9), 10**9)
    whole = floor(quantity * 256 * asset["index"] * weight * 10**9 / 10**asset["decimals"])
    if whole >= 2**127:
        whole = 2**127 - 1
    return min(STOP, floor(Fraction(whole, 10**(21 - decimals))))


def margin(function, decimals, leverage, notional):
    numerator, denominator, factor = function
    if denominator == 0 or notional == 0:
        return min(STOP, notional)
    base = Fraction(numerator, denominator)
    if leverage:
        base = max(base, Fraction(100, leverage))
    root = root_up(Fraction(notional, 256 * 10**decimals) * 10**12)
    return min(STOP, ceil(notional * max(base, Fraction(factor, 10**9) * Fraction(root, MILLION))))


def fee(notional, rate):
    exact = Fraction(notional * 256 * rate, MILLION)
    return ceil(exact) if rate > 0 else -floor(-exact)


def fees(market, sums, unit):
    """What a side may pay at most; each order rounds up to a unit of so many 1/256."""
    if market["taker"] <= 0 or sums["orders"] == 0:
        return 0
    return ceil(Fraction(fee(sums["notional"], market["taker"]), unit)) * unit + sums["orders"] * unit


def lock(market, side, sums):
    if side == SELL:
        return sums["lots"] * market["lot_units"]
    return sums["notional"] + ceil(Fraction(fee(sums["notional"], max(0, market["taker"])), 256)) + sums["orders"]


def worst(mean, minimum, maximum, side):
    if mean == 0:
        return 0
    price = Fraction(mean, 256) * Fraction(maximum if side == BUY else minimum, MILLION)
    return max(1, min(2**32 - 1, floor(price) if side == BUY else ceil(price)))


def adverse(market, side, price):
    if market["kind"] != PERPETUAL or market["mark"] == 0:
        return 0
    difference = (price * 256 - market["mark"]) * (1 if side == BUY else -1)
    return min(2**63 - 1, max(0, difference) * market["tick_lot"])


class Subaccount:
    """One subaccount and what it needs to know about the exchange."""

    def __init__(self, assets, markets, leverage, balances, positions, siblings):
        self.assets, self.markets, self.leverage = assets, markets, leverage
        self.balances, self.positions, self.siblings = balances, positions, siblings
        self.decimals = assets[1]["decimals"]

    def value(self, asset, quantity):
        kind = self.assets[asset]
        if quantity <= 0 or not kind["flags"] & (COLLATERAL | SETTLEMENT):
            return 0
        if kind["index"] == 0 and not kind["flags"] & SETTLEMENT:
            self.priced = False
            return 0
        return collateral(kind, self.decimals, quantity)

    def held(self, asset):
        return self.balances.get(asset, (0, 0))[0]

    def loss(self, market, side, sums):
        if sums["orders"] == 0:
            return 0
        base, quote = self.held(market["base"]), self.held(market["quote"])
        moved = sums["lots"] * market["lot_units"]
        if side == BUY:
            after = base + moved, quote - lock(market, BUY, sums)
        else:
            paid = ceil(Fraction(fees(market, sums, 256), 256))
            after = base - moved, quote + sums["notional"] - paid
        before = self.value(market["base"], base) + self.value(market["quote"], quote)
        return max(0, before - self.value(market["base"], after[0]) - self.value(market["quote"], after[1]))

    @staticmethod
    def filled(quantity, side, sums):
        """|position| if a side filled; reduce-only lots at most close."""
        after = quantity + (1 if side == BUY else -1) * (sums["lots"] - sums["reduce"])
        if after * (1 if side == SELL else -1) > 0:
            return max(0, abs(after) - sums["reduce"])
        return abs(after)

    def reach(self, position):
        return max(self.filled(position["quantity"], side, position["sides"][side]) for side in (BUY, SELL))

    def view(self):
        self.priced, self.marked, self.exposed = True, True, False
        total = dict(collateral=0, profit=0, initial=0, maintenance=0, notional=0)
        for asset, (amount, _) in self.balances.items():
            total["collateral"] += self.value(asset, amount)
        for number, position in self.positions.items():
            market, sides = self.markets[number], position["sides"]
            if market["kind"] == SPOT:
                total["initial"] += max(self.loss(market, side, sides[side]) for side in (BUY, SELL))
                continue
            total["profit"] -= position["entry"]
            self.exposed |= position["entry"] > 0
            if position["quantity"] == 0 and sides[0]["orders"] == sides[1]["orders"] == 0:
                continue
            self.exposed = True
            if market["mark"] == 0:
                self.priced = self.marked = False
                continue
            unit = market["mark"] * market["tick_lot"]
            total["profit"] += position["quantity"] * unit
            total["notional"] += abs(position["quantity"]) * unit
            total["maintenance"] += margin(market["mmf"], self.decimals, 0, abs(position["quantity"]) * unit)
            total["initial"] += max(
                margin(market["imf"], self.decimals, self.leverage,
                       self.filled(position["quantity"], side, sides[side]) * unit)
                + sides[side]["adverse"] + fees(market, sides[side], 1)
                for side in (BUY, SELL))
        self.finish(total)
        return total

    def finish(self, total):
        shortage = max(0, -(self.held(1) * 256 + total["profit"]))
        total["notional"] += shortage
        total["initial"] += margin(self.assets[1]["imf"], self.decimals, self.leverage, shortage)
        total["maintenance"] += margin(self.assets[1]["mmf"], self.decimals, 0, shortage)
        total["equity"] = total["collateral"] + total["profit"]
        total["available"] = total["equity"] - total["initial"]

    def changed(self, change):
        other = Subaccount(self.assets, self.markets, self.leverage, self.balances, dict(self.positions), self.siblings)
        position = other.positions.get(change["market"], empty_position())
        position = dict(position, sides=[dict(side) for side in position["sides"]])
        side = position["sides"][change["side"]]
        for name in ("lots", "notional", "adverse", "orders"):
            side[name] += change[name]
        if change["reduce"]:
            side["reduce"] += change["lots"]
        other.positions[change["market"]] = position
        return other

    def check(self, change):
        market = self.markets[change["market"]]
        before = self.positions.get(change["market"], empty_position())
        other = self.changed(change)
        after = other.positions[change["market"]]
        side_before, side_after = before["sides"][change["side"]], after["sides"][change["side"]]
        if (side_after["notional"] > LIMIT_NOTIONAL or side_after["adverse"] > LIMIT_NOTIONAL * 256
                or side_after["lots"] > LIMIT_BALANCE):
            return LIMIT
        sign = 1 if change["side"] == BUY else -1
        for cost in (before["entry"], before["open"]):
            if abs(cost + sign * side_after["notional"] * 256) > max(LIMIT_NOTIONAL * 256, abs(cost)):
                return LIMIT
        if market["kind"] == SPOT:
            if side_after["lots"] * market["lot_units"] > 4 * LIMIT_BALANCE:
                return FUNDS
            more = lock(market, change["side"], side_after) - lock(market, change["side"], side_before)
            amount, locked = self.balances.get(market["quote" if change["side"] == BUY else "base"], (0, 0))
            if more > 0 and more > amount - locked:
                return FUNDS
            rises = (max(self.loss(market, side, after["sides"][side]) for side in (BUY, SELL))
                     > max(self.loss(market, side, before["sides"][side]) for side in (BUY, SELL)))
        else:
            if market["mark"] == 0:
                return NO_PRICE
            rises = self.reach(after) > self.reach(before)
            reason = self.limits(market, change, before, after) if rises else NONE
            if reason:
                return reason
        view = other.view()
        if not other.exposed:
            return NONE
        if not other.marked:
            return NO_PRICE
        if view["available"] >= 0:
            return NONE
        if not other.priced:
            return NO_PRICE
        return NONE if not rises and view["available"] >= self.view()["available"] else MARGIN

    def limits(self, market, change, before, after):
        if self.reach(after) * market["mark"] * market["tick_lot"] > LIMIT_NOTIONAL * 256:
            return LIMIT
        siblings = [position for sibling in self.siblings for number, position in sibling.items()
                    if number == change["market"]]
        reach = self.reach(after) + sum(self.reach(position) for position in siblings)
        held = abs(before["quantity"]) + sum(abs(position["quantity"]) for position in siblings)
        if market["position_max"] and reach > market["position_max"]:
            return LIMIT
        if market["interest_max"] and reach > held and market["interest"] + reach - held > market["interest_max"]:
            return INTEREST
        return NONE

    def withdraw(self, asset, amount):
        if asset not in self.balances or amount > self.balances[asset][0] - self.balances[asset][1]:
            return BALANCE
        balances = dict(self.balances)
        balances[asset] = (balances[asset][0] - amount, balances[asset][1])
        other = Subaccount(self.assets, self.markets, self.leverage, balances, self.positions, [])
        total = other.view()
        if not other.exposed:
            return NONE
        if total["profit"] > 0:
            total = {name: value for name, value in total.items()}
            shortage_before = max(0, -(other.held(1) * 256 + total["profit"]))
            assert shortage_before == 0
            total["profit"] = 0
            other.finish(total)
        if other.marked and total["available"] >= 0:
            return NONE
        return MARGIN if other.priced else NO_PRICE


def empty_side():
    return dict(lots=0, notional=0, adverse=0, reduce=0, orders=0)


def empty_position():
    return dict(quantity=0, entry=0, open=0, sides=[empty_side(), empty_side()])


def make_asset(pick, settlement):
    if settlement:
        return dict(decimals=6, haircut=0, flags=SETTLEMENT | COLLATERAL, weight=MILLION, base=0, penalty=0,
                    index=10**12, imf=pick.choice([(0, 0, 0), (1, 5, 0), (1, 10, 500000)]),
                    mmf=pick.choice([(0, 0, 0), (1, 20, 0), (1, 30, 300000)]))
    return dict(decimals=pick.choice([0, 6, 8, 9, 18]), haircut=pick.randrange(2),
                flags=pick.choice([COLLATERAL, COLLATERAL, COLLATERAL | CAN_BORROW, 0]),
                weight=pick.choice([0, 900000, MILLION, pick.randrange(MILLION + 1)]),
                base=pick.choice([MILLION, pick.randrange(2 * MILLION)]),
                penalty=pick.choice([0, 150000, pick.randrange(10**9)]), imf=(0, 0, 0), mmf=(0, 0, 0),
                index=0 if pick.randrange(10) == 0 else pick.choice([10**12, 150 * 10**12, pick.randrange(1, 10**17)]))


def make_market(pick, kind):
    base = pick.choice([2, 3])
    return dict(kind=kind, base=base, quote=1 if kind == PERPETUAL or pick.randrange(4) else 5 - base,
                lot_units=pick.choice([1, 1000, 10**6]), tick_lot=pick.choice([1, 10, 1000]),
                taker=pick.choice([0, 500, 1000, -10]),
                imf=pick.choice([(1, 75, 24940), (1, 20, 100000), (1, 10, 0), (1, 1, 0)]),
                mmf=pick.choice([(1, 150, 14960), (1, 40, 60000), (1, 20, 0)]),
                mark=0 if pick.randrange(30) == 0 else pick.randrange(256, 2**20 * 256),
                position_max=pick.choice([0, 0, pick.randrange(1, 100000)]),
                interest_max=pick.choice([0, 0, pick.randrange(1, 4000000)]), interest=pick.randrange(2000000))


def make_side(pick, market, scale):
    side = empty_side()
    price = max(1, int(market["mark"] / 256 * pick.uniform(0.9, 1.1))) if market["mark"] else pick.randrange(1, 1000)
    if pick.randrange(2):
        side["orders"] = pick.randrange(1, 4)
        side["lots"] = pick.randrange(1, scale)
        side["notional"] = side["lots"] * price * market["tick_lot"]
        if market["kind"] == PERPETUAL:
            side["adverse"] = pick.choice([0, side["lots"] * pick.randrange(256 * 100)])
            side["reduce"] = pick.choice([0, 0, pick.randrange(side["lots"] + 1)])
    return side


def make_position(pick, market, scale):
    position = empty_position()
    position["sides"] = [make_side(pick, market, scale), make_side(pick, market, scale)]
    if market["kind"] == PERPETUAL:
        position["quantity"] = pick.choice([0, pick.randrange(-scale, scale)])
        cost = position["quantity"] * market["mark"] * market["tick_lot"]
        position["open"] = int(cost * Fraction(pick.randrange(800, 1200), 1000))
        position["entry"] = position["open"] + pick.choice([0, pick.randrange(-scale * 1000, scale * 1000)])
    return position


def make_scenario(pick):
    assets = {1: make_asset(pick, True), 2: make_asset(pick, False), 3: make_asset(pick, False)}
    kinds = [SPOT, PERPETUAL, PERPETUAL, PERPETUAL]
    markets = {number: make_market(pick, kind) for number, kind in enumerate(kinds, 1)}
    scale = pick.choice([10, 1000, 100000, 1000000])
    used = [number for number in markets if pick.randrange(3)]
    positions = {number: make_position(pick, markets[number], scale) for number in used}
    size = sum(abs(position["quantity"]) * markets[number]["mark"] * markets[number]["tick_lot"] // 256
               for number, position in positions.items()) + 1000
    balances = {}
    for asset in (1, 2, 3):
        if pick.randrange(4):
            amount = int(size * pick.choice([0, 0.02, 0.1, 0.3, 1, 3]) * pick.uniform(0.5, 1.5))
            if asset != 1:
                amount = amount * 10**assets[asset]["decimals"] // 10**6
            amount = min(amount, LIMIT_BALANCE)
            balances[asset] = (amount, pick.choice([0, 0, amount // 3]))
    siblings = [{number: make_position(pick, markets[number], scale)} for number in markets if pick.randrange(2)]
    return Subaccount(assets, markets, pick.choice([0, 0, 100, 500, 1000, 5000]), balances, positions, siblings)


def make_change(pick, subaccount):
    number = pick.choice(list(subaccount.markets))
    market = subaccount.markets[number]
    position = subaccount.positions.get(number, empty_position())
    side = pick.randrange(2)
    lots = pick.randrange(1, pick.choice([10, 1000, 100000]))
    if pick.randrange(3) == 0 and position["quantity"]:
        side = SELL if position["quantity"] > 0 else BUY
        lots = max(1, abs(position["quantity"]) // pick.choice([1, 2, 5]))
    price = max(1, int(market["mark"] / 256 * pick.uniform(0.95, 1.05))) if market["mark"] else pick.randrange(1, 1000)
    change = dict(market=number, side=side, reduce=int(pick.randrange(5) == 0), lots=lots,
                  notional=lots * price * market["tick_lot"], adverse=lots * adverse(market, side, price), orders=1)
    present = position["sides"][side]
    if pick.randrange(6) == 0 and present["orders"] == 1 and not present["reduce"]:
        change.update(reduce=0, lots=-present["lots"], notional=-present["notional"], adverse=-present["adverse"],
                      orders=-1)
    return change


def write_sides(position):
    return " ".join(str(side[name]) for side in position["sides"]
                    for name in ("lots", "notional", "adverse", "reduce", "orders"))


def scenario_lines(pick):
    subaccount = make_scenario(pick)
    yield f"scenario {subaccount.leverage}"
    for asset in subaccount.assets.values():
        yield "asset " + " ".join(str(asset[name]) for name in (
            "decimals", "haircut", "flags", "weight", "base", "penalty", "index")) + " " + " ".join(
                str(value) for value in asset["imf"] + asset["mmf"])
    for market in subaccount.markets.values():
        yield "market " + " ".join(str(market[name]) for name in (
            "kind", "base", "quote", "lot_units", "tick_lot", "taker", "mark", "position_max", "interest_max",
            "interest")) + " " + " ".join(str(value) for value in market["imf"] + market["mmf"])
    for asset, (amount, locked) in subaccount.balances.items():
        yield f"balance {asset} {amount} {locked}"
    for owner, positions in enumerate([subaccount.positions] + subaccount.siblings):
        for number, position in positions.items():
            yield (f"position {owner} {number} {position['quantity']} {position['entry']} {position['open']} "
                   f"{write_sides(position)}")
    names = "collateral profit equity initial maintenance notional available".split()
    view = subaccount.view()
    yield "view " + " ".join(str(view[name]) for name in names) + f" {int(subaccount.priced)}"
    for _ in range(9):
        change = make_change(pick, subaccount)
        line = " ".join(str(change[name]) for name in (
            "market", "side", "reduce", "lots", "notional", "adverse", "orders"))
        yield f"check {line} {subaccount.check(change)}"
    for _ in range(3):
        asset = pick.randrange(1, 4)
        amount, locked = subaccount.balances.get(asset, (0, 0))
        amount = pick.choice([amount, amount - locked, amount // 2, amount // 10, 0])
        yield f"withdraw {asset} {amount} {subaccount.withdraw(asset, amount)}"


def collateral_lines(pick):
    rows = [(decimals, haircut, weight, base, penalty, index, settle, quantity)
            for decimals in (0, 6, 18) for haircut in (0, 1) for weight in (0, 1, MILLION)
            for base, penalty in ((MILLION, 150000), (2**32 - 1, 2**64 - 1))
            for index in (1, 10**12, 2**63 - 1) for settle in (0, 2, 3, 6, 18)
            for quantity in (0, 1, 10**9 + 1, 2**60, 2**62)]
    rows = pick.sample(rows, 150)
    for _ in range(110):
        rows.append((pick.randrange(19), pick.randrange(2), pick.randrange(MILLION + 1), pick.randrange(2 * MILLION),
                     pick.randrange(10**pick.randrange(1, 12)), pick.randrange(1, 10**pick.randrange(2, 19)), 6,
                     pick.randrange(2**pick.randrange(1, 63))))
    for decimals, haircut, weight, base, penalty, index, settle, quantity in rows:
        asset = dict(decimals=decimals, haircut=haircut, weight=weight, base=base, penalty=penalty, index=index,
                     flags=COLLATERAL)
        yield (f"collateral {decimals} {haircut} {weight} {base} {penalty} {index} {settle} {quantity} "
               f"{collateral(asset, settle, quantity)}")


def margin_lines(pick):
    rows = [((numerator, denominator, factor), settle, leverage, notional)
            for numerator, denominator in ((0, 1), (1, 75), (1, 1), (0, 0), (2**32 - 1, 2**32 - 1))
            for factor in (0, 1, 24940, 2**64 - 1) for settle in (0, 6, 12, 13, 18)
            for leverage in (0, 1, 100, 7500, 7501, 2**32 - 1)
            for notional in (0, 1, 255, 256, 257, 2**62, 2**62 - 1, 10**15 * 256, 2**88, 2**94 - 1)]
    rows = pick.sample(rows, 170)
    for _ in range(150):
        rows.append(((1, pick.randrange(1, 200), pick.choice([24940, 14960, pick.randrange(10**7)])), 6,
                     pick.choice([0, 0, pick.randrange(1, 10000)]), pick.randrange(2**pick.randrange(1, 64))))
    for square in (1, 2, 3, 1000003, 10**9 + 7):  # where the root is whole, and one to either side
        rows += [((1, 10**6, 10**6), 12, 0, square * square * 256 + more) for more in (-1, 0, 1, 256)]
    for function, settle, leverage, notional in rows:
        yield (f"margin {' '.join(map(str, function))} {settle} {leverage} {notional} "
               f"{margin(function, settle, leverage, notional)}")


def small_lines(pick):
    notionals = [0, 1, 2, 15624, 15625, 15626, 2**54, 2**62] + [pick.randrange(2**54) for _ in range(20)]
    for notional in notionals[:-12]:
        for rate in (0, 1, -1, 500, -50, 999999, MILLION, -MILLION, 2**31 - 1, -2**31):
            yield f"fee {notional} {rate} {fee(notional, rate)}"
    for notional in notionals:
        market = dict(lot_units=pick.choice([1, 1000, 10**6]), taker=pick.choice([0, 1, 500, MILLION, -7]))
        sums = dict(lots=pick.randrange(2**40), notional=min(notional, 2**60), orders=pick.randrange(5))
        for side in (BUY, SELL):
            yield (f"lock {market['lot_units']} {market['taker']} {side} {sums['lots']} {sums['notional']} "
                   f"{sums['orders']} {lock(market, side, sums)}")
    for mean in [0, 1, 255, 256, 2**40 - 1] + [pick.randrange(1, 2**40) for _ in range(12)]:
        for minimum, maximum in ((960000, 1040000), (0, 2**32 - 1), (1, 1), (MILLION, MILLION)):
            for side in (BUY, SELL):
                yield f"worst {mean} {minimum} {maximum} {side} {worst(mean, minimum, maximum, side)}"
    for mark in (0, 1, 256, 2**40 - 1, pick.randrange(1, 2**40)):
        for price in (1, 2**32 - 1, max(1, mark // 256), min(2**32 - 1, mark // 256 + 1)):
            for tick_lot in (1, 2**40, 2**64 - 1):
                for side in (BUY, SELL):
                    for kind in (SPOT, PERPETUAL):
                        market = dict(kind=kind, mark=mark, tick_lot=tick_lot)
                        yield f"adverse {kind} {mark} {tick_lot} {side} {price} {adverse(market, side, price)}"


def main(arguments):
    pick = random.Random(20261126)
    lines = [*collateral_lines(pick), *margin_lines(pick), *small_lines(pick)]
    for _ in range(66):
        lines += scenario_lines(pick)
    text = "\n".join(lines) + "\n"
    if arguments == ["--check"]:
        with open(PATH) as file:
            fresh = file.read() == text
        print("values.txt is fresh" if fresh else "values.txt is stale: run tests/unit/host/margin/values.py")
        return 0 if fresh else 1
    if arguments:
        print(__doc__)
        return 2
    with open(PATH, "w") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
