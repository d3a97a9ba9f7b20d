# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# Linux guests that QEMU emulates.

# guest_clock: words for the kernel's command line.  On a busy host it does not
# see its timer in time (no_timer_check), its clock's watchdog can wait for ever
# for a processor that is in stop_machine() (tsc=reliable), and it measures the
# rate of its time stamp counter wrongly: its time then passed up to 14 times too
# fast, and time-outs came before what they wait for (tsc_early_khz).
guest_clock() {
	[ -x "$build/ticks" ] || die "no $build/ticks; run tools/build-user first"
	echo "no_timer_check tsc=reliable tsc_early_khz=$("$build/ticks")"
}

# guest_accel ARGS...: what emulates the processors of a guest with these devices.
#
# One thread for all of them, where that is right.  With a thread each, QEMU can lead
# what a processor writes to a register (of its local APIC, most of all) to another one
# while a second processor moves a device's BAR; the guest then hangs, behind no unit
# as well.  tools/tcg-sections.patch mends that in the QEMU with libvtd that is built
# here, an unchanged one has it.  But with one thread QEMU makes the guest's atomic
# instructions from plain loads and stores, so that they are none against a device:
# beside svm, which does atomic operations in memory of processes and whose walks set
# accessed and dirty bits in their tables, each processor has its own.  Such a guest
# gets a unit with $x2apic_mode, so that its local APICs have no registers in memory.
guest_accel() {
	case " $* " in
	*" svm "* | *" svm,"*) echo tcg,thread=multi ;;
	*) echo tcg,thread=single ;;
	esac
}

# Properties of a unit whose guest uses the x2APIC mode of its processors.
# shellcheck disable=SC2034 # for those who read this file
x2apic_mode=eim=on
