#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""decode_test.py VTD: the subcommand decode, on lines in the formats of kernels."""

import pathlib
import sys

sys.dont_write_bytecode = True
import vtd_program  # noqa: E402

# Linux from 5.15 on.
READ = ("[    3.361089] DMAR: [DMA Read NO_PASID] Request device [00:02.0] "
        "fault addr 0x7cd81000 [fault reason 0x06] PTE Read access is not set")
WRITE = ("DMAR: [DMA Write PASID 0x41] Request device [1e:00.3] "
         "fault addr 0x7f3123456000 [fault reason 0x59] SM: PASID")
INTERRUPT = ("DMAR: [INTR-REMAP] Request device [f0:1f.0] fault index 0x1a "
             "[fault reason 0x25] Blocked a compatibility format interrupt request")
# Some kernels before.
PREFIXED = ("DMAR: [DMA Read NO_PASID] Request device [0x3b:0x02.0] "
            "fault addr 0x70ad5000 [fault reason 0x07] Next page table ptr is invalid")
# Linux 5.0 to 5.14: the reason is decimal.
BEHIND = ("DMAR: [DMA Write] Request device [03:00.0] PASID ffffffff fault addr 9c001000 "
          "[fault reason 12] non-zero reserved fields in PTE")
# Linux up to 4.4: two lines, decimal.
TWO_LINES = ("dmar: DMAR:[DMA Read] Request device [00:02.0] fault addr 1a45aa9000\n"
             "DMAR:[fault reason 12] non-zero reserved fields in PTE")
TWO_LINES_INTERRUPT = ("INTR-REMAP: Request device [[00:1f.0] fault index 9\n"
                       "INTR-REMAP:[fault reason 34] Present field in the IRTE entry is clear")
XEN = ("(XEN) [VT-D]DMAR:[DMA Write] Request device [0000:00:1a.0] "
       "fault addr ea0c4f000, iommu reg = ffff82c00021d000\n"
       "(XEN) [VT-D]DMAR: reason 05 - PTE Write access is not set")
XEN_INTERRUPT = ("(XEN) [VT-D]INTR-REMAP: Request device [0000:f0:1f.7] fault index 12\n"
                 "(XEN) [VT-D]INTR-REMAP: reason 26 - source-id")
# Linux from 6.1 on prints the tables behind a fault.
UNIT = """\
DMAR: Host address width 46
DMAR: dmar1: reg_base_addr d97fc000 ver 6:0 cap 19ed008c40780c66 ecap 3ef9e86f050df
"""
SCALABLE = """\
DMAR: [DMA Write PASID 0x5] Request device [00:1d.2] fault addr 0x7f0000321000 \
[fault reason 0x85] SM: Write access
DMAR: Dump dmar1 table entries for IOVA 0x7f0000321000
DMAR: scalable mode root entry: hi 0x0000000102448001, low 0x0000000000000000
DMAR: context entry: hi 0x0000000000000000, low 0x0000000101b4d409
DMAR: pasid dir entry: 0x0000000101b4e001
DMAR: pasid table entry[0]: 0x0000000000000041
DMAR: pasid table entry[1]: 0x0000000000000001
DMAR: pasid table entry[2]: 0x0000000101b50000
DMAR: pasid table entry[3]: 0x0000000000000000
DMAR: pasid table entry[4]: 0x0000000000000000
DMAR: pasid table entry[5]: 0x0000000000000000
DMAR: pasid table entry[6]: 0x0000000000000000
DMAR: pasid table entry[7]: 0x0000000000000000
DMAR: pte level: 4, pte value: 0x0000000101b51067
DMAR: pte level: 3, pte value: 0x0000000101b52067
DMAR: pte level: 2, pte value: 0x0000000101b53067
DMAR: pte level: 1, pte value: 0x8000000101b54025
"""
LEGACY = """\
DMAR: [DMA Read NO_PASID] Request device [00:0d.2] fault addr 0x1026a4000 \
[fault reason 0x06] PTE Read access is not set
DMAR: Dump dmar0 table entries for IOVA 0x1026a4000
DMAR: root entry: 0x0000000127f42001
DMAR: context entry: hi 0x0000000000001502, low 0x000000012d8ab001
DMAR: pte level: 4, pte value: 0x000000012d8ac003
DMAR: PTE not present at level 3
"""
XEN_TABLES = """\
(XEN) print_vtd_entries: iommu #0 dev 0000:00:1a.0 gmfn ea0c4f
(XEN)     root_entry[00] = 46e129001
(XEN)     context[d0] = 2_46e128001
(XEN)     l4[000] = 46e11b003
(XEN)     l3[03a] = 46e11c001
(XEN)     l2[106] = 0
(XEN)     l2[106] not present
"""
OTHERS = """\
DMAR: DRHD: handling fault status reg 52
dmar_fault: 893 callbacks suppressed
DMAR: VT-d detected Invalidation Queue Error: Reason 4
DMAR: VT-d detected Invalidation Time-out Error: SID 301
DMAR: VT-d detected Invalidation Completion Error: SID ffff
DMAR: QI HEAD: Device-TLB Invalidation qw0 = 0x5300530000000003, qw1 = 0x7ffffffffffff001
DMAR: IOMMU: dmar0: PRQ overflow detected
DMAR: IOMMU: dmar1: Invalid page request: 201000101 7f3001
"""
ALL = "\n".join([READ, WRITE, INTERRUPT, PREFIXED, BEHIND, TWO_LINES, TWO_LINES_INTERRUPT,
                 XEN_INTERRUPT, XEN, XEN_TABLES, UNIT, SCALABLE, LEGACY, OTHERS])


