#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""explain_test.py VTD: the subcommand explain, on images with tables in them."""

import pathlib
import struct
import sys
import tempfile

sys.dont_write_bytecode = True
import memory  # noqa: E402
import vtd_program  # noqa: E402

# A unit of libvtd: everything on, 48 bits.
UNIT = ("--host-width", "48", "--root", hex(memory.SCALABLE))
REQUEST = ("--sid", "00:02.0", "--pasid", "5")

DIR = tempfile.TemporaryDirectory()


def path(name):
    return pathlib.Path(DIR.name) / name


def explain(vtd, image, *arguments):
    return vtd("explain", "--json", "--image", image, *arguments)


def structures(answer):
    return [step["structure"] for step in answer["steps"]
            if step["structure"] != "cached configuration"]


def path_is_shown_when_request_is_translated(vtd):
    image = memory.scalable().raw(path("raw"))
    answer = explain(vtd, image, *UNIT, *REQUEST, "--read", "7123").json
    assert answer["answer"] == "success" and answer["translated"] == "0xd123"
    assert [step["level"] for step in answer["steps"] if step["level"]] == [4, 3, 2, 1]
    assert answer["steps"][-1]["address"] == hex(memory.LEVEL1 + 7 * 8)
    assert answer["condition"] == "none"


def entry_at_fault_is_named_when_a_right_is_missing(vtd):
    image = memory.scalable().raw(path("raw"))
    answer = explain(vtd, image, *UNIT, *REQUEST, "--write", "7123").json
    assert answer["condition"] == "SGN.6" and answer["reason"] == "0x85"
    step = answer["steps"][answer["fault_step"]]
    assert (step["level"], step["address"]) == (1, hex(memory.LEVEL1 + 7 * 8))
    assert step["rights"] == "r" and step["error_bits"] == ["0x2"]
    assert answer["recording"] == "recorded" and answer["causes"]


def text_marks_the_entry_when_it_is_at_fault(vtd):
    image = memory.scalable().raw(path("raw"))
    out = vtd("explain", "--image", image, *UNIT, *REQUEST, "--write", "7123").out
    assert out.startswith("write of 00:02.0 with PASID 0x5 at 0x7123\n")
    marked = [line for line in out.splitlines() if line.startswith("*")]
    assert len(marked) == 1 and "first-stage entry, level 1 at 0x8038" in marked[0], out
    assert "^ wrong: R/W=0x0" in out, out
    assert "SGN.6: no write permission (fault reason 85h, recorded)" in out
    assert "answer: unsupported request" in out


def fault_is_found_in_the_pasid_table_when_entry_is_not_present(vtd):
    image = memory.scalable().raw(path("raw"))
    answer = explain(vtd, image, *UNIT, "--sid", "00:02.0", "--pasid", "6", "--read", "0").json
    assert answer["condition"] == "SPT.2"
    assert answer["steps"][answer["fault_step"]]["address"] == hex(memory.PASIDS + 6 * 64)


def legacy_tables_are_walked_when_root_says_so(vtd):
    image = memory.legacy().raw(path("raw"))
    answer = explain(vtd, image, "--host-width", "39", "--root", "1000", "--cap",
                     "d2008c40660262", "--ecap", "f050da", "--sid", "00:02.0",
                     "--read", "7004").json
    assert answer["translated"] == "0xd004"


def core_is_read_when_image_is_elf(vtd):
    image = memory.scalable(0x100000).core(path("core"))
    root = hex(0x100000 + memory.SCALABLE)
    answer = explain(vtd, image, "--host-width", "48", "--root", root, *REQUEST,
                     "--read", "7123").json
    assert answer["translated"] == "0xd123"


def part_of_memory_is_enough_when_its_address_is_given(vtd):
    image = memory.scalable(0x200000).raw(path("part"))
    root = hex(0x200000 + memory.SCALABLE)
    answer = explain(vtd, f"{image}@200000", "--host-width", "48", "--root", root, *REQUEST,
                     "--read", "7123").json
    assert answer["translated"] == "0xd123"


