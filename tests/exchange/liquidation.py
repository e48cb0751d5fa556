"""An account that is liquidated on a running node, in the middle of which the node is killed.

alice is long 100 SOL with an equity of 342.5 USDC, bob makes the market, carol is a backstop provider. The index comes
from quotes of two venues, as it would from a feed.
"""
import json
import os
import re
import socket
import threading
import time

from exchange import ROOT, Exchange, Failure, run

MARKET = "SOL_USDC_PERP"
QUOTE_S, DEADLINE_S = 0.4, 60
POOL_OF_SOL = ('change = "0.0025"; agree = "0.01"; };\n      pool = { rate_zero = "0.01"; rate_optimal = "0.08"; '
               'rate_full = "0.8"')
VENUES = 'venues = ( { name = "one"; weight = 1; }, { name = "two"; weight = 1; } );\n      '


def expect(condition, text):
    if not condition:
        raise Failure(text)


def configuration():
    """The default one; SOL has two venues, whose index may fall by 2 % in one update."""
    with open(os.path.join(ROOT, "deploy", "vitrine.conf"), encoding="utf-8") as file:
        text = file.read()
    expect(text.count(POOL_OF_SOL) == 1, "the default configuration has changed")
    return text.replace(POOL_OF_SOL, POOL_OF_SOL.replace("0.0025", "0.02").replace("pool", VENUES + "pool"))


class Quotes:
    """Both venues' quotes, again and again, over the operator's socket; while the node is away it waits."""

    def __init__(self, exchange, price):
        self.path, self.price, self.on = os.path.join(exchange.data, "admin.socket"), price, True
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.on = False
        self.thread.join()

    def work(self):
        while self.on:
            try:
                with socket.socket(socket.AF_UNIX) as node:
                    node.settimeout(5)
                    node.connect(self.path)
                    lines = node.makefile("rw", encoding="utf-8")
                    while self.on:
                        self.quote(lines)
            except OSError:
                time.sleep(QUOTE_S)

    def quote(self, lines):
        for venue in "one", "two":
            price = f"{self.price:.2f}"
            lines.write(json.dumps({"command": "quote", "asset": "SOL", "venue": venue, "bid": price, "ask": price,
                                    "last": price}) + "\n")
            lines.flush()
            if not lines.readline():
                raise OSError("the node has gone")
        time.sleep(QUOTE_S)


