#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""link.py BUILD-DIRECTORY...: qemu-system-x86_64-bench next to the QEMU that was built
there: the same objects, and the device that measures (vtd_bench.h).  So what is
measured is what is shipped, and what is shipped has no such device.
"""

import json
import pathlib
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = sorted(HERE.glob("*.c"))
BINARY = "qemu-system-x86_64"
# A source whose flags fit a device for one machine.
MODEL = "hw/i386/pc_q35.c"


def database(directory, *rules):
    """Commands of the build, by output."""
    text = subprocess.run(["ninja", "-C", directory, "--quiet", "-t", "compdb", *rules],
                          check=True, text=True, stdout=subprocess.PIPE).stdout
    return {entry["output"]: entry for entry in json.loads(text)}


def without_output(words):
    """A compiler's command without what it makes, from what."""
    words = list(words)
    for option in ("-MQ", "-MF", "-o", "-c"):
        at = words.index(option)
        del words[at:at + 2]
    words.remove("-MD")
    return words


def run(words, directory):
    """A command of a compiler, which says itself what is wrong."""
    if subprocess.run(words, cwd=directory, check=False).returncode:
        sys.exit(f"link.py: the device cannot be added to {directory / BINARY}")


def compile_sources(directory, objects):
    """With the flags of MODEL."""
    model, = [entry["command"] for entry in database(directory, "c_COMPILER").values()
              if entry["file"].endswith(MODEL)]
    words = without_output(shlex.split(model))
    for source, name in objects.items():
        run([*words, "-Werror", "-o", name, "-c", str(source)], directory)


def link(directory, objects):
    """As QEMU is linked."""
    entry = database(directory, "-x", "c_LINKER_RSP", "c_LINKER")[BINARY]
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = BINARY + "-bench.new"
    at = words.index("-Wl,--as-needed")
    words[at:at] = objects.values()
    run(words, directory)
    (directory / (BINARY + "-bench.new")).rename(directory / (BINARY + "-bench"))


def is_current(directory):
    """Whether nothing is newer than what was linked."""
    made = directory / (BINARY + "-bench")
    inputs = [directory / BINARY, *HERE.iterdir()]
    return made.exists() and all(made.stat().st_mtime > one.stat().st_mtime
                                 for one in inputs if one.is_file())


def main():
    for name in sys.argv[1:]:
        directory = pathlib.Path(name).resolve()
        if is_current(directory):
            continue
        (directory / "vtd-bench").mkdir(exist_ok=True)
        objects = {source: f"vtd-bench/{source.stem}.o" for source in SOURCES}
        compile_sources(directory, objects)
        link(directory, objects)


main()
