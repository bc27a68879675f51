#!/usr/bin/python3
"""Thousands of random requests, signed by the agent and by botocore: the same header each time.

  random_signatures.py SIGN_LINES [COUNT [SEED]]
"""
import datetime
import json
import random
import string
import subprocess
import sys
import urllib.parse

from signing import authorization

SERVICES = ["s3", "ec2", "codepipeline", "autoscaling", "sts", "imagebuilder"]
REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "ap-southeast-5"]
AWKWARD = "-_.~ +=&%/:;,@!$'()*?#[]<>\"\\|{}^`äß漢字🙂"


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, low, high):
        alphabet = string.ascii_letters + string.digits + AWKWARD
        return "".join(self.random.choices(alphabet, k=self.random.randint(low, high)))

    def path(self, service):
        segments = [urllib.parse.quote(self.text(0, 12), safe="-_.~")
                    for _ in range(self.random.randint(0, 5))]
        if service != "s3":
            segments += self.random.choices(["", ".", "..", "plain"], k=self.random.randint(0, 2))
            self.random.shuffle(segments)
        return "/" + "/".join(segments)

    def query(self):
        fields = []
        for _ in range(self.random.randint(0, 6)):
            name = urllib.parse.quote(self.text(1, 8), safe="-_.~")
            value = urllib.parse.quote(self.text(0, 12), safe="-_.~")
            fields.append(name if self.random.random() < 0.15 else f"{name}={value}")
            if self.random.random() < 0.1:
                fields.append(f"{name}={value}2")
        return "&".join(fields)

    def header_value(self):
        words = ["".join(self.random.choices(string.ascii_letters + string.digits + "-_.~=/:;,+",
                                             k=self.random.randint(1, 9)))
                 for _ in range(self.random.randint(0, 4))]
        return self.random.choice(["", " ", "  "]) + self.random.choice([" ", "  "]).join(words)

    def headers(self):
        names = ["Content-Type", "X-Amz-Target", "x-amz-copy-source", "x-amz-copy-source-range",
                 "X-Amz-Meta-One", "x-amz-meta-one-more", "Range", "amz-sdk-request", "If-None-Match",
                 "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
                 "User-Agent", "Expect", "X-Amzn-Trace-Id"]
        chosen = self.random.sample(names, self.random.randint(0, 8))
        fields = [[name, self.header_value()] for name in chosen]
        if self.random.random() < 0.2:
            fields += [["X-Amz-Twice", self.header_value()], ["x-amz-twice", self.header_value()]]
        return fields

    def request(self):
        service = self.random.choice(SERVICES)
        scheme = self.random.choice(["http", "https"])
        port = self.random.choice(["", "", ":80", ":443", ":8080"])
        query = self.query()
        when = self.random.randint(946684800, 4102444799)
        return {
            "method": self.random.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]),
            "url": f"{scheme}://{service}.Example{self.random.randint(1, 9)}.test{port}"
                   f"{self.path(service)}{'?' + query if query else ''}",
            "headers": self.headers(),
            "body": self.text(0, 80).encode().hex(),
            "region": self.random.choice(REGIONS),
            "service": service,
            "access_key": "AKID" + "".join(self.random.choices(string.ascii_uppercase, k=12)),
            "secret": "".join(self.random.choices(string.ascii_letters + "/+", k=40)),
            "token": self.text(20, 60) if self.random.random() < 0.3 else "",
            "time": when,
        }


def expected(request):
    when = datetime.datetime.fromtimestamp(request["time"], datetime.timezone.utc)
    return authorization(
        request["method"], request["url"], request["headers"], bytes.fromhex(request["body"]),
        (request["region"], request["service"]),
        (request["access_key"], request["secret"], request["token"] or None),
        when.strftime("%Y%m%dT%H%M%SZ"))


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20150830
    maker = Maker(seed)
    requests = [maker.request() for _ in range(count)]
    lines = "\n".join(json.dumps(request) for request in requests) + "\n"
    signed = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True,
                            check=True).stdout.splitlines()
    wrong = 0
    for request, ours in zip(requests, signed, strict=True):
        theirs = expected(request)
        if ours != theirs:
            wrong += 1
            if wrong <= 5:
                print(f"{json.dumps(request)}\n  agent    {ours}\n  botocore {theirs}")
    print(f"{count} requests (seed {seed}), {wrong} signed differently")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
