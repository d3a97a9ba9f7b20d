#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""frozen.py PID [SECONDS]

Compares the memory of a stopped guest with itself so many seconds (1) later.
The guest has memory-backend-memfd; PID is QEMU's.  Prints what changed, if
anything, and then is exit status 1.
"""
import mmap
import os
import sys
import time
import zlib

CHUNK = 1 << 20


def memory_file(pid):
    directory = f'/proc/{pid}/fd'
    for name in os.listdir(directory):
        path = f'{directory}/{name}'
        if 'memfd:memory-backend-memfd' in os.readlink(path):
            return os.open(path, os.O_RDONLY)
    sys.exit(f'frozen: process {pid} has no memory-backend-memfd')


def pieces(file, size):
    """The parts of the file that are not holes."""
    offset = 0
    while offset < size:
        try:
            offset = os.lseek(file, offset, os.SEEK_DATA)
        except OSError:
            return
        end = os.lseek(file, offset, os.SEEK_HOLE)
        while offset < end:
            yield offset, min(offset + CHUNK, end)
            offset += CHUNK
        offset = end


def sums(file):
    size = os.fstat(file).st_size
    with mmap.mmap(file, size, prot=mmap.PROT_READ) as memory:
        return {piece: zlib.crc32(memory[piece[0]:piece[1]])
                for piece in pieces(file, size)}


def main(pid, seconds='1'):
    file = memory_file(pid)
    before = sums(file)
    time.sleep(float(seconds))
    after = sums(file)
    changed = sorted(f'{begin:#x}' for (begin, end), value in after.items()
                     if before.get((begin, end)) != value)
    if changed:
        sys.exit(f'{len(changed)} of {len(after)} MiB changed: '
                 + ' '.join(changed[:8]))
    print(f'{len(after)} MiB have not changed')


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
