"""`awsglue.context`."""

from pyspark import SparkContext
from pyspark.sql import SparkSession


class GlueContext:
    """A Spark context; Glue's has readers and writers besides."""

    def __init__(self, spark_context: SparkContext) -> None:
        self.spark_session = SparkSession(spark_context)
