#!/usr/bin/python3
"""Fuzzes one target: first all of its corpus, then new inputs. What breaks it is kept, and said.

  run.py TARGET FOLDER            5 s; with AGENT_FIRE=all AGENT_FUZZ_SECONDS (300)
  run.py --merge TARGET FOLDER    what long runs found goes into the corpus where it reaches more

TARGET is a program of this folder, FOLDER (in the build folder) is where inputs are kept that were
found. Without AGENT_FIRE=all nothing is kept from one run to the next but what broke a promise.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import report  # pylint: disable=wrong-import-position

LONGEST = {"archive": 16_384, "artifacts": 16_384}  # bytes of an input
USUAL = 4_096
MOST_FILES, MOST_BYTES = 50, 200_000  # of a corpus
EXPECTED = "no input breaks a promise, crashes it, or keeps it for long"


def seconds():
    return int(os.environ.get("AGENT_FUZZ_SECONDS", "300")) if report.FULL else 5


def longest(name):
    return LONGEST.get(name, USUAL)


def folders(target, folder):
    """The target's name, its corpus, what was found, what broke it."""
    name = target.name.removesuffix("_fuzz")
    here = folder.resolve() / name
    found, broken = here / "found", here / "broken"
    if not report.FULL:
        shutil.rmtree(found, ignore_errors=True)
    for path in (found, broken):
        path.mkdir(parents=True, exist_ok=True)
    return name, HERE / "corpus" / name, found, broken


def command(target, corpus, found, broken):
    words = [str(target), str(found), str(corpus), f"-max_total_time={seconds()}",
             f"-max_len={longest(corpus.name)}", "-timeout=10", "-rss_limit_mb=1024",
             "-print_final_stats=1", f"-artifact_prefix={broken}/"]
    words += [f"-dict={path}" for path in [HERE / "dictionaries" / f"{corpus.name}.dict"]
              if path.exists()]
    return words


def environment():
    """Coroutines that throw are slow when their stack frames are followed too."""
    return {"ASAN_OPTIONS": "detect_stack_use_after_return=0",
            "UBSAN_OPTIONS": "print_stacktrace=1", **os.environ}


def number(pattern, words):
    found = re.findall(pattern, words)
    return int(found[-1]) if found else 0


def fuzz(target, folder):
    name, corpus, found, broken = folders(target, folder)
    begun = time.monotonic()
    done = subprocess.run(command(target, corpus, found, broken), cwd=folder, env=environment(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    took = time.monotonic() - begun
    executed = number(r"stat::number_of_executed_units: *(\d+)", done.stdout)
    executed = executed or number(r"#(\d+)\t", done.stdout) or 1
    places = number(r"cov: (\d+)", done.stdout)
    note = f"{took:.0f} s, {places} places reached"
    bad = 1 if done.returncode else 0
    report.row("fuzz", name, EXPECTED, executed, executed - bad, note)
    print(f"{name}: {executed} inputs, {note}")
    if bad:
        print(done.stdout[-8000:])
        for path in re.findall(r"Test unit written to (\S+)", done.stdout):
            print(f"\nTo reproduce: {target} {path}")
    return bad


def merge(target, folder):
    """Of a smallest set that reaches all, the largest first: they reach most."""
    name = target.name.removesuffix("_fuzz")
    corpus, found = HERE / "corpus" / name, folder.resolve() / name / "found"
    fresh = folder.resolve() / name / "merged"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    subprocess.run([str(target), "-set_cover_merge=1", f"-max_len={longest(name)}", str(fresh),
                    str(corpus), str(found)], env=environment(), stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    known = {path.read_bytes() for path in corpus.iterdir()}
    files = len(known)
    size = sum(len(text) for text in known)
    for path in sorted(fresh.iterdir(), key=lambda path: -path.stat().st_size):
        text = path.read_bytes()
        if text in known:
            continue
        files, size = files + 1, size + len(text)
        if files > MOST_FILES or size > MOST_BYTES:
            break
        shutil.copy(path, corpus / path.name[:16])
    print(f"{name}: {len(list(corpus.iterdir()))} files in the corpus")
    return 0


def main(words):
    what = fuzz
    if words[:1] == ["--merge"]:
        what, words = merge, words[1:]
    if len(words) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    return what(pathlib.Path(words[0]).resolve(), pathlib.Path(words[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
