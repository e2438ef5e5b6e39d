"""Values of Iceberg types: made at random, written as Spark SQL, and brought into one form whichever engine read them.

A value is kept by ids, not by names: a struct is ``{field id: value}``, so that what a later schema must show can be
computed from what was written.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any

Json = Any
EPOCH = datetime(2026, 1, 1)

DDL = {"long": "BIGINT", "timestamp": "TIMESTAMP_NTZ", "timestamptz": "TIMESTAMP", "uuid": "STRING"}


class Nulls(Enum):
    """Where a row has no value although it could have one."""

    NOWHERE = auto()
    IN_COLUMNS = auto()
    IN_LEAVES = auto()


def make(kind: Json, chance: random.Random, nulls: Nulls) -> Any:
    """A value of a type."""
    if isinstance(kind, str):
        return _make_primitive(kind, chance)
    if kind["type"] == "struct":
        fields = ((field["id"], field["type"], field["required"]) for field in kind["fields"])
        return {key: _member(inner, required, chance, nulls) for key, inner, required in fields}
    if kind["type"] == "list":
        required = kind["element-required"]
        return [_member(kind["element"], required, chance, nulls) for _ in range(chance.randint(1, 2))]
    keys = [make(kind["key"], chance, Nulls.NOWHERE) for _ in range(chance.randint(1, 2))]
    distinct = {repr(key): key for key in keys}
    return [(key, _member(kind["value"], kind["value-required"], chance, nulls)) for key in distinct.values()]


def _member(kind: Json, required: bool, chance: random.Random, nulls: Nulls) -> Any:
    is_null = nulls is Nulls.IN_COLUMNS or (nulls is Nulls.IN_LEAVES and isinstance(kind, str))
    return None if is_null and not required else make(kind, chance, nulls)


def _make_primitive(kind: str, chance: random.Random) -> Any:
    number = chance.randint(-30_000, 30_000)
    moment = EPOCH + timedelta(hours=number, microseconds=number)
    if decimal := re.fullmatch(r"decimal\(\d+, (\d+)\)", kind):
        return Decimal(number).scaleb(-int(decimal[1]))
    if fixed := re.fullmatch(r"fixed\[(\d+)]", kind):
        return chance.randbytes(int(fixed[1]))
    makers = {
        "boolean": lambda: number % 2 == 0,
        "int": lambda: number,
        "long": lambda: number,
        # A quarter is exact in binary, so that widening shows no digits that were not written.
        "float": lambda: number / 4,
        "double": lambda: number / 4,
        "date": lambda: moment.date(),
        "timestamp": lambda: moment,
        "timestamptz": lambda: moment.replace(tzinfo=UTC),
        "string": lambda: f"s{number}",
        "uuid": lambda: f"00000000-0000-4000-8000-{number & 0xFFFFFFFF:012x}",
        "binary": lambda: chance.randbytes(5),
    }
    return makers[kind]()


def sql(value: Any, kind: Json) -> str:
    """The value as a Spark SQL expression of exactly its type."""
    if value is None:
        return f"CAST(NULL AS {ddl(kind)})"
    if isinstance(kind, str):
        return _sql_primitive(value, kind)
    if kind["type"] == "struct":
        parts = (f"'{field['name']}', {sql(value[field['id']], field['type'])}" for field in kind["fields"])
        return f"named_struct({', '.join(parts)})"
    if kind["type"] == "list":
        return f"array({', '.join(sql(each, kind['element']) for each in value)})"
    entries = (f"{sql(key, kind['key'])}, {sql(each, kind['value'])}" for key, each in value)
    return f"map({', '.join(entries)})"


def _sql_primitive(value: Any, kind: str) -> str:
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, datetime):
        return f"CAST('{value.isoformat(' ')}' AS {ddl(kind)})"
    return f"CAST('{value}' AS {ddl(kind)})"


def ddl(kind: Json) -> str:
    """The type as Spark SQL writes it."""
    if isinstance(kind, str):
        return "BINARY" if kind.startswith("fixed") else DDL.get(kind, kind)
    if kind["type"] == "struct":
        fields = (f"`{field['name']}`: {ddl(field['type'])}" for field in kind["fields"])
        return f"STRUCT<{', '.join(fields)}>"
    if kind["type"] == "list":
        return f"ARRAY<{ddl(kind['element'])}>"
    return f"MAP<{ddl(kind['key'])}, {ddl(kind['value'])}>"


def canonical(value: Any, kind: Json) -> Any:
    """What an engine has read, in a form that is equal exactly when the values are."""
    if value is None:
        return None
    if isinstance(kind, str):
        return _canonical_primitive(value, kind)
    if kind["type"] == "struct":
        members = list(value.values()) if isinstance(value, dict) else list(value)
        return tuple(canonical(each, field["type"]) for each, field in zip(members, kind["fields"], strict=True))
    if kind["type"] == "list":
        return tuple(canonical(each, kind["element"]) for each in value)
    entries = _entries(value)
    pairs = [(canonical(key, kind["key"]), canonical(each, kind["value"])) for key, each in entries]
    return tuple(sorted(pairs, key=repr))


def _entries(value: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(value, dict):
        return value
    # DuckDB gives a map whose keys cannot be a dict's as two lists.
    if set(value) == {"key", "value"} and isinstance(value["key"], list):
        return zip(value["key"], value["value"], strict=True)
    return value.items()


def _canonical_primitive(value: Any, kind: str) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return f"{value.normalize() + 0:f}"
    if kind in ("float", "double"):
        return float(value)
    return value if isinstance(value, bool | int) and kind != "string" else str(value)
