"""What the commits of an Iceberg table did to its rows, read from the files of each snapshot.

A commit that rewrites files shows as rows before and rows after: what is in both has not changed. A compaction changes
no row, so nothing of it is read. Where delete files lie beside the data, a file alone does not tell which of its rows
count; then the partitions that the commit touched are read whole, before and after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan
from pyiceberg.manifest import DataFile, ManifestContent, ManifestEntry, ManifestEntryStatus
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Operation, Snapshot


class UnreadableError(Exception):
    """The table cannot be read here. The message is a sentence with a remedy."""


# Of both sides, unless one partition alone has more.
_ROWS_IN_MEMORY = 500_000

# A partition spec and the values of one partition.
_Partition = tuple[int, tuple[Any, ...]]


@dataclass
class PartitionChange:
    """Files of one partition whose rows a commit took away, and those whose rows it brought."""

    before: list[FileScanTask] = field(default_factory=list)
    after: list[FileScanTask] = field(default_factory=list)


def commits_since(table: Table, snapshot_id: int) -> list[Snapshot] | None:
    """The commits that led from a snapshot to the current one, oldest first.

    None when the snapshot is no ancestor of the current one, or when a commit on the way has been expired.
    """
    found: list[Snapshot] = []
    current = table.current_snapshot()
    while current is not None and current.snapshot_id != snapshot_id:
        found.append(current)
        parent = current.parent_snapshot_id
        if parent == snapshot_id:
            break
        current = table.snapshot_by_id(parent) if parent is not None else None
        if current is None:
            return None
    return found[::-1]


def keeps_rows(snapshot: Snapshot) -> bool:
    """Whether a commit changed no row: it compacted."""
    return snapshot.summary is not None and snapshot.summary.operation == Operation.REPLACE


def all_rows(table: Table, snapshot: Snapshot) -> list[PartitionChange]:
    """The whole table at a snapshot, as if one commit had brought it, each file by itself."""
    return [PartitionChange(after=[task]) for task in _plan(table, snapshot)]


def changes_of(table: Table, snapshot: Snapshot) -> list[PartitionChange] | None:
    """What one commit did.

    None when only the snapshot before it could tell, and that has been expired.
    """
    entries = list(_entries(table, snapshot))
    parent_id = snapshot.parent_snapshot_id
    parent = table.snapshot_by_id(parent_id) if parent_id is not None else None
    if not _has_delete_files(table, snapshot) and not (parent is not None and _has_delete_files(table, parent)):
        return _file_changes(entries)
    if parent_id is not None and parent is None:
        return None
    return _partition_changes(table, parent, snapshot, {_partition(entry.data_file) for entry in entries})


def read(table: Table, tasks: Iterable[FileScanTask]) -> pa.Table:
    """The rows of files in the table's current columns, matched by their ids."""
    return ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(tasks)


def read_changes(table: Table, changes: Iterable[PartitionChange]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Rows before and after each change, those of small ones together: their files are read side by side."""
    together, count = PartitionChange(), 0
    for change in changes:
        more = sum(task.file.record_count for task in (*change.before, *change.after))
        if count and count + more > _ROWS_IN_MEMORY:
            yield read(table, together.before), read(table, together.after)
            together, count = PartitionChange(), 0
        together.before += change.before
        together.after += change.after
        count += more
    yield read(table, together.before), read(table, together.after)


def _file_changes(entries: Iterable[ManifestEntry]) -> list[PartitionChange]:
    found: dict[_Partition, PartitionChange] = {}
    appended: list[PartitionChange] = []
    for entry in entries:
        change = found.setdefault(_partition(entry.data_file), PartitionChange())
        side = change.before if entry.status == ManifestEntryStatus.DELETED else change.after
        side.append(FileScanTask(entry.data_file))
    for change in found.values():
        # Nothing is compared where nothing was taken away: how many files are read together is then free.
        appended += [change] if change.before else [PartitionChange(after=[task]) for task in change.after]
    return appended


def _partition_changes(
    table: Table, parent: Snapshot | None, snapshot: Snapshot, partitions: set[_Partition]
) -> list[PartitionChange]:
    # A delete file without a partition counts for every file.
    everything = any(not values for _, values in partitions)
    found: dict[_Partition, PartitionChange] = {}
    for each, side in ((parent, "before"), (snapshot, "after")):
        for task in _plan(table, each) if each is not None else []:
            partition = _partition(task.file)
            if everything or partition in partitions:
                getattr(found.setdefault(partition, PartitionChange()), side).append(task)
    return list(found.values())


def _plan(table: Table, snapshot: Snapshot) -> list[FileScanTask]:
    try:
        return list(table.scan(snapshot_id=snapshot.snapshot_id).plan_files())
    except (NotImplementedError, ValueError) as error:
        if "equality deletes" not in str(error):
            raise
        raise UnreadableError(
            f"snapshot {snapshot.snapshot_id} has equality deletes, which pyiceberg does not read; compact the table "
            "(OPTIMIZE in Athena, rewrite_data_files in Spark), or write it copy-on-write."
        ) from error


def _entries(table: Table, snapshot: Snapshot) -> Iterator[ManifestEntry]:
    """The files, of data and of deletes, that a commit added or took away."""
    for manifest in snapshot.manifests(table.io):
        if manifest.added_snapshot_id != snapshot.snapshot_id:
            continue
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
            if entry.snapshot_id == snapshot.snapshot_id and entry.status != ManifestEntryStatus.EXISTING:
                yield entry


def _has_delete_files(table: Table, snapshot: Snapshot) -> bool:
    return any(manifest.content == ManifestContent.DELETES for manifest in snapshot.manifests(table.io))


def _partition(file: DataFile) -> _Partition:
    partition = file.partition
    return file.spec_id, tuple(partition[index] for index in range(len(partition)))
