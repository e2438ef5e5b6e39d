"""Files of a table are read as Iceberg's scan reads them, those that have just its columns as they stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake_table import SCHEMA, as_spark_writes, delete_by_position, new_table, rows_of
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DecimalType, LongType, NestedField, StringType, StructType
from warehouse_tasks import silver_changes


def rows(table: Table) -> pa.Table:
    names = {field.name for field in table.schema().fields}
    given: list[dict[str, Any]] = [
        {
            "trade_id": f"t{number}",
            "symbol": "AAPL" if number % 2 else None,
            "price": Decimal(number),
            "traded_at": datetime(2026, 3, 1 + number % 3, tzinfo=UTC),
            "lots": number,
            "validation_errors": ["missing:symbol"] if number % 4 == 0 else [],
        }
        for number in range(12)
    ]
    return rows_of(table, [{name: row[name] for name in row if name in names} for row in given])


def add(table: Table) -> None:
    with table.update_schema() as update:
        update.add_column("venue", StringType())


def drop(table: Table) -> None:
    with table.update_schema() as update:
        update.delete_column("lots")


def drop_and_add_under_the_same_name(table: Table) -> None:
    drop(table)
    with table.update_schema() as update:
        update.add_column("lots", SCHEMA.find_type("lots"))


def swap_names(table: Table) -> None:
    with table.update_schema() as update:
        update.rename_column("trade_id", "symbol_")
    with table.update_schema() as update:
        update.rename_column("symbol", "trade_id")
    with table.update_schema() as update:
        update.rename_column("symbol_", "symbol")


def promote(table: Table) -> None:
    with table.update_schema() as update:
        update.update_column("lots", LongType())
        update.update_column("price", DecimalType(30, 8))


def move(table: Table) -> None:
    with table.update_schema() as update:
        update.move_first("lots")


def hide_a_row(table: Table) -> None:
    for task in table.scan().plan_files():
        delete_by_position(table, task, [1])


def forget_ids(table: Table) -> None:
    """Has the files as a table's that was turned into one of Iceberg: columns are known by name."""
    with table.transaction() as transaction:
        transaction.set_properties({"schema.name-mapping.default": table.schema().name_mapping.model_dump_json()})
    for task in table.scan().plan_files():
        path = task.file.file_path.removeprefix("file://")
        stored = pq.ParquetFile(path).read()
        bare = pa.schema([(field.name, _without_ids(field.type)) for field in stored.schema])
        pq.write_table(stored.cast(bare), path)


def _without_ids(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.string()) if pa.types.is_large_list(kind) else kind


def nothing(_: Table) -> None:
    """Leaves the table as it is."""


def read_both_ways(table: Table) -> tuple[int, list[dict[str, Any]], list[dict[str, Any]]]:
    """How many files were read as they stand, and the rows as they are read and as Iceberg's scan reads them."""
    tasks = list(table.scan().plan_files())
    columns = silver_changes.schema_to_pyarrow(table.schema())
    stored = [silver_changes._stored_rows(table.io, columns, task) for task in tasks]
    found = silver_changes.read(table, tasks)
    assert found.column_names == [field.name for field in table.schema().fields]
    sides = (sorted(side.to_pylist(), key=repr) for side in (found, table.scan().to_arrow()))
    return sum(each is not None for each in stored), *sides


@pytest.mark.parametrize(
    ("change", "as_they_stand"),
    [
        (nothing, 3),
        (as_spark_writes, 3),
        (add, 0),
        (drop, 0),
        (drop_and_add_under_the_same_name, 0),
        (swap_names, 0),
        (promote, 0),
        (move, 0),
        (hide_a_row, 0),
        (forget_ids, 0),
    ],
)
def test_files_are_read_as_the_scan_of_iceberg_reads_them(
    tmp_path: Path, change: Callable[[Table], None], as_they_stand: int
) -> None:
    table = new_table(tmp_path)
    table.append(rows(table))
    change(table)
    count, found, wanted = read_both_ways(table)
    assert (count, found) == (as_they_stand, wanted)
    assert len(found) == (9 if change is hide_a_row else 12)


def test_only_the_files_from_before_a_change_of_columns_take_the_scan(tmp_path: Path) -> None:
    table = new_table(tmp_path)
    table.append(rows(table))
    as_spark_writes(table)
    add(table)
    table.append(rows(table))
    count, found, wanted = read_both_ways(table)
    assert (count, len(found), found) == (3, 24, wanted)


def test_structs_are_left_to_the_scan(tmp_path: Path) -> None:
    place = StructType(NestedField(3, "venue", StringType()), NestedField(4, "desk", StringType()))
    schema = Schema(NestedField(1, "trade_id", StringType()), NestedField(2, "place", place))
    table = new_table(tmp_path, PartitionSpec(), schema)
    table.append(rows_of(table, [{"trade_id": "t1", "place": {"venue": "XNAS", "desk": "7"}}]))
    with table.update_schema() as update:
        update.delete_column(("place", "venue"))
    count, found, wanted = read_both_ways(table)
    assert (count, found) == (0, wanted)
    assert found == [{"trade_id": "t1", "place": {"desk": "7"}}]


def test_a_column_that_only_the_partition_tells_is_left_to_the_scan(tmp_path: Path) -> None:
    """As in files that were added from a Hive table."""
    spec = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "symbol"))
    table = new_table(tmp_path, spec)
    given = rows(table)
    table.append(given)
    for task in table.scan().plan_files():
        path = task.file.file_path.removeprefix("file://")
        pq.write_table(pq.ParquetFile(path).read().drop_columns("symbol"), path)
    count, found, wanted = read_both_ways(table)
    assert (count, found) == (0, wanted)
    assert sorted(found, key=repr) == sorted(given.to_pylist(), key=repr)
