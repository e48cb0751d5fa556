"""Waveforms of a replayed flow at the card's ports, from what the simulation wrote.

The last commands of a flow (all behind its last fence) are drawn: beats of the command window, the command at the
book's port, events at the book's port, beats of DMA, and what held the book up.
"""
import os
import re
import subprocess
import tempfile

from svg import ACCENT, FILL, LINE, PAPER, SOFT, Picture

# Inputs are set before the edge that takes them and are seen in the waveform behind it: theirs is the cycle before.
INPUTS = ("win_wvalid_i",)
SIGNALS = ("win_wvalid_i", "win_wready_o", "cmd_valid", "cmd_ready", "cmd", "ev_valid", "ev_ready", "ev",
           "dma_wvalid_o", "stall")
LEFT, CELL, ROW, HIGH, TOP = 150, 46, 40, 20, 74
COMMAND_BITS = {"code": (0, 8), "slot": (64, 32), "price": (160, 32), "quantity": (256, 64)}
EVENT_BITS = {"kind": "kind", "quantity": "quantity", "price": "price", "aggregate": "aggregate",
              "best": "best_price", "best_valid": "best_valid", "level": "level_valid", "last": "last",
              "reason": "reason"}


def contract(root):
    """Names of codes, kinds, reasons and stall causes, and bit positions of events, from the generated header."""
    with open(os.path.join(root, "rtl/contract/contract.vh"), encoding="utf-8") as file:
        text = file.read()
    names = {group: {int(value): name.lower() for name, value in
                     re.findall(rf"`define {group}_(\w+) +\d+'d(\d+)", text)} for group in ("CODE", "KIND", "REASON",
                                                                                         "STALL")}
    bits = {name.lower(): (int(high), int(low)) for name, high, low in
            re.findall(r"`define EV_(\w+) +(\d+):(\d+)", text)}
    bits.update({name.lower(): (int(bit), int(bit)) for name, bit in re.findall(r"`define EV_(\w+) +(\d+)\n", text)})
    return names, bits


def simulate(vitrine, values, flow):
    """{signal: {cycle: value}} where it changes, values as integers, and the last cycle."""
    with tempfile.TemporaryDirectory() as folder:
        wave = os.path.join(folder, "wave.fst")
        run = subprocess.run([vitrine, "replay", flow, "--engine", "sim", "--wait-at-fences", "--trace", wave],
                             capture_output=True, text=True, check=False, timeout=300)
        if run.returncode:
            raise RuntimeError(f"{flow}: replay: exit status {run.returncode}: {run.stderr}")
        shown = subprocess.run([values, wave, *(f"card.appliance.{name}" for name in SIGNALS)], capture_output=True,
                               text=True, check=False, timeout=300)
        if shown.returncode:
            raise RuntimeError(f"{flow}: wave_values: {shown.stderr}")
    changes = {name: {} for name in SIGNALS}
    cycle = 0
    for line in shown.stdout.splitlines():
        time, index, value = line.split()
        name = SIGNALS[int(index)]
        cycle = int(time) // 2 + (0 if name in INPUTS else 1)
        changes[name][cycle] = int(re.sub("[xz]", "0", value), 2)
    return changes, cycle


class Wave:
    def __init__(self, changes, last):
        self.cycles = {}
        for name, by_cycle in changes.items():
            value, values = 0, []
            for cycle in range(last + 2):
                value = by_cycle.get(cycle, value)
                values.append(value)
            self.cycles[name] = values
        self.last = last

    def when(self, valid, ready=None):
        """Cycles in which it is valid (and taken)."""
        return [cycle for cycle in range(self.last + 1)
                if self.cycles[valid][cycle] and (not ready or self.cycles[ready][cycle])]


def field(word, high, low):
    return word >> low & (1 << high - low + 1) - 1


def describe_command(word, names):
    got = {name: word >> low & (1 << bits) - 1 for name, (low, bits) in COMMAND_BITS.items()}
    code = names["CODE"].get(got["code"], "?")
    text = f"{code}, slot {got['slot']}, price {got['price']}"
    return code, text + (f", {got['quantity']} lots" if code in ("new", "reduce") else "")


def describe_event(word, names, bits):
    got = {name: field(word, *bits[where]) for name, where in EVENT_BITS.items()}
    kind, reason = names["KIND"].get(got["kind"], "?"), names["REASON"].get(got["reason"], "none")
    text = f"{kind}{'' if reason == 'none' else f' ({reason})'}"
    if got["quantity"]:
        text += f" {got['quantity']} lots"
    if got["level"]:
        text += (f" at {got['price']}; the level has {got['aggregate']} left, best of its side " +
                 (str(got["best"]) if got["best_valid"] else "none"))
    return kind, text + ("; last" if got["last"] else "")


