"""Shared by the tests of the Spark runners: the trade's conform spec, the blueprint's tables, a session."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[4]
RUNTIME = ROOT / "lib/lakehouse/runtime"
SQL = ROOT / "blueprints/lakehouse/sql"

TRADE_SPEC = {
    "fields": [
        {"name": "trade_id", "wire": "trade_id", "type": "string", "required": True},
        {"name": "symbol", "wire": "symbol", "type": "string", "required": True},
        {"name": "price", "wire": "price", "type": "decimal(18,8)", "required": True, "positive": True},
        {"name": "quantity", "wire": "quantity", "type": "decimal(18,8)", "required": True, "positive": True},
        {"name": "traded_at", "wire": "timestamp", "type": "timestamptz", "required": True, "eventTime": True},
    ]
}

QUARANTINE_TABLE = """
CREATE TABLE silver.trades_quarantine (
    source STRING, position INT, ingested_at TIMESTAMP, payload_hash STRING,
    trade_id STRING, symbol STRING, price DECIMAL(18, 8), quantity DECIMAL(18, 8), traded_at TIMESTAMP,
    is_valid BOOLEAN, validation_errors ARRAY<STRING>
) USING iceberg PARTITIONED BY (days(ingested_at));
"""

BLUEPRINT_TABLES = f"""
CREATE TABLE bronze.trades (raw_payload STRING, source STRING, ingested_at TIMESTAMP) USING iceberg;
CREATE TABLE silver.trades (
    trade_id STRING, symbol STRING, price DECIMAL(18, 8), quantity DECIMAL(18, 8), traded_at TIMESTAMP,
    is_valid BOOLEAN, validation_errors ARRAY<STRING>
) USING iceberg PARTITIONED BY (days(traded_at));
{QUARANTINE_TABLE}
CREATE TABLE gold.daily_trading_summary (
    date DATE, symbol STRING, total_volume DECIMAL(18, 8), vwap DECIMAL(18, 8), trade_count BIGINT
) USING iceberg PARTITIONED BY (date);
"""


@contextmanager
def new_tables(spark: Any, ddl: str) -> Iterator[None]:
    """The tables of some DDL, new and empty, whatever another test has left; gone afterwards."""
    statements = {statement.split()[2]: statement for statement in ddl.split(";") if statement.strip()}
    for table, statement in statements.items():
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {table.split('.')[0]}")
        spark.sql(f"DROP TABLE IF EXISTS {table} PURGE")
        spark.sql(statement)
    try:
        yield
    finally:
        for table in statements:
            spark.sql(f"DROP TABLE IF EXISTS {table} PURGE")


def _jars() -> list[str]:
    toolchain = os.environ.get("DATA_PATTERNS_TOOLCHAIN")
    if toolchain is None:
        pytest.fail("the jars of Spark are not known; run the Python tests with 'npm run test:python'")
    return json.loads(toolchain)["jars"]["spark"]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A local session; its default catalog is an Iceberg warehouse in a temporary folder."""
    from pyspark.sql import SparkSession

    # Python workers import the modules from here, as Glue's do from --extra-py-files.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(RUNTIME), os.environ.get("PYTHONPATH", "")])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    configuration = {
        "spark.driver.extraClassPath": os.pathsep.join(_jars()),
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue_catalog.type": "hadoop",
        "spark.sql.catalog.glue_catalog.warehouse": str(tmp_path_factory.mktemp("warehouse")),
        # Spark makes this folder of its session catalog, which nothing uses, where it is started unless told.
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("session-catalog")),
        "spark.sql.defaultCatalog": "glue_catalog",
    }
    builder = SparkSession.builder.master("local[1]")
    for key, value in configuration.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