def until(what, found):
    """What `found` returns as soon as it is something."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.2)
    raise Failure(f"it never came: {what}")


def is_open_at(exchange, price):
    """Whether orders are taken, and the mark is there."""
    market = next(market for market in exchange.ask("markets")["markets"] if market["symbol"] == MARKET)
    return market["state"] == "open" and abs(float(market["mark"]) - price) < 0.05


def go_to(exchange, quotes, price):
    quotes.price = price
    until(f"an open market at {price}", lambda: is_open_at(exchange, price))


def position(exchange, name):
    told = exchange.ask("subaccount", "show", f"subaccount={name}/main")
    return next((float(one["quantity"]) for one in told["positions"] if one["market"] == MARKET), 0.0)


def episodes(exchange):
    return exchange.ask("liquidations")["liquidations"]


def metric_sum(exchange, name):
    """Over all markets."""
    text = exchange.admin("metrics").stdout.replace("\\n", "\n")
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", text, re.M))


def forced(messages):
    """Events of Forced messages in their order."""
    return [message["what"] for message in messages if message.get("kind") == "forced"]


class Story:
    """One exchange from the first trade to the end of the liquidation."""

    def __init__(self, exchange, keep=None):
        self.exchange, self.keep, self.samples = exchange, keep, {}

    def sample(self, command, *words):
        """An answer, kept for whoever writes the documentation."""
        told = self.exchange.ask(*command.split(), *words)
        self.samples.setdefault(command, told)
        if self.keep:
            with open(self.keep, "a", encoding="utf-8") as file:
                file.write(json.dumps({command: told}) + "\n")
        return told

    def begin(self, quotes):
        exchange = self.exchange
        for name, usdc in (("alice", 350), ("bob", 100000), ("carol", 50000)):
            exchange.add_user(name, usdc)
        exchange.ask("deposit", "subaccount=3", "asset=USDC", "amount=1000", "id=fund")
        exchange.ask("backstop", "set", "subaccount=carol/main", f"market={MARKET}", "capacity=20000")
        go_to(exchange, quotes, 150)
        exchange.client("bob", f"sell {MARKET} 100 @ 150\nexpect accepted last\n")
        exchange.client("alice", f"buy {MARKET} 100 @ 150\nexpect filled last\nbuy {MARKET} 1 @ 140\n"
                                 "expect accepted last\n")
        expect(position(exchange, "alice") == 100, "alice did not buy")

    def on_the_book(self, quotes):
        """30 are sold to bob; then nobody buys: the episode stays."""
        exchange = self.exchange
        exchange.client("bob", f"buy {MARKET} 30 @ 147.8\nexpect accepted last\n")
        go_to(exchange, quotes, 147.9)
        until("a sale on the book", lambda: position(exchange, "alice") <= 70)
        (episode,) = self.sample("liquidations")["liquidations"]
        expect(episode["account"] == "alice" and float(episode["book"]) > 4000 and float(episode["fees"]) > 0,
               f"{episode}")
        refused = exchange.client("alice", f"buy {MARKET} 1 @ 140\nexpect rejected last reason Liquidation\n")
        cancelled = [message for message in refused if message.get("kind") == "cancelled"]
        expect([message["reason"] for message in cancelled] == ["Liquidation"], f"alice's order: {cancelled}")
        expect(forced(refused)[:3] == ["margin-call", "liquidation-begun", "liquidation-fill"], f"{forced(refused)}")

    def killed(self, quotes):
        """The same episode goes on after kill -9, with the next slice."""
        exchange = self.exchange
        (before,) = episodes(exchange)
        exchange.kill()
        exchange.start()
        (after,) = episodes(exchange)
        expect(all(before[key] == after[key] for key in ("number", "begun", "book", "fees", "at_beginning")),
               f"{before} and {after}")
        go_to(exchange, quotes, quotes.price)
        left = position(exchange, "alice")
        # What bob has missed comes first: his next order's number goes by it.
        bought = exchange.client("bob", f"sleep 1\nbuy {MARKET} 40 @ 147.8\nsleep 0.2\n")
        expect(bought[-1].get("kind") in ("accepted", "executed"), f"bob's order: {bought[-1]}")
        until("a slice after the restart", lambda: 0 < position(exchange, "alice") < left)
        (after,) = episodes(exchange)
        expect(after["number"] == before["number"] and float(after["book"]) > float(before["book"]), f"{after}")

    def taken_over(self, quotes):
        """Further down carol takes the rest over, and it is over."""
        exchange = self.exchange
        exchange.client("bob", "cancel all\nsleep 0.2\n")
        left = position(exchange, "alice")
        self.sample("backstops", f"market={MARKET}")
        go_to(exchange, quotes, 146.3)
        until("a provider", lambda: position(exchange, "carol") > 0)
        until("the end", lambda: not episodes(exchange))
        expect(position(exchange, "alice") == 0 and position(exchange, "carol") == left,
               f"{left}: {position(exchange, 'alice')} and {position(exchange, 'carol')}")
        (commitment,) = self.sample("backstops", f"market={MARKET}")["backstops"]
        expect(abs(float(commitment["capacity"]) + float(commitment["taken"]) - 20000) < 0.01 and
               float(commitment["taken"]) > 0, f"{commitment}")

    def told(self):
        """Everybody hears of it; the tally adds up."""
        exchange = self.exchange
        alice = exchange.client("alice", "sleep 0.3\n", "--from", "1")
        expect(forced(alice)[-2:] == ["backstop-given", "liquidation-ended"], f"alice heard {forced(alice)}")
        carol = exchange.client("carol", "sleep 0.3\n", "--from", "1")
        taken = [message for message in carol if message.get("kind") == "forced"]
        expect([message["what"] for message in taken] == ["backstop-taken"], f"carol heard {taken}")
        tally = self.sample("tally")
        self.sample("fund")
        venue = tally["venue"]
        parts = {key: float(venue[key]) for key in ("book", "backstop", "deleveraged")}
        expect(parts["book"] > 0 and parts["backstop"] > 0 and parts["deleveraged"] == 0, f"{venue}")
        expect(float(tally["socialised"]["sum"]) == 0, f"{tally['socialised']}")
        for way in "book", "backstop", "deleveraged":
            counted = metric_sum(exchange, f"vitrine_liquidated_{way}_total")
            expect(abs(counted - parts[way]) < 0.01, f"{way}: {counted}, {parts}")
        expect(exchange.metric("vitrine_liquidations_under_way") == 0, "an episode is left")
        expect(exchange.metric("vitrine_socialised") == 0, "something was socialised")


def audits(data):
    done = run("audit", "--engine", "model", "--from-start", data)
    expect(done.returncode == 0, f"audit: {done.stdout}{done.stderr}")
    done = run("audit", "--neutral", "--from-start", data)
    expect(done.returncode == 0, f"audit --neutral: {done.stdout}{done.stderr}")
    expect(re.search(r"liquidat", done.stdout), done.stdout)


def liquidated(options):
    """On the book, killed, goes on, to a provider; journal and neutrality are clean."""
    with Exchange(options.engine) as exchange:
        path = os.path.join(exchange.folder, "vitrine.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(configuration())
        exchange.options = ["--config", path]
        exchange.start()
        with Quotes(exchange, 150) as quotes:
            story = Story(exchange, os.environ.get("VITRINE_SAMPLES"))
            story.begin(quotes)
            story.on_the_book(quotes)
            story.killed(quotes)
            story.taken_over(quotes)
            story.told()
        exchange.stop()
        audits(exchange.data)
