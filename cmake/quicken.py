"""Makes the C++ that Verilator has written quicker, without changing what it does: what the compiler can't see by
itself.

- Verilator zeroes every local variable where it is declared. Most are assigned before they are read; those of a delayed
  write to an array are read only where its flag is set. Otherwise the compiler carries zeros along for each of them.
- What hangs on inputs and registers is evaluated behind the clock edge, and again before the next one, when inputs have
  come in. The first evaluation is left out where nothing but the second looks at it.
- A delayed write (flag, index and value first, the array later) is done where it is decided if nothing reads the array
  between there and the place where Verilator would do it.

Text that does not look as expected stays as it is.
"""
import glob
import os
import re

ZEROED = re.compile(r"^(    (?:[CSIQ]Data|VlWide<\d+>)/\*[^*]*\*/ (__Vdlyv(?:val|dim\d+|set)__\w+);\n)"
                    r"    (?:\2 = 0;|VL_ZERO_W\(\d+, \2\);)\n", re.M)
ENTRY = re.compile(r"^VL_INLINE_OPT void \w+ico_sequent\w+\([^\n]*\) \{\n(.*?)^\}\n", re.S | re.M)
ASSIGNED = re.compile(r"(?:// Body )?vlSelf->(\w+) = ")
FUNCTION = re.compile(r"(^VL_INLINE_OPT void \w+nba_sequent\w+\([^\n]*\) \{\n)(.*?)(^\}\n)", re.S | re.M)
GUARD = re.compile(r"if \((__Vdlyvset__\w+)\) \{$")


class Statement:
    """A statement or the line of a brace: its lines from `first` to `last`, in blocks `depth` deep."""
    def __init__(self, first, last, depth, text):
        self.first, self.last, self.depth, self.text = first, last, depth, text

    def names(self, names):
        return any(re.search(rf"\b{name}\b", self.text) for name in names)


def statements(lines):
    found, text, first, depth = [], "", None, 0
    for number, line in enumerate(lines):
        line = line.strip()
        if not line:
            continue
        if first is None:
            first, text = number, ""
        text += line + " "
        if not line.endswith((";", "{", "}")) or text.count("(") != text.count(")"):
            continue
        text = text.strip()
        depth -= text.startswith("}")
        found.append(Statement(first, number, depth, text))
        depth += text.endswith("{")
        first = None
    return found


def write_early(lines, code, guard):
    """The lines with the delayed write of the `if` at code[guard] done where its flag is set; None if it must wait."""
    flag = GUARD.match(code[guard].text).group(1)
    end = next(k for k in range(guard + 1, len(code)) if code[k].depth == code[guard].depth and code[k].text == "}")
    write = code[guard + 1:end]
    both = " ".join(statement.text for statement in write)
    arrays = set(re.findall(r"vlSelf->(\w+)\s*\[", both))
    parts = set(re.findall(r"\b__Vdlyv(?:val|dim\d+)__\w+", both))
    at = {text: [k for k, statement in enumerate(code) if statement.text in (text, "// Body " + text)]
          for text in (f"{flag} = 1U;", f"{flag} = 0U;")}
    sets, clears = at[f"{flag} = 1U;"], at[f"{flag} = 0U;"]
    mentions = sum(statement.names([flag]) for statement in code)  # with its declaration
    if len(sets) != 1 or len(clears) != 1 or mentions != 4 or code[guard].depth or not clears[0] < sets[0] < guard:
        return None
    last = sets[0]  # of the block, behind all blocks in it
    while code[last + 1].depth >= code[sets[0]].depth:
        last += 1
    if any(statement.names(arrays | parts) for statement in code[last + 1:guard]):
        return None

    changed = list(lines)
    for statement in (code[sets[0]], code[clears[0]]):
        body = "    // Body" if "// Body" in statement.text else None
        changed[statement.first:statement.last + 1] = [body] + [None] * (statement.last - statement.first)
    for number in range(code[guard].first, code[end].last + 1):
        changed[number] = None
    moved = "\n".join(lines[write[0].first:write[-1].last + 1])
    changed[code[last].last] = "\n".join(filter(None, (changed[code[last].last], moved)))
    return "\n".join(line for line in changed if line is not None).split("\n")


def with_early_writes(body):
    lines, waiting = body.split("\n"), set()
    while True:
        code = statements(lines)
        for k, statement in enumerate(code):
            if GUARD.match(statement.text) and statement.text not in waiting:
                changed = write_early(lines, code, k)
                if changed:
                    lines = changed
                    break
                waiting.add(statement.text)
        else:
            return "\n".join(lines)


def without_twice(bodies, twice):
    """The bodies of the functions behind the edge, in their order, without assignments that nobody reads: of the names
    in `twice`, which are assigned again before the next edge."""
    lines = [body.split("\n") for body in bodies]
    read = set()  # further down
    for part in reversed(lines):
        for statement in reversed(statements(part)):
            target = ASSIGNED.match(statement.text)
            name = target and target.group(1)
            if name in twice and name not in read and statement.depth == 0:
                body = ["    // Body"] if statement.text.startswith("// Body") else []
                part[statement.first:statement.last + 1] = body + [None] * (
                    statement.last + 1 - statement.first - len(body))
            else:
                text = statement.text[target.end():] if target else statement.text
                read.update(re.findall(r"vlSelf->(\w+)", text))
    return ["\n".join(line for line in part if line is not None) for part in lines]


def quicken(folder, prefix, watched):
    """watched: somebody looks at more than the ports (waveforms, coverage), so all must be up to date at any time"""
    paths = sorted(glob.glob(os.path.join(folder, prefix + "___024root__DepSet_*.cpp")))
    texts = []
    for path in paths:
        with open(path, encoding="utf-8") as source:
            texts.append(ZEROED.sub(r"\1", source.read()))
    entries = "".join(match.group(1) for text in texts for match in ENTRY.finditer(text))
    twice = {match.group(1) for statement in statements(entries.split("\n"))
             for match in [ASSIGNED.match(statement.text)] if match and statement.depth == 0}
    with open(os.path.join(folder, prefix + ".h"), encoding="utf-8") as header:
        twice -= set(re.findall(r"VL_OUT\w*\(&?(\w+),", header.read()))
    with open(os.path.join(folder, prefix + "___024root.h"), encoding="utf-8") as header:
        if watched or "VlTriggerVec<1> __VnbaTriggered;" not in header.read():  # several clocks: several edges at once
            twice = set()

    found = sorted((int(re.search(r"__(\d+)\(", match.group(1)).group(1)), k, match)
                   for k, text in enumerate(texts) for match in FUNCTION.finditer(text))
    bodies = without_twice([match.group(2) for _, _, match in found], twice)
    for (_, k, match), body in zip(found, bodies):
        texts[k] = texts[k].replace(match.group(0), match.group(1) + with_early_writes(body) + match.group(3))
    for path, text in zip(paths, texts):
        with open(path, "w", encoding="utf-8") as source:
            source.write(text)
