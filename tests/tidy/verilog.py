"""Rules for rtl/."""
import os
import re

from tree import Finding, line_of, matches, rule

LINES_MAX = 299
WORD_OR_SIGN = re.compile(r"[A-Za-z_$][\w$]*|`\w+|\d[\w']*|<=|>=|==|!=|&&|\|\||<<|>>|[^\s\w]")
PROPERTIES = re.compile(r"^[ \t]*// properties\b", re.M)
LIST = "rtl/appliance.f"
LISTS = "rtl/*.f"


def rtl_files(tree):
    return tree.under("rtl", ".v")


def before_properties(tree, path):
    """The design, without comments and without what follows the line `// properties`."""
    match = PROPERTIES.search(tree.files[path])
    return tree.code(path)[:match.start()] if match else tree.code(path)


def module(body, name="a", ports="input clk_i"):
    return {f"rtl/lib/{name}.v": f"module {name} ({ports});\n{body}\nendmodule\n"}


@rule("one module a file, named like the file",
      bad=[({"rtl/lib/a.v": "module b;\nendmodule\n"}, "rtl/lib/a.v:1"),
           ({"rtl/lib/a.v": "module a;\nendmodule\nmodule c;\nendmodule\n"}, "rtl/lib/a.v:3"),
           ({"rtl/lib/a.v": "// module a\n"}, "rtl/lib/a.v:1")])
def one_module_a_file(tree):
    for path in rtl_files(tree):
        stem = os.path.basename(path)[:-2]
        found = list(matches(r"^[ \t]*module\s+(\w+)", tree.code(path)))
        if not found:
            yield Finding(path, 1, "no module", f"write module {stem}, or name it .vh if it is to be included")
        for index, (line, match) in enumerate(found):
            if index:
                yield Finding(path, line, f"a second module, {match[1]}", f"write it to {match[1]}.v")
            elif match[1] != stem:
                yield Finding(path, line, f"module {match[1]} in {stem}.v", f"write it to {match[1]}.v")


@rule(f"at most {LINES_MAX} lines before the line `// properties`",
      bad=[(module("\n" * 300), "rtl/lib/a.v:300")],
      good=[module("\n// properties\n" + "\n" * 300)])
def modules_fit(tree):
    for path in rtl_files(tree):
        lines = before_properties(tree, path).count("\n")
        if lines > LINES_MAX:
            yield Finding(path, LINES_MAX + 1, f"{lines} lines before the properties, the limit is {LINES_MAX}",
                          "write a part of it as a module of its own, or `// properties` above its properties")


def closing(code, position):
    """Where the parenthesis at `position` is closed."""
    depth = 0
    for index in range(position, len(code)):
        depth += {"(": 1, ")": -1}.get(code[index], 0)
        if depth == 0:
            return index
    return len(code)


def ports(code):
    """(line, direction, name) of the ports in the module's head."""
    head = re.search(r"^[ \t]*module\s+\w+\s*(#\s*\()?", code, re.M)
    if not head:
        return
    start = closing(code, head.end() - 1) + 1 if head[1] else head.end()
    start = code.find("(", start)
    if start < 0:
        return
    direction = ""
    position = start + 1
    for part in re.split(r",", code[start + 1:closing(code, start)]):
        words = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[[^\]]*\]", " ", part))
        if words and words[0] in ("input", "output", "inout"):
            direction = words[0]
        if words and direction:
            yield line_of(code, position + part.rfind(words[-1])), direction, words[-1]
        position += len(part) + 1


@rule("ports end in _i, _o (_ni, _no active low)",
      bad=[(module("", ports="input clk_i,\n  input valid,\n  output done_o"), "rtl/lib/a.v:2"),
           (module("", ports="input clk_i,\n  output reg [7:0] data_i"), "rtl/lib/a.v:2"),
           ({"rtl/lib/a.v": "module a #(\n  parameter N = $clog2(4)\n) (\n  input clk,\n  output x_o\n);\nendmodule\n"},
            "rtl/lib/a.v:4")],
      good=[module("", ports="input wire clk_i, rst_ni, input [N-1:0] a_i, output wire b_o, output c_no")])
