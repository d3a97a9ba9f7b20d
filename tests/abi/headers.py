# SPDX-License-Identifier: BSD-3-Clause
"""What is in the public headers, as far as the checks in this directory ask."""

import re

# Members of a sized or counted structure are added at its end, so these can be
# cut off there again, unless the contract says that every program has them.
NEEDED = re.compile(r"\bRequired\b")


def code_of(text):
    """The text with comments blanked, each character in its place."""
    return re.sub(r"/\*.*?\*/", lambda found: re.sub(r"[^\n]", " ", found.group()), text,
                  flags=re.S)


class Structure:
    """A public structure: its name, and its members with their comments."""

    def __init__(self, name, body):
        self.name = name
        self.names = []
        self.texts = []
        end = 0
        for found in re.finditer(r"[^;]*;", code_of(body)):
            code = found.group()
            member = re.search(r"\(\*(\w+)\)", code) or re.search(r"(\w+)\s*(\[[^]]*\])*;", code)
            self.names.append(member[1])
            self.texts.append(body[end:found.end()])
            end = found.end()

    @property
    def kind(self):
        """How it grows (vtd.h, "Growth"), or None."""
        if self.names[0] == "size":
            return "sized"
        if self.name.endswith("_counters"):
            return "counted"
        if self.names[-1] == "reserved":
            return "reserved"
        return None

    def older_texts(self, count):
        """The first `count` members, or more if every program has them."""
        needed = [i for i, text in enumerate(self.texts) if NEEDED.search(text)]
        return self.texts[:max([count, *[i + 1 for i in needed]])]


STRUCTURE = re.compile(r"^struct (\w+) \{\n(.*?)^\};", flags=re.S | re.M)


def structures(text):
    """The structures that a header defines."""
    return [Structure(*found) for found in STRUCTURE.findall(text)]


def change(text, body_of):
    """A header whose structures have the bodies that body_of(structure) says."""
    def changed(found):
        structure = Structure(*found.groups())
        return f"struct {structure.name} {{\n{body_of(structure)}\n}};"
    return STRUCTURE.sub(changed, text)


def enumerators(text):
    """The names of a header's enumerators."""
    bodies = re.findall(r"^enum \w+ \{(.*?)\}", code_of(text), flags=re.S | re.M)
    return [name for body in bodies for name in re.findall(r"^\s*(\w+)", body, flags=re.M)]


def macros(text):
    """The macros that a header defines, but for its guard: (name with parameters,
    value, comment behind it)."""
    joined = text.replace("\\\n", " ")
    found = re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+(?:\([^)]*\))?)(?:[ \t]+(.*?))?"
                       r"[ \t]*(?:/\*[*<\s]*(.*?)[ \t]*(?:\*/.*)?)?$", joined, flags=re.M)
    return [one for one in found if one[1]]


def explicit_values(text):
    """(name, text of the value) of enumerators that are given one."""
    bodies = re.findall(r"^enum \w+ \{(.*?)\}", code_of(text), flags=re.S | re.M)
    return [pair for body in bodies
            for pair in re.findall(r"^\s*(\w+)\s*=\s*([^,]*[^,\s])", body, flags=re.M)]
