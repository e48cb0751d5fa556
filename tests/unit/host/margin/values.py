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
NONE, FUNDS, MARGIN, BORROWABLE, LIMIT, NO_PRICE, BALANCE, INTEREST, FRESH = 0, 3, 4, 6, 15, 42, 43, 47, 51
FROZEN, DIVERGED, MARKET_FROZEN = 2, 4, 8
AUTO_REDEEM, AUTO_BORROW = 2, 4


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


def liability(asset, decimals, quantity):
    if asset["flags"] & SETTLEMENT:
        return quantity * 256
    return min(STOP, ceil(Fraction(quantity * asset["index"] * 256 * 10**decimals, 10**(12 + asset["decimals"]))))


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
    if market["mark"] == 0:
        return 0
    difference = (price * 256 - market["mark"]) * (1 if side == BUY else -1)
    return min(2**63 - 1, max(0, difference) * market["tick_lot"])


class Subaccount:
    """One subaccount and what it needs to know about the exchange."""

    def __init__(self, assets, pools, markets, leverage, owner, balances, positions, siblings):
        self.assets, self.pools, self.markets, self.leverage, self.owner = assets, pools, markets, leverage, owner
        self.balances, self.positions, self.siblings = balances, positions, siblings
        self.decimals = assets[1]["decimals"]
        self.moved = {}        # asset: units held, borrowed, locked more
        self.careful = False   # diverged prices from their worse side, frozen collateral at 0
        self.certain = False   # positive profit, claims and credits at 0
        self.gross = False     # what is borrowed of the settlement asset is exposure in any case

    def copy(self, **changes):
        other = Subaccount(self.assets, self.pools, self.markets, self.leverage, self.owner, self.balances,
                           self.positions, self.siblings)
        other.careful, other.certain, other.gross = self.careful, self.certain, self.gross
        for name, value in changes.items():
            setattr(other, name, value)
        return other

    def balance(self, asset):
        return self.balances.get(asset, dict(amount=0, locked=0, lent=0, borrowed=0))

    def lent(self, asset):
        shares, pool = self.balance(asset)["lent"], self.pools[asset]
        return floor(Fraction(shares * pool["lent"], pool["lent_shares"])) if shares else 0

    def holding(self, asset):
        """Units held and lent, units owed, units that resting orders would borrow."""
        balance, pool = self.balance(asset), self.pools[asset]
        owed = 0
        if balance["borrowed"]:
            owed = ceil(Fraction(balance["borrowed"] * pool["borrowed"], pool["borrowed_shares"]))
        more = self.moved.get(asset, (0, 0, 0))
        held = balance["amount"] + self.lent(asset) + more[0]
        return held, owed + more[1], max(0, balance["locked"] + more[2] - held)

    def held(self, asset):
        return self.holding(asset)[0]

    def seen(self, asset, worse):
        """The asset at the index that counts."""
        kind = self.assets[asset]
        if self.careful and kind["price_flags"] & DIVERGED:
            return dict(kind, index=worse(kind["index"], kind["raw"]))
        return kind

    def mark(self, market, worse):
        if self.careful and market["raw"] and self.assets[market["base"]]["price_flags"] & DIVERGED:
            return worse(market["mark"], market["raw"])
        return market["mark"]

    def value(self, asset, quantity):
        kind = self.seen(asset, min)
        if quantity <= 0 or not kind["flags"] & (COLLATERAL | SETTLEMENT):
            return 0
        if self.assets[asset]["index"] == 0 and not kind["flags"] & SETTLEMENT:
            self.priced = False
            return 0
        if self.careful and kind["price_flags"] & FROZEN:
            return 0
        return collateral(kind, self.decimals, quantity)

    def owing(self, asset, quantity):
        if quantity <= 0:
            return 0
        if self.assets[asset]["index"] == 0:
            self.priced = self.marked = False
            return 0
        return liability(self.seen(asset, max), self.decimals, quantity)

    def worth(self, asset, quantity):
        return self.value(asset, quantity) - self.owing(asset, -quantity)

    def change(self, market, side, sums):
        """Collateral value lost (below 0: gained) when a side fills, nothing better than the mark."""
        if sums["orders"] == 0:
            return 0
        base, quote = self.held(market["base"]), self.held(market["quote"])
        moved = sums["lots"] * market["lot_units"]
        money = Fraction(sums["notional"])
        if market["mark"]:
            at_mark = sums["lots"] * self.mark(market, max if side == BUY else min) * market["tick_lot"]
            if side == BUY:
                money = max(money, Fraction(at_mark + sums["adverse"], 256))
            else:
                money = min(money, Fraction(at_mark - sums["adverse"], 256))
        base_worth, quote_worth = self.worth(market["base"], base), self.worth(market["quote"], quote)
        if side == BUY:
            charged = lock(market, BUY, sums) - sums["notional"]
            most = quote_worth - self.worth(market["quote"], quote - lock(market, BUY, sums))
            gained = self.worth(market["base"], base + moved) - base_worth
            if most == 0:
                return min(0, -gained)
            lost = quote_worth - self.worth(market["quote"], quote - ceil(money) - charged)
        else:
            charged = ceil(Fraction(fees(market, sums, 256), 256))
            most = base_worth - self.worth(market["base"], base - moved)
            gained = self.worth(market["quote"], quote + floor(money) - charged) - quote_worth
            if most == 0:
                return min(0, -gained)
            lost = most
        return min(most, lost - gained)

    def loss(self, market, sides):
        return sum(max(0, self.change(market, side, sides[side])) for side in (BUY, SELL))

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
        self.priced, self.marked, self.exposed, self.stopped, self.frozen = True, True, False, False, False
        total = dict(collateral=0, profit=0, borrowed=0, initial=0, maintenance=0, notional=0)
        for asset in sorted(set(self.balances) | set(self.moved)):
            self.add_asset(total, asset)
        for number, position in self.positions.items():
            market = self.markets[number]
            if market["kind"] == SPOT:
                total["initial"] += self.loss(market, position["sides"])
            else:
                self.add_perpetual(total, market, position)
        self.finish(total)
        return total

    def add_asset(self, total, asset):
        kind, (held, owed, missing) = self.assets[asset], self.holding(asset)
        self.exposed |= owed > 0 or missing > 0
        if kind["price_flags"] & FROZEN and (held > 0 or owed > 0 or missing > 0):
            self.frozen = True
        total["collateral"] += self.value(asset, held)
        total["borrowed"] += self.owing(asset, owed)
        if asset == 1 or not (owed or missing):
            return
        self.stopped |= bool(kind["price_flags"] & FROZEN)
        total["notional"] += self.owing(asset, owed)
        total["maintenance"] += margin(kind["mmf"], self.decimals, 0, self.owing(asset, owed))
        total["initial"] += margin(kind["imf"], self.decimals, self.leverage, self.owing(asset, owed + missing))

    def add_perpetual(self, total, market, position):
        quantity, sides = position["quantity"], position["sides"]
        pending = ceil(Fraction(quantity * (market["funding"] - position["funding"]), 10**9))
        total["profit"] -= position["entry"] + pending
        self.exposed |= position["entry"] + pending > 0
        if quantity == 0 and sides[0]["orders"] == sides[1]["orders"] == 0:
            return
        self.exposed = True
        if market["mark"] == 0:
            self.priced = self.marked = False
            return
        if quantity and market["flags"] & MARKET_FROZEN:
            self.frozen = self.stopped = True
        notional = quantity * self.mark(market, max if quantity < 0 else min) * market["tick_lot"]
        total["profit"] += notional
        total["notional"] += abs(notional)
        total["maintenance"] += margin(market["mmf"], self.decimals, 0, abs(notional))
        total["initial"] += max(
            margin(market["imf"], self.decimals, self.leverage,
                   self.filled(quantity, side, sides[side]) * self.mark(market, max) * market["tick_lot"])
            + sides[side]["adverse"] + fees(market, sides[side], 1)
            for side in (BUY, SELL))

    def finish(self, total):
        credit = 0 if self.certain else self.owner["credit"] * 256
        if self.certain:
            total["profit"] = min(0, total["profit"])
        held, owed, missing = (units * 256 for units in self.holding(1))
        total["claims"], total["debts"] = self.owner["claim"] * 256, self.owner["debt"] * 256
        total["collateral"] += credit
        net = held + credit - owed - total["debts"] + total["profit"]
        shortage = max(0, -(net + total["claims"]))
        total["notional"] += shortage
        short = max(0, -net, owed if self.gross else 0)
        total["initial"] += margin(self.assets[1]["imf"], self.decimals, self.leverage, short + missing)
        total["maintenance"] += margin(self.assets[1]["mmf"], self.decimals, 0, shortage)
        total["equity"] = (total["collateral"] + total["profit"] + total["claims"] - total["borrowed"]
                           - total["debts"])
        total["available"] = total["equity"] - total["claims"] - total["initial"]

    def changed(self, change):
        other = self.copy(positions=dict(self.positions), moved={})
        market = self.markets[change["market"]]
        before = other.positions.get(change["market"], empty_position())
        position = dict(before, sides=[dict(side) for side in before["sides"]])
        side = position["sides"][change["side"]]
        for name in ("lots", "notional", "adverse", "orders"):
            side[name] += change[name]
        if change["reduce"]:
            side["reduce"] += change["lots"]
        other.positions[change["market"]] = position
        if market["kind"] == SPOT and side["lots"] * market["lot_units"] <= 4 * LIMIT_BALANCE:
            asset = market["quote"] if change["side"] == BUY else market["base"]
            more = lock(market, change["side"], side) - lock(market, change["side"], before["sides"][change["side"]])
            other.moved = {asset: (0, 0, more)}
        return other

    def funds(self, asset, more):
        """Why a spot order can't lock so many units more."""
        balance = self.balance(asset)
        beyond = more - max(0, balance["amount"] - balance["locked"])
        if more <= 0 or beyond <= 0:
            return NONE
        redeem, borrow = self.owner["flags"] & AUTO_REDEEM, self.owner["flags"] & AUTO_BORROW
        if (redeem or borrow) and beyond <= self.pools[asset]["reach"]:
            return NONE
        if borrow and self.assets[asset]["flags"] & CAN_BORROW or redeem and self.lent(asset) >= beyond:
            return BORROWABLE
        return FUNDS

    def check(self, change):
        market = self.markets[change["market"]]
        before = self.positions.get(change["market"], empty_position())
        self = self.copy(careful=True)
        other = self.changed(change)
        after = other.positions[change["market"]]
        side_after = after["sides"][change["side"]]
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
            (asset, (_, _, more)), = other.moved.items()
            reason = self.funds(asset, more)
            side = change["side"]
            borrows = other.gross = more > 0 and other.holding(asset)[2] > 0
            rises = borrows or (self.change(market, side, after["sides"][side])
                                > self.change(market, side, before["sides"][side]))
        else:
            borrows = False
            if market["mark"] == 0:
                return NO_PRICE
            rises = self.reach(after) > self.reach(before)
            reason = self.limits(market, change, before, after) if rises else NONE
        if reason:
            return reason
        view = other.view()
        other.exposed |= self.owner["debt"] > 0
        if not other.exposed:
            return NONE
        if not other.marked:
            return NO_PRICE
        if view["available"] >= 0 and not (borrows and view["equity"] <= view["claims"]):
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

    def withdraw(self, asset, amount, fresh):
        balance, pool = self.balance(asset), self.pools[asset]
        unlocked = balance["amount"] - balance["locked"]
        if asset not in self.balances or amount > unlocked + self.lent(asset):
            return BALANCE
        if amount > max(0, unlocked) and amount - max(0, unlocked) > pool["cash"]:
            return BORROWABLE
        other = self.copy(careful=True, certain=True, gross=True, moved={asset: (-amount, 0, 0)})
        available = other.view()["available"]
        other.exposed |= self.owner["debt"] > 0
        if other.stopped:
            return NO_PRICE
        if not other.exposed:
            return NONE if fresh == 0 or available >= fresh * 256 else FRESH
        if other.marked and available >= fresh * 256:
            return NONE
        if not other.priced:
            return NO_PRICE
        return FRESH if available >= 0 else MARGIN

    def borrow(self, asset, units):
        if self.assets[asset]["price_flags"] & FROZEN:
            return NO_PRICE
        other = self.copy(careful=True, gross=True, moved={asset: (units, units, 0)})
        view = other.view()
        if other.marked and view["available"] >= 0 and view["equity"] > view["claims"]:
            return NONE
        return MARGIN if other.priced else NO_PRICE

    def limit(self):
        """What settlement may borrow."""
        other = self.copy(careful=True, certain=True)
        other.priced = other.marked = True
        limit = -self.owner["debt"] * 256
        for asset in self.balances:
            held, owed, _ = other.holding(asset)
            limit += other.value(asset, held) - other.owing(asset, owed)
        return max(0, min(2**63 - 1, floor(Fraction(limit, 256)))) if other.marked else 0


