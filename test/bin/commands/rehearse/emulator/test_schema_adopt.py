"""`data-patterns schema adopt` against a Glue catalog and S3, on a table that Iceberg's own library has made."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from emulator_harness import ACCOUNT, REGION, REPOSITORY, Emulator, started_emulator
from pyiceberg.catalog import load_catalog
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import BucketTransform
from pyiceberg.types import ListType, LongType, NestedField, StringType

Json = dict[str, Any]

COMMAND = REPOSITORY / "dist" / "bin" / "data-patterns.js"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator with neither Kafka nor Spark."""
    with started_emulator(tmp_path_factory.mktemp("catalog")) as (emulator, _):
        yield emulator


@pytest.fixture(scope="module")
def evolved(catalog: Emulator) -> Table:
    """Columns id (1), tags (3) with element (4) and venue (5): price (2) is gone, and so is a partition field."""
    catalog.client("s3").create_bucket(Bucket="lake")
    keys = {"region": REGION, "access-key-id": ACCOUNT, "secret-access-key": "local", "endpoint": catalog.endpoint}
    settings = {f"{service}.{key}": value for service in ("glue", "s3") for key, value in keys.items()}
    glue = load_catalog("glue", type="glue", **settings)
    glue.create_namespace("silver")
    schema = Schema(
        NestedField(1, "id", StringType(), required=True),
        NestedField(2, "price", LongType(), required=False),
        NestedField(3, "tags", ListType(4, StringType(), element_required=False), required=False),
        identifier_field_ids=[1],
    )
    table = glue.create_table("silver.trades", schema, location="s3://lake/silver/trades")
    with table.update_spec() as spec:
        spec.add_field("id", BucketTransform(8), "id_bucket")
    with table.update_spec() as spec:
        spec.remove_field("id_bucket")
    with table.update_schema() as change:
        change.delete_column("price")
        change.add_column("venue", StringType())
    return glue.load_table("silver.trades")


def adopt(emulator: Emulator, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    command = ["node", str(COMMAND), "schema", "adopt", "silver.trades", *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def entry(folder: Path) -> Json:
    return json.loads((folder / "schemas.lock.json").read_text("utf-8"))["tables"]["silver.trades"]


def test_a_table_of_the_glue_catalog_gives_its_ids(catalog: Emulator, evolved: Table, tmp_path: Path) -> None:
    done = adopt(catalog, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = entry(tmp_path)
    assert [(column["id"], column["path"]) for column in found["columns"]] == [
        (1, "id"),
        (3, "tags"),
        (4, "tags.element"),
        (5, "venue"),
    ]
    assert found["identifierFields"] == [1]
    assert [(column["id"], column["path"]) for column in found["retiredColumns"]] == [(2, "price")]
    assert found["partitions"] == []
    assert [(field["id"], field["name"]) for field in found["retiredPartitions"]] == [(1000, "id_bucket")]
    assert (found["lastColumnId"], found["lastPartitionId"]) == (5, 1000)


def test_its_metadata_file_on_s3_gives_the_same(catalog: Emulator, evolved: Table, tmp_path: Path) -> None:
    by_name, by_file = tmp_path / "name", tmp_path / "file"
    by_name.mkdir()
    by_file.mkdir()
    assert adopt(catalog, by_name, "--glue", "silver.trades").returncode == 0
    assert adopt(catalog, by_file, "--metadata", evolved.metadata_location).returncode == 0
    assert entry(by_file) == entry(by_name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--glue", "silver.none"], "Glue table silver.none: cannot be read (EntityNotFoundException"),
        (["--metadata", "s3://lake/none.json"], "s3://lake/none.json: cannot be read (NoSuchKey"),
        (["--metadata", "s3://lake"], "s3://lake: is no object on S3"),
        (["--glue", "trades"], "--glue trades: is not DATABASE.TABLE"),
    ],
)
def test_what_is_not_there_is_one_line_and_no_ledger(
    catalog: Emulator, evolved: Table, tmp_path: Path, options: list[str], message: str
) -> None:
    done = adopt(catalog, tmp_path, *options)
    assert done.returncode == 2
    assert done.stderr.startswith(f"data-patterns: {message}")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
