#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_growth.py LIBRARY INCLUDE VERSION-HEADER PROGRAM

Public structures grow as vtd.h says: a program that was compiled with older
headers, or with later ones, runs with the library as it is.  Older headers have
the last members of sized and counted structures cut off, later ones have one
member more.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import headers  # noqa: E402

FLAGS = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"]
COMPILERS = {
    "c11": [os.environ.get("CC", "gcc"), "-std=c11", "-x", "c"],
    "c++17": [os.environ.get("CXX", "g++"), "-std=c++17", "-x", "c++"],
}


def growing(body_of):
    """Change what can grow, leave the rest."""
    def body(structure):
        if structure.kind in ("sized", "counted"):
            return "".join(body_of(structure))
        return "".join(structure.texts)
    return body


AGES = {
    "current": growing(lambda s: s.texts),
    "older": growing(lambda s: s.older_texts(len(s.texts) - 1)),
    "oldest": growing(lambda s: s.older_texts(2)),
    "later": growing(lambda s: [*s.texts, "\n\tuint64_t later;"]),
}


def make_headers(include, version, body_of, target):
    """A copy of the public headers whose structures are changed."""
    shutil.copytree(include / "vtd", target / "vtd")
    shutil.copy(version, target / "vtd")
    for path in (target / "vtd").glob("*.h"):
        path.write_text(headers.change(path.read_text(), body_of))


def run(command, **options):
    """Run it; its exit status and all that it says."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    return done.returncode, done.stdout


def check(library, program, include, age, language):
    """Compile the program, run it with the library; its lines of results."""
    built = include / language
    status, said = run([*COMPILERS[language], *FLAGS, "-I", include, program, "-x", "none",
                        *(["-DLATER"] if age == "later" else []), "-o", built, library])
    if status == 0:
        status, said = run([built], env={**os.environ, "LD_LIBRARY_PATH": library.parent})
    lines = [line.split(" - ", 1) for line in said.splitlines() if " - " in line]
    if status != 0 and not any(line[0].startswith("not ok") for line in lines):
        print("# " + said.replace("\n", "\n# "))
        return [("not ok", f"program_runs_when_headers_are_{age}_in_{language}")]
    return [(line[0].rsplit(" ", 1)[0], f"{line[1]}_when_headers_are_{age}_in_{language}") for line in lines]


def main():
    library, include, version, program = map(pathlib.Path, sys.argv[1:])
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        for age, body_of in AGES.items():
            target = pathlib.Path(scratch, age)
            make_headers(include, version, body_of, target)
            for language in COMPILERS:
                results += check(library, program, target, age, language)
    for number, (result, name) in enumerate(results, 1):
        print(result, number, "-", name)
    return 0 if all(result == "ok" for result, _ in results) else 1


sys.exit(main())
