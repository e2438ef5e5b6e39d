"""What the commits of an Iceberg table did to its rows, read from the files of each snapshot.

A commit that rewrites files shows as rows before and rows after: what is in both has not changed. A compaction changes
no row, so nothing of it is read. Where delete files lie beside the data, a file alone does not tell which of its rows
count; then the partitions that the commit touched are read whole, before and after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import PYARROW_PARQUET_FIELD_ID_KEY, ArrowScan, schema_to_pyarrow
from pyiceberg.manifest import DataFile, FileFormat, ManifestContent, ManifestEntry, ManifestEntryStatus
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Operation, Snapshot
from pyiceberg.utils.concurrent import ExecutorFactory


class UnreadableError(Exception):
    """The table cannot be read here. The message is a sentence with a remedy."""


# Of both sides, unless one partition alone has more.
_ROWS_IN_MEMORY = 500_000

# Arrow's two types of one type of Iceberg.
_OF_TWO_SIZES = [{pa.string(), pa.large_string()}, {pa.binary(), pa.large_binary()}]

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


@dataclass(frozen=True)
class _Begun:
    """A change whose files are being read."""

    rows: int
    before: Callable[[], pa.Table]
    after: Callable[[], pa.Table]

    def sides(self) -> tuple[pa.Table, pa.Table]:
        """Waits for its rows."""
        return self.before(), self.after()


def joined(parts: Iterable[pa.Table]) -> pa.Table:
    """Tables one after another; texts and lists are of Arrow's small or large type, as the writer of a file has it."""
    return pa.concat_tables(parts, promote_options="permissive")


def read(table: Table, tasks: list[FileScanTask]) -> pa.Table:
    """The rows of files in the table's current columns, matched by their ids."""
    return _reading(table, tasks)()


def _reading(table: Table, tasks: list[FileScanTask]) -> Callable[[], pa.Table]:
    """Begins to read files; gives what waits for their rows.

    A file that has exactly the table's columns, and no delete file beside it, is read as it stands. Most are, and it
    takes half of the processor time of Iceberg's scan, which reads the others.
    """
    columns = schema_to_pyarrow(table.schema())
    stored = ExecutorFactory.get_or_create().map(partial(_stored_rows, table.io, columns), tasks)
    return lambda: _whole(table, tasks, list(stored))


def _whole(table: Table, tasks: list[FileScanTask], stored: list[pa.Table | None]) -> pa.Table:
    parts = [rows for rows in stored if rows is not None]
    others = [task for task, rows in zip(tasks, stored, strict=True) if rows is None]
    if others or not parts:
        parts.append(ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(others))
    return joined(parts)


def _stored_rows(io: FileIO, columns: pa.Schema, task: FileScanTask) -> pa.Table | None:
    """The rows of a file that can be read as it stands; else None."""
    if task.delete_files or task.file.file_format != FileFormat.PARQUET:
        return None
    with io.new_input(task.file.file_path).open() as stream:
        file = pq.ParquetFile(stream, pre_buffer=True)
        return file.read(use_threads=False) if _are_alike(file.schema_arrow, columns) else None


def _are_alike(stored: Iterable[pa.Field], wanted: Iterable[pa.Field]) -> bool:
    """Whether fields have the same ids, names and types, in the same order."""
    pairs = zip_longest(stored, wanted)
    return all(one is not None and other is not None and _is_alike(one, other) for one, other in pairs)


def _is_alike(stored: pa.Field, wanted: pa.Field) -> bool:
    if stored.name != wanted.name or _id(stored) != _id(wanted):
        return False
    types = stored.type, wanted.type
    if all(pa.types.is_list(each) or pa.types.is_large_list(each) for each in types):
        return _is_alike(*(each.value_field for each in types))
    if any(pa.types.is_nested(each) for each in types):
        # Fields within may have come, gone or changed places.
        return False
    return types[0] == types[1] or set(types) in _OF_TWO_SIZES


def _id(field: pa.Field) -> bytes | None:
    return (field.metadata or {}).get(PYARROW_PARQUET_FIELD_ID_KEY)


def read_changes(table: Table, changes: Iterable[PartitionChange]) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Rows before and after each change, those of small ones together: their files are read side by side."""
    begun: list[_Begun] = []
    for count, change in _together(changes):
        while begun and sum(each.rows for each in begun) + count > _ROWS_IN_MEMORY:
            yield begun.pop(0).sides()
        begun.append(_Begun(count, _reading(table, change.before), _reading(table, change.after)))
    for each in begun:
        yield each.sides()


def _together(changes: Iterable[PartitionChange]) -> Iterator[tuple[int, PartitionChange]]:
    """Small changes as one, and its rows: as many as leave room for those that are read meanwhile."""
    together, count = PartitionChange(), 0
    for change in changes:
        more = sum(task.file.record_count for task in (*change.before, *change.after))
        if count and count + more > _ROWS_IN_MEMORY // 2:
            yield count, together
            together, count = PartitionChange(), 0
        together.before += change.before
        together.after += change.after
        count += more
    yield count, together


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
