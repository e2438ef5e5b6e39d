"""Runs commands in turn (A B A B ...) and prints wall seconds and peak memory of each run, as JSON.

usage: measure.py RUNS 'COMMAND' ['COMMAND' ...]: one warm-up run of each comes first and is not counted.
"""

import json
import os
import shlex
import subprocess
import sys
import time


def run(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident MiB of one run (the largest single process of it)."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status != 0:
        raise SystemExit(f"{shlex.join(command)}: exit status {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    runs, commands = int(sys.argv[1]), [shlex.split(text) for text in sys.argv[2:]]
    for command in commands:
        run(command)
    results: list[list[tuple[float, float]]] = [[] for _ in commands]
    for _ in range(runs):
        for command, found in zip(commands, results, strict=True):
            found.append(run(command))
    print(json.dumps([{"seconds": [r[0] for r in found], "peakMiB": [r[1] for r in found]} for found in results]))


main()
