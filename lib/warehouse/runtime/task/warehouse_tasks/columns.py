"""The types of a table's columns, and how a value of a source becomes one of theirs.

Types are written as dlt writes them: ``text``, ``bigint``, ``double``, ``bool``, ``date``, ``timestamp``
(with zone, UTC), ``json``, and ``decimal(precision,scale)``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import simplejson


class Misfit(ValueError):
    """A value is not of its column's type. The message is a code such as ``not_decimal``."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: In the warehouse.
        field: In the source's rows.
        type: See above.
        required: Whether a row without a value breaks the contract.
    """

    name: str
    field: str
    type: str
    required: bool = False

    @property
    def precision_and_scale(self) -> tuple[int, int]:
        """Of a decimal."""
        match = _DECIMAL_TYPE.fullmatch(self.type)
        if match is None:
            raise ValueError(f"column {self.name!r} has type {self.type!r}; decimals are written decimal(18,8)")
        return int(match[1]), int(match[2])

    @property
    def arrow_type(self) -> pa.DataType:
        """Of the column in a batch."""
        if self.type.startswith("decimal"):
            return pa.decimal128(*self.precision_and_scale)
        return _ARROW[self.type]

    @property
    def hint(self) -> dict[str, Any]:
        """What dlt is told of the column."""
        hint: dict[str, Any] = {"name": self.name, "data_type": self.type, "nullable": True}
        if self.type.startswith("decimal"):
            precision, scale = self.precision_and_scale
            hint |= {"data_type": "decimal", "precision": precision, "scale": scale}
        return hint

    @staticmethod
    def of_hint(hint: dict[str, Any], field: str | None = None) -> Column:
        """The column that dlt knows by such a hint."""
        kind = hint["data_type"]
        if kind == "decimal":
            kind = f"decimal({hint.get('precision', 38)},{hint.get('scale', 9)})"
        return Column(hint["name"], field or hint["name"], kind if kind in _ARROW or "(" in kind else "text")


_DECIMAL_TYPE = re.compile(r"decimal\((\d+),(\d+)\)")
_ARROW = {
    "text": pa.string(),
    "json": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}
TYPES = (*_ARROW, "decimal(precision,scale)")

# How the types of a RecordSchema are called here.
_RECORD_TYPES = {
    "string": "text",
    "uuid": "text",
    "int": "bigint",
    "long": "bigint",
    "float": "double",
    "boolean": "bool",
    "timestamptz": "timestamp",
}


def record_columns(record: dict[str, Any]) -> list[Column]:
    """The columns of a rendered RecordSchema."""
    return [
        Column(each["name"], each["wire"], _RECORD_TYPES.get(each["type"], each["type"]), each["required"])
        for each in record["fields"]
    ]


def written_columns(types: dict[str, str]) -> list[Column]:
    """The columns that a source's configuration declares in place, by their names."""
    return [Column(name, name, _RECORD_TYPES.get(kind, kind)) for name, kind in types.items()]


# --- values ----------------------------------------------------------------------------------------------------------


def converter(column: Column) -> Callable[[Any], Any]:
    """Gives a value of the column's type for one of a source, which is not None. The converter raises Misfit."""
    if column.type.startswith("decimal"):
        precision, scale = column.precision_and_scale
        return lambda value: _decimal(value, precision, scale)
    return _CONVERTERS[column.type]


_DECIMAL_SHAPE = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?"
_DECIMAL_TEXT = re.compile(_DECIMAL_SHAPE)


def _decimal(value: Any, precision: int, scale: int) -> Decimal:
    if isinstance(value, str) and _DECIMAL_TEXT.fullmatch(value):
        number = Decimal(value)
    elif isinstance(value, Decimal):
        number = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        number = Decimal(str(value))
    else:
        raise Misfit("not_decimal")
    if not number.is_finite():
        raise Misfit("not_decimal")
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if exponent < -scale:
        # 1.50 has one decimal too many for one, and is 1.5 all the same.
        if any(digits[exponent + scale :]):
            raise Misfit("scale")
        number = number.quantize(Decimal(1).scaleb(-scale)) if number else Decimal(0)
    if number and number.adjusted() >= precision - scale:
        raise Misfit("overflow")
    return number


# What JSON can escape and no database keeps: U+0000, and half of a surrogate pair.
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")


