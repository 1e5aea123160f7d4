"""Evaluates every Nickel file of a directory with the reference, and prints what it says of each.

    python3 reference.py PY_NICKEL DIRECTORY

PY_NICKEL is the folder that `cargo xtask setup` has installed the package py-nickel into. What is printed is JSON:

    {version, files: {NAME: {value} | {message, errors, file, line, column}}}

An error is told by its first line, the number of errors in the report, which may have notes as well, and its primary place:
the first that is underlined with `^`, or else the first. Text that Nickel makes up, such as a value, is no place.
"""

import json
import re
import sys
from importlib.metadata import distributions
from pathlib import Path

PY_NICKEL, DIRECTORY = sys.argv[1], Path(sys.argv[2])
sys.path.insert(0, PY_NICKEL)

import nickel  # noqa: E402  (the package is not where Python looks)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MESSAGE = re.compile(r"^error: (.*)$", re.MULTILINE)
PLACE = re.compile(r"^ *┌─ (.*):(\d+):(\d+)$", re.MULTILINE)
PRIMARY = re.compile(r"^ +│.*\^", re.MULTILINE)


def error(path, report):
    """Takes the message and the place out of the report that is made for people."""
    report = COLOUR.sub("", report)
    messages = MESSAGE.findall(report) or [report]
    told = {"message": messages[0], "errors": len(messages)}
    # Notes that follow the error have places of their own.
    report = re.split(r"^note: ", report, maxsplit=1, flags=re.MULTILINE)[0]
    # The text before the first place, then the parts of each place and the excerpt that follows it.
    _, *parts = PLACE.split(report)
    places = [it for it in zip(*[iter(parts)] * 4) if not it[0].startswith("<unknown>")]
    if places:
        file, line, column, _ = next((it for it in places if PRIMARY.search(it[3])), places[0])
        if file == "python":
            # The text that was handed over, as opposed to a file that it imports.
            file = path.name
        elif not file.startswith("<"):
            file = Path(file).name
        told |= {"file": file, "line": int(line), "column": int(column)}
    return told


def evaluate(path):
    """Evaluates one file as `nickel export` does, with its imports beginning beside it."""
    try:
        # Keeps the order of fields; the numbers are exact, because Python's are.
        return {"value": json.loads(nickel.run(path.read_text("utf-8"), import_paths=[str(path.parent)]))}
    except nickel.NickelException as raised:
        return error(path, str(raised))


print(
    json.dumps(
        {
            "version": next(it.version for it in distributions(name="py-nickel", path=[PY_NICKEL])),
            "files": {path.name: evaluate(path) for path in sorted(DIRECTORY.glob("*.ncl"))},
        }
    )
)
