"""Reads JSON and keeps every number as the very text that stands in it."""

from __future__ import annotations

import json
import re
from typing import Any

# RFC 8259 lets a parser limit the depth. A limit of our own is the same in every version of Python, and far from where
# the recursion of its decoder ends.
_MOST_NESTED = 128

# A string without end reaches to the end of the text, so that none is begun within it again and again.
_BRACKET_OR_STRING = re.compile(r'[][{}]|"(?:[^"\\]|\\.)*+"?', re.DOTALL)


class Integer(str):
    """The text of a JSON number without fraction and exponent."""


class Number(str):
    """The text of any other JSON number."""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_int=Integer, parse_float=Number, parse_constant=_refuse_constant)


def decode(text: str) -> Any:
    """The JSON value; of a name that comes twice the last one counts. Raises ValueError for anything else."""
    if _nests_too_deep(text):
        raise ValueError(f"nested deeper than {_MOST_NESTED} levels")
    return _DECODER.decode(text)


def is_text(value: str) -> bool:
    """Whether it can be stored as UTF-8: half of a surrogate pair can be escaped in JSON, but is no text."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _nests_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= _MOST_NESTED:
        return False
    depth = 0
    for token in _BRACKET_OR_STRING.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > _MOST_NESTED:
                return True
        elif token[0] in "]}":
            depth -= 1
    return False