def end_of_the_image_is_told_when_it_is_cut_short(vtd):
    image = memory.scalable().raw(path("cut"))
    image.write_bytes(image.read_bytes()[:memory.LEVEL2 + 4])
    answer = explain(vtd, image, *UNIT, *REQUEST, "--read", "7123").json
    assert answer["missing"] == hex(memory.LEVEL2 + 4)
    assert structures(answer)[-1] == "first-stage entry"
    assert not answer["steps"][-1]["readable"] and "causes" not in answer
    out = vtd("explain", "--image", image, *UNIT, *REQUEST, "--read", "7123").out
    assert f"What is at {hex(memory.LEVEL2 + 4)} was not given" in out


def segment_of_a_core_ends_with_the_file_when_that_is_cut_short(vtd):
    image = memory.scalable().core(path("core"))
    image.write_bytes(image.read_bytes()[:4096 + memory.PASIDS])
    answer = explain(vtd, image, *UNIT, *REQUEST, "--read", "7123").json
    assert answer["missing"] == hex(memory.PASIDS + 5 * 64)


def registers_come_from_a_regset_when_one_is_given(vtd):
    image = memory.scalable().raw(path("raw"))
    text = ("IOMMU: dmar0 Register Base Address: fed90000\nCAP 0x08 0x00d2008c40660462\n"
            "ECAP 0x10 0x0000000000f050da\nRTADDR 0x20 0x0000000000000000\n"
            "IOMMU: dmar1 Register Base Address: fed91000\n"
            f"RTADDR 0x20 {memory.SCALABLE:#018x}\nGSTS 0x1c 0x00000000c0000000\n")
    path("regset").write_text(text, encoding="ascii")
    answer = explain(vtd, image, "--host-width", "48", "--from", path("regset"), *REQUEST,
                     "--read", "7123").json
    assert answer["translated"] == "0xd123"
    answer = explain(vtd, image, "--host-width", "48", "--from", path("regset"), "--unit", "dmar0",
                     *REQUEST, "--read", "7123").json
    assert answer["condition"] != "none"


def registers_come_from_a_state_when_one_is_given(vtd):
    image = memory.scalable().raw(path("raw"))
    answer = vtd("explain", "--json", "--image", image, "--from", state_file(vtd), *REQUEST,
                 "--read", "7123")
    assert answer.json["translated"] == "0xd123" and answer.err == "", answer.err


def state_file(vtd):
    """The capabilities are those of a unit of libvtd with what is used here."""
    cap = 6 | 6 << 8 | 47 << 16 | 0x22 << 24 | 1 << 39 | 18 << 48
    ecap = 1 << 1 | 0xf << 8 | 0xf << 20 | 1 << 40 | 19 << 35 | 1 << 43 | 1 << 47 | 1 << 49 | 1
    ecap |= 1 << 48
    words = [0x253445456, cap, ecap, 48, memory.SCALABLE, 0, 0, 4,
             0x8, cap, 0x10, ecap, 0x1c, 0xc0000000, 0x20, 0]
    path("state").write_bytes(struct.pack(f"<{len(words)}Q", *words))
    return path("state")


def asks_for_pages():
    """The context entry has PRE and DTE, too."""
    m = memory.scalable()
    m.put(memory.CONTEXT + 0x10 * 32, memory.DIRECTORY | 1 << 4 | 1 << 3 | 1 << 2 | 1)
    return m.raw(path("pages"))


def page_request_is_explained_when_tables_allow_it(vtd):
    answer = explain(vtd, asks_for_pages(), *UNIT, *REQUEST, "--page-request", "9000").json
    assert answer["request"] == "page request of 00:02.0 with PASID 0x5 at 0x9000"
    assert answer["answer"] == "queued for software" and answer["condition"] == "none"
    assert structures(answer)[-1] == "PASID table entry", structures(answer)
    assert not answer["queue_known"] and "waiting" not in answer and not answer["causes"]
    out = vtd("explain", "--image", path("pages"), *UNIT, *REQUEST, "--page-request", "9000").out
    assert "answer: queued for software\nWhere the queue is was not given" in out, out