def only(vtd, text):
    found = vtd("decode", "--json", "-", data=text + "\n").json["findings"]
    assert len(found) == 1, found
    return found[0]


def fault_of(finding):
    return (finding["type"], finding["sid"], finding.get("pasid"), finding["address"],
            finding["reason"])


def fault_is_understood_when_linux_printed_it(vtd):
    for text, fault in (
            (READ, ("read", "00:02.0", None, "0x7cd81000", "0x6")),
            (WRITE, ("write", "1e:00.3", "0x41", "0x7f3123456000", "0x59")),
            (INTERRUPT, ("interrupt", "f0:1f.0", None, "0x1a", "0x25")),
            (PREFIXED, ("read", "3b:02.0", None, "0x70ad5000", "0x7")),
            (BEHIND, ("write", "03:00.0", None, "0x9c001000", "0xc")),
            (TWO_LINES, ("read", "00:02.0", None, "0x1a45aa9000", "0xc")),
            (TWO_LINES_INTERRUPT, ("interrupt", "00:1f.0", None, "0x9", "0x22"))):
        assert fault_of(only(vtd, text)) == fault, text


def fault_is_understood_when_xen_printed_it(vtd):
    assert fault_of(only(vtd, XEN)) == ("write", "00:1a.0", None, "0xea0c4f000", "0x5")
    assert fault_of(only(vtd, XEN_INTERRUPT)) == ("interrupt", "f0:1f.7", None, "0x12", "0x26")


def conditions_are_all_named_when_they_share_a_code(vtd):
    line = READ.replace("0x06", "0x43")
    assert [c["name"] for c in only(vtd, line)["conditions"]] == ["SCT.4.1", "SCT.4.2"]


def entry_is_named_with_its_place_when_fault_is_about_one(vtd):
    for reason, entry in (("0x01", "root entry of bus 0x1e: root table + 0x1e0"),
                          ("0x39", "root entry of bus 0x1e: root table + 0x1e0"),
                          ("0x02", "context entry of 1e:00.3: context table of bus 0x1e + 0x30"),
                          ("0x41", "context entry of 1e:00.3: context table of bus 0x1e + 0x60"),
                          ("0x51", "PASID directory entry of 1e:00.3: directory + 0x8"),
                          ("0x59", "PASID table entry of 1e:00.3: table of directory entry "
                                   "0x1 + 0x40"),
                          ("0x86", "paging entry of 0x7f3123456000: indices 0xfe, 0xc4, 0x11a, "
                                   "0x56 of levels 4 to 1")):
        assert only(vtd, WRITE.replace("0x59", reason))["entry"] == entry


def upper_half_of_root_entry_is_named_when_device_is_in_it(vtd):
    line = WRITE.replace("1e:00.3", "1e:10.0").replace("0x59", "0x39")
    assert only(vtd, line)["entry"].endswith("+ 0x1e8")


