"""The blueprint's SQL on a real Iceberg warehouse, against values that are worked out here by other means."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from runtime_support import BLUEPRINT_TABLES, SQL, TRADE_SPEC, new_tables

import sql_job

VARIABLES = json.dumps({"bronze": "bronze", "silver": "silver", "gold": "gold"})
TODAY = datetime.now(UTC).date()
DAY = TODAY - timedelta(days=3)
ARRIVAL = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def lake(spark: Any) -> Iterator[Any]:
    with new_tables(spark, BLUEPRINT_TABLES):
        yield spark


def run(file: str, *arguments: str, variables: str = VARIABLES, record: Path | None = None) -> dict[str, Any]:
    spec = ["--record", str(record)] if record else []
    return sql_job.run(["--sql", str(SQL / file), "--variables", variables, *spec, *arguments])


@pytest.fixture
def silver(tmp_path: Path) -> Any:
    record = tmp_path / "record.json"
    record.write_text(json.dumps(TRADE_SPEC))
    return lambda: run("silver/trades.sql", record=record)


def gold(*arguments: str) -> dict[str, Any]:
    return run("gold/daily_trading_summary.sql", *arguments)


class Bronze:
    """Commits batches as the streaming job does: each later than the one before."""

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        self._rows = 0
        self._commits = 0

    def arrive(self, *payloads: bytes | tuple[bytes, int] | None) -> None:
        """A commit; a pair is a payload and the milliseconds after the commit's first instant at which it came."""
        self._commits += 1
        rows = []
        for payload in payloads:
            text, late = payload if isinstance(payload, tuple) else (payload, 0)
            at = ARRIVAL + timedelta(hours=self._commits, milliseconds=late)
            rows.append((None if text is None else bytearray(text), f"trades/0/{self._rows}", at))
            self._rows += 1
        frame = self._spark.createDataFrame(rows, "raw_payload BINARY, source STRING, ingested_at TIMESTAMP")
        frame.selectExpr("cast(raw_payload AS STRING) AS raw_payload", "source", "ingested_at").writeTo(
            "bronze.trades"
        ).append()


@pytest.fixture
def bronze(lake: Any) -> Bronze:
    return Bronze(lake)


def trade(
    trade_id: str | None = "t1", price: Any = "10", quantity: Any = "1", at: Any = None, symbol: str = "ACME"
) -> bytes:
    at = at or f"{DAY}T12:00:00Z"
    return json.dumps(
        {"trade_id": trade_id, "symbol": symbol, "price": price, "quantity": quantity, "timestamp": at}
    ).encode()


def rows(spark: Any, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in spark.sql(query).collect()]


def prices(spark: Any) -> dict[str, Decimal]:
    return dict(rows(spark, "SELECT trade_id, price FROM silver.trades"))


def last_summary(spark: Any, table: str) -> dict[str, str]:
    query = f"SELECT summary FROM {table}.snapshots ORDER BY committed_at DESC LIMIT 1"
    return {key: value for key, value in rows(spark, query)[0][0].items() if key.startswith("cdk-data-patterns.")}


def snapshots(spark: Any, table: str) -> int:
    return rows(spark, f"SELECT count(*) FROM {table}.snapshots")[0][0]


def test_silver_keeps_each_trade_once_and_its_commit_tells_what_happened(
    lake: Any, bronze: Bronze, silver: Any
) -> None:
    bronze.arrive(
        (trade("a", price="1"), 0),
        (trade("a", price="2"), 5),
        (trade("a", price="1"), 3),
        (trade("b", price="3"), 0),
        (trade("b", price="3.000"), 1),
        (trade(None, price="4"), 0),
        (trade(None, price="4"), 0),
        b"{",
        None,
    )
    summary = silver()
    assert rows(lake, "SELECT trade_id, price, is_valid, validation_errors FROM silver.trades ORDER BY 1, 2") == [
        (None, None, False, ["malformed"]),
        (None, None, False, ["malformed"]),
        (None, Decimal(4), False, ["missing:trade_id"]),
        (None, Decimal(4), False, ["missing:trade_id"]),
        ("a", Decimal(2), True, []),
        ("b", Decimal(3), True, []),
    ]
    assert (summary["rowsIn"], summary["rowsOut"], summary["rowsRejected"]) == (9, 6, 4)
    told = last_summary(lake, "silver.trades")
    bronze_snapshot = rows(lake, "SELECT cast(snapshot_id AS STRING) FROM bronze.trades.snapshots")[0][0]
    assert told == {
        "cdk-data-patterns.bronze-snapshot-id": bronze_snapshot,
        "cdk-data-patterns.rows-read": "9",
        "cdk-data-patterns.duplicates": "2",
        "cdk-data-patterns.revisions": "1",
        "cdk-data-patterns.invalid": "4",
        "cdk-data-patterns.ignored": "0",
    }


