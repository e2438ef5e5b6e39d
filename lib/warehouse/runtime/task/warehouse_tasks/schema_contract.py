"""What happens when a source's rows differ from the table that they are loaded into.

``evolve``
    The table follows: a new field becomes a column, a field that is gone becomes NULL, a value of another type goes
    into ``<column>_v_text`` beside a NULL.
``freeze``
    Any of these stops the sync with a sentence; nothing of the batch is loaded.
``quarantine``
    The table stays as it is. A row that does not fit stands in ``<table>_quarantine`` instead, whole and with its
    reasons; a row with an unknown field is loaded without it, and noted there.

Whether a value makes sense (a negative price) is no matter of the contract: the models judge it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from .columns import Column, as_text, hint_text, infer_type, json_text, to_arrow

INGESTED_AT = "ingested_at"
VARIANT_SUFFIX = "_v_text"

QUARANTINE_COLUMNS = (
    Column("row_id", "row_id", "text"),
    Column("payload", "payload", "text"),
    Column("reasons", "reasons", "text"),
    Column("is_loaded", "is_loaded", "bool"),
    Column(INGESTED_AT, INGESTED_AT, "timestamp"),
)


class Contract(StrEnum):
    """How differences are handled."""

    EVOLVE = "evolve"
    FREEZE = "freeze"
    QUARANTINE = "quarantine"


class ContractBroken(Exception):
    """A frozen table's source has changed. The message names the table, the difference and the remedy."""


Row = dict[str, Any]


@dataclass
class Batch:
    """Rows as they are loaded.

    Attributes:
        table: Those that fit.
        columns: Of `table`.
        quarantine: Those that do not, or None when all do.
        held_back: How many rows stand in the quarantine only.
        said: A sentence for each difference, in the order in which they were met.
        given: Fields that every row had so far.
    """

    table: pa.Table
    columns: list[Column]
    quarantine: pa.Table | None
    held_back: int
    given: set[str]
    said: list[str] = field(default_factory=list)


