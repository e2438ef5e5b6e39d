"""Expected values as Arrow columns, and where two columns differ."""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Inexact
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DECIMAL = pa.decimal128(18, 8)
INSTANT = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
CODES = pa.list_(TEXT)
# Iceberg's decimals have 38 digits at most.
_EXACT = Context(prec=38, traps=[Inexact])

Array = pa.Array | pa.ChunkedArray


def decimals(units: Sequence[int | None]) -> pa.Array:
    """decimal(18, 8) from whole numbers of 10^-8, without any detour through another number type."""
    known = np.fromiter((value is not None for value in units), bool, len(units))
    low = np.fromiter((value or 0 for value in units), np.int64, len(units))
    # Arrow's decimal is a 128-bit integer, low half first; the high half only repeats the sign.
    words = np.column_stack((low, low >> 63))
    valid = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(DECIMAL, len(units), [valid, pa.py_buffer(np.ascontiguousarray(words))])


def of_type(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A column of whole units (decimals), microseconds (instants) or plain values."""
    if kind == DECIMAL:
        return decimals(values)
    if kind == INSTANT:
        return pa.array(values, pa.int64()).cast(INSTANT)
    if pa.types.is_decimal(kind):
        return pa.array([None if units is None else _EXACT.scaleb(units, -kind.scale) for units in values], kind)
    return pa.array(values, kind)


def difference(expected: Array, actual: Array) -> np.ndarray:
    """Places where two columns of the same length differ; null equals null only."""
    if pa.types.is_list(expected.type):
        return difference(_joined(expected), _joined(actual)) | difference(
            pc.list_value_length(expected), pc.list_value_length(actual)
        )
    same = pc.fill_null(pc.equal(expected, actual), False)
    both_null = pc.and_(pc.is_null(expected), pc.is_null(actual))
    return ~np.asarray(pc.or_(same, both_null))


def _joined(lists: Array) -> Array:
    # A unit separator stands in no validation code.
    return pc.binary_join(lists.cast(CODES), "\x1f")


def shown(value: Any) -> str:
    """A value for people, short."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, date) and hasattr(value, "hour"):
        return value.isoformat().replace("+00:00", "Z")
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
