"""`awsgluedq.transforms`.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-transforms-EvaluateDataQuality.html (2026-11-24)
"""

from __future__ import annotations

from typing import Any

from awsglue.dynamicframe import DynamicFrame

from .evaluator import evaluate

_SCHEMA = "Rule STRING, Outcome STRING, FailureReason STRING, EvaluatedMetrics MAP<STRING, DOUBLE>"
# Publishing to CloudWatch and to Glue Studio is Glue's own doing: a job that asks for it would not be played.
_PUBLISHING = ("enableDataQualityCloudWatchMetrics", "enableDataQualityResultsPublishing", "resultsS3Prefix")


class EvaluateDataQuality:
    """Evaluates a ruleset against a frame."""

    @classmethod
    def apply(cls, frame: DynamicFrame, ruleset: str, publishing_options: dict[str, Any] | None = None) -> DynamicFrame:
        """A row for each rule: its text, `Passed` or `Failed`, why it failed, and what was measured.

        Raises:
            NotImplementedError: for a rule, or a way of publishing, that is not played here.
        """
        for option in _PUBLISHING:
            if (publishing_options or {}).get(option):
                raise NotImplementedError(f"The publishing option {option} is not played here; leave it out.")
        outcomes = evaluate(frame.toDF(), ruleset)
        rows = [(each.rule, each.outcome, each.failure_reason, each.metrics) for each in outcomes]
        results = frame.glue_ctx.spark_session.createDataFrame(rows, _SCHEMA)
        return DynamicFrame.fromDF(results, frame.glue_ctx, frame.name)
