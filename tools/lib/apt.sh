# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# A private apt directory below build/: packages of other Debian suites, from
# the servers that this machine is already set up to use, without a change to
# the machine's own apt.  Needs no root.

# shellcheck source=tools/lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

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
# deb or deb-src.  Lists are fetched once a day; the archive signature decides
# which of the configured servers has the suites.
apt_open() {
	apt_dir=$build/apt/$1
	local type=$2 base suite
	shift 2
	apt_config "$apt_dir"
	if [ "$(cat "$apt_dir/opened" 2>/dev/null)" = "$type $*" ] &&
		[ -z "$(find "$apt_dir/opened" -mmin +1440)" ]; then
		return 0
	fi
	[ -f "$keyring" ] || die "$keyring is missing; install debian-archive-keyring"
	for base in $(apt_bases); do
		for suite; do
			echo "$type [signed-by=$keyring] $base $suite main"
		done >"$apt_dir/sources.list"
		if apt_do apt-get -q update -o APT::Update::Error-Mode=any \
			>"$apt_dir/update.log" 2>&1; then
			echo "$type $*" >"$apt_dir/opened"
			return 0
		fi
	done
	die "none of this machine's apt sources has the Debian suites '$*'; see $apt_dir/update.log"
}

# apt_do APT-TOOL ARGS...: an apt command in the opened private directory.
apt_do() {
	local tool=$1
	shift
	"$tool" -c "$apt_dir/apt.conf" "$@"
}

# apt_deb PACKAGE[=VERSION] DIR: downloads one package and unpacks it in DIR.
apt_deb() {
	local tmp deb
	tmp=$(mktemp -d "$apt_dir/deb.XXXXXX")
	if ! (cd "$tmp" && apt_do apt-get -q download "$1" >"$apt_dir/download.log" 2>&1); then
		rm -rf "$tmp"
		return 1
	fi
	mkdir -p "$2"
	for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$2"; done
	rm -rf "$tmp"
}
