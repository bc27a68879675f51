"""REST services put members into path, query, headers and body; this takes both directions apart."""
import json
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

from readers import Json, Xml, local_name
from values import wrong_value

# Headers of HTTP, of the signature and of the SDKs: in no operation's model.
PLAIN_HEADERS = {
    "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "x-amz-user-agent",
    "x-amz-request-id", "x-amz-id-2", "x-amzn-requestid", "x-amzn-errortype",
    "x-amz-decoded-content-length", "x-amz-trailer", "x-amz-bucket-region",
}


def labels_of(template, path):
    """{"Bucket": "b", "Key": "a/b"} for /{Bucket}/{Key+}; None when the path is not like that."""
    wanted = template.partition("?")[0]
    pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", lambda found: (
        f"(?P<{found[1]}>.+)" if found[2] else f"(?P<{found[1]}>[^/]+)"), re.escape(wanted))
    found = re.fullmatch(pattern, path) or re.fullmatch(pattern + "/", path)
    if not found:
        return None
    return {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}


def static_query(template):
    return dict(urllib.parse.parse_qsl(template.partition("?")[2], keep_blank_values=True))


class RestCheck:
    """Checks one request or answer; `walk` keeps the account."""

    def __init__(self, walk, shapes):
        self.walk = walk
        self.shapes = shapes
        self.present = set()

    def fault(self, name, reason):
        self.walk.account.fault(f"{self.walk.title}.{name}", reason)

    def located(self, location):
        """Wire name -> (member, [(source, shape)]) of what the models put there."""
        found = {}
        for source, shape in self.shapes:
            for member, inner in shape.members.items():
                if inner.get("location") == location:
                    name = inner.get("locationName", member)
                    name = name.lower() if location in ("header", "headers") else name
                    found.setdefault(name, (member, []))[1].append((source, inner))
        return found

    def take(self, member, known, name, text, time_format):
        self.present.add(member)
        source, shape = known[0]
        self.walk.account.members.setdefault(f"{self.walk.title}.{name}", source)
        if shape.type == "list":
            shape = shape.part("member")
        if shape.type == "timestamp" and not shape.get("timestampFormat"):
            shape.facts["timestampFormat"] = time_format
        if shape.type in ("structure", "map"):
            self.fault(name, "a structure where a text is meant")
        elif not shape.get("jsonvalue"):
            reason = wrong_value(text, shape, True)
            if reason:
                self.fault(name, reason)

    def labels(self, values):
        for name, text in values.items():
            known = self.located("uri").get(name)
            if known:
                self.take(*known, name, text, "iso8601")
            else:
                self.fault(name, "no model knows this part of the path")

    def query(self, pairs, static):
        left = dict(static)
        for name, text in pairs:
            if name in left and left[name] == text:
                del left[name]
                continue
            known = self.located("querystring").get(name)
            if known:
                self.take(*known, name, text, "iso8601")
            elif name != "x-id":
                self.fault(name, "no model knows this query parameter")
        for name in left:
            self.fault(name, "the query parameter that names the operation is not there")

    def headers(self, values):
        known, maps = self.located("header"), self.located("headers")
        for name, text in values.items():
            prefixes = [prefix for prefix in maps if name.startswith(prefix)]
            if name in known:
                self.take(*known[name], name, text, "rfc822")
            elif prefixes:
                self.present.add(maps[prefixes[0]][0])
            elif name.startswith("x-amz") and name not in PLAIN_HEADERS:
                self.fault(name, "no model knows this header")

    def body(self, content, protocol):
        first = self.shapes[0][1]
        payload = first.get("payload")
        if payload:
            self.payload(payload, content, protocol)
        else:
            self.members(content, protocol)
        self.required()

    def payload(self, member, content, protocol):
        known = [(source, shape.members[member])
                 for source, shape in self.shapes if member in shape.members]
        if known[0][1].type in ("blob", "string"):
            self.present.add(member)
            if content:
                self.walk.account.members.setdefault(f"{self.walk.title}.{member}", known[0][0])
        elif content:
            self.present.add(member)
            node = parse(content, protocol)
            wanted = known[0][1].get("locationName")
            if protocol == "rest-xml" and wanted and local_name(node) != wanted:
                self.fault(member, f"<{local_name(node)}> where <{wanted}> is meant")
            self.walk.account.members.setdefault(f"{self.walk.title}.{member}", known[0][0])
            self.walk.value(node, known, f".{member}")

    def members(self, content, protocol):
        inner = [(source, BodyMembers(shape)) for source, shape in self.shapes]
        if not any(shape.members for _, shape in inner):
            if content:
                self.fault("body", "a body where none is meant")
            return
        self.walk.structure(parse(content or b"{}", protocol), inner, "")

    def required(self):
        if self.walk.answers:
            return
        for _, shape in self.shapes:
            for member in shape.required:
                place = shape.members[member].get("location")
                if (place or member == shape.get("payload")) and member not in self.present:
                    self.fault(member, "is required and is not there")


class BodyMembers:
    """A shape without the members that go elsewhere than into the body."""

    type = "structure"

    def __init__(self, shape):
        self.members = {name: inner for name, inner in shape.members.items()
                        if not inner.get("location")}
        self.required = [name for name in shape.required if name in self.members]


def parse(content, protocol):
    return ElementTree.fromstring(content) if protocol == "rest-xml" else json.loads(content)


def reader_for(protocol):
    return Xml() if protocol == "rest-xml" else Json()
