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
from datetime import UTC, date, datetime
from decimal import Decimal
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
    """An emulated broker with the records (timestamp in milliseconds, value) in one partition; gives its address."""
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
        "accessKeyId": ACCOUNT,
        "secretAccessKey": "test",
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
    # pyiceberg cannot write bounds of a text that is not UTF-8.
    metrics = {"write.metadata.metrics.default": "counts"}
    table = catalog.create_table(name, rows.schema, location=location, properties=metrics)
    if rows.num_rows:
        table.append(rows, snapshot_properties={f"cdk-data-patterns.{key}": value for key, value in properties.items()})


def example_values() -> list[bytes | None]:
    """Events of every sort, few enough to know by heart: six silver rows with an id, four without, three gold rows."""
    return [
        b'{"trade_id":"a","symbol":"A","price":"10","quantity":"1","timestamp":"2026-01-05T10:00:00Z"}',
        b'{"trade_id":"b","symbol":"A","price":20,"quantity":3,"timestamp":1767607200000}',
        b'{"trade_id":"c","symbol":"B","price":"0.5","quantity":1234567890.12345678,"timestamp":"2026-01-05T10:00:00Z"}',
        b'{"trade_id":"d","symbol":"A","price":"7","quantity":"1","timestamp":"2026-01-06T10:00:00Z"}',
        b'{"trade_id":"a","symbol":"A","price":"10","quantity":"1","timestamp":"2026-01-05T10:00:00Z"}',
        b'{"trade_id":"b","symbol":"A","price":21,"quantity":3,"timestamp":1767607200000}',
        b'{"trade_id":"e","symbol":"A","price":"-7","quantity":"1","timestamp":"2026-01-06T10:00:00Z"}',
        b'{"trade_id":"f","symbol":"A","price":"1.123456789","quantity":"x","timestamp":"soon"}',
        b'{"symbol":"A","price":"7","quantity":"1","timestamp":"2026-01-06T10:00:00Z"}',
        b'{"trade_id":"\xff\xfe"}',
        b"",
        None,
    ]


SILVER = pa.schema(
    [
        ("trade_id", pa.string()),
        ("symbol", pa.string()),
        ("price", pa.decimal128(18, 8)),
        ("quantity", pa.decimal128(18, 8)),
        ("traded_at", pa.timestamp("us", tz="UTC")),
        ("is_valid", pa.bool_()),
        ("validation_errors", pa.list_(pa.string())),
    ]
)
GOLD = pa.schema(
    [
        ("date", pa.date32()),
        ("symbol", pa.string()),
        ("total_volume", pa.decimal128(18, 8)),
        ("vwap", pa.decimal128(18, 8)),
        ("trade_count", pa.int64()),
    ]
)


def example_bronze(topic: str, first: int) -> pa.Table:
    """The bronze rows of the examples; their Kafka timestamps are one second apart, the first in milliseconds."""
    values = example_values()
    times = [(first + place * 1000) * 1000 for place in range(len(values))]
    return pa.table(
        {
            "raw_payload": pa.array(values, pa.binary()).view(pa.string()),
            "source": [f"{topic}/0/{place}" for place in range(len(values))],
            "ingested_at": pa.array(times, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        }
    )


def example_silver() -> pa.Table:
    """The silver rows of the examples, written by hand."""
    fifth = datetime(2026, 1, 5, 10, tzinfo=UTC)
    sixth = datetime(2026, 1, 6, 10, tzinfo=UTC)
    d = Decimal
    rows = [
        ("a", "A", d(10), d(1), fifth, True, []),
        ("b", "A", d(21), d(3), fifth, True, []),
        ("c", "B", d("0.5"), d("1234567890.12345678"), fifth, True, []),
        ("d", "A", d(7), d(1), sixth, True, []),
        ("e", "A", d(-7), d(1), sixth, False, ["not_positive:price"]),
        ("f", "A", None, None, None, False, ["not_decimal:quantity", "scale:price", "bad_timestamp"]),
        (None, "A", d(7), d(1), sixth, False, ["missing:trade_id"]),
        *[(None, None, None, None, None, False, ["malformed"])] * 3,
    ]
    return pa.Table.from_pylist([dict(zip(SILVER.names, row, strict=True)) for row in rows], SILVER)


def example_gold() -> pa.Table:
    """The gold rows of the examples, written by hand: (10 x 1 + 21 x 3) / 4 = 18.25."""
    d = Decimal
    rows = [
        (date(2026, 1, 5), "A", d(4), d("18.25"), 2),
        (date(2026, 1, 5), "B", d("1234567890.12345678"), d("0.5"), 1),
        (date(2026, 1, 6), "A", d(1), d(7), 1),
    ]
    return pa.Table.from_pylist([dict(zip(GOLD.names, row, strict=True)) for row in rows], GOLD)
