#!/usr/bin/python3
"""Every request of request logs, against the input shapes of service models we did not write.

  check_requests.py --sdk APIS_FOLDER LOG...

Operation, members known and required, types, enums, lengths and patterns; how each protocol spells
them; and for each operation and member the model that vouches for it.
"""
import argparse
import json
import sys
import urllib.parse

from exchange import exchanges
from model import SERVICES, models
from readers import Form, Json, Malformed
from rest import RestCheck, labels_of, reader_for, static_query
from walk import Account, Walk


def check(exchange, sdk, account):
    """One request: its faults and what was vouched for go into the account."""
    known = [(model, model.operation(exchange.operation))
             for model in models(exchange.service, sdk)]
    known = [(model, operation) for model, operation in known if operation]
    if not known:
        account.fault(exchange.title, "no model knows this operation")
        return
    account.operations.setdefault(exchange.title, known[0][0].source)
    shapes = [(model.source, operation.shape("input")) for model, operation in known]
    protocol = known[0][0].protocol
    try:
        if protocol == "json":
            check_json(exchange, known[0][0], shapes, account)
        elif protocol in ("query", "ec2"):
            check_form(exchange, known[0][0], shapes, account)
        else:
            check_rest(exchange, known[0], shapes, account)
    except (Malformed, ValueError) as reason:
        account.fault(exchange.title, str(reason))


def check_json(exchange, model, shapes, account):
    prefix = model.metadata["targetPrefix"]
    expected = {
        "x-amz-target": f"{prefix}.{exchange.operation}",
        "content-type": f"application/x-amz-json-{model.metadata['jsonVersion']}",
    }
    for name, value in expected.items():
        if exchange.headers.get(name) != value:
            account.fault(exchange.title, f"{name}: {exchange.headers.get(name)}, not {value}")
    check_line(exchange, "POST", account)
    Walk(Json(), account, exchange.title).value(json.loads(exchange.body), shapes, "")


def check_form(exchange, model, shapes, account):
    pairs = urllib.parse.parse_qsl(
        exchange.body.decode(), keep_blank_values=True, strict_parsing=True)
    tree = Form.nest(pairs)
    expected = {"Action": exchange.operation, "Version": model.metadata["apiVersion"]}
    for name, value in expected.items():
        if tree.pop(name, None) != value:
            account.fault(exchange.title, f"{name} is not {value}")
    check_line(exchange, "POST", account)
    Walk(Form(model.protocol), account, exchange.title).value(tree, shapes, "")


def check_line(exchange, method, account):
    if (exchange.method, exchange.target) != (method, "/"):
        account.fault(exchange.title, f"{exchange.method} {exchange.target}, not {method} /")


def check_rest(exchange, known, shapes, account):
    model, operation = known
    http = operation.facts["http"]
    labels = labels_of(http["requestUri"], exchange.path)
    if exchange.method != http.get("method", "POST") or labels is None:
        account.fault(exchange.title, f"{exchange.method} {exchange.target} is not "
                                      f"{http.get('method', 'POST')} {http['requestUri']}")
        return
    rest = RestCheck(Walk(reader_for(model.protocol), account, exchange.title), shapes)
    rest.labels(labels)
    rest.query(exchange.query, static_query(http["requestUri"]))
    rest.headers(exchange.headers)
    rest.body(exchange.body, model.protocol)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--sdk", required=True)
    options.add_argument("--agent", default="codepipeline-agent",
                         help="check the requests with this word in their User-Agent only; "
                              "'' = all")
    options.add_argument("logs", nargs="+")
    chosen = options.parse_args()
    account, checked, other = Account(), 0, 0
    for exchange in exchanges(chosen.logs):
        agent = exchange.headers.get("user-agent", "")
        # What was refused for its credentials was not looked at.
        unread = not exchange.operation and "Expired" in exchange.error
        if exchange.service not in SERVICES or chosen.agent not in agent or unread:
            other += 1
        elif exchange.body is None:
            account.fault(exchange.title, f"{exchange.where}: its body was not kept")
        else:
            checked += 1
            check(exchange, chosen.sdk, account)
    return account.close("requests", checked, other)


if __name__ == "__main__":
    sys.exit(main())
