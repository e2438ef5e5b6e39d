"""Invalid trades judged again after their mapping was mended, on a real Iceberg warehouse; outcomes written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from runtime_support import BLUEPRINT_TABLES, SQL, TRADE_SPEC, new_tables

import sql_job

VARIABLES = json.dumps({"bronze": "bronze", "silver": "silver", "gold": "gold"})
TABLES = ("bronze.trades", "silver.trades", "silver.trades_quarantine", "gold.daily_trading_summary")
DAY = date(2026, 1, 5)
FIRST = datetime(2026, 1, 10, tzinfo=UTC)

RIGHT = {
    "name": "x",
    "each": "t",
    "fields": {
        "trade_id": {"template": "x:{id}"},
        "symbol": {"path": "$.s"},
        "price": {"path": "p", "scale": 2},
        "quantity": {"path": "q"},
        "timestamp": {"path": "$.at", "epoch": "s"},
    },
    "ignore": [{"path": "kind", "is": ["heartbeat"]}],
}


def wrong(**fields: Any) -> dict[str, Any]:
    """The mapping with some fields read wrongly, and nothing ignored."""
    return {**RIGHT, "fields": {**RIGHT["fields"], **fields}, "ignore": []}


NO_ID = {"trade_id": {"template": "x:{none}"}}
NO_PRICE = {"price": {"path": "none"}}


class Lake:
    """Bronze, silver, quarantine and gold, and whatever happens to them."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self.spark = spark
        self._record = folder / "record.json"
        self._offset = 0

    def arrive(self, day: int, *messages: Any) -> None:
        """A commit of messages that are ingested on a day counted from the first, a minute apart."""
        rows = []
        for minute, message in enumerate(messages):
            text = message if isinstance(message, str) else json.dumps(message)
            rows.append((text, f"trades/0/{self._offset}", FIRST + timedelta(days=day, minutes=minute)))
            self._offset += 1
        frame = self.spark.createDataFrame(rows, "raw_payload STRING, source STRING, ingested_at TIMESTAMP")
        frame.writeTo("bronze.trades").append()

    def silver(self, mapping: dict[str, Any], reevaluate: tuple[int, int] | None = None) -> dict[str, Any]:
        """The silver job, by a mapping; it judges again what arrived from one day to another."""
        self._record.write_text(json.dumps({**TRADE_SPEC, "mappings": [mapping]}))
        sql = ",".join(str(SQL / f"silver/{name}.sql") for name in ("trades", "trades_reevaluate"))
        days = [str((FIRST + timedelta(days=day)).date()) for day in reevaluate or ()]
        dates = ["--from_date", days[0], "--to_date", days[1]] if days else []
        return sql_job.run(["--sql", sql, "--variables", VARIABLES, "--record", str(self._record), *dates])

    def gold(self) -> dict[date, tuple[Decimal, Decimal, int]]:
        sql_job.run(["--sql", str(SQL / "gold/daily_trading_summary.sql"), "--variables", VARIABLES])
        query = "SELECT date, total_volume, vwap, trade_count FROM gold.daily_trading_summary"
        return {row[0]: tuple(row[1:]) for row in self.spark.sql(query).collect()}

    def trades(self) -> list[tuple[Any, ...]]:
        query = "SELECT trade_id, price, validation_errors FROM silver.trades ORDER BY 1, 2, 3"
        return [tuple(row) for row in self.spark.sql(query).collect()]

    def quarantine(self) -> list[tuple[Any, ...]]:
        query = "SELECT source, position, validation_errors FROM silver.trades_quarantine ORDER BY 1, 2"
        return [tuple(row) for row in self.spark.sql(query).collect()]

    def hashes(self) -> dict[str, str]:
        query = "SELECT source, payload_hash FROM silver.trades_quarantine"
        return {row[0]: row[1] for row in self.spark.sql(query).collect()}

    def sha256(self) -> dict[str, str]:
        rows = self.spark.sql("SELECT source, raw_payload FROM bronze.trades").collect()
        return {row[0]: sha256(row[1].encode()).hexdigest() for row in rows}

    def commits(self) -> int:
        query = " + ".join(f"(SELECT count(*) FROM {table}.snapshots)" for table in TABLES[1:3])
        return self.spark.sql(f"SELECT {query}").collect()[0][0]


@pytest.fixture
def lake(spark: Any, tmp_path: Path) -> Iterator[Lake]:
    with new_tables(spark, BLUEPRINT_TABLES):
        yield Lake(spark, tmp_path)


def message(*trades: tuple[Any, int], **others: Any) -> dict[str, Any]:
    """A message with trades of one unit on DAY, each with id and price in hundredths."""
    at = int(datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC).timestamp())
    return {"s": "ACME", "at": at, "t": [{"id": id_, "p": price, "q": "1"} for id_, price in trades], **others}


