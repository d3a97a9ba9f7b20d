# SPDX-License-Identifier: BSD-3-Clause
"""Libraries that are preloaded into QEMU."""

import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FAKE_VFIO = os.environ.get("FAKE_VFIO_SOURCES") or os.path.join(
    HERE, "..", "clients", "fake_vfio")


def build(test_class, *sources):
    """Returns the library's path; it is there as long as the class is."""
    directory = tempfile.mkdtemp(prefix="vtd-preload.")
    test_class.addClassCleanup(shutil.rmtree, directory)
    library = os.path.join(directory, "preload.so")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2",
                    "-Wall", "-Wextra", "-Werror", "-pthread", "-o", library,
                    *sources], check=True)
    return library


def build_fake_vfio(test_class):
    """The stand-in for the kernel's driver."""
    return build(test_class, *(os.path.join(FAKE_VFIO, name)
                               for name in ("fake_vfio.c", "mappings.c")))


def build_slow_page(test_class):
    """A page that a thread stops at."""
    return build(test_class, os.path.join(HERE, "slow_page.c"))


def environment(**variables):
    """Set until the test's end; returns what undoes it."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)

    def undo():
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return undo
