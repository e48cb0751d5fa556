"""Faults planted in copies of the host's C files, and programs that are linked with one of them.

A program is linked as its build tree links it, with the changed file's object in front of the libraries: the linker
then leaves the unchanged one in its archive.
"""
import json
import os
import shlex
import subprocess
import tempfile
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DEADLINE_S = 170


def load():
    with open(os.path.join(HERE, "mutants.toml"), "rb") as source:
        return tomllib.load(source)["mutant"]


def find(name):
    return next(mutant for mutant in load() if mutant["name"] == name)


def planted_text(mutant):
    """(text, None), or (None, what is wrong)."""
    with open(os.path.join(ROOT, mutant["file"]), encoding="utf-8") as source:
        text = source.read()
    count = text.count(mutant["find"])
    if count != 1:
        return None, f"'{mutant['find']}' occurs {count} times in {mutant['file']}, expected once"
    return text.replace(mutant["find"], mutant["replace"]), None


def run(command, where):
    return subprocess.run(command, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=DEADLINE_S)


def compile_command(build, file):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as source:
        for entry in json.load(source):
            if entry["file"] == os.path.join(ROOT, file):
                return shlex.split(entry["command"])
    return None


def link_command(build, target):
    done = run(["ninja", "-t", "commands", target], build)
    lines = [line for line in done.stdout.splitlines() if f" -o {target} " in line]
    if done.returncode or not lines:
        return None
    return [word for word in shlex.split(lines[-1]) if word not in (":", "&&")]


def link(build, changed, target, program):
    """Links `target` as `program`; `changed`: an object to go in front, or None. None, or what is wrong."""
    command = link_command(build, target)
    if command is None:
        return f"{build} does not know {target}"
    command[command.index("-o") + 1] = program
    if changed:
        command.insert(next(at for at, word in enumerate(command) if word.endswith(".o")), changed)
    step = run(command, build)
    return step.stdout if step.returncode else None


def build(tree, mutant, program, target="host/vitrine"):
    """Links `target` of the build tree with the fault in it. None, or what is wrong."""
    text, problem = planted_text(mutant)
    command = compile_command(tree, mutant["file"])
    if problem or command is None:
        return problem or f"{tree} does not know {mutant['file']}"
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, os.path.basename(mutant["file"]))
        changed = os.path.join(folder, "changed.o")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        command[command.index("-o") + 1] = changed
        command[command.index("-c") + 1] = source
        beside = os.path.join(ROOT, os.path.dirname(mutant["file"]))
        keep = [word for word in command if word not in ("-MD", "-Werror")]
        for option in ("-MT", "-MF"):
            if option in keep:
                at = keep.index(option)
                del keep[at:at + 2]
        step = run(keep[:1] + [f"-I{beside}", "-w"] + keep[1:], tree)
        if step.returncode:
            return step.stdout
        return link(tree, changed, target, program)
