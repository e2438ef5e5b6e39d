"""Leaves the processes of a group no room on any disk: what they write to files from now on fails, as on a full one.

    fill_disk.py GROUP

The kernel refuses every byte that lies beyond the limit of a file's size, which becomes zero (EFBIG where a full disk
gives ENOSPC). Exit status 3: this system cannot limit another process.
"""

from __future__ import annotations

import contextlib
import os
import sys

import psutil


def main() -> int:
    """Answers with the exit status."""
    if not hasattr(psutil, "RLIMIT_FSIZE"):
        return 3
    group = int(sys.argv[1])
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group:
                _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
                process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    return 0


if __name__ == "__main__":
    sys.exit(main())
