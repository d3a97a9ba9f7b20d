#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Why can device 00:03.0 not write to 7123h?  Three levels of second-stage tables,
whose last entry allows reading only."""

import vtd

ROOT, CONTEXT, LEVEL3, LEVEL2, LEVEL1 = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000
SID = 0x18

with vtd.Unit(device_tlb=False, page_request=False, no_write_flag=False) as unit:
    unit.set_64(ROOT, CONTEXT | 1)
    unit.set_64(CONTEXT + 16 * SID, LEVEL3 | 1, 1)
    unit.set_64(LEVEL3, LEVEL2 | 3)
    unit.set_64(LEVEL2, LEVEL1 | 3)
    unit.set_64(LEVEL1 + 8 * 7, 0xd000 | 1)
    unit.write(0x20, ROOT)            # RTADDR
    unit.write(0x18, 1 << 30, 4)      # GCMD.SRTP
    unit.write(0x18, 1 << 31, 4)      # GCMD.TE
    print(unit.explain(sid=SID, address=0x7123, access=vtd.WRITE))
