"""The seed's lakehouse code on Spark: run verbatim, in its nearest working form, and compared with ours.

A deviation (deviations.json) counts only while it is needed: a change of text without which the statement fails, or
rows for which the nearest working form gives another result than ours. Where none is listed, the results are the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import seed_tables
from runtime_support import QUARANTINE_TABLE, SQL, TRADE_SPEC, new_tables

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


DEVIATIONS = json.loads((HERE / "deviations.json").read_text())
DDL = seed_tables.seed_ddl()
TODAY = datetime.now(UTC).date()
ARRIVAL = datetime(2026, 1, 6, tzinfo=UTC)
PLAIN_COLUMNS = ["trade_id", "symbol", "price", "quantity", "traded_at"]

Payloads = list[str]
Rows = list[tuple[Any, ...]]


def statement(name: str) -> str:
    """The SQL that the seed's Python assigns to a name, verbatim."""
    found = re.search(rf'^{name} = spark\.sql\("""(.*?)"""\)', seed_tables.seed_block(6), re.DOTALL | re.MULTILINE)
    assert found, f"the seed assigns no SQL to {name}"
    return found[1]


def edits(name: str) -> list[dict[str, Any]]:
    return [each for each in DEVIATIONS if each["statement"] == name and "find" in each]


def results(name: str) -> list[dict[str, Any]]:
    return [each for each in DEVIATIONS if each["statement"] == name and "find" not in each]


def edited(text: str, changes: list[dict[str, Any]]) -> str:
    for change in changes:
        assert change["find"] in text, f"{change['id']}: the seed no longer has {change['find']}"
        text = text.replace(change["find"], change["replace"])
    return text


def by_id(deviation: dict[str, Any]) -> str:
    return deviation["id"]


@pytest.fixture
def lake(spark: Any) -> Iterator[Any]:
    """The seed's three tables, made by its own DDL."""
    for table, ddl in DDL.items():
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {table.split('.')[0]}")
        spark.sql(f"DROP TABLE IF EXISTS {table}")
        spark.sql(ddl)
    yield spark
    for table in DDL:
        spark.sql(f"DROP TABLE {table} PURGE")


def arrive(spark: Any, payloads: Payloads) -> None:
    rows = [(payload, f"trades/0/{offset}", ARRIVAL) for offset, payload in enumerate(payloads)]
    frame = spark.createDataFrame(rows, "raw_payload STRING, source STRING, ingested_at TIMESTAMP")
    frame.writeTo("bronze.trades").append()


def fill_silver(spark: Any, trades: list[list[Any]]) -> None:
    for trade_id, symbol, price, quantity, is_valid, days_ago in trades:
        day = TODAY - timedelta(days=days_ago)
        errors = "array()" if is_valid else "array('not_positive:quantity')"
        spark.sql(
            f"INSERT INTO silver.trades VALUES ('{trade_id}', '{symbol}', {price}, {quantity}, "
            f"TIMESTAMP'{day} 12:00:00', {str(is_valid).lower()}, {errors})"
        )


def collected(frame: Any) -> Rows:
    return sorted((tuple(row) for row in frame.collect()), key=repr)


def result_or_failure(query: Callable[[], Any]) -> Rows | None:
    """The rows of a query; None when Spark cannot plan it or fails while it runs."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        return collected(query())
    except (PySparkException, Py4JJavaError):
        return None


@pytest.fixture
def our_silver(lake: Any, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    import sql_job

    record = tmp_path / "record.json"
    record.write_text(json.dumps(TRADE_SPEC))

    def run() -> Any:
        sql_job.run(["--sql", str(SQL / "silver/trades.sql"), "--variables", VARIABLES, "--record", str(record)])
        return lake.table("silver.trades")

    with new_tables(lake, QUARANTINE_TABLE):
        yield run


@pytest.fixture
def our_gold(lake: Any) -> Callable[[], Any]:
    import sql_job

    def run() -> Any:
        # A day that overflows fails the job after the others are published.
        with suppress(sql_job.JobError):
            sql_job.run(["--sql", str(SQL / "gold/daily_trading_summary.sql"), "--variables", VARIABLES])
        return lake.table("gold.daily_trading_summary")

    return run


VARIABLES = json.dumps({"bronze": "bronze", "silver": "silver", "gold": "gold"})


# --- tables ---------------------------------------------------------------------------------------------------------


def test_the_seeds_ddl_runs_verbatim(lake: Any) -> None:
    assert seed_tables.describe(lake, "silver.trades") == seed_tables.Described(
        columns=[
            ("trade_id", "string", True),
            ("symbol", "string", True),
            ("price", "decimal(18,8)", True),
            ("quantity", "decimal(18,8)", True),
            ("traded_at", "timestamp", True),
            ("is_valid", "boolean", True),
            ("validation_errors", "array<string>", True),
        ],
        partitions=["days(traded_at)"],
        provider="iceberg",
    )
    assert seed_tables.describe(lake, "gold.daily_trading_summary").partitions == ["date"]
    assert seed_tables.describe(lake, "bronze.trades").partitions == []


def test_describe_finds_no_difference_between_a_table_and_itself(lake: Any) -> None:
    assert seed_tables.differences(lake, {table: table for table in DDL}) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE silver.trades ADD COLUMN venue STRING",
        "ALTER TABLE silver.trades RENAME COLUMN symbol TO ticker",
        "ALTER TABLE silver.trades ALTER COLUMN price TYPE DECIMAL(20, 8)",
        "ALTER TABLE silver.trades ALTER COLUMN quantity FIRST",
        "ALTER TABLE silver.trades ADD PARTITION FIELD symbol",
    ],
)
def test_describe_finds_every_change_of_a_table(lake: Any, change: str) -> None:
    lake.sql(change)
    found = seed_tables.differences(lake, {table: table for table in DDL})
    assert [each["table"] for each in found] == ["silver.trades"]


# --- bronze ---------------------------------------------------------------------------------------------------------


def read_stream(spark: Any, changes: list[dict[str, Any]]) -> Any:
    """What the seed's Python makes of ``trades_stream``; nothing is read yet, so no broker is needed."""
    source = re.search(r"^trades_stream = .*?\.load\(\)$", seed_tables.seed_block(6), re.DOTALL | re.MULTILINE)
    assert source
    names: dict[str, Any] = {"spark": spark}
    exec(edited(source[0], changes), names)
    return names["trades_stream"]


