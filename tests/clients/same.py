#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""same.py PID PID

Compares the memory of two guests that are stopped, page by page.  Both have
memory-backend-memfd; the PIDs are of their QEMUs.  Prints what differs, if
anything, and then is exit status 1.
"""
import mmap
import os
import sys

from frozen import CHUNK, memory_file

PAGE = 4096


def differing(one, other):
    """Addresses in memory of pages that are not the same."""
    for begin in range(0, len(one), CHUNK):
        end = min(begin + CHUNK, len(one))
        if one[begin:end] != other[begin:end]:
            yield from (page for page in range(begin, end, PAGE)
                        if one[page:page + PAGE] != other[page:page + PAGE])


def main(*pids):
    files = [memory_file(pid) for pid in pids]
    size, other = (os.fstat(file).st_size for file in files)
    if size != other:
        sys.exit(f'{size} bytes and {other} bytes')
    memories = [mmap.mmap(file, size, prot=mmap.PROT_READ) for file in files]
    pages = [hex(page) for page in differing(*memories)]
    if pages:
        sys.exit(f'{len(pages)} pages differ: ' + ' '.join(pages[:8]))
    print(f'{size // PAGE} pages are the same')


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
