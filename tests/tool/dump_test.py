#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""dump_test.py VTD: the subcommand dump, on images with tables in them."""

import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
import memory  # noqa: E402
import vtd_program  # noqa: E402

UNIT = ("--host-width", "48", "--root", hex(memory.SCALABLE))

DIR = tempfile.TemporaryDirectory()
IMAGE = pathlib.Path(DIR.name) / "image"


def dump(vtd, *arguments):
    return vtd("dump", "--json", "--image", IMAGE, *UNIT, *arguments)


def requesters_are_listed_when_they_have_entries(vtd):
    memory.scalable().raw(IMAGE)
    requesters = dump(vtd).json["requesters"]
    assert [(r["sid"], r.get("pasid"), r["state"], r["condition"]) for r in requesters] == [
        ("00:02.0", None, "blocked", "SPT.2"), ("00:02.0", "0x5", "translated", "none")]
    assert requesters[1]["first_stage_root"] == hex(memory.LEVEL4)


def mappings_are_listed_when_asked_for(vtd):
    memory.scalable().raw(IMAGE)
    requester = dump(vtd, "--mappings").json["requesters"][1]
    assert requester["mappings"] == [{"first": "0x7000", "last": "0x7fff", "address": "0xd000",
                                      "rights": "r"}]
    assert requester["complete"]
    text = vtd("dump", "--image", IMAGE, *UNIT, "--mappings").out
    assert "    0x7000..0x7fff -> 0xd000 (r)\n" in text


def mappings_end_with_the_width_when_tables_are_legacy(vtd):
    memory.legacy().raw(IMAGE)
    requester = vtd("dump", "--json", "--image", IMAGE, "--host-width", "39", "--root", "1000",
                    "--mappings").json["requesters"][0]
    assert len(requester["mappings"]) == 1 and requester["complete"]


def one_requester_is_listed_when_it_is_asked_for(vtd):
    m = memory.scalable()
    m.put(memory.CONTEXT + 0x18 * 32, memory.DIRECTORY | 1 << 3 | 1, 5)
    m.raw(IMAGE)
    sids = {r["sid"] for r in dump(vtd, "--sid", "00:03.0").json["requesters"]}
    assert sids == {"00:03.0"}
    assert len(dump(vtd).json["requesters"]) == 3


def lists_are_bounded_when_tables_contain_themselves(vtd):
    m = memory.scalable()
    for i in range(512):
        m.put(memory.LEVEL1 + 8 * i, memory.LEVEL1 | 0x27)
    m.put(memory.LEVEL4, memory.LEVEL1 | 0x27)
    m.raw(IMAGE)
    requester = dump(vtd, "--mappings", "--limit", "7").json["requesters"][1]
    assert len(requester["mappings"]) == 7 and not requester["complete"]


def list_goes_on_where_the_limit_cuts_it(vtd):
    m = memory.legacy()
    m.put(memory.LEVEL1 + 9 * 8, 0xe000 | 3)
    m.put(memory.LEVEL1 + 11 * 8, 0xe000 | 3)
    m.raw(IMAGE)
    arguments = ("--image", IMAGE, "--host-width", "39", "--root", "1000", "--mappings", "--limit")
    requester = vtd("dump", "--json", *arguments, "2").json["requesters"][0]
    assert len(requester["mappings"]) == 2 and not requester["complete"]
    assert "    ... and on from 0xb000\n" in vtd("dump", *arguments, "2").out
    assert vtd("dump", "--json", *arguments, "4").json["requesters"][0]["complete"]


def missing_memory_is_told_when_image_is_cut_short(vtd):
    memory.scalable().raw(IMAGE)
    IMAGE.write_bytes(IMAGE.read_bytes()[:memory.LEVEL4])
    result = dump(vtd, "--mappings")
    assert result.json["missing"] == hex(memory.LEVEL4)
    assert f"does not have {hex(memory.LEVEL4)}" in result.err


