"""Takes tables through changes with rows in them, in Spark, and reads them back in Spark and in DuckDB.

    real_tables.py CASES ANSWERS WAREHOUSE

CASES and ANSWERS have a JSON object a line. A case: ``{"name", "seed", "states": [table metadata...], "after": table
metadata, "lineage": {id: id or null}, "tidied": bool}``. Rows are written in every state; then ``after`` is set as a
whole, legal or not (where the table is ``tidied``, what lies outside its new location is removed), and all is read.
Where that goes well in Spark, rows are written again, all is read again, and rows are deleted by a column that lays out
files. The answer: ``{"name", "seconds", "spark", "duckdb"}``, the last two ``right``, ``wrong: ...`` or ``rejected:
...``.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import expected
import values
from duckdb_reader import DuckDbReader
from hadoop_table import HadoopTable
from pyspark.sql import SparkSession

Json = dict[str, Any]
RIGHT = "right"
# A uuid and a text are not compared without a cast. Where files are laid out by a boolean, Iceberg 1.10.0 deletes rows
# without a value beside those that are false, because Spark makes `b = false` NOT b. Neither has to do with changes.
_NOT_COMPARED = ("uuid", "boolean")


class Case:
    """One table from its creation to the last reading."""

    def __init__(self, case: Json, warehouse: Path, spark: SparkSession, duck: DuckDbReader) -> None:
        self._case = case
        self._spark = spark
        self._duck = duck
        self._chance = random.Random(case["seed"])
        self._table = HadoopTable(warehouse, case["name"])
        self._lineage = {int(after): before for after, before in case["lineage"].items()}
        self._written: list[tuple[Json, bool]] = []

    def run(self) -> Json:
        begun = time.monotonic()
        first, *others = self._case["states"]
        self._table.create(first)
        self._write()
        for state in others:
            self._table.set_whole(state)
            self._write()
        self._table.set_whole(self._case["after"])
        if self._case["tidied"]:
            self._table.remove_old_files()
        spark, duck = _outcome(self._read_spark), _outcome(self._read_duckdb)
        if spark == RIGHT:
            spark, duck = _outcome(self._write_more), _outcome(self._read_duckdb)
        if spark == RIGHT:
            spark = _outcome(self._delete)
        return {
            "name": self._case["name"],
            "seconds": round(time.monotonic() - begun, 3),
            "spark": spark,
            "duckdb": duck,
        }

    def _write_more(self) -> str | None:
        self._write(after=True)
        return self._read_spark()

    def _write(self, after: bool = False) -> None:
        schema = self._table.schema()
        rows = [values.make(schema, self._chance, nulls) for nulls in values.Nulls]
        tuples = (", ".join(values.sql(row[field["id"]], field["type"]) for field in schema["fields"]) for row in rows)
        self._spark.sql(f"INSERT INTO lake.t.{self._table.name} VALUES {', '.join(f'({each})' for each in tuples)}")
        self._written += [(row, after) for row in rows]

    def _expected(self) -> list[Any]:
        schema = self._table.schema()
        # Rows that were written after the change have the ids of the change itself.
        return [expected.project(row, schema, {} if after else self._lineage) for row, after in self._written]

    def _read_spark(self) -> str | None:
        return self._compare_spark(self._expected())

    def _compare_spark(self, wished: list[Any]) -> str | None:
        rows = self._spark.sql(f"SELECT * FROM lake.t.{self._table.name}").collect()
        return self._compare([tuple(row) for row in rows], wished)

    def _read_duckdb(self) -> str | None:
        return self._compare(self._duck.rows(str(self._table.newest_file())), self._expected())

    def _compare(self, rows: list[tuple[Any, ...]], wished: list[Any]) -> str | None:
        schema = self._table.schema()
        have, wish = Counter(values.canonical(row, schema) for row in rows), Counter(wished)
        if have != wish:
            return f"wrong: {list((have - wish).items())[:1]} instead of {list((wish - have).items())[:1]}"
        missing = [path for row in have for path in expected.nulls_where_required(row, schema)]
        return f"wrong: {missing[0]} is required and null" if missing else None

    def _delete(self) -> str | None:
        """Looks at the partitions, if there are any, deletes rows by what lays them out, and reads the others."""
        metadata = json.loads(self._table.newest_file().read_text("utf-8"))
        specs = {spec["spec-id"]: spec["fields"] for spec in metadata["partition-specs"]}
        if not any(specs.values()):
            return None
        # Whatever looks for partitions puts the fields of all specs side by side.
        self._spark.sql(f"SELECT partition FROM lake.t.{self._table.name}.files").collect()
        schema = self._table.schema()
        sources = [field["source-id"] for field in specs[metadata["default-spec-id"]]]
        columns = [field["id"] for field in schema["fields"] if isinstance(field["type"], str)]
        rows = self._expected()
        for source in sources + columns:
            path, kind = _path_of(schema, source) or ("", "uuid")
            value = next((each for row in rows if (each := _at(row, schema, source)) is not None), None)
            if kind not in _NOT_COMPARED and value is not None:
                self._spark.sql(f"DELETE FROM lake.t.{self._table.name} WHERE {path} = {_literal(value, kind)}")
                return self._compare_spark([row for row in rows if _at(row, schema, source) != value])
        return None


def _literal(value: Any, kind: str) -> str:
    return f"X'{value}'" if kind.startswith(("fixed", "binary")) else f"CAST('{value}' AS {values.ddl(kind)})"


def _outcome(action: Callable[[], str | None]) -> str:
    try:
        return action() or RIGHT
    except Exception as error:
        return f"rejected: {_reason(error)}"


def _reason(error: Exception) -> str:
    """The first line of what was wrong in the first place: Spark wraps it several times."""
    cause = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    text = str(error) if cause is None else cause.toString()
    return (text.splitlines() or [type(error).__name__])[0][:300]


def _path_of(struct: Json, field_id: int) -> tuple[str, str] | None:
    for field in struct["fields"]:
        if field["id"] == field_id:
            return f"`{field['name']}`", field["type"]
        if isinstance(field["type"], dict) and field["type"]["type"] == "struct":
            inner = _path_of(field["type"], field_id)
            if inner:
                return f"`{field['name']}`.{inner[0]}", inner[1]
    return None


def _at(row: Any, struct: Json, field_id: int) -> Any:
    for value, field in zip(row or (), struct["fields"]):  # noqa: B905  (a null struct has no members)
        if field["id"] == field_id:
            return value
        if isinstance(field["type"], dict) and field["type"]["type"] == "struct":
            inner = _at(value, field["type"], field_id)
            if inner is not None:
                return inner
    return None


def _spark(warehouse: Path, jars: list[str]) -> SparkSession:
    settings = {
        "spark.jars": ",".join(jars),
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        # Compiling a query takes longer than it takes to run it on three rows.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": str(warehouse),
        "spark.sql.catalog.lake.cache-enabled": "false",
        "spark.sql.warehouse.dir": str(warehouse),
        # Three rows need no exchange to be laid out.
        "spark.sql.iceberg.distribution-mode": "none",
        "spark.sql.catalog.lake.table-default.write.spark.fanout.enabled": "true",
    }
    builder = SparkSession.builder.master("local[1]").appName("evolution")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def main(cases: Path, answers: Path, warehouse: Path) -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    tools = json.loads(os.environ["DATA_PATTERNS_TOOLCHAIN"])
    os.environ["JAVA_HOME"] = tools["javaHome"]
    iceberg = [jar for jar in tools["jars"]["spark"] if "iceberg-spark-runtime" in jar]
    spark = _spark(warehouse, iceberg)
    duck = DuckDbReader(tools["duckdbExtensions"])
    with answers.open("w", encoding="utf-8") as out:
        for line in cases.read_text("utf-8").splitlines():
            print(json.dumps(Case(json.loads(line), warehouse, spark, duck).run()), file=out, flush=True)
    duck.close()
    spark.stop()


if __name__ == "__main__":
    main(*(Path(argument).absolute() for argument in sys.argv[1:4]))
