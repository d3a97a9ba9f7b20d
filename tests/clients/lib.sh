# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the clients share.  A client is an executable in this directory without
# a dot in its name: it sources this file and calls `configuration` once for
# each thing that it shows.  tools/clients builds what is needed before, runs
# clients on each QEMU and makes the table; docs/clients.md says what is there.
# From the environment:
#   QEMU=10.0|10.2  KERNEL=7|6.12   which of them
#   QUICK=1                         the quick configurations only
#   ONLY="NAME..."                  these configurations only
#   STOCK=1                         an unchanged QEMU (make stock), to compare
#
# A configuration runs in a directory of its own, build/clients/CLIENT-QEMU/NAME,
# in a subshell with errexit; sockets and files have relative names there.

# shellcheck source=tools/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib/common.sh"
# shellcheck source=tools/lib/modules.sh
. "$root/tools/lib/modules.sh"
# shellcheck source=tools/lib/emulation.sh
. "$root/tools/lib/emulation.sh"

here=$root/tests/clients
client=$(basename "$0")
flavour=${QEMU:-10.0}
series=${KERNEL:-7}
qemu=${QEMU_BIN:-$build/qemu-$flavour${STOCK:+-stock}/qemu-system-x86_64}
state=$build/clients/$client-$flavour${STOCK:+-stock}
# What existing users of SVM write.
# shellcheck disable=SC2034 # for the clients
svm_iommu=intel-iommu,aw-bits=48,x-scalable-mode=on,x-flts=on,svm=true,device-iotlb=true,x-pasid-mode=true,dma-translation=true

[ -x "$qemu" ] || die "no $qemu; run tools/clients or tools/build-qemu first"
# shellcheck source=/dev/null
. "$build/kernel-$series/env"
exclusive "client-$client-$flavour"

# ---- configurations and their results

# configuration quick|full NAME CMD...: runs CMD and prints the line
# `result NAME ok|FAILED|skipped SECONDS [REASON]`.
configuration() {
	local weight=$1 name=$2 start=$SECONDS status word
	shift 2
	[ -z "${QUICK:-}" ] || [ "$weight" = quick ] || return 0
	[ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $name "* ]] || return 0
	say "$client on QEMU $flavour${STOCK:+ (stock)}: $name"
	rm -rf "${state:?}/$name" && mkdir -p "$state/$name"
	set +e
	(
		set -e
		cd "$state/$name"
		trap stop_all EXIT
		"$@"
	)
	status=$?
	set -e
	case $status in
	0) word=ok ;;
	77) word=skipped ;;
	*) word=FAILED ;;
	esac
	[ $status -eq 0 ] || [ -s "$state/$name/reason" ] ||
		echo "status $status, see $state/$name" >"$state/$name/reason"
	[ $word != FAILED ] || last_words "$state/$name"
	printf 'result %s %s %s %s\n' "$name" $word $((SECONDS - start)) \
		"$(head -n 1 "$state/$name/reason" 2>/dev/null)"
}

# last_words DIR: what is left of a failure where only the output is kept.
last_words() {
	local f
	for f in reason processors qemu.log console.out; do
		[ -s "$1/$f" ] || continue
		note "$f:"
		tail -n 40 "$1/$f" | tr -d '\r' | sed 's/^/    | /'
	done
}

# fail REASON: ends this configuration as failed; skip REASON: as not tried.
fail() {
	printf '%s\n' "$*" >reason
	processors
	exit 1
}

# processors: what those of a QEMU that still runs are at, into ./processors: one
# that is halted and has an interrupt in service (ISR) takes no more of them.
processors() {
	local line
	[ -n "${qemu_pid:-}" ] && alive "$qemu_pid" && [ -S qmp ] || return 0
	for line in "info registers -a" "info lapic 0" "info lapic 1"; do
		timeout 10 /usr/bin/python3 "$here/qmp.py" qmp human-monitor-command \
			command-line="$line" | sed 's/\\r\\n/\n/g'
	done >processors 2>&1 || true
}

skip() {
	printf '%s\n' "$*" >reason
	exit 77
}

# ---- processes, all of which end with the configuration

started=()
qemu_env=()

# start NAME CMD...: CMD in the background with its output in NAME.log.
# $started_pid is its process.
# shellcheck disable=SC2031 # each configuration has its own list
start() {
	local name=$1
	shift
	setsid "$@" >"$name.log" 2>&1 </dev/null 9>&- &
	started_pid=$!
	started+=("$started_pid")
}

alive() { kill -0 "$1" 2>/dev/null; }

# stop PID: ends a started process and what it started.
stop() {
	local i
	kill -TERM -- "-$1" 2>/dev/null || return 0
	for ((i = 0; i < 50; i++)); do
		kill -0 -- "-$1" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL -- "-$1" 2>/dev/null || true
}

