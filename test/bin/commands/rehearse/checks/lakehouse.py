"""A tiny lakehouse for tests: an emulated Kafka broker (librdkafka's own) and real Iceberg tables behind MiniStack."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import boto3
import pyarrow as pa
from checks.config import Config
from checks.lake import open_catalog
from confluent_kafka import Producer

ACCOUNT = "111122223333"
REGION = "eu-central-1"
BUCKET = "lake"


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """MiniStack on a free port, in a process of its own; gives its endpoint."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
    }
    log = (folder / "ministack.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "ministack"], env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def _wait_until_up(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("MiniStack ended before it was up")
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("MiniStack did not come up")


@contextmanager
def broker(topic: str, records: Sequence[tuple[int, bytes | None]]) -> Iterator[str]:
    """An emulated broker that holds the records (timestamp in milliseconds, value) in one partition; gives its address."""
    producer = Producer(
        {"test.mock.num.brokers": 1, "linger.ms": 50, "queue.buffering.max.messages": 0, "log_level": 0}
    )
    for timestamp, value in records:
        producer.produce(topic, value, partition=0, timestamp=timestamp)
    assert producer.flush(60) == 0
    brokers = producer.list_topics(timeout=10).brokers.values()
    yield ",".join(f"{each.host}:{each.port}" for each in brokers)
    del producer


def configuration(endpoint: str, folder: Path, kafka: str, topic: str, extensions: Sequence[str]) -> Path:
    """A config.json for the command."""
    path = folder / "config.json"
    raw = {
        "endpoint": endpoint,
        "region": REGION,
        "account": ACCOUNT,
        "kafkaBootstrap": kafka,
        "topic": topic,
        "tables": {"bronze": "bronze.trades", "silver": "silver.trades", "gold": "gold.daily_trading_summary"},
        "extensions": list(extensions),
        "tablesDir": str(folder / "tables"),
        "result": str(folder / "result.json"),
    }
    path.write_text(json.dumps(raw), "utf-8")
    return path


def create_table(config: Config, name: str, rows: pa.Table, properties: Mapping[str, str]) -> None:
    """Writes an Iceberg table in one commit with the given snapshot properties, in place of one of that name."""
    s3 = boto3.client(
        "s3",
        endpoint_url=config.endpoint,
        region_name=REGION,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
    )
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    catalog = open_catalog(config)
    catalog.create_namespace_if_not_exists(name.split(".")[0])
    if catalog.table_exists(name):
        catalog.drop_table(name)
    location = f"s3://{BUCKET}/{name.replace('.', '/')}-{time.monotonic_ns()}"
    table = catalog.create_table(name, rows.schema, location=location)
    if rows.num_rows:
        table.append(rows, snapshot_properties={f"cdk-data-patterns.{key}": value for key, value in properties.items()})
