#!/usr/bin/python3
"""The layer rule: what each folder may include. Prints every include line that breaks it.

base <- http <- aws <- run <- actions; pipeline uses aws and run; control uses base and pipeline;
only agent/main.cc (with its options) sees everything. Third-party headers that shape a whole file
stay behind one folder or one file each. Includes of our own are spelled from the top of the tree.

  layers.py [TREE]
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
OWN_ROOTS = ("agent/", "actions/", "tests/", "bench/")

# Folder -> folders of ours that it may include beside itself; the longest match counts. A name that
# ends in a slash stands for all folders below it.
MAY_INCLUDE = {
    "agent/base": [],
    "agent/http": ["agent/base"],
    "agent/aws": ["agent/base", "agent/http"],
    "agent/run": ["agent/base", "agent/aws"],
    "agent/pipeline": ["agent/base", "agent/aws", "agent/run"],
    "agent/control": ["agent/base", "agent/pipeline"],
    "agent": ["agent/"],  # options: everything of the agent's
    "agent/main.cc": ["agent/", "actions"],  # the only place where things are made
    "actions": ["agent/base", "agent/run"],
    # The local cloud is not the agent's mirror: it shares nothing but the ground floor.
    "tests/local_cloud": ["agent/base"],
    "tests": ["agent/", "actions", "tests/"],
    "bench": ["agent/", "actions", "tests/"],
}

# Third-party header -> folders or files that may include it.
CONFINED = {
    r"curl/": ["agent/http"],
    r"pugixml\.hpp$": ["agent/aws", "tests/local_cloud"],
    r"boost/log/": ["agent/base/log.cc"],
    r"openssl/": ["agent/base", "tests/local_cloud"],
    r"boost/beast": ["agent/control", "tests/local_cloud"],
    r"archive(_entry)?\.h$": ["agent/pipeline"],
    r"zlib\.h$": ["agent/base", "agent/run", "agent/pipeline"],
    r"boost/program_options": ["agent", "tests/local_cloud"],
    r"(gtest|gmock)/": ["tests", "bench"],
}


def inside(path, place):
    return path == place or path.startswith(place + "/")


def folder_of(path):
    places = [place for place in MAY_INCLUDE if inside(path, place)]
    return max(places, key=len) if places else None


def reason_against(path, header, quoted):
    """Why the file at `path` may not include `header`; None when it may."""
    if header.startswith(OWN_ROOTS):
        folder, target = folder_of(path), folder_of(header)
        allowed = [folder] + MAY_INCLUDE[folder]
        if target in allowed or any(f"{target}/".startswith(a) for a in allowed if a[-1] == "/"):
            return None
        return f"{folder} may include {', '.join(allowed)} only"
    for pattern, places in CONFINED.items():
        if re.match(pattern, header):
            if not any(inside(path, place) for place in places):
                return f"{header} belongs to {', '.join(places)}"
            return None
    if quoted:
        return "includes of our own are spelled from the top of the tree"
    return None


def violations(tree):
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree).as_posix()
        if path.suffix not in (".h", ".cc") or not name.startswith(OWN_ROOTS):
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            reason = reason_against(name, match[2], match[1] == '"')
            if reason:
                line = text.count("\n", 0, match.start(2)) + 1
                yield f"{name}:{line}: {match[2]}: {reason}"


def main():
    tree = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    found = list(violations(tree))
    for line in found:
        print(line)
    files = sum(1 for root in OWN_ROOTS for _ in (tree / root).rglob("*.[ch]*"))
    if not files:
        sys.exit(f"no source file below {tree}")
    print(f"{files} files, {len(found)} includes against the layer rule")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