def empty_side():
    return dict(lots=0, notional=0, adverse=0, reduce=0, orders=0)


def empty_position():
    return dict(quantity=0, entry=0, open=0, funding=0, sides=[empty_side(), empty_side()])


def make_asset(pick, settlement):
    if settlement:
        return dict(decimals=6, haircut=0, flags=SETTLEMENT | COLLATERAL | CAN_BORROW, weight=MILLION, base=0,
                    penalty=0, index=10**12, raw=10**12, price_flags=0,
                    imf=pick.choice([(0, 0, 0), (1, 5, 0), (1, 10, 500000)]),
                    mmf=pick.choice([(0, 0, 0), (1, 20, 0), (1, 30, 300000)]))
    index = 0 if pick.randrange(10) == 0 else pick.choice([10**12, 150 * 10**12, pick.randrange(1, 10**17)])
    flags = pick.choice([0, 0, 0, FROZEN, DIVERGED, DIVERGED, FROZEN | DIVERGED])
    return dict(decimals=pick.choice([0, 6, 8, 9, 18]), haircut=pick.randrange(2),
                flags=pick.choice([COLLATERAL, COLLATERAL, COLLATERAL | CAN_BORROW, COLLATERAL | CAN_BORROW, 0]),
                weight=pick.choice([0, 900000, MILLION, pick.randrange(MILLION + 1)]),
                base=pick.choice([MILLION, pick.randrange(2 * MILLION)]),
                penalty=pick.choice([0, 150000, pick.randrange(10**9)]),
                imf=pick.choice([(0, 0, 0), (1, 10, 0), (1, 20, 400000)]),
                mmf=pick.choice([(1, 20, 0), (1, 40, 200000)]), index=index,
                raw=int(index * pick.choice([0.9, 0.99, 1, 1.01, 1.2])) if index else 0, price_flags=flags)


