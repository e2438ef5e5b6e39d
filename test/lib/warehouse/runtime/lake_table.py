"""A silver table on local files, and the commits that other engines make: delete files and compactions."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysTrue, EqualTo, IsNull
from pyiceberg.io.pyarrow import ArrowScan, _dataframe_to_data_files
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestContent, ManifestWriterV2
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Operation, Summary
from pyiceberg.table.update.snapshot import _FastAppendFiles, _OverwriteFiles
from pyiceberg.transforms import DayTransform
from pyiceberg.types import DecimalType, IntegerType, ListType, NestedField, StringType, TimestamptzType

SCHEMA = Schema(
    NestedField(1, "trade_id", StringType()),
    NestedField(2, "symbol", StringType()),
    NestedField(3, "price", DecimalType(18, 8)),
    NestedField(4, "traded_at", TimestamptzType()),
    NestedField(5, "lots", IntegerType()),
    NestedField(6, "validation_errors", ListType(7, StringType(), element_required=False)),
)
BY_DAY = PartitionSpec(PartitionField(4, 1000, DayTransform(), "traded_at_day"))


def new_table(folder: Path, spec: PartitionSpec = BY_DAY, schema: Schema = SCHEMA) -> Table:
    """An empty table in a catalog of its own."""
    catalog = SqlCatalog("lake", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/lake")
    catalog.create_namespace_if_not_exists("silver")
    return catalog.create_table("silver.trades", schema, partition_spec=spec, properties={"format-version": "2"})


def rows_of(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows in the columns that the table has now."""
    return pa.Table.from_pylist(rows, schema=table.schema().as_arrow())


class _DeletesWriter(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


class _RowDelta(_FastAppendFiles):
    """A commit of delete files alone, as merge-on-read makes them."""

    def new_manifest_writer(self, spec: PartitionSpec) -> _DeletesWriter:
        output = self.new_manifest_output()
        return _DeletesWriter(spec, self.schema(), output, self._snapshot_id, self._compression)

    def _summary(self, snapshot_properties: dict[str, str] | None = None) -> Summary:
        return Summary(operation=Operation.OVERWRITE)


class _Rewrite(_OverwriteFiles):
    """A commit that writes the same rows into other files."""

    def _summary(self, snapshot_properties: dict[str, str] | None = None) -> Summary:
        return Summary(operation=Operation.REPLACE)


def delete_by_position(
    table: Table, task: FileScanTask, positions: list[int], content: DataFileContent = DataFileContent.POSITION_DELETES
) -> None:
    """Takes rows away by a delete file beside the data file."""
    path = f"{table.location()}/data/{uuid.uuid4()}-deletes.parquet"
    schema = pa.schema(
        [
            pa.field("file_path", pa.string(), False, {"PARQUET:field_id": "2147483546"}),
            pa.field("pos", pa.int64(), False, {"PARQUET:field_id": "2147483545"}),
        ]
    )
    deletes = pa.table([[task.file.file_path] * len(positions), positions], schema=schema)
    with table.io.new_output(path).create() as stream:
        pq.write_table(deletes, stream)
    file = DataFile.from_args(
        content=content,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=task.file.partition,
        record_count=len(positions),
        file_size_in_bytes=len(table.io.new_input(path)),
        equality_ids=[1] if content == DataFileContent.EQUALITY_DELETES else None,
    )
    file.spec_id = task.file.spec_id
    with (
        table.transaction() as transaction,
        _RowDelta(operation=Operation.APPEND, transaction=transaction, io=table.io) as delta,
    ):
        delta.append_data_file(file)


def replace_rows(table: Table, trade_id: str | None, rows: list[dict[str, Any]]) -> None:
    """Takes the rows with an id away and brings others in one commit, copy-on-write, as a MERGE of Spark does."""
    condition = IsNull("trade_id") if trade_id is None else EqualTo("trade_id", trade_id)
    files = {task.file.file_path for task in table.scan(condition).plan_files()}
    touched = [task for task in table.scan().plan_files() if task.file.file_path in files]
    standing = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(touched).to_pylist()
    kept = [row for row in standing if row["trade_id"] != trade_id]
    write_anew(table, touched, rows_of(table, kept + rows))


def as_spark_writes(table: Table) -> None:
    """Has every file of the table as Spark writes it: without Arrow's schema, so that texts are of its small type."""
    for task in table.scan().plan_files():
        path = task.file.file_path.removeprefix("file://")
        pq.write_table(pq.ParquetFile(path).read(), path, store_schema=False)


def compact(table: Table) -> None:
    """Writes every file of the table anew, its rows unchanged."""
    write_anew(table, list(table.scan().plan_files()), table.scan().to_arrow(), _Rewrite)


def write_anew(
    table: Table, tasks: list[FileScanTask], rows: pa.Table, kind: type[_OverwriteFiles] = _OverwriteFiles
) -> None:
    """Writes rows in place of the files that are there, in one commit."""
    with (
        table.transaction() as transaction,
        kind(operation=Operation.OVERWRITE, transaction=transaction, io=table.io) as commit,
    ):
        for task in tasks:
            commit.delete_data_file(task.file)
        for file in _dataframe_to_data_files(transaction.table_metadata, rows, table.io, uuid.uuid4()):
            commit.append_data_file(file)
