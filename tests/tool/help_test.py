#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""help_test.py VTD: all subcommands take --help and mistakes in the same way."""

import sys

sys.dont_write_bytecode = True
import vtd_program  # noqa: E402

COMMANDS = ("decode", "dump", "explain", "regs", "replay")


def help_is_printed_at_once_when_it_is_asked_for(vtd):
    for command in COMMANDS:
        for behind in ([], ["--nothing"], ["/nonexistent"]):
            result = vtd(command, "--help", *behind)
            assert result.status == 0, (command, behind, result.err)
            assert result.out.startswith(f"usage: vtd {command}"), (command, behind)
            assert result.err == "", (command, behind, result.err)


def mistake_is_told_when_it_comes_before_the_help(vtd):
    for command in COMMANDS:
        result = vtd(command, "--nothing", "--help")
        assert result.status == 2, command
        assert result.out == "" and "nothing" in result.err, command


def lines_fit_a_terminal_when_help_is_printed(vtd):
    for command in COMMANDS:
        for line in vtd(command, "--help").out.splitlines():
            assert len(line) <= 80, line


TESTS = [
    help_is_printed_at_once_when_it_is_asked_for,
    mistake_is_told_when_it_comes_before_the_help,
    lines_fit_a_terminal_when_help_is_printed,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
