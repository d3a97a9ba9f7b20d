# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# A Linux guest that does what it is told (console.guest), for the clients that
# are about the life of a machine; after lib.sh.

programs=$build/clients/programs
mkdir -p "$programs"

# guest_program NAME SOURCE...: a program for the guest, in $programs.
guest_program() {
	local name=$1
	shift
	logged "$name" cc -std=gnu11 -O2 -Wall -Wextra -Werror -static -pthread \
		-I"$root/guest/include" -I"$root/guest/user" -o "$programs/$name" "$@"
}

guest_program svm-load "$here/svm-load.c" "$root/guest/user/svm.c"
guest_program kexec "$here/kexec.c"

svm_append="intel_iommu=on,sm_on hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=64"
[ "$series" != 6.12 ] || svm_append+=" svm.module=sva_fallback=1"
# Of a virtio device.  Split rings of more than 256 entries do not work
# (guest/run says why).
behind=disable-legacy=on,iommu_platform=on,ats=on
disk_behind=packed=on,$behind

# obedient_image [FILE...]: of a guest that does what it is told.
obedient_image() { guest_image "$here/console.guest" "$programs/svm-load" "$@"; }

# second_kernel INITRD: it is in the first one's image, for kexec.
second_kernel() {
	cp "$VMLINUZ" vmlinuz
	cp "$1" second
	obedient_image "$programs/kexec" vmlinuz second
}

# begin APPEND ARGS...: the image has what is in $programs; more: guest_files.
begin() {
	steps=${steps:-0}
	[ -e initrd ] || obedient_image "${guest_files[@]}"
	guest_start "$@" -action reboot=reset
}
guest_files=()

# consoles: what the guest has said, here and where it was before (console.NN).
consoles() {
	find . -maxdepth 1 -name 'console.[0-9][0-9]' | sort | xargs -r cat
	cat console.out
}

# is_ready N: it has booted N times.
is_ready() { [ "$(grep -c '^guest ready' <(consoles))" -ge "$1" ] || qemu_ended; }

ready() {
	until_true 600 is_ready "${1:-1}" || fail "the guest does not boot"
	alive "$qemu_pid" || fail "QEMU ended: $(tail -n 1 qemu.log)"
}

# said REGEX: it has, or will never.
said() { grep -qE "$1" <(consoles) || qemu_ended; }

# has_said REGEX SECONDS: until it has.
has_said() {
	until_true "$2" said "$1" || fail "no '$1' from the guest after $2 s"
	grep -qE "$1" <(consoles) || fail "QEMU ended before '$1'"
}

# tell CMD...: the guest runs CMD, and it succeeds.
tell() { tell_within 300 "$@"; }

tell_within() {
	local limit=$1
	shift
	steps=$((steps + 1))
	guest_send "$*; echo step-$steps \$?"
	has_said "step-$steps [0-9]" "$limit"
	grep -q "step-$steps 0" <(consoles) ||
		fail "'$*' failed: $(consoles | tr -d '\r' | grep FAIL | tail -n 1)"
}

demo() { tell_within 1800 "svm-demo ${1:-}"; }

end() {
	tell no_trouble
	guest_send exit 0
	guest_end 120
}

known_disk() {
	head -c 4M /dev/urandom >disk
	sum=$(sha256sum <disk | cut -d' ' -f1)
}

running() { qmp query-status | grep -q '"running": true' || qemu_ended; }
