#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""regs_test.py VTD: the subcommand regs."""

import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import vtd_program  # noqa: E402

# In the format of Linux's /sys/kernel/debug/iommu/intel/iommu_regset.
REGSET = """\
IOMMU: dmar0 Register Base Address: fed90000

Name\t\t\tOffset\t\tContents
VER                 \t0x00\t\t0x0000000000000040
CAP                 \t0x08\t\t0x01c0000c40660462
ECAP                \t0x10\t\t0x0000029a00f0505e
GSTS                \t0x1c\t\t0x00000000c0000000
RTADDR              \t0x20\t\t0x0000000107eb2000
MTRRCAP             \t0x100\t\t0x0000000000000000

IOMMU: dmar1 Register Base Address: fed91000

Name\t\t\tOffset\t\tContents
CAP                 \t0x08\t\t0x00d2008c40660462
ECAP                \t0x10\t\t0x0000000000f050da
FSTS                \t0x34\t\t0x0000000000000102
"""

DMESG = """\
[    0.070502] DMAR: Host address width 39
[    0.070502] DMAR: DRHD base: 0x000000fed90000 flags: 0x0
[    0.070507] DMAR: dmar0: reg_base_addr fed90000 ver 4:0 cap 1c0000c40660462 ecap 29a00f0505e
[    0.070511] DMAR: dmar1: reg_base_addr fed91000 ver 1:0 cap d2008c40660462 ecap f050da
"""


def values(unit):
    return {reg["name"]: reg["value"] for reg in unit["registers"]}


def fields_are_named_when_value_is_given(vtd):
    out = vtd("regs", "GSTS=0xc7000000").out
    assert out.startswith("GSTS      0xc7000000  global status\n")
    assert "    TES      0x1      translation is on\n" in out
    assert "CFIS" not in out


def zero_fields_are_shown_when_all_is_asked_for(vtd):
    assert "CFIS     0x0" in vtd("regs", "--all", "gsts=0").out


def values_have_names_when_specification_names_them(vtd):
    assert "translation table mode: scalable" in vtd("regs", "RTADDR=1400").out
    assert "fault reason: no read permission" in vtd("regs", "FRCD3.high=c000000600000123").out
    assert "source-id: 01:04.3" in vtd("regs", "FRCD3.high=c000000600000123").out


def reserved_bits_are_told_when_set(vtd):
    reg = vtd("regs", "--json", "GSTS=80000001").json["units"][0]["registers"][0]
    assert reg["reserved_bits"] == "0x1"


def units_are_apart_when_text_is_a_regset(vtd):
    units = vtd("regs", "--json", "-", data=REGSET).json["units"]
    assert [unit["unit"] for unit in units] == ["dmar0", "dmar1"]
    assert units[1]["base"] == "0xfed91000"
    assert values(units[0])["RTADDR"] == "0x107eb2000"
    assert values(units[1]) == {"CAP": "0xd2008c40660462", "ECAP": "0xf050da", "FSTS": "0x102"}


def unknown_register_is_told_and_skipped_when_in_a_regset(vtd):
    result = vtd("regs", "-", data=REGSET)
    assert result.status == 0 and "1 registers are not known" in result.err


def units_are_found_when_text_is_a_dmesg(vtd):
    units = vtd("regs", "--json", "-", data=DMESG).json["units"]
    assert [unit["unit"] for unit in units] == ["dmar0", "dmar1"]
    assert values(units[0]) == {"VER": "0x40", "CAP": "0x1c0000c40660462",
                                "ECAP": "0x29a00f0505e"}


def capabilities_are_found_when_xen_printed_them(vtd):
    text = "(XEN) [VT-D]cap = c0000020660462 ecap = f0101a\n"
    units = vtd("regs", "--json", "-", data=text).json["units"]
    assert values(units[0]) == {"CAP": "0xc0000020660462", "ECAP": "0xf0101a"}


def line_is_taken_when_it_has_more_words_than_are_looked_at(vtd):
    words = "x " * 61
    units = vtd("regs", "--json", "-", data=f"{words}reg_base_addr 1 cap\n" + DMESG).json["units"]
    assert len(units) == 2


def differences_are_named_when_cap_and_ecap_are_known(vtd):
    unit = vtd("regs", "--json", "CAP=d2008c40660462", "ECAP=f050da").json["units"][0]
    assert [row["field"] for row in unit["not_modelled"]] == ["ND", "PLMR", "PHMR", "FRO", "IRO"]


def registers_are_shown_when_file_is_a_state(vtd):
    words = [0x253445456, 0xd2008c40660462, 0xf050da, 39, 0x5000, 0, 0,
             2, 0x1c, 0xc0000000, 0x20, 0x6000]
    data = struct.pack(f"<{len(words)}Q", *words)
    unit = vtd("regs", "--json", "-", data=data).json["units"][0]
    # What is in force, not what was written last.
    assert values(unit) == {"GSTS": "0xc0000000", "RTADDR": "0x5000"}


def mistakes_are_told_when_arguments_are_wrong(vtd):
    for argument, text in (("GSTSX=1", "there is no register 'GSTSX'"),
                           ("GSTS=1g", "'1g' is no hexadecimal number of 64 bits"),
                           ("GSTS=-1", "is no hexadecimal number"),
                           ("GSTS=12345678901234567", "of 64 bits"),
                           ("A" * 99 + "=1", "there is no register"),
                           ("/nonexistent", "No such file")):
        result = vtd("regs", argument)
        assert result.status == 1 and text in result.err, (argument, result.err)
    assert vtd("regs").status == 2
    assert vtd("regs", "--nothing").status == 2
    assert vtd("nothing").status == 2
    result = vtd("regs", "-", data="hello\n")
    assert result.status == 1 and "there are no registers in it" in result.err


def output_error_is_told_when_disk_is_full(vtd):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([vtd.path, "regs", "GSTS=1"], stdout=full, check=False,
                              stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"could not be written" in done.stderr


def it_ends_well_when_bits_of_the_input_flip(vtd):
    for data in (REGSET.encode(), DMESG.encode()):
        for changed in vtd_program.flipped(data, 60):
            assert vtd.ends_well("regs", "-", data=changed), changed


TESTS = [
    fields_are_named_when_value_is_given,
    zero_fields_are_shown_when_all_is_asked_for,
    values_have_names_when_specification_names_them,
    reserved_bits_are_told_when_set,
    units_are_apart_when_text_is_a_regset,
    unknown_register_is_told_and_skipped_when_in_a_regset,
    units_are_found_when_text_is_a_dmesg,
    capabilities_are_found_when_xen_printed_them,
    line_is_taken_when_it_has_more_words_than_are_looked_at,
    differences_are_named_when_cap_and_ecap_are_known,
    registers_are_shown_when_file_is_a_state,
    mistakes_are_told_when_arguments_are_wrong,
    output_error_is_told_when_disk_is_full,
    it_ends_well_when_bits_of_the_input_flip,
]

if __name__ == "__main__":
    vtd_program.run(TESTS, sys.argv[1])
