"""Rows of a lake's table as the warehouse has them: their columns, and what identifies each.

A column is as wide as Iceberg may ever promote it to, so that a promotion alters nothing in the warehouse; nested
values are JSON. A row is identified by its key; one that lacks a part of it by a digest of what it holds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg import types as iceberg

from .columns import json_text

ROW_ID = "_row_id"
DIFFERENCE = "_difference"
# The longest text that Redshift has, and the longest identity of a row.
TEXT_TYPE = "VARCHAR(65535)"
ROW_ID_TYPE = "VARCHAR(1024)"
# Between the parts of a key, and before the digest of a row without one.
SEPARATOR = "\x1f"
ANONYMOUS = "c:"


class UnknownTypeError(Exception):
    """No column of a warehouse takes the type."""


@dataclass(frozen=True)
class WarehouseColumn:
    """A column of the copy; one that the lake dropped stays."""

    name: str
    type: str
    dropped: bool = False


def warehouse_type(kind: iceberg.IcebergType) -> str:
    """The type of a column in the warehouse.

    Raises:
        UnknownTypeError: there is none.
    """
    if isinstance(kind, iceberg.DecimalType):
        return f"DECIMAL(38,{kind.scale})"
    found = _TYPES.get(type(kind))
    if found is None:
        raise UnknownTypeError(f"of type {kind}, which no column of the warehouse takes")
    return found


def warehouse_rows(
    rows: pa.Table, columns: list[tuple[WarehouseColumn, iceberg.NestedField]], key: list[str]
) -> pa.Table:
    """The rows in the warehouse's columns, and what identifies each."""
    arrays = [_converted(rows[index], field.field_type) for index, (_, field) in enumerate(columns)]
    shaped = pa.table(arrays, names=[column.name for column, _ in columns])
    return shaped.append_column(ROW_ID, _row_ids(shaped, key, [field.field_id for _, field in columns]))


def row_difference(before: pa.Table, after: pa.Table) -> pa.Table:
    """Rows that are not on both sides equally often: how much more often they are after."""
    sides = [
        side.append_column(DIFFERENCE, pa.array([sign] * side.num_rows, pa.int64()))
        for side, sign in ((after, 1), (before, -1))
    ]
    if before.num_rows == 0:
        return sides[0]
    both = pa.concat_tables(sides)
    names = before.column_names
    found = both.group_by(names, use_threads=False).aggregate([(DIFFERENCE, "sum")])
    found = found.rename_columns({f"{DIFFERENCE}_sum": DIFFERENCE}).select([*names, DIFFERENCE])
    return found.filter(pc.not_equal(found[DIFFERENCE], 0))


def _row_ids(rows: pa.Table, key: list[str], field_ids: list[int]) -> pa.Array:
    """The key as text; where a part of it is missing, a digest of the content, whatever the columns are called."""
    parts = [rows[name].cast(pa.string()) for name in key]
    keyed = pc.binary_join_element_wise("k:", pc.binary_join_element_wise(*parts, SEPARATOR), "")
    nameless = pc.is_null(keyed)
    if not pc.any(nameless).as_py():
        return keyed
    contents = rows.filter(nameless).rename_columns([str(field_id) for field_id in field_ids]).to_pylist()
    digests = [ANONYMOUS + _digest(row) for row in contents]
    return pc.replace_with_mask(keyed.combine_chunks(), nameless.combine_chunks(), pa.array(digests, pa.string()))


def _digest(row: dict[str, Any]) -> str:
    held = {name: value for name, value in sorted(row.items()) if value is not None}
    return hashlib.sha256(json_text(held).encode()).hexdigest()


_TYPES: dict[type, str] = {
    iceberg.BooleanType: "BOOLEAN",
    iceberg.IntegerType: "BIGINT",
    iceberg.LongType: "BIGINT",
    iceberg.FloatType: "DOUBLE PRECISION",
    iceberg.DoubleType: "DOUBLE PRECISION",
    iceberg.DateType: "DATE",
    iceberg.TimestampType: "TIMESTAMP",
    iceberg.TimestamptzType: "TIMESTAMPTZ",
    iceberg.TimeType: TEXT_TYPE,
    iceberg.StringType: TEXT_TYPE,
    iceberg.UUIDType: TEXT_TYPE,
    iceberg.ListType: TEXT_TYPE,
    iceberg.MapType: TEXT_TYPE,
    iceberg.StructType: TEXT_TYPE,
}


def _converted(values: pa.ChunkedArray, kind: iceberg.IcebergType) -> pa.ChunkedArray:
    if isinstance(kind, iceberg.DecimalType):
        return values.cast(pa.decimal128(38, kind.scale))
    if isinstance(kind, iceberg.ListType | iceberg.MapType | iceberg.StructType):
        return _texts(values, json_text)
    if isinstance(kind, iceberg.UUIDType):
        return _texts(values, lambda each: str(each if isinstance(each, UUID) else UUID(bytes=bytes(each))))
    if isinstance(kind, iceberg.IntegerType):
        return values.cast(pa.int64())
    if isinstance(kind, iceberg.FloatType):
        return values.cast(pa.float64())
    if isinstance(kind, iceberg.StringType | iceberg.TimeType):
        return values.cast(pa.string())
    return values


def _texts(values: pa.ChunkedArray, render: Any) -> pa.ChunkedArray:
    texts = [None if each is None else render(each) for each in values.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])
