"""The blueprint's incremental models, built again and again over trades that change in every way that trades do."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from folder_bucket import FolderBucket
from warehouse_tasks import dbt
from warehouse_tasks.dbt import Artifacts, DbtFailed, Project

PROJECT = Path(__file__).parents[4] / "blueprints" / "warehouse" / "dbt"
MODELS = ["metrics/trader_performance.sql", "metrics/traders.sql"]
# Hangs on a model's table, so that it is gone when that table is replaced.
VIEW = "{{ config(materialized='view') }} select distinct trader_id from {{ ref('trader_performance') }}"
ROUNDS = 4

RAW = """
create schema raw_exchange_api;
create table raw_exchange_api.symbols (
    symbol text, asset_class text, base text, quote text, is_listed bool, ingested_at timestamptz);
insert into raw_exchange_api.symbols
    select s, 'equity', s, 'USD', true, now() from unnest(array['A', 'B', 'C']) as s;
create table raw_exchange_api.trades (
    trade_id text primary key, symbol text, side text, trader_id text, venue text, price decimal(18, 8),
    quantity decimal(18, 8), traded_at timestamptz, updated_at timestamptz, ingested_at timestamptz);
"""

# Worked out from the raw rows alone, without any model.
EXPECTED = {
    "marts.fct_trades": """
        select trade_id, symbol, price, quantity, traded_at, ingested_at from raw_exchange_api.trades
        where price > 0 and quantity > 0 order by 1""",
    "marts.fct_daily_summary": """
        select (traded_at at time zone 'UTC')::date, symbol, count(*), sum(quantity)::text, sum(price * quantity)::text
        from raw_exchange_api.trades where price > 0 and quantity > 0 group by 1, 2 order by 1, 2""",
    "metrics.trader_performance": """
        select trader_id, (traded_at at time zone 'UTC')::date, count(*), sum(price * quantity)::text
        from raw_exchange_api.trades where price > 0 and quantity > 0 and trader_id is not null
        group by 1, 2 order by 1, 2""",
}
BUILT = {
    "marts.fct_trades": "select trade_id, symbol, price, quantity, traded_at, ingested_at from {} order by 1",
    "marts.fct_daily_summary": """
        select traded_on, symbol, trade_count, total_volume::text, turnover::text from {} order by 1, 2""",
    "metrics.trader_performance": "select trader_id, traded_on, trade_count, turnover::text from {} order by 1, 2",
}


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderBucket:
    """Where artifacts are kept."""
    bucket = FolderBucket(tmp_path / "bucket")
    monkeypatch.setattr(dbt, "boto3", SimpleNamespace(client=lambda service: bucket))
    return bucket


@pytest.fixture
def build(database: Any, bucket: FolderBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Builds as the task does, each time in a folder of its own; gives the names of the nodes."""
    address = database.address
    for name, value in {
        "WAREHOUSE_ENGINE": "postgres",
        "DBT_HOST": address["host"],
        "DBT_PORT": str(address["port"]),
        "DBT_DATABASE": address["database"],
        "DBT_USER": address["user"],
        "DBT_ENV_SECRET_PASSWORD": address["password"],
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }.items():
        monkeypatch.setenv(name, value)
    artifacts = Artifacts("s3://bucket/dbt")
    database.rows(RAW)

    def run(full_refresh: bool = False) -> list[str]:
        monkeypatch.delenv("DBT_TESTED_UNTIL", raising=False)
        folder = Path(shutil.copytree(PROJECT, tmp_path / f"project-{random.getrandbits(64)}"))
        (folder / "models" / "metrics" / "traders.sql").write_text(VIEW)
        project = Project("s3://bucket/project", folder, artifacts, MODELS)
        results = project.build(full_refresh=full_refresh, slim=True).results
        artifacts.keep(project.target, "build", is_latest=True, unchanged=project.unchanged)
        return [each["unique_id"].split(".")[2] for each in results]

    return run


