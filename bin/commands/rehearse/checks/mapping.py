"""What the messages of a source must look like in silver, by the mapping that was deployed with it.

Reads the mapping as docs/sources.md describes it, with nothing of the code that the deployed job reads it with.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .conform import Conformed
from .wire import NotARecord, NoText, Tree, read_tree, unquote

_DIGITS_OF_EPOCH = {"s": 3, "ms": 0, "us": -3, "ns": -6}
_number = re.compile(r"([+-]?[0-9]*\.?[0-9]*)(?:[eE]([+-]?)([0-9]+))?").fullmatch
_segment = re.compile(r"""\.?([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]|\["([^"\]]+)"\]""").match
_NOTHING = object()


@dataclass(frozen=True)
class MappedTrades(Conformed):
    """A conformed trade whose messages come in the form of other sources."""

    mappings: tuple[dict[str, Any], ...] = ()

    def rows(self, source: str, value: bytes | None) -> list[tuple]:
        mine = [mapping for mapping in self.mappings if source.startswith(mapping.get("prefix", ""))]
        if not mine:
            return super().rows(source, value)
        try:
            message = read_tree(value)
        except NotARecord:
            return [self.malformed]
        for mapping in mine:
            if any(_holds(condition, message) for condition in mapping.get("ignore", ())):
                return []
            if all(_holds(condition, message) for condition in mapping.get("when", ())):
                return self._trades(mapping, source, message)
        return [self.malformed]

    def _trades(self, mapping: dict[str, Any], source: str, message: Tree) -> list[tuple]:
        trades = _at(mapping["each"], message, message) if "each" in mapping else [message]
        if not isinstance(trades, list):
            return [self.malformed]
        rows = []
        for index, trade in enumerate(trades):
            if isinstance(trade, str):
                rows.append(self.malformed)
                continue
            special = {"$source": json.dumps(source), "$index": str(index)}
            fields = mapping["fields"].items()
            rows.append(self.read({name: _field(how, message, trade, special) for name, how in fields}))
        return rows


def _at(path: str, message: Tree, trade: Tree) -> Any:
    """The value at a path, or _NOTHING."""
    here: Any = message if path.startswith("$") else trade
    rest = path.removeprefix("$")
    while rest:
        segment = _segment(rest)
        if segment is None:
            raise ValueError(f"{path} is not a path")
        rest = rest[segment.end() :]
        try:
            if segment[2] is not None:
                here = here[int(segment[2])] if isinstance(here, list) else _NOTHING
            else:
                here = here[segment[1] or segment[3]] if isinstance(here, dict) else _NOTHING
        except (KeyError, IndexError):
            return _NOTHING
    return here


def _text(token: Any) -> str | None:
    """The text that a string token stands for; None for every other value."""
    if not isinstance(token, str) or not token.startswith('"'):
        return None
    try:
        return unquote(token)
    except NoText:
        return None


def _holds(condition: dict[str, Any], message: Tree) -> bool:
    found = _at(condition["path"], message, message)
    if found is _NOTHING or "is" not in condition:
        return found is not _NOTHING
    return any(
        _text(found) == wanted if isinstance(wanted, str) else found == json.dumps(wanted) for wanted in condition["is"]
    )


def _field(how: dict[str, Any], message: Tree, trade: Tree, special: dict[str, str]) -> str | None:
    """The JSON text of a field as it would stand on the wire; None when it is missing."""
    if "constant" in how:
        return json.dumps(how["constant"])
    if "template" in how:
        return _filled(how["template"], message, trade, special)
    found = _at(how["path"], message, trade)
    if found is _NOTHING:
        return None
    token = found if isinstance(found, str) else "[" if isinstance(found, list) else "{"
    if token in ("null", '""'):
        return None
    if "values" in how:
        key = _text(token) if token[0] == '"' else found
        return json.dumps(how["values"][key]) if isinstance(key, str) and key in how["values"] else None
    if "scale" in how:
        return _moved(token, -how["scale"]) or token
    if "epoch" in how:
        return _moved(token, _DIGITS_OF_EPOCH[how["epoch"]]) or "false"
    return token


def _filled(template: str, message: Tree, trade: Tree, special: dict[str, str]) -> str | None:
    filled = ""
    for literal, path in re.findall(r"([^{}]*)(?:\{([^{}]*)\})?", template):
        filled += literal
        if not path:
            continue
        token = special[path] if path in special else _at(path, message, trade)
        whole_number = isinstance(token, str) and re.fullmatch(r"-?[0-9]+", token)
        part = token if whole_number else _text(token)
        if not part:
            return None
        filled += part
    return json.dumps(filled)


def _moved(token: str, digits: int) -> str | None:
    """A number, or a text with one, times 10^digits, as a number that the rules for decimals read."""
    written = _text(token) if token[0] == '"' else token
    match = _number(written) if written else None
    if match is None or not re.search("[0-9]", match[1]):
        return None
    # Beyond any text's length, only the sign matters.
    power = int((match[3] or "0").lstrip("0")[:9] or "0") if len((match[3] or "").lstrip("0")) < 10 else 10**9
    power = -power if match[2] == "-" else power
    return f"{match[1]}e{power + digits}"


def conformed(fields: Conformed, mappings: Sequence[dict[str, Any]]) -> Conformed:
    """The trade with the mappings of its sources, if there are any."""
    return MappedTrades(fields.fields, tuple(mappings)) if mappings else fields
