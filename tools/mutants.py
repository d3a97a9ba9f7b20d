# SPDX-License-Identifier: BSD-3-Clause
"""Mutants of C sources: one condition flipped, weakened or taken away, or one statement
deleted.  Only the text of functions is looked at, by brackets and tokens; what does not
compile is no mutant."""

import bisect
import dataclasses
import re

FLIPS = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
         "&&": "||", "||": "&&"}
WEAKER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
TOKEN = re.compile(r"->|<<=?|>>=?|==|!=|<=|>=|&&|\|\||(?<!-)[<>]")
CONDITION = re.compile(r"\b(?:if|while)\s*\(")
RETURN = re.compile(r"\breturn\s+(?=[^;]*(?:&&|\|\|))")
BOOLEAN = re.compile(r"\breturn (true|false);")
STATEMENT = re.compile(r"(?<=[;{})])\s*(?!(?:return|if|for|while|switch|case|default|else"
                       r"|do|goto|break|continue|sizeof|static_assert|_Static_assert"
                       r"|assert|struct|union|enum|const|static|typedef)\b)"
                       r"(\*?[A-Za-z_]\w*(?:->|\.|\[|\s*[-+|&^*]?=(?!=)|\s*<<=|\(|\+\+|--)"
                       r"[^;{}]*;)")


@dataclasses.dataclass(frozen=True)
class Mutant:
    """`text` in place of what is from `start` to `end` of the file."""
    path: str
    line: int
    start: int
    end: int
    text: str
    kind: str
    old: str
    source: str  # the line

    @property
    def name(self):
        """The same as long as the source is."""
        return f"{self.path}:{self.line}:{self.start} {self.kind}"

    @property
    def key(self):
        """What tools/mutants.txt calls it: without its place, which changes."""
        squeezed = [" ".join(text.split()) for text in (self.old, self.text, self.source)]
        # An operator by itself could be any.
        where = f" in: {squeezed[2]}" if self.old in FLIPS else ""
        return f"{self.path}: {squeezed[0]} => {squeezed[1]}{where}"


def code_only(text):
    """`text` without comments, strings, characters and directives, of the same length."""
    pattern = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
                         r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def closing(code, at):
    """Where the bracket that opens at `at` is closed."""
    depth = 0
    for i in range(at, len(code)):
        depth += code[i] in "([{"
        depth -= code[i] in ")]}"
        if depth == 0:
            return i
    return len(code) - 1


def function_spans(code):
    """Bodies of functions: braces at depth 0 behind a closing parenthesis."""
    at = 0
    while (at := code.find("{", at)) >= 0:
        end = closing(code, at)
        if code[:at].rstrip().endswith(")"):
            yield at, end
        at = end + 1


def operands(code, start, end):
    """The operands of && or || at the top of an expression, with their operator."""
    cuts, depth, operators = [start], 0, set()
    for i in range(start, end):
        depth += code[i] in "([{"
        depth -= code[i] in ")]}"
        if depth == 0 and code[i:i + 2] in ("&&", "||"):
            operators.add(code[i:i + 2])
            cuts += [i, i + 2]
        elif depth == 0 and code[i] in "?=,;" and code[i - 1:i + 1] not in (
                "==", "!=", "<=", ">=") and code[i:i + 2] != "==":
            return
    if len(operators) != 1:
        return
    cuts.append(end)
    for i in range(0, len(cuts), 2):
        yield cuts[i], cuts[i + 1], operators.copy().pop()


def of_condition(code, start, end, whole):
    """(start, end, text, kind) of the condition between `start` and `end`."""
    for a, b, operator in operands(code, start, end):
        # Spaces around stay where they are.
        a += len(code[a:b]) - len(code[a:b].lstrip())
        b -= len(code[a:b]) - len(code[a:b].rstrip())
        if whole and code[a:b] == code[start:end]:
            break
        yield a, b, "1" if operator == "&&" else "0", "weaken"
    if whole:
        yield start, end, "1", "delete"
        yield start, end, "0", "delete"


def in_parentheses(code, start, at):
    """Whether `at` is in a for's head or in a call."""
    return code.count("(", start, at) != code.count(")", start, at)


def of_function(code, start, end):
    for found in TOKEN.finditer(code, start, end):
        for table, kind in ((FLIPS, "flip"), (WEAKER, "weaken")):
            if found[0] in table:
                yield found.start(), found.end(), table[found[0]], kind
    for found in CONDITION.finditer(code, start, end):
        close = closing(code, found.end() - 1)
        yield from of_condition(code, found.end(), close, True)
    for found in RETURN.finditer(code, start, end):
        yield from of_condition(code, found.end(), code.index(";", found.end()), False)
    for found in BOOLEAN.finditer(code, start, end):
        yield (*found.span(1), "false" if found[1] == "true" else "true", "flip")
    at = start
    while found := STATEMENT.search(code, at, end):
        if in_parentheses(code, start, found.start(1)):
            at = found.start(1) + 1
        else:
            yield (*found.span(1), ";", "delete")
            at = found.end() - 1


def mutants(path, text):
    """All mutants of a source, in order."""
    code = code_only(text)
    lines = [m.start() for m in re.finditer(r"^", text, re.M)]
    made = set()
    for start, end in function_spans(code):
        for a, b, new, kind in of_function(code, start + 1, end):
            line = bisect.bisect(lines, a)
            made.add(Mutant(path, line, a, b, new, kind, text[a:b],
                            text.splitlines()[line - 1]))
    return sorted(made, key=lambda m: (m.start, m.end, m.text))


def apply(mutant, text):
    """The source with the mutant in it; line numbers stay."""
    return (text[:mutant.start] + mutant.text +
            "\n" * mutant.old.count("\n") + text[mutant.end:])
