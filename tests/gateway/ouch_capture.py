"""Writes captures of one TCP connection that speaks SoupBinTCP, and reads them with tshark and our dissector."""
import os
import struct
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
DISSECTOR = os.path.join(ROOT, "docs", "protocol", "vitrine_ouch.lua")
PORT = 26400


def soup_packet(kind, payload=b""):
    return struct.pack(">Hc", len(payload) + 1, kind) + payload


class Capture:
    """Segments of a connection in a pcap file (Ethernet, IPv4); checksums are left 0."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.next = {False: 1000, True: 5000}
        self.count = 0
        self.segment(False, b"", 0x02)
        self.segment(True, b"", 0x12)
        self.next = {False: 1001, True: 5001}

    def segment(self, from_server, data, flags=0x18):
        ports = (PORT, 40000) if from_server else (40000, PORT)
        tcp = struct.pack(">HHIIBBHHH", *ports, self.next[from_server], self.next[not from_server], 0x50, flags, 65535,
                          0, 0)
        addresses = [bytes([127, 0, 0, 2]), bytes([127, 0, 0, 1])]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0) + b"".join(
            addresses[::-1] if from_server else addresses)
        frame = bytes(12) + b"\x08\x00" + ip + tcp + data
        self.file.write(struct.pack("<IIII", self.count, 0, len(frame), len(frame)) + frame)
        self.count += 1
        self.next[from_server] += len(data)

    def close(self):
        self.file.close()


def tshark(path, *options, port=PORT):
    command = ["tshark", "-X", f"lua_script:{DISSECTOR}", "-d", f"tcp.port=={port},soupbintcp", "-r", path, *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if result.returncode:
        raise RuntimeError(result.stderr)
    if "Lua" in result.stderr:
        raise RuntimeError(result.stderr)
    return result.stdout


def undecoded(path, port=PORT):
    """Frames in which a byte is not accounted for, or which tshark finds malformed. (Its SoupBinTCP wants the number in
    a log-in without the blanks that the specification pads it with.)"""
    condition = "vitrine_ouch.undecoded or _ws.lua.error or (_ws.malformed and soupbintcp.packet_type != 'L')"
    return tshark(path, "-Y", condition, "-T", "fields", "-e", "frame.number", port=port).split()
