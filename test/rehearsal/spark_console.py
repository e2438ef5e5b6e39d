"""A Spark session of a writer's own: statements as JSON lines on standard input, their rows as JSON lines on output."""

from __future__ import annotations

import json
import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql.utils import AnalysisException


def main() -> None:
    """Answers each statement with `{"rows": [[...]]}`, values as text, or `{"error": "..."}`."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings = json.loads(sys.argv[1])
    builder = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for line in sys.stdin:
        print(json.dumps(answer(spark, json.loads(line))), file=output, flush=True)
    spark.stop()


def answer(spark: SparkSession, statement: str) -> dict[str, object]:
    try:
        rows = spark.sql(statement).collect()
    except AnalysisException as error:
        return {"error": str(error).splitlines()[0]}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error)[:500]}"}
    return {"rows": [[None if value is None else str(value) for value in row] for row in rows]}


if __name__ == "__main__":
    main()
