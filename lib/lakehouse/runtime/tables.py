"""What the jobs share: how they end, errors for people, the history of an Iceberg table, commits with properties."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PROPERTY_PREFIX = "cdk-data-patterns."
# When rows were appended last, in milliseconds since 1970: in commits that end a past which would tell it.
LAST_ARRIVAL = f"{PROPERTY_PREFIX}last-arrival"
_POSITION = re.compile(re.escape(PROPERTY_PREFIX) + r".*-(snapshot-id|offsets|batch)")


class JobError(Exception):
    """What a person must know about a failed job, in one sentence."""


def job_summary(
    job: str, started: float, *, rows_in: int, rows_out: int, rows_rejected: int = 0, **more: Any
) -> dict[str, Any]:
    """What a job says of itself at its end.

    Args:
        job: Its name.
        started: When its work began, by ``time.monotonic()``.
        rows_in: Rows that came in.
        rows_out: Rows that went out.
        rows_rejected: Rows that were not accepted.
        more: What this kind of job tells beside that.
    """
    return {
        "event": "job-summary",
        "job": job,
        "rowsIn": rows_in,
        "rowsOut": rows_out,
        "rowsRejected": rows_rejected,
        **more,
        "seconds": round(time.monotonic() - started, 3),
    }


def run_job(run: Callable[[list[str]], dict[str, Any]]) -> None:
    """Runs a job with the arguments of this process: prints its summary as a line, or exits with its error."""
    try:
        print(json.dumps(run(sys.argv[1:])), flush=True)
    except JobError as failure:
        sys.exit(str(failure))


class IcebergTable:
    """What Iceberg's own API tells about a table's history, without starting a Spark job."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        jvm: Any = spark._jvm
        self._name = name
        self._table = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name)
        self._table.refresh()

    def current_snapshot_id(self) -> int | None:
        snapshot = self._table.currentSnapshot()
        return None if snapshot is None else snapshot.snapshotId()

    @property
    def java(self) -> Any:
        """Iceberg's own object."""
        return self._table

    def last_committed(self, key: str) -> str | None:
        """The value of a snapshot property in the newest commit that has it, or else of the table property.

        Raises JobError when the table has commits but none tells (its history was expired too early).
        """
        snapshots = 0
        for snapshot in self.history():
            snapshots += 1
            value = snapshot.summary().get(key)
            if value is not None:
                return value
        value = self._table.properties().get(key)
        if value is None and snapshots:
            raise JobError(
                f"{self._name}: none of its {snapshots} snapshots carries {key}, so how far it was fed is unknown. "
                f"Set it by hand: ALTER TABLE {self._name} SET TBLPROPERTIES ('{key}' = '...')."
            )
        return value

    def reaches_back_to(self, snapshot_id: int) -> bool:
        """Whether every commit after the given snapshot is still known."""
        return any(
            snapshot.snapshotId() == snapshot_id or snapshot.parentId() == snapshot_id for snapshot in self.history()
        )

    def appended_since(self, snapshot_id: int | None) -> bool:
        """Whether rows were appended after the given snapshot; with None, whether there were any ever."""
        for snapshot in self.history():
            if snapshot.snapshotId() == snapshot_id:
                return False
            if snapshot.operation() == "append":
                return True
        return False

    def last_arrival(self) -> int | None:
        """When rows were appended last, in milliseconds since 1970; None when there never were any."""
        for snapshot in self.history():
            told = snapshot.summary().get(LAST_ARRIVAL)
            if told is not None:
                return int(told)
            if snapshot.operation() == "append":
                return snapshot.timestampMillis()
        return None

    def positions(self) -> dict[str, str]:
        """How far this table was fed, as its newest commits tell: what a commit that feeds nothing must repeat."""
        positions: dict[str, str] = {}
        for snapshot in self.history():
            for key, value in snapshot.summary().items():
                if _POSITION.fullmatch(key):
                    positions.setdefault(key, value)
        return positions

    def history(self) -> Iterator[Any]:
        """The snapshots from the current one back."""
        snapshot = self._table.currentSnapshot()
        while snapshot is not None:
            yield snapshot
            parent = snapshot.parentId()
            snapshot = None if parent is None else self._table.snapshot(parent)


class _Callable:
    """A Python function as Java's Callable. An exception is kept for the caller: py4j would make a text of it."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self.error: Exception | None = None

    def call(self) -> None:
        try:
            self._function()
        except Exception as error:
            self.error = error

    class Java:
        implements = ("java.util.concurrent.Callable",)


def with_commit_properties(spark: SparkSession, properties: dict[str, str], action: Callable[[], Any]) -> None:
    """Runs the action; Iceberg adds the properties to the summary of every snapshot that it commits.

    SQL has no write options, and Iceberg 1.10 reads no such properties from the session: CommitMetadata is its way.
    """
    if not properties:
        action()
        return
    from pyspark.java_gateway import ensure_callback_server_started

    jvm: Any = spark._jvm
    ensure_callback_server_started(spark.sparkContext._gateway)
    callable_ = _Callable(action)
    any_error = jvm.java.lang.Class.forName("java.lang.RuntimeException")
    jvm.org.apache.iceberg.spark.CommitMetadata.withCommitProperties(properties, callable_, any_error)
    if callable_.error:
        raise callable_.error
