"""Trains a linear regression on one snapshot of a table: training again gives the same model, to the last bit.

    train_model.py --sql s3://bucket/training.sql --table gold.trade_features --snapshot_id ID --output s3://bucket/models/m
                   [--variables JSON] [--regularization 0.01]

The SQL is one SELECT, in which ``${snapshot}`` stands for ``VERSION AS OF ID`` and ``${name}`` for a variable. Its
result has a column ``label``; ``key_...`` columns, which give the rows their order and are not learnt from; every other
column is a feature. Rows with a NULL are left out and counted.

Written below ``<output>/snapshot-<ID>/``: ``model/``, which pyspark.ml's LinearRegressionModel loads (Spark puts a
time and a random id into it), and ``metadata.json``: table, snapshot, hash of the SQL, rows, coefficients, metrics.
A second training on the same snapshot writes the same bytes of metadata.json, however much the table has moved on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import time
from typing import TYPE_CHECKING, Any

from sql_job import read_text, substitute
from tables import JobError, job_summary, run_job

if TYPE_CHECKING:
    from pyspark.ml.regression import LinearRegressionModel
    from pyspark.sql import DataFrame, SparkSession

_LABEL = "label"
_KEY_PREFIX = "key_"


def training_set(spark: SparkSession, sql: str) -> tuple[DataFrame, list[str]]:
    """The rows in the order of their keys, in one partition, and the names of the features.

    One partition, because sums of floats depend on how they are grouped.
    """
    frame = spark.sql(sql)
    keys = [name for name in frame.columns if name.startswith(_KEY_PREFIX)]
    features = [name for name in frame.columns if name not in keys and name != _LABEL]
    if _LABEL not in frame.columns or not keys or not features:
        raise JobError("The training SQL needs a column 'label', at least one 'key_...' column and one feature.")
    return frame.repartition(1).sortWithinPartitions(*keys), features


def fit(frame: DataFrame, features: list[str], regularization: float) -> LinearRegressionModel:
    """The model; the normal equations have one solution and no random start."""
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression

    assembled = VectorAssembler(inputCols=features, outputCol="features").transform(frame)
    regression = LinearRegression(labelCol=_LABEL, solver="normal", regParam=regularization)
    return regression.fit(assembled.select("features", _LABEL))


def describe(model: LinearRegressionModel, features: list[str], facts: dict[str, Any]) -> str:
    """metadata.json: floats in Python's shortest form, which reads back to the same float."""
    metrics = {"rmse": model.summary.rootMeanSquaredError, "r2": model.summary.r2}
    coefficients = dict(zip(features, map(float, model.coefficients), strict=True))
    content = {**facts, "intercept": model.intercept, "coefficients": coefficients, "metrics": metrics}
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def check_snapshot(spark: SparkSession, table: str, snapshot_id: str) -> None:
    """Raises JobError unless the table still has the snapshot."""
    known = [str(row[0]) for row in spark.sql(f"SELECT snapshot_id FROM {table}.snapshots").collect()]
    if snapshot_id not in known:
        raise JobError(
            f"{table}: there is no snapshot {snapshot_id!r}. Name one of {table}.snapshots with --snapshot_id; one "
            "that was expired cannot be trained on again (tag it before: ALTER TABLE ... CREATE TAG)."
        )


def write_text(uri: str, text: str) -> None:
    """A file on S3 or, for a plain path, on this machine."""
    match = re.fullmatch(r"s3://([^/]+)/(.+)", uri)
    if match is None:
        with open(uri, "w", encoding="utf-8") as file:
            file.write(text)
        return
    import boto3

    boto3.client("s3").put_object(Bucket=match[1], Key=match[2], Body=text.encode(), ContentType="application/json")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="train_model.py", allow_abbrev=False)
    parser.add_argument("--JOB_NAME", default="train_model")
    for name in ("sql", "table", "output"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--snapshot_id", default="")
    parser.add_argument("--variables", default="{}", type=json.loads)
    parser.add_argument("--regularization", default=0.01, type=float)
    return parser.parse_known_args(argv)[0]


def run(argv: list[str]) -> dict[str, Any]:
    """Trains, writes, and returns the job's summary."""
    arguments = _arguments(argv)
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName(arguments.JOB_NAME).getOrCreate()
    started = time.monotonic()
    check_snapshot(spark, arguments.table, arguments.snapshot_id)
    sql = read_text(arguments.sql)
    variables = {**arguments.variables, "snapshot": f"VERSION AS OF {arguments.snapshot_id}"}
    frame, features = training_set(spark, substitute(sql, variables, arguments.sql).strip().rstrip(";"))
    # Not cached: to Spark a table at another snapshot is the same plan, and it would answer from the other's cache.
    complete = frame.dropna()
    rows, rows_complete = frame.count(), complete.count()
    if rows_complete <= len(features):
        raise JobError(
            f"{arguments.table}: snapshot {arguments.snapshot_id} has {rows_complete} complete rows for "
            f"{len(features)} features; train on more days."
        )
    model = fit(complete, features, arguments.regularization)
    facts = {
        "table": arguments.table,
        "snapshotId": arguments.snapshot_id,
        "sqlSha256": hashlib.sha256(sql.encode()).hexdigest(),
        "rows": rows_complete,
        "rowsLeftOut": rows - rows_complete,
        "algorithm": "pyspark.ml LinearRegression",
        "sparkVersion": spark.version,
        "parameters": {"solver": "normal", "regParam": arguments.regularization},
    }
    folder = f"{arguments.output.rstrip('/')}/snapshot-{arguments.snapshot_id}"
    model.write().overwrite().save(f"{folder}/model")
    write_text(f"{folder}/metadata.json", describe(model, features, facts))
    return job_summary(
        arguments.JOB_NAME, started, rows_in=rows, rows_out=rows_complete, rows_rejected=rows - rows_complete
    )


if __name__ == "__main__":
    run_job(run)
