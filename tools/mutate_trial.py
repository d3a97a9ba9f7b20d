# SPDX-License-Identifier: BSD-3-Clause
"""What tools/mutate does with a mutant, whatever it is a mutant of: compile the one file,
link, run the tests that execute the line.  A Part (tools/mutate_library.py,
tools/mutate_glue.py) says how that goes there."""

import hashlib
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

import mutants

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("VTD_BUILD", ROOT / "build"))
KNOWN = ROOT / "tools" / "mutants.txt"
CLOSER_TIMES = 4  # so much longer tests take when they are looked at closer


def say(text):
    print(f"==> {text}", flush=True)


def run(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options)


class Test:
    """A command that passes or fails."""

    def __init__(self, name, command, cwd, env=None):
        self.name = name
        self.command = command
        self.cwd = cwd
        self.env = env or {}
        self.seconds = 0.0  # of processor time
        self.wall = 0.0
        self.last = None  # both, of the last run

    def run(self, env, limit):
        """None: passed; else why not.  The limit is one of processor time, and one of
        the clock."""

        def limits():
            resource.setrlimit(resource.RLIMIT_CPU, (limit[0], limit[0] + 1))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.setsid()

        before, began = os.times(), time.monotonic()
        with subprocess.Popen(self.command, env={**os.environ, **self.env, **env},
                              cwd=self.cwd, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              preexec_fn=limits) as process:
            try:
                status = process.wait(limit[1])
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                return "too long"
        after = os.times()
        self.last = (after.children_user + after.children_system -
                     before.children_user - before.children_system,
                     time.monotonic() - began)
        return None if status == 0 else "too long" if status in (-24, -9) else "failed"


class Part:
    """A part of the tree whose mutants are tried."""

    name = ""  # of its table
    where = ""  # its sources
    seconds = 0  # tests of more are left out
    tries = 1  # a test has failed when it has failed so often
    decides = {}  # directory -> the files in it that decide what is executed
    work = None  # for everything that is made here
    cwd = None  # of its commands
    clang = []  # options to note what is executed
    not_clang = ()  # options that clang does not know
    recorder = None  # the program or library that notes what is executed
    closer = ()  # options of a compiler that looks closer at what no test has noticed

    def __init__(self):
        self.commands = {}  # source -> (its command, its object)

    def setup(self):
        """Build what there is without a mutant, and find the commands."""
        raise NotImplementedError

    def tests(self):
        """All of them."""
        raise NotImplementedError

    def link(self, objects, directory):
        """What the tests test, of these objects, into the directory."""
        raise NotImplementedError

    def link_covered(self, objects):
        """The same into work/covered, of objects that note what is executed."""
        raise NotImplementedError

    def environment(self, directory):
        """With which the tests test what is in the directory."""
        raise NotImplementedError

    def link_closer(self, objects, directory):
        """Like link(), with objects that were compiled with `closer`."""
        raise NotImplementedError

    def environment_closer(self, directory):
        """Like environment(), for that."""
        raise NotImplementedError

    def profile(self, directory):
        """Where what is executed is noted."""
        raise NotImplementedError

    def limit(self, test):
        """How long it may take with a mutant; others may use the machine."""
        raise NotImplementedError

    def order(self, test):
        """The one with less goes first."""
        return test.seconds

    def candidates(self, _mutant, tests):
        """Those of the tests that are asked."""
        return tests

    def row(self, path):
        """Of the table."""
        raise NotImplementedError

    def objects(self):
        return [output for _, output in self.commands.values()]

    def digest(self):
        """Of all that decides what is executed."""
        found = hashlib.sha256()
        for directory, names in self.decides.items():
            for path in sorted((ROOT / directory).rglob(names)):
                found.update(path.read_bytes())
        return found.hexdigest()


