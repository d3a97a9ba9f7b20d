#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What tools/mutants.py makes of a source, and what tools/mutate makes of its tests."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import mutants  # noqa: E402
import mutate_cover  # noqa: E402
import mutate_glue  # noqa: E402
import mutate_library  # noqa: E402
import mutate_trial  # noqa: E402

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


class FakePart(mutate_trial.Part):
    """Tests that fail twice have failed."""

    tries = 2

    def environment(self, directory):
        return {}

    def environment_closer(self, directory):
        return {"CLOSER": "1"}

    def limit(self, test):
        return 5, 60


class Trials(unittest.TestCase):
    """Shell commands in place of tests."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.part = FakePart()
        self.part.work = pathlib.Path(directory.name)
        self.trial = mutate_trial.Trial(self.part, {})

    def shell(self, name, command):
        return mutate_trial.Test(name, ["sh", "-c", command], self.part.work)

    def test_first_test_that_fails_is_named_when_mutant_is_noticed(self):
        tests = [self.shell("good", "true"), self.shell("bad", "false"),
                 self.shell("worse", "false")]
        self.assertEqual(self.trial.asked(tests, {}), "bad failed")

    def test_mutant_survives_when_test_fails_only_once(self):
        once = self.shell("once", "mkdir once && exit 1 || true")
        self.assertIsNone(self.trial.asked([once], {}))
        self.assertTrue((self.part.work / "once").exists())

    def test_mutant_survives_when_no_test_executes_it(self):
        self.assertIsNone(self.trial.asked([], {}))

    def test_test_takes_too_long_when_clock_or_processor_says_so(self):
        self.assertEqual(self.shell("waits", "sleep 60").run({}, (5, 0.2)), "too long")
        self.assertEqual(self.shell("works", "while :; do :; done").run({}, (1, 60)),
                         "too long")

    def test_test_does_not_bear_a_closer_look_when_it_fails_without_a_mutant(self):
        self.assertTrue(self.trial.bears(self.shell("good", "true")))
        self.assertFalse(self.trial.bears(self.shell("frail", '[ -z "$CLOSER" ]')))

    def test_trial_ends_when_the_original_does_not_compile(self):
        """Then all mutants would be no programs."""
        path = "tests/qemu/slow_page.c"
        command = ["false", "-MQ", "o", "-MF", "d", "-o", "o", "-c", "/" + path]
        self.part.commands = {path: (command, "o")}
        self.part.cwd = self.part.work
        mutant = mutants.mutants(path, (ROOT / path).read_text(encoding="utf-8"))[0]
        with self.assertRaisesRegex(SystemExit, "does not compile any more"):
            self.trial.of(mutant)

    def test_environment_of_the_trial_comes_before_that_of_the_test(self):
        test = self.shell("asks", '[ "$A$B" = 12 ]')
        test.env = {"A": "1", "B": "1"}
        self.assertIsNone(test.run({"B": "2"}, (5, 60)))


class Commands(unittest.TestCase):
    """Compile commands, for other files than they were made for."""

    COMMAND = ["ccache", "cc", "-I.", "-I/usr/include", "-O2", "-iquote", "a", "-MD",
               "-MQ", "x.o", "-MF", "x.o.d", "-o", "x.o", "-c", "/src/x.c"]

    def setUp(self):
        self.glue = mutate_glue.Glue()
        self.addCleanup(self.glue.temporary.cleanup)
        self.glue.cwd = pathlib.Path("/build")
        self.glue.commands = {"qemu-glue/x.c": (self.COMMAND, "x.o")}

    def test_mutant_is_compiled_as_the_original(self):
        words = mutate_trial.words_for(self.glue, "qemu-glue/x.c",
                                       pathlib.Path("/mutant/x.c"), "/mutant/x.o")
        self.assertEqual(words[words.index("-o"):], [
            "-o", "/mutant/x.o", "-c", "/mutant/x.c", "-iquote", "/src",
            "-fmacro-prefix-map=/mutant=/src"])

    def test_clang_is_given_what_it_knows(self):
        self.assertEqual(mutate_cover.options(self.glue, self.COMMAND)[:4],
                         ["-I.", "-I/usr/include", "-iquote", "a"])

    def test_command_works_anywhere_when_it_is_absolute(self):
        self.assertEqual(self.glue.absolute(self.COMMAND)[2:7],
                         ["-I/build", "-I/usr/include", "-O2", "-iquote", "/build/a"])


class Choices(unittest.TestCase):
    """What is different for the parts."""

    def test_recorded_test_is_asked_when_the_recorder_is_meant_or_nothing_else_is(self):
        library = mutate_library.Library()
        plain, recorded = (mutate_trial.Test(name, [], "") for name in
                           ("path", "path-recorded"))
        recorder, = mutants.mutants("libvtd/src/record/a.c", "void f(void) { g(); }")
        other, = mutants.mutants("libvtd/src/a.c", "void f(void) { g(); }")
        self.assertEqual(library.candidates(other, [plain, recorded]), [plain])
        self.assertEqual(library.candidates(other, [recorded]), [recorded])
        self.assertEqual(library.candidates(recorder, [plain, recorded]),
                         [plain, recorded])


if __name__ == "__main__":
    unittest.main()
