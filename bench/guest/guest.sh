#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# In the guest: two NVMe disks, one behind the unit with strict invalidation, and
# one that passes through; then does what the host writes on the console, a line at
# a time: `load DISK WORDS...` runs disk_load, `end` ends it.

# disk_at ADDRESS: the name of the disk that this PCI function has, if any.
disk_at() {
	for controller in "/sys/bus/pci/devices/$1"/nvme/nvme*; do
		[ ! -e "/sys/block/${controller##*/}n1" ] || echo "${controller##*/}n1"
	done
}

# domain ADDRESS TYPE: a domain of this type, which the driver must not be in.
domain() {
	echo "$1" >/sys/bus/pci/drivers/nvme/unbind
	echo "$2" >"/sys/bus/pci/devices/$1/iommu_group/type" || return 1
	echo "$1" >/sys/bus/pci/drivers/nvme/bind
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -z "$(disk_at "$1")" ] || return 0
		sleep 0.5
	done
	return 1
}

translated=0000:00:05.0 passed=0000:00:06.0
stty -echo
domain "$passed" identity || exit 1
for function in $translated $passed; do
	set -- "/sys/block/$(disk_at "$function")"/mq/*
	echo "bench: disk $function $(cat "/sys/bus/pci/devices/$function/iommu_group/type") queues $#"
done
echo "bench: ready"
while read -r word disk words; do
	case $word in
	end) exit 0 ;;
	load)
		case $disk in
		translated) function=$translated ;;
		*) function=$passed ;;
		esac
		# shellcheck disable=SC2086 # several words
		echo "bench: result $(/client/disk_load "/dev/$(disk_at "$function")" $words)"
		;;
	esac
done
exit 1
