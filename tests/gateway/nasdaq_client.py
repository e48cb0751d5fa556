#!/usr/bin/env python3
"""The client of nasdaq-protocols (PyPI), unmodified, against the exchange: it logs in, enters, is filled, replaces,
cancels, is refused, reconnects and gets its missed messages. Its messages are docs/protocol/vitrine_ouch.xml.

usage: nasdaq_client.py --port PORT --maker USER:PASSWORD --taker USER:PASSWORD [--symbol SYMBOL] [--price TICKS]
       nasdaq_client.py --self-test

PASSWORD may be `!COMMAND`: its output is the password, one run for each log-in. The two users belong to different
accounts, with money enough for 10 lots at the price. --self-test runs the same against a server of a few lines here.
Ends with the line `N passed, N failed`. Without nasdaq-protocols: a line `skip: ...`.
"""
import argparse
import asyncio
import os
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
XML = os.path.join(HERE, "..", "..", "docs", "protocol", "vitrine_ouch.xml")
WAIT_S = 10
UNKNOWN_ORDER, BAD_COMMAND = 34, 23
TAG_MARKET_SYMBOL, TAG_REASON, TAG_STATUS, TAG_OPEN = 139, 144, 145, 147
FILLED, CANCELLED = 3, 4


def load_messages(directory):
    """The module that nasdaq-ouch-codegen makes of our XML."""
    from nasdaq_protocols.ouch.codegen import generate
    generate.main(["--spec-file", XML, "--app-name", "vitrine", "--op-dir", directory], standalone_mode=False)
    sys.path.insert(0, directory)
    return __import__("ouch_vitrine")


def tags_of(message):
    """{tag: value} of an appendage."""
    data = bytes(item.value for item in message.appendage)
    found, at = {}, 0
    while at < len(data):
        found[data[at + 1]] = data[at + 2:at + 1 + data[at]]
        at += 1 + data[at]
    return found


def number(value):
    return int.from_bytes(value, "big")


class User:
    """One user's session, and the messages that it has seen."""

    def __init__(self, messages, options, login):
        self.messages, self.options = messages, options
        self.name, self.password = login.split(":", 1)
        self.session, self.seen, self.start = None, [], 1

    async def connect(self, sequence=1):
        password = self.password
        if password.startswith("!"):
            password = subprocess.run(password[1:], shell=True, check=True, capture_output=True,
                                      text=True).stdout.strip()
        self.session = await self.messages.connect_async((self.options.host, self.options.port), self.name, password,
                                                         "", sequence)

    async def receive(self, kind):
        message = await asyncio.wait_for(self.session.receive_message(), WAIT_S)
        self.seen.append(message)
        if type(message).__name__ != kind:
            raise AssertionError(f"{kind} expected, not {message}")
        return message

    def send(self, kind, appendage=b"", **fields):
        message = getattr(self.messages, kind)()
        for name, value in fields.items():
            setattr(message, name, value)
        items = []
        for byte in appendage:
            item = self.messages.AppendageByte()
            item.value = byte
            items.append(item)
        message.appendage = items
        self.session.send_message(message)

    def enter(self, reference, side, quantity, appendage=b""):
        symbol = self.options.symbol
        if len(symbol) > 8:
            appendage = bytes([len(symbol) + 1, TAG_MARKET_SYMBOL]) + symbol.encode() + appendage
        self.send("EnterOrder", appendage, user_ref_num=reference, side=side, quantity=quantity,
                  symbol=symbol if len(symbol) <= 8 else "", price=self.options.price, cl_ord_id=f"order {reference}")


async def trade(maker, taker, first):
    """Two resting lots of three are taken, the third is cancelled."""
    maker.enter(first, "S", 3)
    accepted = await maker.receive("OrderAccepted")
    assert (accepted.user_ref_num, accepted.quantity, accepted.price) == (first, 3, maker.options.price), accepted
    assert accepted.order_state == "L" and accepted.cl_ord_id == f"order {first}", accepted
    taker.enter(first, "B", 2)
    await taker.receive("OrderAccepted")
    bought, sold = await taker.receive("OrderExecuted"), await maker.receive("OrderExecuted")
    assert bought.match_number == sold.match_number and bought.quantity == sold.quantity == 2, (bought, sold)
    assert (bought.liquidity_flag, sold.liquidity_flag) == ("R", "A"), (bought, sold)
    assert number(tags_of(bought)[TAG_STATUS]) == FILLED and number(tags_of(sold)[TAG_OPEN]) == 1, (bought, sold)
    maker.send("CancelOrder", user_ref_num=first, quantity=0)
    gone = await maker.receive("OrderCanceled")
    assert (gone.quantity, gone.reason, number(tags_of(gone)[TAG_STATUS])) == (1, "U", CANCELLED), gone


