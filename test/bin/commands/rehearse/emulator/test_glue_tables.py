"""Iceberg tables through CloudFormation, judged by Iceberg's own libraries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from emulator_harness import ACCOUNT, REGION, Emulator, catalog_conf
from pyiceberg.catalog import load_catalog
from pyiceberg.table import Table

Json = dict[str, Any]

NESTED = '{"type":"list","element-id":21,"element-required":true,"element":"string"}'

FIELDS: list[Json] = [
    {"Id": 1, "Name": "trade_id", "Type": "string", "Required": True},
    {"Id": 3, "Name": "symbol", "Type": "string", "Required": True, "Doc": "Ticker"},
    {"Id": 7, "Name": "price", "Type": "decimal(18, 8)", "Required": False},
    {"Id": 9, "Name": "traded_at", "Type": "timestamptz", "Required": False},
    {"Id": 12, "Name": "lot", "Type": "int", "Required": False},
    {"Id": 20, "Name": "tags", "Type": NESTED, "Required": False},
]
DAYS = {"Name": "traded_at_day", "Transform": "day", "SourceId": 9, "FieldId": 1000}
BUCKETS = {"Name": "symbol_bucket", "Transform": "bucket[4]", "SourceId": 3, "FieldId": 1001}
ORDER = {"Fields": [{"SourceId": 3, "Transform": "identity", "Direction": "asc", "NullOrder": "nulls-first"}]}


def table(fields: list[Json], *, partitions: list[Json], properties: Json, database: str) -> Json:
    return {
        "Type": "AWS::Glue::Table",
        "DependsOn": ["Database", "Bucket"],
        "Properties": {
            "CatalogId": ACCOUNT,
            "DatabaseName": database,
            "Name": "trades",
            "OpenTableFormatInput": {
                "IcebergInput": {
                    "MetadataOperation": "CREATE",
                    "Version": "2",
                    "IcebergTableInput": {
                        "Location": f"s3://{database}-lake/trades",
                        "Schema": {"Type": "struct", "Fields": fields, "IdentifierFieldIds": [1]},
                        "PartitionSpec": {"Fields": partitions},
                        "WriteOrder": ORDER,
                        "Properties": properties,
                    },
                }
            },
        },
    }


def resources(database: str, fields: list[Json], partitions: list[Json], properties: Json) -> Json:
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{database}-lake"}},
        "Database": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": database}},
        },
        "Table": table(fields, partitions=partitions, properties=properties, database=database),
    }


def loaded(emulator: Emulator, database: str) -> Table:
    properties = {
        "type": "glue",
        "glue.endpoint": emulator.endpoint,
        "glue.region": REGION,
        "glue.access-key-id": ACCOUNT,
        "glue.secret-access-key": "local",
        "s3.endpoint": emulator.endpoint,
        "s3.region": REGION,
        "s3.access-key-id": ACCOUNT,
        "s3.secret-access-key": "local",
    }
    return load_catalog("glue", **properties).load_table(f"{database}.trades")


def rows(symbol: str, lot: int) -> Json:
    moment = datetime(2026, 11, 2, 10, tzinfo=UTC)
    return {
        "trade_id": f"{symbol}-1",
        "symbol": symbol,
        "price": Decimal("1.25000000"),
        "traded_at": moment,
        "lot": lot,
        "tags": ["late"],
    }


def append(target: Table, row: Json) -> None:
    target.append(pa.Table.from_pylist([row], schema=target.schema().as_arrow()))


@pytest.fixture(scope="module")
def silver(emulator: Emulator) -> str:
    database = "silver"
    properties = {"write.update.mode": "copy-on-write", "dropped.later": "yes"}
    assert emulator.deploy("silver", resources(database, FIELDS, [DAYS], properties)) == "CREATE_COMPLETE"
    return database


def test_the_table_has_the_ids_of_the_template(emulator: Emulator, silver: str) -> None:
    schema = loaded(emulator, silver).schema()
    assert [(field.field_id, field.name) for field in schema.fields] == [(f["Id"], f["Name"]) for f in FIELDS]
    assert schema.find_field("tags.element").field_id == 21
    assert schema.identifier_field_ids == [1]


def test_the_partition_spec_and_the_sort_order_are_those_of_the_template(emulator: Emulator, silver: str) -> None:
    target = loaded(emulator, silver)
    assert [(f.name, f.field_id, f.source_id, str(f.transform)) for f in target.spec().fields] == [
        ("traded_at_day", 1000, 9, "day")
    ]
    assert [(f.source_id, str(f.transform)) for f in target.sort_order().fields] == [(3, "identity")]


def test_glue_shows_hive_types_beside_the_iceberg_ids(emulator: Emulator, silver: str) -> None:
    entry = emulator.client("glue").get_table(DatabaseName=silver, Name="trades")["Table"]
    columns = entry["StorageDescriptor"]["Columns"]
    assert entry["Parameters"]["table_type"] == "ICEBERG"
    assert [(c["Type"], c["Parameters"]["iceberg.field.id"]) for c in columns] == [
        ("string", "1"),
        ("string", "3"),
        ("decimal(18,8)", "7"),
        ("timestamp", "9"),
        ("int", "12"),
        ("array<string>", "20"),
    ]


JAVA_CHECK = """
import json, sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
name = sys.argv[sys.argv.index("--table") + 1]
spark.sql(f"INSERT INTO glue_catalog.{name} SELECT 'SPARK-1', 'SPARK', CAST(2.5 AS DECIMAL(18,8)), "
          "TIMESTAMP '2026-11-03 00:00:00', 5, array('a')")
java = spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(
    spark._jsparkSession, f"glue_catalog.{name}")
print("CHECK " + json.dumps({
    "schema": spark._jvm.org.apache.iceberg.SchemaParser.toJson(java.schema()),
    "spec": spark._jvm.org.apache.iceberg.PartitionSpecParser.toJson(java.spec()),
    "order": spark._jvm.org.apache.iceberg.SortOrderParser.toJson(java.sortOrder()),
    "describe": [[row[0], row[1]] for row in spark.sql(f"DESCRIBE glue_catalog.{name}").collect()],
    "rows": spark.table(f"glue_catalog.{name}").count(),
}))
"""


@pytest.fixture(scope="module")
def java(emulator: Emulator, silver: str) -> Json:
    """What Iceberg's Java API says of the table, after an append through Spark."""
    append(loaded(emulator, silver), rows("ACME", 1))
    bucket = emulator.output_bucket("java-check")
    emulator.client("s3").put_object(Bucket=bucket, Key="check.py", Body=JAVA_CHECK.encode())
    glue = emulator.client("glue")
    glue.create_job(
        Name="java-check",
        Role=f"arn:aws:iam::{ACCOUNT}:role/reader",
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/check.py"},
        DefaultArguments={"--conf": catalog_conf(emulator), "--table": f"{silver}.trades"},
        Timeout=60,
    )
    run_id = glue.start_job_run(JobName="java-check")["JobRunId"]
    run = emulator.run_to_end("java-check", run_id)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    log = (emulator.state_dir / "logs" / f"java-check-{run_id}.log").read_text(encoding="utf-8")
    return json.loads(next(line for line in log.splitlines() if line.startswith("CHECK "))[6:])


def test_java_reads_the_columns_ids_and_nullability_of_the_template(java: Json) -> None:
    fields = json.loads(java["schema"])["fields"]
    assert [(f["id"], f["name"], f["required"]) for f in fields] == [
        (f["Id"], f["Name"], f["Required"]) for f in FIELDS
    ]
    assert fields[2]["type"] == "decimal(18, 8)"
    assert fields[5]["type"]["element-id"] == 21


def test_java_reads_the_partition_spec_and_the_order_of_the_template(java: Json) -> None:
    assert json.loads(java["spec"])["fields"] == [
        {"name": "traded_at_day", "transform": "day", "source-id": 9, "field-id": 1000}
    ]
    assert json.loads(java["order"])["fields"][0]["source-id"] == 3


def test_describe_shows_the_columns_and_the_partition(java: Json) -> None:
    described = [tuple(row) for row in java["describe"]]
    assert described[:6] == [
        ("trade_id", "string"),
        ("symbol", "string"),
        ("price", "decimal(18,8)"),
        ("traded_at", "timestamp"),
        ("lot", "int"),
        ("tags", "array<string>"),
    ]
    assert ("Part 0", "days(traded_at)") in described


def test_spark_and_pyiceberg_write_the_same_table(java: Json) -> None:
    assert java["rows"] == 2


def test_athena_reads_the_table_through_its_metadata(emulator: Emulator, silver: str, java: Json) -> None:
    emulator.output_bucket("athena-results")
    result = emulator.run_query(f'SELECT symbol, lot FROM "{silver}"."trades" ORDER BY symbol')
    assert result == [["ACME", "1"], ["SPARK", "5"]]


