# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# The time of Linux guests that QEMU emulates.

# guest_clock: words for the kernel's command line.  On a busy host it does not
# see its timer in time (no_timer_check), its clock's watchdog can wait for ever
# for a processor that is in stop_machine() (tsc=reliable), and it measures the
# rate of its time stamp counter wrongly: its time then passed up to 14 times too
# fast, and time-outs came before what they wait for (tsc_early_khz).
guest_clock() {
	[ -x "$build/ticks" ] || die "no $build/ticks; run tools/build-user first"
	echo "no_timer_check tsc=reliable tsc_early_khz=$("$build/ticks")"
}
