#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_constants.py HEADER...

Constants of the public headers are literals, so that tools without a C compiler
(bindgen, ctypes) read them.
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
import headers  # noqa: E402

LITERAL = re.compile(r"(0x[0-9a-f]+|\d+)(U|ULL)?$")
TEXT = re.compile(r'"[^"]*"$')
# For masks of programs; not used in the headers, as the first check shows.
HELPERS = {"VTD_BIT(n)", "VTD_BITS(high, low)"}
BITS = re.compile(r"\d+(?::\d+)?(?:, \d+(?::\d+)?)*$")


def is_literal(value):
    """A number or a text, nothing to be computed, and of a type that holds it."""
    if TEXT.match(value):
        return True
    if not LITERAL.match(value):
        return False
    number = int(value.rstrip("UL"), 0)
    suffix = value[len(value.rstrip("UL")):]
    return number < (1 << {"": 31, "U": 32, "ULL": 64}[suffix])


def mask_of(comment):
    """Of bits as they stand in comments: 15:12, 8."""
    mask = 0
    for part in comment.split(", "):
        high, _, low = part.partition(":")
        mask |= (1 << (int(high) + 1)) - (1 << int(low or high))
    return mask


def main():
    computed, enumerators, masks, seen, fields = [], [], [], 0, 0
    for path in sys.argv[1:]:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        for name, value, comment in headers.macros(text):
            seen += 1
            if not is_literal(value) and name not in HELPERS:
                computed.append(f"{path}: {name} {value}")
            elif value.endswith("ULL"):
                fields += 1
                if not BITS.match(comment) or mask_of(comment) != int(value.rstrip("UL"), 0):
                    masks.append(f"{path}: {name} {value} /* {comment} */")
        enumerators += [f"{path}: {name} = {value}"
                        for name, value in headers.explicit_values(text) if not is_literal(value)]
    few = [] if seen > 350 and fields > 250 else [f"{seen} constants, {fields} of fields"]
    checks = [
        ("constants_are_literals", computed),
        ("enumerators_are_literals_or_follow_the_one_before", enumerators),
        ("fields_have_the_bits_that_their_comments_say", masks),
        ("all_headers_were_read", few),
    ]
    for number, (name, found) in enumerate(checks, 1):
        print("not ok" if found else "ok", number, "-", name)
        for line in found:
            print("#  ", line)
    return 1 if any(found for _, found in checks) else 0


sys.exit(main())
