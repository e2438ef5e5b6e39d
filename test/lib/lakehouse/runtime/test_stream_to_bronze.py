"""What the streaming job decides by itself. A rehearsal runs it against a real broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream_to_bronze import BronzeWriter, Offsets, Topic, check_continuity, ingested_at, starting_offsets
from tables import JobError

TOPIC = Topic("trades", begin={"0": 5, "1": 0}, end={"0": 20, "1": 10})


def continuity(committed: Offsets, resumes_at: Offsets | None = None, lossless: bool = True) -> None:
    check_continuity("bronze.trades", TOPIC, committed, resumes_at, "s3://b/c", lossless)


@pytest.mark.parametrize("committed", [{}, {"0": 5}, {"0": 20, "1": 10}])
def test_a_topic_that_goes_on_where_the_table_ends_is_read_on(committed: Offsets) -> None:
    continuity(committed)


@pytest.mark.parametrize(
    ("committed", "message"),
    [
        ({"0": 21}, "was recreated: its partition 0 ends at offset 20, but bronze.trades has read up to offset 21"),
        ({"2": 1}, "was recreated: its partition 2 is gone"),
        ({"0": 2}, "3 offsets of partition 0 from 2 on were deleted"),
    ],
)
def test_a_topic_that_does_not_is_refused(committed: Offsets, message: str) -> None:
    with pytest.raises(JobError, match=message):
        continuity(committed)


def test_deleted_records_can_be_given_up() -> None:
    continuity({"0": 2}, lossless=False)


def test_a_checkpoint_that_is_ahead_of_the_table_is_refused() -> None:
    with pytest.raises(JobError, match=r"behind the checkpoint s3://b/c: it has partition 0 up to offset 7, .* at 9"):
        continuity({"0": 7}, resumes_at={"0": 9})


def test_a_checkpoint_that_is_behind_the_table_is_only_a_replay() -> None:
    continuity({"0": 9}, resumes_at={"0": 7})


def test_without_a_checkpoint_reading_goes_on_at_what_the_table_has() -> None:
    assert starting_offsets(TOPIC, {}, "earliest") == "earliest"
    assert json.loads(starting_offsets(TOPIC, {"0": 12}, "latest")) == {"trades": {"0": 12, "1": 0}}


@pytest.fixture
def table(spark: Any) -> Iterator[str]:
    spark.sql("CREATE DATABASE IF NOT EXISTS bronze")
    spark.sql("CREATE TABLE bronze.stream (raw_payload STRING, source STRING, ingested_at TIMESTAMP) USING iceberg")
    yield "bronze.stream"
    spark.sql("DROP TABLE bronze.stream PURGE")


class Log:
    """Stands in for the checkpoint's offset log."""

    def __init__(self, *ends: Offsets) -> None:
        self._ends = ends

    def end_of(self, batch: int) -> Offsets:
        return self._ends[batch]


def batch(spark: Any, *values: bytes | None, first: int = 0, at: datetime | None = None) -> Any:
    rows = [
        (None if value is None else bytearray(value), "trades", 0, first + i, at or datetime(2026, 1, 1, tzinfo=UTC))
        for i, value in enumerate(values)
    ]
    return spark.createDataFrame(rows, "value BINARY, topic STRING, partition INT, offset LONG, timestamp TIMESTAMP")


def stored(spark: Any, table: str) -> dict[str, bytes | None]:
    """source to payload, read from the Parquet files as bytes."""
    payloads: dict[str, bytes | None] = {}
    for row in spark.sql(f"SELECT file_path FROM {table}.files").collect():
        content = pq.read_table(row[0].removeprefix("file:"))
        sources = content.column("source").to_pylist()
        payloads |= dict(zip(sources, content.column("raw_payload").cast(pa.binary()).to_pylist(), strict=True))
    return payloads


def test_payloads_arrive_byte_for_byte_with_their_place(spark: Any, table: str) -> None:
    values = (b"{}", b"\xff\xfe\x00\x80", None, b"", "\u00fc".encode())
    BronzeWriter(table, "trades", Log({"0": 5}), {})(batch(spark, *values), 0)
    assert stored(spark, table) == {f"trades/0/{i}": value for i, value in enumerate(values)}


def test_a_commit_carries_the_next_offsets_of_every_topic(spark: Any, table: str) -> None:
    BronzeWriter(table, "trades", Log({"0": 2}), {"quotes": {"0": 9}})(batch(spark, b"a", b"b"), 0)
    summary = spark.sql(f"SELECT summary FROM {table}.snapshots ORDER BY committed_at DESC").collect()[0][0]
    assert json.loads(summary["cdk-data-patterns.kafka-offsets"]) == {"quotes": {"0": 9}, "trades": {"0": 2}}


def test_a_replayed_batch_commits_only_what_the_table_lacks(spark: Any, table: str) -> None:
    writer = BronzeWriter(table, "trades", Log({"0": 2}, {"0": 4}, {"0": 4}), {})
    writer(batch(spark, b"a", b"b"), 0)
    writer(batch(spark, b"a", b"b", b"c", b"d"), 1)
    writer(batch(spark, b"a", b"b", b"c", b"d"), 2)
    assert spark.sql(f"SELECT source, count(*) FROM {table} GROUP BY source").count() == 4
    commits = f"SELECT 1 FROM {table}.snapshots WHERE summary['cdk-data-patterns.kafka-offsets'] IS NOT NULL"
    assert spark.sql(commits).count() == 2
    assert writer.rows_written == 4


def test_a_later_commit_is_never_older_than_an_earlier_one(spark: Any, table: str) -> None:
    writer = BronzeWriter(table, "trades", Log({"0": 1}, {"0": 2}, {"0": 3}), {})
    future, past = datetime(2999, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
    before = datetime.now(UTC)
    writer(batch(spark, b"a", at=future), 0)
    writer(batch(spark, b"b", first=1, at=past), 1)
    first, second = (
        row[0] for row in spark.sql(f"SELECT unix_micros(ingested_at) FROM {table} ORDER BY source").collect()
    )
    assert first >= before.timestamp() * 1e6 - 1
    assert second == first + 1


@pytest.mark.parametrize(
    ("newest", "stamp", "expected"),
    [(None, 5, 5), (None, 30, 20), (10, 5, 11), (10, 15, 15), (10, 30, 20), (25, 5, 26), (25, 30, 26)],
)
def test_ingested_at_is_held_between_the_table_and_the_present(
    spark: Any, newest: int | None, stamp: int, expected: int
) -> None:
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=20)
    sql = ingested_at(newest, now).replace("(timestamp,", f"(timestamp_micros({stamp}),")
    assert spark.sql(f"SELECT unix_micros({sql})").collect()[0][0] == expected


def test_the_newest_arrival_is_known_without_reading_a_file(spark: Any, table: str) -> None:
    BronzeWriter(table, "trades", Log({"0": 1}), {})(batch(spark, b"a"), 0)
    for row in spark.sql(f"SELECT file_path FROM {table}.files").collect():
        Path(row[0].removeprefix("file:")).unlink()
    assert spark.sql(f"SELECT max(ingested_at) FROM {table}").collect()[0][0] is not None
