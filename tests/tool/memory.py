# SPDX-License-Identifier: BSD-3-Clause
"""Physical memory with tables in it, as raw images and as ELF cores."""

import struct

PAGE = 4096


class Memory:
    def __init__(self, pages, base=0):
        self.base = base
        self.bytes = bytearray(pages * PAGE)

    def put(self, address, *words):
        struct.pack_into(f"<{len(words)}Q", self.bytes, address - self.base, *words)

    def raw(self, path):
        path.write_bytes(self.bytes)
        return path

    def core(self, path, offset=PAGE):
        """As dump-guest-memory makes it: one note, one segment."""
        header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 4, 62, 1, 0, 64, 0, 0,
                             64, 56, 2, 0, 0, 0)
        note = struct.pack("<IIQQQQQQ", 4, 0, 512, 0, 0, 0, 0, 0)
        load = struct.pack("<IIQQQQQQ", 1, 7, offset, 0, self.base, len(self.bytes),
                           len(self.bytes), 0)
        head = header + note + load
        path.write_bytes(head + bytes(offset - len(head)) + self.bytes)
        return path


# Where the tables below are.
ROOT, CONTEXT, DIRECTORY, PASIDS = 0x1000, 0x2000, 0x3000, 0x4000
LEVEL4, LEVEL3, LEVEL2, LEVEL1 = 0x5000, 0x6000, 0x7000, 0x8000
INTERRUPTS = 0x9000
PAGES = 10

SCALABLE = ROOT | 1 << 10  # RTADDR


def scalable(base=0):
    """00:02.0, PASID 5: 0x7000 is at 0xd000 by the first stage, read-only."""
    memory = Memory(PAGES, base)
    at = {"root": base + ROOT, "context": base + CONTEXT}
    memory.put(at["root"], base + CONTEXT | 1, 0)
    memory.put(at["context"] + 0x10 * 32, base + DIRECTORY | 1 << 3 | 1, 0, 0, 0)
    memory.put(base + DIRECTORY, base + PASIDS | 1)
    # PGTT first-stage, domain 1, 4 levels.
    memory.put(base + PASIDS + 5 * 64, 1 << 6 | 1, 1, base + LEVEL4, 0, 0, 0, 0, 0)
    memory.put(base + LEVEL4, base + LEVEL3 | 0x27)
    memory.put(base + LEVEL3, base + LEVEL2 | 0x27)
    memory.put(base + LEVEL2, base + LEVEL1 | 0x27)
    memory.put(base + LEVEL1 + 7 * 8, 0xd000 | 0x25)
    return memory


def legacy():
    """00:02.0: 0x7000 is at 0xd000 by three levels."""
    memory = Memory(PAGES)
    memory.put(ROOT, CONTEXT | 1, 0)
    memory.put(CONTEXT + 0x10 * 16, LEVEL3 | 1, 1 << 8 | 1)
    memory.put(LEVEL3, LEVEL2 | 3)
    memory.put(LEVEL2, LEVEL1 | 3)
    memory.put(LEVEL1 + 7 * 8, 0xd000 | 3)
    return memory
