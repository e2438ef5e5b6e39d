"""Training on a named snapshot: the same model again, although the table has moved on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import train_model
from runtime_support import SQL

from tables import JobError

DDL = "CREATE TABLE gold.points (day INT, x DOUBLE, y DOUBLE) USING iceberg"
# label = 3 x - 2 y + 0.5, but for the last point, which has no label.
TRAINING = "SELECT day AS key_day, x, y, 3 * x - 2 * y + 0.5 AS label FROM gold.points ${snapshot};\n"


@pytest.fixture
def points(spark: Any) -> Iterator[Any]:
    spark.sql("CREATE DATABASE IF NOT EXISTS gold")
    spark.sql(DDL)
    spark.sql("INSERT INTO gold.points SELECT id, cos(id), sin(id * id) FROM range(0, 50)")
    spark.sql("INSERT INTO gold.points VALUES (50, 1.0, NULL)")
    yield spark
    spark.sql("DROP TABLE gold.points PURGE")


def newest(spark: Any) -> str:
    query = "SELECT snapshot_id FROM gold.points.snapshots ORDER BY committed_at DESC LIMIT 1"
    return str(spark.sql(query).first()[0])


def train(folder: Path, snapshot: str, *arguments: str, sql: str = TRAINING) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    file = folder / "training.sql"
    file.write_text(sql)
    named = ["--snapshot_id", snapshot] if snapshot else []
    return train_model.run(["--sql", str(file), "--table", "gold.points", "--output", str(folder), *named, *arguments])


def metadata(folder: Path, snapshot: str) -> bytes:
    return (folder / f"snapshot-{snapshot}" / "metadata.json").read_bytes()


def test_the_same_snapshot_gives_the_same_bytes_although_the_table_moved_on(points: Any, tmp_path: Path) -> None:
    first = newest(points)
    train(tmp_path / "one", first)
    points.sql("INSERT INTO gold.points SELECT id, 5 * cos(id), 1 FROM range(50, 60)")
    points.sql("DELETE FROM gold.points WHERE day < 5")
    train(tmp_path / "two", first)
    train(tmp_path / "three", newest(points))
    assert metadata(tmp_path / "one", first) == metadata(tmp_path / "two", first)
    moved = json.loads(metadata(tmp_path / "three", newest(points)))
    assert moved["rows"] == 55
    assert moved["coefficients"] != json.loads(metadata(tmp_path / "one", first))["coefficients"]


def test_the_order_in_which_rows_lie_does_not_matter(points: Any, tmp_path: Path) -> None:
    first = newest(points)
    train(tmp_path / "one", first)
    points.sql("CREATE TABLE gold.turned USING iceberg AS SELECT * FROM gold.points ORDER BY day DESC")
    points.sql("INSERT OVERWRITE gold.points SELECT * FROM gold.turned")
    points.sql("DROP TABLE gold.turned PURGE")
    train(tmp_path / "two", newest(points))
    one = json.loads(metadata(tmp_path / "one", first))
    two = json.loads(metadata(tmp_path / "two", newest(points)))
    assert one["coefficients"] == two["coefficients"]
    assert one["intercept"] == two["intercept"]


def test_it_finds_the_line_that_the_points_lie_on(points: Any, tmp_path: Path) -> None:
    train(tmp_path, newest(points), "--regularization", "0")
    content = json.loads(metadata(tmp_path, newest(points)))
    assert content["coefficients"]["x"] == pytest.approx(3)
    assert content["coefficients"]["y"] == pytest.approx(-2)
    assert content["intercept"] == pytest.approx(0.5)
    assert content["metrics"]["r2"] == pytest.approx(1)


def test_metadata_names_what_was_trained_on(points: Any, tmp_path: Path) -> None:
    summary = train(tmp_path, newest(points))
    content = json.loads(metadata(tmp_path, newest(points)))
    assert (content["table"], content["snapshotId"]) == ("gold.points", newest(points))
    assert (content["rows"], content["rowsLeftOut"]) == (50, 1)
    assert (summary["rowsIn"], summary["rowsOut"], summary["rowsRejected"]) == (51, 50, 1)
    assert content["parameters"] == {"regParam": 0.01, "solver": "normal"}


def test_spark_loads_the_model_again(points: Any, tmp_path: Path) -> None:
    from pyspark.ml.regression import LinearRegressionModel

    train(tmp_path, newest(points))
    folder = tmp_path / f"snapshot-{newest(points)}"
    model = LinearRegressionModel.load(str(folder / "model"))
    assert model.intercept == json.loads((folder / "metadata.json").read_bytes())["intercept"]


@pytest.mark.parametrize("snapshot", ["", "4711", "1; DROP TABLE gold.points"])
def test_a_snapshot_that_is_not_there_is_refused(points: Any, tmp_path: Path, snapshot: str) -> None:
    with pytest.raises(JobError, match=r"gold\.points: there is no snapshot .* Name one of gold\.points\.snapshots"):
        train(tmp_path, snapshot)


def test_too_few_rows_are_refused(points: Any, tmp_path: Path) -> None:
    points.sql("DELETE FROM gold.points WHERE day > 1")
    with pytest.raises(JobError, match="has 2 complete rows for 2 features; train on more days"):
        train(tmp_path, newest(points))


@pytest.mark.parametrize(
    "sql", ["SELECT 1 AS key_a, 2 AS x", "SELECT 1 AS label, 2 AS x", "SELECT 1 AS key_a, 2 AS label"]
)
def test_sql_without_label_key_or_feature_is_refused(points: Any, tmp_path: Path, sql: str) -> None:
    with pytest.raises(JobError, match="needs a column 'label'"):
        train(tmp_path, newest(points), sql=sql)


def test_the_blueprints_sql_is_such_sql(spark: Any) -> None:
    text = (SQL / "ml/next_day_return.sql").read_text()
    assert "${snapshot}" in text.split("FROM", 1)[1]
    assert "AS label" in text
