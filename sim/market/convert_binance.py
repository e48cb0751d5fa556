#!/usr/bin/env python3
"""Turns captured Binance depth and trade streams into order flow in our own text format (docs/replay-format.md).

A level that grows becomes a new order of the difference; one that shrinks loses its newest orders; trades become IOC
orders of the taker. The converter keeps the book that these orders make, so that cancels name orders that are there.
Input: gzip, one websocket message a line behind a time stamp, as in nkaz001/hftbacktest's example data.

    sim/market/convert_binance.py --seconds 60 --out sim/market/data/btc_eth_20240808.flow.gz \\
        BTC:0.1:0.001:.../hftbt_usdm_btcusdt_20240808.gz ETH:0.01:0.001:.../hftbt_usdm_ethusdt_20240808.gz
"""
import argparse
import bisect
import gzip
import json
import sys
from decimal import Decimal

# The BTC perpetual's, public: exchange-rules.md, section 3.
BANDS = "limit 0.25 2 impact 0.99 1.01 mean 0.96 1.04 premium 0.05"
MEAN_SAMPLES, FAST_SAMPLES = 300, 10


class Side:
    """One side of a book: queues of [id, lots] by price in ticks."""

    def __init__(self, sign):
        self.sign = sign  # 1: bids, -1: asks; keys are sorted so that the best is the last
        self.keys, self.queues = [], {}

    def best(self):
        return self.keys[-1] * self.sign if self.keys else None

    def reaches(self, price, limit):
        return price * self.sign >= limit * self.sign

    def aggregate(self, price):
        return sum(lots for _, lots in self.queues.get(price, ()))

    def add(self, price, number, lots):
        if price not in self.queues:
            bisect.insort(self.keys, price * self.sign)
            self.queues[price] = []
        self.queues[price].append([number, lots])

    def drop_empty(self, price):
        if not self.queues[price]:
            del self.queues[price]
            del self.keys[bisect.bisect_left(self.keys, price * self.sign)]


