"""`python -m awsgluedq.service`: evaluates rulesets on Iceberg tables of the Glue catalog, as Glue does without a job.

Each line of standard input is a request, each line of standard output that begins with `ANSWER` its answer:
`{database, table, ruleset, endpoint, credentials}` gives `{outcomes}` or `{error}`. One Spark serves all of them, each
under the credentials that come with it.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from .evaluator import evaluate

ANSWER = "ANSWER "

# Read by the AWS SDK for Java before anything else, each time that it signs.
_PROPERTIES = {
    "AWS_ACCESS_KEY_ID": "aws.accessKeyId",
    "AWS_SECRET_ACCESS_KEY": "aws.secretAccessKey",
    "AWS_SESSION_TOKEN": "aws.sessionToken",
}


def main() -> None:
    """Answers until standard input ends."""
    spark = SparkSession.builder.appName("data-quality").getOrCreate()
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        try:
            outcomes = evaluate(_table(spark, f"evaluation{number}", request), request["ruleset"])
            answer: dict[str, Any] = {"outcomes": [asdict(each) for each in outcomes]}
        except Exception as error:
            # Of an error of Java the class and the message, not where py4j met it.
            answer = {"error": str(getattr(error, "java_exception", error)).splitlines()[0]}
        print(ANSWER + json.dumps(answer), flush=True)


def _table(spark: SparkSession, catalog: str, request: dict[str, Any]) -> DataFrame:
    """The table, through a catalog of its own: clients keep the credentials that they began with."""
    for name, value in request["credentials"].items():
        spark.sparkContext._jvm.java.lang.System.setProperty(_PROPERTIES[name], value)
    settings = {
        "": "org.apache.iceberg.spark.SparkCatalog",
        ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        ".io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        ".glue.endpoint": request["endpoint"],
        ".s3.endpoint": request["endpoint"],
        ".s3.path-style-access": "true",
    }
    for name, value in settings.items():
        spark.conf.set(f"spark.sql.catalog.{catalog}{name}", value)
    return spark.table(f"{catalog}.`{request['database']}`.`{request['table']}`")


if __name__ == "__main__":
    main()
