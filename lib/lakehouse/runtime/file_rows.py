"""What reading a file of any format comes to: rows, or the reason why the file is set aside."""

from __future__ import annotations

from typing import NamedTuple


class BadFileError(Exception):
    """Why a file cannot be read, in one sentence without a full stop."""


class Row(NamedTuple):
    """A payload and where it stands: the line it begins on, or the number of the row in Parquet, from 1."""

    line: int
    payload: bytes


def check_fields(names: list[str], required: tuple[str, ...]) -> None:
    """Raises BadFileError when the names of a file's fields are not what was agreed upon."""
    if any(not name.strip() for name in names):
        raise BadFileError("one of its fields has no name")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise BadFileError(f"it has more than one field {_listed(repeated)}")
    missing = [name for name in required if name not in names]
    if missing:
        raise BadFileError(f"it lacks the field {_listed(missing)}")


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
