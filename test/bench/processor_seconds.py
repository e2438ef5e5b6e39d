"""Runs a command and writes how many seconds of processor it and all its descendants took: others cannot change them.

usage: processor_seconds.py FILE COMMAND [ARGUMENT ...]; ends as the command does.
"""

import os
import subprocess
import sys
from pathlib import Path


def main() -> int:
    process = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(process.pid, 0)
    Path(sys.argv[1]).write_text(str(usage.ru_utime + usage.ru_stime), "utf-8")
    return os.waitstatus_to_exitcode(status)


sys.exit(main())