def chosen(wave, names):
    """Cycles in which the commands behind the last fence are accepted, the digests at the end left out."""
    taken = wave.when("cmd_valid", "cmd_ready")
    codes = [names["CODE"].get(wave.cycles["cmd"][cycle] & 0xFF) for cycle in taken]
    end = codes.index("read") if "read" in codes else len(codes)
    begin = max(index for index in range(end) if codes[index] == "fence") + 1
    return taken, range(begin, end)


def draw_clock(picture, first, last, zero):
    for cycle in range(first, last + 1):
        x = LEFT + (cycle - first) * CELL
        picture.line([(x, TOP - 4), (x, picture.plot_bottom)], "#eaeef2", 1)
        picture.text(x + CELL / 2, TOP - 10, str(cycle - zero), 11, ACCENT if cycle == zero else SOFT, "middle",
                     cycle == zero)


def draw_signal(picture, row, name, values, first):
    y = TOP + row * ROW + HIGH + 8
    picture.text(LEFT - 10, y - 4, name, 12, anchor="end")
    points = []
    for index, value in enumerate(values):
        level = y - HIGH if value else y
        points += [(LEFT + index * CELL, level), (LEFT + (index + 1) * CELL, level)]
    picture.line(points, ACCENT, 1.6)


def draw_words(picture, row, name, words, first, last):
    """`words`: {cycle: label}; a line where there is none."""
    y = TOP + row * ROW + 8
    picture.text(LEFT - 10, y + HIGH - 4, name, 12, anchor="end")
    picture.line([(LEFT, y + HIGH / 2), (LEFT + (last - first + 1) * CELL, y + HIGH / 2)], LINE, 1.2)
    for cycle, label in words.items():
        if first <= cycle <= last:
            x = LEFT + (cycle - first) * CELL
            picture.box(x + 1, y, CELL - 2, HIGH, FILL if name != "held up by" else PAPER,
                        ACCENT if name != "held up by" else LINE)
            picture.text(x + CELL / 2, y + 14, label, 9, anchor="middle")


def held_up(wave, names, first, last):
    """What the book waited for in each cycle, idle left out."""
    words = {}
    for cycle in range(first, last + 1):
        causes = [name for bit, name in sorted(names["STALL"].items()) if wave.cycles["stall"][cycle] >> bit & 1]
        causes = [name for name in causes if name != "idle"]
        if causes:
            words[cycle] = causes[0]
    return words


def picture(root, vitrine, values, flow):
    names, bits = contract(root)
    wave = Wave(*simulate(vitrine, values, flow))
    taken, numbers = chosen(wave, names)
    zero = taken[numbers[0]]
    beats_in, beats_out = wave.when("win_wvalid_i", "win_wready_o"), wave.when("dma_wvalid_o")
    events = wave.when("ev_valid", "ev_ready")
    ends = [cycle for cycle in events if field(wave.cycles["ev"][cycle], *bits["last"])]
    mine = [cycle for cycle in events if ends[numbers[0] - 1] < cycle <= ends[numbers[-1]]]
    beats = [beats_in[number] for number in numbers], [beats_out[events.index(cycle)] for cycle in mine]
    first, last = beats[0][0] - 1, beats[1][-1] + 1
    commands = {taken[number]: describe_command(wave.cycles["cmd"][taken[number]], names) for number in numbers}
    told = {cycle: describe_event(wave.cycles["ev"][cycle], names, bits) for cycle in mine}
    return draw(wave, names, flow, (first, last, zero), (commands, told, beats))


def draw(wave, names, flow, span, lists):
    (first, last, zero), (commands, told, beats) = span, lists
    with open(flow, encoding="utf-8") as file:
        title = file.readline().lstrip("# ").strip()
    legend = sorted([(cycle, "in", text) for cycle, (_, text) in commands.items()] +
                    [(cycle, "out", text) for cycle, (_, text) in told.items()])
    result = Picture(max(LEFT + (last - first + 1) * CELL + 24, 760), TOP + 5 * ROW + 40 + 17 * len(legend), title)
    result.plot_bottom = TOP + 5 * ROW
    result.text(24, 26, title, 15, bold=True)
    result.text(24, 46, "Cycles count from acceptance of the first command by the book.", 12, SOFT)
    draw_clock(result, first, last, zero)
    cycles = range(first, last + 1)
    draw_signal(result, 0, "beat into window", [cycle in beats[0] for cycle in cycles], first)
    draw_words(result, 1, "command", {cycle: code for cycle, (code, _) in commands.items()}, first, last)
    draw_words(result, 2, "held up by", held_up(wave, names, zero, max(told)), first, last)
    draw_words(result, 3, "event", {cycle: kind for cycle, (kind, _) in told.items()}, first, last)
    draw_signal(result, 4, "beat of DMA out", [cycle in beats[1] for cycle in cycles], first)
    for row, (cycle, way, text) in enumerate(legend):
        y = TOP + 5 * ROW + 24 + 17 * row
        result.text(LEFT - 10, y, f"cycle {cycle - zero} {way}", 11.5, ACCENT, "end")
        result.text(LEFT, y, text, 11.5)
    return str(result)