async def replace(maker, first):
    maker.enter(first, "S", 5)
    await maker.receive("OrderAccepted")
    maker.send("ReplaceOrder", orig_user_ref_num=first, user_ref_num=first + 1, quantity=4, price=maker.options.price,
               time_in_force="0", cl_ord_id="again")
    replaced = await maker.receive("OrderReplaced")
    assert (replaced.orig_user_ref_num, replaced.user_ref_num, replaced.quantity) == (first, first + 1, 4), replaced
    maker.send("CancelOrder", user_ref_num=first + 1, quantity=0)
    assert (await maker.receive("OrderCanceled")).quantity == 4


async def refusals(maker, first):
    maker.send("CancelOrder", user_ref_num=first, quantity=0)
    assert number(tags_of(await maker.receive("CancelReject"))[TAG_REASON]) == UNKNOWN_ORDER
    maker.enter(first + 1, "S", 1, b"\x02\x84X")  # reduce-only is Y or N
    rejected = await maker.receive("Rejected")
    assert (rejected.user_ref_num, rejected.reason) == (first + 1, BAD_COMMAND), rejected


async def missed_messages(maker, taker, first):
    """What happened while away comes after the log-in; then the whole day again from 1."""
    maker.enter(first, "S", 2)
    await maker.receive("OrderAccepted")
    before = len(maker.seen)
    await maker.session.close()
    taker.enter(first, "B", 2)
    await taker.receive("OrderAccepted")
    await taker.receive("OrderExecuted")
    await maker.connect(maker.start + before)
    missed = await maker.receive("OrderExecuted")
    assert missed.user_ref_num == first and missed.quantity == 2, missed
    await maker.session.close()
    await maker.connect(maker.start)
    for message in list(maker.seen):
        again = await asyncio.wait_for(maker.session.receive_message(), WAIT_S)
        assert again.to_bytes() == message.to_bytes(), (again, message)


async def run_all(messages, options):
    """(name, error or None) of every part. Orders must survive the disconnect: users without cancel on disconnect."""
    maker, taker = User(messages, options, options.maker), User(messages, options, options.taker)
    results = []
    parts = (("trade", lambda at: trade(maker, taker, at)), ("replace", lambda at: replace(maker, at)),
             ("refusals", lambda at: refusals(maker, at)),
             ("missed messages", lambda at: missed_messages(maker, taker, at)))
    for user in (maker, taker):
        await user.connect(0)
        user.start = user.session.soup_session.sequence + 1
    for index, (name, part) in enumerate(parts):
        try:
            await part(options.first + 10 * index)
            results.append((name, None))
        except (AssertionError, asyncio.TimeoutError, ConnectionError, OSError, KeyError) as error:
            results.append((name, f"{type(error).__name__} {error}"))
    for user in (maker, taker):
        await user.session.close()
    return results


