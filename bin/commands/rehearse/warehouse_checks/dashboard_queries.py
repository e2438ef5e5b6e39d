"""Judges the queries of dashboards: tables that will be there, columns that they have, what a chart draws."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .known_columns import KnownColumns

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_TAG = re.compile(r"\{\{\s*\w+\s*\}\}")


def dashboard_problems(folder: Path, titles: list[str] | None, known: KnownColumns) -> Iterator[str]:
    """A line for each problem of the dashboards that are provisioned: file, line, sentence."""
    for file in sorted(folder.glob("*.yaml")):
        document = yaml.compose(file.read_text(), Loader=yaml.SafeLoader)
        title = _value(document, "title")
        if titles is not None and (title is None or title.value not in titles):
            continue
        for each in _items(document, "filters"):
            yield from (f"{file.name}:{told}" for told in _query_problems(_value(each, "options_sql"), known))
        for card in _items(document, "cards"):
            yield from (f"{file.name}:{told}" for told in _card_problems(card, known))


def _card_problems(card: Any, known: KnownColumns) -> Iterator[str]:
    sql = _value(card, "sql")
    problems = list(_query_problems(sql, known))
    yield from problems
    _, columns = known.judge(_filled(sql.value))
    if problems or columns is None:
        return
    series = _value(card, "series")
    for drawn in [_value(card, "x"), *_items(card, "y"), series]:
        if drawn is not None and drawn.value.lower() not in columns:
            line = drawn.start_mark.line + 1
            yield f"{line}: the query of the card gives no column '{drawn.value}'; it gives {', '.join(columns)}"


def _query_problems(sql: Any, known: KnownColumns) -> Iterator[str]:
    """With every filter set, and with none."""
    if sql is None:
        return
    # A block begins below its sign; what stands on one line begins there.
    first = sql.start_mark.line + (2 if sql.style in ("|", ">") else 1)
    told: dict[str, None] = {}
    for query in (_filled(sql.value), _OPTIONAL.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), sql.value)):
        for problem in known.table_problems(query) or known.judge(query)[0]:
            told[f"{first + problem.line - 1}: {problem.sentence}"] = None
    yield from told


def _filled(sql: str) -> str:
    """The query with a value in the place of each filter; its lines stay where they are."""
    return _TAG.sub("null", sql.replace("[[", "  ").replace("]]", "  "))


def _value(node: Any, key: str) -> Any:
    return next((value for name, value in node.value if name.value == key), None)


def _items(node: Any, key: str) -> list[Any]:
    found = _value(node, key)
    return [] if found is None else found.value