def ports_say_their_direction(tree):
    endings = {"input": ("_i", "_ni"), "output": ("_o", "_no"), "inout": ("_io",)}
    for path in rtl_files(tree):
        for line, direction, name in ports(tree.code(path)):
            if not name.endswith(endings[direction]):
                base = re.sub("_n?[io]$", "", name)
                yield Finding(path, line, f"{direction} {name}", f"write {base}{endings[direction][0]}")


def blocks(code):
    """(clocked, tokens) of each always block; a token is (word, position)."""
    tokens = [(match.group(0), match.start()) for match in WORD_OR_SIGN.finditer(code)]
    index = 0
    while index < len(tokens):
        word = tokens[index][0]
        index += 1
        if word not in ("always", "always_ff", "always_comb"):
            continue
        clocked = word == "always_ff"
        if index < len(tokens) and tokens[index][0] == "@":
            index += 1
            depth = 0
            while index < len(tokens):
                depth += {"(": 1, ")": -1}.get(tokens[index][0], 0)
                clocked = clocked or tokens[index][0] in ("posedge", "negedge")
                index += 1
                if depth == 0:
                    break
        end = statement_end(tokens, index)
        yield clocked, tokens[index:end]
        index = end


def statement_end(tokens, index):
    depth = parens = 0
    while index < len(tokens):
        word = tokens[index][0]
        depth += {"begin": 1, "case": 1, "casez": 1, "casex": 1, "end": -1, "endcase": -1}.get(word, 0)
        parens += {"(": 1, ")": -1}.get(word, 0)
        index += 1
        done = depth == 0 and parens == 0 and word in (";", "end", "endcase")
        if done and not (index < len(tokens) and tokens[index][0] == "else"):
            break
    return index


def assigned(tokens):
    """(name, operator, position) of the assignments in a block."""
    start, parens, question = True, 0, False
    for index, (word, position) in enumerate(tokens):
        if start and word == "{":
            names, after = concatenation(tokens, index)
            if after in ("<=", "="):
                yield from ((name, after, place) for name, place in names)
        elif start and re.match(r"[A-Za-z_]", word):
            after = skip_selects(tokens, index + 1)
            if after < len(tokens) and tokens[after][0] in ("<=", "="):
                yield word, tokens[after][0], position
        parens += {"(": 1, ")": -1}.get(word, 0)
        if parens == 0 and word in (";", "begin", "end", "endcase", "else"):
            question = False
        question = question or word == "?"
        start = parens == 0 and (word in (";", "begin", "end", "endcase", "else", ")") or word == ":" and not question)


def concatenation(tokens, index):
    names, depth, selects = [], 0, 0
    while index < len(tokens):
        word, position = tokens[index]
        depth += {"{": 1, "}": -1}.get(word, 0)
        selects += {"[": 1, "]": -1}.get(word, 0)
        if selects == 0 and re.match(r"[A-Za-z_]", word):
            names.append((word, position))
        index += 1
        if depth == 0:
            break
    return names, tokens[index][0] if index < len(tokens) else ""


def skip_selects(tokens, index):
    depth = 0
    while index < len(tokens) and (depth or tokens[index][0] == "["):
        depth += {"[": 1, "]": -1}.get(tokens[index][0], 0)
        index += 1
    return index


def arrays(code):
    """Names of memories: `reg [7:0] name [0:15]`."""
    names = set()
    for match in re.finditer(r"\b(?:reg|logic)\b([^;()]*);", code):
        part = re.sub(r"^\s*(signed\s*)?(\[[^\]]*\]\s*)*", "", match[1])
        names.update(re.findall(r"(\w+)\s*\[", part))
    return names


CLOCKED = "always @(posedge clk_i) begin\n  %s\nend"


