"""Ends the process groups of a rehearsal when the rehearsal itself is gone, however it ended.

Reads process-group ids from standard input, one a line; `-ID` takes one back. At the end of the input, which comes
even when the rehearsal was killed, every group that is left is asked to stop, and killed when it does not.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 10.0


def main() -> None:
    # The terminal's Ctrl-C is the rehearsal's business; this process ends with its input.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        number = int(line)
        if number > 0:
            groups.add(number)
        else:
            groups.discard(-number)
    end(groups)


def end(groups: set[int]) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    for group in groups:
        send(group, signal.SIGTERM)
    while any(send(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for group in groups:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Whether the group was still there to get the signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