def make_pool(pick, scale):
    lent_shares, borrowed_shares = (pick.randrange(1, 2 * scale) for _ in range(2))
    lent = lent_shares + pick.choice([0, pick.randrange(lent_shares + 1)])
    return dict(lent=lent, lent_shares=lent_shares, borrowed_shares=borrowed_shares,
                borrowed=borrowed_shares + pick.choice([0, pick.randrange(borrowed_shares + 1)]),
                reach=pick.choice([0, pick.randrange(scale), scale]),
                cash=pick.choice([0, pick.randrange(scale), scale]))


def make_market(pick, kind):
    base = pick.choice([2, 3])
    return dict(kind=kind, base=base, quote=1 if kind == PERPETUAL or pick.randrange(4) else 5 - base,
                lot_units=pick.choice([1, 1000, 10**6]), tick_lot=pick.choice([1, 10, 1000]),
                taker=pick.choice([0, 500, 1000, -10]),
                imf=pick.choice([(1, 75, 24940), (1, 20, 100000), (1, 10, 0), (1, 1, 0)]),
                mmf=pick.choice([(1, 150, 14960), (1, 40, 60000), (1, 20, 0)]),
                mark=0 if pick.randrange(30) == 0 else pick.randrange(256, 2**20 * 256),
                flags=pick.choice([0, 0, 0, 0, MARKET_FROZEN]),
                funding=pick.choice([0, pick.randrange(-10**17, 10**17)]),
                position_max=pick.choice([0, 0, pick.randrange(1, 100000)]),
                interest_max=pick.choice([0, 0, pick.randrange(1, 4000000)]), interest=pick.randrange(2000000))


