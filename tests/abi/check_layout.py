#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_layout.py [--write]

Every public structure grows in one of the ways that vtd.h describes, and
layout.txt has where its members are and what the enumerators are.  --write makes
the file anew.  After a release its lines may only become more: what is there
already stays, but for `reserved`, which shrinks.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import headers  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDES = [ROOT / "libvtd" / "include", ROOT / "kit" / "include"]
LAYOUT = pathlib.Path(__file__).with_name("layout.txt")
TITLE = """\
# SPDX-License-Identifier: BSD-3-Clause
# What programs are compiled with, on 64-bit machines: made by check_layout.py.
#
# structure.member	offset size
# enumerator	value
"""

# What never grows.
CLOSED = {"vtd_atc_link", "vtd_atc_scope", "vtd_kit_descriptor", "vtd_kit_range",
          "vtd_place"}


def public_headers():
    """The headers with something in them that has a layout."""
    return sorted((INCLUDES[0] / "vtd").glob("**/*.h")) + \
        sorted((INCLUDES[1] / "vtd" / "kit").glob("*.h"))


def name_in_include(path):
    """vtd/NAME, as programs say it."""
    return next(str(path.relative_to(place)) for place in INCLUDES if path.is_relative_to(place))


def program():
    """C code that prints the layout of everything."""
    lines = [f"#include <{name_in_include(path)}>" for path in public_headers()]
    lines += ["#include <stdio.h>", "int main(void) {"]
    for path in public_headers():
        text = path.read_text()
        for structure in headers.structures(text):
            for member in structure.names:
                place = f"struct {structure.name}, {member}"
                lines.append(f'printf("{structure.name}.{member}\\t%zu %zu\\n", offsetof({place}), '
                             f"sizeof(((struct {structure.name} *)0)->{member}));")
        for name in headers.enumerators(text):
            lines.append(f'printf("{name}\\t%d\\n", (int){name});')
    return "\n".join([*lines, "}"])


def layout():
    """What layout.txt should have."""
    with tempfile.TemporaryDirectory() as scratch:
        place = pathlib.Path(scratch)
        (place / "vtd").mkdir()
        (place / "vtd" / "version.h").write_text("")
        (place / "layout.c").write_text(program())
        subprocess.run([os.environ.get("CC", "gcc"), "-std=c11",
                        *[f"-I{include}" for include in [*INCLUDES, place]],
                        "-o", place / "layout", place / "layout.c"], check=True)
        said = subprocess.run([place / "layout"], check=True, capture_output=True, text=True)
    return TITLE + said.stdout


def padded(text):
    """Sized structures with something behind the last member: older programs do
    not initialise that, so nothing could be added there."""
    found = {}
    for line in text.splitlines():
        if "." in line and not line.startswith("#"):
            name, offset, size = line.replace("\t", " ").split()
            found[name.split(".")[0]] = (name, int(offset) + int(size))
    sized = {s.name for path in public_headers() for s in headers.structures(path.read_text())
             if s.kind == "sized"}
    return [name for structure, (name, end) in found.items() if structure in sized and end % 8]


def main():
    text = layout()
    if sys.argv[1:] == ["--write"]:
        LAYOUT.write_text(text)
    wrong = [s.name for path in public_headers() for s in headers.structures(path.read_text())
             if s.kind is None and s.name not in CLOSED]
    known = set(LAYOUT.read_text().splitlines())
    moved = sorted(known ^ set(text.splitlines()))
    checks = [
        ("structures_grow_in_one_of_three_ways", wrong),
        ("sized_structures_end_with_their_last_member", padded(text)),
        ("layout_is_the_known_one", moved),
    ]
    for number, (name, found) in enumerate(checks, 1):
        print("not ok" if found else "ok", number, "-", name)
        for line in found:
            print("#  ", line)
    if moved:
        print("# If that is what you want: tests/abi/check_layout.py --write")
    return 1 if any(found for _, found in checks) else 0


sys.exit(main())
