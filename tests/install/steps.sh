# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the checks of this directory share: a scratch directory, and steps that
# are tests.

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

count=0
failed=0

# result STATUS NAME
result() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/#   /' "$dir/log"
		failed=1
	fi
}

# step NAME CMD...
step() {
	local name=$1 status=0
	shift
	"$@" >"$dir/log" 2>&1 || status=$?
	result "$status" "$name"
}