def interrupt_entry_is_named_when_interrupt_faults(vtd):
    assert only(vtd, INTERRUPT)["entry"] == "interrupt remapping entry 0x1a: table + 0x1a0"


def causes_are_given_when_reason_is_known(vtd):
    for code in (1, 2, 5, 6, 7, 0xc, 0x22, 0x25, 0x26, 0x51, 0x59, 0x71, 0x85, 0x86):
        assert only(vtd, READ.replace("0x06", hex(code)))["causes"], hex(code)


def unset_address_is_suspected_when_it_is_zero(vtd):
    line = READ.replace("0x7cd81000", "0x0")
    assert "nobody set" in only(vtd, line)["causes"][0]


def every_condition_of_the_library_has_a_cause(vtd):
    for code in range(1, 256):
        finding = only(vtd, READ.replace("0x06", hex(code)))
        assert not finding["conditions"] or finding["causes"], hex(code)


def fault_without_conditions_is_told_when_reason_is_unknown(vtd):
    finding = only(vtd, READ.replace("0x06", "0xee"))
    assert finding["conditions"] == [] and finding["reason"] == "0xee"


def fault_is_told_when_its_second_line_is_missing(vtd):
    first = TWO_LINES.splitlines()[0]
    finding = only(vtd, first)
    assert "reason" not in finding
    assert "its line is missing" in vtd("decode", first).out


def repeated_faults_are_one_finding_with_a_range(vtd):
    text = "\n".join(READ.replace("7cd81", f"7cd8{i}") for i in range(1, 9))
    finding = only(vtd, text)
    assert finding["count"] == 8
    assert (finding["lowest"], finding["highest"]) == ("0x7cd81000", "0x7cd88000")
    assert "8 times, from 0x7cd81000 to 0x7cd88000" in vtd("decode", "-", data=text).out


def other_messages_are_understood_when_linux_printed_them(vtd):
    out = vtd("decode", "-", data=OTHERS).out
    for text in ("PPF (a fault is recorded)", "IQE (invalidation queue error)",
                 "ITE (invalidation time-out)",
                 "893 interrupts with faults were not printed",
                 "invalidation queue error 0x4: a reserved field is set",
                 "03:00.1 did not answer a device-TLB invalidation in time",
                 "the registers read as ones",
                 "device-TLB invalidation of 53:00.0",
                 "the page request queue was full",
                 "(Invalid page request): 01:00.0, PASID 0x2, address 0x7f3000"):
        assert text in out, text


def faults_are_named_when_our_guest_printed_them(vtd):
    log = pathlib.Path(__file__).with_name("guest.dmesg")
    answer = vtd("decode", "--json", log).json
    faults = [f for f in answer["findings"] if "reason" in f]
    assert len(faults) == 1 and faults[0]["count"] == 3
    assert (faults[0]["sid"], faults[0]["pasid"], faults[0]["reason"]) == ("00:01.0", "0x3", "0x59")
    assert [c["name"] for c in faults[0]["conditions"]] == ["SPT.2"]
    assert "the process has ended" in faults[0]["causes"][0]
    texts = [f["text"] for f in answer["findings"]]
    assert "the system refused a page request: Address is not canonical" in texts
    assert any("00:01.0, PASID 0x2, address 0x3e9e6000" in text for text in texts)


def line_is_taken_from_the_command_line_when_it_has_a_space(vtd):
    assert "DMA read of 00:02.0 at 0x7cd81000 was refused" in vtd("decode", READ).out


def nothing_is_found_when_log_says_nothing(vtd):
    result = vtd("decode", "-", data="hello\nworld\n")
    assert result.status == 1 and "no message about VT-d in 2 lines" in result.err


def log_is_bounded_when_every_line_is_another(vtd):
    text = "\n".join(READ.replace("00:02.0", f"{i >> 5:02x}:{i & 31:02x}.0")
                     for i in range(600))
    result = vtd("decode", "--json", "-", data=text)
    assert len(result.json["findings"]) == 512 and result.json["dropped"] == 88
    assert "88 messages more" in result.err


