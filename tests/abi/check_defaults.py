#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_defaults.py LIBRARY

The tables of defaults in docs/embedding.md have each member of each
configuration, with the value that the library's *_init_sized() fills in.
"""

import ctypes
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "embedding.md"
LAYOUT = pathlib.Path(__file__).with_name("layout.txt")
CONFIGURATIONS = ["vtd_config", "vtd_endpoint_config", "vtd_atc_config"]
WORDS = {"on": 1, "off": 0, "none": 0}
SECOND = 10**9


def read_layout():
    """Members of structures as {structure: {member: (offset, size)}}; enumerators."""
    structures, enumerators = {}, {}
    for line in LAYOUT.read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition("\t")
        if line.startswith("#"):
            continue
        if "." in name:
            structure, member = name.split(".")
            structures.setdefault(structure, {})[member] = tuple(map(int, rest.split()))
        else:
            enumerators[name] = int(rest)
    return structures, enumerators


def library_defaults(library, name, members):
    """What the library fills in; of `size`, nothing."""
    size = max(offset + length for offset, length in members.values())
    buffer = ctypes.create_string_buffer(size)
    getattr(library, name + "_init_sized")(buffer, ctypes.c_size_t(size))
    return {member: int.from_bytes(buffer.raw[offset:offset + length], sys.byteorder)
            for member, (offset, length) in members.items() if member != "size"}


def value_of(text, enumerators):
    """on, off, none, 48, 10 s, or enumerators that are added up."""
    if match := re.fullmatch(r"(\d+)( s)?", text):
        return int(match[1]) * (SECOND if match[2] else 1)
    if text in WORDS:
        return WORDS[text]
    return sum(enumerators[name] for name in re.findall(r"\w+", text))


def document_defaults(name, enumerators):
    """The rows of the table whose head names the structure."""
    text = DOCUMENT.read_text(encoding="utf-8")
    table = re.search(rf"^\| `struct {name}` \|.*\n\|[-|]+\n((?:\|.*\n)*)", text, flags=re.M)
    if not table:
        sys.exit(f"{DOCUMENT}: no table of struct {name}")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", table[1], flags=re.M)
    return {member: value_of(value, enumerators) for member, value in rows}


def main():
    library = ctypes.CDLL(sys.argv[1])
    structures, enumerators = read_layout()
    broken = []
    for name in CONFIGURATIONS:
        real = library_defaults(library, name, structures[name])
        told = document_defaults(name, enumerators)
        for member in sorted({*real, *told}):
            if real.get(member) != told.get(member):
                broken.append(f"{name}.{member}: the library has {real.get(member)}, "
                              f"docs/embedding.md {told.get(member)}")
    print("\n".join(broken))
    return 1 if broken else 0


sys.exit(main())
