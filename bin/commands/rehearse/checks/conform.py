"""What one raw event must look like in silver: typed values and every validation code that applies."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pyarrow as pa

from .columns import CODES, DECIMAL, INSTANT, TEXT
from .wire import NotARecord, NoText, read_object, unquote

SCALE = 8
WHOLE_DIGITS = 10
UNIT = 10**SCALE

# The order of the groups in validation_errors; within a group the columns keep theirs.
MISSING, NOT_DECIMAL, TOO_FINE, OVERFLOW, NOT_POSITIVE, BAD_TIMESTAMP = range(6)
_CODES = ("missing:{}", "not_decimal:{}", "scale:{}", "overflow:{}", "not_positive:{}", "bad_timestamp")

Value = str | int | None
Reading = tuple[Value, tuple[int, ...]]
NO_FAULTS: tuple[int, ...] = ()


@dataclass(frozen=True)
class Field:
    """A silver column and the wire field it comes from."""

    name: str
    wire: str
    read: Callable[[str], Reading]
    required: bool = True
    type: pa.DataType = TEXT


@dataclass(frozen=True)
class Conformed:
    """Names of the silver columns in order, the last two is_valid and validation_errors."""

    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*(field.name for field in self.fields), "is_valid", "validation_errors")

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        """The type of each of the columns."""
        return (*(field.type for field in self.fields), pa.bool_(), CODES)

    def rows(self, source: str, value: bytes | None) -> list[tuple]:
        """The silver rows of a Kafka value, in the order in which they stand in it; none for one of another kind."""
        return [self.row(value)]

    def row(self, value: bytes | None) -> tuple:
        """The silver row of a Kafka value. Decimals are whole units of their last digit, times microseconds (UTC)."""
        try:
            return self.read(read_object(value))
        except NotARecord:
            return self.malformed

    @property
    def malformed(self) -> tuple:
        """The row of what cannot be read."""
        return (*(None for _ in self.fields), False, ("malformed",))

    def read(self, record: Mapping[str, str | None]) -> tuple:
        """The silver row of the fields on the wire, each as its JSON text."""
        values: list[Value] = []
        faults: list[tuple[int, int]] = []
        for place, field in enumerate(self.fields):
            token = record.get(field.wire)
            if token is None or token == "null" or token == '""':
                reading: Reading = (None, (MISSING,))
            else:
                reading = field.read(token)
            values.append(reading[0])
            for fault in reading[1]:
                if fault != MISSING or field.required:
                    faults.append((fault, place))
        if not faults:
            return (*values, True, ())
        codes = tuple(_CODES[fault].format(self.fields[place].wire) for fault, place in sorted(faults))
        return (*values, False, codes)


_integer = re.compile(r"-?[0-9]+").fullmatch


def read_string(token: str) -> Reading:
    """A JSON string as it is, a JSON integer as its digits; nothing else is text."""
    if token[0] == '"':
        try:
            return unquote(token), NO_FAULTS
        except NoText:
            return None, (MISSING,)
    return (token, NO_FAULTS) if _integer(token) else (None, (MISSING,))


_plain_decimal = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,8}))?").fullmatch
_decimal = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?)([0-9]+))?").fullmatch
# An exponent of more digits than this only has to stay beyond every text's length.
_EXPONENT_DIGITS = 9


def _decimal_text(token: str) -> str:
    """Empty, which is no decimal, where a JSON string is no text."""
    try:
        return unquote(token) if token[0] == '"' else token
    except NoText:
        return ""


def read_positive_decimal(token: str) -> Reading:
    """A decimal(18, 8) that must be above zero, exactly, in units of 10^-8."""
    text = _decimal_text(token)
    plain = _plain_decimal(text)
    if plain:
        units = int(plain[1]) * UNIT + (int(plain[2].ljust(SCALE, "0")) if plain[2] else 0)
        return units, (NO_FAULTS if units else (NOT_POSITIVE,))
    return _read_any_decimal(text, WHOLE_DIGITS, SCALE, must_be_positive=True)


def _read_any_decimal(text: str, whole_digits: int, scale: int, *, must_be_positive: bool) -> Reading:
    """Judges the value by where its first and last digits stand, so that no exponent is ever multiplied out."""
    match = _decimal(text)
    if not match:
        return None, (NOT_DECIMAL,)
    digits, exponent = _digits_and_exponent(match)
    if not digits:
        return 0, ((NOT_POSITIVE,) if must_be_positive else NO_FAULTS)
    faults = []
    if exponent < -scale:
        faults.append(TOO_FINE)
    if len(digits) + exponent > whole_digits:
        faults.append(OVERFLOW)
    value = None if faults else int(digits) * 10 ** (exponent + scale)
    if match[1] == "-":
        value = None if value is None else -value
        if must_be_positive:
            faults.append(NOT_POSITIVE)
    return value, tuple(faults)


def _digits_and_exponent(match: re.Match[str]) -> tuple[str, int]:
    """value = digits x 10^exponent, the digits without leading and trailing zeros (empty for zero)."""
    fraction = match[3] or match[4] or ""
    digits = (match[2] or "") + fraction
    kept = digits.rstrip("0")
    power = (match[6] or "").lstrip("0")
    power = power if len(power) <= _EXPONENT_DIGITS else "9" * _EXPONENT_DIGITS
    exponent = int(power or "0") * (-1 if match[5] == "-" else 1)
    return kept.lstrip("0"), exponent - len(fraction) + len(digits) - len(kept)


_iso = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)?"
).fullmatch

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
_FIRST_INSTANT = (date(1, 1, 1).toordinal() - _EPOCH) * _DAY
_LAST_INSTANT = (date(9999, 12, 31).toordinal() - _EPOCH + 1) * _DAY - 1


def read_instant(token: str) -> Reading:
    """ISO-8601 text, or a number of milliseconds since 1970, in whole microseconds."""
    try:
        micros = _iso_micros(unquote(token)) if token[0] == '"' else _epoch_micros(token)
    except NoText:
        micros = None
    if micros is None or not _FIRST_INSTANT <= micros <= _LAST_INSTANT:
        return None, (BAD_TIMESTAMP,)
    return micros, NO_FAULTS


@lru_cache(maxsize=4096)
def _days(text: str) -> int | None:
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        return None


def _iso_micros(text: str) -> int | None:
    match = _iso(text)
    if not match:
        return None
    day, hours, minutes, seconds, fraction, sign, zone_hours, zone_minutes = match.groups()
    days = _days(day)
    hour, minute, second = int(hours), int(minutes), int(seconds or 0)
    zone_hour, zone_minute = int(zone_hours or 0), int(zone_minutes or 0)
    if days is None or hour > 23 or minute > 59 or second > 59 or zone_hour > 23 or zone_minute > 59:
        return None
    offset = (zone_hour * 60 + zone_minute) * (-1 if sign == "-" else 1)
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return days * _DAY + ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + micros


def _epoch_micros(token: str) -> int | None:
    match = _decimal(token)
    if not match:
        return None
    digits, exponent = _digits_and_exponent(match)
    if not digits:
        return 0
    if len(digits) + exponent > 16:
        return None  # beyond the year 9999, by far
    negative = match[1] == "-"
    shift = exponent + 3
    if shift >= 0:
        return int(digits) * 10**shift * (-1 if negative else 1)
    # Cut towards minus infinity: what is cut off a negative number takes it one further down.
    whole = int(digits[:shift] or "0")
    return -whole - 1 if negative else whole


_CORE = (
    Field("trade_id", "trade_id", read_string),
    Field("symbol", "symbol", read_string),
    Field("price", "price", read_positive_decimal, type=DECIMAL),
    Field("quantity", "quantity", read_positive_decimal, type=DECIMAL),
    Field("traded_at", "timestamp", read_instant, type=INSTANT),
)
EXTENSIONS = ("side", "trader_id", "venue")


def trades(extensions: tuple[str, ...] = ()) -> Conformed:
    """The conformed trade: the seed's columns, then the declared extensions that the silver table has."""
    return Conformed((*_CORE, *(Field(name, name, read_string, required=False) for name in extensions)))