def fit_mark(market, assets):
    """A mark that is the base asset's index, with lots and ticks in which it has many ticks."""
    base = assets[market["base"]]
    market["lot_units"] = max(1, 10**base["decimals"] // 100)
    market["tick_lot"] = max(1, base["index"] // 10**10)
    mark = Fraction(market["lot_units"] * base["index"] * 256, 10**base["decimals"] * 10**6 * market["tick_lot"])
    market["mark"] = min(2**36, ceil(mark)) if base["index"] else 0


def make_side(pick, market, scale):
    side = empty_side()
    price = max(1, int(market["mark"] / 256 * pick.uniform(0.9, 1.1))) if market["mark"] else pick.randrange(1, 1000)
    if pick.randrange(2):
        side["orders"] = pick.randrange(1, 4)
        side["lots"] = pick.randrange(1, scale)
        side["notional"] = side["lots"] * price * market["tick_lot"]
        side["adverse"] = side["lots"] * adverse(market, pick.choice([BUY, SELL]), price)
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
        position["funding"] = market["funding"] - pick.choice([0, 0, 1, pick.randrange(-10**13, 10**13)])
    return position


def make_balance(pick, amount, pools, asset):
    """Shares that are worth about as much as is held, sometimes."""
    pool = pools[asset] = make_pool(pick, max(1, amount))
    return dict(amount=amount, locked=pick.choice([0, 0, amount // 3, amount + amount // 5]),
                lent=pick.choice([0, 0, pick.randrange(pool["lent_shares"] + 1)]),
                borrowed=pick.choice([0, 0, pick.randrange(pool["borrowed_shares"] + 1) // 4]))


def make_owner(pick, size):
    """Nobody has a claim and a debt."""
    owner = dict(credit=pick.choice([0, 0, pick.randrange(size)]), claim=0, debt=0, flags=pick.choice([0, 2, 4, 6, 6]))
    owner[pick.choice(["claim", "debt"])] = pick.choice([0, 0, pick.randrange(size // 4 + 1)])
    return owner


def lock_spot(pick, market, position, balances, pools, held):
    """What resting orders lock is locked; held: and there."""
    for side, asset in ((BUY, market["quote"]), (SELL, market["base"])):
        needed = lock(market, side, position["sides"][side])
        if needed:
            if asset not in balances:
                balances[asset] = make_balance(pick, 0, pools, asset)
            balance = balances[asset]
            balance["locked"] += needed
            if held:
                balance.update(amount=max(balance["amount"], balance["locked"]), lent=0, borrowed=0)


def make_scenario(pick, plain):
    """plain: without anything of section 5 and 7."""
    assets = {1: make_asset(pick, True), 2: make_asset(pick, False), 3: make_asset(pick, False)}
    kinds = [SPOT, PERPETUAL, PERPETUAL, PERPETUAL]
    markets = {number: make_market(pick, kind) for number, kind in enumerate(kinds, 1)}
    scale = pick.choice([10, 1000, 100000, 1000000])
    for market in markets.values():
        if market["kind"] == SPOT and assets[market["base"]]["decimals"] < 18 and pick.randrange(4):
            fit_mark(market, assets)
        market["raw"] = int(market["mark"] * pick.choice([0.9, 1, 1.1]))
    used = [number for number in markets if pick.randrange(3)]
    positions = {number: make_position(pick, markets[number], scale) for number in used}
    size = sum(abs(position["quantity"]) * markets[number]["mark"] * markets[number]["tick_lot"] // 256
               for number, position in positions.items()) + 1000
    balances, pools = {}, {asset: make_pool(pick, 1000) for asset in assets}
    for asset in (1, 2, 3):
        if pick.randrange(4):
            amount = int(size * pick.choice([0, 0.02, 0.1, 0.3, 1, 3]) * pick.uniform(0.5, 1.5))
            if asset != 1:
                amount = amount * 10**assets[asset]["decimals"] // 10**6
            balances[asset] = make_balance(pick, min(amount, LIMIT_BALANCE), pools, asset)
    owner = make_owner(pick, size)
    if plain:
        owner = dict(credit=0, claim=0, debt=0, flags=0)
        for asset in assets.values():
            asset["price_flags"] = 0
        for balance in balances.values():
            balance.update(lent=0, borrowed=0, locked=min(balance["locked"], balance["amount"]))
    lock_spot(pick, markets[1], positions.get(1, empty_position()), balances, pools, plain)
    siblings = [{number: make_position(pick, markets[number], scale)} for number in markets if pick.randrange(2)]
    return Subaccount(assets, pools, markets, pick.choice([0, 0, 100, 500, 1000, 5000]), owner, balances, positions,
                      siblings)


def make_extreme(pick):
    """Everything at the ends of its range."""
    subaccount = make_scenario(pick, False)
    for asset in (2, 3):
        subaccount.assets[asset].update(decimals=pick.choice([0, 18]), price_flags=pick.choice([0, DIVERGED]),
                                        index=pick.choice([1, 2**63 - 1]), raw=pick.choice([1, 2**63 - 1]))
    for asset in (1, 2, 3):
        subaccount.pools[asset] = dict(lent=LIMIT_BALANCE, lent_shares=pick.choice([1, LIMIT_BALANCE]), reach=2**62,
                                       borrowed=LIMIT_BALANCE, borrowed_shares=pick.choice([1, LIMIT_BALANCE - 1]),
                                       cash=2**62)
        pool = subaccount.pools[asset]
        subaccount.balances[asset] = dict(
            amount=pick.choice([0, 1, LIMIT_BALANCE]), locked=pick.choice([0, 1, 2 * LIMIT_BALANCE]),
            lent=pick.choice([0, 1, pool["lent_shares"]]), borrowed=pick.choice([0, 1, pool["borrowed_shares"]]))
    subaccount.owner.update(credit=pick.choice([0, 1, LIMIT_BALANCE]), claim=0, debt=0)
    subaccount.owner[pick.choice(["claim", "debt"])] = pick.choice([0, 1, LIMIT_BALANCE])
    for number, position in subaccount.positions.items():
        market = subaccount.markets[number]
        if market["kind"] == PERPETUAL:
            market.update(tick_lot=1, mark=pick.choice([1, 2**40 - 1]), raw=pick.choice([1, 2**40 - 1]),
                          funding=pick.choice([-1, 1]) * pick.randrange(10**15))
            position.update(quantity=pick.choice([-1, 1]) * pick.choice([1, 2**21]), sides=[empty_side(), empty_side()],
                            entry=pick.choice([-1, 1]) * pick.choice([0, 1, 2**62 - 1]), open=0,
                            funding=pick.choice([market["funding"], -market["funding"]]))
    return subaccount


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


VIEW = "collateral profit borrowed claims debts equity initial maintenance notional available".split()
CHANGE = "market side reduce lots notional adverse orders".split()


def words(row, names):
    return " ".join(str(row[name]) for name in (names.split() if isinstance(names, str) else names))


def view_words(subaccount):
    view = subaccount.view()
    return f"{words(view, VIEW)} {int(subaccount.priced)} {int(subaccount.frozen)}"


def state_lines(subaccount):
    yield f"scenario {subaccount.leverage} {words(subaccount.owner, 'credit claim debt flags')}"
    for number, asset in subaccount.assets.items():
        yield ("asset " + words(asset, "decimals haircut flags weight base penalty index raw price_flags") + " "
               + " ".join(str(value) for value in asset["imf"] + asset["mmf"]) + " "
               + words(subaccount.pools[number], "lent lent_shares borrowed borrowed_shares reach cash"))
    for market in subaccount.markets.values():
        yield ("market " + words(market, "kind base quote lot_units tick_lot taker mark raw flags funding position_max "
                                 "interest_max interest") + " "
               + " ".join(str(value) for value in market["imf"] + market["mmf"]))
    for asset, balance in subaccount.balances.items():
        yield f"balance {asset} {words(balance, 'amount locked lent borrowed')}"
    for owner, positions in enumerate([subaccount.positions] + subaccount.siblings):
        for number, position in positions.items():
            yield (f"position {owner} {number} {words(position, 'quantity entry open funding')} "
                   f"{write_sides(position)}")


def withdrawal_lines(pick, subaccount):
    for _ in range(3):
        asset = pick.randrange(1, 4)
        balance, lent = subaccount.balance(asset), subaccount.lent(asset)
        unlocked = balance["amount"] - balance["locked"]
        amount = max(0, pick.choice([balance["amount"], unlocked, unlocked + lent, unlocked + lent + 1,
                                     balance["amount"] // 2, balance["amount"] // 10, 0]))
        amount = min(amount, 2**62)
        fresh = pick.choice([0, 0, pick.randrange(10**pick.randrange(1, 12))])
        yield f"withdraw {asset} {amount} {fresh} {subaccount.withdraw(asset, amount, fresh)}"


def scenario_lines(pick, subaccount, extreme=False):
    yield from state_lines(subaccount)
    yield "view " + view_words(subaccount)
    for _ in range(9):
        change = make_change(pick, subaccount)
        if extreme and subaccount.markets[change["market"]]["kind"] == PERPETUAL:
            change.update(lots=pick.choice([1, 2**20]), reduce=0, orders=1)
            change.update(notional=change["lots"], adverse=0)
        yield f"check {words(change, CHANGE)} {subaccount.check(change)}"
        if not extreme:
            yield f"after {words(change, CHANGE)} {view_words(subaccount.changed(change))}"
    yield from withdrawal_lines(pick, subaccount)
    for _ in range(3):
        asset = pick.randrange(1, 4)
        units = pick.choice([1, pick.randrange(1, 10**pick.randrange(1, 18))])
        yield f"borrow {asset} {units} {subaccount.borrow(asset, units)}"
    yield f"limit {subaccount.limit()}"


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


def liability_lines(pick):
    rows = [(decimals, index, settle, quantity) for decimals in (0, 6, 18) for index in (1, 10**12, 2**63 - 1)
            for settle in (0, 6, 11, 12, 13, 18) for quantity in (0, 1, 10**9 + 1, 2**60, 2**63 - 1)]
    rows = pick.sample(rows, 120)
    for _ in range(60):
        rows.append((pick.randrange(19), pick.randrange(1, 10**pick.randrange(2, 19)), 6,
                     pick.randrange(2**pick.randrange(1, 63))))
    for decimals, index, settle, quantity in rows:
        asset = dict(decimals=decimals, index=index, flags=0)
        yield f"liability {decimals} {index} {settle} {quantity} {liability(asset, settle, quantity)}"


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
    lines = [*collateral_lines(pick), *liability_lines(pick), *margin_lines(pick), *small_lines(pick)]
    for number in range(120):
        lines += scenario_lines(pick, make_scenario(pick, number < 40))
    for _ in range(30):
        lines += scenario_lines(pick, make_extreme(pick), True)
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
