"""Turns the raw payload of a record into typed columns and the reasons why it is not valid.

Driven by the conform spec that ``RecordSchema.toConformSpec()`` renders. Numbers are read as the exact text that
stands in the JSON, never through a double, so Spark's own ``from_json`` and ``get_json_object`` do not serve here.

Two paths give the same answer. ``_Record`` judges one payload at a time and knows every rule. ``_Shape`` is a regular
expression for payloads that are certainly valid and written alike (same keys, same order); Arrow runs it over a whole
batch, about ten times as fast. What a shape does not match is judged one at a time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from exact_json import Integer, Number, decode, is_text
from mapping import Mapper, MappingError, Record

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PAYLOAD_COLUMN = "raw_payload"
SOURCE_COLUMN = "source"

# Codes stand in this order, and in column order within a code.
_CODE_ORDER = ("malformed", "missing", "not_decimal", "scale", "overflow", "not_positive", "bad_timestamp")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_MICROS = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST_MICROS = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - _EPOCH) // _MICROSECOND


class SpecError(ValueError):
    """The conform spec asks for something that this module cannot do."""


_DECIMAL = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?")
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)?"
)


class _Exact(NamedTuple):
    """sign * digits * 10^exponent; digits has no zero at either end, zero is ('', 0)."""

    negative: bool
    digits: str
    exponent: int

    @property
    def magnitude(self) -> int:
        """The number of digits before the decimal point; at most 0 for what is below 1."""
        return len(self.digits) + self.exponent

    def scaled(self, places: int) -> int:
        """The value times 10^places, cut towards minus infinity."""
        shift = self.exponent + places
        # Digits that are cut are never converted: int() refuses very long texts.
        kept = int((self.digits if shift >= 0 else self.digits[:shift]) or "0") * 10 ** max(shift, 0)
        if not self.negative:
            return kept
        return -kept - 1 if shift < 0 else -kept


def _exact(text: str) -> _Exact | None:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction, bare_fraction, exponent = match.groups()
    fraction = fraction or bare_fraction or ""
    digits = ((whole or "") + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return _Exact(False, "", 0)
    shift = len(digits) - len(significant) - len(fraction)
    return _Exact(sign == "-", significant, shift + _bounded_exponent(exponent))


def _bounded_exponent(text: str | None) -> int:
    # Payloads are at most megabytes long: beyond 10^18 the sign alone decides, and int() refuses very long texts.
    if not text:
        return 0
    digits = text.lstrip("+-").lstrip("0")
    size = int(digits or "0") if len(digits) <= 18 else 10**18
    return -size if text[0] == "-" else size


@dataclass(frozen=True)
class Field:
    """One column of the record: where its value comes from and what makes it invalid."""

    name: str
    wire: str
    type: str
    required: bool = False
    positive: bool = False

    @cached_property
    def decimal(self) -> tuple[int, int] | None:
        match = re.fullmatch(r"decimal\((\d+), ?(\d+)\)", self.type)
        return (int(match[1]), int(match[2])) if match else None

    @cached_property
    def _plain(self) -> re.Pattern[str]:
        """Decimal texts that fit as they are; the first group holds a digit other than zero, if there is one."""
        precision, scale = self.decimal or (0, 0)
        return re.compile(rf"(?=[0.]*([1-9])?)[0-9]{{1,{max(precision - scale, 1)}}}(?:\.[0-9]{{1,{max(scale, 1)}}})?")

    @property
    def arrow_type(self) -> pa.DataType:
        if self.type == "string":
            return pa.string()
        if self.type == "timestamptz":
            return pa.timestamp("us", tz="UTC")
        if self.decimal:
            return pa.decimal128(*self.decimal)
        raise SpecError(
            f"column '{self.name}' has type {self.type}, which cannot be conformed yet. "
            "Use string, decimal(p, s) or timestamptz."
        )

    @property
    def spark_type(self) -> str:
        return {"string": "STRING", "timestamptz": "TIMESTAMP"}.get(self.type, self.type.upper())

    def read(self, value: Any) -> tuple[Any, tuple[str, ...]]:
        """The column's value and the codes that the JSON value deserves."""
        if value is None or (value == "" and isinstance(value, str)):
            return None, ("missing",) if self.required else ()
        if self.type == "string":
            return self._read_string(value)
        return self._read_decimal(value) if self.decimal else _read_timestamp(value)

    def _read_string(self, value: Any) -> tuple[str | None, tuple[str, ...]]:
        if isinstance(value, str) and not isinstance(value, Number) and is_text(value):
            return str(value), ()
        return None, ("missing",) if self.required else ()

    def _read_decimal(self, value: Any) -> tuple[Decimal | None, tuple[str, ...]]:
        precision, scale = self.decimal or (0, 0)
        # Nearly every value is plain digits; the rules below would say the same of it, only later.
        if isinstance(value, str) and (plain := self._plain.fullmatch(value)) and (plain[1] or not self.positive):
            return Decimal(value), ()
        exact = _exact(value) if isinstance(value, str) else None
        if exact is None:
            return None, ("not_decimal",)
        lost = tuple(
            code
            for code, holds in (
                ("scale", exact.exponent < -scale),
                ("overflow", exact.digits != "" and exact.magnitude > precision - scale),
            )
            if holds
        )
        sign = ("not_positive",) if self.positive and (exact.negative or not exact.digits) else ()
        return None if lost else Decimal(f"{exact.scaled(scale)}E-{scale}"), lost + sign


