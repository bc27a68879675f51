#!/usr/bin/python3
"""Every signature of request logs, recomputed with botocore's signer from what came over the wire.

  check_signatures.py LOG...

Secrets are AWS's documented example keys, those that STS and CodePipeline gave out in the same logs,
those that a log lists as its "keys", and --key.
"""
import argparse
import hashlib
import re
import sys
import xml.etree.ElementTree as ElementTree

from exchange import exchanges, keys_listed
from readers import local_name
from signing import authorization

EXAMPLE_KEYS = {
    "AKIAIOSFODNN7EXAMPLE": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AKIAI44QH8DHBEXAMPLE": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
}
HEADER = re.compile(r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/"
                    r"(?P<service>[^/]+)/aws4_request, SignedHeaders=(?P<names>[^,]+), "
                    r"Signature=[0-9a-f]{64}")
JOB_KEYS = re.compile(r'"accessKeyId":"(\w+)","secretAccessKey":"([^"]*)"')
ALWAYS_SIGNED = {"host", "x-amz-date"}


def keys_given_out(exchange):
    """By id: those of sessions, and those that CodePipeline gives a job for its artifacts."""
    if exchange.service == "codepipeline" and exchange.status == 200 and exchange.answer:
        return dict(JOB_KEYS.findall(exchange.answer.decode()))
    if exchange.service != "sts" or exchange.status != 200 or not exchange.answer:
        return {}
    texts = {local_name(element): element.text
             for element in ElementTree.fromstring(exchange.answer).iter()}
    if "SecretAccessKey" not in texts:
        return {}
    return {texts["AccessKeyId"]: texts["SecretAccessKey"]}


def fault_in(exchange, secrets):
    """Why the signature is not right, or None."""
    headers = exchange.headers
    said = HEADER.fullmatch(headers.get("authorization", ""))
    if not said:
        return f"Authorization: {headers.get('authorization')}"
    if said["id"] not in secrets:
        return f"nobody knows the secret of {said['id']}"
    names = said["names"].split(";")
    must = ALWAYS_SIGNED | {name for name in headers if name.startswith("x-amz-")}
    if not must <= set(names):
        return f"not signed: {', '.join(sorted(must - set(names)))}"
    hashed = headers.get("x-amz-content-sha256")
    if exchange.body is None and not hashed:
        return "its body was not kept"
    if hashed and re.fullmatch("[0-9a-f]{64}", hashed) and exchange.body is not None:
        if hashlib.sha256(exchange.body).hexdigest() != hashed:
            return "x-amz-content-sha256 is not the body's"
    again = authorization(
        exchange.method, f"http://{headers['host']}{exchange.target}",
        [(name, headers[name]) for name in names if name != "x-amz-date"], exchange.body,
        (said["region"], said["service"]),
        (said["id"], secrets[said["id"]], headers.get("x-amz-security-token")),
        headers["x-amz-date"])
    return None if again == headers["authorization"] else f"botocore signs {again}"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--key", action="append", default=[], metavar="ID:SECRET")
    options.add_argument("logs", nargs="+")
    chosen = options.parse_args()
    secrets = {**EXAMPLE_KEYS, **dict(key.split(":", 1) for key in chosen.key)}
    secrets.update(keys_listed(chosen.logs))
    checked, other, faults = 0, 0, 0
    for exchange in exchanges(chosen.logs):
        secrets.update(keys_given_out(exchange))
        # What the cloud itself refused for its signature was meant to be wrong, or has its test.
        if "authorization" not in exchange.headers or "Signature" in exchange.error:
            other += 1
            continue
        checked += 1
        reason = fault_in(exchange, secrets)
        if reason:
            faults += 1
            print(f"FAULT {exchange.where} {exchange.title}: {reason}")
    print(f"{checked} signatures checked, {other} not of concern, {faults} wrong")
    return 1 if faults or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
