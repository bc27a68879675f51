#!/usr/bin/python3
"""All three checks over the request logs in a folder.

  check_logs.py APIS_FOLDER FOLDER
"""
import pathlib
import sys

import cloud


def main():
    sdk, folder = sys.argv[1:]
    logs = sorted(str(path) for path in pathlib.Path(folder).glob("*.json"))
    if not logs:
        sys.exit(f"no request log in {folder}")
    print(f"{len(logs)} request logs")
    return 0 if cloud.hold_against_models(sdk, logs, whose="codepipeline-agent") else 1


if __name__ == "__main__":
    sys.exit(main())
