"""The pipeline, from rtl/book/stages.toml: a picture and the rows of its table."""
import tomllib

from svg import ACCENT, FILL, LINE, PAPER, SOFT, Picture, wrap

PLACES = {"endpoint": "endpoint", "book": "book"}
MARGIN, BOX, GAP, TOP, HEIGHT = 24, 138, 20, 84, 96
UNIT_HEIGHT, UNIT_STEP = 44, 62


def read(path):
    with open(path, "rb") as file:
        data = tomllib.load(file)
    names = [stage["name"] for stage in data["stage"]]
    for stage in data["stage"]:
        if stage["at"] not in PLACES:
            raise ValueError(f"stage {stage['name']}: at = {stage['at']}, must be one of {', '.join(PLACES)}")
    for unit in data["unit"]:
        for name in unit["from"] + unit["to"]:
            if name not in names:
                raise ValueError(f"unit {unit['name']}: there is no stage {name}")
    return data


def expression(cycles, latency):
    """`cycles` + `latency` x L, as text."""
    times = {0: "", 1: "L"}.get(latency, f"{latency}L")
    return f"{cycles} + {times}" if cycles and times else times or str(cycles)


def total(data, latency, places=tuple(PLACES)):
    """Cycles through the stages of `places`."""
    return sum(stage["cycles"] + stage.get("latency", 0) * latency for stage in data["stage"] if stage["at"] in places)


def starts(data):
    """For each stage its first cycle, counted from acceptance by the book, as (cycles, latency) or None before it."""
    at, result = None, []
    for stage in data["stage"]:
        if stage["name"] == "accept":
            at = (0, 0)
        result.append(at)
        if at:
            at = (at[0] + stage["cycles"], at[1] + stage.get("latency", 0))
    return result


def table(data):
    rows = ["| cycle | takes | stage | what | module |", "| --- | --- | --- | --- | --- |"]
    for stage, start in zip(data["stage"], starts(data)):
        modules = ", ".join(f"`{name}`" for name in stage["modules"])
        first = expression(*start) if start else "before"
        rows.append(f"| {first} | {expression(stage['cycles'], stage.get('latency', 0))} | {stage['name']} | "
                    f"{stage['what']} | {modules} |")
    for where, places in (("the book's ports, in and out", ("book",)), ("the bus, beat to beat", tuple(PLACES))):
        took = [stage for stage in data["stage"] if stage["at"] in places]
        cycles = expression(sum(stage["cycles"] for stage in took), sum(stage.get("latency", 0) for stage in took))
        rows.append(f"| | **{cycles}** | **in all** | {where} | |")
    return "\n".join(rows) + "\n"


def centre(index):
    return MARGIN + index * (BOX + GAP) + BOX / 2


def draw_stage(picture, index, stage, start):
    x, inside = MARGIN + index * (BOX + GAP), stage["at"] == "book"
    picture.box(x, TOP, BOX, HEIGHT, FILL if inside else PAPER, ACCENT if inside else LINE)
    picture.text(x + BOX / 2, TOP + 22, stage["name"], 15, anchor="middle", bold=True)
    cycles = expression(stage["cycles"], stage.get("latency", 0))
    picture.text(x + BOX / 2, TOP + 40, "same cycle" if cycles == "0" else
                 f"{cycles} cycle{'' if cycles == '1' else 's'}", 12, SOFT, "middle")
    for number, line in enumerate(wrap(", ".join(stage["modules"]), 22)[:3]):
        picture.text(x + BOX / 2, TOP + 58 + 13 * number, line, 10.5, SOFT, "middle")
    if start:
        picture.text(x + 3, TOP + HEIGHT + 16, f"cycle {expression(*start)}", 11, ACCENT)


def draw_places(picture, stages):
    first = 0
    for index, stage in enumerate(stages):
        if index + 1 == len(stages) or stages[index + 1]["at"] != stage["at"]:
            left, right = centre(first) - BOX / 2 - 6, centre(index) + BOX / 2 + 6
            picture.line([(left, TOP - 12), (left, TOP - 18), (right, TOP - 18), (right, TOP - 12)], LINE)
            picture.text((left + right) / 2, TOP - 24, PLACES[stage["at"]], 12, SOFT, "middle")
            first = index + 1


def draw_unit(picture, number, unit, left):
    """A box below the stages and to the right of all that it is wired to. Returns its top."""
    y, width = TOP + HEIGHT + 40 + number * UNIT_STEP, picture.width - MARGIN - left
    picture.box(left, y, width, UNIT_HEIGHT, PAPER, LINE)
    picture.text(left + 12, y + 19, unit["name"], 12.5, bold=True)
    picture.text(left + 12, y + 35, unit["what"], 10.5, SOFT)
    return y


def draw_wires(picture, units, names, left):
    """Every wire has a column of its own below its stage; dashed ones come down, the others go up."""
    used = {}
    for unit, y in units:
        wires = [(names.index(name), False) for name in unit["from"]] + [(names.index(name), True)
                                                                        for name in unit["to"]]
        for number, (index, up) in enumerate(wires):
            taken = used[index] = used.get(index, -1) + 1
            column = centre(index) + BOX / 2 - 12 - 10 * taken
            row = y + UNIT_HEIGHT * (number + 1) / (len(wires) + 1)
            path = [(column, TOP + HEIGHT), (column, row), (left, row)]
            picture.line(path[::-1] if up else path, SOFT, 1.2, True, "" if up else "3 3")


def picture(data):
    stages = data["stage"]
    names = [stage["name"] for stage in stages]
    width = 2 * MARGIN + len(stages) * (BOX + GAP) - GAP
    result = Picture(width, TOP + HEIGHT + 56 + UNIT_STEP * len(data["unit"]), "The card's pipeline")
    result.text(MARGIN, 26, "Where a command is in which cycle, with nothing in its way", 16, bold=True)
    result.text(MARGIN, 45, "Cycles count from acceptance by the book; L is the read latency of its memories. "
                "Dashed: listens to. Arrow: acts on.", 12, SOFT)
    draw_places(result, stages)
    for index, (stage, start) in enumerate(zip(stages, starts(data))):
        draw_stage(result, index, stage, start)
        if index:
            x = centre(index) - BOX / 2
            result.line([(x - GAP, TOP + HEIGHT / 2), (x - 1, TOP + HEIGHT / 2)], SOFT, 1.4, True)
    left = centre(max(names.index(name) for unit in data["unit"] for name in unit["from"] + unit["to"])) + BOX / 2 + 24
    draw_wires(result, [(unit, draw_unit(result, number, unit, left)) for number, unit in enumerate(data["unit"])],
               names, left)
    return str(result)
