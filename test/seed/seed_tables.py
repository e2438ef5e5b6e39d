"""Compares tables with the seed's DDL by what Spark's DESCRIBE says of both.

    seed_tables.py --endpoint http://127.0.0.1:4566 [--jars A.jar:B.jar] [--prefix stage_]

The tables are those of a Glue catalog behind the endpoint, where a rehearsal with ``--keep`` has deployed them. The
seed's DDL is run verbatim in a catalog of its own in a temporary folder. Prints the differences as JSON; exit status 0
when there is none.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BLOCKS = Path(__file__).parent / "blocks"
SCRATCH = "seed_scratch"


def seed_block(number: int) -> str:
    """The text of a fenced block of the seed."""
    index = json.loads((BLOCKS / "index.json").read_text())
    (name,) = [block["file"] for block in index["blocks"] if block["number"] == number]
    return (BLOCKS / name).read_text()


def seed_ddl() -> dict[str, str]:
    """The seed's CREATE TABLE statements of the lakehouse, verbatim, by table."""
    statements = [part.strip() for part in seed_block(5).split(";") if part.strip()]
    return {re.search(r"CREATE TABLE (\S+)", statement)[1]: statement for statement in statements}  # type: ignore[index]


@dataclass(frozen=True)
class Described:
    """What DESCRIBE says of a table, without comments and file locations."""

    columns: list[tuple[str, str, bool]]
    """Name, type and whether it may be null."""
    partitions: list[str]
    """Such as ``days(traded_at)``; a plain column is its name."""
    provider: str


def describe(spark: SparkSession, table: str) -> Described:
    rows = [(row.col_name, row.data_type) for row in spark.sql(f"DESCRIBE TABLE EXTENDED {table}").collect()]
    end = next((index for index, (name, _) in enumerate(rows) if not name or name.startswith("#")), len(rows))
    nullable = {field.name: field.nullable for field in spark.table(table).schema}
    return Described(
        columns=[(name, kind, nullable[name]) for name, kind in rows[:end]],
        partitions=_partitions(rows[end:]),
        provider=next((kind for name, kind in rows if name == "Provider"), ""),
    )


def _partitions(rows: list[tuple[str, str]]) -> list[str]:
    # A table whose partitions are all plain columns has them as columns, any other has numbered transforms.
    found: list[str] = []
    section = ""
    for name, kind in rows:
        if name.startswith("# "):
            section = name if name != "# col_name" else section
        elif not name:
            section = ""
        elif section == "# Partitioning":
            found.append(kind)
        elif section == "# Partition Information":
            found.append(name)
    return found


def differences(spark: SparkSession, deployed: dict[str, str]) -> list[dict[str, Any]]:
    """Where deployed tables differ from the seed's DDL.

    :param deployed: the table's name in the session, by its name in the seed
    """
    _with_scratch_catalog(spark)
    found = []
    for table, statement in seed_ddl().items():
        copy = f"{SCRATCH}.{table}"
        spark.sql(f"CREATE DATABASE IF NOT EXISTS {SCRATCH}.{table.split('.')[0]}")
        spark.sql(f"DROP TABLE IF EXISTS {copy}")
        spark.sql(statement.replace(f"CREATE TABLE {table}", f"CREATE TABLE {copy}"))
        seed, ours = describe(spark, copy), describe(spark, deployed[table])
        spark.sql(f"DROP TABLE {copy} PURGE")
        if seed != ours:
            found.append({"table": table, "seed": asdict(seed), "deployed": asdict(ours)})
    return found


def _with_scratch_catalog(spark: SparkSession) -> None:
    if spark.conf.get(f"spark.sql.catalog.{SCRATCH}", None) is None:
        spark.conf.set(f"spark.sql.catalog.{SCRATCH}", "org.apache.iceberg.spark.SparkCatalog")
        spark.conf.set(f"spark.sql.catalog.{SCRATCH}.type", "hadoop")
        spark.conf.set(f"spark.sql.catalog.{SCRATCH}.warehouse", tempfile.mkdtemp(prefix="seed-"))


def _session(endpoint: str, jars: str) -> SparkSession:
    from pyspark.sql import SparkSession

    catalog = "spark.sql.catalog.glue_catalog"
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.session.timeZone": "UTC",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.glue.endpoint": endpoint,
        f"{catalog}.s3.endpoint": endpoint,
        f"{catalog}.s3.path-style-access": "true",
        "spark.sql.defaultCatalog": "glue_catalog",
        "spark.sql.warehouse.dir": tempfile.mkdtemp(prefix="seed-"),
    }
    if jars:
        settings["spark.driver.extraClassPath"] = jars
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True, help="of the emulator")
    parser.add_argument("--jars", default="", help="class path with Iceberg and its AWS bundle")
    parser.add_argument("--prefix", default="", help="of the deployed databases")
    given = parser.parse_args(arguments)
    # Any credentials will do for an emulator, but the SDK wants some.
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        os.environ.setdefault(name, value)
    spark = _session(given.endpoint, given.jars)
    try:
        found = differences(spark, {table: given.prefix + table for table in seed_ddl()})
    finally:
        spark.stop()
    print(json.dumps(found, indent=2))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
