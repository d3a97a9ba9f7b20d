# SPDX-License-Identifier: BSD-3-Clause
"""The program vtd, as tools/build-lib has built it with the library."""

import os
import pathlib
import subprocess

PREFIX = pathlib.Path(os.environ.get("VTD_BUILD") or
                      pathlib.Path(__file__).parents[2] / "build") / "prefix"


def run(*arguments):
    """What it printed, and how it ended."""
    return subprocess.run([PREFIX / "bin/vtd", *arguments], check=False, text=True,
                          capture_output=True, timeout=600,
                          env=dict(os.environ, LD_LIBRARY_PATH=str(PREFIX / "lib")))
