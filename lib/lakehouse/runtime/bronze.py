"""How the jobs that fill bronze share one table: each commit stands exactly on the one before it, or is not made.

Iceberg lets two appends that overlap both succeed. For bronze that is not enough: silver takes the version of a trade
that arrived last, so ``ingested_at`` must never go back from one commit to the next, and a commit must know what the
one before it has read. An append is therefore written to a branch of its own, which becomes the table only if the table
is still what the branch began with; otherwise it is made again on what the table has become.

Every commit carries the positions of all sources on: how far Kafka was read (``cdk-data-patterns.kafka-offsets``) and
the last batch of files (``cdk-data-patterns.files-batch``). The newest commit that carries any tells them all, however
much of the history was expired.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tables import PROPERTY_PREFIX, IcebergTable, JobError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

KAFKA_OFFSETS = PROPERTY_PREFIX + "kafka-offsets"
FILES_BATCH = PROPERTY_PREFIX + "files-batch"
_POSITIONS = (KAFKA_OFFSETS, FILES_BATCH)

_MAIN = "main"
# What a run that was killed leaves behind goes with the next expiry of snapshots.
_BRANCH_MILLISECONDS = 24 * 3600 * 1000
_ATTEMPTS = 10


class ConflictError(Exception):
    """Somebody else has committed since the head was read; nothing was changed."""


@dataclass(frozen=True)
class Head:
    """The table at one commit.

    Attributes:
        snapshot: The id of the commit, None for a table without one.
        positions: The snapshot properties that tell how far each source was read.
    """

    snapshot: int | None
    positions: dict[str, str]


class BronzeTable:
    """A bronze table, with columns raw_payload, source and ingested_at."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self.name = name
        self._spark = spark

    def head(self) -> Head:
        """The table as it is now.

        Raises JobError when it has commits and none of them tells any position: reading anew could repeat everything.
        """
        table = IcebergTable(self._spark, self.name)
        snapshots = 0
        for snapshot in table.history():
            snapshots += 1
            found = _positions(snapshot.summary())
            if found:
                return Head(table.current_snapshot_id(), found)
        found = _positions(table.java.properties())
        if not found and snapshots:
            raise JobError(
                f"{self.name}: none of its {snapshots} snapshots carries {KAFKA_OFFSETS}, so how far it was fed is "
                f"unknown. Set it by hand: ALTER TABLE {self.name} SET TBLPROPERTIES ('{KAFKA_OFFSETS}' = '...')."
            )
        return Head(table.current_snapshot_id(), found)

    def append_on(self, head: Head, position: dict[str, str], rows: Callable[[int | None], DataFrame]) -> int:
        """Appends rows on top of that commit, and answers how many.

        Args:
            head: What the table must still be.
            position: The properties that tell how far this commit reads its source; all others are carried on.
            rows: Called with the table's greatest ingested_at (microseconds, None in an empty table).

        Raises:
            ConflictError: when somebody else has committed.
        """
        branch = f"append_{uuid.uuid4().hex}"
        self._create_branch(branch, head.snapshot)
        try:
            if head.snapshot is None and not self._begins_empty(branch):
                raise ConflictError
            writer = rows(self._newest(branch)).writeTo(f"{self.name}.branch_{branch}")
            for key, value in {**head.positions, **position}.items():
                writer = writer.option(f"snapshot-property.{key}", value)
            writer.append()
            return self._publish(branch, head.snapshot)
        finally:
            self._drop_branch(branch)

    def append(self, position: dict[str, str], rows: Callable[[int | None], DataFrame]) -> int:
        """Appends rows on top of whatever the table is, and answers how many. Raises JobError when that is hopeless."""
        for attempt in range(_ATTEMPTS):
            try:
                return self.append_on(self.head(), position, rows)
            except ConflictError:
                time.sleep(random.uniform(0, 0.2 * 2 ** min(attempt, 6)))
        raise JobError(f"{self.name}: other writers were faster {_ATTEMPTS} times. Let fewer jobs write it at a time.")

    def _newest(self, branch: str) -> int | None:
        # Iceberg answers from the files' statistics, without reading one.
        query = f"SELECT unix_micros(max(ingested_at)) FROM {self.name}.branch_{branch}"
        return self._spark.sql(query).collect()[0][0]

    def _create_branch(self, branch: str, snapshot: int | None) -> None:
        manage = self._load().manageSnapshots()
        # Without a commit there is nothing to point at: Iceberg makes an empty one, on the branch alone.
        created = manage.createBranch(branch) if snapshot is None else manage.createBranch(branch, snapshot)
        created.setMaxRefAgeMs(branch, _BRANCH_MILLISECONDS).commit()

    def _begins_empty(self, branch: str) -> bool:
        begin = self._load().snapshot(branch)
        return begin.parentId() is None and begin.summary().get("total-records") == "0"

    def _publish(self, branch: str, since: int | None) -> int:
        table = self._load()
        appended = table.snapshot(branch)
        try:
            table.manageSnapshots().fastForwardBranch(_MAIN, branch).commit()
        except Exception as error:
            # Whatever went wrong, the table tells what came of it.
            current = IcebergTable(self._spark, self.name).current_snapshot_id()
            if current == since:
                raise
            if current != appended.snapshotId():
                raise ConflictError from error
        self._spark.catalog.refreshTable(self.name)
        return int(appended.summary().get("added-records") or 0)

    def _drop_branch(self, branch: str) -> None:
        table = self._load()
        if branch in set(table.refs()):
            table.manageSnapshots().removeBranch(branch).commit()

    def _load(self) -> Any:
        return IcebergTable(self._spark, self.name).java


def _positions(properties: Any) -> dict[str, str]:
    values = {key: properties.get(key) for key in _POSITIONS}
    return {key: value for key, value in values.items() if value is not None}
