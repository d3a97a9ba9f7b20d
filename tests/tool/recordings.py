#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Recordings as bytes: taken apart, and changed."""

import struct
import zlib

FILE_HEAD = 16
CHUNK_HEAD = 8


def number_at(data, at):
    """A number of variable length, and where what follows it begins."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


class Record:
    def __init__(self, data, at):
        self.kind = data[at]
        length, at = number_at(data, at + 1)
        self.end = at + length
        self.thread, at = number_at(data, at)
        _, at = number_at(data, at)
        count, at = number_at(data, at)
        self.values, self.places = [], []
        for _ in range(count):
            self.places.append(at)
            value, at = number_at(data, at)
            self.values.append(value)
        self.bytes = bytes(data[at:self.end])


def chunks(data):
    """First byte and length of what each chunk has behind its checksum."""
    at = FILE_HEAD
    while at < len(data):
        length, = struct.unpack_from("<I", data, at)
        yield at + CHUNK_HEAD, length
        at += CHUNK_HEAD + length


def records(data):
    for first, length in chunks(data):
        at = first + 8
        while at < first + length:
            record = Record(data, at)
            at = record.end
            yield record


def changed(data, number, value, bit=0):
    """One of the lowest 6 bits of a value of record `number` is another."""
    record = list(records(data))[number - 1]
    result = bytearray(data)
    result[record.places[value]] ^= 1 << bit
    return sealed(result)


def sealed(data):
    """With checksums that are right."""
    result = bytearray(data)
    for first, length in chunks(data):
        struct.pack_into("<I", result, first - 4, zlib.crc32(result[first:first + length]))
    return bytes(result)


if __name__ == "__main__":
    import sys

    # recordings.py FILE NUMBER VALUE: with another bit, on standard output.
    with open(sys.argv[1], "rb") as source:
        sys.stdout.buffer.write(changed(source.read(), int(sys.argv[2]), int(sys.argv[3])))
