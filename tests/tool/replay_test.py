#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""replay_test.py VTD: the subcommand replay, on a recording of version 1.

small.vtdrec is that of tests/replay/scenario.c.  It stays, so that later programs go
on reading what this one wrote.  The reads that units make in it have to stay, too:
a change of these needs a new file.
`player --write FILE` (a program of the tests) makes one anew.
"""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
import vtd_program  # noqa: E402

SMALL = pathlib.Path(__file__).parent.parent / "replay" / "small.vtdrec"


def recording_is_the_same_when_an_earlier_program_wrote_it(vtd):
    result = vtd("replay", SMALL)
    assert result.status == 0, result.out + result.err
    assert re.fullmatch(r"\d+ records, no difference; it is complete\n", result.out)


def records_are_listed_when_asked_for(vtd):
    lines = vtd("replay", "--list", SMALL).out.splitlines()
    assert lines[0].split("\t")[3].startswith("configuration callbacks=")
    assert lines[-1] == "# it is complete"
    assert any("... translation status=success rights=read,write" in line for line in lines)
    assert any("page request sid=01:00.0" in line for line in lines)


def replay_stops_when_it_is_told_to(vtd):
    result = vtd("replay", "--until", "50", SMALL)
    assert result.out == "50 records, no difference; stopped where it was told to\n"
    assert len(vtd("replay", "--list", "--until", "50", SMALL).out.splitlines()) == 49


def replay_stops_at_a_remark_when_it_is_told_to(vtd):
    number = record_of(vtd, "remark: ")
    assert vtd("replay", "--until", number, SMALL).out.startswith(f"{number} records, ")
    result = vtd("replay", "--explain", number, SMALL)
    assert result.status == 1 and "makes no request" in result.err


def record_of(vtd, text):
    """The number of the first record that is listed so."""
    lines = vtd("replay", "--list", SMALL).out.splitlines()
    return next(line.split("\t")[0] for line in lines if text in line)


def request_is_explained_when_its_record_is_named(vtd):
    number = record_of(vtd, "translate sid=01:00.0 type=untranslated access=write "
                            "with=pasid pasid=0x5 address=0x7f0000002000")
    result = vtd("replay", "--explain", number, "--json", SMALL)
    assert result.status == 0, result.err
    assert "missing" not in result.json
    text = vtd("replay", "--explain", number, SMALL).out
    assert "0x143010" in text and "FS.2" in text, text


def page_request_is_explained_when_its_record_is_named(vtd):
    answer = vtd("replay", "--explain", record_of(vtd, "page request "), "--json", SMALL).json
    assert answer["request"].startswith("page request of 01:00.0"), answer
    assert answer["answer"] == "queued for software" and answer["queue_known"], answer


def nothing_is_explained_when_the_record_makes_no_request(vtd):
    result = vtd("replay", "--explain", record_of(vtd, "write register"), SMALL)
    assert result.status == 1 and "makes no request" in result.err
    assert vtd("replay", "--explain", "9999", SMALL).status == 1


def standard_input_is_played_when_the_name_is_a_dash(vtd):
    assert vtd("replay", "-", data=SMALL.read_bytes()).status == 0


def file_is_refused_when_it_is_no_recording(vtd):
    result = vtd("replay", "-", data="no recording")
    assert result.status == 1 and "it does not begin as one" in result.err


def cut_is_told_when_the_end_is_missing(vtd):
    result = vtd("replay", "-", data=SMALL.read_bytes()[:-1])
    assert result.status == 0 and "no end mark" in result.out


def file_is_refused_when_bits_have_flipped(vtd):
    for data in vtd_program.flipped(SMALL.read_bytes(), 200):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            result = vtd("replay", file.name)
            assert result.status == 1 or "no end mark" in result.out


def usage_is_told_when_arguments_are_wrong(vtd):
    assert vtd("replay").status == 2
    assert vtd("replay", "--until", "x", SMALL).status == 2
    assert vtd("replay", "/nonexistent").status == 1
    assert vtd("replay", "--help").out.startswith("usage: vtd replay")


TESTS = [
    recording_is_the_same_when_an_earlier_program_wrote_it,
    records_are_listed_when_asked_for,
    replay_stops_when_it_is_told_to,
    replay_stops_at_a_remark_when_it_is_told_to,
    request_is_explained_when_its_record_is_named,
    page_request_is_explained_when_its_record_is_named,
    nothing_is_explained_when_the_record_makes_no_request,
    standard_input_is_played_when_the_name_is_a_dash,
    file_is_refused_when_it_is_no_recording,
    cut_is_told_when_the_end_is_missing,
    file_is_refused_when_bits_have_flipped,
    usage_is_told_when_arguments_are_wrong,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
