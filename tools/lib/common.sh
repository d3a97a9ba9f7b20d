# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What every script in tools/ shares: where things are, how a long step
# reports, and one lock per product so that two calls do not build it twice.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${VTD_BUILD:-$root/build}
jobs=${JOBS:-$(nproc)}
# shellcheck disable=SC2034 # for the scripts that read this file
prefix=$build/prefix

# The language of a tool's messages must not change what scripts read in them.
export LC_ALL=C

say() { printf '==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# tail_and_die LOG WHAT: the end of a log, then the failure.
tail_and_die() {
	printf -- '---- last lines of %s\n' "$1" >&2
	tail -n 40 "$1" >&2
	die "$2 failed; the whole log is in $1"
}

# The end of a message about something that could not be fetched.
advice="       Check this machine's network and its apt sources, then run the same command
       again: what has been fetched is kept."

# reason LOG: what a failed download says, in a line: the last error in LOG that
# says more than that there were errors.
reason() {
	local line
	line=$(grep -E '^([EW]|Err|[Ee]rror)[: ]' "$1" |
		grep -v 'Some index files failed' | tail -n 1) || true
	[ -n "$line" ] || line=$(grep -v '^ *$' "$1" | tail -n 1) || true
	printf '%s\n' "${line:-no output}"
}

# lasting FILE: this failure does not go away by waiting.
lasting() {
	grep -qE ' 404 |Unable to locate package|has no installation candidate' "$1"
}

# pause TRY: waits before the try after TRY; false when there is none.  VTD_TRIES
# of them, the first pause is VTD_PAUSE seconds and each further one twice that.
pause() {
	local seconds=$((${VTD_PAUSE:-5} << ($1 - 1)))
	[ "$1" -lt "${VTD_TRIES:-4}" ] || return 1
	note "trying again in $seconds seconds"
	sleep "$seconds"
}

# persistent LOG CMD...: a command that downloads, with its output in LOG; again
# after a pause when it fails, unless waiting would not help.
persistent() {
	local log=$1 try
	shift
	mkdir -p "$(dirname "$log")"
	: >"$log"
	for ((try = 1; ; try++)); do
		"$@" >"$log.try" 2>&1 </dev/null && break
		cat "$log.try" >>"$log"
		note "failed: $(reason "$log.try")"
		if lasting "$log.try" || ! pause "$try"; then
			rm -f "$log.try"
			return 1
		fi
	done
	cat "$log.try" >>"$log"
	rm -f "$log.try"
}

# logged NAME CMD...: runs CMD with its output in build/log/NAME.log.
logged() {
	local log=$build/log/$1.log
	shift
	mkdir -p "$build/log"
	"$@" >"$log" 2>&1 </dev/null || tail_and_die "$log" "$*"
}

# logged_ninja NAME DIR TARGET...: the same for ninja, with a line of progress
# every 15 seconds.
logged_ninja() {
	local name=$1 log=$build/log/$1.log dir=$2 pid waited=0 last=
	shift 2
	mkdir -p "$build/log"
	ninja -C "$dir" -j "$jobs" "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	# shellcheck disable=SC2064 # the process of now
	trap "kill $pid 2>/dev/null; exit 1" INT TERM
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		waited=$((waited + 1))
		[ $((waited % 15)) -eq 0 ] || continue
		last=$(grep -o '^\[[0-9]*/[0-9]*\]' "$log" | tail -n 1) || true
		[ -z "$last" ] || note "$name $last"
	done
	wait "$pid" || tail_and_die "$log" "ninja $*"
	trap - INT TERM
}

# exclusive NAME: waits until no other script works on NAME, and keeps the
# lock until this script ends.
exclusive() {
	mkdir -p "$build/lock"
	exec 9>"$build/lock/$1"
	flock -n 9 || {
		note "waiting for another run that works on $1"
		flock 9
	}
}

# digest FILE-OR-DIR...: one hash over names and contents, for stamps.
digest() {
	find "$@" -type f -print0 2>/dev/null | sort -z |
		xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1
}

# current STAMP KEY: true when the product was made from the same inputs.
current() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# replace FILE: stdin to FILE, all of it or nothing, and the file's time stays
# when its contents do not change.
replace() {
	local tmp
	mkdir -p "$(dirname "$1")"
	tmp=$(mktemp "$1.XXXXXX")
	cat >"$tmp"
	chmod 644 "$tmp"
	if cmp -s "$tmp" "$1"; then rm -f "$tmp"; else mv -f "$tmp" "$1"; fi
}
