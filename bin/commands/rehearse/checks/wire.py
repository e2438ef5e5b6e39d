"""A strict reader of one JSON object (RFC 8259) that keeps every value as the very characters it was written with.

Not Python's json module: that one turns numbers into other numbers, takes NaN for one, and stops at deep nesting.
"""

import re
from collections.abc import Iterator

_SPACE = r"[ \t\n\r]*+"
_STRING = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
_SCALAR = rf"(?:{_STRING}|{_NUMBER}|true|false|null)"
_PAIR = rf"{_SPACE}({_STRING}){_SPACE}:{_SPACE}({_SCALAR}){_SPACE}"
_PAIR_UNNAMED = rf"{_SPACE}{_STRING}{_SPACE}:{_SPACE}{_SCALAR}{_SPACE}"

_is_flat_object = re.compile(rf"{_SPACE}\{{(?:{_PAIR_UNNAMED}(?:,{_PAIR_UNNAMED})*+|{_SPACE})\}}{_SPACE}").fullmatch
_pairs = re.compile(_PAIR).findall
_token = re.compile(rf"{_SPACE}({_SCALAR}|[{{}}\[\],:])").match
_only_space = re.compile(_SPACE).fullmatch
_escape = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))").sub
_SHORT_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


# How many brackets may be open at once; docs/data-semantics.md sets the bound that RFC 8259 leaves to its reader.
DEEPEST = 128


class NotARecord(Exception):
    """The value is not exactly one JSON object in valid UTF-8."""


class NoText(Exception):
    """The string has an escaped half of a surrogate pair, which is no character."""


def read_object(value: bytes | None) -> dict[str, str]:
    """The members of the object by name, each value as its JSON text (a nested one as its opening bracket only).

    Of a name that comes twice the last one counts. Raises NotARecord for everything that is not one JSON object.
    """
    text = _text(value)
    members = _pairs(text) if _is_flat_object(text) else _nested_members(text)
    if "\\" in text:
        return {_utf16(name).decode("utf-16-le", "surrogatepass"): token for name, token in members}
    return {name[1:-1]: token for name, token in members}


def _text(value: bytes | None) -> str:
    if value is None:
        raise NotARecord
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise NotARecord from None


Tree = dict[str, "Tree"] | list["Tree"] | str
"""A JSON value: objects and arrays as such, everything else as its text."""


def read_tree(value: bytes | None) -> Tree:
    """The whole value. Raises NotARecord for everything that is not one JSON object or array in valid UTF-8."""
    text = _text(value)
    root: list[Tree] = []
    open_values: list[dict[str, Tree] | list[Tree]] = []
    for name, token in _walk(text):
        if token in ("}", "]"):
            open_values.pop()
            continue
        item: Tree = {} if token == "{" else [] if token == "[" else token
        if not open_values:
            root.append(item)
        else:
            parent = open_values[-1]
            if isinstance(parent, dict):
                parent[_utf16(name).decode("utf-16-le", "surrogatepass")] = item
            else:
                parent.append(item)
        if not isinstance(item, str):
            open_values.append(item)
    if isinstance(root[0], str):
        raise NotARecord
    return root[0]


def unquote(token: str) -> str:
    """The characters that a JSON string token stands for. Raises NoText when it stands for something else."""
    if "\\" not in token:
        return token[1:-1]
    try:
        return _utf16(token).decode("utf-16-le")
    except UnicodeDecodeError:
        raise NoText from None


def _utf16(token: str) -> bytes:
    # Escapes name UTF-16 units: joining surrogate pairs is what that encoding does. A lone one is no character.
    return _escape(_unescape, token[1:-1]).encode("utf-16-le", "surrogatepass")


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _SHORT_ESCAPES[match[2]]


def _nested_members(text: str) -> list[tuple[str, str]]:
    """Members of an object that may hold other objects and arrays (a stack, no recursion)."""
    members: list[tuple[str, str]] = []
    depth = 0
    for name, token in _walk(text):
        if depth == 0 and token != "{":
            raise NotARecord
        if token in ("}", "]"):
            depth -= 1
            continue
        if depth == 1:
            members.append((name, token))
        depth += token in ("{", "[")
    return members


def _walk(text: str) -> Iterator[tuple[str, str]]:
    """Every value with the name that it has in its object, as its text or its opening bracket; and closing brackets."""
    open_brackets: list[str] = []
    expected = "value"
    name = ""
    position = 0
    while expected != "end":
        match = _token(text, position)
        if not match:
            raise NotARecord
        token, position = match[1], match.end()
        kind = token[0] if token[0] in '{}[],:"' else "scalar"
        if expected in ("name", "name or }") and kind == '"':
            name, expected = token, "colon"
        elif expected == "colon" and kind == ":":
            expected = "value"
        elif expected in ("value", "value or ]") and kind in ("{", "[", '"', "scalar"):
            yield name, token
            if kind in "{[":
                if len(open_brackets) == DEEPEST:
                    raise NotARecord
                open_brackets.append(kind)
                expected = "name or }" if kind == "{" else "value or ]"
            else:
                expected = "more" if open_brackets else "end"
        elif expected == "more" and kind == ",":
            expected = "name" if open_brackets[-1] == "{" else "value"
        elif _closes(kind, expected, open_brackets):
            yield name, token
            open_brackets.pop()
            expected = "more" if open_brackets else "end"
        else:
            raise NotARecord
    if not _only_space(text, position):
        raise NotARecord


def _closes(kind: str, expected: str, open_brackets: list[str]) -> bool:
    if kind == "}":
        return open_brackets[-1:] == ["{"] and expected in ("more", "name or }")
    return kind == "]" and open_brackets[-1:] == ["["] and expected in ("more", "value or ]")
