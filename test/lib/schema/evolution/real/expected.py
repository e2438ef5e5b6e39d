"""What a table must show, computed from what was written and from nothing that any engine or the library says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import values

Json = Any


LOST = "a value that its new type cannot hold"


def project(row: Any, schema: Json, lineage: dict[int, int | None]) -> Any:
    """A written row as a later schema shows it, in the canonical form.

    ``lineage`` tells where a column of the later schema comes from when that is not the column with the same id: from
    another one, or (None) from nowhere, because it is meant as a new one.
    """
    everywhere = dict(_members(row))

    def value(written: Any, kind: Json) -> Any:
        if written is None:
            return None
        if isinstance(kind, str):
            return LOST if isinstance(written, dict | list) else values.canonical(written, kind)
        if kind["type"] == "struct":
            return tuple(member(written, field) for field in kind["fields"]) if isinstance(written, dict) else LOST
        if not isinstance(written, list):
            return LOST
        if kind["type"] == "list":
            return tuple(value(each, kind["element"]) for each in written)
        return tuple(sorted(((value(key, kind["key"]), value(each, kind["value"])) for key, each in written), key=repr))

    def member(struct: dict[int, Any], field: Json) -> Any:
        source = lineage.get(field["id"], field["id"])
        # Who moves a field to another struct means its values to come along.
        return None if source is None else value(struct.get(source, everywhere.get(source)), field["type"])

    return value(row, schema)


def _members(value: Any) -> Iterator[tuple[int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
        for each in value.values():
            yield from _members(each)


def nulls_where_required(row: Any, kind: Json) -> list[str]:
    """Paths at which a canonical row has no value although its type promises one."""
    if row is None or isinstance(kind, str):
        return []
    if kind["type"] == "struct":
        found = []
        for value, field in zip(row, kind["fields"], strict=True):
            if value is None and field["required"]:
                found.append(field["name"])
            found += nulls_where_required(value, field["type"])
        return found
    if kind["type"] == "list":
        members = [(each, kind["element"], kind["element-required"]) for each in row]
    else:
        members = [(each, kind["value"], kind["value-required"]) for _, each in row]
    return [
        path
        for each, inner, required in members
        for path in (["element"] if each is None and required else nulls_where_required(each, inner))
    ]
