"""Request logs of the local cloud as GET /_control/requests gives them, an entry at a time."""
import base64
import json
import urllib.parse

# Faults that leave nothing of an answer to be checked.
NO_ANSWER = {"html", "empty", "garbage", "wrong-length", "truncate", "reset-before", "reset-after"}


class Exchange:
    def __init__(self, entry):
        self.entry = entry
        self.service = entry["service"]
        self.operation = entry["operation"]
        self.title = f"{self.service} {self.operation}"
        self.where = f"request {entry['sequence']}"
        self.method = entry["request"]["method"]
        self.target = entry["request"]["target"]
        self.headers = lowered(entry["request"]["headers"])
        path, _, query = self.target.partition("?")
        self.path = bucket_of(self.service, self.headers) + path
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True)
        self.body = body_of(entry["request"])
        self.status = entry["response"]["status"]
        self.answer_headers = lowered(entry["response"]["headers"])
        self.answer = body_of(entry["response"])
        self.error = entry["error"]
        self.answered = entry["effect"] not in NO_ANSWER


def bucket_of(service, headers):
    """"/bucket" where the host's name says it: the models write it into the path."""
    name, dot, _ = headers.get("host", "").partition(".s3.")
    return f"/{name}" if service == "s3" and dot else ""


def lowered(headers):
    return {name.lower(): value for name, value in headers.items()}


def body_of(message):
    """The body's bytes; None when it was too long to be kept."""
    if "body_base64" in message:
        return base64.b64decode(message["body_base64"])
    if "body" in message:
        return message["body"].encode()
    return b"" if message["body_size"] == 0 else None


def keys_listed(paths):
    """Secrets by id of the keys that a test has made, beside those that everybody knows."""
    keys = {}
    for path in paths:
        with open(path, encoding="utf-8") as log:
            keys.update(json.load(log).get("keys", {}))
    return keys


def exchanges(paths):
    for path in paths:
        with open(path, encoding="utf-8") as log:
            for entry in json.load(log)["requests"]:
                yield Exchange(entry)
