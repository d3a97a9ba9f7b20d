# SPDX-License-Identifier: BSD-3-Clause
"""Which tests mention what: directly, by a table or helper of their file, or by
the support code that they use."""

import re

from csource import Source

NAMED_AT_MOST = 2


def is_built(path):
    """Whether the meson.build next to it names the file."""
    build = path.parent / "meson.build"
    return build.exists() and f"'{path.name}'" in build.read_text(encoding="utf-8")


class TestIndex:
    def __init__(self, base, kit):
        self.sources = {str(path.relative_to(base)): Source(path)
                        for path in sorted(base.rglob("*.[ch]"))
                        if path.suffix == ".h" or is_built(path)}
        # What tests use of the kit is support code, too.
        self.sources.update({f"kit/{path.name}": Source(path)
                             for path in sorted(kit.rglob("*.[ch]"))})
        self.aliases = {}  # short names for functions of others
        for source in self.sources.values():
            self.aliases.update(source.aliases)
        self.calls = {}
        self.shared = {}  # functions that other files may call
        for file, source in self.sources.items():
            for name in source.blocks:
                if name not in source.static:
                    self.shared.setdefault(name, file)
        self.tests = [(file, name) for file, source in self.sources.items()
                      for name in source.blocks
                      if name != "main" and
                      re.search(rf"\b{name}\b", source.blocks.get("main", ""))
                      and re.match(rf"static void\s+{name}\(\s*void \*\*", source.blocks[name])]
        self.file_of = {name: file for file, name in self.tests}
        self.reach = {test: self.reachable(test) for test in self.tests}
        self.rows, self.reasons = self.read_conditions(base)

    def read_conditions(self, base):
        """The table of fault conditions, whose rows are tests."""
        rows, reasons = {}, {}
        for path in sorted(base.glob("spec/*.def")):
            text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
            for name, rest in re.findall(r"^CONDITION\(([^,]+),(.*?)\)$", text, re.M | re.S):
                test = f"requests_end_in_{name}_when_{rest.split(',')[-1].strip()}"
                rows[name] = f"{path.relative_to(base).with_suffix('')}_test.c: {test}"
            reasons.update(re.findall(r'^NOT_HERE\(([^,]+),\s*"([^"]+)"\)', text, re.M))
        return rows, reasons

    def called(self, node):
        """The blocks of code that a block mentions."""
        if node not in self.calls:
            self.calls[node] = list(self.find_called(*node))
        return self.calls[node]

    def find_called(self, file, name):
        source = self.sources[file]
        words = set(re.findall(r"\w+", source.blocks[name])) - {name}
        for word in {self.aliases.get(word, word) for word in words}:
            if word in source.blocks:
                yield file, word
            elif word in self.shared:
                yield self.shared[word], word

    def reachable(self, test):
        """Everything that the test uses -> how far away it is."""
        distance, queue = {test: 0}, [test]
        for node in queue:
            for other in self.called(node):
                if other not in distance:
                    distance[other] = distance[node] + 1
                    queue.append(other)
        return distance

    def nearest(self, pattern):
        """The tests that have the pattern closest at hand."""
        hits = {(file, name) for file, source in self.sources.items()
                for name, text in source.blocks.items() if re.search(pattern, text)}
        found = {}
        for test, reach in self.reach.items():
            near = [distance for node, distance in reach.items() if node in hits]
            if near:
                found[test] = min(near)
        return [test for test, distance in found.items() if distance == min(found.values())]

    @staticmethod
    def cell(names):
        names = list(dict.fromkeys(names))
        return "<br>".join(f"`{name}`" for name in names[:NAMED_AT_MOST])

    def showing(self, word, named, row=None):
        """Tests that mention a word; a register also as a row {"NAME", offset} of
        a table, or by an access to its offset.  `named` come first."""
        pattern = rf"\b{word}\b"
        if row:
            pattern += rf'|"{row[0]}",\s*0x0*{row[1]:x}\b'
            pattern += rf"|_(?:read|write)\w*\(\s*[^,()]+,\s*0x0*{row[1]:x}\b"
        return self.cell(named + [f"{file}: {name}" for file, name in self.nearest(pattern)])

    def showing_condition(self, name, enumerator, named):
        """Its row in the table of conditions; tests that mention the enumerator;
        for interrupts, tests that have the reason code in their name."""
        names = named + ([self.rows[name]] if name in self.rows else [])
        names += [f"{file}: {test}" for file, test in self.tests
                  if f"_faults_{name.rstrip('h')}_" in test]
        names += [f"{file}: {test}" for file, test in self.nearest(rf"\b{enumerator}\b")]
        return self.cell(names)
