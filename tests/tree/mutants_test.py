#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What tools/mutants.py makes of a source."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import mutants  # noqa: E402

SOURCE = """/* if (no == code) */
static const int table[] = { 1 < 2 };

static bool f(struct s *s, int a)
{
	int n = 0; /* no statement of its own */

	if (s->ready && a >= 3)
		s->count++;
	for (n = 0; n < a; n++)
		g("if (x == y)", n);
	return true;
}
"""


def made(source=SOURCE):
    return {(m.line, m.kind, m.old, m.text) for m in mutants.mutants("f.c", source)}


class Mutants(unittest.TestCase):
    def test_all_of_a_function_are_found_and_nothing_else(self):
        self.assertEqual(made(), {
            (8, "delete", "s->ready && a >= 3", "1"),
            (8, "delete", "s->ready && a >= 3", "0"),
            (8, "weaken", "s->ready", "1"),
            (8, "weaken", "a >= 3", "1"),
            (8, "flip", "&&", "||"),
            (8, "flip", ">=", "<"),
            (8, "weaken", ">=", ">"),
            (9, "delete", "s->count++;", ";"),
            (10, "flip", "<", ">="),
            (10, "weaken", "<", "<="),
            (11, "delete", 'g("if (x == y)", n);', ";"),
            (12, "flip", "true", "false"),
        })

    def test_lines_stay_when_a_statement_of_two_goes(self):
        source = "void f(void)\n{\n\tg(1,\n\t  2);\n}\n"
        mutant, = mutants.mutants("f.c", source)
        self.assertEqual(mutants.apply(mutant, source), "void f(void)\n{\n\t;\n\n}\n")

    def test_line_is_part_of_the_name_of_an_operator(self):
        keys = {m.key for m in mutants.mutants("f.c", SOURCE)}
        self.assertIn("f.c: < => >= in: for (n = 0; n < a; n++)", keys)
        self.assertIn("f.c: s->count++; => ;", keys)

    def test_operands_of_a_call_are_left_alone(self):
        kinds = [m for m in made("int f(int a)\n{\n\treturn g(a && 1) || a;\n}\n")
                 if m[1] == "weaken"]
        self.assertEqual(sorted(kinds), [(3, "weaken", "a", "0"),
                                         (3, "weaken", "g(a && 1)", "0")])

    def test_known_survivors_are_mutants_of_the_tree(self):
        lines = (ROOT / "tools/mutants.txt").read_text(encoding="utf-8").splitlines()
        known = {line.strip() for line in lines if " => " in line and line[0] != "#"}
        found = set()
        for path in {line.split(": ")[0] for line in known}:
            source = (ROOT / path).read_text(encoding="utf-8")
            found |= {m.key for m in mutants.mutants(path, source)}
        self.assertEqual(known - found, set())


if __name__ == "__main__":
    unittest.main()
