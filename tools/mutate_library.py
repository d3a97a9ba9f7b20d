# SPDX-License-Identifier: BSD-3-Clause
"""Mutants of libvtd/src: the test programs are linked with a shared library in place of
the archive, so that a mutant is a link of the library only."""

import json
import os
import shlex
import subprocess
import sys

from mutate_trial import BUILD, ROOT, Part, Test, run, say

LIBRARY = "libvtdmutate.so"
ARCHIVE = "libvtd/libvtd.a"
# A test of running out of memory stands between the library and the C library.  A lock
# is given back by who has it: ThreadSanitizer says so in `make test`, too.
WRAPPED = ("calloc", "malloc", "aligned_alloc", "free", "pthread_mutex_unlock")
WRAPS = """#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#define WRAP(type, name, parameters, arguments) \\
	type __real_##name parameters; \\
	__attribute__((weak)) type __wrap_##name parameters { return __real_##name arguments; }
WRAP(void *, calloc, (size_t a, size_t b), (a, b))
WRAP(void *, malloc, (size_t a), (a))
WRAP(void *, aligned_alloc, (size_t a, size_t b), (a, b))
WRAP(void, free, (void *a), (a))
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	static _Thread_local pid_t self;

	if (self == 0)
		self = gettid();
	if (mutex->__data.__owner != self)
		abort();
	return __real_pthread_mutex_unlock(mutex);
}
"""


class Library(Part):
    """The tests that record and play again run for libvtd/src/record only, and for what no
    other test executes."""

    name = "mutate"
    where = "libvtd/src"
    seconds = 5
    decides = {part: "*.[ch]" for part in ("libvtd", "kit", "tests", "fuzz")}
    work = BUILD / "mutate"
    cwd = work / "meson"
    not_clang = ("-O1",)
    recorder = work / "covered" / LIBRARY
    closer = ("-fsanitize=address,undefined", "-fsanitize=bounds-strict",
              "-fsanitize-undefined-trap-on-error")

    def setup(self):
        """A build of everything, optimised so that mutants that change nothing are known
        by their code, and without debug information, which has lines in it."""
        if not (self.cwd / "build.ninja").exists():
            self.work.mkdir(parents=True, exist_ok=True)
            run(["meson", "setup", str(self.cwd), str(ROOT), "-Dbuildtype=plain",
                 "-Dc_args=-O1 -w", "-Dtool=false", "-Dinstall=false"])
        done = subprocess.run(["ninja", "-C", str(self.cwd)], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            sys.exit("error: the tree does not build:\n" + done.stdout[-3000:])
        for entry in json.loads((self.cwd / "compile_commands.json").read_text()):
            if entry["output"].startswith("libvtd/libvtd."):
                path = os.path.relpath(self.cwd / entry["file"], ROOT)
                self.commands[os.path.normpath(path)] = (shlex.split(entry["command"]),
                                                         entry["output"])
        say("linking the tests with a library that can be exchanged")
        self.link(self.objects(), self.work / "plain")

    def tests(self):
        """All test programs of the build that have the library in them."""
        entries = json.loads(run(["meson", "introspect", "--tests",
                                  str(self.cwd)]).stdout)
        (self.work / "tests").mkdir(exist_ok=True)
        return [test for test in map(self.linked, entries) if test]

    def linked(self, entry):
        """The test of an entry of Meson's, if it has the library in it."""
        target = os.path.relpath(entry["cmd"][0], self.cwd)
        if target.startswith(".."):
            return None
        out = self.work / "tests" / entry["name"].replace("/", "_")
        link = run(["ninja", "-C", str(self.cwd), "-t", "commands", "-s", target]).stdout
        words = shlex.split(link.strip().splitlines()[-1])
        if ARCHIVE not in words:
            return None
        words = [str(self.work / "plain" / LIBRARY) if w == ARCHIVE else w for w in words]
        words[words.index("-o") + 1] = str(out)
        subprocess.run(words, cwd=self.cwd, check=True, capture_output=True)
        return Test(entry["name"], [str(out), *entry["cmd"][1:]], self.work,
                    dict(entry["env"]))

    def link(self, objects, directory, compiler=("cc",)):
        directory.mkdir(exist_ok=True)
        wraps = self.work / "wraps.o"
        if not wraps.exists():
            run(["cc", "-fPIC", "-O1", "-x", "c", "-", "-c", "-o", str(wraps)],
                input=WRAPS)
        command = [*compiler, "-shared", "-pthread", f"-Wl,-soname,{LIBRARY}",
                   *(f"-Wl,--wrap={name}" for name in WRAPPED), "-o",
                   str(directory / LIBRARY), *objects, str(wraps)]
        subprocess.run(command, cwd=self.cwd, check=True, capture_output=True)

    def link_covered(self, objects):
        self.link(objects, self.work / "covered", ("clang", "-fprofile-instr-generate"))

    def environment(self, directory):
        return {"LD_LIBRARY_PATH": str(directory)}

    def link_closer(self, objects, directory):
        self.link(objects, directory, ("cc", "-fsanitize=address"))

    def environment_closer(self, directory):
        """The test programs are not made with the sanitizer, so that it has to be first."""
        runtime = run(["cc", "-print-file-name=libasan.so"]).stdout.strip()
        return {**self.environment(directory), "LD_PRELOAD": runtime}

    def profile(self, directory):
        return str(directory / "%p.profraw")

    def limit(self, test):
        return int(3 + 5 * test.seconds), 30 + 20 * test.wall

    def candidates(self, mutant, tests):
        if mutant.path.startswith("libvtd/src/record/"):
            return tests
        return [test for test in tests if not test.name.endswith("recorded")] or tests

    def row(self, path):
        return os.path.dirname(path).removeprefix(self.where).strip("/") or "."