_BAD_TIMESTAMP = (None, ("bad_timestamp",))


def _read_timestamp(value: Any) -> tuple[int | None, tuple[str, ...]]:
    """Microseconds since 1970 in UTC, from ISO-8601 or from a JSON number of milliseconds."""
    if isinstance(value, (Integer, Number)):
        micros = _epoch_micros(value)
    else:
        micros = _iso_micros(value) if isinstance(value, str) else None
    if micros is None or not _FIRST_MICROS <= micros <= _LAST_MICROS:
        return _BAD_TIMESTAMP
    return micros, ()


def _epoch_micros(text: str) -> int | None:
    exact = _exact(text)
    if exact is None or exact.magnitude > 15:
        return None
    if exact.magnitude < -3:
        return -1 if exact.negative else 0
    return exact.scaled(3)


def _iso_micros(text: str) -> int | None:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, _, sign, offset_hours, offset_minutes = match.groups()
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    if offset >= timedelta(days=1) or int(offset_minutes or 0) > 59:
        return None
    try:
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
    seconds = (local - _EPOCH) - (-offset if sign == "-" else offset)
    return seconds // _MICROSECOND + int((fraction or "").ljust(6, "0")[:6])


@dataclass(frozen=True)
class _Shape:
    """Payloads with the same keys in the same order whose values need no closer look; valid whenever they match."""

    pattern: str
    columns: tuple[str, ...]

    @staticmethod
    def of(values: dict[str, Any], fields: Sequence[Field]) -> _Shape | None:
        """The shape of a valid record, or None when it is of no regular kind."""
        by_wire = {field.wire: field for field in fields}
        members, columns = [], []
        for key, value in values.items():
            if not is_text(key) or re.search(r'["\\\x00-\x1f]', key) or not isinstance(value, (str, bool, NoneType)):
                return None
            pattern = _ANY_SCALAR
            if field := by_wire.get(key):
                pattern = f"(?P<f{len(columns)}>{_regular_value(field)})"
                columns.append(field.name)
            members.append(f'"{re.escape(key)}"{_BLANK}:{_BLANK}{pattern}')
        body = f"{_BLANK},{_BLANK}".join(members)
        return _Shape(rf"\A{_BLANK}\{{{_BLANK}{body}{_BLANK}\}}{_BLANK}\z", tuple(columns))

    def match(self, payloads: pa.Array, fields: Sequence[Field]) -> tuple[pa.Array, list[pa.Array]]:
        """Which payloads match, and the columns of those that do."""
        groups = pc.extract_regex(payloads, self.pattern)
        hit = groups.is_valid()
        columns = []
        for field in fields:
            place = self.columns.index(field.name) if field.name in self.columns else None
            column = None if place is None else _typed(pc.struct_field(groups, place), field)
            if field.positive and column is not None:
                hit = pc.and_(hit, pc.fill_null(pc.greater(column, pa.scalar(0, field.arrow_type)), False))
            columns.append(column)
        count = hit.true_count
        return hit, [
            pa.nulls(count, field.arrow_type) if column is None else column.filter(hit)
            for field, column in zip(fields, columns, strict=True)
        ]


