#!/usr/bin/python3
"""What the tests under fire tried, as tables.

A program calls `row(…)` for each case; the rows go to a file of its own in the folder that the
environment variable AGENT_FIRE_REPORT names (without it, nowhere). `report.py FOLDER` prints all
that is there, a table after the other, with totals; its exit code is 1 when a case was tried and
did not pass, or when there is nothing to print.
"""

import collections
import glob
import json
import os
import sys
import threading

FULL = os.environ.get("AGENT_FIRE") == "all"  # everything is tried, else a representative part
ORDER = ["kill -9", "lost answers", "faults", "switches", "soak", "leaving", "fleet",
         "state directory", "secrets", "fuzz"]
_lock = threading.Lock()


def row(table, case, expected, tried, passed, note=""):
    """Keeps one row: `passed` of `tried` attempts at `case` were as the sentence `expected` says.
    Rows of the same case and sentence are added up."""
    folder = os.environ.get("AGENT_FIRE_REPORT")
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    program = os.path.basename(sys.argv[0]).removesuffix(".py")
    line = json.dumps({"table": table, "case": case, "expected": expected, "tried": tried,
                       "passed": passed, "note": note})
    with _lock, open(os.path.join(folder, f"{program}-{os.getpid()}.jsonl"), "a",
                     encoding="utf-8") as file:
        file.write(line + "\n")


def read(folder):
    """Rows by table, the known tables first; rows of one case and expectation are added up."""
    tables = collections.defaultdict(dict)
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl"))):
        with open(path, encoding="utf-8") as file:
            for line in file:
                one = json.loads(line)
                key = (one["case"], one["expected"])
                known = tables[one["table"]].setdefault(key, {"tried": 0, "passed": 0, "notes": []})
                known["tried"] += one["tried"]
                known["passed"] += one["passed"]
                if one["note"] and one["note"] not in known["notes"]:
                    known["notes"].append(one["note"])
    place = {name: number for number, name in enumerate(ORDER)}
    return dict(sorted(tables.items(), key=lambda item: (place.get(item[0], len(ORDER)), item[0])))


def as_text(name, rows):
    """One table, its columns as wide as what is in them; notes under their rows."""
    tried = sum(one["tried"] for one in rows.values())
    passed = sum(one["passed"] for one in rows.values())
    wide = max([len(case) for case, _ in rows] + [len("total")])
    lines = [f"== {name}: {passed} of {tried} passed"]
    lines.append(f"   {'case':{wide}}  {'tried':>6}  {'passed':>6}  expected")
    for (case, expected), one in rows.items():
        mark = "  " if one["passed"] == one["tried"] else "!!"
        lines.append(f"{mark} {case:{wide}}  {one['tried']:6}  {one['passed']:6}  {expected}")
        lines += [f"   {'':{wide}}                  ({note})" for note in one["notes"]]
    lines.append(f"   {'total':{wide}}  {tried:6}  {passed:6}")
    return "\n".join(lines), passed == tried


def main(folder):
    tables = read(folder)
    good = bool(tables)
    for name, rows in tables.items():
        text, passed = as_text(name, rows)
        print(text, end="\n\n")
        good = good and passed
    if not tables:
        print(f"nothing was reported in {folder}", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: report.py FOLDER", file=sys.stderr)
        sys.exit(64)
    sys.exit(main(sys.argv[1]))
