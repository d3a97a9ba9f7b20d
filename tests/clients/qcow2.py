#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""qcow2.py FILE

Makes an empty qcow2 image of 1 MiB, which snapshots of a machine can be saved
in.
"""
import struct
import sys

CLUSTER_BITS = 16
CLUSTER = 1 << CLUSTER_BITS
HEADER, REFCOUNT_TABLE, REFCOUNT_BLOCK, LEVEL_1, CLUSTERS = range(5)


def main(path):
    image = bytearray(CLUSTERS * CLUSTER)
    # Version 2: no backing file, no encryption, no snapshots.
    struct.pack_into('>4sIQIIQIIQQIIQ', image, 0, b'QFI\xfb', 2, 0, 0,
                     CLUSTER_BITS, 1 << 20, 0, 1, LEVEL_1 * CLUSTER,
                     REFCOUNT_TABLE * CLUSTER, 1, 0, 0)
    struct.pack_into('>Q', image, REFCOUNT_TABLE * CLUSTER,
                     REFCOUNT_BLOCK * CLUSTER)
    struct.pack_into(f'>{CLUSTERS}H', image, REFCOUNT_BLOCK * CLUSTER,
                     *[1] * CLUSTERS)
    with open(path, 'wb') as file:
        file.write(image)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
