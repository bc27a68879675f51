#!/usr/bin/python3
"""All three checks over the request logs in a folder.

  check_logs.py APIS_FOLDER FOLDER [PROGRAM ARGUMENT...]

With a program, the folder is emptied and the program run first, to leave its logs there
(AGENT_WIRE_LOGS).
"""
import os
import pathlib
import shutil
import subprocess
import sys

import cloud


def run(folder, program):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = subprocess.run(program, env={**os.environ, "AGENT_WIRE_LOGS": str(folder)},
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"{program[0]} failed; run it by itself to see why")


def main():
    sdk, folder, *program = sys.argv[1:]
    if program:
        run(pathlib.Path(folder), program)
    logs = sorted(str(path) for path in pathlib.Path(folder).glob("*.json"))
    if not logs:
        sys.exit(f"no request log in {folder}")
    print(f"{len(logs)} request logs")
    return 0 if cloud.hold_against_models(sdk, logs, whose="codepipeline-agent") else 1


if __name__ == "__main__":
    sys.exit(main())
