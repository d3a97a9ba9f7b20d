# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# Kernel modules for a guest's image.  MODULES is where the kernel's are (from
# build/kernel-SERIES/env).

# add_module NAME DIR: NAME and before it what it depends on into DIR, and their
# names to DIR/list in load order.
add_module() {
	local file depend ko=$2/$1.ko
	[ ! -e "$ko" ] || return 0
	file=$(find "$MODULES/kernel" -name "$1.ko*" -o -name "${1//_/-}.ko*" | head -n 1)
	# Built in, or not there in this kernel: nothing to load.
	[ -n "$file" ] || return 0
	case $file in
	*.xz) xz -dc "$file" >"$ko" ;;
	*.zst) zstd -qdc "$file" >"$ko" ;;
	*) cp "$file" "$ko" ;;
	esac
	for depend in $(tr '\0' '\n' <"$ko" | sed -n 's/^depends=//p' | tr ',' ' '); do
		add_module "$depend" "$2"
	done
	echo "$1.ko" >>"$2/list"
}
