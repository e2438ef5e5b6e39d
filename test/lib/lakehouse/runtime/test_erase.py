"""The erasure job on a real Iceberg warehouse: what is gone, what stays, and that nothing comes back."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import erase
import pytest
import quality_gate
from runtime_support import SQL, TRADE_SPEC, new_tables

import sql_job
from tables import JobError

DAY = (datetime.now(UTC) - timedelta(days=3)).date()
SPEC = {"fields": [*TRADE_SPEC["fields"], {"name": "trader_id", "wire": "trader_id", "type": "string"}]}
GOLD = "gold.daily_trading_summary"
TABLES = ("bronze.trades", "silver.trades", "silver.trades_quarantine", GOLD)
VARIABLES = {"bronze": "bronze", "silver": "silver", "gold": "gold"}
DDL = """
CREATE TABLE bronze.trades (raw_payload STRING, source STRING, ingested_at TIMESTAMP) USING iceberg;
CREATE TABLE silver.trades (
    trade_id STRING, symbol STRING, price DECIMAL(18, 8), quantity DECIMAL(18, 8), traded_at TIMESTAMP,
    trader_id STRING, is_valid BOOLEAN, validation_errors ARRAY<STRING>
) USING iceberg PARTITIONED BY (days(traded_at));
CREATE TABLE silver.trades_quarantine (
    source STRING, position INT, ingested_at TIMESTAMP, payload_hash STRING,
    trade_id STRING, symbol STRING, price DECIMAL(18, 8), quantity DECIMAL(18, 8), traded_at TIMESTAMP,
    trader_id STRING, is_valid BOOLEAN, validation_errors ARRAY<STRING>
) USING iceberg PARTITIONED BY (days(ingested_at));
CREATE TABLE gold.daily_trading_summary (
    date DATE, symbol STRING, total_volume DECIMAL(18, 8), vwap DECIMAL(18, 8), trade_count BIGINT
) USING iceberg PARTITIONED BY (date)
"""


class Lake:
    """Bronze, silver and gold, fed by hand as the jobs feed them."""

    def __init__(self, spark: Any, folder: Path) -> None:
        self.spark = spark
        self.folder = folder
        self._offset = 0
        (folder / "record.json").write_text(json.dumps(SPEC))

    def arrive(self, *payloads: dict[str, Any] | str) -> None:
        """One commit of the streaming job, with the offsets that it has read."""
        rows = []
        for payload in payloads:
            text = payload if isinstance(payload, str) else json.dumps(payload)
            rows.append((text, f"trades/0/{self._offset}", datetime.now(UTC)))
            self._offset += 1
        frame = self.spark.createDataFrame(rows, "raw_payload STRING, source STRING, ingested_at TIMESTAMP")
        offsets = json.dumps({"trades": {"0": self._offset}})
        option = "snapshot-property.cdk-data-patterns.kafka-offsets"
        frame.writeTo("bronze.trades").option(option, offsets).append()

    def pipeline(self) -> None:
        variables = ["--variables", json.dumps(VARIABLES)]
        record = ["--record", str(self.folder / "record.json")]
        sql_job.run(["--sql", str(SQL / "silver/trades.sql"), *variables, *record])
        sql_job.run(["--sql", str(SQL / "gold/daily_trading_summary.sql"), *variables])

    def erase(self, column: str, *values: str, orphan_hours: float = 0, **request: Any) -> dict[str, Any]:
        file = self.folder / "requests" / "1.json"
        file.parent.mkdir(exist_ok=True)
        wish = {"column": column, "values": values, "requestedBy": "privacy@example.com", "reason": "asked"}
        file.write_text(json.dumps({**wish, **request}))
        plan = {
            "columns": ["trade_id", "trader_id"],
            "identity": "trade_id",
            "payloads": [{"table": "bronze.trades", "consumers": [{"table": "silver.trades", "name": "bronze"}]}],
            "tables": [{"table": "silver.trades"}, {"table": "silver.trades_quarantine"}],
            "derived": [{"table": GOLD, "sql": [str(SQL / "gold/daily_trading_summary.sql")]}],
            "record": str(self.folder / "record.json"),
            "variables": VARIABLES,
            "disposable": [str(self.folder / "query-results")],
            "orphanHours": orphan_hours,
        }
        arguments = ["--plan", json.dumps(plan), "--request", str(file), "--records", str(self.folder / "erasures")]
        return erase.run([*arguments, "--JOB_RUN_ID", "jr_1"])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.spark.sql(query).collect()]

    def ids(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT trade_id FROM silver.trades ORDER BY trade_id")]

    def location(self, table: str) -> Path:
        described = self.rows(f"DESCRIBE TABLE EXTENDED {table}")
        return Path(next(row[1] for row in described if row[0] == "Location").removeprefix("file:"))

    def record(self) -> dict[str, Any]:
        return json.loads(max((self.folder / "erasures").iterdir(), key=os.path.getmtime).read_text())

    def mentions(self, value: str) -> list[str]:
        """Files of the lake in which the value stands, data files read as what they are."""
        found = []
        for table in TABLES:
            for file in sorted(self.location(table).rglob("*")):
                if file.is_file() and value in _content(file):
                    found.append(file.name)
        return found


def _content(file: Path) -> str:
    """All of a file as text: what is compressed in it too."""
    raw = file.read_bytes().decode("utf-8", "replace")
    if file.suffix == ".parquet":
        raw += str(duckdb.sql(f"SELECT * FROM read_parquet('{file}')").fetch_arrow_table().to_pylist())
    if file.suffix == ".avro":
        connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        tools = json.loads(os.environ["DATA_PATTERNS_TOOLCHAIN"])
        connection.load_extension(next(path for path in tools["duckdbExtensions"] if "avro" in Path(path).name))
        raw += str(connection.sql(f"SELECT * FROM read_avro('{file}')").fetchall())
    return raw


def trade(trade_id: str | None, trader: str, **fields: Any) -> dict[str, Any]:
    """A valid trade of three days ago: 1 ACME at 10."""
    whole = {
        "trade_id": trade_id,
        "symbol": "ACME",
        "price": "10",
        "quantity": "1",
        "timestamp": f"{DAY}T12:00:00Z",
        "trader_id": trader,
    }
    return {**whole, **fields}


@contextmanager
def new_lake(spark: Any, folder: Path) -> Iterator[Lake]:
    with new_tables(spark, DDL):
        yield Lake(spark, folder)


@pytest.fixture
def lake(spark: Any, tmp_path: Path) -> Iterator[Lake]:
    with new_lake(spark, tmp_path) as lake:
        yield lake


@pytest.fixture(scope="module")
def erased(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Three traders, one of whom is erased. The tests that only look at it come first."""
    with new_lake(spark, tmp_path_factory.mktemp("erased")) as lake:
        first = [trade("t1", "alice-4711"), trade("t2", "bob-0815", quantity="2")]
        lake.arrive(*first, trade("t3", "alice-4711", symbol="B"))
        lake.pipeline()
        lake.arrive(trade("t6", "alice-4711", price="-1"), trade("t7", "bob-0815", price="-1"))
        lake.pipeline()
        lake.arrive(trade("t4", "carol-1234"), '{"trader_id": "alice-4711", broken', '{"trader_id": "bob-0815", broken')
        lake.pipeline()
        lake.erase("trader_id", "alice-4711")
        yield lake


