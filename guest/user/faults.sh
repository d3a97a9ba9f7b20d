#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# svm-faults [LOG]: what the kernel has told of faults (LOG, or dmesg); ends with 1
# if there is any, and with 2 if there is no log.
#
# One kind is Linux's own.  Until the I/O APIC is set up, the timer's interrupt comes
# by the PIC; one that comes when IRQ 0 is the I/O APIC's already, but not activated,
# makes its handler mask and unmask an entry that is all zeros.  If the timer ticks
# before it is masked again, that is a compatibility format interrupt, and blocked
# (25h).  On a busy host, whose guest is slow between the two, it is seen in one boot
# of a hundred.  It does not count before the first process runs.

if [ $# -gt 0 ]; then
	log=$(cat "$1") || exit 2
else
	log=$(dmesg) || exit 2
fi
[ -n "$log" ] || exit 2
printf '%s\n' "$log" | awk '
# A status comes before what it is the status of.
/DMAR:.*handling fault/ { status = status $0 "\n"; next }
/DMAR:.*\[INTR-REMAP\] Request device \[(0000:)?ff:00\.0\].*\[fault reason 0x25\]/ && !booted {
	early = early status $0 "\n"; status = ""; next
}
/DMAR:.*(fault addr|fault reason|VT-d detected)/ { faults = faults status $0 "\n"; status = "" }
/Run .* as init process/ { booted = 1; early = "" }
END {
	faults = early faults status
	printf "%s", faults
	exit faults != ""
}'
