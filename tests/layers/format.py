#!/usr/bin/python3
"""Formats as .clang-format says: names every source file that clang-format-19 would change.

  format.py [--fix]
"""
import pathlib
import subprocess
import sys

FOLDERS = ("agent", "actions", "tests", "bench")


def main():
    tree = pathlib.Path(__file__).parents[2]
    files = sorted(
        str(path)
        for folder in FOLDERS
        for path in (tree / folder).rglob("*")
        if path.suffix in (".h", ".cc")
    )
    if not files:
        sys.exit(f"no source file below {tree}")
    how = ["-i"] if sys.argv[1:] == ["--fix"] else ["--dry-run", "-Werror"]
    done = subprocess.run(["clang-format-19", *how, *files], stdin=subprocess.DEVNULL, check=False)
    print(f"{len(files)} files {'differ somewhere' if done.returncode else 'as .clang-format says'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