def test_the_rows_are_gone_from_every_layer_and_those_of_others_are_not(erased: Lake) -> None:
    assert erased.rows("SELECT trade_id, trader_id FROM silver.trades WHERE is_valid ORDER BY 1") == [
        ("t2", "bob-0815"),
        ("t4", "carol-1234"),
    ]
    payloads = [row[0] for row in erased.rows("SELECT raw_payload FROM bronze.trades ORDER BY source")]
    refused = trade("t7", "bob-0815", price="-1")
    expected = [trade("t2", "bob-0815", quantity="2"), refused, trade("t4", "carol-1234")]
    assert payloads == [*map(json.dumps, expected), '{"trader_id": "bob-0815", broken']
    gold = erased.rows("SELECT symbol, cast(total_volume AS INT), trade_count FROM gold.daily_trading_summary")
    assert gold == [("ACME", 3, 2)]


def test_no_file_that_is_left_has_the_value_in_it(erased: Lake) -> None:
    assert erased.mentions("alice-4711") == []


def test_the_search_finds_what_is_there(erased: Lake) -> None:
    assert {Path(name).suffix for name in erased.mentions("bob-0815")} >= {".parquet", ".avro"}


def test_the_past_is_gone(erased: Lake) -> None:
    for table in TABLES:
        assert len(erased.rows(f"SELECT * FROM {table}.snapshots")) == 1
        metadata = list(erased.location(table).rglob("*.metadata.json"))
        assert len(metadata) == 1


def test_the_stream_goes_on_where_it_was(erased: Lake) -> None:
    from tables import IcebergTable

    position = IcebergTable(erased.spark, "bronze.trades").last_committed("cdk-data-patterns.kafka-offsets")
    assert json.loads(position) == {"trades": {"0": 8}}


def test_the_record_tells_all_but_the_value(erased: Lake) -> None:
    record = erased.record()
    assert "alice-4711" not in json.dumps(record)
    assert record["requestedBy"] == "privacy@example.com"
    assert record["jobRun"] == "jr_1"
    salted = hashlib.sha256(f"{record['salt']}alice-4711".encode()).hexdigest()
    assert record["valueHashes"] == [salted]
    rows = {table["table"]: table["rowsErased"] for table in record["tables"]}
    assert rows == {"bronze.trades": 4, "silver.trades": 3, "silver.trades_quarantine": 1, GOLD: 0}
    assert all(table["snapshotsExpired"] > 0 for table in record["tables"])
    assert all(table["snapshotBefore"] != table["snapshotAfter"] for table in record["tables"])


