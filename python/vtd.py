# SPDX-License-Identifier: BSD-3-Clause
"""libvtd from Python, by ctypes: units in memory, requests and explanations.

    unit = vtd.Unit(ram=1 << 20, device_tlb=False, page_request=False,
                    no_write_flag=False)
    unit.set_64(0x1000, ...)             # write tables, then registers
    unit.write(0x20, 0x1000, 8)
    print(unit.explain(sid=0x18, address=0x7123, access=vtd.WRITE))

The library is found as the linker finds it, or where VTD_LIBRARY says.  Names
and contracts are those of the C headers.  An object is for one thread.
"""

import ctypes
import ctypes.util
import os
import pathlib
import re
import struct

READ, WRITE = 1, 2
SUCCESS = 0
STEPS_MAX = 80  # of an explanation

_u8, _u16, _u32, _u64 = ctypes.c_uint8, ctypes.c_uint16, ctypes.c_uint32, ctypes.c_uint64
_bool, _int, _uint = ctypes.c_bool, ctypes.c_int, ctypes.c_uint


def _structure(name, fields):
    return type(name, (ctypes.Structure,), {"_fields_": fields})


Config = _structure("vtd_config", [
    ("size", ctypes.c_size_t), ("host_address_width", _uint), ("guest_address_width", _uint),
    ("address_widths", _uint)] + [(name, _bool) for name in (
        "scalable_mode", "first_stage", "second_stage", "nested", "pass_through",
        "first_stage_5_level", "first_stage_1g_pages", "second_stage_2m_pages",
        "second_stage_1g_pages", "second_stage_accessed_dirty", "extended_accessed",
        "page_walk_coherency", "snoop_control", "supervisor_requests", "abort_dma",
        "zero_length_read")] + [("pasid_bits", _uint)] + [(name, _bool) for name in (
            "device_tlb", "page_request", "no_write_flag", "interrupt_remapping",
            "extended_interrupt_mode", "posted_interrupts", "caching_mode", "dma_draining",
            "transient_mapping", "self_flush")] + [
                ("fault_records", _uint), ("fault_compression", _bool),
                ("device_tlb_timeout", _u64)])
Place = _structure("vtd_place", [
    ("address", _u64), ("value", _u64), ("structure", _uint), ("level", _u8),
    ("for_level", _u8), ("word", _u8), ("unreadable", _bool)])
Request = _structure("vtd_request", [
    ("sid", _u16), ("type", _uint), ("access", _uint), ("address", _u64), ("length", _u32),
    ("pasid_present", _bool), ("pasid", _u32), ("privileged", _bool), ("execute", _bool),
    ("no_write", _bool), ("reserved", _u64 * 2)])
Translation = _structure("vtd_translation", [
    ("status", _uint), ("address", _u64), ("size_shift", _uint), ("read", _bool),
    ("write", _bool), ("untranslated_only", _bool), ("privileged", _bool), ("snoop", _bool),
    ("condition", _uint), ("place", Place), ("reserved", _u64 * 2)])
Step = _structure("vtd_step", [
    ("structure", _uint), ("level", _u8), ("for_level", _u8), ("words", _u8), ("guest", _bool),
    ("bypassed", _bool), ("rights", _u8), ("address", _u64), ("guest_address", _u64),
    ("word", _u64 * 8), ("error", _u64 * 8), ("sets", _u64), ("reserved", _u64 * 2)])
Explained = _structure("vtd_explanation", [
    ("result", Translation), ("steps", _u32), ("fault_step", _u32), ("cached", _bool),
    ("stale", _bool), ("recording", _uint), ("record", _u64 * 2), ("memory", Translation),
    ("reserved", _u64 * 4)])

_READ = ctypes.CFUNCTYPE(_int, ctypes.c_void_p, _u64, ctypes.c_void_p, ctypes.c_size_t)
_SWAP = ctypes.CFUNCTYPE(_int, ctypes.c_void_p, _u64, ctypes.POINTER(_u64), _u64)
_MESSAGE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, _u64, _u32)
HostOps = _structure("vtd_host_ops", [
    ("size", ctypes.c_size_t), ("memory_read", _READ), ("memory_write", _READ),
    ("memory_compare_exchange", _SWAP), ("interrupt_message", _MESSAGE)])

_EFAULT = 14


def _load():
    name = os.environ.get("VTD_LIBRARY") or ctypes.util.find_library("vtd") or "libvtd.so.0"
    library = ctypes.CDLL(name)
    text = ("vtd_version", "vtd_condition_name", "vtd_condition_text", "vtd_structure_name",
            "vtd_unit_create_check")
    for function in text:
        getattr(library, function).restype = ctypes.c_char_p
    library.vtd_unit_read.restype = _u64
    library.vtd_unit_read.argtypes = [ctypes.c_void_p, _u64, _uint]
    library.vtd_unit_write.argtypes = [ctypes.c_void_p, _u64, _u64, _uint]
    library.vtd_unit_destroy.argtypes = [ctypes.c_void_p]
    library.vtd_unit_translate.argtypes = [ctypes.c_void_p] * 3
    library.vtd_unit_explain.argtypes = [ctypes.c_void_p] * 4 + [ctypes.c_size_t]
    library.vtd_config_init_sized.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    return library


