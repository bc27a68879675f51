"""Walks what went over the wire along the shapes of all models at once, and keeps account of who
vouched for what: a member is vouched for by the first model that knows it, and is a fault when none
does."""
import json
import pathlib

from readers import Malformed
from values import wrong_value

# Newer than every model at hand, with where AWS documents them.
DOCUMENTED = json.loads(
    pathlib.Path(__file__).with_name("documented_members.json").read_text(encoding="utf-8"))


class Account:
    """What was found: faults, and the members vouched for by each source."""

    def __init__(self):
        self.faults = []
        self.members = {}  # "ec2 CreateImage.Name" -> source
        self.operations = {}  # "ec2 CreateImage" -> source

    def fault(self, where, reason):
        self.faults.append(f"{where}: {reason}")

    def close(self, what, checked, other):
        """Prints the account; the exit code."""
        for source in sorted(set(self.operations.values()) | set(self.members.values())):
            operations = sum(1 for by in self.operations.values() if by == source)
            members = sum(1 for by in self.members.values() if by == source)
            print(f"{source} vouched for {operations} operations and {members} members")
        for fault in sorted(set(self.faults)):
            print(f"FAULT {fault}")
        print(f"{checked} {what} checked, {other} not of concern, {len(self.faults)} faults")
        if not checked:
            print("nothing was checked")
        return 1 if self.faults or not checked else 0


class Walk:
    def __init__(self, reader, account, title, *, answers=False):
        self.reader = reader
        self.account = account
        self.title = title  # "ec2 CreateImage"
        self.answers = answers

    def value(self, node, shapes, path):
        """`shapes` has one (source, shape) for each model that knows this place."""
        try:
            kind = shapes[0][1].type
            if self.answers and node is None:
                return  # {"revision": null} is the service's way, and a member that is not there
            if kind == "structure":
                self.structure(node, shapes, path)
            elif kind == "list":
                self.list(node, shapes, path)
            elif kind == "map":
                self.map(node, shapes, path)
            else:
                self.scalar(node, shapes, path)
        except Malformed as reason:
            self.account.fault(f"{self.title}{path}", str(reason))

    def structure(self, node, shapes, path):
        found = {}
        for _, shape in shapes:
            found.update(self.reader.fields(node, shape))
        if self.answers:
            found.pop("__type", None)  # JSON services add it to structures now and then
        for name, inner in found.items():
            known = self._known(name, shapes)
            if known:
                self._vouch(known[0][0], path, name)
                self.value(inner, known, f"{path}.{name}")
            elif f"{self.title}{path}.{name}" not in DOCUMENTED:
                self.account.fault(f"{self.title}{path}.{name}", "no model knows this member")
        self._required(found, shapes, path)

    def _known(self, name, shapes):
        known = []
        for source, shape in shapes:
            for member, inner in shape.members.items():
                if self.reader.name(member, inner) == name:
                    known.append((source, inner))
        return known

    def _required(self, found, shapes, path):
        if self.answers and self.reader.as_text:
            return  # empty lists and texts are left out of XML answers
        needed = {
            self.reader.name(member, shape.members[member])
            for _, shape in shapes for member in shape.required
        }
        for name in sorted(needed - set(found)):
            self.account.fault(f"{self.title}{path}.{name}", "is required and is not there")

    def list(self, node, shapes, path):
        items = self.reader.items(node, shapes[0][1])
        self._count(len(items), shapes[0][1], path)
        parts = [(source, shape.part("member")) for source, shape in shapes]
        for item in items:
            self.value(item, parts, f"{path}[]")

    def map(self, node, shapes, path):
        entries = self.reader.entries(node, shapes[0][1])
        self._count(len(entries), shapes[0][1], path)
        for key, value in entries:
            reason = wrong_value(key, shapes[0][1].part("key"), True)
            if reason:
                self.account.fault(f"{self.title}{path}", f"key: {reason}")
            self.value(value, [(by, shape.part("value")) for by, shape in shapes], f"{path}{{}}")

    def _count(self, count, shape, path):
        if not shape.get("min", 0) <= count <= shape.get("max", count):
            if not (self.answers and count == 0):
                self.account.fault(f"{self.title}{path}", f"{count} entries are too few or many")

    def scalar(self, node, shapes, path):
        value = self.reader.scalar(node)
        if self.answers and self.reader.as_text and value == "" and shapes[0][1].type == "string":
            return  # services send elements for texts that are not set, and lengths do not count
        reason = wrong_value(value, shapes[0][1], self.reader.as_text)
        if reason:
            self.account.fault(f"{self.title}{path}", reason)

    def _vouch(self, source, path, name):
        self.account.members.setdefault(f"{self.title}{path}.{name}", source)
