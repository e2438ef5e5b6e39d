"""Where a line of rendered SQL, or what a test is about, stands in the files that people write."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class Place:
    """A line of a file, from 1 on, and whether it stands there as it was rendered."""

    line: int
    is_verbatim: bool


def source_line(source: str, rendered: str, line: int) -> Place:
    """The line of a template that a rendered line comes from: the same one, or that of the Jinja that wrote it."""
    ours, theirs = ([each.strip() for each in text.splitlines()] for text in (source, rendered))
    index = min(line, len(theirs)) - 1
    for kind, start, end, other_start, other_end in difflib.SequenceMatcher(
        a=ours, b=theirs, autojunk=False
    ).get_opcodes():
        if other_start <= index < other_end:
            offset = index - other_start
            return Place(min(start + offset, max(end - 1, start)) + 1, kind == "equal")
    return Place(max(len(ours), 1), False)


def line_of_word(text: str, word: str) -> int:
    """The first line that has a word; the first of all when none has."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if word in line), 1)


def line_of_column(text: str, model: str, column: str | None) -> int:
    """Where a file of properties describes a column of a model; the model, when it is not about a column."""
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    found = _named(_entries(document, "models"), model)
    if found is None:
        return 1
    described = None if column is None else _named(_entries(found, "columns"), column)
    return (described or found).start_mark.line + 1


def _entries(node: Any, key: str) -> list[Any]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value.value for name, value in pairs if name.value == key), [])


def _named(nodes: list[Any], name: str) -> Any:
    for node in nodes:
        if any(key.value == "name" and value.value == name for key, value in node.value):
            return node
    return None
