"""Copies a table of the lake into the warehouse, commit by commit: `python -m warehouse_tasks.silver_sync`.

SILVER_SYNC       what to copy, JSON: name, database, table, dataset, key (columns that identify a row), namespace
STAGING_URI       where Redshift copies from, s3://bucket/prefix
COPY_ROLE_ARN     the role by which it does
and those of environment.py.

The position, which is the snapshot that was copied last, is a row beside the table. Rows and position change in one
transaction of the warehouse: a sync that is killed leaves the last commit that is wholly there, and the next one goes
on from it. Two syncs at once wait for one another.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from pyiceberg import types as iceberg
from pyiceberg.table import StaticTable, Table
from pyiceberg.table.snapshots import Snapshot

from .environment import SettingError, Warehouse, required, summary, warehouse
from .silver_changes import (
    PartitionChange,
    UnreadableError,
    all_rows,
    changes_of,
    commits_since,
    joined,
    keeps_rows,
    read_changes,
)
from .silver_rows import (
    ANONYMOUS,
    DIFFERENCE,
    ROW_ID,
    ROW_ID_TYPE,
    SEPARATOR,
    TEXT_TYPE,
    UnknownTypeError,
    WarehouseColumn,
    row_difference,
    warehouse_rows,
    warehouse_type,
    without_unchanged,
)

POSITIONS = "silver_sync_positions"
_GONE = "_gone"
_STAGED = "silver_sync_staged"
# Enough for one load to be worth its while, and few beside the rows of a file.
_ROWS_AT_ONCE = 50_000
# Of some 70 characters each, and a statement of Redshift has 16 MB at most:
# https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html, 2026-11-28.
_IDS_AT_ONCE = 50_000


class SyncError(Exception):
    """The table cannot be copied. The message is a sentence with a remedy."""


@dataclass(frozen=True)
class Position:
    """What the copy has.

    Attributes:
        snapshot_id: Of the last commit that was copied; None before the first.
        table_uuid: Of the table that it was copied from.
        columns: By the ids of the lake's columns, those included that the lake has dropped since.
    """

    snapshot_id: int | None = None
    table_uuid: str | None = None
    columns: dict[int, WarehouseColumn] = field(default_factory=dict)


@dataclass
class SyncReport:
    """What a sync did.

    Attributes:
        commits: Commits that were copied, those without changed rows left out.
        full_copy: Why everything was copied, if it was.
    """

    commits: int = 0
    rows_read: int = 0
    rows_written: int = 0
    rows_deleted: int = 0
    snapshot_id: int | None = None
    full_copy: str | None = None


class Loader:
    """Brings rows into a temporary table."""

    def load(self, cursor: Cursor, rows: pa.Table) -> None:
        """Adds the rows to the staged ones, by `COPY` from what is sent."""
        text = io.BytesIO()
        pa.csv.write_csv(rows, text, pa.csv.WriteOptions(include_header=False))
        text.seek(0)
        cursor.copy_expert(f"COPY {_STAGED} FROM STDIN WITH (FORMAT csv)", text)


class RedshiftLoader(Loader):
    """Redshift takes many rows from S3 only."""

    def __init__(self, staging_uri: str, role_arn: str) -> None:
        place = urlsplit(staging_uri)
        self._bucket, self._prefix = place.netloc, place.path.strip("/")
        self._role_arn = role_arn
        self._s3 = boto3.client("s3")

    def load(self, cursor: Cursor, rows: pa.Table) -> None:
        """Adds the rows to the staged ones, by `COPY` from a file that is removed afterwards."""
        file = io.BytesIO()
        pa.parquet.write_table(rows, file)
        key = f"{self._prefix}/{uuid4()}.parquet"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=file.getvalue())
        try:
            cursor.execute(
                f"COPY {_STAGED} FROM %s IAM_ROLE %s FORMAT AS PARQUET", (f"s3://{self._bucket}/{key}", self._role_arn)
            )
        finally:
            self._s3.delete_object(Bucket=self._bucket, Key=key)


class SilverSync:
    """Copies one table of the lake into a schema of the warehouse that exists."""

    def __init__(self, connection: Connection, loader: Loader, dataset: str, name: str, key: list[str]) -> None:
        self._connection = connection
        self._loader = loader
        self._name = name
        self._key = key
        self._target = f"{_quoted(dataset)}.{_quoted(name)}"
        self._positions = f"{_quoted(dataset)}.{POSITIONS}"
        with connection, connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {self._positions} (table_name VARCHAR(255), table_uuid VARCHAR(36), "
                f"snapshot_id BIGINT, synced_at TIMESTAMPTZ, copied_columns {TEXT_TYPE})"
            )

    def lag(self, table: Table) -> float:
        """Seconds since the oldest commit that changed rows and is not in the warehouse; 0 when there is none."""
        with self._connection, self._connection.cursor() as cursor:
            return _lag_seconds(table, self._read_position(cursor))

    def run(self, table: Table) -> SyncReport:
        """Copies every commit that the warehouse has not got, each in a transaction of its own.

        Raises:
            SyncError: the table has no copy in a warehouse, or its key is not unique.
            UnreadableError: the table's files cannot be read.
        """
        report = SyncReport()
        while self._copy_next(table, report):
            pass
        return report

    def _copy_next(self, table: Table, report: SyncReport) -> bool:
        """Copies the next commit; whether another one follows."""
        with self._connection, self._connection.cursor() as cursor:
            # Held to the end of the transaction: who comes second starts from where the first one ended.
            cursor.execute(f"LOCK TABLE {self._positions}")
            position = self._read_position(cursor)
            current = table.current_snapshot()
            report.snapshot_id = current.snapshot_id if current is not None else None
            if current is None:
                # Models can be built on an empty copy.
                columns = self._follow_columns(cursor, position, table)
                self._write_position(cursor, Position(None, _uuid(table), columns))
                return False
            # A change of columns is no commit of rows; it comes with the next one.
            if (position.snapshot_id, position.table_uuid) == (current.snapshot_id, _uuid(table)):
                return False
            columns = self._follow_columns(cursor, position, table)
            snapshot, changes, reason = _next(table, position, columns)
            if reason is not None:
                report.full_copy = reason
                # TRUNCATE would end the transaction in Redshift.
                cursor.execute(f"DELETE FROM {self._target}")
            if changes:
                self._apply(cursor, table, changes, columns, report)
                report.commits += 1
            self._write_position(cursor, Position(snapshot.snapshot_id, _uuid(table), columns))
            return snapshot.snapshot_id != current.snapshot_id

    def _apply(
        self,
        cursor: Cursor,
        table: Table,
        changes: list[PartitionChange],
        columns: dict[int, WarehouseColumn],
        report: SyncReport,
    ) -> None:
        live = [(columns[each.field_id], each) for each in table.schema().fields]
        names = [column.name for column, _ in live]
        definitions = ", ".join(f"{_quoted(column.name)} {column.type}" for column, _ in live)
        cursor.execute(f"DROP TABLE IF EXISTS {_STAGED}")
        cursor.execute(f"CREATE TEMPORARY TABLE {_STAGED} ({definitions}, {ROW_ID} {ROW_ID_TYPE}, {_GONE} BOOLEAN)")
        lake_key = [each.name for column, each in live if column.name in self._key]
        anonymous: list[pa.Table] = []
        for sides in _changed_rows(table, changes, lake_key, report):
            differing = row_difference(*(warehouse_rows(rows, live, self._key) for rows in sides))
            is_anonymous = pc.starts_with(differing[ROW_ID], ANONYMOUS)
            anonymous.append(differing.filter(is_anonymous))
            keyed = differing.filter(pc.invert(is_anonymous))
            gone = pc.less(keyed[DIFFERENCE], 0)
            # Of a row that has another content only the new one is loaded: its key takes the old one away.
            brought = keyed.filter(pc.invert(gone))
            lost = keyed.filter(gone)
            lost = lost.filter(pc.invert(pc.is_in(lost[ROW_ID], brought[ROW_ID].combine_chunks())))
            self._stage(cursor, brought.drop_columns(DIFFERENCE), gone=False)
            self._stage(cursor, lost.drop_columns(DIFFERENCE), gone=True)
        self._stage_anonymous(cursor, pa.concat_tables(anonymous))
        self._require_unique(cursor)
        listed = ", ".join(map(_quoted, [*names, ROW_ID]))
        cursor.execute(f"DELETE FROM {self._target} WHERE {ROW_ID} IN (SELECT {ROW_ID} FROM {_STAGED})")
        report.rows_deleted += cursor.rowcount
        cursor.execute(f"INSERT INTO {self._target} ({listed}) SELECT {listed} FROM {_STAGED} WHERE NOT {_GONE}")
        report.rows_written += cursor.rowcount
        cursor.execute(f"DROP TABLE {_STAGED}")

    def _stage(self, cursor: Cursor, rows: pa.Table, *, gone: bool) -> None:
        if rows.num_rows > 0:
            self._loader.load(cursor, rows.append_column(_GONE, pa.array([gone] * rows.num_rows, pa.bool_())))

    def _stage_anonymous(self, cursor: Cursor, differing: pa.Table) -> None:
        """Rows without a key are told apart by their content alone: there are as many of each as the lake has."""
        changed: Counter[str] = Counter()
        for each, difference in zip(differing[ROW_ID].to_pylist(), differing[DIFFERENCE].to_pylist(), strict=True):
            changed[each] += difference
        ids = [each for each, difference in changed.items() if difference]
        if not ids:
            return
        present: dict[str, int] = {}
        for begin in range(0, len(ids), _IDS_AT_ONCE):
            some = tuple(ids[begin : begin + _IDS_AT_ONCE])
            cursor.execute(f"SELECT {ROW_ID}, count(*) FROM {self._target} WHERE {ROW_ID} IN %s GROUP BY 1", (some,))
            present.update(cursor.fetchall())
        contents = differing.drop_columns(DIFFERENCE)
        first = {each: index for index, each in reversed(list(enumerate(contents[ROW_ID].to_pylist())))}
        copies = [(first[each], max(present.get(each, 0) + changed[each], 0)) for each in ids]
        kept = [index for index, count in copies for _ in range(count)]
        self._stage(cursor, contents.take(pa.array(kept, pa.int64())), gone=False)
        emptied = [index for index, count in copies if count == 0]
        self._stage(cursor, contents.take(pa.array(emptied, pa.int64())), gone=True)

    def _require_unique(self, cursor: Cursor) -> None:
        cursor.execute(
            f"SELECT {ROW_ID} FROM {_STAGED} WHERE NOT {_GONE} AND {ROW_ID} NOT LIKE '{ANONYMOUS}%%' "
            "GROUP BY 1 HAVING count(*) > 1 LIMIT 1",
            (),
        )
        twice = cursor.fetchone()
        if twice is not None:
            value = twice[0][2:].replace(SEPARATOR, ", ")
            raise SyncError(
                f"{self._name}: {', '.join(self._key)} = {value} stands in two rows; the key has to be unique. Mend "
                "the lake's table, or name other columns as the key."
            )

    # --- the copy's columns and position -----------------------------------------------------------------------------

    def _follow_columns(self, cursor: Cursor, position: Position, table: Table) -> dict[int, WarehouseColumn]:
        """Gives the copy the columns of the lake's table. One that the lake drops stays, NULL in rows that change."""
        wanted = {each.field_id: self._column(each) for each in table.schema().fields}
        missing = [each for each in self._key if each not in {column.name for column in wanted.values()}]
        if missing:
            raise SyncError(f"{self._name}: the key names {', '.join(missing)}, which the lake's table does not have.")
        if position.table_uuid not in (None, _uuid(table)):
            # Another table under the same name: its ids mean other columns.
            cursor.execute(f"DROP TABLE IF EXISTS {self._target}")
            position = Position()
        if not position.columns:
            definitions = ", ".join(f"{_quoted(column.name)} {column.type}" for column in wanted.values())
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {self._target} ({definitions}, {ROW_ID} {ROW_ID_TYPE})")
            return wanted
        for field_id, column in wanted.items():
            self._follow_column(cursor, position.columns.get(field_id), column, position.columns)
        dropped = {key: replace(column, dropped=True) for key, column in position.columns.items()}
        return {**dropped, **wanted}

    def _follow_column(
        self, cursor: Cursor, before: WarehouseColumn | None, column: WarehouseColumn, all_before: dict[int, Any]
    ) -> None:
        if before == column:
            return
        if before is not None and before.type != column.type:
            raise SyncError(
                f"{self._name}: column '{column.name}' turned from {before.type} into {column.type}, which the "
                f"warehouse cannot alter; drop {self._target} and its row in {self._positions}: everything is copied "
                "anew."
            )
        if before is not None and any(each.name == column.name for each in all_before.values()):
            raise SyncError(
                f"{self._name}: column '{before.name}' is now called '{column.name}', as a column that the copy kept; "
                f"rename that one in {self._target}."
            )
        if before is not None:
            cursor.execute(f"ALTER TABLE {self._target} RENAME COLUMN {_quoted(before.name)} TO {_quoted(column.name)}")
        elif any(each.name == column.name for each in all_before.values()):
            raise SyncError(
                f"{self._name}: column '{column.name}' is new in the lake, and the copy kept one of that name that the "
                f"lake had dropped; rename the kept one in {self._target}."
            )
        else:
            cursor.execute(f"ALTER TABLE {self._target} ADD COLUMN {_quoted(column.name)} {column.type}")

    def _column(self, column: iceberg.NestedField) -> WarehouseColumn:
        try:
            return WarehouseColumn(column.name.lower(), warehouse_type(column.field_type))
        except UnknownTypeError as error:
            raise SyncError(f"{self._name}: column '{column.name}' is {error}; drop it.") from error

    def _read_position(self, cursor: Cursor) -> Position:
        cursor.execute(
            f"SELECT snapshot_id, table_uuid, copied_columns FROM {self._positions} WHERE table_name = %s",
            (self._name,),
        )
        found = cursor.fetchone()
        if found is None:
            return Position()
        columns = {int(key): WarehouseColumn(**each) for key, each in json.loads(found[2]).items()}
        return Position(found[0], found[1], columns)

    def _write_position(self, cursor: Cursor, position: Position) -> None:
        cursor.execute(f"DELETE FROM {self._positions} WHERE table_name = %s", (self._name,))
        columns = json.dumps({key: asdict(each) for key, each in position.columns.items()})
        cursor.execute(
            f"INSERT INTO {self._positions} VALUES (%s, %s, %s, %s, %s)",
            (self._name, position.table_uuid, position.snapshot_id, datetime.now(UTC), columns),
        )