def test_mended_trades_replace_invalid_ones_and_change_gold_and_a_repetition_changes_nothing(lake: Lake) -> None:
    lake.arrive(0, message((1, 1000), (2, 2000)), message(("bad", 0)), {"kind": "heartbeat"}, "{")
    lake.arrive(1, message((1, 1000)), message((3, 3000)))
    lake.silver(wrong(**NO_ID))
    missing = ["missing:trade_id"]
    assert lake.trades() == [
        (None, None, ["malformed"]),
        (None, None, ["malformed"]),
        (None, Decimal(0), [*missing, "not_positive:price"]),
        (None, Decimal(10), missing),
        (None, Decimal(10), missing),
        (None, Decimal(20), missing),
        (None, Decimal(30), missing),
    ]
    places = [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]
    assert [row[:2] for row in lake.quarantine()] == [(f"trades/0/{offset}", place) for offset, place in places]
    assert lake.hashes().items() <= lake.sha256().items()
    assert lake.gold() == {}

    # Only what arrived on the first day: one of the two equal rows stays as it is.
    summary = lake.silver(RIGHT, reevaluate=(0, 0))
    invalid = ["not_positive:price"]
    first_day = [
        (None, None, ["malformed"]),
        (None, Decimal(10), missing),
        (None, Decimal(30), missing),
        ("x:1", Decimal(10), []),
        ("x:2", Decimal(20), []),
        ("x:bad", Decimal(0), invalid),
    ]
    assert lake.trades() == first_day
    assert lake.quarantine() == [
        ("trades/0/1", 0, invalid),
        ("trades/0/3", 0, ["malformed"]),
        ("trades/0/4", 0, missing),
        ("trades/0/5", 0, missing),
    ]
    assert lake.hashes().items() <= lake.sha256().items()
    assert (summary["rowsIn"], summary["rowsRejected"]) == (4, 2)
    assert lake.gold() == {DAY: (Decimal(2), Decimal(15), 2)}

    commits = lake.commits()
    lake.silver(RIGHT, reevaluate=(0, 0))
    assert (lake.trades(), lake.commits()) == (first_day, commits)

    # The second day brings the first trade once more, and a third.
    lake.silver(RIGHT, reevaluate=(1, 5))
    assert lake.trades() == [
        (None, None, ["malformed"]),
        ("x:1", Decimal(10), []),
        ("x:2", Decimal(20), []),
        ("x:3", Decimal(30), []),
        ("x:bad", Decimal(0), invalid),
    ]
    assert lake.gold() == {DAY: (Decimal(3), Decimal(20), 3)}


def test_the_version_that_arrived_last_stays_whenever_it_became_valid(lake: Lake) -> None:
    lake.arrive(0, message((1, 100)), message((2, 100)), message((3, 100)), message((4, 100)))
    lake.silver(wrong(**NO_PRICE))
    # A later version that is valid; one that is valid and says the same; and one that is invalid again.
    lake.arrive(1, message((1, 200)), message((2, 100)))
    lake.silver(RIGHT)
    lake.arrive(2, message((3, 300)))
    lake.silver(wrong(**NO_PRICE))
    lake.silver(RIGHT, reevaluate=(0, 0))
    missing = ["missing:price"]
    assert lake.trades() == [("x:1", 2, []), ("x:2", 1, []), ("x:3", None, missing), ("x:4", 1, [])]
    lake.silver(RIGHT, reevaluate=(0, 9))
    assert lake.trades() == [("x:1", 2, []), ("x:2", 1, []), ("x:3", 3, []), ("x:4", 1, [])]
    assert lake.quarantine() == []


def test_an_earlier_valid_version_comes_to_light_when_the_invalid_one_was_none(lake: Lake) -> None:
    lake.arrive(0, message((1, 100)))
    lake.silver(RIGHT)
    lake.arrive(1, message((1, 0), kind="heartbeat"))
    lake.silver(wrong())
    assert lake.trades() == [("x:1", 0, ["not_positive:price"])]
    lake.silver(RIGHT, reevaluate=(1, 1))
    assert lake.trades() == [("x:1", 1, [])]
    assert lake.quarantine() == []


def test_a_run_that_dies_between_its_two_commits_is_finished_by_the_next(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.arrive(0, message((1, 100)), message((1, 100)), "{", "{")
    lake.silver(wrong(**NO_ID))
    lake.arrive(1, "{")
    lake.silver(wrong(**NO_ID))
    real = sql_job.with_commit_properties

    def die_at_the_quarantine(spark: Any, properties: dict[str, str], action: Any) -> None:
        commits = lake.spark.sql("SELECT count(*) FROM silver.trades.snapshots").collect()[0][0]
        if commits == 3:
            raise RuntimeError("killed")
        real(spark, properties, action)

    with monkeypatch.context() as patch:
        patch.setattr(sql_job, "with_commit_properties", die_at_the_quarantine)
        with pytest.raises(sql_job.JobError, match="killed"):
            lake.silver(RIGHT, reevaluate=(0, 0))
    malformed = (None, None, ["malformed"])
    after = [malformed, malformed, malformed, ("x:1", 1, [])]
    assert (lake.trades(), len(lake.quarantine())) == (after, 5)
    lake.silver(RIGHT, reevaluate=(0, 0))
    assert (lake.trades(), len(lake.quarantine())) == (after, 3)


def test_a_silver_run_that_dies_after_the_quarantine_repeats_nothing(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.arrive(0, "{", message((1, 0)))
    real = sql_job.with_commit_properties

    def die_at_silver(spark: Any, properties: dict[str, str], action: Any) -> None:
        if "cdk-data-patterns.rows-read" in properties:
            raise RuntimeError("killed")
        real(spark, properties, action)

    with monkeypatch.context() as patch:
        patch.setattr(sql_job, "with_commit_properties", die_at_silver)
        with pytest.raises(sql_job.JobError, match="killed"):
            lake.silver(RIGHT)
    assert (lake.trades(), len(lake.quarantine())) == ([], 2)
    lake.arrive(1, "{")
    lake.silver(RIGHT)
    assert (len(lake.trades()), len(lake.quarantine())) == (3, 3)