_BLANK = r"[ \t\r\n]*"
_PLAIN_STRING = r'"[^"\\\x00-\x1f]*"'
_JSON_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_ANY_SCALAR = f"(?:{_PLAIN_STRING}|{_JSON_NUMBER}|true|false|null)"
# Days that exist in every year; 29 February is left to the slow path.
_DAY = r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_MINUTE = "[0-5][0-9]"
_HOUR = "(?:[01][0-9]|2[0-3])"
# In years whose neighbours exist, too, whatever the offset.
_ISO = (
    rf"[1-8][0-9]{{3}}-{_DAY}[Tt ]{_HOUR}:{_MINUTE}(?::{_MINUTE}(?:[.,][0-9]{{1,9}})?)?"
    rf"(?:[Zz]|[+-]{_HOUR}(?::?{_MINUTE})?)?"
)
_MILLIS = r"[1-9][0-9]{0,13}(?:\.[0-9]{1,3})?"


def _regular_value(field: Field) -> str:
    """The texts of a JSON value that are certainly valid, in quotes where they have some."""
    if field.type == "string":
        return r'"[^"\\\x00-\x1f]+"|0|[1-9][0-9]{0,17}'
    if field.type == "timestamptz":
        return f'"{_ISO}"|{_MILLIS}'
    precision, scale = field.decimal or (0, 0)
    # A precision that the scale uses up leaves no digit before the point; one digit must stand there, a zero.
    whole = precision - scale
    digits = (f"[0-9]{{1,{whole}}}", f"(?:0|[1-9][0-9]{{0,{whole - 1}}})") if whole else ("0+", "0")
    fraction = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
    return f'"{digits[0]}{fraction}"|{digits[1]}{fraction}'


def _typed(texts: pa.Array, field: Field) -> pa.Array:
    """The values of matched groups, which :func:`_regular_value` describes; null stays null."""
    if field.type != "timestamptz":
        return pc.utf8_trim(texts, '"').cast(field.arrow_type)
    quoted = pc.starts_with(texts, '"')
    millis = pc.if_else(quoted, None, texts).cast(pa.decimal128(17, 3))
    iso = _canonical(pc.utf8_trim(pc.if_else(quoted, texts, None), '"')).cast(field.arrow_type)
    return pc.coalesce(iso, pc.multiply(millis, 1000).cast(pa.int64()).cast(field.arrow_type))


# What makes an ISO text unreadable to Arrow, and what to write instead: T and Z, seconds, at most six digits, a zone.
_REWRITES = (
    (r"^(.{10})t", r"\1T"),
    ("z$", "Z"),
    (r"^(.{16})([Z+-]|$)", r"\1:00\2"),
    (r"^(.{19})[.,]([0-9]{1,6})[0-9]*", r"\1.\2"),
    (r"^(.{19}[.0-9]*)$", r"\1Z"),
)
_CANONICAL = r"^.{10}[T ].{5}:.{2}(\.[0-9]{1,6})?(Z|[+-][0-9:]+)$"


def _canonical(texts: pa.Array) -> pa.Array:
    """ISO-8601 as Arrow reads it."""
    odd = pc.invert(pc.fill_null(pc.match_substring_regex(texts, _CANONICAL), True))
    if not odd.true_count:
        return texts
    mended = texts.filter(odd)
    for pattern, replacement in _REWRITES:
        mended = pc.replace_substring_regex(mended, pattern, replacement)
    return pc.replace_with_mask(texts, odd, mended)


# How many payloads tell the shapes, how common a shape must be to be worth its regular expression, how many there may
# be, and how much of a batch may fit none before the rest is looked at for others.
_SAMPLE = 1024
_COMMON_SHARE = 0.005
_MOST_SHAPES = 16
_IRREGULAR_SHARE = 0.125


# How many records of mapped messages make a batch, about: one message may have very many.
_MAPPED_BATCH = 20_000


