# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# A private apt directory below build/: packages of other Debian suites, from
# the servers that this machine is already set up to use, without a change to
# the machine's own apt.  Needs no root.

# shellcheck source=tools/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keyring=${VTD_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# Archive roots of the configured sources.  --print-uris works with empty
# package lists and without root, which indextargets does not.
apt_bases() {
	apt-get update --print-uris 2>/dev/null |
		sed -n "s|^'\(.*\)/dists/[^']*/InRelease' .*|\1|p" | awk '!seen[$0]++'
}

# apt_config DIR: read last (-c), so that proxy and login settings of the
# machine stay active and everything that is stored goes below DIR.
apt_config() {
	mkdir -p "$1"/{lists/partial,archives/partial,parts,state}
	: >"$1/status"
	replace "$1/apt.conf" <<-EOF
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Post-Invoke;
		Dir::Etc::sourcelist "$1/sources.list";
		Dir::Etc::sourceparts "$1/parts";
		Dir::Etc::preferences "$1/no-preferences";
		Dir::Etc::preferencesparts "$1/parts";
		Dir::State "$1/state";
		Dir::State::lists "$1/lists";
		Dir::State::status "$1/status";
		Dir::Cache "$1";
		Dir::Cache::archives "$1/archives";
		APT::Sandbox::User "$(id -un)";
		APT::Architecture "amd64";
		Acquire::Languages "none";
		Acquire::Retries "3";
	EOF
}

# apt_open NAME TYPE SUITE...: makes build/apt/NAME usable by apt_do.  TYPE is
# deb or deb-src.  Lists are fetched once a day; older ones are used when no
# source can be reached.
apt_open() {
	apt_dir=$build/apt/$1
	local wanted=("${@:2}")
	apt_config "$apt_dir"
	if [ "$(cat "$apt_dir/opened" 2>/dev/null)" != "${wanted[*]}" ]; then
		rm -f "$apt_dir/opened"
	elif [ -z "$(find "$apt_dir/opened" -mmin +1440)" ]; then
		return 0
	fi
	if apt_lists "${wanted[@]}"; then
		echo "${wanted[*]}" >"$apt_dir/opened"
	elif [ -f "$apt_dir/opened" ]; then
		note "using the package lists of $(date -r "$apt_dir/opened" '+%F %R')"
	else
		die "no package lists of Debian ${wanted[*]:1} from any of this machine's apt sources:
$(apt_failures)
$advice"
	fi
}

# apt_lists TYPE SUITE...: the archive signature decides which of the configured
# servers has the suites.  Until one is found the lists from before stay.
apt_lists() {
	local try bases
	[ -f "$keyring" ] || die "$keyring is missing; install debian-archive-keyring"
	mapfile -t bases < <(apt_bases)
	[ ${#bases[@]} -gt 0 ] ||
		die "this machine's apt has no sources (apt-get update --print-uris names none)"
	rm -f "$apt_dir"/update*.log
	for ((try = 1; ; try++)); do
		! apt_lists_once "$@" || return 0
		if apt_lists_lasting || ! pause "$try"; then return 1; fi
	done
}

apt_lists_once() {
	local type=$1 n base suite
	shift
	for n in "${!bases[@]}"; do
		base=${bases[n]}
		for suite; do
			echo "$type [signed-by=$keyring] $base $suite main"
		done >"$apt_dir/sources.try"
		echo "# $base" >"$apt_dir/update-$((n + 1)).log"
		if apt_do apt-get -q update -o APT::Update::Error-Mode=any \
			-o APT::Get::List-Cleanup=false \
			-o "Dir::Etc::sourcelist=$apt_dir/sources.try" \
			>>"$apt_dir/update-$((n + 1)).log" 2>&1; then
			mv "$apt_dir/sources.try" "$apt_dir/sources.list"
			return 0
		fi
	done
	note "no package lists of $* from ${#bases[@]} apt sources:"
	apt_failures
	return 1
}

apt_lists_lasting() {
	local log
	for log in "$apt_dir"/update-*.log; do lasting "$log" || return 1; done
}

# One line for each source: what it said, and where it is written.
apt_failures() {
	local log
	for log in "$apt_dir"/update-*.log; do
		printf '       %s: %s; see %s\n' "$(sed -n '1s/^# //p' "$log")" \
			"$(reason "$log")" "$log"
	done
}

# apt_do APT-TOOL ARGS...: an apt command in the opened private directory.
apt_do() {
	local tool=$1
	shift
	"$tool" -c "$apt_dir/apt.conf" "$@"
}

# apt_fetch LOG APT-TOOL ARGS...: a download.  What is not there any more has a
# successor in newer lists.
apt_fetch() {
	local log=$1 wanted
	shift
	! persistent "$log" apt_do "$@" || return 0
	grep -q ' 404 ' "$log" || return 1
	[ -n "$(find "$apt_dir/opened" -mmin +10)" ] || return 1
	note "the package lists may be too old"
	read -ra wanted <"$apt_dir/opened"
	apt_lists "${wanted[@]}" && touch "$apt_dir/opened" && persistent "$log" apt_do "$@"
}

# apt_log PACKAGE: where the download of a package is written.
apt_log() { echo "$apt_dir/download-$1.log"; }

# apt_deb PACKAGE[=VERSION] DIR: downloads one package and unpacks it in DIR.
apt_deb() {
	local tmp deb
	tmp=$(mktemp -d "$apt_dir/deb.XXXXXX")
	if ! (cd "$tmp" && apt_fetch "$(apt_log "$1")" apt-get -q download "$1"); then
		rm -rf "$tmp"
		return 1
	fi
	mkdir -p "$2"
	for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$2"; done
	rm -rf "$tmp"
}
