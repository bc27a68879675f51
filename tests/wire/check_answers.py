#!/usr/bin/python3
"""Every answer of request logs, against the output shapes of service models we did not write.

  check_answers.py --sdk APIS_FOLDER LOG...

No element that no model knows, each of the right type, and botocore's own parser finds in it as
many values as are there. Error codes are the operation's in the model, or documented for the whole
service (documented_errors.json). Answers that a fault rule has spoilt are left out.
"""
import argparse
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

import botocore.model
import botocore.parsers

from exchange import exchanges
from model import SERVICES, models
from readers import Json, Malformed, Xml, local_name
from rest import RestCheck, reader_for
from walk import Account, Walk

DOCUMENTED = json.loads(
    pathlib.Path(__file__).with_name("documented_errors.json").read_text(encoding="utf-8"))


class Answer:
    def __init__(self, exchange, sdk, account):
        self.exchange = exchange
        self.account = account
        both = models(exchange.service, sdk)
        self.model = both[0]
        known = [(model, model.operation(exchange.operation)) for model in both]
        self.known = [(model, operation) for model, operation in known if operation]
        self.protocol = self.model.protocol

    def fault(self, reason):
        self.account.fault(self.exchange.title, reason)

    def check(self):
        try:
            if self.exchange.status >= 400:
                self.error()
            elif not self.known:
                self.fault("no model knows this operation")
            else:
                self.account.operations.setdefault(self.exchange.title, self.known[0][0].source)
                self.result([(model.source, operation.shape("output"))
                             for model, operation in self.known])
        except (Malformed, ValueError, ElementTree.ParseError) as reason:
            self.fault(f"{type(reason).__name__} {reason}")

    def result(self, shapes):
        walk = Walk(Json() if "json" in self.protocol else Xml(), self.account,
                    self.exchange.title, answers=True)
        body = self.exchange.answer
        if self.protocol == "json":
            if body or shapes[0][1].members:
                walk.value(json.loads(body), shapes, "")
        elif self.protocol in ("query", "ec2"):
            walk.value(self.unwrapped(shapes[0][1]), shapes, "")
        else:
            rest = RestCheck(walk, shapes)
            rest.walk.reader = reader_for(self.protocol)
            rest.headers(self.exchange.answer_headers)
            if not self.is_plain_location(body):
                rest.body(body, self.protocol)
        self.compare_with_parser()

    def is_plain_location(self, body):
        # The one answer whose root is its only value.
        if self.exchange.operation != "GetBucketLocation":
            return False
        root = ElementTree.fromstring(body)
        if local_name(root) != "LocationConstraint" or len(root):
            self.fault("not a lone <LocationConstraint>")
        return True

    def unwrapped(self, shape):
        """The element that holds the result, once what is around it is as the protocol has it."""
        root = ElementTree.fromstring(self.exchange.answer)
        namespace = self.model.metadata.get("xmlNamespace")
        wanted = f"{{{namespace}}}{self.exchange.operation}Response"
        # The model writes the namespace without the slash that the documented answers have.
        if root.tag.replace("/}", "}") != wanted.replace("/}", "}"):
            raise Malformed(f"root is {root.tag}, not {wanted}")
        if self.protocol == "ec2":
            return self._without(root, "requestId")
        metadata = [child for child in root if local_name(child) == "ResponseMetadata"]
        if [local_name(child) for parent in metadata for child in parent] != ["RequestId"]:
            raise Malformed("no <ResponseMetadata><RequestId>")
        root.remove(metadata[0])
        wrapper = shape.get("resultWrapper")
        if [local_name(child) for child in root] != ([wrapper] if wrapper else []):
            raise Malformed(f"should have <{wrapper}> and nothing else")
        return root[0] if wrapper else root

    @staticmethod
    def _without(root, name):
        found = [child for child in root if local_name(child) == name]
        if len(found) != 1 or not found[0].text:
            raise Malformed(f"no <{name}>")
        root.remove(found[0])
        return root

    def error(self):
        code = self.error_code()
        allowed = set(DOCUMENTED["every service"]) | set(DOCUMENTED.get(self.exchange.service, {}))
        for _, operation in self.known:
            allowed |= set(operation.errors)
        if code not in allowed:
            self.fault(f"error code {code} is neither the model's nor documented")
        if self.exchange.error and code != self.exchange.error:
            self.fault(f"error code {code}; the cloud meant {self.exchange.error}")

    def error_code(self):
        body = self.exchange.answer
        if self.exchange.method == "HEAD":
            return str(self.exchange.status) if not body else "a body after HEAD"
        if self.protocol == "json":
            return json.loads(body)["__type"].rpartition("#")[2]
        if self.protocol == "rest-json":
            return self.exchange.answer_headers["x-amzn-errortype"].partition(":")[0]
        root = ElementTree.fromstring(body)
        path = {"ec2": ["Response", "Errors", "Error"], "query": ["ErrorResponse", "Error"],
                "rest-xml": ["Error"]}[self.protocol]
        if local_name(root) != path[0]:
            raise Malformed(f"an error's root is <{path[0]}>, not <{local_name(root)}>")
        for name in path[1:]:
            root = next(child for child in root if local_name(child) == name)
        texts = {local_name(child): child.text for child in root}
        if not texts.get("Message"):
            self.fault("an error without a message")
        return texts["Code"]

    def compare_with_parser(self):
        """botocore's own parser must see all that botocore's model knows."""
        if self.protocol.startswith("rest") or not self._all_vouched_by_botocore():
            return
        service = botocore.model.ServiceModel(self.model.raw, self.exchange.service)
        shape = service.operation_model(self.exchange.operation).output_shape
        if shape is None:
            return
        parser = botocore.parsers.ResponseParserFactory().create_parser(self.protocol)
        parsed = parser.parse({"body": self.exchange.answer, "status_code": self.exchange.status,
                               "headers": self.exchange.answer_headers}, shape)
        parsed.pop("ResponseMetadata", None)
        seen, sent = leaves(parsed), self.leaves_sent()
        if seen != sent:
            self.fault(f"{sent} values sent, botocore's parser sees {seen}")

    def _all_vouched_by_botocore(self):
        mine = f"{self.exchange.title}."
        return all(source == "botocore" for name, source in self.account.members.items()
                   if name.startswith(mine))

    def leaves_sent(self):
        if self.protocol == "json":
            return leaves(json.loads(self.exchange.answer)) if self.exchange.answer else 0
        root = ElementTree.fromstring(self.exchange.answer)
        ignored = {"requestId", "RequestId"}
        # An empty element may be an empty list or structure: no value for the parser either.
        return sum(1 for element in root.iter()
                   if not len(element) and element.text and local_name(element) not in ignored)


def leaves(value):
    """How many values are in it; nulls, empty ones and __type do not count."""
    if isinstance(value, dict):
        return sum(leaves(inner) for name, inner in value.items() if name != "__type")
    if isinstance(value, list):
        return sum(leaves(inner) for inner in value)
    return 0 if value is None or value == "" else 1


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--sdk", required=True)
    options.add_argument("logs", nargs="+")
    chosen = options.parse_args()
    account, checked, other = Account(), 0, 0
    for exchange in exchanges(chosen.logs):
        if exchange.service not in SERVICES or not exchange.answered or exchange.answer is None:
            other += 1
        else:
            checked += 1
            Answer(exchange, chosen.sdk, account).check()
    return account.close("answers", checked, other)


if __name__ == "__main__":
    sys.exit(main())