class Market:
    """Trades that come and change."""

    def __init__(self, database: Any, seed: int) -> None:
        self._database = database
        self._chance = random.Random(seed)
        self._number = 0

    def arrive(self, count: int) -> None:
        """New trades, of three days."""
        for _ in range(count):
            self._number += 1
            self._put(f"T{self._number}")

    def change(self, count: int) -> None:
        """Trades that are revised, moved to another day or symbol, cancelled, or valid again."""
        for _ in range(count):
            self._put(f"T{self._chance.randint(1, self._number)}", cancelled=self._chance.random() < 0.4)

    def cancel_day(self, day: int) -> None:
        """Cancels every trade of a day."""
        self._database.rows(
            f"update raw_exchange_api.trades set quantity = 0, ingested_at = clock_timestamp() "
            f"where (traded_at at time zone 'UTC')::date = '2026-01-0{day}'"
        )

    def _put(self, trade_id: str, *, cancelled: bool = False) -> None:
        chance = self._chance
        side, trader = chance.choice(["'buy', 'x'", "'sell', 'y'", "'buy', null"]).split(", ")
        self._database.rows(
            f"""
            insert into raw_exchange_api.trades values ('{trade_id}', '{chance.choice("ABC")}', {side}, {trader}, 'V',
                {chance.randint(1, 999)}.5, {0 if cancelled else chance.randint(1, 99)},
                '2026-01-0{chance.randint(1, 3)} 1{chance.randint(0, 9)}:00:00Z', now(), clock_timestamp())
            on conflict (trade_id) do update set (symbol, side, trader_id, price, quantity, traded_at, ingested_at) =
                (excluded.symbol, excluded.side, excluded.trader_id, excluded.price, excluded.quantity,
                excluded.traded_at, excluded.ingested_at)
            """
        )


def tables(database: Any) -> dict[str, list[tuple]]:
    """Every column of what was built, in a fixed order."""
    return {table: sorted(database.rows(f"select {table.split('.')[1]}::text from {table}")) for table in BUILT}


def test_incremental_builds_give_what_one_from_the_beginning_does(database: Any, build: Any) -> None:
    market = Market(database, seed=7)
    market.arrive(60)
    nodes = [len(build())]
    for turn in range(ROUNDS):
        market.change(8)
        market.arrive(3)
        if turn == 2:
            market.cancel_day(2)
        nodes.append(len(build()))
        for table, query in EXPECTED.items():
            assert database.rows(BUILT[table].format(table)) == database.rows(query), (table, turn)
    assert set(nodes[1:]) < set(range(nodes[0])), "a slim build leaves something out"
    incremental = tables(database)
    build(full_refresh=True)
    assert tables(database) == incremental


def test_newer_rows_make_no_view_over_sources_anew(database: Any, build: Any) -> None:
    market = Market(database, seed=7)
    market.arrive(5)
    assert {"stg_trades", "fct_trades", "traders"} <= set(build())
    market.arrive(5)
    nodes = build()
    assert "stg_trades" not in nodes
    assert {"not_null_stg_trades_trade_id", "fct_trades", "traders"} <= set(nodes)
    # Of what has not changed, nothing.
    assert not {name for name in nodes if "stg_symbols" in name and "relationships" not in name}
    assert build() == []


def test_each_build_keeps_what_it_did_and_of_which_project(database: Any, build: Any, bucket: FolderBucket) -> None:
    market = Market(database, seed=7)
    market.arrive(5)
    build()
    market.arrive(5)
    nodes = build()
    whole, slim = sorted((bucket.folder / "dbt" / "runs").iterdir())
    for name in ("manifest.json", "semantic_manifest.json"):
        kept = [folder / name for folder in (whole, slim, bucket.folder / "dbt" / "latest")]
        assert len({file.read_bytes() for file in kept}) == 1
    results = json.loads((slim / "run_results.json").read_text())["results"]
    assert [each["unique_id"].split(".")[2] for each in results] == nodes
    assert len(results) < len(json.loads((whole / "run_results.json").read_text())["results"])


def test_statistics_are_gathered_of_a_new_table(database: Any, build: Any) -> None:
    Market(database, seed=7).arrive(5)
    build()
    known = (
        "select count(*) from pg_stats where (schemaname, tablename, attname) = ('marts', 'fct_trades', 'traded_on')"
    )
    assert database.rows(known) == [(1,)]


def test_a_test_that_failed_fails_until_it_is_mended(database: Any, build: Any) -> None:
    market = Market(database, seed=7)
    market.arrive(5)
    build()
    database.rows("update raw_exchange_api.trades set symbol = 'D', ingested_at = now() where trade_id = 'T1'")
    for _ in range(2):
        with pytest.raises(DbtFailed, match="relationships_fct_trades_symbol"):
            build()
    database.rows("update raw_exchange_api.trades set symbol = 'A', ingested_at = now() where trade_id = 'T1'")
    build()