stop_all() {
	local i
	for ((i = ${#started[@]} - 1; i >= 0; i--)); do stop "${started[i]}"; done
}

# kept_waiting: for how many seconds a busy host has kept QEMU from going on: the
# most that one of its threads has waited for a processor.
kept_waiting() {
	{ cat /proc/"${qemu_pid:-none}"/task/*/schedstat 2>/dev/null || true; } |
		awk '$2 > most { most = $2 } END { print int(most / 1e9) }'
}

# until_true SECONDS CMD...: false when CMD is not true within that time, which
# is a bound for what hangs, not a measure, and in which QEMU could go on.  Every
# 15 seconds it says that it still waits, and what came last on the guest's
# console.
until_true() {
	local i limit=$1 before
	before=$(kept_waiting)
	shift
	for ((i = 1; i <= limit * 5 || i <= (limit + $(kept_waiting) - before) * 5; i++)); do
		"$@" && return
		sleep 0.2
		[ $((i % 75)) -ne 0 ] ||
			note "$((i / 5)) s: $(tail -qn 1 console.out 2>/dev/null | tr -d '\r' | cut -c 1-60)"
	done
	return 1
}

# wait_line FILE REGEX SECONDS: until FILE has such a line.
wait_line() {
	until_true "$3" line_or_end "$1" "$2" || fail "no '$2' in $1 after $3 s"
	grep -qE "$2" "$1" || fail "QEMU ended before '$2' was in $1"
}

line_or_end() {
	grep -qsE "$2" "$1" || { [ -n "${qemu_pid:-}" ] && ! alive "$qemu_pid"; }
}

# ---- QEMU

# qemu_start ARGS...: QEMU, with its messages in qemu.log and QMP at ./qmp, and
# with qemu_env=(NAME=VALUE...) in its environment.  Later arguments win over
# the ones here.
qemu_start() {
	start qemu env "${qemu_env[@]}" "$qemu" -machine q35 -accel "$(guest_accel "$@")" -cpu max -smp 2 -m 2G \
		-nodefaults -no-reboot -display none \
		-L /usr/share/seabios -L /usr/share/qemu \
		-qmp unix:qmp,server=on,wait=off "$@"
	qemu_pid=$started_pid
	until_true 60 qmp_or_end || fail "QEMU has no monitor after 60 s"
	alive "$qemu_pid" || fail "QEMU does not start: $(tail -n 1 qemu.log)"
}

qmp_or_end() { [ -S qmp ] || ! alive "$qemu_pid"; }

# halting_firmware: ./firmware for -bios, which only halts, so that a test has
# the machine for itself.
halting_firmware() {
	head -c 65520 /dev/zero >firmware
	printf '\xfa\xf4\xeb\xfd\0\0\0\0\0\0\0\0\0\0\0\0' >>firmware # cli; hlt; jmp back
}

# qmp [--until EVENT] COMMAND [KEY=VALUE...]: prints what it returns.
qmp() { /usr/bin/python3 "$here/qmp.py" qmp "$@"; }

# qemu_end SECONDS: until QEMU has ended by itself.
qemu_end() {
	until_true "$1" qemu_ended || fail "QEMU has not ended after $1 s"
	wait "$qemu_pid" || fail "QEMU ended with status $?: $(tail -n 1 qemu.log)"
}

qemu_ended() { ! alive "$qemu_pid"; }

# ---- a Linux guest

# guest_image SCRIPT [FILE...]: ./initrd, the guest's image whose `svm.run=client`
# runs SCRIPT; FILEs are in /client.  guest_modules="NAME..." adds modules of
# the kernel, which are loaded before; guest_first="FILE..." has files of modules
# that are loaded before all others.
guest_image() {
	local stage=$PWD/stage m
	mkdir -p "$stage"/{bin,client/modules,client/first}
	cp "$1" "$stage/bin/svm-client"
	chmod 755 "$stage/bin/svm-client"
	shift
	[ $# -eq 0 ] || cp -t "$stage/client" "$@"
	for m in ${guest_modules:-}; do add_module "$m" "$stage/client/modules"; done
	for m in ${guest_first:-}; do
		cp "$m" "$stage/client/first"
		basename "$m" >>"$stage/client/first/list"
	done
	# Linux unpacks one archive after the other.
	cp "$build/image-$series.cpio" initrd
	(cd "$stage" && find . | sort | cpio --quiet -o -H newc -R 0:0) >>initrd
	rm -rf "$stage"
}

# guest_start APPEND ARGS...: boots ./initrd with APPEND on the kernel command
# line.  The console's output is in ./console.out; guest_send writes to it.
guest_start() {
	local append=$1
	shift
	mkfifo console.in
	: >console.out
	qemu_start -chardev pipe,id=console,path=console -serial chardev:console \
		-serial file:verdict -kernel "$VMLINUZ" -initrd initrd \
		-append "console=ttyS0 panic=-1 $(guest_clock) quiet svm.run=client $append" "$@"
}

guest_send() { printf '%s\n' "$*" >console.in; }

guest_wait() { wait_line console.out "$1" "$2"; }

# guest_end SECONDS: until the guest has powered off, and its script succeeded.
guest_end() {
	qemu_end "$1"
	grep -q '^verdict 0' verdict || fail "guest: $(guest_reason)"
}

# The first FAIL line, or the last line of all.
guest_reason() {
	tr -d '\r' <console.out | grep -m 1 '^FAIL' || tr -d '\r' <console.out | tail -n 1
}