_lib = _load()


def version():
    """That of the library."""
    return _lib.vtd_version().decode()


def condition(value):
    """Name and sentence of an enum vtd_condition."""
    return _lib.vtd_condition_name(value).decode(), _lib.vtd_condition_text(value).decode()


class Explanation:
    """What vtd_unit_explain() says; str() is a text for people."""

    def __init__(self, explained, steps):
        self.result = explained.result
        self.recording = explained.recording
        self.fault_step = explained.fault_step
        self.steps = steps

    def __str__(self):
        lines = []
        for number, step in enumerate(self.steps):
            name = _lib.vtd_structure_name(step.structure).decode()
            words = " ".join(f"{word:#x}" for word in step.word[:step.words]) or "not RAM"
            level = f" level {step.level}" if step.level else ""
            mark = "  <- here" if number == self.fault_step else ""
            lines.append(f"{name}{level} at {step.address:#x}: {words}{mark}")
        name, text = condition(self.result.condition)
        if self.result.condition:
            lines.append(f"{name}: {text}")
        else:
            lines.append(f"translated to {self.result.address:#x}")
        return "\n".join(lines)


class Unit:
    """A unit with `ram` bytes of guest memory; the other arguments change what
    vtd_config_init() says.  Interrupt messages gather in `messages`."""

    def __init__(self, ram=1 << 20, **config):
        self.ram = bytearray(ram)
        self.messages = []
        settings = Config()
        _lib.vtd_config_init_sized(ctypes.byref(settings), ctypes.sizeof(settings))
        for name, value in config.items():
            if name not in dict(Config._fields_):
                raise AttributeError(f"struct vtd_config has no {name}")
            setattr(settings, name, value)
        self._ops = HostOps(ctypes.sizeof(HostOps), _READ(self._read), _READ(self._write),
                            _SWAP(self._swap), _MESSAGE(self._message))
        self._unit = ctypes.c_void_p()
        reason = _lib.vtd_unit_create_check(ctypes.byref(settings), ctypes.byref(self._ops))
        if reason:
            raise ValueError(reason.decode())
        error = _lib.vtd_unit_create(ctypes.byref(settings), ctypes.byref(self._ops), None,
                                     ctypes.byref(self._unit))
        if error:
            raise OSError(-error, os.strerror(-error))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Destroy the unit."""
        if self._unit:
            _lib.vtd_unit_destroy(self._unit)
            self._unit = ctypes.c_void_p()

    # What the unit asks for.  No exception may leave a callback.
    def _is_ram(self, address, length):
        return address + length <= len(self.ram)

    def _read(self, _, address, buffer, length):
        if not self._is_ram(address, length):
            return -_EFAULT
        ctypes.memmove(buffer, bytes(self.ram[address:address + length]), length)
        return 0

    def _write(self, _, address, buffer, length):
        if not self._is_ram(address, length):
            return -_EFAULT
        self.ram[address:address + length] = ctypes.string_at(buffer, length)
        return 0

    def _swap(self, _, address, expected, desired):
        if not self._is_ram(address, 8):
            return -_EFAULT
        found = struct.unpack_from("=Q", self.ram, address)[0]
        if found != expected[0]:
            expected[0] = found
            return 0
        struct.pack_into("=Q", self.ram, address, desired)
        return 1

    def _message(self, _, address, data):
        self.messages.append((address, data))

    def set_64(self, address, *words):
        """Store little-endian words in RAM from `address` on."""
        struct.pack_into(f"<{len(words)}Q", self.ram, address, *words)

    def read(self, offset, size=8):
        """A register."""
        return _lib.vtd_unit_read(self._unit, offset, size)

    def write(self, offset, value, size=8):
        _lib.vtd_unit_write(self._unit, offset, value, size)

    @staticmethod
    def _request(members):
        return Request(**{"access": READ, "pasid_present": "pasid" in members, **members})

    def translate(self, **members):
        """One request, by the members of struct vtd_request."""
        request, result = self._request(members), Translation()
        _lib.vtd_unit_translate(self._unit, ctypes.byref(request), ctypes.byref(result))
        return result

    def explain(self, **members):
        """Why that request ends as it does; leaves no trace."""
        request, explained = self._request(members), Explained()
        steps = (Step * STEPS_MAX)()
        _lib.vtd_unit_explain(self._unit, ctypes.byref(request), ctypes.byref(explained),
                              steps, STEPS_MAX)
        return Explanation(explained, list(steps[:explained.steps]))


def _enumerators(text):
    for body in re.findall(r"\benum \w+ \{(.*?)\}", text, re.S):
        value = -1
        for name, given in re.findall(r"(\w+)\s*(?:=\s*(\w+))?\s*(?:,|$)", body):
            value = int(given, 0) if given else value + 1
            yield name, value


def constants(include):
    """The numbers that the headers below a directory name: {name: value}."""
    found = {}
    for path in sorted(pathlib.Path(include, "vtd").rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.S)
        for name, value in re.findall(r"^#define (\w+) (0x[0-9a-f]+|\d+)U?L*\s*$", text, re.M):
            found[name] = int(value, 0)
        found.update(_enumerators(text))
    return found
