"""Turns the messages of a source into records as they would stand on the wire, as the source's mapping says.

A mapping is data (``mappings`` of the conform spec, rendered from ``sources/<name>.yaml``; docs/sources.md has the
reference). What comes out is judged by the same rules as a record that needs no mapping, so nothing here decides what
is valid: a value that cannot be read is left for the rules to name.

Paths lead to a value: ``a.b``, ``[0]``, ``data[2].x``, ``["odd name"]`` from the record, ``$.a``, ``$[1]`` from the
whole message. ``$source`` stands for where the message came from, ``$index`` for the record's place in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from exact_json import Integer, Number, decode, is_text


class MappingError(ValueError):
    """A mapping cannot be used; the message names it and what is wrong."""


Record = dict[str, Any]
"""Wire field to its value, as exact_json reads one."""


class _Absent:
    """Stands for a value that is not there. A class, for Spark sends classes by name and any other object as a copy."""


# Neither text nor a number: no instant.
_NO_INSTANT = True

_STEP = re.compile(r"""\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]{1,9})\]|\["([^"\]]+)"\]""")
_DECIMAL = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[eE]([+-]?[0-9]+))?")
# An exponent of more digits than this only has to stay beyond every text's length.
_EXPONENT_DIGITS = 18
_TO_MILLISECONDS = {"s": 3, "ms": 0, "us": -3, "ns": -6}


@dataclass(frozen=True)
class _Place:
    """Where a record was found."""

    source: str | None
    message: Any
    index: int
    record: Any


@dataclass(frozen=True)
class _Path:
    """The way to a value."""

    start: str
    steps: tuple[str | int, ...]

    @staticmethod
    def parse(text: str) -> _Path:
        if text in ("$source", "$index"):
            return _Path(text, ())
        rest = text[1:] if text.startswith("$") else text if text.startswith("[") else f".{text}"
        steps: list[str | int] = []
        end = 0
        while end < len(rest) and (step := _STEP.match(rest, end)):
            name, index, quoted = step.groups()
            steps.append(int(index) if index else name or quoted)
            end = step.end()
        if end < len(rest) or not text:
            raise MappingError(f"'{text}' is not a path; write for example a.b, [0] or $.a")
        return _Path("$" if text.startswith("$") else "", tuple(steps))

    def find(self, place: _Place) -> Any:
        if self.start == "$source":
            return place.source
        if self.start == "$index":
            return Integer(place.index)
        return self.follow(place.message if self.start else place.record)

    def follow(self, value: Any) -> Any:
        for step in self.steps:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else _Absent
            else:
                value = value.get(step, _Absent) if isinstance(value, dict) else _Absent
            if value is _Absent:
                break
        return value


Reader = Callable[[_Place], Any]


def _reader(spec: dict[str, Any]) -> Reader:
    """Reads one field of a record: a constant, a template, or a value at a path and what is to be done with it."""
    if "constant" in spec:
        return lambda _: spec["constant"]
    if "template" in spec:
        return _template(spec["template"])
    path = _Path.parse(spec["path"])
    change: Callable[[Any], Any] | None = None
    if "values" in spec:
        values = spec["values"]
        change = lambda value: values.get(_plain_text(value))  # noqa: E731
    elif "scale" in spec:
        places = -spec["scale"]
        # What is no number stays as it is, and is named by the rule for decimals.
        change = lambda value: _shifted(value, places) or value  # noqa: E731
    elif "epoch" in spec:
        milliseconds = _TO_MILLISECONDS[spec["epoch"]]
        change = lambda value: _shifted(value, milliseconds) or _NO_INSTANT  # noqa: E731

    def read(place: _Place) -> Any:
        value = path.find(place)
        if value is _Absent or value is None or value == "":
            return None
        return change(value) if change else value

    return read


