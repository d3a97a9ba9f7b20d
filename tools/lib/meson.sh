# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# QEMU needs meson 1.5 and looks for it as a Python package.  Debian 13 has
# it; on Debian 12 the backports package is unpacked below build/.

# shellcheck source=tools/lib/apt.sh
. "$(dirname "${BASH_SOURCE[0]}")/apt.sh"

# Debian's own interpreter: one from elsewhere in PATH would not see Debian's
# Python packages.
# shellcheck disable=SC2034
python=/usr/bin/python3
meson_dir=$build/meson/usr/lib/python3/dist-packages

system_meson() { dpkg-query -W -f='${Version}' meson 2>/dev/null || echo 0; }

# meson_for_qemu: afterwards PYTHONPATH leads to a meson that QEMU accepts.
meson_for_qemu() {
	dpkg --compare-versions "$(system_meson)" ge 1.5 && return
	if [ ! -d "$meson_dir" ]; then
		say "fetching a newer meson for QEMU (bookworm-backports)"
		apt_open meson deb bookworm-backports
		rm -rf "$build/meson.part"
		apt_deb meson "$build/meson.part" ||
			die "meson cannot be downloaded; see $(apt_log meson)
$advice"
		mv "$build/meson.part" "$build/meson"
	fi
	export PYTHONPATH=$meson_dir
}
