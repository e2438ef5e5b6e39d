"""What a table must show, computed from what was written and from nothing that any engine or the library says."""

from __future__ import annotations

from typing import Any

import values

Json = Any


def project(value: Any, kind: Json, lineage: dict[int, int | None]) -> Any:
    """A written value as a later type shows it, in the canonical form.

    ``lineage`` tells where a column of the later type comes from when that is not the column with the same id: from
    another one, or (None) from nowhere, because it is meant as a new one.
    """
    if value is None:
        return None
    if isinstance(kind, str):
        return values.canonical(value, kind)
    if kind["type"] == "struct":
        return tuple(_member(value, field, lineage) for field in kind["fields"])
    if kind["type"] == "list":
        return tuple(project(each, kind["element"], lineage) for each in value)
    pairs = [(project(key, kind["key"], lineage), project(each, kind["value"], lineage)) for key, each in value]
    return tuple(sorted(pairs, key=repr))


def _member(struct: dict[int, Any], field: Json, lineage: dict[int, int | None]) -> Any:
    source = lineage.get(field["id"], field["id"])
    return None if source is None else project(struct.get(source), field["type"], lineage)


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
