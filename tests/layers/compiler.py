#!/usr/bin/python3
"""That configuring with a GCC that miscompiles coroutines stops, and says why and what to do.

  compiler.py CMAKE SOURCE_TREE
"""
import shutil
import subprocess
import sys
import tempfile


def main():
    cmake, tree = sys.argv[1:]
    gcc = shutil.which("g++-12") or shutil.which("g++")
    if not gcc:
        sys.exit("g++ is missing; packaging/install-deps installs it")
    version = subprocess.run([gcc, "-dumpversion"], capture_output=True, text=True, check=True).stdout
    if int(version.split(".")[0]) >= 13:
        print(f"SKIPPED: {gcc} is {version.strip()}, which compiles coroutines rightly")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [cmake, "-S", tree, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={gcc}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    words = " ".join(done.stderr.split())
    print(words)
    wanted = ("miscompiles C++ coroutines", "clang-19", "packaging/install-deps")
    return 0 if done.returncode and all(text in words for text in wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
