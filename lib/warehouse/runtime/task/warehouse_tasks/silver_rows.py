"""Rows of a lake's table as the warehouse has them: their columns, and what identifies each.

A column is as wide as Iceberg may ever promote it to, so that a promotion alters nothing in the warehouse; nested
values are JSON. A row is identified by its key; one that lacks a part of it by a digest of what it holds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import reduce
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


def without_unchanged(before: pa.Table, after: pa.Table, key: list[str]) -> tuple[pa.Table, pa.Table]:
    """Both sides without rows that stand on both: a file that is written anew has mostly rows that were there before.

    Rows are paired one to one, by their key, and a pair that is equal in every column goes. What is left differs in the
    same rows as the two sides do: a row is kept where it is not certain that it has not changed.

    Args:
        before: Rows in the lake's columns.
        after: Likewise.
        key: Names of columns.
    """
    if before.num_rows == 0 or after.num_rows == 0:
        return before, after
    keys = _key_bytes(before, key), _key_bytes(after, key)
    if len(before) == len(after) and pc.all(pc.equal(*keys), skip_nulls=False).as_py():
        # Most writers keep the order.
        same = _equal_rows(before, after)
        return before.filter(pc.invert(same)), after.filter(pc.invert(same))
    before, after = before.combine_chunks(), after.combine_chunks()
    place = pc.index_in(keys[1], value_set=keys[0], skip_nulls=True)
    if pc.count_distinct(place).as_py() < len(place) - place.null_count:
        # A key stands in two rows: they are told apart by what they hold.
        return before, after
    same = pc.and_(_equal_rows(before.take(place), after), place.is_valid())
    stays = pc.is_in(pa.array(range(len(before)), place.type), value_set=place.filter(same))
    return before.filter(pc.invert(stays)), after.filter(pc.invert(same))


def _key_bytes(rows: pa.Table, key: list[str]) -> pa.Array:
    """NULL where a part of the key is missing."""
    parts = [_storage(rows[name]) for name in key]
    # Arrow turns no number into bytes, and no UUID's bytes into a text.
    parts = [part if pa.types.is_fixed_size_binary(part.type) else part.cast(pa.large_string()) for part in parts]
    parts = [part.cast(pa.large_binary()) for part in parts]
    separator = pa.scalar(SEPARATOR.encode(), pa.large_binary())
    whole = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, separator)
    return whole.combine_chunks()


def _storage(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A UUID as its bytes: Arrow compares those alone."""
    return values.cast(values.type.storage_type) if isinstance(values.type, pa.BaseExtensionType) else values


def _equal_rows(before: pa.Table, after: pa.Table) -> pa.ChunkedArray:
    """Of rows at the same places: whether they are certainly equal."""
    return reduce(pc.and_, (_equal(*sides) for sides in zip(before.columns, after.columns, strict=True)))


def _equal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where two columns certainly have the same value. Of nested ones only the empty and the missing are compared."""
    left, right = _storage(left), _storage(right)
    missing = pc.and_(pc.is_null(left), pc.is_null(right))
    if pa.types.is_floating(left.type):
        # By their bits: 0 and -0 are two values.
        bits = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[left.type.bit_width]
        left, right = (each.combine_chunks().view(bits) for each in (left, right))
    if pa.types.is_list(left.type) or pa.types.is_large_list(left.type):
        equal = pc.and_(*(pc.equal(pc.list_value_length(each), 0) for each in (left, right)))
    elif pa.types.is_nested(left.type):
        return missing
    else:
        equal = pc.equal(left, right)
    return pc.or_(pc.fill_null(equal, False), missing)


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
    if isinstance(kind, iceberg.ListType):
        return _lists(values)
    if isinstance(kind, iceberg.MapType | iceberg.StructType):
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


def _lists(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Lists as JSON. Most are empty, as that of a trade's errors is, and are not looked at one by one."""
    empty = pc.fill_null(pc.equal(pc.list_value_length(values), 0), False)
    texts = pc.if_else(empty, "[]", pa.nulls(len(values), pa.string()))
    filled = pc.and_(pc.is_valid(values), pc.invert(empty))
    if not pc.any(filled).as_py():
        return texts
    rendered = _texts(values.filter(filled), json_text).combine_chunks()
    return pa.chunked_array([pc.replace_with_mask(texts.combine_chunks(), filled.combine_chunks(), rendered)])


def _texts(values: pa.ChunkedArray, render: Any) -> pa.ChunkedArray:
    texts = [None if each is None else render(each) for each in values.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])