class SelfTestServer:
    """Just enough of the exchange for the parts above: one market, one resting order, messages kept for each user."""

    def __init__(self, price):
        self.price, self.sent, self.writers, self.resting = price, {}, {}, None

    def push(self, user, data):
        self.sent.setdefault(user, []).append(data)
        if user in self.writers:
            self.writers[user].write(struct.pack(">Hc", len(data) + 1, b"S") + data)

    @staticmethod
    def appendage(*tags):
        data = b"".join(bytes([len(value) + 1, tag]) + value for tag, value in tags)
        return struct.pack(">H", len(data)) + data

    def progress(self, status, still_open):
        return self.appendage((TAG_STATUS, bytes([status])), (TAG_OPEN, struct.pack(">Q", still_open)))

    def head(self, kind, reference):
        return kind + bytes(8) + struct.pack(">I", reference)

    def enter(self, user, data):
        reference, side, quantity, symbol = struct.unpack(">IcI8s", data[1:18])
        if data[45:47] != b"\0\0":
            self.push(user, self.head(b"J", reference) + struct.pack(">H", BAD_COMMAND) + data[31:45] + b"\0\0")
            return
        self.push(user, self.head(b"A", reference) + side + struct.pack(">I", quantity) + symbol + data[18:28]
                  + bytes(8) + b"PNNL" + data[31:45] + self.progress(1, quantity))
        if not self.resting:
            self.resting = [user, reference, quantity]
            return
        maker, other, still_open = self.resting
        fill = struct.pack(">I", quantity) + data[18:26]
        self.push(user, self.head(b"E", reference) + fill + b"R" + bytes(8) + self.progress(FILLED, 0))
        self.push(maker, self.head(b"E", other) + fill + b"A" + bytes(8) + self.progress(FILLED, still_open - quantity))
        self.resting = [maker, other, still_open - quantity] if still_open > quantity else None

    def take(self, user, data):
        if data[:1] == b"O":
            self.enter(user, data)
        elif data[:1] == b"U":
            old, reference, quantity = struct.unpack(">III", data[1:13])
            self.resting = [user, reference, quantity]
            self.push(user, b"U" + bytes(8) + struct.pack(">IIcI8s", old, reference, b"S", quantity, b"SOL_USDC")
                      + data[13:23] + bytes(8) + b"PNNL" + data[24:38] + self.progress(1, quantity))
        elif self.resting and self.resting[1] == struct.unpack(">I", data[1:5])[0]:
            self.push(user, self.head(b"C", self.resting[1]) + struct.pack(">I", self.resting[2]) + b"U"
                      + self.progress(CANCELLED, 0))
            self.resting = None
        else:
            reference = struct.unpack(">I", data[1:5])[0]
            self.push(user, self.head(b"I", reference) + self.appendage((TAG_REASON, struct.pack(">H", UNKNOWN_ORDER))))

    async def serve(self, reader, writer):
        user = None
        try:
            while True:
                size = struct.unpack(">H", await reader.readexactly(2))[0]
                packet = await reader.readexactly(size)
                if packet[:1] == b"L":
                    user, wanted = packet[1:7].strip(), int(packet[27:47])
                    missed = self.sent.setdefault(user, [])
                    first = wanted or len(missed) + 1
                    writer.write(b"\x00\x1fA20261126  " + str(first).rjust(20).encode())
                    self.writers[user] = writer
                    for data in missed[first - 1:]:
                        writer.write(struct.pack(">Hc", len(data) + 1, b"S") + data)
                elif packet[:1] == b"U":
                    self.take(user, packet[1:])
        except (asyncio.IncompleteReadError, ConnectionError):
            if self.writers.get(user) is writer:
                del self.writers[user]
            writer.close()


async def run_self_test(messages, options):
    server = await asyncio.start_server(SelfTestServer(options.price).serve, "127.0.0.1", 0)
    options.port = server.sockets[0].getsockname()[1]
    try:
        return await run_all(messages, options)
    finally:
        server.close()


def parse_arguments():
    parser = argparse.ArgumentParser(description="The client of nasdaq-protocols against the exchange.")
    parser.add_argument("--host", default="127.0.0.1", help="[127.0.0.1]")
    parser.add_argument("--port", type=int, help="of order entry")
    parser.add_argument("--maker", default="maker:x", metavar="USER:PASSWORD")
    parser.add_argument("--taker", default="taker:x", metavar="USER:PASSWORD")
    parser.add_argument("--symbol", default="SOL_USDC", help="[SOL_USDC]")
    parser.add_argument("--price", type=int, default=1000, help="ticks, with nothing to meet in the book [1000]")
    parser.add_argument("--first", type=int, default=1, help="first UserRefNum that both users have not used [1]")
    parser.add_argument("--self-test", action="store_true", help="against a server of a few lines here")
    options = parser.parse_args()
    if not options.self_test and options.port is None:
        parser.error("--port is missing")
    return options


def main():
    options = parse_arguments()
    try:
        import nasdaq_protocols  # pylint: disable=unused-import
    except ImportError:
        print("skip: nasdaq client: the Python package nasdaq-protocols is not installed")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        messages = load_messages(directory)
        results = asyncio.run((run_self_test if options.self_test else run_all)(messages, options))
    for name, error in results:
        if error:
            print(f"{name}: {error}")
    failed = sum(error is not None for _, error in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
