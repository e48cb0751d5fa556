"""Rules for C, and names in C and Python."""
import ast
import os
import re

from tree import Finding, line_of, matches, rule

FUNCTION_LINES_MAX = 70
NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+$")
EXPORTING = ("driver", "sim/model", "host")
PUBLIC = ("driver/device.h", "sim/model/model.h")


def own_c(tree):
    return [path for path in tree.under("", ".c", ".h", ".cpp") if not tree.generated(path)]


def functions(code):
    """(name, is_static, first line, last line) of each function that is defined."""
    depth, start, opened = 0, 0, None
    for match in re.finditer(r"[{};]", code):
        sign, position = match[0], match.start()
        if sign == "{":
            head = code[start:position]
            if depth == 0 and re.search(r'\bextern\s*"[^"]*"\s*$|\bnamespace\b[^()]*$', head):
                start = position + 1
                continue
            if depth == 0:
                opened = signature(head, start)
            depth += 1
        elif sign == "}":
            depth = max(depth - 1, 0)
            if depth == 0:
                if opened:
                    name, is_static, first = opened
                    yield name, is_static, line_of(code, first), line_of(code, position)
                opened, start = None, position + 1
        elif depth == 0:
            start = position + 1


def signature(head, offset):
    """(name, is_static, position) if `head`, which stands before a brace, begins a function."""
    plain = re.sub(r"__attribute__\s*\(\(.*?\)\)", lambda match: " " * len(match[0]), head, flags=re.S)
    match = re.search(r"([A-Za-z_]\w*)\s*\(", plain)
    if not match or "=" in plain[:match.start()] or not plain.rstrip().endswith((")", "const", "override", "noexcept")):
        return None
    return match[1], bool(re.search(r"\bstatic\b", plain)), offset + len(head) - len(head.lstrip())


LONG = "int a_b(void)\n{\n" + "    x();\n" * 69 + "}\n"


@rule(f"functions of at most {FUNCTION_LINES_MAX} lines",
      bad=[({"host/a.c": LONG}, "host/a.c:1"),
           ({"sim/card/a.cpp": 'extern "C" {\nint b;\n' + LONG + "}\n"}, "sim/card/a.cpp:3")],
      good=[{"host/a.c": LONG.replace("    x();\n", "", 3)},
            {"host/a.c": "int table[] = {\n" + "    1,\n" * 100 + "};\n"}],
      excusable=True)
def functions_fit_a_screen(tree):
    for path in own_c(tree):
        for name, _, first, last in functions(tree.statements(path)):
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield Finding(path, first, f"{name}() has {last - first + 1} lines, the limit is {FUNCTION_LINES_MAX}",
                              "write its parts as functions of their own")


def modules_of(tree, path):
    """The first words that an exported function in this file may have."""
    folder, base = os.path.split(path)
    stem = re.sub(r"\.[ch]$", "", base).split("_")
    modules = {"_".join(stem[:count]) for count in range(1, len(stem) + 1)} | {stem[-1]}
    name = os.path.basename(folder)
    modules.add(name)
    modules |= {module.removesuffix("s") for module in modules} | {re.sub("ies$", "y", module) for module in modules}
    # A type that the folder's headers, or this file, give a name to is a module too: struct bounds, bounds_admit().
    for other in [path] + [other for other in tree.under(folder, ".h") if os.path.dirname(other) == folder]:
        modules |= {match[1] for _, match in matches(r"\b(?:struct|enum|union)\s+(\w+)\s*(?:\{|;)", tree.code(other))}
    return modules


@rule("exported functions are called module_verb_object",
      bad=[({"driver/device_queue.c": "int submit_all(void)\n{\n}\n"}, "driver/device_queue.c:1"),
           ({"host/accounts/ledger.c": "\nint ledgerPost(void)\n{\n}\n"}, "host/accounts/ledger.c:2"),
           ({"sim/model/book.c": "int run(void)\n{\n}\n"}, "sim/model/book.c:1")],
      good=[{"driver/device_queue.c": "static int x(void)\n{\n}\nint device_submit(int a)\n{\n}\n"},
            {"driver/device_queue.c": "int queue_a(void)\n{\n}\n"},
            {"host/tools/commands.c": "int command_a(void)\n{\n}\n"},
            {"host/accounts/ledger.c": "int account_open(void)\n{\n}\nint ledger_post(void)\n{\n}\n"},
            {"host/main.c": "int main(void)\n{\n}\n"},
            {"sim/model/a.c": "int bounds_admit(void)\n{\n}\n", "sim/model/internal.h": "struct bounds {\n};\n"}],
      excusable=True)
def exported_functions_name_their_module(tree):
    for path in own_c(tree):
        if not path.startswith(tuple(folder + "/" for folder in EXPORTING)):
            continue
        for name, is_static, line, _ in functions(tree.statements(path)):
            if is_static or name == "main":
                continue
            modules = modules_of(tree, path)
            shortest = min(modules, key=lambda module: (len(module), module))
            if not NAME.match(name):
                yield Finding(path, line, f"exported function {name}", f"write it in the form {shortest}_verb_object")
            elif not any(name.startswith(module + "_") for module in modules):
                yield Finding(path, line, f"exported function {name} does not begin with its module",
                              f"write {shortest}_..., or make it static")