def declared(columns: Iterable[Mapping[str, Any]]) -> Conformed:
    """The conformed trade with the columns of a project's own, each by its name, wire, type, required and positive.

    What is deployed is believed of those alone: the seed's columns are read as its text has them.

    Raises:
        ValueError: when a column has a type that no message can be conformed to.
    """
    known = {field.name for field in _CORE}
    return Conformed((*_CORE, *(_own(column) for column in columns if column["name"] not in known)))


_decimal_type = re.compile(r"decimal\(([0-9]+), ?([0-9]+)\)").fullmatch


def _own(column: Mapping[str, Any]) -> Field:
    name, wire, kind, required = (column[key] for key in ("name", "wire", "type", "required"))
    if kind == "string":
        return Field(name, wire, read_string, required)
    if kind == "timestamptz":
        return Field(name, wire, read_instant, required, INSTANT)
    decimal = _decimal_type(kind)
    if not decimal:
        raise ValueError(f"column '{name}' has type {kind}. Use string, decimal(p,s) or timestamptz.")
    precision, scale = int(decimal[1]), int(decimal[2])

    def read(token: str) -> Reading:
        text = _decimal_text(token)
        return _read_any_decimal(text, precision - scale, scale, must_be_positive=column.get("positive", False))

    return Field(name, wire, read, required, pa.decimal128(precision, scale))