def words_for(part, path, source, output):
    """The command that compiles `source` in place of the one at `path`: what it includes
    by name is next to that one, and messages have that one's name."""
    words = list(part.commands[path][0])
    at = words.index("-c")
    own = os.path.dirname(words[at + 1])
    words[at + 1] = str(source)
    words[words.index("-o") + 1] = str(output)
    for option in ("-MF", "-MQ"):
        words[words.index(option) + 1] = str(part.work / "dependencies")
    return [*words, "-iquote", str((part.cwd / own).resolve()),
            f"-fmacro-prefix-map={source.parent}={own}"]


def compiles(words, part):
    return subprocess.run(words, cwd=part.cwd, capture_output=True, check=False,
                          env={**os.environ, "CCACHE_DISABLE": "1"}).returncode == 0


def text_of(path):
    """What an object does: its sections but for notes and names of sources."""
    listing = run(["objdump", "-dr", "-s", "-j", ".text", "-j", ".rodata", "-j",
                   ".data.rel.ro", "-j", ".text.unlikely", str(path)], ).stdout \
        if path.exists() else ""
    return re.sub(r".*file format.*", "", listing)


def known_survivors():
    """Key -> the reason why it is no mistake."""
    found = {}
    if KNOWN.exists():
        reason = ""
        for line in KNOWN.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                reason = line[2:]
            elif " => " in line:
                found[line.strip()] = reason
    return found


class Trial:
    """Everything that trying a mutant needs."""

    def __init__(self, part, places):
        self.part = part
        self.places = places
        self.known = known_survivors()
        self.directory = part.work / "mutant"
        self.directory.mkdir(exist_ok=True)
        self.bear = {}  # test -> whether it passes when looked at closer, without a mutant

    def of(self, mutant):
        """(verdict, by whom)"""
        source = self.directory / os.path.basename(mutant.path)
        made = self.directory / "mutant.o"
        text = (ROOT / mutant.path).read_text(encoding="utf-8")
        source.write_text(mutants.apply(mutant, text), encoding="utf-8")
        if not compiles(words_for(self.part, mutant.path, source, made), self.part):
            self.check(mutant.path, made)
            return "no program", ""
        output = self.part.commands[mutant.path][1]
        if text_of(made) == text_of(self.part.cwd / output):
            return "same code", ""
        if mutant.key in self.known:
            return "known", self.known[mutant.key]
        objects = [str(made) if o == output else o for o in self.part.objects()]
        self.part.link(objects, self.directory)
        tests = self.part.candidates(mutant,
                                     self.places.get((mutant.path, mutant.line), []))
        by = self.asked(tests, self.part.environment(self.directory))
        if by is None and self.part.closer:
            by = self.asked_closer(mutant, objects, tests)
        if by is not None:
            return "noticed", by
        return "survived", f"{len(tests)} tests execute the line"

    def check(self, path, made):
        """A mutant is no program only where its original is one."""
        if not compiles(words_for(self.part, path, ROOT / path, made), self.part):
            sys.exit(f"error: {path} does not compile any more")

    def asked(self, tests, env, times=1):
        """Which test notices the mutant that has been linked."""
        for test in tests:
            for _ in range(self.part.tries):
                why = test.run(env, [times * limit for limit in self.part.limit(test)])
                if why is None:
                    break
            if why is not None:
                return f"{test.name} {why}"
        return None

    def asked_closer(self, mutant, objects, tests):
        """The same with what `make test` has besides: AddressSanitizer and UBSan."""
        made = self.directory / "mutant.o"
        words = words_for(self.part, mutant.path,
                          self.directory / os.path.basename(mutant.path), made)
        if not compiles([*words, *self.part.closer], self.part):
            return None
        self.part.link_closer(objects, self.directory)
        by = self.asked([test for test in tests if self.bears(test)],
                        self.part.environment_closer(self.directory), CLOSER_TIMES)
        return by and f"{by}, with sanitizers"

    def bears(self, test):
        if test.name not in self.bear:
            env = self.part.environment_closer(self.part.work / "plain")
            limit = [CLOSER_TIMES * limit for limit in self.part.limit(test)]
            self.bear[test.name] = test.run(env, limit) is None
        return self.bear[test.name]


if __name__ == "__main__":
    sys.exit("call tools/mutate")