def _changed_rows(
    table: Table, changes: list[PartitionChange], key: list[str], report: SyncReport
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Rows before and after, without those that have not changed; the few of many partitions together."""
    pending: list[tuple[pa.Table, pa.Table]] = []
    for before, after in read_changes(table, changes):
        report.rows_read += before.num_rows + after.num_rows
        pending.append(without_unchanged(before, after, key))
        if sum(side.num_rows for sides in pending for side in sides) >= _ROWS_AT_ONCE:
            yield _joined(pending)
            pending = []
    if pending:
        yield _joined(pending)


def _joined(pending: list[tuple[pa.Table, pa.Table]]) -> tuple[pa.Table, pa.Table]:
    before, after = (joined(sides) for sides in zip(*pending, strict=True))
    return before, after


def _lag_seconds(table: Table, position: Position) -> float:
    current = table.current_snapshot()
    if current is None:
        return 0.0
    behind: list[Snapshot] | None = None
    if position.snapshot_id is not None and position.table_uuid == _uuid(table):
        behind = commits_since(table, position.snapshot_id)
    if behind is None:
        # What was expired may be older still.
        behind = sorted(table.snapshots(), key=lambda each: each.timestamp_ms)
    oldest = next((each for each in behind if not keeps_rows(each)), None)
    return 0.0 if oldest is None else max(0.0, time.time() - oldest.timestamp_ms / 1000)


def _next(
    table: Table, position: Position, columns: dict[int, WarehouseColumn]
) -> tuple[Snapshot, list[PartitionChange], str | None]:
    """The next commit and what it did; or the current one with everything, and why."""
    current = table.current_snapshot()
    assert current is not None
    if position.snapshot_id is None:
        return current, all_rows(table, current), "it is the first copy"
    if position.table_uuid != _uuid(table):
        return current, all_rows(table, current), "the lake has another table under this name"
    if any(columns[key].dropped and not column.dropped for key, column in position.columns.items()):
        # A row without a key is known by what it holds, which has changed.
        return current, all_rows(table, current), "the lake has dropped a column"
    commits = commits_since(table, position.snapshot_id)
    if not commits:
        return (
            current,
            all_rows(table, current),
            f"snapshot {position.snapshot_id}, the last one that was copied, no longer leads to the current one: it "
            "was expired, or the table was rolled back",
        )
    commit = next((each for each in commits if not keeps_rows(each)), commits[-1])
    changes = [] if keeps_rows(commit) else changes_of(table, commit)
    if changes is None:
        reason = f"snapshot {commit.parent_snapshot_id}, before a commit with delete files, was expired"
        return current, all_rows(table, current), reason
    return commit, changes, None


def _uuid(table: Table) -> str:
    return str(table.metadata.table_uuid)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- the task --------------------------------------------------------------------------------------------------------


def main() -> int:
    """Publishes how far the warehouse is behind, then copies."""
    name = ""
    try:
        config = json.loads(required("SILVER_SYNC"))
        name = f"{config['database']}.{config['table']}"
        table = _open(config["database"], config["table"])
        with contextlib.closing(_connect(warehouse())) as connection:
            sync = SilverSync(connection, _loader(), config["dataset"], config["table"], config["key"])
            lag = sync.lag(table)
            # Before the copy, so that one that fails every time is seen to fall behind.
            _publish(config["namespace"], name, lag)
            report = sync.run(table)
    except (psycopg2.Error, SettingError, SyncError, UnreadableError) as error:
        sentence = str(error).strip()
        print(sentence, file=sys.stderr, flush=True)
        summary({"table": name, "error": sentence})
        return 1
    if report.full_copy is not None:
        print(f"{name}: everything was copied, for {report.full_copy}", flush=True)
    summary({"table": name, "lag_seconds": lag, **asdict(report)})
    return 0


def _connect(target: Warehouse) -> Connection:
    return psycopg2.connect(
        host=target.host, port=target.port, dbname=target.database, user=target.user, password=target.password
    )


def _loader() -> Loader:
    engine = os.environ.get("WAREHOUSE_ENGINE", "redshift")
    if engine == "redshift":
        return RedshiftLoader(required("STAGING_URI"), required("COPY_ROLE_ARN"))
    if engine == "postgres":
        return Loader()
    raise SettingError(f"WAREHOUSE_ENGINE is {engine}; this task loads redshift and postgres.")


def _open(database: str, table: str) -> Table:
    parameters = boto3.client("glue").get_table(DatabaseName=database, Name=table)["Table"].get("Parameters", {})
    location = parameters.get("metadata_location")
    if location is None:
        raise SyncError(f"{database}.{table} is no Iceberg table in the Glue catalog; name one that is.")
    # s3fs finds credentials and endpoint as boto3 does.
    return StaticTable.from_metadata(location, {"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"})


def _publish(namespace: str, table: str, lag: float) -> None:
    boto3.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": "LagSeconds",
                "Dimensions": [{"Name": "Table", "Value": table}],
                "Value": lag,
                "Unit": "Seconds",
            }
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
