#!/usr/bin/python3
"""Writes sigv4_cases.json: requests, and how botocore signs them.

botocore is the reference here, so that the signer is not its own judge. The same seed gives the
same file. Needs Debian's python3-botocore.
"""
import datetime
import json
import pathlib
import random
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

CHANCE = random.Random(20261121)
UNRESERVED = "ABCXYZabcxyz0189-_.~"
AWKWARD = UNRESERVED + " /%+&=?#:@!$'()*,;[]{}|\\^`\"<>äß漢😀"


def word(alphabet, least, most):
    return "".join(CHANCE.choice(alphabet) for _ in range(CHANCE.randint(least, most)))


def encoded(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "-_.~")


def path(service):
    parts = [encoded(word(AWKWARD, 0 if service == "s3" else 1, 12)) for _ in range(CHANCE.randint(0, 4))]
    text = "/" + "/".join(parts)
    if CHANCE.random() < 0.3:
        text += CHANCE.choice(["/", "//", "/./a", "/a/../b", "/..", "/."])
    return text


def query():
    fields = []
    for _ in range(CHANCE.randint(0, 5)):
        name = encoded(word(AWKWARD, 1, 6))
        fields.append(name if CHANCE.random() < 0.15 else name + "=" + encoded(word(AWKWARD, 0, 8)))
    if fields and CHANCE.random() < 0.3:
        fields.append(fields[0])
    return "?" + "&".join(fields) if fields else ""


def headers(service):
    result = [["User-Agent", "agent/1"]] if CHANCE.random() < 0.5 else []
    if CHANCE.random() < 0.5:
        result.append(["Content-Type", CHANCE.choice(["application/x-amz-json-1.1", "text/plain; charset=utf-8"])])
    for _ in range(CHANCE.randint(0, 4)):
        name = "X-Amz-" + word("abcdeABCDE-", 1, 9).strip("-") + word("xyz", 1, 3)
        if name.lower() not in [n.lower() for n, _ in result]:
            result.append([name, CHANCE.choice(["plain", "  with   many  blanks ", "a,b;c=d", "", "\t tab"])])
    if service == "s3" and CHANCE.random() < 0.3:
        result += [["x-amz-copy-source", "/b/k"], ["x-amz-copy-source-range", "bytes=0-9"]]
    return result


class FrozenTime(datetime.datetime):
    value = None

    @classmethod
    def utcnow(cls):
        return cls.value


def case(number):
    service = CHANCE.choice(["ec2", "codepipeline", "imagebuilder", "sts", "s3", "s3", "s3"])
    region = CHANCE.choice(["eu-west-1", "us-east-1", "us-gov-west-1", "cn-north-1"])
    host = f"{service}.{region}.amazonaws.com" + CHANCE.choice(["", "", ":443", ":8443"])
    url = "https://" + host + path(service) + query()
    method = CHANCE.choice(["GET", "POST", "PUT", "DELETE", "HEAD"])
    body = word(AWKWARD, 0, 60) if method in ("POST", "PUT") else ""
    token = word(UNRESERVED + "/+=", 20, 60) if CHANCE.random() < 0.5 else ""
    unsigned_body = service == "s3" and CHANCE.random() < 0.3
    time = datetime.datetime(2015, 1, 1) + datetime.timedelta(seconds=CHANCE.randint(0, 700_000_000))
    keys = Credentials("AKID" + word("ABC123", 4, 16), word(UNRESERVED + "/+", 20, 40), token or None)

    given = headers(service)
    request = AWSRequest(method=method, url=url, data=body.encode(), headers=dict(given))
    request.context["client_config"] = Config(s3={"payload_signing_enabled": not unsigned_body})
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    FrozenTime.value = time
    signer(keys, service, region).add_auth(request)
    if unsigned_body:
        given.append(["X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"])
    return {
        "name": f"{number}: {method} {service}", "method": method, "url": url, "headers": given,
        "body": body, "region": region, "service": service, "access_key": keys.access_key,
        "secret": keys.secret_key, "token": token,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "authorization": request.headers["Authorization"],
    }


def main():
    botocore.auth.datetime.datetime = FrozenTime
    cases = [case(number) for number in range(150)]
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    target = pathlib.Path(__file__).with_name("sigv4_cases.json")
    target.write_text("[\n" + lines + "\n]\n", encoding="utf-8")


main()
