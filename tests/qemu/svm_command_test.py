# SPDX-License-Identifier: BSD-3-Clause
"""What commands of the svm device do, and how they end (guest/include/svm_device.h)."""

import struct
import unittest

import svm_test
from svm_save_test import (ATOMIC_ADD, CHECKSUM, COMPARE, COPY, ENABLE, FILL, LIST_SUM, OK,
                           PORTAL, RECORD, WAIT, Portals, crc_of_zeros)
from svm_test import BAR, DATA, LEVEL_3, SIZE

NOP, UNKNOWN = 0, 8
BAD_COMMAND, FAULT, UNTRANSLATED_ONLY, DENIED, LIMIT_REACHED = 2, 3, 4, 5, 7
PRIVILEGED = 2
RESERVED = 56
ENDED, LOST_ADDRESS, LOST_STATUS = 0x10, 0x20, 0x28

# Every address leads to the same 2 MiB; from these on to nothing, and to no memory.
NOTHING, NO_MEMORY, NO_MEMORY_LEVEL_2 = 1 << 30, 2 << 30, 0x125000
HOLE = 0x80000000
INTERRUPTS = 0xFEE00000
PLACE, OTHER = 0x10000, 0x20000


class CommandTest(unittest.TestCase):
    """One portal, without a PASID."""

    def setUp(self):
        self.machine = svm_test.start()
        self.addCleanup(self.machine.close)
        svm_test.translate(self.machine)
        self.machine.write_words(LEVEL_3 + 8, 0, NO_MEMORY_LEVEL_2 | 3)
        self.machine.write_words(NO_MEMORY_LEVEL_2, HOLE | 1 << 7 | 3)
        self.portals = Portals(self.machine)

    def run_command(self, operation, **members):
        """(status, result, done)"""
        self.portals.submit(1, operation, **members)
        return self.portals.end(1)

    def fault_address(self):
        """Of the last record."""
        return self.machine.read64(DATA + PORTAL + RECORD + 24)

    def fill(self, address, count):
        """Bytes that differ from their neighbours; returns them."""
        data = bytes(n * 7 % 251 for n in range(count))
        self.machine.write(DATA + address, data)
        return data

    def test_bytes_are_where_they_belong_when_pages_are_apart(self):
        """A copy that ends in another page than the one behind."""
        data = self.fill(PLACE, 0x1800)
        self.machine.write(DATA + SIZE, bytes(0x1000))
        self.assertEqual(self.run_command(COPY, source=PLACE, destination=SIZE - 0xC00,
                                          length=0x1800), (OK, 0, 0x1800))
        self.assertEqual(self.machine.read(DATA + SIZE - 0xC00, 0xC00), data[:0xC00])
        self.assertEqual(self.machine.read(DATA, 0xC00), data[0xC00:])
        self.assertEqual(self.machine.read(DATA + SIZE, 0x1000), bytes(0x1000))

    def test_pattern_goes_on_when_page_ends(self):
        """Though it ends in the middle of the pattern."""
        self.assertEqual(self.run_command(FILL, destination=PLACE + 4093, length=11,
                                          operands=(0x0807060504030201, 0)), (OK, 0, 11))
        self.assertEqual(self.machine.read(DATA + PLACE + 4092, 13),
                         bytes((0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 0)))

    def test_first_difference_is_told_when_data_differ(self):
        """Or the length, when none does."""
        data = self.fill(PLACE, 0x2000)
        self.machine.write(DATA + OTHER + 1, data)
        places = {"source": PLACE, "destination": OTHER + 1, "length": 0x2000}
        self.assertEqual(self.run_command(COMPARE, **places), (OK, 0x2000, 0x2000))
        for at in (0x1FFF, 0x1000, 0xFFF, 0):
            self.machine.write(DATA + OTHER + 1 + at, bytes((data[at] ^ 1,)))
            self.assertEqual(self.run_command(COMPARE, **places), (OK, at, at))

    def test_checksum_is_of_all_pages(self):
        """And of nothing it is the initial value."""
        for length in (0, 1, 0x1FFF):
            self.assertEqual(self.run_command(CHECKSUM, source=PLACE + 1, length=length),
                             (OK, crc_of_zeros(length), length))

    def test_old_value_is_the_result_when_added(self):
        """To the 64 bits there, and nothing beside."""
        self.machine.write_words(DATA + PLACE, 1, 2**64 - 1, 1)
        self.assertEqual(self.run_command(ATOMIC_ADD, destination=PLACE + 8, operands=(3, 0)),
                         (OK, 2**64 - 1, 8))
        self.assertEqual(self.machine.read(DATA + PLACE, 24), struct.pack("<3Q", 1, 2, 1))

    def test_list_ends_when_it_or_the_length_does(self):
        """Three nodes; the values are behind the pointers."""
        for number in range(3):
            following = PLACE + 64 * (number + 1) if number < 2 else 0
            self.machine.write_words(DATA + PLACE + 64 * number, following, 10 ** number)
        for length, total, nodes in ((2, 11, 2), (3, 111, 3), (9, 111, 3), (0, 0, 0)):
            self.assertEqual(self.run_command(LIST_SUM, source=PLACE, length=length,
                                              operands=(0, 8)), (OK, total, nodes))

    def test_wait_ends_when_value_is_there_or_the_reads_are_done(self):
        """The last value is the result."""
        self.machine.write64(DATA + PLACE, 5)
        self.assertEqual(self.run_command(WAIT, source=PLACE, length=1, operands=(5, 0)),
                         (OK, 5, 8))
        for length, result in ((100, 5), (0, 0)):
            self.assertEqual(self.run_command(WAIT, source=PLACE, length=length,
                                              operands=(6, 0)), (LIMIT_REACHED, result, 0))

    def test_command_is_bad_when_it_is_none(self):
        """Nothing is done, and it has a record."""
        for operation, members in (
                (UNKNOWN, {}), (2**32 - 1, {}), (ATOMIC_ADD, {"destination": PLACE + 4}),
                (WAIT, {"source": PLACE + 4, "length": 1})):
            self.assertEqual(self.run_command(operation, **members), (BAD_COMMAND, 0, 0))
        self.portals.write(PORTAL, NOP, flags=4)
        self.assertEqual(self.run_prepared(), BAD_COMMAND)
        self.portals.write(PORTAL, NOP)
        self.machine.write64(DATA + PORTAL + RESERVED, 1)
        self.assertEqual(self.run_prepared(), BAD_COMMAND)

    def run_prepared(self, address=PORTAL):
        """The status of what is in memory."""
        self.portals.control(1, ENABLE)
        self.machine.write(DATA + PORTAL + RECORD, bytes(32))
        self.machine.write64(BAR + PORTAL, address)
        return self.portals.end(1)[0]

    def lost(self):
        """(address, status)"""
        return [self.machine.read64(BAR + PORTAL + at) for at in (LOST_ADDRESS, LOST_STATUS)]

    def test_command_is_lost_when_it_or_its_record_is_not_aligned(self):
        """There is no record to say so."""
        self.portals.write(PORTAL + 32, NOP)
        self.assertEqual(self.run_prepared(PORTAL + 32), 0)
        self.assertEqual(self.lost(), [PORTAL + 32, BAD_COMMAND])
        self.portals.write(PORTAL, NOP, record=PORTAL + 16)
        self.assertEqual(self.run_prepared(), 0)
        self.assertEqual(self.lost(), [PORTAL, BAD_COMMAND])

    def test_privileged_command_is_denied_when_portal_is_not(self):
        """A control bit of the portal's."""
        self.portals.write(PORTAL, NOP, flags=PRIVILEGED)
        self.assertEqual(self.run_prepared(), DENIED)
        self.portals.control(1, ENABLE | PRIVILEGED)
        self.machine.write64(BAR + PORTAL, PORTAL)
        self.assertEqual(self.portals.end(1)[0], OK)

    def test_address_is_told_when_it_is_refused(self):
        """The page, or the byte that the command begins with there."""
        for operation, members, status, address in (
                (COPY, {"source": PLACE, "destination": NOTHING - 8}, FAULT, NOTHING),
                (COPY, {"source": NOTHING - 8, "destination": PLACE}, FAULT, NOTHING),
                (FILL, {"destination": NO_MEMORY + 8}, FAULT, NO_MEMORY + 8),
                (COMPARE, {"source": PLACE, "destination": NOTHING + 8}, FAULT, NOTHING + 8),
                (CHECKSUM, {"source": NO_MEMORY}, FAULT, NO_MEMORY),
                (CHECKSUM, {"source": INTERRUPTS}, FAULT, INTERRUPTS),
                (FILL, {"destination": INTERRUPTS}, UNTRANSLATED_ONLY, INTERRUPTS),
                (LIST_SUM, {"source": NOTHING}, FAULT, NOTHING),
                (WAIT, {"source": NOTHING}, FAULT, NOTHING),
                (ATOMIC_ADD, {"destination": NO_MEMORY + 16}, FAULT, NO_MEMORY + 16),
                (ATOMIC_ADD, {"destination": NOTHING}, FAULT, NOTHING)):
            with self.subTest(operation=operation, **members):
                self.assertEqual(self.run_command(operation, length=32, **members)[0], status)
                self.assertEqual(self.fault_address(), address)


if __name__ == "__main__":
    unittest.main()