class Market:
    def __init__(self, flow, name, tick, lot):
        self.flow, self.name = flow, name
        self.tick, self.lot = Decimal(tick), Decimal(lot)
        self.sides = {"buy": Side(1), "sell": Side(-1)}
        self.low = self.high = None
        self.marks = []
        self.trade = None  # side, worst price, lots, time: not yet written

    def ticks(self, text):
        return int(Decimal(text) / self.tick)

    def text(self, ticks):
        return f"{(ticks * self.tick).normalize():f}"

    def amount(self, lots):
        return f"{(lots * self.lot).normalize():f}"

    def open(self, snapshot, reach):
        middle = (self.ticks(snapshot["bids"][0][0]) + self.ticks(snapshot["asks"][0][0])) // 2
        self.low, self.high = int(middle * (1 - reach)), int(middle * (1 + reach))
        self.flow.write(f"market {self.name} tick {self.tick} lot {self.lot} {BANDS}")
        self.flow.market = self.name
        self.mark(middle)
        self.diff(snapshot["bids"], snapshot["asks"])

    def mark(self, price=None):
        best = self.sides["buy"].best(), self.sides["sell"].best()
        if price is None:
            if None in best:
                return
            price = sum(best) // 2
        self.marks.append(price)
        slow, fast = self.marks[-MEAN_SAMPLES:], self.marks[-FAST_SAMPLES:]
        mark, slow, fast = (self.text(v) for v in (price, sum(slow) // len(slow), sum(fast) // len(fast)))
        self.flow.speak(self.name)
        self.flow.write(f"mark {mark} index {mark} mean {slow} fast {fast}")

    def shrink(self, side, price, lots):
        """Takes lots from a level, newest orders first."""
        queue = self.sides[side].queues[price]
        while lots:
            number, there = queue[-1]
            if there <= lots:
                queue.pop()
                self.flow.write(f"cancel {number}")
                lots -= there
            else:
                queue[-1][1] -= lots
                self.flow.write(f"reduce {number} {self.amount(lots)}")
                lots = 0
        self.sides[side].drop_empty(price)

    def grow(self, side, price, lots):
        other = self.sides["sell" if side == "buy" else "buy"]
        while other.best() is not None and other.reaches(other.best(), price):  # an older picture of the other side
            self.shrink("sell" if side == "buy" else "buy", other.best(), other.aggregate(other.best()))
        number = self.flow.number()
        self.sides[side].add(price, number, lots)
        self.flow.write(f"new {number} {side} {self.amount(lots)}@{self.text(price)}")

    def diff(self, bids, asks):
        """Sets levels to what the stream says; first what shrinks, then what grows."""
        grows = []
        self.flow.speak(self.name)
        for side, levels in (("buy", bids), ("sell", asks)):
            for price, lots in levels:
                price, lots = self.ticks(price), int(Decimal(lots) / self.lot)
                if not self.low <= price <= self.high:
                    continue
                there = self.sides[side].aggregate(price)
                if lots < there:
                    self.shrink(side, price, there - lots)
                elif lots > there:
                    grows.append((side, price, lots))
        for side, price, lots in grows:
            there = self.sides[side].aggregate(price)
            if lots > there:
                self.grow(side, price, lots - there)

    def take(self, data):
        """Trades of one instant and side are one taker."""
        side = "sell" if data["m"] else "buy"
        price, lots, when = self.ticks(data["p"]), int(Decimal(data["q"]) / self.lot), data["T"]
        if lots == 0 or data.get("X", "MARKET") != "MARKET":
            return
        if self.trade and self.trade[0] == side and self.trade[3] == when:
            worst = max(price, self.trade[1]) if side == "buy" else min(price, self.trade[1])
            self.trade = side, worst, self.trade[2] + lots, when
        else:
            self.flush()
            self.trade = side, price, lots, when

    def flush(self):
        """Writes the taker that was gathered and takes from the book what it takes."""
        if self.trade is None:
            return
        side, limit, lots, _ = self.trade
        self.trade = None
        self.flow.speak(self.name)
        self.flow.write(f"new {side} {self.amount(lots)}@{self.text(limit)} ioc")
        other = self.sides["sell" if side == "buy" else "buy"]
        while lots and other.best() is not None and other.reaches(other.best(), limit):
            price = other.best()
            maker = other.queues[price][0]
            filled = min(lots, maker[1])
            maker[1] -= filled
            lots -= filled
            if maker[1] == 0:
                other.queues[price].pop(0)
            other.drop_empty(price)


class Flow:
    def __init__(self, out):
        self.out, self.last, self.market, self.time = out, 0, None, None

    def number(self):
        self.last += 1
        return self.last

    def write(self, line):
        self.out.write((line + "\n").encode())

    def speak(self, name):
        if self.market != name:
            self.market = name
            self.write(f"market {name}")

    def at(self, nanoseconds):
        text = f"{nanoseconds / 1e9:.3f}"
        if text != self.time:
            self.time = text
            self.write(f"at {text}")


def messages(path, market):
    with gzip.open(path, "rt") as lines:
        for line in lines:
            stamp, text = line.split(" ", 1)
            yield int(stamp), market, json.loads(text)


def merge(streams):
    heads = [(next(s), s) for s in streams]
    while heads:
        heads.sort(key=lambda h: h[0][0])
        message, stream = heads[0]
        yield message
        following = next(stream, None)
        heads[0:1] = [(following, stream)] if following else []


def convert(markets, streams, flow, seconds, reach):
    waiting = {m.name for m in markets}
    start, next_mark = None, 0
    for stamp, market, message in merge(streams):
        if "bids" in message:
            waiting.discard(market.name)
            market.open(message, reach)
            market.seen = message["lastUpdateId"]
        elif market.name not in waiting:
            data = message["data"]
            if not waiting and start is None:
                start, next_mark = stamp, stamp + 10**9
            if start is not None:
                if stamp >= start + seconds * 10**9:
                    break
                flow.at(stamp - start)
                if stamp >= next_mark:
                    next_mark += 10**9
                    for each in markets:
                        each.flush()
                        each.mark()
            if data["e"] == "trade":
                market.take(data)
            elif data["e"] == "depthUpdate" and data["u"] > market.seen:
                market.flush()
                market.diff(data["b"], data["a"])
    for market in markets:
        market.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--reach", type=Decimal, default=Decimal("0.005"), help="levels kept: this part of the price")
    parser.add_argument("--out", required=True)
    parser.add_argument("stream", nargs="+", help="NAME:TICK:LOT:FILE.gz")
    options = parser.parse_args()
    with open(options.out, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        flow = Flow(out)
        flow.write("# Derived from nkaz001/hftbacktest's captured Binance USD-M streams (MIT); "
                   "see README.md beside this file.")
        markets, streams = [], []
        for text in options.stream:
            name, tick, lot, path = text.split(":", 3)
            markets.append(Market(flow, name, tick, lot))
            streams.append(messages(path, markets[-1]))
        convert(markets, streams, flow, options.seconds, options.reach)
    return 0


if __name__ == "__main__":
    sys.exit(main())
