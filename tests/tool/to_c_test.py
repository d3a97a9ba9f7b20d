#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""to_c_test.py VTD SAME SPOILT SAME_CASE SPOILT_CASE: recordings as tests in C.

The build has made the cases from the recordings, by vtd replay --to-c.
"""

import subprocess
import sys

sys.dont_write_bytecode = True
import recordings  # noqa: E402
import vtd_program  # noqa: E402

SAME, SPOILT, SAME_CASE, SPOILT_CASE = sys.argv[2:]


def run(program):
    return vtd_program.Result(subprocess.run([program], capture_output=True, check=False))


def test_passes_when_the_recording_plays(vtd):
    assert vtd("replay", SAME).status == 0
    result = run(SAME_CASE)
    assert result.status == 0, result.err
    assert "same_case" in result.out + result.err


def test_fails_in_the_same_way_when_the_recording_does(vtd):
    played = vtd("replay", SPOILT)
    assert played.status == 3
    result = run(SPOILT_CASE)
    assert result.status != 0
    for line in played.out.splitlines()[1:]:
        assert line in result.err, (line, result.err)


def rows_say_what_they_are_when_a_person_reads_them(vtd):
    text = vtd("replay", "--to-c", "name_1", SAME).out
    assert "/* 2: read register offset=0x10 size=8 */" in text
    assert "{ .kind = VTD_RECORD_WRITE, .thread = 1," in text
    assert "VTD_RECORD_TRANSLATE + VTD_RECORD_RETURN" in text
    assert "static void name_1(void **state)" in text
    # Remarks are none of it; everything else is.
    with open(SAME, "rb") as file:
        kinds = [r.kind for r in recordings.records(file.read())]
    assert text.count(".kind = ") == len([k for k in kinds if k < 0x80 and k != 0x02])


def comment_does_not_end_when_a_text_would_end_it(vtd):
    with open(SAME, "rb") as file:
        data = file.read()
    version = next(recordings.records(data)).bytes
    spoilt = recordings.sealed(data.replace(version, b"*//*\n"[:len(version)], 1))
    first = vtd("replay", "--to-c", "name", "-", data=spoilt).out.splitlines()[6]
    assert first.count("*") == 2, first


def name_is_refused_when_it_is_none_in_c(vtd):
    for name in ("", "1a", "a-b", "a b", "a\n", "a" * 101, "é"):
        result = vtd("replay", "--to-c", name, SAME)
        assert result.status == 2 and "--to-c cannot be" in result.err, name


def exit_status_is_1_when_the_recording_cannot_be_read(vtd):
    result = vtd("replay", "--to-c", "name", "-", data="no recording")
    assert result.status == 1 and "it does not begin as one" in result.err
    with open(SAME, "rb") as file:
        result = vtd("replay", "--to-c", "name", "-", data=file.read()[:16])
    assert result.status == 1 and "no records" in result.err


TESTS = [
    test_passes_when_the_recording_plays,
    test_fails_in_the_same_way_when_the_recording_does,
    rows_say_what_they_are_when_a_person_reads_them,
    comment_does_not_end_when_a_text_would_end_it,
    name_is_refused_when_it_is_none_in_c,
    exit_status_is_1_when_the_recording_cannot_be_read,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