def entry_is_named_when_a_page_request_is_refused(vtd):
    image = memory.scalable().raw(path("raw"))
    answer = explain(vtd, image, *UNIT, *REQUEST, "--page-request", "9000").json
    assert answer["condition"] == "SCT.8" and answer["answer"] == "invalid request"
    step = answer["steps"][answer["fault_step"]]
    assert step["address"] == hex(memory.CONTEXT + 0x10 * 32) and step["error_bits"][0] == "0x10"
    assert answer["recording"] == "recorded" and "(PRE)" in answer["causes"][0]
    out = vtd("explain", "--image", image, *UNIT, *REQUEST, "--page-request", "9000").out
    assert "answer: invalid request\nlikely: " in out, out
    answer = explain(vtd, asks_for_pages(), *UNIT, "--sid", "00:02.0", "--pasid", "6",
                     "--page-request", "9000").json
    assert answer["condition"] == "SPT.2"
    assert answer["steps"][answer["fault_step"]]["address"] == hex(memory.PASIDS + 6 * 64)


def room_in_the_page_request_queue_is_told_when_it_is_known(vtd):
    for head, tail, status, answer in ((0x20, 0xa0, 0, "queued for software"),
                                       (0x20, 0, 0, "success without a page"),
                                       (0x20, 0x20, 2, "success without a page")):
        path("queue").write_text(f"PQA=100000\nPQH={head:x}\nPQT={tail:x}\nPRS={status}\n",
                                 encoding="ascii")
        result = explain(vtd, asks_for_pages(), *UNIT, "--from", path("queue"), *REQUEST,
                         "--page-request", "9000").json
        assert result["answer"].startswith(answer) and result["queue_known"], result
        assert result["waiting"] == ((tail - head) & 0xfff) // 32 and result["capacity"] == 127
        assert result["overflowed"] == (status == 2)
        assert bool(result["causes"]) == (answer != "queued for software")
    out = vtd("explain", "--image", path("pages"), *UNIT, "--from", path("queue"), *REQUEST,
              "--page-request", "9000").out
    assert "queue: 0 of 127 places are taken\nRequests were lost (PRS.PRO)" in out, out


def overflow_is_told_when_the_queue_is_not_known(vtd):
    path("status").write_text("PRS=2\n", encoding="ascii")
    arguments = [asks_for_pages(), *UNIT, "--from", path("status"), *REQUEST,
                 "--page-request", "9000"]
    result = explain(vtd, *arguments).json
    assert result["answer"].startswith("success without a page") and result["overflowed"]
    assert not result["queue_known"] and "waiting" not in result
    out = vtd("explain", "--image", *arguments).out
    assert "Requests were lost (PRS.PRO)" in out and "was not given" not in out, out


def unit_without_page_requests_is_told_when_one_is_asked(vtd):
    answer = explain(vtd, asks_for_pages(), "--host-width", "48", "--root",
                     hex(memory.SCALABLE), "--cap", "d2008c40660462", "--ecap", "f050da",
                     *REQUEST, "--page-request", "9000").json
    assert answer["answer"].startswith("none: the unit has no page requests")
    assert not answer["steps"] and "capacity" not in answer


def interrupt_is_explained_when_its_entry_is_not_present(vtd):
    image = memory.scalable().raw(path("raw"))
    answer = explain(vtd, image, "--host-width", "48", "--irta", hex(memory.INTERRUPTS | 7),
                     "--sid", "00:02.0", "--interrupt", "fee00010", "--data", "0").json
    assert answer["remappable"] and answer["blocked"] and answer["condition"] == "22h"


def address_passes_when_translation_is_off_in_the_source(vtd):
    image = memory.scalable().raw(path("raw"))
    path("off").write_text("GSTS=0\n", encoding="ascii")
    answer = explain(vtd, image, *UNIT, "--from", path("off"), "--sid", "00:02.0",
                     "--read", "7123").json
    assert answer["translated"] == "0x7123"


