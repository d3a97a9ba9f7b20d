# SPDX-License-Identifier: BSD-3-Clause
"""C sources in the kernel's style, as far as tools/ needs to understand them:
functions and tables that begin and end in the first column."""

import re


class Source:
    """One file: its text without comments, and the blocks in it."""

    def __init__(self, path):
        raw = path.read_text(encoding="utf-8")
        self.text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"),
                           raw, flags=re.S)
        self.aliases = dict(re.findall(r"^#define (\w+) ([a-z]\w+)$", self.text, re.M))
        self.blocks = {}  # name -> text, of functions and tables
        self.static = set()
        for head, body in self.split():
            name = self.name_in(head)
            if name:
                self.blocks[name] = head + body
                if re.search(r"\bstatic\b", head):
                    self.static.add(name)

    def split(self):
        """(head, body) of everything with braces in the first column."""
        head, body = [], None
        for line in self.text.splitlines():
            if body is not None:
                body.append(line)
                if line.startswith("}"):
                    yield "\n".join(head), "\n".join(body)
                    head, body = [], None
            elif line == "{" or line.endswith("] = {"):
                head.append(line)
                body = []
            elif not line or line.endswith((";", "}")) or line.startswith("#"):
                head = []
            else:
                head.append(line)

    @staticmethod
    def name_in(head):
        found = re.search(r"(\w+)\s*\(", head) or re.search(r"(\w+)\s*\[", head)
        return found and found[1]
