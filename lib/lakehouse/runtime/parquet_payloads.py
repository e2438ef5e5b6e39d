"""Rows of a Parquet file as JSON objects that lose nothing: decimals and instants are exact texts."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq

from file_rows import BadFileError, Row, check_fields

_BATCH_ROWS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_SECONDS = 86_400

Texts = list[str | None]
"""JSON texts of a column's values, None where there is none."""


def parquet_rows(path: str, required: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a local Parquet file. Raises BadFileError, also after rows."""
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            check_fields(schema.names, required)
            names = [f"{json.dumps(name, ensure_ascii=False)}:" for name in schema.names]
            encoders = [_encoder(field.name, field.type) for field in schema]
            line = 0
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                columns = [encode(column) for encode, column in zip(encoders, batch.columns, strict=True)]
                for values in zip(*columns, strict=True):
                    line += 1
                    yield Row(line, _object(names, values).encode("utf-8", "surrogatepass"))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BadFileError(f"it is no Parquet file that can be read: {str(error).splitlines()[0]}") from error


def _object(names: list[str], values: tuple[str | None, ...]) -> str:
    return f"{{{','.join(name + (value or 'null') for name, value in zip(names, values, strict=True))}}}"


def _encoder(column: str, kind: pa.DataType) -> Callable[[pa.Array], Texts]:
    """How values of a type become JSON. Raises BadFileError for a type that has no settled text."""
    if pa.types.is_dictionary(kind):
        encode = _encoder(column, kind.value_type)
        return lambda array: encode(array.dictionary_decode())
    if pa.types.is_struct(kind):
        names = [f"{json.dumps(field.name, ensure_ascii=False)}:" for field in kind]
        return _struct(names, [_encoder(f"{column}.{field.name}", field.type) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _list(_encoder(column, kind.value_type))
    if pa.types.is_timestamp(kind):
        zone = "" if kind.tz is None else "Z"
        return _integers(lambda value: f'"{_instant(value, kind.unit)}{zone}"')
    if pa.types.is_time(kind):
        return _integers(lambda value: f'"{_clock(value, kind.unit)}"')
    for belongs, text in _SCALARS:
        if belongs(kind):
            return _values(text)
    raise BadFileError(f"its column '{column}' is of the type {kind}, which cannot be written as JSON")


def _values(text: Callable[..., str]) -> Callable[[pa.Array], Texts]:
    return lambda array: [None if value is None else text(value) for value in array.to_pylist()]


def _integers(text: Callable[[int], str]) -> Callable[[pa.Array], Texts]:
    """Of types that are whole numbers below: Python's own times end at microseconds."""
    values = _values(text)
    return lambda array: values(array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64()))


def _struct(names: list[str], encoders: list[Callable[[pa.Array], Texts]]) -> Callable[[pa.Array], Texts]:
    def encode(array: pa.StructArray) -> Texts:
        columns = [encode(column) for encode, column in zip(encoders, array.flatten(), strict=True)]
        rows = zip(*columns, strict=True) if columns else iter([()] * len(array))
        valid = array.is_valid().to_pylist()
        return [_object(names, row) if is_valid else None for row, is_valid in zip(rows, valid, strict=True)]

    return encode


def _list(element: Callable[[pa.Array], Texts]) -> Callable[[pa.Array], Texts]:
    def encode(array: pa.ListArray) -> Texts:
        texts = iter(element(array.flatten()))
        lengths = array.value_lengths().to_pylist()
        return [
            None if length is None else f"[{','.join(text or 'null' for text in islice(texts, length))}]"
            for length in lengths
        ]

    return encode


def _instant(value: int, unit: str) -> str:
    """`2026-01-05T10:00:00.123456789`; the bare number where there is no such year, which is no instant to anyone."""
    seconds, fraction = divmod(value, _PER_SECOND[unit])
    try:
        moment = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    except OverflowError:
        return str(value)
    return moment + _fraction(fraction, unit)


def _clock(value: int, unit: str) -> str:
    seconds, fraction = divmod(value, _PER_SECOND[unit])
    hours, rest = divmod(seconds, 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}" + _fraction(fraction, unit)


def _fraction(value: int, unit: str) -> str:
    digits = len(str(_PER_SECOND[unit])) - 1
    return f".{value:0{digits}}" if value else ""


def _float(value: float) -> str:
    return json.dumps(value) if math.isfinite(value) else f'"{value}"'


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


_SCALARS: tuple[tuple[Callable[[pa.DataType], bool], Callable[..., str]], ...] = (
    (lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind), _text),
    (pa.types.is_decimal, lambda value: f'"{value:f}"'),
    (pa.types.is_integer, str),
    (pa.types.is_floating, _float),
    (pa.types.is_boolean, lambda value: "true" if value else "false"),
    (pa.types.is_date, lambda value: f'"{value.isoformat()}"'),
    (
        lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind),
        lambda value: f'"{base64.b64encode(value).decode()}"',
    ),
    (pa.types.is_null, str),
)
