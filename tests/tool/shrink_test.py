#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""shrink_test.py VTD: recordings made smaller (vtd replay --shrink)."""

import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
import recordings  # noqa: E402
import vtd_program  # noqa: E402

SMALL = pathlib.Path(__file__).parent.parent / "replay" / "small.vtdrec"
DATA = SMALL.read_bytes()
DIR = tempfile.TemporaryDirectory()

TRANSLATION = 0x15
READ = 0x10
PAGE_REQUEST_RETURN = 0x25
CALLS = range(0x10, 0x40, 2)


def path(name):
    result = pathlib.Path(DIR.name) / name
    result.unlink(missing_ok=True)
    return result


def number_of(data, kind, which=0, **wanted):
    """The number of a record of this kind; `wanted`: v0, v1, ... of its values."""
    found = [i for i, r in enumerate(recordings.records(data), 1) if r.kind == kind and
             all(r.values[int(k[1:])] == v for k, v in wanted.items())]
    return found[which]


def spoilt():
    """The answer to a translation had another address."""
    number = number_of(DATA, TRANSLATION, 2, v0=0)
    file = path("spoilt")
    file.write_bytes(recordings.changed(DATA, number, 3, 5))
    return file, number


def shrunk(vtd, file, *arguments):
    out = path("small")
    result = vtd("replay", "--shrink", out, *arguments, file)
    assert result.status == 0, result.err
    return out, result.out


def kinds(file):
    return [r.kind for r in recordings.records(file.read_bytes())]


def difference(vtd, file):
    """What a replay says without the record's number."""
    result = vtd("replay", file)
    assert result.status == 3, result.out + result.err
    return result.out.split("differs")[1]


def difference_stays_when_the_rest_is_left_out(vtd):
    file, number = spoilt()
    out, said = shrunk(vtd, file)
    assert difference(vtd, out) == difference(vtd, file)
    left = kinds(out)
    assert said.startswith(f"{len(left) - 1} records instead of {number}, after "), said
    assert "no call more can go" in said
    # The end mark, and behind the difference nothing.
    assert left[-2:] == [TRANSLATION, 0x02]
    assert vtd("replay", out).out.startswith(f"record {len(left) - 1} ")


def one_call_less_is_too_few_when_it_is_small(vtd):
    """Each of the calls that are left is needed."""
    file, _ = spoilt()
    out, _ = shrunk(vtd, file)
    again = path("again")
    result = vtd("replay", "--shrink", again, out)
    assert result.status == 0 and again.read_bytes() == out.read_bytes(), result.out
    # Tables set, translation on; one answer, of those that there were.
    left = kinds(out)
    assert left.count(0x12) <= 6 and left.count(0x14) + left.count(0x16) <= 2, left


def result_is_the_same_when_it_is_done_again(vtd):
    file, _ = spoilt()
    first = shrunk(vtd, file)[0].read_bytes()
    assert shrunk(vtd, file)[0].read_bytes() == first


def plays_are_bounded_when_a_limit_is_said(vtd):
    file, _ = spoilt()
    out, said = shrunk(vtd, file, "--plays", 3)
    assert "after 3 plays; more plays could make it smaller" in said
    assert difference(vtd, out) == difference(vtd, file)


def record_is_the_last_one_when_it_is_to_be_kept(vtd):
    # A fault: the second page is not there.
    number = number_of(DATA, TRANSLATION, 0, v0=1)
    out, _ = shrunk(vtd, SMALL, "--keep", number)
    played = vtd("replay", out)
    assert played.status == 0 and "no difference; it is complete" in played.out
    before = list(recordings.records(DATA))[number - 1]
    after = list(recordings.records(out.read_bytes()))
    assert (after[-2].kind, after[-2].values) == (before.kind, before.values)
    assert len(after) * 2 < number, len(after)


def calls_of_a_callback_go_when_they_are_not_needed(vtd):
    """The endpoint reads a register in the callback that invalidates it."""
    number = number_of(DATA, 0x41)
    before = kinds(SMALL)[:number]
    out, _ = shrunk(vtd, SMALL, "--keep", number)
    after = kinds(out)
    assert READ in before[before.index(0x40):], before
    assert READ not in after, after
    assert vtd("replay", out).status == 0


def remarks_go_when_it_is_shrunk(vtd):
    assert any(kind >= 0x80 for kind in kinds(SMALL))
    out, _ = shrunk(vtd, SMALL, "--keep", number_of(DATA, PAGE_REQUEST_RETURN))
    assert not any(kind >= 0x80 for kind in kinds(out))


def nothing_is_written_when_there_is_nothing_to_look_for(vtd):
    for arguments, text in (
            ([SMALL], "plays without a difference"),
            (["--keep", 9999, SMALL], "no record with that number"),
            (["--keep", number_of(DATA, 0x80), SMALL], "is a remark"),
            ([spoilt()[0], "--keep", len(kinds(SMALL)) - 1], "differs before"),
            ([__file__], "not a recording")):
        out = path("none")
        result = vtd("replay", "--shrink", out, *arguments)
        assert result.status == 1 and text in result.err, (arguments, result.err)
        assert not out.exists(), arguments


def difference_is_refused_when_it_is_a_phase(vtd):
    """Phases change with what is taken out."""
    file = path("phase")
    file.write_bytes(recordings.changed(DATA, number_of(DATA, 0x44), 0))
    assert vtd("replay", file).status == 3
    result = vtd("replay", "--shrink", path("none"), file)
    assert result.status == 1 and "a phase is what differs" in result.err, result.err


def file_stays_when_it_is_there_already(vtd):
    out = path("mine")
    out.write_text("mine")
    result = vtd("replay", "--shrink", out, spoilt()[0])
    assert result.status == 1 and "is there already" in result.err
    assert out.read_text() == "mine"
    assert vtd("replay", "--shrink", path("none"), "-", data=DATA).status == 2


TESTS = [
    difference_stays_when_the_rest_is_left_out,
    one_call_less_is_too_few_when_it_is_small,
    result_is_the_same_when_it_is_done_again,
    plays_are_bounded_when_a_limit_is_said,
    record_is_the_last_one_when_it_is_to_be_kept,
    calls_of_a_callback_go_when_they_are_not_needed,
    remarks_go_when_it_is_shrunk,
    nothing_is_written_when_there_is_nothing_to_look_for,
    difference_is_refused_when_it_is_a_phase,
    file_stays_when_it_is_there_already,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