def tables(vtd, text):
    found = vtd("decode", "--json", "-", data=text).json["tables"]
    assert len(found) == 1
    return found[0], found[0]["steps"][found[0]["fault_step"]] if "fault_step" in found[0] else None


def entry_at_fault_is_found_when_linux_printed_scalable_tables(vtd):
    table, step = tables(vtd, UNIT + SCALABLE)
    assert table["condition"] == "SGN.6" and "contradiction" not in table
    assert (step["level"], step["address"]) == (1, hex(0x101b53000 + 0x121 * 8))
    assert step["error_bits"] == ["0x2"] and "missing" not in table


def entry_at_fault_is_found_when_linux_printed_legacy_tables(vtd):
    table, step = tables(vtd, LEGACY)
    assert table["condition"] == "LGN.3"
    assert (step["level"], step["address"]) == (3, hex(0x12d8ac000 + 4 * 8))


def entry_at_fault_is_found_when_xen_printed_tables(vtd):
    table, step = tables(vtd, XEN + "\n" + XEN_TABLES)
    # The second line of Xen's fault says write.
    assert table["condition"] == "LGN.2" and step["level"] == 3
    assert "contradiction" not in table


def reserved_bits_are_judged_by_the_unit_when_the_log_names_it(vtd):
    text = SCALABLE.replace("0x0000000101b53067", "0x0000400101b53067").replace("0x85", "0x72")
    table, step = tables(vtd, UNIT + text)
    assert table["condition"] == "SFS.3" and step["error_bits"] == ["0x400000000000"]


def contradiction_is_told_when_tables_do_not_lead_to_the_fault(vtd):
    text = LEGACY.replace("PTE not present at level 3", "pte level: 3, pte value: 0x83")
    table, _ = tables(vtd, text)
    assert table["contradiction"] and table["answer"] == "success"
    assert "these tables do not lead to that" in vtd("decode", "-", data=text).out


def missing_lines_are_told_when_tables_are_cut_short(vtd):
    table, _ = tables(vtd, "\n".join(SCALABLE.splitlines()[:4]))
    assert table["missing"] == hex(0x101b4d000)


def tables_are_bounded_when_log_has_many(vtd):
    result = vtd("decode", "--json", "-", data=LEGACY * 20)
    assert len(result.json["tables"]) == 16 and "4 more tables" in result.err


def it_ends_well_when_bits_of_the_log_flip(vtd):
    for changed in vtd_program.flipped(ALL.encode(), 150):
        assert vtd.ends_well("decode", "-", data=changed), changed


def it_ends_well_when_a_line_has_no_end(vtd):
    assert vtd.ends_well("decode", "-", data=b"DMAR: " * 100000)
    assert vtd.ends_well("decode", "-", data=READ.encode() + b"\0" * 5000)


TESTS = [
    fault_is_understood_when_linux_printed_it,
    fault_is_understood_when_xen_printed_it,
    conditions_are_all_named_when_they_share_a_code,
    entry_is_named_with_its_place_when_fault_is_about_one,
    upper_half_of_root_entry_is_named_when_device_is_in_it,
    interrupt_entry_is_named_when_interrupt_faults,
    causes_are_given_when_reason_is_known,
    unset_address_is_suspected_when_it_is_zero,
    every_condition_of_the_library_has_a_cause,
    fault_without_conditions_is_told_when_reason_is_unknown,
    fault_is_told_when_its_second_line_is_missing,
    repeated_faults_are_one_finding_with_a_range,
    other_messages_are_understood_when_linux_printed_them,
    faults_are_named_when_our_guest_printed_them,
    line_is_taken_from_the_command_line_when_it_has_a_space,
    nothing_is_found_when_log_says_nothing,
    log_is_bounded_when_every_line_is_another,
    entry_at_fault_is_found_when_linux_printed_scalable_tables,
    entry_at_fault_is_found_when_linux_printed_legacy_tables,
    entry_at_fault_is_found_when_xen_printed_tables,
    reserved_bits_are_judged_by_the_unit_when_the_log_names_it,
    contradiction_is_told_when_tables_do_not_lead_to_the_fault,
    missing_lines_are_told_when_tables_are_cut_short,
    tables_are_bounded_when_log_has_many,
    it_ends_well_when_bits_of_the_log_flip,
    it_ends_well_when_a_line_has_no_end,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
