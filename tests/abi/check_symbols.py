#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_symbols.py SHARED STATIC MAP HEADER...

The functions that the public headers declare, the symbols that the symbol map
names and the symbols that the shared library exports are the same; and the
static library defines no global name outside of vtd_.
"""

import re
import subprocess
import sys


def declared(paths):
    """Functions that are declared, but not defined, in headers."""
    names = set()
    for path in paths:
        with open(path, encoding="utf-8") as header:
            code = header.read()
        code = re.sub(r"/\*.*?\*/", " ", code, flags=re.S)
        code = re.sub(r"#ifdef __cplusplus.*?#endif", " ", code, flags=re.S)
        code = re.sub(r"^\s*#(?:.*\\\n)*.*$", " ", code, flags=re.M)
        while "{" in code:
            code = re.sub(r"\{[^{}]*\}", ";", code)
        for statement in code.split(";"):
            if not re.match(r"\s*(typedef|static)\b", statement):
                names.update(re.findall(r"\b(\w+)\s*\(", statement)[:1])
    return names


def mapped(path):
    """The symbols below `global:` of all nodes."""
    with open(path, encoding="utf-8") as symbol_map:
        text = re.sub(r"#.*", "", symbol_map.read())
    names = set()
    for part in re.findall(r"global:(.*?)(?:local:|\})", text, flags=re.S):
        names.update(name.strip() for name in part.split(";") if name.strip())
    return names


def defined(options, path):
    """Symbols with a definition; version nodes (type A) are none."""
    output = subprocess.run(["nm", *options, "--defined-only", path],
                            check=True, capture_output=True, text=True).stdout
    symbols = re.findall(r"^[0-9a-f]+ ([B-Zb-z]) (\S+)$", output, flags=re.M)
    return {name.split("@")[0] for _, name in symbols}


def main():
    shared, static, symbol_map, *headers = sys.argv[1:]
    api = declared(headers)
    named = mapped(symbol_map)
    exported = defined(["-D"], shared)
    foreign = {name for name in defined(["-g"], static) if not name.startswith("vtd_")}
    checks = [
        ("headers_declare_something", set() if api else {"nothing at all"}),
        ("map_names_every_declared_function", api - named),
        ("headers_declare_every_symbol_in_the_map", named - api),
        ("library_exports_every_symbol_in_the_map", named - exported),
        ("library_exports_nothing_else", exported - named),
        ("static_library_keeps_to_its_prefix", foreign),
    ]
    for number, (name, wrong) in enumerate(checks, 1):
        print("not ok" if wrong else "ok", number, "-", name)
        for symbol in sorted(wrong):
            print("#  ", symbol)
    return 1 if any(wrong for _, wrong in checks) else 0


sys.exit(main())