def _template(text: str) -> Reader:
    parts = re.split(r"\{([^{}]*)\}", text)
    literals, paths = parts[::2], [_Path.parse(part) for part in parts[1::2]]

    def read(place: _Place) -> str | None:
        values = [path.find(place) for path in paths]
        # Only what is text, or a whole number, makes part of an identity; one part that is missing, and there is none.
        if any(not isinstance(v, str) or isinstance(v, Number) or v == "" or not is_text(v) for v in values):
            return None
        return literals[0] + "".join(value + literal for value, literal in zip(values, literals[1:], strict=True))

    return read


def _shifted(value: Any, places: int) -> Number | None:
    """A number times 10^places, without calculating; None for what is no number."""
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    sign = "-" if (match[2] or "").startswith("-") else ""
    digits = (match[2] or "").lstrip("+-").lstrip("0") or "0"
    exponent = digits if len(digits) <= _EXPONENT_DIGITS else "9" * _EXPONENT_DIGITS
    return Number(f"{match[1]}e{int(sign + exponent) + places}")


def _plain_text(value: Any) -> str | None:
    """How a scalar is written in YAML as the key of a table."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if isinstance(value, str) else None


@dataclass(frozen=True)
class _Condition:
    """What a message must have at a path: one of some scalars, or anything at all."""

    path: _Path
    values: frozenset[tuple[str, str | None]] | None

    @staticmethod
    def of(spec: dict[str, Any]) -> _Condition:
        values = frozenset(map(_kind_and_text, spec["is"])) if "is" in spec else None
        return _Condition(_Path.parse(spec["path"]), values)

    def holds(self, message: Any) -> bool:
        value = self.path.follow(message)
        return value is not _Absent and (self.values is None or _kind_and_text(value) in self.values)


def _kind_and_text(value: Any) -> tuple[str, str | None]:
    """The number 1 is not the text "1". A spec has numbers as numbers, a message has them as text of their own kind."""
    number = isinstance(value, (Integer, Number)) or (isinstance(value, int) and not isinstance(value, bool))
    return "number" if number else type(value).__name__, str(value) if number else _plain_text(value)


class Mapping:
    """One source: which messages are its own, and the records in them."""

    def __init__(self, spec: dict[str, Any]) -> None:
        try:
            self.prefix = spec.get("prefix", "")
            self._ignore = [_Condition.of(condition) for condition in spec.get("ignore", [])]
            self._when = [_Condition.of(condition) for condition in spec.get("when", [])]
            self._each = _Path.parse(spec["each"]) if "each" in spec else None
            self._readers = {field: _reader(reading) for field, reading in spec["fields"].items()}
        except (MappingError, KeyError) as error:
            raise MappingError(f"mapping '{spec.get('name')}': {error}") from error

    def records(self, message: Any, source: str | None) -> list[Record | None] | None:
        """The records of a message, None for one that cannot be read; none at all for a message of another kind.

        None when the message is not this source's.
        """
        if any(condition.holds(message) for condition in self._ignore):
            return []
        if not all(condition.holds(message) for condition in self._when):
            return None
        found = [message] if self._each is None else self._each.follow(message)
        if not isinstance(found, list):
            return [None]
        return [self._record(_Place(source, message, index, record)) for index, record in enumerate(found)]

    def _record(self, place: _Place) -> Record | None:
        if not isinstance(place.record, (dict, list)):
            return None
        return {field: read(place) for field, read in self._readers.items()}


class Mapper:
    """The mappings of a conform spec, tried in order."""

    def __init__(self, specs: Sequence[dict[str, Any]]) -> None:
        self._mappings = [Mapping(spec) for spec in specs]

    def covers(self, source: str | None) -> bool:
        """Whether messages from there need a mapping."""
        return any((source or "").startswith(mapping.prefix) for mapping in self._mappings)

    def records(self, text: str | None, source: str | None) -> list[Record | None]:
        """The records of a message (see Mapping.records); one that cannot be read when no mapping knows it."""
        try:
            message = None if text is None else decode(text)
        except ValueError:
            message = None
        if isinstance(message, (dict, list)):
            for mapping in self._mappings:
                if (source or "").startswith(mapping.prefix):
                    records = mapping.records(message, source)
                    if records is not None:
                        return records
        return [None]