class Conformer:
    """Conforms batches of raw payloads to the columns of a conform spec."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.fields = tuple(
            Field(f["name"], f["wire"], f["type"], f.get("required", False), f.get("positive", False))
            for f in spec["fields"]
        )
        self._types = [field.arrow_type for field in self.fields]
        self._shapes: list[_Shape] = []
        try:
            self._mapper = Mapper(spec["mappings"]) if spec.get("mappings") else None
        except MappingError as error:
            raise SpecError(str(error)) from error

    @property
    def spark_type(self) -> str:
        """The conformed record as Spark's STRUCT: the columns, then is_valid and validation_errors."""
        columns = [f"`{field.name}`: {field.spark_type}" for field in self.fields]
        return f"STRUCT<{', '.join([*columns, 'is_valid: BOOLEAN', 'validation_errors: ARRAY<STRING>'])}>"

    def conformed(self, frame: DataFrame) -> DataFrame:
        """A frame's rows with ``position``, ``payload_hash`` and ``record`` for ``raw_payload``: see append_to."""
        kept = [field for field in frame.schema.fields if field.name != PAYLOAD_COLUMN]
        columns = [f"`{field.name}` {field.dataType.simpleString()}" for field in kept]
        added = ["position INT", "payload_hash BINARY", f"record {self.spark_type}"]
        return frame.mapInArrow(self.append_to, ", ".join([*columns, *added]))

    def append_to(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """For ``DataFrame.mapInArrow``: each batch with ``position``, ``payload_hash`` and ``record`` instead of
        ``raw_payload``. Where a mapping applies, a message becomes as many rows as it has records, and one without a
        record (NULL) when it is of another kind; ``position`` counts the records of a message.

        The payload itself does not travel back to Spark: it is most of the bytes, and only its hash is asked for later.
        """
        for batch in batches:
            if self._mapper is None:
                yield self._appended(batch)
                continue
            covered = pa.array([self._mapper.covers(source) for source in batch.column(SOURCE_COLUMN).to_pylist()])
            yield self._appended(batch.filter(pc.invert(covered)))
            yield from self._mapped(batch.filter(covered), self._mapper)

    def _appended(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        payloads = batch.column(PAYLOAD_COLUMN)
        positions = pa.repeat(pa.scalar(0, pa.int32()), len(batch))
        return _with_columns(batch, positions, _hashes(payloads), self.conform(payloads))

    def _mapped(self, batch: pa.RecordBatch, mapper: Mapper) -> Iterator[pa.RecordBatch]:
        payloads = batch.column(PAYLOAD_COLUMN)
        hashes = _hashes(payloads)
        texts = _decode(payloads.cast(pa.binary()))[0].to_pylist()
        parents, positions, records = [], [], []
        for place, (text, source) in enumerate(zip(texts, batch.column(SOURCE_COLUMN).to_pylist(), strict=True)):
            for position, record in enumerate(mapper.records(text, source) or [_OTHER_KIND]):
                parents.append(place)
                positions.append(position)
                records.append(record)
            if len(records) >= _MAPPED_BATCH or place + 1 == len(texts):
                yield _with_columns(
                    batch.take(pa.array(parents, pa.int64())),
                    pa.array(positions, pa.int32()),
                    hashes.take(pa.array(parents, pa.int64())),
                    self._conform_records(records),
                )
                parents, positions, records = [], [], []

    def _conform_records(self, records: Sequence[Record | None]) -> pa.StructArray:
        _, *columns, errors = self._judge(pa.array(range(len(records)), pa.int64()), records)
        other = pa.array([record is _OTHER_KIND for record in records], pa.bool_())
        return self._struct(columns, errors, other)

    def conform(self, payloads: pa.Array) -> pa.StructArray:
        """The conformed records of a batch of payloads (text or binary), in the same order."""
        texts, broken = _decode(payloads.cast(pa.binary()))
        parts = [self._judge(pa.array(broken, pa.int64()), ({} for _ in broken), malformed=True)] if broken else []
        todo = pc.indices_nonzero(texts.is_valid()).cast(pa.int64())
        if not self._shapes:
            self._learn(texts, todo)
        for shape in self._shapes:
            todo = self._match(shape, texts, todo, parts)
        if len(todo):
            parts.append(self._judge(todo, (_parse(text) for text in texts.take(todo).to_pylist())))
        if len(todo) > len(texts) * _IRREGULAR_SHARE:
            self._learn(texts, todo)
        *columns, errors = self._in_order(parts)
        return self._struct(columns, errors)

    def _struct(self, columns: list[pa.Array], errors: pa.Array, absent: pa.Array | None = None) -> pa.StructArray:
        is_valid = pc.equal(pc.list_value_length(errors), 0)
        names = [*(field.name for field in self.fields), "is_valid", "validation_errors"]
        return pa.StructArray.from_arrays([*columns, is_valid, errors], names=names, mask=absent)

    def _match(self, shape: _Shape, texts: pa.Array, todo: pa.Array, parts: list[list[pa.Array]]) -> pa.Array:
        hit, columns = shape.match(texts.take(todo), self.fields)
        places = todo.filter(hit)
        no_errors = pa.ListArray.from_arrays(pa.array([0] * (len(places) + 1), pa.int32()), pa.array([], pa.string()))
        parts.append([places, *columns, no_errors])
        return todo.filter(pc.invert(hit))

    def _learn(self, texts: pa.Array, places: pa.Array) -> None:
        """The shapes that are common at the places will be tried first on everything that comes."""
        if len(places) < _SAMPLE:
            return
        sample = texts.take(places[:: len(places) // _SAMPLE]).to_pylist()
        shapes: Counter[_Shape] = Counter()
        for record in map(_parse, sample):
            shape = _Shape.of(record, self.fields) if record is not None and not self._read(record)[1] else None
            if shape:
                shapes[shape] += 1
        common = [shape for shape, count in shapes.most_common() if count >= len(sample) * _COMMON_SHARE]
        self._shapes += [shape for shape in common if shape not in self._shapes][: _MOST_SHAPES - len(self._shapes)]

    def _judge(
        self, places: pa.Array, records: Iterable[dict[str, Any] | None], malformed: bool = False
    ) -> list[pa.Array]:
        rows, errors = [], []
        for record in records:
            values, codes = self._read(None if malformed else record)
            rows.append(values)
            errors.append(codes)
        columns = [pa.array(column, type_) for column, type_ in zip(zip(*rows, strict=True), self._types, strict=True)]
        return [places, *columns, pa.array(errors, pa.list_(pa.string()))]

    def _read(self, record: dict[str, Any] | None) -> tuple[list[Any], list[str]]:
        if record is None:
            return [None] * len(self.fields), ["malformed"]
        values: list[Any] = []
        found: list[tuple[int, str]] = []
        for field in self.fields:
            value, codes = field.read(record.get(field.wire))
            values.append(value)
            for code in codes:
                name = code if code == "bad_timestamp" else f"{code}:{field.wire}"
                found.append((_CODE_ORDER.index(code), name))
        # Sorting is stable: within a code the columns keep their order.
        return values, list(dict.fromkeys(name for _, name in sorted(found, key=lambda pair: pair[0])))

    def _in_order(self, parts: list[list[pa.Array]]) -> list[pa.Array]:
        types = [pa.int64(), *self._types, pa.list_(pa.string())]
        merged = [
            pa.concat_arrays([part[i] for part in parts]) if parts else pa.array([], types[i])
            for i in range(len(types))
        ]
        order = pc.sort_indices(merged[0])
        return [column.take(order) for column in merged[1:]]


# Stands for a message that has no record, and is judged like an empty one, to no effect.
_OTHER_KIND: Record = {}


def _with_columns(batch: pa.RecordBatch, positions: pa.Array, hashes: pa.Array, records: pa.Array) -> pa.RecordBatch:
    kept = [name for name in batch.schema.names if name != PAYLOAD_COLUMN]
    columns = [*(batch.column(name) for name in kept), positions, hashes, records]
    return pa.RecordBatch.from_arrays(columns, names=[*kept, "position", "payload_hash", "record"])


def _hashes(payloads: pa.Array) -> pa.Array:
    """SHA-256 of each payload; null of null."""
    values = payloads.cast(pa.binary()).to_pylist()
    return pa.array([None if value is None else sha256(value).digest() for value in values], pa.binary())


def _decode(payloads: pa.Array) -> tuple[pa.Array, list[int]]:
    """The payloads as text, and the places of those that are null or not UTF-8."""
    texts = pa.concat_arrays(
        [_texts(payloads.slice(i, _DECODED)) for i in range(0, len(payloads), _DECODED)] or [_texts(payloads)]
    )
    return texts, pc.indices_nonzero(texts.is_null()).to_pylist()


# One payload that is not UTF-8 makes Arrow refuse all that are decoded with it.
_DECODED = 128


def _texts(payloads: pa.Array) -> pa.Array:
    try:
        return payloads.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_utf8(payload) for payload in payloads.to_pylist()], pa.string())


def _utf8(payload: bytes | None) -> str | None:
    try:
        return None if payload is None else payload.decode()
    except UnicodeDecodeError:
        return None


def _parse(text: str) -> dict[str, Any] | None:
    try:
        value = decode(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