def test_the_seeds_stream_has_the_columns_of_bronze_with_its_deviations(lake: Any) -> None:
    assert read_stream(lake, edits("trades_stream")).columns == lake.table("bronze.trades").columns


@pytest.mark.parametrize("left_out", edits("trades_stream"), ids=by_id)
def test_the_seeds_stream_needs_each_deviation(lake: Any, left_out: dict[str, Any]) -> None:
    from pyspark.errors import PySparkException

    rest = [each for each in edits("trades_stream") if each is not left_out]
    columns = None
    with suppress(PySparkException):
        columns = read_stream(lake, rest).columns
    assert columns != lake.table("bronze.trades").columns


# --- silver ---------------------------------------------------------------------------------------------------------


def seed_silver(spark: Any, changes: list[dict[str, Any]] | None = None) -> Any:
    return spark.sql(edited(statement("silver_trades"), edits("silver_trades") if changes is None else changes))


@pytest.mark.parametrize("left_out", edits("silver_trades"), ids=by_id)
def test_the_seeds_silver_needs_each_deviation_of_text(lake: Any, left_out: dict[str, Any]) -> None:
    from pyspark.errors import AnalysisException

    with pytest.raises(AnalysisException):
        seed_silver(lake, [each for each in edits("silver_trades") if each is not left_out])


def test_the_seeds_silver_gives_our_rows_where_no_deviation_is_listed(lake: Any, our_silver: Any) -> None:
    arrive(
        lake,
        [
            json.dumps(dict(zip(("trade_id", "symbol", "price", "quantity", "timestamp"), trade, strict=True)))
            for trade in (
                ("a", "ACME", "10.5", "2", "2026-01-05T10:00:00Z"),
                ("b", "ACME", "0.00000001", 9999999999, "2026-01-05T10:00:00.123456Z"),
                ("c", "Z Z", "1.10000000", "7", "2026-01-05T23:59:59+02:00"),
                ("d", "ümlaut", 3, 4.25, "2026-01-05 10:00:00"),
            )
        ],
    )
    assert collected(seed_silver(lake)) == collected(our_silver().select(*PLAIN_COLUMNS))


@pytest.mark.parametrize("deviation", [each for each in results("silver_trades") if "columns" in each], ids=by_id)
def test_the_seeds_silver_lacks_columns_of_its_own_table(lake: Any, deviation: dict[str, Any]) -> None:
    assert lake.table("silver.trades").columns == [*seed_silver(lake).columns, *deviation["columns"]]


@pytest.mark.parametrize("deviation", [each for each in results("silver_trades") if "columns" not in each], ids=by_id)
def test_the_seeds_silver_needs_each_deviation_of_result(lake: Any, our_silver: Any, deviation: dict[str, Any]) -> None:
    arrive(lake, deviation["payloads"])
    columns = [*PLAIN_COLUMNS, "is_valid"]
    ours = collected(our_silver().select(*columns))
    assert ours
    assert result_or_failure(lambda: seed_silver(lake).selectExpr(*PLAIN_COLUMNS, "TRUE AS is_valid")) != ours


# --- gold -----------------------------------------------------------------------------------------------------------


def seed_gold(spark: Any) -> Any:
    """The seed's statement verbatim, its result as its own table would store it."""
    columns = [f"CAST({each.name} AS {each.dataType.simpleString()}) AS {each.name}" for each in gold_fields(spark)]
    return spark.sql(statement("daily_summary")).selectExpr(*columns)


def gold_fields(spark: Any) -> Any:
    return spark.table("gold.daily_trading_summary").schema.fields


def test_the_seeds_gold_runs_verbatim_and_gives_our_rows_where_no_deviation_is_listed(lake: Any, our_gold: Any) -> None:
    assert edits("daily_summary") == []
    fill_silver(
        lake,
        [
            ["a", "AAA", "1", "1", True, 1],
            ["b", "AAA", "2", "2", True, 1],
            ["c", "BBB", "0.5", "0.00000008", True, 1],
        ],
    )
    assert collected(seed_gold(lake)) == collected(our_gold())
    assert [row.vwap for row in our_gold().orderBy("symbol").collect()] == [Decimal("1.66666667"), Decimal("0.5")]


@pytest.mark.parametrize("deviation", results("daily_summary"), ids=by_id)
def test_the_seeds_gold_needs_each_deviation_of_result(lake: Any, our_gold: Any, deviation: dict[str, Any]) -> None:
    fill_silver(lake, deviation["trades"])
    ours = collected(our_gold())
    assert ours
    assert result_or_failure(lambda: seed_gold(lake)) != ours
