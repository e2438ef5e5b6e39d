"""Snapshots are expired by age, but never one that a consumer has not read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from runtime_support import RUNTIME

import sql_job
from tables import PROPERTY_PREFIX, with_commit_properties


@pytest.fixture
def source(spark: Any) -> Iterator[Any]:
    """A table with four commits, and two that read it."""
    spark.sql("CREATE DATABASE IF NOT EXISTS bronze")
    for table in ("bronze.source", "bronze.reader", "bronze.other"):
        spark.sql(f"CREATE TABLE {table} (id INT) USING iceberg")
    for number in range(4):
        spark.sql(f"INSERT INTO bronze.source VALUES ({number})")
    yield spark
    for table in ("bronze.source", "bronze.reader", "bronze.other"):
        spark.sql(f"DROP TABLE {table} PURGE")


def snapshots(spark: Any) -> list[str]:
    rows = spark.sql("SELECT snapshot_id FROM bronze.source.snapshots ORDER BY committed_at").collect()
    return [str(row[0]) for row in rows]


def read_until(spark: Any, table: str, snapshot: str) -> None:
    properties = {f"{PROPERTY_PREFIX}source-snapshot-id": snapshot}
    with_commit_properties(spark, properties, lambda: spark.sql(f"INSERT INTO {table} VALUES (1)"))


def consumed(table: str) -> str:
    """As TableMaintenance renders it."""
    key = f"summary['{PROPERTY_PREFIX}source-snapshot-id']"
    return (
        f"SELECT '{table}' AS consumer, max_by({key}, committed_at) AS snapshot_id "
        f"FROM {table}.snapshots WHERE {key} IS NOT NULL"
    )


def expire(*readers: str, days: int = 0, minimum: int = 1) -> None:
    variables = {
        "table": "bronze.source",
        "consumed": " UNION ALL ".join(map(consumed, readers)),
        "retention_days": str(days),
        "minimum_snapshots": str(minimum),
    }
    sql_job.run(["--sql", str(RUNTIME / "expire_snapshots.sql"), "--variables", json.dumps(variables)])


def test_what_everybody_has_read_goes_and_the_position_stays(source: Any) -> None:
    before = snapshots(source)
    read_until(source, "bronze.reader", before[2])
    expire("bronze.reader")
    assert snapshots(source) == before[2:]


def test_the_slowest_reader_decides(source: Any) -> None:
    before = snapshots(source)
    read_until(source, "bronze.reader", before[3])
    read_until(source, "bronze.other", before[1])
    expire("bronze.reader", "bronze.other")
    assert snapshots(source) == before[1:]


def test_a_reader_that_has_read_nothing_keeps_everything(source: Any) -> None:
    before = snapshots(source)
    read_until(source, "bronze.reader", before[3])
    expire("bronze.reader", "bronze.other")
    assert snapshots(source) == before


def test_young_snapshots_stay_although_they_were_read(source: Any) -> None:
    before = snapshots(source)
    read_until(source, "bronze.reader", before[3])
    expire("bronze.reader", days=1)
    assert snapshots(source) == before


def test_the_newest_stay_however_old(source: Any) -> None:
    before = snapshots(source)
    read_until(source, "bronze.reader", before[3])
    expire("bronze.reader", minimum=3)
    assert snapshots(source) == before[1:]