def guard(name, defined=None):
    return f"#ifndef {name}\n#define {defined or name}\n#endif\n"


@rule("headers are guarded by VITRINE_..._H",
      bad=[({"host/base/limits.h": "#ifndef LIMITS_H\n#define LIMITS_H\n#endif\n"}, "host/base/limits.h:1"),
           ({"host/base/limits.h": "#pragma once\n"}, "host/base/limits.h:1"),
           ({"host/base/limits.h": guard("VITRINE_LIMITS_H", "VITRINE_LIMIT_H")}, "host/base/limits.h:1"),
           ({"host/base/limits.h": "/* */\n" + guard("VITRINE_OTHER_H")}, "host/base/limits.h:2")],
      good=[{"host/base/limits.h": "/* */\n" + guard("VITRINE_BASE_LIMITS_H")}])
def headers_are_guarded(tree):
    for path in tree.under("", ".h"):
        stem = re.sub(r"\W", "_", os.path.basename(path)[:-2]).upper()
        match = re.search(r"^#ifndef (\w+)\n#define (\w+)$", tree.files[path], re.M)
        if not match or match[1] != match[2] or not re.fullmatch(rf"VITRINE_(?:\w+_)?{stem}_H", match[1]):
            line = line_of(tree.files[path], match.start()) if match else 1
            yield Finding(path, line, "no proper header guard", f"write #ifndef VITRINE_{stem}_H and #define it")


@rule("every function of a public header has its contract in a comment: units, ranges, ownership, errors",
      bad=[({PUBLIC[0]: "/* Text. */\nint device_a(void);\n\nint device_b(void);\n"}, PUBLIC[0] + ":4"),
           ({PUBLIC[1]: "int model_a(int b,\n            int c);\n"}, PUBLIC[1] + ":1")],
      good=[{PUBLIC[0]: "/* Text. */\nint device_a(void);\nvoid device_b(void);\n\nint device_c(void); /* text */\n",
             PUBLIC[1]: "/* Text. */\n\n/* More. */\nint model_a(void);\n"}])
def public_functions_are_explained(tree):
    for path in PUBLIC:
        if path not in tree.files:
            continue
        lines = tree.files[path].split("\n")
        for line, _ in matches(r"^(?!typedef|static|\s)[\w *]+?\b\w+\([^;{]*\);", tree.statements(path)):
            first = line
            while first > 1 and lines[first - 2].strip():
                first -= 1
            if not any("/*" in text for text in lines[first - 1:line]):
                yield Finding(path, line, "a public function without a word",
                              "write its units, ranges, ownership and errors above it")


SHORT = {
    "px": "price", "prc": "price", "qty": "quantity", "amt": "amount", "cnt": "count", "num": "count", "idx": "index",
    "buf": "buffer", "msg": "message", "cmd": "command", "evt": "event", "mkt": "market", "acct": "account",
    "sz": "size",
    "cfg": "configuration", "tmp": "what it holds", "ts": "time with its unit", "usr": "user", "func": "function",
    "param": "parameter", "params": "parameters", "ctx": "context", "liq": "liquidation", "pos": "position",
    "bal": "balance", "ptr": "what it points to",
}
# Names that libraries and the kernel gave.
FOREIGN = re.compile(r"(?:io_uring_|assert_ptr|check_expected_ptr|will_return_ptr|fail_msg|zip_|json_|XXH|pci_|z_|__)",
                     re.I)


def short_part(name):
    if FOREIGN.match(name):
        return None
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return next((part for part in spaced.lower().split("_") if part in SHORT), None)


@rule("names in C and Python are words: price_ticks, not px",
      bad=[({"host/a.c": "\nuint64_t px_ticks;\n"}, "host/a.c:2"),
           ({"host/a.c": "#define QTY_MAX 1\n"}, "host/a.c:1"),
           ({"tests/a.py": "def f(order_qty):\n    pass\n"}, "tests/a.py:1"),
           ({"tests/tool/run": "#!/usr/bin/env python3\nfor idx in range(3):\n    pass\n"}, "tests/tool/run:2")],
      good=[{"host/a.c": "/* px */ x->buf = a.ptr; assert_ptr_equal(a, \"qty\"); io_uring_get_buf(r);\n"},
            {"tests/a.py": "# px\nthing.buf(ptr=1)\nx = 'qty'\n"}],
      excusable=True)
def names_are_words(tree):
    for path in own_c(tree):
        code = re.sub(r"^[ \t]*#[ \t]*include[^\n]*", "", tree.code(path), flags=re.M)
        for line, match in matches(r"(?<![\w.>:])[A-Za-z_]\w*", code):
            yield from short_name(path, line, match[0])
    for path in tree.files:
        if path.endswith(".py") or tree.files[path].startswith("#!/usr/bin/env python3"):
            for line, name in python_names(path, tree.files[path]):
                yield from short_name(path, line, name)


def short_name(path, line, name):
    part = short_part(name)
    if part:
        yield Finding(path, line, f"{name} is abbreviated", f"write {SHORT[part]} for {part}")


def python_names(path, text):
    """(line, name) of each name that is defined, not merely used."""
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
