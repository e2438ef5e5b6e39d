"""AWS Glue Data Quality on local Spark: AWS's own DQDL parser, and Deequ, which Glue Data Quality is built on."""