@rule("clocked registers end in _q, their next values in _d (before `// properties`; memories are free)",
      bad=[(module(CLOCKED % "count <= count + 1;"), "rtl/lib/a.v:3"),
           (module(CLOCKED % "if (x) begin a_q <= b; c[3:0] <= d <= e; end"), "rtl/lib/a.v:3"),
           (module(CLOCKED % "{a_q, b} <= c;"), "rtl/lib/a.v:3"),
           (module(CLOCKED % "case (s) 2'd0: a_d <= b; endcase"), "rtl/lib/a.v:3"),
           (module("always @(posedge clk_i) if (x) a_q <= b;\n  else c <= b;"), "rtl/lib/a.v:3"),
           (module("always @* begin\n  a_q = b;\nend"), "rtl/lib/a.v:3"),
           (module("\nassign a_q = b;"), "rtl/lib/a.v:3")],
      good=[module(CLOCKED % "if (a <= b && c) x_q[i] <= y ? z : w <= v;"),
            module("reg [7:0] memory [0:15];\n" + CLOCKED % "memory[a_q] <= b;"),
            module("// properties\n" + CLOCKED % "past <= 1;"),
            module("always @* begin\n  a_d = b_q;\nend\n" + CLOCKED % "a_q <= a_d;")])
def registers_end_in_q(tree):
    for path in rtl_files(tree):
        code = before_properties(tree, path)
        memories = arrays(code)
        for clocked, tokens in blocks(code):
            for name, operator, position in assigned(tokens):
                line = line_of(code, position)
                if clocked and operator == "<=" and not re.search(r"_q\d*$", name) and name not in memories:
                    base = re.sub(r"_[do]$", "", name)
                    yield Finding(path, line, f"register {name}", f"write {base}_q (next value {base}_d)")
                elif not clocked and re.search(r"_q\d*$", name):
                    yield Finding(path, line, f"{name} is no register", f"write {re.sub(r'_q[0-9]*$', '_d', name)}")
        for line, match in matches(r"^[ \t]*assign\s+(\w+)_q\b", code):
            yield Finding(path, line, f"{match[1]}_q is no register", f"write {match[1]}_d, or {match[1]}")


@rule(f"every module is in one of {LISTS}, and all that is in there exists",
      bad=[({"rtl/lib/a.v": "module a;\nendmodule\n", LIST: "lib/b.v\n", "rtl/lib/b.v": ""}, "rtl/lib/a.v:1"),
           ({LIST: "// first\nlib/gone.v\n"}, LIST + ":2"),
           ({LIST: "lib/a.v\nlib/a.v\n", "rtl/lib/a.v": ""}, LIST + ":2"),
           ({LIST: "lib/a.v\n", "rtl/link.f": "lib/a.v\n", "rtl/lib/a.v": ""}, "rtl/link.f:1")],
      good=[{LIST: "lib/b.v\n", "rtl/link.f": "// more\nlib/a.v\n", **module("", "a"), **module("", "b")}])
def list_of_sources_is_complete(tree):
    listed = set()
    lines = [(source, number, line) for source in sorted(tree.files) if re.fullmatch(r"rtl/\w+\.f", source)
             for number, line in enumerate(tree.files[source].split("\n"), 1)]
    for source, number, line in lines:
        name = line.split("//")[0].strip()
        if not name or name.startswith(("+", "-")):
            continue
        path = "rtl/" + name
        if path in listed:
            yield Finding(source, number, f"{name} is listed twice", "write it once")
        elif path not in tree.files:
            yield Finding(source, number, f"{name} does not exist", "write the path from rtl/")
        listed.add(path)
    for path in rtl_files(tree):
        if path not in listed:
            yield Finding(path, 1, f"not in {LISTS}", f"write {path[4:]} into it")


@rule("no casex",
      bad=[(module("casex (a)"), "rtl/lib/a.v:2")], good=[module("// casex\ncasez (a)")])
def no_casex(tree):
    for path in rtl_files(tree):
        for line, _ in matches(r"\bcasex\b", tree.code(path)):
            yield Finding(path, line, "casex takes an unknown bit for a match", "write case, or casez with ? bits")


@rule("no hierarchical references",
      bad=[(module("assign x = u_book.state_q;"), "rtl/lib/a.v:2"),
           (module("assign x = g_row[2].full;"), "rtl/lib/a.v:2")],
      good=[module("// u_book.state_q\nfifo #(.WIDTH(8), .DEPTH(N)) u_fifo (.clk_i(clk_i),\n  .a_i (b));")])
def no_hierarchical_references(tree):
    for path in rtl_files(tree):
        for line, match in matches(r"(?<![\w`.])[A-Za-z_]\w*(?:\[[^\]\n]*\])?\.[A-Za-z_]\w*", tree.code(path)):
            yield Finding(path, line, f"hierarchical reference {match[0]}", "write a port")
