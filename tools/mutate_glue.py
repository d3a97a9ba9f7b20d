# SPDX-License-Identifier: BSD-3-Clause
"""Mutants of qemu-glue: QEMU is linked of its own objects and the mutant's, which takes a
second, and each test of tests/qemu is run by itself.

Tests end a QEMU by a signal, so what is executed is noted in a file that is mapped; a test
that fails has to fail twice, because several of them depend on time."""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

from mutate_trial import BUILD, ROOT, Part, Test, run

FLAVOUR = os.environ.get("QEMU", "10.2")
QEMU = "qemu-system-x86_64"
TESTS = ROOT / "tests" / "qemu"
LIST = """import sys, unittest
def each(tests):
    for test in tests:
        yield from each(test) if isinstance(test, unittest.TestSuite) else [test]
loader = unittest.TestLoader()
for name in sys.argv[1:]:
    for test in each(loader.loadTestsFromName(name)):
        print(test.id())
"""


class Glue(Part):
    """One version of QEMU."""

    name = "mutate-glue"
    where = "qemu-glue"
    seconds = 60
    tries = 2
    decides = {"libvtd": "*.[ch]", "qemu-glue": "*.[ch]", "tests/qemu": "*.*",
               "tests/clients/fake_vfio": "*.[ch]"}
    work = BUILD / "mutate" / f"glue-{FLAVOUR}"
    cwd = BUILD / f"qemu-{FLAVOUR}"
    clang = ["-mllvm", "-runtime-counter-relocation"]
    not_clang = ("-O2", "-ftrivial-auto-var-init=", "-fzero-call-used-regs=")
    recorder = work / "covered" / QEMU

    def __init__(self):
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory(  # until the end
            prefix="vtd-mutate.", ignore_cleanup_errors=True)

    def setup(self):
        """The QEMU of every day; its objects have no debug information."""
        for command in (["tools/build-lib"], ["tools/build-qemu", FLAVOUR]):
            if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
                sys.exit(1)
        self.work.mkdir(parents=True, exist_ok=True)
        for entry in json.loads((self.cwd / "compile_commands.json").read_text()):
            if "/qemu-glue/" in entry["file"]:
                path = f"{self.where}/{os.path.basename(entry['file'])}"
                self.commands[path] = (shlex.split(entry["command"]), entry["output"])
        self.link(self.objects(), self.work / "plain")

    def tests(self):
        """Each method of each class."""
        names = sorted(path.stem for path in TESTS.glob("*_test.py"))
        found = run([sys.executable, "-B", "-c", LIST, *names], cwd=TESTS,
                    env={**os.environ, **self.environment(self.work / "plain")})
        command = [sys.executable, "-B", "-m", "unittest"]
        return [Test(name, [*command, name], TESTS)
                for name in dict.fromkeys(found.stdout.split())]

    def link(self, objects, directory, more=()):
        directory.mkdir(exist_ok=True)
        exchanged = dict(zip(self.objects(), objects))
        words = [exchanged.get(word, word) for word in self.link_command()]
        words[words.index("-o") + 1] = str(directory / QEMU)
        subprocess.run([*words, *more], cwd=self.cwd, check=True, capture_output=True)
        self.furnish(directory, objects)

    def link_command(self):
        """What links QEMU: ninja keeps it in a file while it runs only."""
        kept = self.work / "link.json"
        if not kept.exists() or kept.stat().st_mtime < (
                self.cwd / "build.ninja").stat().st_mtime:
            kept.write_text(run(["ninja", "-C", str(self.cwd), "-t", "compdb",
                                 "-x", "c_LINKER_RSP"]).stdout)
        command, = [entry["command"] for entry in json.loads(kept.read_text())
                    if entry["output"] == QEMU]
        return shlex.split(command)

    def furnish(self, directory, objects):
        """What QEMU and the tests look for beside the program: its firmware, and how the
        glue's objects are compiled."""
        bundle = directory / "qemu-bundle"
        if not bundle.is_symlink():
            bundle.symlink_to(self.cwd / "qemu-bundle")
        entries = [{"directory": str(self.cwd), "output": made,
                    "file": command[-1], "command": shlex.join(self.absolute(command))}
                   for (command, _), made in zip(self.commands.values(), objects)]
        for entry in entries:
            entry["output"] = str(self.cwd / entry["output"])
        (directory / "compile_commands.json").write_text(json.dumps(entries))

    def absolute(self, command):
        """A compile command that works in any directory."""
        words = []
        for word in command:
            option = next((o for o in ("-I", "-isystem") if word.startswith(o)), "")
            path = word.removeprefix(option)
            if path and (option or words[-1:] in (["-isystem"], ["-iquote"])):
                word = option + str(self.cwd / path)
            words.append(word)
        return words

    def link_covered(self, objects):
        """A test links one of the objects by itself (ats_test.py): each is given the
        runtime for that."""
        directory = self.work / "covered"
        runtime = run(["clang", "-print-runtime-dir"]).stdout.strip()
        archive = f"{runtime}/libclang_rt.profile-{os.uname().machine}.a"
        self.link(objects, directory, ["-Wl,-u,__llvm_profile_runtime", archive])
        for made in objects:
            run(["ld", "-r", "-o", f"{made}.whole", made, "--whole-archive", archive])
        self.furnish(directory, [f"{made}.whole" for made in objects])

    def environment(self, directory):
        """A test that is stopped leaves its files.  They are not below build/, because
        the names of sockets must be short."""
        for path in pathlib.Path(self.temporary.name).iterdir():
            shutil.rmtree(path, ignore_errors=True)
        found = {"VTD_QEMU": str(directory / QEMU), "TMPDIR": self.temporary.name}
        stock = BUILD / f"qemu-{FLAVOUR}-stock" / QEMU
        return {**found, "VTD_QEMU_STOCK": str(stock)} if stock.exists() else found

    def profile(self, directory):
        return str(directory / "%p%c.profraw")

    def limit(self, test):
        return int(10 + 5 * test.seconds), 15 + 10 * test.wall

    def order(self, test):
        """They wait more than they work."""
        return test.wall

    def row(self, path):
        name = os.path.basename(path)
        return next((f"{start}*" for start in ("svm_", "vtd_look") if
                     name.startswith(start)), "the others")
