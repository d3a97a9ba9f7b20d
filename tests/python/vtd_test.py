#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""vtd_test.py LIBRARY SOURCE VERSION-HEADER: the Python module agrees with the
headers, and explains a fault."""

import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
LIBRARY, SOURCE, VERSION = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
os.environ["VTD_LIBRARY"] = LIBRARY
sys.path.insert(0, str(SOURCE / "python"))
import vtd  # noqa: E402

INCLUDES = [SOURCE / "libvtd/include", SOURCE / "kit/include"]
HEADERS = [str(path.relative_to(include)) for include in INCLUDES
           for path in sorted(include.rglob("*.h"))]
MINE = [vtd.Config, vtd.Place, vtd.Request, vtd.Translation, vtd.Step, vtd.Explained, vtd.HostOps]


def constants():
    """Of all headers."""
    return {name: value for include in INCLUDES for name, value in vtd.constants(include).items()}


def compiler(place, *arguments):
    """What it prints, with the public headers to be found."""
    (place / "vtd").mkdir()
    (place / "vtd/version.h").write_text(VERSION.read_text())
    return subprocess.run(
        [os.environ.get("CC", "gcc"), *[f"-I{include}" for include in [*INCLUDES, place]],
         *arguments], check=True, capture_output=True, text=True).stdout


def printed(lines):
    """What a C program with these statements prints."""
    code = ["#include <inttypes.h>", "#include <stdio.h>", "#include <vtd/version.h>"]
    code += [f"#include <{header}>" for header in HEADERS]
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(scratch)
        (place / "p.c").write_text("\n".join([*code, "int main(void) {", *lines, "}"]))
        compiler(place, "-o", place / "p", place / "p.c")
        return subprocess.run([place / "p"], check=True, capture_output=True, text=True).stdout


def structures_are_those_of_the_headers():
    known = {line.split("\t")[0]: line.split("\t")[1]
             for line in (SOURCE / "tests/abi/layout.txt").read_text().splitlines()
             if "\t" in line and not line.startswith("#")}
    for structure in MINE:
        for name, *_ in structure._fields_:
            field = getattr(structure, name)
            assert known[f"{structure.__name__}.{name}"] == f"{field.offset} {field.size}", name


def constants_are_those_that_a_compiler_sees():
    mine = constants()
    assert len(mine) > 600, len(mine)
    said = printed([f'printf("{name} %" PRIu64 "\\n", (uint64_t)({name}));' for name in mine])
    for line in said.splitlines():
        name, value = line.split()
        assert mine[name] == int(value), line


def constants_are_all_when_the_preprocessor_and_the_layout_list_them():
    with tempfile.TemporaryDirectory() as scratch:
        included = [word for header in HEADERS for word in ("-include", header)]
        listed = compiler(pathlib.Path(scratch), "-dM", "-E", *included, "-x", "c", os.devnull)
    names = set(re.findall(r"^#define (VTD_\w+) [^\s\"]", listed, re.M)) - {"VTD_VERSION_NUMBER"}
    layout = (SOURCE / "tests/abi/layout.txt").read_text()
    names |= set(re.findall(r"^(VTD_\w+)\t", layout, re.M))
    assert names == set(constants()), names ^ set(constants())


def names_of_the_module_have_the_values_of_the_headers():
    known = constants()
    for mine, name in ((vtd.READ, "VTD_ACCESS_READ"), (vtd.WRITE, "VTD_ACCESS_WRITE"),
                       (vtd.SUCCESS, "VTD_STATUS_SUCCESS"), (vtd.STEPS_MAX, "VTD_STEPS_MAX"),
                       (ctypes.sizeof(dict(vtd.Step._fields_)["word"]) // 8, "VTD_STEP_WORDS")):
        assert mine == known[name], name


def version_is_a_number_too():
    number, text = printed(['printf("%d %s", VTD_VERSION_NUMBER, VTD_VERSION);']).split()
    major, minor, patch = map(int, text.split("."))
    assert int(number) == 10000 * major + 100 * minor + patch
    assert vtd.version() == text


def configuration_is_refused_in_words():
    try:
        vtd.Unit(host_address_width=3)
    except ValueError as error:
        assert "host_address_width" in str(error)
    else:
        raise AssertionError("accepted")


def request_passes_when_translation_is_off():
    with vtd.Unit(device_tlb=False, page_request=False, no_write_flag=False) as unit:
        result = unit.translate(sid=8, address=0x5123)
        assert result.status == vtd.SUCCESS and result.address == 0x5123


def example_explains_the_fault():
    said = subprocess.run([sys.executable, SOURCE / "examples/explain_fault.py"], check=True,
                          env={**os.environ, "PYTHONPATH": str(SOURCE / "python"),
                               "PYTHONDONTWRITEBYTECODE": "1"},
                          capture_output=True, text=True).stdout.splitlines()
    assert said[-2].endswith("<- here") and " level 1 at 0x5038: 0xd001" in said[-2], said
    assert said[-1] == "LGN.2: no write permission", said


CHECKS = [structures_are_those_of_the_headers, constants_are_those_that_a_compiler_sees,
          constants_are_all_when_the_preprocessor_and_the_layout_list_them,
          names_of_the_module_have_the_values_of_the_headers, version_is_a_number_too,
          configuration_is_refused_in_words, request_passes_when_translation_is_off,
          example_explains_the_fault]
failed = 0
for count, check in enumerate(CHECKS, 1):
    try:
        check()
        print("ok", count, "-", check.__name__)
    except Exception as error:
        failed = 1
        print("not ok", count, "-", check.__name__)
        print("#  ", repr(error).replace("\n", " "))
sys.exit(failed)