def test_the_request_is_gone_when_it_is_done(erased: Lake) -> None:
    assert list((erased.folder / "requests").iterdir()) == []


def test_nothing_comes_back_and_what_arrives_afterwards_is_read_once(erased: Lake) -> None:
    erased.pipeline()
    assert [each for each in erased.ids() if each] == ["t2", "t4", "t7"]
    assert erased.mentions("alice-4711") == []
    # A second erasure, before the pipeline has read anything, must not cost it its place.
    erased.erase("trade_id", "t2")
    erased.arrive(trade("t5", "dave-1"))
    erased.pipeline()
    erased.pipeline()
    assert [each for each in erased.ids() if each] == ["t4", "t5", "t7"]
    # Besides, the rows of the two broken messages: nothing stands in them but that there was one.
    assert len(erased.ids()) == 5


def test_when_rows_arrived_last_is_still_known(lake: Lake) -> None:
    lake.arrive(trade("t1", "alice-4711"), trade("t2", "bob-0815"))
    lake.pipeline()
    arrived = lake.rows("SELECT max(committed_at) FROM bronze.trades.snapshots")[0][0].timestamp()
    for trade_id in ("t1", "t2"):
        lake.erase("trade_id", trade_id)
    asked = time.time()
    figures = quality_gate.arrivals(lake.spark, "silver.trades", "bronze.trades").collect()[0]
    answered = time.time()
    assert asked - 0.01 <= arrived + figures["hours_since_arrival"] * 3600 <= answered + 0.01


def test_a_trade_goes_with_all_its_versions(lake: Lake) -> None:
    lake.arrive(trade("t1", "alice-4711"), trade("t2", "bob-0815"))
    lake.pipeline()
    lake.arrive(trade("t1", "bob-0815", price="11"))
    lake.pipeline()
    lake.erase("trader_id", "alice-4711")
    assert lake.ids() == ["t2"]
    assert len(lake.rows("SELECT * FROM bronze.trades")) == 1


def test_rows_that_silver_has_not_read_yet_stop_it_and_nothing_is_lost(lake: Lake) -> None:
    lake.arrive(trade("t1", "alice-4711"))
    lake.pipeline()
    lake.arrive(trade("t2", "alice-4711"))
    with pytest.raises(JobError, match=r"silver.trades has not read all of bronze.trades; run the pipeline"):
        lake.erase("trader_id", "alice-4711")
    lake.pipeline()
    lake.erase("trader_id", "alice-4711")
    assert lake.ids() == []
    assert lake.mentions("alice-4711") == []


def test_tables_that_note_deletes_beside_their_files_are_rewritten(lake: Lake) -> None:
    lake.spark.sql("ALTER TABLE silver.trades SET TBLPROPERTIES ('write.delete.mode' = 'merge-on-read')")
    lake.arrive(trade("t1", "alice-4711"), trade("t2", "bob-0815"))
    lake.pipeline()
    lake.erase("trader_id", "alice-4711")
    assert lake.ids() == ["t2"]
    assert lake.mentions("alice-4711") == []


def test_leftovers_go_when_they_are_old_enough_and_results_of_queries_at_once(lake: Lake) -> None:
    lake.arrive(trade("t1", "alice-4711"))
    lake.pipeline()
    old, young = (lake.location("silver.trades") / "data" / name for name in ("old.parquet", "young.parquet"))
    for file in (old, young):
        file.write_text("alice-4711")
    results = lake.folder / "query-results" / "1.csv"
    results.parent.mkdir()
    results.write_text("alice-4711")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    lake.erase("trader_id", "alice-4711", orphan_hours=1)
    assert (old.exists(), young.exists(), results.exists()) == (False, True, False)
    assert next(t for t in lake.record()["tables"] if t["table"] == "silver.trades")["unknownFilesLeft"] == 1


def test_a_tag_that_keeps_old_rows_alive_stops_it(lake: Lake) -> None:
    lake.arrive(trade("t1", "alice-4711"))
    lake.spark.sql("ALTER TABLE bronze.trades CREATE TAG audit")
    with pytest.raises(JobError, match=r"bronze.trades: the branches and tags audit keep old rows alive"):
        lake.erase("trader_id", "alice-4711")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"column": "price"}, "rows are erased by trade_id, trader_id"),
        ({"values": []}, "at least one value"),
        ({"values": [""]}, "none of them empty"),
        ({"requestedBy": ""}, "a requestedBy"),
    ],
)
def test_a_request_must_say_all(request_: dict[str, Any], message: str) -> None:
    whole = {"column": "trader_id", "values": ["alice-4711"], "requestedBy": "privacy@example.com"}
    assert erase.Request.parse(json.dumps(whole), ["trade_id", "trader_id"]).values == ("alice-4711",)
    with pytest.raises(JobError, match=message):
        erase.Request.parse(json.dumps({**whole, **request_}), ["trade_id", "trader_id"])