def _is_storable(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_storable(part) for item in value.items() for part in item)
    if isinstance(value, list):
        return all(map(_is_storable, value))
    return not (isinstance(value, str) and _NO_CHARACTER.search(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        if _NO_CHARACTER.search(value):
            raise Misfit("not_text")
        return value
    # An id may come as a number; one with decimals is none.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Misfit("not_text")


def _bigint(value: Any) -> int:
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misfit("not_integer")
    if not -(2**63) <= value < 2**63:
        raise Misfit("overflow")
    return value


def _double(value: Any) -> float:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (OverflowError, InvalidOperation):
            raise Misfit("overflow") from None
        if math.isfinite(number):
            return number
        raise Misfit("overflow")
    raise Misfit("not_number")


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise Misfit("not_boolean")


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Misfit("not_date")


_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(?:([zZ])|([+-]\d\d)(?::?(\d\d))?)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MILLISECONDS = 253_402_300_800_000


def _timestamp(value: Any) -> datetime:
    """ISO-8601 (UTC where it names no zone; digits beyond microseconds are cut), or milliseconds since 1970."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and 0 <= value < _LATEST_MILLISECONDS:
        return _EPOCH + timedelta(microseconds=int(value * 1000))
    match = _ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Misfit("bad_timestamp")
    day, time, fraction, _, hours, minutes = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)
        offset = timedelta(hours=int(hours or 0), minutes=int(f"{(hours or '+')[0]}{minutes or 0}"))
        return local - offset + timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    except (ValueError, OverflowError):
        raise Misfit("bad_timestamp") from None


def _json(value: Any) -> str:
    if not _is_storable(value):
        raise Misfit("not_text")
    return json_text(value)


def json_text(value: Any) -> str:
    """The value as JSON, decimals exact, everything beyond ASCII escaped."""
    return simplejson.dumps(value, use_decimal=True, separators=(",", ":"), default=str)


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "bigint": _bigint,
    "double": _double,
    "bool": _bool,
    "date": _date,
    "timestamp": _timestamp,
    "json": _json,
}


def as_text(value: Any) -> str | None:
    """Any value as text, for a column that takes whatever comes."""
    if value is None:
        return None
    try:
        return _text(value)
    except Misfit:
        return json_text(value)


def to_arrow(column: Column, values: list[Any]) -> tuple[pa.Array, dict[int, str]]:
    """The values as the column's type, and the codes of those that do not fit (NULL in their place), by index."""
    try:
        return _at_once(column, values), {}
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        pass
    convert = converter(column)
    misfits: dict[int, str] = {}
    converted: list[Any] = []
    for index, value in enumerate(values):
        try:
            converted.append(None if value is None else convert(value))
        except Misfit as misfit:
            misfits[index] = str(misfit)
            converted.append(None)
    return pa.array(converted, column.arrow_type), misfits


def _at_once(column: Column, values: list[Any]) -> pa.Array:
    """The fast way for a column that is uniform. Raises one of Arrow's errors unless every value plainly fits."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        texts = pa.array(values, pa.string())
        if column.type == "text" and not pc.any(pc.match_substring(texts, "\x00")).as_py():
            return texts
        if column.type.startswith("decimal") and _all_match(texts, f"^{_DECIMAL_SHAPE}$"):
            return texts.cast(column.arrow_type)
        if column.type == "timestamp" and _all_match(texts, _UTC_SHAPE):
            return texts.cast(column.arrow_type)
    if kinds <= {int} and column.type == "bigint":
        return pa.array(values, pa.int64())
    raise TypeError(column.type)


_UTC_SHAPE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"


def _all_match(texts: pa.Array, shape: str) -> bool:
    return pc.all(pc.match_substring_regex(texts, shape), skip_nulls=True).as_py() is not False


def infer_type(values: Iterable[Any]) -> str:
    """The type of a field that nobody declared, from its values. A number with decimals is a double."""
    kinds = {_kind(value) for value in values if value is not None}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds == {"bigint", "double"}:
        return "double"
    return "text"


def _kind(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "json"
    for kind in ("bool", "bigint", "double", "date"):
        try:
            _CONVERTERS[kind](value)
        except Misfit:
            continue
        return kind
    if isinstance(value, (str, datetime)):
        try:
            _timestamp(value)
        except Misfit:
            return "text"
        return "timestamp"
    return "text"


def hint_text(value: Any) -> str:
    """A value as a person is shown it, short."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
