# SPDX-License-Identifier: BSD-3-Clause
"""Which tests execute which lines of a Part (tools/mutate_trial.py), and how long each
takes."""

import collections
import json
import os
import shutil
import subprocess

from mutate_trial import ROOT, run, say, words_for

COVER = ["clang", "-fprofile-instr-generate", "-fcoverage-mapping", "-w", "-O0"]


def options(part, command):
    """Those of a command that clang knows."""
    first = next(i for i, word in enumerate(command) if word.startswith("-"))
    return [word for word in command[first:] if not word.startswith(part.not_clang)]


def compile_covered(part):
    """The same objects, which note what is executed."""
    directory = part.work / "covered"
    directory.mkdir(exist_ok=True)
    objects = []
    for i, path in enumerate(part.commands):
        objects.append(str(directory / f"{i}.o"))
        words = options(part, words_for(part, path, ROOT / path, objects[-1]))
        # By itself clang knows static functions by the last part of the path: those of
        # two files state_load.c would be one, and not be reported.
        words += ["-Xclang", "-main-file-name", "-Xclang", path]
        subprocess.run([*COVER, *part.clang, *words], cwd=part.cwd, check=True,
                       capture_output=True)
    return objects


def lines_of(profiles, recorder):
    """(path, line) that a run has executed, of any number of processes."""
    found = [str(path) for path in sorted(profiles.iterdir())]
    if not found:
        return  # it does not use what is tested
    data = str(profiles) + ".merged"
    run(["llvm-profdata-14", "merge", "-o", data, *found])
    text = run(["llvm-cov-14", "export", "-format=lcov", str(recorder),
                f"-instr-profile={data}"]).stdout
    path = None
    for line in text.splitlines():
        if line.startswith("SF:"):
            path = os.path.relpath(line[3:], ROOT)
        elif line.startswith("DA:") and not line.endswith(",0"):
            yield path, int(line[3:].split(",")[0])


def cover_all(part, tests, most):
    """What each test executes and how long it takes: name -> seconds of processor time,
    seconds, lines.  A test that fails by itself is none, and one that takes too long."""
    found = {}
    profiles = part.work / "profiles"
    plain = part.environment(part.work / "plain")
    covered = {**part.environment(part.work / "covered"),
               "LLVM_PROFILE_FILE": part.profile(profiles)}
    for test in tests:
        shutil.rmtree(profiles, ignore_errors=True)
        profiles.mkdir()
        why = test.run(plain, (most, 900)) or test.run(covered, (20 * most, 900))
        if why is not None:
            say(f"left out without a mutant: {test.name} {why}")
            continue
        found[test.name] = (*test.last, [place for place in lines_of(profiles, part.recorder)
                                     if place[0] in part.commands])
    return found


def cover(part, tests, most):
    """(path, line) -> the tests that execute it, quick ones first.  What is known of an
    earlier run holds as long as the sources, of the tests too, are the same."""
    key = f"{part.digest()} {most}"
    kept = part.work / "cover.json"
    if not kept.exists() or (known := json.loads(kept.read_text()))["key"] != key:
        part.link_covered(compile_covered(part))
        known = {"key": key, "tests": cover_all(part, tests, most)}
        kept.write_text(json.dumps(known))
    covered = [test for test in tests if test.name in known["tests"]]
    for test in covered:
        test.seconds, test.wall, _ = known["tests"][test.name]
    places = collections.defaultdict(list)
    for test in sorted(covered, key=part.order):
        for path, line in known["tests"][test.name][2]:
            places[path, line].append(test)
    return places
