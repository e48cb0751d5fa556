#!/usr/bin/env python3
"""Our Wireshark dissector on captures made here: every message and appendage decoded, nothing left over, and what is
planted as left over found. Messages come from the fuzzers' corpus.

usage: dissector.py [CAPTURE PORT]    with a capture: only that nothing in it is left over

Ends with the line `N passed, N failed`.
"""
import os
import re
import shutil
import sys
import tempfile

from ouch_capture import ROOT, Capture, soup_packet, tshark, undecoded

CORPUS = os.path.join(ROOT, "tests", "fuzz", "corpus", "ouch")
FROM_SERVER = ("accepted", "replaced", "executed", "canceled", "restated", "rejected", "cancel_reject", "mass_response",
               "forced", "forced_turned", "forced_called")
TAGS = (3, 12, 15, 27, 28, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 144, 145, 146, 147, 148,
        149, 150, 151, 152, 153, 154)
LOGIN = b"alice " + b"secret    " + b"20261126  " + b"1".rjust(20)
ACCEPTED = b"20261126  " + b"1".rjust(20)


def messages():
    for name in sorted(os.listdir(CORPUS)):
        with open(os.path.join(CORPUS, name), "rb") as file:
            yield name, name in FROM_SERVER, file.read()


def write(path, wanted, cut=0):
    """A session with the messages in `wanted`: a segment a packet, or a side's bytes in pieces of `cut` bytes."""
    capture = Capture(path)
    capture.segment(False, soup_packet(b"L", LOGIN))
    capture.segment(True, soup_packet(b"A", ACCEPTED))
    packets = [(from_server, soup_packet(b"S" if from_server else b"U", data)) for _, from_server, data in wanted]
    if cut:
        packets = [(side, b"".join(data for from_server, data in packets if from_server == side))
                   for side in (False, True)]
    for from_server, data in packets:
        for at in range(0, len(data), cut or len(data)):
            capture.segment(from_server, data[at:at + (cut or len(data))])
    capture.segment(True, soup_packet(b"H"))
    capture.close()


def values(path, name):
    return re.split(r"[\s,]+", tshark(path, "-T", "fields", "-e", f"vitrine_ouch.{name}").strip())


def check_all_decoded(path):
    wanted = list(messages())
    write(path, wanted)
    assert undecoded(path) == [], "bytes left over"
    assert len(values(path, "type")) == len(wanted), values(path, "type")
    assert set(map(int, values(path, "tag"))) == set(TAGS), "a tag is missing"
    assert "9223372036854775807" in values(path, "price") + values(path, "limit_price")


def check_fields(path):
    write(path, [item for item in messages() if item[0] == "executed"])
    for name, value in {"type": "E", "timestamp": "1", "reference": "0", "price": "3", "liquidity": "R", "match": "4",
                        "status": "1", "filled": "1", "open": "2", "fee": "5", "appendage_length": "33"}.items():
        assert values(path, name) == [value], (name, values(path, name))
    text = tshark(path, "-V")
    assert "Order Executed" in text and "(taker)" in text, text


def check_split(path):
    wanted = list(messages())
    for cut in (1, 7, 100):
        write(path, wanted, cut)
        assert undecoded(path) == [], f"pieces of {cut}"
        assert len(values(path, "type")) == len(wanted), f"pieces of {cut}"


def check_planted(path):
    cancel = b"X" + bytes(8)
    for data in (cancel + b"\x00\x01", cancel + b"\x00\x00\x07", cancel + b"\x00\x02\x01\x07", cancel + b"\x00\x01\x00",
                 cancel + b"\x00\x03\x02\x81\x01", cancel + b"\x00\x02\x09\x81", cancel[:5], b"?", b"O"):
        write(path, [("planted", False, data)])
        assert undecoded(path) != [], data


def main():
    if len(sys.argv) == 3:
        left = undecoded(sys.argv[1], int(sys.argv[2]))
        decoded = tshark(sys.argv[1], "-Y", "vitrine_ouch", "-T", "fields", "-e", "frame.number",
                         port=int(sys.argv[2])).split()
        print(f"{len(decoded)} frames with OUCH, left over in frames: {' '.join(left) or 'none'}")
        return bool(left) or not decoded
    if shutil.which("tshark") is None:
        print("skip: dissector: tshark is not installed")
        return 0
    failed = 0
    checks = (check_all_decoded, check_fields, check_split, check_planted)
    with tempfile.TemporaryDirectory() as directory:
        for check in checks:
            try:
                check(os.path.join(directory, "session.pcap"))
            except (AssertionError, RuntimeError) as error:
                print(f"{check.__name__}: {error}")
                failed += 1
    print(f"{len(checks) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
