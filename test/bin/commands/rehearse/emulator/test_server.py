"""How the emulator starts and stops, as a process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
from emulator_harness import ACCOUNT, REHEARSE, Emulator, free_port, spark_settings, started_emulator, stop, wait_until


def test_a_signal_stops_the_emulator_and_its_jobs(tmp_path: Path) -> None:
    with started_emulator(tmp_path / "state", spark=spark_settings()) as (emulator, process):
        start_endless_job(emulator)
        children = wait_until(lambda: psutil.Process(process.pid).children(recursive=True), bool)
        stop(process)
        assert process.returncode == 0
        assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def test_it_stops_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    config = {"port": free_port(), "account": ACCOUNT, "region": "us-east-1", "stateDir": str(tmp_path)}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    script = '"$0" -m emulator --config "$1" 2>/dev/null & echo $!; wait'
    parent = subprocess.Popen(
        ["sh", "-c", script, sys.executable, str(path)],
        env={**os.environ, "PYTHONPATH": str(REHEARSE)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    emulator = psutil.Process(int(parent.stdout.readline()))
    assert json.loads(parent.stdout.readline())["event"] == "ready"
    parent.kill()
    parent.wait()
    wait_until(emulator.is_running, lambda running: not running, seconds=10)


def start_endless_job(emulator: Emulator) -> None:
    emulator.client("s3").create_bucket(Bucket="jobs")
    emulator.client("s3").put_object(Bucket="jobs", Key="endless.py", Body=b"import time\ntime.sleep(600)\n")
    command = {"Name": "glueetl", "ScriptLocation": "s3://jobs/endless.py"}
    role = f"arn:aws:iam::{ACCOUNT}:role/r"
    emulator.client("glue").create_job(Name="endless", Role=role, Command=command)
    emulator.client("glue").start_job_run(JobName="endless")


def test_it_listens_on_the_loopback_interface_only(emulator: Emulator) -> None:
    listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.ip for c in listening if c.laddr.port == emulator.port} == {"127.0.0.1"}


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        config = {"port": port, "account": ACCOUNT, "region": "us-east-1", "stateDir": str(tmp_path)}
        outcome = run(tmp_path, config)
    assert outcome.returncode == 2
    assert outcome.stdout == ""
    assert outcome.stderr.strip().splitlines()[-1].startswith(f"127.0.0.1:{port} cannot be used")


def test_a_bad_configuration_is_one_sentence(tmp_path: Path) -> None:
    outcome = run(tmp_path, {"port": 1})
    assert outcome.returncode == 2
    assert outcome.stderr.strip().endswith("'account' must be a str, got None.")


def run(folder: Path, config: dict[str, object]) -> subprocess.CompletedProcess[str]:
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "emulator", "--config", str(path)]
    env = {**os.environ, "PYTHONPATH": str(REHEARSE)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
