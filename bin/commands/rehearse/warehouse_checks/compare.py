"""Compares the tables of a warehouse, as Parquet, with the expected ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from .expected import Served

SIXTEEN = 10**16


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    expected: str
    actual: str
    passed: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


# Each actual table in the expected one's columns and units.
_TABLES = {
    "marts.fct_trades": (
        "trades",
        "trade_id, symbol, price, quantity, traded_at, lower_side, trader_id, venue, traded_on, turnover",
        """trade_id, symbol, {eight:price}, {eight:quantity}, epoch_us(traded_at), side, trader_id, venue, traded_on,
            {sixteen:turnover}""",
    ),
    "marts.fct_daily_summary": (
        "daily",
        "traded_on, symbol, trade_count, total_volume, turnover, vwap, low_price, high_price",
        """traded_on, symbol, trade_count, {eight:total_volume}, {sixteen:turnover}, {eight:vwap}, {eight:low_price},
            {eight:high_price}""",
    ),
    "metrics.trader_performance": (
        "performance",
        "trader_id, traded_on, trade_count, turnover, gain_on_vwap",
        "trader_id, traded_on, trade_count, {sixteen:turnover}, {sixteen:gain_on_vwap}",
    ),
    "marts.dim_customer_health": (
        "health",
        """account_id, monthly_amount::decimal(18, 2), overdue_amount::decimal(18, 2), open_tickets, pressing_tickets,
            trade_count, health_score""",
        """account_id, monthly_amount::decimal(18, 2), overdue_amount::decimal(18, 2), open_tickets, pressing_tickets,
            trade_count, health_score""",
    ),
}


def _units(text: str) -> str:
    """Decimals as whole numbers, by their digits: a multiplication could overflow."""
    for name, digits in (("eight", 8), ("sixteen", 16)):
        while (start := text.find(f"{{{name}:")) >= 0:
            end = text.index("}", start)
            column = text[start + len(name) + 2 : end]
            whole = f"replace({column}::decimal(38, {digits})::varchar, '.', '')::hugeint"
            text = text[:start] + whole + text[end + 1 :]
    return text


def compare(
    database: duckdb.DuckDBPyConnection, folder: Path, when: str, tables: dict[str, tuple[str, str, str]] = _TABLES
) -> list[Check]:
    """A check for each table: as many rows, and none that only one side has.

    Args:
        database: Has the expected tables.
        folder: Has the actual ones, as Parquet.
        when: For the names of the checks.
        tables: By the name of the actual table the expected one, its columns, and how the actual one gives them.
    """
    return [_compare(database, folder / f"{name}.parquet", name, of, when) for name, of in tables.items()]


def _compare(database: duckdb.DuckDBPyConnection, file: Path, table: str, of: tuple[str, str, str], when: str) -> Check:
    expected_table, expected, actual = of
    wanted = f"select {_units(expected)} from {expected_table}"
    found = f"select {_units(actual)} from read_parquet('{file}')"
    counts = database.execute(f"select (select count(*) from ({wanted})), (select count(*) from ({found}))").fetchone()
    assert counts is not None
    lacking = database.execute(f"({wanted}) except all ({found}) limit 1").fetchall()
    surplus = database.execute(f"({found}) except all ({wanted}) limit 1").fetchall()
    problems = [f"lacks {lacking[0]}"] if lacking else []
    problems += [f"has {surplus[0]}, which is not expected"] if surplus else []
    actual_text = f"{counts[1]:,} rows" + (f"; {'; '.join(problems)}" if problems else ", every value equal")
    return Check(
        f"{table} {when}",
        f"{counts[0]:,} rows, every value equal",
        actual_text,
        not problems and counts[0] == counts[1],
    )


def changes(before: Path, after: Path, published: Served, when: str) -> list[Check]:
    """Checks that of the trades exactly those changed that were published in between.

    Args:
        before: Folder of the earlier tables.
        after: Folder of the later ones.
        published: What was published in between, read alone.
    """
    database = duckdb.connect()
    old, new = (f"read_parquet('{folder / 'marts.fct_trades.parquet'}')" for folder in (before, after))
    changed = _ids(database, f"select trade_id from {new} where ingested_at > (select max(ingested_at) from {old})")
    gone = _ids(database, f"select trade_id from {old} except select trade_id from {new}")
    known = _ids(database, f"select trade_id from {old}")
    return [
        _same(f"rows that changed {when}", published.latest.keys() - published.void, changed),
        _same(f"rows that went, their trades cancelled, {when}", published.void & known, gone),
    ]


def _ids(database: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    return {row[0] for row in database.execute(query).fetchall()}


def _same(name: str, expected: set[str], actual: set[str]) -> Check:
    unlike = sorted(expected ^ actual)
    note = f"; not in both: {', '.join(unlike[:3])}" if unlike else ", the very same"
    return Check(name, f"{len(expected):,} trades, the very same", f"{len(actual):,} trades{note}", not unlike)
