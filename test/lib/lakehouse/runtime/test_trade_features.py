"""The blueprint's features on a real Iceberg warehouse, against the rehearsal's independent computation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from checks import features
from runtime_support import BLUEPRINT_TABLES, SQL, new_tables

import sql_job

TODAY = datetime.now(UTC).date()
DDL = (
    "CREATE TABLE gold.trade_features (date DATE, symbol STRING, open_price DECIMAL(18, 8), high_price DECIMAL(18, 8), "
    "low_price DECIMAL(18, 8), close_price DECIMAL(18, 8), volume DECIMAL(18, 8), turnover DECIMAL(38, 16), "
    "trade_count BIGINT, vwap DECIMAL(18, 8), vwap_7d DECIMAL(18, 8), daily_return DOUBLE, realized_volatility DOUBLE) "
    "USING iceberg PARTITIONED BY (date)"
)
AMOUNTS = ("open_price", "high_price", "low_price", "close_price", "volume", "vwap", "vwap_7d")
SCHEMA = pa.schema(
    [
        *(("date", pa.date32()), ("symbol", pa.string()), ("turnover", pa.decimal128(38, 16))),
        *((name, pa.decimal128(18, 8)) for name in AMOUNTS),
        *(("trade_count", pa.int64()), ("daily_return", pa.float64()), ("realized_volatility", pa.float64())),
    ]
)
COLUMNS = ("trade_id", "symbol", "price", "quantity", "traded_at", "is_valid", "validation_errors")


@pytest.fixture
def lake(spark: Any) -> Iterator[Any]:
    with new_tables(spark, BLUEPRINT_TABLES + DDL):
        yield spark


class Silver:
    """Fills silver, and remembers its rows in the units of the independent computation."""

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        self.rows: list[tuple] = []

    def add(self, *trades: tuple[str, str, str, int, int], valid: bool = True) -> None:
        """Trades as symbol, price, quantity, days ago and second of the day; one commit."""
        values = []
        for symbol, price, quantity, days_ago, second in trades:
            trade_id = f"t{len(self.rows):03}"
            day = TODAY - timedelta(days=days_ago)
            at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
            units = [int(Decimal(text).scaleb(8)) for text in (price, quantity)]
            self.rows.append((trade_id, symbol, *units, int(at.timestamp()) * 1_000_000, valid, []))
            values.append(
                f"('{trade_id}', '{symbol}', {price}, {quantity}, TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}', {valid}, array())"
            )
        self._spark.sql(f"INSERT INTO silver.trades VALUES {', '.join(values)}")


@pytest.fixture
def silver(lake: Any) -> Silver:
    return Silver(lake)


def run(*arguments: str) -> None:
    variables = json.dumps({"bronze": "bronze", "silver": "silver", "gold": "gold"})
    sql_job.run(["--sql", str(SQL / "gold/trade_features.sql"), "--variables", variables, *arguments])


def judge(spark: Any, silver: Silver, through: date = TODAY - timedelta(days=1)) -> None:
    rows = [row.asDict() for row in spark.table("gold.trade_features").collect()]
    wanted = features.expected(features.by_day(features.valid_trades(silver.rows, COLUMNS)), through)
    assert wanted
    assert [
        check for check in features.checks(wanted, pa.Table.from_pylist(rows, schema=SCHEMA)) if not check.passed
    ] == []


WEEK = [("ACME", f"{10 + i}.1234567{i}", f"{1 + i}.00000003", 9 - i, 60 * i) for i in range(8)]


def test_features_are_what_another_computation_finds(lake: Any, silver: Silver) -> None:
    silver.add(*WEEK, ("ACME", "11.5", "0.00000001", 5, 3), ("ACME", "10.5", "3", 5, 3), ("OTHER", "1", "7", 4, 0))
    silver.add(("ACME", "999", "999", 5, 9), valid=False)
    run()
    judge(lake, silver)


def test_the_largest_and_the_smallest_numbers_stay_exact(lake: Any, silver: Silver) -> None:
    silver.add(("BIG", "9999999999.99999999", "9999999999.99999999", 2, 0), ("TINY", "0.00000001", "0.00000001", 2, 0))
    silver.add(("BIG", "9999999999.99999998", "0.00000007", 1, 0), ("TINY", "0.00000003", "0.00000001", 1, 0))
    run()
    judge(lake, silver)


def test_a_late_trade_changes_its_day_and_what_looks_back_at_it(lake: Any, silver: Silver) -> None:
    silver.add(*WEEK)
    run()
    silver.add(("ACME", "50", "2", 7, 86_399))
    run()
    judge(lake, silver)


def test_a_day_that_has_lost_its_trades_has_no_features(lake: Any, silver: Silver) -> None:
    silver.add(*WEEK)
    run()
    lake.sql("DELETE FROM silver.trades WHERE trade_id = 't003'")
    silver.rows = [row for row in silver.rows if row[0] != "t003"]
    run()
    judge(lake, silver)


def test_a_run_without_news_writes_the_same_again(lake: Any, silver: Silver) -> None:
    silver.add(*WEEK)
    run()
    before = lake.table("gold.trade_features").orderBy("date").collect()
    run()
    assert lake.table("gold.trade_features").orderBy("date").collect() == before


def test_today_waits_until_it_is_over_unless_it_is_asked_for(lake: Any, silver: Silver) -> None:
    silver.add(*WEEK, ("ACME", "40", "1", 0, 0))
    run()
    judge(lake, silver)
    run("--from_date", str(TODAY), "--to_date", str(TODAY))
    judge(lake, silver, TODAY)


def test_a_volume_beyond_its_decimal_leaves_out_that_symbol_and_day_alone(lake: Any, silver: Silver) -> None:
    silver.add(*WEEK, ("HUGE", "1", "9999999999", 3, 0), ("HUGE", "1", "1", 3, 1), ("HUGE", "2", "1", 2, 0))
    run()
    judge(lake, silver)
    assert lake.table("gold.trade_features").where("symbol = 'HUGE'").count() == 1
