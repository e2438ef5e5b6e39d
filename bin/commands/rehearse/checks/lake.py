"""The tables as they are, read through pyiceberg."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from .config import Config
from .expected import Commit

PROPERTY_PREFIX = "cdk-data-patterns."


@dataclass(frozen=True)
class ActualTable:
    """A table's rows and what its commits say."""

    rows: pa.Table
    metadata_location: str
    commits: tuple["TableCommit", ...] = ()


@dataclass(frozen=True)
class TableCommit:
    """A snapshot's own properties (without their prefix) and its time in microseconds since 1970."""

    committed_at: int
    properties: Mapping[str, str]


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


def read_table(catalog: Catalog, name: str) -> ActualTable:
    """All rows of `database.table`."""
    table = catalog.load_table(name)
    return ActualTable(_plain(table.scan().to_arrow()), table.metadata_location, tuple(_history(table)))


def _history(table: Table) -> list[TableCommit]:
    """The commits on the way to the current snapshot, oldest first."""
    commits: list[TableCommit] = []
    snapshot: Snapshot | None = table.current_snapshot()
    while snapshot is not None:
        properties = snapshot.summary.additional_properties if snapshot.summary else {}
        own = {k.removeprefix(PROPERTY_PREFIX): v for k, v in properties.items() if k.startswith(PROPERTY_PREFIX)}
        commits.append(TableCommit(snapshot.timestamp_ms * 1000, own))
        parent = snapshot.parent_snapshot_id
        snapshot = table.snapshot_by_id(parent) if parent is not None else None
    return commits[::-1]


def _plain(table: pa.Table) -> pa.Table:
    """Large strings as ordinary ones and raw payloads as bytes, which is what they are: not every one is UTF-8."""
    for place, field in enumerate(table.schema):
        if field.name == "raw_payload":
            table = table.set_column(place, field.name, table.column(place).cast(pa.large_binary()))
        elif pa.types.is_large_string(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table


def bronze_commits(table: ActualTable) -> list[Commit]:
    """The commits that say up to which Kafka offsets they go."""
    commits = []
    for commit in table.commits:
        offsets = json.loads(commit.properties.get("kafka-offsets", "{}"))
        for partitions in offsets.values():
            commits.append(
                Commit({int(number): int(next_) for number, next_ in partitions.items()}, commit.committed_at)
            )
    return commits


def summed_property(table: ActualTable, name: str) -> int | None:
    """The sum of a counted property over all commits, None when none has it."""
    values = [int(commit.properties[name]) for commit in table.commits if name in commit.properties]
    return sum(values) if values else None


def write_parquet(table: ActualTable, path: Path) -> None:
    """Writes a table's final rows; raw_payload as bytes, so that every reader can open it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.rows.replace_schema_metadata(None), path, compression="zstd")
