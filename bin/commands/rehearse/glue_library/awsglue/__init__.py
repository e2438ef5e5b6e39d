"""The part of AWS Glue's Python library that the jobs use, on local Spark: Glue's own is not published."""