def nothing_is_told_when_no_requester_has_an_entry(vtd):
    memory.Memory(memory.PAGES).raw(IMAGE)
    result = dump(vtd)
    assert result.status == 1 and "no requester has an entry" in result.err


def interrupts(vtd, *arguments):
    return vtd("dump", "--image", IMAGE, "--interrupts", "--host-width", "48", *arguments)


def interrupts_are_listed_when_their_entries_are_present(vtd):
    m = memory.scalable()
    m.put(memory.INTERRUPTS + 5 * 16, 0x41 << 16 | 1, 1 << 18 | 0x10)
    m.put(memory.INTERRUPTS + 7 * 16, 0x42 << 16 | 1 << 12 | 1)
    m.raw(IMAGE)
    irta = ("--irta", hex(memory.INTERRUPTS | 3))
    found = interrupts(vtd, "--json", *irta).json
    assert [(e["index"], e["condition"]) for e in found["interrupts"]] == [
        ("0x5", "none"), ("0x7", "24h")]
    assert found["interrupts"][0]["data"] == "0x41"
    assert found["interrupts"][0]["fields"]["SID"] == "0x10" and found["complete"]
    text = interrupts(vtd, *irta).out.splitlines()
    assert text[0].startswith("0x5: 0x41 to 0xfee00000; P=0x1 ")
    assert text[1].startswith("0x7: blocked, 24h: ")
    result = interrupts(vtd, *irta, "--limit", "1")
    assert result.out.endswith("... and on from 0x6\n")


def interrupts_are_not_listed_when_the_image_lacks_them(vtd):
    m = memory.scalable()
    m.put(memory.INTERRUPTS + 5 * 16, 0x41 << 16 | 1)
    m.raw(IMAGE)
    end = len(IMAGE.read_bytes())
    result = interrupts(vtd, "--irta", hex(end - 4096 | 15))
    assert f"the image does not have {hex(end)}" in result.err
    assert interrupts(vtd, "--irta", hex(end | 7)).status == 1


def interrupts_are_refused_when_something_else_is_asked_for(vtd):
    memory.scalable().raw(IMAGE)
    assert "--irta" in interrupts(vtd).err
    for other in (("--mappings",), ("--sid", "00:02.0")):
        result = interrupts(vtd, "--irta", "1000", *other)
        assert result.status == 2 and "goes with neither" in result.err


def what_is_missing_is_told_when_arguments_are_not_enough(vtd):
    memory.scalable().raw(IMAGE)
    assert "--root" in vtd("dump", "--image", IMAGE).err
    assert "--image" in vtd("dump", "--root", "1000").err
    assert vtd("dump", "--image", IMAGE).status == 2


def it_ends_well_when_bits_of_the_tables_flip(vtd):
    data = memory.scalable().bytes[:memory.LEVEL1 + 64]
    for table in (memory.ROOT, memory.CONTEXT + 0x200, memory.DIRECTORY, memory.PASIDS + 320,
                  memory.LEVEL4):
        for bit in range(0, 64, 3):
            changed = bytearray(data)
            changed[table + bit // 8] ^= 1 << bit % 8
            IMAGE.write_bytes(changed)
            assert vtd.ends_well("dump", "--image", IMAGE, *UNIT, "--mappings", "--limit", "20")


TESTS = [
    requesters_are_listed_when_they_have_entries,
    mappings_are_listed_when_asked_for,
    mappings_end_with_the_width_when_tables_are_legacy,
    one_requester_is_listed_when_it_is_asked_for,
    lists_are_bounded_when_tables_contain_themselves,
    list_goes_on_where_the_limit_cuts_it,
    missing_memory_is_told_when_image_is_cut_short,
    nothing_is_told_when_no_requester_has_an_entry,
    interrupts_are_listed_when_their_entries_are_present,
    interrupts_are_not_listed_when_the_image_lacks_them,
    interrupts_are_refused_when_something_else_is_asked_for,
    what_is_missing_is_told_when_arguments_are_not_enough,
    it_ends_well_when_bits_of_the_tables_flip,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