def test_a_later_batch_revises_repeats_and_adds_and_a_rerun_commits_nothing(
    lake: Any, bronze: Bronze, silver: Any
) -> None:
    bronze.arrive(trade("a", price="1"), trade("b", price="2"), trade(None, price="9"))
    silver()
    bronze.arrive(trade("b", price="5", at=f"{DAY - timedelta(days=1)}T00:00:00Z"), trade("a", price="1"))
    bronze.arrive(trade("c", price="7"))
    silver()
    told = last_summary(lake, "silver.trades")
    assert prices(lake) == {"a": 1, "b": 5, "c": 7, None: 9}
    assert (told["cdk-data-patterns.rows-read"], told["cdk-data-patterns.duplicates"]) == ("3", "1")
    assert told["cdk-data-patterns.revisions"] == "1"
    commits = snapshots(lake, "silver.trades")
    assert silver()["rowsIn"] == 0
    assert (snapshots(lake, "silver.trades"), prices(lake)) == (commits, {"a": 1, "b": 5, "c": 7, None: 9})


def test_only_a_revision_of_what_is_there_is_merged_everything_else_is_appended(
    lake: Any, bronze: Bronze, silver: Any
) -> None:
    first = [trade("a"), (trade("a", price="2"), 5), trade(None)]
    for arrivals in (first, [trade("b"), trade("a", price="2")]):
        bronze.arrive(*arrivals)
        silver()
    bronze.arrive(trade("b", price="3"), trade("c"))
    silver()
    commits = rows(lake, "SELECT operation FROM silver.trades.snapshots ORDER BY committed_at")
    assert [operation for (operation,) in commits] == ["append", "append", "overwrite"]
    assert prices(lake) == {"a": 2, None: 10, "b": 3, "c": 10}


def test_a_tie_in_time_is_decided_by_the_greater_payload_hash(lake: Any, bronze: Bronze, silver: Any) -> None:
    import hashlib

    candidates = [trade("a", price=str(price)) for price in range(1, 6)]
    bronze.arrive(*candidates)
    silver()
    winner = max(candidates, key=lambda payload: hashlib.sha256(payload).hexdigest())
    assert prices(lake) == {"a": Decimal(json.loads(winner)["price"])}


