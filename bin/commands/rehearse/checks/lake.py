"""The tables as they are, read through pyiceberg."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from .columns import CODES
from .config import Config
from .expected import Commit

PROPERTY_PREFIX = "cdk-data-patterns."
_BATCH = 50_000


@dataclass(frozen=True)
class ActualTable:
    """A table's rows, batch by batch however often they are asked for, and what its commits say."""

    schema: pa.Schema
    batches: Callable[[], Iterator[pa.Table]]
    metadata_location: str = ""
    commits: tuple["TableCommit", ...] = ()

    @property
    def rows(self) -> pa.Table:
        """All rows at once, which is for small tables."""
        return pa.concat_tables([self.schema.empty_table(), *self.batches()])


@dataclass(frozen=True)
class TableCommit:
    """A snapshot's own properties (without their prefix), its time in microseconds since 1970, and its id."""

    committed_at: int
    properties: Mapping[str, str]
    snapshot: int = 0


def open_catalog(config: Config) -> Catalog:
    """The Glue catalog of the emulator."""
    return load_catalog(
        "rehearsal",
        **{
            "type": "glue",
            "glue.endpoint": config.endpoint,
            "glue.region": config.region,
            "glue.access-key-id": config.access_key_id,
            "glue.secret-access-key": config.secret_access_key,
            "s3.endpoint": config.endpoint,
            "s3.region": config.region,
            "s3.access-key-id": config.access_key_id,
            "s3.secret-access-key": config.secret_access_key,
            "s3.force-virtual-addressing": "false",
        },
    )


def open_table(catalog: Catalog, name: str) -> ActualTable:
    """`database.table` as it is now."""
    table = catalog.load_table(name)
    schema = _plain(schema_to_pyarrow(table.schema(), include_field_ids=False))
    return ActualTable(schema, lambda: _batches(table, schema), table.metadata_location, tuple(_history(table)))


def _batches(table: Table, schema: pa.Schema) -> Iterator[pa.Table]:
    """Every row. pyiceberg says which files they are in; its own scan would hold all rows of a file at once."""
    scan = table.scan()
    tasks = list(scan.plan_files())
    if any(task.delete_files for task in tasks):
        yield scan.to_arrow().cast(schema)
        return
    for task in tasks:
        with table.io.new_input(task.file.file_path).open() as source, pq.ParquetFile(source) as file:
            names = {
                int((field.metadata or {}).get(b"PARQUET:field_id", -1)): field.name for field in file.schema_arrow
            }
            for batch in file.iter_batches(_BATCH):
                columns = [
                    batch.column(names[place.field_id]).cast(kind)
                    if place.field_id in names
                    else pa.nulls(len(batch), kind)
                    for place, kind in zip(table.schema().fields, schema.types, strict=True)
                ]
                yield pa.table(columns, schema=schema)


def _history(table: Table) -> list[TableCommit]:
    """The commits on the way to the current snapshot, oldest first."""
    commits: list[TableCommit] = []
    snapshot: Snapshot | None = table.current_snapshot()
    while snapshot is not None:
        properties = snapshot.summary.additional_properties if snapshot.summary else {}
        own = {k.removeprefix(PROPERTY_PREFIX): v for k, v in properties.items() if k.startswith(PROPERTY_PREFIX)}
        commits.append(TableCommit(snapshot.timestamp_ms * 1000, own, snapshot.snapshot_id))
        parent = snapshot.parent_snapshot_id
        snapshot = table.snapshot_by_id(parent) if parent is not None else None
    return commits[::-1]


def _plain(schema: pa.Schema) -> pa.Schema:
    """Ordinary strings, and raw payloads as bytes, which is what they are: not every one is UTF-8."""
    return pa.schema([(field.name, _plain_type(field)) for field in schema])


def _plain_type(field: pa.Field) -> pa.DataType:
    if field.name == "raw_payload":
        return pa.large_binary()
    if pa.types.is_large_string(field.type):
        return pa.string()
    return CODES if pa.types.is_list(field.type) or pa.types.is_large_list(field.type) else field.type


def bronze_commits(table: ActualTable) -> list[Commit]:
    """The commits that say up to which Kafka offsets they go."""
    commits = []
    for number, commit in enumerate(table.commits):
        offsets = json.loads(commit.properties.get("kafka-offsets", "{}"))
        for partitions in offsets.values():
            ends = {int(partition): int(next_) for partition, next_ in partitions.items()}
            commits.append(Commit(ends, commit.committed_at, number))
    return commits


def runs_of_silver(bronze: ActualTable, silver: ActualTable) -> list[int]:
    """For each run that filled silver, oldest first, the number of the bronze commit up to which it read."""
    numbers = {commit.snapshot: number for number, commit in enumerate(bronze.commits)}
    read = (commit.properties.get("bronze-snapshot-id") for commit in silver.commits)
    return [numbers[int(snapshot)] for snapshot in read if snapshot is not None and int(snapshot) in numbers]


def summed_property(table: ActualTable, name: str) -> int | None:
    """The sum of a counted property over all commits, None when none has it."""
    values = [int(commit.properties[name]) for commit in table.commits if name in commit.properties]
    return sum(values) if values else None
