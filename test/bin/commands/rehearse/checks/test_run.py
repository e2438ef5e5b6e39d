"""The whole command on real engines: an emulated broker, Iceberg tables behind MiniStack, pyiceberg and DuckDB."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from checks.config import Config
from lakehouse import (
    broker,
    configuration,
    create_table,
    emulator,
    example_bronze,
    example_gold,
    example_silver,
    example_values,
)

START = 1_767_700_000_000
REPORTED = {"rows-read": "12", "duplicates": "1", "revisions": "1", "invalid": "6"}


def duckdb_extensions() -> list[str]:
    """The extension files inside their packages, in the order in which they need one another."""
    files = []
    for name in ("avro", "httpfs", "iceberg"):
        spec = find_spec(f"duckdb_extension_{name}")
        assert spec is not None and spec.submodule_search_locations
        files += [str(file) for file in Path(spec.submodule_search_locations[0]).rglob(f"{name}.duckdb_extension*")]
    return files


@pytest.fixture(scope="module")
def config_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("checks")
    records = [(START + place * 1000, value) for place, value in enumerate(example_values())]
    with emulator(folder) as endpoint, broker("trades", records) as kafka:
        yield configuration(endpoint, folder, kafka, "trades", duckdb_extensions())


@pytest.fixture
def config(config_path: Path) -> Config:
    """Faultless tables, anew for each test."""
    config = Config.read(config_path)
    offsets = json.dumps({"trades": {"0": len(example_values())}})
    create_table(config, "bronze.trades", example_bronze("trades", START), {"kafka-offsets": offsets})
    create_table(config, "silver.trades", example_silver(), REPORTED)
    create_table(config, "gold.daily_trading_summary", example_gold(), {})
    return config


def run_command(config_path: Path) -> subprocess.CompletedProcess[str]:
    package = Path(__file__).parents[5] / "bin" / "commands" / "rehearse"
    return subprocess.run(
        [sys.executable, "-m", "checks", "--config", str(config_path)],
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def judged(config: Config, config_path: Path) -> dict:
    finished = run_command(config_path)
    assert finished.returncode == 0, finished.stderr
    return json.loads(config.result.read_text("utf-8"))


def failed(result: dict) -> list[str]:
    return [check["name"] for check in result["checks"] if not check["passed"]]


def test_faultless_tables_pass_in_both_engines(config: Config, config_path: Path) -> None:
    result = judged(config, config_path)
    assert failed(result) == []
    names = {check["name"] for check in result["checks"]}
    for layer in ("bronze", "silver", "gold"):
        assert f"{layer}: DuckDB and pyiceberg read the same rows" in names


def test_writes_the_final_tables_with_payloads_to_the_byte(config: Config, config_path: Path) -> None:
    result = judged(config, config_path)
    assert {layer: table["rows"] for layer, table in result["tables"].items()} == {
        "bronze": 12,
        "silver": 10,
        "gold": 3,
    }
    payloads = pq.read_table(config.tables_dir / "bronze.trades.parquet").column("raw_payload").to_pylist()
    assert payloads == example_values()
    assert pq.read_table(config.tables_dir / "gold.daily_trading_summary.parquet").equals(example_gold())


def test_gives_figures_by_symbol_and_day(config: Config, config_path: Path) -> None:
    figures = judged(config, config_path)["figures"]
    assert figures["days"] == ["2026-01-05", "2026-01-06"]
    assert figures["symbols"][1] == {
        "symbol": "B",
        "vwap": ["0.50000000", None],
        "volume": ["1234567890.12345678", None],
        "trades": [1, None],
    }
    assert {"code": "malformed", "rows": 3} in figures["validationCodes"]


def test_an_altered_table_fails_its_check_only(config: Config, config_path: Path) -> None:
    gold = example_gold()
    create_table(config, "gold.daily_trading_summary", gold.set_column(4, "trade_count", pa.array([2, 1, 2])), {})
    assert failed(judged(config, config_path)) == ["gold: trade_count of every day and symbol"]


def test_a_column_of_its_own_is_compared_where_it_is_declared(
    config: Config, config_path: Path, tmp_path: Path
) -> None:
    silver = example_silver()
    fees = pa.array([None] * len(silver), pa.decimal128(10, 2))
    create_table(config, "silver.trades", silver.append_column("fee", fees), REPORTED)
    assert failed(judged(config, config_path)) == ["silver: columns"]
    columns = [
        {"name": "fee", "wire": "fee", "type": "decimal(10,2)", "required": False},
        {"name": "of_another_table", "wire": "x", "type": "string", "required": True},
    ]
    other = tmp_path / "config.json"
    other.write_text(json.dumps({**json.loads(config_path.read_text("utf-8")), "columns": columns}), "utf-8")
    result = judged(config, other)
    assert failed(result) == []
    assert "silver: fee of every row" in {check["name"] for check in result["checks"]}


def test_a_table_without_a_commit_is_empty(config: Config, config_path: Path) -> None:
    create_table(config, "gold.daily_trading_summary", example_gold().slice(0, 0), {})
    names = failed(judged(config, config_path))
    assert names == ["gold: rows", "gold: one row for each day and symbol"]


def test_a_table_that_is_not_there_is_a_failed_check(config: Config, config_path: Path, tmp_path: Path) -> None:
    raw = json.loads(config_path.read_text("utf-8"))
    raw["tables"]["gold"] = "gold.nothing"
    other = tmp_path / "config.json"
    other.write_text(json.dumps(raw), "utf-8")
    assert failed(judged(config, other)) == ["gold: readable"]


def test_a_table_without_its_columns_is_a_failed_check(config: Config, config_path: Path) -> None:
    create_table(config, "gold.daily_trading_summary", example_gold().drop_columns(["vwap"]), {})
    result = judged(config, config_path)
    assert failed(result) == ["gold: readable"]
    assert result["checks"][0]["actual"] == "without vwap"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text("{}", "utf-8")
    finished = run_command(path)
    assert finished.returncode == 2
    assert finished.stderr == f"{path}: 'tables' is missing. Add it.\n"
