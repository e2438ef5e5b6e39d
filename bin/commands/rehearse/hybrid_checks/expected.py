"""What silver and the warehouse after it must hold, worked out from bronze.

Bronze itself is judged by the checks of the lake. No code of the jobs, of the copy or of dbt is used: messages are read
by the reader of those checks, decimals are whole numbers (of 10^-8, products of 10^-16).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
from checks import conform
from checks.expected import Event, Version, silver, versions
from checks.mapping import MappedTrades
from warehouse_checks.expected import TRADE_SCHEMA, trade_marts

_CORE = ("trade_id", "symbol", "price", "quantity", "traded_at")
_MICROSECOND = {"s": 1_000_000, "ms": 1_000, "us": 1}


@dataclass(frozen=True)
class Evolution:
    """A column that silver got.

    Attributes:
        column: Its name, also that of the field on the wire.
        since: Messages that arrived from then on fill it, microseconds since 1970.
    """

    column: str
    since: int


@dataclass
class Expected:
    """The rows of silver, and how they follow from bronze.

    Attributes:
        extensions: Optional columns of silver, the one that was added last.
        rows: Values in the order of `columns`.
        messages: In bronze.
        trades: In the messages, valid or not.
        superseded: Trades whose id has a later version, or the same one again.
        deleted: Trades that were deleted in silver itself.
    """

    extensions: tuple[str, ...]
    rows: list[tuple] = field(default_factory=list)
    messages: int = 0
    trades: int = 0
    superseded: int = 0
    deleted: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the values of a row."""
        return (*_CORE, *self.extensions, "is_valid", "validation_errors")

    @property
    def valid(self) -> list[dict[str, Any]]:
        """Valid rows, by the names of their columns."""
        place = self.columns.index("is_valid")
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows if row[place]]

    @property
    def turnover(self) -> int:
        """Of all valid rows, in units of 10^-16; DuckDB's integers could overflow."""
        return sum(row["price"] * row["quantity"] for row in self.valid)

    def database(self) -> duckdb.DuckDBPyConnection:
        """With the tables silver, trades, daily and, where a column was added, by_value."""
        database = trade_marts(
            pa.Table.from_pylist(
                [{name: row.get(name) for name in TRADE_SCHEMA.names} for row in self.valid], TRADE_SCHEMA
            )
        )
        codes = self.columns.index("validation_errors")
        rows = [(*row[:codes], json.dumps(row[codes], separators=(",", ":"))) for row in self.rows]
        arrays = [
            pa.array(values, _type(name)) for name, values in zip(self.columns, zip(*rows, strict=True), strict=True)
        ]
        database.register("silver", pa.table(arrays, names=list(self.columns)))
        return database


def expected(
    bronze: pa.Table,
    extensions: Sequence[str],
    mappings: Sequence[dict[str, Any]],
    evolution: Evolution | None,
    deleted: Sequence[str],
) -> Expected:
    """Reads every message of bronze.

    Args:
        bronze: raw_payload, source and ingested_at.
        extensions: Of silver's trades, the added column left out.
        mappings: Of sources whose messages are no trades in our own form, as they were deployed.
        evolution: A column that silver got on the way.
        deleted: Ids of the rows that were deleted in silver.
    """
    added = () if evolution is None else (evolution.column,)
    before = _form(tuple(extensions), mappings)
    after = _form((*extensions, *added), mappings)
    result = Expected((*extensions, *added))
    place = len(_CORE) + len(extensions)
    found: list[Version] = []
    unit = _MICROSECOND[bronze.schema.field("ingested_at").type.unit]
    instants = bronze["ingested_at"].cast(pa.int64()).to_pylist()
    for value, source, ingested in zip(
        bronze["raw_payload"].to_pylist(), bronze["source"].to_pylist(), instants, strict=True
    ):
        result.messages += 1
        arrived = ingested * unit
        if evolution is not None and arrived < evolution.since:
            rows = [(*row[:place], None, *row[place:]) for row in before.rows(source, value)]
        else:
            rows = after.rows(source, value)
        result.trades += len(rows)
        found += versions(Event(source, arrived, value), rows)
    kept = silver(found, after.columns)
    result.superseded = result.trades - len(kept.identified) - len(kept.anonymous)
    result.deleted = sum(1 for each in deleted if kept.identified.pop(each, None) is not None)
    result.rows = list(kept.rows())
    return result


def _form(extensions: tuple[str, ...], mappings: Sequence[dict[str, Any]]) -> conform.Conformed:
    return MappedTrades(conform.trades(extensions).fields, tuple(mappings))


def _type(column: str) -> pa.DataType:
    if column == "is_valid":
        return pa.bool_()
    return pa.int64() if column in ("price", "quantity", "traded_at") else pa.string()
