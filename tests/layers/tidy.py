#!/usr/bin/python3
"""clang-tidy over the product, the local cloud and the tests' support: silence or an error.

  tidy.py BUILD_FOLDER [FILE...]

BUILD_FOLDER has compile_commands.json and its precompiled header built. A file that was clean is
looked at again only when it, a header of ours that it reaches, its command or .clang-tidy changed:
BUILD_FOLDER/tidy/ keeps a stamp for each such state. Test programs are left out: what the checks
are for is code that runs for long, and Google Test's macros make them slow.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("agent", "actions", "tests/local_cloud", "tests/support")
OWN_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


@functools.lru_cache(maxsize=None)
def text_of(name):
    return (TREE / name).read_text(encoding="utf-8")


def reached_from(name):
    """The file and every header of ours that it includes, directly or not."""
    seen, todo = set(), [name, "agent/base/precompiled.h"]
    while todo:
        here = todo.pop()
        if here not in seen and (TREE / here).is_file():
            seen.add(here)
            todo += OWN_INCLUDE.findall(text_of(here))
    return sorted(seen)


def stamp_of(name, command):
    state = hashlib.sha256(command.encode())
    for rules in (".clang-tidy", "tests/.clang-tidy"):
        state.update(text_of(rules).encode())
    for reached in reached_from(name):
        state.update(text_of(reached).encode())
    return f"{name.replace('/', '.')}.{state.hexdigest()[:24]}"


def check(build, name):
    done = subprocess.run(
        ["clang-tidy-19", "-p", build, "--quiet", name],
        cwd=TREE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + (done.stderr if done.returncode else "")


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)
    commands = {
        os.path.relpath(entry["file"], TREE): entry["command"]
        for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    }
    chosen = {
        name: stamps / stamp_of(name, command)
        for name, command in sorted(commands.items())
        if name.startswith(FOLDERS) and not name.endswith("_test.cc")
        and (name in sys.argv[2:] if sys.argv[2:] else True)
    }
    if not chosen:
        sys.exit("no file to check")
    changed = [name for name, stamp in chosen.items() if not stamp.exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(functools.partial(check, str(build)), changed)
        for name, (clean, words) in zip(changed, results):
            if clean:
                for old in stamps.glob(f"{name.replace('/', '.')}.*"):
                    old.unlink()
                chosen[name].touch()
            else:
                failed += 1
                print(words)
    print(f"{len(chosen)} files, {len(changed)} looked at, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