def what_is_missing_is_told_when_arguments_are_not_enough(vtd):
    image = memory.scalable().raw(path("raw"))
    for arguments, text in (
            ((), "a request is missing"),
            (("--read", "7000"), "--sid"),
            (("--read", "7000", "--sid", "00:02.0"), "--root"),
            (("--interrupt", "fee00000", "--sid", "00:02.0"), "--irta")):
        result = vtd("explain", "--image", image, *arguments)
        assert result.status == 2 and text in result.err, (arguments, result.err)
    result = vtd("explain", "--root", "1000", "--read", "0", "--sid", "00:02.0")
    assert result.status == 2 and "--image" in result.err
    assert "--host-width" in explain(vtd, image, "--root", "1000", *REQUEST, "--read", "0").err
    assert "--cap" in explain(vtd, image, "--root", "1000", *REQUEST, "--read", "0").err


def mistakes_are_told_when_values_cannot_be(vtd):
    for arguments in (("--sid", "00:20.0"), ("--pasid", "1048576"), ("--read", "xyz"),
                      ("--host-width", "53"), ("--image", "/nonexistent"), ("--cap", "-1")):
        result = vtd("explain", *arguments)
        assert result.status == 2 and arguments[0] in result.err, arguments
    path("kdump").write_bytes(b"KDUMP   " + bytes(4096))
    assert "compressed dump" in vtd("explain", "--image", path("kdump")).err
    path("elf32").write_bytes(b"\x7fELF\x01\x01" + bytes(4096))
    assert "no 64-bit" in vtd("explain", "--image", path("elf32")).err
    path("empty").write_bytes(b"")
    assert "no memory in it" in vtd("explain", "--image", path("empty")).err


def it_ends_well_when_bits_of_the_core_flip(vtd):
    image = memory.scalable().core(path("core"), offset=512)
    data = image.read_bytes()[:512 + 0x9000]
    head = [bytes(data[:at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1:])
            for at in range(0, 176 * 8, 13)]
    for changed in head + list(vtd_program.flipped(data, 60)):
        image.write_bytes(changed)
        assert vtd.ends_well("explain", "--image", image, *UNIT, *REQUEST, "--write", "7123")


def it_ends_well_when_tables_point_to_themselves(vtd):
    m = memory.scalable()
    for table in (memory.LEVEL4, memory.LEVEL3, memory.LEVEL2, memory.LEVEL1):
        m.put(table, memory.LEVEL4 | 0x27)
    image = m.raw(path("loop"))
    answer = explain(vtd, image, *UNIT, *REQUEST, "--read", "123")
    assert answer.status == 0 and answer.json["answer"] == "success"


TESTS = [
    path_is_shown_when_request_is_translated,
    entry_at_fault_is_named_when_a_right_is_missing,
    text_marks_the_entry_when_it_is_at_fault,
    fault_is_found_in_the_pasid_table_when_entry_is_not_present,
    legacy_tables_are_walked_when_root_says_so,
    core_is_read_when_image_is_elf,
    part_of_memory_is_enough_when_its_address_is_given,
    end_of_the_image_is_told_when_it_is_cut_short,
    segment_of_a_core_ends_with_the_file_when_that_is_cut_short,
    registers_come_from_a_regset_when_one_is_given,
    registers_come_from_a_state_when_one_is_given,
    page_request_is_explained_when_tables_allow_it,
    entry_is_named_when_a_page_request_is_refused,
    room_in_the_page_request_queue_is_told_when_it_is_known,
    unit_without_page_requests_is_told_when_one_is_asked,
    interrupt_is_explained_when_its_entry_is_not_present,
    address_passes_when_translation_is_off_in_the_source,
    what_is_missing_is_told_when_arguments_are_not_enough,
    mistakes_are_told_when_values_cannot_be,
    it_ends_well_when_bits_of_the_core_flip,
    it_ends_well_when_tables_point_to_themselves,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