def test_athena_takes_parameters_as_the_api_of_a_product_sends_them(
    emulator: Emulator, silver: str, java: Json
) -> None:
    emulator.output_bucket("athena-results")
    query = f'''SELECT CAST("symbol" AS varchar) AS "symbol", CAST("lot" AS varchar) AS "lot" FROM "{silver}"."trades"
        WHERE "trades"."traded_at" > CAST(? AS timestamp(6) with time zone) AND "trades"."lot" >= CAST(? AS bigint)
        AND (("trades"."symbol" > ?)) ORDER BY "trades"."symbol" LIMIT 2'''
    since = "'2001-01-01 00:00:00.25 UTC'"
    assert emulator.run_query(query, since, "'1'", "'ACME'") == [["SPARK", "5"]]
    assert emulator.run_query(query, since, "'6'", "'ACME'") == []
    assert emulator.run_query(query, since, "'1'", "'x'' OR ''1''=''1'") == []


def test_athena_travels_to_an_earlier_snapshot(emulator: Emulator, silver: str, java: Json) -> None:
    first = loaded(emulator, silver).history()[0].snapshot_id
    emulator.output_bucket("athena-results")
    assert emulator.run_query(f"SELECT symbol FROM {silver}.trades FOR VERSION AS OF {first}") == [["ACME"]]


def test_an_update_evolves_the_table_in_place(emulator: Emulator, silver: str, java: Json) -> None:
    widened = [{**field, "Type": "long"} if field["Name"] == "lot" else field for field in FIELDS]
    venue = {"Id": 30, "Name": "venue", "Type": "string", "Required": False}
    changed = resources(silver, [*widened, venue], [DAYS, BUCKETS], {"write.update.mode": "copy-on-write", "new": "1"})
    assert emulator.deploy("silver", changed, update=True) == "UPDATE_COMPLETE"
    target = loaded(emulator, silver)
    append(target, {**rows("WIDE", 3_000_000_000), "venue": "XNYS"})
    assert target.schema().find_field("venue").field_id == 30
    assert [(f.field_id, f.name) for f in target.spec().fields] == [(1000, "traded_at_day"), (1001, "symbol_bucket")]
    assert sorted(target.scan().to_arrow()["lot"].to_pylist()) == [1, 5, 3_000_000_000]
    assert target.properties["new"] == "1"
    assert "dropped.later" not in target.properties


def test_an_illegal_update_rolls_back_and_leaves_the_table_untouched(emulator: Emulator) -> None:
    first = resources("rollback", FIELDS, [DAYS], {})
    assert emulator.deploy("rollback", first) == "CREATE_COMPLETE"
    before = emulator.client("glue").get_table(DatabaseName="rollback", Name="trades")["Table"]
    narrowed = [{**field, "Type": "decimal(18, 4)"} if field["Name"] == "price" else field for field in FIELDS]
    status = emulator.deploy("rollback", resources("rollback", narrowed, [DAYS], {}), update=True)
    after = emulator.client("glue").get_table(DatabaseName="rollback", Name="trades")["Table"]
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "rollback.trades: column 'price' cannot change from decimal(18, 8) to decimal(18, 4)" in emulator.reasons(
        "rollback"
    )
    assert (after["VersionId"], after["Parameters"]) == (before["VersionId"], before["Parameters"])


def test_a_deleted_table_leaves_the_catalog_but_not_its_files(emulator: Emulator) -> None:
    first = resources("deleted", FIELDS, [], {})
    assert emulator.deploy("deleted", first) == "CREATE_COMPLETE"
    without = {key: value for key, value in first.items() if key != "Table"}
    assert emulator.deploy("deleted", without, update=True) == "UPDATE_COMPLETE"
    assert emulator.client("glue").get_tables(DatabaseName="deleted")["TableList"] == []
    assert emulator.client("s3").list_objects_v2(Bucket="deleted-lake")["KeyCount"] == 1


def test_table_input_beside_the_iceberg_input_is_refused(emulator: Emulator) -> None:
    broken = resources("broken", FIELDS, [], {})
    broken["Table"]["Properties"]["TableInput"] = {"Name": "trades"}
    assert emulator.deploy("broken", broken) == "ROLLBACK_COMPLETE"
    assert "TableInput beside OpenTableFormatInput" in emulator.reasons("broken")