def test_a_silver_run_that_dies_before_its_commit_leaves_nothing_behind(
    lake: Any, bronze: Bronze, silver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bronze.arrive(trade("a"), trade(None))

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(sql_job, "with_commit_properties", die)
        with pytest.raises(sql_job.JobError, match="killed"):
            silver()
    assert snapshots(lake, "silver.trades") == 0
    silver()
    assert rows(lake, "SELECT count(*) FROM silver.trades") == [(2,)]


def test_silver_says_so_when_bronze_has_forgotten_what_was_read(lake: Any, bronze: Bronze, silver: Any) -> None:
    bronze.arrive(trade("a"))
    silver()
    bronze.arrive(trade("b"))
    bronze.arrive(trade("c"))
    lake.sql("CALL system.expire_snapshots('bronze.trades', TIMESTAMP '2999-01-01 00:00:00', 1)")
    with pytest.raises(sql_job.JobError, match=r"trades\.sql:\d+: bronze\.trades: snapshot \d+, up to which"):
        silver()


def _vwap(trades: list[tuple[str, str]]) -> Decimal:
    value = sum(Fraction(price) * Fraction(quantity) for price, quantity in trades)
    units = value / sum(Fraction(quantity) for _, quantity in trades) * 10**8
    return Decimal((2 * units + 1) // 2).scaleb(-8)


ADVERSARIAL = {
    "half": [("0.00000001", "1"), ("0.00000002", "1")],
    "below half": [("0.00000001", "1.00000001"), ("0.00000002", "1")],
    "above half": [("0.00000001", "1"), ("0.00000002", "1.00000001")],
    # Rounded first to 10 decimals this would become a half and then go up.
    "twice rounded": [("0.00000001", "50000.00000001"), ("0.00000002", "50000")],
    "large": [("9999999999.99999999", "9999999998"), ("9999999999.99999997", "1.99999999")],
    "thirds": [("1", "1"), ("2", "2")],
}


def test_gold_is_exact_and_rounds_half_up_once(lake: Any, bronze: Bronze, silver: Any) -> None:
    generator = random.Random(7)
    cases = dict(ADVERSARIAL)
    for i in range(30):
        cases[f"random {i}"] = [
            (f"{generator.randrange(1, 10**12)}e-8", f"{generator.randrange(1, 10**10)}e-8") for _ in range(3)
        ]
    bronze.arrive(
        *(trade(f"{name}/{i}", p, q, symbol=name) for name, pairs in cases.items() for i, (p, q) in enumerate(pairs))
    )
    silver()
    gold()
    found = {row[0]: row[1:] for row in rows(lake, "SELECT symbol, total_volume, vwap FROM gold.daily_trading_summary")}
    expected = {n: (sum(Decimal(q) for _, q in pairs), _vwap(pairs)) for n, pairs in cases.items()}
    assert found == expected


def days_in_gold(spark: Any) -> dict[date, int]:
    return dict(rows(spark, "SELECT date, sum(trade_count) FROM gold.daily_trading_summary GROUP BY date"))


def test_gold_takes_valid_trades_of_days_that_are_over(lake: Any, bronze: Bronze, silver: Any) -> None:
    bronze.arrive(
        trade("a"),
        trade("b", price="-1"),
        trade("c", at=f"{TODAY - timedelta(days=1)}T23:59:59.999999Z"),
        trade("d", at=f"{TODAY}T00:00:00Z"),
    )
    silver()
    gold()
    assert days_in_gold(lake) == {DAY: 1, TODAY - timedelta(days=1): 1}


def test_gold_recomputes_the_days_that_late_trades_touched(lake: Any, bronze: Bronze, silver: Any) -> None:
    old = DAY - timedelta(days=30)
    bronze.arrive(trade("a"), trade("b", at=f"{old}T00:00:00Z"))
    silver()
    gold()
    bronze.arrive(trade("c", at=f"{old}T01:00:00Z"), trade("a", price="-1"))
    silver()
    gold()
    # The only trade of DAY was revised to an invalid one: the day disappears.
    assert days_in_gold(lake) == {old: 2}
    assert last_summary(lake, "gold.daily_trading_summary")["cdk-data-patterns.silver-snapshot-id"]


def test_gold_recomputes_a_range_when_asked_also_of_today(lake: Any, bronze: Bronze, silver: Any) -> None:
    bronze.arrive(trade("a"), trade("b", at=f"{TODAY}T00:00:00Z"))
    silver()
    gold("--from_date", str(TODAY), "--to_date", str(TODAY))
    assert days_in_gold(lake) == {TODAY: 1}


def test_a_volume_that_does_not_fit_is_left_out_and_named_after_the_rest_is_published(
    lake: Any, bronze: Bronze, silver: Any
) -> None:
    big = "9999999999.99999999"
    bronze.arrive(trade("a", quantity=big, symbol="BIG"), trade("b", quantity=big, symbol="BIG"), trade("c"))
    silver()
    with pytest.raises(sql_job.JobError, match=f"The volume of BIG on {DAY} does not fit") as failure:
        gold()
    assert "ACME" not in str(failure.value)
    assert rows(lake, "SELECT symbol FROM gold.daily_trading_summary") == [("ACME",)]


@pytest.mark.parametrize(("condition", "rest"), [("1 > 2", True), ("2 > 1", False), ("NULL", True)])
def test_a_file_ends_where_its_condition_to_stop_holds(spark: Any, tmp_path: Path, condition: str, rest: bool) -> None:
    file = tmp_path / "stops.sql"
    file.write_text(f"-- @stop_if {condition}\n-- @summary\nSELECT 1 AS rows_in, 2 AS rows_out, 3 AS rows_rejected;")
    assert sql_job.run(["--sql", str(file)])["rowsOut"] == (2 if rest else 0)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1;\n\nSELECT\n  nothing;", r"bad\.sql:3: \[UNRESOLVED_COLUMN"),
        ("SELECT 1;\n\nSELECT\n  * FRM t;", r"bad\.sql:4: \[PARSE_SYNTAX_ERROR\]"),
        ("-- @set\nSELECT 1 / 0 AS x;", r"bad\.sql:2: \[DIVIDE_BY_ZERO\]"),
        ("-- @set\nSELECT explode(array(1, 2)) AS x;", r"bad\.sql:2: one row was expected, 2 came"),
        ("-- @conform a FROM b", r"bad\.sql:1: @conform needs the record's spec"),
        ("-- @if nothing > 1\nSELECT 1;", r"bad\.sql:2: \[UNRESOLVED_COLUMN"),
        ("-- @stop_if\nSELECT 1;", r"bad\.sql:1: @stop_if has no condition"),
        ("-- @stop_if nothing > 1", r"bad\.sql:1: \[UNRESOLVED_COLUMN"),
        ("-- @consume a b", r"bad\.sql:1: cannot read '@consume a b'"),
        ("SELECT ${nothing}", r"bad\.sql:1: \$\{nothing\} is not defined"),
    ],
)
def test_an_error_is_one_sentence_with_file_and_line(spark: Any, tmp_path: Path, sql: str, message: str) -> None:
    file = tmp_path / "bad.sql"
    file.write_text(sql)
    with pytest.raises(sql_job.JobError, match=f"^{message}") as failure:
        sql_job.run(["--sql", str(file)])
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        (["--from_date", "2026-01-01"], "go together"),
        (["--from_date", "2026-01-02", "--to_date", "2026-01-01"], "is after"),
        (["--from_date", "yesterday", "--to_date", "2026-01-01"], "write a day as YYYY-MM-DD"),
    ],
)
def test_a_range_of_days_is_checked_before_anything_runs(dates: list[str], message: str) -> None:
    with pytest.raises(sql_job.JobError, match=message):
        sql_job.run(["--sql", "none.sql", *dates])
