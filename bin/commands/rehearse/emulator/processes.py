"""Child processes in groups of their own, so that a job ends with everything it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_GRACE_SECONDS = 3.0
_SAMPLE_SECONDS = 0.5
_MIB = 1024 * 1024


@dataclass
class ProcessGroup:
    """A running command and its descendants.

    Attributes:
        peak_memory_mib: The largest resident memory of all of them together, sampled twice a second.
    """

    process: subprocess.Popen[bytes]
    peak_memory_mib: int = 0

    def wait(self, seconds: float | None) -> int | None:
        """Waits for the end, at most `seconds`; answers with the exit code, or None when time is up."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while self.process.poll() is None:
            if deadline is not None and time.monotonic() >= deadline:
                return None
            self._sample()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_SAMPLE_SECONDS)
        return self.process.returncode

    def kill(self) -> None:
        """Ends the whole group: asks first, then forces. Returns when nothing of it runs any more."""
        members = self._members()
        _signal_group(self.process.pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(members, timeout=_GRACE_SECONDS)
        _signal_group(self.process.pid, signal.SIGKILL)
        for member in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        self.process.wait()

    def _sample(self) -> None:
        resident = 0
        for member in self._members():
            with contextlib.suppress(psutil.Error):
                resident += member.memory_info().rss
        self.peak_memory_mib = max(self.peak_memory_mib, resident // _MIB)

    def _members(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self.process.pid)
            return [leader, *leader.children(recursive=True)]
        return []


def start_group(command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> ProcessGroup:
    """Starts a command in a process group of its own, standard output and error into `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return ProcessGroup(process)


def kill_descendants() -> None:
    """Ends every process that this one has started, directly or not."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.terminate()
    _, alive = psutil.wait_procs(children, timeout=_GRACE_SECONDS)
    for child in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
