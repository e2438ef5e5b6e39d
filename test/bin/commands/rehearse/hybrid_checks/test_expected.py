"""What silver and the marts must hold follows from bronze, however messages repeat, change and go."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hybrid_checks.changes import messages
from hybrid_checks.expected import Evolution, expected

_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def bronze(*payloads: dict | bytes) -> pa.Table:
    """One message a minute."""
    rows = [
        {
            "raw_payload": each if isinstance(each, bytes) else json.dumps(each).encode(),
            "source": f"trades/0/{place}",
            "ingested_at": _NOON + timedelta(minutes=place),
        }
        for place, each in enumerate(payloads)
    ]
    kinds = [("raw_payload", pa.large_binary()), ("source", pa.string()), ("ingested_at", pa.timestamp("us", "UTC"))]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def trade(name: str, price: str = "2", **other: str) -> dict:
    return {
        "trade_id": name,
        "symbol": "A",
        "price": price,
        "quantity": "3",
        "timestamp": "2026-03-01T00:00:00Z",
    } | other


def test_the_version_that_arrived_last_stays_and_what_was_deleted_goes() -> None:
    result = expected(bronze(trade("1"), trade("2"), trade("1", "5"), trade("2"), b"no trade"), [], [], None, ["2"])
    assert (result.messages, result.trades, result.superseded, result.deleted) == (5, 5, 2, 1)
    assert [row["price"] for row in result.valid] == [5 * 10**8]
    assert len(result.rows) == 2
    assert result.turnover == 15 * 10**16


def test_a_column_is_filled_from_the_moment_on_that_silver_has_it() -> None:
    since = int((_NOON + timedelta(minutes=1)).timestamp() * 1_000_000)
    arrived = bronze(trade("1", venue="X"), trade("2", venue="Y"))
    result = expected(arrived, [], [], Evolution("venue", since), [])
    assert {row["trade_id"]: row["venue"] for row in result.valid} == {"1": None, "2": "Y"}
    rows = result.database().execute("select trade_id, venue, is_valid, validation_errors from silver order by 1")
    assert rows.fetchall() == [("1", None, True, "[]"), ("2", "Y", True, "[]")]


def test_silver_is_changed_by_corrections_late_trades_and_a_row_to_delete() -> None:
    result = expected(bronze(*(trade(f"{number:03d}") for number in range(250))), [], [], None, [])
    rows = [
        {**row, "price": row["price"] / 10**8, "traded_at": _NOON + timedelta(days=place)}
        for place, row in enumerate(result.valid)
    ]
    lines, chosen = messages([row | {"price": 2} for row in rows], {"venue": "Z"})
    assert chosen == {
        "corrected": ["001", "101", "201"],
        "late": ["late-0", "late-1", "late-2"],
        "deleted": "000",
        "day": "2026-03-02",
    }
    assert [line["price"] for line in lines] == ["2.01"] * 3 + ["2"] * 3
    assert {line["venue"] for line in lines} == {"Z"}
