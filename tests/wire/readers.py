"""How structures, lists and maps look in each protocol. A reader takes a node of the wire apart for
a shape: fields() a structure, items() a list, entries() a map, scalar() a value. What is not as the
protocol has it raises Malformed.
"""


class Malformed(Exception):
    pass


class Json:
    """Nodes are parsed JSON."""

    as_text = False

    def name(self, member, shape):
        return shape.get("locationName", member)

    def fields(self, node, shape):
        if not isinstance(node, dict):
            raise Malformed("not an object")
        return dict(node)

    def items(self, node, shape):
        if not isinstance(node, list):
            raise Malformed("not an array")
        return node

    def entries(self, node, shape):
        if not isinstance(node, dict):
            raise Malformed("not an object")
        return list(node.items())

    def scalar(self, node):
        return node


class Form:
    """Nodes are texts, or dicts made of dotted names by nest()."""

    as_text = True

    def __init__(self, protocol):
        self.ec2 = protocol == "ec2"

    @staticmethod
    def nest(pairs):
        tree = {}
        for name, value in pairs:
            *folders, last = name.split(".")
            here = tree
            for folder in folders:
                here = here.setdefault(folder, {})
                if not isinstance(here, dict):
                    raise Malformed(f"{name}: {folder} has a value of its own")
            if last in here:
                raise Malformed(f"{name} twice")
            here[last] = value
        return tree

    def name(self, member, shape):
        if not self.ec2:
            return shape.get("locationName", member)
        if shape.get("queryName"):
            return shape.get("queryName")
        located = shape.get("locationName")
        return located[0].upper() + located[1:] if located else member

    def fields(self, node, shape):
        if not isinstance(node, dict):
            raise Malformed("not a structure")
        return dict(node)

    def items(self, node, shape):
        if node == "":
            return []  # the query protocol's way to say "an empty list"
        if not self.ec2 and not shape.get("flattened"):
            label = shape.part("member").get("locationName", "member")
            node = self._only(node, label)
        return self._numbered(node)

    def entries(self, node, shape):
        if not shape.get("flattened"):
            node = self._only(node, "entry")
        names = [shape.part(part).get("locationName", part) for part in ("key", "value")]
        pairs = self._numbered(node)
        if any(not isinstance(pair, dict) or sorted(pair) != sorted(names) for pair in pairs):
            raise Malformed(f"entries of a map have {' and '.join(names)}")
        return [(pair[names[0]], pair[names[1]]) for pair in pairs]

    def scalar(self, node):
        if not isinstance(node, str):
            raise Malformed("not a value")
        return node

    @staticmethod
    def _only(node, label):
        if not isinstance(node, dict) or list(node) != [label]:
            raise Malformed(f"should be .{label}.N")
        return node[label]

    @staticmethod
    def _numbered(node):
        if not isinstance(node, dict) or sorted(node) != sorted(
                str(number) for number in range(1, len(node) + 1)):
            raise Malformed("a list is numbered from 1 without gaps")
        return [node[str(number)] for number in range(1, len(node) + 1)]


def local_name(element):
    return element.tag.rpartition("}")[2]


class Xml:
    """Nodes are ElementTree elements; a flattened list or map is a Python list of them."""

    as_text = True

    def name(self, member, shape):
        if shape.get("flattened"):
            part = shape.part("member").get("locationName") if shape.type == "list" else None
            return part or shape.get("locationName", member)
        return shape.get("locationName", member)

    def fields(self, node, shape):
        flattened = {
            self.name(member, inner)
            for member, inner in shape.members.items() if inner.get("flattened")
        }
        found = {}
        for child in self._children(node):
            found.setdefault(local_name(child), []).append(child)
        for name, children in found.items():
            if name not in flattened:
                if len(children) > 1:
                    raise Malformed(f"<{name}> more than once")
                found[name] = children[0]
        for name, value in node.attrib.items():
            found["xsi:" + name.rpartition("}")[2]] = value
        return found

    def items(self, node, shape):
        if isinstance(node, list):
            return node
        label = shape.part("member").get("locationName", "member")
        children = self._children(node)
        if any(local_name(child) != label for child in children):
            raise Malformed(f"a list of <{label}> has something else in it")
        return children

    def entries(self, node, shape):
        children = node if isinstance(node, list) else self._children(node)
        names = [shape.part(part).get("locationName", part) for part in ("key", "value")]
        pairs = []
        for child in children:
            parts = {local_name(part): part for part in child}
            if sorted(parts) != sorted(names):
                raise Malformed(f"entries of a map have {' and '.join(names)}")
            pairs.append((self.scalar(parts[names[0]]), parts[names[1]]))
        return pairs

    def scalar(self, node):
        if isinstance(node, str):
            return node
        if len(node):
            raise Malformed("not a value but elements")
        return node.text or ""

    @staticmethod
    def _children(node):
        if (node.text or "").strip() and len(node):
            raise Malformed("text beside elements")
        return list(node)
