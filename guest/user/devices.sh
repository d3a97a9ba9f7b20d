#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The devices run, in the guest: data goes through an NVMe disk, a virtio disk
# on its own I/O thread, and two network cards, all behind the remapping unit
# with strict invalidation and interrupt remapping.  The first half of the
# NVMe disk holds known data (svm.sha256= on the kernel command line); the host
# compares both disks afterwards.

passed=0
failed=0

# check WHAT CMD...: one line per check, the reason below when it fails.
check() {
	what=$1
	shift
	if output=$("$@" 2>&1); then
		passed=$((passed + 1))
		echo "ok    $what"
	else
		failed=$((failed + 1))
		echo "FAIL  $what"
		echo "$output" | sed 's/^/      /'
	fi
}

argument() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tail -n 1
}

size=16 # MiB of known data
sum=$(argument svm.sha256)
domain=$(argument svm.domain)

# sum_of FILE SKIP: checksum of the data at SKIP MiB, past the page cache.
sum_is_right() {
	echo 3 >/proc/sys/vm/drop_caches
	found=$(dd if="$1" bs=1M skip="$2" count=$size iflag=direct 2>/dev/null |
		sha256sum | cut -d' ' -f1)
	[ "$found" = "$sum" ] || { echo "checksum $found, not $sum" && return 1; }
}

copy() {
	dd if="$1" of="$2" bs=256k count=$((size * 4)) seek="$3" \
		iflag=direct oflag=direct && sync
}

# behind_unit DEVICE: its group has the kind of domain that svm.domain= names,
# else a translated one with strict invalidation.
behind_unit() {
	type=$(cat "/sys/bus/pci/devices/$1/iommu_group/type") || return 1
	[ "$type" = "${domain:-DMA}" ] || { echo "$1 is in a domain of type $type" && return 1; }
}

pci_of() {
	readlink -f "$1" | grep -o '0000:[0-9a-f:.]*' | tail -n 1
}

remapped_interrupts() {
	grep "$1" /proc/interrupts | grep -q IR- || { cat /proc/interrupts && return 1; }
}

# Under Xen the unit belongs to the hypervisor: the host looks at what that says.
under_xen() { [ "$(cat /sys/hypervisor/type 2>/dev/null)" = xen ]; }

if ! under_xen; then
	for disk in nvme0n1 vda; do
		check "$disk is behind the unit" \
			behind_unit "$(pci_of /sys/block/$disk/device)"
	done
	for card in eth0 eth1; do
		check "$card is behind the unit" \
			behind_unit "$(pci_of /sys/class/net/$card/device)"
	done
fi
ip link set eth0 up
ip link set eth1 up
check "nvme: the host's data is read" sum_is_right /dev/nvme0n1 0
check "nvme: copied to its second half" copy /dev/nvme0n1 /dev/nvme0n1 $((size * 4))
check "nvme: the copy is the same" sum_is_right /dev/nvme0n1 $size
check "virtio disk: copied from nvme" copy /dev/nvme0n1 /dev/vda 0
check "virtio disk: the copy is the same" sum_is_right /dev/vda 0
check "network: frames cross both cards, both ways" netcheck eth0 eth1
if ! under_xen; then
	check "nvme interrupts are remapped" remapped_interrupts nvme
	check "virtio interrupts are remapped" remapped_interrupts virtio
fi
check "no remapping fault in the kernel's log" svm-faults

echo "devices: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
