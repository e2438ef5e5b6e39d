"""One emulator for all tests of this folder, with a real Kafka and a real Spark behind it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The tests import their harness, and the package under test, in whichever way pytest imports the tests themselves.
FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[4] / "bin" / "commands" / "rehearse")]

from emulator_harness import Emulator, free_port, jars, spark_settings, started_emulator, stop, wait_until  # noqa: E402


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a Kafka with one broker."""
    folder = tmp_path_factory.mktemp("kafka")
    port, controller = free_port(), free_port()
    properties = folder / "server.properties"
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(folder / "data"),
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "auto.create.topics.enable": "false",
    }
    properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")
    java = ["java", "-Xmx512m", "-cp", ":".join(jars("kafka"))]
    format_storage = [*java, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAQACAAAAAAAAAAA", "-c", str(properties)]
    subprocess.run(format_storage, check=True, capture_output=True, timeout=60)
    with (folder / "kafka.log").open("wb") as log:
        process = subprocess.Popen([*java, "kafka.Kafka", str(properties)], stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)), lambda code: code == 0)
        yield f"127.0.0.1:{port}"
    finally:
        stop(process)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, kafka: str) -> Iterator[Emulator]:
    """The emulator that most tests share: Kafka behind MSK, Spark behind Glue."""
    state_dir = tmp_path_factory.mktemp("emulator")
    with started_emulator(state_dir, {"kafka": kafka}, spark=spark_settings(), glueMinuteSeconds=4) as (one, _):
        yield one
