"""The blueprint's SQL on DuckDB, in the place of Athena: windows and back-tests against computations without SQL."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from emulator.athena import FUNCTIONS

BLUEPRINT = Path(__file__).parents[3] / "blueprints" / "streaming-batch"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)
ARRIVAL = datetime(2026, 2, 1, tzinfo=UTC)

Trade = tuple[str, str, str, int, int, float]


def lake(trades: list[Trade], again: tuple[str, ...] = ()) -> duckdb.DuckDBPyConnection:
    """Bronze and silver with trades that arrived in this order, and messages that brought some again."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    for function in FUNCTIONS:
        database.execute(function)
    database.execute(
        "CREATE TABLE silver (trade_id VARCHAR, symbol VARCHAR, trader_id VARCHAR, price DECIMAL(18, 8), "
        "quantity DECIMAL(18, 8), traded_at TIMESTAMPTZ, is_valid BOOLEAN)"
    )
    database.execute("CREATE TABLE bronze (raw_payload VARCHAR, ingested_at TIMESTAMPTZ)")
    ids = [trade[0] for trade in trades] + list(again)
    messages = [[f'{{"trade_id":"{name}"}}', ARRIVAL + timedelta(seconds=i)] for i, name in enumerate(ids)]
    database.executemany("INSERT INTO bronze VALUES (?, ?)", [*messages, ["no JSON", ARRIVAL]])
    rows = [[*trade[:5], START + timedelta(seconds=trade[5]), True] for trade in trades]
    database.executemany("INSERT INTO silver VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return database


def sql(path: str, **values: int) -> str:
    """A file's SQL with its names replaced."""
    text = re.sub(r"\$\{(\w+)\}", r"\1", (BLUEPRINT / path).read_text())
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def test_windows_tell_sums_late_and_repeated_trades() -> None:
    trades: list[Trade] = [
        ("a", "X", "t", 100, 2, 0),
        ("b", "X", "t", 100, 2, 30),
        ("later", "X", "t", 50, 1, 200),
        ("late", "X", "t", 400, 2, 10),
    ]
    first = int(START.timestamp()) * 1000
    query = sql("sql/windows.sql", **{"from": first, "to": first + 600_000, "grace_seconds": 10})
    until = first + 190_000
    assert sorted(lake(trades, again=("a", "a")).execute(query).fetchall()) == [
        ("X", first, 3, Decimal(6), Decimal(1200), 1, 2, until),
        ("X", first + 180_000, 1, Decimal(1), Decimal(50), 0, 0, until),
    ]


def expected(rule: str, trades: list[Trade]) -> list[str]:
    """What the rule says, trade by trade."""
    return sorted(trade[0] for trade in trades if finds(rule, trade, trades))


def finds(rule: str, trade: Trade, trades: list[Trade]) -> bool:
    """Whether the rule finds the trade."""
    if rule == "burst_of_one_trader":
        return sum(1 for each in trades if each[2] == trade[2] and 0 <= trade[5] - each[5] <= 10) > 20
    others = [each for each in trades if each[1] == trade[1] and each[0] != trade[0] and 0 <= trade[5] - each[5] <= 300]
    volume, turnover = sum(each[4] for each in others), sum(each[3] * each[4] for each in others)
    return volume > 0 and abs(trade[3] * volume - turnover) * 5 > turnover


@pytest.mark.parametrize("rule", ["burst_of_one_trader", "price_far_from_vwap"])
def test_back_tests_say_what_a_computation_without_sql_says(rule: str) -> None:
    trades: list[Trade] = [
        (
            f"t{i}",
            f"S{i % 3}",
            "hasty" if 300 <= i < 330 else f"trader{i % 50}",
            (130 if i % 97 == 96 else 100) + i % 7,
            1 + i % 5,
            (i // 2) * 0.5,
        )
        for i in range(900)
    ]
    text: Any = sql(f"rules/{rule}.sql")
    select = re.sub(r"^(--[^\n]*\n)*INSERT INTO trade_alerts\n", "", text).rstrip().removesuffix(";")
    found = lake(trades).execute(f"WITH trades AS ({sql('sql/history.sql')})\n{select}").fetchall()
    wanted = expected(rule, trades)
    assert 0 < len(wanted) < len(trades) / 2
    assert sorted(row[1] for row in found) == wanted
    assert {row[0] for row in found} == {rule}