class SchemaContract:
    """The contract of one table."""

    def __init__(
        self,
        name: str,
        contract: Contract,
        columns: Iterable[Column],
        primary_key: Iterable[str],
        column_name: Callable[[str], str],
        offered: Iterable[Column] = (),
    ) -> None:
        """
        Args:
            name: Of the source and the table, for sentences.
            columns: The table's; none when its first batch is to say.
            primary_key: Names of columns; each is required.
            column_name: The name that the warehouse gives to a field's column.
            offered: What the source itself says about its fields, for those that become columns.
        """
        self._name = name
        self._contract = contract
        self._key = list(primary_key)
        self._column_name = column_name
        self._offered = {each.field: each for each in offered}
        self.columns = {each.field: self._required_if_key(each) for each in columns}
        self._declared = bool(self.columns)

    def apply(self, rows: list[Row], given: set[str] | None, ingested_at: datetime) -> Batch:
        """Makes a batch of the rows, keeping of each key the row that came last.

        Args:
            given: Fields that every row of earlier batches had; None before the first.

        Raises:
            ContractBroken: the contract is `freeze` and the rows differ.
        """
        said: list[str] = []
        fields = list(dict.fromkeys(name for row in rows for name in row))
        unknown = self._new_fields(rows, fields, said)
        given = self._gone_fields(rows, fields, given, said)
        reasons: dict[int, list[str]] = {}
        arrays: dict[str, pa.Array] = {}
        for column in list(self.columns.values()):
            values = [row.get(column.field) for row in rows]
            arrays[column.name], misfits = to_arrow(column, values)
            if column.required:
                missing = {index: "missing" for index, value in enumerate(values) if value is None or value == ""}
                misfits = missing | misfits
            if misfits:
                self._misfits(column, values, misfits, arrays, reasons, said)
        loaded = self._last_of_each_key(arrays, reasons, len(rows))
        columns = [*self.columns.values(), Column(INGESTED_AT, INGESTED_AT, "timestamp", required=True)]
        arrays[INGESTED_AT] = pa.repeat(pa.scalar(ingested_at, pa.timestamp("us", "UTC")), len(rows))
        table = pa.table({each.name: arrays[each.name] for each in columns}).take(pa.array(loaded, pa.int64()))
        quarantine = self._quarantine(rows, reasons, unknown, ingested_at)
        return Batch(table, columns, quarantine, len(reasons), given, said)

    def _required_if_key(self, column: Column) -> Column:
        return Column(column.name, column.field, column.type, column.required or column.name in self._key)

    def _new_fields(self, rows: list[Row], fields: list[str], said: list[str]) -> set[str]:
        """Makes columns of fields that are new, or, where the table stays as it is, tells which they are."""
        taken = {each.name for each in self.columns.values()}
        new = [name for name in fields if name not in self.columns and self._column_name(name) not in taken]
        if not new:
            return set()
        if self._declared and self._contract is Contract.QUARANTINE:
            said.append(f"{self._name}: left out what is no column: {', '.join(new)} (noted in the quarantine)")
            return set(new)
        for name in new:
            example = next((row[name] for row in rows if row.get(name) is not None), None)
            if self._declared and self._contract is Contract.FREEZE:
                self._break(f"has a new field '{name}' ({hint_text(example)})")
            offered = self._offered.get(name)
            if example is None and offered is None:
                continue
            kind = offered.type if offered is not None else infer_type(row.get(name) for row in rows)
            column = self._required_if_key(Column(self._column_name(name), name, kind))
            self.columns[name] = column
            if self._declared:
                said.append(f"{self._name}: new field '{name}' became column {column.name} ({column.type})")
        self._declared = True
        return set()

    def _gone_fields(self, rows: list[Row], fields: list[str], given: set[str] | None, said: list[str]) -> set[str]:
        always = {name for name in fields if all(name in row for row in rows)}
        if given is None:
            return always
        for name in sorted(given - set(fields)):
            if self._contract is Contract.FREEZE:
                self._break(f"no longer has the field '{name}'")
            said.append(f"{self._name}: the field '{name}' is gone; its column is NULL from here on")
        return given & always

    def _misfits(
        self,
        column: Column,
        values: list[Any],
        misfits: dict[int, str],
        arrays: dict[str, pa.Array],
        reasons: dict[int, list[str]],
        said: list[str],
    ) -> None:
        index, code = next(iter(misfits.items()))
        difference = f"{len(misfits)} of {len(values)} rows do not fit '{column.field}' ({column.type}): {code}"
        shown = f"{difference}, such as {hint_text(values[index])}"
        if self._contract is Contract.FREEZE:
            self._break(shown)
        said.append(f"{self._name}: {shown}")
        by_key = column.name in self._key
        for index, code in misfits.items():
            # Without its key a row cannot be told from another, whatever the contract.
            if self._contract is Contract.QUARANTINE or by_key:
                reasons.setdefault(index, []).append(f"{code}:{column.field}")
        if self._contract is Contract.EVOLVE and not by_key and any(values[index] is not None for index in misfits):
            variant = Column(column.name + VARIANT_SUFFIX, column.name + VARIANT_SUFFIX, "text")
            self.columns.setdefault(variant.field, variant)
            texts = [as_text(value) if index in misfits else None for index, value in enumerate(values)]
            arrays[variant.name] = pa.array(texts, pa.string())

    def _last_of_each_key(self, arrays: dict[str, pa.Array], reasons: dict[int, list[str]], count: int) -> list[int]:
        fitting = [index for index in range(count) if index not in reasons] if reasons else range(count)
        if not self._key:
            return list(fitting)
        if len(self._key) == 1:
            keys: list[Any] = arrays[self._key[0]].to_pylist()
        else:
            keys = list(zip(*(arrays[name].to_pylist() for name in self._key), strict=True))
        last = {keys[index]: index for index in fitting}
        return list(fitting) if len(last) == len(fitting) else sorted(last.values())

    def _quarantine(
        self, rows: list[Row], reasons: dict[int, list[str]], unknown: set[str], ingested_at: datetime
    ) -> pa.Table | None:
        noted: dict[int, list[str]] = {}
        if unknown:
            noted = {
                index: sorted(unknown & row.keys()) for index, row in enumerate(rows) if not unknown.isdisjoint(row)
            }
        entries: dict[str, dict[str, Any]] = {}
        for index in sorted(reasons.keys() | noted.keys()):
            codes = [*reasons.get(index, []), *(f"unknown:{name}" for name in noted.get(index, []))]
            payload = json_text(rows[index])
            row_id = hashlib.sha256(payload.encode()).hexdigest()
            entries[row_id] = {
                "row_id": row_id,
                "payload": payload,
                "reasons": ", ".join(codes),
                "is_loaded": index not in reasons,
                INGESTED_AT: ingested_at,
            }
        if not entries:
            return None
        schema = pa.schema([(each.name, each.arrow_type) for each in QUARANTINE_COLUMNS])
        return pa.Table.from_pylist(list(entries.values()), schema)

    def _break(self, difference: str) -> None:
        raise ContractBroken(
            f"{self._name}: the source {difference}, and the schema contract is freeze: nothing of this batch was "
            "loaded. Ask the source's owner, then declare the field as it is now, or set schema_contract to evolve or "
            "quarantine."
        )
