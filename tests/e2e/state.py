"""What lies in a state directory, read as agent/pipeline/state_file.cc writes it, by other means."""

import json
import os
import zlib

HEADER = b"codepipeline-agent state 1\n"


def record_of(line):
    """Nothing when the line is not whole."""
    checksum, blank, body = line[:8], line[8:9], line[9:]
    if blank != b" " or checksum != b"%08x" % zlib.crc32(body):
        return None
    return json.loads(body)


def line_of(record):
    body = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def lines(directory):
    """All lines but the first, each with its end."""
    with open(os.path.join(directory, "state"), "rb") as file:
        first, *rest = file.read().splitlines(keepends=True) or [b""]
    if first != HEADER:
        raise AssertionError(f"the state file begins with {first!r}")
    return rest


def jobs(directory):
    """Records of each job that the next start goes on with, by job id."""
    held = {}
    for line in lines(directory):
        record = record_of(line.rstrip(b"\n")) if line.endswith(b"\n") else None
        if record is None:
            continue
        if record["is"] == "claim":
            held[record["job"]] = []
        if record["is"] == "forget":
            held.pop(record["job"], None)
        elif record["job"] in held:
            held[record["job"]].append(record)
    return held
