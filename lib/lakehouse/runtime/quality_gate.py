"""The gate between silver and gold: evaluates the deployed rulesets of AWS Glue Data Quality, fails when one is broken.

    quality_gate.py --table silver.trades --table_ruleset NAME --source bronze.trades --arrivals_ruleset NAME
                    --namespace NAMESPACE

The rules are read from Glue by name, so what is in force is what stands in the console. One ruleset judges the rows of
the table. The other one judges a row of figures about what arrived last:

``hours_since_arrival``  since the newest rows were appended to the source; since 1970 when there never were any
``rows_read``            rows that the newest run into the table has read
``rows_invalid``         those of them that are invalid
``invalid_share``        rows_invalid / rows_read; 0 when nothing was read

What came out is published to CloudWatch before the job ends well or not, each figure with the dimension ``Table``.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tables import LAST_ARRIVAL, PROPERTY_PREFIX, JobError, job_summary, run_job

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ARRIVALS = """
SELECT
    (unix_micros(current_timestamp()) - unix_micros(coalesce(arrived.at, TIMESTAMP '1970-01-01'))) / 3.6e9D
        AS hours_since_arrival,
    coalesce(newest.rows_read, 0) AS rows_read,
    coalesce(newest.rows_invalid, 0) AS rows_invalid,
    coalesce(try_divide(cast(newest.rows_invalid AS DOUBLE), newest.rows_read), 0D) AS invalid_share
FROM (
    SELECT max(coalesce(timestamp_millis(cast(summary['{last_arrival}'] AS BIGINT)), committed_at)) AS at
    FROM {source}.snapshots
    WHERE operation = 'append' OR summary['{last_arrival}'] IS NOT NULL
) AS arrived
LEFT JOIN (
    SELECT
        cast(summary['{prefix}rows-read'] AS BIGINT) AS rows_read,
        cast(summary['{prefix}invalid'] AS BIGINT) AS rows_invalid
    FROM {table}.snapshots
    WHERE summary['{prefix}rows-read'] IS NOT NULL
    ORDER BY committed_at DESC
    LIMIT 1
) AS newest
"""


@dataclass(frozen=True)
class Result:
    """A rule, and whether what it judged meets it."""

    rule: str
    passed: bool
    reason: str

    def __str__(self) -> str:
        return f"{self.rule} ({self.reason})"


def arrivals(spark: SparkSession, table: str, source: str) -> DataFrame:
    """The figures about what arrived last, one row."""
    return spark.sql(_ARRIVALS.format(table=table, source=source, prefix=PROPERTY_PREFIX, last_arrival=LAST_ARRIVAL))


def evaluate(spark: SparkSession, frame: DataFrame, name: str, ruleset: str) -> list[Result]:
    """The outcome of each rule, in Glue Data Quality's own judgement."""
    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame
    from awsgluedq.transforms import EvaluateDataQuality

    context = GlueContext(spark.sparkContext)
    # Glue Studio's copy of the results would need a permission of its own; log, metrics and error tell the same.
    options = {"dataQualityEvaluationContext": name, "enableDataQualityResultsPublishing": False}
    rows = EvaluateDataQuality.apply(
        frame=DynamicFrame.fromDF(frame, context, name), ruleset=ruleset, publishing_options=options
    )
    return [
        Result(row["Rule"], row["Outcome"] == "Passed", row["FailureReason"] or "") for row in rows.toDF().collect()
    ]


def metrics(results: list[Result], figures: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """The figures for CloudWatch, by name, each with its unit."""
    failed = sum(not result.passed for result in results)
    return {
        "QualityScore": (100 * (len(results) - failed) / len(results), "Percent"),
        "RulesFailed": (failed, "Count"),
        "InvalidShare": (figures["invalid_share"], "None"),
        "RowsArrived": (figures["rows_read"], "Count"),
        "HoursSinceArrival": (figures["hours_since_arrival"], "None"),
    }


def _publish(namespace: str, table: str, values: dict[str, tuple[float, str]]) -> None:
    import boto3

    dimensions = [{"Name": "Table", "Value": table}]
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": unit}
        for name, (value, unit) in values.items()
    ]
    boto3.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)


def _ruleset(name: str) -> str:
    import boto3

    return boto3.client("glue").get_data_quality_ruleset(Name=name)["Ruleset"]


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="quality_gate.py", allow_abbrev=False)
    parser.add_argument("--JOB_NAME", default="quality_gate")
    for name in ("table", "table_ruleset", "source", "arrivals_ruleset", "namespace"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_known_args(argv)[0]


def run(argv: list[str]) -> dict[str, Any]:
    """Runs the gate and returns the job's summary. Raises JobError when a rule is broken."""
    arguments = _arguments(argv)
    # Fetching while the session starts costs nothing; after it, it would.
    with ThreadPoolExecutor(max_workers=2) as pool:
        texts = [pool.submit(_ruleset, name) for name in (arguments.table_ruleset, arguments.arrivals_ruleset)]
        from pyspark.sql import SparkSession

        spark = SparkSession.builder.appName(arguments.JOB_NAME).getOrCreate()
        started = time.monotonic()
        table_rules, arrival_rules = (text.result() for text in texts)
    figures = arrivals(spark, arguments.table, arguments.source).collect()[0].asDict()
    # Deequ reads a frame several times; these figures are of one moment.
    newest = spark.createDataFrame([figures])
    results = evaluate(spark, spark.table(arguments.table), arguments.table, table_rules)
    results += evaluate(spark, newest, "arrivals", arrival_rules)
    for result in results:
        event = {"event": "quality-rule", "table": arguments.table, "rule": result.rule, "passed": result.passed}
        print(json.dumps(event), flush=True)
    _publish(arguments.namespace, arguments.table, metrics(results, figures))
    broken = [str(result) for result in results if not result.passed]
    if broken:
        raise JobError(
            f"{arguments.table} breaks {len(broken)} of {len(results)} quality rules, so gold stays as it is: "
            f"{'; '.join(broken)}. Of the {figures['rows_read']} rows that arrived last {figures['rows_invalid']} are "
            f"invalid, see validation_errors in {arguments.table}; {arguments.source} received its last rows "
            f"{figures['hours_since_arrival']:.1f} hours ago."
        )
    rows = _total_records(spark, arguments.table)
    return job_summary(arguments.JOB_NAME, started, rows_in=rows, rows_out=rows)


def _total_records(spark: SparkSession, table: str) -> int:
    newest = spark.sql(f"SELECT summary['total-records'] FROM {table}.snapshots ORDER BY committed_at DESC LIMIT 1")
    row = newest.first()
    return int(row[0]) if row and row[0] else 0


if __name__ == "__main__":
    run_job(run)
